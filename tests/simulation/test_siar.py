"""The simulated SIAR, read by the client of production."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory.errors import NotPublished, SourceRejected
from chocolate_factory.market.catalog import SPECS
from chocolate_factory.market.series import Observations
from chocolate_factory.simulation import siar
from chocolate_factory.simulation.answer import KEY, Answer
from chocolate_factory.simulation.weather import SimulatedWeather
from chocolate_factory.sources.siar_api import SiarApi

WEATHER = SimulatedWeather(3)
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
API = SiarApi(key=KEY)


def said(first: date, last: date, now: datetime = NOW, **changes: str) -> Answer:
    query = {**dict(API.request(first, last).params), **changes}
    return siar.answer(query, WEATHER, now=now)


def parsed(first: date, last: date, now: datetime = NOW) -> dict[str, Observations]:
    batches = API.parse(said(first, last, now).body, received_at=now)
    return {batch.key.name: batch for batch in batches}


def test_days_arrive_as_they_were_through_the_clock_change() -> None:
    first, last = date(2026, 10, 20), date(2026, 11, 19)
    start, told = siar.daily(WEATHER, first, last)
    batches = parsed(first, last)
    assert len(batches) == 14
    for name, batch in batches.items():
        assert np.array_equal(batch.start, start)
        assert np.array_equal(batch.value, told[name])
    assert set(batches["radiation"].resolution_s) == {24 * 3600, 25 * 3600}


def test_a_day_is_made_of_its_hours() -> None:
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    _, hours = WEATHER.happened(start, start + timedelta(hours=25))
    _, told = siar.daily(WEATHER, date(2026, 10, 25), date(2026, 10, 25))
    assert told["temp_mean"][0] == round(hours["temperature"].mean(), 2)
    assert told["temp_min"][0] == hours["temperature"].min()
    assert told["precipitation_day"][0] == pytest.approx(hours["precipitation"].sum())
    assert told["radiation"][0] == pytest.approx(hours["solar_radiation"].sum() * 0.0036, abs=0.01)


def test_a_year_of_days_is_plausible_by_the_catalogue_and_by_the_climate() -> None:
    start, told = siar.daily(WEATHER, date(2025, 1, 1), date(2025, 12, 31))
    for name, values in told.items():
        SPECS[name].check(start, SPECS[name].resolutions_s(start), values)
    assert 900 < told["evapotranspiration"].sum() < 1700
    assert 4500 < told["radiation"].sum() < 7500


def test_a_day_comes_the_next_morning_at_eight() -> None:
    day = date(2026, 11, 21)
    with pytest.raises(NotPublished):
        parsed(day, day, datetime(2026, 11, 22, 6, 59, tzinfo=UTC))
    assert parsed(day, day, datetime(2026, 11, 22, 7, 0, tzinfo=UTC))


def test_days_not_there_yet_are_left_out_of_a_longer_span() -> None:
    assert len(parsed(date(2026, 11, 20), date(2026, 11, 25))["temp_max"]) == 2


def test_a_wrong_key_is_refused_with_a_sentence() -> None:
    day = date(2026, 11, 20)
    answer = said(day, day, ClaveAPI="another")
    assert answer.status == 401
    assert isinstance(API.classify(answer.status, answer.body), SourceRejected)


def test_another_station_has_no_data() -> None:
    day = date(2026, 11, 20)
    with pytest.raises(NotPublished):
        API.parse(said(day, day, Id="J09").body, received_at=NOW)


@pytest.mark.parametrize(
    "changes",
    [{"FechaInicial": "20/11/2026"}, {"FechaFinal": "2026-01-01"}, {"FechaInicial": "2001-01-01"}],
)
def test_days_that_make_no_sense_are_refused(changes: dict[str, str]) -> None:
    day = date(2026, 11, 20)
    answer = said(day, day, **changes)
    assert answer.status == 400
    assert isinstance(API.classify(answer.status, answer.body), SourceRejected)


def test_days_outside_of_this_century_are_not_there() -> None:
    query = {"FechaInicial": "9999-12-30", "FechaFinal": "9999-12-31"}
    day = date(2026, 11, 20)
    with pytest.raises(NotPublished):
        API.parse(said(day, day, **query).body, received_at=NOW)
