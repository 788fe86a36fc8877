"""The documented members of a message, as a tree made from its schema."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from eprom_verify.contract.findings import child, shown_name
from eprom_verify.contract.formats import FORMATS
from eprom_verify.contract.sources import Source

Schema = Mapping[str, Any]
Path = tuple[str | int, ...]

_TYPES = {
    "string": "en tekst",
    "integer": "et heltall",
    "number": "et tall",
    "boolean": "true eller false",
    "object": "et JSON-objekt",
    "array": "en liste",
    "null": "null",
}

# Never shown, in whatever message and place they turn up.
_SECRET = {"apikey", "singleusecode", "loginurl", "authorization"}


@dataclass(frozen=True)
class Remark:
    """Something a schema tolerates, and what is said about it when it is seen."""

    rule: str
    when: Validator
    message: str


@dataclass(frozen=True, eq=False)
class Member:
    """A member, or the whole message, with what its schema says beside its shape.

    `members` is keyed by the case-folded name. `sensitive` says that a value must not be shown.
    """

    name: str
    schema: Schema
    source: str
    sensitive: bool
    members: Mapping[str, Member]
    item: Member | None
    remarks: tuple[Remark, ...]

    def named(self, name: str) -> Member | None:
        """The member of this name, whatever its case."""
        return self.members.get(name.casefold())

    @property
    def types(self) -> tuple[str, ...]:
        """The JSON types that are allowed here."""
        return type_names(self.schema.get("type", ()))

    @property
    def expected(self) -> str:
        """What the documentation wants here, in Norwegian."""
        if "x-expected" in self.schema:
            return str(self.schema["x-expected"])
        return one_of(self.schema["enum"]) if "enum" in self.schema else any_type(self.types)

    @property
    def holds_json(self) -> bool:
        """Whether this is a text that holds a JSON object."""
        return self.schema.get("contentMediaType") == "application/json"

    def tolerates(self, value: Any) -> bool:
        """Whether a value is one that the documentation does not describe, and that only gives a remark."""
        return any(remark.when.is_valid(value) for remark in self.remarks)

    def below(self, value: Any) -> Iterator[tuple[str | int, Member | None, Any]]:
        """What stands in an object or a list, each with its documentation; None when there is none for it."""
        if isinstance(value, dict) and self.members:
            for name, inner in value.items():
                yield name, self.named(name), inner
        elif isinstance(value, list) and self.item:
            for index, inner in enumerate(value):
                yield index, self.item, inner

    def find(self, path: Collection[str | int]) -> Member | None:
        """The member at the end of a path of names and indexes."""
        found: Member | None = self
        for part in path:
            found = None if found is None else found.item if isinstance(part, int) else found.named(part)
        return found

    def pointer(self, path: Collection[str | int], secrets: Collection[str] = ()) -> str:
        """The JSON Pointer of a path; an undocumented name is shortened, and hidden when it holds a secret."""
        pointer, here = "", self
        for part in path:
            inner = here.item if isinstance(part, int) else here.named(part)
            known = isinstance(part, int) or inner is not None
            pointer = child(pointer, part if known else shown_name(str(part), secrets))
            here = inner or _NOTHING
        return pointer


def message_tree(schema: Schema) -> Member:
    """The tree of a message's schema, which must hold no references."""
    return _tree("", schema, source="", sensitive=False)


def secrets_in(value: Any, message: Member) -> Iterator[str]:
    """The texts in a message that must not be shown, also where the documentation knows of no such member."""
    # Not recursive: JSON may be nested deeper than calls may be.
    waiting: list[tuple[Any, Member | None]] = [(value, message)]
    while waiting:
        holder, member = waiting.pop()
        if isinstance(holder, list):
            waiting += [(inner, member.item if member else None) for inner in holder]
        elif isinstance(holder, dict):
            for name, inner in holder.items():
                below = member.named(name) if member else None
                if name.casefold() in _SECRET or (below and below.sensitive):
                    yield from texts_in(inner)
                waiting.append((inner, below))


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value, but for the names."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, dict | list):
            waiting += inner.values() if isinstance(inner, dict) else inner


def type_names(types: str | Collection[str]) -> tuple[str, ...]:
    """The value of a schema's `type`, always as several."""
    return (types,) if isinstance(types, str) else tuple(types)


def any_type(types: Collection[str]) -> str:
    """JSON types in Norwegian."""
    return " eller ".join(_TYPES[name] for name in types)


def one_of(values: Collection[object]) -> str:
    """An enumeration in Norwegian; digits written as text are tolerated, and not asked for."""
    names = [value for value in values if isinstance(value, str) and not value.isdigit()]
    numbers = [value for value in values if isinstance(value, int)]
    parts = [f"en av {', '.join(names)}"] if names else []
    if numbers:
        parts.append(f"et heltall fra {min(numbers)} til {max(numbers)}")
    return " eller ".join(parts)


def _tree(name: str, schema: Schema, *, source: str, sensitive: bool) -> Member:
    if "x-source" in schema:
        source = str(Source(**schema["x-source"]))
    sensitive = sensitive or bool(schema.get("x-sensitive"))
    inner = {
        key.casefold(): _tree(key, value, source=source, sensitive=sensitive)
        for key, value in schema.get("properties", {}).items()
    }
    item = _tree("", schema["items"], source=source, sensitive=sensitive) if "items" in schema else None
    remarks = tuple(
        Remark(remark["rule"], Draft202012Validator(remark["when"], format_checker=FORMATS), remark["message"])
        for remark in schema.get("x-remarks", ())
    )
    return Member(name, schema, source, sensitive, inner, item, remarks)


_NOTHING = _tree("", {}, source="", sensitive=True)
