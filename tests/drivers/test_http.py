"""The driver over a test hook, against a hook on a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from eprom_verify.contract.enumerations import (
    DistributionRule,
    FormOrderStatus,
    FormOrderStatusErrorCode,
    NotificationChannel,
    SentStatus,
)
from eprom_verify.contract.privacy_codes import SettingStatus, SettingType
from eprom_verify.drivers.http import ACTS, ASKED, HttpDriver
from eprom_verify.drivers.protocol import (
    EmailIntent,
    MessageIntent,
    OrderIntent,
    PrivacyChange,
    PrivacyListing,
    PrivacyQuestion,
    Registered,
    RegisteredInitiated,
    RegisteredMessage,
    RegisteredSetting,
    SmsIntent,
)
from eprom_verify.errors import HarnessProblem, NotTold, Unverified
from eprom_verify.serving import Host

NATIONAL_ID = "26670271527"
EXPIRES = datetime(2026, 12, 24, 12, 0, tzinfo=UTC)
ORDER = OrderIntent(case_id="sak", form_id="f", national_id=NATIONAL_ID, expiry_date=EXPIRES)


@dataclass
class Hook:
    """A hook that answers as it is told, and remembers what it was asked."""

    answers: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    asked: list[tuple[str, str, Any]] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        path = request.url.path.removeprefix("/hook/")
        body = await request.json() if request.method == "POST" else request.headers.get("authorization")
        self.asked.append((request.method, path, body))
        found = self.answers.get(path, 404 if request.method == "GET" else self.status)
        if isinstance(found, int):
            return PlainTextResponse("testkroken sier fra", found)
        return JSONResponse(found) if isinstance(found, dict | list) else PlainTextResponse(found)


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host() as running:
        yield running


@pytest.fixture
def hook(host: Host) -> Hook:
    return Hook(answers={"capabilities": {"capabilities": [*ACTS, *ASKED]}})


@pytest.fixture
def driver(host: Host, hook: Hook) -> Iterator[HttpDriver]:
    app = Starlette(routes=[Route("/hook/{rest:path}", hook.answer, methods=["GET", "POST"])])
    http = httpx.Client(
        base_url=f"http://127.0.0.1:{host.serve(app)}/hook", headers={"Authorization": "Bearer token"}, timeout=5
    )
    made = HttpDriver(http)
    yield made
    made.close()


def test_order_as_the_documentation_says(driver: HttpDriver, hook: Hook) -> None:
    driver.order_form(
        OrderIntent(
            case_id="sak 1",
            form_id="et skjema",
            national_id=NATIONAL_ID,
            expiry_date=EXPIRES,
            distribution_rule=DistributionRule.BasicOrPaper,
            metadata={"sted": "høyre kne"},
            must_be_signed=True,
            signing_text="Jeg samtykker",
        )
    )
    assert hook.asked[-1] == (
        "POST",
        "order-form",
        {
            "caseId": "sak 1",
            "formId": "et skjema",
            "nationalId": NATIONAL_ID,
            "expiryDate": "2026-12-24T12:00:00+00:00",
            "metadata": {"sted": "høyre kne"},
            "distributionRule": "BasicOrPaper",
            "mustBeSigned": True,
            "signingText": "Jeg samtykker",
            "dontStoreCompletedFormInPha": False,
            "physicalAddress": None,
            "onBehalfOfNationalId": None,
        },
    )
    assert hook.asked[0] == ("GET", "capabilities", "Bearer token")


QUESTION = PrivacyQuestion(case_id="sak", national_id=NATIONAL_ID, pvk_id="pvk", type=SettingType.Samtykke)
ALREADY = {"caseId": "sak", "nationalId": NATIONAL_ID, "pvkId": "pvk", "type": "Samtykke"}
ACTED: list[tuple[str, Callable[[HttpDriver], None], dict[str, Any]]] = [
    (
        "send-message",
        lambda driver: driver.send_message(
            MessageIntent(
                case_id="sak",
                national_id=NATIONAL_ID,
                pdf=b"%PDF",
                sender_info={"a": "b"},
                message_info={"c": "d"},
                notification_priority_list=[NotificationChannel.Helsenorge, NotificationChannel.PhysicalMailbox],
            )
        ),
        {
            "caseId": "sak",
            "nationalId": NATIONAL_ID,
            "pdf": "JVBERg==",
            "senderInfo": {"a": "b"},
            "messageInfo": {"c": "d"},
            "notificationPriorityList": ["Helsenorge", "PhysicalMailbox"],
            "paperColorPrint": False,
        },
    ),
    (
        "send-sms",
        lambda driver: driver.send_sms(SmsIntent(case_id="sak", sms_text="hei", national_id=NATIONAL_ID)),
        {"caseId": "sak", "smsText": "hei", "nationalId": NATIONAL_ID, "phoneNumber": None},
    ),
    (
        "send-email",
        lambda driver: driver.send_email(
            EmailIntent(case_id="sak", email_title="t", email_text="hei", email_address="a@eksempel.invalid")
        ),
        {
            "caseId": "sak",
            "emailTitle": "t",
            "emailText": "hei",
            "nationalId": None,
            "emailAddress": "a@eksempel.invalid",
        },
    ),
    ("get-privacy-setting", lambda driver: driver.get_privacy_setting(QUESTION), ALREADY),
    (
        "set-privacy-setting",
        lambda driver: driver.set_privacy_setting(
            PrivacyChange(
                case_id="sak",
                national_id=NATIONAL_ID,
                pvk_id="pvk",
                type=SettingType.Samtykke,
                status=SettingStatus.IkkeAktiv,
            )
        ),
        ALREADY | {"status": "IkkeAktiv"},
    ),
    (
        "list-privacy-settings",
        lambda driver: driver.list_privacy_settings(PrivacyListing(case_id="sak", pvk_id="pvk")),
        {"caseId": "sak", "pvkId": "pvk"},
    ),
]


@pytest.mark.parametrize(("name", "act", "body"), ACTED, ids=[each[0] for each in ACTED])
def test_other_acts(
    name: str, act: Callable[[HttpDriver], None], body: dict[str, Any], driver: HttpDriver, hook: Hook
) -> None:
    act(driver)
    assert hook.asked[-1] == ("POST", name, body)


@pytest.mark.parametrize("status", [404, 501])
def test_does_not_act(status: int, driver: HttpDriver, hook: Hook) -> None:
    """What the hook does not do is never passed over in silence."""
    hook.status = status
    with pytest.raises(Unverified, match=r"order-form.*\[profil\]"):
        driver.order_form(ORDER)


def test_not_among_capabilities(driver: HttpDriver, hook: Hook) -> None:
    hook.answers["capabilities"] = {"capabilities": ["orders"]}
    with pytest.raises(Unverified, match="order-form"):
        driver.order_form(ORDER)
    assert [each for each in hook.asked if each[0] == "POST"] == []


@pytest.mark.parametrize("status", [400, 401, 500])
def test_hook_in_disorder(status: int, driver: HttpDriver, hook: Hook) -> None:
    hook.status = status
    with pytest.raises(HarnessProblem, match=f"svarte {status} på order-form"):
        driver.order_form(ORDER)


def test_nobody_there() -> None:
    driver = HttpDriver(httpx.Client(base_url="http://127.0.0.1:9/hook", timeout=2))
    with pytest.raises(HarnessProblem, match="hook_url"):
        driver.order_form(ORDER)


TOLD: list[tuple[str, str, Any, Callable[[HttpDriver], Any], Any, Any]] = [
    (
        "statuses by name and by number",
        "orders/o",
        {
            "statuses": [
                {"status": "Ordered", "notificationChannel": "Helsenorge", "errorCode": None},
                {"status": 0, "notificationChannel": "1", "errorCode": "None", "answers": {"a": 1}},
            ]
        },
        lambda driver: driver.registered("o"),
        (
            Registered(FormOrderStatus.Ordered, NotificationChannel.Helsenorge, FormOrderStatusErrorCode.NoError),
            Registered(
                FormOrderStatus.Completed, NotificationChannel.Helsenorge, FormOrderStatusErrorCode.NoError, {"a": 1}
            ),
        ),
        (),
    ),
    ("patient", "orders/o", {"nationalId": "1"}, lambda driver: driver.patient_of("o"), "1", None),
    (
        "begun by the patient",
        "orders/o",
        {"patientInitiated": {"nationalId": "1", "formId": "F", "orderedAt": "2026-01-02T03:04:05Z"}},
        lambda driver: driver.initiated("o"),
        (RegisteredInitiated("1", "f", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),),
        (),
    ),
    (
        "document",
        "orders/o",
        {"signedDocumentSha256": "ABC"},
        lambda driver: driver.signed_document("o", timeout_s=0),
        "abc",
        None,
    ),
    ("order made", "cases/c", {"accepted": True}, lambda driver: driver.has_order("c"), True, False),
    ("letter taken", "cases/c", {"accepted": True}, lambda driver: driver.has_message("c"), True, False),
    ("message sent", "cases/c", {"accepted": True}, lambda driver: driver.message_sent("c"), True, False),
    (
        "letter",
        "messages/m",
        {"statuses": [{"status": "Sent", "notificationChannel": 4}]},
        lambda driver: driver.message("m"),
        (RegisteredMessage(SentStatus.Sent, NotificationChannel.PhysicalMailbox),),
        (),
    ),
    ("patients", "patients/1", {"count": 2}, lambda driver: driver.patients("1"), 2, 0),
    (
        "settings",
        "privacy-settings/1/p",
        {"settings": [{"type": 0, "status": "Aktiv"}]},
        lambda driver: driver.privacy_setting("1", "p"),
        (RegisteredSetting(SettingType.Reservasjon, SettingStatus.Aktiv),),
        (),
    ),
]
IDS = [each[0] for each in TOLD]


@pytest.mark.parametrize(("what", "path", "answer", "ask", "known", "unknown"), TOLD, ids=IDS)
def test_told(
    what: str,
    path: str,
    answer: Any,
    ask: Callable[[HttpDriver], Any],
    known: Any,
    unknown: Any,
    driver: HttpDriver,
    hook: Hook,
) -> None:
    assert ask(driver) == unknown
    hook.answers[path] = answer
    assert ask(driver) == known


@pytest.mark.parametrize(("what", "path", "answer", "ask", "known", "unknown"), TOLD, ids=IDS)
def test_404_without_capabilities(
    what: str,
    path: str,
    answer: Any,
    ask: Callable[[HttpDriver], Any],
    known: Any,
    unknown: Any,
    driver: HttpDriver,
    hook: Hook,
) -> None:
    """Where it is not known whether the address exists, 404 says nothing until it has answered once."""
    del hook.answers["capabilities"]
    with pytest.raises(NotTold, match="404"):
        ask(driver)
    hook.answers[path] = answer
    assert ask(driver) == known
    del hook.answers[path]
    assert ask(driver) == unknown


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ("<html>", "noe annet på orders .*: svaret er ikke JSON"),
        ([], "noe annet på orders .*: svaret er en liste, ikke et objekt"),
        ({}, "noe annet på orders .*: feltet statuses mangler"),
        ({"statuses": [{"status": "Bestilt"}]}, "noe annet på orders .*'Bestilt'"),
        ({"statuses": ["Ordered"]}, "noe annet på orders .*: en verdi er av et annet slag"),
        (500, "svarte 500 på orders"),
    ],
    ids=["html", "list", "empty", "unknown status", "no objects", "error"],
)
def test_strange_answer(answer: Any, complaint: str, driver: HttpDriver, hook: Hook) -> None:
    """What the hook itself does wrong is never the integration's fault."""
    hook.answers["orders/o"] = answer
    with pytest.raises(HarnessProblem, match=complaint) as told:
        driver.registered("o")
    assert "Error" not in str(told.value)


@pytest.mark.parametrize("answer", ["order-form", {"capabilities": "alle"}, {"capabilities": ["ordre"]}, 500])
def test_strange_capabilities(answer: Any, driver: HttpDriver, hook: Hook) -> None:
    hook.answers["capabilities"] = answer
    with pytest.raises(HarnessProblem, match="capabilities"):
        driver.order_form(ORDER)


def test_ids_are_escaped(driver: HttpDriver, hook: Hook) -> None:
    driver.patients("1/../../x?y")
    assert hook.asked[-1][1] == "patients/1/../../x%3Fy"
