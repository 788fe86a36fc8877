"""Runs as they are handed over: a short one that was really made, and a whole one that is told to its journal."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from PIL import Image
from typst import Compiler

from eprom_verify.attesting.answering import open_run, take
from eprom_verify.attesting.document import Given
from eprom_verify.config import Config
from eprom_verify.journal.journal import Journal
from eprom_verify.locations import features_dir
from eprom_verify.masking import Mask
from eprom_verify.report.allure_html import make_html
from eprom_verify.runner.circumstances import circumstances
from eprom_verify.runner.evidence import place
from eprom_verify.runner.folders import report_title
from eprom_verify.runner.record import SCENARIO, Ending, note_end
from eprom_verify.runner.run import _versions, write_judged
from eprom_verify.runner.stage import unused_requirements
from eprom_verify.runner.written import written_scenarios
from eprom_verify.verdict import (
    Answer,
    Catalogue,
    Outcome,
    Rig,
    RunInfo,
    ScenarioResult,
    Waiver,
    load_catalogue,
    scenario_to_json,
)
from eprom_verify.wiring import settings_of

BEGUN = datetime(2026, 11, 27, 8, 0, 1, tzinfo=UTC)
FAULT = "rule-basic-mailbox-first"
WAIVERS = """[[dispensasjon]]
krav = "1.2"
grunn = "Kanalen blir registrert fra neste versjon."
ansvarlig = "Ola Nordmann"
utloper = {expires}
"""
ORDER = "9d3f5a3e-0b54-4a2c-8a55-6f3d5e0c1a01"
SYSTEM = {
    "driver": "http",
    "navn": "Ørnregisteret",
    "versjon": "4.2.0",
    "eier": "Helse Fjord RHF",
    "api_base_url": "https://ornregisteret.example.org/eprom",
    "hook_url": "https://ornregisteret.example.org/krok",
}
PROTOCOL = {"utfort_av": "Kari Nordmann", "rolle": "testleder"}


def command(*words: object) -> list[str]:
    """The console script that stands beside this Python."""
    return [str(Path(sys.executable).with_name("eprom-verify")), *map(str, words)]


def said(*words: object, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """What the tool says, in an environment of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "EPROM_"))}
    return subprocess.run(
        command(*words), cwd=cwd, env=kept | variables, capture_output=True, encoding="utf-8", timeout=900
    )


def short_run(folder: Path) -> Path:
    """Six scenarios of a run with a fault in it: one fails, and is waived; one point is answered for, twice."""
    expires = (datetime.now(UTC) + timedelta(days=30)).date()
    (folder / "dispensasjoner.toml").write_text(WAIVERS.format(expires=expires), encoding="utf-8")
    done = said("run", "-k", "obligatorisk.feature", "--fault", FAULT, "--seed", "7", "--no-html", cwd=folder)
    assert done.returncode == 3, done.stdout + done.stderr
    run = (folder / "reports" / "latest").resolve()
    answer(run, "2.1", Answer.REJECTED, "Skjemaet ble ikke vist.")
    answer(run, "2.1", Answer.APPROVED, "Skjemaet vises som det skal.", picture(folder), document(folder))
    with_page(run)
    return run


def formal_run(folder: Path) -> Path:
    """A whole run of somebody's own system against QA in which all went well, as its journal would tell of it.

    Nothing was sent: what scenarios would have come to is told to the journal by the functions that a run uses.
    """
    run = folder / "2026-11-27T080001Z-ab12"
    (run / "allure-results").mkdir(parents=True)
    config = Config.model_validate({"eprom": "qa", "seed": 7, "bestillersystem": SYSTEM, "protokoll": PROTOCOL})
    catalogue = load_catalogue(features_dir() / "krav.toml")
    clock = iter(range(10**6))

    def now() -> datetime:
        return BEGUN + timedelta(seconds=next(clock))

    journal = Journal(run / "journal.sqlite", mask=Mask(), clock=now)
    facts = {"seed": 7, "edition": config.edition, "eprom": config.api_base, "fault": ""}
    journal.run_started(facts, json.dumps(settings_of(config)).encode())
    exchange = _ordered(journal, config.api_base)
    results = list(_passed(catalogue, exchange))
    for each in results:
        journal.note(SCENARIO, {}, scenario_to_json(each).encode())
    journal.close()
    info = RunInfo(
        id=run.name,
        started=BEGUN,
        finished=now(),
        rig=Rig("Ørnregisteret 4.2.0 (http)", config.api_base),
        **circumstances(config, "http", 7, BEGUN),
        edition=config.edition,
        formal=True,
        seed=7,
        versions=_versions(),
        profile=config.profile.stated(),
        journal_last_digest="0" * 64,
    )
    ending = Ending(
        run=info,
        incomplete_reasons=(),
        remarks=(),
        not_run=(),
        unused=unused_requirements(catalogue, config),
        waivers=(),
        order=tuple(each.id for each in results),
    )
    note_end(run / "journal.sqlite", ending, now, mask=Mask())
    _write_allure(run / "allure-results", results)
    for name in ("2.1", "2.2", "2.3", "2.4", "2.5", "4.1"):
        answer(run, name, Answer.APPROVED, "Sett, og som ventet.")
    write_judged(run, catalogue, allure=True)
    with_page(run)
    return run


