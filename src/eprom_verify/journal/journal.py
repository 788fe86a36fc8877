"""The journal: every exchange of a run, durable the moment it is seen, and the place to wait for what comes."""

from __future__ import annotations

import json
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any, Protocol
from uuid import uuid4

from eprom_verify.clock import Clock
from eprom_verify.contract.abridging import abridged
from eprom_verify.contract.findings import Finding
from eprom_verify.errors import HarnessProblem
from eprom_verify.exchange import Exchange, Headers, Message
from eprom_verify.journal.entries import Entry
from eprom_verify.journal.store import Store, read_entries
from eprom_verify.masking import Mask, without_last_word

LEDGER = "ledger"
SET_ASIDE = "network"
"""The kind of the entries that say which exchanges the network spoiled."""

KEPT_BODY_BYTES = 1_048_576
_MARGIN = 4096


class Appends(Protocol):
    """What writes the entries of a journal down; see `Store`."""

    seq: int

    @property
    def last_digest(self) -> str:
        """The digest of the newest entry."""

    def append(self, kind: str, exchange: str, at: str, facts: dict[str, Any], body: bytes) -> Entry:
        """Write one entry, durably."""

    def close(self) -> None:
        """Let go of what it is written to."""


class Journal:
    """The evidence of a run; safe to use from every thread.

    What is passed in is masked before it is written or kept. `on_done` is told of each exchange that has ended, from
    whatever thread noted its end. It is written by a store of its own, and begins with what stands at `path`, unless
    `store` writes it. What is set aside stays in the file, and is not among the exchanges that checks look at.
    `problem` is why the run it is of cannot be judged any longer, "" while it can: the first time that it could not be
    written. `part` is the name of a process that is one of several. Whoever opens the journal closes it.
    """

    part = ""

    def __init__(
        self,
        path: Path,
        *,
        mask: Mask,
        clock: Clock,
        on_done: Callable[[Exchange], None] | None = None,
        store: Appends | None = None,
    ) -> None:
        self._on_done = on_done
        self.path = path
        self.mask = mask
        self._clock = clock
        # What is taken is the lock itself: a Condition's own `with` is Python, and Ctrl-C in it leaves all locked.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        known = list(read_entries(path)) if store is None and path.exists() else []
        begun = _grown_of(known)
        self._exchanges = {each.id: each for each in begun}
        self._aside = {str(each.data["exchange"]) for each in known if each.kind == SET_ASIDE}
        # Ids in the order in which requests came, and in which exchanges ended: waiting looks at what is new alone.
        self._begun = list(self._exchanges)
        self._ended = [each.id for each in self._exchanges.values() if each.done]
        self._store: Appends = Store(path) if store is None else store
        self._noted_at = monotonic()
        self.problem = ""
        # When each exchange that has not ended began; those of an earlier process are not waited for.
        self._open: dict[str, float] = {}

    def run_started(self, facts: dict[str, Any], settings: bytes = b"") -> None:
        """Note what run this is, and its settings as JSON: the first entry, and so when it is taken up."""
        self.note("run", facts, settings)

    def give_up(self, why: str) -> None:
        """Tell that nothing can be judged from now on: something of ours gave way, as `why` says in Norwegian."""
        self.problem = self.problem or why

    def note(self, kind: str, facts: dict[str, Any], body: bytes = b"") -> Entry:
        """Note something of the run that no end has said; it does not count as a sign of life from them."""
        with self._lock:
            return self._append(kind, "", self.mask.values(facts), self.mask.body(body))

    def note_ledger(self, changes: dict[str, Any]) -> None:
        """Note what the scenarios here have caused, for whoever looks at the whole run, or takes it up again."""
        self.note(LEDGER, {}, json.dumps(changes).encode())

    def set_aside(self, exchange_id: str, why: str) -> None:
        """Let nothing be judged by this exchange: the network spoiled it, as `why` says in Norwegian."""
        with self._lock:
            self._aside.add(exchange_id)
            self.note(SET_ASIDE, {"exchange": exchange_id, "why": self.mask.text(why)})

    def spoiled(self, *, since: int = 0) -> list[Exchange]:
        """The exchanges younger than entry number `since` that were set aside, in the order they began."""
        with self._lock:
            # Each step asks, and hardly ever is there anything.
            begun = [self._exchanges[each] for each in self._begun if each in self._aside] if self._aside else []
            return [each for each in begun if each.request.seq > since]

    def take(self, kind: str, exchange_id: str, at: str, facts: dict[str, Any], body: bytes) -> Entry:
        """Write down an entry that another process has made, and masked."""
        with self._lock:
            entry = self._written(kind, exchange_id, at, facts, body)
            if exchange_id:
                self._keep(entry)
            elif kind == SET_ASIDE:
                self._aside.add(facts["exchange"])
            return entry

    def request(
        self,
        *,
        operation: str,
        sender: str,
        method: str,
        url: str,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        findings: tuple[Finding, ...] = (),
        key_matches: bool | None = None,
        size: int | None = None,
        abridged_whole: bool = False,
    ) -> str:
        """Note a request before anybody acts on it; gives the id of the exchange that it begins.

        `size` is how many bytes the body had, when `body` is not all of it: it was cut off, unless it is
        `abridged_whole`, with a long document in it told of instead of shown.
        """
        masked_headers = self.mask.headers(headers)
        facts: dict[str, Any] = {
            "operation": operation,
            "sender": sender,
            "method": self.mask.text(method),
            "url": self.mask.text(url),
            "headers": masked_headers,
            "findings": [self.mask.values(each.to_dict()) for each in findings],
            "key_matches": key_matches,
            "size": len(body) if size is None else size,
        }
        facts |= {"part": self.part} if self.part else {}
        exchange_id = str(uuid4())
        if facts["size"] > len(body) and not abridged_whole:
            body = without_last_word(body)
        self._note("request", exchange_id, facts, self._kept(body, masked_headers))
        return exchange_id

    def response(
        self,
        exchange_id: str,
        *,
        status: int,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        findings: tuple[Finding, ...] = (),
        sha256: str | None = None,
        size: int | None = None,
    ) -> None:
        """Note the response of an exchange before the caller gets it.

        `size` is how many bytes the body had, when `body` is not all of it; `sha256` is the hash of the whole body when
        that is a document, which is to be known again though only the beginning of it is kept.
        """
        facts: dict[str, Any] = {
            "status": status,
            "headers": self.mask.headers(headers),
            "findings": [self.mask.values(each.to_dict()) for each in findings],
            "size": len(body) if size is None else size,
        }
        if sha256 is not None:
            facts["sha256"] = sha256
        self._note("response", exchange_id, facts, self._kept(body, facts["headers"]))

    def failure(self, exchange_id: str, reason: str) -> None:
        """Note that an exchange got no response: nobody listened, or the connection broke."""
        self._note("failure", exchange_id, {"reason": self.mask.text(reason)}, b"")

    def exchanges(self, *, since: int = 0) -> list[Exchange]:
        """The exchanges whose request is younger than entry number `since`, in the order they began."""
        with self._lock:
            return self._younger_than(since)

    def exchange(self, exchange_id: str) -> Exchange | None:
        """The exchange of this id, or None."""
        with self._lock:
            return self._exchanges.get(exchange_id)

    @property
    def seq(self) -> int:
        """The number of the newest entry."""
        with self._lock:
            return self._store.seq

    @property
    def last_digest(self) -> str:
        """The digest of the newest entry."""
        with self._lock:
            return self._store.last_digest

    def wait_for(self, wanted: Callable[[Exchange], bool], *, timeout_s: float, since: int = 0) -> Exchange | None:
        """The first finished exchange that `wanted` says yes to, already seen or still to come; None after the time.

        Wakes when something is noted, never by polling.
        """
        deadline = monotonic() + timeout_s
        with self._lock:
            looked_at = len(self._ended)
            for each in self._younger_than(since):
                if each.done and wanted(each):
                    return each
            while True:
                for exchange_id in self._ended[looked_at:]:
                    each = self._exchanges[exchange_id]
                    if each.request.seq > since and each.id not in self._aside and wanted(each):
                        return each
                looked_at = len(self._ended)
                left = deadline - monotonic()
                if left <= 0:
                    return None
                self._changed.wait(left)

    def wait_quiet(self, *, quiet_s: float, timeout_s: float, patience_s: float = inf) -> bool:
        """Wait until every exchange has ended and nothing has been noted for `quiet_s`.

        An exchange that has been open for `patience_s` is waited for no longer: `unanswered` tells of it. False when it
        never became quiet within `timeout_s`.
        """
        deadline = monotonic() + timeout_s
        with self._lock:
            while (left := self._quiet_at(quiet_s, patience_s) - monotonic()) > 0:
                if monotonic() >= deadline:
                    return False
                self._changed.wait(min(left, deadline - monotonic()))
        return True

    @property
    def unanswered(self) -> list[Exchange]:
        """The exchanges that have begun and not ended, in the order they began."""
        with self._lock:
            return [self._exchanges[each] for each in self._open]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._store.close()

    def _note(self, kind: str, exchange_id: str, facts: dict[str, Any], body: bytes) -> None:
        with self._lock:
            noted = self._keep(self._append(kind, exchange_id, facts, body))
        if self._on_done is not None and noted.done:
            self._on_done(noted)

    def _keep(self, entry: Entry) -> Exchange:
        """Remember what was written down, and wake whoever waits for it."""
        kept = self._exchanges[entry.exchange] = grown(self._exchanges.get(entry.exchange), entry)
        if entry.kind == "request":
            self._begun.append(entry.exchange)
            self._open[entry.exchange] = monotonic()
        if kept.done:
            self._ended.append(entry.exchange)
            self._open.pop(entry.exchange, None)
        self._noted_at = monotonic()
        self._changed.notify_all()
        return kept

    def _quiet_at(self, quiet_s: float, patience_s: float) -> float:
        """When it will be quiet if nothing more is noted; infinite while that alone will not do."""
        # They stand in the order they began, so the newest is waited for longest: nobody looks through thousands here.
        newest = next(reversed(self._open.values()), None)
        patient = 0.0 if newest is None else newest + patience_s
        quiet = self._noted_at + quiet_s
        return max(quiet, patient) if patient > monotonic() else quiet

    def _younger_than(self, since: int) -> list[Exchange]:
        first = bisect_right(self._begun, since, key=lambda each: self._exchanges[each].request.seq)
        return [self._exchanges[each] for each in self._begun[first:] if each not in self._aside]

    def _kept(self, body: bytes, headers: Headers) -> bytes:
        """What is kept of a body: masked before it is cut, and half a secret at the cut would not be known for one.

        Of a PDF that would fill all there is room for, the size and the hash are kept, and the rest of the message.
        """
        packed = next((value for name, value in headers if name.casefold() == "content-encoding"), "")
        if len(body) > KEPT_BODY_BYTES + _MARGIN:
            body = abridged(body)
        if len(body) <= KEPT_BODY_BYTES + _MARGIN:
            return _cut(self.mask.body(body, encoding=packed), KEPT_BODY_BYTES)
        masked = self.mask.body(_cut(body, KEPT_BODY_BYTES + _MARGIN), encoding=packed)
        # Masking shortens, so that the ragged end may have come within what is kept.
        return _cut(masked, min(KEPT_BODY_BYTES, len(masked) - _MARGIN))

    def _append(self, kind: str, exchange_id: str, facts: dict[str, Any], body: bytes) -> Entry:
        return self._written(kind, exchange_id, self._clock().isoformat(), facts, body)

    def _written(self, kind: str, exchange_id: str, at: str, facts: dict[str, Any], body: bytes) -> Entry:
        try:
            return self._store.append(kind, exchange_id, at, facts, body)
        except HarnessProblem as exc:
            self.give_up(str(exc))
            raise


