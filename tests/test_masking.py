"""No secret survives what is captured, however it is written, and nothing else is touched."""

from __future__ import annotations

import base64
import html
import json
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from eprom_verify.masking import HIDDEN, Mask
from eprom_verify.persons.national_id import MASK, Series, Sex, generate

KEY = "K3y+of/the=system 1"
ODD_KEYS = [KEY, "pla1nkey", 'qu"ote<d>&key', "back\\slash\\key", "nøkkel-på-norsk", "emoji😀key", "+starts/with+"]

VECTORS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("persons").joinpath("national_ids.json").read_text(encoding="utf-8")
)
REAL_IDS = [str(each["number"]) for each in VECTORS if each["kind"] in ("fodselsnummer", "d-nummer")][:6]
REAL = next(number for number in REAL_IDS if number[0] != "0")
ZERO = next(number for number in REAL_IDS if number[0] == "0")
SYNTHETIC = [
    generate(random.Random(3), birth_date=date(1970, 1, 1), sex=Sex.WOMAN, series=series, d_number=d_number)
    for series in Series
    for d_number in (False, True)
]

# A GUID whose digits look like national ids, which it must keep.
GUID = f"{ZERO[:8]}-{ZERO[8:]}6-4a5b-8c7d-{REAL}f"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def html_page(secret: str) -> str:
    return f"<html><body><h1>Feil</h1><p title='{html.escape(secret)}'>Ugyldig: {html.escape(secret)}</p></body></html>"


ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda s: s,
    "json": lambda s: json.dumps({"x": s}),
    "json-utf8": lambda s: json.dumps({"x": s}, ensure_ascii=False),
    "json-in-json": lambda s: json.dumps({"x": json.dumps({"y": s})}),
    "json-in-json-in-json": lambda s: json.dumps({"x": json.dumps({"y": json.dumps([s])})}),
    "json-as-dotnet": lambda s: (
        json.dumps({"x": s}).replace("+", "\\u002B").replace("&", "\\u0026").replace("/", "\\/")
    ),
    "percent": lambda s: quote(s, safe=""),
    "percent-lower": lambda s: "".join(c if c.isalnum() and c.isascii() else quote(c, safe="").lower() for c in s),
    "percent-twice": lambda s: quote(quote(s, safe=""), safe=""),
    "percent-path": lambda s: quote(s),
    "form": lambda s: urlencode({"x": s, "y": 1}),
    "form-plus": lambda s: "x=" + quote_plus(s) + "&y=1",
    "html": html_page,
    "html-of-json": lambda s: f"<pre>{html.escape(json.dumps({'x': s}))}</pre>",
    "base64": b64,
    "base64-user": lambda s: b64(f"user:{s}"),
    "base64-longer-user": lambda s: b64(f"user12:{s}"),
    "base64-other-user": lambda s: b64(f"user1:{s}"),
    "base64-bare": lambda s: b64(f":{s}"),
    "base64-first": lambda s: b64(f"{s}:"),
    "base64-url": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "base64-in-json": lambda s: json.dumps({"x": b64(f":{s}").replace("/", "\\/")}),
    "base64-in-query": lambda s: "https://h/?x=" + quote(b64(s), safe=""),
}


