"""Bodies of messages, from bytes to members."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from eprom_verify.contract.findings import Finding, Severity
from eprom_verify.contract.members import Member, Path

_MOST_FORM_FIELDS = 1000


@dataclass(frozen=True)
class Body:
    """What a body holds; `value` is meaningless when `readable` is false.

    `repeated` are the paths of names that stand more than once in their object.
    """

    value: Any
    readable: bool = True
    findings: tuple[Finding, ...] = ()
    repeated: tuple[Path, ...] = ()


class _NotJsonError(ValueError):
    """The text is not JSON as RFC 8259 has it."""


def read_json(body: bytes, source: str) -> Body:
    """Read a JSON body, strictly: UTF-8, no NaN, no name twice in one object."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _unreadable("not-utf8", "tekst kodet som UTF-8", f"{len(body)} byte som ikke er UTF-8", source)
    findings: list[Finding] = []
    if text.startswith("\ufeff"):
        text = text[1:]
        findings.append(_about_body(Severity.REMARK, "byte-order-mark", "JSON uten BOM", "JSON med BOM", source))
    repeated: list[tuple[dict[str, Any], str]] = []
    try:
        value = _parse(text, repeated)
    except (ValueError, RecursionError):
        received = f"en tekst på {len(text)} tegn som ikke er JSON" if text.strip() else "tom kropp"
        return _unreadable("not-json", "gyldig JSON", received, source)
    paths = tuple(_paths(value, repeated)) if repeated else ()
    return Body(value, findings=tuple(findings), repeated=paths)


def read_text_or_json(body: bytes) -> Body:
    """Read a body whose envelope is not documented: JSON when it parses, else the text as it stands."""
    text = body.decode("utf-8", "replace")
    try:
        return Body(parse_json(text))
    except (ValueError, RecursionError):
        return Body(text)


def read_form(body: bytes, shape: Member, source: str) -> Body:
    """Read a form-encoded body into the members that the same request has as JSON."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FORM_FIELDS
        )
    except ValueError:
        return _unreadable("not-form", "et skjema kodet som UTF-8", f"{len(body)} byte som ikke er det", source)
    value: dict[str, Any] = {}
    for name, text in pairs:
        # jQuery writes physicalAddress[fullName], ASP.NET also reads physicalAddress.fullName.
        outer, _, inner = name.replace("[", ".").replace("]", "").partition(".")
        member = shape.named(outer)
        parts = value.setdefault(outer, {}) if inner else value
        if not isinstance(parts, dict):
            continue
        leaf = member.named(inner) if member and inner else member
        parts[inner or outer] = _form_value(text, leaf)
    return Body(value)


def _form_value(text: str, member: Member | None) -> Any:
    types = member.types if member else ()
    if text == "" and "null" in types:
        return None
    if "boolean" in types and text.casefold() in ("true", "false"):
        return text.casefold() == "true"
    return int(text) if "integer" in types and text.isascii() and text.isdigit() and len(text) < 10 else text


def parse_json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is not JSON; NaN and its like are not.
        RecursionError: it is nested too deep.
    """
    return _parse(text, [])


def _parse(text: str, repeated: list[tuple[dict[str, Any], str]]) -> Any:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            seen: set[str] = set()
            repeated.extend((value, name) for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]  # add gives None on purpose
        return value

    return json.loads(text, object_pairs_hook=members, parse_constant=_refuse)


def _refuse(constant: str) -> NoReturn:
    raise _NotJsonError(constant)


def _paths(value: Any, repeated: list[tuple[dict[str, Any], str]]) -> Iterator[Path]:
    """Where the repeated names stand; the parser itself knows only in which object."""
    waiting: list[tuple[Any, Path]] = [(value, ())]
    while waiting:
        inner, path = waiting.pop()
        if isinstance(inner, dict):
            yield from ((*path, name) for holder, name in repeated if holder is inner)
            waiting += [(below, (*path, name)) for name, below in inner.items()]
        elif isinstance(inner, list):
            waiting += [(below, (*path, index)) for index, below in enumerate(inner)]


def _about_body(severity: Severity, rule: str, expected: str, received: str, source: str) -> Finding:
    return Finding(severity, rule, "", expected, received, source, f"Kroppen skal være {expected}, men er {received}.")


def _unreadable(rule: str, expected: str, received: str, source: str) -> Body:
    return Body(None, readable=False, findings=(_about_body(Severity.VIOLATION, rule, expected, received, source),))
