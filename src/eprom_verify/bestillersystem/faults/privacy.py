"""What can be wrong in the built-in bestillersystem's use of privacy settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eprom_verify.bestillersystem.behaviour import CORRECT, Behaviour
from eprom_verify.bestillersystem.privacy_behaviour import Body, PrivacyBehaviour


def _with(**changes: Any) -> Behaviour:
    return replace(CORRECT, privacy=replace(PrivacyBehaviour(), **changes))


def _key_in_body(letter: str, body: Body, key: str) -> Body:
    return body | {"apiKey": key}


def _type_as_text(letter: str, body: Body, key: str) -> Body:
    """Sends the type as a text with a number in it, as a form does."""
    return body | {"type": str(body["type"])} if "type" in body else body


def _other_patient(letter: str, body: Body, key: str) -> Body:
    return body | {"nationalId": "26670271527"} if "nationalId" in body else body


def _always_active(letter: str, body: Body, key: str) -> Body:
    return body | {"status": 1} if letter == "G" else body


def _consent_for_reservation(value: object) -> object:
    """Takes 0 for Samtykke, as whoever counts from the list of Norwegian words in another order."""
    return {0: 1, 1: 0}.get(value, value) if isinstance(value, int) else value


def _only_numbers(value: object) -> object:
    if isinstance(value, int):
        return value
    raise ValueError(value)


def _swapped_reservation(value: object) -> object:
    return {"RES": "IRES", "IRES": "RES"}.get(str(value), value)


def _swapped_consent(value: object) -> object:
    return {"SAM": "ISAM", "ISAM": "SAM"}.get(str(value), value)


FAULTS: dict[str, Behaviour] = {
    "privacy-key-in-body-too": _with(request=_key_in_body),
    "privacy-type-as-text": _with(request=_type_as_text),
    "privacy-consent-for-reservation": _with(reads_type=_consent_for_reservation),
    "privacy-status-inverted": _with(reads_status=_consent_for_reservation),
    "privacy-withdrawn-consent-not-read": _with(forgets_reading=frozenset({("Samtykke", "IkkeAktiv")})),
    "privacy-only-numbers": _with(reads_type=_only_numbers, reads_status=_only_numbers),
    "privacy-error-is-no": _with(failure_is_inactive=True),
    "privacy-silence-is-no": _with(silence_is_inactive=True),
    "privacy-failed-change-is-done": _with(failure_is_done=True),
    "privacy-other-patient": _with(request=_other_patient),
    "privacy-asks-for-active": _with(request=_always_active),
    "privacy-unchanged-forgotten": _with(forgets_unchanged=True),
    "privacy-changed-forgotten": _with(forgets_changed=True),
    "privacy-older-believed": _with(takes_older=True),
    "privacy-first-page-is-all": _with(first_page_is_all=True),
    "privacy-listed-twice": _with(lists_repeats=True),
    "privacy-list-read-in-ring": _with(asks_again=True, most_pages=20),
    "privacy-res-and-ires-swapped": _with(reads_code=_swapped_reservation),
    "privacy-sam-and-isam-swapped": _with(reads_code=_swapped_consent),
    "privacy-message-not-registered": _with(drops=True),
    "privacy-message-refused": _with(answer=(200, {"success": False})),
    "privacy-message-answered-twice": _with(answer=(200, {"success": True, "Success": True})),
    "privacy-message-answered-as-text": _with(answer=(200, {"success": "true"})),
    "privacy-message-registered-twice": _with(registers_repeats=True),
    "privacy-unknown-members-refused": _with(refuses_unknown=True),
    "privacy-any-key-taken": _with(ignores_key=True),
}
