"""What stops a run before its first byte is sent: the production environment, and national ids that may be somebody's.

There is no flag that turns any of this off.

Source: Integrasjonsguide, section "Produksjonsmiljøet"; Testpersoner.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import parse_qsl, unquote

from eprom_verify.contract.abridging import without_documents
from eprom_verify.errors import UnsafeNationalId, UnsafeTarget, UsageProblem
from eprom_verify.persons.national_id import NationalId, classify, compact, find_ids

PRODUCTION_HOST = "pasientrapportering.nhn.no"

_ID_MEMBERS = {"nationalid": "nationalId", "onbehalfofnationalid": "onBehalfOfNationalId"}
# SHA-256, so that the numbers themselves stand nowhere in the code: they have the format of real people's.
_DENIED = {
    "bf2244df90ddc0c6632e389ebd2e157df1155fae90369b8230db69be6835be4d": (
        "eksempelnummeret fra ePROM-dokumentasjonen, som har samme form som et ekte fødselsnummer"
    ),
    "63cafc41d3da933802a2870f08e67406db2748a54bb4acb33db9dba6f8e60174": (
        "nummeret til ePROMs tidligere testperson (til juni 2026), som har samme form som et ekte fødselsnummer"
    ),
}
_SCHEME = re.compile(r"(?:(?:https?|wss?):|[a-z][a-z0-9+.\-]*:(?=/))?/*", re.IGNORECASE)
_HOST = re.compile(r"[\w\-]+(?:\.[\w\-]+)*")
_ORIGIN = re.compile(r"\A(?:[a-z][a-z0-9+.\-]*:)?//", re.IGNORECASE)
_LOOSE_MEMBER = re.compile(
    r"""(?<![a-z])((?:onBehalfOf)?nationalId)["'\\]*\s*[:=]\s*["'\\]*([0-9][0-9 \u00a0.\-]*)""", re.IGNORECASE
)
# Percent signs escaped within each other are read at once: layer by layer, a text of them could be made to take hours.
_ESCAPE = re.compile(r"%(?:25)*[Cc]2%(?:25)*[Aa]0|%(?:25)*([0-9A-Fa-f]{2})|\\+u([0-9A-Fa-f]{4})|\+")


def refuse_production(url: str) -> None:
    """Refuse an address whose host is ePROM's production environment, however it is written.

    A parser may see another host than we do, so every reading of the address counts: with and without
    percent-encoding, and each side of an `@`.

    Source: Integrasjonsguide, section "Produksjonsmiljøet".

    Raises:
        UnsafeTarget: the host is the production environment, or a subdomain of it.
        UsageProblem: the address has no readable host.
    """
    for authority in map(_authority, _url_readings(url)):
        hosts = [_plain_host(part) for part in authority.split("@")]
        if any(host == PRODUCTION_HOST or host.endswith(f".{PRODUCTION_HOST}") for host in hosts):
            raise UnsafeTarget(
                "Adressen er produksjonsmiljøet til ePROM. Verifisering kjøres aldri i produksjon.",
                "Bruk simulatoren, testmiljøet eller QA.",
            )
    if not _has_readable_host(re.split(r"[/?#]", _ORIGIN.sub("", url.strip(), count=1), maxsplit=1)[0]):
        raise UsageProblem("Adressen kan ikke leses: den har ingen gyldig vert.", "Skriv den som https://vert/sti.")


