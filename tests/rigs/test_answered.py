"""A tester is the patient in an environment: answers some of the forms that the run ordered, and the returns are judged
by machine.

The one who answers here sees what a tester sees: who got a form, where, and whether it asks for a signature.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eprom_verify.checks.returning import RAND_12
from eprom_verify.errors import ONLY_SIMULATED, TO_BE_ANSWERED
from eprom_verify.faults import load_faults
from eprom_verify.journal.journal import read_exchanges
from eprom_verify.locations import features_dir
from eprom_verify.rig import NORWAY
from eprom_verify.simulator.forms import SIMULATED_FORMS
from eprom_verify.verdict import Conclusion, Outcome, RunResult, ScenarioResult
from tests.listeners import ON_POSIX, started
from tests.rigs.test_environment import CATALOGUE, noted, of, result_of
from tests.runner.test_late import until
from tests.stand_in import StandIn, stand_in

pytestmark = ON_POSIX

BY_TESTER = "svar-av-tester"
TOLD = re.compile(
    r"  et skjema(?P<signed> som må signeres)?, bestilt for «(?P<whom>[^»]+)»(?: på vegne av «(?P<about>[^»]+)»)? "
    r"og sendt (?P<where>[^(]+) \((?P<at>\d+\.\d+\. kl\. [\d.]+\d)[^)]*\): \d+ scenari(?:o|er)"
)
WHERE = {"på Helsenorge": "Helsenorge", "i digital postkasse": "DigitalMailbox", "på e-post eller SMS": "Unsecure"}
RAND_12_ID = str(SIMULATED_FORMS["RAND-12"])
RUN = ("run", "--no-html", "--no-allure")


def by_tester(result: RunResult) -> list[ScenarioResult]:
    return [each for each in result.scenarios if BY_TESTER in each.tags]


def kinds(made: StandIn, *, newest: bool = False) -> Iterator[dict[str, Any]]:
    """One form of each kind that a tester can tell apart, and that can be opened: the oldest or the newest."""
    seen = set()
    orders: list[dict[str, Any]] = made.orders()  # type: ignore[assignment]
    for each in reversed(orders) if newest else orders:
        asked = each["order"]
        kind = (each["recipient"], each["onBehalfOf"], each["channel"], asked.get("mustBeSigned") is True)
        if each["status"] == "Ordered" and each["channel"] != "PhysicalMailbox" and kind not in seen:
            seen.add(kind)
            yield each


def answer(made: StandIn, order: Mapping[str, Any]) -> None:
    """Fill in the form, sign it when it asks for it, and deliver it."""
    body = json.dumps({"answers": RAND_12, "signed": order["order"].get("mustBeSigned") is True})
    address = f"{made.scheme}://{made.host}:{made.eprom}/_control/orders/{order['id']}/answer"
    asked = urllib.request.Request(address, body.encode(), {"Content-Type": "application/json"})
    urllib.request.urlopen(asked, timeout=30, context=made.trusting).close()


def told(made: StandIn) -> Iterator[dict[str, Any]]:
    """The first form of each kind that `status` tells a tester of."""
    orders: list[dict[str, Any]] = made.orders()  # type: ignore[assignment]
    numbers = tomllib.loads(made.config.read_text(encoding="utf-8"))["personas"]
    for line in made.do("status").stdout.splitlines():
        found = TOLD.fullmatch(line)
        if found is None:
            continue
        written = f"{datetime.now(NORWAY).year}.{found['at']}"
        at = datetime.strptime(written, "%Y.%d.%m. kl. %H.%M.%S").replace(tzinfo=NORWAY)
        [asked, *_] = [
            each
            for each in orders
            if each["order"]["nationalId"] == numbers[found["whom"]]
            and (each["order"].get("onBehalfOfNationalId") or None) == numbers.get(found["about"])
            and each["order"]["formId"] == RAND_12_ID
            and each["channel"] == WHERE[found["where"]]
            and (each["order"].get("mustBeSigned") is True) is bool(found["signed"])
            and abs(datetime.fromisoformat(each["orderedAt"]) - at) < timedelta(seconds=2)
        ]
        yield asked


def answered_while_listening(made: StandIn, orders: list[dict[str, Any]]) -> None:
    """Answer these forms while no run goes, and listen until all have come."""
    wanted = {str(each["id"]) for each in orders}
    with started(made.command("listen"), made.folder, made.environment) as listener:
        for each in orders:
            answer(made, each)
        journal = made.folder / "reports/mottak/journal.sqlite"
        until(
            lambda: wanted <= {each.order_id for each in read_exchanges(journal) if each.operation == "J" and each.done}
        )
        assert listener.ends(signal.SIGTERM) == 0


def test_nothing_is_answered(tmp_path: Path) -> None:
    """What a tester can answer is told of; what shows nothing here is not ordered; nobody is blamed."""
    with stand_in(tmp_path, builtin=True) as made:
        done = made.do(*RUN, "-k", "retur/")
        status = made.do("status").stdout
        orders = made.orders()
    assert done.returncode == Conclusion.INCOMPLETE.exit_code, done.stdout + done.stderr
    result = result_of(made)
    open_ = by_tester(result)
    assert {each.outcome for each in open_} == {Outcome.UNVERIFIED}
    assert all(each.by_person and each.reason.startswith(TO_BE_ANSWERED) for each in open_)
    assert len(orders) == len(open_)
    rest = [each for each in result.scenarios if BY_TESTER not in each.tags and "til-slutt" not in each.tags]
    assert rest
    assert {(each.outcome, each.reason) for each in rest} == {(Outcome.UNVERIFIED, ONLY_SIMULATED)}
    assert f"{len(open_)} scenarier kan avgjøres når en tester svarer på skjema som pasienten" in done.stdout
    [line] = [each for each in status.splitlines() if "bestilt for «bare mobil» og sendt på e-post eller SMS (" in each]
    assert line.startswith("  et skjema, bestilt for")
    assert line.endswith("): 1 scenario")
    assert "\nKonklusjon: Ufullstendig\n" in status
    assert "En tester: svare på skjemaene mens eprom-verify listen tar imot" in status


@pytest.mark.parametrize("builtin", [True, False], ids=["built-in", "own"])
@pytest.mark.parametrize(("chapter", "forms"), [("retur/", 4), ("signatur/", 9), ("paa_vegne_av/", 3)])
def test_answered_between_two_parts(chapter: str, forms: int, builtin: bool, tmp_path: Path) -> None:
    """One form of each kind that is told of is enough for all that a tester can answer."""
    words = (*RUN, "-k", chapter)
    with stand_in(tmp_path, builtin=builtin) as made:
        assert made.do(*words).returncode == Conclusion.INCOMPLETE.exit_code
        before = result_of(made)
        mine = list(told(made))
        ordered = len(made.orders())
        answered_while_listening(made, mine)
        done = made.do(*words, "--resume")
        assert done.returncode == Conclusion.INCOMPLETE.exit_code, done.stdout + done.stderr
        assert len(made.orders()) == ordered
        left = list(told(made))
    after = result_of(made)
    assert {each.outcome for each in by_tester(before)} == {Outcome.UNVERIFIED}
    assert [(each.id, each.reason) for each in by_tester(after) if each.outcome is not Outcome.PASSED] == []
    assert of(after, Outcome.FAILED, Outcome.ERROR, Outcome.WAITING) == []
    assert (len(mine), left) == (forms, [])
    shown = {each.id: each for each in noted(made)}
    for each in by_tester(after):
        seen = [shown[name] for name in each.exchanges]
        came = {one.order_id for one in seen if one.operation == "J"}
        assert came, each.id
        assert came <= {str(order["id"]) for order in mine}, each.id


@pytest.mark.parametrize("workers", [1, 3])
def test_answered_while_the_run_goes(workers: int, tmp_path: Path) -> None:
    """The tester is quicker than the statuses: the run sees it the first time, whichever process had ordered it."""
    with stand_in(tmp_path, builtin=True, callback_delay_s=20, deadlines={"status_s": 60.0}) as made:
        command = made.command(*RUN, "-k", "retur/", "-n", str(workers))
        with subprocess.Popen(
            command, cwd=tmp_path, env=dict(made.environment), stdout=subprocess.PIPE, encoding="utf-8"
        ) as running:
            assert running.stdout is not None
            assert any("Alt er bestilt." in line for line in running.stdout)
            until(lambda: all(each["status"] for each in made.orders()))
            for each in kinds(made, newest=True):
                answer(made, each)
            running.stdout.read()
        assert running.returncode == Conclusion.INCOMPLETE.exit_code
    result = result_of(made)
    assert [(each.id, each.reason) for each in by_tester(result) if each.outcome is not Outcome.PASSED] == []


def test_other_kind_is_no_answer(tmp_path: Path) -> None:
    """Who answers on Helsenorge has shown nothing of the digital mailbox."""
    with stand_in(tmp_path, builtin=True) as made:
        made.do(*RUN, "-k", "retur/")
        answered_while_listening(made, [each for each in kinds(made) if each["channel"] == "Helsenorge"])
        made.do(*RUN, "-k", "retur/", "--resume")
    found = by_tester(result_of(made))
    elsewhere = [each for each in found if "bare " in each.name or "Utenom Helsenorge" in each.name]
    assert {each.outcome for each in elsewhere} == {Outcome.UNVERIFIED}
    assert {each.outcome for each in found if each not in elsewhere} == {Outcome.PASSED}


SYSTEMS: dict[str, tuple[str, set[str]]] = {
    "answers-500": ("retur/", {"3.1"}),
    "answer-not-registered": ("retur/", {"3.1", "R-20"}),
    "answers-as-text": ("retur/", {"R-20"}),
    "document-never-fetched": ("signatur/", {"SI-20"}),
    "document-kept-cut": ("signatur/", {"SI-21"}),
    "document-key-in-query": ("signatur/", {"SI-22"}),
    "on-behalf-given-to-receiver": ("paa_vegne_av/", {"PA-03"}),
}
EPROMS: dict[str, tuple[str, set[str]]] = {
    "return-data-as-object": ("retur/", {"R-02"}),
    "return-other-channel": ("retur/", {"R-04"}),
    "return-scan-always": ("retur/", {"R-05"}),
    "return-other-key": ("retur/", {"R-06"}),
    "return-log-reversed": ("retur/", {"R-07"}),
    "return-filled-out-by-always": ("retur/", {"R-09"}),
    "signed-id-zero": ("signatur/", {"SI-02"}),
    "signed-id-always": ("signatur/", {"SI-03"}),
    "signing-events-after-delivery": ("signatur/", {"SI-04"}),
    "document-empty": ("signatur/", {"SI-06"}),
    "document-with-unknown-key": ("signatur/", {"SI-08"}),
}
"""What is run, and what a tester's answers must make fail."""


