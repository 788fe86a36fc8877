"""The certificate and the key that a server of ours listens with, and whom a client of ours trusts."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import httpx

from eprom_verify.errors import UsageProblem

_LONGEST_KEY_PASSWORD = 1024


def usual_trust() -> ssl.SSLContext:
    """Whom httpx trusts by itself. Made once: it takes 20 ms, and most of what uses it calls an end of ours."""
    return _trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=4)
def _trust(file: str | None, folder: str | None) -> ssl.SSLContext:  # noqa: ARG001 - httpx reads them itself
    return httpx.create_ssl_context()


@dataclass(frozen=True, kw_only=True)
class Tls:
    """A certificate (with what links it to its issuer) and its key, both in PEM. `password_env` is the environment
    variable that the key's password stands in, when it has one."""

    certificate: Path
    key: Path
    password_env: str = ""

    def context(self) -> ssl.SSLContext:
        """What a server needs to listen with it.

        Raises:
            UsageProblem: a file is missing or cannot be read, is no PEM, or the key is not the certificate's.
        """
        _readable(self.certificate, "Sertifikatet")
        _readable(self.key, "Nøkkelen til sertifikatet")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        asked = []
        password = os.environ.get(self.password_env, "") if self.password_env else ""

        def told() -> str:
            # Without this OpenSSL would ask at the terminal.
            asked.append(True)
            return password[:_LONGEST_KEY_PASSWORD]

        try:
            context.load_cert_chain(self.certificate, self.key, told)
        except (ssl.SSLError, ValueError) as exc:
            raise self._unusable(exc, protected=bool(asked), password=password) from exc
        return context

    def _unusable(self, exc: Exception, *, protected: bool, password: str) -> UsageProblem:
        if protected:
            problem = "passordet er feil" if password else "den har et passord, og det er ikke oppgitt"
            return UsageProblem(
                f"Nøkkelen {self.key} kan ikke åpnes: {problem}.",
                f"Sett miljøvariabelen {self.password_env} til passordet." if self.password_env else _PLAIN,
            )
        if getattr(exc, "reason", None) == "KEY_VALUES_MISMATCH":
            return UsageProblem(
                f"Nøkkelen {self.key} hører ikke til sertifikatet {self.certificate}.",
                "Oppgi nøkkelen som sertifikatet ble laget av. Har filen flere sertifikater, skal serverens eget stå "
                "først.",
            )
        if b"-----BEGIN CERTIFICATE-----" not in self.certificate.read_bytes():
            return UsageProblem(f"{self.certificate} er ikke et sertifikat i PEM.", _PEM)
        if b"PRIVATE KEY-----" not in self.key.read_bytes():
            return UsageProblem(f"{self.key} er ikke en privat nøkkel i PEM.", _PEM)
        return UsageProblem(
            f"Sertifikatet {self.certificate} og nøkkelen {self.key} kan ikke brukes: {_words(exc)}.",
            "Er en av filene skadet, eller av en form som TLS ikke tar imot?",
        )


_PEM = "Filen skal begynne med «-----BEGIN»; er den PFX eller DER, så gjør den om med openssl."
_PLAIN = "Lagre nøkkelen uten passord, i en fil som bare du kan lese."


def _readable(path: Path, what: str) -> None:
    try:
        path.read_bytes()
    except FileNotFoundError as exc:
        raise UsageProblem(f"{what} finnes ikke: {path}.", "Rett stien i oppsettet.") from exc
    except IsADirectoryError as exc:
        raise UsageProblem(f"{what} er en mappe, ikke en fil: {path}.", "Oppgi selve filen i oppsettet.") from exc
    except OSError as exc:
        raise UsageProblem(f"{what} kan ikke leses: {path}.", "Sjekk rettighetene til filen.") from exc


def _words(exc: Exception) -> str:
    reason = getattr(exc, "reason", None)
    return str(reason).replace("_", " ").lower() if reason else str(exc)
