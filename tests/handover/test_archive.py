"""What is done to an archive itself: none of it is unpacked, and each is told for what it is."""

from __future__ import annotations

import io
import stat
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eprom_verify.errors import UsageProblem
from eprom_verify.handover.archive import LARGEST_BYTES, read_archive, write_archive

FILES = {"a.txt": b"en", "b/c.txt": b"to" * 50}
AT = datetime(2026, 11, 27, 8, 0, 2, tzinfo=UTC)


@pytest.fixture
def good(tmp_path: Path) -> bytes:
    path = tmp_path / "god.zip"
    write_archive(path, FILES, at=AT)
    return path.read_bytes()


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes], list[str]]:
    """The problems of an archive, of which no file is given then."""

    def problems(content: bytes) -> list[str]:
        path = tmp_path / "arkiv.zip"
        path.write_bytes(content)
        files, problems = read_archive(path)
        assert bool(files) is not bool(problems)
        return problems

    return problems


def entry(
    name: str = "d.txt", *, mode: int = stat.S_IFREG | 0o644, method: int = zipfile.ZIP_DEFLATED
) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, (2026, 11, 27, 8, 0, 2))
    made.compress_type, made.create_system, made.external_attr = method, 3, mode << 16
    return made


def archive_of(*more: tuple[zipfile.ZipInfo, bytes], comment: bytes = b"") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in FILES.items():
            archive.writestr(entry(name), content)
        for each, content in more:
            archive.writestr(each, content)
        archive.comment = comment
    return made.getvalue()


def test_whole(good: bytes, tmp_path: Path) -> None:
    assert read_archive(tmp_path / "god.zip") == (FILES, [])
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


@pytest.mark.parametrize(
    "name",
    [
        "../d.txt",
        "b/../../d.txt",
        "/d.txt",
        "//vert/d.txt",
        "C:/d.txt",
        "C:d.txt",
        "b\\d.txt",
        "..\\d.txt",
        "./d.txt",
        "b//d.txt",
        "b/",
        "d.txt.",
        "d.txt ",
        " d.txt",
        "b./d.txt",
        "d.txt::$DATA",
        "con",
        "NUL.txt",
        "b/com1.json",
        "d?.txt",
        "d\n.txt",
        "résultat.json",
        "ｒesult.json",
        "result\u202ejson.exe",
        "d" * 300,
    ],
)
def test_name(name: str, read: Callable[[bytes], list[str]]) -> None:
    """What means something else, or nothing, on some system."""
    assert any("et navn som ikke kan brukes" in each for each in read(archive_of((entry(name), b"x"))))


@pytest.mark.parametrize("name", ["a.txt", "A.TXT", "B/c.txt"])
def test_same_name(name: str, read: Callable[[bytes], list[str]]) -> None:
    with pytest.warns(UserWarning, match="Duplicate") if name == "a.txt" else pytest.MonkeyPatch.context():
        content = archive_of((entry(name), b"noe annet"))
    assert any("ligger 2 ganger i arkivet" in each for each in read(content))


def test_link(read: Callable[[bytes], list[str]]) -> None:
    content = archive_of((entry("d.txt", mode=stat.S_IFLNK | 0o777), b"/etc/passwd"))
    assert "d.txt er ikke en vanlig fil." in read(content)


def test_comments(read: Callable[[bytes], list[str]]) -> None:
    assert "Arkivet har en kommentar, og det har ingen pakke." in read(archive_of(comment=b"hei"))
    told, noted = entry(), entry()
    told.comment, noted.extra = b"hei", b"\x99\x99\x03\x00hei"
    for each in (told, noted):
        assert "Filen d.txt har noe skjult ved siden av seg i arkivet." in read(archive_of((each, b"x")))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_other_method(method: int, read: Callable[[bytes], list[str]]) -> None:
    content = archive_of((entry(method=method), b"x" * 99))
    assert any("Filen d.txt er ikke pakket slik" in each for each in read(content))


def second(content: bytes) -> int:
    """Where the second file begins."""
    return content.index(b"PK\x03\x04", 4)


def listing(content: bytes) -> int:
    """Where the list of files begins."""
    return content.index(b"PK\x01\x02")


