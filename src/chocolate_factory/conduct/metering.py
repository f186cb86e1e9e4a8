"""The site's meter beside the plans: what was bought, and what the plans wanted to buy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from chocolate_factory import pipeline
from chocolate_factory.conduct.books import LOOK_BACK, followed
from chocolate_factory.conduct.site_month import pv_battery_kw
from chocolate_factory.market.calendar import (
    QUARTER,
    Instants,
    days_between,
    delivery_periods,
    local_midnight,
    to_datetime,
)
from chocolate_factory.market.catalog import DAY, METER_HOURS, METER_QUARTERS, SITE_POWER, spec
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.series import Floats, Kind, Observations, Series
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.planning.batches_made import Followed, Made, made_batches
from chocolate_factory.planning.plan import PlanningPrices
from chocolate_factory.planning.risk import load_kwh
from chocolate_factory.store.base import Appended, Store

_QUARTER_H = QUARTER / timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class MeteredDay:
    """One Madrid day by the meter and by the plan.

    ``measured_kwh`` over the quarter-hours that are known, ``quarters`` of them; ``planned_kwh``:
    process by the plans as they went, base load, and what the plan in force had PV and battery add
    to that, ``pv_battery_kwh`` (negative if less was to be bought), over the same ones [kWh]. In
    ``pv_battery_unknown`` of them no plan in force says what these do: there they are left out.
    Peaks are means of a quarter-hour [kW] with its start.
    """

    day: date
    quarters: int
    measured_kwh: float
    process_kwh: float
    base_kwh: float
    pv_battery_kwh: float
    pv_battery_unknown: int
    measured_peak_kw: float
    measured_peak_at: datetime
    planned_peak_kw: float
    planned_peak_at: datetime

    @property
    def planned_kwh(self) -> float:
        """What the plans wanted to buy [kWh]."""
        return self.process_kwh + self.base_kwh + self.pv_battery_kwh

    @property
    def difference_kwh(self) -> float:
        """Measured above planned [kWh]; negative if less was bought."""
        return self.measured_kwh - self.planned_kwh


def keep_curve(store: Store, curve: PowerCurve, *, now: datetime) -> Appended:
    """Store the known quarter-hours of a curve as measured, and whether they were read as such.

    Raises ``StoreError`` if the store holds simulated data.
    """
    known = np.isfinite(curve.kw)
    source = METER_QUARTERS if curve.by_quarter else METER_HOURS
    start = curve.start[known]
    about = spec(SITE_POWER)
    available_at, inferred = about.availability(start, now)
    batch = Observations(
        SITE_POWER, source, Kind.MEASURED, start, about.resolutions_s(start), curve.kw[known],
        available_at, inferred,
    )  # fmt: skip
    return pipeline.take_in(store, [batch], now=now)


def compare(
    store: Store, task: PlanTask, first: date, last: date, *, now: datetime
) -> tuple[MeteredDay, ...]:
    """The days ``first`` to ``last`` (inclusive) for which the meter was read, beside the plans."""
    history = followed(store, task, since=local_midnight(first) - LOOK_BACK, now=now)
    made = made_batches(history, until=local_midnight(last + DAY))
    found = []
    for day in days_between(first, last):
        told = store.read(SITE_POWER, local_midnight(day), local_midnight(day + DAY), as_of=now)
        if len(told):
            found.append(_day(task, day, told, history, made))
    return tuple(found)


def _day(
    task: PlanTask, day: date, told: Series, history: Sequence[Followed], made: Sequence[Made]
) -> MeteredDay:
    quarters = delivery_periods(day, QUARTER)
    process_kw = _process_kw(quarters, made)
    own_kw = pv_battery_kw(task.plant, quarters, history)
    unknown = np.isnan(own_kw)
    own_kw = np.nan_to_num(own_kw)
    base_kw = task.plant.base_kw(quarters)
    there = np.isin(quarters, told.start)
    planned_kw = (process_kw + base_kw + own_kw)[there]
    top, planned_top = int(np.argmax(told.value)), int(np.argmax(planned_kw))
    return MeteredDay(
        day=day,
        quarters=len(told),
        measured_kwh=float(told.value.sum() * _QUARTER_H),
        process_kwh=float(process_kw[there].sum() * _QUARTER_H),
        base_kwh=float(base_kw[there].sum() * _QUARTER_H),
        pv_battery_kwh=float(own_kw[there].sum() * _QUARTER_H),
        pv_battery_unknown=int(unknown[there].sum()),
        measured_peak_kw=float(told.value[top]),
        measured_peak_at=to_datetime(told.start[top]),
        planned_peak_kw=float(planned_kw[planned_top]),
        planned_peak_at=to_datetime(quarters[there][planned_top]),
    )


def _process_kw(quarters: Instants, made: Sequence[Made]) -> Floats:
    """Mean power of the batches in each quarter-hour [kW], shape (n,)."""
    frame = PlanningPrices(
        start=quarters,
        resolution_s=np.full(quarters.size, int(QUARTER.total_seconds()), dtype=np.int64),
        eur_kwh=np.zeros(quarters.size),
        published=np.ones(quarters.size, dtype=bool),
    )
    blocks = [block for one in made for block in one.went]
    drawn: Floats = load_kwh(blocks, frame) / _QUARTER_H
    return drawn
