"""Looks for what must never be in a package: national ids of real formats, keys, codes and login addresses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from eprom_verify.handover import contents
from eprom_verify.handover.finding import Examined, shortened
from eprom_verify.handover.pdf_texts import Unseen
from eprom_verify.handover.views import texts_of
from eprom_verify.masking import Mask
from eprom_verify.persons import mask_ids

_MADE_OF_PARTS = (contents.JOURNAL, contents.REPORT)
"""Files that are looked at part by part, decoded, and as they stand for what else is in them."""
_OWN_WORDS = re.compile(
    r"(?i)Authorization: Basic (?:<|&lt;|\\u003c)(?:apiKey|nøkkel)(?:>|&gt;|\\u003e)"
    r"|apiKey \\{0,3}'\{apiKey\}|/apiKey: «apiKey»"
)
"""How features and findings speak of a key that they do not have."""


def examine_privacy(
    files: Mapping[str, bytes], *, known_secrets: tuple[str, ...] = (), retold: Collection[str] = ()
) -> Examined:
    """Whether no file holds a secret or a national id that is not synthetic; the finding never repeats what it found.

    `known_secrets` are values that are looked for besides: whoever made the run knows its keys. `retold` are files
    whose pages were set anew from the other files, and found the same: what stands there, is looked for in those.
    """
    problems: dict[str, None] = {}
    mask = Mask(known_secrets)
    for name, content in files.items():
        for problem in _found(name, content, mask, pages=name not in retold):
            problems[problem] = None
    names = (name for name in files if mask.text(name) != name)
    problems |= dict.fromkeys(f"Et filnavn har noe som skulle vært skjult ({mask.text(name)})." for name in names)
    return Examined(
        title="Personvern og hemmeligheter",
        seen="Ingen fødselsnumre i vanlig format, nøkler, engangskoder eller innloggingslenker ble funnet.",
        problems=shortened(list(problems)),
    )


def _found(name: str, content: bytes, mask: Mask, *, pages: bool) -> Iterator[str]:
    try:
        for place, text in texts_of(name, content, pages=pages):
            yield from _about(place, text, mask)
    except Unseen as exc:
        yield f"{name} {exc}."


def _about(place: str, text: str, mask: Mask) -> Iterator[str]:
    whole = place in _MADE_OF_PARTS
    masked = mask.plain(text) if whole else mask.text(text)
    if masked == text:
        return
    if mask_ids(text) != text:
        yield f"{place} har et fødselsnummer som ikke er syntetisk."
    told = _OWN_WORDS.sub("", text)
    if (mask.plain(told) if whole else mask.text(told)) != told:
        yield f"{place} har noe som skulle vært skjult (nøkkel, engangskode, innloggingslenke eller fødselsnummer)."
