"""The protocol as a page: one file, without scripts, that asks for nothing outside itself."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from html import escape
from importlib.resources import files
from urllib.parse import quote

from eprom_verify.report.protocol_blocks import (
    WORDS,
    Bullets,
    Card,
    Cell,
    Facts,
    Front,
    Heading,
    Paragraph,
    Proof,
    Protocol,
    Row,
    Section,
    Shown,
    Signature,
    Table,
)

_CONTENTS = "innhold"
REPORT = "report.html"
_NARROWEST, _WIDEST, _PER_LETTER = 5, 18, 0.8
_WIDTHS = "\n".join(f".w{width} {{ width: {width}%; }}" for width in range(1, 101))
_EXCHANGE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOT_IN_CSS = re.compile(r"[^0-9A-Za-zÀ-ÿ .:–-]")


def protocol_html(content: Protocol) -> str:
    """The protocol as a page."""
    style = files(__package__).joinpath("protocol.css").read_text("utf-8") + _WIDTHS + _printed(content)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    parts = (
        '<!DOCTYPE html>\n<html lang="nb">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{_text(content.title)}: {_text(content.subtitle)}</title>",
        f"<style>{style}</style>\n</head>\n<body>",
        f'<a class="skip" href="#{_CONTENTS}">{WORDS.contents}</a>',
        *([f'<div class="trial" role="note">{_text(content.trial)}</div>'] if content.trial else []),
        f'<header><h1>{_text(content.title)}</h1><p class="sub">{_text(content.subtitle)}</p></header>\n<main>',
        *_front(content.front),
        *_contents(content.sections),
        *(part for section in content.sections for part in _section(section)),
        f"</main>\n<footer><p>{_text(content.run_words)} · {_text(content.tool)}</p></footer>\n</body>\n</html>\n",
    )
    return "\n".join(parts)


def _printed(content: Protocol) -> str:
    """The head and foot of printed pages."""

    def quoted(words: str) -> str:
        return f'"{_NOT_IN_CSS.sub("", words)}"'

    return (
        "@page { size: A4; margin: 20mm 16mm; "
        f"@top-center {{ content: {quoted(content.trial)}; font: bold 9pt sans-serif; color: #7a4d00; }} "
        f"@bottom-left {{ content: {quoted(content.run_words)}; font: 8pt sans-serif; }} "
        '@bottom-right { content: "Side " counter(page) " av " counter(pages); font: 8pt sans-serif; } }\n'
    )


def _front(front: Front) -> Iterator[str]:
    verdict = front.verdict
    yield f'<section class="verdict {verdict.tone}" aria-labelledby="konklusjon"><div class="call">'
    yield f'<h2 id="konklusjon">{WORDS.conclusion}</h2><p>{_sign(verdict.sign)}{_text(verdict.text)}</p>'
    yield f"{_text(verdict.note)}</div>"
    see = ", ".join(map(_cell, front.see))
    yield f'<div class="means"><p>{_text(front.meaning)}</p>{_bullets(front.reasons)}<p>{WORDS.see} {see}</p></div>'
    yield "</section>"
    yield _table(front.tally)
    yield '<div class="groups">'
    for title, facts in front.groups:
        yield f"<section><h3>{_text(title)}</h3>{_facts(facts.rows)}</section>"
    yield "</div>"
    yield f"<h3>{WORDS.again}</h3><p>{_text(front.again)}</p>"
    yield f'<h2 id="underskrift">{WORDS.signatures}</h2><div class="signatures">'
    yield from map(_signature, front.signatures)
    yield f'</div><p class="mild">{_text(front.note)}</p>'


def _signature(signature: Signature) -> str:
    fields = "".join(f"<li>{_text(field)}</li>" for field in signature.fields)
    return (
        f'<section class="signature"><h3>{_text(signature.party)}</h3><p class="mild">{_text(signature.statement)}</p>'
        f"<ul>{fields}</ul></section>"
    )


def _contents(sections: Iterable[Section]) -> Iterator[str]:
    yield f'<nav aria-labelledby="{_CONTENTS}"><h2 id="{_CONTENTS}">{WORDS.contents}</h2><ol>'
    yield from (f'<li><a href="#{_text(each.anchor)}">{_text(each.title)}</a></li>' for each in sections)
    yield "</ol></nav>"


def _section(section: Section) -> Iterator[str]:
    anchor = _text(section.anchor)
    yield f'<section aria-labelledby="{anchor}"><h2 id="{anchor}">{_text(section.title)}</h2>'
    yield from map(_block, section.blocks)
    yield f'<p class="up"><a href="#{_CONTENTS}">↑ {WORDS.leads_to}</a></p></section>'


@singledispatch
def _block(block: object) -> str:
    raise TypeError(f"no form for {type(block).__name__}")


@_block.register
def _(block: Paragraph) -> str:
    return f'<p class="mild">{_text(block.text)}</p>' if block.mild else f"<p>{_text(block.text)}</p>"


@_block.register
def _(block: Bullets) -> str:
    return _bullets(block.items)


@_block.register
def _(block: Heading) -> str:
    return f"<h{block.level + 1}{_anchor(block.anchor)}>{_text(block.title)}</h{block.level + 1}>"


@_block.register
def _(block: Facts) -> str:
    return _facts(block.rows)


@_block.register
def _(block: Table) -> str:
    return _table(block)


@_block.register
def _(block: Card) -> str:
    facts = _facts(block.facts)
    if block.countersign:
        facts = f'<div class="split">{facts}<div class="box">{_text(block.countersign)}</div></div>'
    return (
        f'<section class="card {block.outcome.tone}"{_anchor(block.anchor)}>'
        f"<h3>{_text(block.title)} · {_cell(block.outcome)}</h3>{facts}</section>"
    )


@_block.register
def _(block: Proof) -> str:
    reason = f"<p>{_text(block.reason)}</p>" if block.reason else ""
    scenarios = f"<ul>{''.join(map(_scenario, block.scenarios))}</ul>" if block.scenarios else ""
    return (
        f'<section class="proof"{_anchor(block.anchor)}><h4>{_text(block.title)} · {_cell(block.outcome)}</h4>'
        f'<p class="mild">{WORDS.source}: {_cell(block.source)} · {WORDS.judges}: {_text(block.judges)} · '
        f'<a href="#{_text(block.back)}">{WORDS.back}</a>{_shown_in_report(block)}</p>{reason}{scenarios}</section>'
    )


def _shown_in_report(block: Proof) -> str:
    # The same folder holds both, in the archive too; a file that is alone has a link that leads nowhere.
    return f' · <a href="{REPORT}?tags={quote(block.key)}">{WORDS.report}</a>' if block.key else ""


def _scenario(shown: Shown) -> str:
    ids = " ".join(map(_exchange, shown.exchanges))
    ids = f'<span class="ids">{ids}</span>' if ids else ""
    return f'<li>{_cell(shown.outcome)} {_text(shown.name)} <span class="place">{_text(shown.place)}</span>{ids}</li>'


def _exchange(name: str) -> str:
    shown = f"<code>{_text(name)}</code>"
    return f'<a href="{REPORT}?query={name}">{shown}</a>' if _EXCHANGE.fullmatch(name) else shown


def _bullets(items: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{_text(each)}</li>' for each in items)}</ul>" if items else ""


def _facts(rows: Iterable[tuple[str, Cell]]) -> str:
    return f"<dl>{''.join(f'<dt>{_text(label)}</dt><dd>{_cell(cell)}</dd>' for label, cell in rows)}</dl>"


def _table(table: Table) -> str:
    heads = [name for name, _ in table.columns]
    columns = "".join(
        f'<th scope="col" role="columnheader" class="w{width}">{_text(name)}</th>'
        for name, width in zip(heads, _widths(table), strict=True)
    )
    rows = "\n".join(_row(row, heads) for row in table.rows)
    # The roles keep it a table for screen readers where the page shows it as cards.
    return (
        f'<table role="table"><caption class="hidden">{_text(table.name)}</caption><thead role="rowgroup">'
        f'<tr role="row">{columns}</tr></thead>\n<tbody role="rowgroup">{rows}</tbody></table>'
    )


def _widths(table: Table) -> list[int]:
    """The width of each column in per cent of the table's."""
    needed = [0 if share else _needed(table, place) for place, (_, share) in enumerate(table.columns)]
    one = (100 - sum(needed)) / (sum(share for _, share in table.columns) or 1)
    return [need or int(share * one) for need, (_, share) in zip(needed, table.columns, strict=True)]


