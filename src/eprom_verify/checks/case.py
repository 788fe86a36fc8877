"""One scenario's case: the patient, the order that is placed for them, and what came of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eprom_verify.checks.blame import NOT_FOUND, caller_at_fault
from eprom_verify.checks.kept import Kept
from eprom_verify.checks.words import beginning
from eprom_verify.contract.enumerations import DistributionRule
from eprom_verify.drivers.protocol import OrderIntent, Registered
from eprom_verify.errors import (
    ONLY_SIMULATED,
    RULE_NOT_USED,
    ContractBroken,
    ForAPerson,
    HarnessProblem,
    NotApplicable,
    Unverified,
)
from eprom_verify.exchange import ZERO_GUID, Exchange
from eprom_verify.persons import texts
from eprom_verify.rig import HARNESS
from eprom_verify.simulator.app import Simulator
from eprom_verify.simulator.wire import SIMULATOR_FAILED

PAGE = "BestillingAvSkjemaV2"
ORDERING, STATUS, RETURN = "A", "I", "J"
EPROM, SYSTEM = "eprom", "bestillersystem"


@dataclass
class Case(Kept):
    """What one scenario has said and done so far.

    `order` is the exchange of the order, `intent` what the bestillersystem was asked to order, and `noted` the ids of
    further exchanges that belong to the case. `answered` are orders that are looked at in place of its own.
    """

    national_id: str = ""
    intent: OrderIntent | None = None
    order: Exchange | None = None
    stimuli: dict[str, Any] = field(default_factory=dict)
    meant_to_fail: bool = False
    other_form: bool = False
    noted: set[str] = field(default_factory=set)
    answered: list[Exchange] = field(default_factory=list)

    def close(self) -> None:
        """Leave the simulator as it was found, and the ledger with what the scenario itself has caused."""
        for each in self.evidence(self.since):
            if each.operation == ORDERING:
                self._account_for(each)
        if self.kept and self.rig.attempts is not None:
            self.rig.attempts.left(self.scenario)
        if self.rig.simulator is not None and self.national_id:
            self.rig.simulator.calm(self.national_id)

    @property
    def simulator(self) -> Simulator:
        """The simulator.

        Raises:
            Unverified: ePROM is a real environment, which cannot be made to do what is seldom.
        """
        if self.rig.simulator is None:
            raise ForAPerson(ONLY_SIMULATED)
        return self.rig.simulator

    def choose(self, persona: str) -> None:
        """Let this persona be the patient."""
        self.national_id = self.rig.national_id(persona)

    def stimulate(self, **changes: Any) -> None:
        """Make the simulator do something that ePROM may do, for this patient."""
        self.simulator.stimulate(self.national_id, **changes)
        self.stimuli |= changes

    def place(self, rule: str | None = None, *, meant_to_fail: bool = False, **changes: Any) -> None:
        """Let the bestillersystem order a form for the patient, and find the order in the journal.

        Raises:
            ContractBroken: no order came.
            HarnessProblem: the bestillersystem could not be asked.
            Unverified: it ordered for somebody else; the requirement on what orders say tells of that.
        """
        if rule is not None and rule not in self.rig.config.profile.rules:
            raise NotApplicable(f"{RULE_NOT_USED} {rule} (profilen i oppsettet).")
        self.intent = self._intent(None if rule is None else DistributionRule[rule], changes)
        self.meant_to_fail = meant_to_fail
        act = self.acted_before()
        if act is not None:
            self.order = self.rig.journal.exchange(act.exchange)
            if act.adopted and self.order is not None:
                self._count(self.intent)
                self._placed(self.intent, self.order)
            return
        with self.acting():
            self._order(self.intent)

    def _order(self, intent: OrderIntent) -> None:
        self._count(intent)
        self.rig.driver.order_form(intent)
        found = self.rig.journal.wait_for(
            lambda each: self._is_mine(each) or self._is_for_another(each),
            timeout_s=self.rig.order_s,
            since=self.since,
        )
        if found is not None and not self._is_mine(found):
            self._for_another(self.note(found))
        self.order = found
        if self.order is None:
            self._unanswered()
            raise ContractBroken(
                SYSTEM,
                "bestillersystemet sender en bestilling til ePROM",
                "ingen bestilling kom",
                source=f"{PAGE}, Bestilling server-side",
                hint="Sjekk at PromsApiBaseUrl i bestillersystemet peker hit, med stien (som /promswebapi).",
            )
        self._placed(intent, self.order)

    def _count(self, intent: OrderIntent) -> None:
        """Let the ledger know that the bestillersystem is asked for this."""
        self.rig.ledger.asked[self.national_id] += 1
        if intent.on_behalf_of_national_id:
            # Which of the two receives it is looked at elsewhere: to mistake them is not to order twice.
            self.rig.ledger.asked[intent.on_behalf_of_national_id] += 1

    def _placed(self, intent: OrderIntent, order: Exchange) -> None:
        self._compare(intent, order)
        self.has_acted(order)

    def call(self, *, without: str = "", api_key: str | None = None, **changes: Any) -> None:
        """Order directly at ePROM, for what no correct bestillersystem would send."""
        body = self.direct_body() | changes
        body.pop(without, None)
        self.order = self.once(lambda: self.rig.direct.order(body, api_key=api_key))

    def direct_body(self) -> dict[str, Any]:
        """A correct order for the patient, as ePROM takes it."""
        return {
            "formId": self.rig.form("RAND-12"),
            "nationalId": self.national_id,
            "expiryDate": self.in_days(30).isoformat(timespec="seconds"),
            "distributionRule": "Basic",
        }

    @property
    def made(self) -> Exchange:
        """The exchange of the order.

        Raises:
            HarnessProblem: the scenario has not ordered anything.
        """
        if self.order is None:
            raise HarnessProblem("Scenariet har ikke bestilt noe.")
        return self.order

    @property
    def order_id(self) -> str:
        """The id that ePROM gave the order.

        Raises:
            ContractBroken: ePROM made no order, though it was asked rightly.
            HarnessProblem: ePROM could not be reached.
            Unverified: no order was made because it was asked wrongly; the requirements on orders tell of that.
        """
        if self.was_made:
            return str(self.made.order_id)
        self.reached()
        if self.asked_wrongly:
            raise Unverified(f"Det ble ingen bestilling å se på, for bestillingen var feil: {self.answer_text}")
        raise self.not_made(EPROM)

    def reached(self) -> None:
        """The order reached ePROM, and was answered: what the network lost says nothing about either end.

        Raises:
            HarnessProblem: it did not, or was not.
        """
        if self.made.response is not None and self.made.response.header(SIMULATOR_FAILED) is not None:
            raise HarnessProblem("Simulatoren klarte ikke å behandle bestillingen; feilen er verktøyets egen.")
        if self.made.failure is not None:
            raise HarnessProblem(f"Bestillingen nådde ikke fram, eller ble ikke besvart: {self.made.failure}")

    @property
    def was_made(self) -> bool:
        """Whether ePROM made an order of it."""
        return self.made.status == 200 and self.made.order_id not in (None, ZERO_GUID)

    @property
    def asked_wrongly(self) -> bool:
        """Whether the order itself was wrong: against the contract, or for another form than was asked."""
        return self.made.sender != HARNESS and (caller_at_fault(self.made) or self.other_form)

    def not_made(self, party: str) -> ContractBroken:
        """The failure that says that no order was made, and whose fault it is."""
        return ContractBroken(
            party,
            "ePROM tar imot bestillingen: status 200 og en id",
            self.answer_text,
            where=f"svaret på {self.made.method} {self.made.url}",
            source=f"{PAGE}, Parametere – Ut",
            hint=NOT_FOUND if self.made.status == 404 and self.rig.simulator is None else "",
            exchanges=(self.made.id,),
        )

    @property
    def answer_text(self) -> str:
        """What the order was answered with, in a few words."""
        if self.made.response is None:
            return self.made.failure or "intet svar"
        return f"status {self.made.status}: {beginning(self.made.response.text, 300)}"

    def statuses(self) -> list[Exchange]:
        """The finished status callbacks for the order, in the order they came."""
        order_id = self.order_id
        seen = self.rig.journal.exchanges(since=self.since)
        return [each for each in seen if each.operation == STATUS and each.done and each.order_id == order_id]

    def status(self) -> Exchange:
        """The first status callback for the order; waits for it.

        Raises:
            ContractBroken: it did not come before its deadline.
        """
        order_id = self.order_id
        if self.other_form:
            raise Unverified(
                "Bestillersystemet bestilte et annet skjema enn det ble bedt om, så statusen viser ikke noe."
            )
        seconds = self.rig.config.deadlines.status_s
        found = self.awaited(
            lambda each: each.operation == STATUS and each.order_id == order_id and each.failure is None,
            "status for bestillingen",
            self.made,
        )
        if found is None:
            self._not_taken(order_id)
            self.refuse_if_away("Statusen", self.made)
            raise ContractBroken(
                EPROM,
                f"ePROM sender status for bestillingen innen {seconds:g} s",
                "ingen status kom",
                source=f"{PAGE}, Mottak av status for bestillingen",
                hint="Sjekk at ApiBaseUrl i ePROM Admin peker på mottaket.",
                exchanges=(self.made.id,),
            )
        return found

    def status_if_any(self) -> Exchange | None:
        """The status callback where the documentation does not say that one comes; waits a short while only."""
        order_id = self.order_id
        return self.awaited(
            lambda each: each.operation == STATUS and each.order_id == order_id,
            "en status som kan komme for bestillingen",
            self.made,
            seconds=self.rig.config.deadlines.quiet_s,
        )

    def look_at(self, answered: list[Exchange]) -> None:
        """Look at these orders, which have been answered, in place of the case's own."""
        self.answered, self.order = answered, answered[0]
        self.since = min(each.request.seq for each in answered) - 1

    def registered(self) -> tuple[Registered, ...]:
        """What the bestillersystem has registered for the order."""
        return self.rig.driver.registered(self.order_id)

    def note(self, exchange: Exchange) -> Exchange:
        """Let an exchange belong to the case, so that it stands in the report; gives it back."""
        self.noted.add(exchange.id)
        return exchange

    def seen(self, operation: str, test: Callable[[Exchange], bool]) -> Exchange | None:
        """The first exchange of an operation since the case began that is done and passes the test; waits for it as
        long as the bestillersystem may take. What ePROM may take days for is `awaited`."""
        found = self.rig.journal.wait_for(
            lambda each: each.operation == operation and each.done and test(each),
            timeout_s=self.rig.order_s,
            since=self.since,
        )
        return found and self.note(found)

    def evidence(self, since: int) -> list[Exchange]:
        """The exchanges since entry number `since` that belong to this case."""
        mine = {self.order.id, *self.noted} if self.order else self.noted
        order_id = self.order.order_id if self.order is not None and self.was_made else None
        seen = self.rig.journal.exchanges(since=since)
        if self.answered:
            theirs = {each.order_id for each in self.answered}
            return [each for each in seen if each.id in mine or each.order_id in theirs]
        return [
            each
            for each in seen
            if each.id in mine
            or self._is_mine(each)
            or (order_id is not None and each.order_id == order_id)
            or self._tells_of_patient(each)
        ]

    def _tells_of_patient(self, exchange: Exchange) -> bool:
        """Whether a message besides orders and their statuses is about the patient, and of this case."""
        mine = exchange.sender == EPROM or not self.of_others(exchange)
        told = mine and exchange.operation not in (ORDERING, STATUS) and bool(self.national_id)
        return told and self.national_id in exchange.request.text

    def _compare(self, intent: OrderIntent, order: Exchange) -> None:
        """Note what the order says otherwise than the bestillersystem was asked; what has a requirement of its own
        (metadata, rule, expiry, signing, on behalf of) is looked at there."""
        wanted: dict[str, Any] = {
            "formId": intent.form_id,
            "testMode": False,
            "dontStoreCompletedFormInPha": intent.dont_store_completed_form_in_pha,
            "physicalAddress": intent.physical_address,
        }
        if not intent.must_be_signed:
            wanted["mustBeSigned"] = False
        for name, value in wanted.items():
            seen = order.request.member(name)
            same = seen == value or (seen in (None, "") and not value) or str(seen).casefold() == str(value).casefold()
            if not same:
                self.rig.ledger.differences.append((order, name, value, seen))
                self.other_form = self.other_form or name == "formId"

    def _unanswered(self) -> None:
        """An order that was sent and not answered is no fault of the one who sent it."""
        for each in self.rig.journal.exchanges(since=self.since):
            mine = each.operation == ORDERING and each.request.member("nationalId") == self.national_id
            if mine and not each.done:
                raise HarnessProblem("Bestillingen ble sendt, men ePROM svarte ikke innen fristen.")

    def _not_taken(self, order_id: str) -> None:
        """A status that was sent, and that nobody answered, is no fault of the one who sent it."""
        for each in self.rig.journal.exchanges(since=self.since):
            if each.operation == STATUS and each.order_id == order_id:
                raise ContractBroken(
                    SYSTEM,
                    "bestillersystemet svarer på statusen innen fristen",
                    each.failure or "intet svar ennå",
                    where=f"{each.method} {each.url}",
                    source=f"{PAGE}, Mottak av status for bestillingen",
                    exchanges=(each.id,),
                )

    def _account_for(self, order: Exchange) -> None:
        ledger = self.rig.ledger
        if self.meant_to_fail:
            ledger.provoked.add(order.id)
        if order.order_id is None:
            return
        if self.stimuli.get("copies", 1) > 1:
            ledger.repeated.add(order.order_id)
        if self.stimuli.get("edition") not in (None, self.rig.config.edition):
            ledger.other_edition.add(order.order_id)

    def _is_mine(self, exchange: Exchange) -> bool:
        if exchange.operation != ORDERING or not exchange.done or self.of_others(exchange):
            return False
        # Who receives and who is represented may have been mistaken for each other.
        mine = {self.national_id, self.intent.on_behalf_of_national_id if self.intent else None}
        return exchange.sender != HARNESS and exchange.request.member("nationalId") in mine - {None}

    def _is_for_another(self, exchange: Exchange) -> bool:
        """Whether this is one order more for a person than the bestillersystem was asked to place."""
        if exchange.operation != ORDERING or not exchange.done or exchange.sender == HARNESS:
            return False
        person = exchange.request.member("nationalId")
        if person == self.national_id:
            return False
        sent: int = sum(each == person for each in self._ordered_for())
        return sent > self.rig.ledger.asked[str(person)]

    def _ordered_for(self) -> list[Any]:
        """Whom the bestillersystem has ordered for in the run, once for each order."""
        orders = [each for each in self.rig.journal.exchanges() if each.operation == ORDERING]
        return [each.request.member("nationalId") for each in orders if each.sender != HARNESS]

    def _for_another(self, order: Exchange) -> None:
        seen = order.request.member("nationalId")
        self.rig.ledger.differences.append((order, "nationalId", self.national_id, seen))
        raise Unverified(
            "Bestillersystemet bestilte for en annen pasient enn det ble bedt om, så resten viser ikke noe. "
            "Kravet om hva bestillingene sier, er brutt."
        )

    def _intent(self, rule: DistributionRule | None, changes: Mapping[str, Any]) -> OrderIntent:
        words = texts(random.Random(f"{self.rig.seed}/{self.national_id}"))  # noqa: S311 - texts, not secrets
        settings: dict[str, Any] = {
            "form_id": self.rig.form("RAND-12"),
            "expiry_date": self.in_days(30),
            "metadata": {"sted": words.metadata_value},
        }
        return OrderIntent(
            case_id=self.id, national_id=self.national_id, distribution_rule=rule, **(settings | dict(changes))
        )
