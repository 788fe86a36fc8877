"""What was proven: requirements, outcomes, and the result of a run."""

from eprom_verify.verdict.faults import Cause, Fault, load_faults
from eprom_verify.verdict.outcomes import Conclusion, Outcome, combine, conclude, tally
from eprom_verify.verdict.requirements import Catalogue, Requirement, load_catalogue
from eprom_verify.verdict.result import (
    GherkinLine,
    RequirementResult,
    Rig,
    RunInfo,
    RunResult,
    ScenarioResult,
    ShownExchange,
    explain,
    from_json,
    judge,
    read_result,
    scenario_from_json,
    scenario_to_json,
    to_json,
    write_result,
)

__all__ = [
    "Catalogue",
    "Cause",
    "Conclusion",
    "Fault",
    "GherkinLine",
    "Outcome",
    "Requirement",
    "RequirementResult",
    "Rig",
    "RunInfo",
    "RunResult",
    "ScenarioResult",
    "ShownExchange",
    "combine",
    "conclude",
    "explain",
    "from_json",
    "judge",
    "load_catalogue",
    "load_faults",
    "read_result",
    "scenario_from_json",
    "scenario_to_json",
    "tally",
    "to_json",
    "write_result",
]
