"""The schema files themselves, and the contract made from them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from eprom_verify.contract import EDITIONS, Contract, operation
from eprom_verify.contract.enumerations import (
    DistributionRule,
    FormOrderStatus,
    FormOrderStatusErrorCode,
    NotificationChannel,
)
from eprom_verify.contract.schema_files import BASE_URI, load_schemas, merge_patch, message_names
from eprom_verify.errors import UsageProblem
from eprom_verify.locations import schemas_dir

FILES = [f"{name}.json" for name in ("definitions", *message_names())] + [f"editions/{name}.json" for name in EDITIONS]


def read(name: str) -> Any:
    return json.loads((schemas_dir() / name).read_text(encoding="utf-8"))


def properties(schema: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every documented member below a schema; those inside a condition repeat one that stands outside it."""
    for name, member in schema.get("properties", {}).items():
        yield f"{where}/{name}", member
        yield from properties(member, f"{where}/{name}")
        yield from properties(member.get("items", {}), f"{where}/{name}/items")


def members(edition: str) -> Iterator[Any]:
    for name, schema in load_schemas(edition).items():
        for where, member in properties(schema):
            yield pytest.param(member, id=f"{edition}-{name}{where}")


@pytest.mark.parametrize("name", FILES)
def test_file_valid(name: str) -> None:
    schema = read(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == BASE_URI + name


@pytest.mark.parametrize("member", [row for edition in EDITIONS for row in members(edition)])
def test_member_described(member: dict[str, Any]) -> None:
    assert member["type"]
    assert member["description"]
    assert set(member["x-source"]) == {"page", "section"}


def test_definitions_sourced() -> None:
    found = [member for schema in read("definitions.json")["$defs"].values() for _, member in properties(schema)]
    assert found
    assert all(member["x-source"]["section"] for member in found)


@pytest.mark.parametrize("edition", EDITIONS)
def test_no_reference_left(edition: str) -> None:
    assert '"$ref"' not in json.dumps(load_schemas(edition))


def test_editions_on_disk() -> None:
    assert {path.stem for path in Path(schemas_dir() / "editions").glob("*.json")} == set(EDITIONS)


def test_edition_patches_known_schemas() -> None:
    for edition in EDITIONS:
        assert set(read(f"editions/{edition}.json")["x-overlays"]) <= {"definitions", *message_names()}


def test_unknown_edition_refused() -> None:
    with pytest.raises(UsageProblem, match="2019-01"):
        Contract("2019-01")


def test_enumerations_agree() -> None:
    schemas = load_schemas("2026-05")
    rules = schemas["order-request"]["properties"]["distributionRule"]["enum"]
    channels = schemas["order-response"]["properties"]["notificationChannel"]["enum"]
    statuses = schemas["order-status-request"]["properties"]["formOrderStatus"]["enum"]
    codes = schemas["order-status-request"]["properties"]["formOrderStatusErrorCode"]["enum"]
    assert {DistributionRule.parse(rule) for rule in rules} == set(DistributionRule)
    assert rules[:9] == [rule.name for rule in DistributionRule]
    assert channels == [*(channel.wire_name for channel in NotificationChannel), *NotificationChannel]
    assert {FormOrderStatus.parse(status) for status in statuses} == set(FormOrderStatus) - {
        FormOrderStatus.Completed,
        FormOrderStatus.Expired,
    }
    returned = schemas["form-return-request"]["properties"]["formOrderStatus"]["enum"]
    assert {FormOrderStatus.parse(status) for status in returned} == {
        FormOrderStatus.Completed,
        FormOrderStatus.Expired,
    }
    assert codes == [code.wire_name for code in FormOrderStatusErrorCode]


def test_merge_patch_rules() -> None:
    document = {"a": {"b": 1, "c": 2}, "d": 3}
    assert merge_patch(document, {"a": {"b": None, "e": 4}, "d": [5]}) == {"a": {"c": 2, "e": 4}, "d": [5]}
    assert document == {"a": {"b": 1, "c": 2}, "d": 3}


def test_echoed_parameters(contract: Contract) -> None:
    assert contract.echoed_parameters == (
        "formId",
        "nationalId",
        "expiryDate",
        "reminderDate",
        "metadata",
        "dontStoreCompletedFormInPha",
        "distributionRule",
        "mustBeSigned",
        "signingText",
        "physicalAddress",
        "testMode",
        "onBehalfOfNationalId",
    )


def test_parse_spells_names(contract: Contract) -> None:
    body = b'{"FORMID": "x", "PhysicalAddress": {"FULLNAME": "T"}, "Other": 1, "distributionrule": "basic"}'
    assert contract.parse(operation("A"), body) == {
        "formId": "x",
        "physicalAddress": {"fullName": "T"},
        "Other": 1,
        "distributionRule": "Basic",
    }
    assert contract.parse_response(operation("I"), 200, b'{"Success": true}') == {"success": True}


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"no"])
def test_parse_unreadable(body: bytes, contract: Contract) -> None:
    assert contract.parse(operation("A"), body) == {}
    assert contract.parse_response(operation("A"), 200, body) == {}


def test_parse_form(contract: Contract) -> None:
    form = "application/x-www-form-urlencoded; charset=utf-8"
    body = b"FormId=x&testMode=True&physicalAddress=a&physicalAddress.fullName=T"
    assert contract.parse(operation("A"), body, content_type=form) == {
        "formId": "x",
        "testMode": True,
        "physicalAddress": "a",
    }
