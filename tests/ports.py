"""Ports for servers that must know theirs beforehand."""

from __future__ import annotations

import socket


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on."""
    with socket.create_server((host, 0)) as held:
        return int(held.getsockname()[1])
