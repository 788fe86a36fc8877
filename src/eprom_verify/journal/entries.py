"""The entries of a journal and the chain of hashes that ties them together."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True)
class Entry:
    """One line of the journal.

    `kind` is "request", "response" or "failure" of a message, or else what is noted of the run: "run", "ledger",
    "attempt", "act", "left", "network", "scenario", "end" or "attestation". `facts` is a JSON object; `body` masked
    bytes. `digest` covers everything else here, and `previous` the digest of the entry before.
    """

    seq: int
    kind: str
    exchange: str
    at: str
    facts: str
    body: bytes
    previous: str
    digest: str

    @property
    def data(self) -> dict[str, Any]:
        """The facts, parsed."""
        parsed: dict[str, Any] = json.loads(self.facts)
        return parsed

    @property
    def intact(self) -> bool:
        """Whether the digest fits the rest of the entry; not so when a part is not even of the kind that we write."""
        parts = (self.kind, self.exchange, self.at, self.facts, self.previous)
        if not isinstance(self.body, bytes) or not all(isinstance(part, str) for part in parts):
            return False
        return self.digest == digest_of(
            self.seq, self.kind, self.exchange, self.at, self.facts, self.body, self.previous
        )


def digest_of(seq: int, kind: str, exchange: str, at: str, facts: str, body: bytes, previous: str) -> str:
    """SHA-256, in hex, over every part of an entry; lengths stand between the parts, so none can flow into another."""
    digest = hashlib.sha256()
    for part in (str(seq), kind, exchange, at, facts, previous):
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    digest.update(len(body).to_bytes(8, "big"))
    digest.update(body)
    return digest.hexdigest()


def canonical(facts: dict[str, Any]) -> str:
    """The one JSON text of these facts."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
