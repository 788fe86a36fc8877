"""The protocol as a PDF, read back: what it shows, that it can be archived, and that nothing in it can do anything."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pypdf import PdfReader

from eprom_verify.report.order_list import orders_of
from eprom_verify.report.protocol import content_of
from eprom_verify.report.protocol_blocks import said
from eprom_verify.report.protocol_pdf import printable, protocol_pdf
from eprom_verify.verdict import Outcome, RunResult
from tests.report.hostile import HOSTILE, everywhere, order_lines
from tests.report.sample_protocol import (
    APPROVED,
    EXCHANGES,
    ORDER,
    REASON,
    REJECTED,
    SCENARIOS,
    TRIAL,
    made,
    many_orders,
    scenario,
)

TRIAL_WORDS = "PRØVEKJØRING – gjelder ikke som verifikasjon før produksjonssetting"
SECONDS = 10
"""How long the largest protocol may take on a busy machine; alone it takes little more than one."""

AGAIN = """
import hashlib
from eprom_verify.report.order_list import orders_of
from eprom_verify.report.protocol import content_of
from eprom_verify.report.protocol_pdf import protocol_pdf
from tests.report.sample_protocol import APPROVED, EXCHANGES
print(hashlib.sha256(protocol_pdf(content_of(APPROVED, orders_of(EXCHANGES), {}))).hexdigest())
"""


def pdf_of(result: RunResult) -> bytes:
    return protocol_pdf(content_of(result, orders_of(EXCHANGES), {"result.json": "f" * 64}))


def pages(pdf: bytes) -> list[str]:
    """The text of each page, as another program reads it."""
    reader = shutil.which("pdftotext")
    if reader is None:
        assert not os.environ.get("CI"), "pdftotext (poppler) is wanted here"
        pytest.skip("no pdftotext on this machine")
    done = subprocess.run([reader, "-", "-"], input=pdf, capture_output=True, check=True)
    assert b"Error" not in done.stderr.replace(b"Suspects object is wrong type", b"").replace(b"Syntax Error:", b"")
    return done.stdout.decode().split("\f")[:-1]


def flat(text: str) -> str:
    return " ".join(text.split())


def walk(node: Any, name: str) -> Iterator[Any]:
    """The entries of a bookmark tree, from the first child of this node on."""
    child = node.get(name)
    while child is not None:
        child = child.get_object()
        yield child
        yield from walk(child, "/First")
        child = child.get("/Next")


def root_of(pdf: bytes) -> Any:
    return PdfFileReader(BytesIO(pdf)).root


def fonts(root: Any) -> Iterator[Any]:
    """Every font that a page uses."""
    for page in leaves(root["/Pages"]):
        for font in page["/Resources"].get("/Font", {}).values():
            yield font.get_object()


def leaves(node: Any) -> Iterator[Any]:
    node = node.get_object()
    if node["/Type"] == "/Page":
        yield node
    else:
        for kid in node["/Kids"]:
            yield from leaves(kid)


def tags(node: Any, depth: int = 0) -> Iterator[str]:
    """The kinds of all structure elements."""
    node = node.get_object()
    if not hasattr(node, "get"):
        return
    if "/S" in node:
        yield str(node["/S"])
    kids = node.get("/K")
    kids = kids.get_object() if kids is not None else []
    for kid in kids if isinstance(kids, list) else [kids]:
        if hasattr(kid, "get_object"):
            yield from tags(kid, depth + 1)


@pytest.fixture(scope="module")
def approved() -> bytes:
    return pdf_of(APPROVED)


@pytest.fixture(scope="module")
def trial() -> bytes:
    return pdf_of(TRIAL)


def test_first_page_has_all_that_is_signed_for(approved: bytes) -> None:
    first = flat(pages(approved)[0])
    for expected in (
        "Verifikasjonsprotokoll",
        "Konklusjon ✓ Godkjent",
        "Alle obligatoriske krav som er aktuelle, er oppfylt.",
        "Ørnregisteret",
        "https://proms.hemitdev.org/promswebapi",
        "27.11.2026 kl. 09.00.01–09.14.01, norsk tid",
        "Vårt råd, som ikke står i dokumentasjonen",
        "For integratoren",
        "For Hemit",
    ):
        assert expected in first
    assert first.count("Underskrift") == 3


@pytest.mark.parametrize(("result", "word"), [(REJECTED, "✗ Ikke godkjent"), (TRIAL, "⚠ Ufullstendig")])
def test_other_conclusions(result: RunResult, word: str) -> None:
    assert f"Konklusjon {word}" in flat(pages(pdf_of(result))[0])


def test_trial_says_so_beside_the_conclusion(trial: bytes) -> None:
    assert "prøvekjøring" in flat(pages(trial)[0]).split("Underskrift")[0]


def test_every_page_has_number_and_run(approved: bytes) -> None:
    told = pages(approved)
    for number, page in enumerate(told, start=1):
        assert f"Side {number} av {len(told)}" in page
        assert "Kjøring 2026-11-27T080001Z-ab12" in page


def test_trial_is_marked_on_every_page(trial: bytes, approved: bytes) -> None:
    assert all(TRIAL_WORDS in page for page in pages(trial))
    assert "PRØVEKJØRING" not in "".join(pages(approved))


def test_everything_is_there(approved: bytes) -> None:
    told = flat(" ".join(pages(approved)))
    for each in SCENARIOS:
        assert each.name in told
    for expected in (
        ORDER,
        "e" * 64,
        "f" * 64,
        "26670271527",
        "Skjemaet viste alle spørsmål.",
        "Kontrasignert av Hemit",
    ):
        assert expected in told


def test_is_a4_portrait(approved: bytes) -> None:
    boxes = {tuple(round(float(side)) for side in page["/MediaBox"]) for page in leaves(root_of(approved)["/Pages"])}
    assert boxes == {(0, 0, 595, 842)}


def test_says_that_it_is_pdf_a_2a_and_ua_1(approved: bytes) -> None:
    said_of = root_of(approved)["/Metadata"].data.decode()
    assert re.search(r"pdfaid:part>2<", said_of)
    assert re.search(r"pdfaid:conformance>A<", said_of)
    assert re.search(r"pdfuaid:part>1<", said_of)


def test_has_what_pdf_a_asks_for(approved: bytes) -> None:
    root = root_of(approved)
    (intent,) = root["/OutputIntents"]
    assert intent.get_object()["/S"] == "/GTS_PDFA1"
    assert intent.get_object()["/DestOutputProfile"].data
    assert b"/JavaScript" not in approved
    assert "/OpenAction" not in root
    assert "/AA" not in root
    assert "/Encrypt" not in PdfFileReader(BytesIO(approved)).trailer


def test_all_fonts_are_embedded_and_can_be_copied_from(approved: bytes) -> None:
    found = list(fonts(root_of(approved)))
    assert found
    for font in found:
        assert font["/ToUnicode"].data
        (inner,) = font["/DescendantFonts"]
        described = inner.get_object()["/FontDescriptor"]
        assert any(described.get(name) is not None for name in ("/FontFile", "/FontFile2", "/FontFile3"))


def test_is_tagged_in_norwegian(approved: bytes) -> None:
    root = root_of(approved)
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).startswith("nb")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    seen = set(tags(root["/StructTreeRoot"]))
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/L", "/Link", "/TOC"} <= seen


def test_bookmarks_lead_to_chapters_and_to_the_evidence(approved: bytes) -> None:
    titles = [str(each["/Title"]) for each in walk(root_of(approved)["/Outlines"], "/First")]
    assert titles[0] == "Konklusjon"
    assert "4. Obligatorisk verifikasjon, punkt for punkt" in titles
    assert "10. Ordreliste" in titles
    for each in APPROVED.requirements:
        assert any(title.startswith(f"{each.id} ") for title in titles)


def test_rows_lead_to_the_evidence_and_back(approved: bytes) -> None:
    inside = 0
    outside = set()
    for page in leaves(root_of(approved)["/Pages"]):
        for each in page.get("/Annots", []):
            link = each.get_object()
            assert link["/Subtype"] == "/Link"
            inside += "/Dest" in link or link.get("/A", {}).get("/S") == "/GoTo"
            if link.get("/A", {}).get("/S") == "/URI":
                outside.add(str(link["/A"]["/URI"]))
    assert inside > 2 * len(APPROVED.requirements)
    assert outside
    assert all(address.startswith("https://eprom.hemit.org/") for address in outside)


def test_same_run_same_bytes(approved: bytes) -> None:
    assert pdf_of(APPROVED) == approved


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/St_Johns"])
def test_same_bytes_in_another_process_and_zone(zone: str) -> None:
    made = protocol_pdf(content_of(APPROVED, orders_of(EXCHANGES), {}))
    env = os.environ | {"TZ": zone, "PYTHONHASHSEED": "1", "LC_ALL": "C", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-c", AGAIN],
        env=env,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == hashlib.sha256(made).hexdigest()


def test_made_at_the_end_of_the_run(approved: bytes) -> None:
    info = PdfFileReader(BytesIO(approved)).trailer["/Info"]
    assert str(info["/CreationDate"]).startswith("D:20261127081401")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_neither_runs_nor_breaks(text: str) -> None:
    pdf = protocol_pdf(content_of(everywhere(text), order_lines(said(text)), {text: text}))
    told = pages(pdf)
    assert "Ikke godkjent" in told[0]
    assert "For Hemit" in "".join(told)
    assert len(pdf) < 10_000_000
    assert b"/JavaScript" not in pdf
    assert f"Side 1 av {len(told)}" in told[0]


@pytest.mark.parametrize("name", ["script", "typst code", "json", "entity", "import"])
def test_markup_is_shown_as_it_was_written(name: str) -> None:
    told = flat(" ".join(pages(pdf_of(everywhere(HOSTILE[name]))))).replace("\u200b", "")
    assert flat(HOSTILE[name].split("\n")[-1])[:30] in told


def test_shortened_text_says_so() -> None:
    assert "… (forkortet)" in flat(" ".join(pages(pdf_of(everywhere(HOSTILE["long"])))))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Ærlig ønske: «på» – 5 € ✓", "Ærlig ønske: «på» – 5 € ✓"),
        ("😀", "[U+1F600]"),
        ("中", "[U+4E2D]"),
        ("␀", "[U+0000]"),
        ("␡", "[U+007F]"),
        ("a\u030a", "å"),
        ("Z\u0352", "Z[U+0352]"),
        ("\ufffd", "\ufffd"),
    ],
)
def test_printable(text: str, printed: str) -> None:
    assert printable(text) == printed


def test_all_that_is_called_printable_can_be_printed() -> None:
    kept = " ".join(char for char in map(chr, range(0x20, 0x11000)) if printable(char) == char)
    assert len(kept) > 2_000
    remarks = tuple(kept[start : start + 300] for start in range(0, len(kept), 300))
    told = "".join(pages(pdf_of(replace(APPROVED, remarks=remarks))))
    assert {"ẞ", "Ж", "→", "≤", "€"} <= set(told)


def test_long_ids_and_digests_are_whole() -> None:
    told = "".join(pages(pdf_of(APPROVED)))
    assert ORDER in told
    assert "d" * 64 in told


def test_full_run_is_quick_and_small() -> None:
    requirements = tuple(
        replace(each, id=f"{each.id}-{number}") for number in range(30) for each in APPROVED.requirements
    )
    scenarios = tuple(
        replace(each, id=f"{each.id}-{number}", exchanges=(ORDER, ORDER)) for number in range(115) for each in SCENARIOS
    )
    spread = tuple(
        replace(each, scenarios=tuple(s.id for s in scenarios[number::300])) for number, each in enumerate(requirements)
    )
    result = replace(APPROVED, requirements=spread, scenarios=scenarios)
    begun = time.monotonic()
    pdf = protocol_pdf(content_of(result, many_orders(700), {}))
    assert time.monotonic() - begun < SECONDS
    assert len(pdf) < 10_000_000
    assert "resten står i orders.csv" in flat(" ".join(pages(pdf)))


def test_ids_are_never_broken() -> None:
    """They are to be searched for; the part of one that stands alone may look like a number that must not be here."""
    chance = Random(7)
    ids = (str(UUID(int=chance.getrandbits(128), version=4)) for _ in range(800))
    lines = [replace(each, id=next(ids), exchange=next(ids)) for each in many_orders(400)]
    reader = PdfReader(BytesIO(protocol_pdf(content_of(APPROVED, lines, {}))))
    told = "\n".join(page.extract_text() for page in reader.pages)
    for each in lines:
        assert each.id in told
        assert each.exchange in told


def test_nothing_is_torn_apart() -> None:
    """A card, and a requirement with its first scenario, stand whole on a page, wherever on it they come."""
    failed = scenario("Bestillingen blir avvist", "1.1", Outcome.FAILED, REASON)
    for count in range(40):
        many = [scenario(f"Scenario nummer {number}", "1.2") for number in range(count)]
        remarks = tuple(f"Merknad {number}" for number in range(count))
        for page in pages(pdf_of(made(failed, *many, *SCENARIOS[2:-1], remarks=remarks))):
            *shown, _, _, _ = [line for line in page.split("\n") if line.strip()]
            assert not re.match(r"Kilde: |\d\.\d ", shown[-1])
            cards = page.count("Det testeren så") + len(re.findall("Forventet(?!:)", page))
            assert cards == page.count("se vedlegg A")
