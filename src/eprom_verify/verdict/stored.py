"""How a result is kept: result.json, which schemas/result.schema.json describes."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from pydantic import TypeAdapter

from eprom_verify.errors import HarnessProblem, UsageProblem
from eprom_verify.locations import schemas_dir
from eprom_verify.verdict.outcomes import Outcome
from eprom_verify.verdict.result import GherkinLine, RunResult, ScenarioResult, ShownExchange

_RESULT = TypeAdapter(RunResult)


def to_json(result: RunResult) -> dict[str, Any]:
    """The result as `result.json` holds it; schemas/result.schema.json describes every member."""
    document: dict[str, Any] = _RESULT.dump_python(result, mode="json")
    return document


def from_json(document: Any) -> RunResult:
    """The result that `to_json` made this of.

    Raises: UsageProblem when it is not a result by the schema.
    """
    if flaw := _flaw(document):
        raise UsageProblem(f"Dette er ikke et resultat fra eprom-verify: {flaw}")
    return _RESULT.validate_python(document)


def scenario_to_json(result: ScenarioResult) -> str:
    """One scenario's result as text that can be sent between processes."""
    return json.dumps(asdict(result))


def scenario_from_json(text: str) -> ScenarioResult:
    """The result that `scenario_to_json` made this of."""
    document = json.loads(text)
    line = document["gherkin_line"]
    return ScenarioResult(
        **document
        | {name: tuple(document[name]) for name in ("tags", "requirements", "exchanges")}
        | {"outcome": Outcome(document["outcome"]), "gherkin_line": line and GherkinLine(**line)}
        | {"shown_by": tuple(ShownExchange(**each) for each in document["shown_by"])}
    )


def write_result(result: RunResult, path: Path) -> None:
    """Write `result.json`, whole or not at all; a file that is there is replaced.

    Raises: HarnessProblem when the result does not fit its own schema; nothing is written then.
    """
    document = to_json(result)
    if flaw := _flaw(document):
        raise HarnessProblem(f"Resultatet følger ikke sitt eget skjema: {flaw}")
    # "replace": half a surrogate pair, cut out of somebody's text, must not cost the whole result.
    content = (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_result(path: Path) -> RunResult:
    """The result in this file.

    Raises: UsageProblem when the file cannot be read or is not a result.
    """
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as exc:
        raise UsageProblem(f"Resultatet {path} kan ikke leses.", "Er dette mappen til en kjøring?") from exc
    return from_json(document)


@cache
def _validator() -> Draft202012Validator:
    schema = json.loads((schemas_dir() / "result.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema)


def _flaw(document: Any) -> str:
    # Only the place and the rule: the text of a validation error quotes the value, which may be anything.
    error = best_match(_validator().iter_errors(document))
    return f"{error.json_path} bryter regelen «{error.validator}»" if error else ""
