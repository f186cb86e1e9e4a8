"""What power above the contracted one costs: per power period and calendar month.

Metering decides the rule (CNMC Circular 3/2020 and 1/2025; support.somenergia.coop, articles 1092
and 1094). Above 50 kW (types 1 to 3) every quarter-hour counts: rate · √Σ(Pd − Pc)² over those of
the month with Pd > Pc. Up to 50 kW (types 4 and 5) the highest one does: daily rate · days ·
(highest Pd − Pc). On 2.0TD the control switch cuts, and nothing is billed.

One supplier multiplies the root, too, by days/30; the two public programs that check bills do not,
and neither is it done here: it would be 3 % of the charge in a month of 31 days.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from chocolate_factory.market.calendar import Instants, local_days
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.regulated import (
    ELECTRICITY_TAX,
    EXCESS_RATE_EUR_KW,
    EXCESS_RATE_EUR_KW_DAY,
)
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import Tariff, power_period

QUARTER_METERED_ABOVE_KW = 50.0
"""Above this contracted power a meter is of type 1 to 3."""

NOISE_KW = 1e-6
"""What a reading may lie above the contracted power by rounding alone."""


class Metering(StrEnum):
    """How excess power is told."""

    QUARTERS = "quarters"  # types 1 to 3: all quarter-hours of the month
    HIGHEST = "highest"  # types 4 and 5: the highest one of the month
    SWITCH = "switch"  # 2.0TD: the control switch cuts


@dataclass(frozen=True, slots=True)
class ExcessLine:
    """Excess power of one power period in one month.

    ``month`` its first day. ``excess_kw``: the root of the sum of squares over quarter-hours
    (``Metering.QUARTERS``), or the highest excess (``Metering.HIGHEST``) [kW]. ``quarters``: how
    many quarter-hours lay above. ``rate_eur_kw`` [EUR/kW] for the days that are billed.
    """

    period: int
    month: date
    excess_kw: float
    quarters: int
    rate_eur_kw: float

    @property
    def eur(self) -> float:
        """The charge [EUR], before taxes."""
        return self.excess_kw * self.rate_eur_kw


def metering(tariff: Tariff, contracted_kw: Sequence[float]) -> Metering:
    """Which rule holds at these contracted powers [kW]."""
    if tariff is Tariff.TD20:
        return Metering.SWITCH
    if max(contracted_kw) > QUARTER_METERED_ABOVE_KW:
        return Metering.QUARTERS
    return Metering.HIGHEST


def excess_rates_eur_kw(
    tariff: Tariff, how: Metering, day: date, *, days: float
) -> tuple[float, ...]:
    """Rate of each power period [EUR/kW] in the month of the Madrid ``day``, P1 first.

    ``days``: how many days of the month are billed; what ``HIGHEST`` is multiplied by. Zero
    throughout for ``SWITCH``. Raises ``MissingData`` before 2021-06-01.
    """
    if how is Metering.SWITCH:
        return (0.0,) * tariff.power_periods
    if how is Metering.QUARTERS:
        return EXCESS_RATE_EUR_KW[tariff].on(day)
    return tuple(days * rate for rate in EXCESS_RATE_EUR_KW_DAY[tariff].on(day))


def excess_eur(lines: Sequence[ExcessLine]) -> float:
    """What ``lines`` cost [EUR], electricity tax in: a month's charge is taxed as if it were spread
    evenly over the days of the month."""
    return sum(line.eur * (1 + _tax_of(line.month)) for line in lines)


def _tax_of(month: date) -> float:
    days = [month.replace(day=1 + n) for n in range(monthrange(month.year, month.month)[1])]
    return float(np.mean([ELECTRICITY_TAX.on(day)[0] for day in days]))


def above_kw(tariff: Tariff, contracted_kw: Sequence[float], start: Instants, kw: Floats) -> Floats:
    """How far each quarter-hour lies above its contracted power [kW], 0 where it does not.

    ``start`` UTC, shape (n,); ``kw`` mean power, shape (n,). Returns shape (n,).
    """
    contracted = np.array(contracted_kw)[power_period(tariff, start) - 1]
    above: Floats = kw - contracted
    return np.where(above > NOISE_KW, above, 0.0)


def excess_size_kw(how: Metering, above: Floats) -> float:
    """What the rate is applied to [kW], from the excess of each quarter-hour of a month."""
    if how is Metering.HIGHEST:
        return float(above.max(initial=0.0))
    return float(np.sqrt(np.sum(above**2)))


def excess_lines(
    tariff: Tariff, contracted_kw: Sequence[float], curve: PowerCurve
) -> tuple[ExcessLine, ...]:
    """The excess of a curve without unknown quarter-hours: periods and months that have any.

    A month that the curve covers in part counts with that part. Raises ``MissingData`` where there
    is excess on days before 2021-06-01.
    """
    how = metering(tariff, contracted_kw)
    if how is Metering.SWITCH:
        return ()
    start = curve.start
    above = above_kw(tariff, contracted_kw, start, curve.kw)
    days, period = local_days(start), power_period(tariff, start)
    months = days.astype("datetime64[M]")
    lines = []
    for month in np.unique(months[above > 0]):
        inside = months == month
        first: date = month.astype("datetime64[D]").astype(object)
        rates = excess_rates_eur_kw(
            tariff, how, days[inside].max().astype(object), days=np.unique(days[inside]).size
        )
        for number in np.unique(period[inside & (above > 0)]):
            own = above[inside & (period == number)]
            lines.append(
                ExcessLine(
                    period=int(number),
                    month=first,
                    excess_kw=excess_size_kw(how, own),
                    quarters=int(np.count_nonzero(own)),
                    rate_eur_kw=rates[int(number) - 1],
                )
            )
    return tuple(lines)
