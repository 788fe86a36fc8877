"""The ePROM contract: its operations, the shape of their messages, and what a check of them found."""

from eprom_verify.contract.findings import Finding, FindingDict, Severity
from eprom_verify.contract.openapi import bundle_openapi
from eprom_verify.contract.operations import OPERATIONS, KeyPlace, Operation, Party, match, operation
from eprom_verify.contract.schema_files import DEFAULT_EDITION, EDITIONS
from eprom_verify.contract.schemas import Contract
from eprom_verify.contract.sources import Source

__all__ = [
    "DEFAULT_EDITION",
    "EDITIONS",
    "OPERATIONS",
    "Contract",
    "Finding",
    "FindingDict",
    "KeyPlace",
    "Operation",
    "Party",
    "Severity",
    "Source",
    "bundle_openapi",
    "match",
    "operation",
]
