"""The string formats that the schemas use, judged as the documentation's own examples are written."""

from __future__ import annotations

import re
from datetime import date, datetime
from urllib.parse import urlsplit

from jsonschema import FormatChecker

FORMATS = FormatChecker(formats=())
"""Checks `uuid`, `uri`, `date-time` and three forms of our own, described in definitions.json."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Stricter than fromisoformat, which also reads week dates and leaves out separators; .NET writes seven decimals.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(?P<offset>Z|[+-]\d\d:\d\d)?", re.ASCII)
_SPACED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@FORMATS.checks("uuid")
def is_guid(value: object) -> bool:
    """Whether a text is a GUID with hyphens; its version does not matter, and the zero GUID counts."""
    return not isinstance(value, str) or _GUID.fullmatch(value) is not None


@FORMATS.checks("uri", raises=ValueError)
def is_web_address(value: object) -> bool:
    """Whether a text is an absolute http or https address."""
    if not isinstance(value, str):
        return True
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in value)


@FORMATS.checks("date-time", raises=ValueError)
def is_moment_with_offset(value: object) -> bool:
    """Whether a text is an ISO 8601 date and time with an offset."""
    return not isinstance(value, str) or _offset(value) != ""


@FORMATS.checks("date-time-no-offset", raises=ValueError)
def is_local_moment(value: object) -> bool:
    """Whether a text is an ISO 8601 date and time without an offset."""
    return not isinstance(value, str) or _offset(value) == ""


@FORMATS.checks("date-time-any-offset", raises=ValueError)
def is_moment_or_date(value: object) -> bool:
    """Whether a text is an ISO 8601 date and time, with or without an offset, or a date alone."""
    if isinstance(value, str):
        if _DATE.fullmatch(value):
            date.fromisoformat(value)
        else:
            _offset(value)
    return True


@FORMATS.checks("date-time-spaced", raises=ValueError)
def is_spaced_moment(value: object) -> bool:
    """Whether a text is a date, a space and a time with seconds, without an offset."""
    if not isinstance(value, str):
        return True
    return _SPACED.fullmatch(value) is not None and _offset(value.replace(" ", "T")) == ""


def _offset(value: str) -> str:
    """The offset of an ISO 8601 moment, "" without one; ValueError when the text is no moment."""
    form = _MOMENT.fullmatch(value)
    if form is None:
        raise ValueError(value)
    datetime.fromisoformat(value)
    return form["offset"] or ""
