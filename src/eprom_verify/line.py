"""Lets the processes of a run ask the one that leads it: questions and answers over the loopback."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

from eprom_verify.errors import EpromVerifyError, HarnessProblem

Facts = dict[str, Any]
Answer = Callable[[Facts, bytes], Facts]
"""Takes the facts of a question and the bytes that came with it; gives the facts of the answer."""

LOOPBACK = "127.0.0.1"
_LENGTHS = struct.Struct("!II")
_GONE = "Prosessen som leder kjøringen, svarer ikke."


class Switchboard:
    """Answers questions by their names, each connection in a thread of its own; only who knows the token may ask.

    A question may take its time to be answered. Whoever opens a switchboard closes it.
    """

    def __init__(self, answers: dict[str, Answer]) -> None:
        self._answers = answers
        self.token = secrets.token_hex(32)
        self._listening = socket.create_server((LOOPBACK, 0), backlog=128)
        self.port: int = self._listening.getsockname()[1]
        self._callers: set[socket.socket] = set()
        self._closing = threading.Lock()
        self._closed = False
        threading.Thread(target=self._take_calls, name="eprom-verify-switchboard", daemon=True).start()

    def close(self) -> None:
        """Hang up on everybody."""
        with self._closing:
            self._closed = True
            everybody = [self._listening, *self._callers]
        for each in everybody:
            # A socket that somebody waits on is not let go of by closing it alone.
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _take_calls(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._listening.accept()
                with self._closing:
                    self._callers.add(caller)
                    if self._closed:
                        # Taken just as everybody else was hung up on.
                        caller.close()
                        return
                threading.Thread(target=self._serve, args=(caller,), name="eprom-verify-line", daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), caller, caller.makefile("rb") as incoming:
            _undelayed(caller)
            if not secrets.compare_digest(incoming.read(len(self.token)), self.token.encode()):
                return
            while (question := _received(incoming)) is not None:
                _send(caller, self._answer(*question), b"")

    def _answer(self, facts: Facts, body: bytes) -> Facts:
        try:
            return {"answer": self._answers[facts["name"]](facts["facts"], body)}
        except EpromVerifyError as exc:
            return {"problem": str(exc)}
        except Exception as exc:
            # The one who asked has to know, and the line must not go dead.
            return {"problem": f"Feil i verktøyet: {type(exc).__name__}: {exc}"}


class Line:
    """Asks a switchboard; each thread has a connection of its own, so that none waits for another's answer."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token
        self._own = threading.local()
        self._links: list[tuple[socket.socket, BinaryIO]] = []

    def ask(self, name: str, facts: Facts, body: bytes = b"") -> Facts:
        """The answer to a question.

        Raises:
            HarnessProblem: there is nobody to answer, or the answer is that it could not be done.
        """
        try:
            outgoing, incoming = self._connected()
            _send(outgoing, {"name": name, "facts": facts}, body)
            received = _received(incoming)
        except OSError as exc:
            raise HarnessProblem(_GONE) from exc
        if received is None:
            raise HarnessProblem(_GONE)
        if "problem" in received[0]:
            raise HarnessProblem(received[0]["problem"])
        answer: Facts = received[0]["answer"]
        return answer

    def close(self) -> None:
        """Hang up."""
        for each in (each for link in self._links for each in link):
            with contextlib.suppress(OSError):
                each.close()

    def _connected(self) -> tuple[socket.socket, BinaryIO]:
        if not hasattr(self._own, "link"):
            outgoing = socket.create_connection((LOOPBACK, self._port))
            _undelayed(outgoing)
            outgoing.sendall(self._token.encode())
            self._own.link = outgoing, outgoing.makefile("rb")
            self._links.append(self._own.link)
        link: tuple[socket.socket, BinaryIO] = self._own.link
        return link


def _undelayed(link: socket.socket) -> None:
    """Send at once: nothing more is coming that a small message could wait for."""
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _send(link: socket.socket, facts: Facts, body: bytes) -> None:
    head = json.dumps(facts).encode()
    link.sendall(_LENGTHS.pack(len(head), len(body)) + head + body)


def _received(incoming: BinaryIO) -> tuple[Facts, bytes] | None:
    """The next message; None when the other end has hung up."""
    lengths = incoming.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head, body = _LENGTHS.unpack(lengths)
    facts, rest = incoming.read(head), incoming.read(body)
    return (json.loads(facts), rest) if len(facts) == head and len(rest) == body else None
