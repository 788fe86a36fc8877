"""What a form asks: the kinds of fields, what each takes for an answer, and when it is shown.

Source: Skjemabygger, section Felter og regler; PasientskjemaTips, section Hvilke felttyper finnes?
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

_NORWAY = ZoneInfo("Europe/Oslo")


class Invalid(Exception):
    """An answer that a field does not take; `text` says why, to the citizen. `value` is the number that is out of
    range, None for what is wrong in another way."""

    def __init__(self, text: str, value: int | float | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.value = value


@dataclass(frozen=True)
class Condition:
    """Holds when the field of that name, a question or a metadata field, has this value."""

    field: str
    value: str | int | bool

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether it holds of these values; a value that is missing is no value."""
        seen = values.get(self.field)
        return seen is not None and str(seen).casefold() == str(self.value).casefold()


@dataclass(frozen=True, kw_only=True)
class Field:
    """A part of a form. `name` is unique in its form; without `shown_when` it is always shown."""

    name: str
    title: str
    shown_when: Condition | None = None


@dataclass(frozen=True, kw_only=True)
class Question(Field):
    """A field that the citizen answers."""

    required: bool = False
    hint: str = ""

    def read(self, given: object) -> Any:
        """The answer as it is returned to the bestillersystem.

        Raises:
            Invalid: the field does not take it.
        """
        raise NotImplementedError

    def warning(self, value: Any) -> str | None:
        """What is worth a warning about an answer that is taken, None when nothing is."""
        return None


@dataclass(frozen=True, kw_only=True)
class Choice(Question):
    """One of several options (Valgfelt), each a value and what it is called; radio buttons, or a list."""

    options: tuple[tuple[int | str, str], ...]
    as_list: bool = False

    def read(self, given: object) -> int | str:
        """See `Question.read`."""
        for value, _ in self.options:
            if not isinstance(given, bool) and str(given) == str(value):
                return value
        raise Invalid("Velg ett av svarene.")


@dataclass(frozen=True, kw_only=True)
class CheckBox(Question):
    """Ticked or not (Avkrysningsfelt)."""

    def read(self, given: object) -> bool:
        """See `Question.read`."""
        if isinstance(given, bool):
            return given
        if isinstance(given, str) and given.casefold() in ("true", "false"):
            return given.casefold() == "true"
        raise Invalid("Kryss av, eller la være.")


class DateKind(Enum):
    """How a date is asked for; the value is the type of its input in HTML. Source: PasientskjemaTips, Datofelt."""

    DAY = "date"
    DAY_AND_TIME = "datetime-local"
    MONTH = "month"
    YEAR = "number"


_DATE_WORDS = {
    DateKind.DAY: "Skriv datoen som dd.mm.åååå.",
    DateKind.DAY_AND_TIME: "Skriv dato og klokkeslett.",
    DateKind.MONTH: "Skriv måned og år.",
    DateKind.YEAR: "Skriv årstallet med fire siffer.",
}
_DATE_SHAPES = {
    DateKind.DAY: ("%Y-%m-%d", "%d.%m.%Y"),
    DateKind.DAY_AND_TIME: ("%Y-%m-%dT%H:%M", "%d.%m.%Y %H:%M"),
    DateKind.MONTH: ("%Y-%m", "%m.%Y", "%Y-%m-%d"),
    DateKind.YEAR: ("%Y", "%Y-%m-%d"),
}


