"""Checks a package on the receiver's side, alone: nothing of the run is needed but the archive itself."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eprom_verify.errors import EpromVerifyError
from eprom_verify.handover import contents
from eprom_verify.handover.archive import read_archive
from eprom_verify.handover.evidence import examine_ending, examine_journal, examine_scenarios, examine_suite
from eprom_verify.handover.finding import Examined, shortened
from eprom_verify.handover.packing import judged, made_from, protocol_of
from eprom_verify.handover.privacy import examine_privacy
from eprom_verify.handover.report_page import examine_report
from eprom_verify.handover.revisions import addition_problem
from eprom_verify.handover.signed import Signatures, examine_signatures
from eprom_verify.locations import features_dir
from eprom_verify.runner.record import Recorded, read_record
from eprom_verify.verdict import Conclusion, RunResult, from_json, load_catalogue

if TYPE_CHECKING:
    from asn1crypto import x509


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a package came to: what was looked at, the result that it holds when that could be read, and who signed."""

    name: str
    sha256: str
    examined: Sequence[Examined]
    result: RunResult | None
    signatures: Signatures

    @property
    def whole(self) -> bool:
        """Whether nothing was wrong with the package."""
        return self.result is not None and all(each.holds for each in self.examined)

    @property
    def valid(self) -> bool:
        """Whether the package is whole, and is a verification that was approved."""
        result = self.result
        return self.whole and result is not None and result.run.formal and result.conclusion is Conclusion.APPROVED

    @property
    def exit_code(self) -> int:
        """0: valid; 1: something is wrong with the package; 3: it is whole, but is no approved verification."""
        return 0 if self.valid else 3 if self.whole else 1


def verify_package(
    path: Path, *, trust: Sequence[x509.Certificate] | None = None, known_secrets: tuple[str, ...] = ()
) -> Verdict:
    """Check the package at `path`; `trust` is whom to trust, None judges no trust.

    Raises:
        UsageProblem: there is no file at `path`, or it is no archive.
    """
    files, problems = read_archive(path)
    sealed = contents.Listed.of(path.read_bytes()).sha256
    examined = [Examined(title="Arkivet", seen=f"{len(files)} filer, ingen skjult.", problems=shortened(problems))]
    manifest, base, about = _examine_manifest(files)
    examined.append(about)
    result: RunResult | None = None
    if contents.JOURNAL in files and contents.RESULT in files:
        result, more = _examine_run(files, manifest, base)
        examined += more
    retold = {contents.PROTOCOL} if any(each.title == _MADE and each.holds for each in examined) else set[str]()
    examined.append(examine_privacy(files, known_secrets=known_secrets, retold=retold))
    signatures, about = examine_signatures(files, trust=trust)
    examined.append(about)
    return Verdict(name=path.name, sha256=sealed, examined=examined, result=result, signatures=signatures)


def _examine_manifest(files: Mapping[str, bytes]) -> tuple[dict[str, Any], dict[str, bytes], Examined]:
    """The manifest, the files as they were before anybody signed them, and whether they are those that it lists."""
    title = "Manifestet"
    try:
        manifest = json.loads(files[contents.MANIFEST])
        listed = {each["path"]: contents.Listed(int(each["size"]), str(each["sha256"])) for each in manifest["files"]}
        if (manifest["format"], manifest["format_version"]) != (contents.FORMAT, contents.FORMAT_VERSION):
            raise ValueError("another format")
    except KeyError as exc:
        what = "Manifestet mangler." if exc.args == (contents.MANIFEST,) else f"Manifestet mangler {exc}."
        return {}, dict(files), Examined(title=title, problems=[what])
    except (ValueError, TypeError):
        return (
            {},
            dict(files),
            Examined(title=title, problems=["Manifestet kan ikke leses, eller er av et annet slag."]),
        )
    base = {name: content for name, content in files.items() if _is_listed(name)}
    problems = list(_compared(base, listed))
    if len(listed) != len(manifest["files"]):
        problems.append("Manifestet nevner en fil flere ganger.")
    seen = (
        f"{len(listed)} filer har den størrelsen og den SHA-256 som manifestet sier; ingen mangler, ingen er lagt til."
    )
    return manifest, base, Examined(title=title, seen=seen, problems=shortened(problems))


def _is_listed(name: str) -> bool:
    return name != contents.MANIFEST and not (name.startswith(contents.SIGNATURES) and name.endswith(".p7s"))