def read_exchanges(path: Path) -> list[Exchange]:
    """The exchanges of a journal file, in the order they began.

    Raises:
        UsageProblem: there is no journal at `path`.
    """
    return _grown_of(read_entries(path))


def _grown_of(entries: Iterable[Entry]) -> list[Exchange]:
    found: dict[str, Exchange] = {}
    for entry in entries:
        if entry.exchange:
            found[entry.exchange] = grown(found.get(entry.exchange), entry)
    return list(found.values())


def _cut(body: bytes, length: int) -> bytes:
    """The beginning of a body, without a part of a letter at its end."""
    length = max(length, 0)
    for _ in range(3):
        if length < len(body) and body[length] & 0xC0 == 0x80:
            length -= 1
    return body[: max(length, 0)]


def grown(exchange: Exchange | None, entry: Entry) -> Exchange:
    """The exchange with one more of its entries; None when it is the first."""
    data = entry.data
    if entry.kind == "failure":
        assert exchange is not None
        return replace(exchange, failure=data["reason"])
    message = Message(
        at=datetime.fromisoformat(entry.at),
        headers=tuple((name, value) for name, value in data["headers"]),
        body=entry.body,
        size=data["size"],
        seq=entry.seq,
        findings=tuple(Finding.from_dict(each) for each in data["findings"]),
        sha256=data.get("sha256"),
    )
    if exchange is None:
        return Exchange(
            id=entry.exchange,
            operation=data["operation"],
            sender=data["sender"],
            method=data["method"],
            url=data["url"],
            request=message,
            key_matches=data["key_matches"],
            part=data.get("part", ""),
        )
    return replace(exchange, status=data["status"], response=message)
