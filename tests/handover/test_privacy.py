"""The scan of a package: whatever is put into any of its files after it was masked is found, named, and never shown."""

from __future__ import annotations

import base64
import contextlib
import gzip
import html
import io
import json
import os
import random
import sqlite3
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping
from datetime import date

import pytest
from PIL import Image, PngImagePlugin
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Link
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, StreamObject

from eprom_verify.handover.privacy import examine_privacy
from eprom_verify.persons.national_id import Series, Sex, generate
from tests.handover.seen import files_of
from tests.planted import GUID, KEY, OTHER_KEY, WRITTEN, real_id

START = "from eprom_verify.cli import main; main()"
ID = real_id(31)
SECRETS = {
    "known key": KEY,
    "id": ID,
    "id that begins with zero": real_id(32, zero=True),
    "id with a no-break space": f"{ID[:6]}\u00a0{ID[6:]}",
    "id with a hyphen": f"{ID[:6]}-{ID[6:]}",
    "login address": f"https://h/proms/form/{GUID}",
    "unknown key": f"apiKey={OTHER_KEY}",
}
"""By name."""

Files = Mapping[str, bytes]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The files of a small package, with a picture and a document attached, in which nothing is wrong."""
    folder = tmp_path_factory.mktemp("privacy")
    for words in (["run", "-k", "1.2"], ["package", "--out", "pakke.zip"]):
        command = [sys.executable, "-c", START, *words]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=900, cwd=folder)
    assert (folder / "pakke.zip").is_file(), done.stdout + done.stderr
    return files_of(folder / "pakke.zip") | {"vedlegg/bilde.png": _picture(), "vedlegg/dokument.pdf": _document()}


def _picture(**beside: str) -> bytes:
    made, told = io.BytesIO(), PngImagePlugin.PngInfo()
    for name, text in beside.items():
        told.add_text(name, text, zip=name == "packed")
    Image.effect_noise((60, 60), 90).save(made, "PNG", pnginfo=told)
    return made.getvalue()


def _document() -> bytes:
    made, writer = io.BytesIO(), PdfWriter()
    writer.add_blank_page(200, 200)
    writer.write(made)
    return made.getvalue()


def _row(
    files: Files, text: str, *, facts: bool = False, gone: bool = False, pack: Callable[[bytes], bytes] = bytes
) -> bytes:
    """The journal with a row more, or with one that was deleted again."""
    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(files["journal.sqlite"])
        db.execute("PRAGMA secure_delete = OFF")
        row = ("request", "x", "t", json.dumps({"url": text}, ensure_ascii=False) if facts else "{}")
        body = b"" if facts else pack(text.encode())
        db.execute("INSERT INTO entries VALUES (99999, ?, ?, ?, ?, ?, '', '')", (*row, body + b" " * 9_000 * gone))
        db.commit()
        if gone:
            db.execute("DELETE FROM entries WHERE seq = 99999")
            db.commit()
        return db.serialize()


def _in_pdf(content: bytes, change: Callable[[PdfWriter], object]) -> bytes:
    made, writer = io.BytesIO(), PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    change(writer)
    writer.write(made)
    return made.getvalue()


def _stream(text: str, *, packed: bool) -> Callable[[PdfWriter], object]:
    stream: StreamObject = DecodedStreamObject()
    stream.set_data(text.encode())
    return lambda writer: writer._add_object(stream.flate_encode() if packed else stream)


def _shown(text: str) -> Callable[[PdfWriter], object]:
    """The text on the first page, in a font that the reader has."""

    def change(writer: PdfWriter) -> None:
        page = writer.pages[0]
        names = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica", "/Encoding": "/WinAnsiEncoding"}
        font = DictionaryObject({NameObject(name): NameObject(value) for name, value in names.items()})
        resources = page.setdefault(NameObject("/Resources"), DictionaryObject()).get_object()
        resources[NameObject("/Font")] = DictionaryObject({NameObject("/Planted"): font})
        stream = DecodedStreamObject()
        # Letter by letter, as some programs set their text: no string of the file holds it.
        letters = " ".join(f"({letter})" if letter not in "()\\" else f"(\\{letter})" for letter in text)
        stream.set_data(f"BT /Planted 8 Tf 10 100 Td [{letters}] TJ ET".encode("cp1252"))
        page[NameObject("/Contents")] = writer._add_object(stream.flate_encode())

    return change


def _xml(text: str) -> str:
    return html.escape(text).replace("\u00a0", "&#xA0;")


def _changed(name: str, change: Callable[[bytes, str], bytes]) -> Callable[[Files, str], tuple[str, bytes]]:
    return lambda files, text: (name, change(files[name], text))


def _appended(name: str, write: Callable[[str], str] = str) -> Callable[[Files, str], tuple[str, bytes]]:
    return _changed(name, lambda content, text: content + write(text).encode())


def _pdf(change: Callable[[str], Callable[[PdfWriter], object]]) -> Callable[[Files, str], tuple[str, bytes]]:
    return lambda files, text: ("protocol.pdf", _in_pdf(_document(), change(text)))


def _data(text: str) -> str:
    return f'<script>d("data/attachments/x.txt","{base64.b64encode(text.encode()).decode()}")</script>'


PLACES: dict[str, Callable[[Files, str], tuple[str, bytes]]] = {
    "body of an entry": lambda files, text: ("journal.sqlite", _row(files, text)),
    "facts of an entry": lambda files, text: ("journal.sqlite", _row(files, text, facts=True)),
    "entry that was deleted": lambda files, text: ("journal.sqlite", _row(files, text, gone=True)),
    "packed body": lambda files, text: ("journal.sqlite", _row(files, text, pack=gzip.compress)),
    "body of two bytes a letter": lambda files, text: (
        "journal.sqlite",
        _row(files, text, pack=lambda body: b"\xff\xfe\xfa" + body.decode().replace("\u00a0", " ").encode("utf-16-le")),
    ),
    "after the journal": _appended("journal.sqlite"),
    "data of the report": lambda files, text: ("report.html", _data(text).encode()),
    "data in the data": lambda files, text: (
        "report.html",
        _data(json.dumps({"x": WRITTEN["base64"](f"<{text}>")})).encode(),
    ),
    "program of the report": lambda files, text: ("report.html", f"{_data('')}<!-- {text} -->".encode()),
    "page of the protocol": _appended("protocol.html", lambda text: f"<p title='{_xml(text)}'>"),
    "entities in the page": _appended("protocol.html", WRITTEN["entities all"]),
    "address in the page": _appended("protocol.html", lambda text: f'<a href="data:text/plain,{text}">x</a>'),
    "words of the PDF": _pdf(_shown),
    "metadata of the PDF": _pdf(lambda text: lambda writer: writer.add_metadata({"/Subject": text})),
    "file in the PDF": _pdf(lambda text: lambda writer: writer.add_attachment("x.txt", text.encode())),
    "packed stream of the PDF": _pdf(lambda text: _stream(text, packed=True)),
    "plain stream of the PDF": _pdf(lambda text: _stream(text, packed=False)),
    "note in the PDF": _pdf(
        lambda text: lambda writer: writer.add_annotation(0, FreeText(text=text, rect=(10, 10, 100, 100)))
    ),
    "link in the PDF": _pdf(
        lambda text: lambda writer: writer.add_annotation(0, Link(url=f"https://x/{text}", rect=(10, 10, 100, 100)))
    ),
    "bookmark in the PDF": _pdf(lambda text: lambda writer: writer.add_outline_item(title=text, page_number=0)),
    "after the PDF": lambda files, text: ("protocol.pdf", _document() + f"% {text}".encode()),
    "result": _changed("result.json", lambda content, text: json.dumps({**json.loads(content), "x": text}).encode()),
    "name in the result": _appended("result.json", lambda text: json.dumps({text: 1})),
    "escapes in the settings": _appended("settings.json", WRITTEN["json escaped"]),
    "text in a text in the settings": _appended("settings.json", WRITTEN["json thrice"]),
    "manifest": _appended("manifest.json"),
    "waivers": _appended("waivers.json", WRITTEN["base64 of json"]),
    "attestations": _appended("attestations.json", WRITTEN["percent twice"]),
    "order list": _appended("orders.csv", lambda text: f";{text};\r\n"),
    "order list as a formula": _appended("orders.csv", lambda text: f';"=""{text}""";\r\n'),
    "attribute in the XML": _appended("junit.xml", lambda text: f'<x y="{_xml(text)}"/>'),
    "words in the XML": _appended("junit.xml", lambda text: f"<![CDATA[{text}]]>"),
    "comment in the XML": _appended("junit.xml", lambda text: f"<!-- {_xml(text)} -->"),
    "readme": _appended("LESMEG.txt"),
    "words beside a picture": lambda files, text: ("vedlegg/bilde.png", _picture(Comment=text)),
    "packed words beside a picture": lambda files, text: ("vedlegg/bilde.png", _picture(packed=text)),
    "after a picture": _appended("vedlegg/bilde.png"),
    "words of an attached PDF": _changed("vedlegg/dokument.pdf", lambda content, text: _in_pdf(content, _shown(text))),
    "note in an attached PDF": _changed(
        "vedlegg/dokument.pdf",
        lambda content, text: _in_pdf(
            content, lambda writer: writer.add_annotation(0, FreeText(text=text, rect=(10, 10, 100, 100)))
        ),
    ),
    "name of a file": lambda files, text: (f"vedlegg/{text}.txt", b""),
    "text of another kind": lambda files, text: ("vedlegg/x.dat", text.encode("utf-16")),
    "packed file": lambda files, text: ("vedlegg/x.gz", gzip.compress(text.encode())),
}
"""By name: a file of the package, and what it becomes with the text in it."""


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("place", PLACES)
def test_planted_found(package: Files, place: str, secret: str) -> None:
    name, content = PLACES[place](package, SECRETS[secret])
    examined = examine_privacy({name: content}, known_secrets=(KEY,))
    assert not examined.holds
    told = " ".join(examined.problems)
    assert (name if place != "name of a file" else "filnavn") in told
    shown = "".join(told.split()).replace("-", "")
    assert not [each for each in (KEY, ID, GUID, OTHER_KEY, SECRETS[secret]) if each.replace("-", "") in shown]


