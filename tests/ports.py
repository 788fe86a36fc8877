"""Ports for servers that must know theirs beforehand."""

from __future__ import annotations

import itertools
import os
import socket

_FIRST, _EACH = 20_000, 1_000
"""Below what systems give to who asks for any port, so that nobody else gets one that is soon to be used."""
_next = itertools.count(os.getpid())


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on; no other test of this run, in whatever process, gets the same one."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for number in itertools.islice(_next, _EACH):
        port = _FIRST + worker % 12 * _EACH + number % _EACH
        try:
            socket.create_server((host, port)).close()
        except OSError:
            continue
        return port
    raise AssertionError("no port is free")
