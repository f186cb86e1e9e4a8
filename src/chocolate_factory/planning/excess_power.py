"""What power above the contracted one adds to the bill of a plan, beside the month's so far.

For every power period and calendar month that a plan touches, with e the excess of each
quarter-hour and S what the month has so far:

- quarter-hour meters (``Metering.QUARTERS``): rate · (√(S² + Σ e²) − S);
- meters of the highest power (``Metering.HIGHEST``): rate · max(max e − S, 0), the daily rate
  counted for the whole month.

Rates have the electricity tax in. The excess of a quarter-hour is that of its mean power; slots
shorter than one are averaged, over those that are planned. The sun is not counted on, the battery
is.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import QUARTER, Instants, local_days
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.excess import (
    NOISE_KW,
    Metering,
    excess_rates_eur_kw,
    metering,
)
from chocolate_factory.market.regulated import ELECTRICITY_TAX
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import power_period
from chocolate_factory.planning.plan import ExcessCharge
from chocolate_factory.planning.plant import Plant

DAY = timedelta(days=1)

SoFar = Mapping[tuple[date, int], float]
"""By the first day of a month and power period from 1: what the month has so far [kW], the root of
the sum of squares or the highest excess, as the meter counts it."""


@dataclass(frozen=True, slots=True)
class ExcessGroup:
    """One power period in one month; ``rate_eur_kw`` [EUR/kW] with tax, ``so_far_kw`` [kW]."""

    period: int
    month: date
    rate_eur_kw: float
    so_far_kw: float


@dataclass(frozen=True, slots=True, eq=False)
class ExcessTerms:
    """How excess is counted over the slots of a problem.

    Parameters
    ----------
    how
        The rule of the meter.
    quarter
        Number of the quarter-hour of each slot, shape (slots,).
    room_kw
        What the process may draw in each quarter-hour without excess [kW], shape (quarters,);
        below zero where base load and work begun before are above by themselves.
    group
        Index into ``groups`` of each quarter-hour, shape (quarters,).
    """

    how: Metering
    quarter: NDArray[np.int64]
    room_kw: Floats
    group: NDArray[np.int64]
    groups: tuple[ExcessGroup, ...]

    @property
    def slots_in(self) -> NDArray[np.int64]:
        """Planned slots of each quarter-hour, shape (quarters,)."""
        return np.bincount(self.quarter, minlength=self.room_kw.size)

    def above_kw(self, process_kw: Floats) -> Floats:
        """Excess of each quarter-hour [kW], shape (quarters,); ``process_kw`` by slot."""
        mean = np.bincount(self.quarter, process_kw, self.room_kw.size) / self.slots_in
        above: Floats = mean - self.room_kw
        return np.where(above > NOISE_KW, above, 0.0)

    def charges(self, process_kw: Floats) -> tuple[ExcessCharge, ...]:
        """What is charged beyond the month so far, for each group with any excess here."""
        above = self.above_kw(process_kw)
        found = []
        for number, group in enumerate(self.groups):
            own = above[self.group == number]
            if not own.any():
                continue
            total = self.size_kw(own, group.so_far_kw)
            found.append(
                ExcessCharge(
                    period=group.period,
                    month=group.month,
                    so_far_kw=group.so_far_kw,
                    excess_kw=total,
                    quarters=int(np.count_nonzero(own)),
                    eur=group.rate_eur_kw * (total - group.so_far_kw),
                )
            )
        return tuple(found)

    def size_kw(self, above: Floats, so_far_kw: float) -> float:
        """What the rate is applied to once ``above`` is added to the month so far [kW]."""
        if self.how is Metering.HIGHEST:
            return max(float(above.max(initial=0.0)), so_far_kw)
        return float(np.sqrt(so_far_kw**2 + float(above @ above)))

    def with_more(self, kw: float) -> ExcessTerms:
        """The same with so much more contracted in every period [kW]."""
        return replace(self, room_kw=self.room_kw + kw)


def excess_terms(
    plant: Plant, contract: Contract, slots: Instants, taken_kw: Floats, so_far: SoFar
) -> ExcessTerms | None:
    """The terms over ``slots``; None if the contract's powers may not be exceeded.

    ``taken_kw``: base load and work begun before, by slot [kW]. Raises ``MissingData`` where the
    rates are not known.
    """
    if contract.exceed_up_to_kw is None:
        return None
    powers = contract.contracted_kw or plant.contracted_kw
    how = metering(contract.tariff, powers)
    quarter_s = int(QUARTER.total_seconds())
    starts, quarter = np.unique(slots.astype(np.int64) // quarter_s, return_inverse=True)
    instants: Instants = (starts * quarter_s).astype("datetime64[s]")
    count = np.bincount(quarter)
    taken = np.bincount(quarter, taken_kw) / count
    room = plant.contracted_at(contract.tariff, instants, contract.contracted_kw) - taken
    period = power_period(contract.tariff, instants)
    month = local_days(instants).astype("datetime64[M]")
    keys, group = np.unique(month.astype(np.int64) * 10 + period, return_inverse=True)
    groups = []
    for key in keys:
        first: date = np.datetime64(int(key) // 10, "M").astype("datetime64[D]").astype(object)
        number = int(key) % 10
        days = monthrange(first.year, first.month)[1]
        rate = excess_rates_eur_kw(contract.tariff, how, first, days=days)[number - 1]
        tax = np.mean([ELECTRICITY_TAX.on(first + at * DAY)[0] for at in range(days)])
        taxed = rate * (1 + float(tax))
        groups.append(ExcessGroup(number, first, taxed, so_far.get((first, number), 0.0)))
    return ExcessTerms(how, quarter, room, group, tuple(groups))
