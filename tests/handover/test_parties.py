"""Two who sign the same package, one after the other, and a receiver who has nothing but the file."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from eprom_verify.handover.checking import verify_package
from eprom_verify.handover.signatory import Signatory
from eprom_verify.handover.signing_package import sign_package
from tests.handover.authority import PASSPHRASE, Authority, Identity
from tests.handover.forging import Files, packed, relisted, unpacked
from tests.handover.programs import need, said_by
from tests.handover.runs import said
from tests.handover.tampering import annotated, changed, signature_removed
from tests.handover.test_tampering import checked, pages_made_anew, problems_of

NAMES = ("Kari Nordmann", "Per Hansen")


@dataclass(frozen=True)
class Party:
    """One who signs, and who vouches for them."""

    authority: Authority
    identity: Identity

    @property
    def name(self) -> str:
        return str(self.identity.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


@pytest.fixture(scope="module")
def parties() -> tuple[Party, Party]:
    """The integrator and Hemit, each with an authority of their own."""
    first, second = Authority("Prøve-CA én"), Authority("Prøve-CA to")
    return Party(first, first.issue(NAMES[0])), Party(second, second.issue(NAMES[1], organization_name="Hemit HF"))


@pytest.fixture(scope="module")
def place(parties: tuple[Party, Party], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys, and the certificates of the authorities."""
    folder = tmp_path_factory.mktemp("parties")
    for number, each in enumerate(parties):
        (folder / f"{number}.p12").write_bytes(each.identity.p12(""))
        (folder / f"{number}.pem").write_bytes(each.authority.identity.pem)
    return folder


@pytest.fixture(scope="module")
def both(short_package: Path, place: Path) -> Path:
    """The package that both have signed, at the command line."""
    path = place / short_package.name
    path.write_bytes(short_package.read_bytes())
    for number, name in enumerate(NAMES):
        done = said("sign", path, "--p12", place / f"{number}.p12", "--place", "Trondheim", cwd=place)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"Signert av {name}" in done.stdout
    return path


def test_both_hold(both: Path, place: Path) -> None:
    done = said("verify-package", both, "--trust", "0.pem", "--trust", "1.pem", cwd=place)
    assert done.returncode == 3, done.stdout + done.stderr
    for name, issuer in zip(NAMES, ("Prøve-CA én", "Prøve-CA to"), strict=True):
        lines = [line for line in done.stdout.splitlines() if line.startswith(f"  {name}")]
        assert len(lines) == 2
        assert all(f"utstedt av {issuer}" in line and "blant dem du stoler på" in line for line in lines)
        assert not any("ikke" in line for line in lines)
    assert "2 i protokollen, 2 på manifestet" in done.stdout


def test_signing_changes_nothing_else(both: Path, short: Files) -> None:
    files = unpacked(both)
    assert {name for name in files if name not in short} == {"signatures/manifest-1.p7s", "signatures/manifest-2.p7s"}
    assert {name for name in short if short[name] != files[name]} == {"protocol.pdf"}
    assert files["protocol.pdf"].startswith(short["protocol.pdf"])


def test_nobody_asked(both: Path) -> None:
    verdict = verify_package(both)
    assert (verdict.whole, verdict.exit_code) == (True, 3)
    [about] = [each for each in verdict.examined if each.title == "Signaturer"]
    assert any("Ingen sertifikater er oppgitt med --trust" in note for note in about.notes)


def test_the_wrong_authority(both: Path, parties: tuple[Party, Party], place: Path) -> None:
    (place / "annen.pem").write_bytes(Authority("En annen CA").identity.pem)
    for trusted, told in (("annen.pem", NAMES), ("0.pem", NAMES[1:])):
        done = said("verify-package", both, "--trust", trusted, "--json", "svar.json", cwd=place)
        assert done.returncode == 1
        assert "PAKKEN ER IKKE TIL Å STOLE PÅ" in done.stdout
        assert "ikke utstedt av noen som er oppgitt som tiltrodd" in done.stdout
        signatures = json.loads((place / "svar.json").read_text("utf-8"))["signatures"]
        distrusted = {each["signer"].split(",")[0] for each in signatures if not each["trusted"]}
        assert distrusted == set(told)