@pytest.mark.parametrize("name", [*SYSTEMS, *EPROMS])
def test_fault_found(name: str, tmp_path: Path) -> None:
    """What comes back is judged as it is when the simulator's patients answer."""
    system = name in SYSTEMS
    chosen, kills = (SYSTEMS | EPROMS)[name]
    known = load_faults(features_dir() / "faults.toml")[name]
    assert (known.end, kills <= set(known.kills)) == ("bestillersystem" if system else "eprom", True)
    node = {"FAULT": name} if system else {}
    with stand_in(tmp_path, builtin=not system, fault="" if system else name, node=node) as made:
        made.do(*RUN, "-k", chosen)
        assert not {Outcome.FAILED, Outcome.ERROR} & {each.outcome for each in by_tester(result_of(made))}
        answered_while_listening(made, list(kinds(made)))
        done = made.do(*RUN, "-k", chosen, "--resume")
        mandatory = any(CATALOGUE[each].mandatory for each in kills)
        concluded = Conclusion.REJECTED if mandatory else Conclusion.INCOMPLETE
        assert done.returncode == concluded.exit_code, done.stdout + done.stderr
    failed = [each for each in by_tester(result_of(made)) if each.outcome is Outcome.FAILED]
    assert {krav for each in failed for krav in each.requirements} >= kills
    assert {each.broken_by for each in failed} == {known.end}
