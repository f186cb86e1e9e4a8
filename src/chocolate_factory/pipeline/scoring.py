"""How stored forecasts turned out, day by day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from chocolate_factory.forecasting import score_days
from chocolate_factory.market.calendar import to_datetime
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.pipeline.foretelling import HORIZON, end_of
from chocolate_factory.store.base import IssuedForecast, Store

NAIVE_HISTORY = timedelta(days=45)
"""How far before its origin a forecast's naive reads: four weeks of shape and a fortnight's gap."""


def score(store: Store, key: SeriesKey, *, day: date, as_of: datetime) -> DayScore | None:
    """How the last forecast made before the prices of ``day`` were due turned out; None if none.

    ``day`` is a Madrid delivery day; actual values are those known at ``as_of``.
    """
    issued = issued_before(store, key, spec(key).published_at(day))
    return None if issued is None else score_on(store, issued, day, scored_at=as_of)


def issued_before(store: Store, key: SeriesKey, instant: datetime) -> IssuedForecast | None:
    """The newest forecast of ``key`` made before an instant, and at most two weeks before it."""
    for back in (timedelta(days=1), HORIZON):
        if issued := store.forecasts(key, made_from=instant - back, made_to=instant):
            return issued[-1]
    return None


def score_on(
    store: Store, issued: IssuedForecast, day: date, *, scored_at: datetime
) -> DayScore | None:
    """How a stored forecast turned out on one Madrid day; None if no price of it is known."""
    scores = score_issued(store, issued, scored_at=scored_at, days=frozenset({day}))
    return scores[0] if scores else None


def score_issued(
    store: Store,
    issued: IssuedForecast,
    *,
    scored_at: datetime,
    days: frozenset[date] | None = None,
) -> tuple[DayScore, ...]:
    """Score a stored forecast day by day with the actual values known at ``scored_at``."""
    made = issued.forecast
    if not len(made):
        return ()
    begin = to_datetime(made.start[0])
    actual = store.read(made.key, begin, end_of(made), as_of=scored_at)
    history = store.read(made.key, made.origin - NAIVE_HISTORY, end_of(made), as_of=made.origin)
    return score_days(
        made,
        actual,
        history=history,
        made_at=issued.made_at,
        scored_at=scored_at,
        days=days,
    )