def test_openssl_accepts_both(both: Path, place: Path) -> None:
    """With the archive unpacked by others, and nothing of ours."""
    folder = place / "pakket-ut"
    with zipfile.ZipFile(both) as archive:
        archive.extractall(folder)
    for number in range(2):
        asked = (
            *(need("openssl"), "cms", "-verify", "-binary", "-inform", "DER"),
            *("-in", folder / f"signatures/manifest-{number + 1}.p7s", "-content", folder / "manifest.json"),
        )
        good = said_by(*asked, "-CAfile", place / f"{number}.pem", "-purpose", "any", "-out", place / "ut")
        assert good.startswith("0\n"), good
        wrong = said_by(*asked, "-CAfile", place / f"{1 - number}.pem", "-purpose", "any", "-out", place / "ut")
        assert not wrong.startswith("0\n")


@pytest.mark.parametrize("words", [("--p12", "finnes-ikke.p12"), (), ("--p12", "0.pem")])
def test_cannot_sign(words: tuple[str, ...], short_package: Path, place: Path, tmp_path: Path) -> None:
    path = tmp_path / "pakke.zip"
    path.write_bytes(short_package.read_bytes())
    done = said("sign", path, *words, cwd=place)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr + done.stdout
    assert path.read_bytes() == short_package.read_bytes()


def test_nobody_signs_what_is_not_whole(short: Files, place: Path, tmp_path: Path) -> None:
    path = packed(tmp_path, short | {"LESMEG.txt": b"Godkjent"})
    done = said("sign", path, "--p12", "0.p12", cwd=place)
    assert done.returncode == 2
    assert "er ikke til å stole på, og blir ikke signert" in done.stderr


def kept(files: Files, ending: str) -> Files:
    return {name: content for name, content in files.items() if name.endswith(ending)}


def test_changed_after_signing(signed: Files, tmp_path: Path) -> None:
    found = checked(tmp_path, relisted(signed | {"LESMEG.txt": b"Godkjent"}))
    assert "signatures/manifest-1.p7s: Signaturen gjelder andre data enn disse." in found["Signaturer"]
    found = checked(tmp_path, signed | {"protocol.pdf": changed(signed["protocol.pdf"], annotated)})
    assert "protocol.pdf: " in found["Manifestet"]
    assert "Protokollen: " in found["Signaturer"]


def test_signature_of_another_package(
    signed: Files, short: Files, formal: Files, integrator: Signatory, tmp_path: Path
) -> None:
    other = packed(tmp_path, formal, "annen.zip")
    sign_package(other, integrator, reason="", location="", tsa_url=None)
    found = checked(tmp_path, short | kept(unpacked(other), ".p7s"))
    assert found == {"Signaturer": "signatures/manifest-1.p7s: Signaturen gjelder andre data enn disse."}


@pytest.mark.parametrize("junk", [b"", b"hei", b"0\x80" * 999, b"0\x82\xff\xff"])
def test_signature_is_junk(junk: bytes, short: Files, tmp_path: Path) -> None:
    found = checked(tmp_path, short | {"signatures/manifest-1.p7s": junk})
    assert found == {"Signaturer": "signatures/manifest-1.p7s: Filen er ikke en signatur i formatet CMS (DER)."}


def test_signature_taken_away(signed: Files, short: Files, tmp_path: Path) -> None:
    """Whoever takes all signatures away has a package that nobody has signed, and it says so; half of them is told."""
    for files, words in (
        (signed | {"protocol.pdf": short["protocol.pdf"]}, "Bare en av protokollen og manifestet er signert."),
        ({name: each for name, each in signed.items() if not name.endswith(".p7s")}, "Bare en av protokollen"),
    ):
        verdict = verify_package(packed(tmp_path, files))
        assert problems_of(verdict) == {}
        assert any(words in note for each in verdict.examined for note in each.notes)
    verdict = verify_package(packed(tmp_path, short))
    assert any("Ingen har signert digitalt." in each.seen for each in verdict.examined)


def test_signature_emptied(signed: Files, tmp_path: Path) -> None:
    found = checked(tmp_path, signed | {"protocol.pdf": changed(signed["protocol.pdf"], signature_removed)})
    assert "protocol.pdf: " in found["Manifestet"]


def test_pages_made_anew_after_signing(signed: Files, tmp_path: Path) -> None:
    found = checked(tmp_path, pages_made_anew(signed))
    assert "protocol.pdf" in found["Manifestet"]
    assert "Protokollen: " in found["Signaturer"]


def test_not_the_same_two(short_package: Path, integrator: Signatory, hemit: Signatory, tmp_path: Path) -> None:
    """One has signed the protocol, and another the manifest."""
    made = []
    for number, each in enumerate((integrator, hemit)):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(short_package.read_bytes())
        sign_package(path, each, reason="", location="", tsa_url=None)
        made.append(unpacked(path))
    verdict = verify_package(packed(tmp_path, made[0] | kept(made[1], ".p7s")))
    notes = [note for each in verdict.examined for note in each.notes]
    assert "Protokollen og manifestet er ikke signert av de samme." in notes


