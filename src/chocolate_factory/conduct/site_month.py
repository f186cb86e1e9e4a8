"""What the site drew in a month, and what it would have drawn otherwise: quarter by quarter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.conduct.books import LOOK_BACK, followed
from chocolate_factory.market.calendar import days_between, local_midnight
from chocolate_factory.market.catalog import DAY, SITE_POWER
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.series import Floats, Series
from chocolate_factory.market.tariff import Tariff
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.planning.batches_made import made_batches
from chocolate_factory.planning.closing import DayAccount, LeftOut
from chocolate_factory.planning.month_excess import MonthExcess, beside, month_excess, not_compared
from chocolate_factory.planning.plan import Block
from chocolate_factory.planning.site_curve import power_curve
from chocolate_factory.store.base import Store

_QUARTERS_OF_AN_HOUR = 4


@dataclass(frozen=True, slots=True, eq=False)
class SiteMonth:
    """The site from the Madrid day ``first`` to ``last``, inclusive.

    ``actual``: the meter where it was read (``told``), else what was made and the base load.
    ``went`` and ``planned``: what was made at the times it was reported or planned, and the base
    load, without a look at the meter. ``blocks`` that were made, at the times they went.
    """

    first: date
    last: date
    actual: PowerCurve
    went: PowerCurve
    planned: PowerCurve
    told: Series
    blocks: tuple[Block, ...]


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
    kw = went.kw.copy()
    at = np.searchsorted(went.start, told.start)
    kw[at] = told.value
    return SiteMonth(
        first=first,
        last=last,
        actual=PowerCurve(begin, kw, by_quarter=not _read_by_the_hour(kw, at)),
        went=went,
        planned=power_curve(
            _within([block for one in made for block in one.planned], begin, end),
            task.plant, start=begin, end=end,
        ),
        told=told,
        blocks=blocks,
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
    if not site.actual.by_quarter and tariff is not Tariff.TD20:
        return None, "the meter was read by the hour, excess is measured by quarter-hours"
    closed = {day.day for day in days}
    open_days = [day for day in days_between(site.first, site.last) if day not in closed]
    without = [one.day for one in left_out if site.first <= one.day <= site.last]
    missing = [day for day in open_days if day not in without]
    if missing:
        return None, f"{len(missing)} days are not closed, the first of them {missing[0]}"
    if without:
        return None, not_compared(site.first, without)
    begin, end = site.actual.begin, site.actual.end
    usual = _within([block for day in days for block in day.habit_blocks], begin, end)
    by_habit = power_curve(usual, task.plant, start=begin, end=end)
    return month_excess(
        site.first, tariff, powers,
        habit=beside(site.actual, site.went, by_habit),
        planned=beside(site.actual, site.went, site.planned),
        actual=site.actual, measured=len(site.told),
    ), ""  # fmt: skip


def _within(blocks: Sequence[Block], begin: datetime, end: datetime) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block.end > begin and block.start < end)


def _read_by_the_hour(kw: Floats, measured: NDArray[np.int64]) -> bool:
    """Whether the meter told hours: then the quarters of every hour are the same."""
    if measured.size < _QUARTERS_OF_AN_HOUR:
        return False
    by_hour = kw[: kw.size - kw.size % _QUARTERS_OF_AN_HOUR].reshape(-1, _QUARTERS_OF_AN_HOUR)
    whole = np.bincount(measured // _QUARTERS_OF_AN_HOUR, minlength=by_hour.shape[0])
    told = by_hour[whole[: by_hour.shape[0]] == _QUARTERS_OF_AN_HOUR]
    return bool(told.size) and bool((np.ptp(told, axis=1) == 0).all())
