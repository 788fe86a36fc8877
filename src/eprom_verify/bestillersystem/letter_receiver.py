"""How the built-in bestillersystem takes the status of a letter. Source: SendeMeldingTilInnbyggerV2."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eprom_verify.bestillersystem.endpoints import answer
from eprom_verify.bestillersystem.letter_behaviour import LetterBehaviour
from eprom_verify.bestillersystem.letter_store import LetterStore
from eprom_verify.bestillersystem.store import guid, parse_object
from eprom_verify.contract.enumerations import NotificationChannel, SentStatus

STATUS_PATH = "/api/messagetocitizen"


class LetterReceiver:
    """Answers ePROM's callbacks about letters; `routes` are its endpoints.

    A status may come before the answer to the letter that it is about, and may come several times: it is registered
    once, and belongs to the letter as soon as the letter's id is known.
    """

    def __init__(self, store: LetterStore, *, api_key: str, behaviour: LetterBehaviour) -> None:
        self._store = store
        self._api_key = api_key
        self._behaviour = behaviour
        self.routes = [Route(STATUS_PATH, self._status, methods=["PUT"])]

    async def _status(self, request: Request) -> Response:
        body = parse_object((await request.body()).decode("utf-8", errors="replace"))
        if body is None:
            return answer(400, success=False)
        members = {name.casefold(): value for name, value in body.items()}
        # A key may hold half a surrogate pair, which plain encoding stops at.
        key = str(members.get("apikey", "")).encode(errors="replace")
        if not self._behaviour.ignores_key and not secrets.compare_digest(key, self._api_key.encode()):
            return answer(401, success=False)
        message_id = guid(members.get("messagetocitizenid"))
        if message_id is None:
            return answer(400, success=False)
        if self._behaviour.needs_letter_first and not self._store.knows(message_id):
            return answer(200, success=False)
        if not self._behaviour.drops(members) and not self._register(message_id, members):
            return answer(400, success=False)
        status, content = self._behaviour.answer
        return JSONResponse(content, status_code=status)

    def _register(self, message_id: str, members: dict[str, Any]) -> bool:
        """Register what came; False when it cannot be read, so that nothing half-understood is kept."""
        try:
            status = SentStatus.parse(self._behaviour.reads_status(members.get("sentstatus")))
            channel = NotificationChannel.parse(self._behaviour.reads_channel(members.get("notificationchannel")))
        except ValueError:
            return False
        self._store.receive(message_id, status, channel, repeats=self._behaviour.registers_repeats)
        return True
