"""Open-Meteo: hours analysed and hours forecast, units as asked, gaps left as gaps."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from chocolate_factory.errors import (
    NotPublished,
    SourceChanged,
    SourceRejected,
    SourceUnavailable,
)
from chocolate_factory.market.calendar import to_datetime64
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.sources.open_meteo import OpenMeteoArchive, OpenMeteoForecast

MIDNIGHT = datetime(2026, 7, 20, tzinfo=UTC)
NOON = datetime(2026, 7, 20, 12, tzinfo=UTC)
HOURS = 24
UNITS = {
    "time": "unixtime",
    "temperature_2m": "°C",
    "relative_humidity_2m": "%",
    "wind_speed_10m": "m/s",
    "precipitation": "mm",
    "shortwave_radiation": "W/m²",
    "surface_pressure": "hPa",
    "pressure_msl": "hPa",
}


def document() -> dict[str, Any]:
    """A day of hourly columns in which each value tells its hour."""
    first = int(MIDNIGHT.timestamp())
    return {
        "latitude": 38.0625,
        "longitude": -3.625,
        "utc_offset_seconds": 0,
        "hourly_units": dict(UNITS),
        "hourly": {
            "time": [first + 3600 * n for n in range(HOURS)],
            "temperature_2m": [20.0 + n / 10 for n in range(HOURS)],
            "relative_humidity_2m": [30 + n for n in range(HOURS)],
            "wind_speed_10m": [1.0 + n / 10 for n in range(HOURS)],
            "precipitation": [n / 10 for n in range(HOURS)],
            "shortwave_radiation": [10.0 * n for n in range(HOURS)],
            "surface_pressure": [950.0 + n / 10 for n in range(HOURS)],
            "pressure_msl": [1010.0 + n / 10 for n in range(HOURS)],
        },
    }


def parsed(tree: dict[str, Any], at: datetime = NOON) -> dict[tuple[str, Kind], Observations]:
    batches = OpenMeteoForecast().parse(json.dumps(tree).encode(), received_at=at)
    return {(batch.key.name, batch.kind): batch for batch in batches}


def test_the_question_covers_the_local_days_in_utc_with_units_and_times_named() -> None:
    request = OpenMeteoForecast().request(date(2025, 10, 26), date(2025, 10, 27))
    assert request.url == "https://api.open-meteo.com/v1/forecast"
    assert dict(request.params) == {
        "latitude": "38.0900",
        "longitude": "-3.6400",
        "hourly": "temperature_2m,relative_humidity_2m,wind_speed_10m,precipitation,"
        "shortwave_radiation,surface_pressure,pressure_msl",
        "start_date": "2025-10-25",
        "end_date": "2025-10-27",
        "timezone": "GMT",
        "timeformat": "unixtime",
        "wind_speed_unit": "ms",
    }


def test_the_archive_is_another_address_with_the_same_question() -> None:
    first, last = date(2025, 3, 30), date(2025, 3, 30)
    archive, forecast = OpenMeteoArchive(), OpenMeteoForecast()
    assert archive.request(first, last).url == ("https://archive-api.open-meteo.com/v1/archive")
    assert archive.request(first, last).params == forecast.request(first, last).params


def test_another_place_is_a_parameter() -> None:
    jaen = OpenMeteoForecast(place="jaen", latitude=37.77, longitude=-3.79)
    assert SeriesKey("temperature", "jaen") in jaen.series
    assert ("latitude", "37.7700") in jaen.request(date(2025, 1, 1), date(2025, 1, 1)).params


def test_hours_begun_are_analysed_and_hours_to_come_are_forecast() -> None:
    batches = parsed(document())
    past = batches["temperature", Kind.ANALYSED]
    ahead = batches["temperature", Kind.FORECAST]
    assert past.start.max() < to_datetime64(NOON) <= ahead.start.min()
    assert (len(past), len(ahead)) == (12, 12)


def test_a_forecast_is_known_from_the_moment_it_was_received() -> None:
    ahead = parsed(document())["temperature", Kind.FORECAST]
    assert set(ahead.available_at) == {to_datetime64(NOON)}
    assert not ahead.inferred.any()


def test_the_long_past_counts_as_known_two_hours_after_its_end() -> None:
    batch = parsed(document(), datetime(2026, 9, 1, tzinfo=UTC))["temperature", Kind.ANALYSED]
    assert str(batch.available_at[0]) == "2026-07-20T03:00:00"
    assert batch.inferred.all()


def test_the_archive_counts_as_known_five_days_later_than_that() -> None:
    body = json.dumps(document()).encode()
    batches = OpenMeteoArchive().parse(body, received_at=datetime(2026, 9, 1, tzinfo=UTC))
    known = {str(batch.available_at[0] - batch.start[0]) for batch in batches}
    assert known == {f"{(5 * 24 + 3) * 3600} seconds"}
    assert all(batch.inferred.all() for batch in batches)


def test_an_hour_that_the_archive_has_just_told_is_known_since_then() -> None:
    received = datetime(2026, 7, 26, tzinfo=UTC)
    batches = OpenMeteoArchive().parse(json.dumps(document()).encode(), received_at=received)
    assert set(batches[0].available_at) == {to_datetime64(received)}
    assert not batches[0].inferred.any()


def test_the_pressures_of_station_and_sea_are_two_series() -> None:
    batches = parsed(document())
    assert batches["station_pressure", Kind.ANALYSED].value[0] == 950.0
    assert batches["sea_level_pressure", Kind.ANALYSED].value[0] == 1010.0


@pytest.mark.parametrize(
    ("column", "other"),
    [("pressure_msl", "station_pressure"), ("surface_pressure", "sea_level_pressure")],
)
def test_one_pressure_never_stands_in_for_the_other(column: str, other: str) -> None:
    tree = document()
    del tree["hourly"][column]
    names = {name for name, _ in parsed(tree)}
    assert {name for name in names if name.endswith("pressure")} == {other}


def test_a_value_at_the_hour_stays_at_its_hour() -> None:
    batch = parsed(document())["temperature", Kind.ANALYSED]
    assert batch.start[0] == to_datetime64(MIDNIGHT)
    assert batch.value[0] == 20.0


@pytest.mark.parametrize(
    ("series", "column"),
    [("precipitation", "precipitation"), ("solar_radiation", "shortwave_radiation")],
)
def test_rain_and_radiation_belong_to_the_hour_before_their_stamp(series: str, column: str) -> None:
    tree = document()
    batch = parsed(tree)[series, Kind.ANALYSED]
    assert str(batch.start[0]) == "2026-07-19T23:00:00"
    assert batch.value[0] == tree["hourly"][column][0]


def test_every_series_has_its_name_place_and_unit() -> None:
    batches = parsed(document())
    assert {name for name, _ in batches} == {
        "temperature", "humidity", "wind_speed", "precipitation", "solar_radiation",
        "station_pressure", "sea_level_pressure",
    }  # fmt: skip
    assert {batch.key.place for batch in batches.values()} == {"linares"}
    assert {batch.source for batch in batches.values()} == {"open-meteo"}


def test_a_null_is_left_out_not_read_as_zero() -> None:
    tree = document()
    tree["hourly"]["temperature_2m"][3] = None
    batch = parsed(tree)["temperature", Kind.ANALYSED]
    assert len(batch) == 11
    assert 0.0 not in batch.value


def test_a_column_that_is_missing_is_a_series_less() -> None:
    tree = document()
    del tree["hourly"]["surface_pressure"]
    names = {name for name, _ in parsed(tree)}
    assert "station_pressure" not in names
    assert len(names) == 6


def test_a_column_of_nulls_is_a_series_less() -> None:
    tree = document()
    tree["hourly"]["precipitation"] = [None] * HOURS
    assert "precipitation" not in {name for name, _ in parsed(tree)}


def test_nothing_but_nulls_is_not_published() -> None:
    tree = document()
    for column in set(UNITS) - {"time"}:
        tree["hourly"][column] = [None] * HOURS
    with pytest.raises(NotPublished):
        parsed(tree)


@pytest.mark.parametrize(
    ("column", "unit"),
    [("wind_speed_10m", "km/h"), ("temperature_2m", "°F"), ("precipitation", "inch")],
)
def test_another_unit_than_the_one_asked_is_refused(column: str, unit: str) -> None:
    tree = document()
    tree["hourly_units"][column] = unit
    with pytest.raises(SourceChanged, match=f"{column} is in {unit}, not in"):
        parsed(tree)


def test_a_column_without_its_unit_is_refused() -> None:
    tree = document()
    del tree["hourly_units"]["temperature_2m"]
    with pytest.raises(SourceChanged, match="temperature_2m is in None"):
        parsed(tree)


def test_a_column_shorter_than_the_times_is_refused() -> None:
    tree = document()
    tree["hourly"]["temperature_2m"].pop()
    with pytest.raises(SourceChanged, match="one value for each time"):
        parsed(tree)


@pytest.mark.parametrize(
    "stamp", ["2026-07-20T03:00", 1784516400.5, 1784518200, 1784516400000, None]
)
def test_a_time_that_is_not_a_whole_hour_in_seconds_is_refused(stamp: Any) -> None:
    tree = document()
    tree["hourly"]["time"][3] = stamp
    with pytest.raises(SourceChanged):
        parsed(tree)


@pytest.mark.parametrize("cell", ["21.5", True, float("nan")])
def test_a_cell_that_is_no_number_is_refused(cell: Any) -> None:
    tree = document()
    tree["hourly"]["temperature_2m"][3] = cell
    with pytest.raises(SourceChanged):
        parsed(tree)


def test_a_cell_that_is_not_plausible_is_left_out_by_name() -> None:
    tree = document()
    whole = sum(len(batch) for batch in parsed(tree).values() if batch.key.name == "temperature")
    tree["hourly"]["temperature_2m"][3] = 999.0
    told = [batch for batch in parsed(tree).values() if batch.key.name == "temperature"]
    assert sum(len(batch) for batch in told) == whole - 1
    (named,) = [named for batch in told for named in batch.left_out]
    assert named.endswith(": 999 degC")


def test_a_time_given_twice_with_two_values_is_refused() -> None:
    tree = document()
    tree["hourly"]["time"][3] = tree["hourly"]["time"][2]
    with pytest.raises(SourceChanged, match="two different values"):
        parsed(tree)


def test_an_answer_without_hours_is_refused() -> None:
    with pytest.raises(SourceChanged, match="no `hourly`"):
        parsed({"latitude": 38.0, "current": {}})


@pytest.mark.parametrize("body", [b"<html>busy</html>", b'{"hourly": {"time": [17'])
def test_a_body_that_is_no_answer_is_unavailable(body: bytes) -> None:
    with pytest.raises(SourceUnavailable):
        OpenMeteoForecast().parse(body, received_at=NOON)


def test_a_refusal_is_told_in_their_words() -> None:
    refusal = {"reason": "Latitude must be in range of -90 to 90°. Given: 999.0.", "error": True}
    body = json.dumps(refusal).encode()
    assert "Latitude must be in range" in str(OpenMeteoForecast().classify(400, body))
    with pytest.raises(SourceRejected, match=r"Given: 999\.0"):
        OpenMeteoForecast().parse(body, received_at=NOON)


def test_a_refusal_without_words_is_a_refusal_all_the_same() -> None:
    error = OpenMeteoForecast().classify(404, b"<html>not found</html>")
    assert isinstance(error, SourceRejected)
    assert "HTTP 404" in error.detail


def test_the_recorded_refusal_is_understood(shared: Path) -> None:
    body = (shared / "samples/open_meteo/error_400.json").read_bytes()
    assert "Latitude" in str(OpenMeteoForecast().classify(400, body))


def test_a_recorded_answer_in_local_texts_is_refused_not_guessed(shared: Path) -> None:
    body = (shared / "samples/open_meteo/hourly_forecast_24h_2026-08-23.json").read_bytes()
    with pytest.raises(SourceChanged, match="times are not the seconds"):
        OpenMeteoForecast().parse(body, received_at=NOON)
