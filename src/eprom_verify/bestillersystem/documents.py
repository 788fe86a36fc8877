"""Fetches the signed documents, and keeps them: for that the bestillersystem alone is responsible.

Source: SkjemaSomKreverSignatur, section Mottak.
"""

from __future__ import annotations

import hashlib
import heapq
import sqlite3
import threading
from time import monotonic

import httpx

from eprom_verify.bestillersystem.documents_behaviour import DocumentsBehaviour
from eprom_verify.exchange import ZERO_GUID

DOCUMENT_PATH = "/api/ExternalDocument"
FIRST_RETRY_S = 0.1
LAST_RETRY_S = 3600.0
_FACTOR = 4.0
_LOOK_S = 0.5

_SCHEMA = """
CREATE TABLE IF NOT EXISTS signed_documents (
    signed_form_id TEXT PRIMARY KEY,
    form_order_id  TEXT NOT NULL,
    content        BLOB,
    sha256         TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS signed_documents_by_order ON signed_documents (form_order_id);
"""


class DocumentStore:
    """Signed documents by their id: first wanted, then kept. Safe to use from every thread."""

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.RLock()  # Taken itself, as in Journal.
        self._changed = threading.Condition(self._lock)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def want(self, signed_form_id: str, form_order_id: str) -> None:
        """Note that a document is to be fetched; it stays so until it is kept, also over a restart."""
        with self._lock:
            self._db.execute(
                "INSERT INTO signed_documents (signed_form_id, form_order_id) VALUES (?,?) ON CONFLICT DO NOTHING",
                (signed_form_id, form_order_id),
            )

    def wanted(self) -> list[str]:
        """The ids of the documents that are not kept yet, in the order in which they were wanted."""
        with self._lock:
            rows = self._db.execute("SELECT signed_form_id FROM signed_documents WHERE content IS NULL ORDER BY rowid")
            return [row[0] for row in rows]

    def keep(self, signed_form_id: str, content: bytes) -> None:
        """Keep a wanted document, once: what is kept is never replaced."""
        with self._lock:
            self._db.execute(
                "UPDATE signed_documents SET content = ?, sha256 = ? WHERE signed_form_id = ? AND content IS NULL",
                (content, hashlib.sha256(content).hexdigest(), signed_form_id),
            )
            self._changed.notify_all()

    def has(self, signed_form_id: str) -> bool:
        """Whether the document is kept."""
        with self._lock:
            found = self._db.execute(
                "SELECT 1 FROM signed_documents WHERE signed_form_id = ? AND content IS NOT NULL", (signed_form_id,)
            )
            return found.fetchone() is not None

    def content(self, form_order_id: str) -> bytes | None:
        """The document that is kept for an order; None without one."""
        with self._lock:
            found = self._kept(form_order_id)
        return found and found[0]

    def sha256(self, form_order_id: str, *, timeout_s: float = 0.0) -> str | None:
        """The SHA-256, in hex, of the document that is kept for an order, waited for that long; None without one."""
        deadline = monotonic() + timeout_s
        with self._lock:
            while (found := self._kept(form_order_id)) is None and (left := deadline - monotonic()) > 0:
                # Another process may be the one that keeps it.
                self._changed.wait(min(left, _LOOK_S))
        return found and found[1]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def _kept(self, form_order_id: str) -> tuple[bytes, str] | None:
        query = "SELECT content, sha256 FROM signed_documents WHERE form_order_id = ? AND content IS NOT NULL"
        found: tuple[bytes, str] | None = self._db.execute(query, (form_order_id,)).fetchone()
        return found


class DocumentFetcher:
    """Fetches the wanted documents in a thread of its own, and tries again, ever more seldom, until it has them.

    It goes on where it was when the system last stopped. `close` ends it.
    """

    def __init__(
        self, http: httpx.Client, store: DocumentStore, *, api_key: str, behaviour: DocumentsBehaviour
    ) -> None:
        self._http = http
        self._store = store
        self._api_key = api_key
        self._behaviour = behaviour
        self._lock = threading.RLock()  # Taken itself, as in Journal.
        self._changed = threading.Condition(self._lock)
        self._closing = False
        # When a document is due, how many attempts there have been, and its id.
        self._due: list[tuple[float, int, str]] = [(0.0, 0, each) for each in store.wanted()]
        self._thread = threading.Thread(target=self._work, name="bestillersystem-documents", daemon=True)
        self._thread.start()

    def want(self, signed_form_id: str | None, form_order_id: str) -> str | None:
        """Note which document a return tells of; gives its id when there is one to fetch.

        To be called before the return is answered, so that a crash leaves the wish; `fetch` then begins.
        """
        unsigned = signed_form_id is None or signed_form_id == ZERO_GUID
        if not self._behaviour.fetches or (unsigned and not self._behaviour.fetches_unsigned):
            return None
        wanted = signed_form_id or ZERO_GUID
        self._store.want(wanted, form_order_id)
        return wanted

    def fetch(self, signed_form_id: str) -> None:
        """Fetch a wanted document as soon as can be, without waiting for it."""
        self._plan(monotonic(), 0, signed_form_id)

    def close(self) -> None:
        """Stop, and wait until the attempt under way has ended."""
        with self._lock:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _plan(self, due: float, attempts: int, signed_form_id: str) -> None:
        with self._lock:
            heapq.heappush(self._due, (due, attempts, signed_form_id))
            self._changed.notify_all()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            attempts, signed_form_id = job[0] + 1, job[1]
            most = self._behaviour.attempts
            if not self._try(signed_form_id) and (most is None or attempts < most):
                self._plan(monotonic() + retry_delay_s(attempts), attempts, signed_form_id)

    def _next(self) -> tuple[int, str] | None:
        """The next document that is due, waited for; None when the system closes."""
        with self._lock:
            while not self._closing:
                left_s = self._due[0][0] - monotonic() if self._due else None
                if left_s is not None and left_s <= 0:
                    return heapq.heappop(self._due)[1:]
                self._changed.wait(left_s)
        return None

    def _try(self, signed_form_id: str) -> bool:
        """Whether the document is now kept; one that is kept already is not fetched again."""
        if self._store.has(signed_form_id) and not self._behaviour.fetches_again:
            return True
        headers = self._behaviour.headers({"Authorization": f"Basic {self._api_key}"}, self._api_key)
        query = self._behaviour.query(self._api_key)
        try:
            response = self._http.get(f"{DOCUMENT_PATH}/{signed_form_id}", headers=headers, params=query or None)
        except httpx.HTTPError:
            return False
        if response.status_code != 200 or not response.content.startswith(b"%PDF-"):
            return False
        self._store.keep(signed_form_id, self._behaviour.keeps(response.content))
        return True


def retry_delay_s(attempts: int) -> float:
    """Seconds to wait after so many attempts: longer each time, and at most an hour."""
    return min(LAST_RETRY_S, FIRST_RETRY_S * _FACTOR ** min(attempts - 1, 20))
