"""Access tariffs 2.0TD, 3.0TD and 6.1TD: which period an instant lies in, and what it costs there.

Periods follow the Madrid wall clock (CNMC Circular 3/2020, in force since 2021-06-01, peninsula).
Prices are looked up in the dated tables of ``market.regulated``; a day before them raises, after
them the newest terms go on (``regulated.carried_forward`` says so).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import Instants, is_valley_day, local_hours, local_wall
from chocolate_factory.market.dated import require_since
from chocolate_factory.market.regulated import (
    CAPACITY_PAYMENT_EUR_KWH,
    EFFICIENCY_FUND_EUR_KWH,
    ELECTRICITY_TAX,
    LOSS_COEFFICIENT,
    OPERATOR_FEES_EUR_KWH,
    PERIODS_SINCE,
    POWER_TERM_EUR_KW_YEAR,
    TOLLS_AND_CHARGES_EUR_KWH,
)
from chocolate_factory.market.series import Floats

# Period of the dear hours of a working day, January to December. The cheaper daytime hours are one
# period further on; nights and valley days are P6.
_DEAR_PERIOD_BY_MONTH = np.array([1, 1, 2, 4, 4, 3, 1, 3, 3, 4, 2, 1], dtype=np.int64)
SMALL_SUPPLY_KW = 15.0
"""Where 2.0TD ends and 3.0TD begins."""


class Tariff(StrEnum):
    """Access tariff of a supply."""

    TD20 = "2.0TD"  # up to 1 kV and 15 kW
    TD30 = "3.0TD"  # up to 1 kV, above 15 kW in some period
    TD61 = "6.1TD"  # 1 to 30 kV, with its own transformer

    @property
    def energy_periods(self) -> int:
        """How many energy periods it has: P1 … P3 or P1 … P6."""
        return 3 if self is Tariff.TD20 else 6

    @property
    def power_periods(self) -> int:
        """How many powers are contracted: P1 and P2, or P1 … P6."""
        return 2 if self is Tariff.TD20 else 6


def energy_period(tariff: Tariff, start: Instants) -> NDArray[np.int64]:
    """Energy period of each delivery period: 1 … 3 for 2.0TD, 1 … 6 for 3.0TD and 6.1TD.

    ``start`` UTC, shape (n,); a delivery period must lie within one wall-clock hour. Saturdays,
    Sundays and tariff holidays (``calendar.tariff_holidays``) are the last period all day.

    Raises ``MissingData`` before 2021-06-01, when these periods did not exist.
    """
    require_since(f"periods of {tariff}", PERIODS_SINCE, start)
    wall = local_wall(start)
    hours = local_hours(start)
    asleep = (hours < 8) | is_valley_day(wall.astype("datetime64[D]"))
    if tariff is Tariff.TD20:
        dear = _between(hours, 10, 14) | _between(hours, 18, 22)
        return np.where(asleep, 3, np.where(dear, 1, 2))
    dear = _between(hours, 9, 14) | _between(hours, 18, 22)
    months = wall.astype("datetime64[M]").astype(np.int64) % len(_DEAR_PERIOD_BY_MONTH)
    daytime = _DEAR_PERIOD_BY_MONTH[months] + np.where(dear, 0, 1)
    return np.where(asleep, 6, daytime)


def power_period(tariff: Tariff, start: Instants) -> NDArray[np.int64]:
    """Power period of each delivery period: whose contracted power limits it.

    2.0TD: 1 on working days from 8 to 24, else 2. 3.0TD and 6.1TD: the energy period.
    ``start`` UTC, shape (n,). Raises ``MissingData`` before 2021-06-01.
    """
    period = energy_period(tariff, start)
    if tariff is Tariff.TD20:
        return np.where(period == Tariff.TD20.energy_periods, 2, 1)
    return period


def toll_eur_kwh(tariff: Tariff, start: Instants) -> Floats:
    """Access tolls and system charges of the energy term [EUR/kWh], before taxes.

    ``start`` UTC, shape (n,). For 2.0TD this is the step inside PVPC. A year's terms are public in
    the December before; the two changes by decree (2021-09-16, 2022-03-31) a day before.

    Raises ``MissingData`` before 2021-06-01.
    """
    return TOLLS_AND_CHARGES_EUR_KWH[tariff].at(start, energy_period(tariff, start))


def capacity_payment_eur_kwh(tariff: Tariff, start: Instants) -> Floats:
    """Capacity payment [EUR/kWh at the busbar: before losses]. Shapes and errors as for tolls."""
    return CAPACITY_PAYMENT_EUR_KWH[tariff].at(start, energy_period(tariff, start))


def loss_coefficient(tariff: Tariff, start: Instants) -> Floats:
    """Standard losses [fraction of metered energy]: 1 kWh at the meter is 1 + loss at the busbar.

    Without REE's hourly correction, which is known only afterwards. Errors as for tolls.
    """
    return LOSS_COEFFICIENT[tariff].at(start, energy_period(tariff, start))


def operator_fees_eur_kwh(start: Instants) -> Floats:
    """Fees of OMIE and REE [EUR/kWh at the busbar]. Errors as for tolls."""
    return OPERATOR_FEES_EUR_KWH.at(start)


def efficiency_fund_eur_kwh(start: Instants) -> Floats:
    """Energy-efficiency fund [EUR/kWh]. Raises ``MissingData`` before 2023-01-01."""
    return EFFICIENCY_FUND_EUR_KWH.at(start)


def electricity_tax(start: Instants) -> Floats:
    """Special tax on electricity (IEE) [fraction of energy and power terms].

    ``start`` UTC, shape (n,). The legal floor (0.5 EUR/MWh industrial, 1 EUR/MWh others) applies
    to a whole bill, not to one kWh, and is not in this figure. Raises ``MissingData`` before
    2015-01-01.
    """
    return ELECTRICITY_TAX.at(start)


def power_term_eur_kw_year(tariff: Tariff, day: date) -> tuple[float, ...]:
    """Power term in force on a Madrid day [EUR per contracted kW and year], P1 first, untaxed.

    Raises ``MissingData`` before 2023-01-01.
    """
    return POWER_TERM_EUR_KW_YEAR[tariff].on(day)


def power_warnings(tariff: Tariff, contracted_kw: Sequence[float]) -> tuple[str, ...]:
    """What is odd about contracting these powers [kW, P1 first] on this tariff, in words."""
    warnings = []
    highest = max(contracted_kw)
    if tariff is Tariff.TD20 and highest > SMALL_SUPPLY_KW:
        warnings.append(
            f"2.0TD ends at {SMALL_SUPPLY_KW:g} kW and {highest:g} kW is contracted: "
            "this supply is 3.0TD, or 6.1TD with its own transformer."
        )
    if tariff is Tariff.TD30 and highest <= SMALL_SUPPLY_KW:
        warnings.append(
            f"3.0TD begins above {SMALL_SUPPLY_KW:g} kW and only {highest:g} kW is contracted: "
            "this supply is 2.0TD."
        )
    falls = falling_power(contracted_kw)
    if tariff is not Tariff.TD20 and falls is not None:
        warnings.append(falls)
    return tuple(warnings)


def falling_power(contracted_kw: Sequence[float]) -> str | None:
    """Why these six powers [kW, P1 first] cannot be contracted: they may not fall. None if fine."""
    for number, (lower, upper) in enumerate(pairwise(contracted_kw), 1):
        if upper < lower:
            return (
                f"contracted power may not fall from P1 to P6, and P{number + 1} ({upper:g} kW) "
                f"is below P{number} ({lower:g} kW)"
            )
    return None


def _between(hours: NDArray[np.int64], first: int, end: int) -> NDArray[np.bool_]:
    """Whether each hour lies in [first, end)."""
    return (hours >= first) & (hours < end)
