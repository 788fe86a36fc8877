"""Calls ePROM's API directly, for what no correct bestillersystem would ever send."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx

from eprom_verify.errors import HarnessProblem
from eprom_verify.exchange import Exchange
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.politeness import Unreached

MARK = "X-Eprom-Verify"
"""The header that tells the harness's own calls from those of the bestillersystem under test."""


class DirectApi:
    """Sends single requests to ePROM and gives the exchange as the journal saw it."""

    def __init__(self, http: httpx.Client, journal: Journal, *, api_key: str) -> None:
        self._http = http
        self._journal = journal
        self._api_key = api_key

    def order(
        self, body: dict[str, Any] | bytes, *, api_key: str | None = None, content_type: str = "application/json"
    ) -> Exchange:
        """POST an order as it is, with the agreed key or another; an empty `api_key` sends none.

        Raises:
            HarnessProblem: ePROM could not be reached; a NetworkProblem when the network is why.
        """
        return self.call("POST", "/api/v2/formorder", body, api_key=api_key, content_type=content_type)

    def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | bytes | None = None,
        *,
        api_key: str | None = None,
        content_type: str = "application/json",
    ) -> Exchange:
        """Any call to ePROM, with the key in the header Authorization; an empty `api_key` sends none there.

        Raises:
            HarnessProblem: ePROM could not be reached; a NetworkProblem when the network is why.
        """
        return self._exchange(method, path, body, api_key=api_key, content_type=content_type)[0]

    def fetch(self, path: str, *, api_key: str | None = None) -> tuple[Exchange, bytes]:
        """GET a file, with the key as in `call`; gives also the body just as it came, which the journal masks and cuts.

        Raises:
            HarnessProblem: ePROM could not be reached; a NetworkProblem when the network is why.
        """
        return self._exchange("GET", path, None, api_key=api_key, content_type="")

    def _exchange(
        self, method: str, path: str, body: dict[str, Any] | bytes | None, *, api_key: str | None, content_type: str
    ) -> tuple[Exchange, bytes]:
        key = self._api_key if api_key is None else api_key
        mark = str(uuid4())
        headers = {MARK: mark}
        if body is not None:
            headers["Content-Type"] = f"{content_type};charset=utf-8"
        if key:
            headers["Authorization"] = f"Basic {key}"
        content = body if isinstance(body, bytes | None) else json.dumps(body, ensure_ascii=False).encode()
        since = self._journal.seq
        try:
            response = self._http.request(method, path, content=content, headers=headers)
        except Unreached as exc:
            raise exc.trouble.problem() from exc
        except httpx.TransportError as exc:
            raise HarnessProblem(f"Nådde ikke ePROM ({type(exc).__name__}).") from exc
        seen = self._journal.wait_for(lambda each: each.request.header(MARK) == mark, timeout_s=5, since=since)
        if seen is None:
            raise HarnessProblem("Kallet ble sendt, men journalen har ikke sett det.")
        return seen, response.content

    @property
    def api_key(self) -> str:
        """The agreed key, for the calls that carry it in their body."""
        return self._api_key

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
