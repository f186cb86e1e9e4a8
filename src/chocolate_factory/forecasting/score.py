"""How an issued forecast turned out, once the actual values are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from chocolate_factory.forecasting import metrics
from chocolate_factory.forecasting.issue import known_kinds
from chocolate_factory.market.series import QUANTILES, Forecast, Series, SeriesKey


@dataclass(frozen=True, slots=True)
class Score:
    """Error of a forecast over the ``periods`` that it forecast and whose price is known.

    ``mae`` in the unit of the series; ``coverage_80`` and ``coverage_90`` are the shares of actual
    values within p10…p90 and p05…p95.
    """

    key: SeriesKey
    unit: str
    model: str
    origin: datetime
    periods: int
    mae: float
    coverage_80: float
    coverage_90: float


def score_forecast(forecast: Forecast, actual: Series) -> Score | None:
    """Compare a forecast with the published or measured rows of ``actual``.

    Periods that the forecast took from publication do not count. None if nothing can be compared.
    """
    actual = known_kinds(actual)
    used = ~forecast.published & np.isin(forecast.start, actual.start)
    if not used.any():
        return None
    value = actual.value[np.searchsorted(actual.start, forecast.start[used])]
    quantile = dict(zip(QUANTILES, forecast.quantiles[used].T, strict=True))
    return Score(
        forecast.key,
        forecast.unit,
        forecast.model,
        forecast.origin,
        periods=int(used.sum()),
        mae=metrics.mae(value - forecast.mean[used]),
        coverage_80=metrics.coverage(value, quantile[0.10], quantile[0.90]),
        coverage_90=metrics.coverage(value, quantile[0.05], quantile[0.95]),
    )
