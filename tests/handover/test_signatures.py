"""Every way to break a signature, and what is told of it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from asn1crypto import algos, cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from eprom_verify.errors import UsageProblem
from eprom_verify.handover.judgement import SignatureReport, read_certificates
from eprom_verify.handover.revisions import addition_problem, base_revision
from eprom_verify.handover.signatory import Signatory
from eprom_verify.handover.signatures import cms_signature, pdf_signatures
from eprom_verify.handover.signing import sign_bytes, sign_pdf
from eprom_verify.serving import Host
from tests.handover.authority import DAY, NOW, Authority, Identity, TimeStamping, asn1, opened, protocol, rsa_key
from tests.handover.programs import signed_by_openssl
from tests.handover.tampering import (
    CHANGES,
    box_added,
    by_hand,
    changed,
    dangling,
    moved,
    shadowed,
    signature_removed,
)

DATA = b'{"files": []}\n'
OUTSIDE = "En signatur på side 1 i PDF-en er synlig utenfor rutene som er satt av til signaturer."
LATER = "Etter signaturen er dokumentet endret med annet enn nye signaturer."
ALTERED = "Dokumentet er endret etter at det ble signert."
Served = Callable[..., tuple[str, TimeStamping]]


def sign(pdf: bytes, signatory: Signatory, **told: object) -> bytes:
    return sign_pdf(pdf, signatory, reason="Verifisert", location="Oslo", **told)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Signed:
    base: bytes
    one: bytes
    two: bytes
    trust: list[object]

    def reports(self, pdf: bytes) -> list[SignatureReport]:
        return pdf_signatures(pdf, trust=self.trust)  # type: ignore[arg-type]

    def problems(self, pdf: bytes) -> list[str]:
        return [each.problem for each in self.reports(pdf)]

    def added(self, pdf: bytes) -> str:
        return addition_problem(pdf, len(self.base), boxes=[])


@pytest.fixture(scope="module")
def signed(pdf: bytes, integrator: Signatory, hemit: Signatory, authority: Authority) -> Signed:
    one = sign(pdf, integrator)
    return Signed(pdf, one, sign(one, hemit), authority.trusted)


def test_untouched_holds(signed: Signed) -> None:
    assert signed.problems(signed.one) == [""]
    assert signed.problems(signed.two) == ["", ""]
    assert [signed.added(each) for each in (signed.base, signed.one, signed.two)] == ["", "", ""]
    assert base_revision(signed.two, len(signed.base)) == signed.base


def test_unsigned_has_none(signed: Signed) -> None:
    assert signed.reports(signed.base) == []


def test_report_tells_who(signed: Signed, integrator: Signatory) -> None:
    [report] = signed.reports(signed.one)
    assert report.signer == "Kari Nordmann, Integrator AS, 123456785"
    assert report.issuer == "Prøve-CA"
    assert int(report.serial, 16) == integrator.certificate.serial_number
    assert report.signed_at is not None
    assert NOW <= report.signed_at <= datetime.now(UTC)
    assert report.holds


@pytest.mark.parametrize("change", CHANGES)
def test_later_revision_changes_the_document(signed: Signed, change: Callable[..., object]) -> None:
    for before in (signed.one, signed.two):
        now = changed(before, change)
        assert signed.problems(now)[-1] in (LATER, "Etter signaturen står noe som ingen har signert.")
        assert signed.reports(now)[-1].intact
        assert not signed.reports(now)[-1].covers
        assert signed.added(now) != ""


@pytest.mark.parametrize("change", CHANGES)
def test_change_before_the_signature(signed: Signed, integrator: Signatory, change: Callable[..., object]) -> None:
    """Whoever signs may have changed the document first: then all signatures hold, and the first bytes are as known."""
    now = sign(changed(signed.base, change), integrator)
    assert signed.problems(now) == [""]
    assert base_revision(now, len(signed.base)) == signed.base
    told = "Innholdet i PDF-en er endret etter at den ble laget."
    assert signed.added(now) == (told if change is not box_added else OUTSIDE)


@pytest.mark.parametrize("change", CHANGES)
def test_change_between_signatures(signed: Signed, hemit: Signatory, change: Callable[..., object]) -> None:
    now = signed_without_care(changed(signed.one, change), hemit)
    first, second = signed.reports(now)
    assert (first.problem, first.covers) == (LATER, False)
    assert second.holds
    if change is not box_added:  # which only the boxes can tell from a field of the tool's own
        assert signed.added(now) == "Innholdet i PDF-en er endret etter at den ble laget."
    assert addition_problem(now, len(signed.base), boxes=[]) != ""


def signed_without_care(pdf: bytes, signatory: Signatory, *, field: str = "Annet", **told: object) -> bytes:
    """As another program signs, which does not ask what came before."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

    meta = PdfSignatureMetadata(field_name=field, subfilter=SigSeedSubFilter.PADES, **told)  # type: ignore[arg-type]
    signer = PdfSigner(meta, signatory.signer, new_field_spec=SigFieldSpec(field))
    return signer.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf))).getvalue()


