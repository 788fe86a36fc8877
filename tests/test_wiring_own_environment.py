"""One's own bestillersystem against a test environment: the harness stands between the two, and judges both."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from eprom_verify.config import parse_config
from eprom_verify.errors import UsageProblem
from eprom_verify.exchange import Exchange
from eprom_verify.journal.journal import read_exchanges
from eprom_verify.keys import KEY_VARIABLE
from eprom_verify.rig import Faults
from eprom_verify.serving import Host
from eprom_verify.simulator.faults import FAULTS
from eprom_verify.verdict import Conclusion, Outcome, RunResult, read_result
from eprom_verify.wiring import open_rig
from tests.journal.test_tap import real_format
from tests.ports import free_port
from tests.stand_in import KEY, StandIn, stand_in

SYSTEM = {"driver": "http", "api_base_url": "http://127.0.0.1:1", "hook_url": "http://127.0.0.1:1/krok"}


@pytest.fixture(scope="module")
def between(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with stand_in(tmp_path_factory.mktemp("mellom")) as made:
        yield made


@pytest.fixture(scope="module")
def finished(between: StandIn) -> tuple[RunResult, list[Exchange]]:
    """A run of the scenarios about one distribution rule, and what it noted."""
    done = between.do("run", "--no-html", "-k", "HelsenorgeOnly")
    assert done.returncode == 3, done.stdout + done.stderr
    [folder] = (between.folder / "reports").glob("2*")
    return read_result(folder / "result.json"), read_exchanges(folder / "journal.sqlite")


def test_both_ends_judged(finished: tuple[RunResult, list[Exchange]]) -> None:
    """And what only the simulator can be made to do is not verified, or is for ePROM to answer for."""
    result, _ = finished
    outcomes = Counter(each.outcome for each in result.scenarios)
    assert set(outcomes) <= {Outcome.PASSED, Outcome.UNVERIFIED, Outcome.NOT_APPLICABLE}
    passed = [set(each.tags) for each in result.scenarios if each.outcome is Outcome.PASSED]
    assert any("eprom" in tags and "bestillersystem" not in tags for tags in passed)
    assert any("bestillersystem" in tags for tags in passed)
    for each in result.scenarios:
        if each.outcome is not Outcome.PASSED:
            left_to_eprom = "bare-simulator" in each.tags and "bestillersystem" not in each.tags
            expected = Outcome.NOT_APPLICABLE if left_to_eprom else Outcome.UNVERIFIED
            assert each.outcome is expected, each.reason
            assert {"bare-simulator", "svar-av-tester"} & set(each.tags), each.reason


def test_unknown_address_is_a_trial(finished: tuple[RunResult, list[Exchange]], between: StandIn) -> None:
    result, _ = finished
    assert not result.run.formal
    assert (result.run.rig.eprom, result.conclusion) == (between.base_url, Conclusion.INCOMPLETE)
    assert result.run.system.api_base_url == between.system


def test_all_that_passed_is_noted(finished: tuple[RunResult, list[Exchange]], between: StandIn) -> None:
    """The environment has noted the very same, byte for byte, and nothing more."""
    _, here = finished

    def told(exchanges: list[Exchange], operations: str) -> Counter[tuple[object, ...]]:
        return Counter(
            (each.operation, each.method, each.request.body, each.status, each.response and each.response.body)
            for each in exchanges
            if each.operation in operations
        )

    assert {each.sender for each in here} >= {"bestillersystem", "eprom"}
    assert [each.failure for each in here if each.failure] == []
    for operations in ("A", "I"):
        assert sum(told(here, operations).values()) > 5
        assert told(here, operations) == told(between.seen_there(), operations)
    urls = {each.url.rpartition("/api/")[0] for each in here}
    assert urls == {between.base_url, between.system}
    assert KEY not in str([(each.request.headers, each.request.text) for each in here])


def test_check_tells_what_to_set(between: StandIn) -> None:
    done = between.do("check")
    assert f"PromsApiBaseUrl i bestillersystemet skal være kranen: http://127.0.0.1:{between.tap}/promswebapi" in (
        done.stdout
    )
    assert f"ApiBaseUrl i ePROM Admin skal være mottaket: 127.0.0.1:{between.receiver}" in done.stdout
    assert "Systemet tar imot status på" in done.stdout
    assert "Testkroken svarer på" in done.stdout
    assert done.returncode == 0, done.stdout


def test_simulator_fault_refused(between: StandIn) -> None:
    done = between.do("run", "--fault", next(iter(FAULTS)))
    assert (done.returncode, "er en feil i simulatoren" in done.stderr) == (2, True)


OWN = """
import json, os, urllib.request, urllib.error
from eprom_verify.journal.recorder import Recorder

class Mitt:
    calls = 0
    def order_form(self, intent):
        body = json.dumps({
            "formId": intent.form_id, "nationalId": os.environ["PERSON"] or intent.national_id,
            "expiryDate": intent.expiry_date.isoformat(), "distributionRule": intent.distribution_rule.name if
            intent.distribution_rule else "Basic",
        }).encode()
        headers = {"Authorization": "Basic " + os.environ["EPROM_VERIFY_API_KEY"], "Content-Type": "application/json"}
        request = urllib.request.Request(os.environ["PROMS"] + "/api/v2/formorder", body, headers, method="POST")
        try:
            urllib.request.urlopen(request, timeout=10).read()
        except urllib.error.HTTPError as exc:
            exc.read()

