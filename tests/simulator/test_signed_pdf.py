"""The signed document itself: a page with what was signed, and a signature that tells of every later change."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eprom_verify.checks.signatures import signature_problem
from eprom_verify.simulator.signed_pdf import FilledForm, Seal, page_of

NOW = datetime(2026, 3, 2, 9, 30, 15, tzinfo=UTC)
FORM = FilledForm(
    title="Skjema om blåbær",
    order_id="184738d0-3c39-e611-9c2a-34e6d72e03c7",
    signer="Åse Ærlig Østby",
    national_id="26670271527",
    signed_at=NOW,
    signing_text="Jeg bekrefter «alt» – også det med #tegn, $x$ og *stjerner*.",
    answers={"HealthGeneral": 1, "Fritekst": "Bær på brød", "Avkrysset": True, "Ubesvart": None, "Liste": [1, "æ"]},
)


@pytest.fixture(scope="module")
def seal() -> Seal:
    return Seal(lambda: NOW)


@pytest.fixture(scope="module")
def signed(seal: Seal) -> bytes:
    return seal.sign(page_of(FORM), FORM)


def problem(pdf: bytes, seal: Seal, *, moment: datetime = NOW) -> str | None:
    return signature_problem(pdf, trusted=seal.certificate, moment=moment)


def test_signature_holds(signed: bytes, seal: Seal) -> None:
    assert problem(signed, seal) is None
    assert problem(signed, seal, moment=NOW + timedelta(days=400)) is None


def test_page_alone_is_unsigned(seal: Seal) -> None:
    assert problem(page_of(FORM), seal) == "dokumentet har ingen innebygd signatur"


@pytest.mark.parametrize(
    "change",
    [
        lambda pdf: pdf + b"% more\n",
        lambda pdf: pdf + b"\n",
        lambda pdf: pdf[:200] + bytes([pdf[200] ^ 1]) + pdf[201:],
        lambda pdf: pdf[: len(pdf) // 2],
        lambda pdf: b"%PDF-1.7\n",
        lambda pdf: b"",
    ],
    ids=["added to", "one more byte", "one bit changed", "cut off", "a mark alone", "empty"],
)
def test_change_is_seen(signed: bytes, seal: Seal, change: Callable[[bytes], bytes]) -> None:
    assert problem(change(signed), seal) is not None


def test_page_added_later_is_seen(signed: bytes, seal: Seal) -> None:
    from io import BytesIO

    from pyhanko.pdf_utils.generic import NumberObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(signed))
    page, _ = writer.find_page_for_modification(0)
    page.get_object()["/Rotate"] = NumberObject(90)
    writer.update_container(page.get_object())
    turned = BytesIO()
    writer.write(turned)
    found = problem(turned.getvalue(), seal)
    assert found is not None
    assert found.startswith("signaturen holder ikke")


def test_another_seal_is_not_trusted(signed: bytes) -> None:
    assert problem(signed, Seal(lambda: NOW)) is not None


def test_is_pades_at_the_time_of_the_clock(signed: bytes) -> None:
    from io import BytesIO

    from pyhanko.pdf_utils.reader import PdfFileReader

    [signature] = PdfFileReader(BytesIO(signed)).embedded_signatures
    facts = signature.sig_object
    assert facts["/SubFilter"] == "/ETSI.CAdES.detached"
    assert (facts["/Name"], facts["/Reason"]) == (FORM.signer, FORM.signing_text)
    assert signature.self_reported_timestamp == NOW


def test_same_page_from_same_form() -> None:
    assert page_of(FORM) == page_of(FORM)
    assert page_of(FORM) != page_of(replace(FORM, answers={}))


def test_key_made_late_and_once() -> None:
    asked: list[datetime] = []
    seal = Seal(lambda: asked.append(NOW) or NOW)
    assert asked == []
    assert seal.certificate == seal.certificate
    assert asked == [NOW]


def test_everything_can_be_read(signed: bytes, tmp_path: Path) -> None:
    reader = shutil.which("pdftotext")
    if reader is None:
        assert not os.environ.get("CI"), "pdftotext (poppler) is wanted here"
        pytest.skip("no pdftotext on this machine")
    (tmp_path / "signed.pdf").write_bytes(signed)
    done = subprocess.run(
        [reader, "-layout", "-enc", "UTF-8", tmp_path / "signed.pdf", "-"], capture_output=True, check=True, timeout=30
    )
    text = " ".join(done.stdout.decode().split())
    for each in (FORM.title, FORM.order_id, FORM.national_id, f"{FORM.signer}, 02.03.2026 kl. 10.30.15"):
        assert each in text
    for each in (
        FORM.signing_text,
        "Fritekst Bær på brød",
        "Avkrysset Ja",
        "Ubesvart (ikke besvart)",
        'Liste [1, "æ"]',
    ):
        assert each in text


@pytest.mark.parametrize("answers", [{}, {"a" * 300: "b" * 3000}, {f"felt{n}": "x" for n in range(400)}, {"": ""}])
def test_any_form_becomes_a_page(answers: dict[str, str], seal: Seal) -> None:
    form = replace(FORM, answers=answers, signing_text="", title="")
    assert problem(seal.sign(page_of(form), form), seal) is None
