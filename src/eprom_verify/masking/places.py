"""Finds secrets by where they stand, and national ids, in a text as it stands.

Much of what passes is hostile, cut off or nested, so no pattern here may look back over what it has already read:
every repetition is bounded, or ends where the next part cannot begin.
"""

from __future__ import annotations

import re
from functools import lru_cache

from eprom_verify.persons.national_id import MASK, classify, mask_ids

HIDDEN = "[skjult]"

_NAMES = r"(?:(?:x-)?api[_-]?key|singleUseCode|loginUrl|(?:proxy-)?authorization|hook[_-]?token)"
_ANY_NAME = ("apikey", "api_key", "api-key", "singleusecode", "loginurl", "authorization", "token")
_SHORT = 256
_FOLDED, _LONGEST_NAME = 65_536, max(map(len, _ANY_NAME))
# System.Text.Json writes a quotation mark inside a string as \u0022, and error pages write it as an entity.
_QUOTE = r"""(?:"|'|u0022|&quot;|&\#34;|&\#x22;|%(?:25){0,3}22)"""
_GAP = r"(?:\s|\\{1,63}[nrt]|%20|\+)*+"
# Backslashes before the quotes: a JSON object inside a JSON string hides its members no less.
_HEAD = re.compile(
    rf"""(?ix) (?P<quote>{_QUOTE}) (?P<name>{_NAMES}) (?P<slashes>\\{{0,63}}) (?P=quote)
         {_GAP} (?: : | %(?:25){{0,3}}3A ) {_GAP} \[? \s*+"""
)
_OPENING = re.compile(rf"(?ix) (?P<slashes>\\{{0,63}}) (?P<quote>{_QUOTE})")
# Hidden before, and perhaps shortened since, when its end may have been cut off.
_DONE = re.compile(r"\[skjult\]|(?:\[s?k?j?u?l?t?)?\s?…")
# Where a text must have ended in which quotation marks are written so: nobody escapes those and leaves these.
_ENDS = {"&": re.compile(r"[<\"]"), "%": re.compile(r"[\s<\"]"), "u": re.compile(r"[\"]")}
_BARE = re.compile(r"""(?!null\b)[^\s,;{}\[\]"'\\&<>%]+""")
_SCHEME = r"(?:(?:basic|bearer)(?:\s|\+|%20){1,8})?"
# How it is told what shall stand there.
_NO_WORD = r"(?! (?:basic|bearer) \s{1,8} (?: < | &lt; | \\{1,63}u003c ) )"
_START = r"(?:(?<![a-z])|(?<=%[0-9a-f]{2})|(?<=u00[0-9a-f]{2}))"
_PAIR = re.compile(
    rf"""(?ix) {_START} (?P<head>{_NAMES} \s{{0,8}} (?: [:=] | \\{{1,63}}u003d ) \s{{0,8}} '? {_SCHEME} ) {_NO_WORD}
         (?: [^&\s"'<>\\] | \\{{1,63}}/ | \\{{1,63}}u(?!0026|0022|0027|003[ce])[0-9a-f]{{4}} )++"""
)
_CODED_PAIR = re.compile(
    rf"(?ix) {_START} (?P<head>{_NAMES} %(?:25){{0,3}}3[ad] {_SCHEME}) (?: (?!%(?:25){{0,3}}2[26]) [^&\s\"'<>\\] )++"
)
_SLASH = r"(?: \\{0,63}/ | \\{1,63}u002f | %(?:25){0,3}2f )"
_LOGIN_PATH = re.compile(
    rf"""(?ix) (?P<head> proms {_SLASH} (?: form {_SLASH} edit | formidp | form ) {_SLASH} ) [^\s"'<>\\/?\#&%]++"""
)
_SINGLE = r"(?: ' | \\{1,63}' | \\{1,63}u0027 | &\#39; | &\#x27; | &apos; )"
# What ePROM answers to a key that it does not know: the key is in the text.
_QUOTED_KEY = re.compile(
    rf"""(?ix) (?P<head> api[_-]?key \s{{1,8}} {_SINGLE} )
         (?: (?: (?! {_SINGLE} \s{{1,8}} doesn) [^\r\n] ){{1,256}}+ (?= {_SINGLE} \s{{1,8}} doesn)
           | (?: (?! {_SINGLE} ) [^\r\n"<>] )++ )"""
)
_ANY_SLASH = re.compile(rf"(?ix) {_SLASH}")
_QUERY = re.compile(r"(?i)[?#]|%(?:25){0,3}(?:3f|23)")
_LONG_SEGMENT = re.compile(r"(?i)(?:(?<=[^/:]/)|(?<=[^:]2f))[^/\\%]{20,}(?=\\*/|%(?:25){0,3}2f)")
_USERINFO = re.compile(r"""(?P<head>://[^\s/?\#@:"'<>\\]*:)[^\s/?\#@"'<>\\]+(?=@)""")

