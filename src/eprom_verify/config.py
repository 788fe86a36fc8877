"""What a run is told: one TOML file, all of it optional."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from eprom_verify.environments import Environment, api_base_of, checked_target, environment_of, is_former
from eprom_verify.errors import UsageProblem
from eprom_verify.persons import NationalIdKind, classify, refuse_production

DEFAULT_FILE = "eprom-verify.toml"
EDITIONS = ("2026-05", "2023-10")

ENVIRONMENT_QUIET_S = 10.0
"""Seconds of silence after which nothing more is awaited from a real environment, which cannot be asked."""

# Strict, since TOML has types of its own: «true» is no number, and «"5"» is a text.
Seconds = Annotated[float, Field(gt=0, le=7 * 24 * 3600, strict=True)]
Port = Annotated[int, Field(ge=0, le=65535, strict=True)]


class Section(BaseModel):
    """Base of the file's sections: unknown keys are errors, so that a typing mistake is never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SimulatorSection(Section):
    """`[simulator]`: how the built-in ePROM behaves. Times in seconds."""

    callback_delay_s: Annotated[float, Field(ge=0, le=3600, strict=True)] = 0.005
    redelivery_delay_s: Seconds = 0.05


class DeadlineSection(Section):
    """`[frister]`: how long to wait, in seconds, before what did not come counts as missing.

    `quiet_s` is `ENVIRONMENT_QUIET_S` unless it is given, when ePROM is a real environment.
    """

    status_s: Seconds = 5.0
    quiet_s: Seconds = 0.3


class ReceiverSection(Section):
    """`[mottak]`: where the built-in bestillersystem listens for callbacks; port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: Port = 0


class EnvironmentSection(Section):
    """`[miljo]`: what the environment has where; an empty text leaves it to what is known of the environment."""

    form_filler: str = Field(default="", alias="skjemautfyller")

    @field_validator("form_filler")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if not value:
            return value
        refuse_production(value)
        if not value.startswith(("http://", "https://")):
            raise ValueError("skal være en adresse som begynner med https://, eller tom")
        return value.rstrip("/")


class PrivacySection(Section):
    """`[personvern]`: the PvkId of a setting of each kind in a real environment."""

    reservation: UUID | None = Field(default=None, alias="Reservasjon")
    consent: UUID | None = Field(default=None, alias="Samtykke")


class Config(Section):
    """The whole file.

    `eprom` is "simulator", "test", "qa", or the PromsApiBaseUrl of a test environment; `api_base` is the address that
    it stands for. `waivers` is the path of a file; "" leaves it to the default file of this folder, when it is there.
    """

    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True)] | None = None
    edition: Literal["2026-05", "2023-10"] = "2026-05"
    eprom: str = "simulator"
    waivers: str = Field(default="", alias="dispensasjoner")
    simulator: SimulatorSection = SimulatorSection()
    deadlines: DeadlineSection = Field(default=DeadlineSection(), alias="frister")
    environment: EnvironmentSection = Field(default=EnvironmentSection(), alias="miljo")
    receiver: ReceiverSection = Field(default=ReceiverSection(), alias="mottak")
    personas: dict[str, str] = {}
    forms: dict[str, UUID] = Field(default={}, alias="skjema")
    privacy_settings: PrivacySection = Field(default=PrivacySection(), alias="personvern")
    allowed_national_ids: frozenset[str] = Field(default=frozenset(), alias="tillatte_fodselsnumre")

    @field_validator("eprom")
    @classmethod
    def _known_target(cls, value: str) -> str:
        return checked_target(value)

    @field_validator("allowed_national_ids")
    @classmethod
    def _valid(cls, value: frozenset[str]) -> frozenset[str]:
        if any(classify(each).kind is NationalIdKind.INVALID for each in value):
            raise ValueError("har et nummer som ikke er et gyldig fødselsnummer eller D-nummer")
        return value

    @model_validator(mode="after")
    def _may_be_used(self) -> Self:
        for name, national_id in self.personas.items():
            if not classify(national_id).synthetic and national_id not in self.allowed_national_ids:
                raise ValueError(
                    f"personas har «{name}», som ikke er et gyldig syntetisk fødselsnummer (måned + 65 eller + 80) "
                    "og ikke står i tillatte_fodselsnumre"
                )
        return self

    @model_validator(mode="after")
    def _be_patient(self) -> Self:
        given = self.deadlines.model_fields_set
        if self.eprom != "simulator" and "quiet_s" not in given:
            patient = DeadlineSection.model_construct(
                given, status_s=self.deadlines.status_s, quiet_s=ENVIRONMENT_QUIET_S
            )
            # Not set by anybody, so that another ePROM on the command line gets its own.
            object.__setattr__(self, "deadlines", patient)
        return self

    @property
    def api_base(self) -> str:
        """The PromsApiBaseUrl, or "simulator"."""
        return api_base_of(self.eprom)

    @property
    def known_environment(self) -> Environment | None:
        """The environment that `eprom` stands for; None for the simulator and for other addresses."""
        return environment_of(self.eprom)

    @property
    def form_filler(self) -> str:
        """Where forms are filled in, without a trailing slash; "" when that is not known."""
        known = self.known_environment
        return self.environment.form_filler or (known.form_filler if known else "")

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the tester should know of these settings, in Norwegian."""
        if not is_former(self.eprom):
            return ()
        return (f"{self.eprom} er det gamle navnet på testmiljøet. Kjøringen bruker {self.api_base}; rett oppsettet.",)


