"""The calls of the ePROM contract, one row each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from urllib.parse import unquote

from eprom_verify.contract.sources import Source


class Party(StrEnum):
    """An end of the integration."""

    BESTILLERSYSTEM = "bestillersystem"
    EPROM = "ePROM"


class KeyPlace(StrEnum):
    """Where a call carries the API key."""

    HEADER = "header"
    """`Authorization: Basic <apiKey>`, the bare key."""
    BODY = "body"
    """The member `apiKey`."""


@dataclass(frozen=True)
class Operation:
    """One call of the contract, and which schemas describe its messages.

    `path` is a template below the API base of whoever is called. `request` and `responses` name files in the schemas
    folder; `other_response` describes any status that `responses` does not list, and without it such a status is not
    documented. `media_source` is where a Content-Type is prescribed for the request, `form_source` where a form-encoded
    request is said to work. `only_when` is a member and its values, for calls that share an endpoint: such a row stands
    before the one that takes the rest. `any_key_header` says that the documentation puts the key in a header without
    naming it; `since` is the oldest edition that has the call, "" when all have. `reads` says that the call changes
    nothing, so that to make it twice is harmless.
    """

    letter: str
    name: str
    method: str
    path: str
    caller: Party
    key_place: KeyPlace
    key_words: str
    source: Source
    key_source: Source
    request: str | None
    responses: Mapping[int, str] = field(hash=False)
    other_response: str | None = None
    media_source: Source | None = None
    form_source: Source | None = None
    only_when: tuple[str, frozenset[str]] | None = None
    any_key_header: bool = False
    since: str = ""
    reads: bool = False

    @property
    def answerer(self) -> Party:
        """The end that is called."""
        return Party.EPROM if self.caller is Party.BESTILLERSYSTEM else Party.BESTILLERSYSTEM

    def response_schema(self, status: int) -> str | None:
        """The schema of an answer with this HTTP status; None when such an answer is not documented."""
        return self.responses.get(status, self.other_response)


ORDER_FORM = Operation(
    letter="A",
    name="order a form",
    method="POST",
    path="/api/v2/formorder",
    caller=Party.BESTILLERSYSTEM,
    key_place=KeyPlace.HEADER,
    key_words="skal ApiKey sendes som en Authorization parameter som del av HTTP header",
    source=Source("BestillingAvSkjemaV2", "Bestilling klient-side"),
    key_source=Source("BestillingAvSkjemaV2", "BESTILLING AV SKJEMA V2"),
    request="order-request",
    responses={200: "order-response", 400: "order-error"},
    media_source=Source("BestillingAvSkjemaV2", "Bestilling klient-side"),
    form_source=Source("ReleaseNotev13.0.2", "Teknisk"),
)
ORDER_STATUS = Operation(
    letter="I",
    name="status of an order",
    method="PUT",
    path="/api/PromsFormOrder",
    caller=Party.EPROM,
    key_place=KeyPlace.BODY,
    key_words="apiKey – ApiKey of the end user system placing the order",
    source=Source("BestillingAvSkjemaV2", "Mottak av status for bestillingen"),
    key_source=Source("BestillingAvSkjemaV2", "Mottak av status for bestillingen"),
    request="order-status-request",
    responses={200: "callback-answer"},
    # The page shows the answer for success and failure alike, and no status for either.
    other_response="callback-answer",
)
FORM_RETURN = Operation(
    letter="J",
    name="answered or expired form",
    method="PUT",
    path=ORDER_STATUS.path,
    caller=Party.EPROM,
    key_place=KeyPlace.BODY,
    key_words="apiKey – ApiKey of the end user system placing the order",
    source=Source("ReturAvUtfyltSkjema", "Mottak"),
    key_source=Source("ReturAvUtfyltSkjema", "Mottak"),
    request="form-return-request",
    responses={200: "callback-answer"},
    other_response="callback-answer",
    # The numbers are not documented for this call, but mean the same two in the enumeration: its check says so.
    only_when=("formOrderStatus", frozenset({"Completed", "Expired", "0", "1"})),
)
SEND_SMS = Operation(
    letter="C",
    name="send an SMS",
    method="POST",
    path="/api/unsecuremessagesms",
    caller=Party.BESTILLERSYSTEM,
    key_place=KeyPlace.BODY,
    key_words="apiKey - ApiKey of the end user system placing the order",
    source=Source("SendeMeldingSomSmsEpost", "SENDE MELDING SOM SMS"),
    key_source=Source("SendeMeldingSomSmsEpost", "SENDE MELDING SOM SMS"),
    request="sms-request",
    responses={200: "unsecure-response", 400: "sms-error"},
    media_source=Source("SendeMeldingSomSmsEpost", "SENDE MELDING SOM SMS"),
)
SEND_EMAIL = Operation(
    letter="D",
    name="send an e-mail",
    method="POST",
    path="/api/unsecuremessageemail",
    caller=Party.BESTILLERSYSTEM,
    key_place=KeyPlace.BODY,
    key_words=SEND_SMS.key_words,
    source=Source("SendeMeldingSomSmsEpost", "SENDE MELDING SOM EPOST"),
    key_source=Source("SendeMeldingSomSmsEpost", "SENDE MELDING SOM EPOST"),
    request="email-request",
    responses={200: "unsecure-response", 400: "email-error"},
    media_source=Source("SendeMeldingSomSmsEpost", "SENDE MELDING SOM EPOST"),
)
SIGNED_DOCUMENT = Operation(
    letter="E",
    name="fetch a signed document",
    method="GET",
    path="/api/ExternalDocument/{signedFormId}",
    caller=Party.BESTILLERSYSTEM,
    key_place=KeyPlace.HEADER,
    key_words="Send med ApiKey i request headeren",
    source=Source("SkjemaSomKreverSignatur", "Nedlasting av det signerte dokumentet"),
    key_source=Source("SkjemaSomKreverSignatur", "Nedlasting av det signerte dokumentet"),
    request=None,
    responses={200: "signed-document"},
    reads=True,
)
SEND_LETTER = Operation(
    letter="B",
    name="send a letter",
    method="POST",
    path="/api/v2/MessageToCitizen",
    caller=Party.BESTILLERSYSTEM,
    key_place=KeyPlace.HEADER,
    key_words="skal ApiKey sendes som en Authorization parameter som del av HTTP header",
    source=Source("SendeMeldingTilInnbyggerV2", "Sende melding klient-side"),
    key_source=Source("SendeMeldingTilInnbyggerV2", "SENDE MELDING TIL INNBYGGER V2"),
    request="letter-request",
    responses={
        200: "letter-response",
        400: "letter-refused",
        502: "letter-not-forwarded",
        504: "letter-timed-out",
    },
)
LETTER_STATUS = Operation(
    letter="K",
    name="status of a letter",
    method="PUT",
    path="/api/MessageToCitizen",
    caller=Party.EPROM,
    key_place=KeyPlace.BODY,
    key_words="apiKey – ApiKey of the end user system sending the message",
    source=Source("SendeMeldingTilInnbyggerV2", "Mottak av status for forsendelse"),
    key_source=Source("SendeMeldingTilInnbyggerV2", "Mottak av status for forsendelse"),
    request="letter-status-request",
    responses={200: "letter-status-answer"},
    # As for an order: one answer for success and failure alike, and no status for either.
    other_response="letter-status-answer",
)
_PRIVACY = "Personverninnstillinger"
_PRIVACY_KEY = "ApiKey skal sendes som en Authorization parameter og er en del av HTTP header"
_PRIVACY_ERRORS = {400: "privacy-refusal", 401: "privacy-refusal", 500: "privacy-refusal", 502: "privacy-pvk-error"}
READ_SETTING = Operation(
    letter="F",
    name="read a privacy setting",
    method="POST",
    path="/api/v2/getpersonverninnstilling",
    caller=Party.BESTILLERSYSTEM,
    key_place=KeyPlace.HEADER,
    key_words=_PRIVACY_KEY,
    source=Source(_PRIVACY, "Sjekk personverninnstilling"),
    key_source=Source(_PRIVACY, "Beskrivelse"),
    request="privacy-get-request",
    responses={200: "privacy-get-response", **_PRIVACY_ERRORS},
    media_source=Source(_PRIVACY, "Sjekk personverninnstilling"),
    reads=True,
)
CHANGE_SETTING = Operation(
    letter="G",
    name="change a privacy setting",
    method="POST",
    path="/api/v2/setpersonverninnstilling",
    caller=Party.BESTILLERSYSTEM,
    key_place=KeyPlace.HEADER,
    key_words=_PRIVACY_KEY,
    source=Source(_PRIVACY, "Oppdater personverninnstilling"),
    key_source=Source(_PRIVACY, "Beskrivelse"),
    request="privacy-set-request",
    responses={200: "privacy-set-response", **_PRIVACY_ERRORS},
    media_source=Source(_PRIVACY, "Oppdater personverninnstilling"),
)
LIST_SETTINGS = Operation(
    letter="H",
    name="list citizens with an active privacy setting",
    method="POST",
    path="/api/v2/get-residents-active-pi-for-definition",
    caller=Party.BESTILLERSYSTEM,
    key_place=KeyPlace.HEADER,
    key_words=_PRIVACY_KEY,
    source=Source(_PRIVACY, "Hent en liste over innbyggere med informasjon om personverninnstilling"),
    key_source=Source(_PRIVACY, "Beskrivelse"),
    request="privacy-list-request",
    responses={200: "privacy-list-response", **_PRIVACY_ERRORS},
    media_source=Source(_PRIVACY, "Hent en liste over innbyggere med informasjon om personverninnstilling"),
    since="2026-05",
    reads=True,
)
SETTING_CHANGED = Operation(
    letter="L",
    name="a citizen changed a privacy setting",
    method="PUT",
    path="/api/PersonvernInnstilling",
    caller=Party.EPROM,
    key_place=KeyPlace.HEADER,
    key_words="ApiKey sendes med i header",
    source=Source(_PRIVACY, "Mottak av status for personverninnstilling (replikeringsmelding fra PVK)"),
    key_source=Source(_PRIVACY, "Mottak av status for personverninnstilling (replikeringsmelding fra PVK)"),
    request="privacy-replication-request",
    responses={200: "callback-answer"},
    # The page has the member of the answer alone, and no status for either value.
    other_response="callback-answer",
    any_key_header=True,
)
OPERATIONS: tuple[Operation, ...] = (
    ORDER_FORM,
    SEND_LETTER,
    SEND_SMS,
    SEND_EMAIL,
    SIGNED_DOCUMENT,
    FORM_RETURN,
    ORDER_STATUS,
    LETTER_STATUS,
    READ_SETTING,
    CHANGE_SETTING,
    LIST_SETTINGS,
    SETTING_CHANGED,
)


def operation(letter: str) -> Operation:
    """The operation that the contract tables name by this letter.

    Raises:
        KeyError: no operation has it.
    """
    for candidate in OPERATIONS:
        if candidate.letter == letter:
            return candidate
    raise KeyError(letter)


def match(
    method: str,
    path: str,
    base_path: str = "",
    *,
    members: Mapping[str, object] | None = None,
    among: Sequence[Operation] = OPERATIONS,
) -> Operation | None:
    """The operation that a request line stands for, or None.

    The case of the letters does not matter, as for ePROM's own server, nor does a trailing slash or a query string.
    `members` is the parsed body, for calls that share an endpoint; without it such a row is passed over.
    """
    below = _below(unquote(path.partition("?")[0]), base_path)
    if below is None:
        return None
    for candidate in among:
        if candidate.method != method.upper() or not _pattern(candidate.path).fullmatch(below):
            continue
        if candidate.only_when is None or _holds(candidate.only_when, members):
            return candidate
    return None


def _below(path: str, base_path: str) -> str | None:
    base = "/" + base_path.strip("/") if base_path.strip("/") else ""
    path = path.rstrip("/")
    return path[len(base) :] if path.casefold().startswith((base + "/").casefold()) else None


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = ("[^/]+" if part.startswith("{") else re.escape(part) for part in template.split("/"))
    return re.compile("/".join(parts), re.IGNORECASE)


def _holds(condition: tuple[str, frozenset[str]], members: Mapping[str, object] | None) -> bool:
    name, values = condition
    return members is not None and str(members.get(name)).casefold() in {value.casefold() for value in values}
