"""What the network does to a call, told so that somebody can do something about it; `network_kinds` sorts it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from eprom_verify.errors import NetworkProblem
from eprom_verify.network_kinds import UNTRUSTED, Kind, Whose, kind_of, verify_code, whose


@dataclass(frozen=True)
class Trouble:
    """What went wrong with a call, and what to do, both in Norwegian. `unsent` says that not a byte of the request can
    have reached anybody."""

    kind: Kind
    text: str
    remedy: str
    unsent: bool = False

    @property
    def whose(self) -> Whose:
        """Whose fault it is."""
        return whose(self.kind)

    @property
    def passing(self) -> bool:
        """Whether it may be over in a moment by itself."""
        return self.kind in _PASSING

    def problem(self) -> NetworkProblem:
        """The exception that stops a scenario with this."""
        return NetworkProblem(f"{self.text} {self.remedy}".strip())


_PASSING = frozenset(
    {
        Kind.NO_NAME,
        Kind.REFUSED,
        Kind.UNREACHABLE,
        Kind.NOT_CONNECTED,
        Kind.CONNECT_TIMEOUT,
        Kind.READ_TIMEOUT,
        Kind.WRITE_TIMEOUT,
        Kind.BROKEN_OFF,
        Kind.GATEWAY,
        Kind.BUSY,
    }
)
_RENEW = "Den som eier adressen, må fornye det; sjekk også at klokken her er riktig."
_CERTIFICATE_REMEDY = {
    9: _RENEW,
    10: _RENEW,
    62: "Sjekk eprom i oppsettet, og at ingen proxy svarer i ePROMs sted.",
    64: "Sjekk eprom i oppsettet, og at ingen proxy svarer i ePROMs sted.",
}
_TRUST = (
    "Legg utstederen i maskinens tillitslager, eller pek ca under [forbindelse] i oppsettet på PEM-filen med "
    "utstederen. Kontrollen kan ikke slås av."
)

_TOLD = {
    Kind.NO_NAME: (
        "vertsnavnet {host} finnes ikke, sett herfra",
        "Sjekk nettet, VPN og DNS, og eprom i oppsettet. QA nås bare fra Helsenettet.",
    ),
    Kind.REFUSED: (
        "ingen lytter på {place} (forbindelsen ble avvist)",
        "Sjekk at miljøet er oppe, og at brannmuren slipper kallet ut.",
    ),
    Kind.UNREACHABLE: ("{place} kan ikke nås herfra", "Sjekk nettet, VPN og brannmuren. QA nås bare fra Helsenettet."),
    Kind.NOT_CONNECTED: ("det ble ingen forbindelse med {place}", "Sjekk nettet, VPN og brannmuren."),
    Kind.CONNECT_TIMEOUT: (
        "det ble ingen forbindelse med {place} innen fristen",
        "Sjekk nettet, VPN og brannmuren. Fristen er tidsgrense_s under [forbindelse] i oppsettet.",
    ),
    Kind.READ_TIMEOUT: (
        "svaret fra {host} kom ikke innen fristen",
        "Miljøet er nede eller tregt. Fristen er tidsgrense_s under [forbindelse] i oppsettet.",
    ),
    Kind.WRITE_TIMEOUT: (
        "{host} tok ikke imot hele kallet innen fristen",
        "Sjekk nettet. Fristen er tidsgrense_s under [forbindelse] i oppsettet.",
    ),
    Kind.BROKEN_OFF: (
        "forbindelsen med {host} ble brutt før svaret var kommet",
        "Skjer det stadig, se etter brannmur, proxy eller lastbalanserer mellom maskinen og ePROM.",
    ),
    Kind.CLIENT_CERTIFICATE: (
        "{host} krever et klientsertifikat, eller godtok ikke det som ble vist",
        "Sett klientsertifikat og klientnokkel under [forbindelse] i oppsettet til det miljøet kjenner.",
    ),
    Kind.TLS: (
        "{host} svarer ikke med en TLS-forbindelse som kan brukes",
        "Sjekk om adressen skal begynne med http:// eller https://, og om noe på veien bryter TLS.",
    ),
    Kind.PROXY_LOGIN: (
        "proxyen krever innlogging (407)",
        "Sett miljøvariablene EPROM_VERIFY_PROXY_USER og EPROM_VERIFY_PROXY_PASSWORD.",
    ),
    Kind.PROXY: (
        "proxyen slapp ikke kallet til {host} gjennom{more}",
        "Be den som driver proxyen, om å åpne for adressen, eller rett proxy under [forbindelse] i oppsettet.",
    ),
    Kind.GATEWAY: (
        "en gateway foran {host} svarte {more} med en nettside, for den nådde ikke ePROM",
        "Miljøet er nede eller under vedlikehold. Vent, eller spør Hemit.",
    ),
    Kind.PORTAL: (
        "noe annet enn ePROM svarte {more} for {host}, med en nettside eller en omvisning",
        "Er det en innlogging til nettet eller proxyen, så logg inn i en nettleser. Sjekk også at eprom i oppsettet er "
        "PromsApiBaseUrl.",
    ),
    Kind.BUSY: (
        "{host} tar ikke imot så mange kall (429)",
        "Senk kall_i_sekundet under [forbindelse] i oppsettet.",
    ),
    Kind.GARBLED: ("svaret fra {host} er ikke pakket slik headeren Content-Encoding sier", ""),
    Kind.NOT_SENT: ("kallet til {host} kunne ikke sendes{more}", ""),
}
_PROXY_GONE = frozenset({Kind.NO_NAME, Kind.REFUSED, Kind.UNREACHABLE, Kind.NOT_CONNECTED, Kind.CONNECT_TIMEOUT})
"""With a proxy it is the proxy that these are about: nobody else is connected to."""


def trouble_of(exc: BaseException, url: str, *, proxy: str = "") -> Trouble:
    """What an exception from a call to this address is; `proxy` is the proxy's own address, when there is one."""
    kind = kind_of(exc)
    unsent = kind is Kind.NOT_SENT or isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout)
    if kind is Kind.CERTIFICATE:
        return _untrusted(exc, url)
    more = f" ({exc})" if kind is Kind.PROXY else f" ({type(exc).__name__})" if kind is Kind.NOT_SENT else ""
    if proxy and kind in _PROXY_GONE:
        text = f"Nådde ikke ePROM: {_TOLD[kind][0].format(host=_host(proxy), place=f'proxyen {proxy}')}."
        return Trouble(kind, text, "Sjekk at proxyen er oppe, og proxy under [forbindelse] i oppsettet.", unsent=unsent)
    return _told(kind, url, more, unsent=unsent)


