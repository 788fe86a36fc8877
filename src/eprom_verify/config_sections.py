"""What every section of the configuration file is, and the section on how a real environment is reached."""

from __future__ import annotations

import os
from typing import Annotated

import httpx
from pydantic import BaseModel, ConfigDict, Field, field_validator

from eprom_verify.config_problems import WrongEntry
from eprom_verify.journal.connection import DIRECT, PASSWORD_VARIABLE, Connection, UnusableFile

PROXY_USER_VARIABLE = "EPROM_VERIFY_PROXY_USER"
PROXY_PASSWORD_VARIABLE = "EPROM_VERIFY_PROXY_PASSWORD"  # noqa: S105 - the variable's name

# Strict, since TOML has types of its own: «true» is no number, and «"5"» is a text.
Seconds = Annotated[float, Field(gt=0, le=7 * 24 * 3600, strict=True)]
Port = Annotated[int, Field(ge=0, le=65535, strict=True)]
Yes = Annotated[bool, Field(strict=True)]


class Section(BaseModel):
    """Base of the file's sections: unknown keys are errors, so that a typing mistake is never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ConnectionSection(Section):
    """`[forbindelse]`: how a real environment is reached, and how it is treated; nothing of it concerns the simulator.

    `proxy` is an address without credentials, "ingen", or "" for what the environment variables say. `wait_s` is how
    long a run without a tester looks for an environment that the network has cut off.
    """

    ca: str = ""
    client_certificate: str = Field(default="", alias="klientsertifikat")
    client_key: str = Field(default="", alias="klientnokkel")
    proxy: str = ""
    calls_per_second: Annotated[float, Field(gt=0, le=1000, strict=True)] = Field(default=5.0, alias="kall_i_sekundet")
    attempts: Annotated[int, Field(ge=1, le=10, strict=True)] = Field(default=3, alias="forsok")
    timeout_s: Seconds = Field(default=30.0, alias="tidsgrense_s")
    wait_s: Seconds = Field(default=600.0, alias="vent_s")

    @field_validator("proxy")
    @classmethod
    def _is_proxy(cls, value: str) -> str:
        return value if value in ("", DIRECT) else _a_proxy(value)

    def connection(self) -> Connection:
        """What calls are made over, with the secrets of the environment variables.

        Raises:
            WrongEntry: a file that is named cannot be used.
        """
        if self.client_key and not self.client_certificate:
            raise _wrong_connection("klientnokkel", "trenger klientsertifikat også")
        user = os.environ.get(PROXY_USER_VARIABLE, "")
        made = Connection(
            ca=self.ca,
            client_certificate=self.client_certificate,
            client_key=self.client_key,
            key_password=os.environ.get(PASSWORD_VARIABLE, ""),
            proxy=self.proxy,
            proxy_login=(user, os.environ.get(PROXY_PASSWORD_VARIABLE, "")) if user else None,
        )
        try:
            _ = made.context
        except UnusableFile as exc:
            raise _wrong_connection(exc.key, str(exc)) from exc
        return made


def _wrong_connection(key: str, text: str) -> WrongEntry:
    return WrongEntry(f"«forbindelse.{key}» {text}", "forbindelse", key)


def _a_proxy(value: str) -> str:
    try:
        parts = httpx.URL(value)
    except httpx.InvalidURL as exc:
        raise ValueError(_NO_PROXY) from exc
    if parts.scheme not in ("http", "https") or not parts.host or parts.path != "/" or parts.query or parts.fragment:
        raise ValueError(_NO_PROXY)
    if parts.userinfo:
        raise ValueError(
            "skal være uten brukernavn og passord; "
            f"sett miljøvariablene {PROXY_USER_VARIABLE} og {PROXY_PASSWORD_VARIABLE}"
        )
    return value.rstrip("/")


_NO_PROXY = f"skal være adressen til proxyen, for eksempel http://127.0.0.1:3128, eller «{DIRECT}»"
