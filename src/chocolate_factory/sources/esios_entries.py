"""ESIOS JSON (Red Eléctrica), as a file or as an answer: PVPC, spot and forecasts for a day.

*Archive 70*: ``{"PVPC": [{"Dia": "31/10/2021", "Hora": "00-01", "PCB": "171,48", …}, …]}``. PCB is
the PVPC of the peninsula, the Canaries and the Balearics in EUR/MWh with a decimal comma. The n-th
entry is the n-th hour from local midnight; the labels of ``Hora`` run on to 24-25 in autumn.

*Indicators*: ``{"indicator": {"id": 600, "values": [{"value": 55.1, "datetime": …, "datetime_utc":
…, "tz_time": …, "geo_id": 3}, …]}}``, values of several places alternating. ``datetime`` carries
the offset. ``datetime_utc`` is wrong in the second 02:00 of the autumn day and is never read;
``geos`` may leave out a place that has values and is not read either. From 2025-01-01 to
2025-09-30 indicator 600 repeats every hourly price in four quarter-hours: they are one value here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import HOUR, delivery_periods
from chocolate_factory.market.catalog import DAY_AHEAD, PVPC, SPOT
from chocolate_factory.market.series import Floats, SeriesKey
from chocolate_factory.sources.market_grid import whole_hours
from chocolate_factory.sources.reading import Reading, Unlike
from chocolate_factory.sources.rows import EARLIEST, LATEST, instant

SOURCE = "esios"
PENINSULA, SPAIN = 8741, 3
"""Values of ``geo_id``: the peninsular system; the country."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: its number, series, the ``geo_id`` whose values it is, its first day."""

    number: int
    key: SeriesKey
    geo: int
    since: date


INDICATORS = {
    each.number: each
    for each in (
        Indicator(1001, PVPC, PENINSULA, date(2021, 6, 1)),  # 2.0TD
        Indicator(600, SPOT, SPAIN, date(2014, 1, 1)),
        Indicator(1775, DAY_AHEAD["demand"], PENINSULA, date(2019, 1, 1)),
        Indicator(1777, DAY_AHEAD["wind"], PENINSULA, date(2019, 1, 1)),
        Indicator(1779, DAY_AHEAD["solar"], PENINSULA, date(2019, 1, 1)),
    )
}
"""Prices in EUR/MWh (PVPC is stored in EUR/kWh), forecasts in MW. The rolling forecasts 460, 541
and 542 are not among them: they are overwritten, so their history knows what came after."""

_COMMA_NUMBER = re.compile(r"-?\d+(,\d+)?", re.ASCII)
_LABEL = re.compile(r"(\d{2})-(\d{2})", re.ASCII)
_DAY = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)


def archive(entries: Sequence[Any]) -> Reading:
    """PVPC [EUR/kWh] of the day whose list ``PVPC`` of archive 70 is; places count its entries.

    Raises ``Unlike`` if the entries are not the hours of one day of 2.0TD, in order and complete,
    or a price has a decimal point.
    """
    day = _archive_day(entries)
    starts = delivery_periods(day, HOUR)
    if len(entries) != len(starts):
        raise Unlike(f"{day} has {len(starts)} hours, the list {len(entries)}")
    unlike: list[Unlike] = []
    good: list[int] = []
    price_eur_mwh: list[float] = []
    for at, entry in enumerate(entries):
        price = entry["PCB"]
        if isinstance(price, str) and _COMMA_NUMBER.fullmatch(price.strip()):
            good.append(at)
            price_eur_mwh.append(float(price.strip().replace(",", ".")))
        elif isinstance(price, float) or (isinstance(price, str) and "." in price):
            reason = f"{price!r:.60} has a decimal point, ESIOS writes a comma"
            raise Unlike(reason, at=at, column="PCB")
        else:
            unlike.append(Unlike(f"{price!r:.60} is not a number", at=at, column="PCB"))
    places = np.array(good, dtype=np.int64)
    value = _eur_kwh(np.array(price_eur_mwh, dtype=np.float64))
    return Reading(PVPC, starts[places], value, places, tuple(unlike))


