"""How the simulator behaves: as documented, or with one named thing changed.

Every place where a test may want ePROM to act differently is a field here; the rest of the simulator asks these and
holds no special cases of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from eprom_verify.contract.enumerations import DistributionRule, NotificationChannel
from eprom_verify.persons import Series
from eprom_verify.simulator.citizen_behaviour import CitizenBehaviour
from eprom_verify.simulator.distribution import Limits
from eprom_verify.simulator.environment_behaviour import EnvironmentBehaviour
from eprom_verify.simulator.initiated_behaviour import InitiatedBehaviour
from eprom_verify.simulator.letter_behaviour import LetterBehaviour
from eprom_verify.simulator.on_behalf_behaviour import OnBehalfBehaviour
from eprom_verify.simulator.orders import Order
from eprom_verify.simulator.privacy_behaviour import PrivacyBehaviour
from eprom_verify.simulator.signing_behaviour import SigningBehaviour
from eprom_verify.simulator.unsecure_behaviour import UnsecureBehaviour

Body = dict[str, Any]
Channels = tuple[NotificationChannel, ...]


def _same_rule(value: object, rule: DistributionRule) -> DistributionRule:
    del value
    return rule


def _same_body(body: Body, order: Order) -> Body:
    del order
    return body


@dataclass(frozen=True)
class Behaviour:
    """The points at which ePROM's behaviour can be changed; the defaults are the documented behaviour.

    Orders: `rule` reads the rule off what was sent, and `default_rule` stands in for none; `refuses` names a member
    that is not taken, and `error_for` the orders that fail; `error` may change an error's status and text;
    `lenient_errors` are refusals that are left out; `unknown_person` is "zero-guid", "refused" or "ordered", and
    nobody has a D-nummer of the series in `unknown_d_numbers`; `accepts_any_key` takes any API key; `order_response`
    may change the answer.

    Distribution: `tried` are the channels that a rule tries; `limits` and `ignores` (see `Reach`) decide who can be
    reached; `ignores_order_address` leaves out the address that an order itself has; `research` treats the
    bestillersystem as one that is marked as research.

    Status: `status_callback` may change it, `callback_key` its key, `edition` its edition (`edition_swapped` takes
    the one that was not asked for); `copies` is how many times it is delivered; `together` holds the messages about an
    order back until there are so many, and delivers them at once; `callback_first` delivers it before the order is
    answered; `forgets` drops it; `stray` sends one more, for an order that nobody made; `status_delay_s` delivers it
    later than usual; `contradicts` sends another after it, that the patient could not be reached.

    Every call about somebody: `outage` fails it before anything is done, with this HTTP status, or without an answer:
    "drop" breaks the connection at once, "silence" after a while.

    Return: `form_return` may change it, `forgets_return` drops it, and `returns_test_mode` returns what was ordered
    in test mode too.

    The chapters that have a behaviour of their own: `citizen`, `environment` (time and order of events), `initiated`,
    `letters`, `on_behalf`, `privacy`, `signing`, `unsecure`; see there.
    """

    rule: Callable[[object, DistributionRule], DistributionRule] = _same_rule
    default_rule: DistributionRule = DistributionRule.Basic
    refuses: str = ""
    error_for: Callable[[Order], bool] = lambda order: False
    error: Callable[[int, str], tuple[int, str]] = lambda status, text: (status, text)
    lenient_errors: frozenset[str] = frozenset()
    unknown_person: str = "zero-guid"
    unknown_d_numbers: frozenset[Series] = frozenset()
    accepts_any_key: bool = False
    order_response: Callable[[Body, Order], Body] = _same_body
    tried: Callable[[DistributionRule, Channels], Channels] = lambda rule, tried: tried
    limits: Limits = field(default_factory=Limits)
    ignores: frozenset[str] = frozenset()
    ignores_order_address: bool = False
    research: bool = False
    status_callback: Callable[[Body, Order], Body] = _same_body
    callback_key: Callable[[str], str] = lambda key: key
    edition: str | None = None
    edition_swapped: bool = False
    status_delay_s: float | None = None
    form_return: Callable[[Body, Order], Body] = _same_body
    outage: int | str = ""
    returns_test_mode: bool = False
    forgets_return: Callable[[Order], bool] = lambda order: False
    copies: int = 1
    together: int = 1
    callback_first: bool = False
    forgets: Callable[[Order], bool] = lambda order: False
    stray: bool = False
    contradicts: Callable[[Order], bool] = lambda order: False
    signing: SigningBehaviour = field(default_factory=SigningBehaviour)
    letters: LetterBehaviour = field(default_factory=LetterBehaviour)
    initiated: InitiatedBehaviour = field(default_factory=InitiatedBehaviour)
    on_behalf: OnBehalfBehaviour = field(default_factory=OnBehalfBehaviour)
    citizen: CitizenBehaviour = field(default_factory=CitizenBehaviour)
    environment: EnvironmentBehaviour = field(default_factory=EnvironmentBehaviour)
    unsecure: UnsecureBehaviour = field(default_factory=UnsecureBehaviour)
    privacy: PrivacyBehaviour = field(default_factory=PrivacyBehaviour)


DOCUMENTED = Behaviour()
