"""The half of the built-in bestillersystem that ePROM calls."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eprom_verify.bestillersystem.behaviour import CORRECT, Behaviour
from eprom_verify.bestillersystem.documents import DocumentFetcher
from eprom_verify.bestillersystem.endpoints import answer
from eprom_verify.bestillersystem.patients import InitiatedForms, PatientStore
from eprom_verify.bestillersystem.store import OrderStore, RegisteredStatus, guid, parse_object
from eprom_verify.contract.enumerations import FormOrderStatus, FormOrderStatusErrorCode, NotificationChannel

STATUS_PATH = "/api/promsformorder"
_MOMENT_S = 0.03

KNOWN_MEMBERS = frozenset(
    (
        "apikey",
        "formorderid",
        "notificationchannel",
        "timestamp",
        "timestamputc",
        "formorderstatus",
        "formorderstatuserrorcode",
        "formdata",
        "signedformid",
        "scannedpaperid",
        "formdatawarnings",
        "ispatientinitiated",
        "patientinitiatedvalues",
        "formordereventlog",
        "filledoutby",
    )
)
"""What the documentation has of members, in lower case; others may come, and are passed over."""


class Receiver:
    """Answers ePROM's callbacks about the orders of forms; `routes` are its endpoints.

    A status may come before the answer to the order that it is about, and may come several times: it is registered
    once, and belongs to the order as soon as the order's id is known. A signed document is fetched after the return
    that tells of it has been answered.
    """

    def __init__(
        self,
        store: OrderStore,
        documents: DocumentFetcher,
        patients: PatientStore,
        *,
        api_key: str,
        behaviour: Behaviour = CORRECT,
    ) -> None:
        self._store = store
        self._documents = documents
        self._patients = patients
        self._initiated = InitiatedForms(patients, behaviour.initiated)
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
        if not secrets.compare_digest(key, self._api_key.encode()) and not self._behaviour.ignores_key(members):
            return answer(401, success=False)
        form_order_id = guid(members.get("formorderid"))
        if form_order_id is None:
            return answer(400, success=False)
        if self._behaviour.refuses_unknown and not set(members) <= KNOWN_MEMBERS:
            return answer(400, success=False)
        if self._behaviour.needs_order_first and not self._store.knows(form_order_id):
            return answer(200, success=False)
        if self._behaviour.unknown_is_newest and members.get("ispatientinitiated") is not True:
            form_order_id = self._store.known_or_newest(form_order_id)
        before = None
        if self._behaviour.races:
            before = self._store.statuses(form_order_id)
            await asyncio.sleep(_MOMENT_S)
        if self._forgets(form_order_id, members):
            wanted = None
        elif self._register(form_order_id, members, before):
            wanted = self._document(form_order_id, members)
        else:
            return answer(400, success=False)
        if self._behaviour.initiated.refuses and members.get("ispatientinitiated") is True:
            return answer(200, success=False)
        await asyncio.sleep(self._behaviour.late_s(members))
        status, content = self._behaviour.answer
        then = BackgroundTask(self._documents.fetch, wanted) if wanted else None
        return JSONResponse(content, status_code=status, background=then)

    def _document(self, form_order_id: str, members: dict[str, Any]) -> str | None:
        """The id of the signed document that a completed form tells of, noted to be fetched; None without one."""
        if FormOrderStatus.parse(members.get("formorderstatus")) is not FormOrderStatus.Completed:
            return None
        return self._documents.want(guid(members.get("signedformid")), form_order_id)

    def _forgets(self, form_order_id: str, members: dict[str, Any]) -> bool:
        older = self._behaviour.forgets_older and self._store.knows(form_order_id)
        return self._behaviour.drops(members) or (older and not self._store.is_newest(form_order_id))

    def _register(
        self, form_order_id: str, members: dict[str, Any], before: list[RegisteredStatus] | None = None
    ) -> bool:
        """Register what came; False when it cannot be read, so that nothing half-understood is kept.

        `before` is a mistake that can be made: to go by what was registered a moment ago.
        """
        try:
            status = FormOrderStatus.parse(self._behaviour.reads_status(members.get("formorderstatus")))
            channel = NotificationChannel.parse(self._behaviour.reads_channel(members.get("notificationchannel", 0)))
            error_code = FormOrderStatusErrorCode.parse(members.get("formorderstatuserrorcode", "None"))
        except ValueError:
            return False
        early = status is FormOrderStatus.Completed and not self._store.statuses(form_order_id)
        if self._behaviour.needs_status_first and early:
            return False
        answers = None
        if status is FormOrderStatus.Completed:
            # A string that holds a JSON object: the answers by field name.
            form_data = members.get("formdata")
            answers = parse_object(form_data) if isinstance(form_data, str) else None
            if answers is None:
                return False
            answers = self._behaviour.reads_answers(answers)
            if not self._initiated.take(form_order_id, members, ordered=self._store.knows(form_order_id)):
                return False
            self._give_to_filler(form_order_id, members.get("filledoutby"))
        repeats = self._behaviour.registers_repeats
        if before is not None and self._behaviour.races == "twice":
            repeats = status not in [each.status for each in before]
        elif before is not None:
            self._store.restore(form_order_id, before)
        self._store.receive(form_order_id, status, channel, error_code, answers=answers, repeats=repeats)
        return True

    def _give_to_filler(self, form_order_id: str, filled_out_by: object) -> None:
        """A mistake that can be made: who filled in a form for somebody else is not the one whom it is about."""
        if self._behaviour.on_behalf.gives_to_filler and isinstance(filled_out_by, dict):
            self._patients.give(form_order_id, str(filled_out_by.get("filledOutByActNationalId")))
