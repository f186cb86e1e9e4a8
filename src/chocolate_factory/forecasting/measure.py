"""Every measure of a model over a backtest, with how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.forecasting import metrics
from chocolate_factory.forecasting.layout import HOUR_S, WALL_HOURS, places
from chocolate_factory.forecasting.results import LeadDay, Predictions, Summary
from chocolate_factory.forecasting.significance import (
    Comparison,
    block_resamples,
    diebold_mariano,
    interval,
)
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.clock import Clock
from chocolate_factory.market.series import QUANTILES, Floats

BLOCK_DAYS = 28
"""Length of a block of the bootstrap, where there are enough origins."""

_LOW_80, _HIGH_80 = QUANTILES.index(0.10), QUANTILES.index(0.90)
_LOW_90, _HIGH_90 = QUANTILES.index(0.05), QUANTILES.index(0.95)
_COLUMNS = 10
_N, _E, _E2, _NAIVE, _Y, _Y2, _IN_80, _IN_90, _PINBALL, _CRPS = range(_COLUMNS)
_SAVED, _POSSIBLE = _COLUMNS, _COLUMNS + 1

_MEASURES: dict[str, Callable[[Floats], Floats]] = {
    "mae": lambda s: s[:, _E] / s[:, _N],
    "rmse": lambda s: np.sqrt(s[:, _E2] / s[:, _N]),
    "r2": lambda s: 1.0 - _ratio(s[:, _E2], s[:, _Y2] - np.square(s[:, _Y]) / s[:, _N]),
    "rmae": lambda s: _ratio(s[:, _E], s[:, _NAIVE]),
    "coverage_80": lambda s: s[:, _IN_80] / s[:, _N],
    "coverage_90": lambda s: s[:, _IN_90] / s[:, _N],
    "pinball": lambda s: s[:, _PINBALL] / s[:, _N],
    "crps": lambda s: s[:, _CRPS] / s[:, _N],
    "decision_value": lambda s: _ratio(s[:, _SAVED], s[:, _POSSIBLE]),
}
"""Measures of sums over origins, shape (resamples, columns)."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What is the same for every model of a backtest: the periods, and what came.

    Parameters
    ----------
    origin
        Number of the origin of each period, from 0, non-decreasing, shape (n,).
    lead
        Lead day of each period, from 1, shape (n,).
    hour
        Hour on the wall clock, shape (n,).
    length_h
        How long each period lasts [h], shape (n,): a measure is a mean over time.
    actual
        What the price turned out to be, NaN where it is not known, shape (n,).
    naive
        The forecast of the seasonal naive, shape (n,).
    hour_ends, day_ends
        One past the last period of each hour, and one past the last such hour of each delivery day
        of an origin.
    day_length_h
        How many hours the day of each of ``day_ends`` has, a last one cut short too.
    overlap
        How many successive origins forecast the same day.
    block
        Origins of a block of the bootstrap.
    """

    origin: NDArray[np.int64]
    lead: NDArray[np.int64]
    hour: NDArray[np.int64]
    length_h: Floats
    actual: Floats
    naive: Floats
    hour_ends: NDArray[np.int64]
    day_ends: NDArray[np.int64]
    day_length_h: NDArray[np.int64]
    overlap: int
    block: int


def ground(
    naive: Predictions, actual: Floats, *, clock: Clock, horizon_h: int, every: int
) -> Ground:
    """Where each period of the predictions stands; ``naive`` has the same as every other."""
    _, origin = np.unique(naive.origin, return_inverse=True)
    wall, wall_origin = clock.wall(naive.start), clock.wall(naive.origin)
    first_day = wall_origin.min().astype("datetime64[D]")
    row, hour, _ = places(wall, first_day, 1)
    lead = row - places(wall_origin, first_day, 1)[0] + 1
    midnight = clock.instants(wall.astype("datetime64[D]").astype("datetime64[s]"))
    of_day = (naive.start - midnight).astype(np.int64) // HOUR_S  # a repeated hour is another hour
    hour_ends = _ends(origin, lead, of_day)
    day_ends = _ends(origin[hour_ends - 1], lead[hour_ends - 1])
    days = wall[hour_ends[day_ends - 1] - 1].astype("datetime64[D]")
    origins, days_ahead = int(origin[-1]) + 1, -(-horizon_h // WALL_HOURS)
    overlap = -(-days_ahead // every)
    return Ground(
        origin, lead, hour, _lengths_h(origin, naive.start), actual, naive.mean,
        hour_ends, day_ends, -(-clock.lengths_s(days) // HOUR_S), overlap,
        max(overlap, min(-(-BLOCK_DAYS // every), origins // 4), 1),
    )  # fmt: skip


def summarise(made: Predictions, on: Ground) -> Summary:
    """Score one model's predictions where the actual value is known."""
    known = np.isfinite(on.actual)
    value, mean, quantiles = on.actual[known], made.mean[known], made.quantiles[known]
    error, naive_error = value - mean, value - on.naive[known]
    hours = on.length_h[known]
    sums = _sums(made, on)
    resamples = block_resamples(len(sums), block=on.block)
    return Summary(
        model=made.model,
        mae=metrics.mae(error, hours),
        rmse=metrics.rmse(error, hours),
        r2=metrics.r2(error, value, hours),
        rmae=metrics.rmae(error, naive_error, hours),
        coverage_80=metrics.coverage(value, quantiles[:, _LOW_80], quantiles[:, _HIGH_80], hours),
        coverage_90=metrics.coverage(value, quantiles[:, _LOW_90], quantiles[:, _HIGH_90], hours),
        pinball=metrics.mean(metrics.pinball(value, quantiles).mean(axis=1), hours),
        crps=metrics.crps(value, quantiles, hours),
        decision_value=_share(sums[:, _SAVED].sum(), sums[:, _POSSIBLE].sum()),
        origins=len(sums),
        periods=int(known.sum()),
        excluded=int((~known).sum()),
        interval_95={name: interval(resamples, sums, of) for name, of in _MEASURES.items()},
        by_lead=_by_lead(made, on),
        by_hour=_by_hour(on.hour[known], error, hours),
        below=tuple(metrics.mean(value <= q, hours) for q in quantiles.T),
    )


