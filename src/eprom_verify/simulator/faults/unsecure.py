"""What can be wrong in the simulator's SMS and e-mail, and in whom it reaches with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from eprom_verify.simulator.behaviour import DOCUMENTED, Behaviour
from eprom_verify.simulator.unsecure_behaviour import EMAIL, SMS, SentMessage, UnsecureBehaviour


def _unsecure(**changes: Any) -> Behaviour:
    return replace(DOCUMENTED, unsecure=UnsecureBehaviour(**changes))


def _refuses(*calls: tuple[str, bool, bool]) -> Behaviour:
    """Some calls are refused: the kind, whether they have a national id, and whether they have an address."""
    return _unsecure(refuses=lambda kind, by_id, by_address: (kind, by_id, by_address) in calls)


def _other_text(fragment: str) -> Behaviour:
    return _unsecure(
        error=lambda kind, status, text: (status, "The message could not be sent" if fragment in text else text)
    )


def _left(change: Callable[[SentMessage], SentMessage]) -> Behaviour:
    """What the bestillersystem wrote is changed on its way out."""
    return _unsecure(sent=change)


def _failure_as_text(status: int, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return status, body if body["success"] else {"success": "false"}


FAULTS: dict[str, Behaviour] = {
    "sms-by-id-refused": _refuses((SMS, True, False)),
    "sms-by-number-refused": _refuses((SMS, False, True)),
    "email-by-id-refused": _refuses((EMAIL, True, False)),
    "email-by-address-refused": _refuses((EMAIL, False, True)),
    "message-with-both-refused": _refuses((SMS, True, True), (EMAIL, True, True)),
    "sms-to-nobody-accepted": _unsecure(takes_nobody=frozenset({SMS}), trusts=True),
    "email-to-nobody-accepted": _unsecure(takes_nobody=frozenset({EMAIL}), trusts=True),
    "sms-to-nobody-other-text": _other_text("phoneNumber"),
    "email-to-nobody-other-text": _other_text("emailAddress"),
    "message-unknown-key-accepted": _unsecure(takes_any_key=True),
    "message-unknown-key-401": _unsecure(error=lambda kind, status, text: (401 if "apiKey" in text else status, text)),
    "message-missing-key-accepted": _unsecure(takes_no_key=True),
    "message-failure-as-text": _unsecure(answer=_failure_as_text),
    "message-failure-as-success": _unsecure(trusts=True),
    "message-text-cut": _left(lambda message: replace(message, text=message.text[:20])),
    "email-as-sms": _left(lambda message: replace(message, kind=SMS, title=None)),
}
