"""Where signatures are seen in a protocol, in print too, and that they are seen nowhere else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eprom_verify.handover import contents
from eprom_verify.handover.archive import read_archive, write_archive
from eprom_verify.handover.checking import verify_package
from eprom_verify.handover.revisions import Box, addition_problem, boxes_of
from eprom_verify.handover.signatory import Signatory
from eprom_verify.handover.signatures import pdf_signatures
from eprom_verify.handover.signing import FIELDS, sign_pdf
from eprom_verify.handover.signing_package import sign_package
from eprom_verify.report.order_list import orders_of
from eprom_verify.report.protocol import content_of
from eprom_verify.report.protocol_pdf import protocol_pdf
from eprom_verify.verdict import RunResult
from tests.handover.authority import Authority
from tests.handover.programs import need, said_by
from tests.report.hostile import HOSTILE, everywhere
from tests.report.sample_protocol import APPROVED, EXCHANGES, REJECTED, TRIAL

HEIGHT = 841.89
WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)</word>')
ELSEWHERE = {"Integrator": Box(page=1, left=60, bottom=640, right=560, top=740)}
Keep = Callable[[str, bytes], Path]


def made(result: RunResult) -> bytes:
    return protocol_pdf(content_of(result, orders_of(EXCHANGES), {}))


@pytest.fixture(scope="module")
def protocol() -> bytes:
    return made(APPROVED)


def words_on(path: Path, page: int) -> list[tuple[str, Box]]:
    """The words of a page and where they stand, as another program sees them."""
    told = said_by(need("pdftotext"), "-bbox", "-f", page, "-l", page, path, "-")
    return [
        (
            found[5],
            Box(
                page=page,
                left=float(found[1]),
                bottom=HEIGHT - float(found[4]),
                right=float(found[3]),
                top=HEIGHT - float(found[2]),
            ),
        )
        for found in WORD.finditer(told)
    ]


def touch(one: Box, other: Box) -> bool:
    beside = one.right <= other.left or other.right <= one.left
    return not beside and one.bottom < other.top and other.bottom < one.top


@pytest.mark.parametrize("result", [APPROVED, REJECTED, TRIAL], ids=["approved", "rejected", "trial"])
def test_room_is_beside_the_word_and_covers_nothing(result: RunResult, keep: Keep) -> None:
    pdf = made(result)
    boxes = boxes_of(pdf)
    assert tuple(boxes) == FIELDS
    words = words_on(keep("protocol.pdf", pdf), 1)
    # The first is the heading above them.
    _, *labels = (box for word, box in words if word == "Underskrift")
    for field, label in zip(FIELDS, labels, strict=True):
        box = boxes[field]
        assert box.page == 1
        assert 0 < box.left - label.right < 20
        assert box.bottom < label.top < box.top
        assert box.right - box.left > 150
        assert box.top - box.bottom > 50
        # What is on every page of a trial run lies behind all else.
        assert [word for word, at in words if touch(at, box) and word not in "PRØVEKJØRING"] == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_room_is_free_whatever_the_text(text: str, keep: Keep) -> None:
    pdf = made(everywhere(text))
    boxes = boxes_of(pdf)
    assert tuple(boxes) == FIELDS
    for box in boxes.values():
        assert 0 < box.left < box.right < 596
        assert 0 < box.bottom < box.top < HEIGHT
        words = words_on(keep("protocol.pdf", pdf), box.page)
        assert [word for word, at in words if touch(at, box)] == []
        assert [word for word, at in words if word == "Underskrift" and box.bottom < at.top < box.top] != []


@pytest.mark.parametrize("junk", [b"", b"hei", b"%PDF-1.7\n"])
def test_junk_has_no_room(junk: bytes) -> None:
    assert boxes_of(junk) == {}


def test_signatures_are_seen_in_their_boxes(
    protocol: bytes, integrator: Signatory, hemit: Signatory, authority: Authority, keep: Keep
) -> None:
    boxes = boxes_of(protocol)
    one = sign_pdf(protocol, integrator, reason="Verifikasjonsprotokoll", location="", boxes=boxes)
    two = sign_pdf(one, hemit, reason="Verifikasjonsprotokoll", location="", boxes=boxes_of(one))
    before = [word for word, _ in words_on(keep("unsigned.pdf", protocol), 1)]
    for pdf, names in ((one, {"Integrator": "Kari"}), (two, {"Integrator": "Kari", "Hemit": "HF"})):
        path = keep("signed.pdf", pdf)
        words = words_on(path, 1)
        for field, box in boxes.items():
            inside = [word for word, at in words if box.holds(at)]
            assert ("Signert" in inside, names.get(field) in inside) == (
                (True, True) if field in names else (False, False)
            )
        assert [word for word, at in words if not any(box.holds(at) for box in boxes.values())] == before
        told = said_by(need("pdfsig"), "-nocert", path)
        assert told.count("Signature is Valid") == len(names)
        assert all(each.problem == "" for each in pdf_signatures(pdf, trust=authority.trusted))
        assert addition_problem(pdf, len(protocol), boxes=list(boxes.values())) == ""


@pytest.fixture
def package(protocol: bytes, tmp_path: Path) -> Path:
    """The protocol and a manifest that names it: enough to sign, and to see what is said of the protocol."""
    files = {contents.PROTOCOL: protocol}
    files[contents.MANIFEST] = contents.manifest_of(APPROVED, files)
    path = tmp_path / "pakke.zip"
    write_archive(path, files, at=datetime(2026, 11, 27, tzinfo=UTC))
    return path


def said_of_protocol(path: Path) -> list[str]:
    examined = {each.title: each for each in verify_package(path).examined}
    return [each for each in examined["Manifestet"].problems if each.startswith(contents.PROTOCOL)]


def test_package_is_signed_in_its_boxes(
    package: Path, protocol: bytes, integrator: Signatory, hemit: Signatory, keep: Keep
) -> None:
    for signatory in (integrator, hemit):
        sign_package(package, signatory, reason="Verifikasjonsprotokoll", location="", tsa_url=None)
    signed = read_archive(package)[0][contents.PROTOCOL]
    words = words_on(keep("signed.pdf", signed), 1)
    for box in boxes_of(protocol).values():
        assert "Signert" in [word for word, at in words if box.holds(at)]
    assert said_of_protocol(package) == []


def test_signature_over_the_text_is_tampering(package: Path, protocol: bytes, integrator: Signatory) -> None:
    files, _ = read_archive(package)
    files[contents.PROTOCOL] = sign_pdf(protocol, integrator, reason="Godkjent", location="", boxes=ELSEWHERE)
    write_archive(package, files, at=datetime(2026, 11, 27, tzinfo=UTC))
    [problem] = said_of_protocol(package)
    assert "synlig utenfor rutene" in problem


def test_manifest_of_the_package_is_as_before(package: Path, integrator: Signatory) -> None:
    before = json.loads(read_archive(package)[0][contents.MANIFEST])
    sign_package(package, integrator, reason="", location="", tsa_url=None)
    assert json.loads(read_archive(package)[0][contents.MANIFEST]) == before