def inserted(content: bytes, at: int, more: bytes) -> bytes:
    """The archive with more bytes in it, of which its list of files knows."""
    made = bytearray(content[:at] + more + content[at:])
    end = made.rindex(b"PK\x05\x06")
    for place in [index for index in range(len(made)) if made[index : index + 4] == b"PK\x01\x02"]:
        offset = int.from_bytes(made[place + 42 : place + 46], "little")
        made[place + 42 : place + 46] = struct.pack("<L", offset + len(more) * (offset >= at))
    start = int.from_bytes(made[end + 16 : end + 20], "little")
    made[end + 16 : end + 20] = struct.pack("<L", start + len(more) * (at <= start))
    return bytes(made)


def test_bytes_besides(good: bytes, read: Callable[[bytes], list[str]]) -> None:
    """Before, between and after the files, and after the list of them."""
    for content in (
        b"MZ" + good,
        inserted(good, 0, b"MZ"),
        inserted(good, second(good), b"skjult"),
        inserted(good, listing(good), b"skjult"),
        good + b"skjult",
    ):
        assert read(content) == ["Arkivet har innhold utenom filene."]


@pytest.mark.parametrize(("at", "value"), [(4, 9), (7, 8), (8, 0), (14, 1), (18, 1), (22, 1), (30, ord("z"))])
def test_head_says_otherwise(at: int, value: int, good: bytes, read: Callable[[bytes], list[str]]) -> None:
    """Programs that read an archive from its beginning would see something else than those that read its list."""
    made = bytearray(good)
    made[at] = value
    assert read(bytes(made)) == ["Arkivet har innhold utenom filene."]


def test_hidden_in_head(good: bytes, read: Callable[[bytes], list[str]]) -> None:
    made = inserted(good, 30 + len("a.txt"), b"hei!")
    assert read(made[:28] + struct.pack("<H", 4) + made[30:]) == ["Arkivet har innhold utenom filene."]


def with_packed(name: str, packed: bytes, size: int, crc: int) -> bytes:
    """An archive of one file that says this of itself, and holds that."""
    info = entry(name)
    info.CRC, info.file_size, info.compress_size, info.header_offset = crc, size, len(packed), 0
    head = info.FileHeader()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.fp.write(head + packed)  # type: ignore[union-attr]
        archive.start_dir = len(head) + len(packed)
        archive.filelist.append(info)
        archive.NameToInfo[name] = info
        archive._didModify = True
    return made.getvalue()


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def test_hidden_after_content(read: Callable[[bytes], list[str]]) -> None:
    good = with_packed("d.txt", deflated(b"hei"), 3, zlib.crc32(b"hei"))
    assert read(good) == []
    hidden = with_packed("d.txt", deflated(b"hei") + b"skjult", 3, zlib.crc32(b"hei"))
    assert read(hidden) == ["Filen d.txt har noe skjult ved siden av seg i arkivet."]


@pytest.mark.parametrize(("content", "size"), [(b"hei" * 9, 3), (b"hei", 27)])
def test_other_size(content: bytes, size: int, read: Callable[[bytes], list[str]]) -> None:
    made = with_packed("d.txt", deflated(content), size, zlib.crc32(content))
    assert read(made) == ["Filen d.txt er ikke den som arkivet sier."]


def test_damaged(read: Callable[[bytes], list[str]]) -> None:
    assert read(with_packed("d.txt", b"\xff\xff\xff", 3, 0)) == ["Filen d.txt er skadet i arkivet."]
    wrong = with_packed("d.txt", deflated(b"hei"), 3, 1)
    assert read(wrong) == ["Filen d.txt er ikke den som arkivet sier."]


def test_encrypted(good: bytes, read: Callable[[bytes], list[str]]) -> None:
    made = bytearray(good)
    made[6] |= 1
    made[listing(good) + 8] |= 1
    assert "Filen a.txt er kryptert." in read(bytes(made))


