"""The excess power that a month has before planning begins: from the meter, else from the plan.

Where neither tells, the month is taken to have none: a plan then charges itself no less for what it
exceeds than the bill will, because what comes on top of an excess costs less.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np

from chocolate_factory.market.calendar import QUARTER, delivery_day, local_midnight, to_datetime64
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.excess import excess_lines
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.series import Series
from chocolate_factory.planning.excess_power import SoFar
from chocolate_factory.planning.plan import Plan
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.site_curve import plan_curve, power_curve


def month_before(start: datetime) -> datetime:
    """The local midnight, UTC, that begins the calendar month of ``start``."""
    return local_midnight(delivery_day(start).replace(day=1))


def excess_before(
    start: datetime, plant: Plant, contract: Contract, measured: Series, running: Plan | None
) -> tuple[SoFar, tuple[str, ...]]:
    """The month's excess before ``start``, and what to say of how it is known.

    ``measured``: what the meter told of site power [kW]; ``running``: the plan in force, counted
    where the meter tells nothing.
    """
    if contract.exceed_up_to_kw is None:
        return {}, ()
    begin = month_before(start)
    count = (start - begin) // QUARTER
    if count == 0:
        return {}, ()
    end = begin + count * QUARTER
    if running is None:
        curve = power_curve((), plant, start=begin, end=end)
        planned = np.zeros(count, dtype=bool)
    else:
        curve = plan_curve(running, plant, start=begin, end=end)
        planned = curve.start >= to_datetime64(running.start)
    kw, at = curve.kw.copy(), np.searchsorted(curve.start, measured.start)
    inside = (at < count) & (measured.start >= curve.start[0])
    kw[at[inside]] = measured.value[inside]
    read = np.zeros(count, dtype=bool)
    read[at[inside]] = True
    kw[~read & ~planned] = 0.0
    lines = excess_lines(
        contract.tariff, contract.contracted_kw or plant.contracted_kw, PowerCurve(begin, kw)
    )
    unknown = int((~read & ~planned).sum())
    said = (
        f"excess power of the month so far: {int(read.sum())} quarter-hours from the meter, "
        f"{int((planned & ~read).sum())} as planned, {unknown} not known and taken as without any"
    )
    return {(line.month, line.period): line.excess_kw for line in lines}, (said,)
