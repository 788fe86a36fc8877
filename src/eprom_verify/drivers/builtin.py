"""Drives the built-in bestillersystem, in the same process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from eprom_verify.bestillersystem.client import UNANSWERED, FormOrder
from eprom_verify.bestillersystem.letter_client import Letter
from eprom_verify.bestillersystem.privacy_client import Unanswered
from eprom_verify.bestillersystem.system import BuiltInSystem
from eprom_verify.bestillersystem.unsecure import Email, Sms
from eprom_verify.drivers.protocol import (
    EmailIntent,
    MessageIntent,
    OrderIntent,
    PrivacyChange,
    PrivacyListing,
    PrivacyQuestion,
    Registered,
    RegisteredInitiated,
    RegisteredMessage,
    RegisteredSetting,
    SmsIntent,
)
from eprom_verify.errors import HarnessProblem


class BuiltInDriver:
    """A `Driver` over the built-in bestillersystem."""

    name = "innebygd"

    def __init__(self, system: BuiltInSystem) -> None:
        self._system = system

    def order_form(self, intent: OrderIntent) -> None:
        """See `Driver`."""
        rule = intent.distribution_rule
        self._system.client.place(
            FormOrder(
                case_id=intent.case_id,
                form_id=intent.form_id,
                national_id=intent.national_id,
                expiry_date=intent.expiry_date,
                distribution_rule=None if rule is None else rule.name,
                metadata=intent.metadata,
                must_be_signed=intent.must_be_signed,
                signing_text=intent.signing_text,
                dont_store_completed_form_in_pha=intent.dont_store_completed_form_in_pha,
                physical_address=intent.physical_address,
                on_behalf_of_national_id=intent.on_behalf_of_national_id,
            )
        )
        state = self._system.store.state(intent.case_id)
        if state is not None and state[2] is not None and state[2].startswith(UNANSWERED):
            raise HarnessProblem(f"Det innebygde bestillersystemet nådde ikke ePROM. {state[2]}")

    def registered(self, form_order_id: str) -> tuple[Registered, ...]:
        """See `Driver`."""
        found = self._system.store.statuses(form_order_id)
        return tuple(Registered(each.status, each.channel, each.error_code, each.answers) for each in found)

    def signed_document(self, form_order_id: str, *, timeout_s: float) -> str | None:
        """See `Driver`."""
        return self._system.documents.sha256(form_order_id, timeout_s=timeout_s)

    def has_order(self, case_id: str) -> bool:
        """See `Driver`."""
        state = self._system.store.state(case_id)
        return state is not None and state[0] == "ordered"

    def send_message(self, intent: MessageIntent) -> None:
        """See `Driver`."""
        self._system.letters.send(
            Letter(
                case_id=intent.case_id,
                national_id=intent.national_id,
                pdf=intent.pdf,
                sender_info=intent.sender_info,
                message_info=intent.message_info,
                channels=[channel.wire_name for channel in intent.notification_priority_list],
                paper_color_print=intent.paper_color_print,
            )
        )
        state = self._system.letter_store.state(intent.case_id)
        if state is not None and state[2] is not None and state[2].startswith(UNANSWERED):
            raise HarnessProblem(f"Det innebygde bestillersystemet nådde ikke ePROM. {state[2]}")

    def message(self, message_id: str) -> tuple[RegisteredMessage, ...]:
        """See `Driver`."""
        found = self._system.letter_store.statuses(message_id)
        return tuple(RegisteredMessage(each.status, each.channel) for each in found)

    def has_message(self, case_id: str) -> bool:
        """See `Driver`."""
        state = self._system.letter_store.state(case_id)
        return state is not None and state[0] == "taken"

    def patients(self, national_id: str) -> int:
        """See `Driver`."""
        return self._system.patients.count(national_id)

    def patient_of(self, form_order_id: str) -> str | None:
        """See `Driver`."""
        return self._system.patients.owner(form_order_id)

    def initiated(self, form_order_id: str) -> tuple[RegisteredInitiated, ...]:
        """See `Driver`."""
        found = self._system.patients.initiated(form_order_id)
        return tuple(RegisteredInitiated(each.national_id, each.form_id, each.ordered_at) for each in found)

    def get_privacy_setting(self, question: PrivacyQuestion) -> None:
        """See `Driver`."""
        with _reaching_eprom():
            self._system.privacy.read(question.national_id, question.pvk_id, question.type)

    def set_privacy_setting(self, change: PrivacyChange) -> None:
        """See `Driver`."""
        with _reaching_eprom():
            self._system.privacy.change(change.national_id, change.pvk_id, change.type, change.status)

    def list_privacy_settings(self, listing: PrivacyListing) -> None:
        """See `Driver`."""
        with _reaching_eprom():
            self._system.privacy.list_active(listing.pvk_id)

    def privacy_setting(self, national_id: str, pvk_id: str) -> tuple[RegisteredSetting, ...]:
        """See `Driver`."""
        known = self._system.privacy_store.known(national_id, pvk_id)
        return tuple(RegisteredSetting(each.type, each.status) for each in known)

    def send_sms(self, intent: SmsIntent) -> None:
        """See `Driver`."""
        self._system.unsecure.send(
            Sms(intent.case_id, intent.sms_text, national_id=intent.national_id, phone_number=intent.phone_number)
        )
        self._reached(intent.case_id)

    def send_email(self, intent: EmailIntent) -> None:
        """See `Driver`."""
        title, text = intent.email_title, intent.email_text
        self._system.unsecure.send(
            Email(intent.case_id, title, text, national_id=intent.national_id, email_address=intent.email_address)
        )
        self._reached(intent.case_id)

    def message_sent(self, case_id: str) -> bool:
        """See `Driver`."""
        state = self._system.messages.state(case_id)
        return state is not None and state.state == "sent"

    def _reached(self, case_id: str) -> None:
        state = self._system.messages.state(case_id)
        if state is not None and state.state == "unanswered":
            raise HarnessProblem(f"Det innebygde bestillersystemet nådde ikke ePROM. {state.reason}")


@contextmanager
def _reaching_eprom() -> Iterator[None]:
    try:
        yield
    except Unanswered as exc:
        raise HarnessProblem(f"Det innebygde bestillersystemet nådde ikke ePROM ({exc}).") from exc
