"""Lets a developer, or a test, see and do what the citizen would: under /_control, when that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eprom_verify.simulator.citizen import Citizens, Closed, Login, NotFilledIn
from eprom_verify.simulator.fields import Question
from eprom_verify.simulator.opened import Opened, by_key
from eprom_verify.simulator.outbox import Posting
from eprom_verify.simulator.wire import Refused, message, read_object

if TYPE_CHECKING:
    from eprom_verify.simulator.office import Office

_PATH = "/_control"


def citizen_control_routes(office: Office, citizens: Citizens) -> list[Route]:
    """What was sent to whom, what the form of an order looks like, and answering it.

    A body must be sent as application/json, which no page of another site can do without being asked first.
    """

    async def outbox(request: Request) -> Response:
        wanted = request.query_params
        return JSONResponse(
            [
                _posting(each)
                for each in office.outbox.postings
                if wanted.get("orderId", each.order_id) == each.order_id
                and wanted.get("nationalId", each.national_id) == each.national_id
            ]
        )

    async def form(request: Request) -> Response:
        order_id = str(request.path_params["order_id"])
        try:
            return JSONResponse(_opened(citizens.open(order_id, _receiver(citizens, order_id))))
        except Closed as closed:
            return message(409, closed.text)

    async def answer(request: Request) -> Response:
        order_id = str(request.path_params["order_id"])
        try:
            body = await _body(request)
            login = _receiver(citizens, order_id, body.get("filledOutBy"))
            answers = body.get("answers")
            if not isinstance(answers, dict):
                raise Refused("answers must be an object: the answers by field name")
            _refuse_unknown(citizens.open(order_id, login), answers)
            receipt = await citizens.deliver(order_id, login, by_key(answers), signed=body.get("signed") is True)
        except Refused as refused:
            return message(refused.status, refused.text)
        except NotFilledIn as wrong:
            return JSONResponse(
                {"Message": "The answers were not taken", "problems": wrong.filled.problems}, status_code=400
            )
        except Closed as closed:
            return message(409, closed.text)
        return JSONResponse(
            {
                "formData": receipt.answer.data,
                "warnings": [{"fieldName": name, "warning": text} for name, text in receipt.answer.warnings],
                "copy": receipt.copy.value,
            }
        )

    async def expire(request: Request) -> Response:
        order_id = str(request.path_params["order_id"])
        try:
            citizens.open(order_id, _receiver(citizens, order_id))
        except Closed as closed:
            return message(409, closed.text)
        await citizens.orders.expire(order_id)
        return JSONResponse({})

    return [
        Route(f"{_PATH}/outbox", outbox, methods=["GET"]),
        Route(f"{_PATH}/orders/{{order_id}}/form", form, methods=["GET"]),
        Route(f"{_PATH}/orders/{{order_id}}/answer", answer, methods=["POST"]),
        Route(f"{_PATH}/orders/{{order_id}}/expire", expire, methods=["POST"]),
    ]


def _receiver(citizens: Citizens, order_id: str, national_id: object = None) -> Login:
    """The one who got the form, or the one who is named, logged in at level 4."""
    order = citizens.orders.orders.get(order_id)
    if order is None:
        raise Closed("No order with this id")
    return citizens.log_in_as(str(national_id or order.receiver))


async def _body(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind != "application/json":
        raise Refused("Send application/json", 415)
    return read_object(await request.body())


def _refuse_unknown(opened: Opened, answers: dict[str, Any]) -> None:
    known = {seen.key for section in opened.sections for _, seen in section.questions()}
    unknown = sorted(set(by_key(answers)) - known)
    if unknown:
        raise Refused(f"The form does not ask for {', '.join(unknown)}; it asks for {', '.join(sorted(known))}")


def _opened(opened: Opened) -> dict[str, Any]:
    return {
        "title": opened.title,
        "coverLetter": opened.cover_letter,
        "onBehalfOf": opened.on_behalf_of,
        "questions": [
            {
                "key": seen.key,
                "type": type(question).__name__,
                "title": question.title,
                "required": question.required,
                "value": seen.value,
            }
            for section in opened.sections
            for question, seen in section.questions()
        ],
        "texts": {
            seen.key: seen.text
            for section in opened.sections
            for seen in section.fields
            if not isinstance(seen.field, Question) and seen.text
        },
    }


def _posting(posting: Posting) -> dict[str, Any]:
    return {
        "kind": posting.kind.value,
        "channel": posting.channel.wire_name,
        "orderId": posting.order_id,
        "nationalId": posting.national_id,
        "address": posting.address,
        "sender": posting.sender,
        "title": posting.title,
        "text": posting.text,
        "link": posting.link,
        "sentAt": posting.sent_at.isoformat(),
    }
