"""What must hold for the citizen: what is sent, who is let in, what the form shows, and what is kept of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from eprom_verify.checks import returning
from eprom_verify.checks.case import EPROM, Case
from eprom_verify.checks.words import as_json
from eprom_verify.errors import ContractBroken, HarnessProblem, Unverified
from eprom_verify.simulator.citizen import Citizens, Closed, Login, NotFilledIn
from eprom_verify.simulator.forms import COLLECTION, collection_key
from eprom_verify.simulator.opened import Opened, Shown, by_key
from eprom_verify.simulator.orders import Order
from eprom_verify.simulator.outbox import Posting, PostingKind

T = TypeVar("T")

LOG_IN = "Utfylling av skjema, Pålogging"
LETTER = "Skjemabygger, Metadata i følgebrev/informasjon til pasienten"
VALUES = "Skjemabygger, DEFAULTVERDIER"
FIELDS = "Skjemabygger, Felter og regler"
CHANNELS = "Utfylling av skjema og varsling til pasienten"
COPY = "BestillingAvSkjemaV2, Parametere - Inn"


@dataclass
class Visit:
    """What the citizen of a scenario has done: logged in, opened a form, been turned away.

    `withdrawn` are the forms to publish again when the scenario ends, since the next one needs them.
    """

    case: Case
    login: Login | None = None
    opened: Opened | None = None
    refused: str = ""
    withdrawn: list[str] = field(default_factory=list)

    def close(self) -> None:
        """Publish what the scenario withdrew."""
        for form_id in self.withdrawn:
            self.case.simulator.office.publish(form_id)

    @property
    def citizens(self) -> Citizens:
        """The citizen's side of the simulator."""
        return self.case.simulator.citizens

    @property
    def order(self) -> Order:
        """The order as the simulator has it, when it has been distributed.

        Raises:
            Unverified: no order was made; the requirements on orders tell of that.
        """
        if not self.case.was_made:
            raise Unverified(f"Det ble ingen bestilling å fylle ut: {self.case.answer_text}")
        order = self.case.simulator.orders[str(self.case.made.order_id)]
        self.case.rig.host.run(asyncio.wait_for(order.distributed.wait(), 5))
        return order

    def do(self, work: Callable[[], T]) -> T:
        """Do something in the simulator's own thread."""

        async def done() -> T:
            return work()

        return self.case.rig.host.run(done())

    def broken(self, expected: str, received: str, source: str) -> ContractBroken:
        """The failure that says what the citizen met instead."""
        return ContractBroken(EPROM, expected, received, source=source, exchanges=(self.case.made.id,))


def order_collection(visit: Visit, metadata: Mapping[str, Any]) -> None:
    """Order the samleskjema directly at ePROM; the metadata of one of its forms stand under the form's name here, and
    under its id on the way."""
    names = {form.title: collection_key(form.id) for form in COLLECTION.parts}
    sent = {names.get(name, name): value for name, value in metadata.items()}
    case = visit.case
    case.call(
        formId=case.rig.form("samleskjema"),
        distributionRule="HelsenorgeOnly",
        metadata=json.dumps(sent, ensure_ascii=False),
    )


def open_as(visit: Visit, national_id: str) -> None:
    """Log in at level 4 and open the form; whether it opened is for the scenario to judge."""
    order = visit.order
    visit.opened, visit.refused = None, ""
    try:
        visit.login = visit.do(lambda: visit.citizens.log_in_as(national_id))
        login = visit.login
        visit.opened = visit.do(lambda: visit.citizens.open(order.id, login))
    except Closed as closed:
        visit.refused = closed.text


def log_in_with_code(visit: Visit, birth_date: str) -> None:
    """Log in with the code of the latest order and this birth date, and open its form."""
    order = visit.order
    if order.single_use_code is None:
        raise HarnessProblem("Bestillingen har ingen engangskode.")
    code = order.single_use_code
    visit.opened, visit.refused = None, ""
    try:
        visit.login = visit.do(lambda: visit.citizens.log_in_with_code(birth_date, code))
        login = visit.login
        visit.opened = visit.do(lambda: visit.citizens.open(order.id, login))
    except Closed as closed:
        visit.login, visit.refused = None, closed.text


def open_logged_in(visit: Visit) -> None:
    """Open the form of the latest order with the login that is there from before.

    Raises:
        Unverified: nobody was let in before; the requirements on logging in tell of that.
    """
    order, login = visit.order, visit.login
    if login is None:
        raise Unverified(f"Pasienten slapp ikke inn i det første skjemaet: {visit.refused}")
    visit.opened, visit.refused = None, ""
    try:
        visit.opened = visit.do(lambda: visit.citizens.open(order.id, login))
    except Closed as closed:
        visit.refused = closed.text


def birth_date(visit: Visit, persona: str) -> str:
    """The birth date of a persona, in six digits."""
    return f"{visit.case.simulator.population[persona].birth_date:%d%m%y}"


def deliver(visit: Visit, answers: Mapping[str, Any]) -> None:
    """Deliver the form that is open; whether it was taken is for the scenario to judge.

    Raises:
        ContractBroken: the form did not open.
    """
    let_in(visit)
    login, order = visit.login, visit.order
    assert login is not None
    visit.refused = ""
    try:
        visit.case.rig.host.run(visit.citizens.deliver(order.id, login, by_key(answers)))
    except (Closed, NotFilledIn) as refused:
        visit.refused = str(refused)


def save_and_return(visit: Visit, answers: Mapping[str, Any]) -> None:
    """Save the form half filled in, and open it again."""
    let_in(visit)
    login, order = visit.login, visit.order
    assert login is not None
    try:
        visit.do(lambda: visit.citizens.save(order.id, login, by_key(answers)))
        visit.opened = visit.do(lambda: visit.citizens.open(order.id, login))
    except Closed as closed:
        visit.refused = closed.text


