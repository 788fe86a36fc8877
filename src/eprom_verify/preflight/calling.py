"""Single harmless calls, each with an end: in time, in size, and in what of the answer is shown."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, TypeVar

import httpx

from eprom_verify.clock import system_clock
from eprom_verify.contract.findings import cut
from eprom_verify.journal.recording import RecordedTransport
from eprom_verify.network import is_page
from eprom_verify.network_kinds import Kind, kind_of
from eprom_verify.persons import NationalIdGuard
from eprom_verify.preflight.finding import Finding, note
from eprom_verify.rig import HARNESS

LIMIT_S = 5.0
"""Seconds that a call may take."""

SLOW_S = 2.0
CLOCK_S = 60
"""Seconds that a clock may differ before it is worth knowing; the header Date has whole seconds."""

SHOWN = 160
"""Characters of an answer that are shown."""

_BODY_LIMIT = 64 * 1024

T = TypeVar("T")


class NoAnswer(Exception):
    """Nothing that can be judged came back; the text says why, in Norwegian, after «…»."""


@dataclass(frozen=True)
class Answer:
    """What came back. `body` is cut at 64 KiB; `clock_s` is how many seconds the clock there is ahead, None when the
    answer does not say; `certificate` is the server's in DER, b"" without TLS."""

    status: int
    content_type: str
    location: str
    body: bytes
    took_s: float
    clock_s: float | None
    certificate: bytes = b""

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The beginning of the body, on one line."""
        text = " ".join(self.body[: 8 * SHOWN].decode("utf-8", "replace").split())
        return text if len(text) <= SHOWN else f"{cut(text, SHOWN)} …"

    @property
    def is_html(self) -> bool:
        """Whether it is a web page, which no part of the contract answers with."""
        return is_page(self.content_type, self.body)

    def members(self) -> Mapping[str, Any] | None:
        """The members of a JSON object, by their names in lower case; None when it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return {str(name).casefold(): value for name, value in found.items()} if isinstance(found, dict) else None

    def told(self) -> str:
        """The answer in a few words."""
        if self.is_html:
            return f"svarte {self.status} med en nettside (HTML)"
        if 300 <= self.status < 400:
            return f"svarte {self.status} og viste videre til {cut(self.location, SHOWN) or 'ingen adresse'}"
        return f"svarte {self.status}: {self.text}" if self.text else f"svarte {self.status} uten innhold"


class Caller:
    """Makes the calls, each in `limit_s` seconds and with the guard of national ids. Used as a context manager.

    They go over `sends`, which it closes; without, straight to where they are sent.
    """

    def __init__(self, sends: httpx.BaseTransport | None = None, *, limit_s: float = LIMIT_S) -> None:
        self._limit_s = limit_s
        transport = RecordedTransport(sends or httpx.HTTPTransport(), None, NationalIdGuard(), sender=HARNESS)
        self._http = httpx.Client(transport=transport, timeout=limit_s)

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *exc: object) -> None:
        self._http.close()

    def call(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: object = None) -> Answer:
        """One call, with a JSON body when there is one.

        Raises:
            NoAnswer: nothing came back in time.
        """
        return within(self._limit_s + 1, lambda: self._call(method, url, headers or {}, body))

    def _call(self, method: str, url: str, headers: Mapping[str, str], body: object) -> Answer:
        begun, at = monotonic(), system_clock()
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        kind = {} if content is None else {"Content-Type": "application/json;charset=utf-8"}
        try:
            with self._http.stream(method, url, content=content, headers={**headers, **kind}) as response:
                took_s = monotonic() - begun
                certificate = _certificate(response)
                found = bytearray()
                for piece in response.iter_bytes(4096):
                    found += piece
                    if len(found) >= _BODY_LIMIT or monotonic() - begun > self._limit_s:
                        break
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError) as exc:
            raise NoAnswer(why(exc, self._limit_s)) from exc
        return Answer(
            response.status_code,
            response.headers.get("content-type", "").casefold(),
            response.headers.get("location", ""),
            bytes(found[:_BODY_LIMIT]),
            took_s,
            _ahead(response.headers.get("date", ""), at + timedelta(seconds=took_s / 2)),
            certificate,
        )


def _certificate(response: httpx.Response) -> bytes:
    stream = response.extensions.get("network_stream")
    secured = stream.get_extra_info("ssl_object") if stream is not None else None
    # It may be OpenSSL's own object, which takes no names.
    return (secured.getpeercert(True) or b"") if secured is not None else b""


def within(limit_s: float, work: Callable[[], T]) -> T:
    """What some work comes to, unless it takes too long; then it is left to itself.

    Raises:
        NoAnswer: it took too long.
    """
    done: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def go() -> None:
        try:
            done.put((work(), None))
        except BaseException as exc:
            done.put((None, exc))

    threading.Thread(target=go, name="eprom-verify-check", daemon=True).start()
    try:
        found, problem = done.get(timeout=limit_s)
    except queue.Empty as exc:
        raise NoAnswer(_TOO_SLOW.format(limit_s)) from exc
    if problem is not None:
        raise problem
    return found  # type: ignore[return-value]  # there is a value when there is no problem


_WHY = {
    Kind.NO_NAME: "vertsnavnet finnes ikke",
    Kind.CERTIFICATE: "svarer ikke med en TLS-forbindelse som kan brukes",
    Kind.TLS: "svarer ikke med en TLS-forbindelse som kan brukes",
    Kind.CLIENT_CERTIFICATE: "krever et klientsertifikat, eller godtok ikke det som ble vist",
    Kind.REFUSED: "ingen lytter der (forbindelsen ble avvist)",
    Kind.UNREACHABLE: "maskinen kan ikke nås herfra",
    Kind.BROKEN_OFF: "brøt av, eller svarte noe annet enn HTTP",
    Kind.PROXY_LOGIN: "proxyen krever innlogging (407)",
    Kind.PROXY: "proxyen slapp ikke kallet gjennom",
}


def why(exc: BaseException, limit_s: float = LIMIT_S) -> str:
    """Why nothing came back."""
    kind = kind_of(exc)
    if kind in (Kind.CONNECT_TIMEOUT, Kind.READ_TIMEOUT, Kind.WRITE_TIMEOUT):
        return _TOO_SLOW.format(limit_s)
    return _WHY.get(kind, f"kunne ikke kalles ({type(exc).__name__})")


_TOO_SLOW = "svarte ikke innen {:g} sekunder"


def _ahead(date: str, at: datetime) -> float | None:
    try:
        told = parsedate_to_datetime(date)
        return ((told if told.tzinfo else told.replace(tzinfo=UTC)) - at).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None


def pace(who: str, answer: Answer) -> list[Finding]:
    """What is worth knowing of how long an answer took, and of the clock there."""
    found = []
    if answer.took_s > SLOW_S:
        found.append(
            note(
                f"{who} brukte {answer.took_s:.1f} s på å svare.".replace(".", ",", 1),
                "Øk status_s og registrert_s under [frister] i oppsettet om kjøringen venter for kort.",
            )
        )
    if answer.clock_s is not None and abs(answer.clock_s) > CLOCK_S:
        minutes, seconds = divmod(round(abs(answer.clock_s)), 60)
        off = f"{minutes} min {seconds} s" if minutes < 180 else f"{minutes // 60} timer"
        found.append(
            note(
                f"Klokken der går {off} {'foran' if answer.clock_s > 0 else 'etter'} klokken her.",
                "Still klokkene (NTP): tidspunkter i bestillinger og statuser blir sammenlignet.",
            )
        )
    return found