_SPLIT_ID = re.compile(
    r"(?ix) (?<![0-9]) (?P<first>[0-9]{6}) (?: \+ | %20 | %(?:C2%)?A0 | \u00c2\u00a0 | %2D | \\{1,63}u00(?:a0|20|2d) )"
    r" (?P<second>[0-9]{5}) (?![0-9])"
)
_NUMBER = r"(?<=[:,\[\s])(?P<number>[0-9]{10,11})(?:\.0{1,9})?(?=[\s,\]}])"
_JSON_NUMBER = re.compile(_NUMBER)
_JSON_TOKEN = re.compile(rf'"(?:[^"\\]++|\\.)*+"?|{_NUMBER}', re.DOTALL)


def hide_places(text: str) -> str:
    """The text without what stands in a place for secrets, and without national ids that are not synthetic."""
    return _hide_in_short(text) if len(text) <= _SHORT else _hide_in(text)


@lru_cache(maxsize=4096)
def _hide_in_short(text: str) -> str:
    """As `_hide_in`: the headers of messages are the same all the time."""
    return _hide_in(text)


def _hide_in(text: str) -> str:
    # Piece by piece: Python takes twelve bytes for each letter while it makes them small.
    folded = [text[at : at + _FOLDED + _LONGEST_NAME].lower() for at in range(0, len(text), _FOLDED)]
    if any(name in piece for piece in folded for name in _ANY_NAME):
        text = _without_members(text)
        text = _PAIR.sub(_hide_rest, text)
        text = _CODED_PAIR.sub(_hide_rest, text)
        text = _QUOTED_KEY.sub(_hide_rest, text)
    if any("proms" in piece for piece in folded):
        text = _LOGIN_PATH.sub(_hide_rest, text)
    if "://" in text and "@" in text:
        text = _USERINFO.sub(_hide_rest, text)
    return mask_ids(_SPLIT_ID.sub(_hide_split_id, _without_numbers(text)))


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
            if _DONE.match(text, start):
                continue
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
    ends = _ENDS.get(quote[0].lower())
    last = match.start() if ends and (match := ends.search(text, start)) else len(text)
    while (at := text.find(quote, start, last)) >= 0:
        between = text[start:at]
        run = len(between) - len(between.rstrip("\\"))
        # Each level of nesting doubles the backslashes, and adds one before a quotation mark.
        if run % (2 * slashes + 2) <= slashes:
            return at - min(run, slashes)
        start = at + len(quote)
    return last


def _hidden(name: str, value: str) -> str:
    if not value:
        return value
    path = _QUERY.split(value, maxsplit=1)[0]
    slashes = [each.end() for each in _ANY_SLASH.finditer(path)]
    if name.casefold() == "loginurl" and slashes:
        # Where it leads to is judged, so only what points out somebody's form is hidden; a mask where nothing stood
        # would look like an id.
        return f"{_LONG_SEGMENT.sub(HIDDEN, path[: slashes[-1]])}{HIDDEN if len(value) > slashes[-1] else ''}"
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
