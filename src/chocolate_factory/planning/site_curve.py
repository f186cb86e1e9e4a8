"""What the site draws under a schedule: base load and machines together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from chocolate_factory.market.calendar import QUARTER, Instants, periods, to_datetime
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.milp import Ints
from chocolate_factory.planning.plan import Block, Plan, Task
from chocolate_factory.planning.plant import Plant

_MINUTE = timedelta(minutes=1)
_QUARTER_MIN = int(QUARTER / _MINUTE)


def machine_kw(plant: Plant, starts: Mapping[tuple[str, int], Ints], slots: int) -> Floats:
    """Power of the machines in each slot [kW], shape (slots,), from starts by grade and stage."""
    kw = np.zeros(slots)
    for (grade, number), begun in starts.items():
        run = plant.stages[number].slot_kw(grade, plant.slot_min)
        kw += np.convolve(begun, run)[:slots]
    return kw


def site_kw(plant: Plant, starts: Mapping[tuple[str, int], Ints], slots: Instants) -> Floats:
    """Power of the whole site in each slot [kW]; ``slots`` UTC starts; both shapes (n,)."""
    return machine_kw(plant, starts, slots.size) + plant.base_kw(slots)


def tasks_kw(tasks: Sequence[Task], plant: Plant, slots: Instants) -> Floats:
    """Power of machines and tanks in each slot [kW] while ``tasks`` run; both shapes (n,)."""
    begin, kw = to_datetime(slots[0]), np.zeros(slots.size)
    for task in tasks:
        at = (task.start - begin) // plant.slot
        for minutes, drawn in task.phases:
            stop = at + minutes // plant.slot_min
            kw[at:stop] += drawn
            at = stop
    return kw


def plan_curve(plan: Plan, plant: Plant, *, start: datetime, end: datetime) -> PowerCurve:
    """What a meter reads over [start, end) under a plan: with what it carries, PV and battery.

    Instants on quarters of the hour. PV and battery count where they were planned.
    """
    drawn: list[Block | Task] = [*plan.carried, *plan.schedule.blocks]
    site = plan.schedule.site
    if site is not None and site.start.size:
        minutes = site.resolution_s // 60
        begin = to_datetime(site.start[0])
        until = begin + site.start.size * minutes * _MINUTE
        flows = tuple((minutes, float(kw)) for kw in site.bought_more_kw)
        drawn.append(Task("", "", "PV and battery", "", begin, until, flows))
    return power_curve(drawn, plant, start=start, end=end)


def power_curve(
    blocks: Sequence[Block | Task], plant: Plant, *, start: datetime, end: datetime
) -> PowerCurve:
    """Quarter-hour means of the site over [start, end) while ``blocks`` run: what a meter reads.

    Instants on quarters of the hour. Blocks may begin before and end after; what lies outside is
    left out.
    """
    minutes = round((end - start) / _MINUTE)
    change_kw = np.zeros(minutes + 1)
    for block in blocks:
        at = round((block.start - start) / _MINUTE)
        for length, kw in block.phases:
            first, last = np.clip((at, at + length), 0, minutes)
            change_kw[first] += kw
            change_kw[last] -= kw
            at += length
    drawn = np.cumsum(change_kw[:-1]).reshape(-1, _QUARTER_MIN).mean(axis=1)
    return PowerCurve(start, drawn + _base_kw(plant, start, end))


def _base_kw(plant: Plant, start: datetime, end: datetime) -> Floats:
    """Base load of each quarter-hour [kW]: the mean of its minutes."""
    by_minute = plant.base_kw(periods(start, end, _MINUTE))
    mean: Floats = by_minute.reshape(-1, _QUARTER_MIN).mean(axis=1)
    return mean
