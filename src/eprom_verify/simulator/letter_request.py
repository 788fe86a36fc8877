"""Reads the letters that a bestillersystem wants sent.

Source: SendeMeldingTilInnbyggerV2, sections Sende melding klient-side and Feilsituasjoner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eprom_verify.contract.enumerations import NotificationChannel
from eprom_verify.contract.letter_documents import Document, main_document
from eprom_verify.simulator.letter_behaviour import Channels, LetterBehaviour
from eprom_verify.simulator.wire import Refused

NO_MAIN_DOCUMENT = "Main document in MessageToCitizen is missing"
TOO_LARGE = "The main document is larger than 30 MB"
_OBJECTS = ("senderInfo", "messageInfo")
_SWITCHES = ("testMode", "paperColorPrint")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A letter as it was asked for; `wanted` are the channels to try, in order."""

    national_id: str
    title: str
    document: Document
    wanted: Channels
    test_mode: bool
    color: bool


def national_id_of(sent: Mapping[str, Any]) -> str:
    """Who the letter is for; "" when that cannot be read."""
    value = next((value for name, value in sent.items() if name.casefold() == "nationalid"), None)
    return value if isinstance(value, str) else ""


def read_letter(sent: Mapping[str, Any], behaviour: LetterBehaviour) -> Asked:
    """The letter, whose members may be named in any case, as for ASP.NET.

    Raises:
        Refused: it has no main document; or a member is missing, of another type, or too large, and what ePROM itself
            says then is not documented.
    """
    by_name = {name.casefold(): value for name, value in sent.items()}
    if not national_id_of(sent):
        raise Refused("nationalId is required, and must be a string")
    for name in _OBJECTS:
        if not isinstance(by_name.get(name.casefold()), dict):
            raise Refused(f"{name} is required, and must be an object")
    switches = {name: _switch(by_name.get(name.casefold()), name) for name in _SWITCHES}
    if behaviour.refuses and by_name.get(behaviour.refuses.casefold()):
        raise Refused(f"{behaviour.refuses} is not supported")
    return Asked(
        national_id=national_id_of(sent),
        title=_title(by_name["messageinfo"]),
        document=_document(by_name.get("documentcollection"), behaviour),
        wanted=_channels(by_name.get("notificationprioritylist"), behaviour),
        test_mode=switches["testMode"],
        color=switches["paperColorPrint"],
    )


def _document(collection: Any, behaviour: LetterBehaviour) -> Document:
    found = main_document(collection)
    if found is None and "main-document" in behaviour.lenient:
        found = Document.of(b"")
    if found is None:
        raise Refused(NO_MAIN_DOCUMENT)
    if found.size > behaviour.most_bytes:
        raise Refused(TOO_LARGE, 413)
    return found


def _channels(sent: Any, behaviour: LetterBehaviour) -> Channels:
    if not isinstance(sent, list):
        raise Refused("notificationPriorityList is required, and must be a list of channels")
    try:
        read = [behaviour.reads(each, NotificationChannel.parse(each)) for each in sent]
    except ValueError as exc:
        raise Refused("notificationPriorityList has something that is not one of the channels") from exc
    return tuple(each for each in read if each is not NotificationChannel.NoChannel)


def _title(message_info: Mapping[str, Any]) -> str:
    return next((str(value) for name, value in message_info.items() if name.casefold() == "title"), "")


def _switch(value: object, name: str) -> bool:
    """A member that is true or false; ASP.NET also reads those words as a text."""
    if isinstance(value, str) and value.casefold() in ("true", "false"):
        return value.casefold() == "true"
    if value is not None and not isinstance(value, bool):
        raise Refused(f"{name} must be true or false")
    return value is True
