"""Drives a bestillersystem through a person: tells what to do there, and knows the call when it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Any, Protocol

from eprom_verify.contract import operation
from eprom_verify.drivers.protocol import (
    EmailIntent,
    MessageIntent,
    OrderIntent,
    PrivacyChange,
    PrivacyListing,
    PrivacyQuestion,
    SmsIntent,
)
from eprom_verify.errors import Unverified
from eprom_verify.exchange import Exchange
from eprom_verify.journal.journal import Journal

_LOOK_EVERY_S = 0.5
_REMIND_EVERY_S = 60.0

SKIP, PAUSE, STOP = "hopp", "pause", "stopp"


class Stopped(KeyboardInterrupt):
    """The tester chose to stop: the run ends as it does on Ctrl-C, with everything kept."""


class Tester(Protocol):
    """The person at the terminal."""

    def tell(self, lines: Iterable[str]) -> None:
        """Show these lines."""

    def said(self) -> str | None:
        """The next line that the person has written, or None when there is none yet.

        Raises:
            EOFError: nobody is there.
        """


class AttendedDriver:
    """What of a `Driver` a tester can be asked to do; `OwnDriver` makes the whole of it. What the system has registered
    only the tester can see, and must confirm.

    `persons` and `forms` tell what numbers and ids stand for; `limit_s` is how long one task may take.
    """

    def __init__(
        self,
        tester: Tester,
        journal: Journal,
        *,
        system: str,
        persons: Mapping[str, str],
        forms: Mapping[str, str],
        limit_s: float,
    ) -> None:
        self._tester = tester
        self._journal = journal
        self._system = system
        self._persons = persons
        self._forms = forms
        self._limit_s = limit_s
        self._tasks = 0

    def order_form(self, intent: OrderIntent) -> None:
        """See `Driver`."""
        rule = intent.distribution_rule
        self._ask(
            "bestill et skjema",
            {
                "Skjema": self._form(intent.form_id),
                "Pasient": self._person(intent.national_id),
                "På vegne av": intent.on_behalf_of_national_id and self._person(intent.on_behalf_of_national_id),
                "Distribusjonsregel": rule.name if rule is not None else "den systemet ellers bruker",
                "Utløper": f"{intent.expiry_date:%d.%m.%Y kl. %H:%M}",
                "Metadata": intent.metadata
                and ", ".join(f"{name} = {value}" for name, value in intent.metadata.items()),
                "Signering": f"ja, med teksten «{intent.signing_text or ''}»" if intent.must_be_signed else None,
                "Kopi på Helsenorge": "nei" if intent.dont_store_completed_form_in_pha else None,
                "Papiradresse": intent.physical_address and ", ".join(intent.physical_address.values()),
            },
            _call("A", "nationalId", {intent.national_id}),
        )

    def send_message(self, intent: MessageIntent) -> None:
        """See `Driver`."""
        self._ask(
            "send et brev",
            {
                "Innbygger": self._person(intent.national_id),
                "Dokument": f"en PDF på {len(intent.pdf)} byte",
                "Kanaler, i rekkefølge": ", ".join(each.wire_name for each in intent.notification_priority_list),
                "Farger": "ja" if intent.paper_color_print else None,
            },
            _call("B", "nationalId", {intent.national_id}),
        )

    def send_sms(self, intent: SmsIntent) -> None:
        """See `Driver`."""
        to = self._person(intent.national_id) if intent.national_id else None
        self._ask(
            "send en SMS",
            {"Tekst": intent.sms_text, "Innbygger": to, "Nummer": intent.phone_number},
            _call("C", "smsText", {intent.sms_text}),
        )

    def send_email(self, intent: EmailIntent) -> None:
        """See `Driver`."""
        to = self._person(intent.national_id) if intent.national_id else None
        self._ask(
            "send en e-post",
            {
                "Tittel": intent.email_title,
                "Tekst": intent.email_text,
                "Innbygger": to,
                "Adresse": intent.email_address,
            },
            _call("D", "emailText", {intent.email_text}),
        )

    def get_privacy_setting(self, question: PrivacyQuestion) -> None:
        """See `Driver`."""
        self._ask("les en personverninnstilling", self._setting(question), _setting_call("F", question))

    def set_privacy_setting(self, change: PrivacyChange) -> None:
        """See `Driver`."""
        facts = self._setting(change) | {"Ny status": change.status.name}
        self._ask("endre en personverninnstilling", facts, _setting_call("G", change))

    def list_privacy_settings(self, listing: PrivacyListing) -> None:
        """See `Driver`."""
        self._ask(
            "hent listen over dem som har en innstilling aktiv",
            {"Innstilling": listing.pvk_id},
            _call("H", "pvkId", {listing.pvk_id}),
        )

    def _ask(self, task: str, facts: Mapping[str, Any], is_it: Callable[[Exchange], bool]) -> None:
        """Let the tester do it, and wait until the call is seen.

        Raises:
            Unverified: the tester passed over it, or it did not come in time.
            Stopped: the tester stopped the run.
        """
        self._tasks += 1
        since = self._journal.seq
        told = [f"    {name}: {value}" for name, value in facts.items() if value]
        self._tester.tell(
            [
                "",
                f"Oppgave {self._tasks}: {task} i {self._system}.",
                *told,
                f"Kallet blir kjent igjen når det kommer. Du har {_minutes(self._limit_s)}.",
                f"Skriv «{SKIP} <grunn>» for å hoppe over, «{PAUSE}» for en pause, «{STOP}» for å stanse kjøringen.",
            ]
        )
        left, reminded = self._limit_s, self._limit_s
        while left > 0:
            begun = monotonic()
            if self._journal.wait_for(is_it, timeout_s=min(_LOOK_EVERY_S, left), since=since) is not None:
                self._tester.tell(["Kallet er kommet."])
                return
            self._heed()
            # What the tester was away for does not count: the time for thinking is the tester's.
            left -= min(monotonic() - begun, 2 * _LOOK_EVERY_S)
            if reminded - left >= _REMIND_EVERY_S and left > 0:
                reminded = left
                self._tester.tell([f"Venter fortsatt: {_minutes(left)} igjen."])
        self._tester.tell(["Kallet kom ikke i tide."])
        raise Unverified(f"Ingen utførte oppgaven «{task}» innen {_minutes(self._limit_s)}.")

    def _heed(self) -> None:
        """Do as the tester says, if anything."""
        word, _, reason = self._said().partition(" ")
        match word.casefold():
            case "":
                return
            case "hopp" if reason.strip():
                raise Unverified(f"Testeren hoppet over: {reason.strip()}")
            case "hopp":
                self._tester.tell([f"Skriv en grunn også: «{SKIP} <grunn>»."])
            case "pause":
                self._tester.tell(["Pause. Trykk Enter for å fortsette."])
                while self._said(waits=True) != "":
                    pass
                self._tester.tell(["Fortsetter."])
            case "stopp":
                raise Stopped
            case _:
                self._tester.tell([f"Skriv «{SKIP} <grunn>», «{PAUSE}» eller «{STOP}»."])

    def _said(self, *, waits: bool = False) -> str:
        """What the tester has said; "" for nothing, or for a bare Enter."""
        while True:
            try:
                said = self._tester.said()
            except EOFError as exc:
                raise Unverified("Ingen tester er ved terminalen.") from exc
            if said is not None:
                return said.strip()
            if not waits:
                return ""
            self._journal.wait_for(lambda each: False, timeout_s=_LOOK_EVERY_S)

    def _person(self, national_id: str) -> str:
        known = self._persons.get(national_id)
        return f"{national_id} («{known}»)" if known else national_id

    def _form(self, form_id: str) -> str:
        known = self._forms.get(form_id)
        return f"«{known}» ({form_id})" if known else form_id

    def _setting(self, question: PrivacyQuestion) -> dict[str, Any]:
        return {
            "Innbygger": self._person(question.national_id),
            "Innstilling": question.pvk_id,
            "Type": question.type.name,
        }


def _call(letter: str, member: str, values: set[str]) -> Callable[[Exchange], bool]:
    """Whether an exchange is this call of the bestillersystem, for one of these values; a wrong value is not it."""
    wanted = operation(letter).letter
    return lambda each: each.operation == wanted and each.request.member(member) in values


def _setting_call(letter: str, question: PrivacyQuestion) -> Callable[[Exchange], bool]:
    by_person = _call(letter, "nationalId", {question.national_id})
    return lambda each: by_person(each) and str(each.request.member("pvkId")).casefold() == question.pvk_id.casefold()


def _minutes(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} sekunder"
    return f"{seconds / 60:.0f} minutter"
