"""Reads and writes the archive: a ZIP that is the same from the same files, and of which nothing is taken on trust."""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath

from eprom_verify.errors import UsageProblem

LARGEST_BYTES = 2 * 1024**3
"""More than this, unpacked, is no package of ours."""
MOST_FILES = 5000
_FIRST_YEAR = 1980


def write_archive(path: Path, files: Mapping[str, bytes], *, at: datetime) -> None:
    """Write these files as one archive, whole or not at all; `at` is the time that they all carry.

    Raises:
        UsageProblem: it cannot be written there.
    """
    moment = (max(at.year, _FIRST_YEAR), at.month, at.day, at.hour, at.minute, at.second)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # Else the archive would tell which system made it.
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, content)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            beside.write_bytes(made.getvalue())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as exc:
        raise UsageProblem(f"Kan ikke skrive pakken {path} ({exc.strerror}).", "Velg et annet sted.") from exc


def read_archive(path: Path) -> tuple[dict[str, bytes], list[str]]:
    """The files of an archive by name, and what is wrong with it as an archive, in Norwegian.

    Raises:
        UsageProblem: there is no file at `path`, or it is no archive at all.
    """
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise UsageProblem(f"Finner ikke pakken {path}, eller filen kan ikke leses.", "Sjekk stien.") from exc
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            problems = list(_problems(archive, content))
            return {} if problems else _contents(archive, problems), problems
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OverflowError) as exc:
        raise UsageProblem(f"{path} er ikke en pakke fra eprom-verify, eller er skadet.", "Hent den på nytt.") from exc


def _problems(archive: zipfile.ZipFile, content: bytes) -> Iterator[str]:
    entries = archive.infolist()
    if len(entries) > MOST_FILES or sum(each.file_size for each in entries) > LARGEST_BYTES:
        yield "Arkivet er mye større enn en pakke kan være."
        return
    for name, count in Counter(each.filename for each in entries).items():
        if count > 1:
            yield f"Filen {name!r} ligger {count} ganger i arkivet."
    for each in entries:
        if not _plain(each.filename):
            yield f"Filen {each.filename!r} har et navn som ikke kan brukes."
        elif each.flag_bits & 0x1:
            yield f"Filen {each.filename} er kryptert."
        elif each.external_attr >> 16 and not stat.S_ISREG(each.external_attr >> 16):
            yield f"{each.filename} er ikke en vanlig fil."
        elif each.extra or each.comment:
            yield f"Filen {each.filename} har noe skjult ved siden av seg i arkivet."
    if archive.comment:
        yield "Arkivet har en kommentar, og det har ingen pakke."
    first = min((each.header_offset for each in entries), default=0)
    if first != 0 or _gaps(content, entries):
        yield "Arkivet har innhold utenom filene."


def _plain(name: str) -> bool:
    path = PurePosixPath(name)
    ok = name.isascii() and name.isprintable() and "\\" not in name and ":" not in name
    return bool(ok and name and not path.is_absolute() and ".." not in path.parts and path.as_posix() == name)


def _gaps(content: bytes, entries: list[zipfile.ZipInfo]) -> bool:
    """Whether there are bytes before, between or after the files that belong to none of them."""
    at = 0
    for each in sorted(entries, key=lambda entry: entry.header_offset):
        if each.header_offset != at:
            return True
        name, extra = (int.from_bytes(content[at + place : at + place + 2], "little") for place in (26, 28))
        at += 30 + name + extra + each.compress_size
    directory = sum(46 + len(each.filename.encode()) + len(each.extra) + len(each.comment) for each in entries)
    end = content.rfind(b"PK\x05\x06")
    return at + directory != end or end + 22 != len(content)


def _contents(archive: zipfile.ZipFile, problems: list[str]) -> dict[str, bytes]:
    found = {}
    for each in archive.infolist():
        try:
            with archive.open(each) as file:
                content = file.read(each.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
            problems.append(f"Filen {each.filename} er skadet i arkivet.")
            continue
        if len(content) != each.file_size:
            problems.append(f"Filen {each.filename} er ikke så stor som arkivet sier.")
        found[each.filename] = content
    return found
