"""The simulated AEMET, read by the client of production: what arrives is what happened."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from chocolate_factory.errors import NotPublished, SourceRejected
from chocolate_factory.market.calendar import to_datetime64
from chocolate_factory.market.series import Observations
from chocolate_factory.simulation import aemet, aemet_days
from chocolate_factory.simulation.answer import KEY
from chocolate_factory.simulation.weather import SimulatedWeather
from chocolate_factory.sources.aemet import AemetClimatology, AemetForecast, AemetObservation
from chocolate_factory.sources.base import Classify, Request, Source

BASE = "http://127.0.0.1:4711"
WEATHER = SimulatedWeather(3)
NOW = datetime(2026, 11, 22, 10, 25, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Wire:
    """Carries requests to the simulation at the instant ``now``."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.bodies: list[bytes] = []

    def get(self, request: Request, *, source: str, classify: Classify | None = None) -> bytes:
        assert request.url.startswith(BASE)
        answer = aemet.answer(
            request.url.removeprefix(BASE), dict(request.headers), WEATHER,
            now=self.now, base_url=BASE,
        )  # fmt: skip
        assert answer.status == 200
        self.bodies.append(answer.body)
        return answer.body


def fetched(
    upstream: type[AemetObservation | AemetForecast | AemetClimatology],
    first: date,
    last: date,
    now: datetime = NOW,
    key: str = KEY,
) -> dict[str, Observations]:
    source = Source(upstream(key=key, base_url=BASE, name="simulation:aemet"), Wire(now))
    return {batch.key.name: batch for batch in source.fetch(first, last, now=now)}


def test_the_station_sends_the_truth_with_one_decimal_and_now_and_then_no_key() -> None:
    batches = fetched(AemetObservation, NOW.date() - timedelta(days=1), NOW.date())
    start = NOW.replace(minute=0) - timedelta(hours=24)
    hour, sent = aemet.observed(WEATHER, start, start + timedelta(hours=26))
    _, was = WEATHER.happened(start, start + timedelta(hours=26))
    for name, batch in batches.items():
        there = np.isin(hour, batch.start)
        assert np.array_equal(batch.value, sent[name][there])
        assert np.abs(batch.value - was[name][there]).max() <= 0.051
    assert {len(batch) for batch in batches.values()} - {24}
    assert batches["precipitation"].start.max() == to_datetime64(NOW.replace(minute=0) - HOUR)


def test_every_value_the_station_ever_sends_arrives_if_it_is_asked_once_a_day() -> None:
    start = datetime(2026, 10, 20, 0, 10, tzinfo=UTC)
    days = [start + timedelta(days=n) for n in range(10)]
    seen: dict[str, set[Any]] = {}
    for now in days:
        for name, batch in fetched(
            AemetObservation, now.date() - timedelta(days=2), now.date(), now
        ).items():
            seen.setdefault(name, set()).update(zip(batch.start, batch.value, strict=True))
    hour, sent = aemet.observed(WEATHER, days[0].replace(minute=0), days[-1].replace(minute=0))
    for name, values in sent.items():
        told = ~np.isnan(values)
        assert 0 < (~told).sum() < 0.08 * told.size
        assert set(zip(hour[told], values[told], strict=True)) <= seen[name]


def test_an_observation_is_there_ten_minutes_after_its_hour_and_for_a_day() -> None:
    for minute, newest in ((9, 9), (10, 10)):
        now = NOW.replace(minute=minute)
        batch = fetched(AemetObservation, date(2026, 11, 20), date(2026, 11, 22), now)["humidity"]
        assert batch.start.max() == to_datetime64(now.replace(hour=newest, minute=0))
        assert batch.start.min() > to_datetime64(now - timedelta(hours=25))


def test_bodies_are_latin_1_and_say_otherwise() -> None:
    wire = Wire(NOW)
    Source(AemetObservation(key=KEY, base_url=BASE), wire).fetch(NOW.date(), NOW.date(), now=NOW)
    assert "JAÉN" in wire.bodies[1].decode("latin-1")
    with pytest.raises(UnicodeDecodeError):
        wire.bodies[1].decode("utf-8")


