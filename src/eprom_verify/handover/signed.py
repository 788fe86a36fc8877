"""Who has signed a package: its protocol, its manifest, or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eprom_verify.handover import contents
from eprom_verify.handover.finding import Examined, shortened
from eprom_verify.handover.judgement import SignatureReport
from eprom_verify.handover.manifest import is_signature
from eprom_verify.handover.signatures import cms_signature, pdf_signatures

if TYPE_CHECKING:
    from asn1crypto import x509


@dataclass(frozen=True, kw_only=True)
class Signatures:
    """The signatures in the protocol, in their order, and those of the manifest by the names of their files."""

    protocol: Sequence[SignatureReport] = ()
    manifest: Mapping[str, SignatureReport]

    @property
    def signers(self) -> list[str]:
        """Whom they name, each once."""
        return list(dict.fromkeys(each.signer for each in (*self.protocol, *self.manifest.values()) if each.signer))


def examine_signatures(
    files: Mapping[str, bytes], *, trust: Sequence[x509.Certificate] | None
) -> tuple[Signatures, Examined]:
    """Who signed, and whether each signature holds; a package that nobody has signed is no broken one."""
    pdf = files.get(contents.PROTOCOL, b"")
    protocol = pdf_signatures(pdf, trust=trust) if b"/ByteRange" in pdf else []
    manifest = {
        name: cms_signature(content, files.get(contents.MANIFEST, b""), trust=trust)
        for name, content in sorted(files.items())
        if is_signature(name)
    }
    found = Signatures(protocol=protocol, manifest=manifest)
    problems = [f"Protokollen: {each.problem}" for each in protocol if each.problem]
    problems += [f"{name}: {each.problem}" for name, each in manifest.items() if each.problem]
    return found, Examined(
        title="Signaturer",
        seen=_seen(found),
        problems=shortened(problems),
        notes=_notes(found, trusted=trust is not None),
    )


def _seen(found: Signatures) -> str:
    if not found.signers:
        return "Ingen har signert digitalt. Da må protokollen være signert på annen måte."
    return f"{len(found.protocol)} i protokollen, {len(found.manifest)} på manifestet, av {', '.join(found.signers)}."


def _notes(found: Signatures, *, trusted: bool) -> list[str]:
    notes = []
    if found.signers and not trusted:
        notes.append("Ingen sertifikater er oppgitt med --trust, så det er ikke prøvd hvem som står bak signaturene.")
    if bool(found.protocol) != bool(found.manifest):
        notes.append("Bare en av protokollen og manifestet er signert. Bare manifestet dekker alle filene.")
    elif {each.signer for each in found.protocol} != {each.signer for each in found.manifest.values()}:
        notes.append("Protokollen og manifestet er ikke signert av de samme.")
    return notes + [each.remark for each in (*found.protocol, *found.manifest.values()) if each.remark]
