"""What a simulated upstream says: status, body and content type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEY = "simulated-key"
"""The key that every simulated service wants; it opens nothing else."""

Query = Mapping[str, str]
"""Query parameters of a request; of repeated ones the last."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; ``headers`` are those beside ``Content-Type``, ``-Length`` and ``Date``."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


def as_json(status: int, document: Mapping[str, Any], *, escape: bool) -> Answer:
    """A JSON answer, with non-ASCII text ``\\u``-escaped or as UTF-8."""
    text = json.dumps(document, ensure_ascii=escape, separators=(",", ":"))
    return Answer(status, text.encode())


def no_such_page() -> Answer:
    """What a web framework says about an address it does not know."""
    page = "<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body></body></html>\n"
    return Answer(404, page.encode(), "text/html; charset=UTF-8")
