"""The citizen's side: log in, open a form, save, sign and deliver it.

Source: Utfylling av skjema; ePROM-innbyggerinnlogging; BestillingAvSkjemaV2; PaVegneAvFlyt; SkjemaSomKreverSignatur.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from eprom_verify.contract.enumerations import FormOrderStatus, NotificationChannel
from eprom_verify.persons import Persona
from eprom_verify.simulator.citizen_behaviour import CitizenBehaviour
from eprom_verify.simulator.cover_letters import metadata_of, with_metadata
from eprom_verify.simulator.form_orders import FormOrders
from eprom_verify.simulator.office import Office
from eprom_verify.simulator.opened import Filled, Opened, fill_in, open_form
from eprom_verify.simulator.orders import Order
from eprom_verify.simulator.outbox import Posting, PostingKind, on_behalf_text
from eprom_verify.simulator.returns import Answer, MustBeSigned

_GUARDIAN = "forelder"
_COPY_CHANNELS = {
    NotificationChannel.Helsenorge: "Helsenorge",
    NotificationChannel.DigitalMailbox: "den digitale postkassen",
}


class Closed(Exception):
    """The form cannot be opened or delivered; `text` tells the citizen why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class LogInRefused(Closed):
    """The code and the birth date do not open anything."""


class NotFilledIn(Exception):
    """The answers were not taken; `filled` tells what is wrong."""

    def __init__(self, filled: Filled) -> None:
        super().__init__(", ".join(filled.problems))
        self.filled = filled


@dataclass(frozen=True)
class Login:
    """Who is logged in; by a code, for the one order of `order_id` alone."""

    person: Persona
    order_id: str | None = None


class CopyPlace(StrEnum):
    """Where a copy of the delivered form went."""

    NOWHERE = ""
    HELSENORGE = "Helsenorge"
    MAILBOX = "den digitale postkassen"


@dataclass(frozen=True)
class Receipt:
    """What came of a delivery."""

    copy: CopyPlace
    answer: Answer


