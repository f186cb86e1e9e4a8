"""The envelope of REE REData (``apidatos.ree.es``): what its widgets share, without a key.

::

    {"data": {…}, "included": [{"id": "600", "attributes": {"title": …, "values": [
        {"value": 55.1, "percentage": 0.4, "datetime": "2026-07-26T00:00:00.000+02:00"}]}}]}

Dates of a question are local wall time, both ends included. Times of an answer come from each
value's offset, never from its place in the list; a ``null`` is a value that is not there. Errors
are JSON with one and the same text for "not yet published" and for every other refusal; the
requests made here are always well-formed, so they are read as not published. A web page
(Incapsula's block, an exception page) may stand in the place of JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import numpy as np

from chocolate_factory.errors import NotPublished, SourceError, SourceRejected, SourceUnavailable
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.series import Floats
from chocolate_factory.sources.base import Request, changed, number, read_json

BASE_URL = "https://apidatos.ree.es"
PENINSULA_ONLY = (
    ("geo_trunc", "electric_system"),
    ("geo_limit", "peninsular"),
    ("geo_ids", "8741"),
)
"""Query of the peninsular system; the three go together or not at all."""


Label = TypeVar("Label")
"""What a client calls a series it knows: its key, its part in the answer."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A series as a widget shows it; ``id`` and ``title`` as text."""

    id: str
    title: str


def widget_request(
    base_url: str,
    widget: str,
    first: date,
    last: date,
    *,
    time_trunc: str,
    place: tuple[tuple[str, str], ...] = (),
) -> Request:
    """The question for Madrid days ``first`` to ``last``, both included, as local wall time."""
    return Request(
        f"{base_url}/es/datos/{widget}",
        params=(
            ("start_date", f"{first}T00:00"),
            ("end_date", f"{last}T23:59"),  # next-day 00:00 would add a value of that day
            ("time_trunc", time_trunc),
            *place,
        ),
        headers=(("Accept", "application/json"), ("Content-Type", "application/json")),
    )


def series_in(
    body: bytes, choose: Callable[[Shown], Label | None], *, wanted: str, source: str
) -> dict[Label, tuple[Instants, Floats]]:
    """Starts (UTC) and values of the series that ``choose`` names, in the order they came.

    Series without a value are left out, and so are those ``choose`` answers None to.

    Raises
    ------
    NotPublished
        If the answer is the error envelope or holds no value.
    SourceChanged
        If the shape is another one, ``choose`` knows no series of the answer (``wanted`` says
        which were looked for), a series comes twice, a time has no offset or a value is no number.
    SourceUnavailable
        If the bytes are a web page or cut off.
    """
    document = read_json(body, source=source)
    if "errors" in document:
        raise refusal(document, status=200, source=source)
    included = document.get("included")
    if not isinstance(included, list):
        changed(source, "the answer has no list `included`")
    found: dict[Label, tuple[Instants, Floats]] = {}
    for entry in included:
        if not isinstance(entry, dict):
            continue
        attributes = entry.get("attributes")
        titled = attributes if isinstance(attributes, dict) else {}
        shown = Shown(str(entry.get("id")), str(titled.get("title", entry.get("type"))))
        label = choose(shown)
        if label is None:
            continue
        if not isinstance(titled.get("values"), list):
            changed(source, f"series {shown.id!r:.20} has no list `attributes.values`")
        if label in found:
            changed(source, f"{label} appears twice")
        found[label] = _columns(label, titled["values"], source=source)
    if included and not found:
        changed(source, f"none of the series {wanted} is in the answer")
    found = {label: columns for label, columns in found.items() if columns[0].size}
    if not found:
        raise NotPublished(source, "no value is published for these days yet")
    return found


def classify(status: int, body: bytes, *, source: str) -> SourceError:
    """The error envelope means not published; anything else that we asked wrongly."""
    try:
        document = read_json(body, source=source)
    except SourceError:
        return SourceRejected(source, f"HTTP {status} with a body that is not REData's")
    if status in (401, 403):  # no key is asked for: this address is blocked
        return SourceRejected(source, f"HTTP {status}: access refused")
    return refusal(document, status=status, source=source)


def refusal(document: dict[str, Any], *, status: int, source: str) -> SourceError:
    """What an error envelope, which came with HTTP ``status``, stands for."""
    errors = document.get("errors")
    fault = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(fault, dict):
        return SourceRejected(source, f"HTTP {status} without an explanation")
    said = str(fault.get("status", status))[:20]
    if said.startswith("5"):
        return SourceUnavailable(source, f"says error {said}; try again later")
    detail = str(fault.get("detail", ""))[:200]
    return NotPublished(source, f"not published yet, or not available ({detail})")


def _columns(label: object, values: list[Any], *, source: str) -> tuple[Instants, Floats]:
    seconds, numbers = [], []
    for row in values:
        if not isinstance(row, dict) or "value" not in row:
            changed(source, f"{label}: a row is not {{value, datetime}}")
        if row["value"] is None:
            continue
        stamp = _instant(label, row.get("datetime"), source=source)
        numbers.append(number(row["value"], source=source, where=f"{label} at {stamp}"))
        seconds.append(int(stamp.timestamp()))
    start = np.array(seconds, dtype=np.int64).astype("datetime64[s]")
    return start, np.array(numbers, dtype=np.float64)


def _instant(label: object, text: Any, *, source: str) -> datetime:
    try:
        stamp = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        changed(source, f"{label}: {str(text)[:40]!r} is not a time")
    if stamp.tzinfo is None:
        changed(source, f"{label}: the time {text!r} has no offset")
    if not 2000 <= stamp.year < 2100:
        changed(source, f"{label}: {text!r} is not a time of this market")
    return stamp
