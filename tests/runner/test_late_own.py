"""One's own bestillersystem against an environment: what comes while its run is killed, and `listen` stands between."""

from __future__ import annotations

import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eprom_verify.handover.entries import examine_journal
from eprom_verify.verdict import Outcome
from tests.examples.node_system import HOOK_PATH, node_system
from tests.listeners import ON_POSIX, started
from tests.ports import free_port
from tests.runner.stand_in import COMMAND, StandIn, stand_in
from tests.runner.test_late import DELAY_S, ENVIRONMENT, answered, journal, killed, result, taken, until, waited_for

pytestmark = ON_POSIX

TOKEN = "provetoken"
OWN = ENVIRONMENT | {"EPROM_VERIFY_HOOK_TOKEN": TOKEN}
CHOSEN = ["run", "--no-html", "--no-allure", "-k", "bestilling/distribusjonsregler"]
WHOLE = [*CHOSEN[:-1], "bestilling/hele_kjoringen"]


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[StandIn]:
    tap = free_port()
    with (
        stand_in(tmp_path, port=free_port(), callbacks=free_port(), delay_s=DELAY_S) as made,
        node_system(f"http://127.0.0.1:{tap}/promswebapi", "simulator", hook_token=TOKEN) as address,
    ):
        told = {
            "navn": "Eksempelregisteret",
            "driver": "http",
            "api_base_url": address,
            "hook_url": address + HOOK_PATH,
        }
        sections = "".join(f'{name} = "{value}"\n' for name, value in told.items())
        made.configure(tmp_path, more=f"registrert_s = 20.0\n[bestillersystem]\n{sections}[kran]\nport = {tap}\n")
        yield made


def run(folder: Path, words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *words], cwd=folder, env=OWN, capture_output=True, encoding="utf-8", timeout=900)


def cut_off(order: dict[str, Any]) -> int:
    """How many times nobody answered for a status that had come to us: it is sent again, and noted again."""
    unanswered = [each for each in order["deliveries"] if each["status"] is None]
    return len([each for each in unanswered if each["answer"] not in ("ConnectError", "ConnectTimeout")])


def test_killed_and_listened_for(environment: StandIn, tmp_path: Path) -> None:
    killed(tmp_path, CHOSEN, OWN)
    before, listening = {each.order_id for each in answered(tmp_path)}, tmp_path / "reports/mottak/journal.sqlite"
    with started([*COMMAND, "listen"], tmp_path, OWN) as listener:
        listener.says("PUT /api/PromsFormOrder 200")
        listener.ends(signal.SIGKILL)
    with started([*COMMAND, "listen"], tmp_path, OWN) as listener:
        until(lambda: waited_for(environment) <= taken(environment))
        assert listener.ends(signal.SIGTERM) == 0
    heard = {each.order_id for each in answered(tmp_path, listening)}
    assert heard - before
    for words in (CHOSEN, WHOLE):
        done = run(tmp_path, [*words, "--resume"])
        assert done.returncode == 3, done.stdout + done.stderr
    found = result(tmp_path).scenarios
    assert {each.outcome for each in found if "til-slutt" not in each.tags} == {Outcome.PASSED}
    whole = {name: each.outcome for each in found if "til-slutt" in each.tags for name in each.requirements}
    assert {whole[name] for name in ("1.4", "1.5", "S-02", "S-06", "S-07", "B-15")} == {Outcome.PASSED}
    statuses = Counter(each.order_id for each in answered(tmp_path))
    assert set(statuses) == taken(environment)
    for order in environment.orders():
        assert statuses[str(order["id"])] <= 1 + cut_off(order)
    assert not examine_journal(journal(tmp_path), {}).problems
