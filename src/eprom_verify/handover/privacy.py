"""Looks for what must never be in a package: national ids of real formats, keys, codes and login addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from eprom_verify.handover.finding import Examined, shortened
from eprom_verify.handover.views import Unseen, texts_of
from eprom_verify.masking import Mask
from eprom_verify.persons import mask_ids

_PROGRAM = ".html"
_OWN_WORDS = re.compile(
    r"(?i)Authorization: Basic (?:<|&lt;|\\u003c)(?:apiKey|nøkkel)(?:>|&gt;|\\u003e)"
    r"|apiKey \\{0,3}'\{apiKey\}|/apiKey: «apiKey»"
)
"""How features and findings speak of a key that they do not have."""


def examine_privacy(files: Mapping[str, bytes], *, known_secrets: tuple[str, ...] = ()) -> Examined:
    """Whether no file holds a secret or a national id that is not synthetic; the finding never repeats what it found.

    `known_secrets` are values that are looked for besides: whoever made the run knows its keys.
    """
    problems: dict[str, None] = {}
    mask = Mask(known_secrets)
    for name, content in files.items():
        for problem in _found(name, content, mask):
            problems[problem] = None
    names = (name for name in files if mask_ids(name) != name)
    problems |= dict.fromkeys(f"Et filnavn har et fødselsnummer som ikke er syntetisk ({mask_ids(n)})." for n in names)
    return Examined(
        title="Personvern og hemmeligheter",
        seen="Ingen fødselsnumre i vanlig format, nøkler, engangskoder eller innloggingslenker ble funnet.",
        problems=shortened(list(problems)),
    )


def _found(name: str, content: bytes, mask: Mask) -> Iterator[str]:
    try:
        for place, text in texts_of(name, content):
            yield from _about(name, place, text, mask)
    except Unseen as exc:
        yield f"{name} {exc}."


def _about(name: str, place: str, text: str, mask: Mask) -> Iterator[str]:
    if mask_ids(text) != text:
        yield f"{place} har et fødselsnummer som ikke er syntetisk."
    # A program has words for keys of its own; the data that it carries is looked at apart.
    if place.endswith(_PROGRAM) and name.startswith("report"):
        return
    told = _OWN_WORDS.sub("", text)
    if mask.text(told) != told:
        yield f"{place} har noe som skulle vært skjult (nøkkel, engangskode, innloggingslenke eller fødselsnummer)."
