"""The simulated weather of Linares: repeatable, physical, and forecast no better than it can be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory.market.catalog import SPECS
from chocolate_factory.market.series import Floats
from chocolate_factory.simulation.sun import clear_sky_w_m2, sine_of_elevation
from chocolate_factory.simulation.weather import SimulatedWeather

SEEDS = (1, 2, 3)
NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)
THREE_YEARS_LATER = datetime(2027, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def months(hour: np.ndarray) -> np.ndarray:
    return hour.astype("datetime64[M]").astype(np.int64) % 12 + 1


def utc_hours(hour: np.ndarray) -> np.ndarray:
    return hour.astype("datetime64[h]").astype(np.int64) % 24


def error_at_lead(days: int, name: str = "temperature") -> float:
    """Mean absolute forecast error over the day that begins ``days`` ahead, over many runs."""
    weather = SimulatedWeather(1)
    errors: list[Floats] = []
    for n in range(40):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=7 * n)
        start = at + timedelta(days=days)
        _, seen = weather.foreseen(start, start + timedelta(days=1), at=at)
        _, was = weather.happened(start, start + timedelta(days=1))
        errors.append(np.abs(seen[name] - was[name]))
    return float(np.mean(errors))


def test_an_hour_does_not_depend_on_the_span_it_is_asked_in() -> None:
    _, whole = SimulatedWeather(1).happened(NEW_YEAR - 50 * HOUR, NEW_YEAR + 50 * HOUR)
    _, part = SimulatedWeather(1).happened(NEW_YEAR - HOUR, NEW_YEAR + HOUR)
    for name, values in part.items():
        assert np.array_equal(values, whole[name][49:51])


def test_another_seed_is_another_weather() -> None:
    _, one = SimulatedWeather(1).happened(NEW_YEAR, THREE_YEARS_LATER)
    _, two = SimulatedWeather(2).happened(NEW_YEAR, THREE_YEARS_LATER)
    assert (one["temperature"] != two["temperature"]).mean() > 0.9


@pytest.mark.parametrize("seed", SEEDS)
def test_every_value_is_plausible_by_the_catalogue(seed: int) -> None:
    hour, values = SimulatedWeather(seed).happened(NEW_YEAR, THREE_YEARS_LATER)
    step_s = np.full(hour.shape, 3600, dtype=np.int64)
    for name, series in values.items():
        SPECS[name].check(hour, step_s, series)


@pytest.mark.parametrize("seed", SEEDS)
def test_summers_are_hot_and_winters_mild(seed: int) -> None:
    hour, values = SimulatedWeather(seed).happened(NEW_YEAR, THREE_YEARS_LATER)
    temperature, month = values["temperature"], months(hour)
    assert 4 < temperature[month == 1].mean() < 12
    assert 25 < temperature[month == 7].mean() < 31
    assert 37 < temperature.max() < 46
    assert -8 < temperature.min() < 5


@pytest.mark.parametrize("seed", SEEDS)
def test_humidity_goes_against_temperature(seed: int) -> None:
    _, values = SimulatedWeather(seed).happened(NEW_YEAR, THREE_YEARS_LATER)
    assert np.corrcoef(values["temperature"], values["humidity"])[0, 1] < -0.6


@pytest.mark.parametrize("seed", SEEDS)
def test_rain_is_rare_and_rarer_in_july(seed: int) -> None:
    hour, values = SimulatedWeather(seed).happened(NEW_YEAR, THREE_YEARS_LATER)
    rain = values["precipitation"]
    assert (rain > 0).mean() < 0.12
    assert 200 < rain.sum() / 3 < 900
    assert rain[months(hour) == 7].sum() < rain[months(hour) == 1].sum()


def test_the_sun_shines_by_day_only() -> None:
    hour, values = SimulatedWeather(1).happened(NEW_YEAR, THREE_YEARS_LATER)
    night = (utc_hours(hour) >= 21) | (utc_hours(hour) < 4)
    assert values["solar_radiation"][night].max() == 0
    assert 850 < values["solar_radiation"].max() < 1100


def test_the_sun_stands_highest_at_midsummer_noon() -> None:
    at = np.array(["2026-06-21T12:16", "2026-12-21T12:12", "2026-06-21T00:16"], "datetime64[s]")
    sine = sine_of_elevation(at, latitude=38.09, longitude=-3.64)
    assert np.degrees(np.arcsin(sine)) == pytest.approx([75.3, 28.5, -28.5], abs=0.5)
    assert clear_sky_w_m2(sine)[2] == 0


def test_pressure_is_that_of_the_station_not_of_the_sea() -> None:
    _, values = SimulatedWeather(1).happened(NEW_YEAR, THREE_YEARS_LATER)
    assert 950 < values["station_pressure"].mean() < 962


def test_the_past_is_foreseen_as_it_was() -> None:
    weather = SimulatedWeather(1)
    at = datetime(2026, 5, 1, 7, 30, tzinfo=UTC)
    _, seen = weather.foreseen(at - 49 * HOUR - at.minute * HOUR / 60, at, at=at)
    _, was = weather.happened(at - 49 * HOUR - at.minute * HOUR / 60, at)
    for name, values in was.items():
        assert np.array_equal(seen[name], values)


def test_a_forecast_errs_more_the_further_it_looks() -> None:
    assert 0 < error_at_lead(0) < error_at_lead(3) < error_at_lead(10)


def test_a_model_run_says_the_same_until_the_next_run() -> None:
    weather = SimulatedWeather(1)
    start = datetime(2026, 5, 2, tzinfo=UTC)
    _, early = weather.foreseen(start, start + 24 * HOUR, at=datetime(2026, 5, 1, 6, 5, tzinfo=UTC))
    _, late = weather.foreseen(
        start, start + 24 * HOUR, at=datetime(2026, 5, 1, 11, 55, tzinfo=UTC)
    )
    _, after = weather.foreseen(
        start, start + 24 * HOUR, at=datetime(2026, 5, 1, 12, 5, tzinfo=UTC)
    )
    assert np.array_equal(early["temperature"], late["temperature"])
    assert not np.array_equal(late["temperature"], after["temperature"])


def test_a_forecast_stays_inside_what_air_can_do() -> None:
    at = datetime(2026, 1, 10, tzinfo=UTC)
    hour, seen = SimulatedWeather(1).foreseen(at, at + timedelta(days=16), at=at)
    step_s = np.full(hour.shape, 3600, dtype=np.int64)
    for name, values in seen.items():
        SPECS[name].check(hour, step_s, values)


def test_no_run_reaches_beyond_its_longest_lead() -> None:
    at = datetime(2026, 1, 10, tzinfo=UTC)
    with pytest.raises(ValueError, match="no model run reaches"):
        SimulatedWeather(1).foreseen(at, at + timedelta(days=17), at=at)


def test_pressure_at_the_sea_follows_from_that_of_the_station() -> None:
    _, values = SimulatedWeather(1).happened(NEW_YEAR, THREE_YEARS_LATER)
    apart = values["sea_level_pressure"] - values["station_pressure"]
    assert 1005 < values["sea_level_pressure"].mean() < 1025
    assert 52 < apart.min() < apart.max() < 70
    assert np.corrcoef(apart, values["temperature"])[0, 1] < -0.9
