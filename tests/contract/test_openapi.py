"""The OpenAPI document over the schemas."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from eprom_verify.contract import EDITIONS, OPERATIONS, Contract, Operation, Party, bundle_openapi, operation
from eprom_verify.locations import schemas_dir


def described(document: dict[str, Any], row: Operation) -> dict[str, Any]:
    group = "paths" if row.answerer is Party.EPROM else "webhooks"
    found: dict[str, Any] = document[group][row.path][row.method.lower()]
    return found


def test_document_valid() -> None:
    path = schemas_dir() / "openapi.yaml"
    OpenAPIV31SpecValidator(yaml.safe_load(path.read_text(encoding="utf-8")), base_uri=path.as_uri()).validate()


@pytest.mark.parametrize("edition", EDITIONS)
def test_bundle_valid(edition: str) -> None:
    bundle = bundle_openapi(edition)
    OpenAPIV31SpecValidator(bundle).validate()
    assert bundle["info"]["version"] == edition
    assert ".json" not in "".join(part for part in json.dumps(bundle).split('"') if part.startswith("#"))


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.letter)
def test_operation_described(row: Operation) -> None:
    call = described(bundle_openapi(), row)
    if row.request is None:
        assert "requestBody" not in call
        assert [f"{{{each['name']}}}" for each in call["parameters"]] == [row.path.rpartition("/")[2]]
        return
    schema = call["requestBody"]["content"]["application/json"]["schema"]
    assert {"$ref": f"#/components/schemas/{row.request}"} in schema.get("oneOf", [schema])


def test_document_is_no_json() -> None:
    answer = described(bundle_openapi(), operation("E"))["responses"]["200"]
    assert answer["content"] == {"application/pdf": {"schema": {"$ref": "#/components/schemas/signed-document"}}}


def test_shared_endpoint_takes_either() -> None:
    shared = [row.request for row in OPERATIONS if row.path == operation("J").path]
    schema = described(bundle_openapi(), operation("J"))["requestBody"]["content"]["application/json"]["schema"]
    assert sorted(each["$ref"].rpartition("/")[2] for each in schema["oneOf"]) == sorted(shared)


def test_examples_follow_schemas() -> None:
    bundle = bundle_openapi()
    seen = 0
    for row in {row.path: row for row in OPERATIONS}.values():
        call = described(bundle, row)
        for part in (call.get("requestBody", {}), *call["responses"].values()):
            media = part.get("content", {}).get("application/json")
            if media is None:
                continue
            schema = {**media["schema"], "components": bundle["components"]}
            for sample in media.get("examples", {}).values():
                Draft202012Validator(schema).validate(sample["value"])
                seen += 1
    assert seen == 61


@pytest.mark.parametrize(("letter", "status"), [("A", 400), ("B", 400), ("B", 502), ("B", 504)])
def test_refusals_complete(letter: str, status: int, contract: Contract) -> None:
    row = operation(letter)
    samples = described(bundle_openapi(), row)["responses"][str(status)]["content"]["application/json"]["examples"]
    assert list(samples) == list(contract.error_texts(row, status))
    for sample in samples.values():
        found = contract.check_response(row, status, {}, sample["value"].encode())
        assert [each for each in found if each.rule == "undocumented-error" or each.is_violation] == []


def test_production_not_offered() -> None:
    assert all("pasientrapportering.nhn.no" not in server["url"] for server in bundle_openapi()["servers"])


def test_bundle_owned_by_caller() -> None:
    bundle_openapi()["servers"].clear()
    assert bundle_openapi()["servers"]
