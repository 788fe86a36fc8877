"""What ePROM does with an order: reads it, refuses it with a documented text, or makes it.

Source: BestillingAvSkjemaV2, sections Parametere - Inn, Parametere - Ut and Feilsituasjoner.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from eprom_verify.contract.enumerations import (
    DistributionRule,
    FormOrderStatus,
    FormOrderStatusErrorCode,
    NotificationChannel,
)
from eprom_verify.exchange import ZERO_GUID
from eprom_verify.persons import NationalIdKind, Persona, Population, classify
from eprom_verify.simulator.behaviour import Behaviour
from eprom_verify.simulator.distribution import CHANNELS, PAPER, Reach, first_channel
from eprom_verify.simulator.forms import Form, FormStatus
from eprom_verify.simulator.on_behalf import Addressee, Party, addressee
from eprom_verify.simulator.orders import Bestillersystem, Order
from eprom_verify.simulator.wire import Refused

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
_REQUIRED = ("formId", "nationalId", "expiryDate")
_TEXTS = ("reminderDate", "signingText", "onBehalfOfNationalId")
_SWITCHES = ("dontStoreCompletedFormInPha", "mustBeSigned", "testMode")
NORWAY = ZoneInfo("Europe/Oslo")


def read_order(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The order with its members' documented names (ASP.NET takes any case), their types and their defaults.

    The rule and the metadata are left as they came: what is wrong with them is for the desk to say.

    Raises:
        Refused: a member is missing or of another type; what ePROM itself says then is not documented.
    """
    by_name = {name.casefold(): value for name, value in sent.items()}
    asked = {name: by_name.get(name.casefold()) for name in MEMBERS}
    for name in (*_REQUIRED, *_TEXTS):
        _text(asked[name], name, required=name in _REQUIRED)
    for name in _SWITCHES:
        asked[name] = _switch(asked[name], name)
    address = asked["physicalAddress"]
    if address is not None and not isinstance(address, dict):
        raise Refused("physicalAddress must be an object")
    for name, value in (address or {}).items():
        _whole(name, "a name in physicalAddress")
        _text(value, f"physicalAddress.{name}")
    _whole(asked["metadata"], "metadata")
    return asked


