"""What can be wrong in the built-in bestillersystem when forms are ordered and returned."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from eprom_verify.bestillersystem.behaviour import CORRECT, Behaviour, Body, Headers


def _with(**members: Any) -> Behaviour:
    return replace(CORRECT, order=lambda body, key: body | members)


def _key_in_body(body: Body, key: str) -> Body:
    return body | {"apiKey": key}


def _base64_key(headers: Headers, key: str) -> Headers:
    return headers | {"Authorization": f"Basic {base64.b64encode(f':{key}'.encode()).decode()}"}


def _bearer(headers: Headers, key: str) -> Headers:
    return headers | {"Authorization": f"Bearer {key}"}


def _metadata_object(body: Body, key: str) -> Body:
    del key
    return body | {"metadata": json.loads(body["metadata"])}


def _metadata_escaped_twice(body: Body, key: str) -> Body:
    del key
    return body | {"metadata": json.dumps(body["metadata"])}


def _metadata_mangled(body: Body, key: str) -> Body:
    """Reads UTF-8 as if it were Latin-1, as half of all integrations once did."""
    return body | {"metadata": body["metadata"].encode().decode("latin-1")}


def _without_paper(body: Body, key: str) -> Body:
    """Takes BasicOrPaper for Basic, as a system does that was built before paper."""
    del key
    return body | {"distributionRule": "Basic"} if body.get("distributionRule") == "BasicOrPaper" else body


def _expires_tomorrow(body: Body, key: str) -> Body:
    del key
    return body | {"expiryDate": "2099-12-31T00:00:00"}


def _unsigned(body: Body, key: str) -> Body:
    del key
    return body | {"mustBeSigned": False}


def _without_expiry(body: Body, key: str) -> Body:
    del key
    return {name: value for name, value in body.items() if name != "expiryDate"}


def _only_names(value: object) -> object:
    """Understands the channel of the older edition alone."""
    if isinstance(value, str):
        return value
    raise ValueError(value)


def _only_numbers(value: object) -> object:
    if isinstance(value, int):
        return value
    raise ValueError(value)


def _without_blanks(answers: Body) -> Body:
    return {name: value for name, value in answers.items() if value is not None}


def _all_text(answers: Body) -> Body:
    return {name: value if value is None else str(value) for name, value in answers.items()}


def _cut(answers: Body) -> Body:
    """Keeps texts where there is room for 4000 characters, as in an old column."""
    return {name: value[:4000] if isinstance(value, str) else value for name, value in answers.items()}


def _late_s(members: Body) -> float:
    """Later than anybody should wait, and earlier than the simulator gives up."""
    return 6.0 if len(str(members.get("formdata"))) > 500_000 else 0.0


def _openqreg(value: object) -> object:
    """Takes a number for the status that it stands for in OpenQReg: Created, Ordered, Expired, Completed."""
    return {1: "Ordered", 2: "Expired", 3: "Completed"}.get(value, value) if isinstance(value, int) else value


def _mrs(value: object) -> object:
    """Takes a number for the status that it stands for in MRS: Bestilt, Besvart, Utgått, Feilet."""
    names = {0: "Ordered", 1: "Completed", 2: "Expired", 3: "Error"}
    return names.get(value, value) if isinstance(value, int) else value


def _is_return(members: Body) -> bool:
    return members.get("formorderstatus") in ("Completed", "Expired")


def _is(status: str) -> Callable[[Body], bool]:
    return lambda members: members.get("formorderstatus") == status


FAULTS: dict[str, Behaviour] = {
    "key-in-body": replace(CORRECT, order=_key_in_body),
    "key-base64": replace(CORRECT, headers=_base64_key),
    "key-bearer": replace(CORRECT, headers=_bearer),
    "key-in-other-header": replace(CORRECT, headers=lambda headers, key: headers | {"X-Api-Key": key}),
    "test-mode-left-on": _with(testMode=True),
    "copy-withheld": _with(dontStoreCompletedFormInPha=True),
    "other-form": _with(formId="5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e10"),
    "other-patient": _with(nationalId="26670271527"),
    "metadata-as-object": replace(CORRECT, order=_metadata_object),
    "metadata-escaped-twice": replace(CORRECT, order=_metadata_escaped_twice),
    "metadata-mangled": replace(CORRECT, order=_metadata_mangled),
    "rule-paper-forgotten": replace(CORRECT, order=_without_paper),
    "form-id-not-a-guid": _with(formId="RAND-12"),
    "expiry-other-day": replace(CORRECT, order=_expires_tomorrow),
    "expiry-missing": replace(CORRECT, order=_without_expiry),
    "signing-forgotten": replace(CORRECT, order=_unsigned),
    "order-forgotten": replace(CORRECT, forgets_made=True),
    "order-sent-twice": replace(CORRECT, sends=2),
    "status-registered-twice": replace(CORRECT, registers_repeats=True),
    "status-needs-order-first": replace(CORRECT, needs_order_first=True),
    "status-not-registered": replace(CORRECT, drops=lambda members: True),
    "unreachable-not-registered": replace(CORRECT, drops=lambda members: members.get("formorderstatus") == "Error"),
    "unreachable-as-ordered": replace(CORRECT, reads_status=lambda value: "Ordered" if value == "Error" else value),
    "answers-false": replace(CORRECT, answer=(200, {"success": False})),
    "answers-text": replace(CORRECT, answer=(200, {"success": "true"})),
    "answers-nothing": replace(CORRECT, answer=(200, {})),
    "answers-500": replace(CORRECT, answer=(500, {"success": True})),
    "channel-only-names": replace(CORRECT, reads_channel=_only_names),
    "channel-only-numbers": replace(CORRECT, reads_channel=_only_numbers),
    "answers-as-text": replace(CORRECT, reads_answers=_all_text),
    "answers-without-blanks": replace(CORRECT, reads_answers=_without_blanks),
    "answer-not-registered": replace(CORRECT, drops=_is("Completed")),
    "answer-needs-status-first": replace(CORRECT, needs_status_first=True),
    "unknown-members-refused": replace(CORRECT, refuses_unknown=True),
    "expiry-not-registered": replace(CORRECT, drops=_is("Expired")),
    "letter-return-not-registered": replace(CORRECT, drops=_is("PhysicalMailReturned")),
    "status-any-key-taken": replace(CORRECT, ignores_key=lambda members: not _is_return(members)),
    "return-any-key-taken": replace(CORRECT, ignores_key=_is_return),
    "status-races": replace(CORRECT, races="twice"),
    "last-writer-wins": replace(CORRECT, races="last"),
    "warnings-not-understood": replace(CORRECT, drops=lambda members: bool(members.get("formdatawarnings"))),
    "long-answers-cut": replace(CORRECT, reads_answers=_cut),
    "large-return-answered-late": replace(CORRECT, late_s=_late_s),
    "unknown-order-taken-for-newest": replace(CORRECT, unknown_is_newest=True),
    "status-number-of-openqreg": replace(CORRECT, reads_status=_openqreg),
    "status-number-of-mrs": replace(CORRECT, reads_status=_mrs),
    "zero-guid-trusted": replace(CORRECT, trusts_zero_guid=True),
    "refusal-trusted": replace(CORRECT, trusts_status=frozenset({400})),
    "failure-trusted": replace(CORRECT, trusts_status=frozenset({401, 500, 502, 504})),
    "silence-trusted": replace(CORRECT, trusts_silence=True),
    "failed-order-resent": replace(CORRECT, resends_failed=True),
}
