"""Forecasts from many past origins: what a backtest measures and what intervals learn from.

An origin is named by the row of the last known delivery day. Fitting is the costly part, so
neighbouring origins may share a fit: a run is fitted at its first origin and forecasts from each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.columns import SPOT
from chocolate_factory.forecasting.features import MEMORY_DAYS
from chocolate_factory.forecasting.intervals import (
    CALIBRATION_ORIGINS,
    LEAST_ORIGINS,
    PastErrors,
    restlessness,
)
from chocolate_factory.forecasting.layout import HOUR_S, WALL_HOURS, Slots, places
from chocolate_factory.forecasting.learned import remembers
from chocolate_factory.forecasting.model import Known, Model
from chocolate_factory.forecasting.quarters import shapes
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.clock import Clock
from chocolate_factory.market.series import Floats

REFIT_DAYS = 28
"""Origins that only calibrate intervals share a fit at least this long."""
REFIT_DAYS_WITH_COLUMNS = 84
"""The same where exogenous columns are learned from, which takes three times as long."""
_LONGER_IN_THE_PAST = 3
"""Times as long as the model says that they share it."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One fit and the origins that use it: plain data that another process can work on.

    ``dispensable``: without a forecast (NaN), and no error, where the model cannot be fitted.
    """

    model: Model
    known: Known
    rows: tuple[int, ...]
    leads: int
    dispensable: bool = False


MapRuns = Callable[[Callable[[Run], Floats], Iterable[Run]], Iterable[Floats]]
"""Like the built-in ``map``: calls in any place, results in order."""


def forecast_run(run: Run) -> Floats:
    """Fit at the first origin, forecast from each: shape (rows, leads, WALL_HOURS)."""
    try:
        fitted = run.model.fit(run.known.until(run.rows[0]), run.leads)
        return np.stack([fitted.predict(run.known.until(row), run.leads) for row in run.rows])
    except ModelNotFitted:
        if run.dispensable:
            return np.full((len(run.rows), run.leads, WALL_HOURS), np.nan)
        raise


def plan_runs(
    model: Model,
    known: Known,
    rows: Iterable[int],
    *,
    fresh: frozenset[int],
    leads: int,
    dispensable: bool = False,
) -> list[Run]:
    """Group origins into runs that share a fit.

    A fit serves ``fresh`` origins for as long as the model says, the others three times as long and
    at least four weeks, or twelve. No run carries anything later than its last origin.
    """
    groups: list[list[int]] = []
    least = REFIT_DAYS_WITH_COLUMNS if known.inputs.keys() - {SPOT} else REFIT_DAYS
    for row in rows:
        longer = max(least, _LONGER_IN_THE_PAST * model.refit_days)
        good_for = model.refit_days if row in fresh else longer
        if not groups or row - groups[-1][0] >= good_for:
            groups.append([])
        groups[-1].append(row)
    return [
        Run(model, known.until(group[-1]), tuple(group), leads, dispensable) for group in groups
    ]


def origin_rows(
    model: Model, slots: Slots, first: int, last: int, *, leads: int, earlier: int = 0
) -> list[int]:
    """Complete days to forecast from, so that intervals are calibrated from ``first`` to ``last``.

    ``earlier`` is how many origins more there should be before those, if the history has them. Days
    soon after a long hole calibrate nothing: no model could have forecast from them.
    Raises ``ModelNotFitted`` naming the days needed if the history before ``first`` is too short.
    """
    complete = np.flatnonzero(slots.complete[: last + 1])
    usable = complete[model.needs_days - 1 :]
    before = usable[usable < first]
    need = model.needs_days + LEAST_ORIGINS + leads - 1
    if int((before <= first - leads).sum()) < LEAST_ORIGINS:
        have = int((complete <= first).sum())
        raise ModelNotFitted(
            f"{model.name} needs {need} complete days of history for {leads} days ahead with "
            f"intervals, there are {have}: import or ingest more, or ask for a shorter horizon"
        )
    oldest = before[-min(before.size, CALIBRATION_ORIGINS + leads + earlier)]
    chosen = [int(row) for row in usable[usable >= oldest]]
    if model.needs_days <= MEMORY_DAYS:  # it does not look at all of these weeks
        return chosen
    hourly = slots.hourly
    return [row for row in chosen if row >= first or remembers(hourly, slots.first_day, row)]


@dataclass(frozen=True, slots=True, eq=False)
class Rolling:
    """Point forecasts of one model from many origins, and the errors that are known of them.

    Parameters
    ----------
    name
        The model.
    first_day, clock
        Delivery day of row 0 of the history, ``datetime64[D]``, and the clock that tells days.
    rows
        Last known day of each origin as a row of the history, increasing, shape (origins,).
    mean
        Shape (origins, leads, WALL_HOURS): the mean of each hour.
    hourly_actual
        What the mean of each hour turned out to be, same shape, NaN where it is not known.
    shape
        Deviation of each slot from its hour as known at each origin, (origins, WALL_HOURS, slots).
    error
        Actual minus forecast of every delivery period, (origins, leads, WALL_HOURS, slots).
    scale
        How restless prices were at each origin, shape (origins,).
    """

    name: str
    first_day: np.datetime64
    clock: Clock
    rows: NDArray[np.int64]
    mean: Floats
    hourly_actual: Floats
    shape: Floats
    error: Floats
    scale: Floats

    def with_mean(self, name: str, mean: Floats) -> Rolling:
        """Other forecasts from the same origins."""
        error = self.error + (self.mean - mean)[:, :, :, None]
        return replace(self, name=name, mean=mean, error=error)

    def calibrated(self, first_row: int) -> Calibrated:
        """With quantiles from ``first_row`` on. Raises as ``PastErrors.quantiles``."""
        first = int(np.searchsorted(self.rows, first_row))
        past = PastErrors(self.name, self.rows, self.error / self.scale[:, None, None, None])
        return Calibrated(self, first, past.quantiles(first))


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """Forecasts with quantiles: ``offset`` is what to add to the mean, in units of restlessness.

    ``offset`` has shape (origins, leads, WALL_HOURS, len(QUANTILES)) and begins at the ``first``-th
    origin of ``rolling``.
    """

    rolling: Rolling
    first: int
    offset: Floats

    def at(
        self, row: int, start: Instants, resolution_s: NDArray[np.int64]
    ) -> tuple[Floats, Floats]:
        """Point forecast (n,) and quantiles (n, len(QUANTILES)) of delivery periods, UTC.

        ``row`` is the last known day of an origin; the periods lie on the lead days after it.
        Quantiles do not cross. Raises ``ModelNotFitted`` where the history holds nothing to
        forecast from.
        """
        made = self.rolling
        origin = int(np.searchsorted(made.rows, row))
        day, hour, slot = places(made.clock.wall(start), made.first_day, made.shape.shape[2])
        lead = day - row - 1
        within = np.where(resolution_s < HOUR_S, made.shape[origin, hour, slot], 0.0)
        mean = made.mean[origin, lead, hour] + within
        if not np.isfinite(mean).all():
            hole = made.clock.stamp(start[~np.isfinite(mean)][0])
            raise ModelNotFitted(
                f"{made.name}: the history holds nothing to forecast {hole} from: "
                "import or ingest the days before the origin"
            )
        offset = made.scale[origin] * self.offset[origin - self.first, lead, hour]
        return mean, np.sort(mean[:, None] + offset, axis=1)


def roll(model: Model, slots: Slots, runs: list[Run], results: Iterable[Floats]) -> Rolling:
    """Put the forecasts of ``runs`` together and compare them with what ``slots`` holds."""
    rows = np.array([row for run in runs for row in run.rows], dtype=np.int64)
    mean = np.concatenate(list(results))
    shape = shapes(slots, [int(row) for row in rows])
    error = np.full((*mean.shape, slots.value.shape[2]), np.nan)
    hourly_actual = np.full(mean.shape, np.nan)
    hourly = slots.hourly
    for lead in range(mean.shape[1]):
        known = np.flatnonzero(rows + lead + 1 < len(slots))
        target = rows[known] + lead + 1
        within = np.where(slots.split[target, None, None], shape[known], 0.0)
        error[known, lead] = slots.value[target] - mean[known, lead, :, None] - within
        hourly_actual[known, lead] = hourly[target]
    scale = restlessness(hourly, rows)
    return Rolling(
        model.name, slots.first_day, slots.clock, rows, mean, hourly_actual, shape, error, scale
    )
