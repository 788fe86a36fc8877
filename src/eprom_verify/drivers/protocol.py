"""What the harness asks of a bestillersystem under test, whoever built it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from eprom_verify.contract.enumerations import (
    DistributionRule,
    FormOrderStatus,
    FormOrderStatusErrorCode,
    NotificationChannel,
    SentStatus,
)
from eprom_verify.contract.privacy_codes import SettingStatus, SettingType


@dataclass(frozen=True, kw_only=True)
class OrderIntent:
    """An order that the bestillersystem shall place, in the way it does in real life.

    `case_id` is the harness's name for the case; `expiry_date` has a time zone; `distribution_rule` None leaves the
    choice to ePROM's default.
    """

    case_id: str
    form_id: str
    national_id: str
    expiry_date: datetime
    distribution_rule: DistributionRule | None = None
    metadata: Mapping[str, Any] | None = None
    must_be_signed: bool = False
    signing_text: str | None = None
    dont_store_completed_form_in_pha: bool = False
    physical_address: Mapping[str, str] | None = None
    on_behalf_of_national_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class SmsIntent:
    """An SMS that the bestillersystem shall send, to a citizen by national id, by number, or with both.

    `case_id` is the harness's name for the case; `sms_text` must not be sensitive.
    """

    case_id: str
    sms_text: str
    national_id: str | None = None
    phone_number: str | None = None


@dataclass(frozen=True, kw_only=True)
class EmailIntent:
    """An e-mail that the bestillersystem shall send, to a citizen by national id, by address, or with both.

    `case_id` is the harness's name for the case; title and text must not be sensitive.
    """

    case_id: str
    email_title: str
    email_text: str
    national_id: str | None = None
    email_address: str | None = None


@dataclass(frozen=True)
class Registered:
    """A status as the bestillersystem has registered it for an order; `answers` are those of a completed form."""

    status: FormOrderStatus
    channel: NotificationChannel
    error_code: FormOrderStatusErrorCode
    answers: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class MessageIntent:
    """A letter that the bestillersystem shall send, in the way it does in real life.

    `case_id` is the harness's name for the case; `pdf` the main document; `sender_info` and `message_info` have ePROM's
    own member names; the channels are to be tried in the order they stand.
    """

    case_id: str
    national_id: str
    pdf: bytes
    sender_info: Mapping[str, str]
    message_info: Mapping[str, str]
    notification_priority_list: Sequence[NotificationChannel]
    paper_color_print: bool = False


@dataclass(frozen=True)
class RegisteredMessage:
    """A status as the bestillersystem has registered it for a letter."""

    status: SentStatus
    channel: NotificationChannel


@dataclass(frozen=True)
class RegisteredInitiated:
    """A form as the bestillersystem has registered that a patient began it; None is what it has not kept."""

    national_id: str | None
    form_id: str | None
    ordered_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PrivacyQuestion:
    """A privacy setting that the bestillersystem shall read; `case_id` is the harness's name for the case."""

    case_id: str
    national_id: str
    pvk_id: str
    type: SettingType


@dataclass(frozen=True, kw_only=True)
class PrivacyChange(PrivacyQuestion):
    """A privacy setting that the bestillersystem shall change."""

    status: SettingStatus


@dataclass(frozen=True, kw_only=True)
class PrivacyListing:
    """A privacy setting whose active citizens the bestillersystem shall list, to the last page."""

    case_id: str
    pvk_id: str


@dataclass(frozen=True)
class RegisteredSetting:
    """A privacy setting as the bestillersystem has registered it for a citizen."""

    type: SettingType
    status: SettingStatus


class Driver(Protocol):
    """Makes a bestillersystem act, and asks it what it has registered. It is never believed about traffic."""

    name: str

    def order_form(self, intent: OrderIntent) -> None:
        """Place the order, or queue it.

        Raises:
            NotApplicable: the system does not order forms in this way.
            HarnessProblem: the system could not be asked.
        """

    def registered(self, form_order_id: str) -> tuple[Registered, ...]:
        """The statuses that the system has registered for an order, in the order they came; empty when it knows none.

        Raises:
            Unverified: the system cannot be asked.
        """

    def signed_document(self, form_order_id: str, *, timeout_s: float) -> str | None:
        """The SHA-256, in hex, of the signed document that the system keeps for an order, as it was fetched.

        Documents are fetched when a return has been answered: it is waited for, at most so long. None when there is
        still none.

        Raises:
            Unverified: the system cannot be asked.
        """

    def has_order(self, case_id: str) -> bool:
        """Whether the system holds that the case's order was made.

        Raises:
            Unverified: the system cannot be asked.
        """

    def send_message(self, intent: MessageIntent) -> None:
        """Send the letter, or queue it.

        Raises:
            NotApplicable: the system does not send letters.
            HarnessProblem: the system could not be asked.
        """

    def message(self, message_id: str) -> tuple[RegisteredMessage, ...]:
        """The statuses that the system has registered for a letter, in the order they came; empty when it knows none.

        Raises:
            Unverified: the system cannot be asked.
        """

    def has_message(self, case_id: str) -> bool:
        """Whether the system holds that the case's letter was taken by ePROM, and is under way or sent.

        Raises:
            Unverified: the system cannot be asked.
        """

    def patients(self, national_id: str) -> int:
        """How many patients the system has with that national id.

        Raises:
            Unverified: the system cannot be asked.
        """

    def patient_of(self, form_order_id: str) -> str | None:
        """The national id of the patient on whom the system has registered the form of an order; None for nobody.

        Raises:
            Unverified: the system cannot be asked.
        """

    def initiated(self, form_order_id: str) -> tuple[RegisteredInitiated, ...]:
        """What the system has registered as begun by a patient, though nobody ordered it; empty when nothing.

        Raises:
            Unverified: the system cannot be asked.
        """

    def send_sms(self, intent: SmsIntent) -> None:
        """Send the SMS, or queue it.

        Raises:
            NotApplicable: the system does not send SMS.
            HarnessProblem: the system could not be asked.
        """

    def send_email(self, intent: EmailIntent) -> None:
        """Send the e-mail, or queue it.

        Raises:
            NotApplicable: the system does not send e-mail.
            HarnessProblem: the system could not be asked.
        """

    def message_sent(self, case_id: str) -> bool:
        """Whether the system holds that the case's SMS or e-mail was sent.

        Raises:
            Unverified: the system cannot be asked.
        """

    def get_privacy_setting(self, question: PrivacyQuestion) -> None:
        """Read a citizen's privacy setting in ePROM, and register what the answer says.

        Raises:
            NotApplicable: the system does not use privacy settings.
            HarnessProblem: the system could not be asked.
        """

    def set_privacy_setting(self, change: PrivacyChange) -> None:
        """Change a citizen's privacy setting in ePROM, and register what came of it.

        Raises:
            NotApplicable: the system does not change privacy settings.
            HarnessProblem: the system could not be asked.
        """

    def list_privacy_settings(self, listing: PrivacyListing) -> None:
        """List the citizens who have a setting active, all pages, and register them.

        Raises:
            NotApplicable: the system does not list privacy settings.
            HarnessProblem: the system could not be asked.
        """

    def privacy_setting(self, national_id: str, pvk_id: str) -> tuple[RegisteredSetting, ...]:
        """What the system has registered of a citizen's setting, oldest first: the last one holds. Empty when it does
        not know; a system that keeps the newest alone gives that one.

        Raises:
            Unverified: the system cannot be asked.
        """