class NationalIdGuard:
    """Stops a request that holds a national id which is neither synthetic nor allowed.

    `allowed` are numbers from the environment's explicit allow-list. `negative_cases` are declared wrong numbers
    (H-nummer, FH-nummer, broken ones) for a simulator; a real-format number in it is not let through by that.
    """

    def __init__(self, allowed: frozenset[str] = frozenset(), *, negative_cases: frozenset[str] = frozenset()) -> None:
        self._allowed = frozenset(compact(number.strip()) for number in allowed)
        self._negative_cases = frozenset(compact(number.strip()) for number in negative_cases)

    def check_request(self, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Look through everything that is about to be sent, also what is encoded or nested, but not inside a PDF.

        Raises:
            UnsafeNationalId: a number must not be sent; the message tells where it stands, never what it is.
        """
        self._check_text(url, "adressen")
        self._check_form(url.partition("?")[2].partition("#")[0], "adressen")
        for name, value in headers:
            self._check_text(name, "et hodefelt")
            self._check_text(value, "et hodefelt")
        for text in _decoded(without_documents(body)):
            self._check_text(text, "meldingen")
            if not self._check_json(text):
                self._check_unparsed(text)

    def _check_text(self, text: str, where: str) -> None:
        for reading in _readings(text):
            for found in find_ids(reading):
                if found.national_id.personal:
                    self._judge(found.national_id, where)

    def _check_json(self, text: str) -> bool:
        parsed = _parse_json(text)
        if parsed is None:
            return False
        waiting = [parsed[0]]
        # A stack rather than recursion: how deep a body nests is not ours to decide.
        while waiting:
            value = waiting.pop()
            if isinstance(value, _Members):
                for name, member in value:
                    self._check_text(name, "meldingen")
                    self._check_member(name, member)
                    waiting.append(member)
            elif isinstance(value, list):
                waiting.extend(value)
            elif isinstance(value, str):
                self._check_text(value, "meldingen")
                waiting.extend(_parse_json(value) or ())
        return True

    def _check_unparsed(self, text: str) -> None:
        """A form, or JSON with an error that a tolerant server would read past."""
        *_, decoded = _readings(text)
        members = _LOOSE_MEMBER.findall(decoded)
        for name, value in members:
            self._check_member(name, value.strip())
        # Only then as a form: taking a large binary body apart as one costs half a minute.
        if members:
            self._check_form(text.strip(), "meldingen")

    def _check_form(self, text: str, where: str) -> None:
        for name, value in parse_qsl(text, keep_blank_values=True):
            self._check_member(name, value)
            self._check_text(value, where)
            self._check_json(value)

    def _check_member(self, name: str, value: object) -> None:
        member = _ID_MEMBERS.get(name.casefold())
        if member is None or not isinstance(value, str) or not value.strip():
            return
        national_id = classify(value)
        if not national_id.synthetic:
            self._judge(national_id, f"feltet {member}")

    def _judge(self, national_id: NationalId, where: str) -> None:
        number = compact(national_id.number.strip())
        denied = _DENIED.get(hashlib.sha256(number.encode("utf-8", "surrogatepass")).hexdigest())
        if denied is not None:
            raise UnsafeNationalId(
                f"Stanset før sending: {where} inneholder {denied}.", "Bruk en syntetisk testperson (+65 eller +80)."
            )
        if number in self._allowed:
            return
        # Classified anew: written with a blank the number is merely invalid, and may be real all the same.
        if number in self._negative_cases and not classify(number).real_format:
            return
        problem = f"{where} inneholder et nummer som kan tilhøre en virkelig person. {national_id.problem}".strip()
        raise UnsafeNationalId(
            f"Stanset før sending: {problem}",
            "Bruk en syntetisk testperson (+65 eller +80), eller før nummeret opp blant miljøets tillatte numre.",
        )


class _Members(list[tuple[str, object]]):
    """The members of a JSON object as they stand, so that one that occurs twice is not lost."""


def _parse_json(text: str) -> list[object] | None:
    """The value of a JSON text that can hold other values, as the one item of a list; None for any other text."""
    if not text.lstrip("\ufeff \t\r\n").startswith(("{", "[", '"')):
        return None
    with suppress(ValueError, RecursionError):
        return [
            json.loads(
                text.lstrip("\ufeff"),
                object_pairs_hook=_Members,
                parse_int=_as_eleven_digits,
                parse_float=_as_eleven_digits,
                strict=False,
            )
        ]
    return None


def _as_eleven_digits(number: str) -> str:
    """A JSON number as text, with the leading zero that a national id loses when it is sent as a number."""
    value = float(number)
    return f"{int(value):011d}" if value.is_integer() and 0 <= value < 1e11 else number


def _decoded(body: bytes) -> Iterator[str]:
    detected = json.detect_encoding(body)
    if not detected.startswith("utf-8"):
        yield body.decode(detected, "replace")
    try:
        yield body.decode()
    except UnicodeDecodeError:
        yield body.decode(errors="replace")
        # Here a no-break space inside a number is one byte, which the reading above loses.
        yield body.decode("latin-1")


def _readings(text: str) -> Iterator[str]:
    """A text as it stands, and as each further layer of decoding would have it."""
    while True:
        yield text
        decoded = _ESCAPE.sub(_unescaped, text)
        if decoded == text:
            return
        text = decoded


def _unescaped(escape: re.Match[str]) -> str:
    digits = escape[1] or escape[2]
    if digits is None:
        return " " if escape[0] == "+" else "\u00a0"
    return chr(int(digits, 16))


def _url_readings(url: str) -> Iterator[str]:
    while True:
        yield url
        decoded = _without_ignored(unicodedata.normalize("NFKC", unquote(url)))
        if decoded == url:
            return
        url = decoded


def _authority(url: str) -> str:
    """The part of an address between its slashes; a backslash is a slash to browsers and to several HTTP clients."""
    return re.split(r"[/?#]", _SCHEME.sub("", url.replace("\\", "/"), count=1), maxsplit=1)[0]


def _plain_host(host: str) -> str:
    """The host that a resolver would look up: no port, the plain forms of its letters, no empty labels."""
    host = _without_ignored(unicodedata.normalize("NFKC", host)).replace("\u3002", ".")
    labels = host.partition(":")[0].casefold().split(".")
    return ".".join(_plain_label(label) for label in labels if label)


def _plain_label(label: str) -> str:
    if label.startswith("xn--"):
        with suppress(UnicodeError):
            return unicodedata.normalize("NFKC", label[4:].encode("ascii").decode("punycode")).casefold()
    return label


def _without_ignored(text: str) -> str:
    """Without blanks and the invisible characters that browsers or IDNA (UTS 46) drop from an address."""
    return "".join(char for char in text if not char.isspace() and unicodedata.category(char) not in ("Cc", "Cf", "Mn"))


def _has_readable_host(authority: str) -> bool:
    address = authority.rpartition("@")[2]
    match = re.fullmatch(r"(\[[^\]]+\]|[^:]*)(?::([0-9]{0,5}))?", address)
    if match is None or int(match[2] or 0) > 65535:
        return False
    host = match[1]
    if host.startswith("["):
        with suppress(ValueError):
            return ipaddress.ip_address(host[1:-1]).version == 6
        return False
    return _HOST.fullmatch(host.removesuffix(".")) is not None
