"""The catalogue file: what it gives, and what is said of a broken one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from eprom_verify.contract.sources import Source
from eprom_verify.errors import UsageProblem
from eprom_verify.verdict.requirements import load_catalogue

ENTRY = """
[[krav]]
id = "1.3"
title = "Skjemaet er bestilt til forventet kanal"
chapter = "Bestilling av skjema"
mandatory = true
judges = ["bestillersystem", "eprom"]
verified_by = "machine"
source = { page = "IntegrasjonVerifikasjon", section = "Bestilling" }
"""
OTHER = """
[[krav]]
id = "R-basic"
title = "Regelen Basic velger kanal"
chapter = "Distribusjon"
mandatory = false
judges = ["eprom"]
verified_by = "attended"
source = { page = "BestillingAvSkjemaV2", section = "Distribusjonsregler" }
editions = ["2026-05"]
note = "Bare i nyere utgaver."
"""


def _write(folder: Path, content: str) -> Path:
    path = folder / "krav.toml"
    path.write_text(content, encoding="utf-8")
    return path


def test_catalogue_holds_requirements(tmp_path: Path) -> None:
    catalogue = load_catalogue(_write(tmp_path, OTHER + ENTRY))
    assert list(catalogue) == ["R-basic", "1.3"]
    assert len(catalogue) == 2
    requirement = catalogue["1.3"]
    assert requirement.title == "Skjemaet er bestilt til forventet kanal"
    assert requirement.chapter == "Bestilling av skjema"
    assert requirement.mandatory is True
    assert requirement.judges == ("bestillersystem", "eprom")
    assert requirement.verified_by == "machine"
    assert requirement.source == Source("IntegrasjonVerifikasjon", "Bestilling")
    assert (requirement.editions, requirement.note) == ((), "")
    assert (catalogue["R-basic"].editions, catalogue["R-basic"].note) == (("2026-05",), "Bare i nyere utgaver.")


def test_editions_limit_requirement(tmp_path: Path) -> None:
    catalogue = load_catalogue(_write(tmp_path, OTHER + ENTRY))
    assert catalogue["R-basic"].applies_to("2026-05")
    assert not catalogue["R-basic"].applies_to("2023-10")
    assert catalogue["1.3"].applies_to("2023-10")


def test_digest_is_of_bytes(tmp_path: Path) -> None:
    path = tmp_path / "krav.toml"
    path.write_bytes(ENTRY.encode() + b"# \xc3\xa6\r\n")
    assert load_catalogue(path).digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_file_that_has_changed_is_read_anew(tmp_path: Path) -> None:
    path = _write(tmp_path, OTHER)
    before = load_catalogue(path)
    assert load_catalogue(path) == before
    assert list(load_catalogue(_write(tmp_path, OTHER + ENTRY))) != list(before)


def _without(key: str) -> str:
    return "\n".join(line for line in ENTRY.splitlines() if not line.startswith(f"{key} ="))


def _with(key: str, value: str) -> str:
    return f"{_without(key)}\n{key} = {value}\n"


FIRST = "Krav nr. 1 («1.3»)"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[[krav]\n", "Filen er ikke gyldig TOML"),
        ("", "Filen, nøkkelen «krav»: mangler."),
        ("krav = []", "Filen, nøkkelen «krav»: kan ikke være tom."),
        ("krav = 1", "Filen, nøkkelen «krav»: skal være en liste."),
        ("krav = [1]", "Krav nr. 1 skal være en tabell."),
        ("versjon = 1\n" + ENTRY, "Filen, nøkkelen «versjon»: er ukjent."),
        (_without("id"), "Krav nr. 1, nøkkelen «id»: mangler."),
        (_with("id", "13"), "Krav nr. 1, nøkkelen «id»: skal være en tekst."),
        (_with("id", '"1 3"'), "Krav nr. 1 («1 3»), nøkkelen «id»: kan bare ha bokstavene a–z, sifre, punktum"),
        (_with("id", '""'), "Krav nr. 1 («»), nøkkelen «id»: kan bare ha bokstavene"),
        (_with("id", '"1.3\\n"'), "nøkkelen «id»: kan bare ha bokstavene"),
        (_with("id", '"æ1"'), "nøkkelen «id»: kan bare ha bokstavene"),
        (_without("title"), f"{FIRST}, nøkkelen «title»: mangler."),
        (_with("title", '" "'), f"{FIRST}, nøkkelen «title»: kan ikke være tom."),
        (_without("chapter"), f"{FIRST}, nøkkelen «chapter»: mangler."),
        (_without("mandatory"), f"{FIRST}, nøkkelen «mandatory»: mangler."),
        (_with("mandatory", '"true"'), f"{FIRST}, nøkkelen «mandatory»: skal være true eller false."),
        (_with("mandatory", "1"), f"{FIRST}, nøkkelen «mandatory»: skal være true eller false."),
        (_with("judges", '"eprom"'), f"{FIRST}, nøkkelen «judges»: skal være en liste."),
        (_with("judges", "[]"), f"{FIRST}, nøkkelen «judges»: kan ikke være tom."),
        (
            _with("judges", '["ePROM"]'),
            f'{FIRST}, nøkkelen «judges»: skal være "bestillersystem" eller "eprom".',
        ),
        (_with("verified_by", '"hand"'), f'{FIRST}, nøkkelen «verified_by»: skal være "machine" eller "attended".'),
        (_without("source"), f"{FIRST}, nøkkelen «source»: mangler."),
        (_with("source", '"Side"'), f"{FIRST}, nøkkelen «source»: skal være en tabell."),
        (_with("source", '{ page = "Side" }'), f"{FIRST}, nøkkelen «source.section»: mangler."),
        (
            _with("source", '{ page = "Side", section = "Del", url = "x" }'),
            f"{FIRST}, nøkkelen «source.url»: er ukjent.",
        ),
        (_with("editions", '"2026-05"'), f"{FIRST}, nøkkelen «editions»: skal være en liste."),
        (_with("editions", "[]"), f"{FIRST}, nøkkelen «editions»: kan ikke være tom."),
        (_with("note", "true"), f"{FIRST}, nøkkelen «note»: skal være en tekst."),
        (_with("mandatroy", "true"), f"{FIRST}, nøkkelen «mandatroy»: er ukjent."),
        (OTHER + _with("colour", '"red"'), "Krav nr. 2 («1.3»), nøkkelen «colour»: er ukjent."),
        (ENTRY + OTHER + ENTRY, "Krav «1.3», nøkkelen «id»: er brukt flere ganger."),
    ],
)
def test_broken_file_refused(tmp_path: Path, content: str, said: str) -> None:
    path = _write(tmp_path, content)
    with pytest.raises(UsageProblem) as refused:
        load_catalogue(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)


def test_all_flaws_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem) as refused:
        load_catalogue(_write(tmp_path, _without("title") + OTHER.replace("false", '"nei"')))
    assert "Krav nr. 1 («1.3»), nøkkelen «title»: mangler." in str(refused.value)
    assert "Krav nr. 2 («R-basic»), nøkkelen «mandatory»: skal være true eller false." in str(refused.value)


def test_missing_file_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="kan ikke leses"):
        load_catalogue(tmp_path / "krav.toml")


def test_foreign_encoding_refused(tmp_path: Path) -> None:
    path = tmp_path / "krav.toml"
    path.write_bytes(ENTRY.replace("forventet", "påtenkt").encode("latin-1"))
    with pytest.raises(UsageProblem, match="ikke UTF-8"):
        load_catalogue(path)