def traces(secret: str) -> set[str]:
    """What would give a secret away: a good half of it, plain or in base64."""
    half = max(4, len(secret) * 2 // 3)
    return {secret[:half], secret[-half:], b64(secret)[: half + 2]}


def survives(secret: str, masked: str) -> bool:
    return any(trace in masked for trace in traces(secret) if len(trace) >= 4)


@pytest.mark.parametrize("encode", [pytest.param(way, id=name) for name, way in ENCODINGS.items()])
@pytest.mark.parametrize("secret", ODD_KEYS)
def test_known_secret_hidden(secret: str, encode: Callable[[str], str]) -> None:
    mask = Mask([secret])
    text = f"før {encode(secret)} etter"
    masked = mask.text(text)
    assert HIDDEN in masked
    assert not survives(secret, masked)
    assert masked.startswith("før ")
    assert masked.endswith(" etter")
    assert mask.text(masked) == masked


def test_short_key_hidden() -> None:
    assert Mask(["abcd"]).text("x abcd y") == f"x {HIDDEN} y"
    for text in ("abcd", ":abcd", "abcd:"):
        assert Mask(["abcd"]).text(f"Basic {b64(text)}") == f"Basic {HIDDEN}"


def test_neighbours_in_base64_kept() -> None:
    """Only the key is hidden in what was packed together with it."""
    packed = b64("a long user name before:") + b64("secret-key-12") + " " + b64("and after it")
    assert Mask(["secret-key-12"]).text(packed) == f"{b64('a long user name before:')}{HIDDEN} {b64('and after it')}"


def test_longer_secret_first() -> None:
    for secrets in (["hook-key", "hook-key-extra"], ["hook-key-extra", "hook-key"]):
        assert Mask(secrets).text("x hook-key-extra hook-key") == f"x {HIDDEN} {HIDDEN}"


def test_short_secret_left() -> None:
    assert Mask(["", "abc"]).text("abc") == "abc"


# Each row has a secret that nobody has told the mask of: it is known by where it stands.
UNKNOWN = "W0rd-nobody_t0ld"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"apiKey":"%s","b":1}', '{"apiKey":"[skjult]","b":1}'),
        ('{"APIKEY" : "%s"}', '{"APIKEY" : "[skjult]"}'),
        ('{\n  "api_key":\n\t"%s"\n}', '{\n  "api_key":\n\t"[skjult]"\n}'),
        ('{"a":[{"b":{"singleUseCode":"%s"}}]}', '{"a":[{"b":{"singleUseCode":"[skjult]"}}]}'),
        ('{"apiKey":"x\\"%s\\\\","b":""}', '{"apiKey":"[skjult]","b":""}'),
        ('{"singleuseCode":123456}', '{"singleuseCode":"[skjult]"}'),
        ('{"apiKey":["%s"]}', '{"apiKey":["[skjult]"]}'),
        ('{"loginUrl":"https://h/proms/form/"}', '{"loginUrl":"https://h/proms/form/"}'),
        ('{"apiKey":null,"singleUseCode":"","loginUrl": null}', '{"apiKey":null,"singleUseCode":"","loginUrl": null}'),
        ('{"apiKey":"%s', '{"apiKey":"[skjult]'),
        ('{"apiKey":"%s\\', '{"apiKey":"[skjult]'),
        (r'{"x":"{\"apiKey\":\"%s\",\"b\":1}"}', r'{"x":"{\"apiKey\":\"[skjult]\",\"b\":1}"}'),
        (r'{"x":"{\"apiKey\": null, \"b\":\"\"}"}', r'{"x":"{\"apiKey\": null, \"b\":\"\"}"}'),
        (r'{"x":"{\"apiKey\":\"%s\\\"y\",\"b\":1}"}', r'{"x":"{\"apiKey\":\"[skjult]\",\"b\":1}"}'),
        (r'{"x":"{\n  \"apiKey\":\n \"%s\"}"}', r'{"x":"{\n  \"apiKey\":\n \"[skjult]\"}"}'),
        (r'{"x":"{\"singleUseCode\":1234}"}', r'{"x":"{\"singleUseCode\":\"[skjult]\"}"}'),
        (r'"{\"x\":\"{\\\"apiKey\\\":\\\"%s\\\"}\"}"', r'"{\"x\":\"{\\\"apiKey\\\":\\\"[skjult]\\\"}\"}"'),
        (r'{"x":"{\u0022apiKey\u0022:\u0022%s\u0022}"}', r'{"x":"{\u0022apiKey\u0022:\u0022[skjult]\u0022}"}'),
        ("<pre>{&quot;apiKey&quot;:&quot;%s&quot;}</pre>", "<pre>{&quot;apiKey&quot;:&quot;[skjult]&quot;}</pre>"),
        ("{'apiKey': '%s', 'b': 1}", "{'apiKey': '[skjult]', 'b': 1}"),
        ("%%7B%%22apiKey%%22%%3A%%22%s%%22%%7D", "%7B%22apiKey%22%3A%22[skjult]%22%7D"),
        ("apiKey=%s&b=1", "apiKey=[skjult]&b=1"),
        ("a=1&singleUseCode=%s", "a=1&singleUseCode=[skjult]"),
        ("https://h/p?x-api-key=%s#f", "https://h/p?x-api-key=[skjult]"),
        ('{"u":"https://h/?apiKey=%s\\u0026b=1"}', '{"u":"https://h/?apiKey=[skjult]\\u0026b=1"}'),
        (r'{"u":"{\"v\":\"https://h/?apiKey=%s\"}"}', r'{"u":"{\"v\":\"https://h/?apiKey=[skjult]\"}"}'),
        ("to=https%%3A%%2F%%2Fh%%3FapiKey%%3D%s%%26b%%3D1", "to=https%3A%2F%2Fh%3FapiKey%3D[skjult]%26b%3D1"),
        ("Ugyldig apiKey: %s", "Ugyldig apiKey: [skjult]"),
        ("Authorization: Basic %s\r\nHost: h", "Authorization: Basic [skjult]\r\nHost: h"),
        ('{"headers":{"Authorization":"Bearer %s"}}', '{"headers":{"Authorization":"[skjult]"}}'),
        ('{"hook_token":"%s"}', '{"hook_token":"[skjult]"}'),
        ("https://user:%s@host/x", "https://user:[skjult]@host/x"),
        ('{"loginUrl":"https://h/proms/form/%s"}', '{"loginUrl":"https://h/proms/form/[skjult]"}'),
        (
            '{"loginUrl":"https:\\/\\/h\\/proms\\/formIdp\\/%s"}',
            '{"loginUrl":"https:\\/\\/h\\/proms\\/formIdp\\/[skjult]"}',
        ),
        ('{"loginUrl":"https://h/x/%s/start?a=/b"}', None),
        ('{"loginUrl":"%s"}', '{"loginUrl":"[skjult]"}'),
        ("Gå til https://h/proms/form/%s nå", "Gå til https://h/proms/form/[skjult] nå"),
        ("https://h/proms/Form/Edit/%s?a=1", "https://h/proms/Form/Edit/[skjult]?a=1"),
        ('{"sms":"https:\\/\\/h\\/proms\\/formIdp\\/%s."}', '{"sms":"https:\\/\\/h\\/proms\\/formIdp\\/[skjult]"}'),
        ("to=https%%3A%%2F%%2Fh%%2Fproms%%2Fform%%2F%s%%3Fa", "to=https%3A%2F%2Fh%2Fproms%2Fform%2F[skjult]%3Fa"),
    ],
)
def test_secret_place_hidden(text: str, masked: str | None) -> None:
    secret = GUID if masked is None else UNKNOWN
    filled = text % secret if "%s" in text else text
    seen = Mask().text(filled)
    assert secret not in seen
    assert seen.removesuffix("#f") == masked or masked is None
    assert Mask().text(seen) == seen
    assert Mask().body(filled.encode()) == seen.encode()


