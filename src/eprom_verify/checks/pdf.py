"""Real PDF files for the letters of the scenarios, of any size."""

from __future__ import annotations

import random

_SMALLEST = 1000
_ROOM = 160


def make_pdf(text: str, *, size: int = 0) -> bytes:
    """A PDF of one A4 page with a line of text; exactly `size` bytes, when that is 1000 or more.

    What fills it up is noise that does not compress, as in a scanned page. The same call gives the same bytes.
    """
    plain = _assembled(text, b"")
    if size < _SMALLEST:
        return plain
    noise = random.Random(size).randbytes(size - len(plain) - _ROOM)  # noqa: S311 - filling, not a secret
    filled = _assembled(text, noise)
    # Lengths and offsets are written in digits, so the last few bytes are given as blank lines.
    return filled + b"\n" * (size - len(filled))


def _assembled(text: str, noise: bytes) -> bytes:
    shown = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("cp1252", "replace")
    page = b"/Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< " + page + b" >>",
        _stream(b"BT /F1 14 Tf 72 760 Td (" + shown + b") Tj ET"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    if noise:
        objects.append(_stream(noise))
    out, offsets = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start, count = len(out), len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % count
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, start)
    return bytes(out)


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n" % len(content) + content + b"\nendstream"
