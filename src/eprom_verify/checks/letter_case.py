"""One scenario's letter: how it is sent, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from eprom_verify.checks import mistaken
from eprom_verify.checks.blame import caller_at_fault
from eprom_verify.checks.case import EPROM, SYSTEM, Case
from eprom_verify.checks.pdf import make_pdf
from eprom_verify.checks.words import as_json, beginning
from eprom_verify.contract.enumerations import NotificationChannel
from eprom_verify.contract.letter_documents import Document, document_collection, main_document
from eprom_verify.drivers.protocol import MessageIntent
from eprom_verify.errors import ContractBroken, HarnessProblem, Unverified
from eprom_verify.exchange import ZERO_GUID, Exchange
from eprom_verify.rig import HARNESS
from eprom_verify.simulator.wire import SIMULATOR_FAILED

PAGE = "SendeMeldingTilInnbyggerV2"
IN = f"{PAGE}, Sende melding klient-side"
ERRORS = f"{PAGE}, Feilsituasjoner"
CALLBACK = f"{PAGE}, Mottak av status for forsendelse"
LETTER, LETTER_STATUS = "B", "K"
LETTER_PATH = "/api/v2/MessageToCitizen"

SENDER = {"organisationName": "Prøveregisteret", "organisationNr": "000000000"}
ABOUT = {
    "title": "Brev fra Prøveregisteret",
    "description": "Et prøvebrev uten sensitivt innhold",
    "merknad": "Skal ikke følges opp",
}


@dataclass
class LetterLedger:
    """What the scenarios of a run have caused with letters, so that it is not held against the integration.

    `asked` is how many letters the bestillersystem was asked to send; `repeated` and `other_edition` hold the ids of
    letters whose status the simulator was told to send more than once, or in another edition. `differences` are
    letters that say otherwise than was asked: the exchange, the member, what was asked and what was sent.
    """

    asked: int = 0
    repeated: set[str] = field(default_factory=set)
    other_edition: set[str] = field(default_factory=set)
    differences: list[tuple[Exchange, str, object, object]] = field(default_factory=list)


@dataclass
class LetterCase:
    """The letter of a scenario's patient; `letter` is the exchange that sent it, `intent` what was asked."""

    case: Case
    ledger: LetterLedger
    intent: MessageIntent | None = None
    letter: Exchange | None = None
    changes: dict[str, Any] = field(default_factory=dict)

    def stimulate(self, **changes: Any) -> None:
        """Make the simulator do something with the patient's letters that ePROM may do."""
        simulator = self.case.simulator
        now = simulator.office.behaviour(self.case.national_id).letters
        simulator.stimulate(self.case.national_id, letters=replace(now, **changes))
        self.changes |= changes

    def close(self) -> None:
        """Leave the ledger with what the scenario itself has caused."""
        message_ids = {each.message_id for each in self.letters() if each.message_id is not None}
        if self.changes.get("copies", 1) > 1:
            self.ledger.repeated |= message_ids
        if self.changes.get("edition") not in (None, self.case.rig.config.edition):
            self.ledger.other_edition |= message_ids

    def send(self, channels: str, *, size: int = 0, color: bool = False) -> None:
        """Let the bestillersystem send a letter to the patient, and find it in the journal.

        `size` is the number of bytes of the PDF; 0 is as small as it gets.

        Raises:
            ContractBroken: no letter came.
            HarnessProblem: the bestillersystem could not be asked.
            Unverified: it sent one to somebody else; the requirement on what letters say tells of that.
        """
        self.intent = MessageIntent(
            case_id=self.case.id,
            national_id=self.case.national_id,
            pdf=make_pdf(f"Prøvebrev {self.case.id}", size=size),
            sender_info=SENDER,
            message_info=ABOUT,
            notification_priority_list=channels_in(channels),
            paper_color_print=color,
        )
        act = self.case.acted_before()
        if act is not None:
            self.letter = self.case.rig.journal.exchange(act.exchange)
            if act.adopted and self.letter is not None:
                self._count()
                self._was_sent(self.intent, self.letter)
            return
        with self.case.acting():
            self._count()
            self.case.rig.driver.send_message(self.intent)
            self.letter = self._seen()
            if self.letter is None:
                raise self._none_came()
            self._was_sent(self.intent, self.letter)

    def _count(self) -> None:
        """Let the ledgers know that the bestillersystem is asked for one."""
        self.ledger.asked += 1
        mistaken.asks(self.case, LETTER)

    def _was_sent(self, intent: MessageIntent, letter: Exchange) -> None:
        self._compare(intent, letter)
        self.case.has_acted(letter)

    def call(self, *, api_key: str | None = None, size: int = 0, **changes: Any) -> None:
        """Send a letter directly to ePROM, for what no correct bestillersystem would send."""
        body = {
            "nationalId": self.case.national_id,
            "senderInfo": SENDER,
            "messageInfo": ABOUT,
            "documentCollection": document_collection(make_pdf("Prøvebrev", size=size)),
            "notificationPriorityList": ["Helsenorge"],
        } | changes
        asked = self.case.once(lambda: self.case.rig.direct.call("POST", LETTER_PATH, body, api_key=api_key))
        self.letter = self.case.note(asked)

    @property
    def intent_made(self) -> MessageIntent:
        """What the bestillersystem was asked to send.

        Raises:
            HarnessProblem: the scenario has not asked it for anything.
        """
        if self.intent is None:
            raise HarnessProblem("Scenariet har ikke bedt bestillersystemet om noe brev.")
        return self.intent

    @property
    def sent(self) -> Exchange:
        """The exchange that sent the letter.

        Raises:
            HarnessProblem: the scenario has not sent any, or the network lost it.
        """
        if self.letter is None:
            raise HarnessProblem("Scenariet har ikke sendt noe brev.")
        if self.letter.response is not None and self.letter.response.header(SIMULATOR_FAILED) is not None:
            raise HarnessProblem("Simulatoren klarte ikke å behandle brevet; feilen er verktøyets egen.")
        if self.letter.failure is not None:
            raise HarnessProblem(f"Brevet nådde ikke fram, eller ble ikke besvart: {self.letter.failure}")
        return self.letter

    @property
    def channel(self) -> NotificationChannel:
        """The channel that ePROM answered with.

        Raises:
            ContractBroken: it answered with no channel that exists, or refused what was rightly asked.
            Unverified: it was asked wrongly.
        """
        self.taken_or_blamed()
        assert self.sent.response is not None
        value = self.sent.response.member("notificationChannel")
        try:
            return NotificationChannel.parse(value)
        except ValueError as exc:
            raise self.broken(
                "notificationChannel er en av kanalene", as_json(value), where="/notificationChannel"
            ) from exc

    @property
    def message_id(self) -> str:
        """The id that ePROM gave the letter.

        Raises:
            ContractBroken: it gave none, though it was asked rightly and the citizen can be reached.
            Unverified: it was asked wrongly.
        """
        channel, message_id = self.channel, self.sent.message_id
        if channel is NotificationChannel.NoChannel or message_id in (None, ZERO_GUID):
            raise self.broken("svaret har en kanal og messageToCitizenId", self.answer_text)
        return str(message_id)

    def taken_or_blamed(self) -> None:
        """ePROM answered the letter with 200.

        Raises:
            ContractBroken: it did not, though it was asked rightly.
            Unverified: it was asked wrongly; the requirements on letters tell of that.
        """
        if self.sent.status == 200:
            return
        if self.asked_wrongly:
            raise Unverified(f"Det ble ikke noe brev å se på, for brevet var feil: {self.answer_text}")
        raise self.broken("ePROM tar imot brevet med status 200", self.answer_text)

    @property
    def asked_wrongly(self) -> bool:
        """Whether the letter itself was wrong: against the contract, or other than was asked."""
        return self.sent.sender != HARNESS and (caller_at_fault(self.sent) or not self.as_asked)

    @property
    def as_asked(self) -> bool:
        """Whether the letter has the document and the channels that the bestillersystem was asked to send."""
        wanted = self.intent_made
        return self.document == Document.of(wanted.pdf) and self.channels == list(wanted.notification_priority_list)

    @property
    def document(self) -> Document | None:
        """The main document that was sent."""
        return main_document(self.sent.request.member("documentCollection"))

    @property
    def channels(self) -> list[NotificationChannel] | None:
        """The channels that were sent, in their order; None when they cannot be read."""
        sent = self.sent.request.member("notificationPriorityList")
        try:
            return [NotificationChannel.parse(each) for each in sent] if isinstance(sent, list) else None
        except ValueError:
            return None

    @property
    def answer_text(self) -> str:
        """What the letter was answered with, in a few words."""
        text = beginning(self.sent.response.text, 300) if self.sent.response else "intet svar"
        return f"status {self.sent.status}: {text}"

    def status(self) -> Exchange:
        """The first status of the letter; waits for it.

        Raises:
            ContractBroken: it did not come before its deadline.
            Unverified: the bestillersystem asked that it should not come.
        """
        message_id = self.message_id
        if self.sent.sender != HARNESS and self.sent.request.member("testMode") is True:
            raise Unverified("Bestillersystemet sendte brevet i testmodus, og da skal ikke statusen komme.")
        found = self.case.awaited(
            lambda each: each.operation == LETTER_STATUS and each.done and each.message_id == message_id,
            "status for brevet",
            self.sent,
        )
        if found is not None:
            self.case.note(found)
        if found is None:
            self.case.refuse_if_away("Statusen", self.sent)
            seconds = self.case.rig.config.deadlines.status_s
            raise self.broken(
                f"ePROM sender status for brevet innen {seconds:g} s", "ingen status kom", source=CALLBACK
            )
        if found.failure is not None:
            raise self.broken(
                "bestillersystemet svarer på statusen", found.failure, party=SYSTEM, source=CALLBACK, exchange=found
            )
        return found

    def statuses(self) -> list[Exchange]:
        """The finished statuses of the letter, in the order they came."""
        message_id = self.message_id
        seen = self.case.rig.journal.exchanges(since=self.case.since)
        return [
            each for each in seen if each.operation == LETTER_STATUS and each.done and each.message_id == message_id
        ]

    def status_if_any(self) -> Exchange | None:
        """A status of the letter where none is to come; waits a short while only."""
        message_id = self.sent.message_id
        found = self.case.rig.journal.wait_for(
            lambda each: each.operation == LETTER_STATUS and each.message_id == message_id,
            timeout_s=self.case.rig.config.deadlines.quiet_s,
            since=self.case.since,
        )
        return found and self.case.note(found)

    def letters(self) -> list[Exchange]:
        """The letters to the patient that the bestillersystem has sent since the case began."""
        return [each for each in self.case.rig.journal.exchanges(since=self.case.since) if self._is_mine(each)]

    def broken(
        self,
        expected: str,
        received: str,
        *,
        party: str = EPROM,
        source: str = IN,
        where: str = "",
        exchange: Exchange | None = None,
    ) -> ContractBroken:
        """A failure; ePROM's fault, in the answer to the letter, unless something else is said."""
        shown = exchange or self.sent
        return ContractBroken(party, expected, received, where=where, source=source, exchanges=(shown.id,))

    def _none_came(self) -> ContractBroken:
        """The failure that says that no letter came, or only such as cannot be told to be to the patient."""
        seen = self.case.rig.journal.exchanges(since=self.case.since)
        others = tuple(each.id for each in seen if each.operation == LETTER and each.sender != HARNESS)
        received = "et brev kom, men fødselsnummeret i det er et annet, eller lar seg ikke lese" if others else ""
        return ContractBroken(
            SYSTEM,
            "bestillersystemet sender et brev til pasienten",
            received or "ikke noe brev kom",
            where="/nationalId" if others else "",
            source=IN,
            hint=""
            if others
            else "Sjekk at PromsApiBaseUrl i bestillersystemet peker hit, med stien (som /promswebapi).",
            exchanges=others,
        )

    def _seen(self) -> Exchange | None:
        found = mistaken.call(self.case, LETTER, self._is_mine, since=self.case.since)
        return found and self.case.note(found)

    def _is_mine(self, exchange: Exchange) -> bool:
        if exchange.operation != LETTER or exchange.sender == HARNESS or not exchange.done:
            return False
        if self.case.of_others(exchange):
            return False
        return bool(exchange.request.member("nationalId") == self.case.national_id)

    def _compare(self, intent: MessageIntent, letter: Exchange) -> None:
        """Note what the letter says otherwise than was asked; what has a requirement of its own is looked at there."""
        wanted = {"senderInfo": dict(intent.sender_info), "messageInfo": dict(intent.message_info), "testMode": False}
        for name, value in wanted.items():
            seen = letter.request.member(name)
            if _folded(seen) != _folded(value) and (seen or value):
                self.ledger.differences.append((letter, name, value, seen))


def channels_in(text: str) -> Sequence[NotificationChannel]:
    """Channels from a list such as «Helsenorge, DigitalMailbox»."""
    return tuple(NotificationChannel.parse(each.strip()) for each in text.split(","))


def _folded(value: object) -> object:
    """A member as ePROM reads it: the names in it in any case."""
    return {name.casefold(): inner for name, inner in value.items()} if isinstance(value, dict) else value
