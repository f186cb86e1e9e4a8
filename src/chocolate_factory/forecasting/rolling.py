"""Forecasts from many past origins: what a backtest measures and what intervals learn from.

An origin is named by the row of the last known delivery day. Fitting is the costly part, so
neighbouring origins may share a fit: a run is fitted at its first origin and forecasts from each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.intervals import (
    CALIBRATION_ORIGINS,
    LEAST_ORIGINS,
    error_quantiles,
    restlessness,
)
from chocolate_factory.forecasting.layout import HOUR_S, Slots, places
from chocolate_factory.forecasting.model import Known, Model
from chocolate_factory.forecasting.quarters import shapes
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.clock import Clock
from chocolate_factory.market.series import Floats

REFIT_DAYS = 14
"""Origins that only calibrate intervals share a fit this long."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One fit and the origins that use it: plain data that another process can work on."""

    model: Model
    known: Known
    rows: tuple[int, ...]
    leads: int


MapRuns = Callable[[Callable[[Run], Floats], Iterable[Run]], Iterable[Floats]]
"""Like the built-in ``map``: calls in any place, results in order."""


def forecast_run(run: Run) -> Floats:
    """Fit at the first origin, forecast from each: shape (rows, leads, WALL_HOURS)."""
    fitted = run.model.fit(run.known.until(run.rows[0]), run.leads)
    return np.stack([fitted.predict(run.known.until(row), run.leads) for row in run.rows])


def plan_runs(
    model: Model, known: Known, rows: Iterable[int], *, fresh: frozenset[int], leads: int
) -> list[Run]:
    """Group origins into runs: each of ``fresh`` gets its own fit, others share one a fortnight.

    No run carries anything later than its last origin.
    """
    groups: list[list[int]] = []
    for row in rows:
        if not groups or row in fresh or row - groups[-1][0] >= REFIT_DAYS:
            groups.append([])
        groups[-1].append(row)
    return [Run(model, known.until(group[-1]), tuple(group), leads) for group in groups]


def origin_rows(model: Model, slots: Slots, first: int, last: int, *, leads: int) -> list[int]:
    """Complete days to forecast from, so that intervals are calibrated from ``first`` to ``last``.

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
    oldest = before[-min(before.size, CALIBRATION_ORIGINS + leads)]
    return [int(row) for row in usable[usable >= oldest]]


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
    shape: Floats
    error: Floats
    scale: Floats

    def quantile_offsets(self, origin: int) -> Floats:
        """What to add to the forecast from the ``origin``-th origin for each quantile.

        Uses only outcomes of days up to that origin's last known day. Shape (leads, WALL_HOURS,
        len(QUANTILES)).
        """
        leads = self.mean.shape[1]
        pool = slice(max(0, origin - CALIBRATION_ORIGINS - 2 * leads), origin)
        earlier = self.error[pool] / self.scale[pool, None, None, None]
        target = self.rows[pool, None] + np.arange(1, leads + 1)
        earlier[target > self.rows[origin]] = np.nan
        offsets: Floats = self.scale[origin] * error_quantiles(earlier, model=self.name)
        return offsets

    def at(
        self, origin: int, start: Instants, resolution_s: NDArray[np.int64]
    ) -> tuple[Floats, Floats]:
        """Point forecast (n,) and quantiles (n, len(QUANTILES)) of delivery periods, UTC.

        The periods lie on the lead days after the ``origin``-th origin's last known day. Quantiles
        do not cross. Raises ``ModelNotFitted`` where the history holds nothing to forecast from.
        """
        row, hour, slot = places(self.clock.wall(start), self.first_day, self.shape.shape[2])
        lead = row - self.rows[origin] - 1
        within = np.where(resolution_s < HOUR_S, self.shape[origin, hour, slot], 0.0)
        mean = self.mean[origin, lead, hour] + within
        if not np.isfinite(mean).all():
            hole = self.clock.stamp(start[~np.isfinite(mean)][0])
            raise ModelNotFitted(
                f"{self.name}: the history holds nothing to forecast {hole} from: "
                "import or ingest the days before the origin"
            )
        quantiles = mean[:, None] + self.quantile_offsets(origin)[lead, hour]
        return mean, np.sort(quantiles, axis=1)


def roll(model: Model, slots: Slots, runs: list[Run], results: Iterable[Floats]) -> Rolling:
    """Put the forecasts of ``runs`` together and compare them with what ``slots`` holds."""
    rows = np.array([row for run in runs for row in run.rows], dtype=np.int64)
    mean = np.concatenate(list(results))
    shape = shapes(slots, [int(row) for row in rows])
    error = np.full((*mean.shape, slots.value.shape[2]), np.nan)
    for lead in range(mean.shape[1]):
        known = np.flatnonzero(rows + lead + 1 < len(slots))
        target = rows[known] + lead + 1
        within = np.where(slots.split[target, None, None], shape[known], 0.0)
        error[known, lead] = slots.value[target] - mean[known, lead, :, None] - within
    scale = restlessness(slots.hourly, rows)
    return Rolling(model.name, slots.first_day, slots.clock, rows, mean, shape, error, scale)