def _told(kind: Kind, url: str, more: str = "", *, unsent: bool = False) -> Trouble:
    words, remedy = _TOLD[kind]
    told = words.format(host=_host(url), place=urlsplit(url).netloc, more=more)
    return Trouble(kind, f"Nådde ikke ePROM: {told}.", remedy, unsent=unsent)


def _untrusted(exc: BaseException, url: str) -> Trouble:
    code = verify_code(exc)
    told = UNTRUSTED.get(code, "kan ikke godkjennes")
    remedy = _CERTIFICATE_REMEDY.get(code, _TRUST)
    return Trouble(Kind.CERTIFICATE, f"Nådde ikke ePROM: sertifikatet til {_host(url)} {told}.", remedy, unsent=True)


def answered_by_another(status: int, url: str, *, content_type: str, location: str, body: bytes) -> Trouble | None:
    """What an answer to a call to this address is that is clearly not ePROM's own; None when it can be judged as its.

    ePROM answers in JSON, or with a document; its documented 502 and 504 are JSON too, and what stands in front of it
    answers with web pages.
    """
    page = is_page(content_type, body)
    elsewhere = status in (301, 302, 303, 307, 308) and _host(location) not in ("", _host(url))
    match status:
        case 407:
            return _told(Kind.PROXY_LOGIN, url)
        case 429:
            return _told(Kind.BUSY, url)
        case 502 | 503 | 504 if page:
            return _told(Kind.GATEWAY, url, str(status))
        case _ if status == httpx.codes.NETWORK_AUTHENTICATION_REQUIRED or elsewhere or (page and status < 400):
            return _told(Kind.PORTAL, url, str(status))
    return None


def is_page(content_type: str, body: bytes) -> bool:
    """Whether it is a web page, which no part of the contract answers with."""
    return "html" in content_type.casefold() or body[:200].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