@pytest.mark.parametrize(
    "text",
    [
        '{"text":"apiKey:","b":"c"}',
        '{"text":"Feltet \\"apiKey\\" mangler","b":1}',
        json.dumps({"formId": GUID, "timestamp": "2026-05-09T08:00:00.1234567+02:00"}),
        "https://h/proms/api/v2/formorder?id=" + GUID,
        '{"number":12345678901,"other":1234567890,"phone":"+4790000000"}',
        '{"a":"b"}' + "\ufeff\u2028😀\x00",
        "",
    ],
    ids=["name", "name-in-text", "guid", "guid-in-query", "numbers", "odd-letters", "empty"],
)
def test_other_text_kept(text: str) -> None:
    mask = Mask([KEY])
    assert mask.text(text) == text
    assert mask.body(text.encode()) == text.encode()


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("Authorization", f"Basic {UNKNOWN}", "Basic [skjult]"),
        ("authorization", f"Bearer {UNKNOWN}", "Bearer [skjult]"),
        ("AUTHORIZATION", UNKNOWN, "[skjult]"),
        ("Authorization", f"{UNKNOWN} x", "[skjult]"),
        ("Authorization", "onlyletters x", "[skjult]"),
        ("Authorization", f"Basic {UNKNOWN} {UNKNOWN}", "Basic [skjult]"),
        ("Authorization", "", ""),
        ("Proxy-Authorization", f"Basic {UNKNOWN}", "Basic [skjult]"),
        ("Cookie", f"session {UNKNOWN}", "[skjult]"),
        ("Set-Cookie", f"a={UNKNOWN}; Path=/", "[skjult]"),
        ("X-Api-Key", UNKNOWN, "[skjult]"),
        ("X-Hook-Token", UNKNOWN, "[skjult]"),
        ("Ocp-Apim-Subscription-Key", UNKNOWN, "[skjult]"),
        ("Location", f"https://h/?apiKey={UNKNOWN}", "https://h/?apiKey=[skjult]"),
        pytest.param("X-Patient", REAL, MASK, id="national-id"),
        ("X-Echo", f"was {KEY}", "was [skjult]"),
        ("Content-Type", "application/json; charset=utf-8", "application/json; charset=utf-8"),
    ],
)
def test_header_hidden(name: str, value: str, masked: str) -> None:
    mask = Mask([KEY])
    assert mask.headers([(name, value)]) == ((name, masked),)
    assert mask.headers(mask.headers([(name, value)])) == ((name, masked),)


