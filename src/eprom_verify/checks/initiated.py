"""What must hold of a form that the patient orders: who may, what comes back, and what the bestillersystem makes of it.

Source of every check here: PasientinitiertBestillingAvSkjema, unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import httpx

from eprom_verify.checks import returning
from eprom_verify.checks.blame import broken
from eprom_verify.checks.case import EPROM, RETURN, SYSTEM, Case
from eprom_verify.checks.patience import patient
from eprom_verify.checks.statuses import CLOCKS_APART_S, key_is_right
from eprom_verify.checks.words import as_json, beginning, how_often
from eprom_verify.contract.enumerations import FormOrderStatus, NotificationChannel
from eprom_verify.errors import ContractBroken, HarnessProblem, Unverified
from eprom_verify.exchange import PATIENT, Exchange
from eprom_verify.journal.recorder import Recorder
from eprom_verify.journal.recording import RecordedTransport
from eprom_verify.persons import NationalIdGuard
from eprom_verify.rig import NORWAY
from eprom_verify.simulator.citizen_routes import PUBLIC_PATH
from eprom_verify.simulator.orders import Order
from eprom_verify.simulator.returns import Answer
from eprom_verify.simulator.wire import Refused
from eprom_verify.tls import usual_trust

PAGE = "PasientinitiertBestillingAvSkjema"
SKETCH = "Overordnetskisse pasientinitiert, Flytdiagram for ePROM pasientinitiert"
OWN_FORM = "skjema som pasienten kan bestille"
VALUES = "patientInitiatedValues"


@dataclass
class OwnForm:
    """The form that a scenario's patient has begun: the order that ePROM made of it, or the refusal."""

    case: Case
    order: Order | None = None
    refusal: str = ""
    answers: Mapping[str, Any] = field(default_factory=lambda: returning.RAND_12)

    @property
    def begun(self) -> Order:
        """The order.

        Raises:
            ContractBroken: the patient could not begin the form.
        """
        if self.order is None:
            raise _broken("pasienten får åpne skjemaet", f"ePROM avviste det: {self.refusal}", source=PAGE)
        return self.order


def begin(own: OwnForm, form: str = OWN_FORM) -> None:
    """Let the patient log in, and open the form by its public address."""
    simulator, rig = own.case.simulator, own.case.rig
    answer = own.case.note(_open(own.case, f"{PUBLIC_PATH}{rig.form(form)}"))
    if answer.status != HTTPStatus.SEE_OTHER:
        own.refusal = f"status {answer.status}"
        return
    begun = [each for each in simulator.orders.values() if each.patient_initiated]
    own.order = next(each for each in reversed(begun) if each.receiver == own.case.national_id)
    # The simulator was told to: it is no fault of ePROM's.
    if own.case.stimuli.get("copies", 1) > 1:
        own.case.rig.ledger.repeated.add(own.order.id)
    if "initiated" in own.case.stimuli:
        own.case.rig.ledger.unordered.add(own.order.id)


def _open(case: Case, path: str) -> Exchange:
    """The patient's own call, as a browser makes it; it stands in the journal, and is none of the contract's.

    Raises:
        HarnessProblem: the simulator did not answer.
    """
    url, since = f"{case.rig.form_filler.removesuffix('/proms')}{path}", case.rig.journal.seq
    recorder = Recorder(case.rig.journal, case.rig.contract)
    transport = RecordedTransport(httpx.HTTPTransport(usual_trust()), recorder, NationalIdGuard(), sender=PATIENT)
    try:
        with httpx.Client(transport=transport) as browser:
            browser.post(url, data={"person": case.national_id})
    except httpx.TransportError as exc:
        raise HarnessProblem(f"Nådde ikke skjemautfylleren ({type(exc).__name__}).") from exc
    return next(each for each in case.rig.journal.exchanges(since=since) if each.sender == PATIENT)


def deliver(own: OwnForm, *, signed: bool = False) -> None:
    """Let the patient deliver the form, signed or not."""
    simulator, order = own.case.simulator, own.begun

    async def delivered() -> None:
        try:
            await simulator.forms.answer(order.id, Answer(data=own.answers, signed=signed))
        except Refused as refused:
            own.refusal = refused.text

    own.case.rig.in_simulator(delivered())