class Desk:
    """Takes orders; knows the forms, the people and the day."""

    def __init__(self, *, forms: Mapping[str, Form], population: Population, login_base: str, edition: str) -> None:
        self._forms = forms
        self._population = population
        self._login_base = login_base
        self._edition = edition

    def take(
        self, asked: dict[str, Any], system: Bestillersystem, behaviour: Behaviour, *, now: datetime
    ) -> tuple[Order, NotificationChannel] | None:
        """Make the order and find the channel that will reach the patient; None when nobody has that national id.

        Raises:
            Refused: the order is one that the documentation refuses, or cannot be read.
        """
        form, rule = self._read(asked, behaviour)
        self._refuse(asked, form, rule, behaviour)
        person = self._person(asked["nationalId"], behaviour)
        if person is None and behaviour.unknown_person == "refused":
            raise Refused("nationalId does not exist")
        if person is None and behaviour.unknown_person == "zero-guid":
            return None
        today = now.astimezone(NORWAY).date()
        to = self._addressee(asked, person, behaviour.tried(rule, CHANNELS[rule]), form, system, behaviour, today)
        channel = to.channel
        order_id = str(uuid4())
        kind = "form" if channel is NotificationChannel.Helsenorge else "formIdp"
        order = Order(
            id=order_id,
            system=system,
            rule=rule,
            asked=asked,
            ordered_at=now,
            preferred=channel,
            single_use_code=_code() if rule is DistributionRule.NoDistribution else None,
            login_url=f"{self._login_base}/proms/{kind}/{order_id}",
            recipient=to.person,
            on_behalf_of=to.on_behalf_of,
        )
        if behaviour.error_for(order):
            raise Refused("An unexpected error occurred", 500)
        return order, channel

    def _read(self, asked: dict[str, Any], behaviour: Behaviour) -> tuple[Form, DistributionRule]:
        form_id = _guid(asked["formId"], "formId")
        _date_time(asked["expiryDate"], "expiryDate")
        try:
            sent = asked["distributionRule"]
            rule = behaviour.default_rule if sent is None else behaviour.rule(sent, DistributionRule.parse(sent))
        except ValueError as exc:
            raise Refused("distributionRule is not one of the documented names or numbers") from exc
        form = self._forms.get(form_id)
        if form is None and "no-such-form" in behaviour.lenient_errors:
            form = Form(form_id, "")
        if form is None:
            raise Refused(f"No form with id='{asked['formId']}' exists")
        return form, rule

    def _refuse(self, asked: dict[str, Any], form: Form, rule: DistributionRule, behaviour: Behaviour) -> None:
        for fault, text in _refusals(asked, form, rule):
            if fault not in behaviour.lenient_errors:
                raise Refused(text)
        if behaviour.refuses and asked[behaviour.refuses]:
            raise Refused(f"{behaviour.refuses} is not supported")

    def _person(self, national_id: str, behaviour: Behaviour) -> Persona | None:
        person = self._population.by_national_id(national_id)
        if person is None or not person.in_registry:
            return None
        number = classify(national_id)
        unknown = number.is_d_number and number.series in behaviour.unknown_d_numbers
        return None if unknown else person

    def _addressee(
        self,
        asked: dict[str, Any],
        person: Persona | None,
        tried: Sequence[NotificationChannel],
        form: Form,
        system: Bestillersystem,
        behaviour: Behaviour,
        today: date,
    ) -> Addressee:
        """Who gets the form. That it is as without `onBehalfOfNationalId` when that is nobody's number, or the
        receiver's own, is not documented."""
        if person is None:
            return Addressee(None, NotificationChannel.NoChannel)
        research = system.research or behaviour.research

        def party(each: Persona) -> Party:
            # The order's own address goes before the registered one, so none need be registered.
            address = asked["physicalAddress"] if each is person and not behaviour.ignores_order_address else None
            reached = reached_with(form, each, behaviour, research=research, today=today, address=address)
            return Party(person=each, reached=reached)

        about = self._person(asked["onBehalfOfNationalId"] or "", behaviour)
        if about is None or about is person:
            return Addressee(person, first_channel(tried, party(person).reached))
        return addressee(party(person), party(about), tried, edition=self._edition, behaviour=behaviour.on_behalf)


def reached_with(
    form: Form, person: Persona, behaviour: Behaviour, *, research: bool, today: date, address: object = None
) -> frozenset[NotificationChannel]:
    """The channels on which this form reaches a person; `address` is one to send paper to, if any."""
    reach = Reach(today=today, limits=behaviour.limits, ignores=behaviour.ignores)
    reached = reach.channels(person, research=research)
    if address and not person.deceased:
        reached |= {PAPER}
    return reached if form.paper_enabled else reached - {PAPER}


def order_response(order: Order) -> dict[str, Any]:
    """The answer to an order. Source: BestillingAvSkjemaV2, section Parametere - Ut."""
    return order.asked | {
        "distributionRule": _given_back(order.asked["distributionRule"], order.rule),
        "id": order.id,
        "singleUseCode": order.single_use_code,
        "loginUrl": order.login_url,
        "notificationChannel": order.preferred.wire_name,
    }


def no_order_response(asked: dict[str, Any]) -> dict[str, Any]:
    """The answer when the national id does not exist: the zero GUID. What else it holds is not documented."""
    sent = asked["distributionRule"]
    rule = DistributionRule.Basic if sent is None else DistributionRule.parse(sent)
    return (
        asked
        | {"distributionRule": _given_back(sent, rule)}
        | {"id": ZERO_GUID, "singleUseCode": None, "loginUrl": None, "notificationChannel": "None"}
    )


def _given_back(sent: object, rule: DistributionRule) -> object:
    """The rule as it was sent, when it was sent as documented; else its name."""
    return sent if sent == rule.name or (isinstance(sent, int) and sent == rule) else rule.name


