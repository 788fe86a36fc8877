"""Orders as ePROM takes and refuses them. Source: BestillingAvSkjemaV2."""

from __future__ import annotations

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from eprom_verify.persons.national_id import broken
from tests.simulator.conftest import KEY, Serve, Served

RAND_12 = "1bc5f9f0-2607-49eb-94f0-6af955bbd79a"
NOT_ON_PAPER = "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e10"
DRAFT = "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e11"
WITHDRAWN = "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e12"
NO_FORM = "11111111-2222-3333-4444-555555555555"

SIGNED_UNDISTRIBUTED = (
    "The ordered form needs to be signed. This is not possible when using DistributionRule = 'NoDistribution'."
)
SIGNED_ON_BEHALF = (
    "The ordered form needs to be signed. This is not possible when the form is ordered on behalf of someone."
)
FH_NUMBER = (
    "nationalId: FH-nummer is not supported as national ID. "
    "The national ID must be either Norsk fødselsnummer or D-nummer."
)
H_NUMBER = (
    "nationalId: H-nummer is not supported as national ID. "
    "The national ID must be either Norsk fødselsnummer or D-nummer."
)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"formId": DRAFT}, "The ordered form is not Published"),
        ({"formId": WITHDRAWN}, "The ordered form is not Published"),
        ({"formId": NO_FORM}, f"No form with id='{NO_FORM}' exists"),
        ({"mustBeSigned": True, "distributionRule": "NoDistribution"}, SIGNED_UNDISTRIBUTED),
        ({"mustBeSigned": True, "distributionRule": 2}, SIGNED_UNDISTRIBUTED),
        ({"mustBeSigned": True, "onBehalfOfNationalId": "representert barn"}, SIGNED_ON_BEHALF),
        (
            {"formId": NOT_ON_PAPER, "distributionRule": "PaperOnly"},
            f"Form with id='{NOT_ON_PAPER}' is not paper enabled",
        ),
        ({"metadata": '{"age": 76'}, "JSON in metadata is not valid: "),
        ({"metadata": "alder 76"}, "JSON in metadata is not valid: "),
        ({"metadata": {"age": 76}}, "JSON in metadata is not valid: "),
        ({"metadata": "[" * 100_000}, "JSON in metadata is not valid: "),
    ],
)
def test_documented_error(served: Served, changes: dict[str, Any], text: str) -> None:
    if "onBehalfOfNationalId" in changes:
        changes = changes | {"onBehalfOfNationalId": served.simulator.population["representert barn"].national_id}
    answer = served.order(**changes)
    assert answer.status_code == 400
    assert answer.json()["Message"].startswith(text) if text.endswith(": ") else answer.json() == {"Message": text}


def test_fh_number(served: Served, fh_number: str) -> None:
    answer = served.order(nationalId=fh_number)
    assert (answer.status_code, answer.json()) == (400, {"Message": FH_NUMBER})


def test_h_number(served: Served, h_number: str) -> None:
    answer = served.order(nationalId=h_number)
    assert (answer.status_code, answer.json()) == (400, {"Message": H_NUMBER})


@pytest.mark.parametrize("rule", ["Basic", "NoDistribution", 0, None])
def test_zero_guid(served: Served, rule: Any) -> None:
    before = len(served.simulator.orders)
    answer = served.order("ikke i registeret", distributionRule=rule, metadata='{"age": 76}')
    assert answer.status_code == 200
    assert answer.json()["id"] == "00000000-0000-0000-0000-000000000000"
    assert answer.json()["singleUseCode"] is None
    assert answer.json()["metadata"] == '{"age": 76}'
    assert answer.json()["distributionRule"] == ("Basic" if rule is None else rule)
    assert len(served.simulator.orders) == before


def test_wrong_control_digit(served: Served) -> None:
    number = broken(served.simulator.population["alle kanaler"].national_id)
    assert served.order(nationalId=number).json()["id"] == "00000000-0000-0000-0000-000000000000"


def test_parameters_echoed(served: Served) -> None:
    sent = served.body(
        "forelder",
        reminderDate="2026-03-20T12:00:00",
        metadata='{"age": 76, "sted": "høyre kne"}',
        dontStoreCompletedFormInPha=True,
        distributionRule="AllowUnsecureOrPaper",
        mustBeSigned=False,
        signingText="Jeg bekrefter «alt» – æøå 🙂",
        physicalAddress={
            "fullName": "Test Testesen",
            "addressLine1": "Testeveien 1",
            "postalCode": "1234",
            "postalPlace": "Testestad",
        },
        testMode=True,
        onBehalfOfNationalId=served.simulator.population["representert barn"].national_id,
    )
    answer = served.post(sent).json()
    assert {name: answer[name] for name in sent} == sent
    assert set(answer) - set(sent) == {"id", "singleUseCode", "loginUrl", "notificationChannel"}


def test_defaults(served: Served) -> None:
    answer = served.order().json()
    assert {name: value for name, value in answer.items() if name not in ("id", "loginUrl")} == {
        **served.body(),
        "reminderDate": None,
        "metadata": None,
        "dontStoreCompletedFormInPha": False,
        "distributionRule": "Basic",
        "mustBeSigned": False,
        "signingText": None,
        "physicalAddress": None,
        "testMode": False,
        "onBehalfOfNationalId": None,
        "singleUseCode": None,
        "notificationChannel": "Helsenorge",
    }


