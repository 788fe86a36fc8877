"""What is said of an ePROM that is not ours: here the simulator, reached as an environment."""

from __future__ import annotations

import functools
import re
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from eprom_verify.clock import system_clock
from eprom_verify.config import parse_config
from eprom_verify.masking import Mask
from eprom_verify.persons import Population
from eprom_verify.preflight import check
from eprom_verify.preflight.calling import Caller
from eprom_verify.preflight.finding import may_begin
from eprom_verify.preflight.lacking import Lacking
from eprom_verify.serving import Host
from eprom_verify.simulator.app import Simulator
from eprom_verify.simulator.orders import Bestillersystem
from eprom_verify.simulator.settings import BASE_PATH, Settings
from tests.preflight.conftest import KEY, LIMIT_S, Found, made

PERSONS = {"alle kanaler": "26670271527"}


@pytest.fixture
def simulator(host: Host) -> tuple[Simulator, str]:
    made = Simulator(
        Population.generate(1, today=system_clock().date()), Settings(), callback_transport=httpx.AsyncHTTPTransport()
    )
    made.register(Bestillersystem("prøve", KEY, None))
    return made, f"http://127.0.0.1:{host.serve(made.app)}{BASE_PATH}"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPROM_VERIFY_API_KEY", KEY)
    monkeypatch.setattr(check, "Caller", functools.partial(Caller, limit_s=LIMIT_S))


def examined(base: str, **changes: Any) -> Found:
    return Found(list(check.examine(parse_config({"eprom": base, **changes}, "prøven"), Mask())))


def test_reached(simulator: tuple[Simulator, str]) -> None:
    own, base = simulator
    found = examined(base, mottak={"host": "0.0.0.0"}, personas=PERSONS)
    assert [each.text for each in found.of("ePROM")] == [
        f"ePROM svarer på {base} (404 på et dokument som ikke finnes).",
        "ePROM kjenner API-nøkkelen i EPROM_VERIFY_API_KEY.",
    ]
    assert may_begin(found.sections)
    assert own.orders == {}
    assert own.outbox.postings == []


def test_key_not_known(simulator: tuple[Simulator, str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, base = simulator
    monkeypatch.setenv("EPROM_VERIFY_API_KEY", "en-annen-noekkel")
    [fault] = examined(base).faults
    assert fault.text == "ePROM kjenner ikke API-nøkkelen (401 på en sjekk av personvern)."
    assert "Det er en feil i oppsettet, ikke hos ePROM." in fault.remedy


def serve(host: Host, answers: dict[str, Any]) -> str:
    """An ePROM that answers as it is told, by the last part of the path."""

    async def answer(request: Request) -> Response:
        found = answers.get(request.url.path.rpartition("/")[2].casefold(), answers.get("", 404))
        return made(found(await request.json()) if callable(found) else found)

    return f"http://127.0.0.1:{host.serve(Starlette(routes=[Route('/{rest:path}', answer, methods=['GET', 'POST'])]))}"


def knows(body: dict[str, Any]) -> Any:
    return Response(
        "Either nationalId or phoneNumber must be specified"
        if body["apiKey"] == KEY
        else f"apiKey '{body['apiKey']}' doesn't exists",
        400,
    )


@pytest.mark.parametrize(
    ("key", "answers", "words", "fault"),
    [
        (KEY, {"unsecuremessagesms": knows}, "ePROM godtar API-nøkkelen i EPROM_VERIFY_API_KEY.", False),
        ("en-annen-noekkel", {"unsecuremessagesms": knows}, "ePROM kjenner ikke API-nøkkelen (apiKey doesn't", True),
        (KEY, {"": 403}, "ePROM kjenner ikke API-nøkkelen (403", True),
        (KEY, {"": 400}, "Det går ikke fram av svarene om ePROM kjenner API-nøkkelen.", False),
        (KEY, {"": "<html>Vedlikehold</html>"}, "med en nettside (HTML); ventet 4xx.", True),
        (KEY, {"": 503}, "svarte 503 uten innhold; ventet 4xx.", True),
    ],
)
def test_other_answers(
    host: Host, monkeypatch: pytest.MonkeyPatch, key: str, answers: dict[str, Any], words: str, fault: bool
) -> None:
    monkeypatch.setenv("EPROM_VERIFY_API_KEY", key)
    found = examined(serve(host, answers))
    assert words in " ".join(each.text for each in found.of("ePROM"))
    assert bool(found.faults) is fault
    assert key not in " ".join(each.text for each in found.faults)


def test_address_without_its_path(simulator: tuple[Simulator, str]) -> None:
    """Everything is answered with 404, also what everybody has: that is no answer about a document."""
    _, base = simulator
    [fault] = examined(base.removesuffix("/promswebapi")).faults
    assert "Ingen av kallene i API-et finnes under http://127.0.0.1:" in fault.text
    assert "Den slutter med en sti, som /promswebapi i testmiljøet" in fault.remedy


def test_not_there(closed_port: int) -> None:
    found = examined(f"http://127.0.0.1:{closed_port}/promswebapi")
    [fault] = found.faults
    assert fault.text == f"Nådde ikke ePROM: ingen lytter på 127.0.0.1:{closed_port} (forbindelsen ble avvist)."
    assert fault.remedy == "Sjekk at miljøet er oppe, og at brannmuren slipper kallet ut."


def test_what_only_the_simulator_shows() -> None:
    """Whoever verifies a system of their own answers for less of it, and has another run that can."""
    own = {"driver": "http", "api_base_url": "http://127.0.0.1:8081", "hook_url": "http://127.0.0.1:8081/test-hook"}
    mine, built_in = (
        Lacking(parse_config({"eprom": "qa", **config}, "prøven")).environment()[-1]
        for config in ({"bestillersystem": own}, {})
    )
    words = re.compile(r"(\d+) krav har scenarier som bare kan prøves mot simulatoren\.")
    counts = [int(found[1]) for each in (mine, built_in) if (found := words.fullmatch(each.text))]
    assert 20 < counts[0] < counts[1]
    assert "attest --simulated (docs/testmiljo.md)" in mine.remedy
    assert "--simulated" not in built_in.remedy


def test_what_cannot_be_shown(simulator: tuple[Simulator, str]) -> None:
    _, base = simulator
    nothing = {each.text for each in examined(base).of("Personer og skjemaer")}
    [old] = [text for text in nothing if "«92 år»" in text]
    assert old == "Uten persona «92 år» kan ikke disse kravene vises: P-01, P-02, SI-02, SI-03, SI-06, SI-21 (6 krav)."
    assert any(text.startswith("Uten skjema «RAND-12» kan ikke disse kravene vises: 1.1, ") for text in nothing)
    assert any(text.startswith("Uten PvkId for «Samtykke»") for text in nothing)
    some = {
        each.text
        for each in examined(
            base,
            personas={"92 år": "26670271527"},
            skjema={"RAND-12": "1bc5f9f0-2607-49eb-94f0-6af955bbd79a"},
            personvern={"Samtykke": "7d0f2a44-95d3-4c0e-8a57-1b6e0c9f3d21"},
        ).of("Personer og skjemaer")
    }
    assert not any(words in text for text in some for words in ("«92 år»", "«RAND-12»", "«Samtykke»"))
    assert nothing > some
