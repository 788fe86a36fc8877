"""How the built-in bestillersystem behaves: correctly, or with one named thing changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from eprom_verify.bestillersystem.documents_behaviour import DocumentsBehaviour
from eprom_verify.bestillersystem.initiated_behaviour import InitiatedBehaviour
from eprom_verify.bestillersystem.letter_behaviour import LetterBehaviour
from eprom_verify.bestillersystem.on_behalf_behaviour import OnBehalfBehaviour
from eprom_verify.bestillersystem.privacy_behaviour import PrivacyBehaviour
from eprom_verify.bestillersystem.unsecure_behaviour import UnsecureBehaviour

Body = dict[str, Any]
Headers = dict[str, str]


@dataclass(frozen=True)
class Behaviour:
    """The points at which the built-in bestillersystem can be made to err; the defaults are correct.

    `order` and `headers` may change a request, knowing the API key, before it goes out; `sends` is how many times each
    order is sent; `answer` the reply to a callback (status code and body); `registers_repeats` registers a redelivered
    status again; `reads_channel`, `reads_status` and `reads_answers` read those off a callback; `refuses_unknown`
    refuses a callback with members that it does not know; `needs_order_first` refuses a status that overtakes its
    order, and `needs_status_first` an answer that overtakes its status; `trusts_zero_guid` takes the zero GUID for an
    order, `trusts_status` an answer of these HTTP statuses, and `trusts_silence` no answer at all; `resends_failed`
    sends an order once more after no answer, or an error of ePROM's own (5xx); `forgets_made` takes an order for a
    refusal; `drops` leaves a status unregistered though it answers that all is well, and `forgets_older` those of all
    orders but the newest.

    Callbacks that are unusual: `ignores_key` takes any key, told the members; `races` is what two about one order at
    once do: "twice" registers a status twice, "last" leaves only what was written last; `late_s` is how many seconds it
    waits before it answers, told the members; `unknown_is_newest` takes an order that it does not know for its newest.

    The chapters that have a behaviour of their own: `documents`, `initiated`, `letters`, `on_behalf`, `privacy`,
    `unsecure`; see there.
    """

    order: Callable[[Body, str], Body] = lambda body, key: body
    headers: Callable[[Headers, str], Headers] = lambda headers, key: headers
    sends: int = 1
    answer: tuple[int, Body] = (200, {"success": True})
    registers_repeats: bool = False
    reads_channel: Callable[[object], object] = lambda value: value
    reads_status: Callable[[object], object] = lambda value: value
    reads_answers: Callable[[Body], Body] = lambda answers: answers
    refuses_unknown: bool = False
    needs_order_first: bool = False
    needs_status_first: bool = False
    trusts_zero_guid: bool = False
    trusts_status: frozenset[int] = frozenset()
    trusts_silence: bool = False
    resends_failed: bool = False
    forgets_made: bool = False
    drops: Callable[[Body], bool] = lambda body: False
    ignores_key: Callable[[Body], bool] = lambda members: False
    races: str = ""
    late_s: Callable[[Body], float] = lambda members: 0.0
    unknown_is_newest: bool = False
    documents: DocumentsBehaviour = field(default_factory=DocumentsBehaviour)
    letters: LetterBehaviour = field(default_factory=LetterBehaviour)
    initiated: InitiatedBehaviour = field(default_factory=InitiatedBehaviour)
    on_behalf: OnBehalfBehaviour = field(default_factory=OnBehalfBehaviour)
    forgets_older: bool = False
    unsecure: UnsecureBehaviour = field(default_factory=UnsecureBehaviour)
    privacy: PrivacyBehaviour = field(default_factory=PrivacyBehaviour)


CORRECT = Behaviour()
