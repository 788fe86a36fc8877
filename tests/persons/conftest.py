"""Vectors of national ids; the only real-format ones in the repository stand in the file that is read here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("national_ids.json").read_text(encoding="utf-8"))


def _number(what: str) -> str:
    return next(str(vector["number"]) for vector in VECTORS if vector["what"].startswith(what))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "vector" in metafunc.fixturenames:
        metafunc.parametrize("vector", VECTORS, ids=[vector["what"] for vector in VECTORS])


@pytest.fixture
def real_id() -> str:
    return _number("Skatteetaten 2032 ex.2")


@pytest.fixture
def real_d_number() -> str:
    return _number("D-number")


@pytest.fixture
def only_from_2032() -> str:
    return _number("Skatteetaten 2032 ex.3")


@pytest.fixture
def h_number() -> str:
    return _number("H-number")


@pytest.fixture
def fh_number() -> str:
    return _number("FH-number")


@pytest.fixture
def verification_person() -> str:
    return _number("Hemit published test person")


@pytest.fixture(params=["Hemit doc example", "Hemit old test person"])
def denied_id(request: pytest.FixtureRequest) -> str:
    return _number(request.param)
