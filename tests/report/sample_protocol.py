"""A formal run with something of everything, and an order list, for the tests of the protocol."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from eprom_verify.contract.sources import Source
from eprom_verify.exchange import Exchange, Message
from eprom_verify.report.order_list import OrderLine, orders_of
from eprom_verify.verdict import (
    Answer,
    Attachment,
    Attestation,
    Catalogue,
    Cause,
    GherkinLine,
    Outcome,
    Requirement,
    Rig,
    RunInfo,
    RunResult,
    ScenarioResult,
    ShownExchange,
    VerifiedSystem,
    Waiver,
    judge,
)

BEGUN = datetime(2026, 11, 27, 8, 0, 1, tzinfo=UTC)
ENDED = BEGUN + timedelta(minutes=14)
PAGE = "IntegrasjonVerifikasjon"
CHAPTER = "Obligatorisk verifikasjon"
ORDER, EXCHANGE = "9d3f5a3e-0b54-4a2c-8a55-6f3d5e0c1a01", "0aa80d21-e99b-433f-b298-39a9de353f57"
RUN = RunInfo(
    id="2026-11-27T080001Z-ab12",
    started=BEGUN,
    finished=ENDED,
    rig=Rig("http", "test"),
    edition="2026-05",
    formal=True,
    seed=7,
    versions={"tool": "0.1.0", "python": "3.11.7", "tool_digest": "b" * 64, "suite_digest": "c" * 64},
    profile={"skjema": True, "signering": False, "regler": "Basic, BasicOrPaper"},
    journal_last_digest="d" * 64,
    system=VerifiedSystem(
        name="Ørnregisteret",
        version="4.2.0",
        owner="Helse Fjord RHF",
        contact="kontakt@example.org",
        api_base_url="https://ornregisteret.example.org/eprom",
        driver="http",
    ),
    environment="test",
    eprom_version="13.9",
    documented="2026-06-24",
    performed_by="Kari Nordmann",
    role="testleder",
    personas={"Kari på Helsenorge": "26670271527"},
)


def requirement(
    name: str, title: str, *, page: str = PAGE, chapter: str = CHAPTER, mandatory: bool = True
) -> Requirement:
    return Requirement(
        id=name,
        title=title,
        chapter=chapter,
        mandatory=mandatory,
        judges=("bestillersystem",),
        verified_by="attended" if name.startswith("2.") else "machine",
        source=Source(page, "1) Bestilling av skjema"),
    )


CATALOGUE = Catalogue(
    [
        requirement("1.1", "Bestillingen blir sendt til ePROM uten feilmelding"),
        requirement("1.2", "Status på bestillingen blir mottatt"),
        requirement("1.3", "Skjemaet blir bestilt til forventet varslingskanal"),
        requirement("2.1", "Skjemaet vises og oppfører seg som forventet på Helsenorge"),
        requirement("2.2", "Følgebrevet vises som forventet"),
        requirement("2.4", "Skjemaoppgaven vises som forventet"),
        requirement("B-05", "Hver bestilling blir sendt nøyaktig én gang", chapter="Bestilling av skjema"),
        requirement(
            "B-01", "Bestillingen følger kontrakten", page="BestillingAvSkjemaV2", chapter="Bestilling av skjema"
        ),
        requirement("B-20", "Tåler feil", page="BestillingAvSkjemaV2", chapter="Bestilling av skjema", mandatory=False),
        requirement("SI-01", "Signert dokument", page="SkjemaSomKreverSignatur", chapter="Skjema som krever signatur"),
    ],
    "a" * 64,
)
REASON = (
    "Forventet: ePROM tar imot bestillingen: status 200 og en id\n"
    'Fikk: status 401: {"Message":"The API key is missing or unknown"}\n'
    "Hvor: svaret på POST /promswebapi/api/v2/formorder\n"
    "Kilde: BestillingAvSkjemaV2, Parametere – Ut\n"
    "Prøv: se på nøkkelen"
)
SHOWN = ShownExchange(
    id=EXCHANGE,
    sender="bestillersystem",
    method="POST",
    url="https://proms.hemitdev.org/promswebapi/api/v2/formorder",
    status=401,
    failure=None,
    at="2026-11-27T08:00:05Z",
    decisive=True,
)
CAUSE = Cause(
    fault="key-bearer",
    end="bestillersystem",
    title="API-nøkkelen sendes som Bearer",
    remedy="Bytt ut Bearer med Basic",
    likeness=0.9,
)


def scenario(name: str, requirement: str, outcome: Outcome = Outcome.PASSED, reason: str = "") -> ScenarioResult:
    failed = outcome is Outcome.FAILED
    return ScenarioResult(
        id=name,
        name=name,
        feature="bestilling/obligatorisk.feature",
        line=11,
        chapter=CHAPTER,
        tags=(),
        requirements=(requirement,),
        outcome=outcome,
        reason=reason,
        duration_s=0.1,
        exchanges=(EXCHANGE,),
        gherkin_line=None if outcome is Outcome.PASSED else GherkinLine(13, "Så tar ePROM imot bestillingen"),
        broken_by="bestillersystem" if failed else None,
        shown_by=(SHOWN,) if failed else (),
    )


def answer(requirement: str, given: Answer, words: str, minute: int, *attachments: Attachment) -> Attestation:
    at = BEGUN + timedelta(minutes=minute)
    return Attestation(
        requirement=requirement, answer=given, words=words, tester="Ola Tester", at=at, attachments=attachments
    )


SCREENSHOT = Attachment(name="helsenorge.png", media_type="image/png", size=48213, sha256="e" * 64)
SCENARIOS = (
    scenario("Bestillingen blir tatt imot", "1.1"),
    scenario("Status blir mottatt", "1.2"),
    scenario("Kanalen er Helsenorge", "1.3"),
    scenario("Kanalen er digital postkasse", "1.3"),
    scenario("Én gang", "B-05"),
    scenario("Kontrakten holder", "B-01"),
    scenario("Feilen tåles", "B-20", Outcome.FAILED, REASON),
)
ANSWERS = (
    answer("2.1", Answer.REJECTED, "Overskriften manglet.", 3),
    answer("2.1", Answer.APPROVED, "Skjemaet viste alle spørsmål.", 5, SCREENSHOT),
    answer("2.2", Answer.APPROVED, "Følgebrevet sto øverst.", 6),
    answer("2.4", Answer.APPROVED, "Oppgaven sto i innboksen.", 7),
)
UNUSED = {"SI-01": "Integrasjonen bruker ikke skjema som krever signatur (profilen i oppsettet)."}


def made(
    *scenarios: ScenarioResult,
    run: RunInfo = RUN,
    attestations: tuple[Attestation, ...] = ANSWERS,
    waivers: tuple[Waiver, ...] = (),
    incomplete_reasons: tuple[str, ...] = (),
    remarks: tuple[str, ...] = ("HTTP-status 401 er ikke beskrevet for dette kallet. 3 ganger.",),
) -> RunResult:
    """A run that came to these scenarios."""
    found = judge(
        CATALOGUE,
        scenarios,
        run,
        incomplete_reasons=incomplete_reasons,
        remarks=remarks,
        unused=UNUSED,
        attestations=attestations,
        waivers=waivers,
    )
    told = (replace(each, causes=(CAUSE,)) if each.outcome is Outcome.FAILED else each for each in found.requirements)
    return replace(found, requirements=tuple(told))


APPROVED = made(*SCENARIOS)
"""Approved and formal, with answers of a tester, of which one has been given anew, and an extra that is broken."""

REJECTED = made(
    scenario("Bestillingen blir avvist", "1.1", Outcome.FAILED, REASON),
    *SCENARIOS[1:],
    waivers=(Waiver(requirement="B-20", reason="Rettes i neste versjon", owner="Kari, leder", expires=BEGUN.date()),),
)
"""Rejected: a mandatory requirement is broken, and a waiver covers an extra one."""

TRIAL = made(*SCENARIOS[1:], run=replace(RUN, formal=False), attestations=(), incomplete_reasons=("Avbrutt.",))
"""A trial run that is incomplete."""


def message(minute: int, body: object, seq: int = 0) -> Message:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Message(at=BEGUN + timedelta(minutes=minute), headers=(), body=data, size=len(data), seq=seq)


def exchange(
    operation: str,
    asked: object,
    answered: object,
    *,
    status: int = 200,
    sender: str = "bestillersystem",
    minute: int = 0,
    number: int = 1,
) -> Exchange:
    return Exchange(
        id=str(UUID(int=number)),
        operation=operation,
        sender=sender,
        method="POST",
        url="http://127.0.0.1/api",
        request=message(minute, asked),
        status=status,
        response=message(minute, answered),
    )


def an_order(name: str = ORDER, number: int = 1, **more: object) -> Exchange:
    asked = {"nationalId": "26670271527", "distributionRule": "Basic"} | more
    return exchange("A", asked, {"id": name, "notificationChannel": "Helsenorge"}, number=number)


def a_status(status: str, minute: int, name: str = ORDER, **more: object) -> Exchange:
    asked = {"formOrderId": name, "formOrderStatus": status, "notificationChannel": 1} | more
    operation = "J" if status in ("Completed", "Expired") else "I"
    return exchange(operation, asked, {"success": True}, sender="eprom", minute=minute, number=100 + minute)


EXCHANGES = [an_order(), a_status("Ordered", 1), a_status("Completed", 3)]


def many_orders(count: int) -> list[OrderLine]:
    """As many orders, each with an id of its own."""
    return orders_of([an_order(str(UUID(int=1000 + number)), number) for number in range(count)])
