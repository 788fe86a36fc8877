"""Signs a package: its protocol and its manifest, so that what is signed stays what it was."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from eprom_verify.errors import UsageProblem
from eprom_verify.handover import contents
from eprom_verify.handover.archive import read_archive, write_archive
from eprom_verify.handover.revisions import boxes_of
from eprom_verify.handover.signatory import Signatory
from eprom_verify.handover.signing import sign_bytes, sign_pdf

_NUMBERED = re.compile(rf"{contents.SIGNATURES}manifest-([0-9]+)\.p7s")


def sign_package(
    path: Path, signatory: Signatory, *, reason: str, location: str, tsa_url: str | None, field: str | None = None
) -> None:
    """Sign the protocol and the manifest of the package at `path`, which is replaced whole or not at all.

    Raises:
        UsageProblem: it is no whole package, or it cannot be signed or written.
    """
    files, problems = read_archive(path)
    if problems or not {contents.PROTOCOL, contents.MANIFEST} <= files.keys():
        raise UsageProblem(f"{path} er ikke en hel pakke.", "Kontroller den med eprom-verify verify-package.")
    protocol = files[contents.PROTOCOL]
    files[contents.PROTOCOL] = sign_pdf(
        protocol,
        signatory,
        reason=reason,
        location=location,
        tsa_url=tsa_url,
        field=field,
        boxes=boxes_of(protocol),
    )
    signature = sign_bytes(files[contents.MANIFEST], signatory, tsa_url=tsa_url)
    files[_next_name(files)] = signature
    write_archive(path, files, at=_time_of(path))


def _next_name(files: Mapping[str, bytes]) -> str:
    taken = [int(match[1]) for name in files if (match := _NUMBERED.fullmatch(name))]
    return f"{contents.SIGNATURES}manifest-{max(taken, default=0) + 1}.p7s"


def _time_of(path: Path) -> datetime:
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        return datetime(*archive.infolist()[0].date_time)  # noqa: DTZ001 - a ZIP has no time zones
