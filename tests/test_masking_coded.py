"""What is secret is hidden however it is coded or packed, and nothing else is touched."""

from __future__ import annotations

import base64
import gzip
import json
import random
import tracemalloc
from time import thread_time

import pytest

from eprom_verify.masking import HIDDEN, Mask, without_last_word
from eprom_verify.masking.coded import decoded
from tests.planted import CODE, GUID, IDS, KEY, OTHER_KEY, PACKED, TOKEN, WRITTEN, real_id

PLACES = {
    "key": KEY,
    "token": TOKEN,
    "code": f"Koden er {CODE}.",
    "id": real_id(1),
    "id that begins with zero": real_id(2, zero=True),
    "D-number": real_id(3, d_number=True),
    "id in JSON": json.dumps({"nationalId": real_id(4)}),
    "login address": f"https://h/proms/form/{GUID}",
    "login address with ID-porten": f"https://h/proms/formIdp/{GUID}?x=1",
    "key that nobody knows": json.dumps({"apiKey": OTHER_KEY, "b": 1}),
    "code that nobody knows": json.dumps({"singleUseCode": OTHER_KEY}),
    "pair": f"apiKey={OTHER_KEY}",
}
SECRETS = [KEY, TOKEN, CODE, GUID, OTHER_KEY, real_id(1), real_id(2, zero=True), real_id(3, d_number=True), real_id(4)]
HARMLESS = json.dumps({"navn": "Åse Ødegård", "tekst": "Vekt 70 %, smerte 3 & bedre", "id": GUID, "nr": 1234567})


def mask() -> Mask:
    made = Mask([KEY, TOKEN])
    made.learn_code(CODE)
    return made


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("written", WRITTEN)
def test_coded_secret_hidden(place: str, written: str) -> None:
    coded = WRITTEN[written](PLACES[place])
    for text in (coded, f"før {coded} etter", f'{{"a":1}} {coded}'):
        masked = mask().text(text)
        assert coded not in masked
        assert not [each for each in SECRETS if each in masked]
        assert mask().text(masked) == masked


@pytest.mark.parametrize("setting", IDS)
@pytest.mark.parametrize("written", ["plain", "json", "percent all", "entities all", "python", "base64"])
def test_set_id_hidden(setting: str, written: str) -> None:
    for number in (real_id(5), real_id(6, zero=True), real_id(7, d_number=True)):
        text = WRITTEN[written](IDS[setting](number))
        if setting.startswith("number") and number[0] == "0" and written in ("json", "entities all", "python"):
            # Ten digits in a text are no id: only as a number of JSON have they lost a zero.
            continue
        assert mask().text(text) != text


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("packing", PACKED)
def test_packed_secret_hidden(place: str, packing: str) -> None:
    body = PACKED[packing](f'{{"x": "y"}} {PLACES[place]}'.encode())
    encoding = packing if packing == "deflate" else ""
    masked = mask().body(body, encoding=encoding)
    assert masked != body
    assert mask().body(masked) == masked
    opened = gzip.decompress(masked) if masked[:2] == b"\x1f\x8b" else masked
    assert not [each for each in SECRETS if each.encode() in opened.replace(b"\x00", b"")]


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("packing", PACKED)
def test_other_text_kept(written: str, packing: str) -> None:
    body = PACKED[packing](WRITTEN[written](HARMLESS).encode())
    assert mask().body(body, encoding=packing if packing == "deflate" else "") == body


def test_unknown_packing_not_kept() -> None:
    """What cannot be opened can hold anything; what is text after all stays."""
    assert (
        mask().body(b"\x0b\x02\x80ab\xff", encoding="br")
        == b"[skjult: pakket p\xc3\xa5 en m\xc3\xa5te som ikke kan \xc3\xa5pnes]"
    )
    assert mask().body(b'{"a": 1}', encoding="br") == b'{"a": 1}'
    assert mask().body(b"\xff\xfe\xfd", encoding="") == b"\xff\xfe\xfd"


