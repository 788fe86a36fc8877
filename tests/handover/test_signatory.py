"""Keys from files and from tokens, and what is told when they cannot be used."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from eprom_verify.errors import UsageProblem
from eprom_verify.handover.signatory import PASSPHRASE_VARIABLE, PIN_VARIABLE, Pkcs11, Pkcs12, open_signatory
from eprom_verify.handover.signatures import cms_signature, pdf_signatures
from eprom_verify.handover.signing import sign_bytes, sign_pdf
from tests.handover.authority import NOW, PASSPHRASE, Authority, Identity, asn1, rsa_key
from tests.handover.programs import need

SOFTHSM = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
]
PIN = "".join(("12", "34"))
Keep = Callable[[str, bytes], Path]


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSPHRASE_VARIABLE, raising=False)
    monkeypatch.delenv(PIN_VARIABLE, raising=False)


def problem_of(source: Pkcs12 | Pkcs11, **told: object) -> str:
    with pytest.raises(UsageProblem) as raised, open_signatory(source, **told):  # type: ignore[arg-type]
        pass
    assert raised.value.remedy
    assert PASSPHRASE not in str(raised.value)
    return raised.value.problem


@pytest.fixture
def locked(authority: Authority, keep: Keep) -> Path:
    return keep("nøkkel.p12", authority.issue(organization_name="Integrator AS").p12())


def test_passphrase_from_the_environment(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE)
    with open_signatory(Pkcs12(path=locked)) as signatory:
        assert signatory.name == "Integrator AS"


def test_passphrase_from_another_variable(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMITS_FRASE", PASSPHRASE)
    with open_signatory(Pkcs12(path=locked, passphrase_variable="HEMITS_FRASE")):
        pass


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_passphrase_from_a_file(locked: Path, keep: Keep, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "noe annet")
    with open_signatory(Pkcs12(path=locked, passphrase_file=keep("frase", (PASSPHRASE + ending).encode()))):
        pass


def test_passphrase_asked_for(locked: Path) -> None:
    asked: list[str] = []
    with open_signatory(Pkcs12(path=locked, ask=lambda what: asked.append(what) or PASSPHRASE)):
        assert asked == ["Passfrase til nøkkel.p12: "]


def test_passphrase_is_wrong(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "feil")
    assert problem_of(Pkcs12(path=locked)) == f"Feil passfrase til sertifikatfilen {locked}."


def test_passphrase_is_missing(locked: Path) -> None:
    assert problem_of(Pkcs12(path=locked)) == f"Sertifikatfilen {locked} er låst med en passfrase."


def test_passphrase_file_is_missing(locked: Path, tmp_path: Path) -> None:
    assert "finnes ikke" in problem_of(Pkcs12(path=locked, passphrase_file=tmp_path / "frase"))


def test_passphrase_file_is_no_text(locked: Path, keep: Keep) -> None:
    assert "ikke tekst" in problem_of(Pkcs12(path=locked, passphrase_file=keep("frase", b"\xff\xfe\xe5")))


def test_file_is_missing(tmp_path: Path) -> None:
    assert problem_of(Pkcs12(path=tmp_path / "borte.p12")) == f"Sertifikatfilen {tmp_path / 'borte.p12'} finnes ikke."


def test_folder_is_no_file(tmp_path: Path) -> None:
    assert "kan ikke leses" in problem_of(Pkcs12(path=tmp_path))


@pytest.mark.parametrize("junk", [b"", b"hei", b"\x30\x03\x02\x01\x03", b"-----BEGIN CERTIFICATE-----\n"])
def test_file_is_something_else(keep: Keep, junk: bytes) -> None:
    assert "ikke en sertifikatfil" in problem_of(Pkcs12(path=keep("junk.p12", junk)))


def test_certificate_alone_is_something_else(keep: Keep, authority: Authority) -> None:
    assert "ikke en sertifikatfil" in problem_of(Pkcs12(path=keep("bare.cer", authority.issue().der)))


def test_no_key_in_it(keep: Keep, authority: Authority) -> None:
    made = pkcs12.serialize_key_and_certificates(
        b"x", None, authority.issue().certificate, None, serialization.NoEncryption()
    )
    assert "ingen privat nøkkel" in problem_of(Pkcs12(path=keep("uten.p12", made)))


def test_no_certificate_for_the_key(keep: Keep) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = pkcs12.serialize_key_and_certificates(b"x", key, None, None, serialization.NoEncryption())
    assert "hører til nøkkelen" in problem_of(Pkcs12(path=keep("uten.p12", made)))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"days": (-100, -1)}, "gikk ut"),
        ({"days": (1, 100)}, "gjelder først fra"),
        ({"usage": ("key_encipherment",)}, "ikke utstedt for signering"),
        ({"key": rsa_key(1024)}, "1024 biter, som er for svak"),
    ],
    ids=["expired", "not yet valid", "for encryption", "weak key"],
)
def test_certificate_is_unfit(keep: Keep, authority: Authority, told: dict[str, object], said: str) -> None:
    path = keep("unfit.p12", authority.issue(**told).p12(""))  # type: ignore[arg-type]
    assert said in problem_of(Pkcs12(path=path))


def test_validity_as_of_a_moment(keep: Keep, authority: Authority) -> None:
    path = keep("gammel.p12", authority.issue(days=(-100, -50)).p12(""))
    with open_signatory(Pkcs12(path=path), moment=NOW - timedelta(days=60)):
        pass


def test_usage_need_not_be_told(keep: Keep, authority: Authority) -> None:
    with open_signatory(Pkcs12(path=keep("uten.p12", authority.issue(usage=None).p12("")))):
        pass


def test_old_kinds_of_files(keep: Keep, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issuers of certificates still make files that are locked in ways from the nineties."""
    identity = authority.issue()
    source, made = keep("inn.pem", identity.pem + identity.pem_key), keep("ut.p12", b"")
    for way in (["-legacy"], ["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"]):
        subprocess.run(
            [need("openssl"), "pkcs12", "-export", *way, "-in", source, "-out", made, "-passout", "env:FRASE"],
            env={**os.environ, "FRASE": "gammel"},
            check=True,
            capture_output=True,
        )
        monkeypatch.setenv(PASSPHRASE_VARIABLE, "gammel")
        with open_signatory(Pkcs12(path=made)) as signatory:
            assert signatory.name == "Integrator AS"


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (
            {"organization_name": "Helse Nord IKT HF", "organization_identifier": "NTRNO-123456785"},
            "Ola, Helse Nord IKT HF, 123456785",
        ),
        ({"organization_name": "Gammel AS", "serial_number": "123456785"}, "Ola, Gammel AS, 123456785"),
        ({"serial_number": "26670271527"}, "Ola"),
        ({"serial_number": "UN:NO-9578-4050-127"}, "Ola"),
        ({"serial_number": "PNONO-26670271527", "country_name": "NO"}, "Ola"),
    ],
)
def test_name_tells_no_national_id(keep: Keep, authority: Authority, told: dict[str, str], name: str) -> None:
    path = keep("person.p12", authority.issue("Ola", **told).p12(""))  # type: ignore[arg-type]
    with open_signatory(Pkcs12(path=path)) as signatory:
        assert signatory.name == name


