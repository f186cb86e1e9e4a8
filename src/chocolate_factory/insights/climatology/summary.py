"""One variable over the whole record: how much of it there is, and between what it lay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from chocolate_factory.insights.climatology.record import (
    DIRECTION,
    DailyValues,
    YearCount,
    as_date,
)
from chocolate_factory.market.series import Floats

LEVELS = (0.10, 0.50, 0.90)


@dataclass(frozen=True, slots=True)
class StationPart:
    """What one station measured: its days with a value, and their mean."""

    station: str
    first: date
    last: date
    days: int
    mean: float


@dataclass(frozen=True, slots=True)
class Summary:
    """One variable over the record, in ``unit``.

    ``missing_days``: days between ``first`` and ``last`` without a value. ``mean`` of an angle is
    the direction of the mean of unit vectors, and an angle has no quantile and no extreme (None).
    """

    name: str
    unit: str
    first: date
    last: date
    days: int
    missing_days: int
    years: tuple[YearCount, ...]
    mean: float
    p10: float | None
    p50: float | None
    p90: float | None
    lowest: float | None
    lowest_on: date | None
    highest: float | None
    highest_on: date | None
    stations: tuple[StationPart, ...]


def summarise(values: DailyValues) -> Summary:
    """The summary of a variable that has at least one value. Quantiles interpolate linearly."""
    angle = values.unit == DIRECTION
    p10, p50, p90 = (None,) * 3 if angle else np.quantile(values.value, LEVELS).tolist()
    low, high = int(np.argmin(values.value)), int(np.argmax(values.value))
    first, last = as_date(values.day[0]), as_date(values.day[-1])
    return Summary(
        name=values.name,
        unit=values.unit,
        first=first,
        last=last,
        days=len(values),
        missing_days=(last - first).days + 1 - len(values),
        years=values.years(),
        mean=mean_of(values.value, values.unit),
        p10=p10,
        p50=p50,
        p90=p90,
        lowest=None if angle else float(values.value[low]),
        lowest_on=None if angle else as_date(values.day[low]),
        highest=None if angle else float(values.value[high]),
        highest_on=None if angle else as_date(values.day[high]),
        stations=tuple(
            _part(values.where(values.station == station))
            for station in dict.fromkeys(values.station.tolist())
        ),
    )


def mean_of(value: Floats, unit: str) -> float:
    """The mean; of angles the direction of the mean unit vector, 0 to 360."""
    if unit != DIRECTION:
        return float(value.mean())
    angle = np.radians(value)
    return float(np.degrees(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean())) % 360)


def _part(values: DailyValues) -> StationPart:
    return StationPart(
        station=str(values.station[0]),
        first=as_date(values.day[0]),
        last=as_date(values.day[-1]),
        days=len(values),
        mean=mean_of(values.value, values.unit),
    )
