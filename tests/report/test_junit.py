"""junit.xml, as CI systems read it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from eprom_verify.report.junit import write_junit
from eprom_verify.verdict import Outcome, RunResult
from tests.report.sample_results import BROKEN, PASSED, WAIVED, judged, scenario, waiver


def written(result: RunResult, folder: Path) -> ET.Element:
    path = folder / "junit.xml"
    write_junit(result, path)
    return ET.parse(path).getroot()


def counts(element: ET.Element) -> dict[str, int]:
    return {name: int(element.get(name, "")) for name in ("tests", "failures", "errors", "skipped")}


def test_no_waivers_no_suite(tmp_path: Path) -> None:
    root = written(judged(PASSED), tmp_path)
    assert [each.get("name") for each in root] == ["eprom-verify"]


def test_waived_is_skipped(tmp_path: Path) -> None:
    root = written(WAIVED, tmp_path)
    assert root.findall(".//failure") == []
    [case] = root.findall(".//testcase[@name='Feil kanal']")
    skipped = case.find("skipped")
    assert skipped is not None
    assert skipped.get("type") == "waived"
    assert skipped.get("message") == "Dispensasjon til og med 2026-11-25 (ansvarlig: Kari, leder): Avtalt"
    assert "Fikk: notificationChannel er Print" in (skipped.text or "")
    [own] = root.findall(".//testcase[@name='Dispensasjon for krav 2.1']/skipped")
    assert own.get("message") == "Krav 2.1 (obligatorisk): dispensasjonen er brukt, og gjelder til og med 2026-11-25."
    assert "Grunn: Avtalt\nAnsvarlig: Kari, leder\nDekker: Ikke verifisert: " in (own.text or "")
    values = {each.get("name"): each.get("value") for each in root.findall(".//property")}
    assert values["waiver 1.2"] == "used, until 2026-11-25, Kari, leder: Avtalt"


def test_broken_waiver_is_failure(tmp_path: Path) -> None:
    root = written(BROKEN, tmp_path)
    failures = root.findall(".//testsuite[@name='dispensasjoner']/testcase/failure")
    assert [each.get("message") for each in failures] == [
        "Krav 1.1 (obligatorisk): dispensasjonen trengs ikke, for kravet er «Godkjent». Ta den bort.",
        "Krav 1.2 (obligatorisk): dispensasjonen gikk ut 2026-11-24. Rett feilen, eller få en ny.",
    ]
    [undecided] = root.findall(".//testsuite[@name='dispensasjoner']/testcase/skipped")
    assert undecided.get("message") == "Krav 1.3 (obligatorisk): dispensasjonen dekker ikke «Feil i kjøringen»."
    assert root.findall(".//testcase[@name='Feil kanal']/failure")


def test_counts_agree(tmp_path: Path) -> None:
    for result in (WAIVED, BROKEN):
        root = written(result, tmp_path)
        for element in (root, *root):
            assert counts(element) == {
                "tests": len(element.findall(".//testcase")),
                "failures": len(element.findall(".//failure")),
                "errors": len(element.findall(".//error")),
                "skipped": len(element.findall(".//skipped")),
            }


def test_hostile_waiver_is_readable(tmp_path: Path) -> None:
    failed = scenario("Feil", Outcome.FAILED, "1.2", reason="\x00]]><x/>")
    hostile = waiver("1.2", reason="\x1b[31m<script>&\ud83d", owner='"Kari"')
    root = written(judged(PASSED, failed, waivers=(hostile,)), tmp_path)
    assert "<script>&" in str(root.findall(".//testcase[@name='Feil']/skipped")[0].get("message"))
