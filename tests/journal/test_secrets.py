"""What an ePROM that lets secrets slip out answers, over real sockets: the file of the journal holds none of them."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from eprom_verify.clock import system_clock
from eprom_verify.contract import Contract
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.recorder import Recorder
from eprom_verify.journal.recording import RecordedTransport
from eprom_verify.masking import Mask
from eprom_verify.persons import NationalIdGuard
from eprom_verify.serving import Host
from tests.planted import GUID, KEY, OTHER_KEY, PACKED, WRITTEN, real_id

ID, ZERO = real_id(51), real_id(52, zero=True)
TOLD = [KEY, ID, ZERO, f"https://h/proms/form/{GUID}", f'{{"apiKey": "{OTHER_KEY}"}}', f"apiKey '{KEY}' doesn't exists"]
CODE = "QX7RT2ZK"
ORDERED = f'{{"id": "{GUID}", "singleUseCode": "{CODE}", "loginUrl": "https://h/proms/form/{GUID}"}}'


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path / "journal.sqlite", mask=Mask([KEY]), clock=system_clock)
    yield opened
    opened.close()


def entries(journal: Journal) -> list[bytes]:
    """The rows of the file, and what is packed in them."""
    rows = sqlite3.connect(journal.path).execute("SELECT facts, body FROM entries").fetchall()
    packed = [zlib.decompressobj(31).decompress(body) for _, body in rows if body.startswith(b"\x1f\x8b")]
    return [*(facts.encode() for facts, _ in rows), *(body for _, body in rows), *packed]


def test_answers_hold_no_secret(journal: Journal) -> None:
    """In headers, in bodies of every packing, in an answer that breaks off; and a code in all that follows."""
    answers = [ORDERED.encode(), f"Koden er {CODE}, sa {CODE}.".encode()]
    answers += [write(told).encode() for write in WRITTEN.values() for told in TOLD]
    packed = [(name, pack(told.encode())) for name, pack in PACKED.items() for told in TOLD]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        number = int(dict(scope["headers"])[b"x-number"])
        headers = {"X-Told": " ".join(TOLD), f"X-{ID}": "1", "Location": f"https://h/?id={ID}&apiKey={OTHER_KEY}"}
        if number < len(answers):
            await Response(answers[number], headers=headers)(scope, receive, send)
            return
        name, body = packed[number - len(answers)]
        encoding = {"Content-Encoding": name} if name in ("gzip", "deflate") else {}
        await Response(body, 500, headers=headers | encoding)(scope, receive, send)

    with Host() as host:
        url = f"http://127.0.0.1:{host.serve(app)}"
        recorder = Recorder(journal, Contract(), keys=[KEY])
        transport = RecordedTransport(httpx.HTTPTransport(), recorder, NationalIdGuard(), sender="bestillersystem")
        with httpx.Client(base_url=url, transport=transport) as client:
            for number in range(len(answers) + len(packed)):
                client.post("/api/v2/formorder", headers={"X-Number": str(number)}, content=b"{}")
    assert len(journal.exchanges()) == len(answers) + len(packed)
    held = b"\n".join(entries(journal))
    coded = (write(told) for write in WRITTEN.values() for told in TOLD)
    needles = [KEY, ID, ZERO, OTHER_KEY, CODE, f"form/{GUID}", *coded]
    assert [each for each in needles if each.encode() in held or each.encode("utf-16-le") in held] == []
    assert b"Koden er [skjult], sa [skjult]." in held
