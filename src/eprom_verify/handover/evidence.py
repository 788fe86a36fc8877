"""Whether what a journal tells of its run hangs together, and with the suite that is installed here."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eprom_verify.config import Config, parse_config
from eprom_verify.errors import EpromVerifyError
from eprom_verify.handover.finding import Examined, shortened
from eprom_verify.journal.store import read_entries, verify_chain
from eprom_verify.locations import features_dir, suite_root
from eprom_verify.runner.circumstances import circumstances
from eprom_verify.runner.record import SCENARIO, Ending, Recorded
from eprom_verify.runner.seal import suite_digest, tool_digest
from eprom_verify.runner.stage import unused_requirements
from eprom_verify.runner.written import written_scenarios
from eprom_verify.verdict import Catalogue, RunResult, ScenarioResult, scenario_from_json

_OURS = {"table": {"entries"}, "index": set[str]()}


@dataclass(frozen=True)
class Demanded:
    """A scenario as the feature files here have it."""

    feature: str
    line: int
    requirements: tuple[str, ...]
    tags: frozenset[str]


def demanded_scenarios() -> dict[str, Demanded]:
    """Every scenario that a whole run has, by its id."""
    found = {}
    for each in written_scenarios(features_dir()):
        name = f"{each.name} [{', '.join(each.row)}]" if each.row else each.name
        found[f"{each.feature}::{name}"] = Demanded(each.feature, each.line, each.requirements, each.tags)
    return found


def examine_journal(path: Path, claimed: Mapping[str, str]) -> Examined:
    """Whether the journal is whole, ends where the others say that it does, and holds nothing but its entries.

    `claimed` is what others say of its last digest, by who says so.
    """
    problems = [*_foreign_parts(path)]
    chain = verify_chain(path)
    if chain.problem:
        problems.append(chain.problem)
    else:
        problems += [f"{who} viser til en annen slutt." for who, last in claimed.items() if last != chain.last_digest]
        problems += _times(path)
    return Examined(
        title="Journalen",
        seen=f"{chain.entries} innslag i en ubrutt kjede, siste hash {chain.last_digest}.",
        problems=shortened(problems),
    )


def _foreign_parts(path: Path) -> Iterator[str]:
    with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
        for kind, name in db.execute("SELECT type, name FROM sqlite_master"):
            if name not in _OURS.get(kind, set()):
                yield f"Filen har noe annet enn innslagene ({kind} {name})."
        if db.execute("PRAGMA freelist_count").fetchone()[0]:
            yield "Filen har rester av noe som er slettet."
        if db.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
            yield "Filen er skadet."


def _times(path: Path) -> Iterator[str]:
    """Entries that a machine's clock could not have given: a scenario that rests on what came after it."""
    known: set[str] = set()
    for entry in read_entries(path):
        if entry.kind == "request":
            known.add(entry.exchange)
        elif entry.kind == SCENARIO:
            result = scenario_from_json(entry.body.decode())
            if not known.issuperset(result.exchanges):
                yield f"Scenarioet «{result.name}» viser til meldinger som ikke står før det i journalen."


def examine_suite(result: RunResult) -> Examined:
    """Whether the run was made with the very suite and program that are installed here.

    Without that, nobody can say here what its verdict should be, and a weakened copy would pass for the published one.
    """
    versions, problems = result.run.versions, []
    if versions.get("suite_digest") != suite_digest(suite_root()):
        problems.append("Testsamlingen er ikke den samme som her.")
    if versions.get("tool_digest") != tool_digest():
        problems.append("Verktøyet er ikke det samme som her.")
    if problems:
        problems.append(
            f"Pakken sier at den er laget med eprom-verify {versions.get('tool', '?')}. Installer den versjonen og "
            "kontroller på nytt; stemmer det fortsatt ikke, er testsamlingen eller verktøyet endret."
        )
    return Examined(
        title="Verktøyet og testsamlingen",
        seen=f"De samme som her: eprom-verify {versions.get('tool', '?')}, kravkatalogen og alle scenarier.",
        problems=problems,
    )


