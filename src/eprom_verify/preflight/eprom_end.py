"""The ePROM end: the simulator, started on its port, or a test environment, reached without anything being ordered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

import httpx

from eprom_verify.clock import system_clock
from eprom_verify.config import Config, ListeningSection
from eprom_verify.errors import UsageProblem
from eprom_verify.journal.connection import Connection
from eprom_verify.journal.recording import AsyncRecordedTransport, base_path_of
from eprom_verify.keys import KEY_VARIABLE, OPEN_KEY
from eprom_verify.network import answered_by_another
from eprom_verify.persons import NationalIdGuard, Population, refuse_production
from eprom_verify.preflight.calling import Answer, Caller, NoAnswer, pace
from eprom_verify.preflight.connecting import not_reached, other_side, own_side
from eprom_verify.preflight.finding import Finding, fine, note, wrong
from eprom_verify.preflight.system_end import WRONG_KEY
from eprom_verify.rig import HARNESS
from eprom_verify.serving import Host, bind, url_host
from eprom_verify.simulator.app import Simulator
from eprom_verify.simulator.orders import Bestillersystem
from eprom_verify.simulator.settings import BASE_PATH, Settings
from eprom_verify.taps import listens_here
from eprom_verify.wiring import PORT_TAKEN

_BAD_KEY = f"Sett {KEY_VARIABLE} til nøkkelen fra Hemit for dette miljøet. Det er en feil i oppsettet, ikke hos ePROM."


@contextmanager
def simulated(config: Config, api_key: str, caller: Caller) -> Iterator[list[Finding]]:
    """The simulator, for as long as this is open, and what was found of it."""
    listens_on, port = config.simulator.host, config.simulator_port
    with Host() as host:
        simulator = _simulator(config, api_key)
        try:
            taken = host.serve(simulator.app, host=listens_on, port=port)
        except UsageProblem as exc:
            yield [wrong(str(exc.problem), PORT_TAKEN)]
            return
        base = f"http://{url_host(listens_on)}:{taken}{BASE_PATH}"
        try:
            yield [_called(base, api_key, config, caller)]
        finally:
            host.run(simulator.close())


def _simulator(config: Config, api_key: str) -> Simulator:
    outward = AsyncRecordedTransport(httpx.AsyncHTTPTransport(), None, NationalIdGuard(), sender=HARNESS)
    population = Population.generate(config.seed or 0, today=system_clock().date())
    simulator = Simulator(population, Settings(edition=config.edition), callback_transport=outward)
    simulator.register(Bestillersystem(config.system.name, api_key, None))
    return simulator


def _called(base: str, api_key: str, config: Config, caller: Caller) -> Finding:
    try:
        answer = _document(base, api_key, caller)
    except NoAnswer as exc:
        return wrong(f"{base}: {exc}.", "Sjekk host og port under [simulator] i oppsettet.")
    if answer.status != 404:
        return wrong(f"Simulatoren på {base} {answer.told()}.", "Sjekk host og port under [simulator] i oppsettet.")
    key = f"den åpne nøkkelen «{OPEN_KEY}»" if api_key == OPEN_KEY else f"nøkkelen i {KEY_VARIABLE}"
    used = f" Bestillersystemet skal bruke {key}." if config.system.foreign else ""
    return fine(f"Simulatoren svarer på {base} (utgave {config.edition}).{used}")


def environment(config: Config, api_key: str, connection: Connection, caller: Caller) -> list[Finding]:
    """Reach the environment and make calls that change nothing: a document that does not exist, and questions that
    lack whom they are about. `caller` calls over this connection."""
    base = config.api_base
    refuse_production(base)
    found = own_side(connection, base)
    try:
        answer = _document(base, api_key, caller)
    except NoAnswer as exc:
        return [*found, not_reached(config, connection, exc)]
    found += other_side(connection, base, answer)
    trouble = answered_by_another(
        answer.status, base, content_type=answer.content_type, location=answer.location, body=answer.body
    )
    if trouble is not None or answer.is_html or not 400 <= answer.status < 500:
        found.append(
            wrong(
                f"GET /api/ExternalDocument med en ukjent id {answer.told()}; ventet 4xx.",
                trouble.remedy if trouble else _WRONG_ADDRESS,
            )
        )
    else:
        found.append(fine(f"ePROM svarer på {base} ({answer.status} på et dokument som ikke finnes)."))
    return [*found, *pace("ePROM", answer), _key_judged(base, api_key, caller, answer)]


_PATH_LACKING = "Den slutter med en sti, som /promswebapi i testmiljøet og /webapi i QA."
_WRONG_ADDRESS = "Er eprom i oppsettet PromsApiBaseUrl, og ikke en annen adresse i miljøet?"


def _document(base: str, api_key: str, caller: Caller) -> Answer:
    headers = {"Authorization": f"Basic {api_key}"}
    return caller.call("GET", f"{base}/api/ExternalDocument/{uuid4()}", headers=headers)


def _key_judged(base: str, api_key: str, caller: Caller, document: Answer) -> Finding:
    """Whether ePROM knows the key, from questions that are documented to fail: one without a national id (400, or 401
    for a wrong key), and an SMS to nobody (400, whose text tells which of the two it was).

    Source: Personverninnstillinger, Feilsituasjoner; SendeMeldingSomSmsEpost, Feilsituasjoner.
    """
    absent = document.status == 404
    with suppress(NoAnswer):
        url = f"{base}/api/v2/getpersonverninnstilling"
        ours, other = (
            caller.call("POST", url, headers={"Authorization": f"Basic {key}"}, body={}) for key in (api_key, WRONG_KEY)
        )
        if ours.status in (401, 403):
            return wrong(f"ePROM kjenner ikke API-nøkkelen ({ours.status} på en sjekk av personvern).", _BAD_KEY)
        if ours.status == 400 and other.status in (401, 403):
            return fine(f"ePROM kjenner API-nøkkelen i {KEY_VARIABLE}.")
        absent &= ours.status == 404
    with suppress(NoAnswer):
        nobody = {"apiKey": api_key, "smsText": "eprom-verify check"}
        answer = caller.call("POST", f"{base}/api/unsecuremessagesms", body=nobody)
        text = answer.body.decode("utf-8", "replace")
        if answer.status == 400 and "doesn't exist" in text:
            return wrong("ePROM kjenner ikke API-nøkkelen (apiKey doesn't exists).", _BAD_KEY)
        if answer.status == 400 and "must be specified" in text:
            return fine(f"ePROM godtar API-nøkkelen i {KEY_VARIABLE}.")
        if absent and answer.status == 404:
            return wrong(f"Ingen av kallene i API-et finnes under {base} (404).", f"{_WRONG_ADDRESS} {_PATH_LACKING}")
    if document.status in (401, 403):
        return wrong(f"ePROM avviste API-nøkkelen ({document.status}).", _BAD_KEY)
    return note("Det går ikke fram av svarene om ePROM kjenner API-nøkkelen.", "Den første bestillingen viser det.")


def between(config: Config) -> list[Finding]:
    """What a run needs that stands between one's own bestillersystem and the environment: two places to listen."""
    problems = [each for each in (_free("mottak", config.receiver), _free("kran", config.tap)) if each is not None]
    if problems:
        return problems
    tap, receiver = config.tap, config.receiver
    eprom = f"{'https' if tap.certificate else 'http'}://{url_host(tap.host)}:{tap.port}{base_path_of(config.api_base)}"
    found = [fine(f"PromsApiBaseUrl i bestillersystemet skal være kranen: {eprom} (eller denne maskinens adresse).")]
    if not receiver.port and not receiver.address:
        remedy = "Sett port under [mottak] til det som ApiBaseUrl i ePROM Admin viser til."
        return [*found, note("Mottaket tar en ledig port ved hver kjøring, og dit når ikke ePROM.", remedy)]
    where = receiver.address or f"{receiver.host}:{receiver.port}"
    return [
        *found,
        fine(f"ApiBaseUrl i ePROM Admin skal være mottaket: {where}."),
        note("Om ePROM når dit, kan ikke ses herfra.", "«Ping tjeneste» i ePROM Admin viser det mens en kjøring går."),
    ]


