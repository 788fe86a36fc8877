"""What is read as a national id, and which ones can be made up."""

from __future__ import annotations

import random
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.no import fodselsnummer

from eprom_verify.persons.national_id import (
    MASK,
    NationalIdKind,
    Series,
    Sex,
    broken,
    classify,
    find_ids,
    generate,
    generate_fh_number,
    generate_h_number,
    mask_ids,
)

ROOT = Path(__file__).parents[2]
KINDS = {
    "fodselsnummer": (NationalIdKind.FODSELSNUMMER, None, False),
    "d-nummer": (NationalIdKind.D_NUMMER, None, True),
    "plus40 (H-nummer or NAV synthetic)": (NationalIdKind.H_NUMMER, None, False),
    "plus40 (H-nummer or NAV synthetic), d-nummer": (NationalIdKind.H_NUMMER, None, True),
    "synthetic+65": (NationalIdKind.FODSELSNUMMER, Series.PLUS_65, False),
    "synthetic+65, d-nummer": (NationalIdKind.D_NUMMER, Series.PLUS_65, True),
    "synthetic+80": (NationalIdKind.FODSELSNUMMER, Series.PLUS_80, False),
    "synthetic+80, d-nummer": (NationalIdKind.D_NUMMER, Series.PLUS_80, True),
    "other series": (NationalIdKind.OTHER_SERIES, None, False),
    "fh-nummer": (NationalIdKind.FH_NUMMER, None, False),
}
PROBLEMS = {
    "invalid: bad date": "Datoen i nummeret finnes ikke.",
    "invalid: bad check": "Kontrollsifrene stemmer ikke.",
    "invalid: bad length": "Nummeret består ikke av nøyaktig elleve siffer 0–9.",
    "invalid: format": "Nummeret består ikke av nøyaktig elleve siffer 0–9.",
}
birth_dates = st.dates(date(1854, 1, 1), date(2039, 12, 31))
seeds = st.integers(0, 2**32).map(random.Random)


def test_vector_kind(vector: dict[str, Any]) -> None:
    found = classify(vector["number"])
    if vector["kind"].startswith("invalid"):
        assert (found.kind, found.problem) == (NationalIdKind.INVALID, PROBLEMS[vector["kind"]])
    else:
        assert (found.kind, found.series, found.is_d_number) == KINDS[vector["kind"]]
        assert found.problem == ""


def test_vector_control_digits(vector: dict[str, Any]) -> None:
    found = classify(vector["number"])
    real_date = found.problem != PROBLEMS["invalid: bad date"]
    verdicts = {
        "valid_control_digits_today": real_date and found.k1_valid_today and found.k2_valid,
        "valid_control_digits_from_2032": real_date and found.k1_valid_from_2032 and found.k2_valid,
    }
    expected = {name: vector[name] for name in verdicts if vector[name] is not None}
    assert {name: verdicts[name] for name in expected} == expected


def test_vector_may_leave(vector: dict[str, Any]) -> None:
    assert classify(vector["number"]).synthetic is vector["may_leave_the_harness"]


def test_vector_real_format(vector: dict[str, Any]) -> None:
    assert classify(vector["number"]).real_format is (vector["kind"] in ("fodselsnummer", "d-nummer"))


def test_rules_stand_apart(only_from_2032: str) -> None:
    found = classify(only_from_2032)
    assert (found.k1_valid_today, found.k1_valid_from_2032, found.k2_valid) == (False, True, True)
    assert found.real_format


@pytest.mark.parametrize("text", ["", " ", "1" * 10, "1" * 12, "26670271527\n", "²" * 11, "٢٦٦٧٠٢٧١٥٢٧", "\ud800"])
def test_never_raises(text: str) -> None:
    assert classify(text).kind is NationalIdKind.INVALID


@pytest.mark.parametrize("month", [0, *range(13, 41), *range(53, 61), 78, 79, 80, *range(93, 100)])
def test_no_such_month(month: int) -> None:
    problems = {classify(f"01{month:02d}90{ending:05d}").problem for ending in range(1000)}
    assert problems == {"Datoen i nummeret finnes ikke.", "Kontrollsifrene stemmer ikke."}


def test_repr_hides_number(verification_person: str) -> None:
    assert verification_person not in repr(classify(verification_person))


@given(seeds, birth_dates, st.sampled_from(Sex), st.sampled_from(Series), st.booleans())
def test_generated_is_synthetic(rng: random.Random, born: date, sex: Sex, series: Series, d_number: bool) -> None:
    number = generate(rng, birth_date=born, sex=sex, series=series, d_number=d_number)
    found = classify(number)
    assert (found.synthetic, found.real_format, found.personal) == (True, False, False)
    assert (found.series, found.is_d_number) == (series, d_number)
    assert found.kind is (NationalIdKind.D_NUMMER if d_number else NationalIdKind.FODSELSNUMMER)
    assert found.k1_valid_today
    assert int(number[:2]) == born.day + (40 if d_number else 0)
    assert int(number[2:4]) == born.month + series.value
    assert int(number[4:6]) == born.year % 100
    assert int(number[8]) % 2 == (0 if sex is Sex.WOMAN else 1)


@pytest.mark.parametrize(
    ("year", "allowed"),
    [
        (1854, [(500, 749)]),
        (1899, [(500, 749)]),
        (1900, [(0, 499)]),
        (1939, [(0, 499)]),
        (1940, [(0, 499), (900, 999)]),
        (1999, [(0, 499), (900, 999)]),
        (2000, [(500, 999)]),
        (2039, [(500, 999)]),
    ],
)
def test_individual_number_ranges(year: int, allowed: list[tuple[int, int]]) -> None:
    rng = random.Random(1)
    drawn = {
        int(generate(rng, birth_date=date(year, 5, 17), sex=Sex.MAN, series=Series.PLUS_80)[6:9]) for _ in range(300)
    }
    assert all(any(low <= number <= high for low, high in allowed) for number in drawn)
    assert all(any(low <= number <= high for number in drawn) for low, high in allowed)


