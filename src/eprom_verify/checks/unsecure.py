"""What must hold of an SMS or e-mail: the call, ePROM's answer, what the citizen gets, and what is registered.

Source of every check here: SendeMeldingSomSmsEpost, unless it says otherwise.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from eprom_verify.checks import mistaken
from eprom_verify.checks.blame import broken, caller_at_fault
from eprom_verify.checks.case import EPROM, SYSTEM, Case
from eprom_verify.checks.ordering import unescaped
from eprom_verify.checks.patience import patient
from eprom_verify.checks.words import as_json, beginning
from eprom_verify.drivers.protocol import EmailIntent, SmsIntent
from eprom_verify.errors import ContractBroken, HarnessProblem, Unverified
from eprom_verify.exchange import Exchange
from eprom_verify.masking import HIDDEN
from eprom_verify.persons import ContactPoint, texts
from eprom_verify.rig import HARNESS
from eprom_verify.simulator.outbox import PostingKind
from eprom_verify.simulator.unsecure_behaviour import EMAIL, SMS, Body, SentMessage
from eprom_verify.simulator.wire import SIMULATOR_FAILED

BY_ID, BY_ADDRESS, BY_BOTH, BY_NOTHING = "fødselsnummeret", "adressen", "begge deler", "ingen"
UNKNOWN_KEY = "en-ukjent-noekkel-fra-eprom-verify"
_TITLE = "Prøve fra ePROM"


@dataclass(frozen=True)
class Kind:
    """What differs between an SMS and an e-mail; `contact` is the name of the contact point of a person."""

    name: str
    letter: str
    path: str
    address: str
    contact: str
    text: str
    section: str

    @property
    def source(self) -> str:
        """The page and section that describe it."""
        return f"SendeMeldingSomSmsEpost, {self.section}"


KINDS: Mapping[str, Kind] = {
    "SMS": Kind(SMS, "C", "/api/unsecuremessagesms", "phoneNumber", "mobile", "smsText", "SENDE MELDING SOM SMS"),
    "e-post": Kind(
        EMAIL, "D", "/api/unsecuremessageemail", "emailAddress", "email", "emailText", "SENDE MELDING SOM EPOST"
    ),
}


@dataclass
class Messaging:
    """The message of a scenario; `before` is how many messages the simulator had sent when it began."""

    case: Case
    kind: Kind = KINDS["SMS"]
    text: str = ""
    exchange: Exchange | None = None
    told: bool = False
    before: int = 0

    @classmethod
    def begin(cls, case: Case) -> Messaging:
        """Nothing sent yet."""
        words = texts(random.Random(f"{case.rig.seed}/{case.id}"))  # noqa: S311 - a text, not a secret
        simulator = case.rig.simulator
        return cls(case, text=words.message, before=len(simulator.unsecure.sent) if simulator else 0)

    @property
    def made(self) -> Exchange:
        """The exchange of the message.

        Raises:
            HarnessProblem: nothing was sent, or the network lost it.
        """
        if self.exchange is None:
            raise HarnessProblem("Scenariet har ikke sendt noen melding.")
        if self.exchange.response is not None and self.exchange.response.header(SIMULATOR_FAILED) is not None:
            raise HarnessProblem("Simulatoren klarte ikke å behandle meldingen; feilen er verktøyets egen.")
        if self.exchange.failure is not None:
            raise HarnessProblem(f"Meldingen nådde ikke fram, eller ble ikke besvart: {self.exchange.failure}")
        return self.exchange

    @property
    def answer_text(self) -> str:
        """What the message was answered with, in a few words."""
        answer = self.made.response
        return f"status {self.made.status}: {beginning(answer.text, 300) if answer else 'intet svar'}"

    def recipient(self, addressed: str) -> dict[str, str]:
        """The members that tell who gets the message.

        Raises:
            Unverified: an address is wanted, and ePROM is a real environment: the tool has none that reaches nobody.
        """
        found = {}
        if addressed in (BY_ID, BY_BOTH):
            found["nationalId"] = self.case.national_id
        if addressed in (BY_ADDRESS, BY_BOTH):
            found[self.kind.address] = self.contact_point().value
        return found

    def contact_point(self) -> ContactPoint:
        """The patient's own number or address."""
        person = self.case.simulator.population.by_national_id(self.case.national_id)
        point = getattr(person.contact, self.kind.contact) if person else None
        if not isinstance(point, ContactPoint):
            raise HarnessProblem("Pasienten i scenariet har ikke denne kontaktopplysningen.")
        return point

    def left(self) -> list[SentMessage]:
        """What has left the simulator since the scenario began."""
        return self.case.simulator.unsecure.sent[self.before :]


