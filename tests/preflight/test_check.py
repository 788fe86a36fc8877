"""What `eprom-verify check` says of systems that are as they should be, and of others."""

from __future__ import annotations

import io
import re
import socket
from pathlib import Path

import pytest
from rich.console import Console
from starlette.responses import RedirectResponse

from eprom_verify.config import parse_config
from eprom_verify.drivers.http import ACTS, ASKED
from eprom_verify.errors import UsageProblem
from eprom_verify.masking import Mask
from eprom_verify.persons import classify
from eprom_verify.preflight import check
from eprom_verify.preflight.finding import Mark, may_begin
from eprom_verify.preflight.page import Page
from eprom_verify.serving import Host
from eprom_verify.simulator.settings import BASE_PATH
from tests.preflight.conftest import KEY, TOKEN, Examine, Ordering, System, settings
from tests.test_cli import call

PAGE = "<!doctype html><html><title>Logg inn</title></html>"


def test_good_system(examine: Examine) -> None:
    system = System()
    found = examine(system)
    assert found.faults + found.notes == []
    assert [section.title for section in found.sections] == ["Oppsett", "ePROM", "Bestillersystem", "Testkrok"]
    texts = " ".join(each.text for section in found.sections for each in section.findings)
    for words in (
        "Prøvesystemet (testkrok) mot verktøyets simulator",
        "Bestillersystemet skal bruke nøkkelen i EPROM_VERIFY_API_KEY",
        "med riktig API-nøkkel, og avviser en annen",
        "har alt som den kan ha",
        "godtar tokenet, og avviser et annet",
        "cases, orders, messages, patients, privacy-settings",
    ):
        assert words in texts


def test_nothing_is_done(examine: Examine) -> None:
    """Only questions to the hook, and one status for an order that nobody has made."""
    system = System()
    examine(system)
    assert {method for method, path, _ in system.asked if path.startswith("/krok")} == {"GET"}
    statuses = [body for method, path, body in system.asked if path == system.path]
    assert [body["apiKey"] for body in statuses] == [KEY, "en-ukjent-noekkel-fra-eprom-verify"]
    assert all(body["formOrderStatus"] == "Ordered" for body in statuses)
    assert len({body["formOrderId"] for body in statuses}) == 2
    assert [body for _, path, body in system.asked if path.startswith("/api") and path != system.path] == [{}, {}]
    numbers = {number for _, path, _ in system.asked for number in re.findall(r"\b\d{11}\b", path)}
    assert numbers
    assert all(classify(each).synthetic for each in numbers)


@pytest.mark.parametrize(
    ("system", "words", "remedy"),
    [
        (System(path="/et-annet-sted"), "svarte 404", "Rett api_base_url"),
        (System(callback=PAGE), "svarte 200 med en nettside (HTML)", "Rett api_base_url"),
        (System(callback=RedirectResponse("/logg-inn?kode=hemmelig")), "og viste videre til", "Rett api_base_url"),
        (System(callback=401), "Systemet avviste API-nøkkelen", "Sett EPROM_VERIFY_API_KEY til nøkkelen som systemet"),
        (System(callback=403), "Det er en feil i oppsettet, ikke i integrasjonen.", "gi systemet nøkkelen «simulator»"),
        (System(delay_s=3), "svarte ikke innen 1 sekunder", "Sjekk at systemet er oppe"),
    ],
    ids=["wrong path", "a page", "redirect", "key refused", "key forbidden", "slow"],
)
def test_callback_must_be_mended(examine: Examine, system: System, words: str, remedy: str) -> None:
    found = examine(system)
    [fault] = [each for each in found.of("Bestillersystem") if each.mark is Mark.WRONG]
    assert words in fault.text
    assert remedy in fault.remedy
    assert not may_begin(found.sections)


@pytest.mark.parametrize(
    ("system", "words"),
    [
        (System(callback={"success": False}), "Systemet godtok ikke en status for en bestilling det ikke kjenner"),
        (System(callback={"success": False}, refusal={"success": False}), "så nøkkelen kan være feil"),
        (System(callback=500), "svarte 500 uten innhold"),
        (System(callback="ja"), "svarte 200: ja"),
        (System(refusal={"success": True}), "godtok den også med en annen API-nøkkel"),
        (System(others=404), "Bruker ikke integrasjonen dette, så sett brev = false under [profil]"),
        (System(open_hook=True), "Testkroken svarer også med feil token."),
    ],
)
def test_worth_knowing(examine: Examine, system: System, words: str) -> None:
    found = examine(system)
    assert words in " ".join(f"{each.text} {each.remedy}" for each in found.notes)
    assert may_begin(found.sections)