@dataclass
class Citizens:
    """Lets citizens in to the forms that are theirs."""

    office: Office
    orders: FormOrders
    saved: dict[str, Mapping[str, object]] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    _delivering: set[str] = field(default_factory=set)

    def log_in_with_code(self, birth_date: str, code: str) -> Login:
        """Log in with the birth date in six digits and the code of an order.

        The six digits of a D-nummer, and of a synthetic number, are not those of the birth date: both are taken, since
        the documentation does not say which are meant. Source: Utfylling av skjema, Pålogging; ReleaseNotev6.0.

        Raises:
            LogInRefused: they do not belong together, or the code has been used.
        """
        digits, code = "".join(birth_date.split()), code.strip().upper()
        for order in self.orders.orders.values():
            known = order.single_use_code
            if known is None or not secrets.compare_digest(known.encode(), code.encode()):
                continue
            person = self.office.population.by_national_id(order.receiver)
            if person is not None and self._may_use_code(order, person, digits):
                self._refuse_ended(order)
                return Login(person, order.id)
        raise LogInRefused("Fødselsdatoen og engangskoden hører ikke sammen. Se etter at begge er riktig skrevet.")

    def log_in_as(self, national_id: str) -> Login:
        """Log in as somebody with an electronic ID at level 4, which is only played here.

        Raises:
            LogInRefused: nobody has that national id.
        """
        person = self.office.population.by_national_id(national_id)
        if person is None or not person.in_registry or person.deceased:
            raise LogInRefused("Ingen testperson med dette fødselsnummeret kan logge inn.")
        return Login(person)

    def mine(self, login: Login) -> list[Order]:
        """The orders that are open to this person."""
        found = []
        for order in self.orders.orders.values():
            try:
                self._admit(order, login)
                self._refuse_ended(order)
            except Closed:
                continue
            found.append(order)
        return found

    def open(self, order_id: str, login: Login) -> Opened:
        """The form of an order, as it is shown to the one who is logged in.

        Raises:
            Closed: there is no such order, it is not for this person, or it has ended.
        """
        order = self._open_order(order_id, login)
        form = self.office.form_of(order)
        return open_form(
            form,
            metadata_of(order.asked.get("metadata")),
            on_behalf_of=on_behalf_text(order, form),
            saved=None if "saved" in self._behaviour(order).omits else self.saved.get(order_id),
            behaviour=self._behaviour(order),
        )

    def order(self, order_id: str, login: Login) -> Order:
        """The order itself, for the one who may open it, also when it has ended.

        Raises:
            Closed: there is no such order, or it is not for this person.
        """
        order = self.orders.orders.get(order_id)
        if order is None:
            raise Closed("Skjemaet finnes ikke. Se etter at lenken er hel.")
        self._admit(order, login)
        return order

    def may_save(self, order: Order) -> bool:
        """Whether the form can be kept half filled in: on Helsenorge alone. Source: Utfylling av skjema."""
        return order.channel is NotificationChannel.Helsenorge or "save-everywhere" in self._behaviour(order).adds

    def save(self, order_id: str, login: Login, given: Mapping[str, object]) -> None:
        """Keep the answers so far.

        Raises:
            Closed: the form is not open to this person, or cannot be saved.
        """
        order = self._open_order(order_id, login)
        if not self.may_save(order):
            raise Closed("Skjemaet kan bare lagres underveis på Helsenorge.")
        self.saved[order_id] = dict(given)

    def check(self, order_id: str, login: Login, given: Mapping[str, object]) -> Filled:
        """The answers, read as they will be returned.

        Raises:
            Closed: the form is not open to this person.
            NotFilledIn: they are not complete, or not right.
        """
        order = self._open_order(order_id, login)
        filled = fill_in(self.open(order_id, login), given, behaviour=self._behaviour(order))
        if filled.problems:
            raise NotFilledIn(filled)
        return filled

    async def deliver(
        self,
        order_id: str,
        login: Login,
        given: Mapping[str, object],
        *,
        signed: bool = False,
        signing_attempts: tuple[str, ...] = (),
    ) -> Receipt:
        """Deliver the form; it is returned to the bestillersystem, and copied when it is to be.

        Raises:
            Closed: the form is not open to this person, or must be signed first.
            NotFilledIn: the answers are not complete, or not right.
        """
        filled = self.check(order_id, login, given)
        order = self.orders.orders[order_id]
        answer = Answer(
            data=filled.data,
            warnings=filled.warnings,
            filled_out_by=self._acting(order, login),
            signed=signed,
            signing_attempts=signing_attempts,
        )
        receipt = Receipt(self._copy_place(order), answer)
        await self._hand_in(order, answer)
        self.receipts[order_id] = receipt
        self.saved.pop(order_id, None)
        self._send_copy(order, receipt)
        return receipt

    async def _hand_in(self, order: Order, answer: Answer) -> None:
        """Signing takes a moment, in which the same form must not be delivered once more."""
        if order.id in self._delivering:
            raise Closed("Skjemaet blir levert akkurat nå.")
        self._delivering.add(order.id)
        try:
            await self.orders.answer(order.id, answer)
        except MustBeSigned as unsigned:
            raise Closed("Skjemaet må signeres før det kan leveres.") from unsigned
        finally:
            self._delivering.discard(order.id)

    def may_represent(self, order: Order, person: Persona) -> bool:
        """Whether the person acts for the one who has got the form on Helsenorge.

        Who represents whom is known to Helsenorge alone: here the one who was named in an order on behalf, and the
        persona `forelder`, represent those who are represented.
        """
        receiver = self.office.population.by_national_id(order.receiver)
        if receiver is None or order.channel is not NotificationChannel.Helsenorge:
            return False
        return receiver.helsenorge.represented and (
            person.national_id == order.asked["nationalId"] or person.name == _GUARDIAN
        )

    def _behaviour(self, order: Order) -> CitizenBehaviour:
        return self.office.behaviour(order.asked["nationalId"]).citizen

    def _may_use_code(self, order: Order, person: Persona, digits: str) -> bool:
        omits = self._behaviour(order).omits
        if "code" in omits or ("d-number" in omits and int(person.national_id[0]) > 3):
            return False
        return "birth-date" in omits or digits in (f"{person.birth_date:%d%m%y}", person.national_id[:6])

    def _open_order(self, order_id: str, login: Login) -> Order:
        order = self.order(order_id, login)
        self._refuse_ended(order)
        return order

    def _admit(self, order: Order, login: Login) -> None:
        omits = self._behaviour(order).omits
        if login.order_id is not None and login.order_id != order.id and "own-order" not in omits:
            raise Closed("Engangskoden gjelder et annet skjema.")
        if "receiver" in omits or order.receiver == login.person.national_id:
            return
        if not self.may_represent(order, login.person):
            raise Closed("Dette skjemaet er ikke til deg.")

    def _refuse_ended(self, order: Order) -> None:
        behaviour = self._behaviour(order)
        by_code = order.single_use_code is not None
        ignored = "code-once" if by_code else "answered"
        if order.status is FormOrderStatus.Completed and ignored not in behaviour.omits:
            used = "Engangskoden er brukt: skjemaet" if by_code else "Skjemaet"
            raise LogInRefused(f"{used} er allerede besvart og levert.")
        late = order.status is FormOrderStatus.Expired or order.expires_at <= self.office.clock()
        if late and "expiry" not in behaviour.omits:
            raise LogInRefused("Fristen for å svare på skjemaet er gått ut.")
        if order.status is FormOrderStatus.Error:
            raise LogInRefused("Skjemaet ble ikke sendt ut, og kan ikke besvares.")
        published = self.office.form_of(order).status.value == "Publisert"
        if not published and "withdrawn-closed" in behaviour.adds:
            raise Closed("Skjemaet er trukket tilbake.")

    def _acting(self, order: Order, login: Login) -> tuple[str, str]:
        if login.person.national_id == order.receiver:
            return order.receiver, "SegSelv"
        receiver = self.office.population.by_national_id(order.receiver)
        grown_up = receiver is not None and receiver.age_on(self.office.clock().date()) >= 18
        return login.person.national_id, "Fullmakt" if grown_up else "Foreldrerepresentasjon"

    def _copy_place(self, order: Order) -> CopyPlace:
        """Where the copy goes. Source: Utfylling av skjema; BestillingAvSkjemaV2, Parametere - Inn."""
        behaviour = self._behaviour(order)
        unwanted = order.asked.get("dontStoreCompletedFormInPha") and "copy-unwanted" not in behaviour.adds
        others = order.on_behalf_of is not None and "copy-to-other" not in behaviour.adds
        if unwanted or others or "copy" in behaviour.omits:
            return CopyPlace.NOWHERE
        if order.channel is NotificationChannel.Unsecure and "copy-by-unsecure" in behaviour.adds:
            return CopyPlace.MAILBOX
        return CopyPlace(_COPY_CHANNELS.get(order.channel or NotificationChannel.NoChannel, ""))

    def _send_copy(self, order: Order, receipt: Receipt) -> None:
        if receipt.copy is CopyPlace.NOWHERE:
            return
        form = self.office.form_of(order)
        # The cover letter goes with the copy. Source: ReleaseNotev2.7.
        letter = with_metadata(form.cover_letter, metadata_of(order.asked.get("metadata")))
        self.office.outbox.add(
            Posting(
                kind=PostingKind.COPY,
                channel=order.channel or NotificationChannel.NoChannel,
                order_id=order.id,
                national_id=order.receiver,
                address=receipt.copy.value,
                sender=order.system.name,
                title=f"Kopi av {form.shown_title}",
                text="\n\n".join([letter, *_lines(receipt.answer.data)]),
                link=None,
                sent_at=self.office.clock(),
            )
        )


def _lines(data: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, value in data.items():
        lines += _lines(value) if isinstance(value, Mapping) else [f"{name}: {value}"]
    return lines
