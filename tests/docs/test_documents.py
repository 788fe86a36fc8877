"""What the documents say is so: keys, options, exit codes, terms, dependencies and links."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from eprom_verify.cli import INTERRUPTED_EXIT, USAGE_EXIT, app
from eprom_verify.config import Config, load_config
from eprom_verify.verdict import Conclusion
from tests.docs.fenced import DOCUMENTS, ROLES, ROOT, blocks
from tests.test_layers import LAYERS

EXAMPLES = sorted(path for name in ("examples", "ci") for path in (ROOT / "docs" / name).iterdir() if path.is_file())
PROSE = [*DOCUMENTS, *EXAMPLES, ROOT / ".ci" / "run", *sorted((ROOT / "features").rglob("*.feature"))]
HOSTS = {"127.0.0.1", "docs.astral.sh", "eprom.hemit.org", "keepachangelog.com", "semver.org"}
COMMANDS = (
    "init",
    "check",
    "run",
    "listen",
    "attest",
    "package",
    "sign",
    "verify-package",
    "report",
    "simulator",
    "status",
    "journal",
    "faults",
    "requirements",
)

README = (ROOT / "README.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")


def label(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_exit_codes() -> None:
    table = dict(re.findall(r"^\| (\d+) \| ([^|]*?) *\|", README, re.MULTILINE))
    named = {str(each.exit_code): each.norwegian for each in Conclusion}
    assert table == named | {str(USAGE_EXIT): "", str(INTERRUPTED_EXIT): ""}


def keys_of(section: type[BaseModel]) -> dict[str, Any]:
    """The keys of a section as a file spells them, with those of the sections in it."""
    found: dict[str, Any] = {}
    for name, field in section.model_fields.items():
        inner: Any = field.annotation
        nested = isinstance(inner, type) and issubclass(inner, BaseModel)
        found[field.alias or name] = keys_of(inner) if nested else None
    return found


def test_example_has_every_key() -> None:
    example = ROOT / "docs" / "examples" / "eprom-verify.toml"
    document = tomllib.loads(example.read_text("utf-8"))
    for key, inner in keys_of(Config).items():
        assert key in document
        assert inner is None or set(document[key]) == set(inner)
    assert load_config(example).seed == 1


def test_example_shows_defaults() -> None:
    example = load_config(ROOT / "docs" / "examples" / "eprom-verify.toml")
    plain = example.model_dump(exclude={"seed", "personas", "forms", "privacy_settings"})
    assert plain == Config().model_dump(exclude={"seed", "personas", "forms", "privacy_settings"})


def test_readme_has_every_key() -> None:
    for key, inner in keys_of(Config).items():
        rows = re.findall(rf"^\| `\[?{key}\]?`.*(?:\n\|  +`.*)*", README, re.MULTILINE)
        assert len(rows) == 1, key
        assert all(f"`{each}`" in rows[0] for each in inner or ())


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_documented_options(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"], terminal_width=200)
    assert shown.exit_code == 0
    for document in DOCUMENTS:
        for rest in re.findall(rf"eprom-verify {command}\b([^`\n]*)", document.read_text("utf-8")):
            for option in re.findall(r"(?<!\S)(--?[a-z][\w-]*)", rest):
                assert option in shown.output, f"{document.name}: {option}"


def test_every_mentioned_option_exists() -> None:
    every = "".join(CliRunner().invoke(app, [each, "--help"], terminal_width=200).output for each in COMMANDS)
    for option in re.findall(r"`(--[a-z][\w-]*)", README):
        assert option in every


def test_every_command_documented() -> None:
    assert {each.name or each.callback.__name__ for each in app.registered_commands if each.callback} == set(COMMANDS)
    for command in COMMANDS:
        assert f"eprom-verify {command}" in README


@pytest.mark.parametrize("document", DOCUMENTS, ids=label)
def test_links(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8")):
        if urlsplit(target).scheme:
            continue
        path, _, anchor = target.partition("#")
        linked = (document.parent / path).resolve() if path else document
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def anchors(document: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PROSE, ids=label)
def test_addresses_are_public(path: Path) -> None:
    """Documents name no machine's own folders and no host but those that a reader is sent to."""
    text = path.read_text("utf-8")
    hosts = {urlsplit(url).hostname for url in re.findall(r"https?://[^\s)\"'`<>]+", text)}
    assert hosts - HOSTS == set()
    assert re.findall(r"(?<![\w.:}$*-])/(?:work|tmp|home|root|opt|var|Users)\b", text) == []


@pytest.mark.parametrize("path", PROSE, ids=label)
def test_about_the_project_alone(path: Path) -> None:
    """Nothing about how it was made, which a reader can neither see nor use."""
    # A comment on a pull request has such an address at GitHub.
    text = path.read_text("utf-8").lower().replace("/issues/", "/")
    assert (
        re.findall(r"\b(?:agents?|sessions?|prompts?|issues?|tickets?|sandbox\w*)\b|(?<!\w)#\d+|\btodo\b", text) == []
    )


def test_glossary_terms_exist() -> None:
    rows = re.findall(
        r"^\| [^|]+ \| `([^`]+)` \| [^|]+ · [^|]+ \|$", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.M
    )
    files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "schemas").rglob("*.json"), ROOT / "features" / "krav.toml"]
    words = set(re.findall(r"\w+", "\n".join(path.read_text("utf-8") for path in files)))
    assert len(rows) > 30
    assert [term for term in rows if term not in words] == []


def test_undocumented_members_in_limits() -> None:
    """Where a schema says that the documentation is silent, docs/limits.md says what the tool does."""
    limits = (ROOT / "docs" / "limits.md").read_text("utf-8")
    found = set()
    for path in (ROOT / "schemas").glob("*.json"):
        members = json.loads(path.read_text("utf-8")).get("properties", {})
        found |= {name for name, member in members.items() if "x-undocumented" in member}
    assert found
    # The members of the answer that repeat the order stand in one row, the plain ones of them as "the others".
    assert [name for name in sorted(found) if f"`{name}`" not in limits] == []


def test_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    wanted += project["build-system"]["requires"]
    names = {re.split(r"[^\w-]", each)[0] for each in wanted}
    table = ARCHITECTURE.partition("## Dependencies")[2]
    assert sorted(re.findall(r"^\| ([a-z][\w-]*) \|", table, re.MULTILINE)) == sorted(names)


def test_layers_described() -> None:
    table = ARCHITECTURE.partition("## Layers")[2].partition("\n## ")[0]
    rows = {name: re.findall(r"`(\w+)`", cell) for name, cell in re.findall(r"^\| (\w+) \| (`[^|]+) \|", table, re.M)}
    assert {name: set(parts) for name, parts in rows.items()} == {n: set(p.split()) for n, p in LAYERS.items()}
    assert list(rows) == list(LAYERS)[::-1]


def test_architecture_is_short() -> None:
    prose = ARCHITECTURE.partition("## Dependencies")[0].splitlines()
    assert sum(bool(line.strip()) and not line.startswith(("|", "#", "    ")) for line in prose) < 60


def test_changelog_has_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## \[{re.escape(version)}\] – \d{{4}}-\d\d-\d\d$", changes, re.MULTILINE)
    assert f"Versjon {version} " in README


def test_roles_are_known() -> None:
    roles = {block.role for document in DOCUMENTS for block in blocks(document)}
    assert roles <= {"", *ROLES}
