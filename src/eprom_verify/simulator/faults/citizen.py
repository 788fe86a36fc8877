"""What can be wrong in the simulator when the citizen is told of a form, logs in, fills it in and delivers it."""

from __future__ import annotations

from dataclasses import replace

from eprom_verify.simulator.behaviour import DOCUMENTED, Behaviour
from eprom_verify.simulator.citizen_behaviour import CitizenBehaviour, Extra, Omission


def _omits(name: Omission) -> Behaviour:
    return replace(DOCUMENTED, citizen=CitizenBehaviour(omits=frozenset({name})))


def _adds(name: Extra) -> Behaviour:
    return replace(DOCUMENTED, citizen=CitizenBehaviour(adds=frozenset({name})))


FAULTS: dict[str, Behaviour] = {
    "cover-letter-missing": _omits("cover-letter"),
    "cover-letter-place-left": _omits("placeholders"),
    "metadata-field-ignored": _omits("metadata-fields"),
    "metadata-text-empty": _omits("metadata-text"),
    "default-values-ignored": _omits("default-values"),
    "default-dates-in-utc": _adds("default-dates-in-utc"),
    "collection-letter-of-part": _adds("letter-of-part"),
    "collection-values-without-prefix": _adds("default-values-everywhere"),
    "form-numbers-as-text": _adds("answers-as-text"),
    "required-not-checked": _omits("required"),
    "range-not-checked": _omits("range"),
    "task-text-missing": _omits("task-text"),
    "task-shows-metadata": _adds("metadata-in-task"),
    "unsecure-names-form": _adds("sender-in-unsecure"),
    "unsecure-sms-first": _adds("sms-first"),
    "copy-missing": _omits("copy"),
    "copy-though-not-wanted": _adds("copy-unwanted"),
    "copy-after-unsecure": _adds("copy-by-unsecure"),
    "code-never-accepted": _omits("code"),
    "birth-date-not-checked": _omits("birth-date"),
    "code-opens-other-form": _omits("own-order"),
    "code-without-d-number": _omits("d-number"),
    "code-used-again": _omits("code-once"),
    "answered-again": _omits("answered"),
    "expired-answered": _omits("expiry"),
    "withdrawn-not-answered": _adds("withdrawn-closed"),
    "anyone-opens-form": _omits("receiver"),
    "on-behalf-not-in-task": _omits("on-behalf-in-task"),
    "on-behalf-not-in-form": _omits("on-behalf-in-form"),
    "on-behalf-copy": _adds("copy-to-other"),
    "saved-lost": _omits("saved"),
    "saved-everywhere": _adds("save-everywhere"),
}
