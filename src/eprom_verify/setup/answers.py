"""What `eprom-verify init` wants to know: each answer, where it may come from, and what it must look like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import TypeAdapter, ValidationError

from eprom_verify.config import EDITIONS, RULES, Address, Config, parse_config
from eprom_verify.errors import UnsafeTarget
from eprom_verify.locations import features_dir
from eprom_verify.verdict import load_parts

DRIVERS = {
    "http": "en testkrok: noen få adresser i testmiljøet deres (docs/testkrok.md)",
    "python": "en klasse i Python som dere skriver (docs/egen_driver.md)",
    "attended": "en tester ved terminalen gjør det som verktøyet ber om",
}
LONGEST = 200
"""Characters of an answer that are taken."""

_ADDRESS: TypeAdapter[str] = TypeAdapter(Address)


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What was answered. `without` are the parts of the guide that are not used, `rules` the distribution rules that
    are; `hook_url` is for the driver "http" alone, `class_name` for "python"."""

    name: str
    version: str
    owner: str
    driver: str
    api_base_url: str
    hook_url: str
    class_name: str
    without: tuple[str, ...]
    rules: tuple[str, ...]
    edition: str

    def settings(self) -> dict[str, Any]:
        """The same as a configuration file has it."""
        system = {
            "navn": self.name,
            "versjon": self.version,
            "eier": self.owner,
            "driver": self.driver,
            "api_base_url": self.api_base_url,
            "hook_url": self.hook_url,
            "klasse": self.class_name,
        }
        profile: dict[str, Any] = {part: part not in self.without for part in parts()}
        return {
            "edition": self.edition,
            "bestillersystem": {key: value for key, value in system.items() if value},
            "profil": profile | {"regler": list(self.rules)},
        }

    def config(self) -> Config:
        """The configuration that a file with these answers is read as.

        Raises:
            UsageProblem: the answers do not go together.
        """
        return parse_config(self.settings(), "svarene", remedy="Se eprom-verify init --help.")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One thing to ask. `suggested` gives the default from what is known so far, None when there is none; `read` makes
    an answer of a text, or raises ValueError with what is wrong; `asked` tells whether it concerns what is known, and
    `condition` says when that is. Else it is answered `otherwise`."""

    key: str
    option: str
    text: str
    read: Callable[[str], Any]
    suggested: Callable[[Mapping[str, Any]], str | None] = lambda known: None
    asked: Callable[[Mapping[str, Any]], bool] = lambda known: True
    condition: str = ""
    choices: Callable[[], Sequence[str]] = lambda: ()
    otherwise: Any = ""


def parts() -> dict[str, str]:
    """The parts of the guide: their names in [profil], and what they are called."""
    return {each.name: each.title for each in load_parts(features_dir() / "profil.toml").all}


def line(text: str) -> str:
    """A text of one line that can be shown anywhere.

    Raises:
        ValueError: it is too long, or has what cannot be shown.
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise ValueError(f"kan ikke være lengre enn {LONGEST} tegn")
    if not text.isprintable():
        raise ValueError("har tegn som ikke kan vises")
    return text


def something(text: str) -> str:
    """As `line`, and not empty.

    Raises:
        ValueError: likewise.
    """
    if not line(text):
        raise ValueError("mangler innhold")
    return line(text)


def address(text: str) -> str:
    """An address of a test environment.

    Raises:
        ValueError: it cannot be read, or is the production environment's.
    """
    try:
        return _ADDRESS.validate_python(something(text))
    except UnsafeTarget as exc:
        raise ValueError("er produksjonsmiljøet til ePROM, der verifisering aldri blir kjørt") from exc
    except ValidationError as exc:
        raise ValueError(str(exc.errors()[0]["msg"]).removeprefix("Value error, ")) from exc


def one_of(names: Sequence[str]) -> Callable[[str], str]:
    """Reads one of some names, or its number in the list from 1."""

    def read(text: str) -> str:
        [*found] = several_of(names)(text)
        if len(found) != 1:
            raise ValueError(f"skal være en av {', '.join(names)}")
        return found[0]

    return read


