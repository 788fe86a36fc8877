"""Servers that listen with TLS, and what is said of certificates and keys that cannot be used."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse

from eprom_verify.errors import UsageProblem
from eprom_verify.serving import Host
from eprom_verify.tls import Tls, usual_trust
from tests.certificates import Issued, issue

OK = PlainTextResponse("ok")
VARIABLE = "PROVENS_PASSORD"


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return issue(tmp_path_factory.mktemp("tls"))


def test_served_with_tls(issued: Issued) -> None:
    """To those who trust the issuer alone."""
    with Host() as host:
        port = host.serve(OK, tls=Tls(certificate=issued.certificate, key=issued.key))
        trusting = ssl.create_default_context(cafile=str(issued.issuer))
        assert httpx.get(f"https://127.0.0.1:{port}/", verify=trusting).text == "ok"
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"https://127.0.0.1:{port}/", verify=ssl.create_default_context())
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/")


def test_key_with_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = issue(tmp_path, password="hemmelig ord")
    tls = Tls(certificate=made.certificate, key=made.key, password_env=VARIABLE)
    with pytest.raises(UsageProblem, match=f"ikke oppgitt.*{VARIABLE}"):
        tls.context()
    monkeypatch.setenv(VARIABLE, "feil ord")
    with pytest.raises(UsageProblem, match="passordet er feil") as refused:
        tls.context()
    assert "feil ord" not in str(refused.value)
    monkeypatch.setenv(VARIABLE, "hemmelig ord")
    tls.context()


def _gone(made: Issued) -> None:
    made.certificate.unlink()


def _folder(made: Issued) -> None:
    made.key.unlink()
    made.key.mkdir()


def _unreadable(made: Issued) -> None:
    if os.name == "nt" or os.geteuid() == 0:
        pytest.skip("nothing is unreadable to this user")
    made.key.chmod(0)


def _exchanged(made: Issued) -> None:
    text = made.certificate.read_bytes()
    made.certificate.write_bytes(made.key.read_bytes())
    made.key.write_bytes(text)


def _no_pem(made: Issued) -> None:
    made.certificate.write_bytes(ssl.PEM_cert_to_DER_cert(made.certificate.read_text()))


def _no_key(made: Issued) -> None:
    made.key.write_text("bare tull")


def _of_another(made: Issued) -> None:
    made.key.write_bytes(issue(made.key.parent / "en annen").key.read_bytes())


def _cut(made: Issued) -> None:
    made.certificate.write_bytes(made.certificate.read_bytes()[:300])


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_gone, "Sertifikatet finnes ikke: .*sertifikat.pem"),
        (_folder, "Nøkkelen til sertifikatet er en mappe"),
        (_unreadable, "Nøkkelen til sertifikatet kan ikke leses"),
        (_exchanged, "sertifikat.pem er ikke et sertifikat i PEM"),
        (_no_pem, "sertifikat.pem er ikke et sertifikat i PEM"),
        (_no_key, "nokkel.pem er ikke en privat nøkkel i PEM"),
        (_of_another, "nokkel.pem hører ikke til sertifikatet .*sertifikat.pem"),
        (_cut, "kan ikke brukes"),
    ],
)
def test_unusable_refused(spoil: Callable[[Issued], None], words: str, tmp_path: Path) -> None:
    """Before anything listens: the port is free afterwards."""
    made = issue(tmp_path)
    spoil(made)
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with Host() as host:
        with pytest.raises(UsageProblem, match=words) as refused:
            host.serve(OK, port=port, tls=Tls(certificate=made.certificate, key=made.key))
        assert refused.value.remedy
        assert host.serve(OK, port=port) == port


def test_trust_made_once(issued: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is shared by those who ask, and another when the environment names other issuers."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    usual = usual_trust()
    assert usual_trust() is usual
    assert usual.verify_mode is ssl.CERT_REQUIRED
    assert usual.check_hostname
    assert len(usual.get_ca_certs()) > 1
    monkeypatch.setenv("SSL_CERT_FILE", str(issued.issuer))
    assert len(usual_trust().get_ca_certs()) == 1
    monkeypatch.delenv("SSL_CERT_FILE")
    assert usual_trust() is usual
