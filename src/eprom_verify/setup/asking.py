"""Finds the answers: in the options of the command line, then by asking, where there is somebody to ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from eprom_verify.errors import UsageProblem
from eprom_verify.setup.answers import QUESTIONS, REQUIRED, Answers, Question

SEE = "Se eprom-verify init --help."
_INTRODUCTION = (
    "Noen spørsmål om bestillersystemet. Enter tar forslaget i [ ].",
    "Ctrl-C avbryter, og da blir ikke noe skrevet.",
    "",
)


def from_options(given: Mapping[str, str | None]) -> Answers:
    """The answers, of options alone.

    Raises:
        UsageProblem: one that is needed is missing, or is wrong; it names all that are missing.
    """
    missing: list[str] = []

    def filled_in(question: Question, known: Mapping[str, Any]) -> Any:
        if question.key in REQUIRED:
            missing.append(question.option)
            return ""
        return question.read(question.suggested(known) or "")

    answers = _answers(given, filled_in)
    if missing:
        *others, last = missing
        names = f"{', '.join(others)} og {last}" if others else last
        raise UsageProblem(f"Mangler {names}, og ingen er her til å spørre.", SEE)
    return answers


def by_asking(given: Mapping[str, str | None], ask: Callable[[str], str], tell: Callable[[str], None]) -> Answers:
    """The answers, of options where they are given, else of whoever answers `ask`; a wrong answer is asked for again.

    Raises:
        UsageProblem: an option is wrong.
    """
    _read(given)
    for line in _INTRODUCTION:
        tell(line)
    return _answers(given, lambda question, known: _asked(question, known, ask, tell))


def _answers(given: Mapping[str, str | None], find: Callable[[Question, Mapping[str, Any]], Any]) -> Answers:
    told, known = _read(given), dict[str, Any]()
    for question in QUESTIONS:
        if question.asked(known):
            known[question.key] = told[question.key] if question.key in told else find(question, known)
        elif told.get(question.key):
            raise UsageProblem(f"{question.option} gjelder bare {question.condition}.", SEE)
        else:
            known[question.key] = question.otherwise
    return Answers(**known)


def _read(given: Mapping[str, str | None]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for question in QUESTIONS:
        text = given.get(question.key)
        if text is None:
            continue
        try:
            told[question.key] = question.read(text)
        except ValueError as exc:
            raise UsageProblem(_sentence(f"Ugyldig verdi for {question.option}: den {exc}"), SEE) from exc
    return told


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


def _asked(question: Question, known: Mapping[str, Any], ask: Callable[[str], str], tell: Callable[[str], None]) -> Any:
    suggested = question.suggested(known)
    tell(question.text)
    for number, choice in enumerate(question.choices(), 1):
        tell(f"  {number}  {choice}")
    while True:
        answer = ask(f"[{suggested}] > " if suggested else "> ").strip()
        try:
            found = question.read(answer or suggested or "")
        except ValueError as exc:
            tell(f"{_sentence(f'Svaret {exc}')} Prøv igjen.")
        else:
            tell("")
            return found