def several_of(names: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """Reads names, or their numbers in the list from 1, with commas or blanks between them; gives them in the list's
    order."""

    def read(text: str) -> tuple[str, ...]:
        chosen = {_named(each, names) for each in text.replace(",", " ").replace(";", " ").split()}
        return tuple(each for each in names if each in chosen)

    return read


def _named(text: str, names: Sequence[str]) -> str:
    if text.isdecimal() and 1 <= int(text[:9]) <= len(names):
        return names[int(text) - 1]
    for name in names:
        if name.casefold() == text.casefold():
            return name
    near = get_close_matches(line(text), names, n=1)
    hint = f"Mente du «{near[0]}»?" if near else f"Velg blant {', '.join(names)}."
    raise ValueError(f"har «{line(text)}», som ikke finnes. {hint}")


def _unused(text: str) -> tuple[str, ...]:
    unused = several_of(tuple(parts()))(text)
    if len(unused) == len(parts()):
        raise ValueError("utelater alt: da er det ikke noe å verifisere")
    return unused


def _rules(text: str) -> tuple[str, ...]:
    return RULES if text.strip().casefold() in ("", "alle") else several_of(RULES)(text)


QUESTIONS = (
    Question(key="name", option="--name", text="Hva heter bestillersystemet?", read=something),
    Question(
        key="version",
        option="--system-version",
        text="Hvilken versjon av det skal verifiseres? (kan stå tomt)",
        read=line,
        suggested=lambda known: "",
    ),
    Question(
        key="owner",
        option="--owner",
        text="Hvem eier det? (kan stå tomt)",
        read=line,
        suggested=lambda known: "",
    ),
    Question(
        key="driver",
        option="--driver",
        text="Hvordan skal verktøyet få systemet til å handle?",
        read=one_of(tuple(DRIVERS)),
        suggested=lambda known: "http",
        choices=lambda: [f"{name}: {what}" for name, what in DRIVERS.items()],
    ),
    Question(
        key="api_base_url",
        option="--api-base-url",
        text="Hva er ApiBaseUrl, adressen der systemet tar imot status fra ePROM?",
        read=address,
        suggested=lambda known: "http://127.0.0.1:8081",
    ),
    Question(
        key="hook_url",
        option="--hook-url",
        text="Hva er adressen til testkroken?",
        read=address,
        suggested=lambda known: f"{known['api_base_url']}/test-hook",
        asked=lambda known: known["driver"] == "http",
        condition="driveren http",
    ),
    Question(
        key="class_name",
        option="--klasse",
        text="Hvilken klasse er driveren? (fil.py:Klasse, pakke.modul:Klasse eller et entry point)",
        read=something,
        asked=lambda known: known["driver"] == "python",
        condition="driveren python",
    ),
    Question(
        key="without",
        option="--without",
        text="Hvilke deler bruker integrasjonen IKKE? (numre eller navn; tomt når alle er i bruk)",
        read=_unused,
        suggested=lambda known: "",
        choices=lambda: [f"{name}: {title}" for name, title in parts().items()],
        otherwise=(),
    ),
    Question(
        key="rules",
        option="--rules",
        text="Hvilke distribusjonsregler bestiller systemet med? (numre eller navn)",
        read=_rules,
        suggested=lambda known: "alle",
        asked=lambda known: "skjema" not in known["without"],
        condition="når skjema er i bruk",
        choices=lambda: RULES,
        otherwise=RULES,
    ),
    Question(
        key="edition",
        option="--edition",
        text="Hvilken utgave av kontrakten følger systemet?",
        read=one_of(EDITIONS),
        suggested=lambda known: EDITIONS[0],
        choices=lambda: [f"{EDITIONS[0]}: kanaler er tall", f"{EDITIONS[1]}: kanaler er navn"],
    ),
)
REQUIRED = ("name", "api_base_url", "hook_url", "class_name")
"""What has to be told when nobody can be asked: a suggestion would be a guess."""