def withdraw(visit: Visit) -> None:
    """Withdraw the form that was ordered."""
    office, order = visit.case.simulator.office, visit.order
    form_id = office.form_of(order).id
    visit.withdrawn.append(form_id)
    visit.do(lambda: office.withdraw(form_id))


def let_in(visit: Visit, source: str = LOG_IN) -> Opened:
    """The form opened."""
    if visit.opened is None:
        raise visit.broken("skjemaet åpner seg", visit.refused or "det åpnet seg ikke", source)
    return visit.opened


def kept_out(visit: Visit, source: str = LOG_IN) -> None:
    """The form did not open, and the citizen was told why."""
    if visit.opened is not None or not visit.refused:
        raise visit.broken("skjemaet åpner seg ikke, og pasienten får vite hvorfor", "skjemaet åpnet seg", source)


def delivered(visit: Visit, source: str = CHANNELS) -> None:
    """What was delivered was taken."""
    if visit.refused:
        raise visit.broken("skjemaet blir levert", visit.refused, source)


def not_delivered(visit: Visit, source: str = FIELDS) -> None:
    """What was delivered was not taken."""
    if not visit.refused:
        raise visit.broken("svarene blir ikke tatt imot", "skjemaet ble levert", source)


def letter_says(visit: Visit, text: str) -> None:
    """This text stands in the cover letter that is shown."""
    letter = let_in(visit, LETTER).cover_letter
    if text not in letter:
        raise visit.broken(f"følgebrevet sier «{text}»", letter or "intet følgebrev", LETTER)


def letter_does_not_say(visit: Visit, text: str) -> None:
    """This text does not stand in the cover letter, and there is one."""
    letter = let_in(visit, LETTER).cover_letter
    if text in letter or not letter:
        raise visit.broken(f"følgebrevet sier ikke «{text}»", letter or "intet følgebrev", LETTER)


def shows(visit: Visit, name: str, *, expected: bool) -> None:
    """The form shows the field of this name, or does not."""
    source = "Skjemabygger, Metadata i skjema"
    seen = let_in(visit, source).shown(name)
    if (seen is not None) is not expected:
        words = "vises" if expected else "vises ikke"
        raise visit.broken(f"feltet {name} {words}", "det vises ikke" if expected else "det vises", source)


def field_holds(visit: Visit, name: str, text: str) -> None:
    """This value stands in the field when the form is opened; "" for nothing."""
    seen = let_in(visit, VALUES).shown(name)
    value = _standing(seen)
    if value != text:
        raise visit.broken(f"det står «{text}» i {name}", f"«{value}»", VALUES)


def _standing(seen: Shown | None) -> str:
    if seen is None:
        return "(feltet vises ikke)"
    return seen.text or ("" if seen.value is None else str(seen.value))


def returned(visit: Visit, answers: Mapping[str, Any]) -> None:
    """ePROM returns exactly these answers."""
    delivered(visit, returning.PAGE)
    found = returning.returned(visit.case, "Completed")
    seen = returning.form_data(found)
    if seen != answers or _kinds(seen) != _kinds(answers):
        raise visit.broken(f"formData er {as_json(answers)}", as_json(seen), returning.PAGE)


def _kinds(value: object) -> object:
    """True and 1 are the same to Python, and not to who reads the answers."""
    if isinstance(value, Mapping):
        return {name: _kinds(each) for name, each in value.items()}
    return type(value)


def got(visit: Visit, kind: str, *, source: str = CHANNELS) -> Posting:
    """The one thing of this kind that was sent for the order."""
    order = visit.order
    found = visit.case.simulator.outbox.of(order.id)
    kinds = [each.kind.value for each in found if each.kind is not PostingKind.COPY]
    if kinds != [kind]:
        raise visit.broken(f"pasienten får {kind}", ", ".join(kinds) or "ingenting", source)
    return found[0]


def got_with(visit: Visit, kind: str, text: str, *, source: str = CHANNELS) -> None:
    """What was sent says this, in its sender, its title or its text."""
    posting = got(visit, kind, source=source)
    if text not in _all_of(posting):
        raise visit.broken(f"{kind} sier «{text}»", _all_of(posting), source)


def got_without(visit: Visit, kind: str, text: str, *, source: str = CHANNELS) -> None:
    """What was sent does not say this anywhere."""
    posting = got(visit, kind, source=source)
    if text.casefold() in _all_of(posting).casefold():
        raise visit.broken(f"{kind} sier ikke «{text}»", _all_of(posting), source)


def _all_of(posting: Posting) -> str:
    return f"{posting.sender}: {posting.title}. {posting.text}"


def copied_to(visit: Visit, place: str, source: str = COPY) -> None:
    """A copy went there, and nowhere else; "" for no copy at all."""
    delivered(visit, source)
    found = [each.address for each in visit.case.simulator.outbox.of(visit.order.id, PostingKind.COPY)]
    if found != ([place] if place else []):
        raise visit.broken(f"kopi til {place or 'ingen'}", ", ".join(found) or "ingen kopi", source)


def says_on_behalf(visit: Visit, persona: str, kind: str) -> None:
    """Both what was sent and the form say the full name of whom it is about."""
    source = 'PaVegneAvFlyt, "På vegne av"-funksjonalitet og personvern'
    name = visit.case.simulator.population[persona].full_name
    got_with(visit, kind, f"på vegne av {name}", source=source)
    seen = let_in(visit, source).on_behalf_of
    if f"på vegne av {name}" not in seen:
        raise visit.broken(f"skjemaet sier at det fylles ut på vegne av {name}", seen or "ingenting", source)
