"""The API key between the two ends and the token of the test hook: where they come from, never where they are kept."""

from __future__ import annotations

import os
import secrets

from eprom_verify.config import Config
from eprom_verify.errors import UsageProblem

KEY_VARIABLE = "EPROM_VERIFY_API_KEY"
HOOK_VARIABLE = "EPROM_VERIFY_HOOK_TOKEN"
OPEN_KEY = "simulator"
"""The key of the simulator when nobody has chosen one: no secret, since it protects nothing."""


def hook_token() -> str:
    """The token for the test hook, from the environment; "" when there is none.

    Raises:
        UsageProblem: it cannot be sent in a header.
    """
    return _sendable(os.environ.get(HOOK_VARIABLE, "").strip(), f"Tokenet i {HOOK_VARIABLE}")


def own_secrets() -> tuple[str, ...]:
    """The keys of whoever makes a run, or checks their own: a receiver of a package has none."""
    found = (os.environ.get(name, "").strip() for name in (KEY_VARIABLE, HOOK_VARIABLE))
    return tuple(each for each in found if each and each != OPEN_KEY)


def _sendable(secret: str, what: str) -> str:
    if not (secret.isascii() and secret.isprintable()):
        raise UsageProblem(f"{what} har tegn som ikke kan sendes i en header.", "Lim det inn på nytt.")
    return secret


def agreed_key(config: Config) -> str:
    """The API key between the two ends: made up, from the environment, or the open one of the simulator.

    Raises:
        UsageProblem: there is none, or it cannot be sent in a header.
    """
    if config.eprom == "simulator" and not config.system.foreign:
        return secrets.token_urlsafe(24)
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if config.system.foreign and config.eprom == "simulator":
        # A system of one's own must know the key beforehand; the simulator's protects nothing.
        return _sendable(key, f"API-nøkkelen i {KEY_VARIABLE}") or OPEN_KEY
    if not key:
        raise UsageProblem(
            f"Ingen API-nøkkel for {config.api_base}.", f"Sett miljøvariabelen {KEY_VARIABLE} til nøkkelen fra Hemit."
        )
    return _sendable(key, f"API-nøkkelen i {KEY_VARIABLE}")
