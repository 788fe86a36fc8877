"""The PDF files of the letters are real ones, of just the size that was asked for."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from eprom_verify.checks.pdf import make_pdf


@pytest.mark.parametrize("size", [1000, 1001, 1009, 1010, 1137, 9999, 10_000, 99_999, 100_001, 1_000_000])
def test_size_exact(size: int) -> None:
    assert len(make_pdf("Prøvebrev", size=size)) == size


@pytest.mark.parametrize("size", [0, 1000, 54_321])
def test_cross_references_hold(size: int) -> None:
    pdf = make_pdf("Prøve (med klammer) og \\", size=size)
    assert pdf.startswith(b"%PDF-1.4\n")
    start = int(pdf.rsplit(b"startxref\n", 1)[1].split()[0])
    table = pdf[start:]
    assert table.startswith(b"xref\n0 ")
    offsets = [int(each) for each in re.findall(rb"^(\d{10}) 00000 n $", table, re.MULTILINE)]
    assert offsets
    for number, offset in enumerate(offsets, start=1):
        assert pdf[offset:].startswith(b"%d 0 obj\n" % number)
    for found in re.finditer(rb"/Length (\d+) >>\nstream\n", pdf):
        assert pdf[found.end() + int(found[1]) :].startswith(b"\nendstream")


def test_same_again() -> None:
    assert make_pdf("x", size=5000) == make_pdf("x", size=5000) != make_pdf("y", size=5000)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext")
@pytest.mark.parametrize("size", [0, 2_000_000])
def test_readable(size: int, tmp_path: Path) -> None:
    path = tmp_path / "brev.pdf"
    path.write_bytes(make_pdf("Blåbærsyltetøy på en skål", size=size))
    read = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True)
    assert read.stdout.decode().split("\n")[0] == "Blåbærsyltetøy på en skål"
    assert read.stderr == b""
