"""Boosted trees: one gradient-boosted model for every hour and lead day at once.

LightGBM (Ke et al., NeurIPS 2017) with the random splits of extremely randomised trees (Geurts,
Ernst and Wehenkel, Machine Learning 63, 2006), small leaves and absolute error: the hours of a day
err together, so that two hundred thousand rows are worth a thousand days, and larger trees learn
single days by heart. It sees what ridge-LEAR sees, and the recent values of the very hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.forecasting.columns import Column, columns_of
from chocolate_factory.forecasting.features import (
    MEMORY_DAYS,
    Situation,
    days_off,
    restore,
    season,
    situation,
    squash,
)
from chocolate_factory.forecasting.layout import WALL_HOURS
from chocolate_factory.forecasting.learned import history, now
from chocolate_factory.forecasting.model import Known
from chocolate_factory.market.calendar import weekday
from chocolate_factory.market.series import Floats

if TYPE_CHECKING:
    import lightgbm

PARAMETERS = MappingProxyType(
    {
        "objective": "l1",
        "learning_rate": 0.08,
        "num_leaves": 16,
        "extra_trees": True,
        "feature_fraction": 0.3,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "max_bin": 127,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": 1,
        "verbosity": -1,
    }
)
"""Of LightGBM, chosen on 2023 and 2024. One thread: on a shared machine two take much longer."""

_DAY_TYPE = np.array([0, 0, 0, 0, 0, 1, 2], dtype=np.int64)
_DAILY_MEANS = 7
_IN_LEAF = 500
_LEAST_IN_LEAF_SHARE = 0.02

_WITH_COLUMNS = MappingProxyType({"extra_trees": False, "min_data_in_leaf": 50})
"""Columns tell days apart that prices do not: smaller leaves, chosen on German prices of 2015."""


@dataclass(frozen=True, slots=True)
class BoostedTrees:
    """Settings of the boosted trees.

    Parameters
    ----------
    window
        Newest days they are trained on.
    rounds, rounds_with_columns
        Trees, without exogenous columns and with some.
    draws
        How often each day is drawn for training, with different lead days; at most once with each.
    longest_lead
        Lead days beyond it are answered as if they were that far: they are hardly less like the
        last days than it is.
    """

    name: str = "boosted"
    needs_days: int = 180
    refit_days: int = 28
    window: int = 1092
    rounds: int = 100
    rounds_with_columns: int = 200
    draws: float = 2.1
    longest_lead: int = 7

    def fit(self, known: Known, leads: int) -> FittedTrees:
        """Train on the newest days; see ``Model.fit``.

        Raises ``ModelNotFitted`` below ``needs_days`` days, or if prices never move.
        """
        import lightgbm  # noqa: PLC0415 - loading takes a second

        past = history(self.name, known, window=self.window, needs_days=self.needs_days)
        known, market = past.known, past.market
        rows = np.arange(MEMORY_DAYS, len(known) - 1)
        columns = columns_of(known)
        drawn = np.random.default_rng(0)
        x, y = [], []
        furthest = min(leads, self.longest_lead)
        for lead in range(1, furthest + 1):
            chosen = drawn.random(rows.size) < self.draws / furthest
            last = rows[(rows + lead < len(known)) & chosen]
            seen = situation(past.price, known.first_day, last, floor=past.floor, clock=known.clock)
            target = squash(market[last + lead], seen.level, seen.spread).ravel()
            there = np.isfinite(target)
            table = _table(seen, columns, lead, usual_spread=past.usual_spread)
            x.append(table[there])
            y.append(target[there])
        table, target = np.concatenate(x), np.concatenate(y)
        least = min(_IN_LEAF, max(20, int(_LEAST_IN_LEAF_SHARE * len(table))))
        booster = lightgbm.train(
            {**PARAMETERS, "min_data_in_leaf": least, **(_WITH_COLUMNS if columns else {})},
            lightgbm.Dataset(table, target),
            self.rounds_with_columns if columns else self.rounds,
        )
        typical = {column.name: column.typical for column in columns}
        return FittedTrees(
            self.name, booster, past.floor, past.usual_spread, typical, self.longest_lead
        )


@dataclass(frozen=True, slots=True)
class FittedTrees:
    """A trained booster and the units its inputs are measured in."""

    name: str
    booster: lightgbm.Booster
    floor: float
    usual_spread: float
    typical: dict[str, float]
    longest_lead: int

    def predict(self, known: Known, leads: int) -> Floats:
        """See ``Fitted.predict``. An exogenous value that is missing is missing to the trees."""
        at = now(self.name, known, leads, floor=self.floor)
        given = {column.name: column for column in columns_of(at.known, self.typical)}
        columns = tuple(
            given.get(name)
            or Column(name, spread, 0, np.full((1, len(at.known), WALL_HOURS), np.nan))
            for name, spread in sorted(self.typical.items())
        )
        tables = [
            _table(
                at.seen,
                columns,
                lead,
                usual_spread=self.usual_spread,
                as_lead=min(lead, self.longest_lead),
            )
            for lead in range(1, leads + 1)
        ]
        made: Any = self.booster.predict(np.concatenate(tables), num_threads=1)
        mean = restore(made.reshape(leads, WALL_HOURS), at.seen.level, at.seen.spread)
        return mean + at.step


def _table(
    seen: Situation,
    columns: tuple[Column, ...],
    lead: int,
    *,
    usual_spread: float,
    as_lead: int | None = None,
) -> NDArray[np.float32]:
    """One line for each hour of the day ``lead`` days after each day of ``seen``."""
    hourly = [*_of_the_hour(seen, lead)]
    given = [
        value * (usual_spread / seen.spread)
        for column in columns
        for value in column.hourly(seen.last, lead)
    ]
    hourly += given
    means = [value.mean(axis=1, keepdims=True) for value in given]
    daily = np.hstack([_of_the_day(seen, lead, as_lead or lead), *means])
    rows = seen.last.size
    hour = np.broadcast_to(np.arange(WALL_HOURS, dtype=np.float64)[:, None], (rows, WALL_HOURS, 1))
    spread_out = np.broadcast_to(daily[:, None, :], (rows, WALL_HOURS, daily.shape[1]))
    table = np.concatenate([np.stack(hourly, axis=2), spread_out, hour], axis=2)
    return table.reshape(rows * WALL_HOURS, -1).astype(np.float32)


def _of_the_hour(seen: Situation, lead: int) -> list[Floats]:
    """Recent values of the same hour, each of shape (rows, WALL_HOURS)."""
    past = squash(
        seen.price[seen.last[:, None] - np.arange(MEMORY_DAYS)],
        seen.level[:, :, None],
        seen.spread[:, :, None],
    )
    back = -(lead - 7 * -(-lead // 7))
    weeks = [week for week in (back, back + 7, back + 14, back + 21) if week < MEMORY_DAYS]
    days = seen.first_day + seen.last
    fortnight = np.arange(14)
    kinds = _DAY_TYPE[weekday((days[:, None] - fortnight).ravel())].reshape(-1, fortnight.size)
    alike = (kinds == _DAY_TYPE[weekday(days + lead)][:, None]).astype(np.float64)
    alike /= alike.sum(axis=1, keepdims=True)
    similar = np.einsum("nk,nkh->nh", alike, past[:, :14])
    return [
        past[:, back], past[:, weeks].mean(axis=1), similar, past[:, :7].mean(axis=1),
        past[:, 0], past[:, 1], past[:, 2],
        np.roll(similar, 1, axis=1), np.roll(similar, -1, axis=1),
    ]  # fmt: skip


def _of_the_day(seen: Situation, lead: int, as_lead: int) -> Floats:
    """Last day's profile, levels of the last days and weeks, calendar: shape (rows, columns)."""
    means = seen.price[seen.last[:, None] - np.arange(_DAILY_MEANS)].mean(axis=2)
    week = means.mean(axis=1, keepdims=True)
    month = seen.price[seen.last[:, None] - np.arange(MEMORY_DAYS)].mean(axis=(1, 2))[:, None]
    days = seen.first_day + seen.last
    target = days + lead
    off = [days_off(day, seen.clock) for day in (target, days, target + 1, target - 1)]
    calendar = [weekday(target), *off, np.full(days.size, as_lead)]
    return np.hstack(
        [
            seen.recent[:, :WALL_HOURS],
            squash(np.hstack([means, week, month]), seen.level, seen.spread),
            np.stack(calendar, axis=1).astype(np.float64),
            season(target)[:, :2],
        ]
    )
