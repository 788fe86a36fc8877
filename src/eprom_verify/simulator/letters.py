"""ePROM's letters: takes them, finds the channel that reaches the citizen, and tells what came of them.

Source: SendeMeldingTilInnbyggerV2.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eprom_verify.contract import EDITIONS
from eprom_verify.contract.enumerations import NotificationChannel, SentStatus
from eprom_verify.simulator.callbacks import Parcel
from eprom_verify.simulator.distribution import HELSENORGE, Reach
from eprom_verify.simulator.letter import Letter
from eprom_verify.simulator.letter_behaviour import LetterBehaviour
from eprom_verify.simulator.letter_request import Asked, national_id_of, read_letter
from eprom_verify.simulator.office import Office
from eprom_verify.simulator.orders import Bestillersystem
from eprom_verify.simulator.outage import outage
from eprom_verify.simulator.settings import LETTER_PATH
from eprom_verify.simulator.wire import Refused, message, read_object

CALLBACK_PATH = "/api/MessageToCitizen"
_NORWAY = ZoneInfo("Europe/Oslo")
_PROBLEMS = {
    "timeout": ("Timeout while waiting for response from Helsenorge", 504),
    "unreachable": ("Unable to communicate with Helsenorge. No message sent.", 502),
}


class Letters:
    """The letters, held in memory by their id."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.letters: dict[str, Letter] = {}

    @property
    def routes(self) -> list[Route]:
        """The call that a bestillersystem makes."""
        return [Route(LETTER_PATH, self._send, methods=["POST"])]

    async def _send(self, request: Request) -> Response:
        system = self._office.caller(request)
        if system is None:
            text = f"apiKey '{_key(request)}' doesn't exists"
            return message(*self._office.behaviour().letters.error(400, text))
        try:
            sent = read_object(await request.body())
        except Refused as refused:
            return message(refused.status, refused.text)
        failed = outage(self._office.behaviour(national_id_of(sent)).outage)
        if failed is not None:
            return failed
        behaviour = self._office.behaviour(national_id_of(sent)).letters
        try:
            asked = read_letter(sent, behaviour)
            channel = self._channel(asked, system, behaviour)
        except Refused as refused:
            return message(*behaviour.error(refused.status, refused.text))
        if channel is NotificationChannel.NoChannel:
            # What the id is when nothing was sent is not documented.
            return JSONResponse({"notificationChannel": behaviour.no_channel, "messageToCitizenId": behaviour.no_id})
        letter = self._keep(asked, system, channel)
        body = {"notificationChannel": channel.wire_name, "messageToCitizenId": letter.id}
        answer = JSONResponse(behaviour.response(body, letter))
        if behaviour.callback_first:
            await self._office.deliverer.deliver(
                _parcel(letter, self._status(letter, behaviour)), copies=behaviour.copies
            )
            return answer
        # After the answer has been sent: the background task starts only then.
        answer.background = BackgroundTask(self._announce, letter, behaviour)
        return answer

    def _channel(self, asked: Asked, system: Bestillersystem, behaviour: LetterBehaviour) -> NotificationChannel:
        """The first channel of the list that reaches the citizen.

        Raises:
            Refused: Helsenorge had to be asked, and did not answer.
        """
        reached = self._reached(asked, system, behaviour)
        if reached is None and behaviour.unknown_person == "refused":
            raise Refused("nationalId does not exist")
        if reached is None:
            sent_anyway = behaviour.unknown_person == "sent" and bool(asked.wanted)
            return asked.wanted[0] if sent_anyway else NotificationChannel.NoChannel
        for channel in behaviour.tried(asked.wanted):
            if channel is HELSENORGE and behaviour.helsenorge:
                raise Refused(*_PROBLEMS[behaviour.helsenorge])
            if channel in reached:
                return channel
        sent_anyway = behaviour.unreachable == "sent" and bool(asked.wanted)
        return asked.wanted[0] if sent_anyway else NotificationChannel.NoChannel

    def _reached(
        self, asked: Asked, system: Bestillersystem, behaviour: LetterBehaviour
    ) -> frozenset[NotificationChannel] | None:
        """Every channel that reaches the citizen; None when nobody has that national id."""
        person = self._office.population.by_national_id(asked.national_id)
        if person is None or not person.in_registry:
            return None
        general = self._office.behaviour(asked.national_id)
        research = system.research or general.research
        if research and behaviour.reserved_everywhere and person.helsenorge.reserved_against_research:
            return frozenset()
        today = self._office.clock().astimezone(_NORWAY).date()
        reach = Reach(today=today, limits=general.limits, ignores=general.ignores | behaviour.ignores)
        return reach.channels(person, research=research)

    def _keep(self, asked: Asked, system: Bestillersystem, channel: NotificationChannel) -> Letter:
        letter = Letter(
            id=str(uuid4()),
            system=system,
            national_id=asked.national_id,
            title=asked.title,
            document=asked.document,
            wanted=asked.wanted,
            color=asked.color,
            test_mode=asked.test_mode,
            sent_at=self._office.clock(),
            channel=channel,
        )
        self.letters[letter.id] = letter
        return letter

    async def _announce(self, letter: Letter, behaviour: LetterBehaviour) -> None:
        silent = letter.test_mode and not behaviour.returns_test_mode
        if letter.system.api_base_url is None or silent or behaviour.forgets(letter):
            return
        body = self._status(letter, behaviour)
        delay_s = self._office.settings.callback_delay_s
        self._office.deliverer.schedule(_parcel(letter, body), delay_s=delay_s, copies=behaviour.copies)
        if behaviour.stray and behaviour.edition is None:
            stray = body | {"messageToCitizenId": str(uuid4())}
            self._office.deliverer.schedule(_parcel(letter, stray), delay_s=delay_s)

    def _status(self, letter: Letter, behaviour: LetterBehaviour) -> dict[str, Any]:
        edition = behaviour.edition or self._office.settings.edition
        if behaviour.edition_swapped:
            edition = next(each for each in EDITIONS if each != edition)
        if behaviour.fails:
            letter.channel = NotificationChannel.NoChannel
        body = status_callback(letter, edition)
        return behaviour.status(body | {"apiKey": behaviour.callback_key(letter.system.api_key)}, letter)


def status_callback(letter: Letter, edition: str) -> dict[str, Any]:
    """The status of a letter. Source: SendeMeldingTilInnbyggerV2, section Mottak av status for forsendelse."""
    sent = SentStatus.Error if letter.channel is NotificationChannel.NoChannel else SentStatus.Sent
    names = edition == "2023-10"
    return {
        "apiKey": letter.system.api_key,
        "messageToCitizenId": letter.id,
        "notificationChannel": letter.channel.wire_name if names else int(letter.channel),
        "sentStatus": sent.name if names else int(sent),
    }


def _parcel(letter: Letter, body: dict[str, Any]) -> Parcel:
    return Parcel(system=letter.system, path=CALLBACK_PATH, body=body, deliveries=letter.deliveries)


def _key(request: Request) -> str:
    """The key that was sent, which the error repeats; "" when what was sent is not on that form."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.casefold() == "basic" else ""
