"""Numbers and secrets that are planted in the very files of a package: told of by their place, and never repeated."""

from __future__ import annotations

import base64
import io
import json
import random
import time
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin
from typst import Compiler

from eprom_verify.handover.checking import verify_package
from eprom_verify.handover.page import as_lines
from eprom_verify.handover.privacy import examine_privacy
from tests.handover.forging import Files, carrying, edited, journal_of, packed, relisted, replaced, rows_of
from tests.handover.runs import picture_bytes
from tests.planted import real_id

TITLE = "Personvern og hemmeligheter"
ID = "fødselsnummer som ikke er syntetisk"
SECRET = "noe som skulle vært skjult"
REAL_ID = real_id(7)


def pdf_of(text: str) -> bytes:
    made = Compiler(f"= Logg\n{text}".encode(), ignore_system_fonts=True).compile()
    assert isinstance(made, bytes)
    return made


def noted(number: str) -> PngImagePlugin.PngInfo:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", f"Pasient {number}")
    return told


def jpeg(comment: bytes = b"", after: bytes = b"") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8)).save(made, "JPEG", quality=90, **({"comment": comment} if comment else {}))
    return made.getvalue() + after


def in_report(files: Files, number: str) -> Files:
    page = carrying(files["report.html"], "data/test-results/", lambda told: told["labels"].append({"value": number}))
    return files | {"report.html": page}


def in_journal(files: Files, body: bytes) -> Files:
    rows = rows_of(files["journal.sqlite"])
    [at, *_] = [number for number, each in enumerate(rows) if each.kind == "response"]
    changed = [replace(each, body=body) if number == at else each for number, each in enumerate(rows)]
    return files | {"journal.sqlite": journal_of(changed)}


PLACES = {
    "result.json": lambda files, number: edited(files, "result.json", lambda told: told["remarks"].append(number)),
    "waivers.json": lambda files, number: edited(files, "waivers.json", lambda told: told[0].update(reason=number)),
    "attestations.json": lambda files, number: replaced(files, "attestations.json", "Skjemaet", f"Skjemaet {number}"),
    "settings.json": lambda files, number: edited(files, "settings.json", lambda told: told.update(notat=number)),
    "manifest.json": lambda files, number: edited(files, "manifest.json", lambda told: told.update(notat=number)),
    "junit.xml": lambda files, number: replaced(files, "junit.xml", "<testsuite ", f'<testsuite hostname="{number}" '),
    "orders.csv": lambda files, number: files | {"orders.csv": files["orders.csv"] + f"x;{number}\n".encode()},
    "LESMEG.txt": lambda files, number: files | {"LESMEG.txt": f"Pasient: {number[:6]} {number[6:]}".encode()},
    "protocol.html": lambda files, number: replaced(files, "protocol.html", "</body>", f"<p>{number}</p></body>"),
    "protocol.pdf": lambda files, number: files | {"protocol.pdf": pdf_of(number)},
    "report.html": in_report,
    "report.html in text": lambda files, number: replaced(files, "report.html", "</body>", f"{number}</body>"),
    "journal.sqlite": lambda files, number: in_journal(files, json.dumps({"a": number}).encode()),
    "journal.sqlite in base64": lambda files, number: in_journal(
        files, base64.b64encode(json.dumps({"pasient": number}).encode())
    ),
    "journal.sqlite in escapes": lambda files, number: in_journal(
        files, ('{"a": "' + "".join(f"\\u{ord(each):04x}" for each in number) + '"}').encode()
    ),
    "journal.sqlite in base64 in base64": lambda files, number: in_journal(
        files, base64.b64encode(base64.b64encode(json.dumps({"pasient": number}).encode()))
    ),
    "vedlegg/x.pdf": lambda files, number: files | {"vedlegg/x.pdf": pdf_of(f"Pasient {number}")},
    "vedlegg/x.txt": lambda files, number: files | {"vedlegg/x.txt": number.encode("utf-16")},
    "Et filnavn": lambda files, number: files | {f"vedlegg/{number}.txt": b""},
}


@pytest.mark.parametrize("place", PLACES)
def test_number_is_found(place: str, short: Files) -> None:
    changed = PLACES[place](short, REAL_ID)
    about = examine_privacy(changed)
    named = [each for each in about.problems if each.startswith(place.partition(" in ")[0])]
    assert any(ID in each or SECRET in each for each in named), about.problems
    assert REAL_ID not in "".join(about.problems)


