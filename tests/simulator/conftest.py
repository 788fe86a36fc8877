"""A simulator on a free port, with a clock that stands still, and bestillersystemer for it to call."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from eprom_verify.contract import Contract
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.recorded_app import RecordedApp
from eprom_verify.journal.recorder import Recorder
from eprom_verify.masking import Mask
from eprom_verify.persons import Population, Sex
from eprom_verify.persons.national_id import generate_fh_number, generate_h_number
from eprom_verify.serving import Host
from eprom_verify.simulator.app import Simulator
from eprom_verify.simulator.callbacks import Redelivery
from eprom_verify.simulator.forms import RAND_12
from eprom_verify.simulator.orders import Bestillersystem
from eprom_verify.simulator.settings import BASE_PATH, Settings, body_limit
from tests.simulator.endpoint import Answer, Endpoint

NOW = datetime(2026, 3, 2, 9, 30, 15, 123456, tzinfo=UTC)
KEY = "nøkkelen-ingen-andre-har".encode().hex()
QUICK = Redelivery(attempts=5, first_delay_s=0.02)
SLOWLY = Redelivery(attempts=2, first_delay_s=60.0)


@dataclass
class Served:
    """A simulator that is being served; `now` may be changed while it runs."""

    simulator: Simulator
    port: int
    http: httpx.Client
    now: datetime = NOW
    journal: Journal = field(kw_only=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def body(self, persona: str = "alle kanaler", **changes: Any) -> dict[str, Any]:
        """A correct order."""
        number = self.simulator.population[persona].national_id
        return {"formId": RAND_12.id, "nationalId": number, "expiryDate": "2026-04-02T12:00:00+02:00"} | changes

    def order(self, persona: str = "alle kanaler", *, key: str = KEY, **changes: Any) -> httpx.Response:
        """Order a form."""
        return self.post(self.body(persona, **changes), key=key)

    def post(self, body: Any, *, key: str = KEY, **options: Any) -> httpx.Response:
        """Order with any body at all."""
        headers = {"Authorization": f"Basic {key}", "Content-Type": "application/json;charset=utf-8"}
        headers |= options.pop("headers", {})
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        path = options.pop("path", f"{BASE_PATH}/api/v2/formorder")
        return self.http.post(f"{self.url}{path}", headers=headers, **content, **options)


Serve = Callable[..., Served]


@pytest.fixture(scope="session")
def population() -> Population:
    return Population.generate(4, today=NOW.date())


@pytest.fixture(scope="session")
def h_number() -> str:
    return generate_h_number(random.Random(1), birth_date=date(1980, 1, 1), sex=Sex.MAN)


@pytest.fixture(scope="session")
def fh_number() -> str:
    return generate_fh_number(random.Random(1))


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """One for many servers: to stop one takes longer than most tests."""
    with Host() as started:
        yield started


@pytest.fixture
def serve(host: Host, population: Population, tmp_path: Path) -> Iterator[Serve]:
    """Serves a simulator that knows one bestillersystem, with `KEY`; closes it when the test ends."""
    with ExitStack() as stack:
        yield partial(start, stack, host, population, tmp_path / "journal.sqlite")


@pytest.fixture(scope="module")
def served(host: Host, population: Population, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One simulator for the tests that only look at answers; nobody takes its callbacks."""
    with ExitStack() as stack:
        yield start(stack, host, population, tmp_path_factory.mktemp("simulator") / "journal.sqlite")


def start(
    stack: ExitStack,
    host: Host,
    population: Population,
    journal_path: Path,
    *,
    callback_url: str | None = None,
    research: bool = False,
    people: Population | None = None,
    around: Callable[[ASGIApp], ASGIApp] = lambda app: app,
    **settings: Any,
) -> Served:
    journal = Journal(journal_path, mask=Mask([KEY]), clock=lambda: NOW)
    stack.callback(journal.close)
    chosen = Settings(**{"redelivery": SLOWLY, **settings})
    simulator = Simulator(
        people or population,
        chosen,
        callback_transport=httpx.AsyncHTTPTransport(),
        clock=lambda: running.now,
    )
    simulator.register(Bestillersystem("registeret", KEY, callback_url, research=research))
    stack.callback(lambda: host.run(simulator.close()))
    recorder = Recorder(journal, Contract(chosen.edition), keys=[KEY])
    app = RecordedApp(
        around(simulator.app),
        recorder,
        sender=lambda headers: "bestillersystem",
        base_path=BASE_PATH,
        body_limit=body_limit,
        recorded=lambda path: path.casefold().startswith(f"{BASE_PATH}/api/"),
    )
    client = stack.enter_context(httpx.Client(timeout=30))
    running = Served(simulator, host.serve(app), client, journal=journal)
    return running


@pytest.fixture
def endpoint() -> Iterator[Callable[..., Endpoint]]:
    """Starts endpoints that answer as told."""
    with ExitStack() as stack:

        def opened(*answers: Answer, port: int = 0) -> Endpoint:
            started = Endpoint(*answers, port=port)
            stack.callback(started.close)
            return started

        yield opened


@pytest.fixture(autouse=True)
def no_stack_trace(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A server that meets an exception of its own logs it: no test may leave one behind."""
    yield
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR] == []
