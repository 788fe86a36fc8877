"""Whether the files of a package are those that its manifest lists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from eprom_verify.handover import contents
from eprom_verify.handover.finding import Examined, shortened
from eprom_verify.handover.revisions import addition_problem, boxes_of

_TITLE = "Manifestet"
_SIGNATURE = re.compile(rf"{contents.SIGNATURES}[^/]+\.p7s")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A manifest as it could be read: empty when it could not.

    `facts` is the document, and `base` the files that it is about, as they were before anybody signed them.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    base: Mapping[str, bytes]


def is_signature(name: str) -> bool:
    """Whether a file of a package is a signature on its manifest, which cannot be listed there."""
    return _SIGNATURE.fullmatch(name) is not None


def examine_manifest(files: Mapping[str, bytes]) -> tuple[Manifest, Examined]:
    """The manifest of a package, and whether the files are those that it lists."""
    base = {name: content for name, content in files.items() if name != contents.MANIFEST and not is_signature(name)}
    if contents.MANIFEST not in files:
        return Manifest(base=base), Examined(title=_TITLE, problems=["Manifestet mangler."])
    try:
        facts = json.loads(files[contents.MANIFEST])
        if (facts["format"], facts["format_version"]) != (contents.FORMAT, contents.FORMAT_VERSION):
            raise ValueError("another format")
        listed = [(str(each["path"]), _listed(each)) for each in facts["files"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        problem = "Manifestet kan ikke leses, eller er av et annet slag."
        return Manifest(base=base), Examined(title=_TITLE, problems=[problem])
    problems = list(_compared(base, dict(listed)))
    if len(dict(listed)) != len(listed):
        problems.append("Manifestet nevner en fil flere ganger.")
    seen = f"{len(listed)} filer har den størrelsen og den SHA-256 som står der; ingen mangler, ingen er lagt til."
    return Manifest(facts=facts, base=base), Examined(title=_TITLE, seen=seen, problems=shortened(problems))


def _listed(entry: Mapping[str, Any]) -> contents.Listed:
    if type(entry["size"]) is not int:
        raise ValueError("not a size")
    return contents.Listed(entry["size"], str(entry["sha256"]))


def _compared(base: dict[str, bytes], listed: Mapping[str, contents.Listed]) -> Iterator[str]:
    """What is wrong with files of a package; the protocol in `base` is put back to what it was before it was signed."""
    missing = sorted(contents.REQUIRED - listed.keys())
    yield from (f"{name} mangler i manifestet: en pakke har den alltid." for name in missing)
    yield from (f"{name} er lagt til." for name in sorted(base.keys() - listed.keys()))
    for name, entry in sorted(listed.items()):
        if name not in contents.REQUIRED and not name.startswith(contents.ATTACHMENTS):
            yield f"{name} hører ikke til i en pakke."
        if name not in base:
            yield f"{name} mangler."
            continue
        content = base[name]
        if name == contents.PROTOCOL and len(content) > entry.size:
            # A signature that is seen could be laid over what stands there: only in the protocol's own boxes.
            added = addition_problem(content, entry.size, boxes=list(boxes_of(content[: entry.size]).values()))
            if added:
                yield f"{name}: {added}"
            content = base[name] = content[: entry.size]
        if contents.Listed.of(content) != entry:
            yield f"{name} er endret: innholdet har en annen SHA-256 enn i manifestet."


def facts_problems(facts: Mapping[str, Any], content: bytes, expected: Mapping[str, Any]) -> Iterator[str]:
    """What a manifest says of the run that is not so; `content` is how it stands there, and `expected` what it should
    say, but for the files."""
    if not facts:
        return
    differing = [name for name, value in expected.items() if name != "files" and facts.get(name) != value]
    if differing:
        yield f"Manifestet sier noe annet enn journalen om {', '.join(differing)}."
    elif content != contents.as_json({**expected, "files": sorted(facts["files"], key=lambda each: each["path"])}):
        # Said twice, or written in another way, it may be read differently by another program.
        yield "Manifestet er ikke skrevet slik eprom-verify skriver det."
