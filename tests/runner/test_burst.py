"""Ten thousand callbacks in a burst at the receiver of the built-in bestillersystem: each kept once, none mixed up."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from uuid import UUID, uuid4

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eprom_verify.checks.whole_run import (
    no_errors,
    one_outcome_each,
    requests_follow_contract,
    responses_follow_contract,
    statuses_belong_to_orders,
)
from eprom_verify.config import parse_config
from eprom_verify.contract.enumerations import DistributionRule
from eprom_verify.drivers.protocol import OrderIntent
from eprom_verify.errors import ForAPerson
from eprom_verify.exchange import Exchange
from eprom_verify.journal.store import verify_chain
from eprom_verify.rig import Rig
from eprom_verify.serving import Host
from eprom_verify.wiring import open_rig
from tests.ports import free_port

KEY = "en-nokkel-0123"
PERSON = "26670271527"
FORM = "1bc5f9f0-2607-49eb-94f0-6af955bbd79a"
CALLBACKS, CONNECTIONS, OWN, AGAIN = 10_000, 150, 20, 5
"""So many in all, over so many connections; so many of the run's own orders, each told of so many times."""
OTHERS = (CALLBACKS - OWN * AGAIN) * 9 // 10
"""Orders of other runs that are told of; the rest is told once more."""

BURST = """
import asyncio, json, sys
port, ids = int(sys.argv[1]), json.loads(sys.stdin.read())
answers = {}

def body(order):
    told = {"apiKey": sys.argv[2], "formOrderId": order, "formOrderStatus": "Ordered", "notificationChannel": 1}
    told |= {"formOrderStatusErrorCode": "None", "timestamp": "2026-11-27T13:00:00", "timestampUtc": sys.argv[3]}
    return json.dumps(told).encode()

async def deliver(mine):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for order in mine:
        sent = body(order)
        head = "PUT /api/PromsFormOrder HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: application/json\\r\\nContent-Length: "
        writer.write(head.encode() + str(len(sent)).encode() + b"\\r\\n\\r\\n" + sent)
        told = (await reader.readuntil(b"\\r\\n\\r\\n")).lower()
        length = int(told.partition(b"content-length:")[2].split(b"\\r\\n")[0])
        answer = told.split(b" ")[1].decode() + " " + (await reader.readexactly(length)).decode()
        answers[answer] = answers.get(answer, 0) + 1
    writer.close()

async def all_at_once(count):
    await asyncio.gather(*(deliver(ids[first::count]) for first in range(count)))

asyncio.run(all_at_once(int(sys.argv[4])))
print(json.dumps(answers))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory, where there is such a place: it is not the speed of this machine's disk that is tried."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as made:
        yield Path(made)


@pytest.fixture
def rig(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """The built-in bestillersystem and an environment that takes every order."""

    async def take(request: Request) -> Response:
        made = {"id": str(uuid4()), "loginUrl": f"https://proms.hemitdev.org/proms/form/{uuid4()}"}
        return JSONResponse(
            {**await request.json(), **made, "singleUseCode": None, "notificationChannel": "Helsenorge"}
        )

    monkeypatch.setenv("EPROM_VERIFY_API_KEY", KEY)
    with Host() as host:
        port = host.serve(Starlette(routes=[Route("/promswebapi/api/v2/formorder", take, methods=["POST"])]))
        settings = {
            "eprom": f"http://127.0.0.1:{port}/promswebapi",
            "mottak": {"port": free_port()},
            "frister": {"quiet_s": 0.2},
            "forbindelse": {"kall_i_sekundet": 1000.0},
        }
        with open_rig(parse_config(settings, "prøven"), folder, seed=1) as opened:
            yield opened


def ordered(rig: Rig) -> str:
    """The id of an order that the bestillersystem has made."""
    since = rig.journal.seq
    rig.driver.order_form(
        OrderIntent(
            case_id=str(uuid4()),
            form_id=FORM,
            national_id=PERSON,
            expiry_date=datetime(2030, 1, 1, 12, tzinfo=UTC),
            distribution_rule=DistributionRule.Basic,
        )
    )
    found = rig.journal.wait_for(lambda each: each.operation == "A", timeout_s=20, since=since)
    assert found is not None
    assert found.order_id
    return found.order_id


def test_ten_thousand_at_once(rig: Rig) -> None:
    own = [ordered(rig) for _ in range(OWN)]
    others = [str(UUID(int=number, version=4)) for number in range(1, OTHERS + 1)]
    once = [*own, *others]
    again = own * (AGAIN - 1) + others[: CALLBACKS - len(once) - OWN * (AGAIN - 1)]
    sent = [*once, *again]
    assert len(sent) == CALLBACKS
    moment = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    words = [str(rig.config.receiver.port), KEY, moment, str(CONNECTIONS)]
    command = [sys.executable, "-c", BURST, *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as burst:
        assert burst.stdin is not None
        burst.stdin.write(json.dumps(sent))
        burst.stdin.close()
        # As scenarios do, while it goes on.
        found = [rig.journal.wait_for(lambda each, id=id: _is_status(each, id), timeout_s=60) for id in own]
        assert [each.order_id if each else None for each in found] == own
        assert burst.stdout is not None
        answers = json.loads(burst.stdout.read())
    assert rig.journal.wait_quiet(quiet_s=0.2, timeout_s=60, patience_s=10)

    assert answers == {'200 {"success":true}': CALLBACKS}
    kept = [each for each in rig.journal.exchanges() if each.operation == "I"]
    assert Counter(each.order_id for each in kept) == Counter(sent)
    assert {(each.status, each.sender, each.violations) for each in kept} == {(200, "eprom", ())}
    chain = verify_chain(rig.journal.path, expected_last=rig.journal.last_digest)
    assert (chain.problem, chain.entries) == (None, 1 + 2 * OWN + 2 * CALLBACKS)
    for order in (*own, others[0], others[-1]):
        assert [each.status.name for each in rig.driver.registered(order)] == ["Ordered"]
    assert rig.unrecorded == 0

    begun = monotonic()
    no_errors(rig)
    one_outcome_each(rig)
    requests_follow_contract(rig, "I")
    responses_follow_contract(rig, "I")
    with pytest.raises(
        ForAPerson, match=f"{len(others)} bestillinger som ePROM sendte status for, er ikke gjort i denne"
    ):
        statuses_belong_to_orders(rig)
    # Half a second was measured; what looks through all for each of them takes minutes.
    assert monotonic() - begun < 15


def _is_status(exchange: Exchange, order: str) -> bool:
    return exchange.operation == "I" and exchange.order_id == order
