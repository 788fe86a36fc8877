"""How a real ePROM is reached: whom we trust there, who we are, and through which proxy.

There is no way to leave the check of a certificate out.
"""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
import truststore

from eprom_verify.errors import UsageProblem

PASSWORD_VARIABLE = "EPROM_VERIFY_CLIENT_KEY_PASSWORD"  # noqa: S105 - the variable's name
DIRECT = "ingen"
"""The `proxy` of a connection that uses none, whatever the environment says."""


class UnusableFile(Exception):
    """A file that the configuration names cannot be used; `key` is where it is named, the text why, in Norwegian."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


@dataclass(frozen=True)
class Proxy:
    """A proxy that calls go through: its address without credentials, and where that is from."""

    address: str
    named_in: str
    login: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How an environment is connected to.

    `ca` is a PEM file with the issuers to trust, and nobody else; "" leaves it to the machine's own trust store.
    `client_certificate` and `client_key` are PEM files; "" for the key means that it stands with the certificate.
    `proxy` is an address, `DIRECT`, or "" for what the environment variables (and on Windows and macOS the system) say.
    """

    ca: str = ""
    client_certificate: str = ""
    client_key: str = ""
    key_password: str = field(default="", repr=False)
    proxy: str = ""
    proxy_login: tuple[str, str] | None = field(default=None, repr=False)

    @cached_property
    def context(self) -> ssl.SSLContext:
        """What TLS is set up with, made once: it takes long to make.

        Raises:
            UnusableFile: a file is missing, or is not what it should be.
        """
        # The machine's own store and not certifi's list: the CA of Helsenettet, or of a proxy that opens TLS, is known
        # there alone, and what an IT department withdraws is withdrawn here too.
        context = _trusting(self.ca) if self.ca else truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self.client_certificate:
            self._identify(context)
        return context

    def secrets(self, url: str) -> tuple[str, ...]:
        """What must never be shown of the way to this address."""
        proxy = self.proxy_to(url)
        return (self.key_password, proxy.login[1] if proxy and proxy.login else "")

    @property
    def trusts(self) -> str:
        """Whom we trust, in Norwegian."""
        return f"utstederne i {self.ca} (ca i oppsettet)" if self.ca else "maskinens tillitslager"

    def proxy_to(self, url: str) -> Proxy | None:
        """The proxy that calls to this address go through, if any.

        What the configuration says holds for every address. Else the usual variables do (HTTPS_PROXY, HTTP_PROXY,
        ALL_PROXY, NO_PROXY), but never for this machine itself.

        Raises:
            UsageProblem: it is of a kind that cannot be used.
        """
        if self.proxy == DIRECT:
            return None
        if self.proxy:
            return Proxy(self.proxy, "proxy i oppsettet", self.proxy_login)
        parts = urlsplit(url)
        host = parts.hostname or ""
        if _is_this_machine(host) or proxy_bypass(parts.netloc.rpartition("@")[2]):
            return None
        known = getproxies()
        name = parts.scheme if known.get(parts.scheme) else "all"
        return self._from_environment(name, known[name]) if known.get(name) else None

    def transport(self, url: str) -> httpx.HTTPTransport:
        """What sends calls to this address. Whoever asks for it closes it."""
        return httpx.HTTPTransport(verify=self.context, proxy=self._httpx_proxy(url))

    def async_transport(self, url: str, limits: httpx.Limits = httpx.Limits()) -> httpx.AsyncHTTPTransport:  # noqa: B008
        """What sends calls to this address from an event loop. Whoever asks for it closes it."""
        return httpx.AsyncHTTPTransport(verify=self.context, proxy=self._httpx_proxy(url), limits=limits)

    def _httpx_proxy(self, url: str) -> httpx.Proxy | None:
        proxy = self.proxy_to(url)
        if proxy is None:
            return None
        secured = self.context if proxy.address.startswith("https:") else None
        return httpx.Proxy(proxy.address, auth=proxy.login, ssl_context=secured)

    def _from_environment(self, name: str, told: str) -> Proxy:
        variable = f"{name.upper()}_PROXY"
        url = httpx.URL(told if "://" in told else f"http://{told}")
        if url.scheme not in ("http", "https"):
            raise UsageProblem(
                f"Proxyen i {variable} er av et slag som ikke kan brukes ({url.scheme}).",
                f"Sett proxy under [forbindelse] i oppsettet til en http-proxy, eller til «{DIRECT}».",
            )
        login = (url.username, url.password) if url.username else self.proxy_login
        return Proxy(str(url.copy_with(userinfo=b"", raw_path=b"")).rstrip("/"), variable, login)

    def _identify(self, context: ssl.SSLContext) -> None:
        for key, path in (("klientsertifikat", self.client_certificate), ("klientnokkel", self.client_key)):
            if path:
                _readable(key, path)
        asked = []

        def password() -> str:
            # Without this, OpenSSL would ask on the terminal.
            asked.append(True)
            return self.key_password

        try:
            context.load_cert_chain(self.client_certificate, self.client_key or None, password)
        except (ssl.SSLError, ValueError) as exc:
            raise self._not_identified(exc, encrypted=bool(asked)) from exc

    def _not_identified(self, exc: Exception, *, encrypted: bool) -> UnusableFile:
        where = "klientnokkel" if self.client_key else "klientsertifikat"
        if encrypted and not self.key_password:
            return UnusableFile(where, f"har en kryptert nøkkel; sett miljøvariabelen {PASSWORD_VARIABLE}")
        if encrypted:
            return UnusableFile(where, f"åpnes ikke av passordet i miljøvariabelen {PASSWORD_VARIABLE}")
        if getattr(exc, "reason", "") == "KEY_VALUES_MISMATCH":
            return UnusableFile(where, "har en nøkkel som ikke hører til klientsertifikat; finn nøkkelen som gjør det")
        if b"-----BEGIN CERTIFICATE" not in Path(self.client_certificate).read_bytes():
            return UnusableFile("klientsertifikat", f"({self.client_certificate}) {_NO_PEM.format('sertifikat')}")
        if self.client_key:
            return UnusableFile(where, f"({self.client_key}) {_NO_PEM.format('privat nøkkel')}")
        return UnusableFile(where, "har ingen privat nøkkel; sett klientnokkel til filen med den")


_NO_PEM = "har ikke noe {} i PEM-format; gjør filen om med openssl"


def _trusting(path: str) -> ssl.SSLContext:
    _readable("ca", path)
    try:
        return ssl.create_default_context(cafile=path)
    except (ssl.SSLError, ValueError) as exc:
        raise UnusableFile("ca", f"({path}) {_NO_PEM.format('sertifikat')}") from exc


def _readable(key: str, path: str) -> None:
    try:
        with Path(path).open("rb"):
            pass
    except FileNotFoundError as exc:
        raise UnusableFile(key, f"viser til {path}, som ikke finnes; stien gjelder fra mappen du står i") from exc
    except OSError as exc:
        raise UnusableFile(key, f"viser til {path}, som ikke kan leses; sjekk rettighetene") from exc


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"
