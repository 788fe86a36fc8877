"""How a value is told in a failure: as JSON, which the tester sends and receives, and not as Python writes it."""

from __future__ import annotations

import json

from eprom_verify.contract.findings import cut, kind

_SHOWN_CHARS = 300


def as_json(value: object) -> str:
    """The value as JSON, shortened; what is null or not there is "ingen verdi"."""
    if value is None:
        return "ingen verdi"
    text = json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= _SHOWN_CHARS:
        return text
    shown = cut(text, _SHOWN_CHARS)
    return f"{shown} …" if shown.strip('"') else kind(value)


def beginning(text: str, most: int) -> str:
    """The beginning of a long text, which shows that it is no more than that."""
    return text if len(text) <= most else f"{text[:most]} …"


def how_often(count: int) -> str:
    """How often, as it is said: «én gang», «3 ganger»."""
    return "én gang" if count == 1 else f"{count} ganger"


def on_channel(channel: str) -> str:
    """A channel by its name in the contract, as it is said: «på Helsenorge», «uten kanal»."""
    return "uten kanal" if channel == "None" else f"på {channel}"
