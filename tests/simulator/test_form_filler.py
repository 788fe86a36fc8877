"""The form filler in a real browser: the whole way as a persona and by code, by keyboard, and on a phone."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from eprom_verify.simulator.citizen_routes import PUBLIC_PATH
from eprom_verify.simulator.forms import (
    ALL_KINDS,
    COLLECTION,
    PATIENTS_OWN,
    PATIENTS_OWN_SIGNED,
    RAND_12,
    WITHDRAWN,
    Form,
    collection_key,
)
from tests.simulator.conftest import Serve, Served
from tests.simulator.endpoint import Endpoint

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
HOSTILE = '<script>document.documentElement.dataset.hacked=1</script><img src=x onerror="document.title=1">\'"&'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = os.environ.get("EPROM_VERIFY_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not found and os.environ.get("CI") == "true":
        pytest.fail("CI must have a Chromium: the form filler is not verified without one")
    if not found:
        pytest.skip(f"no Chromium: none of {', '.join(CHROMIUM)} is on PATH, and EPROM_VERIFY_CHROMIUM is not set")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=OPTIONS)
        yield browser
        browser.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Opens pages without scripts, and looks at the end for calls to anywhere else, and for complaints."""
    contexts, asked, said = [], [], []

    def opened(url: str, *, width: int = 1100, scripts: bool = False) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=scripts)
        contexts.append(context)
        context.on("request", lambda event: asked.append(event.url))
        context.on("console", lambda event: said.append(event.text))
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert {re.match(r"http://127\.0\.0\.1:\d+/(?:proms|favicon)", url) is not None for url in asked} <= {True}, asked
    # What Chromium itself says of an answer that is an error.
    assert [text for text in said if "Failed to load resource" not in text] == []


def ordered(served: Served, persona: str = "alle kanaler", **changes: Any) -> dict[str, Any]:
    answer = served.order(persona, **changes)
    assert answer.status_code == 200
    return dict(answer.json())


def fill_in_rand_12(page: Page) -> dict[str, int]:
    """Tick the second option of each question; gives what is to come back."""
    for question in RAND_12.fields:
        page.locator(f'input[name="{question.name}"][value="2"]').check()
    return {question.name: 2 for question in RAND_12.fields}


def log_in(page: Page) -> None:
    page.get_by_role("button", name="Logg inn som testpersonen").click()


def returned(system: Endpoint) -> dict[str, Any]:
    """The return of the form, which comes after the status."""
    assert system.wait(2)
    return next(dict(call.json) for call in system.calls if call.json["formOrderStatus"] == "Completed")


