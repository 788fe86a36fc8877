"""Takes secrets out of what is captured, before it is written anywhere.

Much of what passes is hostile, cut off or nested, so no pattern here may look back over what it has already read:
every repetition is bounded, or ends where the next part cannot begin.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from eprom_verify.exchange import Headers
from eprom_verify.persons.national_id import MASK, classify, mask_ids

HIDDEN = "[skjult]"

_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})
_SECRET_HEADER = re.compile(r"(?i)authorization|cookie|api-?_?key|subscription-key|token|secret")
_SCHEMES = frozenset({"basic", "bearer", "digest", "apikey", "token", "negotiate", "ntlm"})

_NAMES = r"(?:(?:x-)?api[_-]?key|singleUseCode|loginUrl|(?:proxy-)?authorization|hook[_-]?token)"
_ANY_NAME = ("apikey", "api_key", "api-key", "singleusecode", "loginurl", "authorization", "token")
# System.Text.Json writes a quotation mark inside a string as \u0022, and error pages write it as an entity.
_QUOTE = r"""(?:"|'|u0022|&quot;|&\#34;|&\#x22;|%(?:25){0,3}22)"""
_GAP = r"(?:\s|\\{1,63}[nrt]|%20|\+)*+"
# Backslashes before the quotes: a JSON object inside a JSON string hides its members no less.
_HEAD = re.compile(
    rf"""(?ix) (?P<quote>{_QUOTE}) (?P<name>{_NAMES}) (?P<slashes>\\{{0,63}}) (?P=quote)
         {_GAP} (?: : | %(?:25){{0,3}}3A ) {_GAP} \[? \s*+"""
)
_OPENING = re.compile(rf"(?ix) (?P<slashes>\\{{0,63}}) (?P<quote>{_QUOTE})")
_BARE = re.compile(r"""(?!null\b)[^\s,;{}\[\]"'\\&<>%]+""")
_SCHEME = r"(?:(?:basic|bearer)(?:\s|\+|%20){1,8})?"
_START = r"(?:(?<![a-z])|(?<=%[0-9a-f]{2})|(?<=u00[0-9a-f]{2}))"
_PAIR = re.compile(
    rf"""(?ix) {_START} (?P<head>{_NAMES} \s{{0,8}} (?: [:=] | \\{{1,63}}u003d ) \s{{0,8}} '? {_SCHEME} )
         (?: [^&\s"'<>\\] | \\{{1,63}}/ | \\{{1,63}}u(?!0026|0022|0027|003[ce])[0-9a-f]{{4}} )++"""
)
_CODED_PAIR = re.compile(
    rf"(?ix) {_START} (?P<head>{_NAMES} %(?:25){{0,3}}3[ad] {_SCHEME}) (?: (?!%(?:25){{0,3}}2[26]) [^&\s\"'<>\\] )++"
)
# How ePROM refuses a key that it does not know, with the key itself in the text.
_REFUSED = re.compile(
    rf"""(?isx) {_START} (?P<head> api[_-]?key \s{{1,8}} (?P<quote> ' | \\{{0,63}}u0027 | &\#0?39; | &\#x27; | %27 ) )
         (?: .{{1,512}}? (?= (?P=quote) \s{{1,8}} doesn ) | (?: (?!(?P=quote)) . ){{1,512}} (?= (?P=quote) | \Z ) )"""
)
_SLASH = r"(?: \\{0,63}/ | \\{1,63}u002f | %(?:25){0,3}2f )"
_LOGIN_PATH = re.compile(
    rf"""(?ix) (?P<head> proms {_SLASH} (?: form {_SLASH} edit | formidp | form ) {_SLASH} ) [^\s"'<>\\/?\#&%]++"""
)
_LONG_SEGMENT = re.compile(r"(?<=[^/:]/)[^/\\]{20,}(?=\\*/)")
_USERINFO = re.compile(r"""(?P<head>://[^\s/?\#@:"'<>\\]*:)[^\s/?\#@"'<>\\]+(?=@)""")

_SPLIT_ID = re.compile(
    r"(?ix) (?<![0-9]) (?P<first>[0-9]{6}) (?: \+ | %20 | %(?:C2%)?A0 | %2D | \\{1,63}u00(?:a0|20|2d) )"
    r" (?P<second>[0-9]{5}) (?![0-9])"
)
_NUMBER = r"(?<=[:,\[\s])(?P<number>[0-9]{10,11})(?:\.0{1,9})?(?=[\s,\]}])"
_JSON_NUMBER = re.compile(_NUMBER)
_JSON_TOKEN = re.compile(rf'"(?:[^"\\]++|\\.)*+"?|{_NUMBER}', re.DOTALL)

_UNESCAPED = re.compile(r"[A-Za-z0-9_]")
_CONTROLS = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
_WIDE = {"utf-16": 2, "utf-16-le": 2, "utf-16-be": 2, "utf-32": 4, "utf-32-le": 4, "utf-32-be": 4}


class Mask:
    """Hides API keys, single-use codes, login URLs and non-synthetic national ids.

    Places that carry secrets are known by name; values that are known to be secret are hidden wherever they stand.
    A masked place still shows that something stood there, so that its presence can be judged.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: dict[str, list[_Form]] = {}
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: str) -> None:
        """Hide this value from now on, also percent-encoded, escaped in JSON or HTML, and in base64.

        A value of less than four characters is left alone: hiding it would take other text with it.
        """
        if len(secret) < 4 or secret in HIDDEN:
            return
        known = {**self._known, secret: list(_forms(secret))}
        # The longest first, as a secret may be a part of another. Put in place whole: other threads are masking.
        self._known = dict(sorted(known.items(), key=lambda each: len(each[0]), reverse=True))

    def text(self, text: str) -> str:
        """The text with every known secret and every non-synthetic national id hidden."""
        for forms in self._known.values():
            for form in forms:
                if form.sign in text:
                    text = form.pattern.sub(HIDDEN, text)
        folded = text.lower()
        if any(name in folded for name in _ANY_NAME):
            text = _without_members(text)
            text = _REFUSED.sub(_hide_rest, text)
            text = _PAIR.sub(_hide_rest, text)
            text = _CODED_PAIR.sub(_hide_rest, text)
        if "proms" in folded:
            text = _LOGIN_PATH.sub(_hide_rest, text)
        if "://" in text and "@" in text:
            text = _USERINFO.sub(_hide_rest, text)
        return mask_ids(_SPLIT_ID.sub(_hide_split_id, _without_numbers(text)))

    def body(self, body: bytes) -> bytes:
        """The body with its secrets hidden; a body that is not Unicode is masked byte for byte."""
        encoding = json.detect_encoding(body)
        if encoding in _WIDE:
            masked = self._wide(body, encoding)
            if masked is not None:
                return masked
        try:
            return self.text(body.decode()).encode()
        except UnicodeDecodeError:
            return self.text(body.decode("latin-1")).encode("latin-1", errors="replace")

    def headers(self, headers: Iterable[tuple[str, str]]) -> Headers:
        """The headers with credentials hidden; the scheme of an Authorization header stays."""
        return tuple((self.text(name), self._header(name, value)) for name, value in headers)

    def _header(self, name: str, value: str) -> str:
        if not _SECRET_HEADER.search(name):
            return self.text(value)
        if not value.strip():
            return value
        scheme, space, _ = value.partition(" ")
        kept = name.casefold() in _CREDENTIALS and space and scheme.casefold() in _SCHEMES
        return f"{scheme} {HIDDEN}" if kept else HIDDEN

    def _wide(self, body: bytes, encoding: str) -> bytes | None:
        """A body of two or four bytes for each character; None when it is not that after all."""
        if encoding in ("utf-16", "utf-32"):
            # Named by its byte order, so that the byte order mark stays where it was.
            encoding += "-le" if body[0] == 0xFF else "-be"
        whole = len(body) // _WIDE[encoding] * _WIDE[encoding]
        try:
            text = body[:whole].decode(encoding)
        except UnicodeDecodeError:
            return None
        return self.text(text).encode(encoding) + body[whole:]


class _Form(NamedTuple):
    """A way to write a secret. `sign` stands in it whatever is escaped; to look for that first is much the faster."""

    sign: str
    pattern: re.Pattern[str]


def _forms(secret: str) -> Iterator[_Form]:
    """Every way in which a secret is written."""
    yield _Form(_sign(secret), re.compile("".join(map(_written, secret))))
    data = secret.encode("utf-8", "surrogatepass")
    if len(data) >= 8:
        yield from (_base64_core(data, before) for before in range(3))
        return
    # Too little is certain of what a short secret looks like in the middle of something else.
    for coded in (base64.b64encode(each).decode() for each in (data, b":" + data, data + b":")):
        yield _Form(_sign(coded), re.compile(_in_base64(coded)))


def _sign(text: str) -> str:
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


def _base64_core(data: bytes, before: int) -> _Form:
    """Data in base64 after so many other bytes, with the characters that it shares with its neighbours."""
    coded = base64.b64encode(bytes(before) + data).decode()
    core = coded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
    first, last = ("[A-Za-z0-9+/_-]?" if shared else "" for shared in (before, (before + len(data)) % 3))
    return _Form(_sign(core), re.compile(first + _in_base64(core) + last + _in_base64("=")))


def _in_base64(coded: str) -> str:
    kinds = {"+": f"(?:-|{_written('+')})", "/": f"(?:_|{_written('/')})", "=": f"{_written('=')}{{0,2}}"}
    return "".join(kinds.get(char, char) for char in coded)


def _hide_rest(match: re.Match[str]) -> str:
    return f"{match['head']}{HIDDEN}"


def _without_members(text: str) -> str:
    """The text with the values of secret members hidden, also of JSON in a JSON string, and of JSON that breaks off."""
    parts, done = [], 0
    for head in _HEAD.finditer(text):
        if head.start() < done:
            continue
        opening = _OPENING.match(text, head.end())
        if opening is not None:
            start = opening.end()
            done_value = _closing(text, start, opening["quote"], len(opening["slashes"]))
            hidden = _hidden(head["name"], text[start:done_value])
        elif (bare := _BARE.match(text, head.end())) is not None:
            start, done_value = bare.span()
            hidden = f"{head['slashes']}{head['quote']}{HIDDEN}{head['slashes']}{head['quote']}"
        else:
            continue
        parts += [text[done:start], hidden]
        done = done_value
    return "".join([*parts, text[done:]])


def _closing(text: str, start: int, quote: str, slashes: int) -> int:
    """Where a string ends that was opened by a quotation mark after so many backslashes; the end of a cut-off text."""
    while (at := text.find(quote, start)) >= 0:
        between = text[start:at]
        run = len(between) - len(between.rstrip("\\"))
        # Each level of nesting doubles the backslashes, and adds one before a quotation mark.
        if run % (2 * slashes + 2) <= slashes:
            return at - min(run, slashes)
        start = at + len(quote)
    return len(text)


def _hidden(name: str, value: str) -> str:
    if not value:
        return value
    path, slash, _ = re.split(r"[?#]", value, maxsplit=1)[0].rpartition("/")
    if name.casefold() == "loginurl" and slash:
        # Where it leads to is judged, so only what points out somebody's form is hidden; a mask where nothing stood
        # would look like an id.
        return f"{_LONG_SEGMENT.sub(HIDDEN, path + slash)}{HIDDEN if value != path + slash else ''}"
    return HIDDEN


def _hide_split_id(match: re.Match[str]) -> str:
    return MASK if classify(match["first"] + match["second"]).personal else match[0]


def _without_numbers(text: str) -> str:
    """The text with national ids that are JSON numbers hidden as strings, so that it is still JSON."""
    if not text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return text
    if not any(_is_personal(match["number"]) for match in _JSON_NUMBER.finditer(text)):
        return text
    return _JSON_TOKEN.sub(lambda match: f'"{MASK}"' if _is_personal(match["number"]) else match[0], text)


def _is_personal(number: str | None) -> bool:
    # As a number it has lost its leading zero.
    return number is not None and classify(number.zfill(11)).personal
