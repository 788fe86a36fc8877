"""How the built-in bestillersystem behaves with privacy settings: correctly, or with one named thing changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class PrivacyBehaviour:
    """The points at which it can be made to err; the defaults are correct.

    Calls: `request` may change a call, knowing its operation's letter and the API key; `reads_type` and `reads_status`
    read those off an answer; `forgets_reading` are pairs of type and status that are not registered;
    `failure_is_inactive` takes an error for a no, and `silence_is_inactive` no answer; `failure_is_done` takes a change
    that failed, or was not answered, for one that was made; `forgets_unchanged` does not register a
    status that ePROM had already; `forgets_changed` one that it had not; `takes_older` believes an answer with a lower
    sequence number than one that it has seen.

    Listing: `first_page_is_all` stops there; `asks_again` lets it ask for a page that it has had already, and
    `most_pages` is after how many it gives up;
    `lists_repeats` registers a citizen again who stands on two pages.

    Callback: `reads_code` reads the status off it; `ignores_key` takes any key; `registers_repeats` registers a
    repeated message again; `refuses_unknown` refuses members that it does not know; `drops` registers nothing, though
    it answers that all is well; `answer` is the reply (status code and body).
    """

    request: Callable[[str, Body, str], Body] = lambda letter, body, key: body
    reads_type: Callable[[object], object] = lambda value: value
    reads_status: Callable[[object], object] = lambda value: value
    forgets_reading: frozenset[tuple[str, str]] = frozenset()
    failure_is_inactive: bool = False
    silence_is_inactive: bool = False
    failure_is_done: bool = False
    forgets_unchanged: bool = False
    forgets_changed: bool = False
    takes_older: bool = False
    first_page_is_all: bool = False
    most_pages: int = 10_000
    asks_again: bool = False
    lists_repeats: bool = False
    reads_code: Callable[[object], object] = lambda value: value
    ignores_key: bool = False
    registers_repeats: bool = False
    refuses_unknown: bool = False
    drops: bool = False
    answer: tuple[int, Body] = (200, {"success": True})
