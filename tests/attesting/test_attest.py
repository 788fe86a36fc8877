"""A tester's answers: read from a file or given at a terminal, kept in the journal, and what they make of the run."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Link
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from eprom_verify.attesting.attachments import LARGEST_BYTES, cleaned
from eprom_verify.attesting.document import empty_document
from eprom_verify.clock import system_clock
from eprom_verify.errors import UsageProblem
from eprom_verify.journal.store import verify_chain
from eprom_verify.locations import features_dir
from eprom_verify.masking import Mask
from eprom_verify.runner.alone import alone_in
from eprom_verify.runner.record import note_attestation
from eprom_verify.verdict import Answer, Attestation, Outcome, RunResult, load_catalogue, read_result
from eprom_verify.verdict.points import load_points
from tests.planted import GUID, real_id
from tests.stand_in import stand_in

COMMAND = [sys.executable, "-c", "from eprom_verify.cli import main; main()"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def call(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env=ENVIRONMENT,
        timeout=900,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kjort")
    assert call(folder, "run", "--no-html", "-k", "1.4").returncode == 3
    return folder


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    shutil.copytree(finished, tmp_path / "her", symlinks=True)
    return tmp_path / "her"


def template(folder: Path) -> str:
    done = call(folder, "attest", "--template", "tom.toml")
    assert done.returncode == 0, done.stderr
    text = (folder / "tom.toml").read_text(encoding="utf-8")
    (folder / "tom.toml").unlink()
    return text


def filled(folder: Path, **answers: str) -> Path:
    """The empty file with these answers, by requirement with an underscore for the point."""
    text = template(folder).replace('tester = ""', 'tester = "Kari Tester"')
    for name, answer in answers.items():
        requirement = name.strip("k").replace("_", ".")
        text += f'\n[[attestasjon]]\nkrav = "{requirement}"\nsvar = "{answer}"\nord = "Jeg så det."\n'
    path = folder / "attestasjoner.toml"
    path.write_text(text, encoding="utf-8")
    return path


def result(folder: Path) -> RunResult:
    [path] = folder.glob("reports/2*/result.json")
    return read_result(path)


def outcome(folder: Path, requirement: str) -> Outcome:
    return next(each.outcome for each in result(folder).requirements if each.id == requirement)


def png(**texts: str) -> bytes:
    image = Image.new("RGB", (40, 30), (200, 30, 30))
    notes = PngImagePlugin.PngInfo()
    for name, value in texts.items():
        notes.add_text(name, value)
    made = io.BytesIO()
    image.save(made, "PNG", pnginfo=notes)
    return made.getvalue()


def test_every_attended_requirement_has_a_point() -> None:
    catalogue = load_catalogue(features_dir() / "krav.toml")
    attended = {each.id for each in catalogue.values() if each.verified_by == "attended"}
    points = load_points(features_dir() / "bemannet.toml", catalogue)
    # And two that the machine decides where the patient is simulated.
    assert points.keys() == attended | {"3.1", "4.2"}
    assert all(each.steps and each.seen for each in points.values())


def test_empty_file_tells_what_to_do(folder: Path) -> None:
    text = template(folder)
    assert re.findall(r"^# Krav (\S+):", text, re.MULTILINE) == ["2.1", "2.2", "2.3", "2.4", "2.5", "4.1"]
    assert "Logg inn på Helsenorge som testpersonen" in text
    # As it is, it answers nothing.
    (folder / "tom.toml").write_text(text, encoding="utf-8")
    done = call(folder, "attest", "--file", "tom.toml")
    assert "0 nye svar. Ikke besvart: 2.1, 2.2, 2.3, 2.4, 2.5, 4.1." in done.stdout
    assert done.returncode == 3


def test_empty_file_answers_nothing_uncommented(folder: Path) -> None:
    """Nobody says yes by taking the marks away: what was seen must be written."""
    text = re.sub(r"^# (\[\[|krav =|svar =|ord =|vedlegg =)", r"\1", template(folder), flags=re.MULTILINE)
    text = text.replace('tester = ""', 'tester = "Kari Tester"')
    assert text.count("[[attestasjon]]") == text.count("\nsvar = ") == 6
    (folder / "tom.toml").write_text(text, encoding="utf-8")
    done = call(folder, "attest", "--file", "tom.toml")
    assert done.returncode == 2
    assert "Attestasjon nr. 1, nøkkelen «svar», skal være godkjent" in done.stderr
    (folder / "tom.toml").write_text(text.replace('svar = ""', 'svar = "godkjent"'), encoding="utf-8")
    done = call(folder, "attest", "--file", "tom.toml")
    assert done.returncode == 2
    assert "Attestasjon nr. 1, nøkkelen «ord», kan ikke være tom." in done.stderr
    assert result(folder).attestations == ()


def test_empty_file_tells_where_to_look() -> None:
    text = empty_document(
        [], run="r", journal="j", person="1", links={"Helsenorge (TestID)": "https://h.example/?pnr=1"}
    )
    assert "# Testperson: 1\n# Helsenorge (TestID): https://h.example/?pnr=1\n" in text
    assert tomllib.loads(text) == {"kjoring": "r", "journal": "j", "tester": ""}


def test_what_is_no_file(tmp_path: Path) -> None:
    """Neither waited for nor fallen over."""
    with pytest.raises(UsageProblem, match="er ikke en fil"):
        cleaned(tmp_path, stem="x")
    with pytest.raises(UsageProblem, match="kan ikke leses"):
        cleaned(tmp_path / "a\0.png", stem="x")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "ror.png")
        with pytest.raises(UsageProblem, match="er ikke en fil"):
            cleaned(tmp_path / "ror.png", stem="x")


def test_answers_are_counted_and_kept(folder: Path) -> None:
    (folder / "skjerm.png").write_bytes(png())
    path = filled(folder, k2_1="godkjent", k2_2="ikke_godkjent", k2_3="ikke_aktuelt")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"godkjent"\nord', '"godkjent"\nvedlegg = ["skjerm.png"]\nord'), encoding="utf-8")
    done = call(folder, "attest", "--file", "attestasjoner.toml")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Krav 2.2: Ikke godkjent, sier Kari Tester." in done.stdout
    expected = {
        "2.1": Outcome.ATTESTED,
        "2.2": Outcome.FAILED,
        "2.3": Outcome.NOT_APPLICABLE,
        "2.4": Outcome.UNVERIFIED,
    }
    assert {name: outcome(folder, name) for name in expected} == expected
    [run] = folder.glob("reports/2*")
    after = result(folder)
    assert verify_chain(run / "journal.sqlite", expected_last=after.run.journal_last_digest).problem is None
    first = after.attestations[0]
    [shown] = first.attachments
    assert (run / "vedlegg" / shown.name).stat().st_size == shown.size
    junit = (run / "junit.xml").read_text(encoding="utf-8")
    assert "Ikke godkjent, sier Kari Tester" in junit
    allure = [json.loads(each.read_text("utf-8")) for each in run.glob("allure-results/*-result.json")]
    statuses = {each["fullName"]: each["status"] for each in allure if each["fullName"].startswith("krav 2.")}
    assert statuses["krav 2.1"] == "passed"
    assert statuses["krav 2.2"] == "failed"


def test_same_file_twice_says_nothing_new(folder: Path) -> None:
    filled(folder, k2_1="godkjent")
    assert "1 nytt svar" in call(folder, "attest", "--file", "attestasjoner.toml").stdout
    assert "0 nye svar" in call(folder, "attest", "--file", "attestasjoner.toml").stdout
    assert len(result(folder).attestations) == 1


def test_later_answer_leaves_a_trace(folder: Path) -> None:
    filled(folder, k2_1="ikke_godkjent")
    assert call(folder, "attest", "--file", "attestasjoner.toml").returncode == 1
    path = folder / "attestasjoner.toml"
    path.write_text(path.read_text("utf-8").replace('"ikke_godkjent"', '"godkjent"'), encoding="utf-8")
    assert call(folder, "attest", "--file", "attestasjoner.toml").returncode == 3
    assert [each.answer for each in result(folder).attestations] == [Answer.REJECTED, Answer.APPROVED]
    assert outcome(folder, "2.1") is Outcome.ATTESTED


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kjoring = "', 'kjoring = "x', "Svarene gjelder kjøringen x"),
        ('journal = "', 'journal = "0', "Svarene hører ikke til journalen i"),
        ('krav = "2.1"', 'krav = "1.1"', "er ikke et punkt som en tester kan svare på"),
        ('krav = "2.1"', 'krav = "9.9"', "Krav «9.9» finnes ikke."),
        (
            'svar = "godkjent"\nord = "J',
            'svar = "ja"\nord = "J',
            "skal være godkjent, ikke_godkjent eller ikke_aktuelt",
        ),
        ('ord = "Jeg så det."', 'ord = " "', "Attestasjon nr. 1, nøkkelen «ord», kan ikke være tom."),
        ('ord = "Jeg så det."', 'ord = "x"\nmer = 1', "Attestasjon nr. 1, nøkkelen «mer», er ukjent."),
        ('tester = "Kari Tester"', 'tester = ""', "mangler «tester»"),
        ('ord = "Jeg så det."', 'ord = "x"\nvedlegg = ["borte.png"]', "borte.png finnes ikke"),
        ('kjoring = "', "kjoring = ", "er ikke gyldig TOML"),
    ],
)
def test_wrong_file_changes_nothing(old: str, new: str, said: str, folder: Path) -> None:
    path = filled(folder, k2_1="godkjent")
    text = path.read_text("utf-8")
    head, found, tail = text.rpartition(old)
    assert found
    path.write_text(head + new + tail, encoding="utf-8")
    [journal] = folder.glob("reports/2*/journal.sqlite")
    before = journal.read_bytes()
    done = call(folder, "attest", "--file", "attestasjoner.toml")
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert journal.read_bytes() == before


def test_nobody_there(folder: Path) -> None:
    done = call(folder, "attest")
    assert (done.returncode, "Ingen er ved terminalen" in done.stderr) == (2, True)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_asked_at_a_terminal(folder: Path) -> None:
    import pty

    (folder / "skjerm.png").write_bytes(png())
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "attest"], stdin=follower, stdout=follower, stderr=follower, cwd=folder, env=ENVIRONMENT
    )
    os.close(follower)
    said = ["x", "g", "", "Skjemaet sto der.", "Kari Tester", "borte.png", "skjerm.png", ""]
    os.write(leader, ("\n".join([*said, "", "i", "Brevet manglet.", "", "", "\x04"])).encode())
    shown = b""
    try:
        while piece := os.read(leader, 4096):
            shown += piece
    except OSError:  # the other end is closed
        pass
    os.close(leader)
    assert process.wait(60) == 1, shown.decode()
    text = shown.decode()
    assert "Skriv g, i eller a, eller bare Enter." in text
    assert "borte.png finnes ikke" in text
    assert "Stanset her; det som er besvart, er tatt med." in text
    given = [(each.requirement, each.answer, each.words, each.tester) for each in result(folder).attestations]
    assert given == [
        ("2.1", Answer.APPROVED, "Skjemaet sto der.", "Kari Tester"),
        ("2.3", Answer.REJECTED, "Brevet manglet.", "Kari Tester"),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_answers_outlive_the_terminal(folder: Path) -> None:
    """Each is kept when it is given: whoever closes the window loses the one that they were in the middle of."""
    import pty

    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "attest"], stdin=follower, stdout=follower, stderr=follower, cwd=folder, env=ENVIRONMENT
    )
    os.close(follower)
    os.write(leader, b"g\nSkjemaet sto der.\nKari Tester\n\ng\n")
    shown = b""
    while shown.count(b"med egne ord") < 2:
        shown += os.read(leader, 4096)
    process.kill()
    process.wait(60)
    os.close(leader)
    assert [each.requirement for each in result(folder).attestations] == ["2.1"]
    assert call(folder, "journal").returncode == 0


def test_answer_that_was_kept_and_not_counted(folder: Path) -> None:
    """Stopped between the journal and the result: the next time, the result is made of all that the journal has."""
    [run] = folder.glob("reports/2*")
    at = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
    given = Attestation(requirement="2.1", answer=Answer.APPROVED, words="Sett.", tester="Kari", at=at)
    note_attestation(run / "journal.sqlite", given, system_clock, mask=Mask())
    assert outcome(folder, "2.1") is Outcome.UNVERIFIED
    (folder / "ingen.toml").write_text(template(folder), encoding="utf-8")
    assert call(folder, "attest", "--file", "ingen.toml").returncode == 3
    assert outcome(folder, "2.1") is Outcome.ATTESTED


def test_image_keeps_nothing_but_its_pixels(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(Comment="hemmelig sted", Author="Kari") + b"hale etter bildet")
    kept = cleaned(tmp_path / "a.png", stem="krav-2.1")
    assert b"hemmelig" not in kept.content
    assert b"hale" not in kept.content
    with Image.open(io.BytesIO(kept.content)) as image:
        assert (image.size, image.getpixel((3, 3)), image.info) == ((40, 30), (200, 30, 30), {})


def test_photo_is_turned_and_loses_its_place(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    exif[0x010F] = "Kameramerke"
    Image.new("RGB", (40, 30), (10, 200, 10)).save(tmp_path / "a.jpg", exif=exif)
    kept = cleaned(tmp_path / "a.jpg", stem="x")
    assert b"Kameramerke" not in kept.content
    with Image.open(io.BytesIO(kept.content)) as image:
        assert (image.size, dict(image.getexif())) == ((30, 40), {})


def pdf(**metadata: str) -> PdfWriter:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_metadata({f"/{name}": value for name, value in metadata.items()})
    return writer


def written(writer: PdfWriter, path: Path) -> Path:
    with path.open("wb") as file:
        writer.write(file)
    return path


def test_pdf_loses_its_metadata(tmp_path: Path) -> None:
    kept = cleaned(written(pdf(Author="Kari Hemmelig"), tmp_path / "a.pdf"), stem="x")
    assert b"Hemmelig" not in kept.content
    assert len(PdfReader(io.BytesIO(kept.content)).pages) == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"https://h/proms/form/{GUID}", "en nøkkel, en engangskode eller en innloggingslenke"),
        ("apiKey=en-nokkel-som-ble-limt-inn", "en nøkkel, en engangskode eller en innloggingslenke"),
        (real_id(41), "et fødselsnummer som ikke er syntetisk"),
        (real_id(42, zero=True), "et fødselsnummer som ikke er syntetisk"),
    ],
    ids=["login address", "key", "id", "id that begins with zero"],
)
def test_pdf_with_secrets_is_refused(tmp_path: Path, text: str, why: str) -> None:
    """In a note or a link, which no reader of the page's words sees."""
    for annotation in (FreeText(text=text, rect=(1, 1, 9, 9)), Link(url=f"https://h/?a={text}", rect=(1, 1, 9, 9))):
        noted = pdf()
        noted.add_annotation(0, annotation)
        with pytest.raises(UsageProblem) as told:
            cleaned(written(noted, tmp_path / "a.pdf"), stem="x")
        assert why in str(told.value)
        assert text not in str(told.value)