def compare(made: Sequence[Predictions], on: Ground) -> tuple[Comparison, ...]:
    """The Diebold–Mariano test between every two models; pairs that cannot be told are left out."""
    known = np.isfinite(on.actual)
    origin, hours = on.origin[known], on.length_h[known]
    told_h = np.bincount(origin, hours)
    losses = {
        one.model: np.bincount(origin, hours * np.abs(on.actual - one.mean)[known])[told_h > 0]
        / told_h[told_h > 0]
        for one in made
    }
    found = []
    for model, other in combinations(losses, 2):
        told = diebold_mariano(losses[model], losses[other], overlap=on.overlap)
        if told is not None:
            difference = float((losses[model] - losses[other]).mean())
            found.append(Comparison(model, other, difference, *told, losses[model].size))
    return tuple(found)


def _sums(made: Predictions, on: Ground) -> Floats:
    """What each origin adds to every measure, shape (origins, columns)."""
    known = np.isfinite(on.actual)
    value, quantiles = on.actual[known], made.quantiles[known]
    error, hours = value - made.mean[known], on.length_h[known]
    around = value - metrics.mean(value, hours)
    columns = {
        _N: np.ones(value.size),
        _E: np.abs(error),
        _E2: np.square(error),
        _NAIVE: np.abs(value - on.naive[known]),
        _Y: around,
        _Y2: np.square(around),
        _IN_80: (value >= quantiles[:, _LOW_80]) & (value <= quantiles[:, _HIGH_80]),
        _IN_90: (value >= quantiles[:, _LOW_90]) & (value <= quantiles[:, _HIGH_90]),
        _PINBALL: metrics.pinball(value, quantiles).mean(axis=1),
        _CRPS: metrics.crps_each(value, quantiles),
    }
    origins = int(on.origin[-1]) + 1
    summed = [np.bincount(on.origin[known], hours * columns[n], origins) for n in range(_COLUMNS)]
    return np.column_stack([*summed, *_savings(made.mean, on, origins)])


def _savings(mean: Floats, on: Ground, origins: int) -> tuple[Floats, Floats]:
    """Saved and possible by origin, over the days of which every hour was forecast and came."""
    saved, possible = np.zeros(origins), np.zeros(origins)
    starts = np.append(0, on.hour_ends[:-1])
    periods = np.diff(np.append(0, on.hour_ends))
    actual = np.add.reduceat(on.actual, starts) / periods
    forecast = np.add.reduceat(mean, starts) / periods
    begin = 0
    for end, hours in zip(on.day_ends, on.day_length_h, strict=True):
        day = slice(begin, int(end))
        begin = int(end)
        if day.stop - day.start == hours and np.isfinite(actual[day]).all():
            origin = on.origin[on.hour_ends[day.stop - 1] - 1]
            gain, most = metrics.cheapest_hours_saving(actual[day], forecast[day])
            saved[origin] += gain
            possible[origin] += most
    return saved, possible


def _by_lead(made: Predictions, on: Ground) -> tuple[LeadDay, ...]:
    known, found = np.isfinite(on.actual), []
    for day in np.unique(on.lead[known]).tolist():
        at = known & (on.lead == day)
        value, quantiles, hours = on.actual[at], made.quantiles[at], on.length_h[at]
        error, naive_error = value - made.mean[at], value - on.naive[at]
        low, high = quantiles[:, _LOW_80], quantiles[:, _HIGH_80]
        lowest, highest = quantiles[:, _LOW_90], quantiles[:, _HIGH_90]
        found.append(
            LeadDay(
                lead=day,
                mae=metrics.mae(error, hours),
                rmae=metrics.rmae(error, naive_error, hours),
                coverage_80=metrics.coverage(value, low, high, hours),
                coverage_90=metrics.coverage(value, lowest, highest, hours),
                periods=int(at.sum()),
            )
        )
    return tuple(found)


def _by_hour(hour: NDArray[np.int64], error: Floats, hours: Floats) -> tuple[float | None, ...]:
    return tuple(
        metrics.mae(error[at], hours[at]) if (at := hour == h).any() else None
        for h in range(WALL_HOURS)
    )


def _lengths_h(origin: NDArray[np.int64], start: Instants) -> Floats:
    """How long each period lasts [h]: until the next one of its origin, the last like the one
    before it. Shape (n,)."""
    step_h = np.diff(start).astype(np.float64) / HOUR_S
    follows = np.diff(origin) == 0
    length_h: Floats = np.append(np.where(follows, step_h, np.nan), np.nan)
    last = np.flatnonzero(np.isnan(length_h))
    length_h[last] = np.where(np.append(False, follows)[last], length_h[last - 1], 1.0)
    return length_h


def _ends(*labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """One past the end of each stretch over which no label changes."""
    changes = np.zeros(labels[0].size - 1, dtype=bool)
    for label in labels:
        changes |= label[1:] != label[:-1]
    return np.append(np.flatnonzero(changes) + 1, labels[0].size)


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratio: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return ratio


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None