def test_key_is_not_shown(keep: Keep, authority: Authority) -> None:
    with open_signatory(Pkcs12(path=keep("a.p12", authority.issue().p12("")))) as signatory:
        assert "signer=" not in repr(signatory)


@pytest.fixture(scope="module")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    module = next((Path(each) for each in SOFTHSM if Path(each).is_file()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        pytest.skip("no SoftHSM2 on this machine (Debian: softhsm2)")
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed (the extra pkcs11)")
    folder = tmp_path_factory.mktemp("softhsm")
    settings = folder / "softhsm2.conf"
    (folder / "tokens").mkdir()
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    # The library reads it when it is first loaded, and is never loaded again: so for this process as a whole.
    os.environ["SOFTHSM2_CONF"] = str(settings)
    made = ["softhsm2-util", "--init-token", "--free", "--label", "Prøvekort", "--pin", PIN, "--so-pin", PIN * 2]
    subprocess.run(made, check=True, capture_output=True)
    return module


def put(module: Path, label: str, identity: Identity) -> None:
    """Put a key, its certificate and its authority's on the token, as a card's maker would."""
    import pkcs11
    from pkcs11.util.ec import decode_ec_private_key
    from pkcs11.util.rsa import decode_rsa_private_key

    token = pkcs11.lib(str(module)).get_token(token_label="Prøvekort")
    with token.open(rw=True, user_pin=PIN) as session:
        if isinstance(identity.key, ec.EllipticCurvePrivateKey):
            form = serialization.PrivateFormat.TraditionalOpenSSL
            key = decode_ec_private_key(
                identity.key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())
            )
        else:
            form = serialization.PrivateFormat.TraditionalOpenSSL
            key = decode_rsa_private_key(
                identity.key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())
            )
        named = pkcs11.Attribute.LABEL
        session.create_object({**key, named: label, pkcs11.Attribute.TOKEN: True, pkcs11.Attribute.SIGN: True})
        for what, certificate in ((label, identity.certificate), ("CA", identity.chain[0])):
            parsed = asn1(certificate)
            session.create_object(
                {
                    pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                    pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                    pkcs11.Attribute.TOKEN: True,
                    named: what,
                    pkcs11.Attribute.SUBJECT: parsed.subject.dump(),
                    pkcs11.Attribute.VALUE: parsed.dump(),
                }
            )


