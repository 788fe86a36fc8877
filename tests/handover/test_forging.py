"""Packages of a forger who has the tool: the journal is changed and chained anew, and all else is made of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eprom_verify.handover.checking import verify_package
from eprom_verify.handover.contents import Listed
from eprom_verify.runner.applicable import EPROM_CANNOT_BE_MADE_TO
from eprom_verify.runner.folders import ATTACHMENTS
from tests.handover.forging import Files, Row, edited, forged, journal_of, packed, relisted, rows_of
from tests.handover.runs import picture_bytes, waiver
from tests.handover.test_tampering import FAILED, checked, looked_at

Rows = Callable[[list[Row]], list[Row]]


def on(kind: str, change: Callable[[Any], object], *, where: str = "") -> Rows:
    """Change the bodies of a kind of entries, in which a text stands."""

    def changed(rows: list[Row]) -> list[Row]:
        hit = [each for each in rows if each.kind == kind and where in each.body.decode()]
        assert hit
        return [each.telling(change) if each in hit else each for each in rows]

    return changed


def run(**facts: Any) -> Rows:
    """Change what the end says of the circumstances."""
    return on("end", lambda told: told["run"].update(facts))


def last(kind: str, rows: list[Row]) -> int:
    return max(number for number, each in enumerate(rows) if each.kind == kind)


def first(kind: str, rows: list[Row]) -> int:
    return next(number for number, each in enumerate(rows) if each.kind == kind)


def also(*changes: Rows) -> Rows:
    """Change all of this."""

    def changed(rows: list[Row]) -> list[Row]:
        for each in changes:
            rows = each(rows)
        return rows

    return changed


def added(after: str, *more: Callable[[list[Row]], Row]) -> Rows:
    """Put entries after the last of a kind."""

    def changed(rows: list[Row]) -> list[Row]:
        at = last(after, rows) + 1
        return [*rows[:at], *(each(rows) for each in more), *rows[at:]]

    return changed


def like(kind: str, /, **facts: Any) -> Callable[[list[Row]], Row]:
    """An entry like the last of a kind, but for this."""
    return lambda rows: replace(rows[last(kind, rows)], **facts)


def without(kind: str, *, where: str = "") -> Rows:
    return lambda rows: [each for each in rows if each.kind != kind or where not in each.body.decode()]


def begun(**facts: Any) -> Rows:
    """Change the facts that the run began with."""
    return lambda rows: [replace(rows[0], facts=rows[0].facts | facts), *rows[1:]]


def settings(change: Callable[[Any], object]) -> Rows:
    return lambda rows: [rows[0].telling(change), *rows[1:]]


def passed(told: Any) -> None:
    told.update(outcome="passed", reason="", broken_by=None, shown_by=[], gherkin_line=None)


def no_longer_waived(told: Any) -> None:
    told["waivers"] = []


def waived(*given: Any) -> Rows:
    more = [json.loads(json.dumps(vars(each), default=str)) for each in given]
    return on("end", lambda told: told["waivers"].extend(more))


def forget(told: Any) -> None:
    told["incomplete_reasons"] = []


def forget_fault(told: Any) -> None:
    told["run"]["profile"] = {}
    told["incomplete_reasons"] = [each for each in told["incomplete_reasons"] if "innlagt feil" not in each]


JOURNAL, WHOLE, SETTINGS = "Journalen", "Fullstendighet", "Oppsettet"
FOUND: dict[str, tuple[Rows, str, str]] = {
    "scenario removed": (without("scenario", where='"1.2"'), WHOLE, "Krav som mangler scenarier, står som om alle"),
    "scenario renamed": (
        on("scenario", lambda told: told.update(name="Alt er i orden"), where='"1.2"'),
        WHOLE,
        "er ikke slik testsamlingen har det.",
    ),
    "scenario of one's own": (
        on("scenario", lambda told: told.update(id="x.feature::Alt er i orden"), where='"1.2"'),
        WHOLE,
        "Scenarioet «x.feature::Alt er i orden» finnes ikke i testsamlingen.",
    ),
    "requirements of a scenario": (
        on("scenario", lambda told: told.update(requirements=["1.5"], tags=["krav-1.5"]), where='"1.2"'),
        WHOLE,
        "er ikke slik testsamlingen har det.",
    ),
    "line of a scenario": (
        on("scenario", lambda told: told.update(line=1), where='"1.2"'),
        WHOLE,
        "er ikke slik testsamlingen har det.",
    ),
    "chapter of a scenario": (
        on("scenario", lambda told: told.update(chapter="Brev"), where='"1.2"'),
        WHOLE,
        "er ikke slik testsamlingen har det.",
    ),
    "judged again": (
        added("scenario", lambda rows: _failing(rows).telling(passed)),
        JOURNAL,
        f"Scenarioet «{FAILED}» er dømt flere ganger.",
    ),
    "taken up and judged again": (
        added("scenario", lambda rows: _resumed(rows), lambda rows: _failing(rows).telling(passed)),
        JOURNAL,
        f"Scenarioet «{FAILED}» er dømt flere ganger.",
    ),
    "outcome that no machine gives": (
        on("scenario", lambda told: (passed(told), told.update(outcome="attested")), where='"1.2"'),
        JOURNAL,
        f"Scenarioet «{FAILED}» har et utfall som verktøyet ikke gir.",
    ),
    "passed with a reason": (
        on("scenario", lambda told: told.update(outcome="passed"), where='"1.2"'),
        JOURNAL,
        f"Scenarioet «{FAILED}» har et utfall som verktøyet ikke gir.",
    ),
    "scenario before its messages": (
        lambda rows: [
            rows[0],
            rows[first("scenario", rows)],
            *(r for r in rows[1:] if r != rows[first("scenario", rows)]),
        ],
        JOURNAL,
        "viser til meldinger som ikke står før det i journalen.",
    ),
    "reasons for being incomplete": (
        on("end", forget),
        WHOLE,
        "790 av 796 scenarier mangler, uten at kjøringen sier det.",
    ),
    "requirements that were not run": (
        on("end", lambda told: told.update(not_run=[])),
        WHOLE,
        "Krav som mangler scenarier, står som om alle var kjørt.",
    ),
    "fault hidden at the end": (on("end", forget_fault), SETTINGS, "Profilen er en annen enn i oppsettet."),
    "fault hidden at the beginning": (begun(fault=""), SETTINGS, "Profilen er en annen enn i oppsettet."),
    "profile": (run(profile={"fault": "x", "brev": False}), SETTINGS, "Profilen er en annen enn i oppsettet."),
    "not applicable": (
        on("end", lambda told: told["unused"].update({"B-05": "Integrasjonen bruker ikke dette."})),
        SETTINGS,
        "Krav er merket som ikke aktuelle uten at profilen sier det.",
    ),
    "for ePROM to answer for": (
        on("scenario", lambda told: told.update(outcome="not_applicable", reason=EPROM_CANNOT_BE_MADE_TO)),
        SETTINGS,
        "Scenarier er merket som ePROMs alene uten at de er det.",
    ),
    "environment": (run(environment="qa"), SETTINGS, "er et annet enn i oppsettet."),
    "address of ePROM": (run(rig={"bestillersystem": "innebygd", "eprom": "test"}), SETTINGS, "ePROM-miljøet"),
    "name of the system": (
        on("end", lambda told: told["run"]["system"].update(name="Ørnregisteret")),
        SETTINGS,
        "Det som står om bestillersystemet, miljøet eller testeren, er et annet enn i oppsettet.",
    ),
    "who ran it": (run(performed_by="Ola Nordmann"), SETTINGS, "Det som står om bestillersystemet, miljøet"),
    "edition": (run(edition="2023-10"), SETTINGS, "Utgaven, frøet eller ePROM-miljøet er et annet enn i oppsettet."),
    "seed": (run(seed=8), SETTINGS, "Utgaven, frøet eller ePROM-miljøet er et annet enn i oppsettet."),
    "test persons": (run(personas={}), SETTINGS, "Testpersonene er andre enn i oppsettet."),
    "when it began": (run(started="2026-01-01T00:00:00Z"), SETTINGS, "Kjøringen begynte ikke da den sier."),
    "formal": (run(formal=True), SETTINGS, "Kjøringen sier at den gjelder som verifikasjon, men"),
    "begun with another suite": (
        begun(made_by={"tool_digest": "0" * 64, "suite_digest": "0" * 64}),
        SETTINGS,
        "Kjøringen begynte med et annet verktøy, eller en annen testsamling, enn den sier.",
    ),
    "settings widened": (
        settings(lambda told: told.update(edition="2023-10")),
        SETTINGS,
        "Utgaven, frøet eller ePROM-miljøet er et annet enn i oppsettet.",
    ),
    "settings of another environment": (
        settings(lambda told: told.update(eprom="qa")),
        SETTINGS,
        "Utgaven, frøet eller ePROM-miljøet er et annet enn i oppsettet.",
    ),
    "settings that nobody knows": (settings(lambda told: told.update(hei=1)), SETTINGS, "«hei» nøkkelen er ukjent"),
    "digest of the suite": (
        on("end", lambda told: told["run"]["versions"].update(suite_digest="0" * 64)),
        "Verktøyet og testsamlingen",
        "Testsamlingen er ikke den samme som her.",
    ),
    "digest of the tool": (
        on("end", lambda told: told["run"]["versions"].update(tool_digest="0" * 64)),
        "Verktøyet og testsamlingen",
        "Verktøyet er ikke det samme som her.",
    ),
    "version of typst": (
        on("end", lambda told: told["run"]["versions"].update(typst="0.0.1")),
        "Verktøyet og testsamlingen",
        "PDF-en er laget med typst 0.0.1, og her er",
    ),
    "waiver that the report does not have": (
        waived(waiver("2.2")),
        "Rapporten (report.html)",
        "«Dispensasjon for krav 2.2» står feil.",
    ),
    "waiver that lasts": (waived(waiver("B-02", days=400)), SETTINGS, "varer lenger enn noen dispensasjon kan."),
    "two waivers": (waived(waiver("1.2")), SETTINGS, "Krav 1.2 har flere dispensasjoner."),
    "ended twice": (added("end", like("end")), JOURNAL, "står etter at kjøringen var slutt."),
    "message after the end": (added("end", like("request")), JOURNAL, "står etter at kjøringen var slutt."),
    "scenario after the end": (added("attestation", like("scenario")), JOURNAL, "står etter at kjøringen var slutt."),
    "begun twice": (added("ledger", like("run")), JOURNAL, "begynner den en gang til."),
    "begun by one more process in the middle": (
        added("ledger", lambda rows: replace(rows[0], facts=rows[0].facts | {"part": "gw0"})),
        JOURNAL,
        "begynner den en gang til.",
    ),
    "taken up with other settings": (
        added("ledger", lambda rows: _resumed(rows).telling(lambda told: told.update(edition="2023-10"))),
        JOURNAL,
        "begynner den en gang til.",
    ),
    "begun elsewhere": (lambda rows: [rows[1], rows[0], *rows[2:]], JOURNAL, "Innslag 1 er ikke begynnelsen"),
    "entry of another kind": (
        added("scenario", like("scenario", kind="notat")),
        JOURNAL,
        "er av et slag som verktøyet ikke skriver ('notat').",
    ),
    "scenario with an exchange": (
        added("scenario", like("ledger", exchange="x")),
        JOURNAL,
        "er av et slag som verktøyet ikke skriver ('ledger').",
    ),
    "answered twice": (added("response", like("response")), JOURNAL, "eller som alt er besvart."),
    "sent twice": (added("request", like("request")), JOURNAL, "sender en melding som alt er sendt."),
    "answer to nothing": (lambda rows: rows[:1] + rows[2:], JOURNAL, ""),
    "answered for before the end": (
        lambda rows: [*rows[: last("end", rows)], rows[last("attestation", rows)], *rows[last("end", rows) :]],
        JOURNAL,
        "svarer for en kjøring som ikke er slutt.",
    ),
    "answer to two requirements": (
        added("attestation", like("attestation", facts={"requirement": "2.2"})),
        JOURNAL,
        "sier to ting om hvilket krav det svarer på.",
    ),
    "never ended": (without("end"), JOURNAL, "Kjøringen ble ikke fullført."),
}


def _failing(rows: list[Row]) -> Row:
    return next(each for each in rows if each.kind == "scenario" and '"failed"' in each.body.decode())


def _resumed(rows: list[Row]) -> Row:
    return replace(rows[0], facts=rows[0].facts | {"resumed": True})


@pytest.mark.parametrize("kind", FOUND)
def test_found(kind: str, short: Files) -> None:
    """What is not as the tool leaves it is found, although every hash fits."""
    change, title, words = FOUND[kind]
    found = looked_at(_made(short, change))
    assert words in found[title], found
    assert "Manifestet" not in found or title == JOURNAL


def _made(files: Files, change: Rows) -> Files:
    """What the tool makes of a changed journal, or the journal alone put in when it makes nothing of it."""
    try:
        return forged(files, change, page=False)
    except Exception:
        return relisted(files | {"journal.sqlite": journal_of(change(rows_of(files["journal.sqlite"])))})


BROKEN: dict[str, Rows] = {
    "scenario": lambda rows: [replace(r, body=b"[]") if r.kind == "scenario" else r for r in rows],
    "scenario in bytes": lambda rows: [replace(r, body=b"\xff\xfe") if r.kind == "scenario" else r for r in rows],
    "scenario without end": lambda rows: [replace(r, body=b"[" * 99_999) if r.kind == "scenario" else r for r in rows],
    "facts": lambda rows: [replace(r, facts=[]) if r.kind == "request" else r for r in rows],  # type: ignore[arg-type]
    "facts of the run": lambda rows: [replace(rows[0], facts=[1]), *rows[1:]],  # type: ignore[arg-type]
    "settings": lambda rows: [replace(rows[0], body=b"[1, 2]"), *rows[1:]],
    "no settings": lambda rows: [replace(rows[0], body=b""), *rows[1:]],
    "end": lambda rows: [replace(r, body=b"{}") if r.kind == "end" else r for r in rows],
    "answer": lambda rows: [replace(r, body=b"7") if r.kind == "attestation" else r for r in rows],
    "failure of nothing": added("request", like("request", kind="failure", exchange="x", facts={"reason": "x"})),
    "time": lambda rows: [replace(r, at="i går") for r in rows],
    "time without a zone": lambda rows: [replace(r, at="2026-11-27T08:00:00") for r in rows],
    "end of all times": run(finished="9999-12-31T23:59:59.999Z", started="0001-01-01T00:00:00Z"),
    "waiver of nothing": waived(waiver("X-99")),
    "requirement of nothing": on("scenario", lambda told: told.update(requirements=["X-99"]), where='"1.2"'),
    "text in the place of a number": on("scenario", lambda told: told.update(duration_s="lenge"), where='"1.2"'),
    "list in the place of a text": on("scenario", lambda told: told.update(name=["x"]), where='"1.2"'),
    "half a letter": on("scenario", lambda told: told.update(reason="\ud800"), where='"1.2"'),
    "versions": run(versions={}),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken(kind: str, short: Files, tmp_path: Path) -> None:
    """Entries that nothing can be made of are a finding too, and never the end of the check."""
    journal = journal_of(BROKEN[kind](rows_of(short["journal.sqlite"])))
    found = checked(tmp_path, relisted(short | {"journal.sqlite": journal}))
    assert JOURNAL in found
    assert all("Traceback" not in each for each in found.values())


def test_report_of_before(short: Files, tmp_path: Path) -> None:
    """The page is made of what the journal does not have, so that it is to be forged too."""
    found = checked(tmp_path, forged(short, on("scenario", passed, where='"1.2"'), page=False))
    assert f"Scenarioet «{FAILED}» står ikke som «Godkjent»." in found["Rapporten (report.html)"]


def test_not_all_scenarios_are_there(formal: Files, tmp_path: Path) -> None:
    """A formal run from which the scenario that would have failed is left out."""
    found = checked(tmp_path, forged(formal, without("scenario", where='"1.2"')))
    assert "scenarier mangler, uten at kjøringen sier det." in found[WHOLE]


UNSEEN: dict[str, Rows] = {
    "scenario that passes": also(on("scenario", passed, where='"1.2"'), on("end", no_longer_waived)),
    "message changed": on("response", lambda told: told.update(notat="x"), where='"id"'),
    "time of a message": lambda rows: [
        replace(r, at=r.at.replace("T", " ")) if r.kind == "request" else r for r in rows
    ],
    "fault hidden everywhere": also(begun(fault=""), on("end", forget_fault)),
    "answer removed": without("attestation", where="ikke_godkjent"),
    "answer changed": on("attestation", lambda told: told.update(words="Noe annet")),
    "answer added": added(
        "attestation",
        like(
            "attestation",
            facts={"requirement": "2.2"},
            body=json.dumps(
                {
                    "requirement": "2.2",
                    "answer": "godkjent",
                    "words": "Sett.",
                    "tester": "Ingen",
                    "at": "2026-11-27T09:00:00Z",
                    "attachments": [],
                }
            ).encode(),
        ),
    ),
    "waiver lasts longer": on(
        "end", lambda told: told["waivers"][0].update(expires=waiver(days=360).expires.isoformat())
    ),
    "name of the run": run(id="2026-11-27T080001Z-0000"),
}
"""What a false journal can say as well as a true one, so that only a signature from before can tell of it."""


@pytest.mark.parametrize("kind", UNSEEN)
def test_found_when_signed(kind: str, short: Files, signed: Files, tmp_path: Path) -> None:
    """Whoever has the tool can make a false run that hangs together: then it is not what was signed."""
    false = forged(short, UNSEEN[kind])
    assert false["journal.sqlite"] != short["journal.sqlite"]
    assert checked(tmp_path, false) == {}
    kept = {name: content for name, content in signed.items() if name.endswith(".p7s")}
    found = checked(tmp_path, false | kept)
    assert found == {"Signaturer": "signatures/manifest-1.p7s: Signaturen gjelder andre data enn disse."}


def test_attachment_of_another(short: Files, signed: Files, tmp_path: Path) -> None:
    """A picture in the place of the tester's, of which the answer tells as if it were theirs."""
    other = picture_bytes()
    old = next(name for name in short if name.endswith(".png"))
    listed = Listed.of(other)
    name = f"krav-2.1-{listed.sha256[:12]}.png"

    def change(told: Any) -> None:
        for each in told["attachments"]:
            if each["name"].endswith(".png"):
                each.update(name=name, size=listed.size, sha256=listed.sha256)

    files = {each: content for each, content in short.items() if each != old} | {f"{ATTACHMENTS}/{name}": other}
    false = forged(files, on("attestation", change))
    assert checked(tmp_path, false) == {}
    found = checked(tmp_path, false | {"signatures/manifest-1.p7s": signed["signatures/manifest-1.p7s"]})
    assert found.keys() == {"Signaturer"}


def test_made_as_the_tool_makes_it(short: Files, tmp_path: Path) -> None:
    """The forger's tools here change nothing of their own accord, so that what is found is found for its own sake."""
    assert checked(tmp_path, forged(short, lambda rows: rows)) == {}
    verdict = verify_package(packed(tmp_path, edited(short, "waivers.json", lambda told: None)))
    assert verdict.whole
