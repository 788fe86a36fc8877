"""Norwegian national ids: what kind one is, made-up ones of the synthetic series, and finding them in text.

A number is `DDMMYY`, three individual digits and two control digits. The synthetic series add 65 or 80 to the month.
From 2032 the individual digits tell neither century nor sex, so this module reads neither out of a number.

Source: eprom.hemit.org, IntegrasjonVerifikasjon; Skatteetaten, "Fødselsnummer", new control digits from 2032.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

MASK = "[skjult fødselsnummer]"

_K1_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_K2_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_NUMBER = re.compile(r"[0-9]{11}")
_BETWEEN = " \u00a0\u00ad\u2007\u2009\u200b\u202f\u2010\u2011\u2012\u2013\u2014\u2212\ufffd-"
"""The blanks and hyphens that a number is written with, or is given by what sets it or cannot read it."""
_DIGITS = rf"[0-9]{{6}}[{_BETWEEN}]?[0-9]{{5}}"
# Asked first: without anything to look behind for it is several times faster, and most messages end here.
_ANY_DIGITS = re.compile(_DIGITS)
_NOTHING = dict.fromkeys(map(ord, _BETWEEN))
_START = (
    r"(?:(?<![0-9])"
    # The two digits of %20 or the four of \u0020 belong to the escape, not to the number that follows it.
    r"|(?<=%[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4}))"
)
_GUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f])"
# MD5, SHA-1, SHA-256, SHA-512 in hexadecimal: some digest has eleven digits in a row that happen to be a number.
_DIGEST = r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{128}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{32})(?![0-9A-Fa-f])"
# No boundary before a GUID: a number that runs into its first digits begins earlier, and is found before it.
_GUID_OR_ID = re.compile(rf"(?=[0-9A-Fa-f])(?:{_GUID}|{_DIGEST}|(?P<id>{_START}{_DIGITS}(?![0-9])))")


class NationalIdKind(Enum):
    """What a text is, read as a national id; the synthetic series keep the kind that they imitate."""

    FODSELSNUMMER = "fødselsnummer"
    D_NUMMER = "D-nummer"
    H_NUMMER = "H-nummer"
    """Month + 40: a hospital's own number, or NAV's synthetic series, which cannot be told from it."""
    FH_NUMMER = "FH-nummer"
    OTHER_SERIES = "annen nummerserie"
    """Month + 60, such as NAV's NPID; from month 66 the range is read as the synthetic +65."""
    INVALID = "ugyldig"


class Series(Enum):
    """A synthetic series; the value is what it adds to the month."""

    PLUS_65 = 65
    """Norsk helsenett."""
    PLUS_80 = 80
    """Skatteetaten (Tenor)."""


class Sex(Enum):
    """The sex that a national id is made for, in the words of the report."""

    WOMAN = "kvinne"
    MAN = "mann"


_MONTH_OFFSETS: tuple[tuple[range, int, NationalIdKind, Series | None], ...] = (
    (range(1, 13), 0, NationalIdKind.FODSELSNUMMER, None),
    (range(41, 53), 40, NationalIdKind.H_NUMMER, None),
    (range(61, 66), 60, NationalIdKind.OTHER_SERIES, None),
    (range(66, 78), 65, NationalIdKind.FODSELSNUMMER, Series.PLUS_65),
    (range(81, 93), 80, NationalIdKind.FODSELSNUMMER, Series.PLUS_80),
)
_NO_SUCH_MONTH = (range(0), 0, NationalIdKind.INVALID, None)


@dataclass(frozen=True)
class NationalId:
    """What `classify` found out about a text.

    `problem` says in Norwegian why the text is invalid, without the number, and is empty otherwise. The control rules
    are reported also when the date is wrong; they are False when the text is not eleven digits. `series` and
    `is_d_number` tell what the digits look like, also when a control digit is wrong.
    """

    # Kept out of repr: a log line or a failed assertion must not show somebody's number.
    number: str = field(repr=False)
    kind: NationalIdKind
    series: Series | None = None
    is_d_number: bool = False
    problem: str = ""
    k1_valid_today: bool = False
    k1_valid_from_2032: bool = False
    k2_valid: bool = False

    @property
    def synthetic(self) -> bool:
        """A wholly valid number of a synthetic series, by today's rules or those of 2032."""
        return self.kind is not NationalIdKind.INVALID and self.series is not None

    @property
    def real_format(self) -> bool:
        """A number that somebody can have: a fødselsnummer or D-nummer by today's rules or those of 2032."""
        return self.kind in (NationalIdKind.FODSELSNUMMER, NationalIdKind.D_NUMMER) and self.series is None

    @property
    def personal(self) -> bool:
        """A valid number that may point out a real person: real format, H, FH or another series."""
        return self.kind is not NationalIdKind.INVALID and self.series is None


@dataclass(frozen=True)
class Found:
    """A run of digits in a text that is written as a national id; `start` and `end` as in a slice."""

    start: int
    end: int
    national_id: NationalId


