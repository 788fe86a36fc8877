"""What surrounds a body: where the key is, and what the headers say that the body is."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping

from eprom_verify.contract.findings import Finding, Severity
from eprom_verify.contract.operations import KeyPlace, Operation
from eprom_verify.contract.sources import Source

Headers = Mapping[str, str] | Iterable[tuple[str, str]]

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

_EXPECTED_KEY = "Authorization: Basic <apiKey>"
# A header that we do not know may hold anything, also a key.
_OTHER_MEDIA = (FORM, "text/plain", "text/html", "text/json", "text/xml", "application/xml", "application/octet-stream")
# Anything else in front of the key is not named: it may be part of the key.
_SCHEMES = ("Bearer", "Digest", "Negotiate", "NTLM", "Token", "ApiKey")


def header(headers: Headers, name: str) -> str | None:
    """The first header of a name, whatever its case; None without one."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return next((value for key, value in pairs if key.casefold() == name.casefold()), None)


def media_type(headers: Headers) -> str:
    """The Content-Type without parameters, lower case; empty without one."""
    return (header(headers, "Content-Type") or "").partition(";")[0].strip().lower()


def key_secrets(headers: Headers) -> Iterator[str]:
    """What the Authorization header holds that must not be shown."""
    value = header(headers, "Authorization") or ""
    yield from (part for part in (value, *value.split()) if part.casefold() != "basic")


def check_media_type(
    headers: Headers, *, prescribed: Source | None, form: Source | None, source: Source
) -> Iterator[Finding]:
    """Judge the Content-Type: a violation where the documentation prescribes JSON, else a remark.

    `prescribed` is where it does, `form` where it says that a form is taken, `source` where the message is described.
    """
    media, where = media_type(headers), str(prescribed or source)
    severity = Severity.VIOLATION if prescribed else Severity.REMARK
    if form and media == FORM:
        message = "Et skjemakodet kall virker siden v13.0.2, men bare application/json er offisielt støttet."
        yield Finding(Severity.REMARK, "content-type", "", JSON, FORM, str(form), message)
        return
    if media != JSON:
        received = f"«{_shown_media(media)}»" if media else "ingen Content-Type"
        message = f"Content-Type skal være {JSON}, men {f'er {received}' if media else 'mangler'}."
        yield Finding(severity, "content-type", "", JSON, received, where, message)
        return
    charset = _charset(header(headers, "Content-Type") or "")
    if charset not in ("", "utf-8", "utf8"):
        message = "Tegnsettet i Content-Type skal være utf-8, men er et annet."
        yield Finding(severity, "charset", "", "charset=utf-8", "et annet tegnsett", where, message)


def check_key(operation: Operation, headers: Headers, members: object) -> Iterator[Finding]:
    """Judge that the key is where the operation wants it; that the member is there when it must be, its schema says."""
    if operation.key_place is not KeyPlace.HEADER:
        return
    wanted = f"Ifølge dokumentasjonen «{operation.key_words}»"
    if isinstance(members, dict) and any(value and name.casefold() == "apikey" for name, value in members.items()):
        yield _key(
            operation, "key-place", "/apiKey", "medlemmet apiKey i kroppen", f"{wanted}, men den står i kroppen."
        )
    if operation.any_key_header:
        # Any header will do; whether the agreed key stands in one is for whoever knows the key.
        return
    value = (header(headers, "Authorization") or "").strip()
    scheme, _, key = value.partition(" ")
    key = key.strip()
    if not value:
        yield _key(operation, "key-missing", "", "ingen Authorization-header", f"{wanted}, men headeren mangler.")
    elif scheme.casefold() == "basic" and not key:
        yield _key(operation, "key-missing", "", "Basic uten nøkkel", f"{wanted}, men headeren er uten nøkkel.")
    elif scheme.casefold() != "basic":
        received = next((f"skjemaet {name}" for name in _SCHEMES if key and name.casefold() == scheme.casefold()), "")
        received = received or f"en verdi på {len(value)} tegn uten Basic foran"
        yield _key(
            operation, "key-scheme", "", received, f"{wanted} på formen {_EXPECTED_KEY}, men headeren har {received}."
        )
    elif _is_user_and_password(key):
        message = "Nøkkelen ser ut som bruker:passord i base64; ePROM venter nøkkelen som den er, etter Basic."
        received = f"base64 på {len(key)} tegn"
        yield Finding(Severity.REMARK, "key-base64", "", _EXPECTED_KEY, received, str(operation.key_source), message)


def _key(operation: Operation, rule: str, pointer: str, received: str, message: str) -> Finding:
    return Finding(Severity.VIOLATION, rule, pointer, _EXPECTED_KEY, received, str(operation.key_source), message)


def _is_user_and_password(key: str) -> bool:
    try:
        text = base64.b64decode(key, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return False
    user, colon, _ = text.partition(":")
    return bool(user and colon) and text.isprintable()


def _charset(content_type: str) -> str:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return ""


def _shown_media(media: str) -> str:
    return media if media in _OTHER_MEDIA else "noe annet"
