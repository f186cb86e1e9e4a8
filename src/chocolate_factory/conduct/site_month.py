"""What the site drew in a month, and what it would have drawn otherwise: quarter by quarter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.conduct.books import LOOK_BACK, followed
from chocolate_factory.market.calendar import (
    QUARTER,
    Instants,
    days_between,
    local_midnight,
    to_datetime64,
)
from chocolate_factory.market.catalog import DAY, METER_QUARTERS, SITE_POWER
from chocolate_factory.market.excess import Metering, above_kw, metering
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.series import Floats, Series
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.planning.ambient import at_slots
from chocolate_factory.planning.batches_made import Followed, made_batches
from chocolate_factory.planning.closing import DayAccount, LeftOut
from chocolate_factory.planning.month_excess import MonthExcess, beside, month_excess, not_compared
from chocolate_factory.planning.plan import Block, Plan, SiteFlows
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.site_curve import power_curve
from chocolate_factory.store.base import Store

_LEAST_KW = 0.001
"""Less than this is rounding: nothing was bought."""


@dataclass(frozen=True, slots=True, eq=False)
class SiteMonth:
    """The site from the Madrid day ``first`` to ``last``, inclusive.

    ``actual``: the meter where it was read (``told``), else what was made, the base load, and what
    the plan in force had PV and battery do. ``went`` and ``planned``: what was made at the times it
    was reported or planned, and the base load, without a look at the meter. ``blocks`` that were
    made, at the times they went. ``fed_in_kw``: what went into the grid where nothing was bought,
    NaN where nothing tells: a meter reads what is bought, and a plan that is not paid for it leaves
    it out. ``own_planned`` and ``own_unknown``: in how many quarter-hours without the meter PV and
    battery are as planned, and in how many no plan says what they did: there they are left out.
    """

    first: date
    last: date
    actual: PowerCurve
    went: PowerCurve
    planned: PowerCurve
    told: Series
    blocks: tuple[Block, ...]
    fed_in_kw: Floats
    own_planned: int
    own_unknown: int


def site_month(
    store: Store, task: PlanTask, first: date, last: date, *, now: datetime
) -> SiteMonth | None:
    """The site over these days; None if no meter was read and no plan was in force."""
    begin, end = local_midnight(first), local_midnight(last + DAY)
    history = followed(store, task, since=begin - LOOK_BACK, now=now)
    made = made_batches(history, until=end)
    blocks = _within([block for one in made for block in one.went], begin, end)
    told = store.read(SITE_POWER, begin, end, as_of=now)
    if not blocks and not len(told):
        return None
    went = power_curve(blocks, task.plant, start=begin, end=end)
    own_kw = pv_battery_kw(task.plant, went.start, history)
    paid_kw = _fed_in_kw(task.plant, went.start, history)
    net_kw = went.kw + np.nan_to_num(own_kw) - np.nan_to_num(paid_kw)
    kw, fed_in_kw = np.maximum(net_kw, 0.0), np.maximum(-net_kw, 0.0)
    at = np.searchsorted(went.start, told.start)
    kw[at], fed_in_kw[at] = told.value, 0.0
    unread = np.ones(kw.size, dtype=bool)
    unread[at] = False
    if task.plant.pv or task.plant.surplus_eur_kwh:
        fed_in_kw[(kw < _LEAST_KW) & ~(unread & np.isfinite(paid_kw))] = np.nan
    return SiteMonth(
        first=first,
        last=last,
        actual=PowerCurve(begin, kw, by_quarter=bool((told.source == METER_QUARTERS).all())),
        went=went,
        planned=power_curve(
            _within([block for one in made for block in one.planned], begin, end),
            task.plant, start=begin, end=end,
        ),
        told=told,
        blocks=blocks,
        fed_in_kw=fed_in_kw,
        own_planned=int((unread & (np.nan_to_num(own_kw) != 0)).sum()),
        own_unknown=int((unread & np.isnan(own_kw)).sum()),
    )  # fmt: skip


def excess_of(
    site: SiteMonth | None,
    task: PlanTask,
    days: Sequence[DayAccount],
    left_out: Sequence[LeftOut] = (),
) -> tuple[MonthExcess | None, str]:
    """The month's excess by habit, as planned and as it went, or why it is not known.

    ``days``: every day that is closed, ``left_out`` those that have no account. The habit is that
    of the closed days, so all of the month have to be.
    """
    if site is None:
        return None, "no meter was read and no plan was in force"
    tariff = task.contract.tariff
    powers = task.contract.contracted_kw or task.plant.contracted_kw
    if len(powers) != tariff.power_periods:
        return None, (
            f"{tariff} has {tariff.power_periods} contracted powers, {len(powers)} are given"
        )
    if metering(tariff, powers) is Metering.SWITCH:
        quarters, measured = site.actual.kw.size, len(site.told)
        return MonthExcess(site.first, (), (), (), quarters, measured, site.own_planned), ""
    reason = _not_compared(site, days, left_out)
    if reason:
        return None, reason
    begin, end = site.actual.begin, site.actual.end
    usual = _within([block for day in days for block in day.habit_blocks], begin, end)
    by_habit = power_curve(usual, task.plant, start=begin, end=end)
    habit, planned = (
        beside(site.actual, site.went, other, fed_in_kw=np.nan_to_num(site.fed_in_kw))
        for other in (by_habit, site.planned)
    )
    most_kw = np.maximum(habit.kw, planned.kw)
    above = above_kw(tariff, powers, site.actual.start, most_kw) > 0
    unclear = int((above & np.isnan(site.fed_in_kw)).sum())
    if unclear:
        return None, (
            "the excess power of habit and plan hangs on what was fed into the grid, which nothing "
            f"tells in {unclear} quarter-hours"
        )
    return month_excess(
        site.first, tariff, powers,
        habit=habit, planned=planned, actual=site.actual, measured=len(site.told),
        own_planned=site.own_planned,
    ), ""  # fmt: skip


def _not_compared(site: SiteMonth, days: Sequence[DayAccount], left_out: Sequence[LeftOut]) -> str:
    """Why the excess is not told of these days; "" if it can be."""
    if not site.actual.by_quarter:
        return "the meter was read by the hour, excess is measured by quarter-hours"
    closed = {day.day for day in days}
    open_days = [day for day in days_between(site.first, site.last) if day not in closed]
    without = [one.day for one in left_out if site.first <= one.day <= site.last]
    missing = [day for day in open_days if day not in without]
    if missing:
        told = f"days of the month that are not closed: {len(missing)}"
        return f"{told}, the first of them {missing[0]}"
    return not_compared(site.first, without) if without else ""


def pv_battery_kw(plant: Plant, quarters: Instants, history: Sequence[Followed]) -> Floats:
    """What the plan in force had PV and battery add to what is bought [kW].

    NaN where no plan says: without one, under one made before there were any, and where it knew
    nothing of the sun. 0 throughout if the plant has neither.
    """
    return _as_planned(plant, quarters, history, lambda site: site.bought_more_kw)


def _fed_in_kw(plant: Plant, quarters: Instants, history: Sequence[Followed]) -> Floats:
    """What the plan in force had fed into the grid [kW]; NaN where no plan says, and where it is
    not paid for: such a plan leaves out the sun that it has no use for."""
    return _as_planned(
        plant,
        quarters,
        history,
        lambda site: np.where(site.surplus_eur_kwh > 0, site.fed_in_kw, np.nan),
    )


def _as_planned(
    plant: Plant,
    quarters: Instants,
    history: Sequence[Followed],
    of: Callable[[SiteFlows], Floats],
) -> Floats:
    """Means of a flow of the plan in force [kW]; NaN where no plan says."""
    if plant.pv is None and plant.battery is None:
        return np.zeros(quarters.size)
    found = np.full(quarters.size, np.nan)
    quarter = np.timedelta64(QUARTER, "s")
    for plan in (one.planned for one in history):
        site = plan.schedule.site
        planned_kw: Floats = np.full(quarters.size, np.nan)
        if site is not None:
            at = (site.start - quarters[0]) // quarter
            here = (at >= 0) & (at < quarters.size)
            share = site.resolution_s / quarter.astype(int)
            flow_kw = np.where(_sun_known(plant, plan, site.start), of(site), np.nan)
            planned_kw[at[here]] = 0.0
            np.add.at(planned_kw, at[here], share * flow_kw[here])
        planned_kw[quarters >= to_datetime64(plan.end)] = np.nan
        ahead = quarters >= to_datetime64(plan.start)
        found[ahead] = planned_kw[ahead]
    return found


def _sun_known(plant: Plant, plan: Plan, slots: Instants) -> NDArray[np.bool_]:
    """Whether the plan knew in each slot what the panels would give."""
    if plant.pv is None or plant.pv.profile_kw is not None:
        return np.ones(slots.size, dtype=bool)
    if plan.weather is None or not plan.weather.start.size:
        return np.zeros(slots.size, dtype=bool)
    return np.isfinite(at_slots(plan.weather.start, plan.weather.radiation_w_m2, slots))


def _within(blocks: Sequence[Block], begin: datetime, end: datetime) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block.end > begin and block.start < end)
