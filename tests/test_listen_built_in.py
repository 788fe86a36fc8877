"""`eprom-verify listen` for the built-in bestillersystem: it answers as that does in a run."""

from __future__ import annotations

import hashlib
import json
import signal
import sqlite3
import ssl
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess, run
from typing import Any
from uuid import uuid4

import httpx
import pytest

from eprom_verify.checks.returning import RAND_12
from eprom_verify.exchange import Exchange
from eprom_verify.journal.journal import read_exchanges
from eprom_verify.journal.store import verify_chain
from tests.certificates import issue
from tests.listeners import LIMITED, ON_POSIX, Listening, started
from tests.ports import free_port
from tests.runner.stand_in import COMMAND, StandIn, stand_in
from tests.runner.stand_in import RAND_12 as FORM
from tests.runner.suites import own_environment

KEY = "en-felles-nokkel-0123"
ENVIRONMENT = own_environment() | {"EPROM_VERIFY_API_KEY": KEY, "PYTHONUNBUFFERED": "1"}
STATUS, LETTER, SETTING = "/api/PromsFormOrder", "/api/MessageToCitizen", "/api/personverninnstilling"


@dataclass(frozen=True)
class Place:
    """A folder with the configuration of the built-in bestillersystem × an environment that nobody calls."""

    folder: Path
    port: int

    def configure(self, more: str = "", *, eprom: str = "http://127.0.0.1:9/promswebapi") -> None:
        text = f'eprom = "{eprom}"\n[mottak]\nport = {self.port}\n{more}'
        (self.folder / "eprom-verify.toml").write_text(text, encoding="utf-8")

    def listening(self, *, before: str = "", key: str = KEY) -> AbstractContextManager[Listening]:
        command = [sys.executable, "-c", before + COMMAND[2], "listen"]
        return started(command, self.folder, ENVIRONMENT | {"EPROM_VERIFY_API_KEY": key})

    def do(self, *words: str) -> CompletedProcess[str]:
        return run(
            [*COMMAND, *words], cwd=self.folder, env=ENVIRONMENT, capture_output=True, encoding="utf-8", timeout=300
        )

    def put(self, body: Any, *, path: str = STATUS, headers: dict[str, str] | None = None) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json; charset=utf-8"} | (headers or {})
        return httpx.put(f"http://127.0.0.1:{self.port}{path}", content=content, headers=sent, timeout=20)

    @property
    def journal(self) -> Path:
        return self.folder / "reports" / "mottak" / "journal.sqlite"

    def heard(self) -> list[Exchange]:
        return read_exchanges(self.journal)

    def registered(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.journal.with_name("bestillersystem.sqlite"))) as db:
            return db.execute(query).fetchall()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path, free_port())
    made.configure()
    return made


def status(order: str, **changes: Any) -> dict[str, Any]:
    facts = {"apiKey": KEY, "formOrderId": order, "notificationChannel": 1, "formOrderStatusErrorCode": "None"}
    return facts | {"timestamp": None, "timestampUtc": None, "formOrderStatus": "Ordered"} | changes


def test_answers_as_in_a_run(place: Place) -> None:
    order, letter = str(uuid4()), str(uuid4())
    with place.listening() as running:
        assert str(place.port) in running.lines[0]
        answered = place.put(status(order))
        assert (answered.status_code, answered.json()) == (200, {"success": True})
        refused = place.put(status(order, apiKey="en-annen-nokkel-4567", formOrderStatus="Error"))
        assert (refused.status_code, refused.json()) == (401, {"success": False})
        assert place.put(b"{}").status_code == 401
        assert place.put(b"[").status_code == 400
        told = {"apiKey": KEY, "messageToCitizenId": letter, "sentStatus": "Sent", "notificationChannel": 1}
        assert place.put(told, path=LETTER).json() == {"success": True}
        changed = {"nationalId": "00000000000", "id": str(uuid4()), "name": "x", "status": "RES"}
        assert place.put(changed, path=SETTING, headers={"Authorization": KEY}).json() == {"success": True}
        assert place.put(changed, path=SETTING).status_code == 401
        running.says("ePROM → innebygd bestillersystem: PUT /api/PromsFormOrder 200")
        running.says("PUT /api/PromsFormOrder 401")
        assert running.ends(signal.SIGTERM) == 0
    assert KEY not in "".join(running.lines)
    assert KEY.encode() not in place.journal.read_bytes()
    assert verify_chain(place.journal).problem is None
    assert [(each.operation, each.status) for each in place.heard()] == [
        ("I", 200),
        ("I", 401),
        ("I", 401),
        ("I", 400),
        ("K", 200),
        ("L", 200),
        ("L", 401),
    ]
    assert place.registered("SELECT form_order_id, status FROM statuses") == [(order, "Ordered")]
    assert place.registered("SELECT message_id, sent_status FROM letter_statuses") == [(letter, "Sent")]
    assert place.do("journal", "reports/mottak").returncode == 0


