"""What each kind of field takes for an answer, and what it makes of it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from eprom_verify.simulator.citizen_fields import hidden_until, marked, plain
from eprom_verify.simulator.cover_letters import metadata_of, with_metadata
from eprom_verify.simulator.fields import (
    CheckBox,
    Choice,
    Condition,
    DateKind,
    DateQuestion,
    Group,
    Invalid,
    Number,
    Question,
    TextQuestion,
)
from eprom_verify.simulator.forms import CATALOGUE, COLLECTION, RAND_12, Form, FormStatus, collection_key
from eprom_verify.simulator.opened import Shown, fill_in, open_form
from tests.contract.conftest import EXAMPLES

WEIGHT = Number(name="n", title="", minimum=1, maximum=400, decimals=1)
PAIN = Number(name="n", title="", minimum=0, maximum=10)
CHOICE = Choice(name="c", title="", options=((1, "Ja"), (2, "Nei")))


def dated(kind: DateKind, earliest: date | None = None) -> DateQuestion:
    return DateQuestion(name="d", title="", kind=kind, earliest=earliest)


@pytest.mark.parametrize(
    ("question", "given", "expected"),
    [
        (WEIGHT, "70,5", 70.5),
        (WEIGHT, "70.0", 70),
        (WEIGHT, 70, 70),
        (PAIN, " 0 ", 0),
        (PAIN, "10", 10),
        (CHOICE, "2", 2),
        (CHOICE, 1, 1),
        (CheckBox(name="k", title=""), "true", True),
        (CheckBox(name="k", title=""), False, False),
        (TextQuestion(name="t", title=""), "a\r\nb", "a\nb"),
        (dated(DateKind.DAY), "2026-02-28", "2026-02-28"),
        (dated(DateKind.DAY), "28.02.2026", "2026-02-28"),
        (dated(DateKind.DAY), "2023-08-08T22:00:00.000Z", "2023-08-09"),
        (dated(DateKind.DAY_AND_TIME), "2023-08-10T11:47:00.000Z", "2023-08-10T13:47"),
        (dated(DateKind.DAY_AND_TIME), "2026-01-02T13:45", "2026-01-02T13:45"),
        (dated(DateKind.MONTH), "2023-04-30T22:00:00.000Z", "2023-05-01"),
        (dated(DateKind.MONTH), "2025-11", "2025-11-01"),
        (dated(DateKind.YEAR), "2026-12-31T23:00:00.000Z", "2027-01-01"),
        (dated(DateKind.YEAR), "2024", "2024-01-01"),
    ],
)
def test_taken(question: Question, given: object, expected: object) -> None:
    seen = question.read(given)
    assert (seen, type(seen)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("question", "given"),
    [
        (PAIN, "11"),
        (PAIN, "-1"),
        (PAIN, "3,5"),
        (PAIN, "tre"),
        (PAIN, True),
        (PAIN, "NaN"),
        (PAIN, "Infinity"),
        (PAIN, "1e999999999"),
        (PAIN, "1e-999999999"),
        (PAIN, "9" * 5000),
        (PAIN, []),
        (WEIGHT, "70,55"),
        (CHOICE, "3"),
        (CHOICE, True),
        (CHOICE, {}),
        (CheckBox(name="k", title=""), "kanskje"),
        (TextQuestion(name="t", title=""), 3),
        (dated(DateKind.DAY), "2026-02-30"),
        (dated(DateKind.DAY), "i går"),
        (dated(DateKind.YEAR), "26"),
        (dated(DateKind.DAY, date(2026, 1, 1)), "2025-12-31"),
    ],
)
def test_not_taken(question: Question, given: object) -> None:
    with pytest.raises(Invalid):
        question.read(given)


def test_documented_rand_12() -> None:
    """Its twelve fields are those of the documentation's own example of an answer, and take what stands there."""
    example = json.loads((EXAMPLES / "form-completed.2026-05.json").read_text("utf-8"))
    answers = json.loads(example["formData"])
    assert [question.name for question in RAND_12.fields] == list(answers)
    filled = fill_in(open_form(RAND_12, {}), answers)
    assert (filled.data, filled.problems) == (answers, {})


