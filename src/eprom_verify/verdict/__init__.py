"""What was proven: requirements, outcomes, and the result of a run."""

from eprom_verify.verdict.attestations import Answer, Attachment, Attestation
from eprom_verify.verdict.circumstances import Rig, RunInfo, VerifiedSystem
from eprom_verify.verdict.faults import Cause, Fault, load_faults
from eprom_verify.verdict.outcomes import Conclusion, Outcome, combine, conclude, tally
from eprom_verify.verdict.profile import Part, Parts, load_parts
from eprom_verify.verdict.requirements import Catalogue, Requirement, load_catalogue
from eprom_verify.verdict.result import (
    GherkinLine,
    RequirementResult,
    RunResult,
    ScenarioResult,
    ShownExchange,
    explain,
    for_a_person,
    judge,
    to_be_answered,
)
from eprom_verify.verdict.stored import (
    from_json,
    read_result,
    scenario_from_json,
    scenario_to_json,
    to_json,
    write_result,
)
from eprom_verify.verdict.waivers import (
    DEFAULT_WAIVERS,
    Covered,
    Waiver,
    WaiverResult,
    WaiverState,
    day_in_norway,
    find_waivers,
    load_waivers,
)

__all__ = [
    "DEFAULT_WAIVERS",
    "Answer",
    "Attachment",
    "Attestation",
    "Catalogue",
    "Cause",
    "Conclusion",
    "Covered",
    "Fault",
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
    "ShownExchange",
    "VerifiedSystem",
    "Waiver",
    "WaiverResult",
    "WaiverState",
    "combine",
    "conclude",
    "day_in_norway",
    "explain",
    "find_waivers",
    "for_a_person",
    "from_json",
    "judge",
    "load_catalogue",
    "load_faults",
    "load_parts",
    "load_waivers",
    "read_result",
    "scenario_from_json",
    "scenario_to_json",
    "tally",
    "to_be_answered",
    "to_json",
    "write_result",
]
