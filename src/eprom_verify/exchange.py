"""One HTTP request and its response, as the harness saw them pass."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from eprom_verify.contract.findings import Finding, Severity

Headers = tuple[tuple[str, str], ...]

PATIENT = "pasient"
"""The sender of what a patient's own browser sends: no call of the contract, and never judged by it."""

ZERO_GUID = "00000000-0000-0000-0000-000000000000"


def path_in(url: str) -> str:
    """The path of an address that a foreign system has called, or that was masked: it need not be a valid one."""
    _, _, place = url.partition("://")
    _, slash, path = re.split(r"[?#]", place, maxsplit=1)[0].partition("/")
    return slash + path


@dataclass(frozen=True, kw_only=True)
class Message:
    """One half of an exchange, masked at capture.

    `body` is what stood on the wire, but for the masked places. `size` is the number of bytes that the message had,
    which is more than `len(body)` when the body was cut off at the limit of what is kept. `sha256` is, in hex, the hash
    of the whole body as it passed; None for all but documents.
    """

    at: datetime
    headers: Headers
    body: bytes
    size: int
    seq: int
    findings: tuple[Finding, ...] = ()
    sha256: str | None = None

    @cached_property
    def json(self) -> Any:
        """The parsed body, or None when it is not JSON, or is nested too deep to be read."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", errors="replace")

    def member(self, name: str) -> Any:
        """A member of the JSON object in the body, found without regard to case; None when it is not there."""
        if not isinstance(self.json, dict):
            return None
        wanted = name.casefold()
        return next((value for key, value in self.json.items() if key.casefold() == wanted), None)

    def header(self, name: str) -> str | None:
        """The first header of that name, or None."""
        wanted = name.casefold()
        return next((value for key, value in self.headers if key.casefold() == wanted), None)


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request, and the response or the failure that ended it.

    `operation` is the letter of the contract's operation, or "" when the request is none of them. `key_matches` says
    whether the API key was the agreed one; None when the request carried none, or none was agreed. `part` names the
    process that noted it, when a run has several; "" for the one that leads them, and in a run of one.
    """

    id: str
    operation: str
    sender: str
    method: str
    url: str
    request: Message
    key_matches: bool | None = None
    status: int | None = None
    response: Message | None = None
    failure: str | None = None
    notes: tuple[str, ...] = field(default=())
    part: str = ""

    @property
    def done(self) -> bool:
        """Whether the response has come, or never will."""
        return self.response is not None or self.failure is not None

    @property
    def violations(self) -> tuple[Finding, ...]:
        """What broke the contract, in the request and the response."""
        found = self.request.findings + (self.response.findings if self.response else ())
        return tuple(each for each in found if each.severity is Severity.VIOLATION)

    @property
    def order_id(self) -> str | None:
        """The id of the order that this exchange is about, in lower case; None when it is about none."""
        for message, name in ((self.request, "formOrderId"), (self.response, "id")):
            value = message.member(name) if message else None
            if isinstance(value, str) and value:
                return value.casefold()
        return None

    @property
    def message_id(self) -> str | None:
        """The id of the letter that this exchange is about, in lower case; None when it is about none."""
        for message in (self.request, self.response):
            value = message.member("messageToCitizenId") if message else None
            if isinstance(value, str) and value:
                return value.casefold()
        return None
