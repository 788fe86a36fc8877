"""How the built-in bestillersystem behaves with letters: correctly, or with one named thing changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]
Headers = dict[str, str]


@dataclass(frozen=True)
class LetterBehaviour:
    """The points at which letters can go wrong; the defaults are correct.

    `letter` and `headers` may change a request, knowing the API key, before it goes out; `sends` is how many times each
    letter is sent; `answer` the reply to a status (status code and body); `registers_repeats` registers a redelivered
    status again; `reads_channel` and `reads_status` read those off a status; `needs_letter_first` refuses a status that
    overtakes its letter; `trusts_no_channel` takes an answer without a channel for a letter that was sent,
    `trusts_status` an answer of these HTTP statuses, and `trusts_silence` no answer at all; `resends_failed` sends a
    letter once more after no answer, or an error of ePROM's own (5xx); `forgets_taken` takes a letter for one that was
    not sent; `ignores_key` takes a status with any key; `drops` leaves a status unregistered though it answers that all
    is well.
    """

    letter: Callable[[Body, str], Body] = lambda body, key: body
    headers: Callable[[Headers, str], Headers] = lambda headers, key: headers
    sends: int = 1
    answer: tuple[int, Body] = (200, {"success": True})
    registers_repeats: bool = False
    reads_channel: Callable[[object], object] = lambda value: value
    reads_status: Callable[[object], object] = lambda value: value
    needs_letter_first: bool = False
    trusts_no_channel: Callable[[object], bool] = lambda channel: False
    trusts_status: frozenset[int] = frozenset()
    trusts_silence: bool = False
    resends_failed: bool = False
    forgets_taken: bool = False
    ignores_key: bool = False
    drops: Callable[[Body], bool] = lambda members: False
