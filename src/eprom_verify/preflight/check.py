"""Looks at everything that a run needs, and changes nothing; see docs/eget_bestillersystem.md."""

from __future__ import annotations

from collections.abc import Iterator

from eprom_verify.config import Config
from eprom_verify.errors import UsageProblem
from eprom_verify.keys import OPEN_KEY, agreed_key, hook_token
from eprom_verify.masking import Mask
from eprom_verify.preflight import eprom_end, hook, other_drivers, system_end, trial
from eprom_verify.preflight.calling import Caller
from eprom_verify.preflight.finding import Section, fine, may_begin, note, wrong
from eprom_verify.preflight.lacking import Lacking

DRIVERS = {"http": "testkrok", "python": "egen driver", "attended": "tester ved terminalen"}


def examine(config: Config, mask: Mask, *, order: bool = False) -> Iterator[Section]:
    """The sections, each as it is known; `mask` learns what must not be shown. With `order` the bestillersystem is made
    to order one form at the simulator, when nothing stands in the way of that."""
    try:
        api_key, token = agreed_key(config), hook_token() if config.system.driver == "http" else ""
    except UsageProblem as exc:
        yield Section("Nøkler", (wrong(exc.problem, exc.remedy),))
        return
    for secret in (api_key, token):
        if secret and secret != OPEN_KEY:
            mask.learn(secret)
    lacking = Lacking(config)
    told = []
    with Caller() as caller:
        for section in _sections(config, api_key, token, caller, lacking, mask):
            told.append(section)
            yield section
    if order:
        yield _trial(config, ready=may_begin(told))


def _sections(
    config: Config, api_key: str, token: str, caller: Caller, lacking: Lacking, mask: Mask
) -> Iterator[Section]:
    remarks = [note(each) for each in config.remarks]
    yield Section("Oppsett", (fine(_ends(config)), *remarks, *lacking.unknown(), *lacking.profile(), *lacking.rules()))
    if config.eprom != "simulator":
        connection = config.connection.connection()
        for secret in connection.secrets(config.api_base):
            mask.learn(secret)
        with Caller(connection.transport(config.api_base)) as eprom:
            yield Section("ePROM", tuple(eprom_end.environment(config, api_key, connection, eprom)))
        if config.system.foreign:
            yield Section("Mottak og kran", tuple(eprom_end.between(config)))
            yield Section("Bestillersystem", tuple(system_end.examined(config, api_key, caller)))
            yield _driver(config, token, caller, lacking)
        else:
            yield Section("Bestillersystem", tuple(eprom_end.built_in(config)))
        yield Section("Personer og skjemaer", tuple(lacking.environment()))
        return
    with eprom_end.simulated(config, api_key, caller) as found:
        yield Section("ePROM", tuple(found))
        if not config.system.foreign:
            yield Section("Bestillersystem", tuple(eprom_end.built_in(config)))
            return
        yield Section("Bestillersystem", tuple(system_end.examined(config, api_key, caller)))
        yield _driver(config, token, caller, lacking)


def _driver(config: Config, token: str, caller: Caller, lacking: Lacking) -> Section:
    match config.system.driver:
        case "http":
            return Section("Testkrok", tuple(hook.examined(config, token, caller, lacking)))
        case "python":
            return Section("Driver", tuple(other_drivers.own_class(config, lacking)))
        case _:
            return Section("Tester", tuple(other_drivers.attended(lacking)))


def _ends(config: Config) -> str:
    system = config.system
    name = "innebygd bestillersystem"
    if system.foreign:
        name = (
            f"{' '.join(filter(None, (system.name or 'bestillersystemet', system.version)))} ({DRIVERS[system.driver]})"
        )
    eprom = "verktøyets simulator" if config.eprom == "simulator" else config.api_base
    return f"{name} mot {eprom}, utgave {config.edition}."


def _trial(config: Config, *, ready: bool) -> Section:
    title = "Prøvebestilling"
    if config.eprom != "simulator":
        return Section(title, (note("--order gjelder bare mot simulatoren: i et testmiljø ville noen fått skjemaet."),))
    if not (config.system.driver in ("http", "python") and config.profile.form):
        return Section(title, (note("--order gjelder bare en testkrok eller egen driver, og når skjema er i bruk."),))
    if not ready:
        return Section(title, (note("Ikke gjort: rett det som er merket ✗ først."),))
    return Section(title, tuple(trial.ordered(config)))
