"""The contract of one edition: judges the messages of the operations."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from eprom_verify.contract.bodies import Body, read_form, read_json, read_text_or_json
from eprom_verify.contract.documents import check_pdf
from eprom_verify.contract.findings import Finding, Severity
from eprom_verify.contract.members import secrets_in
from eprom_verify.contract.operations import OPERATIONS, ORDER_FORM, Operation, Party, match
from eprom_verify.contract.schema_files import DEFAULT_EDITION, load_schemas
from eprom_verify.contract.shape import Shape
from eprom_verify.contract.spelling import documented_spelling, twice
from eprom_verify.contract.transport import FORM, Headers, check_key, check_media_type, key_secrets, media_type


class Contract:
    """The messages of one edition of the documentation, compiled once.

    What a bestillersystem sends is judged as ePROM's server reads it, without regard to the case of names; what ePROM
    sends is judged exactly, but where its own pages spell a name in several ways. An instance never changes, and may
    be shared between threads.

    Raises:
        UsageProblem: there is no such edition.
        HarnessProblem: a schema file is missing or wrong.
    """

    def __init__(self, edition: str = DEFAULT_EDITION) -> None:
        self.edition = edition
        self._shapes = {name: Shape(schema) for name, schema in load_schemas(edition).items()}

    @property
    def echoed_parameters(self) -> tuple[str, ...]:
        """The in-parameters of an order, all of which ePROM gives back.

        Source: BestillingAvSkjemaV2, Bestilling klient-side (Parametere – Ut).
        """
        return tuple(self._shapes[str(ORDER_FORM.request)].schema["properties"])

    def error_texts(self, operation: Operation, status: int) -> Mapping[str, str]:
        """The documented texts of an error, by a short name; `{…}` marks what ePROM fills in."""
        name = operation.responses.get(status)
        return MappingProxyType(self._shapes[name].schema.get("x-texts", {}) if name else {})

    def match(self, method: str, path: str, body: bytes, base_path: str = "") -> Operation | None:
        """The operation that a whole request stands for, or None; `body` tells those apart that share an endpoint.

        When the body cannot be read, it is the operation that takes the rest.
        """
        found = match(method, path, base_path)
        if found is None or not any(each.only_when for each in OPERATIONS if each.path == found.path):
            return found
        return match(method, path, base_path, members=self.parse(found, body))

    def check_request(self, operation: Operation, headers: Headers, body: bytes) -> tuple[Finding, ...]:
        """What departs from the documentation in a call: its key, its headers and its members."""
        headers = _pairs(headers)
        found: list[Finding] = []
        members: Any = {}
        if operation.request:
            shape = self._shapes[operation.request]
            found += check_media_type(
                headers, prescribed=operation.media_source, form=operation.form_source, source=operation.source
            )
            read = self._read_request(operation, media_type(headers), body)
            members, judged = _judge(shape, read, operation.caller, tuple(key_secrets(headers)))
            found += judged
        keys = tuple(check_key(operation, headers, members))
        misplaced = any(finding.rule == "key-place" for finding in keys)
        return keys + tuple(finding for finding in found if not (misplaced and _is_unknown_key(finding)))

    def check_response(self, operation: Operation, status: int, headers: Headers, body: bytes) -> tuple[Finding, ...]:
        """What departs from the documentation in an answer. A status that is not documented gives a remark."""
        headers = _pairs(headers)
        found: list[Finding] = []
        name = operation.response_schema(status)
        if name is None or (status not in operation.responses and not 200 <= status < 300):
            found.append(_undocumented_status(operation, status))
        if name is None:
            return tuple(found)
        shape = self._shapes[name]
        if shape.is_document:
            return (*found, *check_pdf(media_type(headers), body, shape.message.source))
        if shape.any_envelope:
            read = read_text_or_json(body)
        else:
            found += check_media_type(headers, prescribed=None, form=None, source=operation.source)
            read = read_json(body, shape.message.source)
        found += _judge(shape, read, operation.answerer, tuple(key_secrets(headers)))[1]
        return tuple(found)

    def answers_with_document(self, operation: Operation, status: int) -> bool:
        """Whether an answer with this HTTP status is a file, and not JSON."""
        name = operation.response_schema(status)
        return name is not None and self._shapes[name].is_document

    def parse(self, operation: Operation, body: bytes, *, content_type: str = "application/json") -> dict[str, Any]:
        """The members of a request in their documented spelling; empty when the body holds no JSON object."""
        if operation.request is None:
            return {}
        media = content_type.partition(";")[0].strip().lower()
        return _members(self._shapes[operation.request], self._read_request(operation, media, body))

    def parse_response(self, operation: Operation, status: int, body: bytes) -> dict[str, Any]:
        """The members of an answer in their documented spelling; empty when it holds no JSON object."""
        name = operation.response_schema(status)
        if name is None or self._shapes[name].is_document:
            return {}
        return _members(self._shapes[name], read_json(body, self._shapes[name].message.source))

    def _read_request(self, operation: Operation, media: str, body: bytes) -> Body:
        shape = self._shapes[str(operation.request)]
        if operation.form_source and media == FORM:
            return read_form(body, shape.message, str(operation.form_source))
        return read_json(body, shape.message.source)


def _members(shape: Shape, read: Body) -> dict[str, Any]:
    value, _ = documented_spelling(read.value, shape.message)
    return value if isinstance(value, dict) else {}


def _judge(shape: Shape, read: Body, sender: Party, known: tuple[str, ...]) -> tuple[Any, list[Finding]]:
    """The value as it was judged, and what was found."""
    found = list(read.findings)
    if not read.readable:
        return None, found
    value, message = read.value, shape.message
    secrets = (*known, *secrets_in(value, message))
    for path in read.repeated:
        pointer = message.pointer(path, secrets)
        found.append(twice(pointer, pointer.rpartition("/")[2], message.source))
    if sender is Party.BESTILLERSYSTEM or shape.any_case:
        value, respelled = documented_spelling(value, message)
        found += respelled
    return value, found + list(shape.findings(value, secrets))


def _is_unknown_key(finding: Finding) -> bool:
    return finding.rule == "unknown-member" and finding.pointer.casefold() == "/apikey"


def _undocumented_status(operation: Operation, status: int) -> Finding:
    expected = " eller ".join(str(documented) for documented in operation.responses)
    message = f"HTTP-status {status} er ikke beskrevet for dette kallet."
    return Finding(Severity.REMARK, "status", "", expected, str(status), str(operation.source), message)


def _pairs(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple(headers.items() if isinstance(headers, Mapping) else headers)
