"""The form filler under /proms: log in, open a form, save, sign and deliver it."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from eprom_verify.persons import Persona
from eprom_verify.simulator import citizen_pages as pages
from eprom_verify.simulator.citizen import Citizens, Closed, Login, LogInRefused, NotFilledIn
from eprom_verify.simulator.initiated import PatientInitiated
from eprom_verify.simulator.throttle import Throttle
from eprom_verify.simulator.wire import Refused

COOKIE = "eprom_simulator"
PUBLIC_PATH = "/proms/offentlig/"
"""Where a form that patients may order is begun ("Offentlig url"); what the address looks like is not documented."""

_NOT_PUBLIC = "Skjemaet finnes ikke, er ikke publisert, eller kan ikke bestilles av pasienten."
_BODY_LIMIT = 256 * 1024
_LOGINS_KEPT = 10_000
_PROVIDERS = {"form": "Helsenorge", "formidp": "ID-porten"}

Handler = Callable[[Request], Awaitable[Response]]


class FormFiller:
    """The pages, and who is logged in."""

    def __init__(self, citizens: Citizens, initiated: PatientInitiated, throttle: Throttle) -> None:
        self._citizens = citizens
        self._initiated = initiated
        self._throttle = throttle
        self._logins: OrderedDict[str, Login] = OrderedDict()
        self._to_sign: dict[str, Mapping[str, object]] = {}
        self._cancelled: Counter[str] = Counter()

    @property
    def routes(self) -> list[Route]:
        """Everything under /proms, in lower case: the paths are matched without regard to case."""
        found = [
            Route("/proms", self._start, methods=["GET"]),
            Route("/proms/style.css", self._style, methods=["GET"]),
            Route("/proms/kode", self._with_code, methods=["POST"]),
            Route("/proms/inn", self._as_person, methods=["POST"]),
            Route("/proms/ut", self._out, methods=["POST"]),
            Route(f"{PUBLIC_PATH}{{form_id}}", self._public, methods=["GET"]),
            Route(f"{PUBLIC_PATH}{{form_id}}", self._begun, methods=["POST"]),
        ]
        # Form/Edit is what the links of v12 look like.
        for path in ("form", "formidp", "form/edit"):
            base = f"/proms/{path}/{{order_id}}"
            found += [
                Route(base, self._form, methods=["GET"]),
                Route(base, self._filled, methods=["POST"]),
                Route(f"{base}/signer", self._signing, methods=["GET"]),
                Route(f"{base}/signer", self._signed, methods=["POST"]),
                Route(f"{base}/levert", self._receipt, methods=["GET"]),
            ]
        return found

    async def _style(self, request: Request) -> Response:
        return Response(pages.STYLE, media_type="text/css", headers={"Cache-Control": "max-age=60"})

    async def _start(self, request: Request) -> Response:
        login = self._login(request)
        if login is None or login.order_id is not None:
            return _shown(pages.start_page(self._people()))
        titles = [(order, self._citizens.office.form_of(order).shown_title) for order in self._citizens.mine(login)]
        return _shown(pages.list_page(titles, login.person.full_name))

    async def _with_code(self, request: Request) -> Response:
        given = await _posted(request)
        birth_date = given.get("fodselsdato", "").strip()[:20]
        try:
            login = self._citizens.log_in_with_code(birth_date, given.get("kode", "")[:40])
        except LogInRefused as refused:
            await asyncio.sleep(self._throttle.after_failure(birth_date))
            return _shown(pages.start_page(self._people(), problem=refused.text, birth_date=birth_date), 403)
        self._throttle.forget(birth_date)
        assert login.order_id is not None
        order = self._citizens.order(login.order_id, login)
        return self._admitted(request, login, pages.form_path(order))

    async def _as_person(self, request: Request) -> Response:
        given = await _posted(request)
        order = self._citizens.orders.orders.get(given.get("skjema", ""))
        try:
            login = self._citizens.log_in_as(given.get("person", ""))
        except LogInRefused as refused:
            return _shown(pages.closed_page(refused.text), 403)
        return self._admitted(request, login, "/proms" if order is None else pages.form_path(order))

    async def _public(self, request: Request) -> Response:
        login, form_id = self._login(request), str(request.path_params["form_id"])
        try:
            form = self._initiated.form(form_id)
        except Refused as refused:
            return _shown(pages.closed_page(_NOT_PUBLIC), refused.status)
        name = login.person.full_name if login is not None and login.order_id is None else ""
        path = f"{PUBLIC_PATH}{form.id}"
        return _shown(pages.public_page(self._people(), path=path, name=name, title=form.shown_title))

    async def _begun(self, request: Request) -> Response:
        form_id, person = str(request.path_params["form_id"]), (await _posted(request)).get("person")
        login = self._login(request)
        try:
            if person is not None or login is None or login.order_id is not None:
                login = self._citizens.log_in_as(person or "")
            order = self._initiated.begin(form_id, login.person.national_id)
        except LogInRefused as refused:
            return _shown(pages.closed_page(refused.text), 403)
        except Refused as refused:
            return _shown(pages.closed_page(_NOT_PUBLIC), refused.status)
        return self._admitted(request, login, pages.form_path(order))

    def _admitted(self, request: Request, login: Login, path: str) -> Response:
        # A new token each time: one that was known before the log-in opens nothing after it.
        self._logins.pop(request.cookies.get(COOKIE, ""), None)
        token = secrets.token_urlsafe(24)
        self._logins[token] = login
        while len(self._logins) > _LOGINS_KEPT:
            self._logins.popitem(last=False)
        answer = _to(path)
        answer.set_cookie(COOKIE, token, httponly=True, samesite="lax", path="/")
        return answer

    async def _out(self, request: Request) -> Response:
        self._logins.pop(request.cookies.get(COOKIE, ""), None)
        answer = _to("/proms")
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
        return answer

    async def _form(self, request: Request) -> Response:
        order_id, login = _order_id(request), self._login(request)
        if login is None:
            return self._ask_who(request, order_id)
        try:
            return self._form_page(
                order_id,
                login,
                saved="lagret" in request.query_params,
                notice="Signeringen er avbrutt. Skjemaet er ikke levert." if "avbrutt" in request.query_params else "",
            )
        except Closed as closed:
            return _shown(pages.closed_page(closed.text, login.person.full_name), 403)

    def _form_page(self, order_id: str, login: Login, *, saved: bool, notice: str) -> Response:
        opened = self._citizens.open(order_id, login)
        order = self._citizens.order(order_id, login)
        values = self._to_sign.get(order_id)
        return _shown(
            pages.form_page(
                opened,
                order,
                name=login.person.full_name,
                values=dict(values) if values is not None else None,
                may_save=self._citizens.may_save(order),
                saved=saved,
                notice=notice,
            )
        )

    def _ask_who(self, request: Request, order_id: str, problem: str = "") -> Response:
        order = self._citizens.orders.orders.get(order_id)
        if order is None:
            return _shown(pages.closed_page("Skjemaet finnes ikke. Se etter at lenken er hel."), 404)
        provider = _PROVIDERS[request.url.path.split("/")[2].lower()]
        page = pages.log_in_page(self._people(), order_id=order_id, chosen=order.receiver, provider=provider)
        return _shown(page)

    async def _filled(self, request: Request) -> Response:
        order_id, login = _order_id(request), self._login(request)
        if login is None:
            return self._ask_who(request, order_id)
        given: dict[str, object] = dict(await _posted(request))
        action = given.pop("gjor", "lever")
        try:
            order = self._citizens.order(order_id, login)
            here = pages.form_path(order)
            if action == "lagre":
                self._citizens.save(order_id, login, given)
                return _to(f"{here}?lagret=1")
            if order.asked.get("mustBeSigned"):
                self._citizens.check(order_id, login, given)
                self._to_sign[order_id] = given
                return _to(f"{here}/signer")
            await self._citizens.deliver(order_id, login, given)
            return _to(f"{here}/levert")
        except NotFilledIn as wrong:
            return self._again(order_id, login, given, wrong)
        except Closed as closed:
            return _shown(pages.closed_page(closed.text, login.person.full_name), 403)

    def _again(self, order_id: str, login: Login, given: dict[str, object], wrong: NotFilledIn) -> Response:
        opened, order = self._citizens.open(order_id, login), self._citizens.order(order_id, login)
        page = pages.form_page(
            opened,
            order,
            name=login.person.full_name,
            values=given,
            problems=wrong.filled.problems,
            may_save=self._citizens.may_save(order),
        )
        return _shown(page, 422)

    async def _signing(self, request: Request) -> Response:
        order_id, login = _order_id(request), self._login(request)
        if login is None:
            return self._ask_who(request, order_id)
        try:
            opened, order = self._citizens.open(order_id, login), self._citizens.order(order_id, login)
        except Closed as closed:
            return _shown(pages.closed_page(closed.text, login.person.full_name), 403)
        if order_id not in self._to_sign:
            return _to(pages.form_path(order))
        return _shown(pages.signing_page(opened, order, login.person.full_name))

    async def _signed(self, request: Request) -> Response:
        order_id, login = _order_id(request), self._login(request)
        if login is None:
            return self._ask_who(request, order_id)
        action = (await _posted(request)).get("gjor")
        try:
            order = self._citizens.order(order_id, login)
            here = pages.form_path(order)
            if action != "signer" or order_id not in self._to_sign:
                self._cancelled[order_id] += 1
                return _to(f"{here}?avbrutt=1")
            attempts = ("SigningCancelled",) * self._cancelled[order_id]
            await self._citizens.deliver(
                order_id, login, self._to_sign[order_id], signed=True, signing_attempts=attempts
            )
        except (Closed, NotFilledIn) as refused:
            return _shown(pages.closed_page(str(refused), login.person.full_name), 403)
        self._to_sign.pop(order_id, None)
        return _to(f"{here}/levert")

    async def _receipt(self, request: Request) -> Response:
        order_id, login = _order_id(request), self._login(request)
        if login is None:
            return self._ask_who(request, order_id)
        try:
            order = self._citizens.order(order_id, login)
        except Closed as closed:
            return _shown(pages.closed_page(closed.text, login.person.full_name), 403)
        receipt = self._citizens.receipts.get(order_id)
        if receipt is None:
            return _to(pages.form_path(order))
        title = self._citizens.office.form_of(order).shown_title
        return _shown(
            pages.receipt_page(title, receipt.copy, signed=receipt.answer.signed, name=login.person.full_name)
        )

    def _login(self, request: Request) -> Login | None:
        return self._logins.get(request.cookies.get(COOKIE, ""))

    def _people(self) -> list[Persona]:
        return [each for each in self._citizens.office.population if each.in_registry and not each.deceased]


def _order_id(request: Request) -> str:
    return str(request.path_params["order_id"]).lower()


def _to(path: str) -> Response:
    return RedirectResponse(path, status_code=303)


def _shown(page: pages.Page, status: int = 200) -> Response:
    nonce = secrets.token_urlsafe(12)
    policy = (
        f"default-src 'none'; style-src 'self' 'nonce-{nonce}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(page.html(nonce), status, headers=headers, media_type="text/html")


async def _posted(request: Request) -> dict[str, str]:
    """The members of a posted form; nothing when it is too large, or no form. The last of two of a name counts."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_LIMIT:
            return {}
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=2000))
    except ValueError:
        return {}
