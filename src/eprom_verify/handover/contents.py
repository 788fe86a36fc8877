"""What a package holds, and where: one archive that a receiver can check alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eprom_verify.verdict import RunResult, to_json

FORMAT = "eprom-verify-package"
FORMAT_VERSION = 1

MANIFEST = "manifest.json"
PROTOCOL = "protocol.pdf"
PROTOCOL_HTML = "protocol.html"
RESULT = "result.json"
JUNIT = "junit.xml"
JOURNAL = "journal.sqlite"
ORDERS = "orders.csv"
REPORT = "report.html"
SETTINGS = "settings.json"
WAIVERS = "waivers.json"
ATTESTATIONS = "attestations.json"
README = "LESMEG.txt"
ATTACHMENTS = "vedlegg/"
SIGNATURES = "signatures/"

REQUIRED = frozenset(
    {
        PROTOCOL,
        PROTOCOL_HTML,
        RESULT,
        JUNIT,
        JOURNAL,
        ORDERS,
        REPORT,
        SETTINGS,
        WAIVERS,
        ATTESTATIONS,
        README,
    }
)
"""Every package has these besides the manifest."""


@dataclass(frozen=True)
class Listed:
    """One file as the manifest lists it: bytes, and SHA-256 in hexadecimal."""

    size: int
    sha256: str

    @classmethod
    def of(cls, content: bytes) -> Listed:
        """What the manifest says of this content."""
        return cls(len(content), hashlib.sha256(content).hexdigest())


def manifest_of(result: RunResult, files: Mapping[str, bytes]) -> bytes:
    """The manifest of these files, which are the unsigned ones; the same files give the same bytes."""
    run = result.run
    listed = {name: Listed.of(content) for name, content in sorted(files.items())}
    document = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "run": run.id,
        "conclusion": result.conclusion.value,
        "formal": run.formal,
        "edition": run.edition,
        "journal_last_digest": run.journal_last_digest,
        "versions": dict(sorted(run.versions.items())),
        "files": [{"path": name, "size": each.size, "sha256": each.sha256} for name, each in listed.items()],
    }
    return as_json(document)


def as_json(document: Any) -> bytes:
    """The one JSON text of a document of the package."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def waivers_of(result: RunResult) -> bytes:
    """The waivers of a run, and what came of them."""
    return as_json(to_json(result)["waivers"])


def attestations_of(result: RunResult) -> bytes:
    """The answers of testers, the earlier ones too."""
    return as_json(to_json(result)["attestations"])


def readme_of(result: RunResult) -> bytes:
    """What a receiver who opens the archive reads first."""
    run = result.run
    trial = "" if run.formal else " Dette er en prøvekjøring, og gjelder ikke som verifikasjon."
    attached = any(each.attachments for each in result.attestations)
    lines = [
        f"Verifikasjon av {run.system.name or run.rig.bestillersystem} mot ePROM ({run.environment})",
        "",
        f"Konklusjon: {result.conclusion.norwegian}.{trial}",
        "",
        "Pakk ut alle filene i samme mappe: da virker lenkene mellom dem.",
        "",
        f"Les {PROTOCOL} først. Den er også til underskrift, og {PROTOCOL_HTML} er det samme for nettleseren.",
        f"{REPORT} har hvert scenario med meldingene: søk der på nummeret til et krav, eller på id-en til en",
        f"melding. {ORDERS} er listen over bestillinger og brev, til å sammenholde med ePROMs egen logg.",
        *([f"Mappen {ATTACHMENTS.rstrip('/')} har det som testere har lagt ved."] if attached else []),
        "",
        "Kontroller pakken før du stoler på den:",
        "",
        f"    eprom-verify verify-package <pakken>.zip    (versjon {run.versions.get('tool', '?')})",
        "",
    ]
    return "\n".join(lines).encode()
