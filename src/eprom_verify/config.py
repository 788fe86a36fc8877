"""What a run is told: one TOML file, all of it optional."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator

from eprom_verify.config_problems import WrongEntry, not_toml, told
from eprom_verify.config_sections import ConnectionSection, Port, Seconds, Section, Yes
from eprom_verify.contract.enumerations import DistributionRule
from eprom_verify.environments import (
    SIMULATOR,
    Environment,
    api_base_of,
    checked_target,
    environment_of,
    is_former,
)
from eprom_verify.errors import UnsafeTarget, UsageProblem
from eprom_verify.persons import NationalIdKind, classify, refuse_production
from eprom_verify.tls import Tls
from eprom_verify.toml_lines import Path as Keys
from eprom_verify.toml_lines import lines_of

DEFAULT_FILE = "eprom-verify.toml"
EDITIONS = ("2026-05", "2023-10")

ENVIRONMENT_STATUS_S = 48 * 3600.0
"""Seconds that a real environment has for a status. How long it may take is not documented."""
ENVIRONMENT_QUIET_S = 10.0
"""Seconds of silence after which nothing more is awaited from a real environment, which cannot be asked."""

RULES = tuple(rule.name for rule in DistributionRule)
FOREIGN_PORT = 8080
"""Where a bestillersystem that is not the built-in one finds the simulator, or a real ePROM behind the harness."""
PASSWORD_VARIABLE = "EPROM_VERIFY_TLS_PASSWORD"  # noqa: S105 - the name of a variable


class SimulatorSection(Section):
    """`[simulator]`: how the built-in ePROM behaves, and where it listens. Times in seconds; port 0 takes a free one,
    or `FOREIGN_PORT` when the bestillersystem is somebody's own, which must know the address beforehand."""

    callback_delay_s: Annotated[float, Field(ge=0, le=3600, strict=True)] = 0.005
    redelivery_delay_s: Seconds = 0.05
    host: str = "127.0.0.1"
    port: Port = 0


class DeadlineSection(Section):
    """`[frister]`: how long to wait, in seconds, before what did not come counts as missing.

    `status_s` and `quiet_s` are `ENVIRONMENT_STATUS_S` and `ENVIRONMENT_QUIET_S` unless they are given, when ePROM is a
    real environment. `registered_s` is how long
    a bestillersystem that is not the built-in one may take to register what it has answered, `tester_s` how long a
    tester has for each task.
    """

    status_s: Seconds = 5.0
    quiet_s: Seconds = 0.3
    registered_s: Seconds = Field(default=5.0, alias="registrert_s")
    tester_s: Seconds = 900.0


def _an_address(value: str) -> str:
    if not value:
        return value
    try:
        refuse_production(value)
        parts = httpx.URL(value)
    except UnsafeTarget:
        raise
    except (UsageProblem, httpx.InvalidURL) as exc:
        raise ValueError("skal være en adresse som kan leses, for eksempel http://127.0.0.1:8081") from exc
    if parts.scheme not in ("http", "https") or not parts.host:
        raise ValueError("skal være en adresse som begynner med http:// eller https://")
    if parts.query or parts.fragment:
        raise ValueError("skal være en adresse uten ? og #: det som kommer etter, legger verktøyet til")
    return value.rstrip("/")


class EnvironmentSection(Section):
    """`[miljo]`: what the environment has where; an empty text leaves it to what is known of the environment."""

    form_filler: str = Field(default="", alias="skjemautfyller")

    @field_validator("form_filler")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return _an_address(value)


class PrivacySection(Section):
    """`[personvern]`: the PvkId of a setting of each kind in a real environment."""

    reservation: UUID | None = Field(default=None, alias="Reservasjon")
    consent: UUID | None = Field(default=None, alias="Samtykke")


Address = Annotated[str, AfterValidator(_an_address)]


class ListeningSection(Section):
    """Base of the sections that say where something listens. `certificate` and `key` are paths; with them it listens
    with TLS."""

    host: str = "127.0.0.1"
    port: Port = 0
    certificate: str = Field(default="", alias="sertifikat")
    key: str = Field(default="", alias="nokkel")

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if bool(self.certificate) != bool(self.key):
            there, lacking = ("sertifikat", "nokkel") if self.certificate else ("nokkel", "sertifikat")
            raise ValueError(f"har «{there}», men mangler «{lacking}»: TLS trenger begge")
        return self

    @property
    def tls(self) -> Tls | None:
        """The certificate to listen with; None without one."""
        if not self.certificate:
            return None
        return Tls(certificate=Path(self.certificate), key=Path(self.key), password_env=PASSWORD_VARIABLE)


class ReceiverSection(ListeningSection):
    """`[mottak]`: where callbacks are taken; port 0 takes a free one. `address` is the ApiBaseUrl under which ePROM
    reaches it, when that is another."""

    address: Address = Field(default="", alias="adresse")