def test_catalogue() -> None:
    assert {form.status for form in CATALOGUE.values()} == set(FormStatus)
    assert all(form.id == key for key, form in CATALOGUE.items())
    # Source: ReleaseNotev3.0: a samleskjema is published only when its forms are.
    assert {part.status for part in COLLECTION.parts} == {FormStatus.PUBLISERT}
    assert collection_key(RAND_12.id) == "_1bc5f9f0_2607_49eb_94f0_6af955bbd79a"


def test_names_are_unique() -> None:
    twice = CheckBox(name="a", title="")
    with pytest.raises(ValueError, match="unique"):
        Form("x", "Skjema", fields=(twice, Group(name="g", title="", fields=(twice,))))


def test_documented_default_values() -> None:
    """The example of a samleskjema: each value under the id of the form that it is for."""
    metadata = {
        "visValgfelt": 1,
        "_ff3748a5_67d7_425d_9175_1f9fb5bbfdde": {"tallfelt": 33, "avkrysningsboks": True, "tekstfelt": "Hei"},
        "_1bc5f9f0_2607_49eb_94f0_6af955bbd79a": {"HealthGeneral": "2"},
    }
    about, rand_12 = open_form(COLLECTION, metadata).sections
    assert [seen.value for _, seen in about.questions()] == [33, "Hei", True]
    assert next(seen.value for _, seen in rand_12.questions()) == 2


@pytest.mark.parametrize("bad", ["x", [], {"a": 1}, None, 7])
def test_default_values_of_another_kind(bad: Any) -> None:
    opened = open_form(COLLECTION, {collection_key(COLLECTION.parts[0].id): bad})
    assert {seen.value for _, seen in opened.sections[0].questions()} == {None}


@pytest.mark.parametrize(
    ("letter", "metadata", "expected"),
    [
        ("på [_SYKEHUSNAVN_].", {"sykehusnavn": "St. Olavs"}, "på St. Olavs."),
        ("[_A_][_B_]", {"a": "[_B_]", "b": 1}, "[_B_]1"),
        ("[_A_]", {}, "[_A_]"),
        ("[_A_]", {"a": {"b": 1}}, "[_A_]"),
        ("[_a_]", {"A": 1.5}, "1.5"),
        ("[_ÆØÅ_]", {"æøå": "ja"}, "ja"),
        ("[__]", {"": "x"}, "[__]"),
    ],
)
def test_cover_letter(letter: str, metadata: dict[str, Any], expected: str) -> None:
    assert with_metadata(letter, metadata) == expected


@pytest.mark.parametrize("sent", [None, "", "[]", "{", 3, "[" * 100_000])
def test_no_metadata(sent: object) -> None:
    assert metadata_of(sent) == {}


def test_titles() -> None:
    title = "#b#Fet#b# og #i#kursiv#i#, #u#under#u##n<b>&"
    assert marked(title) == "<strong>Fet</strong> og <em>kursiv</em>, <u>under</u><br>&lt;b&gt;&amp;"
    assert plain(title) == "Fet og kursiv, under <b>&"


def test_style_is_quoted() -> None:
    """What stands in a style sheet can neither end it nor add to it."""
    field = TextQuestion(name='"]{}</style>', title="", shown_when=Condition("x", "</style>"))
    style = hidden_until([Shown(key=field.name, field=field, depends_on=('"]</style>', "</style>"))])
    assert "<" not in style
    assert style.count("{") == 1


def test_hidden_question_not_answered() -> None:
    """What depends on another answer is neither required nor returned without it."""
    ask = Choice(name="a", title="", options=((1, "Ja"), (2, "Nei")), required=True)
    why = TextQuestion(name="b", title="", required=True, shown_when=Condition("a", 2))
    opened = open_form(Form("x", "Skjema", fields=(ask, why)), {})
    assert fill_in(opened, {"a": "1", "b": "noe"}).data == {"a": 1}
    assert list(fill_in(opened, {"a": "2"}).problems) == ["b"]
    assert fill_in(opened, {"a": "2", "b": "noe"}).data == {"a": 2, "b": "noe"}


def test_required_box_must_be_ticked() -> None:
    opened = open_form(Form("x", "Skjema", fields=(CheckBox(name="a", title="", required=True),)), {})
    assert list(fill_in(opened, {}).problems) == ["a"]
    assert fill_in(opened, {"a": "true"}).data == {"a": True}
