"""What listens against a real ePROM: the two taps before a bestillersystem that is not ours, or our own's receiver."""

from __future__ import annotations

import contextlib
import http.client
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from eprom_verify.bestillersystem.endpoints import BODY_LIMIT as CALLBACK_LIMIT
from eprom_verify.config import Config, ListeningSection
from eprom_verify.errors import UsageProblem
from eprom_verify.journal.forwarding import SIGN, Came, Target, own_answer
from eprom_verify.journal.politeness import Manners
from eprom_verify.journal.recorded_app import RecordedApp
from eprom_verify.journal.recorder import Recorder
from eprom_verify.journal.recording import base_path_of
from eprom_verify.journal.tap import CONNECTIONS, Tap
from eprom_verify.persons import NationalIdGuard
from eprom_verify.serving import Host, url_host

_ASK_S = 2.0


@dataclass(frozen=True)
class Taps:
    """The taps, each with the address that it listens at: `eprom_url` is the PromsApiBaseUrl of the bestillersystem,
    `system_url` where ePROM's callbacks are taken."""

    to_eprom: Tap
    to_system: Tap
    eprom_url: str
    system_url: str

    @property
    def both(self) -> tuple[Tap, Tap]:
        """The two of them."""
        return self.to_eprom, self.to_system


@contextmanager
def open_taps(config: Config, recorder: Recorder, host: Host, manners: Manners | None = None) -> Iterator[Taps]:
    """Let both taps be served by `host`; closes their connections at the end. `manners` gets to know what the network
    does to what is handed on to ePROM.

    Raises:
        UnsafeTarget: ePROM's address is the production environment.
        UsageProblem: a port is taken, or a certificate cannot be used.
    """
    outward = config.connection.connection().async_transport(config.api_base, CONNECTIONS)
    to_eprom = Tap(
        recorder,
        Target(config.api_base),
        sender="bestillersystem",
        guard=NationalIdGuard(config.allowed_national_ids),
        transport=manners.watching(outward) if manners else outward,
    )
    to_system = Tap(
        recorder,
        Target(config.system.api_base_url, known_as=base_path_of(config.receiver.address)),
        sender="eprom",
    )
    try:
        system_url = _serve(host, to_system, config.receiver, "mottak")
        eprom_url = _serve(host, to_eprom, config.tap, "kran") + base_path_of(config.api_base)
        yield Taps(to_eprom, to_system, eprom_url, config.receiver.address or system_url)
    finally:
        for each in (to_eprom, to_system):
            with contextlib.suppress(TimeoutError):
                host.run(each.aclose())


def serve_receiver(config: Config, app: ASGIApp, recorder: Recorder, host: Host) -> tuple[str, RecordedApp]:
    """Serve what takes the callbacks of the built-in bestillersystem; gives the address, and what notes what comes.

    Raises:
        UsageProblem: the port is taken, or a certificate cannot be used.
    """
    noted = RecordedApp(app, recorder, sender=lambda headers: "eprom", body_limit=lambda path: CALLBACK_LIMIT)
    served = _serve(host, _Known(noted), config.receiver, "mottak", own_headers=True)
    return config.receiver.address or served, noted


class _Known:
    """Says, as a tap does, who listens here when that is what is asked (`listens_here`)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "OPTIONS" and Came.of(scope).target == b"*":
            for message in own_answer(200, "Her tas det imot fra ePROM."):
                await send(message)
            return
        await self._app(scope, receive, send)


def _serve(host: Host, app: ASGIApp, section: ListeningSection, name: str, *, own_headers: bool = False) -> str:
    """Serve where a section says; gives the address, without a path."""
    try:
        port = host.serve(app, host=section.host, port=section.port, tls=section.tls, own_headers=own_headers)
    except UsageProblem as exc:
        if section.port and listens_here(section):
            raise UsageProblem(
                f"Porten {section.port} under [{name}] er opptatt av en annen eprom-verify (listen eller run).",
                "Er det «eprom-verify listen», så stopp den mens kjøringen går (Ctrl-C, eller systemctl stop), og "
                "start den igjen etterpå.",
            ) from exc
        raise UsageProblem(exc.problem, exc.remedy.replace("[mottak]", f"[{name}]")) from exc
    return f"{'https' if section.certificate else 'http'}://{url_host(section.host)}:{port}"


def listens_here(section: ListeningSection) -> bool:
    """Whether it is one of us that has the port of this section."""
    address = urlsplit(f"//{url_host(section.host)}").hostname or ""
    for secured in (bool(section.certificate), not section.certificate):
        if secured:
            # Nothing is sent that is worth protecting: it is only to be seen who listens on this machine.
            anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
            asked: http.client.HTTPConnection = http.client.HTTPSConnection(
                address, section.port, timeout=_ASK_S, context=anybody
            )
        else:
            asked = http.client.HTTPConnection(address, section.port, timeout=_ASK_S)
        with contextlib.closing(asked), contextlib.suppress(OSError, http.client.HTTPException):
            asked.request("OPTIONS", "*", headers={"Max-Forwards": "0"})
            return asked.getresponse().getheader(SIGN[0].decode()) == SIGN[1].decode()
    return False