def test_two_times(read: Callable[[bytes], list[str]]) -> None:
    later, never = entry(), entry()
    later.date_time, never.date_time = (2026, 11, 28, 8, 0, 2), (2026, 0, 0, 8, 0, 2)
    for each in (later, never):
        assert any("ikke samme tid" in problem for problem in read(archive_of((each, b"x"))))


def test_listed_twice(good: bytes, read: Callable[[bytes], list[str]]) -> None:
    """Two names for the same bytes, as in archives that unfold into far more than they are."""
    start, end = listing(good), good.rindex(b"PK\x05\x06")
    more = good[start : start + 46 + 5].replace(b"a.txt", b"d.txt")
    size = end - start + len(more)
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 3, 3, size, start, 0)
    assert read(good[:end] + more + tail) == ["Arkivet har innhold utenom filene."]


def test_counted_wrong(good: bytes, read: Callable[[bytes], list[str]]) -> None:
    made = bytearray(good)
    made[-12] = 1
    assert read(bytes(made)) == ["Arkivet har innhold utenom filene."]


def test_bomb(tmp_path: Path) -> None:
    """A small archive that would unfold into more than memory is refused before anything is unpacked."""
    packed = deflated(bytes(16 * 1024**2))
    path = tmp_path / "bombe.zip"
    path.write_bytes(with_packed("d.txt", packed * 40, 640 * 1024**2, 0))
    _refused_at_once(path)


def test_bomb_that_lies(tmp_path: Path) -> None:
    """It says that it is small: no more than it says is unpacked."""
    path = tmp_path / "bombe.zip"
    path.write_bytes(with_packed("d.txt", deflated(bytes(64 * 1024**2)), 1000, 0))
    _refused_at_once(path, "Filen d.txt er ikke den som arkivet sier.")


def test_too_many(tmp_path: Path) -> None:
    path = tmp_path / "mange.zip"
    write_archive(path, {f"{number}.txt": b"" for number in range(2001)}, at=AT)
    _refused_at_once(path)


def test_list_too_long(tmp_path: Path) -> None:
    """The list of files alone would fill the memory."""
    size = 46 * 200_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, size, 0, 0)
    path = tmp_path / "liste.zip"
    path.write_bytes(struct.pack("<4s42x", b"PK\x01\x02") * 200_000 + end)
    _refused_at_once(path, most=3 * size)


def test_made_for_larger(good: bytes, tmp_path: Path) -> None:
    """Where the length of the list has a place of its own (ZIP64)."""
    end = good.rindex(b"PK\x05\x06")
    path = tmp_path / "stor.zip"
    path.write_bytes(good[:end] + struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1) + good[end:])
    _refused_at_once(path)


def test_too_large(tmp_path: Path) -> None:
    path = tmp_path / "stor.zip"
    with path.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    _refused_at_once(path)


def _refused_at_once(
    path: Path, words: str = "Arkivet er mye større enn en pakke kan være.", most: int = 2_000_000
) -> None:
    tracemalloc.start()
    try:
        began = time.perf_counter()
        assert read_archive(path) == ({}, [words])
        assert time.perf_counter() - began < 5
        assert tracemalloc.get_traced_memory()[1] < most + 3 * min(path.stat().st_size, 10**6)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("content", [b"", b"hei", b"PK\x05\x06", b"PK\x03\x04" * 9])
def test_no_archive(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "noe.zip"
    path.write_bytes(content)
    with pytest.raises(UsageProblem, match="ikke en pakke fra eprom-verify, eller er skadet"):
        read_archive(path)


def test_cut_off(good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "kort.zip"
    for length in range(1, len(good) - 1, 7):
        path.write_bytes(good[:length])
        with pytest.raises(UsageProblem):
            read_archive(path)


@pytest.mark.parametrize("place", ["finnes-ikke.zip", "."])
def test_no_file(place: str, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="Finner ikke pakken"):
        read_archive(tmp_path / place)


def test_every_byte(good: bytes, read: Callable[[bytes], list[str]]) -> None:
    """No byte of an archive can be another without being noticed."""
    unread = []
    for place in range(len(good)):
        made = bytearray(good)
        made[place] ^= 0xFF
        try:
            if not read(bytes(made)):
                unread.append(place)
        except UsageProblem:
            continue
    assert unread == []
