"""The contract as one OpenAPI document, for those who want to read or serve it whole."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

import yaml

from eprom_verify.contract.schema_files import DEFAULT_EDITION, load_schemas
from eprom_verify.errors import HarnessProblem
from eprom_verify.locations import schemas_dir


def bundle_openapi(edition: str = DEFAULT_EDITION) -> dict[str, Any]:
    """The OpenAPI document of an edition, with every schema among its own components.

    The caller owns what it gets, and may change it.

    Raises:
        UsageProblem: there is no such edition.
        HarnessProblem: a file of the contract is missing or wrong.
    """
    return deepcopy(_bundle(edition))


@cache
def _bundle(edition: str) -> dict[str, Any]:
    try:
        document: dict[str, Any] = yaml.safe_load((schemas_dir() / "openapi.yaml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as exc:
        raise HarnessProblem(f"openapi.yaml: {exc}") from exc
    document = _inward(document)
    document["info"]["version"] = edition
    document["paths"] = {
        path: item for path, item in document["paths"].items() if edition in item.get("x-editions", (edition,))
    }
    # An identifier would turn the reference away from the component, and a dialect is stated for the whole document.
    document.setdefault("components", {})["schemas"] = {
        name: {key: value for key, value in schema.items() if key not in ("$id", "$schema")}
        for name, schema in load_schemas(edition).items()
    }
    return document


def _inward(node: Any) -> Any:
    """The document with each reference to a schema file turned to the component of that name."""
    if isinstance(node, list):
        return [_inward(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.endswith(".json"):
        return {**node, "$ref": f"#/components/schemas/{reference.removesuffix('.json')}"}
    return {name: _inward(inner) for name, inner in node.items()}
