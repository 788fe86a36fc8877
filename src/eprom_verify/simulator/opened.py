"""A form as the citizen sees it, and what is made of the answers.

Source: Skjemabygger, sections METADATA and DEFAULTVERDIER; Skjemapakke, Følgebrev; Utfylling av skjema.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from eprom_verify.simulator.citizen_behaviour import CitizenBehaviour
from eprom_verify.simulator.cover_letters import shown, with_metadata
from eprom_verify.simulator.fields import (
    CheckBox,
    Field,
    Group,
    Invalid,
    Metadata,
    MetadataText,
    Question,
)
from eprom_verify.simulator.forms import Form, collection_key


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A field that is shown: `key` names its answer, `value` is what stands in it from before, `text` a metadata value.

    `depends_on` is the key of the question that decides whether it is to be answered, and the value it must have.
    """

    key: str
    field: Field
    value: Any = None
    text: str = ""
    depends_on: tuple[str, Any] | None = None
    inner: tuple[Shown, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Section:
    """One form, or one of the forms of a samleskjema: then `key` is the member that holds its answers, else ""."""

    key: str
    title: str
    fields: tuple[Shown, ...]

    def questions(self) -> Iterator[tuple[Question, Shown]]:
        """Every question that is shown, in order."""
        for each in self.fields:
            for one in (each, *each.inner):
                if isinstance(one.field, Question):
                    yield one.field, one


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What is on the page. `on_behalf_of` says whom the form is about, "" for the one who fills it in."""

    title: str
    cover_letter: str
    on_behalf_of: str
    sections: tuple[Section, ...]

    def shown(self, name: str) -> Shown | None:
        """The field of that name, in the first section that shows it."""
        every = (one for section in self.sections for each in section.fields for one in (each, *each.inner))
        return next((each for each in every if each.field.name == name), None)


@dataclass(frozen=True, kw_only=True)
class Filled:
    """The answers as they are returned, and what is wrong with them (by key) or worth a warning (by field name)."""

    data: dict[str, Any]
    problems: dict[str, str]
    warnings: tuple[tuple[str, str], ...]


def open_form(
    form: Form,
    metadata: Mapping[str, Any],
    *,
    on_behalf_of: str = "",
    saved: Mapping[str, object] | None = None,
    behaviour: CitizenBehaviour | None = None,
) -> Opened:
    """The form as it is shown for an order with this metadata; `saved` are answers that were kept from before."""
    behaviour = behaviour or CitizenBehaviour()
    letter = form.parts[0].cover_letter if form.parts and "letter-of-part" in behaviour.adds else form.cover_letter
    if "placeholders" not in behaviour.omits:
        letter = with_metadata(letter, metadata)
    return Opened(
        title=form.shown_title,
        cover_letter="" if "cover-letter" in behaviour.omits else letter,
        on_behalf_of="" if "on-behalf-in-form" in behaviour.omits else on_behalf_of,
        sections=tuple(_sections(form, metadata, saved, behaviour)),
    )


def _sections(
    form: Form, metadata: Mapping[str, Any], saved: Mapping[str, object] | None, behaviour: CitizenBehaviour
) -> Iterator[Section]:
    for part in form.parts or (form,):
        key = collection_key(part.id) if form.parts else ""
        defaults = metadata if not key or "default-values-everywhere" in behaviour.adds else metadata.get(key)
        declared = {each.name for each in (*form.fields, *part.fields) if isinstance(each, Metadata)}
        page = _Page(
            key=key,
            values={name: value for name, value in metadata.items() if name in declared},
            declared=declared,
            defaults={} if "default-values" in behaviour.omits or not isinstance(defaults, Mapping) else defaults,
            saved=saved,
            behaviour=behaviour,
        )
        yield Section(key=key, title=part.shown_title, fields=tuple(page.shown(part.fields)))


@dataclass(frozen=True, kw_only=True)
class _Page:
    """What decides how the fields of one form are shown."""

    key: str
    values: Mapping[str, Any]
    declared: set[str]
    defaults: Mapping[str, Any]
    saved: Mapping[str, object] | None
    behaviour: CitizenBehaviour = field(default_factory=CitizenBehaviour)

    def shown(self, fields: Iterable[Field]) -> Iterator[Shown]:
        for each in fields:
            if isinstance(each, Metadata) or self._hidden(each):
                continue
            inner = tuple(self.shown(each.fields)) if isinstance(each, Group) else ()
            yield Shown(
                key=self._key(each.name),
                field=each,
                value=self._value(each) if isinstance(each, Question) else None,
                text=self._text(each),
                depends_on=self._depends_on(each),
                inner=inner,
            )

    def _key(self, name: str) -> str:
        return f"{self.key}.{name}" if self.key else name

    def _hidden(self, each: Field) -> bool:
        by_metadata = each.shown_when is not None and each.shown_when.field in self.declared
        if not by_metadata or each.shown_when is None or "metadata-fields" in self.behaviour.omits:
            return False
        return not each.shown_when.holds(self.values)

    def _depends_on(self, each: Field) -> tuple[str, Any] | None:
        if each.shown_when is None or each.shown_when.field in self.declared:
            return None
        return self._key(each.shown_when.field), each.shown_when.value

    def _text(self, each: Field) -> str:
        if not isinstance(each, MetadataText) or "metadata-text" in self.behaviour.omits:
            return ""
        return shown(self.values.get(each.shows)) or ""

    def _value(self, question: Question) -> Any:
        if self.saved is not None:
            return self.saved.get(self._key(question.name))
        try:
            given = self.defaults.get(question.name)
            if isinstance(given, str) and "default-dates-in-utc" in self.behaviour.adds:
                given = given.partition("T")[0]
            return None if given is None else question.read(given)
        except Invalid:
            # What a default value that the field does not take leads to is not documented: it is passed over.
            return None


def fill_in(opened: Opened, given: Mapping[str, object], *, behaviour: CitizenBehaviour | None = None) -> Filled:
    """The answers in `given`, by key. A question that is not shown is not answered, whatever was given for it.

    How unanswered questions, and the forms of a samleskjema, are returned is not documented: here the unanswered are
    left out, and each form's answers stand under the same member as its default values.
    """
    behaviour = behaviour or CitizenBehaviour()
    data: dict[str, Any] = {}
    problems: dict[str, str] = {}
    warnings: list[tuple[str, str]] = []
    for section in opened.sections:
        answers: dict[str, Any] = data.setdefault(section.key, {}) if section.key else data
        for question, seen in section.questions():
            if not _asked(seen, given):
                continue
            try:
                value = _answer(question, given.get(seen.key), behaviour)
            except Invalid as invalid:
                problems[seen.key] = invalid.text
                continue
            if value is None:
                continue
            warning = question.warning(value)
            if warning is not None:
                warnings.append((question.name, warning))
            number = isinstance(value, int | float) and not isinstance(value, bool)
            answers[question.name] = str(value) if number and "answers-as-text" in behaviour.adds else value
    return Filled(data=data, problems=problems, warnings=tuple(warnings))


def _asked(seen: Shown, given: Mapping[str, object]) -> bool:
    if seen.depends_on is None:
        return True
    key, value = seen.depends_on
    return str(given.get(key, "")).casefold() == str(value).casefold()


def _answer(question: Question, given: object, behaviour: CitizenBehaviour) -> Any:
    if given is None or (isinstance(given, str) and not given.strip()):
        given = False if isinstance(question, CheckBox) else None
    missing = given is None or (given is False and isinstance(question, CheckBox))
    if missing and question.required and "required" not in behaviour.omits:
        raise Invalid("Du må svare på dette spørsmålet.")
    if given is None:
        return None
    try:
        return question.read(given)
    except Invalid as invalid:
        if invalid.value is not None and "range" in behaviour.omits:
            return invalid.value
        raise


def by_key(answers: Mapping[str, Any]) -> dict[str, object]:
    """Answers as they are returned, by the keys of the page: those of a samleskjema stand under its forms' members."""
    flat: dict[str, object] = {}
    for name, value in answers.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{inner}": each for inner, each in value.items()}
        else:
            flat[name] = value
    return flat
