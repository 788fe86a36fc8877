"""The protocol's files: all three or none, and the order list vouched for by the protocol."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from eprom_verify.report import protocol_files
from eprom_verify.report.order_list import as_csv, orders_of
from eprom_verify.report.protocol_files import write_protocol
from tests.report.sample_protocol import APPROVED, EXCHANGES, REJECTED


def test_writes_all_three(tmp_path: Path) -> None:
    made = write_protocol(APPROVED, EXCHANGES, tmp_path, {"result.json": "f" * 64})
    assert sorted(each.name for each in tmp_path.iterdir()) == ["orders.csv", "protocol.html", "protocol.pdf"]
    assert made.pdf.read_bytes().startswith(b"%PDF-1.7")
    assert made.html.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert made.orders.read_bytes() == as_csv(orders_of(EXCHANGES))


def test_protocol_vouches_for_the_order_list(tmp_path: Path) -> None:
    made = write_protocol(APPROVED, EXCHANGES, tmp_path, {})
    assert hashlib.sha256(made.orders.read_bytes()).hexdigest() in made.html.read_text("utf-8")


def test_replaces_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "protocol.pdf").write_text("gammel")
    first = write_protocol(APPROVED, EXCHANGES, tmp_path, {}).pdf.read_bytes()
    second = write_protocol(REJECTED, EXCHANGES, tmp_path, {}).pdf.read_bytes()
    assert first != second
    assert write_protocol(APPROVED, EXCHANGES, tmp_path, {}).pdf.read_bytes() == first


def test_leaves_all_as_it_was_when_one_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orders.csv").write_text("gammel")

    def fail(content: object) -> bytes:
        raise RuntimeError("ingen PDF")

    monkeypatch.setattr(protocol_files, "protocol_pdf", fail)
    with pytest.raises(RuntimeError, match="ingen PDF"):
        write_protocol(APPROVED, EXCHANGES, tmp_path, {})
    assert [each.name for each in tmp_path.iterdir()] == ["orders.csv"]
    assert (tmp_path / "orders.csv").read_text() == "gammel"


def test_leaves_nothing_beside_when_the_folder_refuses(tmp_path: Path) -> None:
    (tmp_path / "protocol.html").mkdir()
    with pytest.raises(OSError, match="protocol"):
        write_protocol(APPROVED, EXCHANGES, tmp_path, {})
    assert [each for each in tmp_path.iterdir() if each.name.endswith(".tmp")] == []


def test_half_a_surrogate_pair_does_not_cost_the_page(tmp_path: Path) -> None:
    run = replace(APPROVED.run, performed_by="Kari \ud800")
    made = write_protocol(replace(APPROVED, run=run), EXCHANGES, tmp_path, {"\udfff": "a"})
    assert "Kari \ufffd" in made.html.read_text("utf-8")
