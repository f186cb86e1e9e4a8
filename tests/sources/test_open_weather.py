"""OpenWeatherMap: units as asked, pressures told apart, three-hour steps left as they are."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chocolate_factory.errors import (
    NotPublished,
    SourceChanged,
    SourceError,
    SourceRejected,
    SourceUnavailable,
)
from chocolate_factory.market.series import Kind, Observations
from chocolate_factory.sources.open_weather import OpenWeatherCurrent, OpenWeatherForecast

KEY = "0123456789abcdef-secret"
NOW = datetime(2026, 7, 20, 12, 40, tzinfo=UTC)
CURRENT = OpenWeatherCurrent(key=KEY)
AHEAD = OpenWeatherForecast(key=KEY)
NOON = int(datetime(2026, 7, 20, 12, tzinfo=UTC).timestamp())


def moment(dt: int, **main: Any) -> dict[str, Any]:
    whole = {
        "temp": 31.4, "feels_like": 31.0, "temp_min": 29.0, "temp_max": 33.0, "pressure": 1014,
        "humidity": 28, "sea_level": 1014, "grnd_level": 955, **main,
    }  # fmt: skip
    return {"dt": dt, "main": whole, "wind": {"speed": 3.6, "deg": 240, "gust": 6.1}}


def current(**changes: Any) -> dict[str, Any]:
    return {**moment(NOON + 2222), "rain": {"1h": 0.4}, "timezone": 7200, "cod": 200, **changes}


def ahead(*moments: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"cod": "200", "message": 0, "cnt": len(moments), "list": list(moments), **changes}


def parsed(
    upstream: OpenWeatherCurrent | OpenWeatherForecast, document: Any, at: datetime = NOW
) -> dict[str, Observations]:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return {batch.key.name: batch for batch in upstream.parse(body, received_at=at)}


def starts(batch: Observations) -> list[str]:
    return [str(start) for start in batch.start]


@pytest.mark.parametrize(
    ("upstream", "path"), [(CURRENT, "/data/2.5/weather"), (AHEAD, "/data/2.5/forecast")]
)
def test_metric_units_are_asked_for_and_the_key_is_a_parameter(
    upstream: OpenWeatherCurrent | OpenWeatherForecast, path: str
) -> None:
    request = upstream.request(date(2026, 7, 20), date(2026, 7, 20))
    assert request.url == f"https://api.openweathermap.org{path}"
    assert dict(request.params) == {
        "lat": "38.0900", "lon": "-3.6400", "units": "metric", "appid": KEY,
    }  # fmt: skip
    assert request.headers == ()


def test_a_key_is_in_no_text_about_the_upstream() -> None:
    assert KEY not in repr(CURRENT) + repr(AHEAD)


def test_the_weather_now_is_stored_at_the_hour_in_which_it_was_taken() -> None:
    batches = parsed(CURRENT, current())
    assert {name: (starts(batch), batch.value.tolist()) for name, batch in batches.items()} == {
        "temperature": (["2026-07-20T12:00:00"], [31.4]),
        "humidity": (["2026-07-20T12:00:00"], [28.0]),
        "wind_speed": (["2026-07-20T12:00:00"], [3.6]),
        "sea_level_pressure": (["2026-07-20T12:00:00"], [1014.0]),
        "station_pressure": (["2026-07-20T12:00:00"], [955.0]),
    }
    assert {batch.kind for batch in batches.values()} == {Kind.ANALYSED}
    assert {batch.source for batch in batches.values()} == {"openweathermap"}


@pytest.mark.parametrize(
    ("taken", "hour"),
    [
        ("2026-10-25T00:59:59", "2026-10-25T00:00:00"),
        ("2026-10-25T01:00:00", "2026-10-25T01:00:00"),
        ("2026-03-29T01:10:00", "2026-03-29T01:00:00"),
        ("2026-12-31T23:50:00", "2026-12-31T23:00:00"),
    ],
)
def test_the_hour_is_told_by_utc_seconds_through_every_night(taken: str, hour: str) -> None:
    dt = int(datetime.fromisoformat(taken + "+00:00").timestamp())
    assert starts(parsed(CURRENT, {**moment(dt), "cod": 200})["temperature"]) == [hour]


def test_rain_of_other_windows_than_the_hour_is_not_taken() -> None:
    assert "precipitation" not in parsed(CURRENT, current())
    step = {**moment(NOON), "rain": {"3h": 0.49}}
    assert "precipitation" not in parsed(AHEAD, ahead(step))


def test_pressure_is_that_of_the_sea_and_the_ground_that_of_the_station() -> None:
    only = parsed(CURRENT, {**current(), "main": {"pressure": 1014}})
    assert set(only) == {"sea_level_pressure", "wind_speed"}
    ground = parsed(CURRENT, {**current(), "main": {"grnd_level": 955}})
    assert set(ground) == {"station_pressure", "wind_speed"}
    both = parsed(CURRENT, {**current(), "main": {"pressure": 1015, "sea_level": 1014}})
    assert both["sea_level_pressure"].value.tolist() == [1014.0]


def test_pressure_that_repeats_the_ground_is_not_taken_for_the_sea() -> None:
    old = {**current(), "main": {"pressure": 955.07, "grnd_level": 955.07}}
    assert "sea_level_pressure" not in parsed(CURRENT, old)


@pytest.mark.parametrize("key", ["temp", "humidity", "grnd_level"])
def test_a_key_that_is_absent_is_a_value_that_is_not_there(key: str) -> None:
    tree = current()
    del tree["main"][key]
    assert len(parsed(CURRENT, tree)) == 4


def test_an_answer_in_kelvin_is_refused_not_converted() -> None:
    tree = current()
    tree["main"]["temp"] = 304.55
    with pytest.raises(SourceChanged, match=r"temperature: 304\.55 degC"):
        parsed(CURRENT, tree)


@pytest.mark.parametrize("name", ["current_2025-04-11_kelvin.json", "current_weather_london.json"])
def test_the_recorded_answers_in_kelvin_are_refused(shared: Path, name: str) -> None:
    with pytest.raises(SourceChanged, match="not plausible"):
        parsed(CURRENT, (shared / "samples/openweathermap" / name).read_bytes())


def test_the_recorded_answer_of_2025_is_read_once_it_is_metric(shared: Path) -> None:
    body = (shared / "samples/openweathermap/current_2025-04-11_kelvin.json").read_bytes()
    batches = parsed(CURRENT, body.replace(b"284.94", b"11.79"))
    assert {name: batch.value.tolist() for name, batch in batches.items()} == {
        "temperature": [11.79], "humidity": [58.0], "wind_speed": [3.55],
        "sea_level_pressure": [1022.0], "station_pressure": [963.0],
    }  # fmt: skip
    assert starts(batches["humidity"]) == ["2025-04-11T08:00:00"]


def test_a_forecast_names_only_every_third_hour_and_nothing_is_put_between() -> None:
    steps = [moment(NOON + 3 * 3600 * n, temp=30.0 - n) for n in range(3)]
    batch = parsed(AHEAD, ahead(*steps))["temperature"]
    assert starts(batch) == ["2026-07-20T12:00:00", "2026-07-20T15:00:00", "2026-07-20T18:00:00"]
    assert batch.value.tolist() == [30.0, 29.0, 28.0]
    assert batch.kind is Kind.FORECAST
    assert not batch.inferred.any()


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("forecast5_2023_first2_of_40.json", 2),
        ("forecast5_2021_rain_and_city_1_of_40.json", 1),
        ("forecast_3h_2items.json", 1),
    ],
)
def test_the_recorded_forecasts_are_read_once_they_are_metric(
    shared: Path, name: str, steps: int
) -> None:
    tree = json.loads((shared / "samples/openweathermap" / name).read_bytes())
    with pytest.raises(SourceChanged, match="not plausible"):
        parsed(AHEAD, tree)
    for step in tree["list"]:
        step["main"]["temp"] -= 273.15
    batches = parsed(AHEAD, tree)
    assert {len(batch) for batch in batches.values()} == {steps}
    assert set(batches) == {key.name for key in AHEAD.series}


def test_the_oldest_recorded_forecast_keeps_sea_and_station_apart(shared: Path) -> None:
    body = (shared / "samples/openweathermap/forecast_3h_2items.json").read_bytes()
    batches = parsed(AHEAD, body.replace(b"288.43", b"15.28"))
    assert batches["sea_level_pressure"].value.tolist() == [1034.73]
    assert batches["station_pressure"].value.tolist() == [1026.07]


def test_no_results_are_not_published(shared: Path) -> None:
    with pytest.raises(NotPublished):
        parsed(AHEAD, (shared / "samples/openweathermap/no_results.json").read_bytes())


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (401, SourceRejected), ("401", SourceRejected), ("404", SourceRejected),
        (400, SourceRejected), (429, SourceUnavailable), ("500", SourceUnavailable),
        (503, SourceUnavailable), (302, SourceChanged), (None, SourceChanged),
    ],
)  # fmt: skip
def test_a_refusal_is_understood_with_its_code_as_number_and_as_text(
    code: Any, error: type[SourceError]
) -> None:
    with pytest.raises(error):
        parsed(CURRENT, {"cod": code, "message": "no"})


def test_a_refused_key_is_told_without_it() -> None:
    body = json.dumps({"cod": 401, "message": f"Invalid API key {KEY}"}).encode()
    error = CURRENT.classify(401, body)
    assert isinstance(error, SourceRejected)
    assert "check it" in error.detail
    assert KEY not in str(error)


def test_after_too_many_requests_it_waits_a_minute() -> None:
    error = CURRENT.classify(429, b'{"cod":429,"message":"exceeded"}')
    assert isinstance(error, SourceUnavailable)
    assert error.retry_after_s == 61.0


@pytest.mark.parametrize("body", [b"<html>404</html>", b"", b"[]", b'{"cod": "?"}'])
def test_a_refused_request_without_words_needs_a_person(body: bytes) -> None:
    assert type(CURRENT.classify(404, body)) is SourceRejected


def test_the_recorded_refusals_are_understood(shared: Path) -> None:
    folder = shared / "samples/openweathermap"
    missing = CURRENT.classify(404, (folder / "error_not_found.json").read_bytes())
    assert isinstance(missing, SourceRejected)
    assert "Not found city" in missing.detail
    with pytest.raises(SourceUnavailable, match="Internal server error"):
        parsed(CURRENT, (folder / "error_500.json").read_bytes())


def test_the_recorded_answers_of_one_call_are_refused(shared: Path) -> None:
    for name in ("one_call.json", "one_call_history.json"):
        with pytest.raises(SourceChanged, match="no known `cod`"):
            parsed(CURRENT, (shared / "samples/openweathermap" / name).read_bytes())


@pytest.mark.parametrize("body", [b"<html>busy</html>", b'{"cod": 200, "main": {"temp', b""])
def test_a_body_that_is_no_answer_is_unavailable(body: bytes) -> None:
    with pytest.raises(SourceUnavailable):
        parsed(CURRENT, body)


@pytest.mark.parametrize(
    "change",
    [
        {"dt": None}, {"dt": "1784548800"}, {"dt": NOON * 1000}, {"dt": NOON + 0.5}, {"dt": -5},
        {"main": []}, {"wind": 3.6}, {"wind": {"speed": "3.6"}}, {"main": {"humidity": 128}},
        {"main": {"temp": float("nan")}}, {"main": {"grnd_level": 95.5}},
    ],
)  # fmt: skip
def test_a_moment_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SourceChanged):
        parsed(CURRENT, current(**change))


@pytest.mark.parametrize("change", [{"list": None}, {"list": {}}, {"list": [7]}])
def test_a_forecast_that_is_no_list_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SourceChanged):
        parsed(AHEAD, ahead(**change))


def test_a_step_that_is_no_whole_hour_is_refused() -> None:
    with pytest.raises(SourceChanged):
        parsed(AHEAD, ahead(moment(NOON + 60)))


def test_an_answer_without_values_is_not_published() -> None:
    with pytest.raises(NotPublished):
        parsed(CURRENT, {"dt": NOON, "main": {}, "cod": 200})


def test_the_days_it_can_answer_for() -> None:
    today = date(2026, 7, 20)
    assert CURRENT.reach(today) == (date(2026, 7, 19), today)
    assert AHEAD.reach(today) == (today, date(2026, 7, 25))


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just([]),
    st.just({}), st.just([None]), st.just(10**400), st.just("\ud800"),
)  # fmt: skip


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every (holder, key or index) in a JSON tree."""
    items = list(tree.items()) if isinstance(tree, dict) else []
    items = list(enumerate(tree)) if isinstance(tree, list) else items
    return [place for name, part in items for place in [(tree, name), *places(part)]]


@given(data=st.data())
def test_no_change_to_an_answer_leads_to_another_error_than_one_of_a_source(
    data: st.DataObject,
) -> None:
    upstream, good = data.draw(
        st.sampled_from([(CURRENT, current()), (AHEAD, ahead(moment(NOON), moment(NOON + 10800)))])
    )
    tree = json.loads(json.dumps([good]))
    for _ in range(data.draw(st.integers(1, 3))):
        holder, name = data.draw(st.sampled_from(places(tree)))
        holder[name] = data.draw(JUNK)
    body = bytearray(json.dumps(tree[0]).encode())
    for _ in range(data.draw(st.integers(0, 2))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(SourceError):
        upstream.parse(bytes(body), received_at=NOW)
    assert isinstance(upstream.classify(400, bytes(body)), SourceError)
