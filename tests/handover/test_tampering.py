"""Packages in which something was changed with a text editor, and the manifest made anew or not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter

from eprom_verify.handover.checking import Verdict, examine_run, verify_package
from eprom_verify.handover.manifest import examine_manifest
from tests.handover import tampering
from tests.handover.forging import (
    Files,
    carrying,
    edited,
    in_table,
    journal_of,
    packed,
    page_of,
    relisted,
    replaced,
    rows_of,
    unpacked,
)

Change = Callable[[Files], Files]
TITLES = [
    "Arkivet",
    "Manifestet",
    "Journalen",
    "Verktøyet og testsamlingen",
    "Fullstendighet",
    "Oppsettet",
    "Dommen",
    "Protokollen og listene",
    "Bekreftelser",
    "Rapporten (report.html)",
    "Personvern og hemmeligheter",
    "Signaturer",
]


def problems_of(verdict: Verdict) -> dict[str, str]:
    """What is wrong, by the title of what was looked at."""
    return {each.title: "\n".join(each.problems) for each in verdict.examined if not each.holds}


def checked(folder: Path, files: Files) -> dict[str, str]:
    """What is wrong with a package of these files."""
    verdict = verify_package(packed(folder, files))
    assert verdict.exit_code == (1 if problems_of(verdict) else 0 if verdict.valid else 3)
    return problems_of(verdict)


def looked_at(files: Files) -> dict[str, str]:
    """What is wrong with these files but for what they disclose, and who signed them: it takes less time."""
    manifest, about = examine_manifest(files)
    _, more = examine_run(files, manifest) if "journal.sqlite" in files else (None, [])
    return {each.title: "\n".join(each.problems) for each in (about, *more) if not each.holds}


def of(told: Mapping[str, Any], kind: str, name: str) -> Any:
    """What is told of one requirement or scenario."""
    return next(each for each in told[kind] if name in (each["id"], *each.get("requirements", ())))


def result(change: Callable[[Any], object]) -> Change:
    return lambda files: edited(files, "result.json", change)


def text(name: str, old: str, new: str) -> Change:
    return lambda files: replaced(files, name, old, new)


def page(name: str, change: Callable[[Any], object]) -> Change:
    return lambda files: files | {"report.html": carrying(files["report.html"], name, change)}


def with_file(name: str, content: bytes) -> Change:
    return lambda files: files | {name: content}


def without(name: str) -> Change:
    return lambda files: {each: content for each, content in files.items() if each != name}


def renamed(old: str, new: str) -> Change:
    return lambda files: {new if each == old else each: content for each, content in files.items()}


def attached(ending: str) -> Callable[[Files], str]:
    return lambda files: next(name for name in files if name.startswith("vedlegg/") and name.endswith(ending))


def other_statuses(title: str = "", statuses: Mapping[str, str] = {}) -> Change:
    def change(files: Files) -> Files:
        old = re.search(rb"<title>\s*([^<]*?)\s*</title>", files["report.html"])
        assert old is not None
        return files | {"report.html": page_of(files["report.html"], title=title or old[1].decode(), statuses=statuses)}

    return change


def pages_made_anew(files: Files) -> Files:
    """The same pages, written by another program."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(files["protocol.pdf"])))
    made = BytesIO()
    writer.write(made)
    return files | {"protocol.pdf": made.getvalue()}


def scripted(files: Files) -> Files:
    """A script with the word that the page's own scripts are known by."""
    nonce = re.search(rb"nonce-([\w-]+)", files["report.html"])
    assert nonce is not None
    return replaced(files, "report.html", "</body>", f'<script nonce="{nonce[1].decode()}">alert(1)</script></body>')


