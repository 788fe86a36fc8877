"""The journal of a process that receives for several: what is noted here, the parts of the journal hear of."""

from __future__ import annotations

import base64
from time import monotonic
from typing import Any

from eprom_verify.journal.entries import Entry, canonical
from eprom_verify.journal.journal import SET_ASIDE, Journal
from eprom_verify.line import Facts

MOST_AT_ONCE = 100
"""How many entries are told of in one answer: a burst of callbacks must not be one message."""


class LeadingJournal(Journal):
    """A journal that parts of it are written to, and that tells them what its own process notes: what ePROM sends.

    What a part has noted, the others do not hear of until they look at the whole run.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._own: list[Entry] = []
        super().__init__(*args, **kwargs)

    def heard(self, facts: Facts, _body: bytes) -> Facts:
        """What was noted here after the first `after` entries, as they can be sent; waits up to `timeout_s` seconds
        for the first of them. A question of a `Line`."""
        deadline = monotonic() + facts["timeout_s"]
        with self._lock:
            while len(self._own) <= facts["after"] and (left := deadline - monotonic()) > 0:
                self._changed.wait(left)
            new = self._own[facts["after"] : facts["after"] + MOST_AT_ONCE]
        return {"entries": [_sent(each) for each in new]}

    def _append(self, kind: str, exchange_id: str, facts: dict[str, Any], body: bytes) -> Entry:
        entry = super()._append(kind, exchange_id, facts, body)
        if exchange_id or kind == SET_ASIDE:
            self._own.append(entry)
        return entry


def _sent(entry: Entry) -> list[Any]:
    return [entry.seq, entry.kind, entry.exchange, entry.at, entry.data, base64.b64encode(entry.body).decode()]


def received(sent: list[Any]) -> Entry:
    """An entry as a part hears of it; the chain that it stands in is not its own."""
    seq, kind, exchange, at, data, body = sent
    return Entry(seq, kind, exchange, at, canonical(data), base64.b64decode(body), "", "")
