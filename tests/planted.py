"""Secrets, and every way in which another system can write them; made at run time, none of them anybody's."""

from __future__ import annotations

import base64
import gzip
import html
import json
import random
import zlib
from collections.abc import Callable
from datetime import date
from urllib.parse import quote, urlencode

from eprom_verify.persons.national_id import Series, Sex, classify, generate

KEY = "K3y+of/the=run.84"
TOKEN = "hook-Token_of~the-run*9"
GUID = "6f2b1c7e-90ab-4cde-8f01-23456789abcd"
CODE = "QX7RT2ZK"
OTHER_KEY = "nobody-told-the-mask"


def real_id(seed: int, *, zero: bool = False, d_number: bool = False) -> str:
    """A number of the format that people have: a synthetic one with its month put back and its digits made to fit."""
    rng = random.Random(seed)
    while True:
        born = date(1980, 1 + rng.randrange(12), (1 if zero else 10) + rng.randrange(9 if zero else 18))
        made = generate(rng, birth_date=born, sex=Sex.WOMAN, series=Series.PLUS_65, d_number=d_number)
        nine = f"{made[:2]}{int(made[2:4]) - 65:02d}{made[4:9]}"
        first = -sum(int(d) * w for d, w in zip(nine, (3, 7, 6, 1, 8, 9, 4, 5, 2), strict=True)) % 11
        ten = f"{nine}{first}"
        second = -sum(int(d) * w for d, w in zip(ten, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=False)) % 11
        if first < 10 and second < 10:
            assert classify(f"{ten}{second}").real_format
            return f"{ten}{second}"


def _each(written: str) -> Callable[[str], str]:
    return lambda text: "".join(written.format(ord(char)) for char in text)


def _each_byte(written: str) -> Callable[[str], str]:
    return lambda text: "".join(written.format(byte) for byte in text.encode())


_escaped = _each("\\u{:04x}")
_in_python = _each_byte("\\x{:02x}")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


WRITTEN: dict[str, Callable[[str], str]] = {
    "plain": str,
    "json": lambda text: json.dumps({"x": text}),
    "json in json": lambda text: json.dumps({"x": json.dumps({"y": text})}),
    "json thrice": lambda text: json.dumps({"x": json.dumps({"y": json.dumps([text])})}),
    "json as .NET": lambda text: json.dumps({"x": text}).replace("+", "\\u002B").replace("/", "\\/"),
    "json escaped": lambda text: f'{{"x":"{_escaped(text)}"}}',
    "json escaped twice": lambda text: json.dumps({"x": f'{{"y":"{_escaped(text)}"}}'}),
    "python": lambda text: f"b'{_in_python(text)}'",
    "percent": lambda text: quote(text, safe=""),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "percent all": _each_byte("%{:02X}"),
    "percent all twice": _each_byte("%25{:02x}"),
    "form": lambda text: urlencode({"x": text, "y": 1}),
    "entities": lambda text: f"<pre>{html.escape(text)}</pre>",
    "entities all": lambda text: f"<p>{_each('&#{};')(text)}</p>",
    "entities hexadecimal": lambda text: f"<p>{_each('&#x{:x};')(text)}</p>",
    "entities twice": lambda text: f"<p>{_each('&amp;#{};')(text)}</p>",
    "html of json": lambda text: f"<pre>{html.escape(json.dumps({'x': text}))}</pre>",
    "base64": _base64,
    "base64 of user": lambda text: _base64(f"user:{text}"),
    "base64 of user1": lambda text: _base64(f"user1:{text}"),
    "base64 of bare": lambda text: _base64(f":{text}"),
    "base64 in a url": lambda text: base64.urlsafe_b64encode(f"??>{text}>>?".encode()).decode().rstrip("="),
    "base64 of json": lambda text: _base64(json.dumps({"x": text})),
    "base64 twice": lambda text: _base64(_base64(f"<{text}>")),
    "base64 in json": lambda text: json.dumps({"x": _base64(f"?{text}").replace("/", "\\/")}),
    "base64 percent": lambda text: quote(_base64(f"??{text}"), safe=""),
    "base64 in a path": lambda text: f"/a/b/c/{_base64(text)}/d",
    "base64 of percent": lambda text: _base64(quote(text, safe="")),
    "base64 of entities": lambda text: _base64(_each("&#{};")(text)),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "base64 of gzip": lambda text: base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode(),
    "base64 in lines": lambda text: base64.encodebytes(b"." * 50 + text.encode() + b"." * 50).decode(),
    "jwt": lambda text: ".".join(
        base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=")
        for each in ({"alg": "x"}, {"sub": text})
    ),
}
"""By name: a text as it can be written in a header, an address or a body."""

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "zlib": zlib.compress,
    "deflate": lambda body: zlib.compress(body, wbits=-15),
    "two gzips": lambda body: gzip.compress(b"first", mtime=0) + gzip.compress(body, mtime=0),
    "UTF-16": lambda body: body.decode().encode("utf-16"),
    "UTF-16 big": lambda body: body.decode().encode("utf-16-be"),
    "UTF-16 in bytes": lambda body: b"\xff\x00\xfe" + body.decode().encode("utf-16-le") + b"\x80",
    "latin-1": lambda body: b"\xe6" + body,
    "with NUL": lambda body: b"\x00" + body + b"\x00",
}
"""By name: what a body can be packed in."""

IDS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "blank": lambda number: f"{number[:6]} {number[6:]}",
    "no-break space": lambda number: f"{number[:6]}\u00a0{number[6:]}",
    "thin space": lambda number: f"{number[:6]}\u202f{number[6:]}",
    "hyphen": lambda number: f"{number[:6]}-{number[6:]}",
    "other hyphen": lambda number: f"{number[:6]}\u2011{number[6:]}",
    "named space": lambda number: f"{number[:6]}&nbsp;{number[6:]}",
    "escaped space": lambda number: f"{number[:6]}\\u00a0{number[6:]}",
    "percent space": lambda number: f"{number[:6]}%20{number[6:]}",
    "plus": lambda number: f"{number[:6]}+{number[6:]}",
    "number": lambda number: f'{{"x":{number.lstrip("0")}}}',
    "number with fraction": lambda number: f"[{number.lstrip('0')}.0]",
    "address": lambda number: f"https://h/patient/{number}/x?id={number}",
}
"""By name: how a national id can be set."""
