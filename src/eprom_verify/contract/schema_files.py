"""The schema files of an edition, read, overlaid and freed of references."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable

from eprom_verify.contract.members import Schema
from eprom_verify.contract.operations import OPERATIONS
from eprom_verify.errors import HarnessProblem, UsageProblem
from eprom_verify.locations import schemas_dir

BASE_URI = "https://eprom-verify.example/schemas/"
EDITIONS = ("2026-05", "2023-10")
DEFAULT_EDITION = EDITIONS[0]

# What may stand beside a reference: words about the value, never its shape.
_ANNOTATIONS = {"title", "description", "default", "examples", "deprecated"}


def message_names() -> tuple[str, ...]:
    """The schemas that the operations name, each once."""
    names: dict[str, None] = {}
    for operation in OPERATIONS:
        for name in (operation.request, *operation.responses.values(), operation.other_response):
            if name:
                names[name] = None
    return tuple(names)


@cache
def load_schemas(edition: str = DEFAULT_EDITION) -> Mapping[str, Schema]:
    """The schemas of all messages in an edition, by name, without references and checked to be JSON Schema 2020-12.

    Raises:
        UsageProblem: there is no such edition.
        HarnessProblem: a schema file is missing or wrong.
    """
    if edition not in EDITIONS:
        raise UsageProblem(f"Ukjent utgave av kontrakten: {edition!r}.", f"Velg en av {', '.join(EDITIONS)}.")
    overlays = _read(f"editions/{edition}.json").get("x-overlays", {})

    def retrieve(uri: str) -> Resource[Any]:
        name = uri.removeprefix(BASE_URI)
        return Resource.from_contents(merge_patch(_read(name), overlays.get(name.removesuffix(".json"), {})))

    # mypy does not see the name that attrs gives this argument.
    registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]
    schemas: dict[str, Schema] = {}
    for name in message_names():
        try:
            found = registry.resolver(BASE_URI).lookup(f"{name}.json")
            schemas[name] = _inlined(found.contents, found.resolver)
            Draft202012Validator.check_schema(schemas[name])
        except (Unresolvable, SchemaError) as exc:
            raise HarnessProblem(f"schema {name}: {exc}") from exc
    return schemas


def merge_patch(document: Any, patch: Any) -> Any:
    """Apply a JSON Merge Patch (RFC 7396): null takes a member away, objects merge, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def _read(name: str) -> Any:
    try:
        return json.loads((schemas_dir() / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise HarnessProblem(f"schema file {name}: {exc}") from exc


def _inlined(node: Any, resolver: Any) -> Any:
    """A schema with each reference replaced by what it points at: validating then takes a tenth of the time."""
    if isinstance(node, list):
        return [_inlined(inner, resolver) for inner in node]
    if not isinstance(node, dict):
        return node
    beside = {name: _inlined(inner, resolver) for name, inner in node.items() if name != "$ref"}
    if "$ref" not in node:
        return beside
    found = resolver.lookup(node["$ref"])
    target = _inlined(found.contents, found.resolver)
    overridden = {name for name in beside.keys() & target.keys() if name not in _ANNOTATIONS}
    if overridden:
        raise HarnessProblem(f"{node['$ref']}: {', '.join(sorted(overridden))} stands on both sides of the reference")
    return target | beside
