"""The simulated market: repeatable hour by hour, shaped like Spain's, and never mistaken for it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory.errors import MissingData
from chocolate_factory.market.calendar import (
    day_bounds,
    is_valley_day,
    local_days,
    local_hours,
    periods,
    to_datetime64,
)
from chocolate_factory.market.catalog import SPECS
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import Tariff, toll_eur_kwh
from chocolate_factory.simulation.market import SimulatedMarket

SEEDS = (1, 2, 3, 11)
FIRST, LAST = date(2023, 11, 24), date(2026, 11, 23)
HOUR = timedelta(hours=1)


def hourly_means(market: SimulatedMarket, first: date, last: date) -> tuple[np.ndarray, Floats]:
    """Hour starts and the mean spot of each hour."""
    start, value = market.spot(first, last)
    hours, where = np.unique(start.astype("datetime64[h]"), return_inverse=True)
    return hours.astype("datetime64[s]"), np.bincount(where, value) / np.bincount(where)


def test_the_same_seed_gives_the_same_market_twice() -> None:
    once, again = SimulatedMarket(7).spot(FIRST, LAST), SimulatedMarket(7).spot(FIRST, LAST)
    assert np.array_equal(once[0], again[0])
    assert np.array_equal(once[1], again[1])


@pytest.mark.parametrize("name", ["spot", "pvpc"])
def test_a_value_does_not_depend_on_the_span_it_is_asked_in(name: str) -> None:
    first, last = date(2024, 12, 20), date(2025, 1, 12)
    _, whole = getattr(SimulatedMarket(7), name)(first, last)
    days = [first + timedelta(days=n) for n in range((last - first).days, -1, -1)]
    backwards = SimulatedMarket(7)
    single = [getattr(backwards, name)(day, day)[1] for day in days]
    assert np.array_equal(whole, np.concatenate(single[::-1]))


@pytest.mark.parametrize("name", ["spot", "pvpc"])
def test_another_seed_is_another_market(name: str) -> None:
    _, one = getattr(SimulatedMarket(1), name)(FIRST, LAST)
    _, two = getattr(SimulatedMarket(2), name)(FIRST, LAST)
    assert (one != two).mean() > 0.9
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.95


@pytest.mark.parametrize("name", ["spot", "pvpc"])
@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2025, 3, 28), date(2025, 4, 2)),
        (date(2024, 10, 25), date(2024, 10, 29)),
        (date(2025, 9, 29), date(2025, 10, 3)),
        (date(2025, 10, 25), date(2025, 10, 27)),
        (date(2024, 12, 30), date(2025, 1, 2)),
        (date(2026, 3, 28), date(2026, 3, 30)),
    ],
)
def test_its_periods_are_those_of_the_market(name: str, first: date, last: date) -> None:
    start, value = getattr(SimulatedMarket(3), name)(first, last)
    grid, step_s = SPECS[name].grid(first, last)
    assert np.array_equal(start, grid)
    assert start.dtype == np.dtype("datetime64[s]")
    SPECS[name].check(start, step_s, value)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_share_of_its_hours_is_negative_and_some_are_zero(seed: int) -> None:
    _, price = hourly_means(SimulatedMarket(seed), FIRST, LAST)
    assert 0.005 < (price < 0).mean() < 0.10
    assert (price == 0).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_its_level_and_range_are_plausible(seed: int) -> None:
    _, price = hourly_means(SimulatedMarket(seed), FIRST, LAST)
    assert 45 < price.mean() < 85
    assert -50 < price.min() < 0
    assert 120 < price.max() < 500


@pytest.mark.parametrize("seed", SEEDS)
def test_evenings_are_dearer_than_nights_and_nights_dearer_than_noons(seed: int) -> None:
    hour, price = hourly_means(SimulatedMarket(seed), FIRST, LAST)
    wall = local_hours(hour)
    assert price[wall == 21].mean() > 1.3 * price[wall == 4].mean()
    assert price[wall == 4].mean() > 1.3 * price[wall == 14].mean()


@pytest.mark.parametrize("seed", SEEDS)
def test_weekends_and_holidays_are_cheaper(seed: int) -> None:
    hour, price = hourly_means(SimulatedMarket(seed), FIRST, LAST)
    rest = is_valley_day(local_days(hour))
    assert price[rest].mean() < 0.95 * price[~rest].mean()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_midday_belly_deepens_as_panels_are_built(seed: int) -> None:
    market = SimulatedMarket(seed)

    def belly(year: int) -> float:
        hour, price = hourly_means(market, date(year, 1, 1), date(year, 12, 31))
        return float(price[local_hours(hour) == 14].mean() / price.mean())

    assert belly(2026) < belly(2024) < belly(2022)


@pytest.mark.parametrize("seed", SEEDS)
def test_negative_prices_come_at_noon_in_spring(seed: int) -> None:
    hour, price = hourly_means(SimulatedMarket(seed), date(2025, 1, 1), date(2025, 12, 31))
    below = hour[price < 0]
    wall = local_hours(below)
    month = below.astype("datetime64[M]").astype(np.int64) % 12 + 1
    assert ((wall >= 10) & (wall < 19)).mean() > 0.7
    assert ((month >= 3) & (month <= 6)).mean() > 0.4


@pytest.mark.parametrize("seed", SEEDS)
def test_levels_last_for_weeks(seed: int) -> None:
    _, price = hourly_means(SimulatedMarket(seed), date(2024, 1, 1), date(2024, 12, 31))
    weekly = price[: 52 * 168].reshape(52, 168).mean(axis=1)
    assert np.corrcoef(weekly[1:], weekly[:-1])[0, 1] > 0.3


def test_quarter_hours_saw_around_an_hourly_mean_that_pvpc_follows() -> None:
    market = SimulatedMarket(5)
    first, last = date(2026, 5, 4), date(2026, 5, 8)
    _, value = market.spot(first, last)
    quarters = value.reshape(-1, 4)
    assert (np.ptp(quarters, axis=1) > 1).mean() > 0.5
    hour, pvpc = market.pvpc(first, last)
    energy = pvpc - toll_eur_kwh(Tariff.TD20, hour)
    means = quarters.mean(axis=1)
    for day in np.unique(local_days(hour)):
        where = local_days(hour) == day
        assert np.corrcoef(energy[where], means[where])[0, 1] > 0.99


def test_within_a_day_pvpc_passes_the_spot_on_with_losses_and_the_toll() -> None:
    market = SimulatedMarket(5)
    day = date(2026, 2, 4)
    hour, pvpc = market.pvpc(day, day)
    _, spot = hourly_means(market, day, day)
    energy = 1000 * (pvpc - toll_eur_kwh(Tariff.TD20, hour))
    slope = np.polyfit(spot, energy, 1)[0]
    assert 1.1 < slope < 1.25


@pytest.mark.parametrize("seed", [*range(8), 2**40])
def test_pvpc_is_never_negative(seed: int) -> None:
    _, pvpc = SimulatedMarket(seed).pvpc(date(2022, 1, 1), date(2026, 12, 31))
    assert pvpc.min() > 0
    assert 0.08 < pvpc.mean() < 0.25


def test_pvpc_before_its_tariff_existed_is_missing_not_invented() -> None:
    with pytest.raises(MissingData):
        SimulatedMarket(1).pvpc(date(2021, 5, 31), date(2021, 5, 31))


def test_both_days_of_a_span_are_in_it() -> None:
    start, _ = SimulatedMarket(1).pvpc(date(2025, 3, 30), date(2025, 3, 31))
    bounds = day_bounds(date(2025, 3, 30))[0], day_bounds(date(2025, 3, 31))[1]
    assert np.array_equal(start, periods(*bounds, HOUR))
    assert start[0] == to_datetime64(datetime(2025, 3, 29, 23, tzinfo=UTC))