def test_not_listening(examine: Examine, closed_port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{taken.getsockname()[1]}"
    found = examine(base)
    assert [each.text for each in found.faults] == [
        f"{base}: ingen lytter der (forbindelsen ble avvist).",
        f"{base}/krok: ingen lytter der (forbindelsen ble avvist).",
    ]
    assert found.faults[0].remedy == "Start systemet, og sjekk api_base_url under [bestillersystem] i oppsettet."


def test_no_such_host(examine: Examine) -> None:
    found = examine("http://finnes-ikke.invalid")
    assert found.faults[0].text == "http://finnes-ikke.invalid: vertsnavnet finnes ikke."


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx"])
def test_not_http(examine: Examine, said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)

        def answer() -> None:
            for _ in range(4):
                try:
                    with server.accept()[0] as caller:
                        caller.sendall(said)
                except OSError:
                    return

        from threading import Thread

        thread = Thread(target=answer, daemon=True)
        thread.start()
        found = examine(f"http://127.0.0.1:{server.getsockname()[1]}")
    assert len(found.faults) == 2
    for each in found.faults:
        assert "svarte" in each.text or "brøt av" in each.text


def test_body_without_end(examine: Examine) -> None:
    """A body that never ends, and headers that never do, end all the same."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        from threading import Event, Thread

        over = Event()

        def drip(first: bytes, piece: bytes) -> None:
            while not over.is_set():
                try:
                    server.settimeout(0.2)
                    caller = server.accept()[0]
                except OSError:
                    continue
                Thread(target=feed, args=(caller, first, piece), daemon=True).start()

        def feed(caller: socket.socket, first: bytes, piece: bytes) -> None:
            with caller:
                try:
                    caller.sendall(first)
                    while not over.wait(0.2):
                        caller.sendall(piece)
                except OSError:
                    return

        thread = Thread(target=drip, args=(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n{", b" "), daemon=True)
        thread.start()
        try:
            found = examine(f"http://127.0.0.1:{server.getsockname()[1]}")
        finally:
            over.set()
            thread.join(10)
    assert not may_begin(found.sections)


@pytest.mark.parametrize(
    ("system", "words", "remedy"),
    [
        (System(capabilities=401), "Testkroken avviste tokenet: svarte 401", "Sett EPROM_VERIFY_HOOK_TOKEN"),
        (System(capabilities=PAGE), "med en nettside (HTML)", "Rett hook_url."),
        (System(capabilities={"capabilities": "alt"}), "svarte 200:", 'Ventet {"capabilities": […]}.'),
        (System(capabilities="[" * 5000), "svarte 200:", "Ventet"),
        (System(capabilities={"capabilities": ["order-frm"]}), "«order-frm», som ikke er noe den kan", "order-form"),
        (System(capabilities=500), "svarte 500", "Ventet"),
        (System(hook={"orders": 500}), "Testkroken, GET orders svarte 500", "Ventet 404 for noe ukjent."),
        (System(hook={"messages": 401}), "Testkroken, GET messages svarte 401", "Ventet 404"),
    ],
)
def test_hook_must_be_mended(examine: Examine, system: System, words: str, remedy: str) -> None:
    [fault] = examine(system).faults
    assert words in fault.text
    assert remedy in fault.remedy


def test_token_missing(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EPROM_VERIFY_HOOK_TOKEN")
    [fault] = examine(System()).faults
    assert fault.text.startswith("Testkroken krever et token")
    assert fault.remedy == "Sett EPROM_VERIFY_HOOK_TOKEN til tokenet som kroken har."


def test_hook_without_capabilities(examine: Examine) -> None:
    found = examine(System(capabilities=404))
    [only] = found.notes
    assert "oppgir ikke hva den har (404 på /capabilities)" in only.text
    assert "404 bety at adressen ikke finnes" in only.remedy
    assert found.faults == []


def test_hook_with_some_capabilities(examine: Examine) -> None:
    stated = ["order-form", "orders", "send-sms"]
    found = examine(System(capabilities={"capabilities": stated}), profil={"personvern": False, "sms_epost": True})
    texts = [each.text for each in found.of("Testkrok")]
    assert f"og har {', '.join(each for each in ACTS + ASKED if each in stated)}." in texts[0]
    told = {
        match[1]: match[2] for text in texts if (match := re.match(r".*«([\w-]+)».*?: (\d+ krav) blir «Ikke", text))
    }
    assert set(told) == {"send-message", "send-email", "cases", "signed-documents", "messages", "patients",
                         "patient-initiated"}  # fmt: skip
    [letters] = [text for text in texts if "«send-message»" in text]
    assert letters.startswith("Testkroken gjør ikke «send-message», som profilen bruker: ")
    assert re.search(r"\(L-\d\d, ", letters)
    assert may_begin(found.sections)
    [unused] = [each.text for each in found.of("Oppsett") if "Ikke i bruk" in each.text]
    assert re.fullmatch(r"Ikke i bruk \(\d+ krav blir «Ikke aktuelt»\): personverninnstillinger\.", unused)


def test_not_offered_and_not_described(examine: Examine) -> None:
    found = examine(System(hook={"cases": 501, "patients": {"count": 0}, "orders": {"statuses": []}}))
    texts = [each.text for each in found.of("Testkrok") if each.mark is Mark.NOTE]
    assert texts == [
        "Testkroken har ikke cases (501).",
        'Testkroken, GET orders svarte 200: {"statuses":[]}.',
    ]


HOSTILE = "\x1b[2J\x1b]0;eid\x07<script>alert(1)</script>\u202e[bold]rød[/bold] " + KEY + " " + TOKEN


@pytest.mark.parametrize("terminal", [False, True])
def test_nothing_hostile_or_secret_shown(examine: Examine, terminal: bool) -> None:
    system = System(callback=f"x{HOSTILE}", capabilities={"capabilities": [HOSTILE]}, hook={"orders": 9 * HOSTILE})
    config_mask = Mask([KEY, TOKEN])
    found = examine(system)
    shown = io.StringIO()
    page = Page(Console(file=shown, force_terminal=terminal, color_system=None, width=100), config_mask)
    for section in found.sections:
        page.show(section)
    page.conclude(found.sections, "eprom-verify run")
    text = shown.getvalue()
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold]" in text
    assert KEY not in text
    assert TOKEN not in text
    assert "[skjult]" in text


def test_huge_answer(examine: Examine) -> None:
    found = examine(System(callback="x" * 3_000_000))
    [fault] = found.notes
    assert len(fault.text) < 500


def test_simulator_port_taken(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPROM_VERIFY_API_KEY", KEY)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = settings("http://127.0.0.1:1", taken.getsockname()[1])
        sections = list(check.examine(config, Mask()))
    [fault] = sections[1].findings
    assert "porten er opptatt" in fault.text
    assert "Kjører eprom-verify simulator eller run i et annet vindu?" in fault.remedy


@pytest.mark.parametrize("variable", ["EPROM_VERIFY_API_KEY", "EPROM_VERIFY_HOOK_TOKEN"])
def test_unsendable_secret(examine: Examine, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "nøkkel")
    [fault] = examine(System()).faults
    assert variable in fault.text
    assert "nøkkel" not in fault.text.replace("API-nøkkel", "").replace("nøkkelen", "")


def test_trial_order(examine: Examine) -> None:
    """A system that says it orders, and does not: its PromsApiBaseUrl is another's."""
    found = examine(System(hook={"order-form": 202}), order=True, frister={"status_s": 0.3})
    [fault] = found.of("Prøvebestilling")
    assert fault.mark is Mark.WRONG
    assert "ingen bestilling kom til simulatoren på 0.3 sekunder" in fault.text
    assert "Sett PromsApiBaseUrl i systemet til http://" in fault.remedy


@pytest.mark.parametrize(
    ("scheme", "answered", "wrong"),
    [
        ("Bearer", "svarte 401", "ventet Authorization på formen Basic <apiKey>, fikk skjemaet Bearer"),
        ("Basic", "svarte 400", ""),
    ],
)
def test_trial_order_refused(examine: Examine, closed_port: int, scheme: str, answered: str, wrong: str) -> None:
    """It calls the right place, and is told no: with the key in another scheme, or with a form that nobody has."""
    system = Ordering(eprom=f"http://127.0.0.1:{closed_port}{BASE_PATH}", scheme=scheme)
    [finding] = examine(system, order=True).of("Prøvebestilling")
    assert finding.mark is Mark.NOTE
    assert answered in finding.text
    assert wrong in Mask().text(finding.remedy)


def test_rules_left_out(examine: Examine) -> None:
    """What is shown with another rule alone applies all the same."""
    [finding] = examine(System(), profil={"regler": ["Basic"]}).notes
    assert "«Ikke verifisert» (1.3, 3.1, B-06" in finding.text
    assert "dispensasjon" in finding.remedy


def test_no_trial_when_not_ready(examine: Examine) -> None:
    system = System(callback=401)
    [finding] = examine(system, order=True).of("Prøvebestilling")
    assert finding.text == "Ikke gjort: rett det som er merket ✗ først."
    assert "POST" not in {method for method, _, _ in system.asked}


def test_unknown_persona(examine: Examine) -> None:
    [fault] = examine(System(), personas={"alle kanaller": "26670271527"}).faults
    assert "«alle kanaller»" in fault.text
    assert fault.remedy.startswith("Mente du «alle kanaler»")


DRIVER = """
class Mitt:
    def order_form(self, intent):
        raise SystemError("is never called")

    def registered(self, form_order_id):
        raise SystemError("is never called")
"""


@pytest.fixture
def driver(tmp_path: Path) -> str:
    path = tmp_path / "min_driver.py"
    path.write_text(DRIVER)
    return f"{path}:Mitt"


def test_own_class(examine: Examine, driver: str) -> None:
    found = examine(System(), system={"driver": "python", "klasse": driver}, profil={"brev": False})
    texts = [each.text for each in found.of("Driver")]
    assert texts[0] == f"Driveren «{driver}» er lastet, og har order_form, registered."
    [documents] = [text for text in texts if "signed_document" in text]
    assert re.fullmatch(
        r"Driveren har ikke signed_document, som forteller om det signerte dokumentet er lagret: \d+ krav blir "
        r"«Ikke verifisert» \(.*\)\.",
        documents,
    )
    assert not any("send_message" in text for text in texts)
    assert may_begin(found.sections)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("min_driver.py:Mitt", "Finner ikke filen"),
        ("{}x", "Finner ikke klassen"),
        ("finnes_ikke:A", "kan ikke importeres"),
    ],
)
def test_own_class_missing(examine: Examine, driver: str, name: str, words: str) -> None:
    [fault] = examine(System(), system={"driver": "python", "klasse": name.format(driver)}).faults
    assert words in fault.text