FAILED = "Status på bestillingen blir mottatt og registrert"
MADE, VERDICT, REPORT = "Protokollen og listene", "Dommen", "Rapporten (report.html)"
CHANGES: dict[str, tuple[str, Change, str, str]] = {
    "conclusion": (
        "result.json",
        result(lambda told: told.update(conclusion="approved", complete=True, incomplete_reasons=[])),
        VERDICT,
        "Konklusjonen er «Godkjent», men scenariene gir «Ufullstendig».",
    ),
    "outcome of a requirement": (
        "result.json",
        result(lambda told: of(told, "requirements", "1.2").update(outcome="passed")),
        VERDICT,
        "Krav 1.2 står som «Godkjent», men scenariene gir «Dispensasjon».",
    ),
    "requirement removed": (
        "result.json",
        result(lambda told: told["requirements"].remove(of(told, "requirements", "1.2"))),
        VERDICT,
        "Krav 1.2 mangler i resultatet.",
    ),
    "requirement added": (
        "result.json",
        result(lambda told: told["requirements"].append(of(told, "requirements", "1.1") | {"id": "X-99"})),
        VERDICT,
        "Krav X-99 finnes ikke i kravkatalogen.",
    ),
    "requirement no longer mandatory": (
        "result.json",
        result(lambda told: of(told, "requirements", "1.2").update(mandatory=False)),
        VERDICT,
        "Krav 1.2 er obligatorisk i kravkatalogen, men ikke i resultatet.",
    ),
    "title of a requirement": (
        "result.json",
        result(lambda told: of(told, "requirements", "1.2").update(title="Noe annet")),
        MADE,
        "result.json er ikke det som følger av journalen.",
    ),
    "outcome of a scenario": (
        "result.json",
        result(lambda told: of(told, "scenarios", "1.2").update(outcome="passed")),
        VERDICT,
        f"Scenarioet «{FAILED}» står som «Godkjent», men journalen sier «Ikke godkjent».",
    ),
    "scenario removed": (
        "result.json",
        result(lambda told: told["scenarios"].remove(of(told, "scenarios", "1.2"))),
        VERDICT,
        f"Scenarioet «{FAILED}» mangler i resultatet.",
    ),
    "scenario renamed": (
        "result.json",
        result(lambda told: of(told, "scenarios", "1.2").update(id="x::y")),
        VERDICT,
        f"Scenarioet «{FAILED}» mangler i resultatet.",
    ),
    "scenario twice": (
        "result.json",
        result(lambda told: told["scenarios"].append(of(told, "scenarios", "1.1"))),
        VERDICT,
        "står ikke i journalen, eller står to ganger i resultatet.",
    ),
    "tags of a scenario": (
        "result.json",
        result(lambda told: of(told, "scenarios", "1.2").update(requirements=["1.1"])),
        MADE,
        "result.json er ikke det som følger av journalen.",
    ),
    "reasons for being incomplete": (
        "result.json",
        result(lambda told: told.update(incomplete_reasons=[], complete=True)),
        VERDICT,
        "Resultatet sier noe annet enn journalen om incomplete_reasons.",
    ),
    "formal": (
        "result.json",
        result(lambda told: told["run"].update(formal=True)),
        VERDICT,
        "Resultatet sier noe annet enn journalen om formal.",
    ),
    "edition": (
        "result.json",
        result(lambda told: told["run"].update(edition="2023-10")),
        VERDICT,
        "Resultatet sier noe annet enn journalen om edition.",
    ),
    "digest of the suite": (
        "result.json",
        result(lambda told: told["run"]["versions"].update(suite_digest="0" * 64)),
        VERDICT,
        "Resultatet sier noe annet enn journalen om versions.",
    ),
    "planted fault hidden": (
        "result.json",
        result(lambda told: told["run"].update(profile={})),
        VERDICT,
        "Resultatet sier noe annet enn journalen om profile.",
    ),
    "another end of the journal": (
        "result.json",
        result(lambda told: told["run"].update(journal_last_digest="0" * 64)),
        "Journalen",
        "Resultatet viser til en annen slutt.",
    ),
    "waiver lasts longer": (
        "result.json",
        result(lambda told: told["waivers"][0].update(expires="2099-01-01")),
        VERDICT,
        "Resultatet sier noe annet enn journalen om waivers.",
    ),
    "answer changed": (
        "result.json",
        result(lambda told: told["attestations"][1].update(words="Noe annet")),
        VERDICT,
        "Resultatet sier noe annet enn journalen om attestations.",
    ),
    "result is junk": ("result.json", with_file("result.json", b"{"), VERDICT, "result.json kan ikke leses."),
    "result without end": (
        "result.json",
        with_file("result.json", b"[" * 200_000),
        VERDICT,
        "result.json kan ikke leses.",
    ),
    "list of waivers": ("waivers.json", with_file("waivers.json", b"[]\n"), MADE, "waivers.json er ikke det"),
    "list of answers": (
        "attestations.json",
        text("attestations.json", "ikke_godkjent", "godkjent"),
        MADE,
        "attestations.json er ikke det",
    ),
    "settings": ("settings.json", text("settings.json", '"simulator"', '"qa"'), MADE, "settings.json er ikke det"),
    "protocol.html": (
        "protocol.html",
        text("protocol.html", "Ufullstendig", "Godkjent"),
        MADE,
        "protocol.html er ikke det",
    ),
    "protocol.pdf": ("protocol.pdf", pages_made_anew, MADE, "protocol.pdf er ikke det"),
    "order removed": (
        "orders.csv",
        lambda files: files | {"orders.csv": b"\n".join(files["orders.csv"].split(b"\n")[:-2]) + b"\n"},
        MADE,
        "orders.csv er ikke det",
    ),
    "junit.xml": ("junit.xml", text("junit.xml", "skipped", "system-out"), MADE, "junit.xml er ikke det"),
    "LESMEG.txt": ("LESMEG.txt", text("LESMEG.txt", "Ufullstendig", "Godkjent"), MADE, "LESMEG.txt er ikke det"),
    "title of the report": (
        "report.html",
        other_statuses("ePROM-verifikasjon: Godkjent"),
        REPORT,
        "Tittelen sier ikke det samme som resultatet.",
    ),
    "title in the tab alone": (
        "report.html",
        text("report.html", "<title> ePROM-verifikasjon: Ufullstendig (prøvekjøring)", "<title> Godkjent"),
        REPORT,
        "Tittelen sier ikke det samme som resultatet.",
    ),
    "status in the report": (
        "report.html",
        other_statuses(statuses={FAILED: "passed"}),
        REPORT,
        f"Scenarioet «{FAILED}» står ikke som «Ikke godkjent».",
    ),
    "status in a list of the report": (
        "report.html",
        page("widgets/tree.json", lambda told: _named(told["leavesById"], FAILED).update(status="passed")),
        REPORT,
        f"En liste viser «{FAILED}» som noe annet enn det er.",
    ),
    "sums of the report": (
        "report.html",
        page("widgets/statistic.json", lambda told: told.update(passed=told["passed"] + 1, failed=0)),
        REPORT,
        "Summene øverst er andre enn i resultatet.",
    ),
    "chart of the report": (
        "report.html",
        page("widgets/pie_chart.json", lambda told: told["slices"][0].update(count=999)),
        REPORT,
        "Diagrammet har andre tall enn resultatet.",
    ),
    "entry of the report": (
        "report.html",
        page("data/test-results/", lambda told: told.update(name="Alt er i orden", status="passed")),
        REPORT,
        "«Alt er i orden» står ikke i resultatet.",
    ),
    "script in the report": ("report.html", scripted, REPORT, "Siden har et annet program"),
    "script in the report's options": (
        "report.html",
        text("report.html", '"logo":""', '"logo":"</script><script>alert(1)</script>"'),
        REPORT,
        "Siden har et annet program",
    ),
    "script in the name of a document": (
        "report.html",
        text("report.html", 'd("widgets/globals.json"', 'd("</script><script>alert(1)</script>","e30="),d("x"'),
        REPORT,
        "Siden har et annet program",
    ),
    "report is junk": ("report.html", with_file("report.html", b"<html>"), REPORT, "Siden har et annet program"),
    "file added": ("godkjent.pdf", with_file("godkjent.pdf", b"%PDF-"), "Manifestet", "godkjent.pdf hører ikke til"),
    "file added among signatures": (
        "signatures/les.txt",
        with_file("signatures/les.txt", b"Godkjent"),
        "Manifestet",
        "signatures/les.txt hører ikke til",
    ),
    "file added among attachments": (
        "vedlegg/krav-2.1-000000000000.png",
        with_file("vedlegg/krav-2.1-000000000000.png", b""),
        "Bekreftelser",
        "vedlegg/krav-2.1-000000000000.png er det ingen som har lagt ved.",
    ),
    "file with a capital letter": (
        "Result.json",
        renamed("result.json", "Result.json"),
        "Manifestet",
        "Result.json hører ikke til i en pakke.",
    ),
    "file removed": ("orders.csv", without("orders.csv"), "Manifestet", "orders.csv mangler"),
    "result removed": ("result.json", without("result.json"), "Manifestet", "result.json mangler"),
    "journal removed": ("journal.sqlite", without("journal.sqlite"), "Manifestet", "journal.sqlite mangler"),
    "report removed": ("report.html", without("report.html"), "Manifestet", "report.html mangler"),
    "attachment swapped": (
        "krav-2.1",
        lambda files: files | {attached(".png")(files): files[attached(".pdf")(files)]},
        "Bekreftelser",
        "er ikke den som testeren la ved.",
    ),
    "attachment removed": (
        "krav-2.1",
        lambda files: without(attached(".pdf")(files))(files),
        "Bekreftelser",
        ".pdf mangler.",
    ),
    "attachment renamed": (
        "krav-2.1",
        lambda files: renamed(attached(".png")(files), "vedlegg/krav-2.1-aaaaaaaaaaaa.png")(files),
        "Bekreftelser",
        "vedlegg/krav-2.1-aaaaaaaaaaaa.png er det ingen som har lagt ved.",
    ),
}