@dataclass(frozen=True, kw_only=True)
class DateQuestion(Question):
    """A date (Datofelt). A month alone means its first day, a year alone its first of January.

    Source: PasientskjemaTips, section Datofelt. How a date that was not written on paper is returned is not documented:
    `yyyy-MM-dd` here, as for paper, with `THH:mm` when the time was asked for.
    """

    kind: DateKind = DateKind.DAY
    earliest: date | None = None

    def read(self, given: object) -> str:
        """See `Question.read`."""
        found = self._moment(str(given).strip())
        if self.earliest is not None and found.date() < self.earliest:
            raise Invalid(f"Datoen kan ikke være før {self.earliest:%d.%m.%Y}.")
        if self.kind is DateKind.MONTH:
            found = found.replace(day=1)
        elif self.kind is DateKind.YEAR:
            found = found.replace(month=1, day=1)
        return f"{found:%Y-%m-%dT%H:%M}" if self.kind is DateKind.DAY_AND_TIME else f"{found:%Y-%m-%d}"

    def _moment(self, text: str) -> datetime:
        for shape in _DATE_SHAPES[self.kind]:
            try:
                return datetime.strptime(text, shape)  # noqa: DTZ007 - a date that a citizen wrote has no zone
            except ValueError:
                continue
        try:
            # As default values are documented: a moment in UTC, 2023-08-08T22:00:00.000Z for 9 August in Norway.
            moment = datetime.fromisoformat(text)
        except ValueError as exc:
            raise Invalid(_DATE_WORDS[self.kind]) from exc
        return moment.astimezone(_NORWAY) if moment.tzinfo else moment


@dataclass(frozen=True, kw_only=True)
class TextQuestion(Question):
    """Free text (Tekstfelt), in one line or in an area of six. Nothing is wrong with any text."""

    area: bool = False

    def read(self, given: object) -> str:
        """See `Question.read`."""
        if not isinstance(given, str):
            raise Invalid("Skriv svaret som tekst.")
        return given.replace("\r\n", "\n")


@dataclass(frozen=True, kw_only=True)
class Number(Question):
    """A number (Tallfelt), written or set on a slider.

    `decimals` is 0 to 4. `expected` is the range outside which an answer is taken with a warning.
    Source: PasientskjemaTips, section Tallfelt; that warnings come from such a range is not documented.
    """

    minimum: int
    maximum: int
    decimals: int = 0
    slider: bool = False
    ends: tuple[str, str] = ("", "")
    expected: tuple[int, int] | None = None

    def read(self, given: object) -> int | float:
        """See `Question.read`."""
        written = Decimal("NaN")
        if isinstance(given, str | int | float) and not isinstance(given, bool):
            with suppress(InvalidOperation):
                written = Decimal(str(given).strip().replace(",", "."))
        # 1e999999999 is a number too, which would fill the memory when it is written out.
        if not written.is_finite() or abs(written.adjusted()) > 20 or len(written.as_tuple().digits) > 20:
            raise Invalid("Skriv svaret som et tall.")
        if written != round(written, self.decimals):
            wanted = "et helt tall" if not self.decimals else f"et tall med høyst {self.decimals} desimaler"
            raise Invalid(f"Skriv {wanted}.")
        number = int(written) if written == int(written) else float(written)
        if not self.minimum <= number <= self.maximum:
            raise Invalid(f"Skriv et tall fra {self.minimum} til {self.maximum}.", number)
        return number

    def warning(self, value: Any) -> str | None:
        """See `Question.warning`."""
        if self.expected is None or self.expected[0] <= value <= self.expected[1]:
            return None
        return f"Verdien er utenfor {self.expected[0]}–{self.expected[1]}"


@dataclass(frozen=True, kw_only=True)
class Group(Field):
    """Fields under one title; a group of check boxes is a question with several answers (Flervalgsfelt)."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, kw_only=True)
class TextArea(Field):
    """A text to read (Tekstområde)."""


@dataclass(frozen=True, kw_only=True)
class Metadata(Field):
    """A value that comes with the order under this name; never shown. Source: Skjemabygger, Metadata i skjema."""

    number: bool = False


@dataclass(frozen=True, kw_only=True)
class MetadataText(Field):
    """Shows the value of the metadata field `shows`. Source: Skjemabygger, Metadata i skjema."""

    shows: str


def every_field(fields: tuple[Field, ...]) -> list[Field]:
    """The fields and those within groups, in order."""
    return [each for field in fields for each in (field, *(field.fields if isinstance(field, Group) else ()))]
