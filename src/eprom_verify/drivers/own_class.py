"""Drives a bestillersystem through a class of the integrator's: a `Driver`, or as much of one as the system does."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, cast

from eprom_verify.drivers.protocol import Driver
from eprom_verify.errors import EpromVerifyError, HarnessProblem, NotTold, Unverified, UsageProblem

ENTRY_POINTS = "eprom_verify.drivers"
"""The group of entry points under which a package offers drivers by name."""

ACTS = frozenset(
    {
        "order_form",
        "send_message",
        "send_sms",
        "send_email",
        "get_privacy_setting",
        "set_privacy_setting",
        "list_privacy_settings",
    }
)
TOLD = {
    "registered": "hva som er registrert på bestillingen",
    "signed_document": "om det signerte dokumentet er lagret",
    "has_order": "om bestillingen er registrert som gjort",
    "message": "hva som er registrert på brevet",
    "has_message": "om brevet er registrert som sendt",
    "patients": "om pasienten finnes",
    "patient_of": "hvem skjemaet er registrert på",
    "initiated": "om skjemaet er registrert som pasientens eget",
    "message_sent": "om meldingen er registrert som sendt",
    "privacy_setting": "hva som er registrert om innstillingen",
}
"""What the methods tell of that ask what the system has registered."""


class OwnDriver:
    """A `Driver` over an object of the integrator's; a method that it lacks becomes «Ikke verifisert»."""

    def __init__(self, inner: object, name: str) -> None:
        self._inner = inner
        self.name = name

    def __getattr__(self, method: str) -> Callable[..., Any]:
        if method not in ACTS | TOLD.keys():
            raise AttributeError(method)
        inner = getattr(self._inner, method, None)

        def call(*args: Any, **kwargs: Any) -> Any:
            if inner is None:
                raise self._lacks(method)
            try:
                return inner(*args, **kwargs)
            except NotImplementedError as exc:
                raise self._lacks(method) from exc
            except EpromVerifyError:
                raise
            except Exception as exc:  # Whatever it is, it is neither ours nor the integration's.
                raise HarnessProblem(f"Driveren {self.name} feilet i {method}: {type(exc).__name__}: {exc}") from exc

        return call

    def _lacks(self, method: str) -> Unverified:
        if method in ACTS:
            return Unverified(
                f"Driveren {self.name} har ikke {method}, så dette må bekreftes av en tester. "
                "Bruker ikke integrasjonen dette, så si det i [profil] i oppsettet."
            )
        return NotTold(f"Driveren {self.name} kan ikke fortelle {TOLD[method]}; det må bekreftes av en tester.")

    def has(self, method: str) -> bool:
        """Whether the object has this method of a driver."""
        return callable(getattr(self._inner, method, None))

    def close(self) -> None:
        """Let the object end what it has begun, if it wants to."""
        close = getattr(self._inner, "close", None)
        if callable(close):
            # The run is over, and nothing of it is told by how the integrator's own code ends.
            with contextlib.suppress(Exception):
                close()


def load_driver(name: str) -> Driver:
    """The driver of this name: `file.py:Class`, `package.module:Class`, or an entry point of the group
    `eprom_verify.drivers`.

    Raises:
        UsageProblem: there is no such class, it cannot be made, or it has none of the methods of a driver.
    """
    made = _made(_found(name), name)
    if not any(callable(getattr(made, method, None)) for method in ACTS):
        raise UsageProblem(
            f"Klassen «{name}» har ingen av metodene som får bestillersystemet til å handle.",
            "Skriv minst order_form; se docs/egen_driver.md.",
        )
    return cast(Driver, OwnDriver(made, name.rpartition(":")[2]))


def _found(name: str) -> Any:
    place, colon, attribute = name.rpartition(":")
    try:
        if not colon:
            [found] = entry_points(group=ENTRY_POINTS, name=name)
            return found.load()
        module = _from_file(Path(place)) if place.endswith(".py") else importlib.import_module(place)
        return getattr(module, attribute)
    except UsageProblem:
        raise
    except ValueError as exc:
        raise UsageProblem(
            f"Ingen installert pakke har en driver som heter «{name}».",
            "Skriv klasse som fil.py:Klasse, pakke.modul:Klasse eller navnet på et entry point.",
        ) from exc
    except AttributeError as exc:
        raise UsageProblem(f"Finner ikke klassen {attribute} i {place}.", "Rett «klasse» i oppsettet.") from exc
    except ModuleNotFoundError as exc:
        raise UsageProblem(
            f"Driveren «{name}» kan ikke importeres: {exc}.", "Installer pakken, eller rett navnet."
        ) from exc
    except Exception as exc:  # It is the integrator's own code that runs here.
        raise UsageProblem(
            f"Driveren «{name}» kan ikke lastes: {type(exc).__name__}: {exc}.", "Rett driveren og kjør på nytt."
        ) from exc


def _from_file(path: Path) -> Any:
    if not path.is_file():
        raise UsageProblem(f"Finner ikke filen {path} med driveren.", "Rett «klasse» i oppsettet.")
    spec = importlib.util.spec_from_file_location(f"eprom_verify_driver_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _made(kind: Any, name: str) -> object:
    try:
        return kind() if callable(kind) else kind
    except Exception as exc:  # As above.
        raise UsageProblem(
            f"Driveren «{name}» lot seg ikke lage: {type(exc).__name__}: {exc}.",
            "Klassen lages uten argumenter; hent innstillinger fra miljøvariabler.",
        ) from exc
