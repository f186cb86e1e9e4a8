"""The simulated power system: what REData and ESIOS tell beside the prices."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from chocolate_factory.market.calendar import (
    HOUR,
    day_bounds,
    delivery_periods,
    local_days,
    to_datetime64,
)
from chocolate_factory.market.catalog import GENERATION, spec
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.simulation.power_system import (
    DEMAND_STEP,
    Foreseen,
    SimulatedPowerSystem,
)

YEAR = date(2025, 1, 1), date(2025, 12, 31)
SEEDS = (1, 2, 7)
FORESEEN: tuple[Foreseen, ...] = ("demand", "wind", "solar")


def system(seed: int = 1) -> SimulatedPowerSystem:
    return SimulatedPowerSystem(SimulatedMarket(seed))


@pytest.mark.parametrize(
    ("day", "count"),
    [(date(2025, 3, 30), 276), (date(2025, 10, 26), 300), (date(2025, 12, 31), 288)],
)
def test_demand_has_its_five_minutes_on_days_of_every_length(day: date, count: int) -> None:
    start, demand_mw = system().demand(day, day)
    assert len(demand_mw) == count
    assert np.array_equal(start, delivery_periods(day, DEMAND_STEP))


def test_a_value_does_not_depend_on_the_span_asked() -> None:
    first, last = date(2024, 12, 30), date(2025, 1, 3)
    day = date(2025, 1, 1)
    inside = slice(2 * 288, 3 * 288)
    for name in ("demand", "demand_foreseen", "demand_programmed"):
        whole, alone = getattr(system(), name)(first, last), getattr(system(), name)(day, day)
        assert np.array_equal(whole[1][inside], alone[1])
    for what in FORESEEN:
        whole, alone = (system().day_ahead(what, *span) for span in ((first, last), (day, day)))
        assert np.array_equal(whole[1][48:72], alone[1])
    whole, alone = system().generation(first, last)[1], system().generation(day, day)[1]
    for name in whole:
        assert np.array_equal(whole[name][2:3], alone[name], equal_nan=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_values_are_plausible_for_the_catalogue(seed: int) -> None:
    start, energy = system(seed).generation(*YEAR)
    for technology, key in GENERATION.items():
        there = ~np.isnan(energy[technology])
        rule = spec(key)
        rule.check(start[there], rule.resolutions_s(start[there]), energy[technology][there])
    start, demand_mw = system(seed).demand(date(2025, 7, 1), date(2025, 7, 2))
    assert 12_000 < demand_mw.min() < demand_mw.max() < 45_000


@pytest.mark.parametrize("what", FORESEEN)
def test_a_forecast_for_a_day_is_near_what_happens_and_not_it(what: Foreseen) -> None:
    _, forecast_mw = system().day_ahead(what, *YEAR)
    truth_mw = system().hourly_mw(what, *YEAR)
    error_mw = np.sqrt(np.mean((forecast_mw - truth_mw) ** 2))
    assert 0.005 * truth_mw.mean() < error_mw < 0.25 * truth_mw.mean()
    assert forecast_mw.min() >= 0


def test_there_is_no_sun_at_night_in_the_forecast_either() -> None:
    _, forecast_mw = system().day_ahead("solar", date(2025, 6, 21), date(2025, 6, 21))
    assert forecast_mw[:4].tolist() == [0.0] * 4
    assert forecast_mw[14] > 1000


def test_generation_is_ragged_sometimes_negative_and_its_total_is_the_sum() -> None:
    start, energy = system().generation(*YEAR)
    assert [to_datetime64(day_bounds(day)[0]) for day in YEAR] == [start[0], start[-1]]
    assert 0 < np.isnan(energy["coal"]).sum() < 200
    assert np.nanmin(energy["coal"]) < 0
    parts = np.nansum([energy[name] for name in energy if name != "total"], axis=0)
    assert energy["total"] == pytest.approx(parts, abs=0.01)
    assert set(energy) == set(GENERATION) | {"pumped", "waste"}


def test_wind_energy_is_the_wind_that_makes_the_price() -> None:
    market = SimulatedMarket(3)
    _, energy = SimulatedPowerSystem(market).generation(date(2025, 10, 26), date(2025, 10, 26))
    hours = market.drivers(2025).hour
    inside = np.isin(hours, delivery_periods(date(2025, 10, 26), HOUR))
    wind_mwh = 1000 * market.drivers(2025).wind_gw[inside].sum()
    assert inside.sum() == 25
    assert energy["wind"][0] == pytest.approx(wind_mwh, abs=0.001)


def test_windy_and_sunny_days_are_cheap_days() -> None:
    market = SimulatedMarket(1)
    span = date(2026, 1, 1), date(2026, 6, 30)
    start, spot = market.spot(*span)
    _, energy = SimulatedPowerSystem(market).generation(*span)
    _, where = np.unique(local_days(start), return_inverse=True)
    daily = np.bincount(where, spot) / np.bincount(where)
    assert np.corrcoef(energy["wind"] + energy["solar_pv"], daily)[0, 1] < -0.5
