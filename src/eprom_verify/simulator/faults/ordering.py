"""What can be wrong in the simulator when forms are ordered and returned."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

from eprom_verify.contract.enumerations import DistributionRule as Rule
from eprom_verify.contract.enumerations import FormOrderStatus
from eprom_verify.contract.enumerations import NotificationChannel as Channel
from eprom_verify.exchange import ZERO_GUID
from eprom_verify.persons import Series
from eprom_verify.simulator.behaviour import DOCUMENTED, Behaviour, Body
from eprom_verify.simulator.distribution import Limits
from eprom_verify.simulator.orders import Order

_TEXTS = {
    "not-published": "The ordered form is not Published",
    "no-such-form": "No form with id=",
    "signed-no-distribution": "when using DistributionRule",
    "signed-on-behalf": "on behalf of someone",
    "not-on-paper": "is not paper enabled",
    "metadata": "JSON in metadata is not valid",
    "FH-nummer": "FH-nummer",
    "H-nummer": ": H-nummer",
}


def _tries(rule: Rule, *channels: Channel) -> Behaviour:
    """One rule tries other channels than it should."""
    return replace(DOCUMENTED, tried=lambda asked, tried: channels if asked is rule else tried)


def _callback(change: Callable[[Body, Order], Body]) -> Behaviour:
    return replace(DOCUMENTED, status_callback=change)


def _response(change: Callable[[Body, Order], Body]) -> Behaviour:
    return replace(DOCUMENTED, order_response=change)


def _limits(**changes: int) -> Behaviour:
    return replace(DOCUMENTED, limits=replace(Limits(), **changes))


def _other_text(fragment: str) -> Behaviour:
    """One error text reads otherwise than documented; the status is still 400."""

    def error(status: int, text: str) -> tuple[int, str]:
        return status, "The order could not be made" if fragment in text else text

    return replace(DOCUMENTED, error=error)


def _other_status(fragment: str) -> Behaviour:
    return replace(DOCUMENTED, error=lambda status, text: (500 if fragment in text else status, text))


def _lenient(name: str) -> Behaviour:
    """One thing that should be refused is taken."""
    return replace(DOCUMENTED, lenient_errors=frozenset({name}))


def _swapped_numbers(value: object, rule: Rule) -> Rule:
    swapped = {Rule.BasicOrPaper: Rule.AllowUnsecureOrPaper, Rule.AllowUnsecureOrPaper: Rule.BasicOrPaper}
    return swapped.get(rule, rule) if isinstance(value, int) else rule


def _where(test: Callable[[Order], bool], change: Callable[[Body], Body]) -> Callable[[Body, Order], Body]:
    return lambda body, order: change(body) if test(order) else body


def _with(**members: object) -> Callable[[Body], Body]:
    return lambda body: body | members


def _without(*names: str) -> Callable[[Body], Body]:
    return lambda body: {name: value for name, value in body.items() if name not in names}


def _always(order: Order) -> bool:
    return order is not None


def _unreachable(order: Order) -> bool:
    return order.channel is Channel.NoChannel and order.rule is not Rule.NoDistribution


def _ruled(*rules: Rule) -> Callable[[Order], bool]:
    return lambda order: order.rule in rules


def _other_login(body: Body) -> Body:
    link = str(body["loginUrl"])
    return body | {"loginUrl": link.replace("/formIdp/", "/form/") if "/formIdp/" in link else link}


def _login_without_id(body: Body) -> Body:
    link = body["loginUrl"]
    return body | {"loginUrl": link and str(link).rpartition("/")[0] + "/"}


def _login_not_a_guid(body: Body) -> Body:
    link = body["loginUrl"]
    return body | {"loginUrl": link and str(link).rpartition("/")[0] + "/184738"}


def _later_local(body: Body) -> Body:
    if "timestamp" not in body:
        return body
    return body | {"timestamp": str(body["timestampUtc"]).removesuffix("Z")}


def _in_2001(body: Body) -> Body:
    if "timestamp" not in body:
        return body
    return body | {"timestamp": "2001-01-01T13:00:00.0000000", "timestampUtc": "2001-01-01T12:00:00.0000000Z"}


def _return(change: Callable[[Body], Body], test: Callable[[Order], bool] = _always) -> Behaviour:
    """The return of a form is changed, for some of the orders."""
    return replace(DOCUMENTED, form_return=_where(test, change))


def _reached_on(channel: Channel) -> Callable[[Order], bool]:
    return lambda order: order.channel is channel


def _object_as_data(body: Body) -> Body:
    return body | {"formData": json.loads(body["formData"])} if body["formData"] else body


def _norwegian_dates(body: Body) -> Body:
    if not body["formData"]:
        return body
    return body | {"formData": re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3.\2.\1", body["formData"])}


def _strange_event(body: Body) -> Body:
    log = body.get("formOrderEventLog", [])
    return body | {
        "formOrderEventLog": [*log[:1], *({**each, "eventType": "FormSaved"} for each in log[1:-1]), *log[-1:]]
    }


def _reversed_log(body: Body) -> Body:
    return body | {"formOrderEventLog": body.get("formOrderEventLog", [])[::-1]}


def _always_self(body: Body) -> Body:
    told = body.get("filledOutBy", {"filledOutByActNationalId": None})
    return body | {"filledOutBy": told | {"filledOutByActType": "SegSelv"}}


HELSENORGE, MAILBOX, UNSECURE, PAPER = (
    Channel.Helsenorge,
    Channel.DigitalMailbox,
    Channel.Unsecure,
    Channel.PhysicalMailbox,
)

FAULTS: dict[str, Behaviour] = {
    "rule-basic-mailbox-first": _tries(Rule.Basic, MAILBOX, HELSENORGE),
    "rule-basic-like-allow-unsecure": _tries(Rule.Basic, HELSENORGE, MAILBOX, UNSECURE),
    "rule-allow-unsecure-like-basic": _tries(Rule.AllowUnsecure, HELSENORGE, MAILBOX),
    "rule-no-distribution-notifies": _tries(Rule.NoDistribution, HELSENORGE, MAILBOX),
    "rule-basic-or-paper-like-basic": _tries(Rule.BasicOrPaper, HELSENORGE, MAILBOX),
    "rule-allow-unsecure-or-paper-paper-first": _tries(Rule.AllowUnsecureOrPaper, HELSENORGE, MAILBOX, PAPER, UNSECURE),
    "rule-paper-only-tries-mailbox": _tries(Rule.PaperOnly, MAILBOX, PAPER),
    "rule-helsenorge-only-falls-back": _tries(Rule.HelsenorgeOnly, HELSENORGE, MAILBOX),
    "rule-helsenorge-only-uses-paper": _tries(Rule.HelsenorgeOnly, HELSENORGE, PAPER),
    "rule-digital-mailbox-only-uses-paper": _tries(Rule.DigitalMailboxOnly, MAILBOX, PAPER),
    "rule-digital-mailbox-only-helsenorge-first": _tries(Rule.DigitalMailboxOnly, HELSENORGE, MAILBOX),
    "rule-unsecure-only-tries-mailbox": _tries(Rule.UnsecureOnly, MAILBOX, UNSECURE),
    "rule-unsecure-only-falls-back": _tries(Rule.UnsecureOnly, UNSECURE, PAPER),
    "rule-numbers-swapped": replace(DOCUMENTED, rule=_swapped_numbers),
    "rule-missing-means-allow-unsecure": replace(DOCUMENTED, default_rule=Rule.AllowUnsecure),
    "age-helsenorge-ignored": _limits(helsenorge_age=0),
    "age-helsenorge-18": _limits(helsenorge_age=18),
    "age-mailbox-ignored": _limits(mailbox_age=0),
    "age-unsecure-ignored": _limits(unsecure_age=0),
    "age-unsecure-18": _limits(unsecure_age=18),
    "old-contact-accepted": _limits(contact_months=36),
    "consent-ignored": replace(DOCUMENTED, ignores=frozenset({"consent"})),
    "confirmation-ignored": replace(DOCUMENTED, ignores=frozenset({"confirmation"})),
    "contact-reservation-ignored": replace(DOCUMENTED, ignores=frozenset({"contact reservation"})),
    "reservation-ignored": replace(DOCUMENTED, ignores=frozenset({"research"})),
    "reservation-stops-everybody": replace(DOCUMENTED, research=True),
    "deceased-notified": replace(DOCUMENTED, ignores=frozenset({"deceased"})),
    "d-number-unknown": replace(DOCUMENTED, unknown_d_numbers=frozenset(Series)),
    "status-missing": replace(DOCUMENTED, forgets=_ruled(Rule.PaperOnly)),
    "status-twice": replace(DOCUMENTED, copies=2),
    "status-for-unknown-order": _callback(
        _where(_ruled(Rule.UnsecureOnly), lambda body: body | {"formOrderId": str(uuid4())})
    ),
    "status-stray": replace(DOCUMENTED, stray=True),
    "status-no-distribution-names-channel": _callback(
        _where(_ruled(Rule.NoDistribution), _with(notificationChannel=1))
    ),
    "status-no-distribution-is-error": _callback(
        _where(
            _ruled(Rule.NoDistribution), _with(formOrderStatus="Error", formOrderStatusErrorCode="PatientUnreachable")
        )
    ),
    "status-other-edition": replace(DOCUMENTED, edition_swapped=True),
    "status-other-key": replace(DOCUMENTED, callback_key=lambda key: key[::-1]),
    "status-unreachable-as-ordered": _callback(
        _where(_unreachable, _with(formOrderStatus="Ordered", formOrderStatusErrorCode="None"))
    ),
    "status-unreachable-without-code": _callback(_where(_unreachable, _with(formOrderStatusErrorCode="None"))),
    "status-timestamps-disagree": _callback(_where(_always, _later_local)),
    "status-timestamps-old": _callback(_where(_always, _in_2001)),
    "status-error-though-notified": _callback(
        _where(_ruled(Rule.PaperOnly), _with(formOrderStatus="Error", formOrderStatusErrorCode="PatientUnreachable"))
    ),
    "status-contradicted": replace(DOCUMENTED, contradicts=_ruled(Rule.DigitalMailboxOnly)),
    "status-without-timestamps": _callback(_where(_always, _without("timestamp", "timestampUtc"))),
    "response-without-login-url": _response(_where(_always, _without("loginUrl"))),
    "response-login-without-id": _response(_where(_always, _login_without_id)),
    "response-login-not-a-guid": _response(_where(_always, _login_not_a_guid)),
    "response-other-login": _response(_where(_always, _other_login)),
    "response-code-always": _response(_where(_always, _with(singleUseCode="ABCD2345"))),
    "response-code-never": _response(_where(_always, _with(singleUseCode=None))),
    "response-metadata-lost": _response(_where(_always, _with(metadata=None))),
    "response-prefers-other-channel": _response(
        _where(_ruled(Rule.PaperOnly), _with(notificationChannel="DigitalMailbox"))
    ),
    "return-missing": replace(DOCUMENTED, forgets_return=_reached_on(UNSECURE)),
    "return-data-as-object": _return(_object_as_data, _reached_on(UNSECURE)),
    "return-other-key": _return(_with(apiKey="en-annen-noekkel"), _reached_on(UNSECURE)),
    "return-other-channel": _return(_with(notificationChannel="Unsecure"), _reached_on(HELSENORGE)),
    "return-dates-norwegian": _return(_norwegian_dates, _reached_on(PAPER)),
    "return-scan-never": _return(_with(scannedPaperId=ZERO_GUID)),
    "return-scan-always": _return(_with(scannedPaperId="184738d0-3c39-e611-9c2a-34e6d72e03c7")),
    "return-log-missing": _return(_without("formOrderEventLog")),
    "return-log-unknown-event": _return(_strange_event),
    "return-log-reversed": _return(_reversed_log),
    "return-warnings-lost": _return(_with(formDataWarnings=[])),
    "return-filled-out-by-lost": _return(_without("filledOutBy")),
    "return-filled-out-by-always": _return(_always_self),
    "return-expiry-missing": replace(DOCUMENTED, forgets_return=lambda order: order.status is FormOrderStatus.Expired),
    "return-of-test-order": replace(DOCUMENTED, returns_test_mode=True),
    "zero-guid-not-sent": replace(DOCUMENTED, unknown_person="refused"),
    "zero-guid-replaced": replace(DOCUMENTED, unknown_person="ordered"),
    "unknown-key-accepted": replace(DOCUMENTED, accepts_any_key=True),
    "order-fails": replace(DOCUMENTED, error_for=_ruled(Rule.AllowUnsecure)),
    "address-refused": replace(DOCUMENTED, refuses="physicalAddress"),
    "signing-refused": replace(DOCUMENTED, refuses="signingText"),
    **{f"error-text-{name}": _other_text(fragment) for name, fragment in _TEXTS.items()},
    **{f"error-missing-{name}": _lenient(name) for name in _TEXTS},
    "error-status-500": _other_status(_TEXTS["no-such-form"]),
}