def answer(run: Path, requirement: str, given: Answer, words: str, *attachments: Path) -> None:
    """A tester answers for a requirement of a run."""
    told = Given(requirement=requirement, answer=given, words=words, tester="Kari Nordmann", attachments=attachments)
    [_] = take(open_run(run), [told], lambda: datetime.now(UTC))


def with_page(run: Path) -> Path:
    """The run's report.html, made as the tool makes it."""
    title = report_title(run / "result.json")
    return make_html(run / "allure-results", run / "report.html", title=title).path


def picture(folder: Path) -> Path:
    path = folder / "skjerm.png"
    Image.effect_noise((120, 80), 40).save(path)
    return path


def document(folder: Path) -> Path:
    path = folder / "logg.pdf"
    made = Compiler(b"= Logg fra testen\nSkjemaet ble vist.", ignore_system_fonts=True).compile()
    assert isinstance(made, bytes)
    path.write_bytes(made)
    return path


def picture_bytes(**told: Any) -> bytes:
    """A picture as it is kept, with whatever is told to stand beside its pixels."""
    made = io.BytesIO()
    Image.new("RGB", (8, 8)).save(made, "PNG", **told)
    return made.getvalue()


def waiver(requirement: str = "B-02", *, days: int = 30, words: str = "Kommer i neste versjon.") -> Waiver:
    return Waiver(
        requirement=requirement,
        reason=words,
        owner="Ola Nordmann",
        expires=(datetime.now(UTC) + timedelta(days=days)).date(),
    )


def _ordered(journal: Journal, base: str) -> str:
    """An order and the answer to it; gives the id of the exchange."""
    body = {"nationalId": "", "formId": str(uuid4()), "distributionRule": 1}
    noted = journal.request(
        operation="A",
        sender="bestillersystem",
        method="POST",
        url=f"{base}/api/v2/formorder",
        headers=[("Content-Type", "application/json")],
        body=json.dumps(body).encode(),
        key_matches=True,
    )
    journal.response(noted, status=200, headers=[], body=json.dumps({"id": ORDER, "notificationChannel": 1}).encode())
    return noted


def _passed(catalogue: Catalogue, exchange: str) -> Iterator[ScenarioResult]:
    for each in written_scenarios(features_dir()):
        name = f"{each.name} [{', '.join(each.row)}]" if each.row else each.name
        yield ScenarioResult(
            id=f"{each.feature}::{name}",
            name=name,
            feature=each.feature,
            line=each.line,
            chapter=catalogue[each.requirements[0]].chapter,
            tags=tuple(sorted(each.tags)),
            requirements=each.requirements,
            outcome=Outcome.PASSED,
            reason="",
            duration_s=0.1,
            exchanges=(exchange,),
        )


def _write_allure(folder: Path, results: list[ScenarioResult]) -> None:
    for number, each in enumerate(results):
        entry = {
            "uuid": str(uuid4()),
            "historyId": each.id,
            "fullName": each.id,
            "name": each.name,
            "description": place(each.feature, each.line),
            "status": "passed",
            "start": 1_795_000_000_000 + number,
            "stop": 1_795_000_000_001 + number,
            "labels": [{"name": "parentSuite", "value": each.chapter}],
        }
        (folder / f"{entry['uuid']}-result.json").write_text(json.dumps(entry), encoding="utf-8")
