"""The endpoint of the built-in bestillersystem for changes that citizens make to their privacy settings."""

from __future__ import annotations

import re
import secrets

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eprom_verify.bestillersystem.endpoints import answer
from eprom_verify.bestillersystem.privacy_behaviour import Body, PrivacyBehaviour
from eprom_verify.bestillersystem.privacy_store import KnownSetting, PrivacyStore
from eprom_verify.bestillersystem.store import guid, parse_object
from eprom_verify.contract.privacy_codes import VolvenCode

CHANGE_PATH = "/api/personverninnstilling"
KNOWN_MEMBERS = frozenset({"nationalid", "id", "name", "status"})
KEY_HEADERS = ("authorization", "apikey")
"""Where the key is looked for: the documentation says a header, and names Authorization for the calls to ePROM."""

_NATIONAL_ID = re.compile(r"[0-9]{11}")


class PrivacyReceiver:
    """Answers ePROM's callbacks about privacy settings; `routes` are its endpoints."""

    def __init__(self, store: PrivacyStore, *, api_key: str, behaviour: PrivacyBehaviour | None = None) -> None:
        self._store = store
        self._api_key = api_key
        self._behaviour = behaviour or PrivacyBehaviour()
        self.routes = [Route(CHANGE_PATH, self._changed, methods=["PUT"])]

    async def _changed(self, request: Request) -> Response:
        if not self._behaviour.ignores_key and not self._has_key(request):
            return answer(401, success=False)
        body = parse_object((await request.body()).decode("utf-8", errors="replace"))
        members = {name.casefold(): value for name, value in (body or {}).items()}
        told = self._read(members)
        if told is None or (self._behaviour.refuses_unknown and not set(members) <= KNOWN_MEMBERS):
            return answer(400, success=False)
        if not self._behaviour.drops:
            self._store.told(told, repeats=self._behaviour.registers_repeats)
        status, content = self._behaviour.answer
        return JSONResponse(content, status_code=status)

    def _has_key(self, request: Request) -> bool:
        """Whether one of the headers is the key, with or without a scheme before it."""
        wanted = self._api_key.encode()
        for name in KEY_HEADERS:
            given = request.headers.get(name, "").strip()
            for key in (given, given.partition(" ")[2].strip()):
                if secrets.compare_digest(key.encode(), wanted):
                    return True
        return False

    def _read(self, members: Body) -> KnownSetting | None:
        national_id, pvk_id = members.get("nationalid"), guid(members.get("id"))
        if not isinstance(national_id, str) or not _NATIONAL_ID.fullmatch(national_id) or pvk_id is None:
            return None
        try:
            code = VolvenCode(str(self._behaviour.reads_code(members.get("status"))).upper())
        except ValueError:
            return None
        return KnownSetting(national_id=national_id, pvk_id=pvk_id, type=code.kind, status=code.status)
