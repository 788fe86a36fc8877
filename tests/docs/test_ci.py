"""The templates for CI systems are valid, and their commands do what they say; and docs/ci.md tells the truth."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from eprom_verify.locations import features_dir
from eprom_verify.verdict import Conclusion, Outcome, WaiverState, load_catalogue, load_waivers, read_result
from tests.docs.fenced import ROOT, arguments, blocks

TEMPLATES = {
    "github-actions.yml": ["vendor.github-workflows", "custom.github-workflows-require-timeout"],
    "azure-pipelines.yml": ["vendor.azure-pipelines"],
    "gitlab-ci.yml": ["vendor.gitlab-ci"],
}
WAYS = {
    "vendor.azure-pipelines": ["--data-transform", "azure-pipelines", "--regex-variant", "nonunicode"],
    "vendor.gitlab-ci": ["--data-transform", "gitlab-ci"],
}
EXAMPLE = ROOT / "docs" / "examples" / "dispensasjoner.toml"
BASH = shutil.which("bash") or ""
needs_bash = pytest.mark.skipif(os.name == "nt" or not BASH, reason="the templates' commands are for bash")


def text_of(name: str) -> str:
    return (ROOT / "docs" / "ci" / name).read_text("utf-8")


def complaint(name: str, schema: str, text: str, folder: Path) -> str:
    """What a schema says against a template; "" when it says nothing. The schemas come with check-jsonschema."""
    (folder / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", *WAYS.get(schema, []), "--builtin-schema", schema]
    done = subprocess.run([*command, folder / name], capture_output=True, text=True, encoding="utf-8", timeout=300)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr if done.returncode else ""


CHECKS = [(name, schema) for name, schemas in TEMPLATES.items() for schema in schemas]


@pytest.mark.parametrize(("name", "schema"), CHECKS)
def test_template_is_valid(name: str, schema: str, tmp_path: Path) -> None:
    assert complaint(name, schema, text_of(name), tmp_path) == ""


PLANTED = [
    ("github-actions.yml", "vendor.github-workflows", "runs-on: ubuntu-latest", "runs_on: ubuntu-latest"),
    ("github-actions.yml", "vendor.github-workflows", "checks: write", "checks: skriv"),
    ("github-actions.yml", "custom.github-workflows-require-timeout", "timeout-minutes: 30\n", "name: uten grense\n"),
    ("azure-pipelines.yml", "vendor.azure-pipelines", "versionSpec", "versionSpec: 3\n        - x"),
    ("azure-pipelines.yml", "vendor.azure-pipelines", "timeoutInMinutes", "timeoutMinutes"),
    ("gitlab-ci.yml", "vendor.gitlab-ci", "when: always", "when: alltid"),
    ("gitlab-ci.yml", "vendor.gitlab-ci", "  script:", "  skript:"),
]


@pytest.mark.parametrize(("name", "schema", "good", "bad"), PLANTED, ids=range(len(PLANTED)))
def test_planted_error_is_found(name: str, schema: str, good: str, bad: str, tmp_path: Path) -> None:
    assert good in text_of(name)
    assert complaint(name, schema, text_of(name).replace(good, bad), tmp_path) != ""


def scripts(name: str) -> list[tuple[str, dict[str, str]]]:
    """Each command of a template, in order, with the names in the environment that is set for it alone."""
    document: dict[str, Any] = yaml.safe_load(text_of(name))
    if name == "gitlab-ci.yml":
        job = document["eprom-verify"]
        return [(line, {}) for part in ("before_script", "script", "after_script") for line in job[part]]
    job = document["jobs"]["eprom-verify"] if name == "github-actions.yml" else document["jobs"][0]
    found = [(step.get("run") or step.get("bash"), step.get("env", {})) for step in job["steps"]]
    return [(script, env) for script, env in found if script]


def script_with(name: str, words: str) -> str:
    [found] = [script for script, _ in scripts(name) if words in script]
    return found


@needs_bash
@pytest.mark.parametrize("name", TEMPLATES)
def test_commands_are_bash(name: str) -> None:
    for script, _ in scripts(name):
        done = subprocess.run([BASH, "-n"], input=script, text=True, encoding="utf-8", capture_output=True, timeout=30)
        assert (done.returncode, done.stderr) == (0, ""), script


@needs_bash
@pytest.mark.slow
@pytest.mark.parametrize("name", TEMPLATES)
def test_command_runs(name: str, tmp_path: Path, environment: dict[str, str]) -> None:
    """The verification itself, as the template calls it, of one requirement to save time."""
    [program] = arguments("python -m uv run eprom-verify")
    shim = tmp_path / "bin" / "eprom-verify"
    shim.parent.mkdir()
    shim.write_text(f'#!{BASH}\nexec "{program}" "$@" --no-html -k 1.2\n', encoding="utf-8")
    shim.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    env = environment | {"PATH": f"{shim.parent}{os.pathsep}{environment['PATH']}"}
    command = [BASH, "-e", "-c", script_with(name, "eprom-verify run")]
    done = subprocess.run(command, cwd=work, env=env, capture_output=True, text=True, encoding="utf-8", timeout=900)
    assert done.returncode == 3, done.stdout + done.stderr
    assert (work / "eprom-verify.md").read_text("utf-8").startswith("## ⚠️ ePROM-verifikasjon: Ufullstendig")
    assert (work / "eprom-verify-junit.xml").read_bytes() == (work / "reports/latest/junit.xml").read_bytes()
    collected = [script for script, _ in scripts(name) if "rm -f reports/latest" in script]
    for script in collected:
        subprocess.run([BASH, "-e", "-c", script], cwd=work, env=env, check=True, timeout=60)
        assert not (work / "reports" / "latest").exists()
        assert list((work / "reports").glob("2*/result.json"))


POSTS = {
    "azure-pipelines.yml": {
        "COLLECTION_URI": "{server}/org/",
        "PROJECT": "Et prosjekt",
        "REPOSITORY_ID": "r1",
        "PULL_REQUEST_ID": "17",
        "SYSTEM_ACCESSTOKEN": "hemmelig",
    },
    "gitlab-ci.yml": {
        "CI_API_V4_URL": "{server}/api/v4",
        "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "17",
        "EPROM_VERIFY_GITLAB_TOKEN": "hemmelig",
    },
}


@needs_bash
@pytest.mark.parametrize("name", POSTS)
def test_comment_is_posted(name: str, tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "eprom-verify.md").write_text("## ✅ Blåbær\n", encoding="utf-8")
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    with server() as (address, received):
        given = {key: value.format(server=address) for key, value in POSTS[name].items()}
        env = environment | given | {"PATH": f"{python.parent}{os.pathsep}{environment['PATH']}"}
        script = script_with(name, "urllib.request.urlopen")
        subprocess.run([BASH, "-e", "-c", script], cwd=tmp_path, env=env, check=True, timeout=60)
    [(path, headers, body)] = received
    assert "hemmelig" in (headers.get("Authorization") or headers.get("Private-Token") or "")
    if name == "gitlab-ci.yml":
        assert (path, body) == ("/api/v4/projects/5/merge_requests/17/notes", {"body": "## ✅ Blåbær\n"})
    else:
        assert path == "/org/Et%20prosjekt/_apis/git/repositories/r1/pullRequests/17/threads?api-version=7.1"
        assert body["comments"][0]["content"] == "## ✅ Blåbær\n"


@contextmanager
def server() -> Iterator[tuple[str, list[tuple[str, dict[str, str], Any]]]]:
    """Takes in what is posted to it."""
    received: list[tuple[str, dict[str, str], Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append((self.path, {key.title(): value for key, value in self.headers.items()}, body))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}", received
        finally:
            listening.shutdown()
            thread.join()


def test_actions_pinned_by_major_version() -> None:
    used = re.findall(r"uses: (\S+)", text_of("github-actions.yml"))
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w-]+/[\w-]+@v\d+", each)] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_says_what_to_replace(name: str) -> None:
    text = text_of(name)
    assert text.count("# BYTT UT: ") == 2
    assert "ikke på PyPI" in text
    for variable in ("EPROM_VERIFY_API_KEY", "EPROM_VERIFY_HOOK_TOKEN"):
        assert variable in text
        assert not re.search(rf"{variable}[=:] *[\"']?\w", text)
    assert f"](ci/{name})" in (ROOT / "docs" / "ci.md").read_text("utf-8")


@pytest.mark.parametrize("name", TEMPLATES)
def test_expressions_stay_out_of_scripts(name: str) -> None:
    """What the service puts into a script before the shell sees it could be a title that somebody chose."""
    assert [script for script, _ in scripts(name) if "${{" in script or re.search(r"\$\([A-Z]\w+\.", script)] == []


def test_example_is_valid() -> None:
    catalogue = load_catalogue(features_dir() / "krav.toml")
    waivers = load_waivers(EXAMPLE, catalogue, on=date(2026, 11, 25))
    assert {each.requirement for each in waivers} == {"2.1", "2.2", "2.3", "2.4", "2.5", "4.1"}
    text = (ROOT / "docs" / "ci.md").read_text("utf-8")
    [shown] = [block for block in blocks(ROOT / "docs" / "ci.md") if block.language == "toml"]
    assert set(shown.lines) <= set(EXAMPLE.read_text("utf-8").splitlines())
    assert "(examples/dispensasjoner.toml)" in text


@pytest.mark.slow
def test_example_approves(tmp_path: Path, environment: dict[str, str]) -> None:
    """A run with the example's waivers, made to last a month from now, and with the commands of docs/ci.md."""
    month = datetime.now(UTC).date() + timedelta(days=30)
    given = EXAMPLE.read_text("utf-8").replace("2027-03-01", month.isoformat())
    (tmp_path / "dispensasjoner.toml").write_text(given, encoding="utf-8")
    [line] = [line for block in blocks(ROOT / "docs" / "ci.md") if block.role == "test" for line in block.lines]
    command = [*arguments(line), "--no-html"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result = read_result(tmp_path / "reports" / "latest" / "result.json")
    assert result.conclusion is Conclusion.APPROVED
    assert {each.state for each in result.waivers} == {WaiverState.USED}
    assert sum(each.outcome is Outcome.WAIVED for each in result.requirements) == len(result.waivers)
    assert "=== Konklusjon: GODKJENT (prøvekjøring) ===" in done.stdout
    assert "Dispensasjoner (6)" in done.stdout
    assert (tmp_path / "eprom-verify.md").read_text("utf-8").startswith("## ✅ ePROM-verifikasjon: Godkjent")
    results = [json.loads(each.read_text("utf-8")) for each in (tmp_path / "reports/latest").glob("*/*-result.json")]
    assert sum(each["name"].startswith("Dispensasjon for krav") for each in results) == len(result.waivers)
