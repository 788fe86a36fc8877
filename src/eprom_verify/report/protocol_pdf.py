"""The protocol as a PDF to sign: PDF/A-2a and PDF/UA-1, with bookmarks, and the same bytes for the same run."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eprom_verify.report.protocol_blocks import WORDS, Protocol

if TYPE_CHECKING:
    import typst

_LONGEST_WORD = 38
# But for digests, which have room, and are to be copied and searched for.
_LONG_WORD = re.compile(rf"(?<!\S)(?![0-9a-f]{{64}}(?!\S))\S{{{_LONGEST_WORD + 1},}}")
_BREAK = re.compile(r"(\[U\+[0-9A-F]{4,6}\]|[/._:;,=&?-]|[^/._:;,=&?\[-]{12})(?=\S)")
_KEPT = re.compile(
    # What typst's own fonts can show: a PDF/A may hold nothing else.
    "[^\n -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u0384-\u038a\u038e-\u03a1\u03a3-\u04ff\u1e00-\u1ef9\u2010-\u2026"
    "\u2030-\u203e\u20a0-\u20bf\u2190-\u22ff\u2500-\u25ff\u2713\u2717\ufffd]"
)
_VERBATIM = frozenset({"anchor", "to", "back", "url", "file", "key", "kind", "tone", "sign"})


def protocol_pdf(content: Protocol) -> bytes:
    """The protocol as a PDF. Its keywords say where signatures are to be seen; see `room_to_sign`."""
    with as_file(files(__package__).joinpath("protocol.typ")) as source:
        compiler = _compiler(source, content, room_to_sign(content, source))
        made = compiler.compile(pdf_standards=["a-2a", "ua-1"], timestamp=int(content.finished.timestamp()))
    assert isinstance(made, bytes)
    return made


def room_to_sign(content: Protocol, source: Path) -> list[str]:
    """The field, page, and left, bottom, right and top edge in points, of each place for a signature.

    `source` is the form. They stand in the PDF itself, so that whoever signs or checks it needs nothing else.
    """
    # The first pages alone: what comes after them does not move them, and takes time.
    see = tuple(replace(each, to="") for each in content.front.see)
    alone = replace(content, front=replace(content.front, see=see), sections=())
    return [_told(each) for each in json.loads(_compiler(source, alone, []).query("<room-to-sign>", field="value"))]


def _told(place: Mapping[str, Any]) -> str:
    left, top = place["left"], place["paper"] - place["top"]
    edges = (left, top - place["height"], left + place["width"], top)
    return " ".join((f"underskrift {place['field']} {place['page']}", *(f"{edge:.0f}" for edge in edges)))


def _compiler(source: Path, content: Protocol, keywords: list[str]) -> typst.Compiler:
    import typst

    # Only the fonts that come with typst, so that the page is the same on every machine.
    told = {"protocol": json.dumps(_data(content) | {"keywords": keywords})}
    return typst.Compiler(source, ignore_system_fonts=True, sys_inputs=told)


def _data(content: Protocol) -> dict[str, Any]:
    told = asdict(content)
    told |= {
        "finished": content.finished.isoformat(),
        "words": asdict(WORDS),
        "description": f"{content.title}, {content.subtitle}, kjøring {content.run}: {content.front.verdict.text}",
    }
    shown: dict[str, Any] = _shown(told)
    return shown


def _shown(value: Any) -> Any:
    """All texts with what the fonts cannot show written as its number, and long words made breakable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {name: each if name in _VERBATIM else _shown(each) for name, each in value.items()}
    return [_shown(each) for each in value] if isinstance(value, list | tuple) else value


def printable(text: str) -> str:
    """The text as typst's own fonts can print it."""
    composed = unicodedata.normalize("NFC", text)
    numbered = _KEPT.sub(lambda match: f"[U+{_number(match[0]):04X}]", composed)
    # A long word without a place to break would run out of its cell.
    return _LONG_WORD.sub(lambda match: _BREAK.sub("\\1\u200b", match[0]), numbered)


def _number(char: str) -> int:
    """The number of a character; that of a control is told of by the picture that stands for it."""
    code = ord(char)
    return 0x7F if code == 0x2421 else code - 0x2400 if 0x2400 <= code < 0x2420 else code