def test_other_programs_signatures(signed: Signed, hemit: Signatory) -> None:
    """They may write metadata anew, and call the document PDF 2.0."""
    for before, count in ((signed.base, 1), (signed.one, 2)):
        now = signed_without_care(before, hemit, md_algorithm="sha384")
        assert signed.problems(now) == [""] * count
        assert signed.added(now) == ""


def test_signature_is_taken_away(signed: Signed) -> None:
    now = changed(signed.two, signature_removed)
    assert signed.problems(now) == []
    assert signed.added(now) != ""


def test_text_is_altered(signed: Signed) -> None:
    at = signed.two.index(b"stream") + 12
    now = signed.two[:at] + bytes([signed.two[at] ^ 1]) + signed.two[at + 1 :]
    assert signed.problems(now) == [ALTERED, ALTERED]
    assert not any(each.intact or each.trusted for each in signed.reports(now))


def hole(pdf: bytes) -> tuple[int, int]:
    start = pdf.rindex(b"/Contents <3082") + len(b"/Contents ")
    return start, pdf.index(b">", start) + 1


def test_no_byte_can_be_altered(signed: Signed) -> None:
    """A hundred bits here and there. Within the signature itself some may be, and nothing may break the reader."""
    seed = 20261127
    random, (start, end) = Random(seed), hole(signed.one)
    for _ in range(100):
        at = random.randrange(len(signed.one))
        now = signed.one[:at] + bytes([signed.one[at] ^ (1 << random.randrange(8))]) + signed.one[at + 1 :]
        told = signed.problems(now)
        if not start <= at < end:
            assert told != [""], (seed, at)


def test_end_is_told_twice(signed: Signed) -> None:
    now = signed.two + b"\n%%EOF\n"
    assert signed.problems(now) != ["", ""]
    assert signed.added(now) != ""


@pytest.mark.parametrize("tail", [b"\n", b"% mer\n", b"\0" * 100, b"<script>"])
def test_tail_is_seen(signed: Signed, tail: bytes) -> None:
    assert signed.problems(signed.two + tail)[-1] == "Etter signaturen står noe som ingen har signert."
    assert signed.added(signed.two + tail) == "Etter den siste signaturen i PDF-en står noe som ingen har signert."


def test_tail_on_the_unsigned(signed: Signed) -> None:
    assert signed.added(signed.base + b"\n% mer\n") == "Det er lagt til noe annet enn signaturer i PDF-en."
    unsigned = changed(signed.base, lambda writer: writer.update_root())
    assert signed.added(unsigned) == "Det er lagt til noe annet enn signaturer i PDF-en."


