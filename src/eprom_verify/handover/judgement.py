"""What a signature is worth: who signed, when, and whether that can be relied on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from eprom_verify.errors import UsageProblem
from eprom_verify.handover.signatory import readable_name

if TYPE_CHECKING:
    from asn1crypto import x509
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko.sign.validation.status import StandardCMSSignatureStatus
    from pyhanko_certvalidator import ValidationContext

_FAST_CLOCK = timedelta(hours=1)
"""How far ahead of ours a signatory's clock may be."""

_PATH_PROBLEMS = {
    "NO_CERTIFICATE_CHAIN_FOUND": "Sertifikatet er ikke utstedt av noen som er oppgitt som tiltrodd.",
    "CHAIN_CONSTRAINTS_FAILURE": "Sertifikatet er ikke utstedt for signering.",
    "REVOKED_NO_POE": "Sertifikatet er trukket tilbake.",
    "REVOKED_CA_NO_POE": "Sertifikatet til utstederen er trukket tilbake.",
    "OUT_OF_BOUNDS_NO_POE": "",  # the dates are judged, and told, apart from the trust
}


@dataclass(frozen=True, kw_only=True)
class SignatureReport:
    """What one signature says, and whether it holds: it does when `problem` is empty.

    `field` is the signature field in the PDF, "" for a signature of its own. `signed_at` is the signatory's claim;
    `timestamped_at` a time-stamping authority's word, None when there is none or the authority is not trusted.
    `intact`: what was signed is as it was. `covers`: it takes in all that it should, and nothing but signatures came
    after. `trusted` is None when nobody was given to trust. `remark` is worth knowing, but breaks nothing.
    """

    field: str = ""
    signer: str = ""
    issuer: str = ""
    serial: str = ""
    signed_at: datetime | None = None
    timestamped_at: datetime | None = None
    intact: bool = False
    covers: bool = False
    trusted: bool | None = None
    problem: str = ""
    remark: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong with it. Without anybody to trust, this says nothing of who signed."""
        return not self.problem


def read_certificates(path: Path) -> list[x509.Certificate]:
    """The certificates in a file, PEM or DER.

    Raises:
        UsageProblem: there is no such file, or no certificate in it.
    """
    from pyhanko.keys import load_certs_from_pemder_data

    try:
        found = list(load_certs_from_pemder_data(path.read_bytes()))
        assert all(each.subject and each.public_key for each in found)
    except OSError as exc:
        raise UsageProblem(f"Sertifikatet {path} kan ikke leses ({exc.strerror}).", "Se over stien.") from exc
    except (ValueError, TypeError, AssertionError) as exc:
        raise UsageProblem(f"{path} er ikke et sertifikat.", "Oppgi sertifikater som PEM eller DER.") from exc
    if not found:
        raise UsageProblem(f"Det er ingen sertifikater i {path}.", "Oppgi sertifikater som PEM eller DER.")
    return found


def usage_of(certificate: x509.Certificate) -> KeyUsageConstraints:
    """What a signatory's certificate must be for; one that says nothing of it may be used for all (RFC 5280)."""
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    told = certificate.key_usage_value is not None
    return KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"} if told else set())


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Judges signatories: by whom to trust (None judges no trust), as of a moment, asking authorities or not."""

    trust: Sequence[x509.Certificate] | None
    moment: datetime
    online: bool

    def context(self, moment: datetime | None) -> ValidationContext:
        """How certificates are judged, as of a moment. Nobody is trusted but those who were given."""
        from pyhanko_certvalidator import ValidationContext

        return ValidationContext(
            trust_roots=list(self.trust or ()), moment=moment or self.moment, allow_fetching=self.online
        )

    def report(
        self, status: StandardCMSSignatureStatus, found: SignatureReport, problems: Sequence[str]
    ) -> SignatureReport:
        """The report, with what was found of the content, and what can be said of the signatory."""
        certificate = status.signing_cert
        stamp = status.timestamp_validity
        stamp_holds = stamp is not None and stamp.intact and stamp.valid
        believed = stamp if stamp_holds and stamp and (self.trust is None or stamp.trusted) else None
        stamped_at = believed.timestamp if believed else None
        trusted = None if self.trust is None else status.trusted
        told = [
            *problems,
            "" if status.valid else "Signaturen er ikke laget med nøkkelen til sertifikatet.",
            "" if stamp is None or stamp_holds else "Tidsstempelet er ødelagt, eller gjelder en annen signatur.",
            _weakness(status),
            self._date_problem(certificate, status.signer_reported_dt, stamped_at),
            _distrust(status) if trusted is False else "",
        ]
        problem = " ".join(dict.fromkeys(each for each in told if each))
        if trusted is False and not problem:
            problem = "Sertifikatet kan ikke stoles på."
        return replace(
            found,
            signer=readable_name(certificate.subject),
            issuer=readable_name(certificate.issuer),
            serial=f"{certificate.serial_number:x}",
            signed_at=status.signer_reported_dt,
            timestamped_at=stamped_at,
            intact=status.intact and status.valid,
            trusted=trusted,
            problem=problem,
            remark=self._remark(certificate, stamped_at, stamp_holds and believed is None),
        )

    def _date_problem(self, certificate: x509.Certificate, claimed: datetime | None, stamped: datetime | None) -> str:
        signed = stamped or claimed or self.moment
        first, last = certificate.not_valid_before, certificate.not_valid_after
        if signed > last:
            return f"Sertifikatet var utløpt da det ble signert: det gikk ut {last:%d.%m.%Y}."
        if signed < first:
            return f"Sertifikatet gjaldt ikke ennå da det ble signert: det gjelder fra {first:%d.%m.%Y}."
        if signed > self.moment + _FAST_CLOCK:
            return "Tidspunktet for signeringen ligger i fremtiden."
        return ""

    def _remark(self, certificate: x509.Certificate, stamped: datetime | None, distrusted: bool) -> str:
        if distrusted:
            return "Tidsstempelet er ikke fra noen som er oppgitt som tiltrodd."
        if stamped is None and self.moment > certificate.not_valid_after:
            return "Sertifikatet er utløpt siden, og ingen andre enn den som signerte, går god for tidspunktet."
        return ""


def _weakness(status: StandardCMSSignatureStatus) -> str:
    if not _indication(status).startswith("CRYPTO_CONSTRAINTS_FAILURE"):
        return ""
    return (
        f"Signaturen bruker en algoritme som er for svak ({status.pkcs7_signature_mechanism}, {status.md_algorithm})."
    )


def _distrust(status: StandardCMSSignatureStatus) -> str:
    indication = _indication(status)
    if not indication or _weakness(status):
        return ""
    return _PATH_PROBLEMS.get(indication, "Kjeden fra sertifikatet til en som er tiltrodd, holder ikke.")


def _indication(status: StandardCMSSignatureStatus) -> str:
    """Why a certificate is not trusted, by its name in ETSI EN 319 102-1."""
    return getattr(status.trust_problem_indic, "name", "")
