"""How the simulator treats SMS and e-mail: as documented, or with one named thing changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Body = dict[str, Any]
Answer = tuple[int, Body]

SMS, EMAIL = "sms", "email"


@dataclass(frozen=True, kw_only=True)
class SentMessage:
    """An SMS or e-mail that a bestillersystem wrote, as it left ePROM.

    `kind` is "sms" or "email"; `to` the number or the address; `system` the bestillersystem's name.
    """

    kind: str
    to: str
    text: str
    title: str | None = None
    national_id: str | None = None
    system: str
    at: datetime


@dataclass(frozen=True)
class UnsecureBehaviour:
    """The points at which SMS and e-mail can be made to go wrong; the defaults are the documented behaviour.

    `refuses` tells the kinds of call that are refused: the kind of message, and whether it has a national id and an
    address. `takes_any_key`, `takes_no_key` and `takes_nobody` leave out a refusal; `error` may change an error's
    status and text. `trusts` says that what could not be sent was sent. `answer` may change the answer, and `sent`
    what leaves ePROM.
    """

    refuses: Callable[[str, bool, bool], bool] = lambda kind, by_id, by_address: False
    takes_any_key: bool = False
    takes_no_key: bool = False
    takes_nobody: frozenset[str] = frozenset()
    error: Callable[[str, int, str], tuple[int, str]] = lambda kind, status, text: (status, text)
    trusts: bool = False
    answer: Callable[[int, Body], Answer] = lambda status, body: (status, body)
    sent: Callable[[SentMessage], SentMessage] = lambda message: message
