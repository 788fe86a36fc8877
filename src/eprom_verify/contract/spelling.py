"""Names as ePROM's server reads them: without regard to case."""

from __future__ import annotations

from typing import Any

from eprom_verify.contract.findings import Finding, Severity
from eprom_verify.contract.members import Member, Path


def documented_spelling(value: Any, message: Member) -> tuple[Any, tuple[Finding, ...]]:
    """The value with documented names, and enumerated words, in their documented spelling.

    A remark for each that was spelled otherwise; a violation where two names become one.
    """
    findings: list[Finding] = []

    def respell(value: Any, member: Member, path: Path) -> Any:
        if isinstance(value, str):
            return _word(value, member, message.pointer(path), findings)
        if isinstance(value, list) and member.item:
            return [respell(inner, member.item, (*path, index)) for index, inner in enumerate(value)]
        if not isinstance(value, dict) or not member.members:
            return value
        respelled: dict[str, Any] = {}
        for name, inner, part in ((str(name), inner, part) for name, inner, part in member.below(value)):
            if inner is None:
                respelled[name] = part
                continue
            pointer = message.pointer((*path, inner.name))
            if inner.name in respelled:
                findings.append(twice(pointer, inner.name, member.source))
            elif name != inner.name:
                findings.append(_otherwise("member-case", pointer, inner.name, name, inner.source))
            respelled[inner.name] = respell(part, inner, (*path, inner.name))
        return respelled

    return respell(value, message, ()), tuple(findings)


def twice(pointer: str, name: str, source: str) -> Finding:
    """The violation that a name stands more than once in its object."""
    return Finding(
        Severity.VIOLATION,
        "duplicate-member",
        pointer,
        "hvert navn én gang",
        f"«{name}» flere ganger",
        source,
        f"«{name}» står flere ganger i samme objekt, så det er uklart hvilken verdi som gjelder.",
    )


def _word(value: str, member: Member, pointer: str, findings: list[Finding]) -> str:
    words = member.schema.get("enum", ())
    if value in words:
        return value
    for word in words:
        if isinstance(word, str) and word.casefold() == value.casefold():
            findings.append(_otherwise("enum-case", pointer, word, value, member.source))
            return word
    return value


def _otherwise(rule: str, pointer: str, expected: str, received: str, source: str) -> Finding:
    message = f"«{received}» er skrevet «{expected}» i dokumentasjonen; om ePROM godtar forskjellen, er ikke beskrevet."
    return Finding(Severity.REMARK, rule, pointer, expected, received, source, message)