def test_null_means_default(served: Served) -> None:
    optional = ("metadata", "dontStoreCompletedFormInPha", "distributionRule", "mustBeSigned", "testMode")
    answer = served.post(served.body() | dict.fromkeys(optional)).json()
    assert (answer["distributionRule"], answer["mustBeSigned"], answer["testMode"]) == ("Basic", False, False)


@pytest.mark.parametrize(
    ("name", "number", "channel"),
    [
        ("Basic", 0, "None"),
        ("AllowUnsecure", 1, "Unsecure"),
        ("NoDistribution", 2, "None"),
        ("BasicOrPaper", 3, "PhysicalMailbox"),
        ("AllowUnsecureOrPaper", 4, "Unsecure"),
        ("PaperOnly", 5, "PhysicalMailbox"),
        ("HelsenorgeOnly", 6, "None"),
        ("DigitalMailboxOnly", 7, "None"),
        ("UnsecureOnly", 8, "Unsecure"),
    ],
)
def test_rule_spellings(served: Served, name: str, number: int, channel: str) -> None:
    for spelling in (name, name.lower(), name.upper(), number, str(number)):
        answer = served.order("e-post og papir", distributionRule=spelling).json()
        given_back = spelling if isinstance(spelling, int) else name
        assert (answer["notificationChannel"], answer["distributionRule"]) == (channel, given_back)
        assert (answer["singleUseCode"] is not None) == (name == "NoDistribution")


@pytest.mark.parametrize("rule", ["", "Basic ", "BasicOrPost", 9, -1, "9", "-1", True, 1.0, [], {}, "9" * 5000])
def test_unknown_rule(served: Served, rule: Any) -> None:
    answer = served.order(distributionRule=rule)
    assert answer.status_code == 400
    assert "distributionRule" in answer.json()["Message"]


@pytest.mark.parametrize(
    "path",
    [
        "/promswebapi/api/v2/formorder",
        "/promswebapi/api/v2/formorder/",
        "/promswebapi/api/v2/FormOrder",
        "/PROMSWEBAPI/API/V2/FORMORDER/",
        "/PromsWebApi/Api/v2/formOrder?utm=1",
    ],
)
def test_path_in_any_case(served: Served, path: str) -> None:
    assert served.post(served.body(), path=path).status_code == 200


def test_names_in_any_case(served: Served) -> None:
    body = served.body(distributionRule="PaperOnly", mustBeSigned=True)
    for spelled in (str.upper, str.lower, lambda name: name[0].upper() + name[1:]):
        answer = served.post({spelled(name): value for name, value in body.items()}).json()
        assert {name: answer[name] for name in body} == body
        assert answer["notificationChannel"] == "PhysicalMailbox"


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "Basic "])
def test_scheme_in_any_case(served: Served, scheme: str) -> None:
    assert served.post(served.body(), headers={"Authorization": f"{scheme} {KEY}"}).status_code == 200


def test_form_encoded(served: Served) -> None:
    members = served.body("e-post og papir", distributionRule="4", metadata='{"sted": "høyre kne"}')
    members |= {"mustBeSigned": "false", "testMode": "true", "signingText": "", "onBehalfOfNationalId": ""}
    members |= {"physicalAddress[fullName]": "Test Testesen", "physicalAddress[postalCode]": "0123"}
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    answer = served.post(urlencode(members).encode(), headers=headers)
    assert answer.status_code == 200
    seen = answer.json()
    assert (seen["mustBeSigned"], seen["testMode"], seen["signingText"]) == (False, True, None)
    assert seen["physicalAddress"] == {"fullName": "Test Testesen", "postalCode": "0123"}
    assert (seen["metadata"], seen["notificationChannel"]) == ('{"sted": "høyre kne"}', "Unsecure")


def test_form_signed_false(served: Served) -> None:
    members = served.body(distributionRule="NoDistribution", mustBeSigned="False")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert served.post(urlencode(members).encode(), headers=headers).json()["singleUseCode"]


DEEP = 100_000
JUNK = {
    "empty": b"",
    "blank": b" \n",
    "not JSON": b"formId=1",
    "half": b'{"formId": ',
    "array": b"[]",
    "text": b'"abc"',
    "number": b"17",
    "null": b"null",
    "true": b"true",
    "deep array": b"[" * DEEP,
    "deep array, closed": b"[" * DEEP + b"]" * DEEP,
    "deep object": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep member": b'{"physicalAddress":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "rather deep member": b'{"physicalAddress":' + b'{"a":' * 900 + b"1" + b"}" * 901,
    "invalid UTF-8": b'{"formId": "\xff\xfe\xfa"}',
    "UTF-16": '{"formId": "å"}'.encode("utf-16"),
    "NUL": b"\x00" * 100,
    "NaN": b'{"formId": NaN, "reminderDate": Infinity}',
    "too large a number": b'{"formId": 1e999}',
    "too many digits": b'{"formId": ' + b"9" * 10_000 + b"}",
    "empty object": b"{}",
    "other members": b'{"a": 1, "": 2}',
}


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain", ";"])
@pytest.mark.parametrize("junk", JUNK)
def test_junk(served: Served, junk: str, content_type: str) -> None:
    answer = served.post(JUNK[junk], headers={"Content-Type": content_type})
    assert_refused(answer)
    assert served.order().status_code == 200


