"""`eprom-verify listen`: what comes between runs is handed on and noted, whatever happens to the process."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from eprom_verify.clock import system_clock
from eprom_verify.journal.journal import read_exchanges
from eprom_verify.journal.store import verify_chain
from eprom_verify.listening import ListeningJournal
from eprom_verify.masking import Mask
from eprom_verify.runner.folders import newest_run
from eprom_verify.runner.meanwhile import entries_since
from eprom_verify.simulator.forms import RAND_12
from tests.listeners import LIMITED, ON_POSIX, Listening, started
from tests.ports import free_port
from tests.stand_in import KEY, StandIn, stand_in


@pytest.fixture(scope="module")
def between(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with stand_in(tmp_path_factory.mktemp("mellom")) as made:
        yield made


def listening(made: StandIn, reports: str, *, before: str = "") -> AbstractContextManager[Listening]:
    command = made.command("listen", "--reports", reports)
    command[2] = before + command[2]
    return started(command, made.folder, made.environment)


def order(made: StandIn) -> httpx.Response:
    """Order a form through the tap, as the bestillersystem would; ePROM then calls back through the receiver."""
    person = re.findall(r'^"alle kanaler" = "(\d{11})"', made.config.read_text("utf-8"), re.MULTILINE)[0]
    body = {"formId": str(RAND_12.id), "nationalId": person, "expiryDate": "2030-01-01T12:00:00+01:00"}
    return httpx.post(
        f"http://127.0.0.1:{made.tap}/promswebapi/api/v2/formorder",
        json=body | {"distributionRule": "Basic"},
        headers={"Authorization": f"Basic {KEY}"},
    )


def journal_of(made: StandIn, reports: str) -> Path:
    return made.folder / reports / "mottak" / "journal.sqlite"


def test_hands_on_and_tells(between: StandIn) -> None:
    """One line each, both ways; and the end is orderly."""
    with listening(between, "r1") as running:
        answer = order(between)
        assert answer.status_code == 200
        assert answer.json()["id"]
        ordered = running.says("Eksempelregisteret → ePROM: POST /promswebapi/api/v2/formorder 200")
        # The example knows nothing of an order that it has not made, and answers as it does to such.
        running.says("ePROM → Eksempelregisteret: PUT /api/PromsFormOrder 200")
        assert re.match(r"\d\d\.\d\d\. \d\d:\d\d:\d\d ", ordered)
        assert running.ends(signal.SIGTERM) == 0
    assert KEY not in "".join(running.lines)
    assert verify_chain(journal_of(between, "r1")).problem is None
    assert {each.operation for each in read_exchanges(journal_of(between, "r1"))} == {"A", "I"}
    assert between.do("journal", "r1/mottak").returncode == 0


@ON_POSIX
def test_killed_and_started_again(between: StandIn) -> None:
    """What was noted stays, also half an exchange, and the chain goes on."""
    journal = journal_of(between, "r2")
    with listening(between, "r2") as running:
        assert order(between).status_code == 200
        running.says("PUT /api/PromsFormOrder")
        running.ends(signal.SIGKILL)
    before = read_exchanges(journal)
    after = datetime.now(UTC)
    with listening(between, "r2") as running:
        assert order(between).status_code == 200
        running.says("PUT /api/PromsFormOrder")
        assert running.ends(signal.SIGINT) == 0
    everything = read_exchanges(journal)
    assert [each.id for each in everything[: len(before)]] == [each.id for each in before]
    assert [each.operation for each in everything] == ["A", "I", "A", "I"]
    assert all(each.status == 200 for each in everything)
    assert verify_chain(journal).problem is None
    since = list(entries_since(between.folder / "r2", after))
    assert {each.exchange for each in since if each.exchange} == {each.id for each in everything[2:]}
    assert since[0].kind == "run"
    assert list(entries_since(between.folder / "r2", datetime.now(UTC))) == []
    assert list(entries_since(between.folder / "ingen", after)) == []


@ON_POSIX
def test_full_disk(between: StandIn) -> None:
    """Nobody is held up; it is said at once, and at the end."""
    with listening(between, "r3", before=LIMITED) as running:
        answers = [order(between).status_code for _ in range(60)]
        assert answers == [200] * 60
        running.says("IKKE FØRT i journalen:")
        assert running.ends(signal.SIGTERM) == 3
    assert "meldinger ble sendt videre, men ikke ført i journalen" in running.lines[-1]
    assert 0 < len(read_exchanges(journal_of(between, "r3"))) < 120


def test_run_beside_it(between: StandIn) -> None:
    """A run says what has the port and what to do; so does a second listener."""
    with listening(between, "r4"):
        done = between.do("run", "--reports", "r5")
        assert done.returncode == 2
        assert "er opptatt av en annen eprom-verify (listen eller run)" in done.stderr
        assert "stopp den mens kjøringen går" in done.stderr
        assert "«eprom-verify listen» som går" in between.do("check").stdout
        second = between.do("listen", "--reports", "r4")
        assert (second.returncode, "En annen «eprom-verify listen»" in second.stderr) == (2, True)
        third = between.do("listen", "--reports", "r6")
        assert (third.returncode, "er opptatt av en annen" in third.stderr) == (2, True)
    assert not list((between.folder / "r5").glob("2*"))


@pytest.mark.parametrize("text", ["", "eprom = 'http://127.0.0.1:1/promswebapi'"])
def test_nothing_to_stand_between(text: str, tmp_path: Path) -> None:
    (tmp_path / "eprom-verify.toml").write_text(text)
    alone = StandIn(tmp_path, free_port(), free_port(), free_port(), "")
    done = alone.do("listen")
    assert (done.returncode, "docs/mottak.md" in done.stderr) == (2, True)
    assert not (tmp_path / "reports").exists()


def test_little_kept_in_memory(tmp_path: Path) -> None:
    journal = ListeningJournal(tmp_path / "journal.sqlite", Mask(), system_clock, lambda each: told.append(each.id))
    told: list[str] = []
    for number in range(3):
        begun = journal.request(
            operation="", sender="eprom", method="PUT", url=f"/{number}", headers=[], body=json.dumps({}).encode()
        )
        assert len(journal.exchanges()) == 1
        journal.response(begun, status=200, headers=[], body=b"")
        assert journal.exchanges() == []
    assert len(told) == 3
    journal.close()
    assert len(read_exchanges(tmp_path / "journal.sqlite")) == 3


def test_not_taken_for_a_run(tmp_path: Path) -> None:
    for name in ("2026-01-01T000000Z-0000", "mottak"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "journal.sqlite").touch()
    assert newest_run(tmp_path).name == "2026-01-01T000000Z-0000"