def examine_scenarios(recorded: Recorded, catalogue: Catalogue) -> Examined:
    """Whether every scenario of the suite is there, is the one that the suite has, and no other is."""
    demanded = demanded_scenarios()
    problems = [f"Scenarioet «{name}» finnes ikke i testsamlingen." for name in recorded.scenarios.keys() - demanded]
    for name, each in recorded.scenarios.items():
        if name in demanded and not _is(each, demanded[name]):
            problems.append(f"Scenarioet «{name}» er ikke slik testsamlingen har det.")
    missing = demanded.keys() - recorded.scenarios.keys()
    ending = recorded.ending
    if missing and ending is not None and not ending.incomplete_reasons:
        problems.append(f"{len(missing)} av {len(demanded)} scenarier mangler, uten at kjøringen sier det.")
    if ending is not None and not _demands_of(missing, demanded).issubset(ending.not_run):
        problems.append("Krav som mangler scenarier, står som om alle var kjørt.")
    return Examined(
        title="Fullstendighet",
        seen=f"{len(recorded.scenarios)} av {len(demanded)} scenarier, {len(catalogue)} krav.",
        problems=shortened(sorted(problems)),
        notes=[f"{len(missing)} scenarier er ikke kjørt, og det sier pakken selv."] if missing else [],
    )


def _is(result: ScenarioResult, demanded: Demanded) -> bool:
    return (result.feature, result.line, tuple(sorted(result.requirements)), frozenset(result.tags)) == (
        demanded.feature,
        demanded.line,
        tuple(sorted(demanded.requirements)),
        demanded.tags,
    )


def _demands_of(missing: set[str], demanded: Mapping[str, Demanded]) -> set[str]:
    return {requirement for name in missing for requirement in demanded[name].requirements}


def examine_ending(recorded: Recorded, catalogue: Catalogue) -> Examined:
    """Whether how the run says that it ended follows from the settings that it began with."""
    problems: list[str] = []
    ending = recorded.ending
    if ending is None:
        problems.append("Kjøringen ble ikke fullført.")
    else:
        try:
            config = parse_config(_known(recorded.settings), "oppsettet i journalen")
        except EpromVerifyError as exc:
            problems.append(f"Oppsettet i journalen kan ikke leses: {exc}")
        else:
            problems += _differences(recorded, ending, config, catalogue)
    return Examined(
        title="Oppsettet",
        seen="Miljø, utgave, profil og formål følger av oppsettet som kjøringen begynte med.",
        problems=shortened(problems),
    )


def _known(settings: Any) -> dict[str, Any]:
    """The settings without the numbers that were masked: they are nobody's, and would be refused."""
    known = dict(settings or {})
    personas = known.get("personas") or {}
    return known | {
        "tillatte_fodselsnumre": [],
        "personas": {name: number for name, number in personas.items() if str(number).isdecimal()},
    }


def _differences(recorded: Recorded, ending: Ending, config: Config, catalogue: Catalogue) -> Iterator[str]:
    run = ending.run
    stated = config.profile.stated() if config.system.foreign else {}
    fault = recorded.facts.get("fault", "")
    if dict(run.profile) != stated | ({"fault": fault} if fault else {}):
        yield "Profilen er en annen enn i oppsettet."
    if dict(ending.unused) != unused_requirements(catalogue, config):
        yield "Krav er merket som ikke aktuelle uten at profilen sier det."
    if (run.edition, run.seed, run.rig.eprom) != (config.edition, recorded.seed, config.api_base):
        yield "Utgaven, frøet eller ePROM-miljøet er et annet enn i oppsettet."
    if run.formal and (fault or not config.may_be_formal):
        yield "Kjøringen sier at den gjelder som verifikasjon, men en av endene var verktøyets egen."
    if fault and not ending.incomplete_reasons:
        yield f"Kjøringen hadde en innlagt feil ({fault}), uten at den sier det."
    if recorded.began != run.started and abs((run.started - (recorded.began or run.started)).total_seconds()) > 60:
        yield "Kjøringen begynte ikke da den sier."
    expected = circumstances(config, run.system.driver, recorded.seed, run.started)
    told = {name: getattr(run, name) for name in expected if name != "personas"}
    if told != {name: value for name, value in expected.items() if name != "personas"}:
        yield "Det som står om bestillersystemet, miljøet eller testeren, er et annet enn i oppsettet."
