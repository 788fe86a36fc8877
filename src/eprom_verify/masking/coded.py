"""Reads a text as whoever decodes it would: escapes of URLs, JSON and HTML, and base64.

Each reading is linear in the text, and nested escapes of a kind are read at once: what passes may be made to take long.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice

from eprom_verify.masking.packed import opened
from eprom_verify.masking.places import HIDDEN

_ROUNDS = 4
_ESCAPE_SIGN = re.compile(r"%[0-9A-Fa-f]{2}|\\[ux/]|&(?:#|amp;|nbsp;|shy;)")
# Not urllib's unquote: it makes a piece of each letter that is not ASCII, and a document has hundreds of thousands.
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})++")
_DOUBLE_PERCENT = re.compile(r"%(?:25)++(?=[0-9A-Fa-f]{2})")
# Half a surrogate is no letter, and breaks whoever stores it.
_BACKSLASHED = re.compile(r"\\++(?:u(?![dD][89a-fA-F])([0-9A-Fa-f]{4})|(/))")
_BYTES = re.compile(r"(?:\\++x[0-9A-Fa-f]{2})++")
_BEFORE_HEX = re.compile(r"%|\\++x")
_ENTITY = re.compile(r"&(?:amp;)*+(?:#([0-9]{1,7}+);?|#[xX]([0-9A-Fa-f]{1,6}+);?|(quot|lt|gt|apos|nbsp|shy|amp);)")
_NAMED = {"quot": '"', "lt": "<", "gt": ">", "apos": "'", "nbsp": "\u00a0", "shy": "\u00ad", "amp": "&"}

# What is hidden of a text with a coded secret: a part of an address, else a word, else what stands between quotation
# marks, else all of it.
_UNITS = (
    re.compile(r'[^\s"<>/?&=]*[^\s"<>/?&=\\]'),
    re.compile(r'[^\s"<>]*[^\s"<>\\]'),
    re.compile(r'[^"\r\n]*[^"\r\n\\]'),
    re.compile(r".+", re.DOTALL),
)

_RUN = re.compile(r"[A-Za-z0-9+/_-]{15,}+(?:(?:\r?\n|\\r\\n|\\n)[A-Za-z0-9+/_-]{15,}+)*+")
_PACKED, _MOST_PACKED = re.compile("H4sI"), 8
"""How gzip begins in base64, also where what stands before it, as in an address, can be base64 too."""
_SHORT = 256
_BREAK = re.compile(r"\s|\\[rn]")
_GUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_NO_CODE = re.compile(rf"{_GUID}|[0-9a-f]{{32}}|[0-9a-f]{{40}}|[0-9a-f]{{64}}|JVBERi0.*", re.DOTALL)
"""Ids and digests, and documents, which are not read: they are not text, and must be known again by their hash."""
_TELLING = re.compile(rb"(?i)[0-9]{6}|api|code|login|author|token|proms|://|\x00|\\[ux]|%[0-9a-f]{2}|&#|[ -~]{10}")


def hide_coded(text: str, holds: Callable[[str], bool]) -> str:
    """The text without what `holds` says is secret once it is decoded."""
    if _RUN.search(text) is not None:
        text = _RUN.sub(lambda match: _without_base64(match[0], holds), text)
    if _ESCAPE_SIGN.search(text) is None:
        return text

    def hidden(match: re.Match[str]) -> str:
        return HIDDEN if _differs(match[0], holds) else match[0]

    for unit in _UNITS:
        if not _differs(text, holds):
            break
        text = unit.sub(hidden, text)
    return text


def _without_base64(run: str, holds: Callable[[str], bool]) -> str:
    if not any(map(holds, from_base64(run))):
        return run
    # A slash is a letter of base64, and stands between the parts of an address, most of which are not coded.
    parts = "/".join(HIDDEN if any(map(holds, from_base64(part))) else part for part in run.split("/"))
    left = any(holds(inner) for part in _RUN.findall(parts) for inner in from_base64(part))
    return HIDDEN if left else parts


def decoded(text: str) -> str:
    """The text with every escape of a URL, of JSON and of HTML read, also those within each other."""
    for _ in range(_ROUNDS):
        before = text
        if "%" in text:
            text = _PERCENT.sub(_bytes, _DOUBLE_PERCENT.sub("%", text))
        if "\\" in text:
            text = _BACKSLASHED.sub(lambda match: match[2] or chr(int(match[1], 16)), text)
            text = _BYTES.sub(_bytes, text)
        if "&" in text:
            text = _ENTITY.sub(_entity, text)
        if text == before:
            break
    return text


def from_base64(run: str) -> Iterable[str]:
    """What may stand in a run of letters that can be base64, wherever in it that begins."""
    # Words of one case are common, and as good as never base64.
    if run in (run.lower(), run.upper()) or _NO_CODE.fullmatch(run):
        return ()
    return _short_readings(run) if len(run) <= _SHORT else _readings(run)


@lru_cache(maxsize=4096)
def _short_readings(run: str) -> tuple[str, ...]:
    return tuple(_readings(run))


def _readings(run: str) -> Iterator[str]:
    letters = _BREAK.sub("", run).translate({ord("-"): "+", ord("_"): "/"})
    packed = [match.start() for match in islice(_PACKED.finditer(letters), _MOST_PACKED)]
    for start in (*range(4), *packed):
        coded = letters[start:]
        # A single letter at the end is less than a byte.
        coded = coded[: len(coded) - (len(coded) % 4 == 1)]
        data = base64.b64decode(coded + "=" * (-len(coded) % 4))
        for each in (data, *opened(data)):
            yield from _texts(each)


def _texts(content: bytes) -> Iterator[str]:
    """Bytes as the texts that they can be; nothing when they are most likely no text, nor have any in them."""
    try:
        yield content.decode()
    except UnicodeDecodeError:
        if _TELLING.search(content):
            yield content.decode(errors="replace")
            yield content.decode("latin-1")
    if b"\x00" in content:
        yield content.decode("utf-16-le", "replace")
        yield content.decode("utf-16-be", "replace")


def _differs(text: str, holds: Callable[[str], bool]) -> bool:
    read = decoded(text)
    return read != text and holds(read)


def _bytes(match: re.Match[str]) -> str:
    return bytes.fromhex(_BEFORE_HEX.sub("", match[0])).decode(errors="replace")


def _entity(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED[match[3]]
    code = int(match[1]) if match[1] else int(match[2], 16)
    return chr(code) if code < 0xD800 or 0xDFFF < code < 0x110000 else match[0]