def _named(told: Mapping[str, Any], name: str) -> Any:
    return next(each for each in told.values() if each["name"] == name)


def test_whole(short_package: Path) -> None:
    verdict = verify_package(short_package)
    assert problems_of(verdict) == {}
    assert [each.title for each in verdict.examined] == TITLES
    assert (verdict.whole, verdict.valid, verdict.exit_code) == (True, False, 3)


def test_approved(formal_package: Path) -> None:
    verdict = verify_package(formal_package)
    assert problems_of(verdict) == {}
    assert (verdict.whole, verdict.valid, verdict.exit_code) == (True, True, 0)


@pytest.mark.parametrize("kind", CHANGES)
def test_changed(kind: str, short: Files) -> None:
    """The manifest tells of it; when that is made anew to fit, what looks at the matter itself does."""
    name, change, title, words = CHANGES[kind]
    changed = change(short)
    assert changed != short
    assert name in "\n".join(examine_manifest(changed)[1].problems)
    found = looked_at(relisted(changed))
    assert words in found.get(title, ""), found


def journal(*statements: str, values: tuple[object, ...] = ()) -> Callable[[bytes], bytes]:
    return lambda content: in_table(content, *statements, values=values)


JOURNALS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "changed": (
        journal("UPDATE entries SET facts = replace(facts, '200', '201') WHERE kind = 'response' AND seq < 9"),
        "er endret etter at det ble skrevet.",
    ),
    "of another kind": (
        journal("PRAGMA writable_schema = ON", "UPDATE entries SET body = CAST(zeroblob(3) AS BLOB) WHERE seq = 4"),
        "Innslag 4 er endret",
    ),
    "removed": (journal("DELETE FROM entries WHERE seq = 4"), "Innslag 4 mangler."),
    "first removed": (journal("DELETE FROM entries WHERE seq = 1"), "Innslag 1 mangler."),
    "cut off": (lambda content: journal_of(rows_of(content)[:-1]), "Manifestet viser til en annen slutt."),
    "added": (
        journal(
            "INSERT INTO entries SELECT seq + 1, kind, '', at, facts, body, digest, digest FROM entries "
            "ORDER BY seq DESC LIMIT 1"
        ),
        "er endret etter at det ble skrevet.",
    ),
    "in another order": (
        journal(
            "UPDATE entries SET seq = -1 WHERE seq = 3",
            "UPDATE entries SET seq = 3 WHERE seq = 4",
            "UPDATE entries SET seq = 4 WHERE seq = -1",
        ),
        "Innslag 3 henger ikke sammen med innslaget før det.",
    ),
    "chained anew": (
        lambda content: journal_of([*rows_of(content)[:-1], rows_of(content)[-2]]),
        "Manifestet viser til en annen slutt.",
    ),
    "another table": (journal("CREATE TABLE notater (tekst TEXT)"), "noe annet enn innslagene (table notater)"),
    "a trigger": (
        journal("CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM entries WHERE seq = 4; END"),
        "noe annet enn innslagene (trigger t)",
    ),
    "an index": (journal("CREATE INDEX i ON entries (kind)"), "noe annet enn innslagene (index i)"),
    "another column": (
        journal("ALTER TABLE entries ADD COLUMN notat TEXT"),
        "noe annet enn innslagene (table entries)",
    ),
    "a view that never ends": (
        journal(
            "ALTER TABLE entries RENAME TO gamle",
            "CREATE VIEW entries AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS seq, "
            "'' AS kind, '' AS exchange, '' AS at, '' AS facts, '' AS body, '' AS previous, '' AS digest FROM n "
            "WHERE i < 0",
        ),
        "noe annet enn innslagene (view entries)",
    ),
    "what was deleted": (
        journal("CREATE TABLE t (x)", "INSERT INTO t VALUES (zeroblob(99999))", "DROP TABLE t"),
        "Filen har rester av noe som er slettet.",
    ),
    "bytes after it": (lambda content: content + b"skjult" * 999, "Filen har noe etter innslagene."),
    "damaged": (lambda content: content[:-400] + b"\xff" * 400, ""),
    "empty": (lambda _: b"", "Filen har ikke tabellen"),
    "junk": (lambda _: b"SQLite format 3\0" + b"\xff" * 5000, "Filen kan ikke leses som journal"),
    "no database": (lambda _: b"hei" * 5000, "Filen kan ikke leses som journal"),
}


