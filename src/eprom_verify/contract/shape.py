"""The shape of one message: what its schema refuses, tolerates and does not know."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from eprom_verify.contract.bodies import parse_json
from eprom_verify.contract.findings import Finding, Severity, kind, shown, shown_name
from eprom_verify.contract.formats import FORMATS
from eprom_verify.contract.members import Member, Path, Schema, any_type, message_tree, one_of, texts_in, type_names

# One finding a pointer: a value of the wrong type also fails its enumeration, a malformed one also its pattern.
_WEIGHT = {"required": 0, "type": 1, "enum": 2, "const": 2, "format": 3, "pattern": 4}
_RULE = {"maxLength": "pattern", "minLength": "pattern"}


class Shape:
    """A schema, compiled, that turns what is wrong with a message into findings."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.message = message_tree(schema)
        self.any_envelope = schema.get("x-body") == "text or json"
        self.is_document = schema.get("x-body") == "pdf"
        self.any_case = bool(schema.get("x-any-case"))
        self._validator = Draft202012Validator(schema, format_checker=FORMATS)
        self._texts = tuple(_text_pattern(text) for text in schema.get("x-texts", {}).values())

    def findings(self, value: Any, secrets: Collection[str] = ()) -> tuple[Finding, ...]:
        """Violations first, at most one at each place, then remarks."""
        violations = {path: self._violation(path, error, secrets) for path, error in self._errors(value)}
        for path, member, inner in _walk(self.message, value):
            if member and path not in violations and member.holds_json and not member.tolerates(inner):
                found = self._held_json(path, member, inner)
                if found:
                    violations[path] = found
        remarks = [
            remark
            for path, member, inner in _walk(self.message, value)
            if path not in violations
            for remark in self._remarks(path, member, inner, secrets)
        ]
        if self._texts and not violations and not any(_among(self._texts, text) for text in texts_in(value)):
            remarks.append(self._unknown_text(value))
        return (*violations.values(), *remarks)

    def _errors(self, value: Any) -> Iterator[tuple[Path, ValidationError]]:
        """The weightiest error at each place."""
        best: dict[Path, ValidationError] = {}
        for error in self._validator.iter_errors(value):
            for path in _places(error):
                if path not in best or _weight(error) < _weight(best[path]):
                    best[path] = error
        yield from best.items()

    def _violation(self, path: Path, error: ValidationError, secrets: Collection[str]) -> Finding:
        keyword = str(error.validator)
        member = self.message.find(path)
        pointer = self.message.pointer(path, secrets)
        name = f"«{path[-1]}»" if path else "Kroppen"
        if keyword == "required":
            expected = member.expected if member else "medlemmet"
            received = _near_miss(str(path[-1]), error.instance)
            message = f"{name} mangler: {expected} er påkrevd."
        else:
            expected = _expected(keyword, error, member)
            # A body that is one bare text may be anything, also a key.
            hidden = not path or member is None or member.sensitive
            received = kind(error.instance) if hidden else shown(error.instance, secrets)
            message = f"{name} skal være {expected}, men er {received}."
        source = member.source if member else self.message.source
        return Finding(Severity.VIOLATION, _RULE.get(keyword, keyword), pointer, expected, received, source, message)

    def _remarks(self, path: Path, member: Member | None, value: Any, secrets: Collection[str]) -> Iterator[Finding]:
        pointer = self.message.pointer(path, secrets)
        if member is None:
            name = shown_name(str(path[-1]), secrets)
            parent = self.message.find(path[:-1]) or self.message
            message = f"«{name}» er ikke beskrevet i dokumentasjonen."
            yield Finding(
                Severity.REMARK, "unknown-member", pointer, "et dokumentert medlem", kind(value), parent.source, message
            )
            return
        received = kind(value) if member.sensitive else shown(value, secrets)
        for remark in member.remarks:
            if remark.when.is_valid(value):
                yield Finding(
                    Severity.REMARK, remark.rule, pointer, member.expected, received, member.source, remark.message
                )

    def _held_json(self, path: Path, member: Member, text: Any) -> Finding | None:
        if not isinstance(text, str):
            return None
        try:
            held = parse_json(text)
        except (ValueError, RecursionError):
            rule, received = f"{member.name}-not-json", f"{kind(text)} som ikke er JSON"
        else:
            if isinstance(held, dict):
                return None
            rule, received = f"{member.name}-not-object", f"en tekst som inneholder {kind(held)}"
        message = f"«{member.name}» skal være en tekst som inneholder et JSON-objekt, men er {received}."
        pointer = self.message.pointer(path)
        return Finding(Severity.VIOLATION, rule, pointer, member.expected, received, member.source, message)

    def _unknown_text(self, value: Any) -> Finding:
        message = "Teksten i feilsvaret er ikke blant dem som dokumentasjonen lister opp."
        return Finding(
            Severity.REMARK,
            "undocumented-error",
            "",
            "en dokumentert feiltekst",
            kind(value),
            self.message.source,
            message,
        )


def _walk(member: Member, value: Any, path: Path = ()) -> Iterator[tuple[Path, Member | None, Any]]:
    """Everything in a message, each with its documentation; what is below an unknown member is left alone."""
    yield path, member, value
    for part, inner, below in member.below(value):
        # Case was settled before this: a name that differs now is not the documented one.
        if inner is None or (isinstance(part, str) and inner.name != part):
            yield (*path, part), None, below
        else:
            yield from _walk(inner, below, (*path, part))


def _places(error: ValidationError) -> Iterator[Path]:
    path: Path = tuple(error.absolute_path)
    if error.validator == "required":
        wanted: Any = error.validator_value
        holder: Any = error.instance
        yield from ((*path, name) for name in wanted if name not in holder)
    else:
        yield path


def _weight(error: ValidationError) -> int:
    return _WEIGHT.get(str(error.validator), len(_WEIGHT))


def _expected(keyword: str, error: ValidationError, member: Member | None) -> str:
    wanted: Any = error.validator_value
    if keyword == "type" and not (member and "x-expected" in member.schema):
        return any_type(type_names(wanted))
    if keyword == "enum":
        return one_of(wanted)
    return member.expected if member else "noe annet"


def _near_miss(name: str, holder: Any) -> str:
    for other in holder:
        if other.casefold() == name.casefold():
            return f"ingenting (men «{other}» finnes)"
    return "ingenting"


def _text_pattern(text: str) -> re.Pattern[str]:
    """A documented error text, with `{…}` for what the sender fills in."""
    return re.compile(".*?".join(re.escape(part) for part in re.split(r"\{\w+\}", text)), re.DOTALL)


def _among(patterns: Collection[re.Pattern[str]], text: str) -> bool:
    return any(pattern.search(text) for pattern in patterns)
