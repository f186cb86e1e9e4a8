"""What a plan that knew every price would have run, hour by hour: what the advice learns from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from chocolate_factory.errors import Infeasible, MissingData, SolverFailed
from chocolate_factory.market.calendar import (
    HOUR,
    Instants,
    local_midnight,
    periods,
    to_datetime64,
)
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.orders import DAY, Orders
from chocolate_factory.planning.plan import Plan, PlanningPrices
from chocolate_factory.planning.plant import Plant

WEEK_DAYS = 7

GOOD_ENOUGH = 0.005
"""A plan whose search was cut short counts while it is provably this near to the best [share]."""


@dataclass(frozen=True, slots=True, eq=False)
class Hindsight:
    """Process power of a week's cheapest plan, made knowing all its prices.

    Parameters
    ----------
    hours
        Starts of the clock hours of the Madrid week, UTC, shape (n,): 167, 168 or 169.
    process_kw
        Mean power of the machines in each hour [kW], base load not in it, shape (n,).
    """

    hours: Instants
    process_kw: Floats


def hindsight(
    plant: Plant,
    orders: Orders,
    contract: Contract,
    prices: PlanningPrices,
    *,
    monday: date,
    time_limit_s: float,
) -> Hindsight | None:
    """The week from ``monday`` as it is best run at ``prices``; None if it cannot be told.

    It cannot where a price is missing, where the weekly orders cannot be made, and where the
    search ends further than ``GOOD_ENOUGH`` from proof. Orders are those of the weekly template;
    every week begins with an empty plant, and what runs past its last midnight is cut off there.
    """
    weekly = replace(orders, dated=())
    demands = weekly.in_window(monday, WEEK_DAYS)
    if not demands:
        return None
    try:
        plan = make_plan(
            plant, demands, prices,
            origin=local_midnight(monday), first_day=monday, days=WEEK_DAYS,
            contract=contract, time_limit_s=time_limit_s, seed=0,
        )  # fmt: skip
    except (MissingData, Infeasible, SolverFailed):
        return None
    if (plan.schedule.gap or 0.0) > GOOD_ENOUGH:
        return None
    hours = periods(local_midnight(monday), local_midnight(monday + WEEK_DAYS * DAY), HOUR)
    return Hindsight(hours, process_kw(plan, hours))


def process_kw(plan: Plan, hours: Instants) -> Floats:
    """Mean power of the plan's machines in each clock hour [kW]; ``hours`` UTC, shape (n,)."""
    hour = np.timedelta64(HOUR, "s")
    total = np.zeros(hours.shape)
    for block in plan.schedule.blocks:
        begin = to_datetime64(block.start)
        for minutes, kw in block.phases:
            end = begin + np.timedelta64(60 * minutes, "s")
            inside = np.minimum(end, hours + hour) - np.maximum(begin, hours)
            total += kw * np.maximum(inside / hour, 0.0)
            begin = end
    return total