class TapSection(ListeningSection):
    """`[kran]`: where a bestillersystem that is not the built-in one reaches a real ePROM through the harness."""

    port: Port = FOREIGN_PORT


class SystemSection(Section):
    """`[bestillersystem]`: which system is verified, and how it is made to act.

    `contact` answers technical questions. `driver` is "innebygd" (the built-in system), "http" (a test hook), "python"
    (a class of the integrator's) or "attended" (a person is asked). `api_base_url` is where the system takes callbacks.
    """

    name: str = Field(default="", alias="navn")
    version: str = Field(default="", alias="versjon")
    owner: str = Field(default="", alias="eier")
    contact: str = Field(default="", alias="kontakt")
    driver: Literal["innebygd", "http", "python", "attended"] = "innebygd"
    api_base_url: Address = ""
    hook_url: Address = ""
    hook_timeout_s: Seconds = 30.0
    class_name: str = Field(default="", alias="klasse")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        needed = {"innebygd": (), "http": ("api_base_url", "hook_url"), "python": ("api_base_url", "klasse")}
        values = {"api_base_url": self.api_base_url, "hook_url": self.hook_url, "klasse": self.class_name}
        for key in needed.get(self.driver, ("api_base_url",)):
            if not values[key]:
                raise ValueError(f"mangler «{key}», som driveren «{self.driver}» trenger")
        return self

    @property
    def foreign(self) -> bool:
        """Whether the system is somebody's own, and not the built-in one."""
        return self.driver != "innebygd"


