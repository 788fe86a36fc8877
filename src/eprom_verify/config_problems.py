"""What is said of settings that are wrong: the key, the line of the file, and what to do about it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from eprom_verify.errors import UsageProblem
from eprom_verify.toml_lines import Path, line_of

MOST_TOLD = 10
"""So many errors are told of at a time."""

_NEVER_HERE = {
    "EPROM_VERIFY_API_KEY": frozenset({"apikey", "api_key", "api_nokkel", "nokkel", "key"}),
    "EPROM_VERIFY_HOOK_TOKEN": frozenset({"hook_token", "hooktoken", "token"}),
    "EPROM_VERIFY_CLIENT_KEY_PASSWORD": frozenset({"klientnokkel_passord", "nokkelpassord", "passord", "password"}),
    "EPROM_VERIFY_PROXY_PASSWORD": frozenset({"proxy_passord", "proxypassord", "proxy_password"}),
    "EPROM_VERIFY_PROXY_USER": frozenset({"proxy_bruker", "proxybruker", "proxy_user"}),
}


class WrongEntry(ValueError):
    """A value that is wrong beside others: found where the whole is judged, but it stands at `path` below that."""

    def __init__(self, text: str, *path: str) -> None:
        super().__init__(text)
        self.path = path


def told(exc: ValidationError, model: type[BaseModel], name: str, lines: Mapping[Path, int]) -> str:
    """The errors in settings that came from `name`, each on a line of its own when there are several."""
    errors = [_Error(each, model, lines) for each in exc.errors()]
    errors.sort(key=lambda each: each.line or 0)
    if len(errors) == 1:
        [error] = errors
        return f"Feil i {name}{error.place(', ')}: {error.words}"
    rows = [f"  {error.place('', ': ')}{error.words}" for error in errors[:MOST_TOLD]]
    more = [f"  … og {len(errors) - MOST_TOLD} feil til."] if len(errors) > MOST_TOLD else []
    return "\n".join([f"Feil i {name}:", *rows, *more])


class _Error:
    """One error of pydantic's, as it is told; `line` is None where the file says nothing of it, and elsewhere."""

    def __init__(self, error: Any, model: type[BaseModel], lines: Mapping[Path, int]) -> None:
        cause = error.get("ctx", {}).get("error")
        self.line = line_of(lines, (*error["loc"], *getattr(cause, "path", ())))
        self.words = _sentence(_explain(error, model))

    def place(self, before: str, after: str = "") -> str:
        return f"{before}linje {self.line}{after}" if self.line else ""


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


_WORDS = {
    "extra_forbidden": "nøkkelen er ukjent",
    "missing": "mangler",
    "int_parsing": "skal være et heltall",
    "int_parsing_size": "er for stort",
    "int_type": "skal være et heltall",
    "int_from_float": "skal være et heltall",
    "bool_type": "skal være true eller false",
    "tuple_type": "skal være en liste",
    "too_short": "kan ikke være tom",
    "float_parsing": "skal være et tall",
    "float_type": "skal være et tall",
    "string_type": "skal være tekst",
    "dict_type": "skal være en tabell med navn og verdi",
    "model_type": "skal være en tabell",
    "frozen_set_type": "skal være en liste",
    "uuid_parsing": "skal være en GUID, slik id-en står i ePROM",
    "uuid_type": "skal være en GUID, slik id-en står i ePROM",
    "literal_error": "skal være en av {choices}",
    "greater_than": "skal være over {gt:g}",
    "greater_than_equal": "skal være minst {ge:g}",
    "less_than": "er for stort",
    "less_than_equal": "skal være høyst {le:g}",
}


def _explain(error: Any, model: type[BaseModel]) -> str:
    choices = str(error.get("ctx", {}).get("expected", "")).replace(" or ", ", ").replace("'", "")
    words = _WORDS.get(error["type"], "").format(**error.get("ctx", {}), choices=choices)
    words = words or str(error["msg"]).removeprefix("Value error, ")
    place = ".".join(str(part) for part in error["loc"])
    text = f"«{place}» {words}" if place else words
    if error["type"] == "extra_forbidden":
        text = " ".join(filter(None, [f"{text}.", _suggestion(error["loc"], model)]))
    return text


