"""How the simulator behaves with privacy settings: as documented, or with one named thing changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]
Failure = Callable[[str, int, Body], tuple[int, Body | str]]


@dataclass(frozen=True)
class PrivacyBehaviour:
    """The points at which the privacy settings can be made to behave otherwise; the defaults are as documented.

    Answers: `setting` may change the answer to a reading, `changed` to a change, `page` to a listing; `words` writes
    names in place of numbers; a change by a bestillersystem to one of the statuses in `keeps` is answered as if it was
    made, and is not.

    Listing: `starts_at` may move where a page begins, told the reference that was asked for; `goes_on_at` may change
    the reference that is given, told also the one that was asked for; `by_position` counts places in the list, so that
    pages shift when it changes; `lists_inactive` takes everybody along; `part_code` stands in for that of the setting,
    "" for one that has none.

    Errors: `fails` answers every call with this status; `failure` may change what a failing call is answered with, told
    the letter of its operation, the status and the body; `lenient` are refusals that are left out (the member's name,
    or "length"); `accepts_any_key` are the operations that take any API key.

    Callback: `replication` may change it, told the key; `replication_key` changes the key in it and
    `replication_headers` the headers, told the key; `copies` is how many times it is delivered, and `forgets` are the
    codes that are not told.
    """

    setting: Callable[[Body], Body] = lambda body: body
    changed: Callable[[Body], Body] = lambda body: body
    page: Callable[[Body], Body] = lambda body: body
    words: bool = False
    keeps: frozenset[str] = frozenset()
    starts_at: Callable[[int], int] = lambda reference: reference
    goes_on_at: Callable[[int, int], int] = lambda asked, reference: reference
    by_position: bool = False
    lists_inactive: bool = False
    part_code: str | None = None
    fails: int | None = None
    failure: Failure = lambda letter, status, body: (status, body)
    lenient: frozenset[str] = frozenset()
    accepts_any_key: frozenset[str] = frozenset()
    replication: Callable[[Body, str], Body] = lambda body, key: body
    replication_key: Callable[[str], str] = lambda key: key
    replication_headers: Callable[[str], Mapping[str, str]] = lambda key: {"Authorization": f"Basic {key}"}
    copies: int = 1
    forgets: frozenset[str] = frozenset()
