"""What can be wrong in the built-in bestillersystem when signed documents are fetched and kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eprom_verify.bestillersystem.behaviour import CORRECT, Behaviour


def _documents(**changes: Any) -> Behaviour:
    return replace(CORRECT, documents=replace(CORRECT.documents, **changes))


FAULTS: dict[str, Behaviour] = {
    "document-never-fetched": _documents(fetches=False),
    "document-fetched-for-every-return": _documents(fetches_unsigned=True, attempts=3),
    "document-fetched-again": _documents(fetches_again=True),
    "document-given-up": _documents(attempts=1),
    "document-key-in-query": _documents(query=lambda key: {"apiKey": key}),
    "document-key-bearer": _documents(headers=lambda headers, key: {"Authorization": f"Bearer {key}"}),
    "document-kept-cut": _documents(keeps=lambda content: content[:4096]),
    "document-kept-as-text": _documents(keeps=lambda content: content.decode("utf-8", errors="replace").encode()),
}
