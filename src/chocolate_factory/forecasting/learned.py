"""What every learning model does first: take off what is public, fill holes, look back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.basket import on_the_share_of
from chocolate_factory.forecasting.columns import Column, columns_of, learnable
from chocolate_factory.forecasting.features import (
    MEMORY_DAYS,
    SCALE_PER_MEAN_DEVIATION,
    Situation,
    regulated_step,
    situation,
)
from chocolate_factory.forecasting.layout import filled
from chocolate_factory.forecasting.model import Known, known_days
from chocolate_factory.market.series import Floats

_FLOOR_OF_TYPICAL_SPREAD = 0.01
_LOOK_BACK_DAYS = 4 * MEMORY_DAYS
"""Days within which a hole of the last weeks may find a similar earlier day."""
_SETTLING_DAYS = 14
"""Days of a column before the first one that says something: two weeks and the week before it."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The newest days as a model learns from them.

    Parameters
    ----------
    known
        Those days.
    market
        Prices without the regulated step, shape (days, WALL_HOURS), NaN where unknown: targets.
    price
        The same with holes filled: inputs.
    floor
        Least spread that prices are measured in, in their unit.
    usual_spread
        Spread of all those days together, measured like that of the last weeks, which is
        compared with it.
    """

    known: Known
    market: Floats
    price: Floats
    floor: float
    usual_spread: float

    def situations(self) -> Situation:
        """What was to be seen at the end of every day but the first weeks and the last."""
        rows = np.arange(MEMORY_DAYS, len(self.known) - 1)
        return situation(
            self.price, self.known.first_day, rows, floor=self.floor, clock=self.known.clock
        )


def history(
    name: str, known: Known, *, window: int, needs_days: int, told_days: int | None = None
) -> History:
    """The newest ``window`` days and those that their inputs reach back to.

    Columns that are too young to learn from are left out; with ``told_days``, of a model to which a
    day without one of them teaches nothing, so are those that leave it fewer (``learnable``).

    Raises ``ModelNotFitted``, in the name of a model, below ``needs_days`` days, or if prices never
    move.
    """
    known = known.grown().newest(window + MEMORY_DAYS)
    if told_days is not None:
        told = learnable(known.inputs, len(known), least_days=told_days + _SETTLING_DAYS)
        known = replace(known, inputs=told)
    market = on_the_share_of(
        known.days[-1] + 1,
        known.price - regulated_step(known.key, known.days),
        known.key,
        known.first_day,
    )
    have = int(known_days(market).sum())
    if have < needs_days:
        raise ModelNotFitted(
            f"{name} on {known.key} needs {needs_days} days of history, there are {have}: import "
            "or ingest more, or choose another model"
        )
    price = filled(market, known.first_day)
    floor = _FLOOR_OF_TYPICAL_SPREAD * float(np.nanstd(price))
    if floor <= np.finfo(np.float64).eps * float(np.nanmax(np.abs(price))):
        raise ModelNotFitted(
            f"{name} on {known.key}: the price is the same in every hour, there is nothing to learn"
        )
    usual_spread = SCALE_PER_MEAN_DEVIATION * float(np.nanmean(np.abs(price - np.nanmean(price))))
    return History(known, market, price, floor, usual_spread)


@dataclass(frozen=True, slots=True, eq=False)
class Now:
    """The end of the last known day, and the regulated step of the days to forecast.

    ``seen`` has one row; ``step`` has shape (leads, WALL_HOURS); ``known`` are the newest weeks.
    """

    known: Known
    seen: Situation
    step: Floats


def now(name: str, known: Known, leads: int, *, floor: float) -> Now:
    """Look at the last known day.

    Raises ``ModelNotFitted``, in the name of a model, if the last weeks have holes that nothing
    fills.
    """
    recent = known.newest(_LOOK_BACK_DAYS)
    step = regulated_step(recent.key, recent.days[-1] + np.arange(1, leads + 1))
    market = recent.price - regulated_step(recent.key, recent.days)
    market = on_the_share_of(recent.days[-1] + 1, market, recent.key, recent.first_day)
    price = filled(market, recent.first_day)
    if len(price) < MEMORY_DAYS or not _whole(price):
        raise ModelNotFitted(
            f"{name}: the last weeks to {recent.days[-1]} have holes that no similar earlier day "
            "fills: import or ingest them"
        )
    seen = situation(
        price, recent.first_day, np.array([len(recent) - 1]), floor=floor, clock=recent.clock
    )
    return Now(recent, seen, step)


def remembers(price: Floats, first_day: np.datetime64, row: int) -> bool:
    """Whether the last weeks to ``row`` are known, or filled from earlier days, as far as they go.

    ``price`` has shape (days, WALL_HOURS).
    """
    begin = max(0, row + 1 - _LOOK_BACK_DAYS)
    return _whole(filled(price[begin : row + 1], first_day + begin))


def _whole(price: Floats) -> bool:
    return bool(np.isfinite(price[-MEMORY_DAYS:]).all())


def by_lead(
    at: Now,
    leads: int,
    typical: Mapping[str, float],
    predict: Callable[[Situation, tuple[Column, ...], int], Floats],
) -> Floats:
    """Prices of the days ``leads`` ahead, shape (leads, WALL_HOURS), regulated step included.

    ``predict`` says one lead day without its step, from the columns that were learned from; it gets
    none of them if one is missing now. ``typical``: their names and spreads.
    """
    columns = columns_of(at.known, typical)
    if len(columns) < len(typical):
        columns = ()
    days = [predict(at.seen, columns, lead) for lead in range(1, leads + 1)]
    return np.vstack(days) + at.step