def _suggestion(loc: Sequence[str | int], model: type[BaseModel]) -> str:
    """What an unknown key was probably meant to be; "" when nothing is like it."""
    key = str(loc[-1])
    for variable, names in _NEVER_HERE.items():
        if key.casefold().replace("-", "_").replace("ø", "o") in names:
            return f"Hemmeligheter står aldri i oppsettet; sett miljøvariabelen {variable}."
    here = _section(model, loc[:-1])
    near = get_close_matches(key, here, n=1) or [each for each in here if each.casefold() == key.casefold()]
    if near:
        return f"Mente du «{near[0]}»?"
    for section, keys in _sections(model):
        if key in keys:
            return f"Den hører til under [{section}]." if section else "Den står øverst i filen, før første [seksjon]."
    elsewhere = {each: section for section, keys in _sections(model) for each in keys}
    near = get_close_matches(key, elsewhere, n=1, cutoff=0.8)
    if near:
        section = elsewhere[near[0]]
        return f"Mente du «{near[0]}» {f'under [{section}]' if section else 'øverst i filen'}?"
    return f"Nøklene her er {', '.join(here)}." if loc[:-1] and here else ""


def _section(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The keys that a section of the file can have, as the file spells them."""
    for part in path:
        found = next((field for name, field in model.model_fields.items() if (field.alias or name) == part), None)
        inner: Any = found.annotation if found else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _sections(model: type[BaseModel]) -> Iterator[tuple[str, list[str]]]:
    yield "", _section(model, ())
    for key in _section(model, ()):
        if keys := _section(model, (key,)):
            yield key, keys


_TOML = {
    "Invalid value": "verdien kan ikke leses; tekst skal stå i anførselstegn",
    "Invalid statement": "linjen er ikke «nøkkel = verdi» eller en [seksjon]",
    "Invalid initial character for a key part": "nøkkelen kan ikke leses; den kan skrives i anførselstegn",
    "Expected '=' after a key in a key/value pair": "det mangler = etter nøkkelen",
    "Expected ']' at the end of a table declaration": "det mangler ] etter navnet på seksjonen",
    "Expected newline or end of document after a statement": "det står noe mer etter verdien",
    "Cannot overwrite a value": "nøkkelen står to ganger",
    "Unclosed array": "listen er ikke lukket med ]",
    "Unclosed inline table": "tabellen er ikke lukket med }",
    "Unterminated string": "teksten er ikke lukket med anførselstegn",
}
_AT = re.compile(r"(?P<words>.*?) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL)


def not_toml(exc: tomllib.TOMLDecodeError, name: str) -> str:
    """What is said of a file that is no TOML: where it stops, and why."""
    match = _AT.fullmatch(str(exc))
    if match is None:
        return f"{name} er ikke gyldig TOML: {exc}."
    words = match["words"]
    if words.startswith("Cannot declare"):
        words = "seksjonen står to ganger"
    elif words.startswith("Illegal character '\\n'"):
        words = _TOML["Unterminated string"]
    place = f"linje {match['line']}, tegn {match['column']}" if match["line"] else "på slutten"
    return f"{name} er ikke gyldig TOML, {place}: {_TOML.get(words, words)}."


def refuse_unknown(section: str, given: Iterable[str], known: Sequence[str]) -> None:
    """Refuse a name that no scenario uses: a typing mistake, which would else show up as a missing person or form.

    Raises:
        UsageProblem: there is one; the message tells of names like it.
    """
    for name in given:
        if name not in known:
            near = " eller ".join(f"«{each}»" for each in get_close_matches(name, known, n=2))
            remedy = f"Mente du {near}?" if near else f"Navnene er: {', '.join(known)}."
            raise UsageProblem(f"Oppsettet har det ukjente navnet «{name}» under [{section}].", remedy)