def test_tester(examine: Examine) -> None:
    found = examine(System(), system={"driver": "attended"})
    texts = [each.text for each in found.of("Tester")]
    assert re.match(r"En tester må være ved terminalen: verktøyet ber om noe i omtrent \d\d\d scenarier\.", texts[0])
    assert any(text.startswith("En tester må selv se om det signerte dokumentet er lagret: ") for text in texts)
    assert may_begin(found.sections)


def test_built_in(monkeypatch: pytest.MonkeyPatch) -> None:
    sections = list(check.examine(parse_config({}, "prøven"), Mask()))
    assert may_begin(sections)
    assert all(each.mark is Mark.FINE for section in sections for each in section.findings)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("eprom = 'https://pasientrapportering.nhn.no/webapi'", "produksjonsmiljøet"),
        (
            "[bestillersystem]\ndriver = 'http'\napi_base_url = 'http://a'",
            "linje 1: «bestillersystem» mangler «hook_url»",
        ),
    ],
)
def test_wrong_file(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "eprom-verify.toml").write_text(text)
    done = call("check", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_command(tmp_path: Path, host: Host, closed_port: int) -> None:
    port = host.serve(System().app())
    (tmp_path / "oppsett.toml").write_text(
        f"[simulator]\nport = {closed_port}\n[bestillersystem]\nnavn = 'Prøve'\ndriver = 'http'\n"
        f"api_base_url = 'http://127.0.0.1:{port}'\nhook_url = 'http://127.0.0.1:{port}/krok'\n"
    )
    done = call("check", "--config", "oppsett.toml", cwd=tmp_path, key=KEY)
    assert done.returncode == 2, done.stdout
    assert "  ✗ Testkroken krever et token: svarte 401 uten innhold.\n    Sett EPROM_VERIFY_HOOK_TOKEN" in done.stdout
    assert done.stdout.endswith("Ikke klar: 1 ting må rettes først. Det gjelder oppsettet, ikke integrasjonen.\n")
    assert KEY not in done.stdout
    fine = call("check", cwd=tmp_path)
    assert (fine.returncode, fine.stderr) == (0, "")
    assert fine.stdout.endswith("Klar. Kjør verifikasjonen: eprom-verify run\n")
    assert [each.name for each in tmp_path.iterdir()] == ["oppsett.toml"]


def test_environment_must_have_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EPROM_VERIFY_API_KEY", raising=False)
    [section] = check.examine(parse_config({"eprom": "http://127.0.0.1:1"}, "prøven"), Mask())
    [fault] = section.findings
    assert fault.text == "Ingen API-nøkkel for http://127.0.0.1:1."
    with pytest.raises(UsageProblem):
        parse_config({"eprom": "prod"}, "prøven")
