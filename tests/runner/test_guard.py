"""The suite refuses to run when it is not whole: each way in which pytest-bdd would pass over it in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from eprom_verify.runner.written import written_scenarios
from tests.runner.suites import Suite

WHO = "  @krav-B-05 @bestillersystem\n"
TEXT = '      """\n      b\n      """\n'
NEWLINE_A = "\n      | a |"
STEP = '    Gitt pasienten "alle kanaler"\n'

PLANTED = {
    "same name twice": (
        f"\n{WHO}  Scenario: Like navn\n{STEP}\n{WHO}  Scenario: Like navn\n{STEP}",
        "«Like navn» står 2 ganger",
    ),
    "no steps": (f"\n{WHO}  Scenario: Uten steg\n", "«Uten steg» har ingen steg"),
    "nothing shown": (f"\n{WHO}  Scenario: Uten utfall\n{STEP}", "har ingen «Så»"),
    "undefined step": (f"\n{WHO}  Scenario: Ny\n    Gitt noe som ingen har skrevet\n", "er ikke definert"),
    "ignored table": (
        f"\n{WHO}  Scenario: Ny\n{STEP}      | a |\n      | b |\n",
        "har en tabell som setningen ikke leser",
    ),
    "ignored text": (f"\n{WHO}  Scenario: Ny\n{STEP}{TEXT}", "har en tekst som setningen ikke leser"),
    "no requirement": (f"\n  @bestillersystem\n  Scenario: Ny\n{STEP}", "mangler krav"),
    "unknown requirement": (
        f"\n  @krav-X-99 @bestillersystem\n  Scenario: Ny\n{STEP}",
        "kravet X-99, som ikke finnes",
    ),
    "other party": (f"\n  @krav-B-05 @eprom\n  Scenario: Ny\n{STEP}", "men kravet B-05 gjør det ikke"),
    "same row twice": (
        f'\n{WHO}  Scenariomal: Ny\n    Gitt pasienten "<p>"\n\n    Eksempler:\n{"      | p |" + 2 * NEWLINE_A}\n',
        "har raden a 2 ganger",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_refused(name: str, tmp_path: Path) -> None:
    text, complaint = PLANTED[name]
    suite = Suite.copied(tmp_path)
    suite.append("bestillersystemet", text)
    done = suite.run()
    assert done.returncode == 2, done.stdout + done.stderr
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_unbound_feature_refused(tmp_path: Path) -> None:
    suite = Suite.copied(tmp_path)
    binding = suite.root / "features" / "test_features.py"
    binding.write_text('from pytest_bdd import scenarios\nscenarios("bestilling/status.feature")\n', encoding="utf-8")
    done = suite.run()
    assert done.returncode == 2
    assert "ble ikke samlet inn" in done.stderr


def test_async_step_refused(tmp_path: Path) -> None:
    suite = Suite.copied(tmp_path)
    steps = suite.root / "steps" / "bestilling.py"
    text = steps.read_text(encoding="utf-8")
    steps.write_text(text.replace("def call_is_refused", "async def call_is_refused"), encoding="utf-8")
    done = suite.run()
    assert done.returncode == 2
    assert "«async def»" in done.stderr


def test_ambiguous_step_refused(tmp_path: Path) -> None:
    suite = Suite.copied(tmp_path)
    steps = suite.root / "steps" / "bestilling.py"
    more = '\n\n@then(parsers.parse("blir kallet {what}"))\ndef anything(what: str) -> None:\n    pass\n'
    steps.write_text(steps.read_text(encoding="utf-8") + more, encoding="utf-8")
    done = suite.run()
    assert done.returncode == 2
    assert "passer til 2 setninger" in done.stderr


def test_unknown_tag_refused(tmp_path: Path) -> None:
    suite = Suite.copied(tmp_path)
    suite.append("obligatorisk", f"\n{WHO.rstrip()} @hjemmelaget\n  Scenario: Ny\n{STEP}")
    done = suite.run()
    assert done.returncode == 2
    assert "hjemmelaget" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("head", ["", "# language: en\n", "# language: nb\n"])
def test_language_refused(head: str, tmp_path: Path) -> None:
    suite = Suite.copied(tmp_path)
    path = suite.feature("status")
    path.write_text(head + path.read_text(encoding="utf-8").removeprefix("# language: no\n"), encoding="utf-8")
    done = suite.run()
    assert done.returncode == 2
    assert "status.feature" in done.stderr
    assert "Traceback" not in done.stderr


def test_written_scenarios_counted() -> None:
    """A small file, counted by hand: a plain scenario, and an outline of two tables with three rows in all."""
    folder = Path(__file__).parent / "counted"
    assert [(each.name, each.row, each.steps) for each in written_scenarios(folder)] == [
        ("Alene", (), 2),
        ("Flere", ("a",), 2),
        ("Flere", ("b",), 2),
        ("Flere", ("c",), 2),
    ]
