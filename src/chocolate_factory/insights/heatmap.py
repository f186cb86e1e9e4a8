"""What a kWh costs this plant, hour by hour: the weekly heatmap and the next cheap windows.

Prices here are what the plant pays under its contract [EUR/kWh], tolls and electricity tax in,
VAT out. Levels are ranks within the days shown and nothing more: they say which hours are cheap
this week, not what to do in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import numpy as np

from chocolate_factory.insights.paid import PaidPrices
from chocolate_factory.market.calendar import (
    HOUR,
    day_bounds,
    days_between,
    delivery_periods,
    local_days,
    local_hours,
    to_datetime,
    to_datetime64,
)
from chocolate_factory.market.hours import clock_hours
from chocolate_factory.market.series import Floats

Level = Literal["best", "good", "dear", "worst", "even"]
LEVELS: tuple[Level, ...] = ("best", "good", "dear", "worst")
"""Quarters of the shown hours by price rank, cheapest first; ``even``: prices do not differ."""

DIFFERS_EUR_KWH = 1e-6
"""Prices nearer than this to each other are the same."""


@dataclass(frozen=True, slots=True)
class PartPrice:
    """The price of [start, end), UTC, here of one delivery period shorter than an hour."""

    start: datetime
    end: datetime
    price_eur_kwh: float
    low_eur_kwh: float
    high_eur_kwh: float
    published: bool


@dataclass(frozen=True, slots=True)
class HourPrice(PartPrice):
    """The price of one clock hour, or of the part of it that is known.

    ``quarters``: its delivery periods, empty where prices are hourly.
    """

    period: int
    level: Level
    quarters: tuple[PartPrice, ...] = ()

    @property
    def negative(self) -> bool:
        """Whether the plant would be paid for taking energy."""
        return self.price_eur_kwh < 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One wall-clock hour of one day.

    ``exists`` is False for the hour that the clock skips in March; ``prices`` holds two entries
    for the hour it repeats in October, and none where no price is known.
    """

    hour: int
    exists: bool
    prices: tuple[HourPrice, ...]


@dataclass(frozen=True, slots=True)
class DayRow:
    """The cells of one Madrid day, one per column of the heatmap."""

    day: date
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Heatmap:
    """Days × wall-clock hours of what the plant pays."""

    hours: tuple[int, ...]
    days: tuple[DayRow, ...]

    @property
    def prices(self) -> tuple[HourPrice, ...]:
        """Every priced hour, in order of time."""
        return tuple(price for row in self.days for cell in row.cells for price in cell.prices)


@dataclass(frozen=True, slots=True)
class Window:
    """The cheapest contiguous stretch of a day, [start, end) in UTC, means over its periods."""

    start: datetime
    end: datetime
    price_eur_kwh: float
    low_eur_kwh: float
    high_eur_kwh: float
    published: bool
    day_mean_eur_kwh: float


def hourly(paid: PaidPrices) -> PaidPrices:
    """Time-weighted means per clock hour.

    An hour of which only later quarters are known starts at the first of them. It is published
    only if all its quarters are.
    """
    if not len(paid):
        return paid
    hours = clock_hours(paid.start, paid.resolution_s)
    return PaidPrices(
        start=paid.start[hours.first],
        resolution_s=hours.length_s,
        eur_kwh=hours.mean(paid.eur_kwh),
        quantiles_eur_kwh=hours.mean(paid.quantiles_eur_kwh),
        published=hours.whole(paid.published),
        period=paid.period[hours.first],
    )


