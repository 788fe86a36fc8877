"""Keeps the taps between one's own bestillersystem and a test environment open between runs, and notes what passes."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from eprom_verify.clock import Clock, system_clock
from eprom_verify.config import Config
from eprom_verify.contract import Contract
from eprom_verify.errors import UsageProblem
from eprom_verify.exchange import Exchange
from eprom_verify.journal.entries import Entry
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.recorder import Recorder
from eprom_verify.journal.store import Store
from eprom_verify.keys import agreed_key
from eprom_verify.masking import Mask
from eprom_verify.report.terminal import inert
from eprom_verify.rig import NORWAY
from eprom_verify.runner.folders import JOURNAL, LISTENING
from eprom_verify.serving import Host
from eprom_verify.taps import Taps, open_taps

_LOOK_S = 1.0
_LOCK = "i-bruk.lock"


def listen(config: Config, reports: Path, console: Console, *, clock: Clock = system_clock) -> int:
    """Hand on and note until interrupted, telling of each exchange as it ends; gives how many could not be noted.

    Raises:
        UsageProblem: there is nothing to stand between, a port is taken, or another listens into this folder.
    """
    if not config.system.foreign or config.eprom == "simulator":
        raise UsageProblem(
            "listen står mellom ditt eget bestillersystem og et testmiljø, og oppsettet har ikke begge.",
            "Sett eprom til test eller qa, og driver under [bestillersystem] (docs/mottak.md).",
        )
    key = agreed_key(config)
    folder = reports / LISTENING
    _make(folder)
    with ExitStack() as stack:
        stack.enter_context(_alone_in(folder))
        journal = ListeningJournal(folder / JOURNAL, Mask([key]), clock, _teller(console, config))
        stack.callback(journal.close)
        host = stack.enter_context(Host())
        taps = stack.enter_context(open_taps(config, Recorder(journal, Contract(config.edition), keys=[key]), host))
        # Only now: a listener that finds the port taken has nothing to note.
        journal.run_started({"edition": config.edition, "eprom": config.api_base, "listening": True})
        _greet(console, config, taps, folder)
        _until_stopped(taps, console)
    return sum(each.failures.count for each in taps.both)


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


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the system itself lets go of when the process ends, however it ends."""
    with (folder / _LOCK).open("a+b") as held:
        try:
            _lock(held.fileno())
        except OSError as exc:
            raise UsageProblem(
                f"En annen «eprom-verify listen» fører allerede journal i {folder}.",
                "Stopp den først, eller velg en annen mappe med --reports.",
            ) from exc
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _greet(console: Console, config: Config, taps: Taps, folder: Path) -> None:
    for line in (
        f"Tar imot fra ePROM på {taps.system_url} → {config.system.api_base_url}",
        f"Tar imot fra bestillersystemet på {taps.eprom_url} → {config.api_base}",
        f"Journal: {folder / JOURNAL}",
        "Stopp med Ctrl-C.",
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _until_stopped(taps: Taps, console: Console) -> None:
    stop, told = threading.Event(), 0
    before = {each: signal.signal(each, lambda *_: stop.set()) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        # In turns, since Windows does not wake a wait for a signal.
        while not stop.wait(_LOOK_S):
            count = sum(each.failures.count for each in taps.both)
            if count > told:
                why = next(reversed([reason for each in taps.both for reason in each.failures.reasons]))
                console.print(f"IKKE FØRT i journalen: {count} meldinger. {why}", markup=False, highlight=False)
            told = count
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _teller(console: Console, config: Config) -> Callable[[Exchange], None]:
    name = config.system.name or "bestillersystemet"

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
