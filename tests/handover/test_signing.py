"""Signatures as they are made, and as other programs see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from starlette.responses import Response

from eprom_verify.errors import UsageProblem
from eprom_verify.handover.esignering import problems
from eprom_verify.handover.revisions import Box, addition_problem
from eprom_verify.handover.signatory import Signatory
from eprom_verify.handover.signatures import cms_signature, pdf_signatures
from eprom_verify.handover.signing import FIELDS, sign_bytes, sign_pdf
from tests.handover.authority import Authority, TimeStamping, opened, protocol, rsa_key
from tests.handover.programs import need, said_by

BOXES = {
    "Integrator": Box(page=2, left=60, bottom=100, right=280, top=160),
    "Hemit": Box(page=2, left=310, bottom=100, right=530, top=160),
}
MANIFEST = b'{\n  "files": []\r\n}\n\x00'
Keep = Callable[[str, bytes], Path]
Served = Callable[..., tuple[str, TimeStamping]]


def sign(pdf: bytes, signatory: Signatory, **told: object) -> bytes:
    return sign_pdf(pdf, signatory, reason="Verifisert", location="Oslo", **told)  # type: ignore[arg-type]


def fields_of(pdf: bytes) -> dict[str, bool]:
    from pyhanko.sign.fields import enumerate_sig_fields

    return {name: value is not None for name, value, _ in enumerate_sig_fields(PdfFileReader(BytesIO(pdf)))}


@pytest.fixture(scope="module")
def one(pdf: bytes, integrator: Signatory) -> bytes:
    return sign(pdf, integrator)


@pytest.fixture(scope="module")
def two(one: bytes, hemit: Signatory) -> bytes:
    return sign(one, hemit)


def test_what_was_there_is_untouched(pdf: bytes, one: bytes, two: bytes) -> None:
    assert one[: len(pdf)] == pdf
    assert two[: len(one)] == one
    assert addition_problem(two, len(pdf), boxes=[]) == ""


def test_both_hold(two: bytes, authority: Authority) -> None:
    reports = pdf_signatures(two, trust=authority.trusted)
    assert [(each.field, each.signer, each.problem) for each in reports] == [
        ("Integrator", "Kari Nordmann, Integrator AS, 123456785", ""),
        ("Hemit", "Hemit HF", ""),
    ]
    assert all(each.intact and each.covers and each.trusted and not each.timestamped_at for each in reports)


def test_fields_are_made_ready(one: bytes, two: bytes) -> None:
    assert fields_of(one) == {"Integrator": True, "Hemit": False}
    assert fields_of(two) == {"Integrator": True, "Hemit": True}


def test_more_than_two_sign(two: bytes, pdf: bytes, integrator: Signatory, authority: Authority) -> None:
    four = sign(sign(two, integrator), integrator)
    reports = pdf_signatures(four, trust=authority.trusted)
    assert [each.field for each in reports] == [*FIELDS, "Signatur 3", "Signatur 4"]
    assert all(each.problem == "" for each in reports)
    assert addition_problem(four, len(pdf), boxes=[]) == ""


def test_hemit_signs_first(pdf: bytes, integrator: Signatory, hemit: Signatory, authority: Authority) -> None:
    both = sign(sign(pdf, hemit, field="Hemit"), integrator)
    reports = pdf_signatures(both, trust=authority.trusted)
    assert [(each.field, each.holds) for each in reports] == [("Hemit", True), ("Integrator", True)]


def test_field_of_ones_own(pdf: bytes, integrator: Signatory) -> None:
    assert fields_of(sign(pdf, integrator, field="Leverandør")) == {
        "Integrator": False,
        "Hemit": False,
        "Leverandør": True,
    }


def test_field_is_taken(two: bytes, hemit: Signatory) -> None:
    with pytest.raises(UsageProblem, match="Feltet «Hemit» er alt signert"):
        sign(two, hemit, field="Hemit")


def test_broken_document_is_not_signed(one: bytes, hemit: Signatory) -> None:
    at = one.index(b"/MediaBox")
    with pytest.raises(UsageProblem, match=r"PDF-en kan ikke signeres\. Dokumentet er endret"):
        sign(one[:at] + b"/mediaBox" + one[at + 9 :], hemit)


@pytest.mark.parametrize("junk", [b"", b"hei", b"%PDF-1.7\n"])
def test_junk_is_not_signed(junk: bytes, hemit: Signatory) -> None:
    with pytest.raises(UsageProblem, match="kan ikke"):
        sign(junk, hemit)


def test_encrypted_document_is_not_signed(pdf: bytes, hemit: Signatory) -> None:
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(BytesIO(pdf)))
    writer.encrypt("eier", "bruker")
    out = BytesIO()
    writer.write(out)
    with pytest.raises(UsageProblem, match="kan ikke"):
        sign(out.getvalue(), hemit)


def test_locked_document_is_not_signed(pdf: bytes, hemit: Signatory) -> None:
    """As the signed documents of ePROM are."""
    from eprom_verify.simulator.signed_pdf import FilledForm, Seal

    form = FilledForm(
        title="Skjema",
        order_id="1",
        signer="Kari",
        national_id="",
        signed_at=datetime.now(UTC),
        signing_text="x",
        answers={},
    )
    with pytest.raises(UsageProblem, match="kan ikke signeres"):
        sign(Seal(lambda: datetime.now(UTC)).sign(pdf, form), hemit)


def test_facts_are_told(one: bytes) -> None:
    [signature] = PdfFileReader(BytesIO(one)).embedded_signatures
    facts = signature.sig_object
    assert facts["/SubFilter"] == "/ETSI.CAdES.detached"
    assert (facts["/Reason"], facts["/Location"]) == ("Verifisert", "Oslo")
    assert abs(signature.self_reported_timestamp - datetime.now(UTC)) < timedelta(minutes=10)


def test_first_certifies_for_signing_alone(two: bytes) -> None:
    first, second = PdfFileReader(BytesIO(two)).embedded_signatures
    assert first.docmdp_level.value == 2
    assert second.docmdp_level is None


def test_moment_is_as_given(pdf: bytes, integrator: Signatory) -> None:
    then = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
    [report] = pdf_signatures(sign(pdf, integrator, moment=then), trust=None)
    assert report.signed_at == then
    assert cms_signature(sign_bytes(b"x", integrator, moment=then), b"x", trust=None).signed_at == then


@pytest.mark.parametrize("standards", [("a-3a", "ua-1"), ("a-2b",), ("a-3b",), ("1.7",), ("a-4",)])
def test_pdf_a_stays_as_it_was(standards: tuple[str, ...], integrator: Signatory, hemit: Signatory) -> None:
    """What can be judged without a validator; there is none that could be installed."""
    before = protocol(standards=standards)
    signed = sign(sign(before, integrator), hemit)
    was, now = PdfFileReader(BytesIO(before)), PdfFileReader(BytesIO(signed))
    assert now.input_version == was.input_version
    assert "/NeedAppearances" not in now.root["/AcroForm"]
    assert "/XFA" not in now.root["/AcroForm"]
    assert facts_of(now) == facts_of(was)
    kept = {key: value for key, value in now.root.items() if key in was.root}
    assert kept == dict(was.root)
    assert set(now.root) - set(was.root) == {"/AcroForm", "/Perms"}
    assert set(now.root["/Perms"]) == {"/DocMDP"}
    for widget in (each.get_object() for each in now.root["/AcroForm"]["/Fields"]):
        # ISO 19005-2, 6.3.2: printed, not hidden, not invisible, always viewed.
        assert widget["/F"] & 0b100111 == 0b100
        left, bottom, right, top = widget["/Rect"]
        assert (left, bottom) == (right, top)
        assert left < 0
    assert [*now.embedded_signatures[0].sig_object["/Reference"][0].get_object()] == [
        "/Type",
        "/TransformMethod",
        "/TransformParams",
    ]


def facts_of(reader: PdfFileReader) -> tuple[object, object]:
    """What a PDF says of itself, in both of the places for it."""
    there = "/Metadata" in reader.root
    info = reader.trailer.flatten().get("/Info", {})
    return reader.root["/Metadata"].data if there else None, dict(info.get_object() if info else info)


@pytest.fixture(scope="module")
def seen(pdf: bytes, integrator: Signatory, hemit: Signatory) -> bytes:
    return sign(sign(pdf, integrator, boxes=BOXES), hemit)


def test_seen_in_the_boxes(seen: bytes, pdf: bytes, authority: Authority) -> None:
    assert [each.problem for each in pdf_signatures(seen, trust=authority.trusted)] == ["", ""]
    assert addition_problem(seen, len(pdf), boxes=list(BOXES.values())) == ""
    assert "synlig utenfor rutene" in addition_problem(seen, len(pdf), boxes=[BOXES["Integrator"]])
    assert "synlig utenfor rutene" in addition_problem(seen, len(pdf), boxes=[])


def test_seen_as_text(seen: bytes, keep: Keep) -> None:
    text = said_by(need("pdftotext"), "-layout", "-enc", "UTF-8", keep("signed.pdf", seen), "-")
    for each in ("Kari Nordmann, Integrator AS, 123456785", "Hemit HF", "Verifisert", "Signert elektronisk av"):
        assert each in text


def test_seen_fonts_are_embedded(seen: bytes, keep: Keep) -> None:
    lines = said_by(need("pdffonts"), keep("signed.pdf", seen)).splitlines()
    fonts = [line.split() for line in lines if re.search(r" (yes|no) +(yes|no) +(yes|no) ", line)]
    assert len(fonts) >= 2
    assert all("no" not in line[-5:-3] for line in fonts), fonts


def test_seen_without_a_structure(seen: bytes) -> None:
    """Marks that lead into a structure have none to lead into, in what was a page of its own."""
    for field in PdfFileReader(BytesIO(seen)).root["/AcroForm"]["/Fields"]:
        [page] = field.get_object()["/AP"]["/N"]["/Resources"]["/XObject"].values()
        assert b"Tj" in page.get_object().data or b"TJ" in page.get_object().data
        assert b"/MCID" not in page.get_object().data


def test_seen_box_is_not_overrun(pdf: bytes, authority: Authority, tmp_path: Path, keep: Keep) -> None:
    """A long name and reason are cut, and never run over what stands beside the box."""
    with ExitStack() as stack:
        signatory = opened(authority.issue("Å" * 32, organization_name="Ø" * 32), tmp_path, stack)
        signed = sign_pdf(pdf, signatory, reason="lang grunn " * 90, location="", boxes=BOXES)
    assert pdf_signatures(signed, trust=None)[0].holds
    drawn = said_by(need("pdftocairo"), "-png", "-r", "36", "-f", "2", "-l", "2", keep("a.pdf", signed), tmp_path / "a")
    assert drawn.startswith("0")


def test_pdfsig_agrees(two: bytes, keep: Keep) -> None:
    said = said_by(need("pdfsig"), keep("signed.pdf", two))
    assert said.count("Signature is Valid.") == 2
    assert said.count("Signature Type: ETSI.CAdES.detached") == 2
    assert "Total document signed" in said
    broken = two.replace(b"/StructParents 0", b"/StructParents 1", 1)
    assert said_by("pdfsig", keep("broken.pdf", broken)).count("Signature is Valid.") == 0


def test_signed_document_is_fit_for_esignering(two: bytes) -> None:
    assert problems(two) == []


def openssl(keep: Keep, p7s: bytes, data: bytes, authority: Authority, *more: str) -> str:
    return said_by(
        need("openssl"),
        *("cms", "-verify", "-binary", "-inform", "DER", *more),
        *(
            "-in",
            keep("m.p7s", p7s),
            "-content",
            keep("m.json", data),
            "-CAfile",
            keep("ca.pem", authority.identity.pem),
        ),
        *("-out", keep("out", b"")),
    )


@pytest.mark.parametrize("kind", ["ec", "rsa", "p384"])
def test_openssl_agrees(kind: str, authority: Authority, tmp_path: Path, keep: Keep) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    key = {"ec": None, "rsa": rsa_key(), "p384": ec.generate_private_key(ec.SECP384R1())}[kind]
    with ExitStack() as stack:
        p7s = sign_bytes(MANIFEST, opened(authority.issue(key=key), tmp_path, stack))
    assert "CMS Verification successful" in openssl(keep, p7s, MANIFEST, authority)
    assert "CAdES Verification successful" in openssl(keep, p7s, MANIFEST, authority, "-cades")
    assert "Verification failure" in openssl(keep, p7s, MANIFEST + b" ", authority)
    assert "Verification failure" in openssl(keep, p7s, MANIFEST, Authority())


def test_signed_attributes(integrator: Signatory) -> None:
    content = cms.ContentInfo.load(sign_bytes(MANIFEST, integrator), strict=True)["content"]
    assert content["encap_content_info"]["content"].native is None
    [signer] = content["signer_infos"]
    assert {each["type"].native for each in signer["signed_attrs"]} >= {
        "content_type",
        "signing_time",
        "message_digest",
        "signing_certificate_v2",
        "cms_algorithm_protection",
    }


def test_both_sign_the_same_manifest(integrator: Signatory, hemit: Signatory, authority: Authority) -> None:
    for signatory in (integrator, hemit):
        report = cms_signature(sign_bytes(MANIFEST, signatory), MANIFEST, trust=authority.trusted)
        assert (report.problem, report.signer) == ("", signatory.name)


def test_time_stamp_in_a_pdf(
    pdf: bytes, integrator: Signatory, hemit: Signatory, authority: Authority, served: Served
) -> None:
    url, service = served()
    both = sign(sign(pdf, integrator, tsa_url=url), hemit, tsa_url=url)
    reports = pdf_signatures(both, trust=authority.trusted)
    assert [each.problem for each in reports] == ["", ""]
    for each in reports:
        assert each.timestamped_at is not None
        assert abs(each.timestamped_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert service.asked
    assert addition_problem(both, len(pdf), boxes=[]) == ""


def test_time_stamp_of_bytes(integrator: Signatory, authority: Authority, served: Served, keep: Keep) -> None:
    url, _ = served()
    p7s = sign_bytes(MANIFEST, integrator, tsa_url=url)
    report = cms_signature(p7s, MANIFEST, trust=authority.trusted)
    assert report.problem == ""
    assert report.timestamped_at is not None
    assert "CMS Verification successful" in openssl(keep, p7s, MANIFEST, authority)


def test_openssl_agrees_on_the_time(integrator: Signatory, authority: Authority, served: Served, keep: Keep) -> None:
    url, _ = served()
    [signer] = cms.ContentInfo.load(sign_bytes(MANIFEST, integrator, tsa_url=url))["content"]["signer_infos"]
    [token] = [each["values"][0] for each in signer["unsigned_attrs"]]
    stamped = signer["signature"].native
    for data, verdict in ((stamped, "Verification: OK"), (stamped + b"x", "Verification: FAILED")):
        said = said_by(
            *(need("openssl"), "ts", "-verify", "-token_in", "-in", keep("t.der", token.dump())),
            *("-data", keep("t.data", data), "-CAfile", keep("ca.pem", authority.identity.pem)),
        )
        assert verdict in said


@pytest.mark.parametrize(
    "told",
    [
        {"answer": Response(status_code=500)},
        {"answer": Response("hei", media_type="text/html")},
        {"answer": Response(b"junk", media_type="application/timestamp-reply")},
        {"answer": Response(b"", media_type="application/timestamp-reply")},
        {"refuse": True},
    ],
    ids=["error", "a web page", "junk", "nothing", "refused"],
)
def test_time_stamping_fails(told: dict[str, object], pdf: bytes, integrator: Signatory, served: Served) -> None:
    url, _ = served(**told)
    for attempt in (lambda: sign(pdf, integrator, tsa_url=url), lambda: sign_bytes(b"x", integrator, tsa_url=url)):
        with pytest.raises(UsageProblem, match=r"Fikk ikke tidsstempel fra 127\.0\.0\.1"):
            attempt()


def test_time_stamping_does_not_answer(integrator: Signatory) -> None:
    from eprom_verify.serving import bind

    with bind("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(UsageProblem, match="Fikk ikke tidsstempel"):
        sign_bytes(b"x", integrator, tsa_url=f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("url", ["tsa.example", "ftp://tsa.example/", "http://"])
def test_time_stamping_address_is_none(url: str, integrator: Signatory) -> None:
    with pytest.raises(UsageProblem, match="ikke en nettadresse"):
        sign_bytes(b"x", integrator, tsa_url=url)
