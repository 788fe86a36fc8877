"""The simulator's front page: its OpenAPI document as something that a person can read, without any script."""

from __future__ import annotations

from html import escape
from typing import Any

_STYLE = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2rem}code,.m{font-family:ui-monospace,monospace}.m{font-weight:700}table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #8886}small{opacity:.75}
"""


def overview_page(document: dict[str, Any], address: str) -> str:
    """An HTML page over the operations of an OpenAPI document that is itself served at `address`."""
    parts = [
        "<!doctype html><html lang='no'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width,initial-scale=1'>",
        f"<title>ePROM-simulator</title><style>{_STYLE}</style></head><body><h1>ePROM-simulator</h1>",
        "<p>Oppfører seg som ePROM etter den offentlige dokumentasjonen, med syntetiske testpersoner. "
        f"Kontrakten som OpenAPI 3.1: <a href='{escape(address)}'>{escape(address)}</a></p>",
        "<p>Fyll ut skjema som pasient: <a href='/proms'>/proms</a></p>",
    ]
    for title, group in (("Kall til ePROM", "paths"), ("Kall fra ePROM til bestillersystemet", "webhooks")):
        parts.append(f"<h2>{title}</h2>")
        for path, item in document.get(group, {}).items():
            parts += [_operation(path, method, operation) for method, operation in item.items() if method in _METHODS]
    return "".join([*parts, "</body></html>"])


_METHODS = ("get", "put", "post", "delete")


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(code)}</code></td><td>{escape(str(answer.get('description', '')))}</td></tr>"
        for code, answer in operation.get("responses", {}).items()
    )
    summary, description = (escape(str(operation.get(name, ""))) for name in ("summary", "description"))
    return (
        f"<h3><span class='m'>{method.upper()}</span> <code>{escape(path)}</code></h3>"
        f"<p>{summary}<br><small>{description}</small></p>"
        f"<table><tr><th>Svar</th><th></th></tr>{rows}</table>"
    )