def _free(name: str, section: ListeningSection) -> Finding | None:
    """What stands in the way of listening where a section says; None when nothing does."""
    try:
        if section.tls is not None:
            section.tls.context()
        bind(section.host, section.port).close()
    except UsageProblem as exc:
        if section.port and listens_here(section):
            remedy = "Stopp listen mens kjøringen går, og start den igjen etterpå."
            return note(f"Porten {section.port} under [{name}] har en «eprom-verify listen» som går.", remedy)
        return wrong(exc.problem, exc.remedy.replace("[mottak]", f"[{name}]"))
    return None


def built_in(config: Config) -> list[Finding]:
    """What the built-in bestillersystem needs: a place where it can take callbacks."""
    receiver = config.receiver
    problem = _free("mottak", receiver)
    if problem is not None:
        return [problem]
    where = f"{receiver.host}:{receiver.port}" if receiver.port else f"{receiver.host}, en ledig port"
    if config.eprom == "simulator":
        return [fine(f"Det innebygde bestillersystemet tar imot status på {where}.")]
    closed = receiver.host in ("127.0.0.1", "localhost", "::1") or not receiver.port
    if closed:
        return [
            note(
                f"Det innebygde bestillersystemet tar imot status på {where}, og dit når ikke ePROM.",
                "Sett host og port under [mottak] til det som ApiBaseUrl i ePROM Admin viser til.",
            )
        ]
    return [
        fine(f"Det innebygde bestillersystemet kan ta imot status på {where}."),
        note("Om ePROM når dit, kan ikke ses herfra.", "«Ping tjeneste» i ePROM Admin viser det mens en kjøring går."),
    ]
