"""Whom an environment is believed to be, who we say that we are, and through which proxy: with real TLS and sockets."""

from __future__ import annotations

import base64
import ssl
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from eprom_verify.errors import UsageProblem
from eprom_verify.journal.connection import Connection, UnusableFile
from eprom_verify.network import trouble_of
from eprom_verify.network_kinds import Kind
from tests.tls import DAY, Authority, answering, forward_proxy, speaking, wild_server


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("others"), "En annen")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def get(connection: Connection, url: str, timeout_s: float = 5) -> httpx.Response:
    with httpx.Client(transport=connection.transport(url), timeout=timeout_s) as client:
        return client.get(url)


def refused(connection: Connection, url: str) -> tuple[Kind, str, str]:
    with pytest.raises(httpx.TransportError) as caught:
        get(connection, url)
    proxy = connection.proxy_to(url)
    found = trouble_of(caught.value, url, proxy=proxy.address if proxy else "")
    return found.kind, found.text, found.remedy


def test_given_ca_alone(ours: Authority) -> None:
    with wild_server(speaking(ours.server())) as server:
        server.behave = answering(200)
        assert get(Connection(ca=str(ours.path)), f"https://127.0.0.1:{server.port}/").status_code == 200


def test_system_store(ours: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own store counts, as where Helsenettet's CA is put; here that store is told by SSL_CERT_FILE."""
    with wild_server(speaking(ours.server())) as server:
        server.behave = answering(200)
        url = f"https://127.0.0.1:{server.port}/"
        assert refused(Connection(), url)[0] is Kind.CERTIFICATE
        monkeypatch.setenv("SSL_CERT_FILE", str(ours.path))
        assert get(Connection(), url).status_code == 200


@pytest.mark.parametrize(
    ("name", "ends", "trusted", "words", "remedy"),
    [
        ("127.0.0.1", 365 * DAY, False, "er utstedt av en utsteder som maskinen ikke stoler på", "pek ca under"),
        ("127.0.0.1", -DAY, True, "er utløpt", "må fornye det"),
        ("register.example.invalid", 365 * DAY, True, "gjelder ikke denne adressen", "Sjekk eprom i oppsettet"),
    ],
)
def test_untrusted(
    ours: Authority, others: Authority, name: str, ends: timedelta, trusted: bool, words: str, remedy: str
) -> None:
    with wild_server(speaking(ours.server(name, ends=ends))) as server:
        server.behave = answering(200)
        connection = Connection(ca=str((ours if trusted else others).path))
        kind, text, told = refused(connection, f"https://127.0.0.1:{server.port}/")
    assert kind is Kind.CERTIFICATE
    assert text == f"Nådde ikke ePROM: sertifikatet til 127.0.0.1 {words}."
    assert remedy in told
    assert server.heard == []


def test_wrong_host_by_name(ours: Authority) -> None:
    with wild_server(speaking(ours.server("register.example.invalid"))) as server:
        _, text, _ = refused(Connection(ca=str(ours.path)), f"https://localhost:{server.port}/")
    assert text == "Nådde ikke ePROM: sertifikatet til localhost gjelder ikke dette vertsnavnet."


@pytest.mark.parametrize("password", ["", "hemmelig-prøve"])
def test_client_certificate(ours: Authority, password: str) -> None:
    certificate, key = ours.client(password=password)
    mine = Connection(
        ca=str(ours.path), client_certificate=str(certificate), client_key=str(key), key_password=password
    )
    with wild_server(speaking(ours.server(), clients_of=ours)) as server:
        server.behave = answering(200)
        url = f"https://127.0.0.1:{server.port}/"
        assert get(mine, url).status_code == 200
        kind, text, remedy = refused(Connection(ca=str(ours.path)), url)
    assert kind is Kind.CLIENT_CERTIFICATE
    assert text == "Nådde ikke ePROM: 127.0.0.1 krever et klientsertifikat, eller godtok ikke det som ble vist."
    assert "klientsertifikat og klientnokkel" in remedy


def test_client_of_another(ours: Authority, others: Authority) -> None:
    certificate, key = others.client()
    theirs = Connection(ca=str(ours.path), client_certificate=str(certificate), client_key=str(key))
    with wild_server(speaking(ours.server(), clients_of=ours)) as server:
        assert refused(theirs, f"https://127.0.0.1:{server.port}/")[0] is Kind.CLIENT_CERTIFICATE
    assert server.heard == []


def test_no_tls(ours: Authority) -> None:
    with wild_server() as server:
        server.behave = answering(200)
        assert refused(Connection(ca=str(ours.path)), f"https://127.0.0.1:{server.port}/")[0] is Kind.TLS


def test_unusable_files(ours: Authority, others: Authority, tmp_path: Path) -> None:
    certificate, key = ours.client()
    _, other_key = others.client()
    _, locked = ours.client(password="hemmelig-prøve")
    text = tmp_path / "tekst.pem"
    text.write_text("ikke PEM")
    wrong = [
        ({"ca": str(text)}, "ca", "PEM-format"),
        ({"ca": str(tmp_path / "borte.pem")}, "ca", "ikke finnes"),
        ({"ca": str(tmp_path)}, "ca", "ikke kan leses"),
        ({"ca": str(key)}, "ca", "PEM-format"),
        ({"client_certificate": str(text), "client_key": str(key)}, "klientsertifikat", "ikke noe sertifikat"),
        ({"client_certificate": str(certificate)}, "klientsertifikat", "sett klientnokkel"),
        ({"client_certificate": str(certificate), "client_key": str(text)}, "klientnokkel", "privat nøkkel"),
        ({"client_certificate": str(certificate), "client_key": str(other_key)}, "klientnokkel", "ikke hører til"),
        ({"client_certificate": str(certificate), "client_key": str(locked)}, "klientnokkel", "er kryptert"),
    ]
    for told, named, words in wrong:
        with pytest.raises(UnusableFile) as caught:
            _ = Connection(**told).context
        shown = str(caught.value).replace("har en kryptert nøkkel", "er kryptert")
        assert (caught.value.key, words in shown) == (named, True), shown


def test_wrong_password(ours: Authority) -> None:
    certificate, key = ours.client(password="hemmelig-prøve")
    told = Connection(client_certificate=str(certificate), client_key=str(key), key_password="feil")
    with pytest.raises(UnusableFile, match="åpnes ikke av passordet i miljøvariabelen EPROM_VERIFY_CLIENT_KEY"):
        _ = told.context
    assert "hemmelig" not in repr(told)
    assert "feil" not in repr(told)


def test_never_asks_on_terminal(ours: Authority) -> None:
    """OpenSSL would ask for the password of a key on the terminal; nobody is there in CI."""
    certificate, key = ours.client(password="hemmelig-prøve")
    code = f"""
from eprom_verify.journal.connection import Connection, UnusableFile
try:
    Connection(client_certificate={str(certificate)!r}, client_key={str(key)!r}).context
except UnusableFile as exc:
    print(exc)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=60, stdin=subprocess.DEVNULL
    )
    assert (done.stdout.strip(), done.stderr) == (
        "har en kryptert nøkkel; sett miljøvariabelen EPROM_VERIFY_CLIENT_KEY_PASSWORD",
        "",
    )


def test_through_proxy(ours: Authority) -> None:
    """The environment's certificate is judged as without a proxy, and the proxy sees nothing but the address."""
    with wild_server(speaking(ours.server())) as server, forward_proxy() as proxy:
        server.behave = answering(200)
        url = f"https://127.0.0.1:{server.port}/hemmelig"
        assert get(Connection(ca=str(ours.path), proxy=proxy.url), url).status_code == 200
        assert refused(Connection(proxy=proxy.url), url)[0] is Kind.CERTIFICATE
    assert proxy.asked == [f"CONNECT 127.0.0.1:{server.port} HTTP/1.1"] * 2
    assert not any(b"hemmelig" in each for each in proxy.heard)
    assert len(server.heard) == 1


def test_proxy_login(ours: Authority) -> None:
    login = base64.b64encode(b"bruker:hemmelig-pr").decode()
    with wild_server(speaking(ours.server())) as server, forward_proxy(login=login) as proxy:
        server.behave = answering(200)
        url = f"https://127.0.0.1:{server.port}/"
        kind, text, remedy = refused(Connection(ca=str(ours.path), proxy=proxy.url), url)
        known = Connection(ca=str(ours.path), proxy=proxy.url, proxy_login=("bruker", "hemmelig-pr"))
        assert get(known, url).status_code == 200
    assert (kind, text) == (Kind.PROXY_LOGIN, "Nådde ikke ePROM: proxyen krever innlogging (407).")
    assert "EPROM_VERIFY_PROXY_USER" in remedy
    assert "hemmelig-pr" not in repr(known)
    # It is told to the proxy alone.
    assert not any(b"roxy-" in each for each in server.heard)


def test_proxy_refuses(ours: Authority) -> None:
    with forward_proxy(refuses=403) as proxy:
        kind, text, _ = refused(Connection(ca=str(ours.path), proxy=proxy.url), "https://127.0.0.1:9/")
    assert (kind, text) == (Kind.PROXY, "Nådde ikke ePROM: proxyen slapp ikke kallet til 127.0.0.1 gjennom (403 X).")


def test_proxy_gone(ours: Authority) -> None:
    with forward_proxy() as proxy:
        pass
    kind, text, remedy = refused(Connection(ca=str(ours.path), proxy=proxy.url), "https://127.0.0.1:9/")
    assert kind is Kind.REFUSED
    assert f"ingen lytter på proxyen {proxy.url}" in text
    assert "Sjekk at proxyen er oppe" in remedy


def test_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://bruker:hemmelig-pr@127.0.0.1:3128")
    monkeypatch.setenv("NO_PROXY", ".intern.invalid")
    found = Connection().proxy_to("https://register.example.invalid/x")
    assert found is not None
    assert (found.address, found.named_in, found.login) == (
        "http://127.0.0.1:3128",
        "HTTPS_PROXY",
        ("bruker", "hemmelig-pr"),
    )
    assert "hemmelig-pr" not in repr(found)
    for url in (
        "http://register.example.invalid",
        "https://eprom.intern.invalid",
        "https://127.0.0.1:8443",
        "https://localhost",
        "https://[::1]:8443",
    ):
        assert Connection().proxy_to(url) is None, url
    assert Connection(proxy="ingen").proxy_to("https://register.example.invalid") is None


def test_configuration_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "*")
    found = Connection(proxy="http://127.0.0.1:2").proxy_to("https://127.0.0.1:8443")
    assert found is not None
    assert (found.address, found.named_in) == ("http://127.0.0.1:2", "proxy i oppsettet")


def test_all_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "proxy.example.invalid:8080")
    found = Connection().proxy_to("https://register.example.invalid")
    assert found is not None
    assert (found.address, found.named_in) == ("http://proxy.example.invalid:8080", "ALL_PROXY")
    monkeypatch.setenv("ALL_PROXY", "socks5://proxy.example.invalid:1080")
    with pytest.raises(UsageProblem, match="Proxyen i ALL_PROXY er av et slag som ikke kan brukes"):
        Connection().proxy_to("https://register.example.invalid")


def test_nothing_turns_the_check_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONHTTPSVERIFY", "CURL_INSECURE", "NODE_TLS_REJECT_UNAUTHORIZED"):
        monkeypatch.setenv(name, "0")
    made = Connection().context
    assert made.verify_mode is ssl.CERT_REQUIRED
    assert made.check_hostname