def status_callback(order: Order, edition: str) -> dict[str, Any]:
    """The status of an order. Source: BestillingAvSkjemaV2, section Mottak av status for bestillingen."""
    channel = order.channel or NotificationChannel.NoChannel
    body: dict[str, Any] = {
        "apiKey": order.system.api_key,
        "formOrderId": order.id,
        "notificationChannel": channel.wire_name if edition == "2023-10" else int(channel),
    }
    # The page's example of an Error carries no timestamps.
    if order.status is FormOrderStatus.Error:
        return body | {"formOrderStatus": "Error", "formOrderStatusErrorCode": "PatientUnreachable"}
    local = order.ordered_at.astimezone(NORWAY).replace(tzinfo=None)
    return body | {
        "timestamp": f"{local.isoformat(timespec='microseconds')}0",
        "timestampUtc": f"{order.ordered_at.replace(tzinfo=None).isoformat(timespec='microseconds')}0Z",
        "formOrderStatus": "Ordered",
        "formOrderStatusErrorCode": FormOrderStatusErrorCode.NoError.wire_name,
    }


def _refusals(asked: dict[str, Any], form: Form, rule: DistributionRule) -> list[tuple[str, str]]:
    """The documented refusals that fit this order, each with a short name."""
    found = []
    if form.status is not FormStatus.PUBLISERT:
        found.append(("not-published", "The ordered form is not Published"))
    signed = "The ordered form needs to be signed. This is not possible when "
    if asked["mustBeSigned"] and rule is DistributionRule.NoDistribution:
        found.append(("signed-no-distribution", signed + "using DistributionRule = 'NoDistribution'."))
    if asked["mustBeSigned"] and asked["onBehalfOfNationalId"]:
        found.append(("signed-on-behalf", signed + "the form is ordered on behalf of someone."))
    # Documented without saying for which rules: only one that must use paper leaves no doubt.
    if rule is DistributionRule.PaperOnly and not form.paper_enabled:
        found.append(("not-on-paper", f"Form with id='{asked['formId']}' is not paper enabled"))
    problem = _metadata_problem(asked["metadata"])
    if problem:
        found.append(("metadata", f"JSON in metadata is not valid: {problem}"))
    kind = classify(asked["nationalId"]).kind
    for refused, name in ((NationalIdKind.FH_NUMMER, "FH-nummer"), (NationalIdKind.H_NUMMER, "H-nummer")):
        if kind is refused:
            text = (
                f"nationalId: {name} is not supported as national ID. "
                "The national ID must be either Norsk fødselsnummer or D-nummer."
            )
            found.append((name, text))
    return found


def _metadata_problem(metadata: object) -> str | None:
    if metadata is None:
        return None
    if not isinstance(metadata, str):
        return "metadata must be a string that holds a JSON object"
    if not metadata.strip():
        return None
    try:
        parsed = json.loads(metadata)
    except ValueError as exc:
        return str(exc)
    except RecursionError:
        return "nested too deep"
    return None if isinstance(parsed, dict) else "the JSON text is not an object"


def _text(value: object, name: str, *, required: bool = False) -> None:
    if value is None and not required:
        return
    if not isinstance(value, str) or (required and not value):
        raise Refused(f"{name} is required, and must be a string" if required else f"{name} must be a string")
    _whole(value, name)


def _whole(value: object, name: str) -> None:
    """JSON can escape half a surrogate pair, which no answer could then repeat."""
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise Refused(f"{name} holds half a surrogate pair, which is not text")


def _switch(value: object, name: str) -> bool:
    """A member that is true or false; ASP.NET also reads those words as a text, as in a posted form."""
    if isinstance(value, str) and value.casefold() in ("true", "false"):
        return value.casefold() == "true"
    if value is not None and not isinstance(value, bool):
        raise Refused(f"{name} must be true or false")
    return value is True


def _guid(value: str, name: str) -> str:
    try:
        return str(UUID(value))
    except ValueError as exc:
        raise Refused(f"{name} is not a GUID") from exc


def _date_time(value: str, name: str) -> None:
    try:
        datetime.fromisoformat(value)
    except ValueError as exc:
        raise Refused(f"{name} is not a date and time") from exc


def _code() -> str:
    return "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(8))
