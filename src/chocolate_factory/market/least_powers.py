"""The contracted powers that cost least for power that is drawn anyway: power term and excess."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import Instants, local_days
from chocolate_factory.market.excess import (
    NOISE_KW,
    QUARTER_METERED_ABOVE_KW,
    Metering,
    excess_rates_eur_kw,
)
from chocolate_factory.market.power_term import power_term_eur_kw
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import Tariff, power_period


@dataclass(frozen=True, slots=True)
class LeastPowers:
    """Powers [kW, P1 first], their power term and the excess above them [EUR], before taxes."""

    powers_kw: tuple[float, ...]
    power_eur: float
    excess_eur: float

    @property
    def total_eur(self) -> float:
        """Power term and excess."""
        return self.power_eur + self.excess_eur


def least_powers(
    tariff: Tariff, start: Instants, kw: Floats, *, step_kw: float = 1.0
) -> LeastPowers:
    """The cheapest powers on a grid of ``step_kw`` for quarter-hours of 3.0TD or 6.1TD.

    ``start`` UTC and ``kw`` mean power, shape (n,), n > 0, in any order; the power term is that of
    the Madrid days from the first to the last of them. Exact: for every power of a period its term
    and its excess are worked out, and the cheapest rising six are found by dynamic programming,
    once for each way of metering.

    Raises ``MissingData`` where a regulated term is not known, ``ValueError`` for 2.0TD.
    """
    if tariff is Tariff.TD20:
        raise ValueError("2.0TD has no excess power to weigh against its power term")
    grid = np.arange(0.0, np.ceil(kw.max() / step_kw) * step_kw + step_kw / 2, step_kw)
    grid = np.maximum(grid, step_kw)
    found = []
    for how, allowed in (
        (Metering.QUARTERS, grid > QUARTER_METERED_ABOVE_KW),
        (Metering.HIGHEST, grid <= QUARTER_METERED_ABOVE_KW),
    ):
        term, excess = _costs(tariff, start, kw, grid, how)
        last = np.where(allowed, 0.0, np.inf)
        if how is Metering.HIGHEST:
            term = term + last
        chosen = _rising(term + excess, last)
        if chosen is not None:
            rows = np.arange(len(chosen))
            found.append(
                LeastPowers(
                    tuple(float(power) for power in grid[chosen]),
                    float(term[rows, chosen].sum()),
                    float(excess[rows, chosen].sum()),
                )
            )
    return min(found, key=lambda each: each.total_eur)


def _costs(
    tariff: Tariff, start: Instants, kw: Floats, grid: Floats, how: Metering
) -> tuple[Floats, Floats]:
    """Power term and excess of each period at each power of the grid [EUR], (periods, grid)."""
    days, period = local_days(start), power_period(tariff, start)
    every_day = np.arange(days.min(), days.max() + 1).astype(object)
    term = power_term_eur_kw(tariff, every_day)[:, None] * grid
    excess = np.zeros((tariff.power_periods, grid.size))
    months = days.astype("datetime64[M]")
    for month in np.unique(months):
        inside = months == month
        rates = excess_rates_eur_kw(
            tariff, how, days[inside].max().astype(object), days=np.unique(days[inside]).size
        )
        for number, rate in enumerate(rates, start=1):
            own = kw[inside & (period == number)]
            above = own[:, None] - grid
            above = np.where(above > NOISE_KW, above, 0.0)
            size = (
                np.sqrt((above**2).sum(axis=0))
                if how is Metering.QUARTERS
                else above.max(axis=0, initial=0.0)
            )
            excess[number - 1] += rate * size
    return term, excess


def _rising(cost: Floats, last: Floats) -> NDArray[np.int64] | None:
    """Places of the cheapest powers that never fall; ``last`` is added in the last period.

    None if there are none.
    """
    total = cost.copy()
    total[-1] = total[-1] + last
    came = []
    for at in range(1, len(total)):
        before = np.minimum.accumulate(total[at - 1])
        first = np.maximum.accumulate(np.where(total[at - 1] <= before, np.arange(before.size), 0))
        came.append(first)
        total[at] = total[at] + before
    place = int(np.argmin(total[-1]))
    if not np.isfinite(total[-1][place]):
        return None
    places = [place]
    for first in reversed(came):
        places.append(int(first[places[-1]]))
    return np.array(places[::-1])
