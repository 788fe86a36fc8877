"""Takes what a test environment sends between runs, as the run's own end of it does, and notes it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from rich.console import Console

from eprom_verify.bestillersystem.system import BuiltInSystem
from eprom_verify.clock import Clock, system_clock
from eprom_verify.config import Config
from eprom_verify.contract import Contract
from eprom_verify.errors import HarnessProblem, UsageProblem
from eprom_verify.exchange import Exchange
from eprom_verify.journal.entries import Entry
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.recorder import Failures, Recorder
from eprom_verify.journal.recording import RecordedTransport, base_path_of
from eprom_verify.journal.store import Store
from eprom_verify.keys import agreed_key, own_secrets
from eprom_verify.masking import Mask
from eprom_verify.persons import NationalIdGuard
from eprom_verify.report.terminal import inert
from eprom_verify.rig import NORWAY
from eprom_verify.runner.alone import alone_in
from eprom_verify.runner.folders import JOURNAL, LISTENING
from eprom_verify.serving import Host
from eprom_verify.taps import open_taps, serve_receiver
from eprom_verify.wiring import SYSTEM_STORE

_LOOK_S = 1.0


def listen(config: Config, reports: Path, console: Console, *, clock: Clock = system_clock) -> str:
    """Take what comes and note it until interrupted, telling of each exchange as it ends; gives what to say of those
    that could not be noted, "" when there were none.

    Raises:
        UsageProblem: there is nothing to listen for, a port is taken, or another listens into this folder.
    """
    _refuse_what_nobody_calls(config)
    key = agreed_key(config)
    folder = reports / LISTENING
    _make(folder)
    with ExitStack() as stack:
        stack.enter_context(alone_in(folder, _taken(folder)))
        journal = ListeningJournal(folder / JOURNAL, Mask(own_secrets()), clock, _teller(console, config))
        stack.callback(journal.close)
        recorder = Recorder(journal, Contract(config.edition), keys=[key])
        opened = _between(config, recorder) if config.system.foreign else _built_in(config, recorder, journal, key)
        ends = stack.enter_context(opened)
        # Only now: a listener that finds the port taken has nothing to note.
        journal.run_started({"edition": config.edition, "eprom": config.api_base, "listening": True})
        for line in (*ends.greeting, f"Journal: {folder / JOURNAL}", "Stopp med Ctrl-C."):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        _until_stopped(ends, console)
    return f"{ends.lost} meldinger {ends.lost_words}." if ends.lost else ""


def _refuse_what_nobody_calls(config: Config) -> None:
    if config.eprom == "simulator":
        raise UsageProblem(
            "listen tar imot fra et testmiljø, og oppsettet har simulatoren, som bare finnes mens en kjøring går.",
            "Sett eprom til test eller qa (docs/mottak.md).",
        )
    if not config.receiver.port:
        raise UsageProblem(
            "listen må ha en fast port, ellers når ikke ePROM den når den er startet igjen.",
            "Sett port under [mottak] til det som ApiBaseUrl i ePROM Admin viser til (docs/mottak.md).",
        )


@dataclass(frozen=True)
class _Ends:
    """What listens: what is said of it at first, and of what could not be noted, which `failures` count."""

    greeting: tuple[str, ...]
    failures: tuple[Failures, ...]
    lost_words: str

    @property
    def lost(self) -> int:
        """How many messages could not be noted."""
        return sum(each.count for each in self.failures)


@contextmanager
def _between(config: Config, recorder: Recorder) -> Iterator[_Ends]:
    """The taps between one's own bestillersystem and ePROM."""
    with Host() as host, open_taps(config, recorder, host) as taps:
        yield _Ends(
            (
                f"Tar imot fra ePROM på {taps.system_url} → {config.system.api_base_url}",
                f"Tar imot fra bestillersystemet på {taps.eprom_url} → {config.api_base}",
            ),
            tuple(each.failures for each in taps.both),
            "ble sendt videre, men ikke ført i journalen",
        )


@contextmanager
def _built_in(config: Config, recorder: Recorder, journal: Journal, key: str) -> Iterator[_Ends]:
    """The receiving half of the built-in bestillersystem, with stores of its own, which the runs take theirs from."""
    made = config.connection.connection()
    for secret in made.secrets(config.api_base):
        journal.mask.learn(secret)
    # What it calls ePROM for: the signed documents.
    transport = RecordedTransport(
        made.transport(config.api_base),
        recorder,
        NationalIdGuard(config.allowed_national_ids),
        sender="bestillersystem",
        base_path=base_path_of(config.api_base),
    )
    http = httpx.Client(base_url=config.api_base, transport=transport, timeout=config.connection.timeout_s)
    unkept = Failures()
    system = BuiltInSystem(
        http,
        api_key=key,
        store_path=str(journal.path.parent / SYSTEM_STORE),
        on_trouble=lambda why: unkept.add(HarnessProblem(why)),
    )
    with closing(system), Host() as host:
        address, noted = serve_receiver(config, system.app, recorder, host)
        yield _Ends(
            (f"Tar imot fra ePROM på {address}, som det innebygde bestillersystemet",),
            (noted.failures, unkept),
            "kunne ikke føres i journalen, og ble ikke godtatt; ePROM må sende dem igjen",
        )


class ListeningJournal(Journal):
    """A journal that goes on where another process left it, and keeps in memory only what has not ended yet."""

    def __init__(self, path: Path, mask: Mask, clock: Clock, on_done: Callable[[Exchange], None]) -> None:
        super().__init__(path, mask=mask, clock=clock, on_done=on_done, store=Store(path))

    def _keep(self, entry: Entry) -> Exchange:
        kept = super()._keep(entry)
        if kept.done:
            del self._exchanges[kept.id]
            self._begun.remove(kept.id)
            self._ended.clear()
        return kept


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise UsageProblem(
            f"Kan ikke lage mappen {folder}: stien er en fil, eller du har ikke lov til å skrive der.",
            "Velg en annen mappe med --reports.",
        ) from exc


def _taken(folder: Path) -> UsageProblem:
    return UsageProblem(
        f"En annen «eprom-verify listen» fører allerede journal i {folder}.",
        "Stopp den først, eller velg en annen mappe med --reports.",
    )


def _until_stopped(ends: _Ends, console: Console) -> None:
    stop, told = threading.Event(), 0
    before = {each: signal.signal(each, lambda *_: stop.set()) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        # In turns, since Windows does not wake a wait for a signal.
        while not stop.wait(_LOOK_S):
            count = ends.lost
            if count > told:
                why = next(reversed([reason for each in ends.failures for reason in each.reasons]))
                console.print(f"IKKE FØRT i journalen: {count} meldinger. {why}", markup=False, highlight=False)
            told = count
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _teller(console: Console, config: Config) -> Callable[[Exchange], None]:
    name = (config.system.name or "bestillersystemet") if config.system.foreign else "innebygd bestillersystem"

    def tell(exchange: Exchange) -> None:
        ends = ("ePROM", name) if exchange.sender == "eprom" else (name, "ePROM")
        at = exchange.request.at.astimezone(NORWAY)
        wrong = len(exchange.violations)
        more = f" · {wrong} avvik fra kontrakten" if wrong else ""
        line = (
            f"{at:%d.%m. %H:%M:%S} {ends[0]} → {ends[1]}: {exchange.method} {urlsplit(exchange.url).path} "
            f"{exchange.failure or exchange.status}{more}"
        )
        console.print(inert(line), markup=False, highlight=False, soft_wrap=True)

    return tell
