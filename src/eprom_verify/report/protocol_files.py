"""The protocol of a run as files in its folder: to sign, to read, and the order list for a spreadsheet."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eprom_verify.exchange import Exchange
from eprom_verify.report.order_list import as_csv, orders_of
from eprom_verify.report.protocol import content_of
from eprom_verify.report.protocol_html import protocol_html
from eprom_verify.report.protocol_pdf import protocol_pdf
from eprom_verify.verdict import RunResult

PDF, HTML, ORDERS = "protocol.pdf", "protocol.html", "orders.csv"


@dataclass(frozen=True)
class ProtocolFiles:
    """Where the three forms stand."""

    pdf: Path
    html: Path
    orders: Path


def write_protocol(
    result: RunResult, exchanges: Sequence[Exchange], folder: Path, checksums: Mapping[str, str]
) -> ProtocolFiles:
    """Write the protocol and the order list of a run; files that are there are replaced, whole or not at all.

    `checksums` are the SHA-256, in hexadecimal, of the files that the protocol is to vouch for, by name; that of the
    order list is added. All three are made before the first is put in its place.

    Raises: OSError when the folder cannot be written to.
    """
    lines = orders_of(exchanges)
    listed = as_csv(lines)
    content = content_of(result, lines, {**checksums, ORDERS: hashlib.sha256(listed).hexdigest()})
    made = {
        ORDERS: listed,
        HTML: protocol_html(content).encode("utf-8", "replace"),
        PDF: protocol_pdf(content),
    }
    beside = {name: folder / f".{name}.{os.getpid()}.tmp" for name in made}
    try:
        for name, data in made.items():
            _write(beside[name], data)
        for name in made:
            beside[name].replace(folder / name)
    finally:
        for each in beside.values():
            each.unlink(missing_ok=True)
    return ProtocolFiles(folder / PDF, folder / HTML, folder / ORDERS)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
