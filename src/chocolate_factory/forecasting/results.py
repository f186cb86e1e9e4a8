"""What a backtest says: every prediction, and how each model did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np

from chocolate_factory.forecasting import metrics
from chocolate_factory.market.calendar import Instants, to_datetime, utc_iso
from chocolate_factory.market.series import QUANTILES, Floats, SeriesKey

_LOW_80, _HIGH_80 = QUANTILES.index(0.10), QUANTILES.index(0.90)
_LOW_90, _HIGH_90 = QUANTILES.index(0.05), QUANTILES.index(0.95)


@dataclass(frozen=True, slots=True)
class Summary:
    """How one model did. Errors in the unit of the series, shares between 0 and 1.

    ``rmae`` is relative to the seasonal naive on the same periods, None if that is exact.
    ``coverage_80`` is the share of actual values within p10…p90, ``coverage_90`` within p05…p95.
    ``periods`` were compared, ``excluded`` were forecast but have no actual value.
    """

    model: str
    mae: float
    rmse: float
    rmae: float | None
    coverage_80: float
    coverage_90: float
    crps: float
    origins: int
    periods: int
    excluded: int


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Every forecast of one model, by origin and then by delivery period.

    ``origin`` and ``start`` UTC, shape (n,); ``mean`` (n,), ``quantiles`` (n, len(QUANTILES)).
    """

    model: str
    origin: Instants
    start: Instants
    mean: Floats
    quantiles: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """What ``backtest`` returns.

    Parameters
    ----------
    predictions
        One entry per model, all over the same origins and periods.
    actual
        What the price turned out to be, shape (n,), NaN where it is not known.
    skipped
        First delivery days without a forecast: no complete day was known shortly before them.
    """

    key: SeriesKey
    unit: str
    first: date
    last: date
    horizon_h: int
    every: int
    predictions: tuple[Predictions, ...]
    actual: Floats
    summary: tuple[Summary, ...]
    skipped: tuple[date, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of ``rows``."""
        levels = tuple(f"p{round(100 * level):02d}" for level in QUANTILES)
        return ("origin_utc", "delivery_start_utc", "model", "mean", *levels)

    def rows(self) -> Iterator[tuple[str | float, ...]]:
        """One row per model, origin and delivery period, in the unit of the series."""
        for made in self.predictions:
            for i in range(made.start.size):
                origin, start = (utc_iso(to_datetime(at[i])) for at in (made.origin, made.start))
                values = (made.mean[i], *made.quantiles[i])
                yield (origin, start, made.model, *(float(value) for value in values))

    @property
    def summary_columns(self) -> tuple[str, ...]:
        """Columns of ``summary_rows``."""
        return tuple(Summary.__dataclass_fields__)

    def summary_rows(self) -> list[list[str | float | int | None]]:
        """One row per model."""
        return [list(asdict(one).values()) for one in self.summary]

    def to_json(self) -> dict[str, object]:
        """What was asked and the summary of each model; the predictions are in ``rows``."""
        return {
            "series": self.key.name,
            "unit": self.unit,
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "horizon_h": self.horizon_h,
            "every": self.every,
            "skipped": [day.isoformat() for day in self.skipped],
            "summary": [asdict(one) for one in self.summary],
        }


def summarise(made: Predictions, naive: Predictions, actual: Floats) -> Summary:
    """Score one model's predictions where ``actual`` is known, against the naive's."""
    known = np.isfinite(actual)
    value, mean, quantiles = actual[known], made.mean[known], made.quantiles[known]
    return Summary(
        model=made.model,
        mae=metrics.mae(value - mean),
        rmse=metrics.rmse(value - mean),
        rmae=metrics.rmae(value - mean, value - naive.mean[known]),
        coverage_80=metrics.coverage(value, quantiles[:, _LOW_80], quantiles[:, _HIGH_80]),
        coverage_90=metrics.coverage(value, quantiles[:, _LOW_90], quantiles[:, _HIGH_90]),
        crps=metrics.crps(value, quantiles),
        origins=int(np.unique(made.origin).size),
        periods=int(known.sum()),
        excluded=int((~known).sum()),
    )
