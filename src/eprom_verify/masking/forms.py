"""Every way in which a secret that is known can be written."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from typing import NamedTuple

_UNESCAPED = re.compile(r"[A-Za-z0-9_]")
_CONTROLS = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}


class Form(NamedTuple):
    """A way to write a secret. `sign` stands in it whatever is escaped; to look for that first is much the faster."""

    sign: str
    pattern: re.Pattern[str]


def forms_of(secret: str) -> Iterator[Form]:
    """Every way in which a secret is written."""
    yield Form(sign_of(secret), re.compile("".join(map(_written, secret))))
    data = secret.encode("utf-8", "surrogatepass")
    if len(data) >= 8:
        yield from (_base64_core(data, before) for before in range(3))
        return
    # Too little is certain of what a short secret looks like in the middle of something else.
    for coded in (base64.b64encode(each).decode() for each in (data, b":" + data, data + b":")):
        yield Form(sign_of(coded), re.compile(_in_base64(coded)))


def sign_of(text: str) -> str:
    """The longest part of a text that nothing escapes."""
    return max(re.findall(rf"{_UNESCAPED.pattern}+", text), key=len, default="")


def _written(char: str) -> str:
    """A pattern of one character, escaped in any way; letters and digits are hardly ever escaped."""
    if _UNESCAPED.fullmatch(char):
        return char
    utf8, utf16 = char.encode("utf-8", "surrogatepass"), char.encode("utf-16-be", "surrogatepass").hex()
    entities = [rf"&\#(?:{ord(char)}|[xX]0{{0,4}}{_hex(f'{ord(char):x}')});"]
    if html.escape(char) != char:
        entities.append(html.escape(char))
    ways = [
        "".join(rf"%(?:25){{0,3}}{_hex(f'{byte:02x}')}" for byte in utf8),
        "".join(rf"\\{{1,15}}u{_hex(utf16[at : at + 4])}" for at in range(0, len(utf16), 4)),
        rf"\\{{0,15}}(?:{'|'.join(entities)})",
        re.escape(utf8.decode("latin-1")) if len(utf8) > 1 else "",
        rf"\\{{1,15}}{_CONTROLS[char]}" if char in _CONTROLS else "",
        r"\+" if char == " " else "",
        r"\\{8}|\\{4}|\\{2}|\\" if char == "\\" else rf"\\{{0,15}}{re.escape(char)}",
    ]
    return f"(?:{'|'.join(filter(None, ways))})"


def _hex(digits: str) -> str:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)


def _base64_core(data: bytes, before: int) -> Form:
    """Data in base64 after so many other bytes, with the characters that it shares with its neighbours."""
    coded = base64.b64encode(bytes(before) + data).decode()
    core = coded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
    first, last = ("[A-Za-z0-9+/_-]?" if shared else "" for shared in (before, (before + len(data)) % 3))
    return Form(sign_of(core), re.compile(first + _in_base64(core) + last + _in_base64("=")))


def _in_base64(coded: str) -> str:
    kinds = {"+": f"(?:-|{_written('+')})", "/": f"(?:_|{_written('/')})", "=": f"{_written('=')}{{0,2}}"}
    return "".join(kinds.get(char, char) for char in coded)
