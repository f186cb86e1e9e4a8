"""What contracted power costs over some days, whether it is drawn or not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np

from chocolate_factory.market.bill import days_of_year
from chocolate_factory.market.regulated import ELECTRICITY_TAX
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import Tariff, power_term_eur_kw_year


def power_term_eur_kw(tariff: Tariff, days: Iterable[date], *, taxed: bool = False) -> Floats:
    """Power term of Madrid ``days`` [EUR per contracted kW], P1 first, one per power period.

    ``taxed``: with the electricity tax, without its floor. Raises ``MissingData`` for a day whose
    power term is not known.
    """
    summed = np.zeros(tariff.power_periods)
    for day in days:
        tax = ELECTRICITY_TAX.on(day)[0] if taxed else 0.0
        yearly = np.array(power_term_eur_kw_year(tariff, day))
        summed += yearly * (1 + tax) / days_of_year(day.year)
    return summed
