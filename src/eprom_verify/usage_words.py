"""What is said in Norwegian of a command line that typer refuses."""

from __future__ import annotations

import re

import typer


def in_norwegian(exc: typer.TyperException, app: typer.Typer) -> str:
    """What was wrong with the command line; typer keeps the kinds of its exceptions to itself, but for their names."""
    context = getattr(exc, "ctx", None)
    if type(exc).__name__ == "NoArgsIsHelpError":
        return f"Mangler en kommando ({', '.join(_commands(app))}). Se eprom-verify --help."
    command = f"{context.info_name} " if context is not None and context.parent else ""
    see = f"Se eprom-verify {command}--help."
    if type(exc).__name__ == "NoSuchOption":
        possible = getattr(exc, "possibilities", None)
        near = f" Mente du {' eller '.join(possible)}?" if possible else ""
        return f"Ukjent valg: {getattr(exc, 'option_name', '')}.{near} {see}"
    if isinstance(exc, typer.BadParameter) and exc.param is not None and exc.message:
        return f"Ugyldig verdi for {exc.param.opts[0]}: {_translated(exc.message)} {see}"
    return f"{_translated(exc.format_message())} {see}"


_TRANSLATIONS = (
    (r"No such command '(.*?)'\. Did you mean (.*)\?", "Ukjent kommando: {}. Mente du {}?"),
    (r"No such command '(.*)'\.", "Ukjent kommando: {}."),
    (r"Got unexpected extra argument\(s\) \((.*)\)", "Uventet på kommandolinjen: {}."),
    (r"Missing (?:argument|parameter|option) '(.*)'\.", "Det mangler noe på kommandolinjen: {}."),
    (r"Option '(.*)' requires an argument\.", "Det mangler en verdi etter {}."),
    (r"Option '(.*)' does not take a value\.", "{} tar ingen verdi."),
    (r".*valid integer.*", "det skal være et heltall."),
    (r".*valid number.*", "det skal være et tall."),
    (r".*greater than or equal to (\S+)", "det skal være minst {}."),
    (r".*less than or equal to (\S+)", "det skal være høyst {}."),
    (r".*finite number.*", "det skal være et vanlig tall."),
)


def _translated(message: str) -> str:
    """A message of typer's in Norwegian, where it is one that our commands can give."""
    for pattern, words in _TRANSLATIONS:
        match = re.fullmatch(pattern, message.strip(), re.DOTALL)
        if match is not None:
            return words.format(*(part.replace("'", "") for part in match.groups()))
    return message


def _commands(app: typer.Typer) -> list[str]:
    return [
        each.name or each.callback.__name__.replace("_", "-")
        for each in app.registered_commands
        if each.callback is not None
    ]