def let_expire(own: OwnForm) -> None:
    """Let the time for answering run out."""
    own.case.rig.in_simulator(own.case.simulator.forms.expire(own.begun.id))


def unmark(own: OwnForm) -> None:
    """Let ePROM return the form as if somebody had ordered it, which no real ePROM can be made to do."""

    def plain(body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if name != VALUES} | {"isPatientInitiated": False}

    usual = own.case.simulator.office.behaviour(own.case.national_id).initiated
    own.case.stimulate(initiated=replace(usual, returned=plain))


def returned(own: OwnForm, status: str = "Completed") -> Exchange:
    """ePROM has returned the form with this status, and was answered; waits for it.

    Raises:
        ContractBroken: it did not come before its deadline.
    """
    order_id = own.begun.id
    found = own.case.seen(
        RETURN,
        lambda each: each.order_id == order_id and str(each.request.member("formOrderStatus")) == status,
    )
    if found is None:
        raise _broken(f"ePROM returnerer skjemaet med status {status}", "ingenting kom", source=SKETCH)
    return found


def refused_to_open(own: OwnForm) -> None:
    """ePROM did not let the patient begin the form."""
    if own.order is not None:
        raise _broken("pasienten får ikke åpne skjemaet", "skjemaet ble åpnet", source=PAGE)


def delivered(own: OwnForm) -> None:
    """The patient could begin the form, and deliver it."""
    if own.begun.status is not FormOrderStatus.Completed:
        raise _broken("pasienten får levere skjemaet", f"ePROM avviste det: {own.refusal}", source=PAGE)


def refused_to_deliver(own: OwnForm) -> None:
    """ePROM did not take the form without a signature: it is not answered, and nothing comes back."""
    if own.begun.status is FormOrderStatus.Completed:
        raise _broken("skjemaet må signeres før det blir levert", "det ble levert usignert", source=PAGE)


def not_for_us(own: OwnForm) -> None:
    """A form of another bestillersystem was delivered, and was not sent to the one under test.

    Raises:
        HarnessProblem: it was not delivered at all, so that silence proves nothing.
    """
    if own.begun.status is not FormOrderStatus.Completed:
        raise HarnessProblem("Skjemaet ble ikke levert, så det viser ikke noe at det ikke kom.")
    found = own.case.rig.journal.wait_for(
        lambda each: each.operation == RETURN and each.order_id == own.begun.id,
        timeout_s=own.case.rig.config.deadlines.quiet_s,
        since=own.case.since,
    )
    if found is not None:
        own.case.note(found)
        raise broken("svaret går til bestillersystemet som eier skjemaet", "det kom hit", found, source=SKETCH)


def marked(own: OwnForm) -> None:
    """isPatientInitiated is true."""
    found = returned(own)
    if found.request.member("isPatientInitiated") is not True:
        seen = repr(found.request.member("isPatientInitiated"))
        raise broken("isPatientInitiated er true", seen, found, where="/isPatientInitiated", source=PAGE)


def not_marked(case: Case) -> None:
    """What the bestillersystem ordered is not marked as the patient's own; absent is as good as false."""
    found = returning.returned(case, "Completed")
    seen = found.request.member("isPatientInitiated")
    if seen not in (False, None):
        expected = "isPatientInitiated er false for det bestillersystemet har bestilt"
        raise broken(expected, as_json(seen), found, where="/isPatientInitiated", source=returning.PAGE)


def names_patient_and_form(own: OwnForm) -> None:
    """patientInitiatedValues holds the patient's national id and the form's id."""
    found = returned(own)
    wanted = {"nationalId": own.case.national_id, "formId": str(own.begun.asked["formId"])}
    _values_are(found, wanted)