ID_PLACES = [
    "{}",
    "nr. {}.",
    '{{"nationalId":"{}","b":1}}',
    r'{{"x":"{{\"nationalId\":\"{}\"}}"}}',
    "nationalId={}&b=1",
    "https://h/patient/{}/x?id={}",
    "<td>{}</td>",
    '{{"{}":1}}',
]
SPLITS = ["{}{}", "{} {}", "{}-{}", "{}\u00a0{}", "{}+{}", "{}%20{}", "{}%C2%A0{}", r"{}\u00a0{}", r"{}\u0020{}"]


@pytest.mark.parametrize("place", ID_PLACES)
@pytest.mark.parametrize("split", SPLITS)
def test_national_id_hidden(place: str, split: str) -> None:
    for number in REAL_IDS:
        written = split.format(number[:6], number[6:])
        text = place.format(written, written)
        masked = Mask().body(text.encode()).decode()
        assert masked == place.format(MASK, MASK)
        assert Mask().text(masked) == masked


@pytest.mark.parametrize("number", SYNTHETIC)
def test_synthetic_id_kept(number: str) -> None:
    for place in ID_PLACES:
        text = place.format(number, number)
        assert Mask([KEY]).text(text) == text
    text = f'{{"nationalId":{number}}}'
    assert Mask().text(text) == text