def test_number_is_never_told(short: Files, tmp_path: Path) -> None:
    """Not in a name, nor in what other checks quote either."""
    changed = edited(short, "result.json", lambda told: told["requirements"][0].update(id=REAL_ID))
    verdict = verify_package(packed(tmp_path, relisted(changed | {f"vedlegg/{REAL_ID}.png": b""})))
    assert REAL_ID not in "\n".join(problem for each in verdict.examined for problem in each.problems)
    assert verdict.exit_code == 1
    assert any(ID in line for line in as_lines(verdict))


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_beside_the_pixels(name: str) -> None:
    """Pictures are kept as pixels alone, so that whatever else stands there was put there afterwards."""
    clean = picture_bytes() if name == "a.png" else jpeg()
    assert examine_privacy({name: clean}).holds
    told = picture_bytes(pnginfo=noted(REAL_ID)) if name == "a.png" else jpeg(REAL_ID.encode())
    for content in (told, clean + REAL_ID.encode()):
        problems = examine_privacy({name: content}).problems
        assert f"{name} har mer i seg enn det som sees på bildet." in problems
        assert any(ID in each for each in problems)
    hidden = io.BytesIO(clean)
    packed_text = noted("")
    packed_text.add_text("Comment", f"Pasient {REAL_ID}", zip=True)
    Image.new("RGB", (8, 8)).save(hidden, "PNG", pnginfo=packed_text)
    assert not examine_privacy({name: hidden.getvalue()}).holds


@pytest.mark.parametrize("content", [b"", b"hei", b"GIF89a", b"\x89PNG\r\n\x1a\n\xff\xff\xff\xff", b"\xff\xd8\xff"])
@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_no_picture(content: bytes, name: str) -> None:
    """Whatever calls itself a picture, and is none or is cut off, does not end the check."""
    assert ID not in "".join(examine_privacy({name: content}).problems)


def test_known_secret_is_found(short: Files) -> None:
    """Whoever made the run knows the key, wherever it stands and whatever it looks like."""
    key = "Vinter" + "natt" + "2026"
    coded = base64.b64encode(f"bruker:{key}".encode())
    for body in (f"hei {key}".encode(), coded, json.dumps({"a": key}).encode()):
        changed = in_journal(short, body)
        assert examine_privacy(changed).holds
        assert SECRET in "".join(examine_privacy(changed, known_secrets=(key,)).problems)


def test_where_nobody_reads(short: Files) -> None:
    """What stands between the rows of the table, as what was deleted does."""
    journal = short["journal.sqlite"]
    free = journal.index(bytes(64), 4096) + 20
    left = journal[:free] + REAL_ID.encode() + journal[free + len(REAL_ID) :]
    assert rows_of(left) == rows_of(journal)
    problems = examine_privacy({"journal.sqlite": left}).problems
    assert any(each.startswith("journal.sqlite har") and ID in each for each in problems)


def test_hashes_are_no_numbers(short: Files) -> None:
    """Some eleven digits of a hash or a signature are always somebody's number."""
    chance = random.Random(5)
    for _ in range(150):
        digest = chance.randbytes(64).hex()
        cut = chance.randrange(128)
        page = b"}" + digest[:cut].encode() + b"\0\0\0\7" + digest[cut:].encode() + b"\x88\x12"
        pdf = short["protocol.pdf"][:9] + b"<< /Contents <" + chance.randbytes(2000).hex().encode() + b"> >>"
        assert examine_privacy({"journal.sqlite": page}).holds
        assert ID not in "".join(examine_privacy({"vedlegg/a.pdf": pdf}).problems)


@pytest.mark.parametrize(
    "junk",
    [
        b"<<" * 2_000_000,
        b">>stream\n" * 500_000,
        b"<</Length1>>stream\n" * 200_000,
        b"%PDF-1.7\n" + b"1 0 obj" * 500_000,
    ],
)
def test_hostile_pdf(junk: bytes) -> None:
    began = time.process_time()
    examine_privacy({"vedlegg/a.pdf": b"%PDF-1.7\n" + junk})
    assert time.process_time() - began < 20


def test_pdf_that_unfolds() -> None:
    """A PDF whose streams are small, and come to more than can be looked through."""
    stream = zlib.compress(bytes(9 * 1024**2))
    head, mark, tail = pdf_of("Logg").rpartition(b"startxref")
    streams = b"".join(b"<</Filter/FlateDecode>>\nstream\n%b\nendstream\n" % stream for _ in range(40))
    bomb = head + streams + mark + tail
    problems = examine_privacy({"vedlegg/a.pdf": bomb}).problems
    assert problems == ["vedlegg/a.pdf er pakket slik at det ikke går an å se gjennom alt."]
