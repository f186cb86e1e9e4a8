"""Keys, tokens and passwords, and how they are kept out of texts, answers and log lines.

What is secret of a request: the values of the query parameters in ``SECRET_PARAMS``, of the headers
in ``SECRET_HEADERS``, and a user name and password in an address. They are found again however a
server writes them back: percent-encoded, as a JSON string, in HTML.
"""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import quote, quote_plus, unquote

from chocolate_factory.sources.base import SECRET_PARAMS, USER_INFO, Request

SECRET_HEADERS = ("x-api-key", "api_key", "authorization", "proxy-authorization", "cookie")
"""Headers, in lower case, whose values are never kept, logged or shown."""

HIDDEN = "***"
_SURE = 8  # characters from which on a text is no word or number that an answer may hold by chance

_PAIR = re.compile(rf"(?i)\b({'|'.join(SECRET_PARAMS)})=([^&\s\"'<>]+)")

_IN_FLIGHT: ContextVar[re.Pattern[str] | None] = ContextVar("secrets in flight", default=None)


def redacted(text: str, request: Request) -> str:
    """``text`` without the secrets of ``request``, nor what looks like a key or a password."""
    return _redacted(text, _pattern(_secrets(request)))


def scrubbed(body: bytes, request: Request) -> bytes:
    """The bytes of an answer without our own key, should the server have written it back.

    Only secrets of 8 characters or more that hold a letter are looked for: a shorter one may stand
    in the data by chance, and data is never touched.
    """
    sure = [text for text in _secrets(request) if len(text) >= _SURE and not text.isdigit()]
    found = _pattern(sure)
    if found is None:
        return body
    # Latin-1 maps every byte to a character and back; what UTF-8 writes otherwise is added.
    both = _pattern([*sure, *map(_misread, sure)])
    return body if both is None else both.sub(HIDDEN, body.decode("latin-1")).encode("latin-1")


@contextmanager
def secret(request: Request) -> Iterator[None]:
    """Inside, log lines of the HTTP client lose the secrets of ``request``."""
    token = _IN_FLIGHT.set(_pattern(_secrets(request)))
    try:
        yield
    finally:
        _IN_FLIGHT.reset(token)


def guard_loggers(*names: str) -> None:
    """Let every record of the named loggers pass the redaction of ``secret`` from now on."""
    for name in names:
        logger = logging.getLogger(name)
        if not any(isinstance(each, _Redact) for each in logger.filters):
            logger.addFilter(_Redact())


class _Redact(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _redacted(record.getMessage(), _IN_FLIGHT.get()), ()
        return True


def _redacted(text: str, pattern: re.Pattern[str] | None) -> str:
    text = _PAIR.sub(rf"\1={HIDDEN}", USER_INFO.sub(f"//{HIDDEN}@", text))
    return text if pattern is None else pattern.sub(HIDDEN, text)


def _secrets(request: Request) -> list[str]:
    """Every secret of a request as it was given, without empty ones."""
    found = [value for name, value in request.params if name.lower() in SECRET_PARAMS]
    found += [unquote(match[2]) for match in _PAIR.finditer(request.url)]
    for match in USER_INFO.finditer(request.url):
        found += [unquote(part) for part in match[0][2:-1].split(":")]
    for name, value in request.headers:
        if name.lower() in SECRET_HEADERS:
            # "Bearer abc", "Token token=abc": a server may write back the last part only.
            parts = re.split(r"[\s=\"]+", value)
            found += [value, *(part for part in parts if len(part) >= _SURE)]
    return [text for text in found if text]


def _pattern(secrets: list[str]) -> re.Pattern[str] | None:
    """Matches each secret in every way it may be written; None without secrets."""
    forms: set[str] = set()
    for text in secrets:
        forms |= {text, quote(text, safe=""), quote(text), quote_plus(text), html.escape(text)}
        forms |= {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
        forms |= {repr(text)[1:-1], _misread(text)}
    if not forms:
        return None
    longest_first = sorted(forms, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)


def _misread(text: str) -> str:
    """UTF-8 that somebody took for Latin-1."""
    return text.encode().decode("latin-1")
