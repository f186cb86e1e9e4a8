"""The simulated OpenWeatherMap, read by the client of production."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from chocolate_factory.errors import SourceChanged, SourceRejected
from chocolate_factory.market.calendar import to_datetime64
from chocolate_factory.market.series import Observations
from chocolate_factory.simulation import open_weather
from chocolate_factory.simulation.answer import KEY, Answer
from chocolate_factory.simulation.weather import SimulatedWeather
from chocolate_factory.sources.open_weather import OpenWeatherCurrent, OpenWeatherForecast

WEATHER = SimulatedWeather(3)
NOW = datetime(2026, 7, 20, 12, 47, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = date(2026, 7, 20)


def said(
    upstream: OpenWeatherCurrent | OpenWeatherForecast, now: datetime = NOW, **changes: Any
) -> Answer:
    request = upstream.request(DAY, DAY)
    path = request.url.removeprefix(upstream.base_url)
    query = {**dict(request.params), **changes}
    return open_weather.answer(path, query, WEATHER, now=now)


def parsed(
    upstream: OpenWeatherCurrent | OpenWeatherForecast, now: datetime = NOW
) -> dict[str, Observations]:
    batches = upstream.parse(said(upstream, now).body, received_at=now)
    return {batch.key.name: batch for batch in batches}


CURRENT, AHEAD = OpenWeatherCurrent(key=KEY), OpenWeatherForecast(key=KEY)


def test_the_weather_now_is_the_truth_with_a_small_error() -> None:
    start = NOW.replace(minute=0)
    hour, told = open_weather.analysed(WEATHER, start, start + HOUR)
    _, was = WEATHER.happened(start, start + HOUR)
    for name, batch in parsed(CURRENT).items():
        assert np.array_equal(batch.start, hour)
        assert np.array_equal(batch.value, told[name])
    assert 0 < abs(told["temperature"][0] - was["temperature"][0]) < 2


def test_within_an_hour_it_says_the_same() -> None:
    early, late = (parsed(CURRENT, NOW.replace(minute=minute)) for minute in (0, 59))
    for name, batch in early.items():
        assert np.array_equal(batch.value, late[name].value)
        assert np.array_equal(batch.start, late[name].start)


def test_its_error_is_as_large_over_a_year_as_it_should_be() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    _, told = open_weather.analysed(WEATHER, start, start + timedelta(days=365))
    _, was = WEATHER.happened(start, start + timedelta(days=365))
    wrong = told["temperature"] - was["temperature"]
    assert abs(wrong.mean()) < 0.03
    assert 0.35 < wrong.std() < 0.45
    assert told["wind_speed"].min() >= 0
    assert told["humidity"].max() <= 100


def test_pressures_of_sea_and_station_are_sixty_hectopascal_apart() -> None:
    batches = parsed(CURRENT)
    apart = batches["sea_level_pressure"].value - batches["station_pressure"].value
    assert 50 < apart[0] < 70


def test_the_forecast_names_forty_hours_three_apart() -> None:
    hour, told = open_weather.forecast_hours(WEATHER, now=NOW)
    batches = parsed(AHEAD)
    for name, batch in batches.items():
        assert np.array_equal(batch.start, hour)
        assert np.array_equal(batch.value, told[name])
    assert len(batches["temperature"]) == 40
    assert hour[0] == to_datetime64(datetime(2026, 7, 20, 15, tzinfo=UTC))
    assert set(np.diff(hour)) == {np.timedelta64(3, "h")}


def test_fewer_steps_come_if_fewer_are_asked() -> None:
    assert len(json.loads(said(AHEAD, cnt="2").body)["list"]) == 2


def test_rain_is_there_only_if_it_rains() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    hour, was = WEATHER.happened(start, start + timedelta(days=60))
    wet = int(np.argmax(was["precipitation"] > 0))
    now = start + wet * HOUR
    rain = was["precipitation"][wet]
    assert hour[wet] == to_datetime64(now)
    assert json.loads(said(CURRENT, now).body)["rain"] == {"1h": rain}
    assert "rain" not in json.loads(said(CURRENT, now - HOUR).body)


def test_without_units_it_speaks_kelvin_and_the_client_refuses_that() -> None:
    with pytest.raises(SourceChanged, match="not plausible"):
        CURRENT.parse(said(CURRENT, units="standard").body, received_at=NOW)


def test_a_wrong_key_is_refused() -> None:
    answer = said(OpenWeatherCurrent(key="another"))
    assert answer.status == 401
    assert isinstance(CURRENT.classify(answer.status, answer.body), SourceRejected)


@pytest.mark.parametrize("changes", [{"lat": "90"}, {"lon": "x"}, {"lat": "nan"}])
def test_another_place_is_refused_rather_than_given_this_weather(changes: dict[str, str]) -> None:
    assert said(CURRENT, **changes).status == 400


def test_an_unknown_path_is_not_found() -> None:
    query = dict(CURRENT.request(DAY, DAY).params)
    assert open_weather.answer("/data/2.5/onecall", query, WEATHER, now=NOW).status == 404