MEMBERS = (
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
TEXTS = ("reminderDate", "signingText", "onBehalfOfNationalId")
WRONG: dict[str, tuple[Any, ...]] = {
    "number": (17, MEMBERS),
    "decimal": (1.5, MEMBERS),
    "true": (True, ("formId", "nationalId", "expiryDate", "metadata", "distributionRule", "physicalAddress", *TEXTS)),
    "list": ([], MEMBERS),
    "object": ({}, tuple(name for name in MEMBERS if name != "physicalAddress")),
    "address of numbers": ({"fullName": 7, "postalCode": ["1234"]}, MEMBERS),
    "nested": ({"fullName": {"a": {"b": []}}}, MEMBERS),
    "text": ("x", tuple(name for name in MEMBERS if name not in ("nationalId", *TEXTS))),
    "empty text": ("", ("formId", "nationalId", "expiryDate", "distributionRule", "physicalAddress")),
    "null": (None, ("formId", "nationalId", "expiryDate")),
    "half a pair": ("\ud800", MEMBERS),
    "half a pair in an address": ({"fullName": "\udfff"}, MEMBERS),
    "half a pair in a name": ({"\udfff": "x"}, MEMBERS),
    "date as number": (20300101, ("expiryDate",)),
    "no such date": ("2026-02-30T00:00:00", ("expiryDate",)),
}


@pytest.mark.parametrize(("wrong", "name"), [(wrong, name) for wrong, (_, names) in WRONG.items() for name in names])
def test_wrong_type(served: Served, wrong: str, name: str) -> None:
    body = json.dumps(served.body() | {name: WRONG[wrong][0]}).encode()
    answer = served.post(body)
    assert_refused(answer)
    assert name in answer.json()["Message"]


@pytest.mark.parametrize("name", ["formId", "nationalId", "expiryDate"])
def test_missing_member(served: Served, name: str) -> None:
    body = served.body()
    del body[name]
    answer = served.post(body)
    assert_refused(answer)
    assert name in answer.json()["Message"]


@pytest.mark.parametrize("name", ["[", "[::1", "a b", "%zz", "", "]:1"])
def test_strange_host(served: Served, name: str) -> None:
    content = json.dumps(served.body()).encode()
    for method, path in (("POST", "/promswebapi/api/v2/formorder"), ("GET", "/promswebapi/openapi.json")):
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=5)
        headers = {"Authorization": f"Basic {KEY}", "Content-Type": "application/json", "Host": name}
        connection.request(method, path, content if method == "POST" else None, headers)
        assert connection.getresponse().status in (200, 400)
        connection.close()


def test_large_body(served: Served) -> None:
    content = b'{"metadata": "' + b"x" * 50_000_000 + b'"}'
    answer = served.post(content)
    assert answer.status_code == 413
    assert "50000016" in answer.json()["Message"]
    assert served.order().status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/promswebapi/api/formorder",
        "/promswebapi/api/v1/formorder",
        "/promswebapi/api/v2",
        "/promswebapi/api/v2/formorder/1",
        "/promswebapi/api/v2/formorder%00",
        "/api/v2/formorder",
        "/promswebapi/../secret",
        "/nothing",
    ],
)
def test_unknown_path(served: Served, path: str) -> None:
    answer = served.post(served.body(), path=path)
    assert (answer.status_code, answer.json()) == (404, {"Message": "Not Found"})


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_wrong_method(served: Served, method: str) -> None:
    answer = served.http.request(method, f"{served.url}/promswebapi/api/v2/formorder")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert answer.json()["Message"]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic wrong",
        f"Basic {KEY[:-1]}",
        f"Basic {KEY.upper()}",
        f"Bearer {KEY}",
        KEY,
        f"Basic {KEY} {KEY}",
    ],
)
def test_wrong_key(served: Served, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    url = f"{served.url}/promswebapi/api/v2/formorder"
    answer = served.http.post(url, json=served.body() | {"apiKey": KEY}, headers=headers)
    assert answer.status_code == 401
    assert KEY not in answer.text


def test_key_before_body(served: Served) -> None:
    assert served.post(b"[", key="wrong").status_code == 401


def test_many_at_once(serve: Serve) -> None:
    served = serve()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda number: served.order(metadata=f'{{"n": {number}}}').json(), range(200)))
    assert [answer["metadata"] for answer in answers] == [f'{{"n": {number}}}' for number in range(200)]
    assert len({answer["id"] for answer in answers}) == len(served.simulator.orders) == 200


def assert_refused(answer: httpx.Response) -> None:
    assert answer.status_code in (400, 413, 415), answer.text[:300]
    message = answer.json()["Message"]
    assert message
    assert "Traceback" not in message
    assert "Error" not in message
