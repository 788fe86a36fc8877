"""Judges what passes by the contract, and notes it in the journal."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from eprom_verify.contract import Contract, Finding, KeyPlace, Operation, Party, Severity
from eprom_verify.contract.abridging import abridged
from eprom_verify.errors import HarnessProblem
from eprom_verify.journal.journal import Journal

LARGE_BYTES = 1_048_576
_MOST_REASONS = 20
LEFT = "Avsenderen brøt forbindelsen før hele meldingen var sendt."
SLOW = "Avsenderen brukte for lang tid på å sende meldingen."
STOPPED = "eprom-verify ble stanset før hele meldingen var kommet."
TOO_LARGE = "Meldingen er for stor, og ble ikke tatt imot."
NEVER_WHOLE = frozenset({LEFT, SLOW, STOPPED, TOO_LARGE})
"""Why a request is none of the contract's operations, whatever it was to be."""


@dataclass
class KeysSeen:
    """How many calls to ePROM carried the agreed key, and how many quite another one, and no trace of the agreed."""

    agreed: int = 0
    other: int = 0


@dataclass
class Failures:
    """The exchanges that could not be noted: how many, and the reasons of the first of them."""

    count: int = 0
    reasons: list[str] = field(default_factory=list)

    def add(self, exc: Exception) -> None:
        """One more. The words of an error that is not ours may hold anything, and are left out."""
        self.count += 1
        if len(self.reasons) < _MOST_REASONS:
            self.reasons.append(str(exc) if isinstance(exc, HarnessProblem) else f"{type(exc).__name__}.")


class Recorder:
    """Judges messages by the contract and notes them in the journal.

    `keys` are the API keys that were agreed on; with none, whether a key matches is left open.
    """

    def __init__(self, journal: Journal, contract: Contract, *, keys: Iterable[str] = ()) -> None:
        self._journal = journal
        self._contract = contract
        self._keys = frozenset(keys)
        self.keys_seen = KeysSeen()

    def request(
        self,
        *,
        sender: str,
        method: str,
        url: str,
        path: str,
        headers: list[tuple[str, str]],
        body: bytes,
        size: int | None = None,
        abridged_whole: bool = False,
    ) -> tuple[str, Operation | None]:
        """Note a request; gives the exchange's id and what operation it is.

        `size` is how many bytes the body had; when that is more than `body` has, nothing is judged by it, unless `body`
        is all of it, `abridged` already.
        """
        whole, size = abridged_whole or size in (None, len(body)), len(body) if size is None else size
        if len(body) > LARGE_BYTES:
            # What is judged of a PDF is that it is one, and its size and hash: it need not be parsed with the rest.
            body = abridged(body)
        operation = self._contract.match(method, path, body)
        key_matches = self._key_matches(operation, headers, body)
        if operation is not None and sender == Party.BESTILLERSYSTEM:
            self._count(key_matches, url, headers, body)
        findings: tuple[Finding, ...] = ()
        if operation is not None and whole:
            findings = self._contract.check_request(operation, headers, body) + self._strayed_key(
                operation, url, headers
            )
        exchange_id = self._journal.request(
            operation=operation.letter if operation else "",
            sender=sender,
            method=method,
            url=url,
            headers=headers,
            body=body,
            findings=findings,
            key_matches=key_matches,
            size=size,
            abridged_whole=whole,
        )
        return exchange_id, operation

    def broken_off(
        self,
        *,
        sender: str,
        method: str,
        url: str,
        headers: list[tuple[str, str]],
        body: bytes,
        size: int,
        reason: str = LEFT,
    ) -> None:
        """Note a request whose caller went away before the end of it; it is no operation, and is not judged."""
        exchange_id = self._journal.request(
            operation="", sender=sender, method=method, url=url, headers=headers, body=body, size=size
        )
        self._journal.failure(exchange_id, reason)

    def response(
        self,
        exchange_id: str,
        operation: Operation | None,
        *,
        status: int,
        headers: list[tuple[str, str]],
        body: bytes,
        size: int | None = None,
    ) -> None:
        """Note the response of an exchange.

        `size` is how many bytes the body had; when that is more than `body` has, nothing is judged by it.
        """
        whole = size in (None, len(body))
        findings = self._contract.check_response(operation, status, headers, body) if operation and whole else ()
        if operation and operation.letter == "A" and whole:
            code = self._contract.parse_response(operation, status, body).get("singleUseCode")
            if isinstance(code, str):
                self._journal.mask.learn_code(code)
        sha256 = None
        # What else passes may hold a secret short enough to be found from the hash of the whole.
        if operation and whole and self._contract.answers_with_document(operation, status):
            sha256 = hashlib.sha256(body).hexdigest()
        self._journal.response(
            exchange_id, status=status, headers=headers, body=body, findings=findings, sha256=sha256, size=size
        )

    def failure(self, exchange_id: str, reason: str) -> None:
        """Note that no response came."""
        self._journal.failure(exchange_id, reason)

    def _strayed_key(self, operation: Operation, url: str, headers: Iterable[tuple[str, str]]) -> tuple[Finding, ...]:
        """The agreed key where nobody asked for it: in the address or in another header, where logs keep it."""
        asked_for = "authorization" if operation.key_place is KeyPlace.HEADER else ""
        places = [
            f"headeren {name}"
            for name, value in headers
            if name.casefold() != asked_for and not operation.any_key_header and self._holds(value)
        ]
        if self._holds(unquote_plus(url)):
            places.append("adressen")
        return tuple(
            Finding(
                severity=Severity.VIOLATION,
                rule="key-place",
                pointer="",
                expected="API-nøkkelen bare der dokumentasjonen sier",
                received=f"API-nøkkelen i {place}",
                source=str(operation.key_source),
                message="API-nøkkelen står et sted der den ikke skal være, og kan bli liggende i logger.",
            )
            for place in places
        )

    def _holds(self, text: str) -> bool:
        return any(key and key in text for key in self._keys)

    def _count(self, key_matches: bool | None, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """A key in the wrong place, or coded, is a fault of the integration; one that is nowhere is a wrong setting."""
        if key_matches is True:
            self.keys_seen.agreed += 1
            return
        coded = {
            base64.b64encode(each.encode()).decode().rstrip("=") for key in self._keys for each in (key, f":{key}")
        }
        places = [*(value for _, value in headers), unquote_plus(url), body.decode("latin-1")]
        if any(known in place for known in self._keys | coded for place in places):
            self.keys_seen.agreed += 1
        elif key_matches is False:
            self.keys_seen.other += 1

    def _is_key(self, value: str) -> bool:
        """Whether a header's value is an agreed key, with or without a scheme before it."""
        return value.strip() in self._keys or value.strip().partition(" ")[2].strip() in self._keys

    def _key_matches(self, operation: Operation | None, headers: Iterable[tuple[str, str]], body: bytes) -> bool | None:
        if operation is None or not self._keys:
            return None
        if operation.any_key_header:
            headers = list(headers)
            credentials = [value for name, value in headers if name.casefold() == "authorization"]
            return True if any(self._is_key(value) for _, value in headers) else (False if credentials else None)
        if operation.key_place is KeyPlace.HEADER:
            value = next((value for name, value in headers if name.casefold() == "authorization"), None)
            return None if value is None else value.partition(" ")[2].strip() in self._keys
        key = self._contract.parse(operation, body).get("apiKey")
        return None if key is None else isinstance(key, str) and key in self._keys