@pytest.mark.parametrize("kind", JOURNALS)
def test_journal(kind: str, short: Files, tmp_path: Path) -> None:
    change, words = JOURNALS[kind]
    changed = short | {"journal.sqlite": change(short["journal.sqlite"])}
    assert changed != short
    found = checked(tmp_path, relisted(changed))
    assert words in found["Journalen"], found


def test_journal_of_another_run(short: Files, formal: Files, tmp_path: Path) -> None:
    found = checked(tmp_path, relisted(short | {"journal.sqlite": formal["journal.sqlite"]}))
    assert "viser til en annen slutt" in found["Journalen"]
    assert "Konklusjonen er «Ufullstendig», men scenariene gir «Godkjent»." in found["Dommen"]


MANIFESTS: dict[str, tuple[Callable[[Files], Files], str, str]] = {
    "conclusion": (lambda files: relisted(files, conclusion="approved"), VERDICT, "annet enn journalen om conclusion"),
    "formal": (lambda files: relisted(files, formal=True), VERDICT, "annet enn journalen om formal"),
    "edition": (lambda files: relisted(files, edition="2023-10"), VERDICT, "annet enn journalen om edition"),
    "versions": (lambda files: relisted(files, versions={}), VERDICT, "annet enn journalen om versions"),
    "end": (lambda files: relisted(files, journal_last_digest="0" * 64), "Journalen", "Manifestet viser til en annen"),
    "more": (lambda files: relisted(files, notat="Godkjent"), VERDICT, "ikke skrevet slik eprom-verify skriver det"),
    "said twice": (
        text("manifest.json", '"formal"', '"formal": true,\n  "formal"'),
        VERDICT,
        "ikke skrevet slik eprom-verify skriver det",
    ),
    "files in another order": (
        lambda files: edited(files, "manifest.json", lambda told: told["files"].reverse()),
        VERDICT,
        "ikke skrevet slik eprom-verify skriver det",
    ),
    "file that is not there": (
        lambda files: edited(
            files,
            "manifest.json",
            lambda told: told["files"].append({"path": "vedlegg/x.png", "size": 1, "sha256": "0" * 64}),
        ),
        "Manifestet",
        "vedlegg/x.png mangler.",
    ),
    "file twice": (
        lambda files: edited(files, "manifest.json", lambda told: told["files"].append(told["files"][0])),
        "Manifestet",
        "Manifestet nevner en fil flere ganger.",
    ),
    "file left out": (
        lambda files: edited(files, "manifest.json", lambda told: told["files"].remove(of_path(told, "orders.csv"))),
        "Manifestet",
        "orders.csv mangler i manifestet: en pakke har den alltid.",
    ),
    "another size": (
        lambda files: edited(files, "manifest.json", lambda told: of_path(told, "protocol.pdf").update(size=10)),
        "Manifestet",
        "protocol.pdf",
    ),
    "missing": (without("manifest.json"), "Manifestet", "Manifestet mangler."),
    "another format": (lambda files: relisted(files, format_version=2), "Manifestet", "av et annet slag"),
}
JUNK = [b"", b"[]", b"{}", b"null", b"\xff", b"[" * 200_000, b'{"a":' * 100_000, b"9" * 5000]
FORMAT = '{"format": "eprom-verify-package", "format_version": 1, "files": %s}'
JUNK += [
    (FORMAT % files).encode()
    for files in (
        "1",
        "null",
        "{}",
        "[1]",
        "[[]]",
        "[{}]",
        '[{"path": [], "size": 1, "sha256": ""}]',
        '[{"path": "a", "size": Infinity, "sha256": ""}]',
        '[{"path": "a", "size": "1", "sha256": ""}]',
        '[{"path": "a", "size": true, "sha256": ""}]',
        '[{"path": "protocol.pdf", "size": -5, "sha256": ""}, {"path": "protocol.pdf", "size": 0, "sha256": ""}]',
    )
]