@pytest.mark.parametrize(
    "number", [REAL, ZERO.lstrip("0"), f"{REAL}.0"], ids=["whole", "without-leading-zero", "as-decimal"]
)
def test_numeric_id_hidden(number: str) -> None:
    """As a JSON number, also without its leading zero; what is left is JSON still."""
    text = f'{{"a": "1, {REAL}, \\" 2", "nationalId": {number}, "c": [{number},1]}}'
    masked = Mask().text(text)
    assert json.loads(masked) == {"a": f'1, {MASK}, " 2', "nationalId": MASK, "c": [MASK, 1]}
    assert masked == f'{{"a": "1, {MASK}, \\" 2", "nationalId": "{MASK}", "c": ["{MASK}",1]}}'
    assert Mask().text(masked) == masked


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_any_encoding_hidden(encoding: str) -> None:
    text = f'{{"navn":"Åse Ødegård","apiKey":"{UNKNOWN}","echo":"{KEY}","nationalId":"{REAL}"}}'
    masked = Mask([KEY]).body(text.encode(encoding))
    expected = f'{{"navn":"Åse Ødegård","apiKey":"{HIDDEN}","echo":"{HIDDEN}","nationalId":"{MASK}"}}'
    assert masked == expected.encode(encoding)
    assert Mask([KEY]).body(masked) == masked


def test_binary_body_kept() -> None:
    """A PDF, or anything else: what holds no secret comes out as it went in, and what does is masked in place."""
    body = bytes(random.Random(5).randrange(256) for _ in range(5000))
    assert Mask([KEY]).body(body) == body
    assert Mask([KEY]).body(body + KEY.encode() + body) == body + HIDDEN.encode() + body


def test_cut_utf16_hidden() -> None:
    body = f'{{"echo":"{KEY}"}}'.encode("utf-16-le")[:-1]
    assert KEY.encode("utf-16-le") not in Mask([KEY]).body(body)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)
NAMES = st.sampled_from(["x", "navn", "apiKey", "ApiKEY", "singleUseCode", "loginUrl", "nationalId"])
SECRETS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=12, max_size=40).filter(
    lambda secret: not secret.isspace() and len(set(secret)) > 4
)


def planted(document: Any, name: str, secret: Any, path: list[int]) -> Any:
    """The document with a member put in at some depth."""
    if path and isinstance(document, list) and document:
        at = path[0] % len(document)
        return [planted(each, name, secret, path[1:]) if i == at else each for i, each in enumerate(document)]
    if path and isinstance(document, dict) and document:
        at = path[0] % len(document)
        items = enumerate(document.items())
        return {key: planted(each, name, secret, path[1:]) if i == at else each for i, (key, each) in items}
    return {"before": document, name: secret, "after": [document]}


@given(DOCUMENTS, NAMES, SECRETS, st.lists(st.integers(0, 9), max_size=3), st.integers(0, 2), st.booleans())
@example({}, "x", "ends with backslash\\", [], 1, True)
def test_planted_secret_gone(
    document: Any, name: str, secret: str, path: list[int], nesting: int, ensure_ascii: bool
) -> None:
    """However deep, and in JSON inside JSON; the document parses as it did, and is otherwise what it was."""
    mask = Mask([secret])
    assume(mask.text(json.dumps(document)) == json.dumps(document))
    body = planted(document, name, secret, path)
    expected = planted(document, name, HIDDEN, path)
    for _ in range(nesting):
        body, expected = (
            [json.dumps(body, ensure_ascii=ensure_ascii)],
            [json.dumps(expected, ensure_ascii=ensure_ascii)],
        )
    masked = mask.body(json.dumps(body, ensure_ascii=ensure_ascii).encode())
    assert masked.decode() == json.dumps(expected, ensure_ascii=ensure_ascii)
    assert mask.body(masked) == masked


@given(SECRETS, st.sampled_from(sorted(ENCODINGS)), st.text(max_size=20), st.text(max_size=20))
def test_encoded_secret_gone(secret: str, encoding: str, before: str, after: str) -> None:
    encoded = ENCODINGS[encoding](secret)
    masked = Mask([secret]).text(f"{before} {encoded} {after}")
    assert secret not in masked
    assert encoded not in masked
    assert HIDDEN in masked


@given(st.binary(max_size=300))
def test_any_bytes_masked(body: bytes) -> None:
    mask = Mask([KEY])
    once = mask.body(body)
    assert mask.body(once) == once


