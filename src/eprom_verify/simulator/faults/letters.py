"""What can be wrong in the simulator when letters are sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from eprom_verify.contract.enumerations import NotificationChannel as Channel
from eprom_verify.simulator.behaviour import DOCUMENTED, Behaviour
from eprom_verify.simulator.letter import Letter
from eprom_verify.simulator.letter_behaviour import Body, LetterBehaviour

_TEXTS = {
    "main-document": "Main document in MessageToCitizen",
    "key": "doesn't exists",
    "not-forwarded": "Unable to communicate",
    "timed-out": "Timeout while waiting",
}


def _letters(**changes: Any) -> Behaviour:
    return replace(DOCUMENTED, letters=replace(LetterBehaviour(), **changes))


def _other_text(fragment: str) -> Behaviour:
    """One error text reads otherwise than documented; the status is still the same."""

    def error(status: int, text: str) -> tuple[int, str]:
        return status, "The letter could not be sent" if fragment in text else text

    return _letters(error=error)


def _other_status(fragment: str) -> Behaviour:
    return _letters(error=lambda status, text: (500 if fragment in text else status, text))


def _status(change: Callable[[Body], Body], test: Callable[[Letter], bool] = lambda letter: True) -> Behaviour:
    """The status of some of the letters is changed."""
    return _letters(status=lambda body, letter: change(body) if test(letter) else body)


def _with(**members: object) -> Callable[[Body], Body]:
    return lambda body: body | members


def _on(channel: Channel) -> Callable[[Letter], bool]:
    return lambda letter: letter.channel is channel


def _swapped(sent: object, channel: Channel) -> Channel:
    """Takes the numbers of the two kinds of mail for each other."""
    swapped = {Channel.DigitalMailbox: Channel.PhysicalMailbox, Channel.PhysicalMailbox: Channel.DigitalMailbox}
    return swapped.get(channel, channel) if isinstance(sent, int) else channel


def _without_id(body: Body, letter: Letter) -> Body:
    return {name: value for name, value in body.items() if name != "messageToCitizenId" or not letter.color}


FAULTS: dict[str, Behaviour] = {
    "letter-response-without-id": _letters(response=_without_id),
    "letter-response-id-not-a-guid": _letters(no_id="ingen"),
    "letter-only-first-channel": _letters(tried=lambda wanted: wanted[:1]),
    "letter-helsenorge-first": _letters(tried=lambda wanted: tuple(sorted(wanted))),
    "letter-last-channel-first": _letters(tried=lambda wanted: wanted[::-1]),
    "letter-numbers-swapped": _letters(reads=_swapped),
    "letter-unreachable-as-sent": _letters(unreachable="sent"),
    "letter-unknown-person-refused": _letters(unknown_person="refused"),
    "letter-unknown-person-sent": _letters(unknown_person="sent"),
    "letter-without-document-taken": _letters(lenient=frozenset({"main-document"})),
    **{f"letter-text-{name}": _other_text(fragment) for name, fragment in _TEXTS.items()},
    **{f"letter-{name}-as-500": _other_status(_TEXTS[name]) for name in ("not-forwarded", "timed-out")},
    "letter-limit-10-mb": _letters(most_bytes=10_000_000),
    "letter-no-limit": _letters(most_bytes=2**40),
    "letter-color-refused": _letters(refuses="paperColorPrint"),
    "letter-reservation-ignored": _letters(ignores=frozenset({"research"})),
    "letter-reservation-stops-all": _letters(reserved_everywhere=True),
    "letter-status-missing": _letters(forgets=_on(Channel.Unsecure)),
    "letter-status-other-channel": _status(_with(notificationChannel=4), _on(Channel.Unsecure)),
    "letter-status-error-though-sent": _status(_with(sentStatus=1), _on(Channel.Unsecure)),
    "letter-status-error-as-sent": _status(_with(sentStatus=0), _on(Channel.NoChannel)),
    "letter-status-other-edition": _letters(edition_swapped=True),
    "letter-status-other-key": _letters(callback_key=lambda key: key[::-1]),
    "letter-status-in-test-mode": _letters(returns_test_mode=True),
    "letter-status-twice": _letters(copies=2),
    "letter-status-stray": _letters(stray=True),
}
