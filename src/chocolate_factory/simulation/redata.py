"""The simulated market in the wire format of REE's REData price widget.

Prices appear at their publication time (``market.catalog``), dates are local wall time with both
ends included, and everything the widget refuses it refuses with the same text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from chocolate_factory.errors import MissingData
from chocolate_factory.market.calendar import (
    MADRID,
    Instants,
    days_between,
    delivery_day,
    local_offset_s,
    local_wall,
    to_datetime64,
)
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.market.series import Floats, SeriesKey
from chocolate_factory.simulation.answer import Answer, Query, as_json
from chocolate_factory.simulation.market import SimulatedMarket

PATHS = tuple(f"/{tongue}/datos/mercados/precios-mercados-tiempo-real" for tongue in ("es", "en"))
LONGEST_SPAN = timedelta(days=31)
_YEARS = range(2014, 2100)
_TITLE = "Precios mercado peninsular en tiempo real"


@dataclass(frozen=True, slots=True)
class _Shown:
    """A series as the widget presents it."""

    key: SeriesKey
    id: str
    title: str
    color: str


_SHOWN = (
    _Shown(PVPC, "1001", "PVPC", "#ffcf09"),
    _Shown(SPOT, "600", "Precio mercado spot", "#d90000"),
)


@dataclass(frozen=True, slots=True)
class _Column:
    """The published rows of a series, in EUR/MWh."""

    shown: _Shown
    published_at: datetime
    start: Instants
    eur_mwh: Floats


def price_widget(query: Query, market: SimulatedMarket, *, now: datetime) -> Answer:
    """The widget's answer at ``now``: an envelope with the series published, or HTTP 400."""
    try:
        start, end = _instant(query["start_date"]), _instant(query["end_date"])
    except (KeyError, ValueError):
        return _refused()
    in_reach = start.year in _YEARS and end.year in _YEARS
    if (
        query.get("time_trunc") != "hour"
        or not in_reach
        or not start <= end <= start + LONGEST_SPAN
    ):
        return _refused()
    found = [_column(shown, market, start, end, now=now) for shown in _SHOWN]
    columns = [column for column in found if column is not None]
    if not columns:
        return _refused()
    return as_json(200, _envelope(columns), escape=True)


def _column(
    shown: _Shown, market: SimulatedMarket, start: datetime, end: datetime, *, now: datetime
) -> _Column | None:
    """The rows of a series from ``start`` to ``end`` whose day is published; None without any."""
    published_at = spec(shown.key).published_at
    days = days_between(delivery_day(start), delivery_day(end))
    days = [day for day in days if published_at(day) <= now]
    if not days:
        return None
    if shown.key == PVPC:
        starts, eur_mwh = _pvpc_eur_mwh(market, days)
    else:
        starts, eur_mwh = market.spot(days[0], days[-1])
    asked = (starts >= to_datetime64(start)) & (starts <= to_datetime64(end))
    if not asked.any():
        return None
    return _Column(shown, published_at(days[-1]), starts[asked], eur_mwh[asked])


def _pvpc_eur_mwh(market: SimulatedMarket, days: list[date]) -> tuple[Instants, Floats]:
    """PVPC of the days whose toll is known; a year without toll tables has no PVPC."""
    starts = [np.zeros(0, dtype="datetime64[s]")]
    prices = [np.zeros(0)]
    for year in range(days[0].year, days[-1].year + 1):
        first, last = max(days[0], date(year, 1, 1)), min(days[-1], date(year, 12, 31))
        try:
            start, eur_kwh = market.pvpc(first, last)
        except MissingData:
            continue
        starts.append(start)
        prices.append(np.round(eur_kwh * 1000, 2))
    return np.concatenate(starts), np.concatenate(prices)


def _envelope(columns: list[_Column]) -> dict[str, Any]:
    shares = _shares(columns)
    updated = _local_text(max(column.published_at for column in columns))
    return {
        "data": {
            "type": _TITLE,
            "id": "mer13",
            "attributes": {"title": _TITLE, "last-update": updated, "description": None},
            "meta": {"cache-control": {"cache": "MISS"}},
        },
        "included": [
            {
                "type": column.shown.title,
                "id": column.shown.id,
                "groupId": None,
                "attributes": {
                    "title": column.shown.title,
                    "description": None,
                    "color": column.shown.color,
                    "type": None,
                    "magnitude": "price",
                    "composite": False,
                    "last-update": _local_text(column.published_at),
                    "values": [
                        {"value": value, "percentage": share, "datetime": text}
                        for value, share, text in zip(
                            column.eur_mwh.tolist(),
                            share_of_stamp.tolist(),
                            _local_texts(column.start),
                            strict=True,
                        )
                    ],
                },
            }
            for column, share_of_stamp in zip(columns, shares, strict=True)
        ],
    }


def _shares(columns: list[_Column]) -> list[Floats]:
    """Each value as a fraction of all values at its instant, as the widget's pie chart wants."""
    stamps = np.concatenate([column.start for column in columns])
    sizes = np.abs(np.concatenate([column.eur_mwh for column in columns]))
    _, where = np.unique(stamps, return_inverse=True)
    totals = np.bincount(where, sizes)[where]
    shares = np.divide(sizes, totals, out=np.zeros_like(sizes), where=totals > 0)
    return np.split(shares, np.cumsum([column.start.size for column in columns])[:-1])


def _refused() -> Answer:
    detail = (
        "Los datos solicitados no están disponibles en este momento. Inténtelo de nuevo más tarde."
    )
    fault = {"status": "400", "title": "Error Interno", "detail": detail}
    return as_json(400, {"errors": [fault]}, escape=True)


def _instant(text: str) -> datetime:
    wall = datetime.fromisoformat(text)
    if wall.tzinfo is not None:
        raise ValueError("the widget takes local wall time")
    return wall.replace(tzinfo=MADRID)


def _local_text(instant: datetime) -> str:
    return instant.astimezone(MADRID).isoformat(timespec="milliseconds")


def _local_texts(start: Instants) -> list[str]:
    walls = np.datetime_as_string(local_wall(start), unit="ms")
    offsets_h = local_offset_s(start) // 3600
    return [f"{wall}+{hours:02d}:00" for wall, hours in zip(walls, offsets_h, strict=True)]