@pytest.mark.parametrize("year", [1853, 2040])
def test_year_without_numbers(year: int) -> None:
    with pytest.raises(ValueError, match="no individual numbers"):
        generate(random.Random(1), birth_date=date(year, 1, 1), sex=Sex.WOMAN, series=Series.PLUS_65)


@given(seeds, birth_dates)
def test_broken_breaks_k2(rng: random.Random, born: date) -> None:
    number = generate(rng, birth_date=born, sex=Sex.WOMAN, series=Series.PLUS_65)
    found = classify(broken(number))
    assert (found.kind, found.series) == (NationalIdKind.INVALID, Series.PLUS_65)
    assert (found.k1_valid_today, found.k2_valid) == (True, False)
    assert broken(number)[:10] == number[:10]


def test_real_cannot_be_broken(real_id: str) -> None:
    with pytest.raises(ValueError, match="only a valid synthetic") as caught:
        broken(real_id)
    assert real_id not in str(caught.value)


@given(seeds, birth_dates)
def test_negative_case_kinds(rng: random.Random, born: date) -> None:
    h_number = classify(generate_h_number(rng, birth_date=born, sex=Sex.MAN))
    fh_number = classify(generate_fh_number(rng))
    assert (h_number.kind, h_number.synthetic, h_number.personal) == (NationalIdKind.H_NUMMER, False, True)
    assert (fh_number.kind, fh_number.synthetic, fh_number.personal) == (NationalIdKind.FH_NUMMER, False, True)


def test_stdnum_agrees() -> None:
    """The numbers here have real format: they live in this loop only, and no assertion can show one."""
    rng = random.Random(20320101)
    valid = disagreements = 0
    for _ in range(20_000):
        born = date(1900, 1, 1).toordinal() + rng.randrange(45_000)
        nine = f"{date.fromordinal(born):%d%m%y}{rng.randrange(1000):03d}"
        k1 = fodselsnummer.calc_check_digit1(nine)
        # Wrong digits are cross-checked as well as right ones.
        k1 = k1 if rng.random() < 0.9 else str(rng.randrange(10))
        k2 = str(rng.randrange(10))
        if len(k1) == 1 and rng.random() < 0.9:
            k2 = fodselsnummer.calc_check_digit2(nine + k1)
        if len(k1 + k2) != 2:
            continue
        found = classify(nine + k1 + k2)
        right = (k1 == fodselsnummer.calc_check_digit1(nine), k2 == fodselsnummer.calc_check_digit2(nine + k1))
        valid += found.real_format and all(right)
        disagreements += right != (found.k1_valid_today, found.k2_valid)
    assert disagreements == 0
    assert valid > 10_000


@pytest.mark.parametrize("separator", ["", " ", "\u00a0", "-"])
def test_found_with_span(separator: str, real_id: str) -> None:
    text = f"Pasient {real_id[:6]}{separator}{real_id[6:]}, kontroll"
    [found] = find_ids(text)
    assert (found.start, found.end) == (8, 19 + len(separator))
    assert found.national_id.real_format
    assert mask_ids(text) == f"Pasient {MASK}, kontroll"


@pytest.mark.parametrize("before", ["%20", "%2f", "\\u0020", "x", "_", "æ", "٣"])
def test_found_after_escape(before: str, real_id: str) -> None:
    assert mask_ids(f"a{before}{real_id}b") == f"a{before}{MASK}b"


@pytest.mark.parametrize("around", ["1{}", "{}1", "00{}00"])
def test_longer_run_ignored(around: str, real_id: str) -> None:
    assert list(find_ids(around.format(real_id))) == []


@pytest.mark.parametrize("shape", ["b{}", "{}b"])
def test_guid_passed_over(shape: str, real_id: str) -> None:
    guid = f"1bc5f9f0-2607-49eb-94f0-{shape.format(real_id)}"
    text = f"{guid} og {real_id} og {guid.upper()}"
    assert len(list(find_ids(text))) == 1
    assert mask_ids(text) == f"{guid} og {MASK} og {guid.upper()}"


def test_id_beside_guid(real_id: str) -> None:
    guid = "abc5f9f0-2607-49eb-94f0-6af955bbd79a"
    assert mask_ids(f"{real_id}{guid} {guid[:-3]}{real_id}") == f"{MASK}{guid} {guid[:-3]}{MASK}"


def test_all_personal_masked(vector: dict[str, Any]) -> None:
    number = vector["number"]
    hidden = not vector["kind"].startswith(("invalid", "synthetic"))
    assert mask_ids(f"<{number}>") == (f"<{MASK}>" if hidden else f"<{number}>")


@given(st.text(alphabet=st.sampled_from("0123456789 -ab%\u00a0"), max_size=60))
def test_masking_is_stable(text: str) -> None:
    once = mask_ids(text)
    assert mask_ids(once) == once
    assert not any(found.national_id.personal for found in find_ids(once))


def test_no_real_ids_in_code() -> None:
    written = re.compile(r"(?<![0-9])[0-9]{6}[ \u00a0-]?[0-9]{5}(?![0-9])")
    files = [*(ROOT / "src/eprom_verify/persons").glob("*.py"), *(ROOT / "tests/persons").glob("*.py")]
    assert len(files) >= 9
    for file in files:
        digits = [re.sub(r"\D", "", run) for run in written.findall(file.read_text(encoding="utf-8"))]
        assert not any(classify(run).personal for run in digits), file.name
