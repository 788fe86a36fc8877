"""What must hold when ePROM fails: it answers with an error, does not answer, or breaks the connection.

What did not become anything is not held for done, and what may have become something is not sent again by itself. What
a bestillersystem shall do then is not documented, but for the errors that the pages list; each requirement says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from eprom_verify.checks import mistaken, unsecure
from eprom_verify.checks.blame import broken
from eprom_verify.checks.case import SYSTEM, Case
from eprom_verify.checks.letter_case import LETTER, LetterCase
from eprom_verify.checks.letters import letter_not_held
from eprom_verify.checks.ordering import ERRORS, order_not_held
from eprom_verify.checks.patience import patient
from eprom_verify.checks.privacy import ERRORS as PRIVACY_ERRORS
from eprom_verify.checks.privacy_case import CHANGE, READ, PrivacyCase
from eprom_verify.checks.unsecure import Messaging
from eprom_verify.errors import ContractBroken, HarnessProblem, Unverified
from eprom_verify.exchange import Exchange
from eprom_verify.rig import HARNESS, Rig
from eprom_verify.simulator.outage import DROP, SILENCE

NO_ANSWER = {"ikke noe svar": SILENCE, "brutt forbindelse": DROP}
STATUSES = {status.phrase: status.value for status in HTTPStatus}
ORDER = "A"
MESSAGES = ("C", "D")
KINDS = {"bestilling": (ORDER,), "brev": (LETTER,), "melding": MESSAGES}
_SENT_AGAIN = 20
"""How many orders more a system may send for a patient whose orders fail, before they count as anything else."""


@dataclass
class FailureLedger:
    """What was asked of the bestillersystem while ePROM failed: how many orders, letters or messages, by operation and
    national id. Nothing else is asked for the patients of these scenarios.
    """

    asked: Counter[str] = field(default_factory=Counter)


@dataclass
class Outage:
    """A failure that a scenario's patient meets, by its name in the features.

    `unasked` is what the driver said when the bestillersystem did not answer it, as when ePROM does not answer either.
    """

    case: Case
    failure: str = ""
    unasked: HarnessProblem | None = None

    def begin(self, failure: str) -> None:
        """Let every call about the patient fail so, until the scenario ends."""
        self.failure = failure
        self.case.stimulate(outage=NO_ANSWER.get(failure) or STATUSES[failure])

    def calls(self, *operations: str) -> list[Exchange]:
        """The calls of the bestillersystem about the patient since the scenario began, which ended as they were to.

        Raises:
            ContractBroken: there was none.
            HarnessProblem: there was none, and the bestillersystem could not be asked.
            Unverified: they ended otherwise, as they do when they are wrong themselves.
        """
        first = self.case.rig.journal.wait_for(
            lambda each: self._is_mine(each, operations),
            timeout_s=self.case.rig.order_s,
            since=self.case.since,
        )
        if first is None and self.unasked is not None:
            raise self.unasked
        if first is None:
            raise ContractBroken(SYSTEM, "bestillersystemet kaller ePROM", "ikke noe kall kom", source=ERRORS)
        seen = self.case.rig.journal.exchanges(since=self.case.since)
        found = [self.case.note(each) for each in seen if self._is_mine(each, operations)]
        if any(each.status != STATUSES.get(self.failure) for each in found):
            raise Unverified(f"ePROM svarte ikke med «{self.failure}», så det viser ikke noe.")
        # The simulator was told to: it is no fault of ePROM's.
        self.case.rig.ledger.told_to_answer |= {each.id for each in found}
        self.case.rig.ledger.provoked |= {each.id for each in found}
        return found

    @contextmanager
    def asking(self, operation: str) -> Iterator[None]:
        """While the bestillersystem is asked to call ePROM: that it could not reach it, is what was to happen."""
        key = f"{operation} {self.case.national_id}"
        self.case.rig.ledgers.of(FailureLedger).asked[key] += 1
        # When it sends again by itself is its own affair; each time is for this patient, and for no other.
        mistaken.asks(self.case, operation, _SENT_AGAIN)
        try:
            yield
        except HarnessProblem as exc:
            if self.failure not in NO_ANSWER:
                raise
            self.unasked = exc

    def _is_mine(self, exchange: Exchange, operations: tuple[str, ...]) -> bool:
        mine = exchange.request.member("nationalId") == self.case.national_id
        return mine and exchange.operation in operations and exchange.done and exchange.sender != HARNESS


def meant_to_fail(rig: Rig, call: Exchange) -> bool:
    """Whether a call was about the patient of such a scenario: of those, each was to fail while it lasted."""
    return f"{call.operation} {call.request.member('nationalId')}" in rig.ledgers.of(FailureLedger).asked


def order(outage: Outage) -> None:
    """Let the bestillersystem order a form, which fails."""
    outage.case.rig.ledger.asked[outage.case.national_id] += _SENT_AGAIN
    with outage.asking(ORDER):
        outage.case.place("Basic", meant_to_fail=True)
    outage.case.order = outage.calls(ORDER)[0]


def send_letter(outage: Outage, letter: LetterCase) -> None:
    """Let the bestillersystem send a letter, which fails."""
    with outage.asking(LETTER):
        letter.send("Helsenorge")
    letter.letter = outage.calls(LETTER)[0]


def send_message(outage: Outage, messaging: Messaging, kind: str) -> None:
    """Let the bestillersystem send an SMS or e-mail, which fails."""
    with outage.asking(unsecure.KINDS[kind].letter):
        unsecure.send(messaging, kind, unsecure.BY_ID)
    messaging.exchange = outage.calls(*MESSAGES)[0]


def read_setting(outage: Outage, privacy: PrivacyCase) -> None:
    """Let the bestillersystem read a privacy setting, which fails."""
    with outage.asking(READ):
        privacy.system_reads()
    privacy.answered = outage.calls(READ)


def change_setting(outage: Outage, privacy: PrivacyCase, status: str) -> None:
    """Let the bestillersystem change a privacy setting, which fails."""
    with outage.asking(CHANGE):
        privacy.system_changes(status)
    privacy.answered = outage.calls(CHANGE)


def order_not_made(outage: Outage) -> None:
    """The bestillersystem does not hold that the order was made."""
    order_not_held(outage.case, outage.failure)


def letter_not_sent(outage: Outage, letter: LetterCase) -> None:
    """The bestillersystem does not hold that the letter was sent."""
    letter_not_held(letter, outage.failure, outage.calls(LETTER)[0])


def message_not_sent(outage: Outage, messaging: Messaging) -> None:
    """The bestillersystem does not hold that the message was sent."""
    unsecure.message_held(messaging, sent=False, answered=outage.failure, shown=outage.calls(*MESSAGES)[0])


@patient
def setting_unknown(outage: Outage, privacy: PrivacyCase) -> None:
    """The bestillersystem holds nothing of the setting: a call that failed tells nothing, and changes nothing."""
    if known := privacy.known():
        shown = ", ".join(f"{each.type.name} {each.status.name}" for each in known)
        expected = f"innstillingen er ukjent etter {outage.failure}"
        raise broken(expected, shown, privacy.answered[-1], source=PRIVACY_ERRORS, party=SYSTEM)


def none_sent_again(rig: Rig, *operations: str) -> None:
    """Nothing that failed was sent again by itself, in the whole run.

    Raises:
        Unverified: nothing was made to fail.
    """
    asked = {key: count for key, count in rig.ledgers.of(FailureLedger).asked.items() if key.split()[0] in operations}
    if not asked:
        raise Unverified("Kjøringen har ikke noe som feilet med vilje.")
    sent = [each for each in rig.seen(*operations) if each.sender != HARNESS and _key(each) in asked]
    for key, count in asked.items():
        those = [each for each in sent if _key(each) == key]
        if len(those) > count:
            expected = "det som feilet, blir ikke sendt på nytt av seg selv"
            seen = f"{len(those)} kall, etter å ha blitt bedt om {count}"
            source = "IntegrasjonVerifikasjon, 1) Bestilling av skjema"
            raise broken(expected, seen, those[-1], source=source, party=SYSTEM)


def _key(exchange: Exchange) -> str:
    return f"{exchange.operation} {exchange.request.member('nationalId')}"
