"""The commands `eprom-verify package`, `sign` and `verify-package`."""

from __future__ import annotations

import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eprom_verify.errors import UsageProblem

if TYPE_CHECKING:
    from asn1crypto import x509

    from eprom_verify.handover.checking import Verdict
    from eprom_verify.handover.signatory import Pkcs11, Pkcs12

RunFolder = Annotated[Path, typer.Argument(help="Mappen til kjøringen.")]
Package = Annotated[Path, typer.Argument(metavar="PAKKE", help="Pakken (.zip).")]


def package(
    run: RunFolder = Path("reports/latest"),
    out: Annotated[Path | None, typer.Option("--out", help="Filen eller mappen som pakken skal legges i.")] = None,
) -> None:
    """Pakk en kjøring til Hemit: protokollen, bevisene og manifestet i én fil, og kontroller den."""
    from eprom_verify.handover.packing import pack
    from eprom_verify.runner.folders import find_run

    path = pack(find_run(run).resolve(), out, make_report=_make_report)
    verdict = _checked(path, trust=None)
    _show(verdict)
    print(f"\nPakken er skrevet: {path}")
    raise typer.Exit(1 if not verdict.whole else 0)


def sign(
    file: Package,
    key: Annotated[Path | None, typer.Option("--p12", help="Nøkkel og sertifikat i PKCS#12 (.p12, .pfx).")] = None,
    pkcs11: Annotated[
        Path | None, typer.Option("--pkcs11", help="Biblioteket til en smartkort- eller HSM-nøkkel.")
    ] = None,
    token: Annotated[str, typer.Option(help="Navnet på tokenet (PKCS#11).")] = "",
    certificate: Annotated[str, typer.Option(help="Navnet på sertifikatet i tokenet (PKCS#11).")] = "",
    key_label: Annotated[str, typer.Option(help="Navnet på nøkkelen i tokenet, når det er et annet (PKCS#11).")] = "",
    tsa: Annotated[str | None, typer.Option(help="Adressen til en tidsstemplingstjeneste (RFC 3161).")] = None,
    place: Annotated[str, typer.Option(help="Stedet som står i signaturen.")] = "",
    reason: Annotated[str, typer.Option(help="Grunnen som står i signaturen.")] = "Verifikasjonsprotokoll",
) -> None:
    """Signer en pakke: protokollen (PAdES) og manifestet (CMS). Den neste som signerer, bryter ikke den første."""
    from eprom_verify.handover.signatory import open_signatory
    from eprom_verify.handover.signing_package import sign_package

    if not _checked(file, trust=None).whole:
        raise UsageProblem(f"{file} er ikke til å stole på, og blir ikke signert.", "Se eprom-verify verify-package.")
    with open_signatory(_source(key, pkcs11, token=token, certificate=certificate, label=key_label)) as signatory:
        sign_package(file, signatory, reason=reason, location=place, tsa_url=tsa)
        print(f"Signert av {signatory.name}: protokollen og manifestet i {file}.")


def verify_package(
    file: Package,
    trust: Annotated[
        list[Path] | None, typer.Option("--trust", help="Sertifikat å stole på (PEM eller DER); kan gis flere ganger.")
    ] = None,
    document: Annotated[Path | None, typer.Option("--json", help="Skriv svaret som JSON hit; - er skjermen.")] = None,
) -> None:
    """Kontroller en pakke: 0 når den er hel og godkjent, 3 når den er hel uten å være det, 1 når den ikke er hel."""
    from eprom_verify.handover.judgement import read_certificates
    from eprom_verify.handover.page import as_document
    from eprom_verify.persons import mask_ids

    known: list[x509.Certificate] | None = None
    if trust:
        known = [certificate for path in trust for certificate in read_certificates(path)]
    verdict = _checked(file, trust=known)
    told = mask_ids(json.dumps(as_document(verdict), ensure_ascii=False, indent=2))
    if document is None or str(document) != "-":
        _show(verdict)
    else:
        print(told)
    if document is not None and str(document) != "-":
        try:
            document.write_text(told + "\n", encoding="utf-8")
        except OSError as exc:
            raise UsageProblem(f"Kan ikke skrive --json {document} ({exc.strerror}).", "Oppgi et annet sted.") from exc
    raise typer.Exit(verdict.exit_code)


def _checked(path: Path, *, trust: list[x509.Certificate] | None) -> Verdict:
    from eprom_verify.handover.checking import verify_package as checked
    from eprom_verify.keys import own_secrets

    return checked(path, trust=trust, known_secrets=own_secrets())


def _show(verdict: Verdict) -> None:
    from eprom_verify.handover.page import as_lines
    from eprom_verify.persons import mask_ids
    from eprom_verify.report.terminal import inert

    for line in as_lines(verdict):
        print(inert(mask_ids(line)))


def _source(key: Path | None, pkcs11: Path | None, *, token: str, certificate: str, label: str) -> Pkcs12 | Pkcs11:
    from eprom_verify.handover.signatory import Pkcs11, Pkcs12

    ask = getpass.getpass if sys.stdin.isatty() else None
    if key is not None and pkcs11 is None:
        return Pkcs12(path=key, ask=ask)
    if pkcs11 is not None and key is None and token and certificate:
        return Pkcs11(module=pkcs11, token=token, certificate=certificate, key=label, ask=ask)
    raise UsageProblem(
        "Oppgi nøkkelen å signere med: --p12 FIL, eller --pkcs11 BIBLIOTEK med --token og --certificate.",
        "Se eprom-verify sign --help.",
    )


def _make_report(folder: Path) -> Path | None:
    from eprom_verify.errors import HarnessProblem
    from eprom_verify.report.allure_html import make_html
    from eprom_verify.runner.folders import ALLURE_RESULTS, report_title

    try:
        made = make_html(
            folder / ALLURE_RESULTS,
            folder / "report.html",
            title=report_title(folder / "result.json"),
            on_progress=print,
        )
    except HarnessProblem as exc:
        print(str(exc), file=sys.stderr)
        return None
    return made.path
