"""HEALTH: how the forecasts of a series stand, from what is stored; what is amiss, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chocolate_factory import pipeline
from chocolate_factory.forecasting.monitor import (
    LEAST_DAYS,
    LEAST_RECENT_DAYS,
    RECENT_DAYS,
    WINDOW_DAYS,
    Amiss,
    Finding,
    Unjudged,
    Verdict,
    days_judged,
    judge,
)
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.series import Forecast, SeriesKey
from chocolate_factory.store.base import Store

STALE_AFTER = timedelta(hours=26)
"""A forecast is made at least once a day; older than this, something has stopped."""


@dataclass(frozen=True, slots=True)
class ForecastHealth:
    """How the forecasts of one series stand at ``as_of``.

    Parameters
    ----------
    forecast
        The newest one stored; None if there is none.
    end
        Where that ends, not included, UTC.
    published_to
        End of the last delivery period whose price is published, UTC; None if none is stored.
    stale
        Whether the newest forecast is older than ``STALE_AFTER``; False if there is none.
    verdict
        What scores say of those issued lately.
    """

    key: SeriesKey
    unit: str
    as_of: datetime
    forecast: Forecast | None
    end: datetime | None
    published_to: datetime | None
    stale: bool
    verdict: Verdict


def forecast_health(
    store: Store, key: SeriesKey, *, as_of: datetime, judged: Verdict | None = None
) -> ForecastHealth:
    """Read how the forecasts of ``key`` stand; runs no model. ``judged`` if it is known already."""
    made = store.forecast(key, as_of=as_of)
    held = next((one for one in store.coverage() if one.key == key), None)
    last = None if held is None else held.last
    return ForecastHealth(
        key=key,
        unit=spec(key).unit,
        as_of=as_of,
        forecast=made,
        end=None if made is None or not len(made) else pipeline.end_of(made),
        published_to=None if last is None else last + spec(key).resolution(delivery_day(last)),
        stale=made is not None and as_of - made.origin > STALE_AFTER,
        verdict=judged or verdict(store, key, as_of=as_of),
    )


def verdict(store: Store, key: SeriesKey, *, as_of: datetime) -> Verdict:
    """What the scores of ``key`` say of the forecasts issued lately."""
    today = delivery_day(as_of)
    first, last = days_judged(today)
    return judge(store.scores(key, first=first, last=last, as_of=as_of), today=today)


def told(key: SeriesKey, finding: Finding) -> str:
    """A finding in one English sentence."""
    match finding.what:
        case Amiss.ABOVE_MEDIAN:
            return (
                f"{key.name}: the forecasts of the last {RECENT_DAYS} days err "
                f"{finding.measured:.2f} times as much as the median of the {WINDOW_DAYS} days "
                f"before (limit {finding.high:g})"
            )
        case Amiss.LOSES_TO_NAIVE:
            who = (
                f"the model {finding.model} does" if finding.model else "all forecasts together do"
            )
            return (
                f"{key.name}: {who} not beat the naive: the error is "
                f"{finding.measured:.2f} of the naive's over the last {WINDOW_DAYS} days"
            )
        case Amiss.COVERAGE_80 | Amiss.COVERAGE_90:
            band = 80 if finding.what is Amiss.COVERAGE_80 else 90
            return (
                f"{key.name}: the {band} % band held {finding.measured:.0%} of the prices of the "
                f"last {WINDOW_DAYS} days (it should hold {finding.low:.0%} to {finding.high:.0%})"
            )


def why_unknown(key: SeriesKey, unjudged: Unjudged) -> str:
    """Why forecasts cannot be said to be well, in one English sentence."""
    match unjudged:
        case Unjudged.FEW_DAYS:
            why = f"fewer than {LEAST_DAYS} of the last {WINDOW_DAYS} days are scored"
        case Unjudged.FEW_RECENT:
            why = f"fewer than {LEAST_RECENT_DAYS} of the last {RECENT_DAYS} days are scored"
        case Unjudged.NO_NAIVE:
            why = (
                f"on fewer than {LEAST_DAYS} of the last {WINDOW_DAYS} days there is a naive "
                "forecast to compare with"
            )
    return f"{key.name}: {why}"
