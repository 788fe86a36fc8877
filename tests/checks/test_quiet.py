"""The whole run is looked at when everything in it has come, and not before: what is late must not be left out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eprom_verify.checks.case import Case
from eprom_verify.checks.quiet import wait_until_quiet
from eprom_verify.checks.whole_run import (
    no_errors,
    no_status_twice,
    requests_follow_contract,
    responses_follow_contract,
)
from eprom_verify.config import parse_config
from eprom_verify.errors import ContractBroken, Unverified
from eprom_verify.rig import Rig
from eprom_verify.simulator.orders import Bestillersystem
from eprom_verify.wiring import open_rig

LATER_S = 0.5
"""Longer than the silence that ends a run here, so that only what is known to be under way can be waited for."""


@dataclass
class SlowSystem:
    """A bestillersystem that accepts a status at once, until it is told to keep them waiting and then refuse them."""

    slow: bool = False
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def status(self, request: Request) -> Response:
        if not self.slow:
            return JSONResponse({"success": True})
        await self.released.wait()
        return JSONResponse({"success": "true"})


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    deadlines = {"status_s": 2.0, "quiet_s": 0.05}
    with open_rig(parse_config({"frister": deadlines}, "prøven"), tmp_path, seed=1) as opened:
        yield opened


@pytest.fixture
def system(rig: Rig) -> Iterator[SlowSystem]:
    """It has taken one status, so that there is something to see in the run."""
    slow = SlowSystem()
    app = Starlette(routes=[Route("/api/PromsFormOrder", slow.status, methods=["PUT"])])
    simulator = rig.simulator
    assert simulator is not None
    known = next(iter(simulator.office.systems.values()))
    simulator.register(Bestillersystem("treg", known.api_key, f"http://127.0.0.1:{rig.host.serve(app)}"))
    order(rig, "alle kanaler").status()
    slow.slow = True
    yield slow
    rig.host.loop.call_soon_threadsafe(slow.released.set)


def order(rig: Rig, persona: str, **stimuli: object) -> Case:
    case = Case.begin(rig)
    case.choose(persona)
    if stimuli:
        case.stimulate(**stimuli)
    case.place("Basic")
    assert case.order_id
    return case


def later(rig: Rig, work: Callable[[], None]) -> None:
    threading.Timer(LATER_S, lambda: rig.host.loop.call_soon_threadsafe(work)).start()


def test_late_refusal_counts(rig: Rig, system: SlowSystem) -> None:
    order(rig, "19 år")
    later(rig, system.released.set)
    wait_until_quiet(rig)
    with pytest.raises(ContractBroken, match="ikke godtatt") as broken:
        no_errors(rig)
    assert broken.value.party == "bestillersystem"
    with pytest.raises(ContractBroken):
        responses_follow_contract(rig, "I", "J")


def test_redeliveries_awaited(rig: Rig, system: SlowSystem) -> None:
    case = order(rig, "19 år")
    later(rig, system.released.set)
    wait_until_quiet(rig)
    assert rig.simulator is not None
    assert len(case.statuses()) == rig.simulator.settings.redelivery.attempts
    assert rig.simulator.office.deliverer.pending == 0


def test_never_answered_blamed(rig: Rig, system: SlowSystem) -> None:
    """What is not answered within the deadline breaks 1.4, and leaves the rest of what it would show undecided."""
    order(rig, "19 år")
    wait_until_quiet(rig)
    with pytest.raises(ContractBroken, match="ikke besvart etter 2 s") as broken:
        no_errors(rig)
    assert broken.value.party == "bestillersystem"
    for undecided in (no_status_twice, lambda rig: responses_follow_contract(rig, "I", "J")):
        with pytest.raises(Unverified, match="ennå ikke besvart"):
            undecided(rig)
    requests_follow_contract(rig, "I")


def test_scheduled_status_awaited(rig: Rig) -> None:
    case = order(rig, "alle kanaler", status_delay_s=LATER_S)
    wait_until_quiet(rig)
    assert len(case.statuses()) == 1
