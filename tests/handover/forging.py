"""What a forger does to a package: with a text editor, with a program for archives, or with the tool itself."""

from __future__ import annotations

import base64
import html
import json
import re
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eprom_verify.handover import contents
from eprom_verify.handover.archive import read_archive, write_archive
from eprom_verify.handover.packing import judged, made_from, protocol_of
from eprom_verify.journal.store import Store, read_entries
from eprom_verify.runner.folders import report_title
from eprom_verify.runner.record import read_record
from eprom_verify.verdict import Outcome, write_result

Files = dict[str, bytes]
AT = datetime(2026, 11, 27, 8, 0, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Row:
    """An entry of a journal without what ties it to the others."""

    kind: str
    exchange: str
    at: str
    facts: dict[str, Any]
    body: bytes

    @property
    def told(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    def telling(self, change: Callable[[Any], object]) -> Row:
        """The entry with something changed in its body."""
        document = self.told
        change(document)
        return replace(self, body=json.dumps(document).encode())


def unpacked(package: Path) -> Files:
    """The files of a package."""
    files, problems = read_archive(package)
    assert not problems
    return files


def packed(folder: Path, files: Files, name: str = "pakke.zip") -> Path:
    """A package of these files, whatever they are."""
    path = folder / name
    write_archive(path, files, at=AT)
    return path


def relisted(files: Files, **facts: Any) -> Files:
    """The files with a manifest that lists them, and says what else it is told to."""
    told = {name: each for name, each in files.items() if name != "manifest.json" and not name.endswith(".p7s")}
    manifest = json.loads(files["manifest.json"]) | facts
    manifest["files"] = [
        {"path": name, "size": len(each), "sha256": contents.Listed.of(each).sha256}
        for name, each in sorted(told.items())
    ]
    return files | {"manifest.json": contents.as_json(manifest)}


def edited(files: Files, name: str, change: Callable[[Any], object]) -> Files:
    """The files with something changed in one that is JSON."""
    document = json.loads(files[name])
    change(document)
    return files | {name: contents.as_json(document)}


def replaced(files: Files, name: str, old: str, new: str) -> Files:
    """The files with one text put in the place of another in one of them."""
    assert old.encode() in files[name]
    return files | {name: files[name].replace(old.encode(), new.encode())}


def rows_of(journal: bytes) -> list[Row]:
    """The entries of a journal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        path.write_bytes(journal)
        return [
            Row(kind=each.kind, exchange=each.exchange, at=each.at, facts=each.data, body=each.body)
            for each in read_entries(path)
        ]


def journal_of(rows: list[Row]) -> bytes:
    """A journal of these entries, in a chain of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        store = Store(path)
        for each in rows:
            store.append(each.kind, each.exchange, each.at, each.facts, each.body)
        store.close()
        return path.read_bytes()


def rechained(journal: bytes, change: Callable[[list[Row]], list[Row]]) -> bytes:
    """The journal with its entries changed, and all the hashes made anew."""
    return journal_of(change(rows_of(journal)))


def in_table(journal: bytes, *statements: str, values: tuple[object, ...] = ()) -> bytes:
    """The journal after these statements, with no hash made anew; `values` are for the last of them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        path.write_bytes(journal)
        db = sqlite3.connect(path, isolation_level=None)
        for each in statements[:-1]:
            db.execute(each)
        db.execute(statements[-1], values)
        db.close()
        return path.read_bytes()


def remade(files: Files, journal: bytes, *, page: bool = True) -> Files:
    """The package that the tool itself makes of this journal; with `page`, report.html is forged to fit too."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        path.write_bytes(journal)
        recorded = read_record(path)
        result = judged(recorded)
        write_result(result, Path(folder) / "result.json")
        title = report_title(Path(folder) / "result.json")
    made = {name: each for name, each in files.items() if name.startswith("vedlegg/") or name == "report.html"}
    if page:
        statuses = {each.name: _STATUSES.get(each.outcome.value, "skipped") for each in result.scenarios}
        statuses |= {
            f"{each.id} {each.title}": _ANSWERED.get(each.outcome.value, "skipped") for each in result.requirements
        }
        kept = {f"Dispensasjon for krav {each.requirement}" for each in result.waivers}
        words = {
            f"{each.id} {each.title}": f"{each.outcome.norwegian}: {each.reason}"
            if each.outcome is Outcome.ATTESTED
            else ""
            for each in result.requirements
            if not each.scenarios
        }
        made["report.html"] = page_of(files["report.html"], title=title, statuses=statuses, words=words, waivers=kept)
    made |= made_from(result, recorded, journal)
    made |= protocol_of(result, recorded, made)
    signatures = {name: each for name, each in files.items() if name.endswith(".p7s")}
    return {**made, "manifest.json": contents.manifest_of(result, made), **signatures}


def forged(files: Files, change: Callable[[list[Row]], list[Row]], *, page: bool = True) -> Files:
    """The package of a forger who has the tool: the journal is changed, chained anew, and all is made of it."""
    return remade(files, rechained(files["journal.sqlite"], change), page=page)


_STATUSES = {"passed": "passed", "failed": "failed", "error": "broken"}
_ANSWERED = {"attested": "passed", "failed": "failed"}
_DATA = re.compile(rb'd\("([^"]+)","([A-Za-z0-9+/=]*)"\)')


def page_of(
    page: bytes,
    *,
    title: str,
    statuses: Mapping[str, str],
    words: Mapping[str, str] = {},
    waivers: set[str] | None = None,
) -> bytes:
    """A report with another title, in which what is named has another status and other words, wherever it stands, and
    which shows these waivers alone."""
    old = re.search(rb"<title>\s*([^<]*?)\s*</title>", page)
    assert old is not None
    page = page.replace(old[1], title.encode())
    told = {name: document for name, document in carried(page) if name.startswith("data/test-results/")}
    gone = {each["name"] for each in told.values() if each["name"].startswith("Dispensasjon")} - (waivers or set())
    gone = gone if waivers is not None else set()
    shown = [each for each in told.values() if each["name"] not in gone]
    counts = Counter(statuses.get(each["name"], each["status"]) for each in shown)

    def change(match: re.Match[bytes]) -> bytes:
        name, document = match[1].decode(), _parsed(match[2])
        if document is None:
            return match[0]
        document = _left(document, gone)
        if document is None:
            return b'd("x","e30=")'
        for each in _objects(document):
            if each.get("name") in statuses and "status" in each:
                each["status"] = statuses[each["name"]]
            if each.get("name") in words and name.startswith("data/test-results/"):
                said = words[each["name"]]
                each["descriptionHtml"] = f"<p>{html.escape(said)}</p>" if said else ""
        if name.endswith("statistic.json"):
            document = {"total": counts.total(), **counts}
        if name.endswith("pie_chart.json"):
            document["slices"] = [{"d": "", "status": status, "count": count} for status, count in counts.items()]
        return b'd("%b","%b")' % (match[1], base64.b64encode(json.dumps(document, ensure_ascii=False).encode()))

    return _DATA.sub(change, page)


def _left(document: Any, gone: set[str]) -> Any:
    """A document without the objects of these names; None when it is one of them."""
    if isinstance(document, list):
        return [left for each in document if (left := _left(each, gone)) is not None or each is None]
    if not isinstance(document, dict):
        return document
    if document.get("name") in gone:
        return None
    return {name: left for name, each in document.items() if (left := _left(each, gone)) is not None or each is None}


def carried(page: bytes) -> Iterator[tuple[str, Any]]:
    """The documents that a report carries."""
    for match in _DATA.finditer(page):
        yield match[1].decode(), _parsed(match[2])


def _parsed(coded: bytes) -> Any:
    """What stands in base64; None when it is no JSON."""
    try:
        return json.loads(base64.b64decode(coded))
    except ValueError:
        return None


def carrying(page: bytes, name: str, change: Callable[[Any], object]) -> bytes:
    """The report with something changed in the first document whose name begins so."""
    for match in _DATA.finditer(page):
        if match[1].decode().startswith(name):
            document = json.loads(base64.b64decode(match[2]))
            change(document)
            made = base64.b64encode(json.dumps(document, ensure_ascii=False).encode())
            return page[: match.start(2)] + made + page[match.end(2) :]
    raise AssertionError(name)


def _objects(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        yield document
    for each in document.values() if isinstance(document, dict) else document if isinstance(document, list) else ():
        yield from _objects(each)
