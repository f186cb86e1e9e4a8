"""What the site draws in a year that is run week by week, and what it pays above its contract.

Excess power is charged by the rule of the bill (``market.excess``), and the powers that would be
cheapest for a given curve, excess and all, are found exactly (``market.least_powers``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chocolate_factory.market.bill import days_of_year
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.excess import excess_eur, excess_lines
from chocolate_factory.market.least_powers import least_powers
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import Tariff


@dataclass(frozen=True, slots=True, eq=False)
class YearCurve:
    """Quarter-hours that stand for a year.

    ``start`` UTC and mean power ``kw``, shape (n,). ``weight``: what their charges are multiplied
    by to be those of a year.
    """

    tariff: Tariff
    start: Instants
    kw: Floats
    weight: float

    def excess_eur(self, powers: Sequence[float]) -> float:
        """What lies above ``powers`` [kW, P1 first] costs in a year [EUR], electricity tax in."""
        drawn = PowerCurve.of_quarters(self.start, self.kw)
        whole = PowerCurve(drawn.begin, np.nan_to_num(drawn.kw, nan=0.0))
        return self.weight * excess_eur(excess_lines(self.tariff, powers, whole))

    def least_powers(self) -> tuple[float, ...] | None:
        """The powers for which power term and excess cost least; None for 2.0TD, which has none."""
        if self.tariff is Tariff.TD20:
            return None
        return least_powers(self.tariff, self.start, self.kw).powers_kw


def year_curve(curves: Sequence[PowerCurve], tariff: Tariff, year: int) -> YearCurve:
    """The weeks' ``curves`` together; where two of them overlap the higher counts.

    Raises ``ValueError`` without any.
    """
    start = np.concatenate([curve.start for curve in curves])
    kw = np.concatenate([curve.kw for curve in curves])
    quarters, where = np.unique(start, return_inverse=True)
    highest = np.zeros(quarters.size)
    np.maximum.at(highest, where, kw)
    return YearCurve(tariff, quarters, highest, days_of_year(year) / (7 * len(curves)))
