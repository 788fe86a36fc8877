"""Where the suite's own files are: in a checkout at its top, in an installed wheel inside the package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_elsewhere: list[Path] = []


def suite_root() -> Path:
    """The folder that holds features, steps, schemas and conftest.py."""
    if _elsewhere:
        return _elsewhere[-1]
    bundled = _PACKAGE / "_suite"
    return bundled if bundled.is_dir() else _PACKAGE.parents[1]


def schemas_dir() -> Path:
    """The folder of the JSON Schemas."""
    return suite_root() / "schemas"


def features_dir() -> Path:
    """The folder of the feature files and krav.toml."""
    return suite_root() / "features"


def look_in(root: Path) -> None:
    """Take the suite's files from this folder from now on: where the process that leads the run takes them."""
    _elsewhere.append(root)