def test_entry_named(package: Files) -> None:
    examined = examine_privacy({"journal.sqlite": _row(package, ID)})
    assert any("innslag 99999" in each for each in examined.problems)


def test_number_found() -> None:
    """Of a JSON document, where its leading zero is lost."""
    number = int(real_id(33, zero=True))
    assert not examine_privacy({"result.json": json.dumps({"x": number}).encode()}).holds
    assert not examine_privacy({"result.json": json.dumps({"x": [1, float(number)]}).encode()}).holds


def test_clean_package_holds(package: Files) -> None:
    assert examine_privacy(package, known_secrets=(KEY,)).problems == []


def test_synthetic_persons_hold(package: Files) -> None:
    """Also beside words that speak of keys, of logging in and of numbers."""
    born, rng = date(1980, 2, 3), random.Random(4)
    numbers = [generate(rng, birth_date=born, sex=Sex.MAN, series=each) for each in Series for _ in range(50)]
    told = f"apiKey mangler. Authorization: Basic <apiKey>. {' '.join(numbers)}"
    for name in ("LESMEG.txt", "orders.csv", "result.json"):
        assert examine_privacy({name: package[name] + told.encode()}).holds


def test_digests_hold() -> None:
    """Numbers in which anything can be read: hashes, a signature, and what is set in a picture or a font."""
    rng = random.Random(8)
    hexadecimal = "".join(f'"{rng.randbytes(size).hex()}",\n' for size in (16, 20, 32, 64) for _ in range(20_000))
    signature = f"/Contents <{rng.randbytes(600_000).hex()}>".encode()
    assert examine_privacy({"manifest.json": hexadecimal.encode(), "x.txt": hexadecimal.upper().encode()}).holds
    content = _in_pdf(_document(), _stream("/Subtype /Image", packed=True))
    assert examine_privacy({"protocol.pdf": content + signature}).holds


def test_huge_file_seen_through() -> None:
    started = os.times().user
    packed = struct.pack("<I", 1) + zlib.compress(b"tom " * 20_000_000)
    assert examine_privacy({"vedlegg/x.dat": packed, "vedlegg/y.dat": packed[4:], "z.txt": b"%25" * 1_000_000}).holds
    assert os.times().user - started < 60