def test_cut_off(signed: Signed) -> None:
    whole = len(signed.one)
    for length in (0, 5, 100, len(signed.base) // 2, len(signed.base) + 1500, whole - 2000, whole - 200, whole - 6):
        now = signed.one[:length]
        assert signed.problems(now) != [""], length
        assert signed.added(now) != "", length


def test_cut_off_is_told(signed: Signed) -> None:
    assert signed.problems(signed.one[:5000])[0].startswith("PDF-en kan ikke leses")
    assert signed.added(signed.base[:-1]) == "PDF-en er kortere enn den var da den ble laget."


@pytest.mark.parametrize("junk", [b"", b"hei", b"%PDF-1.7\n", b"PK\x03\x04", b"\0" * 3000])
def test_junk_is_told(junk: bytes) -> None:
    [report] = pdf_signatures(junk, trust=None)
    assert report.problem.startswith("PDF-en kan ikke leses")
    assert not report.intact
    assert not report.covers


def test_another_document_after_the_bytes(signed: Signed, integrator: Signatory) -> None:
    """The first bytes are as they should be, but no reader looks at them."""
    other = sign(protocol("Ikke godkjent"), integrator)
    for now in (signed.base + other, signed.base + b"\n" + other):
        assert signed.added(now) != ""


def test_another_signed_document_that_fits(signed: Signed, integrator: Signatory) -> None:
    """The first bytes are as they should be, and what follows is a whole document of its own that readers show."""
    other = moved(protocol("Ikke godkjent"), len(signed.base))
    now = signed_without_care(signed.base + other, integrator)
    assert signed.problems(now) == [""]
    assert signed.added(now) == "Det er lagt til noe annet enn signaturer i PDF-en."


def test_history_is_passed_over(signed: Signed) -> None:
    """A revision that says it comes after no other: readers would see it alone."""
    now = by_hand(signed.one, 900, b"<</Type/Catalog>>", previous=len(signed.base) - 10)
    assert signed.problems(now) != [""]
    assert signed.added(now) != ""


def test_text_that_waits_to_be_seen(signed: Signed, integrator: Signatory, hemit: Signatory) -> None:
    """A page may refer to what is not there yet, so that it can be put there after all have signed."""
    base = dangling(signed.base, 999)
    both = signed_without_care(signed_without_care(base, integrator, field="A"), hemit, field="B")
    now = by_hand(both, 999, b"<</Length 20>>\nstream\n0 g 0 0 700 900 re f\nendstream")
    assert all(problem != "" for problem in signed.problems(now))
    assert addition_problem(now, len(base), boxes=[]) != ""


def test_signed_part_of_the_document(signed: Signed) -> None:
    """The range of bytes is shortened: what is left out is not signed."""
    _, end = hole(signed.one)
    ranges = signed.one[signed.one.index(b"/ByteRange [", end) :][:60].split(b"]")[0] + b"]"
    last = int(ranges.rstrip(b"]").split()[-1])
    now = signed.one.replace(ranges, ranges.replace(b"%d]" % last, b"%d]" % (last - 10)))
    [report] = signed.reports(now)
    assert "dekker ikke hele" in report.problem
    assert not report.covers


def test_signed_beyond_the_end(signed: Signed, integrator: Signatory) -> None:
    """Who signs leaves out some bytes after the signature, with a range as long as it should be."""
    start, end = hole(signed.one)
    size = len(signed.one) - end
    written = b"/ByteRange [0 %d %d %d]" % (start, end, size)
    assert signed.one.count(written) == 1
    now = signed.one.replace(written, b"/ByteRange [0 %d %d %d]" % (start, end + 9, size))
    made = sign_bytes(now[:start] + now[end + 9 :], integrator).hex().encode()
    [report] = signed.reports(filled(now, start, end, made))
    assert not report.covers
    assert "dekker ikke hele" in report.problem


def test_signature_of_another_document(signed: Signed, integrator: Signatory) -> None:
    other = sign(protocol("Ikke godkjent", pages=2), integrator)
    (start, end), (from_, to) = hole(signed.one), hole(other)
    assert signed.problems(filled(signed.one, start, end, other[from_ + 1 : to - 1]))[0].startswith(ALTERED)


def filled(pdf: bytes, start: int, end: int, content: bytes) -> bytes:
    """The PDF with something else where the signature was."""
    room = end - start - 2
    return pdf[: start + 1] + (content.rstrip(b"0") + b"0" * room)[:room] + pdf[end - 1 :]


@pytest.mark.parametrize("content", [b"00" * 8, b"3003020101", b"hei"])
def test_signature_is_junk(signed: Signed, content: bytes) -> None:
    [report] = signed.reports(filled(signed.one, *hole(signed.one), content))
    assert "kan ikke leses" in report.problem
    assert not report.intact


def test_kind_of_signature_is_unknown(signed: Signed) -> None:
    """Old kinds, which rest on SHA-1: not passed over as if the document were not signed."""
    now = signed.one.replace(b"/ETSI.CAdES.detached", b"/adbe.pkcs7.sha1    ")
    [report] = signed.reports(now)
    assert report.field == "Integrator"
    assert not report.holds


def test_stranger_is_not_trusted(signed: Signed, tmp_path: Path) -> None:
    with ExitStack() as stack:
        stranger = opened(Authority("En annen CA").issue("Kari Nordmann"), tmp_path, stack)
        reports = signed.reports(sign(signed.one, stranger))
        p7s = sign_bytes(DATA, stranger)
    told = "Sertifikatet er ikke utstedt av noen som er oppgitt som tiltrodd."
    assert [each.trusted for each in reports] == [True, False]
    assert reports[1].intact
    assert reports[1].covers
    for each in (reports[1], cms_signature(p7s, DATA, trust=signed.trust)):  # type: ignore[arg-type]
        assert each.problem == told
    assert cms_signature(p7s, DATA, trust=None).trusted is None
    assert cms_signature(p7s, DATA, trust=None).holds
    assert cms_signature(p7s, DATA, trust=[]).problem == told


def test_authority_of_the_same_name_is_not_trusted(signed: Signed) -> None:
    report = cms_signature(by_openssl(Authority().issue()), DATA, trust=signed.trust)  # type: ignore[arg-type]
    assert (report.problem, report.trusted) == ("Kjeden fra sertifikatet til en som er tiltrodd, holder ikke.", False)


def test_certificate_itself_is_trusted(signed: Signed, integrator: Signatory) -> None:
    [report] = pdf_signatures(signed.one, trust=[integrator.certificate])
    assert (report.trusted, report.problem) == (True, "")


@pytest.mark.parametrize(
    ("usage", "problem"),
    [
        (("digital_signature",), ""),
        (("content_commitment",), ""),
        (None, ""),
        (("key_encipherment",), "Sertifikatet er ikke utstedt for signering."),
    ],
)
def test_use_of_the_certificate(usage: tuple[str, ...] | None, problem: str, authority: Authority) -> None:
    made = by_openssl(authority.issue(usage=usage))
    assert cms_signature(made, DATA, trust=authority.trusted).problem == problem


@pytest.fixture(scope="module")
def former(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signatory]:
    """Whose certificate ran out a day ago."""
    with ExitStack() as stack:
        identity = authority.issue("Før AS", days=(-100, -1))
        yield opened(identity, tmp_path_factory.mktemp("former"), stack, moment=NOW - 10 * DAY)


def test_expired_when_it_was_signed(signed: Signed, former: Signatory) -> None:
    told = f"Sertifikatet var utløpt da det ble signert: det gikk ut {NOW - DAY:%d.%m.%Y}."
    [report] = signed.reports(sign(signed.base, former))
    assert (report.problem, report.trusted) == (told, False)
    assert cms_signature(sign_bytes(DATA, former), DATA, trust=None).problem == told


def test_expired_since(signed: Signed, former: Signatory) -> None:
    [report] = signed.reports(sign(signed.base, former, moment=NOW - 10 * DAY))
    assert (report.problem, report.trusted) == ("", True)
    assert "utløpt siden" in report.remark


def test_not_yet_valid(signed: Signed, former: Signatory) -> None:
    [report] = signed.reports(sign(signed.base, former, moment=NOW - 200 * DAY))
    assert report.problem.startswith("Sertifikatet gjaldt ikke ennå da det ble signert: det gjelder fra")


def test_signed_tomorrow(signed: Signed, integrator: Signatory) -> None:
    [report] = signed.reports(sign(signed.base, integrator, moment=NOW + DAY))
    assert report.problem == "Tidspunktet for signeringen ligger i fremtiden."


def test_time_stamp_overrules_the_claim(signed: Signed, former: Signatory, served: Served) -> None:
    """A signatory may claim any time; the authority's word shows that the certificate was expired."""
    url, _ = served()
    [report] = signed.reports(sign(signed.base, former, tsa_url=url, moment=NOW - 10 * DAY))
    assert "var utløpt da det ble signert" in report.problem


def test_time_stamp_vouches_for_the_claim(signed: Signed, former: Signatory, served: Served) -> None:
    url, _ = served(at=NOW - 9 * DAY)
    [report] = signed.reports(sign(signed.base, former, tsa_url=url, moment=NOW - 9 * DAY))
    assert (report.problem, report.remark) == ("", "")
    assert report.timestamped_at == NOW - 9 * DAY


def test_time_stamp_of_a_stranger(signed: Signed, integrator: Signatory, served: Served) -> None:
    url, _ = served(of=Authority())
    now = sign(signed.base, integrator, tsa_url=url)
    [report] = signed.reports(now)
    assert report.timestamped_at is None
    assert report.remark == "Tidsstempelet er ikke fra noen som er oppgitt som tiltrodd."
    assert report.holds
    assert pdf_signatures(now, trust=None)[0].timestamped_at is not None


def test_time_stamp_of_something_else(integrator: Signatory, served: Served, authority: Authority) -> None:
    url, _ = served()
    one, other = (cms.ContentInfo.load(sign_bytes(each, integrator, tsa_url=url)) for each in (DATA, b"annet"))
    one["content"]["signer_infos"][0]["unsigned_attrs"] = other["content"]["signer_infos"][0]["unsigned_attrs"]
    report = cms_signature(one.dump(force=True), DATA, trust=authority.trusted)
    assert report.problem == "Tidsstempelet er ødelagt, eller gjelder en annen signatur."
    assert report.timestamped_at is None


def test_cms_of_other_data(integrator: Signatory) -> None:
    p7s = sign_bytes(DATA, integrator)
    for data in (DATA + b"\n", DATA.replace(b"\n", b"\r\n"), b""):
        report = cms_signature(p7s, data, trust=None)
        assert report.problem == "Signaturen gjelder andre data enn disse."
        assert not report.intact
        assert not report.covers


@pytest.mark.parametrize(
    "junk", [b"", b"hei", b"-----BEGIN CMS-----\n", b"\x30\x80", b"\x30\x03\x02\x01\x01", bytes(500)]
)
def test_cms_is_junk(junk: bytes) -> None:
    assert cms_signature(junk, DATA, trust=None).problem == "Filen er ikke en signatur i formatet CMS (DER)."


def test_cms_is_cut_or_prolonged(integrator: Signatory) -> None:
    p7s = sign_bytes(DATA, integrator)
    for now in (p7s[:-1], p7s[: len(p7s) // 2], p7s + b"\0"):
        assert not cms_signature(now, DATA, trust=None).holds


def test_cms_with_any_bit_turned(integrator: Signatory, authority: Authority) -> None:
    """Nothing breaks the reader, and no change of what is signed goes unseen."""
    p7s = sign_bytes(DATA, integrator)
    random = Random(7)
    for _ in range(150):
        at = random.randrange(len(p7s))
        now = p7s[:at] + bytes([p7s[at] ^ (1 << random.randrange(8))]) + p7s[at + 1 :]
        report = cms_signature(now, DATA, trust=authority.trusted)
        assert not report.holds or report.signer == integrator.name


def test_cms_of_nobody_or_several(integrator: Signatory) -> None:
    for count in (0, 2):
        content = cms.ContentInfo.load(sign_bytes(DATA, integrator))
        content["content"]["signer_infos"] = list(content["content"]["signer_infos"]) * count
        assert not cms_signature(content.dump(force=True), DATA, trust=None).holds


def test_cms_of_another_key(integrator: Signatory, hemit: Signatory) -> None:
    """The certificate of one, and the signature of another."""
    one, other = (cms.ContentInfo.load(sign_bytes(DATA, each)) for each in (integrator, hemit))
    one["content"]["signer_infos"][0]["signature"] = other["content"]["signer_infos"][0]["signature"]
    report = cms_signature(one.dump(force=True), DATA, trust=None)
    assert report.problem == "Signaturen er ikke laget med nøkkelen til sertifikatet."
    assert not report.intact


def test_cms_with_the_data_inside(integrator: Signatory) -> None:
    content = cms.ContentInfo.load(sign_bytes(DATA, integrator))
    content["content"]["encap_content_info"]["content"] = DATA
    assert not cms_signature(content.dump(force=True), DATA, trust=None).holds


def by_openssl(identity: Identity, *more: str) -> bytes:
    return signed_by_openssl(DATA, identity, *more)


def test_openssls_signature_holds(authority: Authority) -> None:
    for more in ([], ["-cades"], ["-md", "sha512"]):
        report = cms_signature(by_openssl(authority.issue(), *more), DATA, trust=authority.trusted)
        assert (report.problem, report.trusted, report.signer) == ("", True, "Integrator AS")


@pytest.mark.parametrize("digest", ["sha1", "md5"])
def test_weak_digest_is_refused(digest: str, authority: Authority) -> None:
    made = by_openssl(authority.issue(key=rsa_key()), "-md", digest)
    for trust in (authority.trusted, None):
        report = cms_signature(made, DATA, trust=trust)
        assert "algoritme som er for svak" in report.problem
        assert digest in report.problem


def test_weak_key_is_refused(authority: Authority) -> None:
    report = cms_signature(by_openssl(authority.issue(key=rsa_key(1024))), DATA, trust=authority.trusted)
    assert "algoritme som er for svak" in report.problem


def test_weak_digest_in_a_pdf_is_refused(signed: Signed, authority: Authority, tmp_path: Path) -> None:
    with ExitStack() as stack:
        now = signed_without_care(
            signed.base, opened(authority.issue(key=rsa_key()), tmp_path, stack), md_algorithm="sha1"
        )
    [report] = signed.reports(now)
    assert "algoritme som er for svak" in report.problem
    assert "sha1" in report.problem


def test_digest_is_not_what_it_says(integrator: Signatory) -> None:
    content = cms.ContentInfo.load(sign_bytes(DATA, integrator))
    content["content"]["signer_infos"][0]["digest_algorithm"] = algos.DigestAlgorithm({"algorithm": "sha512"})
    assert not cms_signature(content.dump(force=True), DATA, trust=None).holds


@pytest.fixture
def revoking(tmp_path: Path) -> Iterator[tuple[Authority, Signatory, list[str]]]:
    """An authority that has revoked a certificate, and tells it to those who ask."""
    authority, asked = Authority("Tilbakekallende CA"), list[str]()

    async def listed(request: Request) -> Response:
        asked.append(str(request.url))
        building = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(authority.own.subject)
            .last_update(NOW - DAY)
            .next_update(NOW + DAY)
            .add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(identity.certificate.serial_number)
                .revocation_date(NOW - 2 * DAY)
                .build()
            )
        )
        made = building.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
        return Response(made, media_type="application/pkix-crl")

    with Host() as host, ExitStack() as stack:
        port = host.serve(Starlette(routes=[Route("/crl", listed)]))
        place = x509.UniformResourceIdentifier(f"http://127.0.0.1:{port}/crl")
        point = x509.DistributionPoint(full_name=[place], relative_name=None, reasons=None, crl_issuer=None)
        identity = authority.issue(more=[x509.CRLDistributionPoints([point])])
        yield authority, opened(identity, tmp_path, stack), asked


def test_nobody_is_asked(revoking: tuple[Authority, Signatory, list[str]], pdf: bytes) -> None:
    authority, signatory, asked = revoking
    assert cms_signature(sign_bytes(DATA, signatory), DATA, trust=authority.trusted).holds
    assert pdf_signatures(sign(pdf, signatory), trust=authority.trusted)[0].holds
    assert asked == []


def test_revoked_when_asked(revoking: tuple[Authority, Signatory, list[str]], pdf: bytes) -> None:
    authority, signatory, asked = revoking
    for report in (
        cms_signature(sign_bytes(DATA, signatory), DATA, trust=authority.trusted, online=True),
        pdf_signatures(sign(pdf, signatory), trust=authority.trusted, online=True)[0],
    ):
        assert report.problem == "Sertifikatet er trukket tilbake."
    assert asked


def test_nothing_on_the_terminal(signed: Signed, tmp_path: Path) -> None:
    """pyHanko logs stack traces, which would come out where no logging is set up."""
    (tmp_path / "a.pdf").write_bytes(changed(signed.one, shadowed))
    program = (
        "import sys, pathlib\n"
        "from eprom_verify.handover.signatures import pdf_signatures\n"
        "from eprom_verify.handover.revisions import addition_problem\n"
        f"pdf = pathlib.Path(sys.argv[1]).read_bytes()\n"
        f"print(bool(pdf_signatures(pdf, trust=[])[0].problem), bool(addition_problem(pdf, {len(signed.base)})))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "a.pdf"],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    assert (done.stdout.strip(), done.stderr) == ("True True", "")
    assert logging.getLogger("pyhanko").level == logging.NOTSET


def test_certificates_are_read(authority: Authority, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    two = (authority.own, authority.issue().certificate)
    path.write_bytes(b"".join(each.public_bytes(serialization.Encoding.PEM) for each in two))
    assert [each.dump() for each in read_certificates(path)] == [asn1(each).dump() for each in two]
    path.write_bytes(authority.identity.der)
    assert [each.dump() for each in read_certificates(path)] == [authority.identity.der]


@pytest.mark.parametrize("junk", [b"", b"hei", b"\x30\x03\x02\x01\x01", b"-----BEGIN CERTIFICATE-----\nx\n"])
def test_certificates_are_junk(junk: bytes, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(junk)
    with pytest.raises(UsageProblem):
        read_certificates(tmp_path / "ca.pem")
    with pytest.raises(UsageProblem, match="kan ikke leses"):
        read_certificates(tmp_path / "borte.pem")