@pytest.fixture(scope="module")
def card(softhsm: Path, authority: Authority) -> Path:
    put(softhsm, "ec", authority.issue("Kort EC"))
    put(softhsm, "rsa", authority.issue("Kort RSA", key=rsa_key()))
    return softhsm


@pytest.mark.parametrize(("label", "name"), [("ec", "Kort EC"), ("rsa", "Kort RSA")])
def test_token_signs(
    card: Path, authority: Authority, pdf: bytes, label: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PIN_VARIABLE, PIN)
    with open_signatory(Pkcs11(module=card, token="Prøvekort", certificate=label)) as signatory:
        signed = sign_pdf(pdf, signatory, reason="Verifisert", location="Oslo")
        p7s = sign_bytes(b"data", signatory)
    [report] = pdf_signatures(signed, trust=authority.trusted)
    for each in (report, cms_signature(p7s, b"data", trust=authority.trusted)):
        assert (each.problem, each.signer, each.trusted) == ("", name, True)


def test_token_brings_the_chain_alone(card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PIN_VARIABLE, PIN)
    with open_signatory(Pkcs11(module=card, token="Prøvekort", certificate="ec")) as signatory:
        from asn1crypto import cms

        inside = cms.ContentInfo.load(sign_bytes(b"data", signatory))["content"]["certificates"]
    assert {each.chosen.subject.native["common_name"] for each in inside} == {"Kort EC", "Prøve-CA"}


def test_token_asks_for_the_pin(card: Path) -> None:
    with open_signatory(Pkcs11(module=card, token="Prøvekort", certificate="ec", ask=lambda what: PIN)) as signatory:
        assert signatory.name == "Kort EC"


@pytest.mark.parametrize(
    ("told", "pin", "said"),
    [
        ({}, "9999", "Feil PIN"),
        ({"token": "Et annet"}, PIN, "Kom ikke inn på «Et annet»"),
        ({"certificate": "borte"}, PIN, "Fant ikke sertifikatet «borte»"),
        ({"key": "borte"}, PIN, "med nøkkelen «borte»"),
        ({}, "", "Fant ikke"),
    ],
    ids=["wrong PIN", "no such token", "no such certificate", "no such key", "no PIN"],
)
def test_token_refuses(card: Path, told: dict[str, str], pin: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PIN_VARIABLE, pin)
    assert said in problem_of(Pkcs11(**{"module": card, "token": "Prøvekort", "certificate": "ec", **told}))


def test_token_with_the_wrong_key(
    card: Path, monkeypatch: pytest.MonkeyPatch, pdf: bytes, authority: Authority
) -> None:
    put(card, "ec2", authority.issue("Kort EC 2"))
    monkeypatch.setenv(PIN_VARIABLE, PIN)
    with open_signatory(Pkcs11(module=card, token="Prøvekort", certificate="ec", key="ec2")) as signatory:
        with pytest.raises(UsageProblem, match="holder ikke"):
            sign_bytes(b"data", signatory)
        with pytest.raises(UsageProblem, match="holder ikke"):
            sign_pdf(pdf, signatory, reason="", location="")


def test_library_is_missing(tmp_path: Path) -> None:
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed (the extra pkcs11)")
    assert "finnes ikke" in problem_of(Pkcs11(module=tmp_path / "borte.so", token="x", certificate="y"))


def test_library_is_junk(keep: Keep) -> None:
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed (the extra pkcs11)")
    assert "Kom ikke inn" in problem_of(Pkcs11(module=keep("junk.so", b"hei"), token="x", certificate="y"))


def test_support_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    monkeypatch.delitem(sys.modules, "pyhanko.sign.pkcs11", raising=False)
    with pytest.raises(UsageProblem) as raised, open_signatory(Pkcs11(module=tmp_path, token="x", certificate="y")):
        pass
    assert 'pip install "eprom-verify[pkcs11]"' in raised.value.remedy