def test_broken_gzip_hidden() -> None:
    """Cut off in the middle of the key, which would not be known for one."""
    noise = base64.b64encode(random.Random(1).randbytes(30_000)).decode().replace("+", " ")
    packed = gzip.compress(f"{noise} {KEY} {noise}".encode(), mtime=0)
    for kept in range(len(packed) // 2 - 60, len(packed) // 2 + 60, 7):
        masked = gzip.decompress(mask().body(packed[:kept]))
        assert KEY[:6].encode() not in masked
        assert masked.startswith(noise[:1000].encode())


def test_bomb_finishes() -> None:
    started = thread_time()
    masked = mask().body(gzip.compress(b"a b " * 50_000_000, mtime=0))
    assert thread_time() - started < 20
    assert len(gzip.decompress(masked)) <= 16 * 1024 * 1024


@pytest.mark.parametrize("most", [7, len(KEY) - 1])
def test_begun_secret_hidden(most: int) -> None:
    """At the end, where somebody cut the text off."""
    assert mask().text(f"x {KEY[:most]}") == f"x {HIDDEN}"
    assert mask().text(f"x {KEY[:5]}") == f"x {KEY[:5]}"


def test_last_word_dropped() -> None:
    assert without_last_word(b'{"a": "b c d') == b'{"a": "b c '
    assert without_last_word(b"a " + b"b" * 10_000) == b"a " + b"b" * (10_000 - 256)


def test_code_alone_hidden() -> None:
    assert mask().text(f"{CODE} ({CODE}) x{CODE} {CODE}9") == f"{HIDDEN} ({HIDDEN}) x{CODE} {CODE}9"
    made = Mask()
    for short in ("ABC12", "123456", "1234567"):
        made.learn_code(short)
        assert made.text(f"{short} her") == f"{short} her"


def test_documents_kept() -> None:
    """A PDF in base64 must be known again by its hash; what stands in it is not read."""
    text = json.dumps({"content": base64.b64encode(b"%PDF-1.7\n" + real_id(1).encode()).decode()})
    assert mask().text(text) == text


def test_values_masked() -> None:
    """Numbers stay numbers, whatever they look like."""
    number = int(real_id(8))
    document = {KEY: [KEY, 1, None, True, {"a": real_id(8)}], "n": number}
    assert mask().values(document) == {HIDDEN: [HIDDEN, 1, None, True, {"a": "[skjult fødselsnummer]"}], "n": number}


MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    "unit",
    [
        "%25",
        "%2525 ",
        "\\u0041",
        "\\\\u0041\\",
        "&amp;",
        "&#65;",
        "&amp;#",
        "A",
        "QUFB",
        "AAAA\n",
        "\\x41",
        "YXBpS2V5 ",
        "\x1f\x8b\x08",
        "a\x00",
        '%41"',
        "&#x41; ",
    ],
)
def test_hostile_codes_finish(unit: str) -> None:
    body = (unit * (MEGABYTE // len(unit))).encode()
    started = thread_time()
    mask().body(body)
    assert thread_time() - started < 15, f"1 MB of {unit!r}"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("%C3%A5%41", "åA"),
        ("é%c3%a9é", "ééé"),
        ("%C3A%A9", "\ufffdA\ufffd"),
        ("%E2%82", "\ufffd"),
        ("%E2%82%E2%82%AC", "\ufffd€"),
        ("%F0%9F%98%80", "😀"),
        ("%ED%A0%80", "\ufffd" * 3),
        ("%25C3%2525A5", "å"),
        ("70 %, %zz%4", "70 %, %zz%4"),
    ],
)
def test_percent_read(text: str, read: str) -> None:
    assert decoded(text) == read


@pytest.mark.parametrize("before", range(65_536 - 16, 65_536 + 2))
def test_place_found_wherever_it_stands(before: int) -> None:
    """A long text is looked through a piece at a time: here a name, or an address, stands across where two meet."""
    for text in (f'"singleUseCode": "{OTHER_KEY}"', f"https://h/proms/form/{GUID}"):
        masked = mask().text("." * before + text + "." * 70_000)
        assert OTHER_KEY not in masked
        assert GUID not in masked
        assert HIDDEN in masked


def test_little_memory_for_a_document() -> None:
    """A document has hundreds of thousands of letters that are not ASCII: none is to become a piece of its own."""
    document = b"%PDF-1.7 %41" + random.Random(5).randbytes(1_048_576)
    tracemalloc.start()
    try:
        mask().body(document)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20 * len(document)