if os.environ.get("BREAK"):
    inner = Recorder.response
    def response(self, *args, **kwargs):
        Mitt.calls += 1
        if Mitt.calls == 3:
            raise RuntimeError("noe ingen ventet")
        return inner(self, *args, **kwargs)
    Recorder.response = response
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[StandIn]:
    """With a class of one's own as the driver, which can be made to do what no correct system does."""
    (tmp_path / "mitt.py").write_text(OWN, encoding="utf-8")
    with stand_in(tmp_path, driver="python", klasse="mitt.py:Mitt") as made:
        yield made


def test_real_format_number_stops_the_run(own: StandIn) -> None:
    """Nothing of it has come to ePROM, and the number is in no file that was left."""
    number = real_format()
    done = own.do(
        "run", "--no-html", "-k", "HelsenorgeOnly", PERSON=number, PROMS=f"http://127.0.0.1:{own.tap}/promswebapi"
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "ikke gikk videre til ePROM. Stanset før sending" in done.stderr
    assert [each for each in own.seen_there() if each.sender == "bestillersystem" and each.operation == "A"] == []
    files = [each for each in own.folder.rglob("*") if each.is_file()]
    assert len(files) > 3
    assert [each for each in files if number.encode() in each.read_bytes()] == []


def test_unrecorded_exchange_never_approved(own: StandIn) -> None:
    done = own.do(
        "run",
        "--no-html",
        "-k",
        "HelsenorgeOnly",
        PERSON="",
        PROMS=f"http://127.0.0.1:{own.tap}/promswebapi",
        BREAK="1",
    )
    assert done.returncode == 3, done.stdout + done.stderr
    [folder] = (own.folder / "reports").glob("2*")
    result = read_result(folder / "result.json")
    assert "1 melding ble ikke ført i journalen." in result.incomplete_reasons
    assert result.conclusion is Conclusion.INCOMPLETE
    assert "noe ingen ventet" not in done.stdout + json.dumps(result.incomplete_reasons)


# --- without a network ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("eprom", "driver", "formal"),
    [
        ("test", "http", True),
        ("qa", "http", True),
        ("https://proms.hemitdev.org/promswebapi/", "http", True),
        ("https://proms2.hemit.org/promswebapi", "http", True),
        ("http://proms.hemitdev.org/promswebapi", "http", False),
        ("https://proms.hemitdev.org:8443/promswebapi", "http", False),
        ("https://proms.hemitdev.org/noe-annet", "http", False),
        ("http://127.0.0.1:9/promswebapi", "http", False),
        ("simulator", "http", False),
        ("test", "innebygd", False),
    ],
)
def test_formal_by_both_ends(
    eprom: str, driver: str, formal: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A known environment at its own address, and a system that is not ours; nothing is called until a scenario is."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    config = parse_config(
        {
            "eprom": eprom,
            "kran": {"port": free_port()},
            "simulator": {"port": free_port()},
            "bestillersystem": SYSTEM if driver == "http" else {},
        },
        "prøven",
    )
    with open_rig(config, tmp_path, seed=1) as rig:
        assert rig.formal is formal
    with open_rig(config, tmp_path, seed=1, faults=Faults(name="key-bearer")) as rig:
        assert not rig.formal


def test_key_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    config = parse_config({"eprom": "test", "bestillersystem": SYSTEM}, "prøven")
    with pytest.raises(UsageProblem, match=KEY_VARIABLE), open_rig(config, tmp_path, seed=1):
        pass


@pytest.mark.parametrize("section", ["mottak", "kran"])
def test_taken_port_told(section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the section that it stands under."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    ports = {"mottak": {"port": free_port()}, "kran": {"port": free_port()}}
    config = parse_config({"eprom": "test", "bestillersystem": SYSTEM, **ports}, "prøven")

    async def other(scope: object, receive: object, send: object) -> None:
        raise AssertionError

    with Host() as host:
        host.serve(other, port=ports[section]["port"])
        with pytest.raises(UsageProblem, match=f"{ports[section]['port']}.*porten er opptatt") as refused:
            open_rig(config, tmp_path, seed=1).__enter__()
    assert f"[{section}]" in refused.value.remedy
    with open_rig(config, tmp_path, seed=1) as rig:
        assert len(rig.taps) == 2


def test_forwarding_can_be_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What listens is the tap: it says so itself, and of an address where nobody is, that nobody answers."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    port = free_port()
    config = parse_config(
        {"eprom": "http://127.0.0.1:1/promswebapi", "bestillersystem": SYSTEM, "kran": {"port": port}}, "prøven"
    )
    with open_rig(config, tmp_path, seed=1) as rig:
        with pytest.raises(urllib.error.HTTPError) as answered:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/promswebapi/api/x")
        with answered.value as answer:
            assert (answer.code, "Ingen svarer på adressen." in answer.read().decode()) == (502, True)
        [seen] = rig.journal.exchanges()
    assert (seen.sender, seen.url, seen.response) == (
        "bestillersystem",
        "http://127.0.0.1:1/promswebapi/api/x",
        None,
    )
