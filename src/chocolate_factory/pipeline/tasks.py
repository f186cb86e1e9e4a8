"""What is to be planned, and over which days."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from chocolate_factory.errors import OrdersInvalid
from chocolate_factory.market.calendar import delivery_day, local_midnight
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.planning.orders import Demand, Orders
from chocolate_factory.planning.pins import Pin
from chocolate_factory.planning.plan import Plan
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.problem import planning_window

WORTH_S = 10.0
"""How long each shadow price is sought after the schedule planned [s]."""

WAYS_OUT_S = 20.0
"""How long ways out of an impossible plan are sought for people who wait for it [s]."""


@dataclass(frozen=True, slots=True)
class PlanTask:
    """What is to be planned: the plant, what it pays, what it must make, over how many days.

    ``first_day``: the first Madrid day planned where nothing is taken over; None: by the plant's
    shifts. ``ways_out_s``: for how long ways out are sought where there is no plan [s];
    ``worth_s``: for how long each shadow price of a plan put in force or proposed; 0: not at all.
    ``seed``: the solver's; None: seeds are raced if one alone is not soon done. ``by_habit``:
    nothing is searched, what is not pinned begins as the habit has it. ``risk``: how much the
    plans that are put in force or proposed weigh dear price paths, 0 to 1; 0: not at all; None: as
    the plan in force was made, not at all without one.
    """

    plant: Plant
    contract: Contract
    orders: Orders
    days: int = 7
    time_limit_s: float = 60.0
    ways_out_s: float = 0.0
    worth_s: float = 0.0
    seed: int | None = None
    first_day: date | None = None
    by_habit: bool = False
    risk: float | None = None

    @property
    def market(self) -> SeriesKey | None:
        """The price series that the contract passes on; None if prices are agreed."""
        return self.contract.market


@dataclass(frozen=True, slots=True)
class TakeOver:
    """What a new plan takes over: the plan in force until ``hand_over``, and batches that stay."""

    running: Plan
    hand_over: datetime
    pins: tuple[Pin, ...] = ()


def same_end(task: PlanTask, over: TakeOver) -> PlanTask:
    """``task`` over so many days that a plan which takes over ends with the one before."""
    first = first_day_to_plan(task.plant, over.hand_over)
    running = over.running
    return replace(task, days=(running.first_day + timedelta(days=running.days) - first).days)


def planned_days(
    task: PlanTask, origin: datetime, take_over: TakeOver | None = None
) -> tuple[date, int]:
    """The first Madrid day to plan and how many: to the same end with and without a hand-over."""
    if take_over is None:
        return task.first_day or first_day_to_plan(task.plant, origin), task.days
    first_day = delivery_day(take_over.hand_over)
    begun = first_day_to_plan(task.plant, take_over.hand_over) - first_day
    return first_day, task.days + begun.days


def plan_end(task: PlanTask, first_day: date) -> datetime:
    """The end of what is planned from ``first_day``: its last midnight, or the last due time."""
    demands = task.orders.in_window(first_day, task.days, known_from=local_midnight(first_day))
    return planning_window(first_day, task.days, demands)[1]


def first_day_to_plan(plant: Plant, origin: datetime) -> date:
    """The Madrid day of ``origin`` if its first shift has not begun by then, else the next one."""
    today = delivery_day(origin)
    return today if origin <= plant.first_shift(today) else today + timedelta(days=1)


def covers(kept: Plan, plant: Plant, *, now: datetime) -> bool:
    """Whether a plan still covers the first day that a new one could plan at ``now``.

    A plan ends with its last day, or with the last due time on the morning after it: either way
    the day on which it ends is not planned by it.
    """
    return first_day_to_plan(plant, now) < delivery_day(kept.end)


def is_for_other_orders(kept: Plan, orders: Orders, *, now: datetime) -> bool:
    """Whether ``orders`` ask for something else than a plan was made for, of what is still due over
    its days."""
    try:
        asked = orders.in_window(
            kept.first_day, kept.days, known=kept.demands, known_from=kept.start
        )
    except OrdersInvalid:
        return True
    return _still_due(asked, now) != _still_due(kept.demands, now)


def _still_due(demands: tuple[Demand, ...], now: datetime) -> Counter[tuple[object, ...]]:
    return Counter(
        (one.grade, one.due, one.kg, one.penalty_eur_h) for one in demands if one.due > now
    )


def demands_of(
    task: PlanTask, first_day: date, days: int, take_over: TakeOver | None
) -> tuple[Demand, ...]:
    if take_over is None:
        return task.orders.in_window(first_day, days)
    running = take_over.running
    return task.orders.in_window(first_day, days, known=running.demands, known_from=running.start)
