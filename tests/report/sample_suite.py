"""A small suite that leaves Allure results of every kind; test_allure_html.py runs it in a process of its own."""

from __future__ import annotations

import os

import allure
import pytest

ADDRESS = os.environ["HOSTILE_ADDRESS"]
HACK = "top.document.documentElement.dataset.hacked = 'ja'"
HOSTILE = (
    f"<script>{HACK}; fetch('{ADDRESS}/fetch')</script>"
    f'<img src="x" onerror="{HACK}"/>'
    f'<img src="{ADDRESS}/image"/><iframe src="{ADDRESS}/frame"></iframe>'
    f'<link rel="stylesheet" href="{ADDRESS}/style"/>Blåbærsyltetøy'
)
SVG = 'xmlns="http://www.w3.org/2000/svg" width="40" height="40"'


@allure.title("Pasient uten Helsenorge får skjemaet i digital postkasse")
def test_passes() -> None:
    with allure.step("Gitt at pasienten ikke bruker Helsenorge"):
        allure.attach('{"navn": "Ærlig Ødegård"}', name="Bestilling", attachment_type=allure.attachment_type.JSON)
    with allure.step("Så ligger skjemaet i den digitale postkassen"):
        allure.attach("kvittert på lørdag", name="Kvittering", attachment_type=allure.attachment_type.TEXT)
        image = f'<svg {SVG}><circle cx="20" cy="20" r="20"/></svg>'
        allure.attach(image, name="Bilde", attachment_type=allure.attachment_type.SVG)


@allure.title("Kvitteringen mangler")
def test_fails() -> None:
    with allure.step("Når bestillingen sendes"), allure.step("Så kommer kvitteringen"):
        pytest.fail(f"\x1b[31mForventet kvittering\x1b[0m {HOSTILE}")


@allure.title("Ingen persona er satt opp")
def test_is_skipped() -> None:
    pytest.skip("Ingen persona er satt opp for dette")


@allure.title(f'Fiendtlig <img src="x" onerror="{HACK}"/> innhold')
@allure.description_html(HOSTILE)
def test_hostile() -> None:
    with allure.step(f"Når svaret er {HOSTILE}"):
        allure.attach(HOSTILE, name="Fiendtlig side", attachment_type=allure.attachment_type.HTML)
        allure.attach(
            f"\x1b[31mrødt\x1b[0m {HOSTILE}", name="Fiendtlig tekst", attachment_type=allure.attachment_type.TEXT
        )
        image = f'<svg {SVG} onload="{HACK}"><script>{HACK}</script><image href="{ADDRESS}/svg"/></svg>'
        allure.attach(image, name="Fiendtlig bilde", attachment_type=allure.attachment_type.SVG)


@allure.title("Regelen {rule} følges")
@pytest.mark.parametrize("rule", ["kunHelsenorge", "æøå"])
def test_parameters(rule: str) -> None:
    assert rule
