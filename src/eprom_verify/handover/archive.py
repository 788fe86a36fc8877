"""Reads and writes the archive: a ZIP that is the same from the same files, and of which nothing is taken on trust."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from eprom_verify.errors import UsageProblem

LARGEST_BYTES = 512 * 1024**2
"""More than this, packed or unpacked, is no package of ours."""
MOST_FILES = 2000
_MOST_SHRUNK = 100
"""Text and tables become some twenty times smaller, and nothing that a run leaves a hundred times."""
_SMALL = 1024**2
_LONGEST_NAME = 200
_RESERVED = {"con", "prn", "aux", "nul", *(f"{each}{number}" for each in ("com", "lpt") for number in range(10))}
_MODE = (stat.S_IFREG | 0o644) << 16
_UNIX = 3
_LISTED = struct.Struct("<4s2B24s4H2L")
_END = struct.Struct("<4s4H2LH")
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
            entry.create_system = _UNIX
            entry.external_attr = _MODE
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
    """The files of an archive by name, and what is wrong with it as an archive, in Norwegian; no files when any is.

    Nothing is unpacked before the whole of it is found to be as `write_archive` makes it.

    Raises:
        UsageProblem: there is no file at `path`, or it is no archive at all.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            return {}, [_TOO_LARGE]
        content = path.read_bytes()
    except OSError as exc:
        raise UsageProblem(f"Finner ikke pakken {path}, eller filen kan ikke leses.", "Sjekk stien.") from exc
    if _listing_bytes(content) > MOST_FILES * (46 + _LONGEST_NAME):
        return {}, [_TOO_LARGE]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            problems = list(_problems(archive, content))
            files = {} if problems else _contents(archive, content, problems)
            return {} if problems else files, problems
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OverflowError, struct.error) as exc:
        raise UsageProblem(f"{path} er ikke en pakke fra eprom-verify, eller er skadet.", "Hent den på nytt.") from exc


_TOO_LARGE = "Arkivet er mye større enn en pakke kan være."


def _listing_bytes(content: bytes) -> int:
    """How long the archive says that its list of files is, which is read before anything else can be looked at."""
    end = content.rfind(b"PK\x05\x06")
    if content[max(0, end - 20) : end].startswith(b"PK\x06\x07"):
        return 2**32  # the length stands elsewhere, since it would not have room here
    return int.from_bytes(content[end + 12 : end + 16], "little") if end >= 0 else 0


def _problems(archive: zipfile.ZipFile, content: bytes) -> Iterator[str]:
    entries = archive.infolist()
    unpacked = sum(each.file_size for each in entries)
    if len(entries) > MOST_FILES or unpacked > min(LARGEST_BYTES, _SMALL + _MOST_SHRUNK * len(content)):
        yield _TOO_LARGE
        return
    for names in _alike(entries):
        yield f"Filen {names[0]!r} ligger {len(names)} ganger i arkivet."
    for each in entries:
        if not _plain(each.filename):
            yield f"Filen {each.filename!r} har et navn som ikke kan brukes."
        elif each.flag_bits & 0x1:
            yield f"Filen {each.filename} er kryptert."
        elif not stat.S_ISREG(each.external_attr >> 16):
            yield f"{each.filename} er ikke en vanlig fil."
        elif each.extra or each.comment:
            yield f"Filen {each.filename} har noe skjult ved siden av seg i arkivet."
        elif each.flag_bits or each.compress_type != zipfile.ZIP_DEFLATED or each.external_attr != _MODE:
            yield f"Filen {each.filename} er ikke pakket slik eprom-verify gjør det."
    if len({each.date_time for each in entries}) > 1 or not all(_is_time(each) for each in entries):
        yield "Filene i arkivet har ikke samme tid, slik de har i en pakke."
    if archive.comment:
        yield "Arkivet har en kommentar, og det har ingen pakke."
    if not _is_tight(content, entries):
        yield "Arkivet har innhold utenom filene."


def _alike(entries: Sequence[zipfile.ZipInfo]) -> list[list[str]]:
    """The names that stand for the same file on some system: Windows does not tell capital letters from small ones."""
    counted = Counter(each.filename.casefold() for each in entries)
    return [
        [each.filename for each in entries if each.filename.casefold() == name]
        for name, count in counted.items()
        if count > 1
    ]


def _plain(name: str) -> bool:
    """Whether a name means one and the same file wherever the archive is unpacked."""
    parts = name.split("/")
    ok = name.isascii() and name.isprintable() and not set(name) & set('\\:*?"<>|') and len(name) <= _LONGEST_NAME
    return ok and all(
        part and part[-1] not in ". " and part[0] != " " and part.partition(".")[0].casefold() not in _RESERVED
        for part in parts
    )


def _is_time(entry: zipfile.ZipInfo) -> bool:
    try:
        datetime(*entry.date_time)  # noqa: DTZ001 - a ZIP has no time zones
    except ValueError:
        return False
    return True


def _is_tight(content: bytes, entries: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether there is nothing in the archive but its files, one after the other, and the list of them."""
    at = 0
    for each in sorted(entries, key=lambda entry: entry.header_offset):
        # What stands before a file is what the list says of it, since some programs read the one, and some the other.
        head = each.FileHeader()
        if each.header_offset != at or content[at : at + len(head)] != head:
            return False
        at += len(head) + each.compress_size
    listed = b"".join(map(_line, entries))
    end = _END.pack(b"PK\x05\x06", 0, 0, len(entries), len(entries), len(listed), at, 0)
    return content[at:] == listed + end


def _line(entry: zipfile.ZipInfo) -> bytes:
    """What the list says of a file, as we write it."""
    head = entry.FileHeader()
    tail = 0, 0, 0, 0, _MODE, entry.header_offset
    return _LISTED.pack(b"PK\x01\x02", zipfile.DEFAULT_VERSION, _UNIX, head[4:28], *tail) + head[30:]


def _contents(archive: zipfile.ZipFile, content: bytes, problems: list[str]) -> dict[str, bytes]:
    found = {}
    for each in archive.infolist():
        start = each.header_offset + len(each.FileHeader())
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            made = unpacker.decompress(content[start : start + each.compress_size], each.file_size + 1)
        except zlib.error:
            problems.append(f"Filen {each.filename} er skadet i arkivet.")
            continue
        if len(made) != each.file_size or zlib.crc32(made) != each.CRC:
            problems.append(f"Filen {each.filename} er ikke den som arkivet sier.")
        elif not unpacker.eof or unpacker.unused_data or unpacker.unconsumed_tail:
            problems.append(f"Filen {each.filename} har noe skjult ved siden av seg i arkivet.")
        found[each.filename] = made
    return found
