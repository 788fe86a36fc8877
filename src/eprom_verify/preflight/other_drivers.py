"""The drivers that are not a test hook: a class of the integrator's, and a tester."""

from __future__ import annotations

import sys

from eprom_verify.config import Config
from eprom_verify.drivers.own_class import ACTS, TOLD, OwnDriver, load_driver
from eprom_verify.errors import UsageProblem
from eprom_verify.preflight.calling import LIMIT_S, NoAnswer, within
from eprom_verify.preflight.finding import Finding, fine, note, wrong
from eprom_verify.preflight.hook import PARTS
from eprom_verify.preflight.lacking import CAPABILITIES, Lacking


def own_class(config: Config, lacking: Lacking) -> list[Finding]:
    """Load the class, and tell which methods it has; none of them is called."""
    name = config.system.class_name
    try:
        driver = within(2 * LIMIT_S, lambda: load_driver(name))
    except UsageProblem as exc:
        return [wrong(exc.problem, exc.remedy)]
    except NoAnswer:
        return [
            wrong(
                f"Driveren «{name}» ble ikke ferdig lastet på {2 * LIMIT_S:g} sekunder.", "Se hva den gjør i __init__."
            )
        ]
    assert isinstance(driver, OwnDriver)
    has = [each for each in (*sorted(ACTS), *TOLD) if driver.has(each)]
    driver.close()
    wanted = {
        method
        for part, names in PARTS.items()
        if config.profile.uses(part)
        for each in names
        for method in CAPABILITIES[each]
    }
    found = [fine(f"Driveren «{name}» er lastet, og har {', '.join(has)}.")]
    lacks = [each for each in (*sorted(ACTS), *TOLD) if each in wanted and each not in has]
    return [*found, *lacking.methods(lacks, lambda name: f"Driveren har ikke {name}, som {_purpose(name)}")]


def _purpose(method: str) -> str:
    return "profilen bruker" if method in ACTS else f"forteller {TOLD[method]}"


def attended(lacking: Lacking) -> list[Finding]:
    """What a tester is needed for."""
    found = [
        note(
            f"En tester må være ved terminalen: verktøyet ber om noe i omtrent {lacking.acts()} scenarier.",
            "Sett av tid, eller velg noen scenarier med -k. Testeren kan skrive hopp, pause og stopp.",
        )
    ]
    if not sys.stdin.isatty():
        found.append(note("Her er det ingen terminal å svare i.", "Start kjøringen i en terminal."))
    return found + lacking.methods(TOLD, lambda name: f"En tester må selv se {TOLD[name]}")