def classify(text: str) -> NationalId:
    """Tell what kind of national id a text is; ASCII digits only, nothing before or after them."""
    if _NUMBER.fullmatch(text) is None:
        return NationalId(text, NationalIdKind.INVALID, problem="Nummeret består ikke av nøyaktig elleve siffer 0–9.")
    k1_rest, k2_rest = _rest(text, _K1_WEIGHTS), _rest(text, _K2_WEIGHTS)
    is_d_number = "4" <= text[0] <= "7"
    kind, series, problem = NationalIdKind.FH_NUMMER, None, ""
    if text[0] < "8":
        day, month, year = int(text[:2]), int(text[2:4]), int(text[4:6])
        _, offset, kind, series = next((row for row in _MONTH_OFFSETS if month in row[0]), _NO_SUCH_MONTH)
        if kind is NationalIdKind.FODSELSNUMMER and is_d_number:
            kind = NationalIdKind.D_NUMMER
        if kind is NationalIdKind.INVALID or not _is_date(day - 40 * is_d_number, month - offset, year):
            kind, problem = NationalIdKind.INVALID, "Datoen i nummeret finnes ikke."
    # Today's rule is contained in that of 2032, so a number that fails here is valid by neither.
    if k1_rest > 3 or k2_rest != 0:
        kind, problem = NationalIdKind.INVALID, "Kontrollsifrene stemmer ikke."
    return NationalId(
        text,
        kind,
        series=series,
        is_d_number=is_d_number,
        problem=problem,
        k1_valid_today=k1_rest == 0,
        k1_valid_from_2032=k1_rest <= 3,
        k2_valid=k2_rest == 0,
    )


def find_ids(text: str) -> Iterator[Found]:
    """Find the digit runs of a text that are written as national ids; GUIDs and digests are passed over."""
    if _ANY_DIGITS.search(text) is None:
        return
    for match in _GUID_OR_ID.finditer(text):
        if match["id"] is not None:
            yield Found(match.start(), match.end(), classify(compact(match["id"])))


def mask_ids(text: str) -> str:
    """Put `MASK` in place of every valid national id that is not synthetic; all other digits are left alone."""
    if _ANY_DIGITS.search(text) is None:
        return text
    return _GUID_OR_ID.sub(_masked, text)


def compact(text: str) -> str:
    """The text without the blank or hyphen that a national id may be written with."""
    return text.translate(_NOTHING)


def generate(rng: random.Random, *, birth_date: date, sex: Sex, series: Series, d_number: bool = False) -> str:
    """Make up a synthetic number, valid by today's rules; there is deliberately no way to make a real-format one.

    Raises:
        ValueError: the birth date is outside 1854–2039, for which today's rules have individual numbers.
    """
    return _draw(rng, birth_date, sex, month_offset=series.value, d_number=d_number)


def generate_h_number(rng: random.Random, *, birth_date: date, sex: Sex) -> str:
    """Make up an H-nummer, for the documented negative case; for use against a simulator only.

    Source: BestillingAvSkjemaV2, Feilsituasjoner.

    Raises:
        ValueError: as for `generate`.
    """
    return _draw(rng, birth_date, sex, month_offset=40, d_number=False)


def generate_fh_number(rng: random.Random) -> str:
    """Make up an FH-nummer, for the documented negative case; for use against a simulator only.

    Source: BestillingAvSkjemaV2, Feilsituasjoner.
    """
    while True:
        number = _with_control_digits(f"{rng.randint(8, 9)}{rng.randrange(100_000_000):08d}")
        if number is not None:
            return number


def broken(number: str) -> str:
    """Make an invalid number of a synthetic one by changing its last digit.

    The first control digit stays right: from 2032 a number in which only that one is wrong can be valid.

    Raises:
        ValueError: the number is not synthetic and valid.
    """
    if not classify(number).synthetic:
        raise ValueError("only a valid synthetic number can be broken")
    return f"{number[:10]}{(int(number[10]) + 1) % 10}"


def _masked(match: re.Match[str]) -> str:
    found = match["id"]
    return MASK if found is not None and classify(compact(found)).personal else match[0]


def _rest(digits: str, weights: tuple[int, ...]) -> int:
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False)) % 11


def _is_date(day: int, month: int, year: int) -> bool:
    for century in (1800, 1900, 2000):
        try:
            date(century + year, month, day)
        except ValueError:
            continue
        return True
    return False


def _draw(rng: random.Random, birth_date: date, sex: Sex, *, month_offset: int, d_number: bool) -> str:
    day, month = birth_date.day + 40 * d_number, birth_date.month + month_offset
    individual_numbers = _individual_numbers(birth_date.year)
    parity = 0 if sex is Sex.WOMAN else 1
    while True:
        individual = rng.choice(individual_numbers)
        number = _with_control_digits(f"{day:02d}{month:02d}{birth_date.year % 100:02d}{individual:03d}")
        if number is not None and individual % 2 == parity:
            return number


def _individual_numbers(year: int) -> tuple[int, ...]:
    if 1854 <= year <= 1899:
        return tuple(range(500, 750))
    if 1900 <= year <= 1999:
        return (*range(500), *(range(900, 1000) if year >= 1940 else ()))
    if 2000 <= year <= 2039:
        return tuple(range(500, 1000))
    raise ValueError("today's rules have no individual numbers for this year of birth")


def _with_control_digits(nine_digits: str) -> str | None:
    k1 = -_rest(nine_digits, _K1_WEIGHTS) % 11
    ten_digits = f"{nine_digits}{k1}"
    k2 = -_rest(ten_digits, _K2_WEIGHTS) % 11
    # Ten is no digit: such a number is never given out.
    return None if 10 in (k1, k2) else f"{ten_digits}{k2}"
