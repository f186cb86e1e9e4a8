"""DEVIATION: what was foretold of one day before its prices were due, beside what they became."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from chocolate_factory import pipeline
from chocolate_factory.errors import NoForecast
from chocolate_factory.market.calendar import Instants, day_bounds, utc_iso
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import Floats, SeriesKey
from chocolate_factory.store.base import IssuedForecast, Store


@dataclass(frozen=True, slots=True, eq=False)
class Deviation:
    """One Madrid delivery day by clock hour, in the unit of the series.

    Parameters
    ----------
    key, unit, day
        What was foretold.
    issued
        The newest forecast made before the prices of the day were due, and when it was stored.
    start
        Starts of the hours, UTC, shape (n,): 23, 24 or 25.
    forecast, quantiles
        Mean over the hour of the expected price (n,) and of its quantiles (n, len(QUANTILES)).
    actual
        Mean over the hour of the actual price (n,), NaN where one of its periods is not known.
    score
        Of the delivery periods that can be compared; None if none can yet.
    vintages
        What every stored forecast scored on the day, oldest first.
    """

    key: SeriesKey
    unit: str
    day: date
    issued: IssuedForecast
    start: Instants
    forecast: Floats
    quantiles: Floats
    actual: Floats
    score: DayScore | None
    vintages: tuple[DayScore, ...]


def deviation(store: Store, key: SeriesKey, *, day: date, as_of: datetime) -> Deviation:
    """The last forecast for ``day`` that could be acted on, hour by hour beside what came.

    Raises ``NoForecast`` if none was stored before the prices of the day were due.
    """
    due = spec(key).published_at(day)
    issued = pipeline.issued_before(store, key, min(due, as_of))
    made = None if issued is None else issued.forecast.between(*day_bounds(day))
    if issued is None or made is None or not len(made) or made.published.all():
        raise NoForecast(
            f"no forecast of {key} for {day} was stored before its prices were due "
            f"({utc_iso(due)}). Choose a later day: forecasts are stored from the first run of the "
            "job `forecast` on, and `chocolate-factory forecast` stores one now"
        )
    actual = store.read(key, *day_bounds(day), as_of=as_of, kinds=pipeline.OBSERVED)
    value = np.full(len(made), np.nan)
    told = np.isin(made.start, actual.start)
    value[told] = actual.value[np.searchsorted(actual.start, made.start[told])]
    start, mean = _by_hour(made.start, made.resolution_s, np.c_[made.mean, value, made.quantiles])
    return Deviation(
        key=key,
        unit=made.unit,
        day=day,
        issued=issued,
        start=start,
        forecast=mean[:, 0],
        quantiles=mean[:, 2:],
        actual=mean[:, 1],
        score=next(
            iter(pipeline.score_issued(store, issued, scored_at=as_of, days=frozenset({day}))), None
        ),
        vintages=store.scores(key, first=day, last=day, as_of=as_of),
    )


def _by_hour(
    start: Instants, resolution_s: NDArray[np.int64], values: Floats
) -> tuple[Instants, Floats]:
    """Time-weighted means by clock hour of the columns of ``values``; NaN where one is."""
    hour = start.astype("datetime64[h]")
    first = np.flatnonzero(np.r_[True, hour[1:] != hour[:-1]])
    seconds = np.add.reduceat(resolution_s, first)
    weighted = np.add.reduceat(values * resolution_s[:, None], first, axis=0)
    return start[first], weighted / seconds[:, None]
