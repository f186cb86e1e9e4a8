"""SCORING: every stored forecast against actual prices, as soon as they are there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from chocolate_factory import pipeline
from chocolate_factory.forecasting.score import comparable
from chocolate_factory.market.calendar import delivery_day, local_days, to_datetime, to_datetime64
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import Forecast, Series, SeriesKey
from chocolate_factory.store.base import IssuedForecast, Store

AT_ONCE = timedelta(days=30)
"""Forecasts made within so long are held in memory together."""

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Scored:
    """What a scoring came to: scores that are ``new``, and those made ``again`` on other prices."""

    forecasts: int = 0
    new: int = 0
    again: int = 0

    def __add__(self, other: Scored) -> Scored:
        return Scored(
            self.forecasts + other.forecasts, self.new + other.new, self.again + other.again
        )


def score_forecasts(
    store: Store,
    key: SeriesKey,
    *,
    made_from: datetime,
    made_to: datetime,
    now: datetime,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> Scored:
    """Score what can be scored of the forecasts of ``key`` made in [made_from, made_to).

    A delivery day is scored once a price that the forecast foretold is known, and again when more
    of them have become known, or one was revised, since: asking twice changes nothing.
    """
    total = Scored()
    steps = -((made_from - made_to) // AT_ONCE)
    for step in range(steps):
        tell(step, steps)
        begin = made_from + step * AT_ONCE
        issued = store.forecasts(key, made_from=begin, made_to=min(begin + AT_ONCE, made_to))
        of_second = {one.made_at: one for one in issued if len(one.forecast)}  # the last one counts
        total += _score_all(store, key, list(of_second.values()), now)
    return total


def _score_all(store: Store, key: SeriesKey, issued: list[IssuedForecast], now: datetime) -> Scored:
    if not issued:
        return Scored()
    first = to_datetime(min(one.forecast.start[0] for one in issued))
    last = to_datetime(max(one.forecast.start[-1] for one in issued))
    actual = store.read(key, first, last + _HOUR, as_of=now)
    kept: dict[datetime, dict[date, DayScore]] = {}
    for told in store.scores(key, first=delivery_day(first), last=delivery_day(last), as_of=now):
        kept.setdefault(told.made_at, {})[told.day] = told
    made: list[DayScore] = []
    again = 0
    for one in issued:
        before = kept.get(one.made_at, {})
        days = _days_due(one.forecast, actual, before)
        if days:
            made += pipeline.score_issued(store, one, scored_at=now, days=days)
            again += len(days & before.keys())
    store.save_scores(made)
    return Scored(len(issued), len(made) - again, again)


def _days_due(
    forecast: Forecast, actual: Series, before: Mapping[date, DayScore]
) -> frozenset[date]:
    """Madrid days that can be scored and were not, or not with the prices as they are now."""
    used = comparable(forecast, actual)
    day = local_days(forecast.start[used])
    known = actual.available_at[np.searchsorted(actual.start, forecast.start[used])]
    due = set()
    for each in np.unique(day):
        rows = day == each
        told = before.get(each.astype(object))
        if (
            told is None
            or told.periods != int(rows.sum())
            or known[rows].max() > to_datetime64(told.scored_at)
        ):
            due.add(each.astype(object))
    return frozenset(due)
