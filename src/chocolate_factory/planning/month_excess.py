"""What power above the contracted one cost in a month by each way of working.

Excess power is charged by the month, so no day of the savings ledger can carry it: the charge of a
day would hang on all the others. It stands on the month's account, by the rule of the bill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from chocolate_factory.market.excess import ExcessLine, excess_eur, excess_lines
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import Tariff

LEAST_CHANGE_EUR = 0.005
"""What changes no cent is no revision."""


@dataclass(frozen=True, slots=True)
class MonthExcess:
    """The excess power of the calendar month that begins on ``month``.

    Lines by habit, as planned, and as it went. ``measured`` of ``quarters`` quarter-hours were the
    meter's, in ``own_planned`` PV and battery were as planned (None: closed before that was kept).
    ``revision`` and ``reason``: 0 and "" when closed first; each later closing has the
    next number and says why.
    """

    month: date
    habit: tuple[ExcessLine, ...]
    planned: tuple[ExcessLine, ...]
    actual: tuple[ExcessLine, ...]
    quarters: int
    measured: int
    own_planned: int | None = None
    revision: int = 0
    reason: str = ""

    @property
    def habit_eur(self) -> float:
        """What the habit would have been charged [EUR], electricity tax in, VAT out."""
        return excess_eur(self.habit)

    @property
    def planned_eur(self) -> float:
        """The same at the times that the plans had."""
        return excess_eur(self.planned)

    @property
    def actual_eur(self) -> float:
        """The same as it went: the excess of the bill."""
        return excess_eur(self.actual)

    def costs_as(self, other: MonthExcess) -> bool:
        """Whether no charge is another by a cent."""
        changes = (
            self.habit_eur - other.habit_eur,
            self.planned_eur - other.planned_eur,
            self.actual_eur - other.actual_eur,
        )
        return max(map(abs, changes)) < LEAST_CHANGE_EUR


def month_excess(
    month: date,
    tariff: Tariff,
    powers: Sequence[float],
    *,
    habit: PowerCurve,
    planned: PowerCurve,
    actual: PowerCurve,
    measured: int,
    own_planned: int,
) -> MonthExcess:
    """The charges of a month's curves under contracted ``powers`` [kW, P1 first]."""
    by_habit, as_planned, as_made = (
        excess_lines(tariff, powers, curve) for curve in (habit, planned, actual)
    )
    return MonthExcess(month, by_habit, as_planned, as_made, actual.kw.size, measured, own_planned)


def not_compared(month: date, days: Sequence[date]) -> str:
    """What to say of a month of which these ``days`` have no account: the charge hangs on every
    quarter-hour of the month, so it is not that of the others."""
    named = ", ".join(map(str, days))
    return (
        f"the habit's excess power in {month:%Y-%m} is not known, for there is no account of "
        f"{named}"
    )


def beside(
    actual: PowerCurve, went: PowerCurve, other: PowerCurve, *, fed_in_kw: Floats
) -> PowerCurve:
    """What the site would have drawn, had its machines run as in ``other`` and not as in ``went``.

    All else that it drew stays: what a meter read besides the batches is the same in every way of
    working. Machines take what was fed into the grid, ``fed_in_kw`` of shape (n,), before they draw
    from it. All over the same n quarter-hours.
    """
    net_kw = actual.kw - fed_in_kw + other.kw - went.kw
    return PowerCurve(actual.begin, np.maximum(net_kw, 0.0))
