"""The year by calendar month, and which months keep away from the limits of the plant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from chocolate_factory.insights.climatology.record import DailyValues
from chocolate_factory.insights.climatology.thresholds import Crossings

LEAST_DAYS = 28
"""With fewer days of a calendar month nothing is said of it."""

SUMMED = ("precipitation_day", "precipitation_effective", "evapotranspiration", "radiation")
"""Variables of which the sum over a month means something."""


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month over all years, in the unit of the variable.

    ``days`` with a value, in ``years`` different years; figures are None below ``LEAST_DAYS``
    days. ``total``: mean sum over a month, over the ``whole_months`` of which every day has a
    value; None for what is not summed, or without such a month.
    """

    month: int
    days: int
    years: int
    mean: float | None
    p10: float | None
    p90: float | None
    lowest: float | None
    highest: float | None
    whole_months: int
    total: float | None


@dataclass(frozen=True, slots=True)
class Season:
    """One variable through the year: always twelve months."""

    name: str
    unit: str
    months: tuple[Month, ...]


@dataclass(frozen=True, slots=True)
class RankedMonth:
    """A month by how seldom it passes the lowest limit.

    ``rank`` 1 for the best, None without enough days; months that tie share the better rank.
    """

    month: int
    days: int
    above: int
    share_pct: float | None
    rank: int | None


def season(values: DailyValues) -> Season:
    """The twelve months of a variable."""
    return Season(values.name, values.unit, tuple(_month(values, n) for n in range(1, 13)))


def months_ranked(crossed: Crossings) -> tuple[RankedMonth, ...]:
    """January to December by the share of their days above a limit."""
    shares = [100 * m.above / m.days if m.days >= LEAST_DAYS else None for m in crossed.months]
    known = [share for share in shares if share is not None]
    return tuple(
        RankedMonth(
            month=month.month,
            days=month.days,
            above=month.above,
            share_pct=share,
            rank=None if share is None else 1 + sum(other < share for other in known),
        )
        for month, share in zip(crossed.months, shares, strict=True)
    )


def _month(values: DailyValues, number: int) -> Month:
    own = values.where(values.month == number)
    enough = len(own) >= LEAST_DAYS
    p10, p90 = np.quantile(own.value, (0.1, 0.9)).tolist() if enough else (None, None)
    totals = _whole_months(own) if values.name in SUMMED else []
    return Month(
        month=number,
        days=len(own),
        years=int(np.unique(own.year).size),
        mean=float(own.value.mean()) if enough else None,
        p10=p10,
        p90=p90,
        lowest=float(own.value.min()) if enough else None,
        highest=float(own.value.max()) if enough else None,
        whole_months=len(totals),
        total=float(np.mean(totals)) if totals else None,
    )


def _whole_months(own: DailyValues) -> Sequence[float]:
    """Sums over the months, of one calendar month, of which every day has a value."""
    sums = []
    for month in np.unique(own.day.astype("datetime64[M]")):
        inside = own.day.astype("datetime64[M]") == month
        first: date = month.astype("datetime64[D]").astype(object)
        after: date = (month + 1).astype("datetime64[D]").astype(object)
        if inside.sum() == (after - first).days:
            sums.append(float(own.value[inside].sum()))
    return sums
