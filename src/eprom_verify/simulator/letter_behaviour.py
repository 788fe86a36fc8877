"""How the simulator behaves with letters: as documented, or with one named thing changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eprom_verify.contract.enumerations import NotificationChannel
from eprom_verify.contract.letter_documents import MOST_BYTES
from eprom_verify.exchange import ZERO_GUID
from eprom_verify.simulator.letter import Letter

Body = dict[str, Any]
Channels = tuple[NotificationChannel, ...]


def _same_channel(sent: object, channel: NotificationChannel) -> NotificationChannel:
    del sent
    return channel


def _same_body(body: Body, letter: Letter) -> Body:
    del letter
    return body


@dataclass(frozen=True)
class LetterBehaviour:
    """The points at which letters can be handled otherwise; the defaults are the documented behaviour.

    What is taken: `reads` reads a channel off what was sent; `lenient` ("main-document") are refusals that are left
    out, and `most_bytes` is the largest PDF; `refuses` names a member that is not taken; `error` may change an error's
    status and text.

    Sending: `tried` are the channels of the list that are tried; `ignores` ("research") what is left out of account;
    `reserved_everywhere` lets a reservation against research stop every channel; `unknown_person` and `unreachable`
    are "nothing" or "sent", and `unknown_person` also "refused"; `helsenorge` is "" when it answers, else "timeout" or
    "unreachable"; `no_channel` and `no_id` are how an answer says that nothing was sent, and `response` may change any
    other answer.

    Status: `fails` lets a letter that was taken not be sent after all; `status` may change it, `callback_key` its key,
    `edition` its edition (`edition_swapped` takes the one that was not asked for); `copies` is how many times it is
    delivered; `callback_first` delivers it before the letter is answered; `forgets` drops it; `stray` sends one more,
    for a letter that nobody sent; `returns_test_mode` returns it in test mode too.
    """

    reads: Callable[[object, NotificationChannel], NotificationChannel] = _same_channel
    lenient: frozenset[str] = frozenset()
    most_bytes: int = MOST_BYTES
    refuses: str = ""
    error: Callable[[int, str], tuple[int, str]] = lambda status, text: (status, text)
    tried: Callable[[Channels], Channels] = lambda wanted: wanted
    ignores: frozenset[str] = frozenset()
    reserved_everywhere: bool = False
    unknown_person: str = "nothing"
    unreachable: str = "nothing"
    helsenorge: str = ""
    no_channel: object = "0"
    no_id: str = ZERO_GUID
    response: Callable[[Body, Letter], Body] = _same_body
    fails: bool = False
    status: Callable[[Body, Letter], Body] = _same_body
    callback_key: Callable[[str], str] = lambda key: key
    edition: str | None = None
    edition_swapped: bool = False
    copies: int = 1
    callback_first: bool = False
    forgets: Callable[[Letter], bool] = lambda letter: False
    stray: bool = False
    returns_test_mode: bool = False
