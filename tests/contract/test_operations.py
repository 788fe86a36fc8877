"""Which operation a request line stands for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eprom_verify.contract import OPERATIONS, Contract, Party, match, operation


@pytest.mark.parametrize(
    ("method", "path", "base_path", "letter"),
    [
        ("POST", "/api/v2/formorder", "", "A"),
        ("post", "/API/V2/FormOrder/", "", "A"),
        ("POST", "/promswebapi/api/v2/formorder?x=1", "/promswebapi", "A"),
        ("POST", "/PromsWebApi/api/v2/formorder", "promswebapi/", "A"),
        ("PUT", "/services/api/promsformorder", "/Services", "I"),
        ("PUT", "/api/PromsFormOrder/", "/", "I"),
        ("POST", "/webapi/api/v2/messagetocitizen", "/webapi", "B"),
        ("PUT", "/services/api/MessageToCitizen/", "/services", "K"),
        ("POST", "/PromsWebApi/api/v2/getPersonvernInnstilling", "/promswebapi", "F"),
        ("POST", "/api/v2/setpersonverninnstilling", "", "G"),
        ("POST", "/api/v2/get-residents-active-pi-for-definition", "", "H"),
        ("PUT", "/services/api/personverninnstilling/", "/services", "L"),
    ],
)
def test_request_line_matched(method: str, path: str, base_path: str, letter: str) -> None:
    found = match(method, path, base_path)
    assert found is not None
    assert found.letter == letter


@pytest.mark.parametrize(
    ("method", "path", "base_path"),
    [
        ("GET", "/api/v2/formorder", ""),
        ("POST", "/api/v1/formorder", ""),
        ("POST", "/api/MessageToCitizen", ""),
        ("PUT", "/api/v2/MessageToCitizen", ""),
        ("POST", "/api/v2/formorder/1", ""),
        ("POST", "/api/v2/formorder", "/promswebapi"),
        ("POST", "/promswebapiapi/v2/formorder", "/promswebapi"),
        ("POST", "", ""),
    ],
)
def test_other_line_unmatched(method: str, path: str, base_path: str) -> None:
    assert match(method, path, base_path) is None


def test_parameter_in_path() -> None:
    document = replace(operation("A"), letter="E", method="GET", path="/api/ExternalDocument/{signedFormId}")
    assert match("GET", "/api/externaldocument/1", among=[document]) is document
    assert match("GET", "/api/externaldocument/1/2", among=[document]) is None


def test_shared_endpoint_told_apart() -> None:
    path = "/api/PromsFormOrder"
    assert match("PUT", path, members={"formOrderStatus": "Completed"}) is operation("J")
    assert match("PUT", path, members={"formOrderStatus": "Ordered"}) is operation("I")
    assert match("PUT", path) is operation("I")


@pytest.mark.parametrize(
    ("body", "letter"),
    [
        (b'{"formOrderStatus": "Completed"}', "J"),
        (b'{"formOrderStatus": "Expired"}', "J"),
        (b'{"FormOrderStatus": "expired"}', "J"),
        (b'{"formOrderStatus": 0}', "J"),
        (b'{"formOrderStatus": "1"}', "J"),
        (b'{"formOrderStatus": "Ordered"}', "I"),
        (b'{"formOrderStatus": "Error"}', "I"),
        (b'{"formOrderStatus": "PhysicalMailReturned"}', "I"),
        (b'{"formOrderStatus": "DigipostDelivered"}', "I"),
        (b'{"formOrderStatus": 2}', "I"),
        (b'{"formOrderStatus": false}', "I"),
        (b'{"formOrderStatus": ["Completed"]}', "I"),
        (b"{}", "I"),
        (b"[]", "I"),
        (b"", "I"),
    ],
)
def test_body_tells_apart(body: bytes, letter: str, contract: Contract) -> None:
    assert contract.match("PUT", "/base/api/promsformorder", body, "/base") is operation(letter)


def test_body_alone_is_no_operation(contract: Contract) -> None:
    body = b'{"formOrderStatus": "Completed"}'
    assert contract.match("POST", "/api/v2/formorder", body) is operation("A")
    assert contract.match("POST", "/api/PromsFormOrder", body) is None


def test_letters_unique() -> None:
    assert len({row.letter for row in OPERATIONS}) == len(OPERATIONS)
    with pytest.raises(KeyError):
        operation("Z")


def test_answerer_is_other_end() -> None:
    assert operation("A").answerer is Party.EPROM
    assert operation("I").answerer is Party.BESTILLERSYSTEM
    assert operation("J").answerer is Party.BESTILLERSYSTEM


def test_what_may_be_made_twice() -> None:
    """What orders, sends or changes something may never be repeated by itself; three calls do none of it."""
    assert {each.letter for each in OPERATIONS if each.reads} == {"E", "F", "H"}
