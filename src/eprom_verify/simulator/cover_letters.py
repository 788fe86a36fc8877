"""Cover letters (følgebrev, "Informasjon til pasienten"), and the metadata that is put into them.

Source: Skjemabygger, section Metadata i følgebrev/informasjon til pasienten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_PLACE = re.compile(r"\[_(?P<name>[^\[\]]{1,200}?)_\]")


def metadata_of(sent: object) -> dict[str, Any]:
    """The metadata of an order, which is a text that holds a JSON object; empty when there is none."""
    try:
        parsed = json.loads(sent) if isinstance(sent, str) else {}
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def shown(value: object) -> str | None:
    """A metadata value as the citizen sees it; None for what is no text or number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)


def with_metadata(letter: str, metadata: Mapping[str, Any]) -> str:
    """The letter with each `[_NAME_]` replaced by the metadata member of that name, in any case of the letters.

    What a name without a member becomes is not documented: it is left as it stands, so that the mistake is seen.
    """
    values = {name.casefold(): text for name, value in metadata.items() if (text := shown(value)) is not None}
    return _PLACE.sub(lambda found: values.get(found["name"].casefold(), found[0]), letter)