@given(st.text(st.sampled_from("apiKey\"\\:=%{}[]' u0022&,1Basic/"), max_size=60))
def test_hostile_text_stable(text: str) -> None:
    mask = Mask()
    once = mask.text(f'"apiKey"{text}')
    assert mask.text(once) == once


def test_ordinary_speed() -> None:
    """Printed, not demanded: machines differ."""
    order = {"formId": GUID, "nationalId": SYNTHETIC[0], "apiKey": KEY, "loginUrl": f"https://h/proms/form/{GUID}"}
    body = json.dumps([order] * (30_000 // len(json.dumps(order)))).encode()
    mask = Mask([KEY])
    started = perf_counter()
    for _ in range(20):
        mask.body(body)
    print(f"{len(body)} bytes with {body.count(KEY.encode())} keys: {(perf_counter() - started) * 50:.2f} ms")


MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    "unit",
    [
        '"apiKey":"',
        '\\"apiKey\\":\\"',
        '"apiKey":"\\"',
        '"apiKey":"\\\\',
        '"apiKey"',
        '"apiKey": ',
        '"apiKey"\\n',
        "apiKey=",
        "apiKey%3D",
        "apiKey \\",
        "\\",
        '\\"',
        '"',
        "proms/form",
        "proms\\\\/",
        "://a:",
        "@://",
        "%25",
        "123456 ",
        ":1234567890,",
        "Authorization: Basic ",
        "K3y\\",
        "K3y%25",
        "a",
        "+",
    ],
)
def test_hostile_input_finishes(unit: str) -> None:
    """No closing quotation mark, and nothing that a pattern could lose itself in."""
    mask = Mask([KEY, "\\+/\\+/\\+/"])
    body = (unit * (MEGABYTE // len(unit))).encode()
    started = thread_time()
    mask.body(body)
    # Two seconds where much else goes on; what loses itself takes minutes.
    assert thread_time() - started < 10, f"1 MB of {unit!r}"


@pytest.mark.parametrize(
    ("body", "masked"),
    [
        ("apiKey 'abc-123' doesn't exists", f"apiKey '{HIDDEN}' doesn't exists"),
        ("apiKey 'it's mine' doesn't exists", f"apiKey '{HIDDEN}' doesn't exists"),
        ('{"Message":"apiKey \'a b\' doesn\'t exists"}', f'{{"Message":"apiKey \'{HIDDEN}\' doesn\'t exists"}}'),
        (
            '{"Message":"apiKey \\u0027abc\\u0027 doesn\\u0027t exists"}',
            f'{{"Message":"apiKey \\u0027{HIDDEN}\\u0027 doesn\\u0027t exists"}}',
        ),
        ("<p>apiKey &#39;abc&#39; doesn&#39;t exists</p>", f"<p>apiKey &#39;{HIDDEN}&#39; doesn&#39;t exists</p>"),
        ("ApiKey 'abc", f"ApiKey '{HIDDEN}"),
        ("apiKey '' doesn't exists", "apiKey '' doesn't exists"),
    ],
)
def test_key_quoted_in_an_error_hidden(body: str, masked: str) -> None:
    assert Mask().text(body) == masked


@pytest.mark.parametrize("key", ["en-ukjent-noekkel", "it's a key", "a", "'"])
@pytest.mark.parametrize(
    "envelope",
    [
        "apiKey '{}' doesn't exists",
        '{{"Message":"apiKey \'{}\' doesn\'t exists"}}',
        '"apiKey \\u0027{}\\u0027 doesn\\u0027t exists"',
        "<p>apiKey &#39;{}&#39; doesn&#39;t exists</p>",
    ],
)
def test_refused_key_hidden(envelope: str, key: str) -> None:
    assert Mask().text(envelope.format(key)) == envelope.format(HIDDEN)


def test_refused_key_cut_off() -> None:
    assert Mask().text("apiKey 'en-ukjent-noek") == f"apiKey '{HIDDEN}"
    assert Mask().text("apiKey '' doesn't exists") == "apiKey '' doesn't exists"
