"""What the guard stops: production, however it is written, and national ids, wherever they hide."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eprom_verify.contract.letter_documents import document_collection
from eprom_verify.errors import UnsafeNationalId, UnsafeTarget, UsageProblem
from eprom_verify.persons import NationalIdGuard, Series, Sex, refuse_production
from eprom_verify.persons.national_id import broken, generate

URL = "http://127.0.0.1:8080/webapi/api/v2/formorder"
SYNTHETIC = generate(random.Random(1), birth_date=date(1980, 5, 17), sex=Sex.WOMAN, series=Series.PLUS_80)


@pytest.mark.parametrize(
    "url",
    [
        "https://pasientrapportering.nhn.no/webapi",
        "HTTPS://PasientRapportering.NHN.no/webapi",
        "https://pasientrapportering.nhn.no",
        "https://pasientrapportering.nhn.no./webapi",
        "https://pasientrapportering.nhn.no:443/webapi",
        "http://pasientrapportering.nhn.no:8080",
        "https://user:pass@pasientrapportering.nhn.no/webapi",
        "https://user@example.org@pasientrapportering.nhn.no/",
        "https://pasientrapportering.nhn.no\\@example.org/",
        "https://pasientrapportering.nhn.no#@example.org/",
        "https://pasientrapportering.nhn.no?x=1",
        "https://www.pasientrapportering.nhn.no/webapi",
        "https://a.b.pasientrapportering.nhn.no/",
        "pasientrapportering.nhn.no/webapi",
        "pasientrapportering.nhn.no:443/webapi",
        "//pasientrapportering.nhn.no/webapi",
        "https:/pasientrapportering.nhn.no/webapi",
        "https:pasientrapportering.nhn.no/webapi",
        "https:\\\\pasientrapportering.nhn.no\\webapi",
        "https:///pasientrapportering.nhn.no/",
        "  https://pasientrapportering.nhn.no/webapi\n",
        "ht\ntps://pasient\trapportering.nhn.no/webapi",
        "https://pasient rapportering.nhn.no/",
        "https://pasient%72apportering.nhn.no/webapi",
        "https://pasientrapportering%2Enhn%2Eno/webapi",
        "https://pasient%2572apportering.nhn.no/webapi",
        "https%3A%2F%2Fpasientrapportering.nhn.no%2Fwebapi",
        "https://user%40x@pasientrapportering.nhn.no/",
        "https://ｐａｓｉｅｎｔｒａｐｐｏｒｔｅｒｉｎｇ.nhn.no/",
        "https://pasientrapportering．nhn．no/",
        "https://pasientrapportering。nhn。no/",
        "https://pasientrapportering｡nhn｡no/",
        "https://ⓟasientrapportering.nhn.no/",
        "https://paſientrapportering.nhn.no/",
        "https://pasient\u00adrapportering.nhn.no/",
        "https://pasient\u200brapportering.nhn.no/",
        "https://pasient\ufe0frapportering.nhn.no/",
        "https://%70%61%73%69%65%6e%74\u00adrapportering.nhn.no/",
        "https://xn--pasientrapportering-.nhn.no/",
        "https://pasientrapportering.xn--nhn-.no/",
        "wss://pasientrapportering.nhn.no/",
        "ftp://pasientrapportering.nhn.no/",
    ],
)
def test_production_refused(url: str) -> None:
    with pytest.raises(UnsafeTarget, match="produksjonsmiljøet"):
        refuse_production(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://pasientrapportering.qa.nhn.no/webapi",
        "https://proms.hemitdev.org/promswebapi",
        "https://PROMS.hemitdev.org.:443/promswebapi",
        "https://proms2.hemit.org",
        "http://127.0.0.1:54321/webapi",
        "http://[::1]:8080/",
        "http://localhost",
        "http://eprom_simulator:8080",
        "http://blåbær.example/",
        "https://pasientrapportering.nhn.no.example.org/",
        "https://ikkepasientrapportering.nhn.no/",
        "https://nhn.no/pasientrapportering.nhn.no",
        "http://localhost/?next=https://pasientrapportering.nhn.no/webapi",
        "https://a%2Fb:c%40d@localhost/",
    ],
)
def test_other_hosts_pass(url: str) -> None:
    refuse_production(url)


@pytest.mark.parametrize(
    "url",
    ["", " ", "https://", "/webapi/api", "https://:443/", "https://host:port/", "http://host:99999/", "https://[::1/",
     "https://[1.2.3.4]/", "https://a b/", "https://a..b/", "file:///etc/hosts", "https://%zz/", "http://\ud800/"],
)  # fmt: skip
def test_unreadable_address(url: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        refuse_production(url)
    assert not isinstance(caught.value, UnsafeTarget)


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    with suppress(UsageProblem):
        refuse_production(text)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _escaped(number: str) -> str:
    return "".join(f"\\u{ord(digit):04x}" for digit in number)


PLACES: dict[str, Callable[[str], tuple[str, dict[str, str], bytes]]] = {
    "path": lambda n: (f"{URL}/{n}/1", {}, b""),
    "query": lambda n: (f"{URL}?pnr={n}", {}, b""),
    "fragment": lambda n: (f"{URL}#{n}", {}, b""),
    "userinfo": lambda n: (f"http://{n}:x@localhost/", {}, b""),
    "percent-encoded path": lambda n: (URL + "/" + "".join(f"%{ord(d):02x}" for d in n), {}, b""),
    "encoded twice": lambda n: (URL + "/" + "".join(f"%25{ord(d):02x}" for d in n), {}, b""),
    "after encoded blank": lambda n: (f"{URL}?q=%20{n}", {}, b""),
    "encoded blank inside": lambda n: (f"{URL}?q={n[:6]}%20{n[6:]}", {}, b""),
    "encoded no-break space": lambda n: (f"{URL}?q={n[:6]}%C2%A0{n[6:]}", {}, b""),
    "plus inside": lambda n: (f"{URL}?q={n[:6]}+{n[6:]}", {}, b""),
    "header value": lambda n: (URL, {"X-Case": f"pasient={n};"}, b""),
    "header name": lambda n: (URL, {f"X-{n}": ""}, b""),
    "encoded header": lambda n: (URL, {"X-Case": quote(f"å {n}")}, b""),
    "plain text": lambda n: (URL, {}, f"Pasient {n[:6]} {n[6:]} møter".encode()),
    "latin-1 text": lambda n: (URL, {}, f"møt {n[:6]}\u00a0{n[6:]}".encode("latin-1")),
    "utf-16 JSON": lambda n: (URL, {}, json.dumps({"x": n}).encode("utf-16")),
    "JSON member": lambda n: (URL, {}, _json({"nationalId": n})),
    "JSON text": lambda n: (URL, {}, _json({"signingText": f"for {n}."})),
    "JSON name": lambda n: (URL, {}, _json({n: 1})),
    "JSON deep": lambda n: (URL, {}, _json({"a": [{"b": [[{"c": n}]]}]})),
    "JSON in JSON": lambda n: (URL, {}, _json({"metadata": json.dumps({"x": json.dumps([n])})})),
    "JSON escapes": lambda n: (URL, {}, f'{{"x": "{_escaped(n)}"}}'.encode()),
    "JSON escapes nested": lambda n: (URL, {}, _json({"metadata": f'{{"x": "{_escaped(n)}"}}'})),
    "JSON number": lambda n: (URL, {}, f'{{"x": {int(n)}}}'.encode()),
    "JSON decimal number": lambda n: (URL, {}, f'{{"x": {int(n)}.0}}'.encode()),
    "JSON exponent": lambda n: (URL, {}, f'{{"x": {int(n) / 1e10!r}e10}}'.encode()),
    "JSON with BOM": lambda n: (URL, {}, b"\xef\xbb\xbf" + _json({"x": _escaped(n)})),
    "JSON twice": lambda n: (URL, {}, f'{{"x": "{_escaped(n)}", "x": ""}}'.encode()),
    "broken JSON": lambda n: (URL, {}, f'{{"x": "{_escaped(n)}",}}'.encode()),
    "JSON without end": lambda n: (URL, {}, ("[" * 100_000 + f'"{n}"').encode()),
    "form": lambda n: (URL, {}, f"formId=1&nationalId={n}".encode()),
    "encoded form": lambda n: (URL, {}, quote(f"x={n[:6]}-{n[6:]}", safe="").encode()),
    "JSON in form": lambda n: (URL, {}, f"metadata={quote(json.dumps({'x': _escaped(n)}))}".encode()),
    "multipart": lambda n: (URL, {}, b'--b\r\nContent-Disposition: x\r\n\r\n\xff\xfe\x00' + n.encode() + b"\r\n--b--"),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_real_id_stopped(place: str, real_id: str) -> None:
    url, headers, body = PLACES[place](real_id)
    with pytest.raises(UnsafeNationalId, match=r"^Stanset før sending: ") as caught:
        NationalIdGuard().check_request(url, headers.items(), body)
    assert real_id not in str(caught.value)
    assert real_id not in repr(caught.value)


@pytest.mark.parametrize("place", PLACES)
def test_allowed_id_passes(place: str, real_id: str) -> None:
    url, headers, body = PLACES[place](real_id)
    NationalIdGuard(frozenset({real_id})).check_request(url, headers.items(), body)


@pytest.mark.parametrize("place", PLACES)
def test_synthetic_id_passes(place: str) -> None:
    url, headers, body = PLACES[place](SYNTHETIC)
    NationalIdGuard().check_request(url, headers.items(), body)


@pytest.mark.parametrize("place", PLACES)
def test_denied_id_stopped(place: str, denied_id: str) -> None:
    url, headers, body = PLACES[place](denied_id)
    guard = NationalIdGuard(frozenset({denied_id}), negative_cases=frozenset({denied_id}))
    with pytest.raises(UnsafeNationalId, match=r"eksempelnummeret|tidligere testperson") as caught:
        guard.check_request(url, headers.items(), body)
    assert denied_id not in str(caught.value)


def test_denied_ids_told_apart(denied_id: str) -> None:
    expected = "eksempelnummeret" if denied_id.endswith("651") else "tidligere testperson"
    with pytest.raises(UnsafeNationalId, match=expected):
        NationalIdGuard().check_request(URL, [], _json({"nationalId": f" {denied_id[:6]} {denied_id[6:]}"}))


@pytest.mark.parametrize("kind", ["h_number", "fh_number", "real_d_number", "only_from_2032"])
def test_other_kinds_stopped(kind: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(UnsafeNationalId, match="meldingen"):
        NationalIdGuard().check_request(URL, [], _json({"x": request.getfixturevalue(kind)}))


@pytest.mark.parametrize("member", ["nationalId", "NATIONALID", "onBehalfOfNationalId", "onbehalfofnationalid"])
@pytest.mark.parametrize(
    "value",
    [broken(SYNTHETIC), SYNTHETIC[:10], SYNTHETIC + "0", f" {SYNTHETIC}", f"{SYNTHETIC[:6]} {SYNTHETIC[6:]}", "x"],
    ids=["broken", "short", "long", "blank before", "blank inside", "letters"],
)
def test_mistyped_member_stopped(member: str, value: str) -> None:
    bodies = [
        _json({member: value}),
        _json({"metadata": json.dumps([{member: value}])}),
        f'{{"{member}": "{value}", "{member}": "{SYNTHETIC}"}}'.encode(),
    ]
    guard, simulator_guard = NationalIdGuard(), NationalIdGuard(negative_cases=frozenset({value}))
    for body in bodies:
        with pytest.raises(UnsafeNationalId, match=r"(?i)feltet (onBehalfOf)?nationalId"):
            guard.check_request(URL, [], body)
        simulator_guard.check_request(URL, [], body)
    with pytest.raises(UnsafeNationalId):
        guard.check_request(f"{URL}?{member}={quote(value)}", [], b"")


@pytest.mark.parametrize(
    "shape",
    [
        "nationalId={}&x=1",
        "x=1&onBehalfOfNationalId={}\n",
        '{{"nationalId": "{}",}}',
        "{{'nationalId':'{}'}}",
        '{{"m": "{{\\"nationalId\\": \\"{}\\"}}",}}',
    ],
    ids=["form", "form with line end", "broken JSON", "single quotes", "nested in broken JSON"],
)
def test_mistyped_unparsed_stopped(shape: str) -> None:
    guard = NationalIdGuard()
    guard.check_request(URL, [], shape.format(SYNTHETIC).encode())
    guard.check_request(URL, [], shape.format("".join(f"%{ord(digit):02x}" for digit in SYNTHETIC)).encode())
    for value in (broken(SYNTHETIC), SYNTHETIC[:10], f"{SYNTHETIC[:6]} {SYNTHETIC[6:]}"):
        with pytest.raises(UnsafeNationalId, match=r"(?i)feltet (onBehalfOf)?nationalId"):
            guard.check_request(URL, [], shape.format(value).encode())


@pytest.mark.parametrize("value", [None, "", " "])
def test_empty_member_passes(value: str | None) -> None:
    NationalIdGuard().check_request(URL, [], _json({"nationalId": value, "phoneNumber": "+47 0000 1234"}))


def test_member_as_number() -> None:
    NationalIdGuard().check_request(URL, [], f'{{"nationalId": {int(SYNTHETIC)}}}'.encode())
    with pytest.raises(UnsafeNationalId):
        NationalIdGuard().check_request(URL, [], f'{{"nationalId": {int(broken(SYNTHETIC))}}}'.encode())


def test_mistyped_elsewhere_passes() -> None:
    NationalIdGuard().check_request(URL, [("X-Ref", broken(SYNTHETIC))], _json({"ref": broken(SYNTHETIC)}))


def test_negative_cases_pass(h_number: str, fh_number: str) -> None:
    guard = NationalIdGuard(negative_cases=frozenset({h_number, fh_number}))
    for number in (h_number, fh_number):
        guard.check_request(f"{URL}/{number}", [("X-Case", number)], _json({"nationalId": number}))
        with pytest.raises(UnsafeNationalId):
            NationalIdGuard().check_request(URL, [], _json({"nationalId": number}))


def test_negative_case_never_real(real_id: str) -> None:
    guard = NationalIdGuard(negative_cases=frozenset({real_id, f"{real_id[:6]} {real_id[6:]}"}))
    for value in (real_id, f"{real_id[:6]} {real_id[6:]}"):
        with pytest.raises(UnsafeNationalId):
            guard.check_request(URL, [], _json({"nationalId": value}))


def test_guid_is_no_id(real_id: str) -> None:
    guid = f"1bc5f9f0-2607-49eb-94f0-a{real_id}"
    NationalIdGuard().check_request(f"{URL}/{guid}", [], _json({"id": guid, "x": [json.dumps({"id": guid})]}))


@pytest.mark.parametrize("depth", [10, 100_000])
def test_deep_body_survived(depth: int) -> None:
    NationalIdGuard().check_request(URL, [], b"[" * depth + b"]" * depth)


@pytest.mark.parametrize(
    "body",
    [b'{"x": 1e999999999}', b'{"x": ' + b"9" * 5000 + b"}", b'{"x": NaN, "y": -0.0}', b'"\\ud800"', b"\x00\x01\x02\xff",
     b'{"nationalId": true}', b'{"nationalId": {"x": []}}', b"%", b"%zz&=&nationalId", b"\\u12", b"{\x00"],
)  # fmt: skip
def test_odd_body_survived(body: bytes) -> None:
    NationalIdGuard().check_request(URL, [], body)


@given(st.binary(max_size=300))
def test_binary_body_survived(body: bytes) -> None:
    with suppress(UnsafeNationalId):
        NationalIdGuard().check_request(URL, [], body)


def test_pdf_is_no_text() -> None:
    """A large PDF is passed over, and what stands beside it is not."""
    letter = document_collection(b"%PDF-1.4\n" + b"\x00" * 5_000_000)
    guard = NationalIdGuard()
    guard.check_request("http://x/", (), json.dumps({"nationalId": "26670271527", "documents": letter}).encode())
    unsafe = {"documents": letter, "nationalId": "1" * 11}
    with pytest.raises(UnsafeNationalId):
        guard.check_request("http://x/", (), json.dumps(unsafe).encode())