def load_config(path: Path | None) -> Config:
    """Read a configuration file; without a path the default file of this folder, or the defaults when there is none.

    Raises:
        UsageProblem: the file is missing or wrong; the message names the file, the key and the remedy.
    """
    if path is None:
        path = Path(DEFAULT_FILE)
        if not path.is_file():
            return Config()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as exc:
        raise UsageProblem(f"Finner ikke oppsettet {path}.", "Sjekk stien, eller kjør uten --config.") from exc
    except IsADirectoryError as exc:
        raise UsageProblem(f"Oppsettet {path} er en mappe, ikke en fil.", "Oppgi selve filen med --config.") from exc
    except OSError as exc:
        raise UsageProblem(f"Har ikke lov til å lese oppsettet {path}.", "Sjekk rettighetene til filen.") from exc
    except UnicodeDecodeError as exc:
        raise UsageProblem(f"Oppsettet {path} er ikke tekst i UTF-8.", "Lagre filen på nytt som UTF-8.") from exc
    except tomllib.TOMLDecodeError as exc:
        raise UsageProblem(f"Oppsettet {path} er ikke gyldig TOML: {exc}.", "Rett linjen som er nevnt.") from exc
    return parse_config(data, f"oppsettet {path}")


def parse_config(data: dict[str, Any], name: str, *, remedy: str = "Rett filen og kjør på nytt.") -> Config:
    """Check settings that came from `name`; `remedy` is what to do when they are wrong.

    Raises:
        UsageProblem: a key is unknown or its value is wrong.
    """
    try:
        return Config.model_validate(data)
    except ValidationError as exc:
        problems = "; ".join(_explain(error) for error in exc.errors()[:5])
        raise UsageProblem(f"Feil i {name}: {problems}.", remedy) from exc


_WORDS = {
    "extra_forbidden": "nøkkelen er ukjent",
    "int_parsing": "skal være et heltall",
    "int_parsing_size": "er for stort",
    "int_type": "skal være et heltall",
    "int_from_float": "skal være et heltall",
    "float_parsing": "skal være et tall",
    "float_type": "skal være et tall",
    "string_type": "skal være tekst",
    "dict_type": "skal være en tabell med navn og verdi",
    "model_type": "skal være en tabell",
    "frozen_set_type": "skal være en liste",
    "uuid_parsing": "skal være en GUID, slik id-en står i ePROM",
    "uuid_type": "skal være en GUID, slik id-en står i ePROM",
    "literal_error": f"skal være en av {', '.join(EDITIONS)}",
    "greater_than": "skal være over {gt:g}",
    "greater_than_equal": "skal være minst {ge:g}",
    "less_than": "er for stort",
    "less_than_equal": "skal være høyst {le:g}",
}


def _explain(error: Any) -> str:
    words = _WORDS.get(error["type"], "").format(**error.get("ctx", {}))
    words = words or str(error["msg"]).removeprefix("Value error, ")
    place = ".".join(str(part) for part in error["loc"])
    return f"«{place}» {words}" if place else words
