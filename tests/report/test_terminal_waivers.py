"""What the terminal tells of waivers."""

from __future__ import annotations

import io

from rich.console import Console

from eprom_verify.report.terminal import summary
from eprom_verify.verdict import Outcome, RunResult
from tests.report.sample_results import BROKEN, PASSED, WAIVED, judged, scenario, waiver


def shown(result: RunResult) -> str:
    stream = io.StringIO()
    summary(result, {}, Console(file=stream, width=80, force_terminal=False, color_system=None, _environ={}))
    return stream.getvalue()


def section(text: str, title: str) -> list[str]:
    return text.partition(f"\n{title}\n")[2].partition("\n\n")[0].splitlines()


def test_used() -> None:
    text = shown(WAIVED)
    assert section(text, "Dispensasjoner (2)") == [
        "  ~ Krav 1.2 (obligatorisk): dispensasjonen er brukt, og gjelder til og med 2026-11-25.",
        "    Krav:      Noe holder i 1.2",
        "    Grunn:     Avtalt",
        "    Ansvarlig: Kari, leder",
        "    Dekker:    Ikke godkjent: Forventet: notificationChannel er DigitalMailbox "
        "Fikk: notificationChannel er Print",
        "  ~ Krav 2.1 (obligatorisk): dispensasjonen er brukt, og gjelder til og med 2026-11-25.",
        "    Krav:      Noe holder i 2.1",
        "    Grunn:     Avtalt",
        "    Ansvarlig: Kari, leder",
        "    Dekker:    Ikke verifisert: Ingen scenarier i denne versjonen av verktøyet dekker dette kravet.",
    ]
    assert "Ikke godkjent (1), med dispensasjon" in text
    assert "=== Konklusjon: GODKJENT (prøvekjøring) ===" in text
    assert "Obligatoriske krav med dispensasjon: 1.2, 2.1." in text


def test_broken_come_first() -> None:
    text = shown(BROKEN)
    heads = [line for line in section(text, "Dispensasjoner (3)") if not line.startswith("    ")]
    assert heads == [
        "  ✗ Krav 1.1 (obligatorisk): dispensasjonen trengs ikke, for kravet er «Godkjent». Ta den bort.",
        "  ✗ Krav 1.2 (obligatorisk): dispensasjonen gikk ut 2026-11-24. Rett feilen, eller få en ny.",
        "  ? Krav 1.3 (obligatorisk): dispensasjonen dekker ikke «Feil i kjøringen».",
    ]
    assert "Dispensasjoner som er utløpt: 1.2. Dispensasjoner som ikke trengs, og må tas bort: 1.1." in text


def test_hostile_waiver_is_inert() -> None:
    failed = scenario("Feil", Outcome.FAILED, "1.2")
    text = shown(judged(PASSED, failed, waivers=(waiver("1.2", reason="\x1b[2J\nny linje\u202e", owner="\x07"),)))
    assert not set(text) & {"\x1b", "\x07", "\u202e"}
    assert "    Grunn:     ␛[2J ny linje\ufffd" in text


def test_none_no_section() -> None:
    assert "Dispensasjoner" not in shown(judged(PASSED))
