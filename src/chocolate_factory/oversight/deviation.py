"""DEVIATION: what was foretold of one day before its prices were due, beside what they became."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from chocolate_factory import pipeline
from chocolate_factory.errors import NoForecast
from chocolate_factory.market.calendar import Instants, day_bounds, utc_iso
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.hours import clock_hours
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
    hours = clock_hours(made.start, made.resolution_s)
    vintages = store.scores(key, first=day, last=day, as_of=as_of)
    score = next((told for told in vintages if told.made_at == issued.made_at), None)
    return Deviation(
        key=key,
        unit=made.unit,
        day=day,
        issued=issued,
        start=made.start[hours.first],
        forecast=hours.mean(made.mean),
        quantiles=hours.mean(made.quantiles),
        actual=hours.mean(value),
        score=score or pipeline.score_on(store, issued, day, scored_at=as_of),
        vintages=vintages,
    )
