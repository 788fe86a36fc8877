"""Eksempelregisteret in Node against the simulator: what goes out is right, and what comes is registered, once.

It is asked and seen through the test hook of docs/testkrok.md.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from time import monotonic, sleep
from typing import Any

import pytest

from eprom_verify.contract import Severity
from eprom_verify.contract.privacy_codes import SettingStatus
from eprom_verify.exchange import Exchange
from eprom_verify.persons import Population
from eprom_verify.serving import Host
from eprom_verify.simulator.forms import PATIENTS_OWN, RAND_12
from eprom_verify.simulator.orders import Bestillersystem
from eprom_verify.simulator.privacy_store import DEFINITIONS
from eprom_verify.simulator.returns import Answer
from eprom_verify.simulator.settings import BASE_PATH
from tests.examples.node_system import EXAMPLE, HOOK_PATH, ROOT, NotStarted, node, node_system
from tests.simulator.conftest import KEY, QUICK, Served, start

ANSWERS = {"HealthGeneral": 1, "Fritekst": "Blåbær 😀", "Vekt": 70.5, "Ubesvart": None}
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 40
EXPIRY = "2026-04-02T12:00:00+02:00"
TIMEOUT_S = 20.0
TOKEN = "et-token-for-testmiljøet".encode().hex()

VARIANTS = {
    "tall": {"STYLE": "numbers"},
    "pascal": {"CASE": "pascal"},
    "alt": {"OPTIONAL": "all"},
    "sakte": {"SLOW_MS": "40"},
    "alt-sammen": {"STYLE": "numbers", "CASE": "pascal", "OPTIONAL": "all", "SLOW_MS": "20"},
}

ORDER: dict[str, Any] = {
    "formId": RAND_12.id,
    "expiryDate": EXPIRY,
    "metadata": {"age": 76, "sted": "høyre kne"},
    "distributionRule": "Basic",
    "mustBeSigned": False,
    "signingText": None,
    "dontStoreCompletedFormInPha": False,
    "physicalAddress": None,
    "onBehalfOfNationalId": None,
}
LETTER: dict[str, Any] = {
    "pdf": base64.b64encode(PDF).decode(),
    "senderInfo": {"organisationName": "Eksempelregisteret", "organisationNr": "000000000"},
    "messageInfo": {"title": "Brev", "description": "Et brev", "merknad": None},
    "notificationPriorityList": ["Helsenorge", "DigitalMailbox"],
    "paperColorPrint": False,
}


@dataclass
class Registry:
    """A running Eksempelregisteret and the simulator that it is integrated with."""

    served: Served
    host: Host
    hook: str
    cases: Iterator[int]

    def person(self, persona: str) -> str:
        return self.served.simulator.population[persona].national_id

    def ask(self, name: str, **body: Any) -> str:
        """Ask for something; gives the name of the case."""
        case_id = f"sak {next(self.cases)}"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = self.served.http.post(f"{self.hook}/{name}", json={"caseId": case_id, **body}, headers=headers)
        assert answer.status_code in (200, 202), answer.text
        return case_id

    def shows(self, path: str) -> Any:
        """What is registered; None when it is unknown."""
        answer = self.served.http.get(f"{self.hook}/{path}", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code in (200, 404), answer.text
        return answer.json() if answer.status_code == 200 else None

    def accepted(self, case_id: str) -> None:
        eventually(lambda: self.shows(f"cases/{case_id}"), lambda seen: seen == {"accepted": True})

    def sent(self, operation: str) -> Exchange:
        """The newest call of this kind, in which nothing may be against the contract."""
        found = [each for each in self.served.journal.exchanges() if each.operation == operation][-1]
        assert [each for each in found.request.findings if each.severity is Severity.VIOLATION] == []
        return found

    def order(self, persona: str = "alle kanaler", **changes: Any) -> str:
        """Order a form; gives the formOrderId when ePROM has taken it."""
        self.accepted(self.ask("order-form", nationalId=self.person(persona), **{**ORDER, **changes}))
        response = self.sent("A").response
        assert response is not None
        return str(response.member("id"))

    def deliver(self, order_id: str, *, signed: bool = False, times: int = 1) -> None:
        """Let the patient deliver the form, so that it comes back so many times."""
        order = self.served.simulator.orders[order_id]
        self.settled()
        if times > 1:
            self.served.simulator.stimulate(order.asked["nationalId"], copies=times)
        self.host.run(self.served.simulator.forms.answer(order_id, Answer(data=ANSWERS, signed=signed)))
        self.settled()

    def settled(self) -> None:
        """Wait until all that ePROM has to say has been answered."""
        self.host.run(self.served.simulator.office.deliverer.settled(timeout_s=TIMEOUT_S), timeout_s=TIMEOUT_S + 5)

    def registered(self, order_id: str, *statuses: str) -> Any:
        """The registered statuses, which must come to be these."""
        return eventually(
            lambda: self.shows(f"orders/{order_id}"),
            lambda seen: seen and [each["status"] for each in seen["statuses"]] == list(statuses),
        )


def eventually(look: Callable[[], Any], wanted: Callable[[Any], Any]) -> Any:
    """What is seen when it is as wanted; the last that was seen otherwise fails the test."""
    deadline = monotonic() + TIMEOUT_S
    while not wanted(seen := look()):
        assert monotonic() < deadline, seen
        sleep(0.005)
    return seen


@contextmanager
def registry_with(host: Host, population: Population, folder: pytest.TempPathFactory, **env: Any) -> Iterator[Registry]:
    with ExitStack() as stack:
        journal = folder.mktemp("node") / "journal.sqlite"
        served = start(stack, host, population, journal, redelivery=QUICK)
        address = stack.enter_context(node_system(f"{served.url}{BASE_PATH}", KEY, hook_token=TOKEN, **env))
        served.simulator.register(Bestillersystem("registeret", KEY, address))
        yield Registry(served, host, f"{address}{HOOK_PATH}", count(1))


@pytest.fixture(scope="module")
def registry(host: Host, population: Population, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with registry_with(host, population, tmp_path_factory) as running:
        yield running


def test_order_and_status(registry: Registry) -> None:
    order_id = registry.order()
    sent = registry.sent("A").request
    assert (sent.member("formId"), sent.member("distributionRule")) == (RAND_12.id, "Basic")
    assert json.loads(str(sent.member("metadata"))) == ORDER["metadata"]
    [status] = registry.registered(order_id, "Ordered")["statuses"]
    assert status == {"status": "Ordered", "notificationChannel": "Helsenorge", "errorCode": "None", "answers": None}


def test_unreachable_and_unknown(registry: Registry) -> None:
    [status] = registry.registered(registry.order("ingen kanaler"), "Error")["statuses"]
    assert (status["notificationChannel"], status["errorCode"]) == ("None", "PatientUnreachable")
    case_id = registry.ask("order-form", nationalId=registry.person("ikke i registeret"), **ORDER)
    assert registry.shows(f"cases/{case_id}") == {"accepted": False}


def test_answers_registered_once(registry: Registry) -> None:
    order_id = registry.order("bare digital postkasse")
    registry.deliver(order_id, times=3)
    seen = registry.registered(order_id, "Ordered", "Completed")
    assert seen["statuses"][1]["answers"] == ANSWERS
    assert (seen["nationalId"], seen["patientInitiated"]) == (registry.person("bare digital postkasse"), None)
    assert len(registry.served.simulator.orders[order_id].deliveries) == 4


def test_signed_document_kept(registry: Registry) -> None:
    order_id = registry.order("92 år", mustBeSigned=True, signingText="Jeg samtykker")
    registry.deliver(order_id, signed=True)
    [document] = [each for each in registry.served.simulator.documents.documents.values() if each.order.id == order_id]
    seen = eventually(lambda: registry.shows(f"orders/{order_id}"), lambda seen: seen["signedDocumentSha256"])
    assert seen["signedDocumentSha256"] == hashlib.sha256(document.content).hexdigest()
    assert registry.sent("E").status == 200


def test_patient_initiated(registry: Registry) -> None:
    patient = registry.person("ny for bestillersystemet")
    assert registry.shows(f"patients/{patient}") == {"count": 0}
    order = registry.served.simulator.initiated.begin(PATIENTS_OWN.id, patient)
    registry.deliver(order.id, times=2)
    seen = registry.registered(order.id, "Completed")
    assert registry.shows(f"patients/{patient}") == {"count": 1}
    assert seen["patientInitiated"]["formId"] == PATIENTS_OWN.id
    assert seen["patientInitiated"]["nationalId"] == seen["nationalId"] == patient
    assert seen["patientInitiated"]["orderedAt"].startswith("2026-03-02T09:30:15")


def test_letter(registry: Registry) -> None:
    registry.accepted(registry.ask("send-message", nationalId=registry.person("alle kanaler"), **LETTER))
    [letter] = registry.served.simulator.letters.letters.values()
    assert letter.document.sha256 == hashlib.sha256(PDF).hexdigest()
    assert registry.sent("B").status == 200
    wanted = {"statuses": [{"status": "Sent", "notificationChannel": "Helsenorge"}]}
    assert eventually(lambda: registry.shows(f"messages/{letter.id}"), lambda seen: seen == wanted)


def test_sms_and_email(registry: Registry) -> None:
    number = registry.person("e-post og mobil")
    registry.accepted(registry.ask("send-sms", smsText="Husk timen 😀", nationalId=number, phoneNumber=None))
    body = {"emailTitle": "Time", "emailText": "Husk å møte"}
    registry.accepted(registry.ask("send-email", **body, nationalId=number, emailAddress="test@example.org"))
    assert [each.text for each in registry.served.simulator.unsecure.sent] == ["Husk timen 😀", "Husk å møte"]
    assert registry.sent("C").request.member("phoneNumber") is None
    assert registry.sent("D").request.member("emailAddress") == "test@example.org"


def test_privacy(registry: Registry) -> None:
    consent = DEFINITIONS[1].pvk_id
    one, two = registry.person("bare papir"), registry.person("bare e-post")
    asked = {"pvkId": consent, "type": "Samtykke"}
    active, inactive = ({"type": "Samtykke", "status": status} for status in ("Aktiv", "IkkeAktiv"))
    registry.accepted(registry.ask("get-privacy-setting", nationalId=one, **asked))
    assert registry.shows(f"privacy-settings/{one}/{consent}") == {"settings": [inactive]}
    registry.accepted(registry.ask("set-privacy-setting", nationalId=one, **asked, status="Aktiv"))
    assert registry.shows(f"privacy-settings/{one}/{consent}") == {"settings": [inactive, active]}
    assert registry.shows(f"privacy-settings/{two}/{consent}") is None
    registry.host.run(registry.served.simulator.privacy.change(two, consent, SettingStatus.Aktiv))
    registry.settled()
    assert registry.shows(f"privacy-settings/{two}/{consent}") == {"settings": [active]}
    registry.accepted(registry.ask("list-privacy-settings", pvkId=consent))
    assert registry.shows(f"privacy-settings/{two}/{consent}") == {"settings": [active]}
    for operation in ("F", "G", "H"):
        assert registry.sent(operation).status == 200


def test_hook_is_closed_and_exact(registry: Registry) -> None:
    http = registry.served.http
    assert http.get(f"{registry.hook}/capabilities").status_code == 401
    assert len(registry.shows("capabilities")["capabilities"]) == 14
    for path in (f"orders/{RAND_12.id}", f"messages/{RAND_12.id}", "cases/x", "noe-annet", "orders"):
        assert registry.shows(path) is None
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert http.post(f"{registry.hook}/noe-annet", json={"caseId": "x"}, headers=headers).status_code == 501
    assert http.post(f"{registry.hook}/order-form", json={}, headers=headers).status_code == 400


@pytest.mark.parametrize("variant", VARIANTS)
def test_variants_are_right(
    host: Host, population: Population, tmp_path_factory: pytest.TempPathFactory, variant: str
) -> None:
    """Nothing that they send is against the contract, and all that is sent to them is accepted and kept."""
    with registry_with(host, population, tmp_path_factory, **VARIANTS[variant]) as registry:
        order_id = registry.order(mustBeSigned=True, signingText="Jeg samtykker")
        registry.deliver(order_id, signed=True, times=2)
        seen = eventually(
            lambda: registry.shows(f"orders/{order_id}"), lambda seen: seen and seen["signedDocumentSha256"]
        )
        numbers = VARIANTS[variant].get("STYLE") == "numbers"
        assert registry.sent("A").request.member("distributionRule") == (0 if numbers else "Basic")
        assert [each["status"] for each in seen["statuses"]] == ([2, 0] if numbers else ["Ordered", "Completed"])
        number = registry.person("alle kanaler")
        registry.accepted(registry.ask("send-message", nationalId=number, **LETTER))
        registry.accepted(registry.ask("send-sms", smsText="Hei", nationalId=number, phoneNumber=None))
        asked = {"nationalId": number, "pvkId": DEFINITIONS[0].pvk_id, "type": "Reservasjon"}
        registry.accepted(registry.ask("set-privacy-setting", **asked, status="Inaktiv"))
        registry.settled()
        for operation in "ABCEG":
            assert registry.sent(operation).status == 200
        [letter] = registry.served.simulator.letters.letters.values()
        deliveries = [*registry.served.simulator.orders[order_id].deliveries, *letter.deliveries]
        assert [each.accepted for each in deliveries] == [True] * 4


def test_faults_have_their_names() -> None:
    with (
        pytest.raises(NotStarted, match=r"^FAULT er «ukjent»") as stopped,
        node_system("http://127.0.0.1:1", KEY, FAULT="ukjent"),
    ):
        pass
    named = re.findall(r"[a-z0-9-]+", str(stopped.value).partition("en av ")[2])
    catalogue = tomllib.loads((ROOT / "features" / "faults.toml").read_text("utf-8"))
    assert set(named) == {name for name, each in catalogue.items() if each["end"] == "bestillersystem"}


def test_faults_fit_the_system() -> None:
    """Each of them can be put into a system: what it exchanges is there."""
    script = """
        const { FAULTS } = await import(`${process.argv[1]}/faults.mjs`);
        const { Callbacks } = await import(`${process.argv[1]}/callbacks.mjs`);
        const { Documents } = await import(`${process.argv[1]}/documents.mjs`);
        const { Eksempelregisteret } = await import(`${process.argv[1]}/eksempelregisteret.mjs`);
        const { Eprom } = await import(`${process.argv[1]}/eprom.mjs`);
        const { Register } = await import(`${process.argv[1]}/register.mjs`);
        for (const fault of Object.values(FAULTS)) {
          const register = new Register();
          const eprom = new Eprom({ baseUrl: "http://127.0.0.1", apiKey: "n" });
          const parts = { register, eprom, callbacks: new Callbacks({ apiKey: "n" }) };
          fault({
            ...parts,
            documents: new Documents(parts),
            system: new Eksempelregisteret(parts),
          });
        }
        console.log(Object.keys(FAULTS).length);
    """
    arguments = [node(), "--input-type=module", "-e", script, EXAMPLE.as_uri()]
    done = subprocess.run(arguments, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)
    assert (done.returncode, int(done.stdout or 0) > 100) == (0, True), done.stderr


def test_a_fault_is_seen(host: Host, population: Population, tmp_path_factory: pytest.TempPathFactory) -> None:
    with registry_with(host, population, tmp_path_factory, FAULT="key-bearer") as registry:
        case_id = registry.ask("order-form", nationalId=registry.person("alle kanaler"), **ORDER)
        assert registry.shows(f"cases/{case_id}") == {"accepted": False}


@pytest.mark.parametrize("missing", ["PROMS_API_BASE_URL", "EPROM_API_KEY"])
def test_tells_what_is_missing(missing: str) -> None:
    empty: dict[str, Any] = {missing: ""}
    with pytest.raises(NotStarted, match=missing), node_system("http://127.0.0.1:1", KEY, **empty):
        pass


def test_readme_has_every_variable() -> None:
    source = (EXAMPLE / "bestillersystem.mjs").read_text("utf-8")
    read = set(re.findall(r'\benv\.([A-Z_]+)|(?:wanted|number)\("([A-Z_]+)"', source))
    names = {name for pair in read for name in pair if name}
    table = re.findall(r"^\| `([A-Z_]+)` \|", (EXAMPLE / "README.md").read_text("utf-8"), re.MULTILINE)
    assert set(table) == names
    example = re.findall(r"^([A-Z_]+)=", (EXAMPLE / "eksempel.env").read_text("utf-8"), re.MULTILINE)
    assert set(example) < names


def test_tells_of_an_old_node() -> None:
    """An older Node has no JSON.rawJSON."""
    older: dict[str, Any] = {"NODE_OPTIONS": '--import="data:text/javascript,delete JSON.rawJSON"'}
    words = "trenger Node 22 eller nyere; dette er v"
    with pytest.raises(NotStarted, match=words), node_system("http://127.0.0.1:1", KEY, **older):
        pass