def of_path(told: Mapping[str, Any], name: str) -> Any:
    return next(each for each in told["files"] if each["path"] == name)


@pytest.mark.parametrize("kind", MANIFESTS)
def test_manifest(kind: str, short: Files) -> None:
    change, title, words = MANIFESTS[kind]
    found = looked_at(change(short))
    assert words in found[title], found


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_manifest_is_junk(junk: bytes, short: Files) -> None:
    manifest, about = examine_manifest(short | {"manifest.json": junk})
    assert about.problems
    assert manifest.base.keys() == short.keys() - {"manifest.json"}


@pytest.mark.parametrize("kept", [(), ("manifest.json",), ("journal.sqlite",), ("manifest.json", "result.json")])
def test_hardly_anything(kept: tuple[str, ...], short: Files, tmp_path: Path) -> None:
    found = checked(tmp_path, {name: short[name] for name in kept} or {"LESMEG.txt": b""})
    assert "Manifestet" in found


@pytest.mark.parametrize("change", tampering.CHANGES, ids=lambda change: change.__name__)
def test_added_to_protocol(change: Callable[[Any], object], short: Files) -> None:
    """What is added to the PDF after its last byte, and is no signature."""
    changed = tampering.changed(short["protocol.pdf"], change)
    _, about = examine_manifest(short | {"protocol.pdf": changed})
    assert [each for each in about.problems if each.startswith("protocol.pdf: ")]


def test_quoted_problem_is_short(short: Files, tmp_path: Path) -> None:
    def change(told: Any) -> None:
        told["requirements"] += [of(told, "requirements", "1.1") | {"id": "A" * 9000} for _ in range(50)]

    verdict = verify_package(packed(tmp_path, relisted(edited(short, "result.json", change))))
    assert all(len(problem) < 500 for each in verdict.examined for problem in each.problems)
    assert all(len(each.problems) <= 13 for each in verdict.examined)


def test_seen_as_before(short: Files, short_package: Path, tmp_path: Path) -> None:
    """What the forger's tools here do to a package of which they change nothing."""
    assert unpacked(packed(tmp_path, relisted(short))) == short
    assert json.loads(short["manifest.json"])["conclusion"] == "incomplete"