@ON_POSIX
def test_killed_and_started_again(place: Place) -> None:
    """What was registered stays, is registered once however often it comes, and the chain goes on."""
    order, other = str(uuid4()), str(uuid4())
    with place.listening() as running:
        assert place.put(status(order)).status_code == 200
        running.ends(signal.SIGKILL)
    with pytest.raises(httpx.ConnectError):
        place.put(status(other))
    with place.listening() as running:
        assert place.put(status(order)).status_code == 200
        assert place.put(status(other)).status_code == 200
        assert running.ends(signal.SIGINT) == 0
    assert place.registered("SELECT form_order_id FROM statuses ORDER BY rowid") == [(order,), (other,)]
    assert [each.order_id for each in place.heard()] == [order, order, other]
    assert verify_chain(place.journal).problem is None


@ON_POSIX
def test_full_disk(place: Place) -> None:
    """What cannot be noted is not accepted, so that ePROM sends it again."""
    orders = [str(uuid4()) for _ in range(40)]
    long = "x" * 20_000
    with place.listening(before=LIMITED.replace("150_000", "400_000")) as running:
        accepted = {order for order in orders if place.put(status(order, more=long)).is_success}
        running.says("IKKE FØRT i journalen:")
        assert running.ends(signal.SIGTERM) == 3
    assert "og ble ikke godtatt; ePROM må sende dem igjen." in running.lines[-1]
    assert 0 < len(accepted) < len(orders)
    assert {each.order_id for each in place.heard() if each.status == 200} >= accepted
    with place.listening() as running:
        assert all(place.put(status(order)).is_success for order in orders)
        assert running.ends(signal.SIGTERM) == 0
    assert sorted(place.registered("SELECT form_order_id FROM statuses ORDER BY rowid")) == sorted(
        (each,) for each in orders
    )


def test_run_beside_it(place: Place) -> None:
    """A run says what has the port and what to do; so does a second listener."""
    with place.listening():
        done = place.do("run")
        assert done.returncode == 2
        assert "er opptatt av en annen eprom-verify (listen eller run)" in done.stderr
        assert "«eprom-verify listen» som går" in place.do("check").stdout
        second = place.do("listen")
        assert (second.returncode, "En annen «eprom-verify listen»" in second.stderr) == (2, True)
    assert not list((place.folder / "reports").glob("2*"))
    assert place.heard() == []


def test_needs_a_port(place: Place) -> None:
    """With a free one each time, ePROM would not find it again."""
    (place.folder / "eprom-verify.toml").write_text('eprom = "http://127.0.0.1:9/promswebapi"\n')
    done = place.do("listen")
    assert (done.returncode, "port under [mottak]" in done.stderr) == (2, True)
    assert not (place.folder / "reports").exists()


def test_tls(place: Place) -> None:
    issued = issue(place.folder / "tls")
    place.configure('sertifikat = "tls/sertifikat.pem"\nnokkel = "tls/nokkel.pem"\n')
    order = str(uuid4())
    with place.listening() as running:
        assert f"https://127.0.0.1:{place.port}" in running.lines[0]
        trusting = ssl.create_default_context(cafile=str(issued.issuer))
        answered = httpx.put(f"https://127.0.0.1:{place.port}{STATUS}", json=status(order), verify=trusting)
        assert answered.json() == {"success": True}
        assert place.do("run").returncode == 2
        assert running.ends(signal.SIGTERM) == 0
    assert place.registered("SELECT form_order_id FROM statuses ORDER BY rowid") == [(order,)]


@pytest.fixture
def environment(tmp_path: Path, place: Place) -> Iterator[StandIn]:
    with stand_in(tmp_path, port=free_port(), callbacks=place.port, delay_s=0.01) as made:
        yield made


def test_signed_document_is_fetched(environment: StandIn, place: Place) -> None:
    """A document is the bestillersystem's own to fetch, and ePROM keeps it for a while only."""
    place.configure(eprom=environment.address)
    with place.listening(key="simulator") as running:
        order = ordered_to_be_signed(environment)
        asked("POST", environment, f"/_control/orders/{order}/answer", {"answers": RAND_12, "signed": True})
        running.says("innebygd bestillersystem → ePROM: GET /promswebapi/api/ExternalDocument/")
        assert running.ends(signal.SIGTERM) == 0
    [(content, known)] = place.registered("SELECT content, sha256 FROM signed_documents")
    [fetch] = [each for each in place.heard() if each.operation == "E"]
    assert fetch.response is not None
    assert hashlib.sha256(content).hexdigest() == known == fetch.response.sha256


def ordered_to_be_signed(environment: StandIn) -> str:
    person = environment.persons()["alle kanaler"]
    body = {"formId": FORM, "nationalId": person, "expiryDate": "2099-01-01T12:00:00+01:00", "mustBeSigned": True}
    return str(asked("POST", environment, "/promswebapi/api/v2/formorder", body | {"distributionRule": "Basic"})["id"])


def asked(method: str, environment: StandIn, path: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Authorization": "Basic simulator"}
    url = f"http://127.0.0.1:{environment.port}{path}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return dict(json.load(answer))
