"""What of a run must be the same however many processes ran it: everything but times, ids, ports and the order.

Whether a status that nobody waits for comes before its scenario is over is chance, in one process too: it is in the
journal in any case, but not always among the messages of the scenario.
"""

from __future__ import annotations

import json
import re
import sqlite3
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eprom_verify.contract import OPERATIONS, Party
from eprom_verify.journal.journal import read_exchanges
from eprom_verify.journal.store import verify_chain
from eprom_verify.persons.national_id import find_ids
from eprom_verify.verdict import read_result

_CHANGING = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z-[0-9a-f]{4}"), "<run>"),
    (re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"), "<guid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)?"), "<time>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "<address>"),
    (re.compile(r"\(\d\d?\.\d\d?\. kl\. [^)]*\)"), "(<times>)"),
    (re.compile(r"\d\d\.\d\d\.\d{4} kl\. [\d.]*\d"), "<time>"),
    (re.compile(r"(?:\d+ min )?\d+(?:,\d+)? m?s\b"), "<seconds>"),
)


def steady(text: str) -> str:
    """The text without what changes from run to run."""
    for pattern, sign in _CHANGING:
        text = pattern.sub(sign, text)
    return text


# What comes after the scenario has seen what it needs comes by chance: callbacks, and documents that are fetched.
_CALLBACKS = {each.letter for each in OPERATIONS if each.caller is Party.EPROM} | {"E"}
_SIGNATURE = re.compile(rb"<[0-9A-Fa-f]{64,}>")
_CALLBACK = re.compile(r"[\w ]+ fra ePROM:|Signert dokument fra bestillersystemet:")
_SHORT_ID = re.compile(r" \([0-9a-f]{8}\)$")
_WHOLE_RUN = re.compile(r"(?<=^Så på )\d+(?= meldinger i kjøringen)")


@dataclass(frozen=True)
class Left:
    """What a run left, without what changes from run to run."""

    result: dict[str, Any]
    junit: list[str]
    allure: list[str]
    environment: str
    journal: Counter[str]
    persons: Counter[str]

    @classmethod
    def by(cls, folder: Path) -> Left:
        """What the run of this folder left; its journal is whole, and sealed by its result."""
        result = read_result(folder / "result.json")
        chain = verify_chain(folder / "journal.sqlite", expected_last=result.run.journal_last_digest)
        assert chain.problem is None
        assert not list(folder.glob("journal.sqlite-*"))
        exchanges = read_exchanges(folder / "journal.sqlite")
        environment = folder / "allure-results" / "environment.properties"
        return cls(
            result=_steady_result(folder / "result.json", {each.id: each.operation for each in exchanges}),
            junit=_steady_junit(folder / "junit.xml"),
            allure=_steady_allure(folder / "allure-results"),
            environment=steady(environment.read_text("utf-8")) if environment.exists() else "",
            journal=Counter(
                f"{each.sender} {each.operation} {each.method} {steady(each.url)} {each.status} {each.key_matches} "
                f"{each.failure} {[f.rule + f.pointer for f in each.violations]}"
                for each in exchanges
            ),
            persons=Counter(str(each.request.member("nationalId")) for each in exchanges if each.operation == "A"),
        )


def nothing_secret(folder: Path, *texts: str) -> None:
    """No key, code, login URL or real id stands in these texts, or anywhere in the folder of a run."""
    found = list(texts)
    for path in folder.rglob("*"):
        if path.suffix == ".sqlite":
            with sqlite3.connect(path) as db:
                tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
                rows = [row for table in tables for row in db.execute(f"SELECT * FROM {table}")]
            found += [_as_text(value) for row in rows for value in row]
        elif path.is_file():
            found.append(_as_text(path.read_bytes()))
    whole = "\n".join(found)
    assert len(whole) > 100_000
    assert not re.search(
        r"(?i)basic (?!\[skjult\]|<|apikey|prøver|varsler|or|med|gjelder|er|i |etter)[A-Za-z0-9_\-+/=]{16,}", whole
    )
    assert not re.search(r'(?i)\\*"apiKey\\*"\s*:\s*\\*"(?!\[skjult\])[^"\\]', whole)
    assert not re.search(r'(?i)\\*"singleUseCode\\*"\s*:\s*\\*"(?!\[skjult\])[^"\\]', whole)
    assert not re.search(r"/proms/(form|formIdp)/[0-9a-f]{8}", whole)
    assert [each for each in find_ids(whole) if each.national_id.personal] == []


def _as_text(value: object) -> str:
    """A value without the signature of a PDF: in its hundreds of kilobytes of digits, some are a number by chance."""
    if not isinstance(value, bytes):
        return str(value)
    return _SIGNATURE.sub(b"<signature>", value).decode("utf-8", errors="replace")


def told(output: str) -> list[str]:
    """The lines that a run told of itself; chapters may come to their ends in another order."""
    head, blank, rest = steady(re.sub(r"(?m)^(Resultat|junit):.*", "", output)).partition("\n\n")
    first, *progress = head.splitlines()
    return [first, *sorted(progress), blank, *rest.splitlines()]


def _steady_result(path: Path, operations: dict[str, str]) -> dict[str, Any]:
    raw = json.loads(path.read_text("utf-8"))
    document: dict[str, Any] = json.loads(steady(path.read_text("utf-8")))
    for name in ("id", "started", "finished", "journal_last_digest"):
        del document["run"][name]
    for scenario, seen in zip(document["scenarios"], raw["scenarios"], strict=True):
        del scenario["duration_s"]
        scenario["exchanges"] = sorted({operations[each] for each in seen["exchanges"]} - _CALLBACKS)
    return document


def _steady_junit(path: Path) -> list[str]:
    root = ET.parse(path).getroot()
    for element in root.iter():
        for name in ("time", "timestamp"):
            element.attrib.pop(name, None)
    return [steady(ET.tostring(element, encoding="unicode")) for element in root.iter()]


def _steady_allure(folder: Path) -> list[str]:
    results = [json.loads(each.read_text("utf-8")) for each in folder.glob("*-result.json")]
    return sorted(json.dumps(_steady_part(each, folder), sort_keys=True, ensure_ascii=False) for each in results)


def _steady_part(part: dict[str, Any], folder: Path) -> dict[str, Any]:
    looked_at = 0
    left_out = {"uuid", "start", "stop", "source"}
    kept = {name: value for name, value in part.items() if name not in left_out}
    if "labels" in kept:
        kept["labels"] = sorted(
            (each["name"], each["value"]) for each in kept["labels"] if each["name"] not in ("host", "thread")
        )
    if "name" in kept:
        kept["name"], looked_at = _WHOLE_RUN.subn("<antall>", _SHORT_ID.sub("", kept["name"]))
    if "source" in part and not looked_at:
        kept["text"] = len((folder / part["source"]).read_text("utf-8").splitlines())
    if "parameters" in kept:
        # Which messages a scenario has is looked at in its steps, without those that come by chance.
        kept["parameters"] = [each for each in kept["parameters"] if each["name"] != "Meldinger i journalen"]
    if "statusDetails" in kept:
        kept["statusDetails"] = {name: steady(str(value)) for name, value in kept["statusDetails"].items()}
    for name in ("steps", "attachments"):
        parts = [each for each in part.get(name, []) if not _CALLBACK.match(each["name"])]
        kept[name] = [_steady_part(each, folder) for each in parts]
    return kept