@pytest.mark.parametrize("key", ["", "another"])
def test_a_wrong_key_is_refused_inside_a_successful_answer(key: str) -> None:
    with pytest.raises(SourceRejected, match="API key invalido"):
        fetched(AemetObservation, NOW.date(), NOW.date(), key=key)


@pytest.mark.parametrize(
    "path",
    [
        "observacion/convencional/datos/estacion/3195",
        "prediccion/especifica/municipio/horaria/28065",
        "prediccion/especifica/municipio/diaria/23055",
        "valores/climatologicos/diarios/datos/fechaini/2026-01-01T00:00:00UTC/fechafin/"
        "2026-12-31T23:59:59UTC/estacion/5279X",
        "",
    ],
)
def test_what_is_not_simulated_has_no_data(path: str) -> None:
    said = aemet.answer(aemet.API_PREFIX + path, {"api_key": KEY}, WEATHER, now=NOW, base_url=BASE)
    assert (said.status, json.loads(said.body)["estado"]) == (200, 404)


@pytest.mark.parametrize("name", ["zz", "6162", "é", ""])
def test_an_address_that_was_never_given_has_expired(name: str) -> None:
    said = aemet.answer(aemet.DATA_PREFIX + name, {}, WEATHER, now=NOW, base_url=BASE)
    assert json.loads(said.body) == {"descripcion": "datos expirados", "estado": 404}


@pytest.mark.parametrize(
    "now",
    [
        NOW,
        datetime(2026, 10, 24, 22, 5, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 28, 12, 0, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
    ],
)
def test_the_forecast_arrives_hour_by_hour_through_every_night(now: datetime) -> None:
    batches = fetched(
        AemetForecast, now.date() - timedelta(days=1), now.date() + 3 * timedelta(1), now
    )
    hour, told = aemet.forecast_hours(WEATHER, now=now)
    for name in ("temperature", "humidity", "precipitation"):
        assert np.array_equal(batches[name].start, hour)
        assert np.array_equal(batches[name].value, told[name] + 0.0)
    assert np.array_equal(batches["wind_speed"].value, np.round(told["wind_kmh"] / 3.6, 2))


def test_the_forecast_stands_until_the_next_model_run() -> None:
    same = [
        fetched(AemetForecast, NOW.date(), NOW.date(), NOW.replace(hour=hour))["temperature"].value
        for hour in (6, 11, 12)
    ]
    assert np.array_equal(same[0], same[1])
    assert not np.array_equal(same[1][-10:], same[2][-10:])


def test_the_climatology_arrives_as_the_days_were() -> None:
    first, last = date(2026, 10, 1), date(2026, 11, 18)
    batches = fetched(AemetClimatology, first, last)
    start, told = aemet_days.climate(WEATHER, first, last)
    absent = 0
    for name, batch in batches.items():
        there = ~np.isnan(told[name])
        absent += int((~there).sum())
        assert np.array_equal(batch.start, start[there])
        assert np.array_equal(batch.value, told[name][there])
    assert len(batches) == 12
    assert absent
    assert set(batches["temp_mean"].resolution_s) == {24 * 3600, 25 * 3600}


def test_a_climate_day_comes_on_the_fourth_morning() -> None:
    day = date(2026, 11, 18)
    with pytest.raises(NotPublished):
        fetched(AemetClimatology, day, day, datetime(2026, 11, 22, 6, 59, tzinfo=UTC))
    assert fetched(AemetClimatology, day, day, datetime(2026, 11, 22, 7, 0, tzinfo=UTC))


def test_a_day_is_summed_over_its_25_hours() -> None:
    day = date(2026, 10, 25)
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    _, hours = WEATHER.happened(start, start + timedelta(hours=25))
    _, told = aemet_days.climate(WEATHER, day, day)
    assert told["temp_max"][0] == hours["temperature"].max()
    assert told["precipitation_day"][0] == pytest.approx(hours["precipitation"].sum(), abs=0.051)


def test_damp_days_without_rain_are_told_as_a_trace() -> None:
    rows = aemet_days.rows(WEATHER, date(2026, 1, 1), date(2026, 12, 31))
    rain = {row["prec"] for row in rows}
    assert "Ip" in rain
    assert "0,0" in rain
    assert all("." not in row["tmed"] for row in rows)
