"""The envelope, the dates and the refusal that all of REData's simulated widgets share.

Dates are local wall time with both ends included, text is ``\\u``-escaped, and everything that is
refused is refused with the same words and HTTP 400.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from chocolate_factory.market.calendar import MADRID
from chocolate_factory.market.series import Floats
from chocolate_factory.simulation.answer import Answer, Query, as_json
from chocolate_factory.simulation.publication import YEARS, Told, local_text, local_texts


@dataclass(frozen=True, slots=True)
class Shown:
    """A series as a widget presents it; ``kind`` is ``Renovable``, ``No-Renovable``, ``total``."""

    id: str
    title: str
    color: str
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Widget:
    """A widget: its number and title, the unit word of its series, the longest span it answers."""

    id: str
    title: str
    time_trunc: str
    longest: timedelta
    magnitude: str | None = None

    def span(self, query: Query) -> tuple[datetime, datetime] | None:
        """First and last instant asked for (Madrid), or None if the question is refused."""
        try:
            start, end = _instant(query["start_date"]), _instant(query["end_date"])
        except (KeyError, ValueError):
            return None
        asked_well = query.get("time_trunc") == self.time_trunc
        in_reach = start.year in YEARS and end.year in YEARS
        if not (asked_well and in_reach and start <= end <= start + self.longest):
            return None
        return start, end

    def answer(self, columns: Sequence[tuple[Shown, Told | None]]) -> Answer:
        """The envelope around the series that have values; the refusal if none has."""
        told = [(shown, column) for shown, column in columns if column is not None]
        if not told:
            return refused()
        shares = _shares([column for _, column in told])
        updated = max(column.updated_at for _, column in told)
        attributes = {
            "title": self.title,
            "last-update": local_text(updated),
            "description": None,
        }
        document = {
            "data": {
                "type": self.title,
                "id": self.id,
                "attributes": attributes,
                "meta": {"cache-control": {"cache": "MISS"}},
            },
            "included": [
                self._series(shown, column, share)
                for (shown, column), share in zip(told, shares, strict=True)
            ],
        }
        return as_json(200, document, escape=True)

    def _series(self, shown: Shown, column: Told, share: Floats) -> dict[str, Any]:
        rows = zip(column.value.tolist(), share.tolist(), local_texts(column.start), strict=True)
        return {
            "type": shown.title,
            "id": shown.id,
            "groupId": None,
            "attributes": {
                "title": shown.title,
                "description": None,
                "color": shown.color,
                "type": shown.kind,
                "magnitude": self.magnitude,
                "composite": False,
                "last-update": local_text(column.updated_at),
                "values": [
                    {"value": value, "percentage": part, "datetime": text}
                    for value, part, text in rows
                ],
            },
        }


def refused() -> Answer:
    """What a widget says to a wrong question and to one whose answer is not published."""
    detail = (
        "Los datos solicitados no están disponibles en este momento. Inténtelo de nuevo más tarde."
    )
    fault = {"status": "400", "title": "Error Interno", "detail": detail}
    return as_json(400, {"errors": [fault]}, escape=True)


def _shares(columns: Sequence[Told]) -> list[Floats]:
    """Each value as a fraction of all values at its instant, as the widget's pie chart wants."""
    stamps = np.concatenate([column.start for column in columns])
    sizes = np.abs(np.concatenate([column.value for column in columns]))
    _, where = np.unique(stamps, return_inverse=True)
    totals = np.bincount(where, sizes)[where]
    shares = np.divide(sizes, totals, out=np.zeros_like(sizes), where=totals > 0)
    return np.split(shares, np.cumsum([column.start.size for column in columns])[:-1])


def _instant(text: str) -> datetime:
    wall = datetime.fromisoformat(text)
    if wall.tzinfo is not None:
        raise ValueError("the widgets take local wall time")
    return wall.replace(tzinfo=MADRID)
