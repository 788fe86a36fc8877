"""What can be wrong in the built-in bestillersystem when it sends SMS and e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from eprom_verify.bestillersystem.behaviour import CORRECT, Behaviour
from eprom_verify.bestillersystem.unsecure_behaviour import Body, UnsecureBehaviour, says_sent

_TEXTS = ("smsText", "emailText")


def _unsecure(**changes: Any) -> Behaviour:
    return replace(CORRECT, unsecure=UnsecureBehaviour(**changes))


def _mangled(body: Body, key: str) -> Body:
    """Reads UTF-8 as if it were Latin-1, as half of all integrations once did."""
    del key
    return {name: value.encode().decode("latin-1") if name in _TEXTS else value for name, value in body.items()}


def _cut(body: Body, key: str) -> Body:
    """Takes an SMS for one of the old kind."""
    del key
    return {name: value[:160] if name in _TEXTS else value for name, value in body.items()}


def _by_id_alone(body: Body, key: str) -> Body:
    """Leaves the address out whenever it knows who the citizen is."""
    del key
    known = bool(body.get("nationalId"))
    return {name: value for name, value in body.items() if not known or name not in ("phoneNumber", "emailAddress")}


def _other_key(body: Body, key: str) -> Body:
    return body | {"apiKey": key[::-1]}


def _other_patient(body: Body, key: str) -> Body:
    del key
    return body | {"nationalId": "26670271527"} if "nationalId" in body else body


def _member_alone(name: str, status: int, members: Mapping[str, Any]) -> bool:
    return status == 200 and members.get(name) is True


FAULTS: dict[str, Behaviour] = {
    "message-key-in-header": _unsecure(headers=lambda headers, key: headers | {"Authorization": f"Basic {key}"}),
    "message-other-key": _unsecure(body=_other_key),
    "message-as-plain-text": _unsecure(headers=lambda headers, key: headers | {"Content-Type": "text/plain"}),
    "message-mangled": _unsecure(body=_mangled),
    "message-cut-at-160": _unsecure(body=_cut),
    "message-address-dropped": _unsecure(body=_by_id_alone),
    "message-other-patient": _unsecure(body=_other_patient),
    "message-sent-twice": _unsecure(sends=2),
    "message-not-registered": _unsecure(says_sent=lambda status, members: False),
    "message-status-alone-trusted": _unsecure(says_sent=lambda status, members: status == 200),
    "message-success-alone-trusted": _unsecure(says_sent=lambda status, members: says_sent(200, members)),
    "message-silence-trusted": _unsecure(trusts_silence=True),
    "failed-message-resent": _unsecure(resends_failed=True),
    "message-success-capital-unread": _unsecure(
        says_sent=lambda status, members: _member_alone("success", status, members)
    ),
    "message-success-capital-only": _unsecure(
        says_sent=lambda status, members: _member_alone("Success", status, members)
    ),
}
