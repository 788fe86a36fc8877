"""The fields of a form as HTML: labels, groups, hints and what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape

from eprom_verify.simulator.fields import (
    CheckBox,
    Choice,
    DateKind,
    DateQuestion,
    Group,
    MetadataText,
    Number,
    Question,
    TextArea,
    TextQuestion,
)
from eprom_verify.simulator.opened import Shown

_MARKS = {"b": "strong", "i": "em", "u": "u"}
_MARKED = re.compile(r"#([biu])#(.*?)#\1#", re.DOTALL)


def marked(title: str) -> str:
    """A title of the form builder as HTML: #b#, #i# and #u# round words, #n for a new line.

    Source: PasientskjemaTips, section Hvordan formattere tekst i skjemabyggeren?
    """
    text = _MARKED.sub(lambda found: f"<{_MARKS[found[1]]}>{found[2]}</{_MARKS[found[1]]}>", escape(title))
    return text.replace("#n", "<br>")


def plain(title: str) -> str:
    """A title without its marks."""
    return _MARKED.sub(r"\2", title).replace("#n", " ")


def field_html(seen: Shown, values: Mapping[str, object] | None, problems: Mapping[str, str]) -> str:
    """One field; `values` stand instead of what was in it from before, `problems` are told beside it."""
    field = seen.field
    if isinstance(field, TextArea):
        return f'<div class="q" id="{_wrap(seen)}"><p>{marked(field.title)}</p></div>'
    if isinstance(field, MetadataText):
        words = f'<span class="label">{marked(field.title)}</span><span>{escape(seen.text)}</span>'
        return f'<p class="q" id="{_wrap(seen)}">{words}</p>'
    if isinstance(field, Group):
        boxes = "".join(_inner(each, values) for each in seen.inner)
        return _set(seen, marked(field.title), boxes, "")
    assert isinstance(field, Question)
    value = (values or {}).get(seen.key, "") if values is not None else seen.value
    problem = problems.get(seen.key, "")
    title = marked(field.title) + (' <span aria-hidden="true">*</span>' if field.required else "")
    if isinstance(field, Choice) and not field.as_list:
        return _set(seen, title, _radios(field, seen, value), problem)
    if isinstance(field, Number) and _is_scale(field):
        return _set(seen, title, _scale(field, seen, value), problem)
    if isinstance(field, CheckBox):
        return _wrapped(seen, _notes(seen, field, problem) + _box(field, seen, value), problem)
    label = f'<label class="label" for="{_id(seen)}">{title}</label>'
    return _wrapped(seen, label + _notes(seen, field, problem) + _input(field, seen, value, problem), problem)


def hidden_until(fields: Iterable[Shown]) -> str:
    """Style that hides a question until the answer that opens it is given; the server looks at it again."""
    rules = []
    for each in fields:
        if each.depends_on is not None:
            key, value = each.depends_on
            wanted = f'[name="{_quoted(key)}"][value="{_quoted(str(value))}"]:checked'
            rules.append(f'form:not(:has({wanted})) [id="{_quoted(_wrap(each))}"]{{display:none}}')
    return "".join(rules)


def _quoted(text: str) -> str:
    """A text inside a quoted string of CSS."""
    return re.sub(r"[^A-Za-z0-9_.\-]", lambda found: f"\\{ord(found[0]):x} ", text)


def _id(seen: Shown) -> str:
    return escape(seen.key)


def _wrap(seen: Shown) -> str:
    return escape(f"{seen.key}-felt")


def _wrapped(seen: Shown, inner: str, problem: str) -> str:
    return f'<div class="q{" bad" if problem else ""}" id="{_wrap(seen)}">{inner}</div>'


def _set(seen: Shown, title: str, inner: str, problem: str) -> str:
    field = seen.field
    notes = _notes(seen, field, problem) if isinstance(field, Question) else ""
    described = _described(seen, field, problem) if isinstance(field, Question) else ""
    return (
        f'<fieldset class="q{" bad" if problem else ""}" id="{_wrap(seen)}"{described}>'
        f"<legend>{title}</legend>{notes}{inner}</fieldset>"
    )


def _notes(seen: Shown, field: Question, problem: str) -> str:
    parts = []
    hint = _hint(field)
    if hint:
        parts.append(f'<p class="hint" id="{_id(seen)}-hint">{escape(hint)}</p>')
    if problem:
        parts.append(f'<p class="problem" id="{_id(seen)}-feil">{escape(problem)}</p>')
    return "".join(parts)


def _hint(field: Question) -> str:
    range_of = f"Et tall fra {field.minimum} til {field.maximum}" if isinstance(field, Number) else ""
    return ". ".join(part for part in (field.hint, range_of) if part)


def _described(seen: Shown, field: Question, problem: str) -> str:
    ids = [f"{_id(seen)}-hint"] if _hint(field) else []
    ids += [f"{_id(seen)}-feil"] if problem else []
    return f' aria-describedby="{" ".join(ids)}"' if ids else ""


def _is_scale(field: Number) -> bool:
    return field.slider and not field.decimals and field.maximum - field.minimum <= 10


def _scale(field: Number, seen: Shown, value: object) -> str:
    """A slider of whole numbers, as buttons in a row: a slider would have a value before one is chosen."""
    numbers = "".join(
        _radio(seen, number, str(number), value, first=number == field.minimum, required=field.required)
        for number in range(field.minimum, field.maximum + 1)
    )
    low, high = (escape(end) for end in field.ends)
    ends = f'<p class="ends"><span>{field.minimum} = {low}</span><span>{field.maximum} = {high}</span></p>'
    return f'{ends if low or high else ""}<div class="scale">{numbers}</div>'


def _radios(field: Choice, seen: Shown, value: object) -> str:
    return "".join(
        _radio(seen, option, words, value, first=number == 0, required=field.required)
        for number, (option, words) in enumerate(field.options)
    )


def _radio(seen: Shown, option: int | str, words: str, value: object, *, first: bool, required: bool) -> str:
    # The first has the id of the question, so that the list of what is wrong can lead there.
    identity = _id(seen) if first else escape(f"{seen.key}-{option}")
    state = (" checked" if str(option) == str(value) else "") + (" required" if required else "")
    return (
        f'<label class="option"><input type="radio" id="{identity}" name="{_id(seen)}" '
        f'value="{escape(str(option))}"{state}><span>{escape(words)}</span></label>'
    )


def _inner(seen: Shown, values: Mapping[str, object] | None) -> str:
    assert isinstance(seen.field, CheckBox)
    value = values.get(seen.key, "") if values is not None else seen.value
    return _box(seen.field, seen, value)


def _box(field: CheckBox, seen: Shown, value: object) -> str:
    ticked = " checked" if value is True or str(value).casefold() == "true" else ""
    required = ' <span aria-hidden="true">*</span>' if field.required else ""
    return (
        f'<label class="option"><input type="checkbox" id="{_id(seen)}" name="{_id(seen)}" value="true"{ticked}'
        f"{' required' if field.required else ''}><span>{marked(field.title)}{required}</span></label>"
    )


def _input(field: Question, seen: Shown, value: object, problem: str) -> str:
    common = f'id="{_id(seen)}" name="{_id(seen)}"{_described(seen, field, problem)}'
    common += " required" if field.required else ""
    common += ' aria-invalid="true"' if problem else ""
    text = "" if value is None else escape(str(value))
    if isinstance(field, TextQuestion):
        # The parser drops one line break after the tag.
        return f'<textarea {common} rows="6">\n{text}</textarea>' if field.area else f'<input {common} value="{text}">'
    if isinstance(field, Choice):
        options = "".join(
            f'<option value="{escape(str(option))}"{" selected" if str(option) == str(value) else ""}>'
            f"{escape(words)}</option>"
            for option, words in field.options
        )
        return f'<select {common}><option value="">Velg</option>{options}</select>'
    if isinstance(field, DateQuestion):
        return _date(field, common, text)
    assert isinstance(field, Number)
    return _number(field, common, text)


def _date(field: DateQuestion, common: str, text: str) -> str:
    if field.kind is DateKind.YEAR:
        return f'<input class="short" {common} inputmode="numeric" maxlength="10" value="{text[:4]}">'
    length = {DateKind.MONTH: 7, DateKind.DAY: 10, DateKind.DAY_AND_TIME: 16}[field.kind]
    width = "" if field.kind is DateKind.DAY_AND_TIME else 'class="short" '
    return f'<input {width}type="{field.kind.value}" {common} value="{text[:length]}">'


def _number(field: Number, common: str, text: str) -> str:
    mode = "decimal" if field.decimals else "numeric"
    return f'<input class="short" {common} inputmode="{mode}" value="{text}">'
