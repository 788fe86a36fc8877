"""The simulator on its own, for whoever builds a bestillersystem and has no API key yet."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn
from rich.console import Console

from eprom_verify.bestillersystem.behaviour import CORRECT
from eprom_verify.clock import system_clock
from eprom_verify.config import PASSWORD_VARIABLE, Config
from eprom_verify.contract import Contract, Finding
from eprom_verify.errors import UsageProblem
from eprom_verify.exchange import ZERO_GUID, Exchange
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.recorded_app import RecordedApp
from eprom_verify.journal.recorder import Recorder
from eprom_verify.journal.recording import AsyncRecordedTransport
from eprom_verify.keys import KEY_VARIABLE, OPEN_KEY
from eprom_verify.masking import Mask
from eprom_verify.persons import NationalIdGuard, Population, refuse_production
from eprom_verify.persons.national_id import MASK
from eprom_verify.report.terminal import inert
from eprom_verify.rig import NORWAY, Faults
from eprom_verify.runner.folders import new_run_folder
from eprom_verify.serving import bind, server_config, url_host
from eprom_verify.simulator.app import Simulator
from eprom_verify.simulator.callbacks import Redelivery
from eprom_verify.simulator.control import CONTROL_PATH
from eprom_verify.simulator.orders import Bestillersystem
from eprom_verify.simulator.settings import BASE_PATH, Settings, body_limit
from eprom_verify.tls import Tls

REDELIVERY = Redelivery(first_delay_s=5.0)


@dataclass(frozen=True, kw_only=True)
class Standalone:
    """What the command line says of a simulator on its own; times in seconds.

    `callback_later` lets the bestillersystem be started after the simulator. `certificate` and `key` are PEM files,
    both or neither.
    """

    host: str
    port: int
    reports: Path
    callback_url: str | None
    callback_later: bool
    callback_delay_s: float
    research: bool
    control: bool
    certificate: Path | None = None
    key: Path | None = None
    faults: Faults = field(default_factory=Faults)

    @property
    def tls(self) -> Tls | None:
        """What it listens with; None for plain HTTP.

        Raises:
            UsageProblem: there is a certificate without a key, or a key without a certificate.
        """
        if self.certificate is None and self.key is None:
            return None
        if self.certificate is None or self.key is None:
            raise UsageProblem(
                "--certificate og --key hører sammen, og bare den ene er oppgitt.", "Oppgi begge, eller ingen av dem."
            )
        return Tls(certificate=self.certificate, key=self.key, password_env=PASSWORD_VARIABLE)


async def serve(config: Config, options: Standalone, console: Console) -> None:
    """Serve until interrupted, telling of each exchange as it ends.

    Raises:
        UsageProblem: the port is taken, the callback address or the certificate cannot be used, or the fault is not
            one of ePROM's.
    """
    callback_url = _checked(options)
    if options.faults.bestillersystem is not CORRECT:
        raise UsageProblem(
            f"Feilen «{options.faults.name}» er en feil i bestillersystemet, og her er bare ePROM.",
            "Velg en feil hos ePROM; se eprom-verify faults.",
        )
    context = options.tls.context() if options.tls else None
    listening = bind(options.host, options.port)
    api_key = os.environ.get(KEY_VARIABLE, "").strip() or OPEN_KEY
    # The open key is no secret, and too plain a word to be hidden wherever it stands.
    mask = Mask([] if api_key == OPEN_KEY else [api_key])
    folder = new_run_folder(options.reports, system_clock())
    journal = Journal(folder / "journal.sqlite", mask=mask, clock=system_clock, on_done=_teller(console))
    journal.run_started({"seed": config.seed, "edition": config.edition, "eprom": "simulator", "standalone": True})
    recorder = Recorder(journal, Contract(config.edition), keys=[api_key])
    settings = Settings(
        edition=config.edition,
        callback_delay_s=options.callback_delay_s,
        redelivery=REDELIVERY,
        control=options.control,
        behaviour=options.faults.eprom,
    )
    outward = AsyncRecordedTransport(httpx.AsyncHTTPTransport(), recorder, NationalIdGuard(), sender="eprom")
    population = Population.generate(config.seed or 0, today=system_clock().astimezone(NORWAY).date())
    simulator = Simulator(population, settings, callback_transport=outward)
    simulator.register(Bestillersystem("bestillersystem", api_key, callback_url, research=options.research))
    recorded = RecordedApp(
        simulator.app,
        recorder,
        sender=lambda headers: "bestillersystem",
        base_path=BASE_PATH,
        body_limit=body_limit,
        recorded=lambda path: path.casefold().startswith(f"{BASE_PATH}/api/"),
    )
    _greet(console, config, options, listening, api_key, folder)
    served = server_config(recorded)
    if context is not None:
        served.ssl_context_factory = lambda config, default: context
    try:
        await uvicorn.Server(served).serve(sockets=[listening])
    finally:
        # Ctrl-C reaches this task as a cancellation, at the first wait in here.
        with suppress(asyncio.CancelledError):
            await simulator.close()
        journal.close()


def _checked(options: Standalone) -> str | None:
    """The callback address without a trailing slash; refused unless somebody answers there."""
    url = options.callback_url
    if url is None:
        return None
    refuse_production(url)
    try:
        # As strict as the client that will send there: it refuses what urlsplit lets through.
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        parts = httpx.URL()
    if parts.scheme not in ("http", "https") or not parts.host or parts.query or parts.fragment:
        raise UsageProblem(
            f"--callback-url {inert(url)} er ikke en adresse som status kan sendes til.",
            "Skriv ApiBaseUrl til bestillersystemet, for eksempel http://127.0.0.1:5000.",
        )
    if not options.callback_later:
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
            socket.create_connection((parts.host, port), timeout=5).close()
        except OSError as exc:
            raise UsageProblem(
                f"Ingen svarer på {inert(url)} (--callback-url).",
                "Start bestillersystemet først, eller bruk --callback-later om det skal startes etterpå.",
            ) from exc
    return url.rstrip("/")


def _greet(
    console: Console, config: Config, options: Standalone, listening: socket.socket, api_key: str, folder: Path
) -> None:
    address = f"{'https' if options.tls else 'http'}://{url_host(options.host)}:{listening.getsockname()[1]}"
    key = f"{OPEN_KEY} (åpen nøkkel)" if api_key == OPEN_KEY else f"den i miljøvariabelen {KEY_VARIABLE}"
    lines = [
        f"ePROM-simulator på {address}{BASE_PATH} – utgave {config.edition}, frø {config.seed}",
        f"  API-nøkkel:      {key}",
        f"  Status går til:  {options.callback_url or 'ingen steder; oppgi --callback-url'}",
        f"  Kontrakten:      {address}{BASE_PATH}/openapi.json (lesbar på {address}/)",
        f"  Skjemautfyller:  {address}/proms (loginUrl går rett til skjemaet)",
        f"  Journal:         {folder / 'journal.sqlite'}",
    ]
    if options.faults.name:
        lines.append(f"  Innlagt feil:    {options.faults.name}")
    if options.control:
        lines.append(f"  Innhold:         {address}{CONTROL_PATH} (testpersoner: {address}{CONTROL_PATH}/persons)")
    for line in [*lines, "Stopp med Ctrl-C."]:
        console.print(line, markup=False, soft_wrap=True)


_CALLS = {
    "A": "Bestilling inn",
    "B": "Brev inn",
    "C": "SMS inn",
    "D": "E-post inn",
    "E": "Dokument hentet",
    "F": "Innstilling lest",
    "G": "Innstilling endret",
    "H": "Innstillinger listet",
    "I": "Status ut",
    "J": "Retur ut",
    "K": "Brevstatus ut",
    "L": "Innstilling ut",
}


def _teller(console: Console) -> Callable[[Exchange], None]:
    def tell(exchange: Exchange) -> None:
        what = _CALLS.get(exchange.operation, "Ukjent kall")
        ended = exchange.failure or f"{exchange.status}"
        console.print(f"{what}: {inert(exchange.method)} {inert(exchange.url)} → {ended}", markup=False, soft_wrap=True)
        for finding in _told(exchange):
            console.print(
                f"    {inert(finding.pointer)} {inert(finding.message)} ({finding.source})",
                markup=False,
                soft_wrap=True,
            )
        if hint := _unknown_person(exchange):
            console.print(f"    {hint}", markup=False, soft_wrap=True)
        if exchange.failure:
            console.print(
                f"    Sjekk at bestillersystemet kjører; statusen blir sendt inntil {REDELIVERY.attempts} ganger.",
                markup=False,
                soft_wrap=True,
            )

    return tell


def _unknown_person(exchange: Exchange) -> str:
    """What to do about an order that got the zero GUID, without the number; "" when it did not."""
    if exchange.operation != "A" or exchange.response is None or exchange.response.member("id") != ZERO_GUID:
        return ""
    # What is not synthetic is masked before anybody sees it, so the mask itself tells.
    synthetic = MASK not in str(exchange.request.member("nationalId"))
    words = "er ikke blant personene her" if synthetic else f"{MASK} er ikke syntetisk, og finnes ikke her"
    return f"/nationalId {words}: svaret er null-GUID. Bruk en person fra {CONTROL_PATH}/persons (--control)."


def _told(exchange: Exchange) -> tuple[Finding, ...]:
    return exchange.request.findings + (exchange.response.findings if exchange.response else ())
