"""What can be wrong in the built-in bestillersystem when letters are sent."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from eprom_verify.bestillersystem.behaviour import CORRECT, Behaviour
from eprom_verify.bestillersystem.letter_behaviour import Body, LetterBehaviour
from eprom_verify.contract.letter_documents import document_collection


def _letters(**changes: Any) -> Behaviour:
    return replace(CORRECT, letters=replace(LetterBehaviour(), **changes))


def _letter(change: Callable[[Body], Body]) -> Behaviour:
    return _letters(letter=lambda body, key: change(body))


def _without(name: str) -> Callable[[Body], Body]:
    return lambda body: {other: value for other, value in body.items() if other != name}


def _with_key(body: Body, key: str) -> Body:
    return body | {"apiKey": key}


def _reversed_list(body: Body) -> Body:
    return body | {"notificationPriorityList": body["notificationPriorityList"][::-1]}


def _list_as_text(body: Body) -> Body:
    return body | {"notificationPriorityList": ", ".join(body["notificationPriorityList"])}


def _content(body: Body) -> str:
    return str(body["documentCollection"]["mainDocument"]["content"])


def _cut_short(body: Body) -> Body:
    """Loses the end of the PDF, as a buffer does that is not flushed."""
    return body | {"documentCollection": document_collection(base64.b64decode(_content(body))[:-40])}


def _encoded_twice(body: Body) -> Body:
    return body | {"documentCollection": document_collection(_content(body).encode())}


def _only_names(value: object) -> object:
    if isinstance(value, str):
        return value
    raise ValueError(value)


def _only_numbers(value: object) -> object:
    if isinstance(value, int):
        return value
    raise ValueError(value)


def _base64_key(headers: dict[str, str], key: str) -> dict[str, str]:
    return headers | {"Authorization": f"Basic {base64.b64encode(f':{key}'.encode()).decode()}"}


FAULTS: dict[str, Behaviour] = {
    "letter-key-in-body": _letters(letter=_with_key),
    "letter-key-base64": _letters(headers=_base64_key),
    "letter-list-reversed": _letter(_reversed_list),
    "letter-list-as-text": _letter(_list_as_text),
    "letter-pdf-cut-short": _letter(_cut_short),
    "letter-pdf-encoded-twice": _letter(_encoded_twice),
    "letter-color-forgotten": _letter(_without("paperColorPrint")),
    "letter-color-always": _letter(lambda body: body | {"paperColorPrint": True}),
    "letter-sender-forgotten": _letter(lambda body: body | {"senderInfo": {}}),
    "letter-test-mode-left-on": _letter(lambda body: body | {"testMode": True}),
    "letter-other-patient": _letter(lambda body: body | {"nationalId": "26670271527"}),
    "letter-sent-twice": _letters(sends=2),
    "letter-status-answered-false": _letters(answer=(200, {"success": False})),
    "letter-status-answered-text": _letters(answer=(200, {"success": "true"})),
    "letter-status-answered-500": _letters(answer=(500, {"success": True})),
    "letter-status-registered-twice": _letters(registers_repeats=True),
    "letter-status-needs-letter-first": _letters(needs_letter_first=True),
    "letter-status-only-names": _letters(reads_channel=_only_names, reads_status=_only_names),
    "letter-status-only-numbers": _letters(reads_channel=_only_numbers, reads_status=_only_numbers),
    "letter-status-any-key-taken": _letters(ignores_key=True),
    "letter-status-not-registered": _letters(drops=lambda members: True),
    "letter-error-taken-as-sent": _letters(reads_status=lambda value: 0 if value == 1 else value),
    "letter-no-channel-trusted": _letters(trusts_no_channel=lambda channel: True),
    "letter-no-channel-as-text-trusted": _letters(trusts_no_channel=lambda channel: channel == "0"),
    "letter-refusal-trusted": _letters(trusts_status=frozenset({400, 413, 502, 504})),
    "letter-timeout-trusted": _letters(trusts_status=frozenset({504})),
    "letter-failure-trusted": _letters(trusts_status=frozenset({500})),
    "letter-silence-trusted": _letters(trusts_silence=True),
    "failed-letter-resent": _letters(resends_failed=True),
    "letter-forgotten": _letters(forgets_taken=True),
}
