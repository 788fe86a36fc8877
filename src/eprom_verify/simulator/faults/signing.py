"""What can be wrong in the simulator when forms are signed, and their documents fetched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from eprom_verify.contract.enumerations import NotificationChannel as Channel
from eprom_verify.exchange import ZERO_GUID
from eprom_verify.simulator.behaviour import DOCUMENTED, Behaviour, Body
from eprom_verify.simulator.orders import Order

_STRANGE_ID = "184738d0-3c39-e611-9c2a-34e6d72e03c7"
_NO_DOCUMENT = b"<!DOCTYPE html><title>Error</title>"
_SOME_DOCUMENT = b"%PDF-1.7\n% Et dokument som ingen har signert\n%%EOF\n"


def _signing(**changes: Any) -> Behaviour:
    return replace(DOCUMENTED, signing=replace(DOCUMENTED.signing, **changes))


def _reached_on(channel: Channel) -> Callable[[Order], bool]:
    return lambda order: order.channel is channel


def _return(change: Callable[[Body], Body], test: Callable[[Order], bool] = lambda order: True) -> Behaviour:
    return replace(DOCUMENTED, form_return=lambda body, order: change(body) if test(order) else body)


def _strange_document(body: Body) -> Body:
    unsigned = body.get("signedFormId") == ZERO_GUID
    return body | {"signedFormId": _STRANGE_ID} if unsigned else body


def _log(change: Callable[[list[str]], list[int]]) -> Callable[[Body], Body]:
    """A return whose log holds the events of these places, in this order, at the times that stood there before."""

    def changed(body: Body) -> Body:
        log = body.get("formOrderEventLog") or []
        places = change([each["eventType"] for each in log])
        moved = zip(places, log, strict=False)
        return body | {"formOrderEventLog": [log[p] | {"timestampUtc": at["timestampUtc"]} for p, at in moved]}

    return changed


def _without_signing(kinds: list[str]) -> list[int]:
    return [place for place, kind in enumerate(kinds) if not kind.startswith("Signing")]


def _delivered_first(kinds: list[str]) -> list[int]:
    places = list(range(len(kinds)))
    if "SigningCompleted" in kinds:
        places[-2:] = places[:-3:-1]
    return places


def _without_attempts(kinds: list[str]) -> list[int]:
    """Only the attempt that succeeded."""
    failed = {place for place, kind in enumerate(kinds) if kind in ("SigningCancelled", "SigningError")}
    return [place for place in range(len(kinds)) if place not in failed and place + 1 not in failed]


def _unsigned_revision(content: bytes, order: Order) -> bytes:
    """The file as it was before the signature was added to it."""
    end = b"%%EOF"
    return content[: content.index(end) + len(end)] + b"\n"


def _added_to(content: bytes, order: Order) -> bytes:
    return content + b"% endret etter at det ble signert\n"


def _empty_for_mailbox(content: bytes, order: Order) -> bytes:
    return b"" if order.channel is Channel.DigitalMailbox else content


FAULTS: dict[str, Behaviour] = {
    "signing-skipped-on-helsenorge": _signing(delivers_unsigned=_reached_on(Channel.Helsenorge)),
    "signing-skipped-in-mailbox": _signing(delivers_unsigned=_reached_on(Channel.DigitalMailbox)),
    "signed-id-zero": _return(lambda body: body | {"signedFormId": ZERO_GUID}, _reached_on(Channel.DigitalMailbox)),
    "signed-id-always": _return(_strange_document, _reached_on(Channel.DigitalMailbox)),
    "signing-events-missing": _return(_log(_without_signing)),
    "signing-events-after-delivery": _return(_log(_delivered_first)),
    "signing-attempts-not-logged": _return(_log(_without_attempts)),
    "document-not-pdf": _signing(content=lambda content, order: _NO_DOCUMENT),
    "document-empty": _signing(content=_empty_for_mailbox),
    "document-out-of-reach": _signing(misses=1_000_000),
    "document-without-signature": _signing(content=_unsigned_revision),
    "document-changed-after-signing": _signing(content=_added_to),
    "document-of-another-form": _signing(serves_oldest=True),
    "document-without-key": _signing(needs_key=False),
    "document-with-unknown-key": _signing(takes_unknown_keys=True),
    "document-for-another-system": _signing(takes_other_systems=True),
    "document-gone-after-a-day": _signing(kept_days=1),
    "document-gone-after-29-days": _signing(kept_days=29),
    "document-for-unknown-id": _signing(unknown=_SOME_DOCUMENT),
}
