"""The enumerations of the ePROM contract, with the numbers that may stand for the names.

Source: Integrasjonsguide, sections DistributionRule, NotificationChannel, FormOrderStatus, FormOrderStatusErrorCode
and SentStatus.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class ContractEnum(IntEnum):
    """An enumeration whose members travel as a name or as a number."""

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read a member from the name or number that stood on the wire.

        Names are matched without regard to case, as ASP.NET does; a number may also stand as a string of digits.

        Raises:
            ValueError: the value is neither a name nor a number of this enumeration.
        """
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError(f"{value!r} is not a {cls.__name__}")
        if isinstance(value, int):
            return cls(value)
        if value.isascii() and value.isdigit():
            return cls(int(value))
        for member in cls:
            if member.name.casefold() == value.casefold():
                return member
        raise ValueError(f"{value!r} is not a {cls.__name__}")


class DistributionRule(ContractEnum):
    """How ePROM shall reach the patient. Source: Integrasjonsguide, section DistributionRule."""

    Basic = 0
    AllowUnsecure = 1
    NoDistribution = 2
    BasicOrPaper = 3
    AllowUnsecureOrPaper = 4
    PaperOnly = 5
    HelsenorgeOnly = 6
    DigitalMailboxOnly = 7
    UnsecureOnly = 8


class NotificationChannel(ContractEnum):
    """Where the patient was notified. Source: Integrasjonsguide, section NotificationChannel.

    The member that the contract spells `None` is `NoChannel` here, since Python reserves the word.
    """

    NoChannel = 0
    Helsenorge = 1
    DigitalMailbox = 2
    Unsecure = 3
    PhysicalMailbox = 4

    @classmethod
    def parse(cls, value: object) -> Self:
        """As `ContractEnum.parse`; the contract's `None` gives `NoChannel`."""
        if isinstance(value, str) and value.casefold() == "none":
            return cls(0)
        return super().parse(value)

    @property
    def wire_name(self) -> str:
        """The name as the contract spells it."""
        return "None" if self is NotificationChannel.NoChannel else self.name


class FormOrderStatus(ContractEnum):
    """Where an order stands. Source: Integrasjonsguide, section FormOrderStatus."""

    Completed = 0
    Expired = 1
    Ordered = 2
    Error = 3
    PhysicalMailReturned = 4
    DigipostDelivered = 5


class FormOrderStatusErrorCode(ContractEnum):
    """Why an order failed. Source: Integrasjonsguide, section FormOrderStatusErrorCode.

    The member that the contract spells `None` is `NoError` here, since Python reserves the word.
    """

    NoError = 0
    PatientUnreachable = 1
    SikkerDigitalPostError = 2

    @classmethod
    def parse(cls, value: object) -> Self:
        """As `ContractEnum.parse`; the contract's `None` gives `NoError`."""
        if isinstance(value, str) and value.casefold() == "none":
            return cls(0)
        return super().parse(value)

    @property
    def wire_name(self) -> str:
        """The name as the contract spells it."""
        return "None" if self is FormOrderStatusErrorCode.NoError else self.name


class SentStatus(ContractEnum):
    """What became of a letter. Source: Integrasjonsguide, section SentStatus."""

    Sent = 0
    Error = 1
