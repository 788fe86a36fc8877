"""Puts into the Allure results what a person wants to see: the Gherkin steps, and under each what passed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from html import escape
from pathlib import Path
from uuid import NAMESPACE_URL, uuid4, uuid5

import allure
import allure_commons
import pytest

from eprom_verify.contract.findings import Finding
from eprom_verify.errors import Undecided
from eprom_verify.exchange import Exchange, Message
from eprom_verify.report.waived import told_waivers
from eprom_verify.runner.scenarios import NAMES, ScenarioRun
from eprom_verify.verdict import Catalogue, Outcome, RunResult
from eprom_verify.verdict.diagnosis import LIKE, causes_of, told_causes

SHOWN_CHARS = 20_000
_STATUSES = {Outcome.ATTESTED: "passed", Outcome.FAILED: "failed"}
_NAMES = {
    "A": "Bestilling",
    "B": "Brev",
    "C": "SMS",
    "D": "E-post",
    "E": "Signert dokument",
    "F": "Sjekk av personverninnstilling",
    "G": "Endring av personverninnstilling",
    "H": "Liste over personverninnstillinger",
    "I": "Status",
    "J": "Retur",
    "K": "Status for brev",
    "L": "Melding om personverninnstilling",
}


def describe(run: ScenarioRun, catalogue: Catalogue) -> None:
    """Tell Allure what the test that now begins is about."""
    requirements = [catalogue[each] for each in run.requirements if each in catalogue]
    if requirements:
        allure.dynamic.parent_suite(requirements[0].chapter)
        allure.dynamic.epic(requirements[0].chapter)
    allure.dynamic.suite(run.feature_name)
    allure.dynamic.feature(run.feature_name)
    if run.rule:
        allure.dynamic.sub_suite(run.rule)
        allure.dynamic.label("Regel", run.rule)
    for requirement in requirements:
        allure.dynamic.story(f"{requirement.id} {requirement.title}")
        allure.dynamic.tag(f"krav {requirement.id}")
        allure.dynamic.link(requirement.source.url, name=str(requirement.source))
    mandatory = any(each.mandatory for each in requirements)
    critical = allure.severity_level.BLOCKER if "kritisk" in run.tags else allure.severity_level.CRITICAL
    allure.dynamic.severity(critical if mandatory else allure.severity_level.NORMAL)


def write_environment(result: RunResult, results: Path) -> None:
    """Tell Allure what met what, and what came of it."""
    run = result.run
    facts = {
        "Konklusjon": result.conclusion.norwegian + ("" if run.formal else " (prøvekjøring)"),
        "Bestillersystem": run.rig.bestillersystem,
        "ePROM": run.rig.eprom,
        "Utgave": run.edition,
        "Frø": str(run.seed),
        "Kjøring": run.id,
        "eprom-verify": run.versions["tool"],
        "Python": run.versions["python"],
    }
    if "fault" in run.profile:
        facts["Innlagt-feil"] = str(run.profile["fault"])
    if result.waivers:
        facts["Dispensasjoner"] = ", ".join(f"{each.requirement} ({each.state.norwegian})" for each in result.waivers)
    lines = [f"{name} = {value}" for name, value in facts.items()]
    (results / "environment.properties").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_undecided(result: RunResult, results: Path) -> None:
    """Give each requirement that no scenario was run for a place of its own in the report, with the reason."""
    now_ms = int(result.run.finished.timestamp() * 1000)
    for each in result.requirements:
        # The same name each time, so that a later answer takes the place of an earlier one.
        uuid = str(uuid5(NAMESPACE_URL, f"krav {each.id}"))
        if each.scenarios:
            # It had a place of its own when the run was stopped before it came to them.
            (results / f"{uuid}-result.json").unlink(missing_ok=True)
            continue
        labels = {
            "parentSuite": each.chapter,
            "epic": each.chapter,
            "story": f"{each.id} {each.title}",
            "severity": "critical" if each.mandatory else "normal",
            "tag": f"krav {each.id}",
        }
        entry = {
            "uuid": uuid,
            "historyId": each.id,
            "fullName": f"krav {each.id}",
            "name": f"{each.id} {each.title}",
            "status": _STATUSES.get(each.outcome, "skipped"),
            "statusDetails": {"message": f"{each.outcome.norwegian}: {each.reason}"},
            "labels": [{"name": name, "value": value} for name, value in labels.items()],
            "links": [{"type": "link", "url": each.source.url, "name": str(each.source)}],
            "start": now_ms,
            "stop": now_ms,
        }
        if each.outcome is Outcome.ATTESTED:
            # Of what is met, Allure shows no message, and the tester's words are all that there is to see.
            entry["descriptionHtml"] = f"<p>{escape(each.outcome.norwegian)}: {escape(each.reason)}</p>"
        text = json.dumps(entry, ensure_ascii=False)
        (results / f"{uuid}-result.json").write_text(text, encoding="utf-8")


def write_waivers(result: RunResult, results: Path) -> None:
    """Give each waiver a place of its own in the report; one that fails the run stands there as failed."""
    now_ms = int(result.run.finished.timestamp() * 1000)
    for each in told_waivers(result):
        uuid = str(uuid5(NAMESPACE_URL, f"dispensasjon {each.requirement}"))
        name = f"Dispensasjon for krav {each.requirement}"
        labels = {"parentSuite": "Dispensasjoner", "epic": "Dispensasjoner", "tag": f"krav {each.requirement}"}
        message = "\n".join([each.headline, *(f"{label}: {text}" for label, text in each.facts)])
        entry = {
            "uuid": uuid,
            "historyId": name,
            "fullName": name,
            "name": name,
            "status": "failed" if each.broken else "skipped",
            "statusDetails": {"message": message},
            "labels": [{"name": key, "value": value} for key, value in labels.items()],
            "start": now_ms,
            "stop": now_ms,
        }
        text = json.dumps(entry, ensure_ascii=False)
        (results / f"{uuid}-result.json").write_text(text, encoding="utf-8", errors="replace")


def write_causes(result: RunResult, results: Path) -> None:
    """Say under each failure what it is like, and what to change: known first when all that failed is."""
    requirements = {each.id: each for each in result.requirements}
    told = {
        (each.name, place(each.feature, each.line)): "\n".join(told_causes(causes))
        for each in result.scenarios
        if (causes := causes_of(each, requirements))
    }
    for path in results.glob("*-result.json") if told else ():
        entry = json.loads(path.read_text(encoding="utf-8"))
        lines = told.get((entry["name"], entry.get("description", "").rpartition("\n")[2]))
        if lines and entry["status"] == "failed":
            # A run is judged anew when a tester has answered: what was said of causes then is no longer so.
            message = entry["statusDetails"]["message"].partition(f"\n\n{LIKE}")[0]
            entry["statusDetails"]["message"] = f"{message}\n\n{lines}"
            path.write_text(json.dumps(entry, ensure_ascii=False), encoding="utf-8")


def place(feature: str, line: int) -> str:
    """Where a scenario stands, as its description in the report ends."""
    return f"{feature}, linje {line}"


class StepReport:
    """The Allure step that mirrors one Gherkin step; `open` begins it and `close` ends it."""

    def __init__(self) -> None:
        self._uuid = ""

    def open(self, sentence: str, table: Iterable[Iterable[str]]) -> None:
        """Begin a step."""
        self._uuid = str(uuid4())
        allure_commons.plugin_manager.hook.start_step(uuid=self._uuid, title=sentence, params={})
        if table:
            rows = "\n".join(",".join(json.dumps(cell, ensure_ascii=False) for cell in row) for row in table)
            allure.attach(rows, name="Tabell", attachment_type=allure.attachment_type.CSV)

    def close(self, exchanges: Iterable[Exchange], error: BaseException | None) -> None:
        """Attach what passed, and end the step."""
        for each in exchanges:
            allure.attach(readable(each), name=headline(each), attachment_type=allure.attachment_type.TEXT)
        if isinstance(error, Undecided):
            error = pytest.skip.Exception(str(error))
        allure_commons.plugin_manager.hook.stop_step(
            uuid=self._uuid, title="", exc_type=type(error) if error else None, exc_val=error, exc_tb=None
        )


def looked_at(exchanges: list[Exchange]) -> None:
    """Say in the open step how many messages of the whole run it rests on; nothing when it has looked at none."""
    if not exchanges:
        return
    counts = Counter((_NAMES.get(each.operation, "Kall"), NAMES.get(each.sender, each.sender)) for each in exchanges)
    lines = [f"{count} × {name} fra {sender}" for (name, sender), count in counts.most_common()]
    first, last = exchanges[0], exchanges[-1]
    lines += ["", f"Den første i journalen: {first.id}", f"Den siste i journalen: {last.id}"]
    title = f"Så på {len(exchanges)} {'melding' if len(exchanges) == 1 else 'meldinger'} i kjøringen"
    allure.attach("\n".join(lines), name=title, attachment_type=allure.attachment_type.TEXT)


def missing_step(sentence: str) -> None:
    """Show a step that never ran because an earlier one stopped the scenario."""
    uuid = str(uuid4())
    allure_commons.plugin_manager.hook.start_step(uuid=uuid, title=sentence, params={})
    skipped = pytest.skip.Exception("Ikke kjørt")
    allure_commons.plugin_manager.hook.stop_step(
        uuid=uuid, title="", exc_type=type(skipped), exc_val=skipped, exc_tb=None
    )


def headline(exchange: Exchange) -> str:
    """One line: what it is, how it ended, and how its id begins."""
    ended = exchange.failure or f"{exchange.status}"
    name = _NAMES.get(exchange.operation, "Kall")
    return f"{name} fra {NAMES.get(exchange.sender, exchange.sender)}: {exchange.method} → {ended} ({exchange.id[:8]})"


def readable(exchange: Exchange) -> str:
    """The whole exchange as text: request, response, times, and what the contract says of them."""
    parts = [f"{exchange.method} {exchange.url}", *_message(exchange.request)]
    if exchange.response is not None:
        took_ms = (exchange.response.at - exchange.request.at).total_seconds() * 1000
        parts += [
            "",
            f"Svar: {exchange.status} (etter {took_ms:.0f} ms)".replace(".", ","),
            *_message(exchange.response),
        ]
    else:
        parts += ["", f"Intet svar: {exchange.failure or 'ennå ikke kommet'}"]
    findings = exchange.request.findings + (exchange.response.findings if exchange.response else ())
    parts += ["", *(_finding(each) for each in findings)] if findings else ["", "Kontrakten: ingen avvik."]
    return "\n".join([*parts, "", f"Meldingen i journalen: {exchange.id}"])


def _message(message: Message) -> list[str]:
    headers = [f"{name}: {value}" for name, value in message.headers]
    if message.sha256 is not None:
        return [
            f"Tid: {message.at.isoformat()}",
            *headers,
            "",
            f"(dokument, {message.size} byte)",
            f"SHA-256: {message.sha256}",
        ]
    body = message.text if message.json is None else json.dumps(message.json, ensure_ascii=False, indent=2)
    shown = body if len(body) <= SHOWN_CHARS else f"{body[:SHOWN_CHARS]}\n… (forkortet; {message.size} byte i alt)"
    return [f"Tid: {message.at.isoformat()}", *headers, "", shown or "(tom)"]


def _finding(finding: Finding) -> str:
    word = "Avvik" if finding.is_violation else "Merknad"
    place = f" {finding.pointer}" if finding.pointer else ""
    return f"{word}{place}: {finding.message} Forventet {finding.expected}, fikk {finding.received}. {finding.source}"
