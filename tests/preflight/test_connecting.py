"""What the preflight says of the way to an environment: certificates on both sides, proxies and clocks."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from eprom_verify.config import parse_config
from eprom_verify.masking import Mask
from eprom_verify.preflight import check
from eprom_verify.preflight.calling import Caller
from eprom_verify.preflight.finding import Finding, Mark, may_begin
from tests.preflight.conftest import KEY, LIMIT_S, Found
from tests.tls import DAY, Authority, Wild, answering, forward_proxy, page, speaking, wild_server


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPROM_VERIFY_API_KEY", KEY)
    monkeypatch.setattr(check, "Caller", functools.partial(Caller, limit_s=LIMIT_S))
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def eprom(ours: Authority) -> Iterator[Wild]:
    with wild_server(speaking(ours.server())) as server:
        server.behave = answering(404)
        yield server


def looked_at(port: int, *, mask: Mask | None = None, **connection: str) -> Found:
    told = {"eprom": f"https://127.0.0.1:{port}/promswebapi", "forbindelse": connection}
    return Found(list(check.examine(parse_config(told, "prøven"), mask or Mask())))


def of_eprom(found: Found) -> list[Finding]:
    return found.of("ePROM")


def test_by_whom_it_is_trusted(eprom: Wild, ours: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    found = looked_at(eprom.port, ca=str(ours.path))
    first, second, *_ = of_eprom(found)
    assert first.mark is Mark.FINE
    assert first.text.startswith("Sertifikatet til 127.0.0.1 er utstedt av Prøveutsteder og gyldig til ")
    assert first.text.endswith(f", og godkjent av utstederne i {ours.path} (ca i oppsettet).")
    assert second.text.startswith(f"ePROM svarer på https://127.0.0.1:{eprom.port}/promswebapi (404")
    monkeypatch.setenv("SSL_CERT_FILE", str(ours.path))
    assert of_eprom(looked_at(eprom.port))[0].text.endswith(", og godkjent av maskinens tillitslager.")


def test_not_trusted(eprom: Wild) -> None:
    [fault] = looked_at(eprom.port).faults
    assert fault.text.startswith(
        "Nådde ikke ePROM: sertifikatet til 127.0.0.1 er utstedt av en utsteder som maskinen ikke stoler på "
        "(utstedt av Prøveutsteder, gyldig til "
    )
    assert fault.text.endswith("Godkjennes av maskinens tillitslager.")
    assert "pek ca under [forbindelse]" in fault.remedy
    assert eprom.heard == []


@pytest.mark.parametrize(("ends", "told"), [(12 * DAY, ": 11 dager igjen."), (40 * DAY, "")])
def test_soon_over(ours: Authority, ends: timedelta, told: str) -> None:
    certificate, key = ours.client(ends=ends)
    with wild_server(speaking(ours.server(ends=ends), clients_of=ours)) as server:
        server.behave = answering(400)
        found = looked_at(server.port, ca=str(ours.path), klientsertifikat=str(certificate), klientnokkel=str(key))
    own, theirs, *_ = of_eprom(found)
    assert own.text.startswith("Klientsertifikatet CN=client er utstedt av Prøveutsteder og gyldig til ")
    assert may_begin(found.sections)
    for each in (own, theirs):
        assert (each.mark is Mark.NOTE) is bool(told)
        assert told in each.text
        assert (each.remedy == "Forny det før det går ut.") is bool(told)


def test_own_is_over(ours: Authority) -> None:
    certificate, key = ours.client(ends=-DAY)
    with wild_server(speaking(ours.server(), clients_of=ours)) as server:
        found = looked_at(server.port, ca=str(ours.path), klientsertifikat=str(certificate), klientnokkel=str(key))
    own, refused = found.faults
    assert own.text.endswith(": det er utløpt.")
    assert "krever et klientsertifikat, eller godtok ikke det som ble vist" in refused.text
    assert server.heard == []


def test_proxy(eprom: Wild, ours: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPROM_VERIFY_PROXY_USER", "bruker")
    monkeypatch.setenv("EPROM_VERIFY_PROXY_PASSWORD", "hemmelig-prøve")
    with forward_proxy() as proxy:
        mask = Mask()
        found = looked_at(eprom.port, mask=mask, ca=str(ours.path), proxy=proxy.url)
    first, second, third, *_ = of_eprom(found)
    assert first.text == f"Kallene går gjennom proxyen {proxy.url} (proxy i oppsettet), med innlogging."
    assert "er utstedt av Prøveutsteder" in second.text
    assert third.text.startswith("ePROM svarer på ")
    assert proxy.asked[0] == f"CONNECT 127.0.0.1:{eprom.port} HTTP/1.1"
    assert "hemmelig" not in mask.text("hemmelig-prøve")


def test_proxy_wants_login(eprom: Wild, ours: Authority) -> None:
    with forward_proxy(login="x") as proxy:
        [fault] = looked_at(eprom.port, ca=str(ours.path), proxy=proxy.url).faults
    assert fault.text == "Nådde ikke ePROM: proxyen krever innlogging (407)."
    assert "EPROM_VERIFY_PROXY_PASSWORD" in fault.remedy


@pytest.mark.parametrize("status", [200, 503])
def test_page(eprom: Wild, ours: Authority, status: int) -> None:
    eprom.behave = page(status)
    [fault] = looked_at(eprom.port, ca=str(ours.path)).faults
    assert f"svarte {status} med en nettside (HTML); ventet 4xx." in fault.text
    assert ("Logg inn" if status == 200 else "under vedlikehold") in fault.remedy.replace("logg inn", "Logg inn")


def test_clock(eprom: Wild, ours: Authority) -> None:
    late = format_datetime(datetime.now(UTC) - timedelta(hours=4), usegmt=True)
    eprom.behave = answering(404, Date=late)
    found: Any = looked_at(eprom.port, ca=str(ours.path))
    assert "Klokken der går 4 timer etter klokken her." in [each.text for each in of_eprom(found)]
