"""How an issued forecast turned out, delivery day by delivery day, once actual values are known."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import MissingData, ModelNotFitted
from chocolate_factory.forecasting import metrics
from chocolate_factory.forecasting.issue import known_at, known_kinds, past_before
from chocolate_factory.forecasting.layout import HOUR_S
from chocolate_factory.forecasting.model import Known
from chocolate_factory.forecasting.naive import SeasonalNaive
from chocolate_factory.forecasting.quarters import shapes
from chocolate_factory.market.calendar import (
    delivery_day,
    local_days,
    local_hours,
    to_datetime,
)
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import QUANTILES, Floats, Forecast, Series


def comparable(forecast: Forecast, actual: Series) -> NDArray[np.bool_]:
    """Which periods were forecast, not taken from publication, and have a price, shape (n,)."""
    return np.asarray(~forecast.published & np.isin(forecast.start, known_kinds(actual).start))


def score_days(
    forecast: Forecast,
    actual: Series,
    *,
    history: Series,
    made_at: datetime,
    scored_at: datetime,
    days: frozenset[date] | None = None,
) -> tuple[DayScore, ...]:
    """Compare a forecast with the published or measured rows of ``actual``, one score a day.

    ``history`` is the series as known at the forecast's origin, some weeks of it: the naive is
    made from it. ``days`` limits which Madrid days are scored; days with nothing to compare have
    no score.
    """
    used = comparable(forecast, actual)
    day = local_days(forecast.start).astype(object)
    if days is not None:
        used &= np.array([each in days for each in day], dtype=bool)
    if not used.any():
        return ()
    known = known_kinds(actual)
    naive = naive_mean(forecast, history)
    scores = []
    for each in sorted(set(day[used])):
        rows = used & (day == each)
        value = known.value[np.searchsorted(known.start, forecast.start[rows])]
        error = forecast.mean[rows] - value
        quantile = dict(zip(QUANTILES, forecast.quantiles[rows].T, strict=True))
        scores.append(
            DayScore(
                key=forecast.key,
                made_at=made_at,
                origin=forecast.origin,
                model=forecast.model,
                day=each,
                scored_at=scored_at,
                periods=int(rows.sum()),
                mae=metrics.mae(error),
                bias=float(error.mean()),
                naive_mae=None if naive is None else _mae_where_known(naive[rows] - value),
                coverage_80=metrics.coverage(value, quantile[0.10], quantile[0.90]),
                coverage_90=metrics.coverage(value, quantile[0.05], quantile[0.95]),
            )
        )
    return tuple(scores)


def naive_mean(forecast: Forecast, history: Series) -> Floats | None:
    """What the seasonal naive would have said in the place of ``forecast``, shape (n,).

    Made as a backtest makes it: from the last complete day known before the first unpublished
    period. NaN where it is published, or the naive knows nothing; None if ``history`` is too short.
    """
    ahead = ~forecast.published
    if not ahead.any():
        return None
    start, resolution_s = forecast.start[ahead], forecast.resolution_s[ahead]
    try:
        past = past_before(known_at(history, forecast.origin), delivery_day(to_datetime(start[0])))
        leads = past.row(delivery_day(to_datetime(start[-1]))) - len(past) + 1
        known = Known(forecast.key, past.first_day, past.hourly)
        hourly = SeasonalNaive().fit(known, leads).predict(known, leads)
    except (MissingData, ModelNotFitted):
        return None
    within = shapes(past, [len(past) - 1])[0]
    lead = (local_days(start) - past.first_day).astype(np.int64) - len(past)
    hour = local_hours(start)
    slot = start.astype(np.int64) % HOUR_S * within.shape[1] // HOUR_S
    mean = np.full(len(forecast), np.nan)
    mean[ahead] = hourly[lead, hour] + np.where(resolution_s < HOUR_S, within[hour, slot], 0.0)
    return mean


def _mae_where_known(error: Floats) -> float | None:
    return metrics.mae(error) if np.isfinite(error).all() else None
