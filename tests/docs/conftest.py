"""What the tests of the documents share."""

from __future__ import annotations

import os

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: runs the tool itself, and takes some seconds")


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment of somebody who has set nothing up, in which Norwegian letters can be read from a pipe."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EPROM_VERIFY_", "PYTEST_"))}
    return kept | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