def test_unusable_files_are_refused(tmp_path: Path) -> None:
    active, locked = pdf(), pdf()
    action = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    )
    active.root_object[NameObject("/OpenAction")] = action
    link = DictionaryObject({NameObject("/Type"): NameObject("/Annot"), NameObject("/A"): action})
    sent = DictionaryObject({NameObject("/S"): NameObject("/SubmitForm"), NameObject("/F"): TextStringObject("h")})
    sending = pdf()
    sending.pages[0][NameObject("/Annots")] = ArrayObject([DictionaryObject({NameObject("/A"): sent})])
    written(sending, tmp_path / "send.pdf")
    clicked = pdf()
    clicked.pages[0][NameObject("/Annots")] = ArrayObject([link])
    written(clicked, tmp_path / "trykk.pdf")
    locked.encrypt("x", algorithm="RC4-128")
    attached = pdf()
    attached.add_attachment("x.exe", b"MZ")
    written(active, tmp_path / "skript.pdf")
    written(locked, tmp_path / "last.pdf")
    (tmp_path / "stor.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * LARGEST_BYTES)
    (tmp_path / "side.html").write_bytes(b"<script>alert(1)</script>")
    (tmp_path / "halv.png").write_bytes(png()[:60])
    (tmp_path / "halv.pdf").write_bytes(b"%PDF-1.7\nnoe annet")
    (tmp_path / "bombe.png").write_bytes(_bomb())
    said = {
        "trykk.pdf": "med skript",
        "send.pdf": "med skript",
        "last.pdf": "beskyttet med passord",
        "stor.png": "større enn 10 MB",
        "side.html": "verken PNG, JPEG eller PDF",
        "halv.png": "ikke kan åpnes",
        "halv.pdf": "ikke kan åpnes",
        "bombe.png": "for mange punkter",
        "borte.png": "finnes ikke",
    }
    for name, words in said.items():
        with pytest.raises(UsageProblem, match=words):
            cleaned(tmp_path / name, stem="x")
    # What runs by itself belongs to the document, not to its pages, and stays behind.
    assert b"app.alert" not in cleaned(tmp_path / "skript.pdf", stem="x").content
    assert b"MZ" not in cleaned(written(attached, tmp_path / "vedlegg.pdf"), stem="x").content


def _bomb() -> bytes:
    """A picture of 64 million points in a few kilobytes."""
    made = io.BytesIO()
    Image.new("1", (8000, 8000)).save(made, "PNG")
    return made.getvalue()


def test_not_while_the_run_goes(folder: Path) -> None:
    path = filled(folder, k2_1="godkjent")
    [run] = folder.glob("reports/2*")
    with alone_in(run, UsageProblem("", "")):
        done = call(folder, "attest", "--file", str(path))
    assert done.returncode == 2
    assert "går nå, i et annet vindu" in done.stderr
    assert outcome(folder, "2.1") is Outcome.UNVERIFIED


def test_what_a_patient_must_do_is_told(tmp_path: Path) -> None:
    """In an environment nobody but a tester is the patient: what the simulator shows is asked about there."""
    with stand_in(tmp_path, builtin=True) as made:
        for name in ("3.1", "4.2"):
            assert made.do("run", "--no-html", "--reports", name, "-k", name).returncode == 3
            [folder] = (tmp_path / name).glob("2*")
            assert made.do("attest", str(folder), "--template", f"{name}.toml").returncode == 0
            told = (tmp_path / f"{name}.toml").read_text(encoding="utf-8")
            [asked] = [each for each in told.split("# Krav ") if each.startswith(f"{name}:")]
            assert "Logg inn på Helsenorge som testpersonen, med TestID." in asked
            assert "Kan bare prøves mot simulatoren" not in asked
