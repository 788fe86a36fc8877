"""The result tells which files it was judged by: what is weakened locally leaves a trace."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from eprom_verify.locations import suite_root
from eprom_verify.runner.seal import suite_digest, tool_digest
from eprom_verify.verdict import read_result
from tests.runner.suites import Suite


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return Suite.copied(tmp_path)


def test_copy_same(suite: Suite) -> None:
    assert suite_digest(suite.root) == suite_digest(suite_root())


def test_left_behind_ignored(suite: Suite) -> None:
    before = suite_digest(suite.root)
    (suite.root / "steps" / "__pycache__").mkdir()
    (suite.root / "steps" / "__pycache__" / "retur.pyc").write_bytes(b"x")
    (suite.root / "features" / ".DS_Store").write_bytes(b"x")
    assert suite_digest(suite.root) == before


@pytest.mark.parametrize(
    "place",
    [
        "features/bestilling/svar.feature",
        "features/krav.toml",
        "steps/retur.py",
        "schemas/editions/2023-10.json",
        "conftest.py",
    ],
)
def test_change_seen(suite: Suite, place: str) -> None:
    before = suite_digest(suite.root)
    path = suite.root / place
    path.write_bytes(path.read_bytes() + b"\n")
    assert suite_digest(suite.root) != before


def test_removed_and_moved_seen(suite: Suite) -> None:
    digests = {suite_digest(suite.root)}
    path = suite.feature("svar")
    shutil.move(path, path.with_name("svarene.feature"))
    digests.add(suite_digest(suite.root))
    path.with_name("svarene.feature").unlink()
    digests.add(suite_digest(suite.root))
    assert len(digests) == 3


def test_row_deleted_leaves_trace(suite: Suite) -> None:
    """A suite with a row less is whole in itself, and runs; the digest is what tells."""
    rows = suite.feature("distribusjonsregler")
    lines = rows.read_text("utf-8").splitlines(keepends=True)
    table = [number for number, line in enumerate(lines) if line.strip().startswith("|")]
    rows.write_text("".join(line for number, line in enumerate(lines) if number != table[-1]), "utf-8")
    done = suite.run("-k", "1.2")
    assert done.returncode == 3, done.stderr
    [result] = (suite.root.parent / "reports").glob("2*/result.json")
    versions = read_result(result).run.versions
    assert versions["suite_digest"] == suite_digest(suite.root)
    assert versions["suite_digest"] != suite_digest(suite_root())
    assert versions["tool_digest"] == tool_digest()
