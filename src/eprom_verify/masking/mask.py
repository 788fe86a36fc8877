"""Masks what is captured: texts, bodies and headers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from eprom_verify.exchange import Headers
from eprom_verify.masking.coded import hide_coded
from eprom_verify.masking.forms import Form, forms_of, sign_of
from eprom_verify.masking.packed import WIDE_RUN, masked_within
from eprom_verify.masking.places import HIDDEN, hide_places

_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})
_SECRET_HEADER = re.compile(r"(?i)authorization|cookie|api-?_?key|subscription-key|token|secret")
_SCHEMES = frozenset({"basic", "bearer", "digest", "apikey", "token", "negotiate", "ntlm"})

_DEEPEST = 3
_SHORTEST_BEGINNING = 6
_OPENED = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_WIDE = {"utf-16": 2, "utf-16-le": 2, "utf-16-be": 2, "utf-32": 4, "utf-32-le": 4, "utf-32-be": 4}


class Mask:
    """Hides API keys, single-use codes, login URLs and non-synthetic national ids.

    Places that carry secrets are known by name; values that are known to be secret are hidden wherever they stand.
    A masked place still shows that something stood there, so that its presence can be judged.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: dict[str, list[Form]] = {}
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: str) -> None:
        """Hide this value from now on, also percent-encoded, escaped in JSON or HTML, and in base64.

        A value of less than four characters is left alone: hiding it would take other text with it.
        """
        if len(secret) < 4 or secret in HIDDEN:
            return
        known = {**self._known, secret: list(forms_of(secret))}
        # The longest first, as a secret may be a part of another. Put in place whole: other threads are masking.
        self._known = dict(sorted(known.items(), key=lambda each: len(each[0]), reverse=True))

    def learn_code(self, code: str) -> None:
        """Hide this single-use code from now on where it stands alone.

        One of less than six characters, or eight digits, is left alone, as for `learn`.
        """
        if len(code) >= 6 and not (code.isdecimal() and len(code) < 8) and code not in self._known:
            alone = Form(sign_of(code), re.compile(rf"(?<![0-9A-Za-z]){re.escape(code)}(?![0-9A-Za-z])"))
            self._known = {**self._known, code: [alone]}

    def text(self, text: str) -> str:
        """The text with every known secret and every non-synthetic national id hidden, also in base64 or escaped."""
        return self._masked(text, _DEEPEST)

    def plain(self, text: str) -> str:
        """As `text`, but in the text as it stands alone: for what is large, and is looked at decoded besides."""
        return self._masked(text, 0)

    def values(self, document: Any) -> Any:
        """A JSON value with its texts and names masked; numbers are left as they are."""
        if isinstance(document, str):
            return self.text(document)
        if isinstance(document, dict):
            return {self.text(str(name)): self.values(value) for name, value in document.items()}
        return [self.values(each) for each in document] if isinstance(document, list | tuple) else document

    def body(self, body: bytes, *, encoding: str = "") -> bytes:
        """The body with its secrets hidden; a body that is not Unicode is masked byte for byte.

        `encoding` is the Content-Encoding. What is packed in a way that cannot be opened here, is not kept.
        """
        packed = masked_within(body, self.body, bare=encoding.strip().casefold() == "deflate")
        if packed is not None:
            return packed
        unicode = json.detect_encoding(body)
        if unicode in _WIDE:
            body = self._wide(body, unicode)
        try:
            body = self.text(body.decode()).encode()
        except UnicodeDecodeError:
            if encoding.strip().casefold() not in _OPENED:
                return f"{HIDDEN[:-1]}: pakket på en måte som ikke kan åpnes]".encode()
            body = self.text(body.decode("latin-1")).encode("latin-1", errors="replace")
        return WIDE_RUN.sub(self._wide_run, body) if b"\x00" in body else body

    def headers(self, headers: Iterable[tuple[str, str]]) -> Headers:
        """The headers with credentials hidden; the scheme of an Authorization header stays."""
        return tuple((self.text(name), self._header(name, value)) for name, value in headers)

    def _masked(self, text: str, depth: int) -> str:
        masked = hide_places(self._hide_begun(self._hide_known(text)))
        if depth == 0:
            return masked
        return hide_coded(masked, lambda inner: self._masked(inner, depth - 1) != inner)

    def _hide_known(self, text: str) -> str:
        for forms in self._known.values():
            for form in forms:
                if form.sign in text:
                    text = form.pattern.sub(HIDDEN, text)
        return text

    def _hide_begun(self, text: str) -> str:
        """Without the beginning of a known secret at the end of a text, where it was cut off."""
        for secret in self._known:
            tail, beginning = text[1 - len(secret) :], secret[:_SHORTEST_BEGINNING]
            start = tail.find(beginning)
            while start >= 0:
                if secret.startswith(tail[start:]):
                    return text[: len(text) - len(tail) + start] + HIDDEN
                start = tail.find(beginning, start + 1)
        return text

    def _wide_run(self, match: re.Match[bytes]) -> bytes:
        """Two bytes for each character within what is not text otherwise."""
        text = match[0].replace(b"\x00", b"").decode("ascii")
        masked = self.text(text)
        return match[0] if masked == text else masked.encode("utf-16-be" if match[0][0] == 0 else "utf-16-le")

    def _header(self, name: str, value: str) -> str:
        if not _SECRET_HEADER.search(name):
            return self.text(value)
        if not value.strip():
            return value
        scheme, space, _ = value.partition(" ")
        kept = name.casefold() in _CREDENTIALS and space and scheme.casefold() in _SCHEMES
        return f"{scheme} {HIDDEN}" if kept else HIDDEN

    def _wide(self, body: bytes, encoding: str) -> bytes:
        """A body of two or four bytes for each character, masked; as it is when it is not that after all."""
        if encoding in ("utf-16", "utf-32"):
            # Named by its byte order, so that the byte order mark stays where it was.
            encoding += "-le" if body[0] == 0xFF else "-be"
        whole = len(body) // _WIDE[encoding] * _WIDE[encoding]
        try:
            text = body[:whole].decode(encoding)
        except UnicodeDecodeError:
            return body
        return self.text(text).encode(encoding) + body[whole:]