class ProfileSection(Section):
    """`[profil]`: what the integration uses; what it does not use is not applicable. The names are those of
    features/profil.toml. `rules` are the distribution rules that it orders with."""

    form: Yes = Field(default=True, alias="skjema")
    signing: Yes = Field(default=True, alias="signering")
    initiated: Yes = Field(default=True, alias="pasientinitiert")
    on_behalf: Yes = Field(default=True, alias="paa_vegne_av")
    letters: Yes = Field(default=True, alias="brev")
    messages: Yes = Field(default=True, alias="sms_epost")
    privacy: Yes = Field(default=True, alias="personvern")
    rules: Annotated[tuple[str, ...], Field(min_length=1)] = Field(default=RULES, alias="regler")

    @field_validator("rules")
    @classmethod
    def _known_rules(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in RULES:
                near = get_close_matches(name, RULES, n=1)
                raise ValueError(
                    f"har «{name}», som ikke er en distribusjonsregel. "
                    + (f"Mente du «{near[0]}»?" if near else f"Reglene er {', '.join(RULES)}.")
                )
        return tuple(name for name in RULES if name in value)

    def uses(self, part: str) -> bool:
        """Whether the integration uses this part of the guide, by its name in the file."""
        fields = {field.alias: name for name, field in type(self).model_fields.items()}
        return bool(getattr(self, fields[part]))

    def stated(self) -> dict[str, bool | str]:
        """The profile as the result tells of it."""
        parts: dict[str, bool | str] = {
            str(field.alias): getattr(self, name) for name, field in type(self).model_fields.items() if name != "rules"
        }
        return parts | {"regler": ", ".join(self.rules)}


class ProtocolSection(Section):
    """`[protokoll]`: what the protocol says that no machine knows: who ran it, and the version of ePROM."""

    performed_by: str = Field(default="", alias="utfort_av")
    role: str = Field(default="", alias="rolle")
    eprom_version: str = Field(default="", alias="eprom_versjon")


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
    connection: ConnectionSection = Field(default=ConnectionSection(), alias="forbindelse")
    receiver: ReceiverSection = Field(default=ReceiverSection(), alias="mottak")
    tap: TapSection = Field(default=TapSection(), alias="kran")
    system: SystemSection = Field(default=SystemSection(), alias="bestillersystem")
    profile: ProfileSection = Field(default=ProfileSection(), alias="profil")
    protocol: ProtocolSection = Field(default=ProtocolSection(), alias="protokoll")
    personas: dict[str, str] = Field(default={})
    forms: dict[str, UUID] = Field(default={}, alias="skjema")
    privacy_settings: PrivacySection = Field(default=PrivacySection(), alias="personvern")
    allowed_national_ids: frozenset[str] = Field(default=frozenset(), alias="tillatte_fodselsnumre")

    @field_validator("eprom")
    @classmethod
    def _known_target(cls, value: str) -> str:
        try:
            return checked_target(value)
        except UnsafeTarget:
            raise
        except UsageProblem as exc:
            raise ValueError(str(exc)) from exc

    @field_validator("seed")
    @classmethod
    def _no_national_id(cls, value: int | None) -> int | None:
        # The seed stands in the result, as a number from which a leading zero would be lost.
        if value is not None and classify(f"{value:011d}").personal:
            raise ValueError("kan være et fødselsnummer; velg et annet tall")
        return value

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
                raise WrongEntry(
                    f"personas har «{name}», som ikke er et gyldig syntetisk fødselsnummer (måned + 65 eller + 80) "
                    "og ikke står i tillatte_fodselsnumre",
                    "personas",
                    name,
                )
        return self

    @model_validator(mode="after")
    def _can_connect(self) -> Self:
        # A developer who runs against the simulator need not have the certificates of the environment.
        if self.eprom != "simulator":
            self.connection.connection()
        return self

    @model_validator(mode="after")
    def _be_patient(self) -> Self:
        longer = {"status_s": ENVIRONMENT_STATUS_S, "quiet_s": ENVIRONMENT_QUIET_S}
        unset = {name: value for name, value in longer.items() if name not in self.deadlines.model_fields_set}
        if self.eprom != "simulator" and unset:
            patient = self.deadlines.model_copy(update=unset)
            # Not set by anybody, so that another ePROM on the command line gets its own.
            patient.__pydantic_fields_set__.difference_update(unset)
            object.__setattr__(self, "deadlines", patient)
        return self

    @property
    def simulator_port(self) -> int:
        """The port that the simulator listens on; 0 is a free one."""
        return self.simulator.port or (FOREIGN_PORT if self.system.foreign else 0)

    @property
    def api_base(self) -> str:
        """The PromsApiBaseUrl, or "simulator"."""
        return api_base_of(self.eprom)

    @property
    def known_environment(self) -> Environment | None:
        """The environment that `eprom` stands for; None for the simulator and for other addresses."""
        return environment_of(self.eprom)

    @property
    def may_be_formal(self) -> bool:
        """Whether both ends are the real ones: a bestillersystem of somebody's own, and the very address of one of
        ePROM's test environments."""
        known = self.known_environment
        return self.system.foreign and known is not None and self.api_base.casefold() == known.api_base

    @property
    def form_filler(self) -> str:
        """Where forms are filled in, without a trailing slash; "" when that is not known."""
        known = self.known_environment
        return self.environment.form_filler or (known.form_filler if known else "")

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the tester should know of these settings, in Norwegian."""
        if is_former(self.eprom):
            why = f"{self.eprom} er det gamle navnet på testmiljøet. Kjøringen bruker {self.api_base}; rett oppsettet."
        elif self.eprom != SIMULATOR and not urlsplit(self.api_base).path:
            why = (
                f"eprom i oppsettet, {self.eprom}, har ingen sti. PromsApiBaseUrl slutter med en, som /promswebapi i "
                "testmiljøet og /webapi i QA."
            )
        else:
            return ()
        return (why,)


def load_config(path: Path | None) -> Config:
    """Read a configuration file; without a path the default file of this folder, or the defaults when there is none.

    Raises:
        UsageProblem: the file is missing or wrong; the message names the file, the line, the key and the remedy.
    """
    if path is None:
        path = Path(DEFAULT_FILE)
        if not path.is_file():
            return Config()
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except FileNotFoundError as exc:
        raise UsageProblem(f"Finner ikke oppsettet {path}.", "Sjekk stien, eller kjør uten --config.") from exc
    except IsADirectoryError as exc:
        raise UsageProblem(f"Oppsettet {path} er en mappe, ikke en fil.", "Oppgi selve filen med --config.") from exc
    except OSError as exc:
        raise UsageProblem(f"Har ikke lov til å lese oppsettet {path}.", "Sjekk rettighetene til filen.") from exc
    except UnicodeDecodeError as exc:
        raise UsageProblem(f"Oppsettet {path} er ikke tekst i UTF-8.", "Lagre filen på nytt som UTF-8.") from exc
    except tomllib.TOMLDecodeError as exc:
        raise UsageProblem(not_toml(exc, f"Oppsettet {path}"), "Rett filen og kjør på nytt.") from exc
    except RecursionError as exc:
        raise UsageProblem(f"Oppsettet {path} har lister i lister uten ende.", "Rett filen og kjør på nytt.") from exc
    return parse_config(data, f"oppsettet {path}", lines=lines_of(text))


def parse_config(
    data: dict[str, Any],
    name: str,
    *,
    remedy: str = "Rett filen og kjør på nytt.",
    lines: Mapping[Keys, int] | None = None,
) -> Config:
    """Check settings that came from `name`; `remedy` is what to do when they are wrong, `lines` where each key stands.

    Raises:
        UsageProblem: a key is unknown or its value is wrong.
    """
    try:
        return Config.model_validate(data)
    except ValidationError as exc:
        raise UsageProblem(told(exc, Config, name, lines or {}), remedy) from exc