def tell_to_answer(messaging: Messaging, status: int, body: Body) -> None:
    """Let ePROM answer the patient's messages with this, whatever it does with them."""
    case = messaging.case
    behaviour = case.simulator.office.behaviour(case.national_id).unsecure
    case.stimulate(unsecure=replace(behaviour, answer=lambda _status, _body: (status, body)))
    messaging.told = True


def send(messaging: Messaging, kind: str, addressed: str, text: str | None = None) -> None:
    """Let the bestillersystem send a message, and find it in the journal.

    Raises:
        ContractBroken: no message came.
        Unverified: it is to somebody else; the requirement on whom messages are to tells of that.
    """
    case = messaging.case
    messaging.kind = KINDS[kind]
    messaging.text = text or messaging.text
    to = messaging.recipient(addressed)
    national_id, address = to.get("nationalId"), to.get(messaging.kind.address)
    mistaken.asks(case, messaging.kind.letter)
    if messaging.kind.name == SMS:
        sms = SmsIntent(case_id=case.id, sms_text=messaging.text, national_id=national_id, phone_number=address)
        case.rig.driver.send_sms(sms)
    else:
        email = EmailIntent(
            case_id=case.id,
            email_title=_TITLE,
            email_text=messaging.text,
            national_id=national_id,
            email_address=address,
        )
        case.rig.driver.send_email(email)
    messaging.exchange = case.seen(messaging.kind.letter, lambda each: each.sender != HARNESS)
    if messaging.exchange is None:
        raise ContractBroken(
            SYSTEM, f"bestillersystemet sender {kind}", "ingen melding kom", source=messaging.kind.source
        )
    if national_id and messaging.exchange.request.member("nationalId") not in (None, "", national_id):
        mistaken.tell(case, messaging.exchange)
    if messaging.told:
        case.rig.ledger.told_to_answer |= {each.id for each in _messages(case)}


def call(messaging: Messaging, kind: str, addressed: str, *, api_key: str | None = None) -> None:
    """Send a message directly at ePROM, with the agreed key or another; an empty `api_key` sends none."""
    direct = messaging.case.rig.direct
    messaging.kind = KINDS[kind]
    body: dict[str, Any] = {messaging.kind.text: messaging.text} | messaging.recipient(addressed)
    if messaging.kind.name == EMAIL:
        body["emailTitle"] = _TITLE
    key = direct.api_key if api_key is None else api_key
    if key:
        body["apiKey"] = key
    messaging.exchange = messaging.case.note(direct.call("POST", messaging.kind.path, body, api_key=""))


def says_sent(messaging: Messaging) -> None:
    """ePROM says that the message was sent: 200, and success true."""
    if not _says_sent(messaging.made):
        at_fault = messaging.made.sender != HARNESS and caller_at_fault(messaging.made)
        raise _broken(messaging, "success er true", messaging.answer_text, SYSTEM if at_fault else EPROM)


def does_not_say_sent(messaging: Messaging) -> None:
    """ePROM does not say that the message was sent; what it says instead is not documented."""
    if _says_sent(messaging.made):
        raise _broken(messaging, "success er ikke true", messaging.answer_text)


def refused_with(messaging: Messaging, text: str) -> None:
    """The answer is 400, and the documented text occurs in its body; the journal has hidden the key in it."""
    text = text.replace("{apiKey}", HIDDEN)
    body = messaging.made.response.text if messaging.made.response else ""
    if messaging.made.status != 400 or text not in unescaped(body):
        raise _broken(messaging, f"status 400 med teksten «{text}»", messaging.answer_text)


def refused(messaging: Messaging) -> None:
    """ePROM refuses the call with some 4xx; which one is not documented."""
    if messaging.made.status is None or not 400 <= messaging.made.status < 500:
        raise _broken(messaging, "kallet blir avvist (4xx)", messaging.answer_text)


def left_as_written(messaging: Messaging) -> None:
    """Exactly one message left ePROM: of that kind, to that citizen, and as it was written.

    Raises:
        Unverified: ePROM does not say that it sent the message; other requirements tell of that.
    """
    if not _says_sent(messaging.made):
        raise Unverified(f"ePROM sendte ikke meldingen, så det er ingenting å se på: {messaging.answer_text}")
    title = None if messaging.kind.name == SMS else _TITLE
    wanted = (messaging.kind.name, messaging.contact_point().value, title, messaging.text)
    seen = [(each.kind, each.to, each.title, each.text) for each in messaging.left()]
    if seen != [wanted]:
        shown = "; ".join(f"{kind} til {to}: {title or ''} {text}".strip() for kind, to, title, text in seen)
        raise _broken(messaging, "én melding går ut, slik den ble skrevet", shown or "ingen melding gikk ut")


