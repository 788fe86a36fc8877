"""Whether what a journal tells of its run hangs together, and with the suite that is installed here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from eprom_verify.config import Config, parse_config
from eprom_verify.environments import SIMULATOR
from eprom_verify.errors import EpromVerifyError
from eprom_verify.handover.finding import Examined, shortened
from eprom_verify.locations import features_dir, suite_root
from eprom_verify.runner.applicable import EPROM_CANNOT_BE_MADE_TO, EPROM_IS_OURS, for_eprom_to_answer
from eprom_verify.runner.circumstances import circumstances
from eprom_verify.runner.record import Ending, Recorded
from eprom_verify.runner.seal import suite_digest, tool_digest
from eprom_verify.runner.stage import unused_requirements
from eprom_verify.runner.written import written_scenarios
from eprom_verify.verdict import Catalogue, Outcome, RunInfo, RunResult, ScenarioResult, day_in_norway
from eprom_verify.verdict.waivers import LONGEST


@dataclass(frozen=True)
class Demanded:
    """A scenario as the feature files here have it."""

    name: str
    feature: str
    line: int
    requirements: tuple[str, ...]
    tags: frozenset[str]


def demanded_scenarios() -> dict[str, Demanded]:
    """Every scenario that a whole run has, by its id."""
    found = {}
    for each in written_scenarios(features_dir()):
        name = f"{each.name} [{', '.join(each.row)}]" if each.row else each.name
        found[f"{each.feature}::{name}"] = Demanded(name, each.feature, each.line, each.requirements, each.tags)
    return found


def examine_suite(result: RunResult) -> Examined:
    """Whether the run was made with the very suite and program that are installed here.

    Without that, nobody can say here what its verdict should be, and a weakened copy would pass for the published one.
    """
    versions, problems = result.run.versions, []
    if versions.get("suite_digest") != suite_digest(suite_root()):
        problems.append("Testsamlingen er ikke den samme som her.")
    if versions.get("tool_digest") != tool_digest():
        problems.append("Verktøyet er ikke det samme som her.")
    if not same_typst(result):
        problems.append(f"PDF-en er laget med typst {versions.get('typst', '?')}, og her er {version('typst')}.")
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


def same_typst(result: RunResult) -> bool:
    """Whether the protocol of this run can be made here, byte by byte, as it was made there."""
    return result.run.versions.get("typst") == version("typst")


def examine_scenarios(recorded: Recorded, catalogue: Catalogue) -> Examined:
    """Whether every scenario of the suite is there, is the one that the suite has, and no other is."""
    demanded = demanded_scenarios()
    problems = [f"Scenarioet «{name}» finnes ikke i testsamlingen." for name in recorded.scenarios.keys() - demanded]
    for name, each in recorded.scenarios.items():
        if name in demanded and not _is(each, demanded[name], catalogue):
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


def _is(result: ScenarioResult, demanded: Demanded, catalogue: Catalogue) -> bool:
    chapters = {catalogue[each].chapter for each in demanded.requirements if each in catalogue}
    return (
        result.name == demanded.name
        and (result.feature, result.line) == (demanded.feature, demanded.line)
        and tuple(sorted(result.requirements)) == tuple(sorted(demanded.requirements))
        and frozenset(result.tags) == demanded.tags
        and (not chapters or result.chapter in chapters)
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


_PLACES = ("forbindelse", "mottak", "kran")


def _known(settings: Any) -> dict[str, Any]:
    """The settings without the numbers that were masked: they are nobody's, and would be refused. How the run reached
    ePROM, and was reached, is left out too: the certificates are where it was made."""
    known = {name: value for name, value in dict(settings or {}).items() if name not in _PLACES}
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
    unused = unused_requirements(catalogue, config)
    if dict(ending.unused) != unused or _wrongly_excused(recorded, unused):
        yield "Krav er merket som ikke aktuelle uten at profilen sier det."
    if _wrongly_left_to_eprom(recorded, config):
        yield "Scenarier er merket som ePROMs alene uten at de er det."
    told = {(run.edition, run.rig.eprom), (recorded.facts.get("edition"), recorded.facts.get("eprom", run.rig.eprom))}
    if told != {(config.edition, config.api_base)} or run.seed != recorded.seed:
        yield "Utgaven, frøet eller ePROM-miljøet er et annet enn i oppsettet."
    if any(run.versions.get(name) != digest for name, digest in recorded.facts.get("made_by", {}).items()):
        yield "Kjøringen begynte med et annet verktøy, eller en annen testsamling, enn den sier."
    if run.formal and (fault or not config.may_be_formal):
        yield "Kjøringen sier at den gjelder som verifikasjon, men en av endene var verktøyets egen."
    if fault and not ending.incomplete_reasons:
        yield f"Kjøringen hadde en innlagt feil ({fault}), uten at den sier det."
    if recorded.began != run.started and abs((run.started - (recorded.began or run.started)).total_seconds()) > 60:
        yield "Kjøringen begynte ikke da den sier."
    yield from _about_system(recorded, run, config)
    yield from _about_waivers(ending)


def _wrongly_excused(recorded: Recorded, unused: Mapping[str, str]) -> bool:
    """Whether a scenario says that it is of a part that the integration does not use, and is not."""
    return any(
        each.outcome is Outcome.NOT_APPLICABLE
        and each.reason in unused.values()
        and not all(name in unused for name in each.requirements)
        for each in recorded.scenarios.values()
    )


def _wrongly_left_to_eprom(recorded: Recorded, config: Config) -> bool:
    """Whether a scenario says that it is for ePROM alone to answer for, and is not."""
    return any(
        each.outcome is Outcome.NOT_APPLICABLE
        and each.reason in (EPROM_IS_OURS, EPROM_CANNOT_BE_MADE_TO)
        and each.reason != for_eprom_to_answer(each.tags, config)
        for each in recorded.scenarios.values()
    )


def _about_system(recorded: Recorded, run: RunInfo, config: Config) -> Iterator[str]:
    expected = circumstances(config, run.system.driver, recorded.seed, run.started)
    if {name: getattr(run, name) for name in expected if name != "personas"} != {
        name: value for name, value in expected.items() if name != "personas"
    }:
        yield "Det som står om bestillersystemet, miljøet eller testeren, er et annet enn i oppsettet."
    stated = expected["personas"] if config.eprom == SIMULATOR else (recorded.settings or {}).get("personas")
    if dict(run.personas) != dict(stated or {}):
        yield "Testpersonene er andre enn i oppsettet."


def _about_waivers(ending: Ending) -> Iterator[str]:
    for name, count in Counter(each.requirement for each in ending.waivers).items():
        if count > 1:
            yield f"Krav {name} har flere dispensasjoner."
    for each in ending.waivers:
        if each.expires - day_in_norway(ending.run.started) > LONGEST:
            yield f"Dispensasjonen for krav {each.requirement} varer lenger enn noen dispensasjon kan."
