"""Is the excess power of a schedule charged as the bill would? Re-derived from its blocks.

Shares no code with ``excess_power`` or ``excess_rows``: site power is added up minute by minute on
the wall clock and the rule of the meter is applied to it by ``market.excess``, which the bill uses.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import numpy as np

from chocolate_factory.errors import PlanInvalid
from chocolate_factory.market.calendar import MADRID, to_datetime64
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.excess import Metering, above_kw, excess_rates_eur_kw, metering
from chocolate_factory.market.regulated import ELECTRICITY_TAX
from chocolate_factory.market.tariff import power_period
from chocolate_factory.planning.plan import Block, Schedule
from chocolate_factory.planning.plant import Plant

_MINUTE = timedelta(minutes=1)
_CENT = 0.005


def require_charged(
    schedule: Schedule,
    plant: Plant,
    *,
    start: datetime,
    end: datetime,
    contract: Contract,
    carried: Sequence[Block],
    so_far: Mapping[tuple[date, int], float],
) -> None:
    """Raise ``PlanInvalid`` if the schedule's excess charge is off by half a cent in any period.

    Over [start, end) of the plan, whole minutes; ``carried`` work draws power beside the schedule.
    """
    if contract.exceed_up_to_kw is None:
        if schedule.excess:
            raise PlanInvalid(("excess power is charged that this contract does not allow",))
        return
    due = charged_eur(
        schedule, plant, start=start, end=end, contract=contract, carried=carried, so_far=so_far
    )
    told = {(charge.month, charge.period): charge.eur for charge in schedule.excess}
    wrong = []
    for month, period in sorted(due.keys() | told.keys()):
        charged, owed = told.get((month, period), 0.0), due.get((month, period), 0.0)
        if abs(charged - owed) > _CENT:
            wrong.append(
                f"excess power of P{period} in {month:%Y-%m} is charged {charged:.2f} €, and costs "
                f"{owed:.2f} €"
            )
    if wrong:
        raise PlanInvalid(tuple(wrong))


def charged_eur(
    schedule: Schedule,
    plant: Plant,
    *,
    start: datetime,
    end: datetime,
    contract: Contract,
    carried: Sequence[Block],
    so_far: Mapping[tuple[date, int], float],
) -> dict[tuple[date, int], float]:
    """What excess adds to the bill by month and period [EUR], tax in."""
    powers = contract.contracted_kw or plant.contracted_kw
    how = metering(contract.tariff, powers)
    site = _site_kw(schedule, plant, start, end, carried)
    quarters = np.array([to_datetime64(at) for at in site], dtype="datetime64[s]")
    if quarters.size == 0:
        return {}
    above = above_kw(contract.tariff, powers, quarters, np.array(list(site.values())))
    excess: dict[tuple[date, int], list[float]] = defaultdict(list)
    for at, period, kw in zip(site, power_period(contract.tariff, quarters), above, strict=True):
        if kw > 0:
            excess[at.astimezone(MADRID).date().replace(day=1), int(period)].append(float(kw))
    due = {}
    for (month, period), own in excess.items():
        days = [month + timedelta(days=n) for n in range(monthrange(month.year, month.month)[1])]
        rate = excess_rates_eur_kw(contract.tariff, how, month, days=len(days))[period - 1]
        tax = sum(ELECTRICITY_TAX.on(day)[0] for day in days) / len(days)
        before = so_far.get((month, period), 0.0)
        if how is Metering.HIGHEST:
            more = max(max(own) - before, 0.0)
        else:
            more = sum((kw**2 for kw in own), before**2) ** 0.5 - before
        due[month, period] = rate * (1 + tax) * more
    return due


def _site_kw(
    schedule: Schedule, plant: Plant, start: datetime, end: datetime, carried: Sequence[Block]
) -> dict[datetime, float]:
    """Mean power of base load, machines and battery in each quarter-hour, over what is planned."""
    minutes = [start + n * _MINUTE for n in range(round((end - start) / _MINUTE))]
    drawn = dict.fromkeys(minutes, 0.0)
    for block in (*schedule.blocks, *carried):
        at = block.start
        for length, kw in block.phases:
            for _ in range(length):
                if at in drawn:
                    drawn[at] += kw
                at += _MINUTE
    if schedule.site is not None:
        step = schedule.site.resolution_s // 60
        net = schedule.site.charge_kw - schedule.site.discharge_kw
        for number, minute in enumerate(minutes):
            drawn[minute] += float(net[number // step])
    base = plant.base_kw(np.array([to_datetime64(minute) for minute in minutes]))
    found: dict[datetime, list[float]] = defaultdict(list)
    for minute, kw in zip(minutes, base, strict=True):
        found[minute - minute.minute % 15 * _MINUTE].append(drawn[minute] + float(kw))
    return {quarter: sum(own) / len(own) for quarter, own in found.items()}
