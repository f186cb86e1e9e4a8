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
from numpy.typing import NDArray

from chocolate_factory.errors import SeriesInvalid
from chocolate_factory.market.calendar import (
    HOUR,
    Instants,
    day_bounds,
    days_between,
    delivery_periods,
    local_days,
    local_hours,
    to_datetime,
    to_datetime64,
)
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.series import QUANTILES, Floats, Forecast
from chocolate_factory.market.tariff import energy_period

Level = Literal["best", "good", "dear", "worst"]
LEVELS: tuple[Level, ...] = ("best", "good", "dear", "worst")
"""Quarters of the shown hours by price rank, cheapest first."""

_LOW, _HIGH = QUANTILES.index(0.10), QUANTILES.index(0.90)


@dataclass(frozen=True, slots=True, eq=False)
class PaidPrices:
    """What a kWh costs in each delivery period.

    Parameters
    ----------
    start, resolution_s
        Delivery starts (UTC) and lengths [s], shape (n,).
    eur_kwh
        Expected price [EUR/kWh], shape (n,).
    quantiles_eur_kwh
        Price at each of ``QUANTILES`` [EUR/kWh], shape (n, len(QUANTILES)); equal to ``eur_kwh``
        where published.
    published
        True where the price is settled, not forecast, shape (n,).
    period
        Tariff period 1–6 (1–3 under 2.0TD), shape (n,).
    """

    start: Instants
    resolution_s: NDArray[np.int64]
    eur_kwh: Floats
    quantiles_eur_kwh: Floats
    published: NDArray[np.bool_]
    period: NDArray[np.int64]

    @property
    def end(self) -> Instants:
        """Delivery ends, UTC, shape (n,)."""
        ends: Instants = self.start + self.resolution_s.astype("timedelta64[s]")
        return ends

    @property
    def low_eur_kwh(self) -> Floats:
        """10 % quantile, shape (n,)."""
        low: Floats = self.quantiles_eur_kwh[:, _LOW]
        return low

    @property
    def high_eur_kwh(self) -> Floats:
        """90 % quantile, shape (n,)."""
        high: Floats = self.quantiles_eur_kwh[:, _HIGH]
        return high

    def between(self, start: datetime, end: datetime) -> PaidPrices:
        """The rows whose delivery starts in [start, end)."""
        keep = (self.start >= to_datetime64(start)) & (self.start < to_datetime64(end))
        return self._rows(keep)

    def at(self, instant: datetime) -> PaidPrices:
        """The one row whose delivery period contains ``instant``, or none."""
        moment = to_datetime64(instant)
        return self._rows((self.start <= moment) & (moment < self.end))

    def __len__(self) -> int:
        return int(self.start.size)

    def _rows(self, keep: NDArray[np.bool_]) -> PaidPrices:
        return PaidPrices(
            self.start[keep], self.resolution_s[keep], self.eur_kwh[keep],
            self.quantiles_eur_kwh[keep], self.published[keep], self.period[keep],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class HourPrice:
    """The price of one clock hour, or of the part of it that is known: [start, end), UTC."""

    start: datetime
    end: datetime
    price_eur_kwh: float
    low_eur_kwh: float
    high_eur_kwh: float
    published: bool
    period: int
    level: Level

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


def paid_prices(forecast: Forecast, contract: Contract) -> PaidPrices:
    """Turn market prices into what the plant pays, by its contract, expected and per quantile.

    A contract that follows no market has its prices settled: every period counts as published.

    Raises
    ------
    SeriesInvalid
        If the forecast is not of the market the contract follows.
    """
    if contract.market is not None and forecast.key != contract.market:
        raise SeriesInvalid(
            f"contract {contract.name} follows {contract.market}, "
            f"but the forecast is of {forecast.key}"
        )
    follows = contract.market is not None
    start = forecast.start

    def price(value: Floats) -> Floats:
        return contract.price_eur_kwh(start, value if follows else None)

    quantiles = np.column_stack(
        [price(forecast.quantiles[:, column]) for column in range(len(QUANTILES))]
    )
    return PaidPrices(
        start=start,
        resolution_s=forecast.resolution_s,
        eur_kwh=price(forecast.mean),
        quantiles_eur_kwh=quantiles,
        published=forecast.published if follows else np.ones(start.shape, dtype=bool),
        period=energy_period(contract.tariff, start),
    )


def hourly(paid: PaidPrices) -> PaidPrices:
    """Time-weighted means per clock hour.

    An hour of which only later quarters are known starts at the first of them. It is published
    only if all its quarters are. The mean of a quantile over the quarters of an hour is the
    hour's quantile if the quarters err together, and a little wide otherwise.
    """
    if not len(paid):
        return paid
    hour = paid.start.astype("datetime64[h]")
    first = np.flatnonzero(np.r_[True, hour[1:] != hour[:-1]])
    seconds = np.add.reduceat(paid.resolution_s, first)

    def mean(values: Floats) -> Floats:
        weighted = (values.T * paid.resolution_s).T
        means: Floats = (np.add.reduceat(weighted, first, axis=0).T / seconds).T
        return means

    return PaidPrices(
        start=paid.start[first],
        resolution_s=seconds,
        eur_kwh=mean(paid.eur_kwh),
        quantiles_eur_kwh=mean(paid.quantiles_eur_kwh),
        published=np.logical_and.reduceat(paid.published, first),
        period=paid.period[first],
    )


def heatmap(paid: PaidPrices, *, first: date, days: int = 7) -> Heatmap:
    """Lay the hourly means out on ``days`` Madrid days from ``first`` by wall-clock hour."""
    shown = days_between(first, first + timedelta(days=days - 1))
    week = hourly(paid.between(day_bounds(shown[0])[0], day_bounds(shown[-1])[1]))
    cheaper = np.searchsorted(np.sort(week.eur_kwh), week.eur_kwh, side="left")
    prices = tuple(
        HourPrice(
            start=to_datetime(week.start[row]),
            end=to_datetime(week.end[row]),
            price_eur_kwh=float(week.eur_kwh[row]),
            low_eur_kwh=float(week.low_eur_kwh[row]),
            high_eur_kwh=float(week.high_eur_kwh[row]),
            published=bool(week.published[row]),
            period=int(week.period[row]),
            level=LEVELS[int(cheaper[row]) * len(LEVELS) // len(week)],
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


def best_hours(
    paid: PaidPrices, *, now: datetime, hours: int, days: int = 3
) -> tuple[Window, ...]:
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
