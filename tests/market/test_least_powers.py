"""The cheapest contracted powers for a given curve, against trying them all."""

from datetime import date
from itertools import combinations_with_replacement

import numpy as np
import pytest

from chocolate_factory.market.calendar import QUARTER, day_bounds, periods
from chocolate_factory.market.excess import excess_lines
from chocolate_factory.market.least_powers import least_powers
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.tariff import Tariff, power_term_eur_kw_year

DAY = date(2025, 1, 8)  # P1, P2 and P6


@pytest.mark.parametrize("level", [30.0, 90.0])
@pytest.mark.parametrize("seed", range(4))
def test_the_chosen_powers_are_the_best_of_all_on_the_grid(level, seed):
    start = periods(*day_bounds(DAY), QUARTER)
    kw = np.random.default_rng(seed).uniform(0.2 * level, level, start.size)
    grid = np.arange(10.0, 91.0, 10.0)
    price = power_term_eur_kw_year(Tariff.TD30, DAY)

    def cost(powers):
        curve = PowerCurve(day_bounds(DAY)[0], kw)
        lines = excess_lines(Tariff.TD30, powers, curve)
        return float(np.dot(price, powers)) / 365 + sum(line.eur for line in lines)

    best = min(cost(powers) for powers in combinations_with_replacement(grid, 6))
    found = least_powers(Tariff.TD30, start, kw, step_kw=10.0)
    assert found.total_eur == pytest.approx(best)
    assert found.total_eur == pytest.approx(cost(found.powers_kw))


def test_on_2_0td_there_is_nothing_to_weigh():
    start = periods(*day_bounds(DAY), QUARTER)
    with pytest.raises(ValueError, match="no excess"):
        least_powers(Tariff.TD20, start, np.ones(start.size))