def heatmap(paid: PaidPrices, *, first: date, days: int = 7) -> Heatmap:
    """Lay the hourly means out on ``days`` Madrid days from ``first`` by wall-clock hour."""
    shown = days_between(first, first + timedelta(days=days - 1))
    known = paid.between(day_bounds(shown[0])[0], day_bounds(shown[-1])[1])
    week = hourly(known)
    parts = _parts(known)
    first_part = [*np.searchsorted(known.start, week.start).tolist(), len(parts)]
    levels = _levels(week.eur_kwh)
    prices = tuple(
        HourPrice(
            start=to_datetime(week.start[row]),
            end=to_datetime(week.end[row]),
            price_eur_kwh=float(week.eur_kwh[row]),
            low_eur_kwh=float(week.low_eur_kwh[row]),
            high_eur_kwh=float(week.high_eur_kwh[row]),
            published=bool(week.published[row]),
            period=int(week.period[row]),
            level=levels[row],
            quarters=parts[first_part[row] : first_part[row + 1]],
        )
        for row in range(len(week))
    )
    placed: dict[tuple[date, int], list[HourPrice]] = {}
    for day, hour, price in zip(
        local_days(week.start).astype(object), local_hours(week.start), prices, strict=True
    ):
        placed.setdefault((day, int(hour)), []).append(price)
    clocks = {day: {int(h) for h in local_hours(delivery_periods(day, HOUR))} for day in shown}
    columns = tuple(sorted(set().union(*clocks.values())))
    return Heatmap(
        hours=columns,
        days=tuple(
            DayRow(
                day,
                tuple(
                    Cell(hour, hour in clocks[day], tuple(placed.get((day, hour), ())))
                    for hour in columns
                ),
            )
            for day in shown
        ),
    )


def _levels(eur_kwh: Floats) -> list[Level]:
    """The level of each shown hour."""
    if not eur_kwh.size or np.ptp(eur_kwh) < DIFFERS_EUR_KWH:
        return ["even"] * eur_kwh.size
    cheaper = np.searchsorted(np.sort(eur_kwh), eur_kwh, side="left")
    return [LEVELS[int(rank) * len(LEVELS) // eur_kwh.size] for rank in cheaper]


def _parts(paid: PaidPrices) -> tuple[PartPrice, ...]:
    """Every delivery period; none if they are hours."""
    if not len(paid) or int(paid.resolution_s.min()) >= int(HOUR.total_seconds()):
        return ()
    return tuple(
        PartPrice(
            start=to_datetime(paid.start[row]),
            end=to_datetime(paid.end[row]),
            price_eur_kwh=float(paid.eur_kwh[row]),
            low_eur_kwh=float(paid.low_eur_kwh[row]),
            high_eur_kwh=float(paid.high_eur_kwh[row]),
            published=bool(paid.published[row]),
        )
        for row in range(len(paid))
    )


def best_hours(paid: PaidPrices, *, now: datetime, hours: int, days: int = 3) -> tuple[Window, ...]:
    """The cheapest contiguous ``hours`` of each of the next ``days`` Madrid days.

    A window starts at or after ``now``, lies within one day and holds only known prices; of equal
    ones the earliest is taken. A day without room for one has none.
    """
    first = local_days(np.array([to_datetime64(now)]))[0].astype(object)
    found = []
    for day in days_between(first, first + timedelta(days=days - 1)):
        of_day = paid.between(*day_bounds(day))
        window = _cheapest(of_day, to_datetime64(now), np.timedelta64(hours, "h"))
        if window is not None:
            found.append(window)
    return tuple(found)


def _cheapest(day: PaidPrices, now: np.datetime64, length: np.timedelta64) -> Window | None:
    """The cheapest window of ``length`` in the rows of one day, means weighted by time."""
    seconds = int(length / np.timedelta64(1, "s"))
    best: tuple[float, slice] | None = None
    for row in np.flatnonzero(day.start >= now):
        stop = int(np.searchsorted(day.start, day.start[row] + length))
        if day.resolution_s[row:stop].sum() != seconds:
            continue  # the day ends first, or a period is not known
        cost = float(day.eur_kwh[row:stop] @ day.resolution_s[row:stop])
        if best is None or cost < best[0]:
            best = cost, slice(int(row), stop)
    if best is None:
        return None
    cost, rows = best
    weight = day.resolution_s[rows]
    return Window(
        start=to_datetime(day.start[rows][0]),
        end=to_datetime(day.end[rows][-1]),
        price_eur_kwh=cost / seconds,
        low_eur_kwh=float(day.low_eur_kwh[rows] @ weight) / seconds,
        high_eur_kwh=float(day.high_eur_kwh[rows] @ weight) / seconds,
        published=bool(day.published[rows].all()),
        day_mean_eur_kwh=float(day.eur_kwh @ day.resolution_s) / float(day.resolution_s.sum()),
    )
