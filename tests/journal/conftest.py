"""A journal to write in, and the servers and callers round it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eprom_verify.clock import system_clock
from eprom_verify.contract import Contract
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.recorder import Recorder
from eprom_verify.masking import Mask
from eprom_verify.serving import Host

KEY = "K3y+of/the=system 1"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path / "journal.sqlite", mask=Mask([KEY]), clock=system_clock)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract()


@pytest.fixture
def recorder(journal: Journal, contract: Contract) -> Recorder:
    return Recorder(journal, contract, keys=[KEY])


@pytest.fixture
def host(journal: Journal) -> Iterator[Host]:
    """Stopped before the journal is closed."""
    with Host() as started:
        yield started
