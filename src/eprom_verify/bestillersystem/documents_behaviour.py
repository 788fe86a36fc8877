"""How the built-in bestillersystem fetches signed documents: correctly, or with one thing changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Headers = dict[str, str]


@dataclass(frozen=True)
class DocumentsBehaviour:
    """The points at which fetching can be made to err; the defaults are correct.

    `fetches` decides whether it fetches at all, and `fetches_unsigned` whether it also does so for forms that were not
    signed; `attempts` is how often it tries, None for as long as it takes; `fetches_again` fetches what it already has.
    `headers` may change the request's headers, and `query` add a query string, knowing the API key; `keeps` may change
    what is kept.
    """

    fetches: bool = True
    fetches_unsigned: bool = False
    fetches_again: bool = False
    attempts: int | None = None
    headers: Callable[[Headers, str], Headers] = lambda headers, key: headers
    query: Callable[[str], Mapping[str, str]] = lambda key: {}
    keeps: Callable[[bytes], bytes] = lambda content: content
