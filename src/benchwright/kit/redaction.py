"""Taking secrets out of streams and log records."""

from __future__ import annotations

import base64
import bisect
import html
import json
import logging
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

MIN_SECRET_LENGTH = 6
MASK = b"***"
# What encoders leave as it is: all reserved ones encoded, Python's path, and JavaScript's
# encodeURIComponent and encodeURI.
_URL_SAFE = ("", "/", "!'()*", ";,/?:@&=+$!'()*#")


class Redactor:
    """Replaces secret values in a byte stream by `***`, however the stream is cut into pieces.

    Found are the values themselves and their URL-encoded, base64 (at each of the three
    alignments), JSON-escaped and HTML-escaped forms. Values under six characters are left alone:
    they would blacken ordinary text.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in secret_forms(secret)}
        self._forms = sorted(forms)
        self._longest = max(map(len, self._forms), default=0)
        by_length = sorted(self._forms, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, by_length))) if forms else None
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        """What can be passed on so far; an end that might begin a secret is held back."""
        if self._pattern is None:
            return chunk
        return self._pass_on(self._held + chunk, final=False)

    def finish(self) -> bytes:
        """What was held back, at the end of the stream."""
        return self._pass_on(self._held, final=True)

    def _pass_on(self, data: bytes, *, final: bool) -> bytes:
        if self._pattern is None:
            return data
        pending = len(data) if final else self._first_pending(data, 0)
        passed: list[bytes] = []
        position = 0
        # A match counts only if it begins before the first place where a longer one may begin.
        while (match := self._pattern.search(data, position)) and match.start() < pending:
            passed += [data[position : match.start()], MASK]
            position = match.end()
            if position > pending:
                pending = self._first_pending(data, position)
        passed.append(data[position:pending])
        self._held = data[pending:]
        return b"".join(passed)

    def _first_pending(self, data: bytes, start: int) -> int:
        """The first place from which all that is there is the beginning of a longer form."""
        for place in range(max(start, len(data) - self._longest + 1), len(data)):
            tail = data[place:]
            after = bisect.bisect_right(self._forms, tail)
            if after < len(self._forms) and self._forms[after].startswith(tail):
                return place
        return len(data)


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets."""
    redactor = Redactor(secrets)
    data = text.encode("utf-8", "surrogateescape")
    return (redactor.feed(data) + redactor.finish()).decode("utf-8", "surrogateescape")


def secret_forms(secret: str) -> set[bytes]:
    """The byte strings under which a secret may stand in a stream."""
    if len(secret) < MIN_SECRET_LENGTH:
        return set()
    raw = secret.encode("utf-8", "surrogateescape")
    texts = {quote_plus(raw), *(quote(raw, safe=safe) for safe in _URL_SAFE)}
    texts |= {re.sub("%..", lambda match: match[0].lower(), text) for text in texts}
    for ascii_only in (True, False):
        escaped = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        # Go's encoder, so k6's too, also escapes these three.
        for_html = escaped.translate({ord(c): f"\\u{ord(c):04x}" for c in "<>&"})
        texts |= {escaped, for_html, json.dumps(escaped)[1:-1], json.dumps(for_html)[1:-1]}
    texts |= {html.escape(secret), html.escape(secret, quote=False)}
    forms = {raw} | {text.encode("utf-8", "surrogateescape") for text in texts}
    forms |= set(_base64_forms(raw))
    return {form for form in forms if len(form) >= MIN_SECRET_LENGTH}


def _base64_forms(raw: bytes) -> Iterator[bytes]:
    """What base64 makes of the value inside a longer text, by where in a group of 3 it begins.

    Characters that also depend on the neighbouring bytes are left out.
    """
    for lead in range(3):
        encoded = base64.b64encode(bytes(lead) + raw)
        first = (lead * 8 + 5) // 6
        last = (lead + len(raw)) * 8 // 6
        inner = encoded[first:last]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")
    yield base64.b64encode(raw)
    yield base64.urlsafe_b64encode(raw)


_IN_LOGS = (
    (re.compile(r"(?i)(authorization['\"]?\s*[:=]\s*['\"]?(?:[a-z]+\s+)?)[^\s'\",]+"), r"\1***"),
    (re.compile(r"(?i)\b((?:bearer|token|basic)\s+)[A-Za-z0-9._~+/=-]{8,}"), r"\1***"),
    (re.compile(r"\b(bw_(?:pat|run)_)[A-Za-z0-9_-]+"), r"\1***"),
    (re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#'\"]*@"), r"\1***@"),
    (
        re.compile(r"(?i)([?&](?:p|password|token|access_token|api_?key|secret|sig)=)[^&\s'\"]+"),
        r"\1***",
    ),
)


def redact_credentials(text: str) -> str:
    """The text without what looks like a credential.

    That is: Authorization headers, user names and passwords in addresses, our own tokens.
    """
    for pattern, replacement in _IN_LOGS:
        text = pattern.sub(replacement, text)
    return text


class CredentialFilter(logging.Filter):
    """Put on a handler: no record leaves it with a credential in message or trace."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            return True  # a faulty call, which the handler reports by itself
        record.msg, record.args = redact_credentials(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact_credentials(record.exc_text)
        return True