def times_agree(own: OwnForm, status: str = "Completed") -> None:
    """orderTimestamp (Norwegian local time) and orderTimestampUTC are one moment: when the patient began the form."""
    found = returned(own, status)
    local, utc = _moment(found, "orderTimestamp"), _moment(found, "orderTimestampUTC")
    utc = utc if utc.tzinfo else utc.replace(tzinfo=UTC)
    readings = [local] if local.tzinfo else [local.replace(tzinfo=NORWAY, fold=fold) for fold in (0, 1)]
    seen = f"{local.isoformat()} og {utc.isoformat()}"
    if all(abs((each - utc).total_seconds()) > 1 for each in readings):
        expected = "orderTimestamp og orderTimestampUTC er samme øyeblikk"
        raise broken(expected, seen, found, where=f"/{VALUES}", source=PAGE)
    if abs((utc - own.begun.ordered_at).total_seconds()) > CLOCKS_APART_S:
        expected = f"tidspunktet er da pasienten åpnet skjemaet ({own.begun.ordered_at:%H:%M} UTC)"
        raise broken(expected, seen, found, where=f"/{VALUES}", source=PAGE)


def returned_as_usual(own: OwnForm) -> None:
    """The return is like that of an ordered form: the own key, and the answers as a text that holds JSON."""
    found = returned(own)
    key_is_right(found)
    seen = returning.form_data(found)
    if seen != own.answers:
        expected = f"formData er svarene som ble gitt: {as_json(own.answers)}"
        raise broken(expected, as_json(seen), found, where="/formData", source=SKETCH)


def expiry_tells(own: OwnForm) -> None:
    """The return of an expired form names the patient, the form and when it was ordered. Source: ReleaseNotev3.0."""
    found = returned(own, "Expired")
    _values_are(found, {"nationalId": own.case.national_id, "formId": str(own.begun.asked["formId"])})
    times_agree(own, "Expired")


def copied_to(own: OwnForm, channel: str) -> None:
    """The patient got one copy, on this channel; "None" for no copy at all."""
    delivered(own)
    kept = NotificationChannel.parse(channel)
    wanted = [] if kept is NotificationChannel.NoChannel else [(own.case.national_id, kept)]
    if [(each.national_id, each.channel) for each in own.begun.copies] != wanted:
        seen = ", ".join(each.channel.wire_name for each in own.begun.copies) or "ingen kopi"
        raise _broken(f"pasienten får kopi på {channel}", seen, source=SKETCH)


def taken(own: OwnForm) -> None:
    """The bestillersystem answered with success, though it never ordered the form."""
    found = _rightly_returned(own)
    if found.status != 200 or found.response is None or found.response.member("success") is not True:
        text = beginning(found.response.text, 200) if found.response else found.failure
        expected = 'bestillersystemet svarer 200 med {"success": true}'
        raise broken(expected, f"{found.status}: {text}", found, source=PAGE, party=SYSTEM)


def is_unknown(case: Case) -> None:
    """The bestillersystem does not have the patient yet; else it proves nothing that it has them afterwards.

    Raises:
        Unverified: it has.
    """
    if case.rig.driver.patients(case.national_id):
        raise Unverified("Bestillersystemet kjenner pasienten fra før, så det viser ikke noe at den finnes etterpå.")


@patient
def one_patient(own: OwnForm) -> None:
    """The bestillersystem has exactly one patient of that national id, and the form is theirs."""
    found = _rightly_returned(own)
    count = own.case.rig.driver.patients(own.case.national_id)
    if count != 1:
        expected = "bestillersystemet har pasienten én gang"
        raise broken(expected, f"pasienten finnes {how_often(count)}", found, source=SKETCH, party=SYSTEM)
    if own.case.rig.driver.patient_of(own.begun.id) != own.case.national_id:
        expected = "skjemaet er registrert på pasienten som fylte det ut"
        raise broken(expected, "skjemaet er registrert på en annen, eller på ingen", found, source=SKETCH, party=SYSTEM)


@patient
def registered_once(own: OwnForm) -> None:
    """The bestillersystem has registered the answers exactly once, and as the patient's own."""
    found = _rightly_returned(own)
    answers = [each.answers for each in own.case.rig.driver.registered(own.begun.id)]
    begun = own.case.rig.driver.initiated(own.begun.id)
    if answers != [own.answers] or len(begun) != 1:
        seen = f"svaret er registrert {how_often(len(answers))}, og {how_often(len(begun))} som pasientens eget"
        if len(answers) == 1 and answers != [own.answers]:
            seen += f": {as_json(answers[0])}"
        expected = f"svaret er registrert én gang, som pasientens eget: {as_json(own.answers)}"
        raise broken(expected, seen, found, source=SKETCH, party=SYSTEM)


