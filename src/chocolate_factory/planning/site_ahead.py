"""What the site draws under a plan, quarter by quarter, against what is contracted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import QUARTER, delivery_day, local_midnight
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.excess import NOISE_KW
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.series import Floats, Series
from chocolate_factory.market.tariff import Tariff, power_period
from chocolate_factory.planning.plan import Plan
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.site_curve import plan_curve


@dataclass(frozen=True, slots=True, eq=False)
class SiteAhead:
    """From the midnight of today, or the plan's start if that is later, to the plan's end.

    Parameters
    ----------
    planned
        Bought from the grid if it goes as planned: machines, base load, PV and battery [kW],
        shape (n,), from ``planned.begin``.
    metered_kw
        What the meter read [kW], shape (n,); NaN where it was not read.
    period
        Power period of each quarter-hour, shape (n,).
    contracted_kw
        Contracted power per power period [kW], P1 first.
    """

    planned: PowerCurve
    metered_kw: Floats
    period: NDArray[np.int64]
    contracted_kw: tuple[float, ...]

    @property
    def limit_kw(self) -> Floats:
        """Contracted power in each quarter-hour [kW], shape (n,)."""
        limit: Floats = np.array(self.contracted_kw)[self.period - 1]
        return limit

    @property
    def above(self) -> int:
        """How many planned quarter-hours lie above the contracted power."""
        return int(np.count_nonzero(self.planned.kw > self.limit_kw + NOISE_KW))


def window(plan: Plan, *, now: datetime) -> tuple[datetime, datetime] | None:
    """What of the plan is looked at, UTC, on quarters of the hour; None once it is over."""
    quarter_s = int(QUARTER.total_seconds())
    begin = max(plan.start, local_midnight(delivery_day(now)))
    begin += timedelta(seconds=-begin.timestamp() % quarter_s)
    last = max([plan.end, *(block.end for block in plan.schedule.blocks)])
    end = last + timedelta(seconds=-last.timestamp() % quarter_s)
    return (begin, end) if begin < end else None


def site_ahead(
    plan: Plan, plant: Plant, contract: Contract, metered: Series, *, begin: datetime, end: datetime
) -> SiteAhead:
    """The site over [begin, end), quarters of the hour, with what ``metered`` holds of it."""
    curve = plan_curve(plan, plant, start=begin, end=end)
    read = np.full(curve.kw.size, np.nan)
    read[np.searchsorted(curve.start, metered.start)] = metered.value
    # Without powers of its own a 2.0TD contract is held to the plant's six, as plans are.
    own = contract.contracted_kw
    tariff = Tariff.TD30 if own is None and contract.tariff is Tariff.TD20 else contract.tariff
    return SiteAhead(
        planned=curve,
        metered_kw=read,
        period=power_period(tariff, curve.start),
        contracted_kw=tuple(plant.contracted_kw if own is None else own),
    )
