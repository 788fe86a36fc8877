"""The built-in pair, wired as a run wires it: the driver orders, the simulator answers and calls back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from eprom_verify.checks.pdf import make_pdf
from eprom_verify.config import Config
from eprom_verify.contract.enumerations import (
    DistributionRule,
    FormOrderStatus,
    FormOrderStatusErrorCode,
    NotificationChannel,
    SentStatus,
)
from eprom_verify.contract.letter_documents import Document, main_document
from eprom_verify.contract.privacy_codes import SettingStatus, SettingType
from eprom_verify.drivers.direct import DirectApi
from eprom_verify.drivers.protocol import (
    EmailIntent,
    MessageIntent,
    OrderIntent,
    PrivacyChange,
    PrivacyListing,
    PrivacyQuestion,
    Registered,
    RegisteredMessage,
    RegisteredSetting,
    SmsIntent,
)
from eprom_verify.errors import HarnessProblem
from eprom_verify.rig import HARNESS, Rig
from eprom_verify.simulator.returns import Answer
from eprom_verify.wiring import open_rig


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with open_rig(Config(), tmp_path_factory.mktemp("rig"), seed=5) as opened:
        yield opened


def intent(rig: Rig, case_id: str, persona: str = "alle kanaler", **changes: Any) -> OrderIntent:
    facts: dict[str, Any] = {
        "form_id": rig.form("RAND-12"),
        "national_id": rig.national_id(persona),
        "expiry_date": datetime.now(UTC) + timedelta(days=30),
    }
    return OrderIntent(case_id=case_id, **(facts | changes))


def order_id(rig: Rig, case_id: str, **changes: Any) -> str:
    since = rig.journal.seq
    rig.driver.order_form(intent(rig, case_id, **changes))
    made = rig.journal.wait_for(lambda each: each.operation == "A", timeout_s=5, since=since)
    assert made is not None
    assert made.order_id is not None
    return made.order_id


def test_order_and_status(rig: Rig) -> None:
    made = order_id(rig, "driver 1", persona="bare e-post", distribution_rule=DistributionRule.UnsecureOnly)
    came = rig.journal.wait_for(lambda each: each.operation == "I" and each.order_id == made, timeout_s=5)
    assert came is not None
    assert rig.driver.has_order("driver 1")
    assert rig.driver.registered(made) == (
        Registered(FormOrderStatus.Ordered, NotificationChannel.Unsecure, FormOrderStatusErrorCode.NoError),
    )


def test_everything_passed_on(rig: Rig) -> None:
    since = rig.journal.seq
    order_id(
        rig,
        "driver 2",
        persona="forelder",
        distribution_rule=DistributionRule.PaperOnly,
        metadata={"age": 76},
        signing_text="Jeg bekrefter",
        dont_store_completed_form_in_pha=True,
        physical_address={"fullName": "Test Testesen"},
        on_behalf_of_national_id=rig.national_id("representert barn"),
    )
    sent = next(each for each in rig.journal.exchanges(since=since) if each.operation == "A").request
    assert sent.member("distributionRule") == "PaperOnly"
    assert sent.member("metadata") == '{"age": 76}'
    assert sent.member("signingText") == "Jeg bekrefter"
    assert sent.member("dontStoreCompletedFormInPha") is True
    assert sent.member("physicalAddress") == {"fullName": "Test Testesen"}
    assert sent.member("onBehalfOfNationalId") == rig.national_id("representert barn")


def test_whose_form(rig: Rig) -> None:
    about = rig.national_id("barn uten Helsenorge")
    made = order_id(rig, "driver 4", persona="forelder", on_behalf_of_national_id=about)
    assert rig.driver.patient_of(made) == about
    assert (rig.driver.patients(about), rig.driver.initiated(made)) == (1, ())


def test_begun_by_patient(rig: Rig) -> None:
    assert rig.simulator is not None
    national_id = rig.national_id("ny for bestillersystemet")
    assert rig.driver.patients(national_id) == 0
    order = rig.simulator.initiated.begin(rig.form("skjema som pasienten kan bestille"), national_id)
    rig.in_simulator(rig.simulator.forms.answer(order.id, Answer(data={})))
    assert rig.journal.wait_for(lambda each: each.order_id == order.id and each.done, timeout_s=5) is not None
    [begun] = rig.driver.initiated(order.id)
    assert (begun.national_id, begun.form_id) == (national_id, order.asked["formId"])
    assert begun.ordered_at is not None
    assert abs(begun.ordered_at - order.ordered_at) < timedelta(milliseconds=1)
    assert (rig.driver.patients(national_id), rig.driver.patient_of(order.id)) == (1, national_id)


def test_unknown_to_the_system(rig: Rig) -> None:
    assert rig.driver.patient_of("184738d0-3c39-e611-9c2a-34e6d72e03c7") is None
    assert rig.driver.initiated("184738d0-3c39-e611-9c2a-34e6d72e03c7") == ()
    assert rig.driver.registered("184738d0-3c39-e611-9c2a-34e6d72e03c7") == ()
    assert not rig.driver.has_order("never placed")


def test_refused_is_no_order(rig: Rig) -> None:
    rig.driver.order_form(intent(rig, "driver 3", form_id=rig.form("skjema i kladd")))
    assert not rig.driver.has_order("driver 3")


@pytest.mark.parametrize("letter", ["C", "D"])
def test_message_sent(rig: Rig, letter: str) -> None:
    since, national_id = rig.journal.seq, rig.national_id("e-post og mobil")
    if letter == "C":
        rig.driver.send_sms(SmsIntent(case_id=letter, sms_text="Prøve", national_id=national_id))
    else:
        rig.driver.send_email(
            EmailIntent(case_id=letter, email_title="Prøve", email_text="Prøve", national_id=national_id)
        )
    sent = rig.journal.wait_for(lambda each: each.operation == letter, timeout_s=5, since=since)
    assert sent is not None
    assert (sent.sender, sent.key_matches, sent.violations) == ("bestillersystem", True, ())
    assert rig.driver.message_sent(letter)
    assert not rig.driver.message_sent("never sent")


def test_key_in_header_strays(rig: Rig) -> None:
    """Where the body has the key, the header Authorization must not."""
    body = {"apiKey": rig.direct.api_key, "smsText": "Prøve", "nationalId": rig.national_id("bare mobil")}
    sent = rig.direct.call("POST", "/api/unsecuremessagesms", body)
    assert [each.rule for each in sent.violations] == ["key-place"]
    assert rig.direct.call("POST", "/api/unsecuremessagesms", body, api_key="").violations == ()


def direct_body(rig: Rig, persona: str = "alle kanaler") -> dict[str, Any]:
    number = rig.national_id(persona)
    return {"formId": rig.form("RAND-12"), "nationalId": number, "expiryDate": "2099-01-01T00:00:00"}


def test_direct(rig: Rig) -> None:
    exchange = rig.direct.order(direct_body(rig))
    assert (exchange.status, exchange.sender, exchange.operation) == (200, HARNESS, "A")
    assert exchange.key_matches is True


@pytest.mark.parametrize(("key", "matches"), [("another", False), ("", None)])
def test_direct_other_key(rig: Rig, key: str, matches: bool | None) -> None:
    exchange = rig.direct.order(direct_body(rig), api_key=key)
    assert (exchange.status, exchange.key_matches) == (401, matches)


def test_direct_bytes(rig: Rig) -> None:
    exchange = rig.direct.order(b'{"formId": ')
    assert exchange.status == 400
    assert exchange.request.body == b'{"formId": '


def test_direct_form(rig: Rig) -> None:
    body = f"formId={rig.form('RAND-12')}&nationalId={rig.national_id('bare e-post')}&expiryDate=2099-01-01T00:00:00"
    exchange = rig.direct.order(body.encode(), content_type="application/x-www-form-urlencoded")
    assert exchange.status == 200


def test_signed_document(rig: Rig) -> None:
    made = order_id(rig, "driver 5", must_be_signed=True, signing_text="Jeg bekrefter")
    assert rig.driver.signed_document(made, timeout_s=0) is None
    assert rig.simulator is not None
    rig.in_simulator(rig.simulator.forms.answer(made, Answer(data={"HealthGeneral": 1}, signed=True)))
    [document] = [each for each in rig.simulator.documents.documents.values() if each.order.id == made]
    assert rig.driver.signed_document(made, timeout_s=5) == hashlib.sha256(document.content).hexdigest()
    exchange, content = rig.direct.fetch(f"/api/ExternalDocument/{document.id}")
    assert (exchange.operation, exchange.sender, exchange.status) == ("E", HARNESS, 200)
    assert content == document.content


def test_direct_unreachable(rig: Rig) -> None:
    with httpx.Client(base_url="http://127.0.0.1:9") as http, pytest.raises(HarnessProblem, match="Nådde ikke ePROM"):
        DirectApi(http, rig.journal, api_key="x").order(b"{}")


def letter(rig: Rig, case_id: str, persona: str = "alle kanaler", **changes: Any) -> MessageIntent:
    facts: dict[str, Any] = {
        "national_id": rig.national_id(persona),
        "pdf": make_pdf(case_id),
        "sender_info": {"organisationName": "Registeret", "organisationNr": "000000000"},
        "message_info": {"title": "Brev", "description": "Et brev", "merknad": "Prøve"},
        "notification_priority_list": [NotificationChannel.DigitalMailbox, NotificationChannel.Helsenorge],
    }
    return MessageIntent(case_id=case_id, **(facts | changes))


def test_letter_and_status(rig: Rig) -> None:
    since = rig.journal.seq
    rig.driver.send_message(letter(rig, "brev 1", paper_color_print=True))
    sent = next(each for each in rig.journal.exchanges(since=since) if each.operation == "B")
    assert sent.request.member("notificationPriorityList") == ["DigitalMailbox", "Helsenorge"]
    assert sent.request.member("paperColorPrint") is True
    assert main_document(sent.request.member("documentCollection")) == Document.of(make_pdf("brev 1"))
    came = rig.journal.wait_for(
        lambda each: each.operation == "K" and each.message_id == sent.message_id, timeout_s=5, since=since
    )
    assert came is not None
    assert rig.driver.has_message("brev 1")
    assert rig.driver.message(str(sent.message_id)) == (
        RegisteredMessage(SentStatus.Sent, NotificationChannel.DigitalMailbox),
    )


def test_letter_to_nobody(rig: Rig) -> None:
    rig.driver.send_message(letter(rig, "brev 2", persona="ikke i registeret"))
    assert not rig.driver.has_message("brev 2")
    assert not rig.driver.has_message("never sent")
    assert rig.driver.message("184738d0-3c39-e611-9c2a-34e6d72e03c7") == ()


def test_privacy_settings(rig: Rig) -> None:
    assert rig.simulator is not None
    made = rig.simulator.privacy.store.define(SettingType.Samtykke, "Et samtykke")
    whose: dict[str, Any] = {"case_id": "driver", "national_id": rig.national_id("alle kanaler"), "pvk_id": made.pvk_id}
    active = RegisteredSetting(SettingType.Samtykke, SettingStatus.Aktiv)
    inactive = RegisteredSetting(SettingType.Samtykke, SettingStatus.IkkeAktiv)
    assert rig.driver.privacy_setting(whose["national_id"], made.pvk_id) == ()
    rig.driver.get_privacy_setting(PrivacyQuestion(**whose, type=SettingType.Samtykke))
    assert rig.driver.privacy_setting(whose["national_id"], made.pvk_id) == (inactive,)
    rig.driver.set_privacy_setting(PrivacyChange(**whose, type=SettingType.Samtykke, status=SettingStatus.Aktiv))
    assert rig.driver.privacy_setting(whose["national_id"], made.pvk_id) == (inactive, active)
    rig.driver.list_privacy_settings(PrivacyListing(case_id="driver", pvk_id=made.pvk_id))
    assert rig.driver.privacy_setting(whose["national_id"], made.pvk_id) == (inactive, active)


def test_citizen_changes(rig: Rig) -> None:
    assert rig.simulator is not None
    made = rig.simulator.privacy.store.define(SettingType.Reservasjon, "En reservasjon")
    number = rig.national_id("bare papir")
    since = rig.journal.seq
    rig.in_simulator(rig.simulator.privacy.change(number, made.pvk_id, SettingStatus.Aktiv))
    assert rig.journal.wait_for(lambda each: each.operation == "L", timeout_s=5, since=since) is not None
    assert rig.driver.privacy_setting(number, made.pvk_id) == (
        RegisteredSetting(SettingType.Reservasjon, SettingStatus.Aktiv),
    )