def came(own: OwnForm, times: int) -> None:
    """The return was delivered this many times.

    Raises:
        HarnessProblem: the simulator did not do as it was told.
    """
    returned(own)
    order_id = own.begun.id

    def count() -> int:
        found = own.case.rig.journal.exchanges(since=own.case.since)
        return sum(each.operation == RETURN and each.done and each.order_id == order_id for each in found)

    last = own.case.seen(RETURN, lambda each: each.order_id == order_id and count() >= times)
    if last is None:
        raise HarnessProblem(f"Simulatoren leverte svaret {count()} av {times} ganger.")


@patient
def keeps_form_and_time(own: OwnForm) -> None:
    """The bestillersystem keeps which form the patient began, and when."""
    found = _rightly_returned(own)
    times_agree(own)
    kept = own.case.rig.driver.initiated(own.begun.id)
    if not kept or kept[0].form_id != str(own.begun.asked["formId"]):
        seen = as_json(kept[0].form_id) if kept else "bestillersystemet har ikke noe om skjemaet"
        expected = f"bestillersystemet vet at skjemaet er {own.begun.asked['formId']}"
        raise broken(expected, seen, found, where=f"/{VALUES}/formId", source=PAGE, party=SYSTEM)
    moment = kept[0].ordered_at
    utc = moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    if utc is None or abs((utc - own.begun.ordered_at).total_seconds()) > 1:
        expected = f"bestillersystemet vet når skjemaet ble åpnet ({own.begun.ordered_at:%H:%M:%S} UTC)"
        seen = "bestillersystemet har ikke noe tidspunkt" if utc is None else f"{utc:%Y-%m-%d %H:%M:%S} UTC"
        raise broken(expected, seen, found, where=f"/{VALUES}/orderTimestampUTC", source=PAGE, party=SYSTEM)


@patient
def not_taken_for_own(own: OwnForm) -> None:
    """A return for an order that nobody made, and that is not marked, is not registered as the patient's own."""
    found = returned(own)
    key_is_right(found)
    _not_initiated(own.case, own.begun.id, found)


@patient
def ordered_is_not_own(case: Case) -> None:
    """What the bestillersystem ordered itself is not registered as the patient's own."""
    not_marked(case)
    found = returning.returned(case, "Completed")
    key_is_right(found)
    _not_initiated(case, case.order_id, found)


def _not_initiated(case: Case, order_id: str, found: Exchange) -> None:
    if case.rig.driver.initiated(order_id):
        expected = "skjemaet er ikke registrert som pasientens eget, for returen sier ikke at det er det"
        raise broken(expected, "registrert som pasientens eget", found, source=PAGE, party=SYSTEM)


def _rightly_returned(own: OwnForm) -> Exchange:
    """The return, looked at first: ePROM's fault must not be the bestillersystem's."""
    found = returned(own)
    key_is_right(found)
    marked(own)
    names_patient_and_form(own)
    returned_as_usual(own)
    return found


def _values_are(found: Exchange, wanted: Mapping[str, str]) -> None:
    values = found.request.member(VALUES)
    for name, value in wanted.items():
        seen = _member(values, name)
        if str(seen).casefold() != value.casefold():
            raise broken(f"{name} er {value}", as_json(seen), found, where=f"/{VALUES}/{name}", source=PAGE)


def _moment(found: Exchange, name: str) -> datetime:
    value = _member(found.request.member(VALUES), name)
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as exc:
        raise broken(
            f"{name} er dato og klokkeslett", as_json(value), found, where=f"/{VALUES}/{name}", source=PAGE
        ) from exc


def _member(values: object, name: str) -> Any:
    if not isinstance(values, dict):
        return None
    return next((value for key, value in values.items() if key.casefold() == name.casefold()), None)


def _broken(expected: str, received: str, *, source: str) -> ContractBroken:
    return ContractBroken(EPROM, expected, received, source=source)