def indicator(tree: Mapping[str, Any]) -> Reading:
    """The values of one of ``INDICATORS`` in the object ``indicator``; places count its values.

    Raises ``Unlike`` if it is of another indicator, has no list of values, or none of its place.
    """
    number, values = tree.get("id"), tree.get("values")
    if not isinstance(number, int) or number not in INDICATORS:
        known = ", ".join(f"{each.number} ({each.key.name})" for each in INDICATORS.values())
        raise Unlike(
            f"indicator {number!r:.20} ({tree.get('name')!s:.90}) is not a series this system "
            f"stores; it stores {known}"
        )
    known_as = INDICATORS[number]
    if not isinstance(values, list) or not all(isinstance(entry, dict) for entry in values):
        raise Unlike(f"indicator {number} has no list of values", column="values")
    ours = [at for at, entry in enumerate(values) if entry.get("geo_id") == known_as.geo]
    if not ours:
        seen = sorted({str(entry.get("geo_id"))[:20] for entry in values})[:10]
        raise Unlike(
            f"indicator {number} has no value for geo {known_as.geo}; geos there: {', '.join(seen)}"
        )
    notes = []
    if len(ours) < len(values):
        other = len(values) - len(ours)
        notes.append(f"{other} values of other places than geo {known_as.geo} left out")
    start, value, places, unlike = _columns(values, ours)
    if known_as.key == PVPC:
        value = _eur_kwh(value)
    if known_as.key == SPOT:
        keep, split = _hours(start, value, places)
        unlike += split
        if not keep.all():
            notes.append(f"{keep.size} equal quarter-hours taken as {keep.sum()} hourly prices")
        start, value, places = start[keep], value[keep], places[keep]
    return Reading(known_as.key, start, value, places, tuple(unlike), tuple(notes))


def _archive_day(entries: Sequence[Any]) -> date:
    """The one day of the list, its entries in order and with the columns of 2.0TD."""
    if not entries:
        raise Unlike("holds no hours")
    last_hour = -1
    for at, entry in enumerate(entries):
        if not isinstance(entry, dict) or not isinstance(entry.get("Dia"), str):
            raise Unlike(f"entry {at + 1} has no day (Dia)", at=at)
        if "PCB" not in entry and "GEN" in entry:
            raise Unlike(
                "has the tariffs GEN, NOC and VHC, which ended on 2021-05-31; the PVPC stored here "
                "is that of 2.0TD (column PCB), from 2021-06-01 on",
                at=at,
            )
        if "PCB" not in entry:
            raise Unlike(f"entry {at + 1} has no price", at=at, column="PCB")
        if entry["Dia"] != entries[0]["Dia"]:
            raise Unlike(f"a second day, {entry['Dia']!r:.40}", at=at, column="Dia")
        label = _LABEL.fullmatch(str(entry.get("Hora")))
        if label is None or int(label[1]) <= last_hour:
            reason = f"{entry.get('Hora')!r:.40} is not the hour after the entry before"
            raise Unlike(reason, at=at, column="Hora")
        last_hour = int(label[1])
    return _day(entries[0]["Dia"])


def _day(text: str) -> date:
    cells = _DAY.fullmatch(text)
    try:
        day = date(int(cells[3]), int(cells[2]), int(cells[1])) if cells else None
    except ValueError:
        day = None
    if day is None or not EARLIEST < np.datetime64(day) < LATEST:
        raise Unlike(f"{text!r:.40} is not a day dd/mm/yyyy", at=0, column="Dia")
    return day


Columns = tuple[NDArray[np.datetime64], Floats, NDArray[np.int64], list[Unlike]]


def _columns(values: Sequence[Mapping[str, Any]], ours: Sequence[int]) -> Columns:
    """Start, value, place and what cannot be read of the entries ``ours``."""
    read: list[tuple[np.datetime64, float, int]] = []
    unlike = []
    for at in ours:
        column = "datetime"
        try:
            start = _start(values[at])
            column = "value"
            read.append((start, _number(values[at].get("value")), at))
        except ValueError as fault:
            unlike.append(Unlike(str(fault), at=at, column=column))
    return (
        np.array([row[0] for row in read], dtype="datetime64[s]"),
        np.array([row[1] for row in read], dtype=np.float64),
        np.array([row[2] for row in read], dtype=np.int64),
        unlike,
    )


def _hours(
    start: NDArray[np.datetime64], value: Floats, places: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], list[Unlike]]:
    """Which spot prices to keep, each hourly price once; times of another age are kept as is."""
    keep = np.ones(start.shape, dtype=bool)
    known = np.flatnonzero((start >= EARLIEST) & (start < LATEST))
    hours = whole_hours(start[known], value[known])
    keep[known] = hours.keep
    split = [
        Unlike(reason, at=int(places[known[row]]), column="value") for row, reason in hours.unlike
    ]
    return keep, split


def _start(entry: Mapping[str, Any]) -> np.datetime64:
    """``datetime``, checked against ``tz_time`` where there is one; never ``datetime_utc``."""
    start = instant(str(entry.get("datetime")))
    if "tz_time" in entry and instant(str(entry["tz_time"])) != start:
        raise ValueError(f"{entry['datetime']} and tz_time {entry['tz_time']!s:.40} differ")
    return start


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r:.60} is not a number")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("the number is absurdly long") from None


def _eur_kwh(price_eur_mwh: Floats) -> Floats:
    return np.round(price_eur_mwh / 1000, 8)