def _needed(table: Table, place: int) -> int:
    """What a column of short texts needs, by the longest of them."""
    longest = max((len(row.cells[place].text) for row in table.rows), default=0)
    return max(_NARROWEST, len(table.columns[place][0]) + 1, min(int(longest * _PER_LETTER), _WIDEST))


def _row(row: Row, heads: Sequence[str]) -> str:
    cells = "".join(_column(cell, head) for cell, head in zip(row.cells, heads, strict=True))
    return f'<tr role="row"{_anchor(row.anchor)}>{cells}</tr>'


def _column(cell: Cell, head: str) -> str:
    empty = "" if cell.text or cell.note else ' class="none"'
    return f'<td role="cell" data-label="{_text(head)}"{empty}><span>{_cell(cell)}</span></td>'


def _cell(cell: Cell) -> str:
    words = f"<code>{_text(cell.text)}</code>" if cell.mono else _text(cell.text)
    if cell.sign or cell.tone != "plain":
        strong = " t" if cell.sign else ""
        words = f'<span class="t-{cell.tone}{strong}">{_sign(cell.sign)}{words}</span>'
    if cell.to:
        words = f'<a href="#{_text(cell.to)}">{words}</a>'
    elif cell.file:
        words = f'<a href="{_text(quote(cell.file))}">{words}</a>'
    elif cell.url.startswith("https://"):
        words = f'<a href="{_text(cell.url)}" rel="noreferrer">{words}</a>'
    if not cell.note:
        return words
    note = f"<code>{_text(cell.note)}</code>" if cell.mono_note else _text(cell.note)
    return f'{words}<span class="note">{note}</span>'


def _sign(sign: str) -> str:
    return f'<span aria-hidden="true">{_text(sign)} </span>' if sign else ""


def _anchor(anchor: str) -> str:
    return f' id="{_text(anchor)}"' if anchor else ""


def _text(text: str) -> str:
    return escape(text).replace("\n", "<br>")
