"""A document that passes is known again by its hash, though the journal keeps only the beginning of it."""

from __future__ import annotations

import hashlib
import random

import httpx
import pytest
from starlette.responses import JSONResponse, Response

from eprom_verify.exchange import Exchange
from eprom_verify.journal.journal import KEPT_BODY_BYTES, Journal, read_exchanges
from eprom_verify.journal.recorded_app import RecordedApp
from eprom_verify.journal.recorder import Recorder
from eprom_verify.journal.store import verify_chain
from eprom_verify.runner.evidence import headline, readable
from eprom_verify.serving import Host

from .conftest import KEY

PATH = "/api/ExternalDocument/184738d0-3c39-e611-9c2a-34e6d72e03c7"
SMALL = b"%PDF-1.7\n/ByteRange\n" + bytes(range(256))
LARGE = b"%PDF-1.7\n" + random.Random(1).randbytes(2 * KEPT_BODY_BYTES)
LEAKING = b"%PDF-1.7\n" + KEY.encode()


def passed(answer: Response, host: Host, recorder: Recorder, journal: Journal, path: str = PATH) -> Exchange:
    """The exchange as the journal's file has it, after somebody fetched this."""
    app = RecordedApp(answer, recorder, sender=lambda headers: "bestillersystem", body_limit=lambda path: 1000)
    url = f"http://127.0.0.1:{host.serve(app)}{path}"
    assert httpx.get(url, headers={"Authorization": f"Basic {KEY}"}).content == answer.body
    [noted] = journal.exchanges()
    [written] = read_exchanges(journal.path)
    assert written == noted
    return noted


@pytest.mark.parametrize(
    "content", [b"", b"no pdf", SMALL, LARGE, LEAKING], ids=["empty", "text", "small", "large", "key"]
)
def test_hash_of_the_whole(content: bytes, host: Host, recorder: Recorder, journal: Journal) -> None:
    noted = passed(Response(content, media_type="application/pdf"), host, recorder, journal)
    assert noted.operation == "E"
    assert noted.response is not None
    assert noted.response.sha256 == hashlib.sha256(content).hexdigest()
    assert noted.response.size == len(content)
    assert len(noted.response.body) <= KEPT_BODY_BYTES
    assert KEY.encode() not in noted.response.body
    assert verify_chain(journal.path).problem is None


def test_small_kept_as_it_was(host: Host, recorder: Recorder, journal: Journal) -> None:
    noted = passed(Response(SMALL), host, recorder, journal)
    assert noted.response is not None
    assert noted.response.body == SMALL


@pytest.mark.parametrize(
    ("path", "answer"),
    [(PATH, JSONResponse({"Message": "no"}, 404)), ("/api/else", Response(SMALL)), (PATH, Response(SMALL, 201))],
)
def test_nothing_else_is_hashed(path: str, answer: Response, host: Host, recorder: Recorder, journal: Journal) -> None:
    """A short text with a secret in it could be found from its hash."""
    noted = passed(answer, host, recorder, journal, path)
    assert noted.response is not None
    assert noted.response.sha256 is None


def test_report_shows_the_hash(host: Host, recorder: Recorder, journal: Journal) -> None:
    noted = passed(Response(SMALL), host, recorder, journal)
    assert headline(noted).startswith("Signert dokument fra bestillersystemet: GET → 200")
    text = readable(noted)
    assert f"SHA-256: {hashlib.sha256(SMALL).hexdigest()}" in text
    assert f"(dokument, {len(SMALL)} byte)" in text
    assert "%PDF" not in text