def test_seen_over_the_text(short: Files, place: Path, tmp_path: Path) -> None:
    """A signature that holds, and whose look covers what the page says."""
    from eprom_verify.handover.revisions import Box
    from eprom_verify.handover.signatory import Pkcs12, open_signatory
    from eprom_verify.handover.signing import sign_pdf

    box = {"Integrator": Box(page=1, left=30, bottom=30, right=560, top=800)}
    with open_signatory(Pkcs12(path=place / "0.p12")) as signatory:
        covered = sign_pdf(short["protocol.pdf"], signatory, reason="Godkjent", location="", boxes=box)
    found = checked(tmp_path, short | {"protocol.pdf": covered})
    assert "er synlig utenfor rutene som er satt av til signaturer" in found["Manifestet"]


def test_receiver_has_nothing_else(both: Path, tmp_path: Path) -> None:
    """An empty folder, an empty home and no settings: the page fits on one, and the document has its shape."""
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    lonely = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = said("verify-package", both, cwd=here, **lonely)
    assert done.returncode == 3, done.stderr
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) < 45
    assert all(len(line) < 400 for line in done.stdout.splitlines())
    told = said("verify-package", both, "--json", "-", cwd=here, **lonely)
    document = json.loads(told.stdout)
    assert list(document) == [
        *("package", "sha256", "whole", "valid", "headline", "conclusion", "formal", "run", "checks", "signatures"),
    ]
    assert [list(each) for each in document["checks"]] == [["title", "holds", "problems", "notes"]] * 12
    shape = ["signer", "issuer", "signed_at", "timestamped_at", "trusted", "problem"]
    assert [list(each) for each in document["signatures"]] == [shape] * 4
    assert (document["whole"], document["valid"], document["conclusion"], document["formal"]) == (
        *(True, False, "incomplete", False),
    )
    assert not list(here.iterdir())
    assert not list(home.iterdir())


def test_approved(formal_package: Path, tmp_path: Path) -> None:
    """A whole verification ends with 0, and says what the receiver has to look at besides."""
    done = said("verify-package", formal_package, "--json", "svar.json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "=== Pakken er hel. Konklusjon: GODKJENT ===" in done.stdout
    assert "6 krav er bekreftet av en tester, og 0 har dispensasjon" in done.stdout
    assert "Sammenhold ordrelisten (orders.csv) med ePROMs egen logg" in done.stdout
    document = json.loads((tmp_path / "svar.json").read_text("utf-8"))
    assert (document["whole"], document["valid"], document["conclusion"], document["formal"]) == (
        *(True, True, "approved", True),
    )


def test_json_of_no_run(tmp_path: Path) -> None:
    """The shape is the same when nothing could be read."""
    path = packed(tmp_path, {"a.txt": b"hei"})
    done = said("verify-package", path, "--json", "svar.json", cwd=tmp_path)
    assert done.returncode == 1
    document = json.loads((tmp_path / "svar.json").read_text("utf-8"))
    assert (document["whole"], document["conclusion"], document["run"], document["signatures"]) == (
        *(False, None, None, []),
    )
    assert all(list(each) == ["title", "holds", "problems", "notes"] for each in document["checks"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("finnes-ikke.zip",), "Finner ikke pakken"),
        (("tekst.zip",), "ikke en pakke fra eprom-verify"),
        (("pakke.zip", "--trust", "tekst.zip"), "er ikke et sertifikat"),
        (("pakke.zip", "--json", "mangler/svar.json"), "Kan ikke skrive --json"),
        ((), "Det mangler noe på kommandolinjen: PAKKE."),
    ],
)
def test_wrong_usage(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    (tmp_path / "tekst.zip").write_text("hei")
    packed(tmp_path, {"a.txt": b"hei"})
    done = said("verify-package", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_key_with_a_passphrase(parties: tuple[Party, Party], short_package: Path, tmp_path: Path) -> None:
    """Without anybody to ask, the key is not opened, and the package is as it was."""
    (tmp_path / "laast.p12").write_bytes(parties[0].identity.p12(PASSPHRASE))
    path = tmp_path / "pakke.zip"
    path.write_bytes(short_package.read_bytes())
    done = said("sign", path, "--p12", "laast.p12", cwd=tmp_path)
    assert done.returncode == 2
    assert path.read_bytes() == short_package.read_bytes()
    assert isinstance(parties[0].identity.certificate, x509.Certificate)