def _compared(base: dict[str, bytes], listed: Mapping[str, contents.Listed]) -> Iterator[str]:
    """What is wrong with files of a package; the protocol in `base` is put back to what it was before it was signed."""
    yield from (f"{name} mangler i manifestet: en pakke har den alltid." for name in contents.REQUIRED - listed.keys())
    yield from (f"{name} er lagt til." for name in sorted(base.keys() - listed.keys()))
    for name, entry in sorted(listed.items()):
        if name not in base:
            yield f"{name} mangler."
            continue
        content = base[name]
        if name == contents.PROTOCOL and len(content) > entry.size:
            added = addition_problem(content, entry.size)
            if added:
                yield f"{name}: {added}"
            content = base[name] = content[: entry.size]
        if contents.Listed.of(content) != entry:
            yield f"{name} er endret: innholdet har en annen SHA-256 enn i manifestet."


def _examine_run(
    files: Mapping[str, bytes], manifest: Mapping[str, Any], base: Mapping[str, bytes]
) -> tuple[RunResult | None, list[Examined]]:
    """What the package says of its run, against what follows from its journal."""
    catalogue = load_catalogue(features_dir() / "krav.toml")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / contents.JOURNAL
        path.write_bytes(files[contents.JOURNAL])
        try:
            told = from_json(json.loads(files[contents.RESULT]))
            claimed = {
                "Manifestet": str(manifest.get("journal_last_digest", "")),
                "Resultatet": told.run.journal_last_digest,
            }
            journal = examine_journal(path, claimed)
            recorded = read_record(path)
            result = judged(recorded)
        except (EpromVerifyError, ValueError, KeyError) as exc:
            return None, [Examined(title="Journalen", problems=[f"Kan ikke leses eller dømmes: {exc}"])]
        examined = [
            journal,
            examine_suite(result),
            examine_scenarios(recorded, catalogue),
            examine_ending(recorded, catalogue),
            _examine_verdict(result, told, manifest),
            _examine_made(result, recorded, base),
            _examine_attachments(result, base),
            examine_report(result, files.get(contents.REPORT, b"")),
        ]
        return result, examined


def _examine_verdict(result: RunResult, told: RunResult, manifest: Mapping[str, Any]) -> Examined:
    problems = []
    if told.conclusion is not result.conclusion:
        problems.append(
            f"Konklusjonen er «{told.conclusion.norwegian}», men scenariene gir «{result.conclusion.norwegian}»."
        )
    by_id = {each.id: each for each in told.requirements}
    for each in result.requirements:
        other = by_id.pop(each.id, None)
        if other is None:
            problems.append(f"Krav {each.id} mangler i resultatet.")
        elif other.outcome is not each.outcome:
            problems.append(
                f"Krav {each.id} står som «{other.outcome.norwegian}», men scenariene gir «{each.outcome.norwegian}»."
            )
    problems += [f"Krav {name} finnes ikke i kravkatalogen." for name in by_id]
    expected = json.loads(contents.manifest_of(result, {}))
    differing = [name for name, value in expected.items() if name != "files" and manifest.get(name) != value]
    problems += [f"Manifestet sier noe annet enn journalen om {', '.join(differing)}."] if differing else []
    return Examined(
        title="Dommen",
        seen=f"Regnet ut på nytt fra scenariene i journalen: {result.conclusion.norwegian}.",
        problems=shortened(problems),
    )


def _examine_made(result: RunResult, recorded: Recorded, base: Mapping[str, bytes]) -> Examined:
    """Whether what follows from the journal alone is in the package, byte by byte."""
    made = made_from(result, recorded, base[contents.JOURNAL])
    listed = {name: content for name, content in base.items() if name not in _PROTOCOL}
    made |= protocol_of(result, recorded, listed)
    problems = [
        f"{name} er ikke det som følger av journalen."
        for name, content in sorted(made.items())
        if name in base and base[name] != content
    ]
    return Examined(
        title=_MADE,
        seen="Protokollen, ordrelisten og de andre filene er laget på nytt fra journalen, og er like.",
        problems=problems,
    )


_MADE = "Protokollen og listene"
_PROTOCOL = (contents.PROTOCOL, contents.PROTOCOL_HTML, contents.ORDERS)


def _examine_attachments(result: RunResult, base: Mapping[str, bytes]) -> Examined:
    shown = {f"{contents.ATTACHMENTS}{a.name}": a for each in result.attestations for a in each.attachments}
    problems = [f"{name} er det ingen som har lagt ved." for name in base if _is_attachment(name) and name not in shown]
    for name, attachment in shown.items():
        if name not in base:
            problems.append(f"{name} mangler.")
        elif contents.Listed.of(base[name]) != contents.Listed(attachment.size, attachment.sha256):
            problems.append(f"{name} er ikke den som testeren la ved.")
    return Examined(
        title="Bekreftelser",
        seen=f"{len(result.attestations)} svar fra testere, {len(shown)} vedlegg.",
        problems=shortened(problems),
    )


def _is_attachment(name: str) -> bool:
    return name.startswith(contents.ATTACHMENTS)