def test_as_persona(serve: Serve, endpoint: Callable[..., Endpoint], visit: Visit) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    page = visit(ordered(served)["loginUrl"])
    expect(page.locator("#person option:checked")).to_contain_text("(alle kanaler)")
    log_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Spørsmål om helsen din")
    expect(page.locator(".letter")).to_contain_text("Takk for at du vil svare")
    expected = fill_in_rand_12(page)
    page.get_by_role("button", name="Lever", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Skjemaet er levert")
    expect(page.locator("main")).to_contain_text("En kopi er lagret på Helsenorge")
    body = returned(system)
    assert json.loads(body["formData"]) == expected
    assert body["filledOutBy"]["filledOutByActType"] == "SegSelv"
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Skjemaet er levert")


@pytest.mark.parametrize("persona", ["ingen kanaler", "D-nummer"])
def test_by_code(serve: Serve, endpoint: Callable[..., Endpoint], visit: Visit, persona: str) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    code = ordered(served, persona, distributionRule="NoDistribution")["singleUseCode"]
    born = served.simulator.population[persona].birth_date
    page = visit(f"{served.url}/proms")
    enter_code(page, f"{born:%d%m%y}", "FEIL2345")
    expect(page.get_by_role("alert")).to_contain_text("hører ikke sammen")
    enter_code(page, f"{born:%d%m%y}", f" {code.lower()} ")
    expected = fill_in_rand_12(page)
    page.get_by_role("button", name="Lever", exact=True).click()
    expect(page.locator("main")).to_contain_text("Du får ikke kopi")
    assert json.loads(returned(system)["formData"]) == expected
    page.get_by_role("button", name="Logg ut").click()
    enter_code(page, f"{born:%d%m%y}", code)
    expect(page.get_by_role("alert")).to_contain_text("Engangskoden er brukt")


def enter_code(page: Page, birth_date: str, code: str) -> None:
    page.get_by_label("Fødselsdato").fill(birth_date)
    page.get_by_label("Engangskode").fill(code)
    page.get_by_role("button", name="Logg inn", exact=True).click()


def test_keyboard_only(serve: Serve, endpoint: Callable[..., Endpoint], visit: Visit) -> None:
    """From the log-in to the receipt with Tab, Space, Enter and arrows, in the order in which things are read."""
    system = endpoint()
    served = serve(callback_url=system.url)
    page = visit(ordered(served)["loginUrl"])
    keys = page.keyboard
    keys.press("Tab")
    expect(page.locator(":focus")).to_have_text("Gå til innholdet")
    keys.press("Enter")
    for _ in range(2):
        keys.press("Tab")
    expect(page.locator(":focus")).to_have_text("Logg inn som testpersonen")
    keys.press("Enter")
    expect(page.get_by_role("button", name="Logg ut")).to_be_visible()
    for _ in range(2):
        keys.press("Tab")
    expect(page.locator(":focus")).to_have_text("Logg ut")
    for question in RAND_12.fields:
        keys.press("Tab")
        expect(page.locator(f':focus[name="{question.name}"]')).to_be_visible()
        keys.press("ArrowDown")
    keys.press("Tab")
    expect(page.locator(":focus")).to_have_text("Lever")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Skjemaet er levert")
    assert json.loads(returned(system)["formData"]) == {question.name: 2 for question in RAND_12.fields}


def test_errors_lead_to_questions(serve: Serve, visit: Visit) -> None:
    served = serve()
    page = visit(ordered(served, formId=ALL_KINDS.id)["loginUrl"])
    log_in(page)
    page.get_by_label("Hva veier du?").fill("0,5")
    page.get_by_label("Hva arbeider du med?").fill(HOSTILE)
    page.get_by_role("button", name="Lever", exact=True).click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    assert page.title().startswith("Feil: ")
    expect(summary.get_by_role("link")).to_have_text(
        [
            "Hva veier du? – Skriv et tall fra 1 til 400.",
            "Hvor vondt har du nå? – Du må svare på dette spørsmålet.",
            "Er du bedre enn før oppholdet? – Du må svare på dette spørsmålet.",
        ]
    )
    expect(page.get_by_label("Hva veier du?")).to_have_value("0,5")
    expect(page.get_by_label("Hva veier du?")).to_have_accessible_description(
        "I kilo. Et tall fra 1 til 400 Skriv et tall fra 1 til 400."
    )
    expect(page.get_by_label("Hva arbeider du med?")).to_have_value(HOSTILE)
    for link in summary.get_by_role("link").all():
        target = str(link.get_attribute("href")).removeprefix("#")
        link.click()
        assert page.locator(f'[id="{target}"]').is_visible()


def test_every_kind_of_field(serve: Serve, endpoint: Callable[..., Endpoint], visit: Visit) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    metadata = json.dumps({"visValgfelt": 1, "sykehusnavn": "Sykehuset", "Hoyde": 180, "dato": "2023-08-08T22:00:00Z"})
    page = visit(ordered(served, formId=ALL_KINDS.id, metadata=metadata)["loginUrl"])
    log_in(page)
    expect(page.get_by_label("Hvor høy er du?")).to_have_value("180")
    expect(page.get_by_label("Hva er ikke bedre?")).to_be_hidden()
    page.get_by_label("Hva veier du?").fill("300,5")
    page.get_by_label("Med egen bil").check()
    page.get_by_label("Hvor bor du?").select_option("Midt")
    page.get_by_role("group", name="Hvor vondt har du nå?").get_by_label("10").check()
    page.get_by_role("group", name="Er du bedre enn før").get_by_label("Nei").check()
    page.get_by_label("Hva er ikke bedre?").fill("Å gå")
    page.get_by_label("Feber").check()
    page.get_by_label("Når var siste kontroll?").fill("2026-01-02T13:45")
    page.get_by_label("Hvilken måned begynte plagene?").fill("2025-11")
    page.get_by_label("Hvilket år ble du operert?").fill("2024")
    page.get_by_label("Er det noe du vil legge til?").fill("\nlinje 1\nlinje 2")
    page.get_by_role("button", name="Lever", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Skjemaet er levert")
    body = returned(system)
    assert json.loads(body["formData"]) == {
        "Vekt": 300.5,
        "Hoyde": 180,
        "valgfelt": 2,
        "Fylke": 2,
        "Smerte": 10,
        "Bedre": 2,
        "HvaErVerre": "Å gå",
        "Kvalme": False,
        "Feber": True,
        "Utslett": False,
        "dato": "2023-08-09",
        "datotid": "2026-01-02T13:45",
        "datomnd": "2025-11-01",
        "datoaar": "2024-01-01",
        "Kommentar": "\nlinje 1\nlinje 2",
    }
    assert body["formDataWarnings"] == [{"fieldName": "Vekt", "warning": "Verdien er utenfor 30–250"}]


def test_signing(serve: Serve, endpoint: Callable[..., Endpoint], visit: Visit) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    made = ordered(served, mustBeSigned=True, signingText=f"Jeg går god for svarene. {HOSTILE}")
    page = visit(made["loginUrl"], scripts=True)
    log_in(page)
    fill_in_rand_12(page)
    page.get_by_role("button", name="Signér og lever").click()
    expect(page.locator(".letter")).to_contain_text(HOSTILE)
    page.get_by_role("button", name="Avbryt").click()
    expect(page.get_by_role("status")).to_contain_text("Skjemaet er ikke levert")
    assert made["id"] not in served.simulator.citizens.receipts
    expect(page.locator('input[name="HealthGeneral"][value="2"]')).to_be_checked()
    page.get_by_role("button", name="Signér og lever").click()
    page.get_by_role("button", name="Signer", exact=True).click()
    expect(page.locator("main")).to_contain_text("er signert og levert")
    assert served.simulator.citizens.receipts[made["id"]].answer.signed
    body = returned(system)
    assert body["signedFormId"] in served.simulator.documents.documents
    assert [each["eventType"] for each in body["formOrderEventLog"]][-5:] == [
        "SigningStarted",
        "SigningCancelled",
        "SigningStarted",
        "SigningCompleted",
        "FormDelivered",
    ]


def test_saved_on_helsenorge(serve: Serve, visit: Visit) -> None:
    served = serve()
    link = ordered(served)["loginUrl"]
    page = visit(link)
    log_in(page)
    page.locator('input[name="HealthGeneral"][value="3"]').check()
    page.get_by_role("button", name="Lagre og fortsett senere").click()
    expect(page.get_by_role("status")).to_contain_text("Svarene er lagret")
    page.get_by_role("button", name="Logg ut").click()
    page.goto(link)
    log_in(page)
    expect(page.locator('input[name="HealthGeneral"][value="3"]')).to_be_checked()


def test_not_saved_elsewhere(serve: Serve, visit: Visit) -> None:
    served = serve()
    page = visit(ordered(served, "bare digital postkasse")["loginUrl"])
    log_in(page)
    expect(page.get_by_role("button", name="Lever", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Lagre og fortsett senere")).to_have_count(0)


def test_on_behalf_of(serve: Serve, visit: Visit) -> None:
    served = serve()
    child = served.simulator.population["12 år"]
    page = visit(ordered(served, "bare digital postkasse", onBehalfOfNationalId=child.national_id)["loginUrl"])
    log_in(page)
    expect(page.locator(".note")).to_have_text(f"Du fyller ut skjemaet på vegne av {child.full_name}.")
    fill_in_rand_12(page)
    page.get_by_role("button", name="Lever", exact=True).click()
    expect(page.locator("main")).to_contain_text("Du får ikke kopi")


def test_public_address(serve: Serve, endpoint: Callable[..., Endpoint], visit: Visit) -> None:
    """A patient whom nobody has asked begins a form that has to be signed, and signs it."""
    system = endpoint()
    served = serve(callback_url=system.url)
    person = served.simulator.population["bare papir"]
    page = visit(f"{served.url}{PUBLIC_PATH}{PATIENTS_OWN_SIGNED.id}")
    page.get_by_label("Testperson").select_option(person.national_id)
    log_in(page)
    page.get_by_label("Er det noe du vil legge til?").fill("På eget initiativ")
    page.get_by_role("button", name="Signér og lever").click()
    page.get_by_role("button", name="Signer", exact=True).click()
    expect(page.locator("main")).to_contain_text("er signert og levert")
    assert system.wait(1)
    body = system.calls[0].json
    assert body["isPatientInitiated"] is True
    assert body["patientInitiatedValues"]["nationalId"] == person.national_id
    assert body["patientInitiatedValues"]["formId"] == PATIENTS_OWN_SIGNED.id
    assert json.loads(body["formData"]) == {"Kommentar": "På eget initiativ"}
    assert body["signedFormId"] in served.simulator.documents.documents
    # Who is logged in already has only to begin.
    page.goto(f"{served.url}{PUBLIC_PATH}{PATIENTS_OWN.id}")
    page.get_by_role("button", name="Begynn på skjemaet").click()
    expect(page.get_by_label("Er det noe du vil legge til?")).to_be_visible()


@pytest.mark.parametrize("form", [RAND_12, WITHDRAWN])
def test_no_public_address(serve: Serve, visit: Visit, form: Form) -> None:
    page = visit(f"{serve().url}{PUBLIC_PATH}{form.id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Skjemaet kan ikke åpnes")


def test_collection(serve: Serve, endpoint: Callable[..., Endpoint], visit: Visit) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    rand_12, about = collection_key(RAND_12.id), collection_key(COLLECTION.parts[0].id)
    metadata = json.dumps({"avdeling": HOSTILE, about: {"tallfelt": 33, "tekstfelt": HOSTILE}})
    page = visit(ordered(served, formId=COLLECTION.id, metadata=metadata)["loginUrl"], scripts=True)
    log_in(page)
    expect(page.locator(".letter")).to_contain_text(HOSTILE)
    expect(page.get_by_role("heading", level=2)).to_have_text(["Om deg", "Spørsmål om helsen din"])
    expect(page.get_by_label("Hva liker du å gjøre?")).to_have_value(HOSTILE)
    assert page.evaluate("document.documentElement.dataset.hacked") is None
    for question in RAND_12.fields:
        page.locator(f'input[name="{rand_12}.{question.name}"][value="2"]').check()
    page.get_by_role("button", name="Lever", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Skjemaet er levert")
    assert json.loads(returned(system)["formData"]) == {
        about: {"tallfelt": 33, "tekstfelt": HOSTILE, "avkrysningsboks": False},
        rand_12: {question.name: 2 for question in RAND_12.fields},
    }


@pytest.mark.parametrize("form", [RAND_12, ALL_KINDS, COLLECTION], ids=lambda form: form.title)
def test_phone_width(serve: Serve, visit: Visit, form: Any) -> None:
    served = serve()
    metadata = json.dumps({"visValgfelt": 1, "sykehusnavn": "Ø" * 120})
    page = visit(ordered(served, formId=form.id, metadata=metadata)["loginUrl"], width=320, scripts=True)
    for _ in range(3):
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        small = (
            "e => [...e].filter(b => b.getBoundingClientRect().height < 44 && !b.classList.contains('plain')).length"
        )
        assert page.locator("button:visible, .option:visible").evaluate_all(small) == 0
        next_button = page.get_by_role("button", name=re.compile("Logg inn som testpersonen|^Lever$"))
        if next_button.count():
            next_button.click()


PAGES_TO_LOOK_AT = ("start", "log in", "form", "errors")


@pytest.mark.parametrize("which", PAGES_TO_LOOK_AT)
def test_accessible(serve: Serve, visit: Visit, which: str) -> None:
    """Language, one main heading, no level left out, unique ids, and a name for everything that takes an answer."""
    served = serve()
    link = ordered(served, formId=ALL_KINDS.id, metadata='{"visValgfelt": 1}')["loginUrl"]
    page = visit(f"{served.url}/proms" if which == "start" else link, scripts=True)
    if which in ("form", "errors"):
        log_in(page)
    if which == "errors":
        page.get_by_role("button", name="Lever", exact=True).click()
    assert page.locator("html").get_attribute("lang") == "nb"
    levels = page.locator("h1,h2,h3,h4").evaluate_all("found => found.map(each => +each.tagName[1])")
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    ids = page.locator("[id]").evaluate_all("found => found.map(each => each.id)")
    assert len(ids) == len(set(ids))
    unnamed = "found => found.filter(each => !each.labels || !each.labels.length).map(each => each.outerHTML)"
    assert page.locator("input:not([type=hidden]),select,textarea").evaluate_all(unnamed) == []
    ungrouped = "found => found.filter(each => !each.closest('fieldset')?.querySelector('legend')).length"
    assert page.locator("input[type=radio]").evaluate_all(ungrouped) == 0
    described = page.locator("[aria-describedby]").evaluate_all(
        "found => found.flatMap(each => each.getAttribute('aria-describedby').split(' '))"
    )
    assert set(described) <= set(ids)
    assert page.locator("[tabindex]:not([tabindex='-1'])").count() == 0
    assert page.locator("script").count() == 0


def test_contrast(serve: Serve, visit: Visit) -> None:
    """Text stands out from what is behind it by 4.5 to 1 (WCAG 1.4.3), on the page that has the most kinds of it."""
    served = serve()
    page = visit(ordered(served, formId=ALL_KINDS.id)["loginUrl"], scripts=True)
    log_in(page)
    page.get_by_role("button", name="Lever", exact=True).click()
    pairs = page.locator("p,label,legend,li,a,button,h1,h2,span,strong").evaluate_all(
        """found => found.map(each => {
            const paper = of => getComputedStyle(of).backgroundColor;
            let behind = each;
            while (paper(behind) === 'rgba(0, 0, 0, 0)' && behind.parentElement) behind = behind.parentElement;
            return [getComputedStyle(each).color, paper(behind)];
        })"""
    )
    assert len(pairs) > 40
    for ink, paper in {tuple(pair) for pair in pairs}:
        lighter, darker = sorted((luminance(ink), luminance(paper)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (ink, paper)


def luminance(colour: str) -> float:
    parts = [int(each) / 255 for each in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
