"""The simulated market in the wire format of ESIOS indicators.

Faithful in what goes wrong there: places that alternate row by row, a ``geos`` list that leaves one
out, a ``datetime_utc`` that is an hour early in the second 02:00 of the autumn day, spot on a
quarter-hour grid from 2025-01-01. ``geo_ids[]`` is taken and not heeded: the worst a client may
meet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from chocolate_factory.market.calendar import (
    HOUR,
    MADRID,
    QUARTER,
    Instants,
    local_midnight,
    local_offset_s,
    to_datetime64,
)
from chocolate_factory.market.catalog import DAY_AHEAD, PVPC, SPOT, spec
from chocolate_factory.market.series import Floats
from chocolate_factory.simulation.answer import Answer, Query, as_json
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.simulation.power_system import Foreseen, SimulatedPowerSystem
from chocolate_factory.simulation.publication import (
    YEARS,
    Told,
    local_text,
    local_texts,
    portugal_eur_mwh,
    prices,
    public_days,
)

QUARTER_HOUR_GRID_FROM = date(2025, 1, 1)
"""First day of indicator 600 on a quarter-hour grid, prices repeated until 2025-10-01."""

LONGEST_SPAN = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class _Place:
    id: int
    name: str
    listed: bool = True


_SYSTEMS = (
    _Place(8741, "Península"),
    _Place(8742, "Canarias"),
    _Place(8743, "Baleares"),
    _Place(8744, "Ceuta"),
    _Place(8745, "Melilla"),
)
_COUNTRIES = (
    _Place(1, "Portugal"),
    _Place(2, "Francia"),
    _Place(3, "España"),
    _Place(8826, "Alemania"),
    _Place(8827, "Bélgica"),
    _Place(8828, "Países Bajos", listed=False),
)


@dataclass(frozen=True, slots=True)
class _Named:
    """An indicator as it names itself; ``foreseen`` is what a forecast for a day is of."""

    name: str
    short_name: str
    foreseen: Foreseen | None = None


_NAMES = {
    1001: _Named("Término de facturación de energía activa del PVPC 2.0TD", "PVPC T. 2.0TD"),
    600: _Named("Precio mercado SPOT Diario", "Mercado SPOT"),
    1775: _Named("Previsión diaria D+1 demanda", "Previsión demanda D+1", "demand"),
    1777: _Named("Previsión diaria D+1 eólica", "Previsión eólica D+1", "wind"),
    1779: _Named("Previsión diaria D+1 fotovoltaica", "Previsión fotovoltaica D+1", "solar"),
}


def indicator(
    number: int,
    query: Query,
    market: SimulatedMarket,
    system: SimulatedPowerSystem,
    *,
    now: datetime,
) -> Answer:
    """The values of indicator ``number`` from ``start_date`` to ``end_date``, both included."""
    named, span = _NAMES.get(number), _span(query)
    if named is None:
        return as_json(404, {"status": 404, "error": "Not Found"}, escape=False)
    if span is None:
        return as_json(400, {"message": "Invalid date range"}, escape=False)
    if named.foreseen is not None:
        told = _forecast(named.foreseen, system, *span, now=now)
    else:
        told = prices(PVPC if number == 1001 else SPOT, market, *span, now=now)
    if told is None:
        return as_json(200, _document(number, named, (), [], None), escape=False)
    if number == 600:
        told = _on_quarter_hours(told, span[1])
    return _told(number, named, told, _columns(number, market, told))


def _span(query: Query) -> tuple[datetime, datetime] | None:
    """First and last instant asked for; None if the question is no good."""
    try:
        start, end = _instant(query["start_date"]), _instant(query["end_date"])
    except (KeyError, ValueError):
        return None
    in_reach = start.year in YEARS and end.year in YEARS
    return (start, end) if in_reach and start <= end <= start + LONGEST_SPAN else None


def _columns(number: int, market: SimulatedMarket, told: Told) -> Sequence[tuple[_Place, Floats]]:
    """The values of each place, in the order in which they alternate."""
    value = told.value
    if number == 1001:
        apart = np.round(1.02 * value + 1, 2)  # Ceuta and Melilla have tolls of their own
        return list(zip(_SYSTEMS, [value] * 3 + [apart] * 2, strict=True))
    if number == 600:
        portugal = portugal_eur_mwh(market, told.start, value)
        france, *others = (np.round(factor * value + 11, 2) for factor in (0.5, 0.9, 0.8, 0.7))
        return list(zip(_COUNTRIES, [portugal, france, value, *others], strict=True))
    return [(_SYSTEMS[0], value)]


def _forecast(
    what: Foreseen,
    system: SimulatedPowerSystem,
    start: datetime,
    end: datetime,
    *,
    now: datetime,
) -> Told | None:
    rule = spec(DAY_AHEAD[what])
    days = public_days(rule, start, end, now=now)
    if not days:
        return None
    hours, mw = system.day_ahead(what, days[0], days[-1])
    return Told(hours, mw, rule.published_at(days[-1])).between(start, end)


def _on_quarter_hours(told: Told, end: datetime) -> Told:
    """Hourly prices from ``QUARTER_HOUR_GRID_FROM`` on repeated in quarter-hours, up to ``end``."""
    hour_s = int(HOUR.total_seconds())
    repeated = spec(SPOT).resolutions_s(told.start) == hour_s
    repeated &= told.start >= to_datetime64(local_midnight(QUARTER_HOUR_GRID_FROM))
    count = np.where(repeated, HOUR // QUARTER, 1)
    within = np.concatenate([np.arange(n) for n in count]) * np.timedelta64(QUARTER, "s")
    start = np.repeat(told.start, count) + within
    asked = start <= to_datetime64(end)
    return Told(start[asked], np.repeat(told.value, count)[asked], told.updated_at)


def _told(
    number: int, named: _Named, told: Told, columns: Sequence[tuple[_Place, Floats]]
) -> Answer:
    stamps = zip(local_texts(told.start), _utc_texts(told.start), strict=True)
    rows = [
        {
            "value": float(column[at]),
            "datetime": text,
            "datetime_utc": f"{wrong}Z",
            "tz_time": f"{utc}.000Z",
            "geo_id": place.id,
            "geo_name": place.name,
        }
        for at, (text, (utc, wrong)) in enumerate(stamps)
        for place, column in columns
    ]
    places = [place for place, _ in columns]
    return as_json(200, _document(number, named, places, rows, told.updated_at), escape=False)


def _document(
    number: int,
    named: _Named,
    places: Sequence[_Place],
    rows: Sequence[Mapping[str, Any]],
    updated_at: datetime | None,
) -> dict[str, Any]:
    unit = {"name": "Energía", "id": 13} if named.foreseen else {"name": "Precio", "id": 23}
    grid = {"name": "Quince minutos", "id": 5} if number == 600 else {"name": "Hora", "id": 4}
    return {
        "indicator": {
            "name": named.name,
            "short_name": named.short_name,
            "id": number,
            "composited": False,
            "step_type": "linear",
            "disaggregated": number in (600, 1001),
            "magnitud": [unit],
            "tiempo": [grid],
            "geos": [
                {"geo_id": place.id, "geo_name": place.name} for place in places if place.listed
            ],
            "values_updated_at": None if updated_at is None else local_text(updated_at),
            "values": rows,
        }
    }


def _utc_texts(start: Instants) -> list[tuple[str, str]]:
    """Each instant in UTC, and what ``datetime_utc`` makes of it: an hour early where the clock
    shows an hour for the second time."""
    before = local_offset_s(start - np.timedelta64(HOUR, "s"))
    again = before > local_offset_s(start)
    wrong = np.where(again, start - np.timedelta64(HOUR, "s"), start)
    texts = (np.datetime_as_string(each, unit="s").tolist() for each in (start, wrong))
    return list(zip(*texts, strict=True))


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=MADRID)
