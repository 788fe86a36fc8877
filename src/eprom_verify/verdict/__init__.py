"""What was proven: requirements, outcomes, and the result of a run."""

from eprom_verify.verdict.outcomes import Conclusion, Outcome, combine, conclude, tally
from eprom_verify.verdict.profile import Part, Parts, load_parts
from eprom_verify.verdict.requirements import Catalogue, Requirement, load_catalogue
from eprom_verify.verdict.result import (
    GherkinLine,
    RequirementResult,
    Rig,
    RunInfo,
    RunResult,
    ScenarioResult,
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
    "Conclusion",
    "GherkinLine",
    "Outcome",
    "Part",
    "Parts",
    "Requirement",
    "RequirementResult",
    "Rig",
    "RunInfo",
    "RunResult",
    "ScenarioResult",
    "combine",
    "conclude",
    "explain",
    "from_json",
    "judge",
    "load_catalogue",
    "load_parts",
    "read_result",
    "scenario_from_json",
    "scenario_to_json",
    "tally",
    "to_json",
    "write_result",
]