def notified_by(case: Case, kind: str) -> None:
    """The patient was told of the form by e-mail or by SMS, once. Source: Utfylling av skjema, Epost eller sms."""
    status, order_id = case.status(), case.order_id
    told = case.simulator.office.outbox.of(order_id, PostingKind.EMAIL, PostingKind.SMS)
    if [each.kind for each in told] != [PostingKind(kind.casefold())]:
        seen = ", ".join(each.kind for each in told) or "ingen beskjed"
        raise broken(f"pasienten får beskjed med {kind}", seen, status, source="Utfylling av skjema, Epost eller sms")


def key_in_body(messaging: Messaging) -> None:
    """The agreed key is the member apiKey, and stands nowhere else."""
    strayed = [each for each in messaging.made.request.findings if each.rule == "key-place"]
    if strayed or messaging.made.key_matches is not True:
        seen = strayed[0].received if strayed else "apiKey mangler, eller er en annen nøkkel enn den avtalte"
        raise _broken(messaging, "apiKey er den avtalte nøkkelen, og står bare der", seen, SYSTEM, where="/apiKey")


def text_is(messaging: Messaging, text: str) -> None:
    """The text is just what the bestillersystem was asked to send."""
    seen = messaging.made.request.member(messaging.kind.text)
    if seen != text:
        raise _broken(messaging, f"teksten er «{text}»", as_json(seen), SYSTEM, where=f"/{messaging.kind.text}")


def recipient_is(messaging: Messaging, addressed: str) -> None:
    """The message is for the citizen that was chosen, and tells it in the way that was chosen."""
    names = ("nationalId", messaging.kind.address)
    wanted = messaging.recipient(addressed)
    seen = {name: value for name in names if (value := messaging.made.request.member(name))}
    if seen != wanted:
        told = " og ".join(sorted(seen)) or "ingen av dem"
        raise _broken(messaging, f"mottakeren er gitt med {' og '.join(sorted(wanted))}", told, SYSTEM)


def sent_once(messaging: Messaging) -> None:
    """The bestillersystem sent exactly one message, also after ePROM has answered."""
    case, first = messaging.case, messaging.made
    case.rig.journal.wait_for(
        lambda each: _is_message(each) and each.id != first.id,
        timeout_s=case.rig.config.deadlines.quiet_s,
        since=case.since,
    )
    sent = _messages(case)
    if len(sent) != 1:
        raise _broken(messaging, "nøyaktig én melding blir sendt", f"{len(sent)} meldinger ble sendt", SYSTEM)


@patient
def registered(messaging: Messaging, *, sent: bool) -> None:
    """The bestillersystem holds that the message was sent just when ePROM says so.

    What ePROM answered is looked at first: its fault must not be the bestillersystem's.
    """
    if sent:
        says_sent(messaging)
    else:
        does_not_say_sent(messaging)
    message_held(messaging, sent=sent, answered=messaging.answer_text, shown=messaging.made)


@patient
def message_held(messaging: Messaging, *, sent: bool, answered: str, shown: Exchange) -> None:
    """The bestillersystem holds that the message was sent, or that it was not, when ePROM answered so."""
    if messaging.case.rig.driver.message_sent(messaging.case.id) is not sent:
        wanted, seen = ("sendt", "ikke sendt") if sent else ("ikke sendt", "sendt")
        expected, received = f"bestillersystemet har registrert meldingen som {wanted}", f"den er registrert som {seen}"
        source = messaging.kind.source
        raise broken(expected, f"{received}; ePROM svarte {answered}", shown, source=source, party=SYSTEM)


def _messages(case: Case) -> list[Exchange]:
    return [each for each in case.rig.journal.exchanges(since=case.since) if _is_message(each)]


def _is_message(exchange: Exchange) -> bool:
    return exchange.sender != HARNESS and exchange.operation in [kind.letter for kind in KINDS.values()]


def _says_sent(exchange: Exchange) -> bool:
    return exchange.status == 200 and exchange.response is not None and exchange.response.member("success") is True


def _broken(
    messaging: Messaging, expected: str, received: str, party: str = EPROM, *, where: str = ""
) -> ContractBroken:
    return broken(expected, received, messaging.made, source=messaging.kind.source, where=where, party=party)
