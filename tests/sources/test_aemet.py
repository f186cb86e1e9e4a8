"""AEMET OpenData: two steps, Latin-1, decimal commas, absent keys, local hours."""

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
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.sources.aemet import AemetClimatology, AemetForecast, AemetObservation
from chocolate_factory.sources.aemet.opendata import Aemet
from chocolate_factory.sources.base import Request, Source

KEY = "eyJhbGciOi-secret"
NOW = datetime(2025, 12, 1, 12, 20, tzinfo=UTC)
STATION = AemetObservation(key=KEY)
TOWN = AemetForecast(key=KEY)
CLIMATE = AemetClimatology(key=KEY)


def latin(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("latin-1")


def envelope(**changes: Any) -> bytes:
    address = "https://opendata.aemet.es/opendata/sh/208c3ca3"
    return latin({"descripcion": "éxito", "estado": 200, "datos": address, **changes})


def parsed(upstream: Aemet, document: Any, at: datetime = NOW) -> dict[str, Observations]:
    body = document if isinstance(document, bytes) else latin(document)
    told = upstream.parse(body, received_at=at)
    assert isinstance(told, tuple)
    return {batch.key.name: batch for batch in told}


def row(**changes: Any) -> dict[str, Any]:
    return {
        "idema": "5279X", "fint": "2025-12-01T11:00:00+0000", "ubi": "LINARES (JAÉN)", "ta": 9.4,
        "hr": 71.0, "vv": 2.3, "prec": 0.2, "pres": 957.1, "pres_nmar": 1018.4, **changes,
    }  # fmt: skip


def starts(batch: Observations) -> list[str]:
    return [str(start) for start in batch.start]


# --- the two steps


def test_the_first_step_carries_the_key_in_a_header_and_nowhere_else() -> None:
    request = STATION.request(date(2025, 12, 1), date(2025, 12, 1))
    assert request.url == (
        "https://opendata.aemet.es/opendata/api/observacion/convencional/datos/estacion/5279X"
    )
    assert dict(request.headers)["api_key"] == KEY
    assert request.params == ()


def test_the_second_step_is_asked_where_the_envelope_says_and_without_the_key() -> None:
    told = STATION.parse(envelope(), received_at=NOW)
    assert told == Request("https://opendata.aemet.es/opendata/sh/208c3ca3")


def test_the_recorded_envelopes_lead_to_their_data(shared: Path) -> None:
    for name in ("station-3195.json", "station-list.json"):
        told = STATION.parse((shared / "samples/aemet" / name).read_bytes(), received_at=NOW)
        assert isinstance(told, Request)
        assert told.url.startswith("https://opendata.aemet.es/opendata/sh/")


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/opendata/sh/1",
        "http://opendata.aemet.es/opendata/sh/1",
        "https://opendata.aemet.es:8443/opendata/sh/1",
        "https://opendata.aemet.es@example.com/sh/1",
        "https://opendata.aemet.es\\@example.com/sh/1",
        "https://[/sh/1",
        "https://opendata.aemet.es:port/sh/1",
        "file:///etc/passwd",
        "/opendata/sh/1",
        "https://opendata.aemet.es/sh/é",
        "",
        None,
        7,
    ],
)
def test_an_address_on_another_host_is_not_followed(address: Any) -> None:
    with pytest.raises(SourceChanged):
        STATION.parse(envelope(datos=address), received_at=NOW)


def test_the_default_port_may_be_written_out() -> None:
    address = "https://opendata.aemet.es:443/opendata/sh/1?x=2"
    told = STATION.parse(envelope(datos=address), received_at=NOW)
    assert told == Request("https://opendata.aemet.es/opendata/sh/1?x=2")


def test_another_address_of_the_service_is_followed_to_itself() -> None:
    local = AemetObservation(key=KEY, base_url="http://127.0.0.1:4711")
    told = local.parse(envelope(datos="http://127.0.0.1:4711/opendata/sh/ab"), received_at=NOW)
    assert told == Request("http://127.0.0.1:4711/opendata/sh/ab")
    with pytest.raises(SourceChanged):
        local.parse(envelope(datos="http://127.0.0.1:4712/opendata/sh/ab"), received_at=NOW)


def test_both_steps_are_taken_by_a_source() -> None:
    asked: list[Request] = []

    class Wire:
        def get(self, request: Request, *, source: str, classify: object = None) -> bytes:
            asked.append(request)
            return envelope() if request.headers else latin([row()])

    day = date(2025, 12, 1)
    batches = Source(STATION, Wire()).fetch(day, day, now=NOW)
    assert {batch.key.name for batch in batches} == {key.name for key in STATION.series}
    assert [request.url.rsplit("/", 1)[1] for request in asked] == ["5279X", "208c3ca3"]


def test_a_key_is_in_no_text_about_the_upstream() -> None:
    for upstream in (STATION, TOWN, CLIMATE):
        assert KEY not in repr(upstream)


# --- refusals, which come as HTTP 200


@pytest.mark.parametrize(
    ("estado", "said", "error"),
    [
        (404, "No hay datos que satisfagan esos criterios", NotPublished),
        (401, "API key invalido", SourceRejected),
        (403, "Prohibido", SourceRejected),
        (400, "Petición incorrecta", SourceRejected),
        (429, "Límite de peticiones o caudal por minuto excedido", SourceUnavailable),
        (500, "Error interno", SourceUnavailable),
        (404, "datos expirados", SourceUnavailable),
        ("404", "No hay datos", NotPublished),
    ],
)
def test_a_refusal_inside_a_successful_answer_is_understood(
    estado: Any, said: str, error: type[SourceError]
) -> None:
    body = latin({"descripcion": said, "estado": estado})
    with pytest.raises(error) as caught:
        STATION.parse(body, received_at=NOW)
    assert type(caught.value) is error
    assert isinstance(STATION.classify(400, body), error)


def test_after_too_many_requests_it_waits_a_minute() -> None:
    with pytest.raises(SourceUnavailable) as caught:
        STATION.parse(latin({"descripcion": "Límite", "estado": 429}), received_at=NOW)
    assert caught.value.retry_after_s == 61.0


def test_a_page_whose_heading_says_429_is_too_many_requests() -> None:
    page = b"<!doctype html><html><body><h1>HTTP Status 429 - Too Many Requests</h1></body></html>"
    with pytest.raises(SourceUnavailable) as caught:
        STATION.parse(page, received_at=NOW)
    assert caught.value.retry_after_s == 61.0
    refused = STATION.classify(500, page)
    assert isinstance(refused, SourceUnavailable)
    assert refused.retry_after_s == 61.0


@pytest.mark.parametrize(
    "body",
    [
        b"<html><h1>Mantenimiento</h1></html>",
        b"",
        envelope()[:-9],
        b"\xff\xfe",
        latin([row()])[:-3],
    ],
)
def test_a_body_that_is_no_answer_is_unavailable(body: bytes) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        STATION.parse(body, received_at=NOW)
    assert caught.value.retry_after_s is None


@pytest.mark.parametrize(
    "document",
    [{}, {"datos": "x"}, {"estado": True}, {"estado": "ok"}, 7, None, "exito", [1], [[]]],
)
def test_an_answer_of_another_shape_is_refused(document: Any) -> None:
    with pytest.raises(SourceChanged):
        STATION.parse(latin(document), received_at=NOW)


def test_a_refused_request_without_the_envelope_needs_a_person() -> None:
    for body in (b"<html>nope</html>", b"[]", b'{"estado": "x"}'):
        assert type(STATION.classify(404, body)) is SourceRejected
    assert isinstance(STATION.classify(503, b""), SourceUnavailable)


def test_a_key_that_aemet_repeats_is_not_passed_on() -> None:
    body = latin({"descripcion": f"API key {KEY} caducada", "estado": 401})
    with pytest.raises(SourceRejected) as caught:
        STATION.parse(body, received_at=NOW)
    assert KEY not in str(caught.value)


# --- the station by the hour


def test_a_row_becomes_six_measured_series_of_linares() -> None:
    batches = parsed(STATION, [row()])
    assert {name: batch.value.tolist() for name, batch in batches.items()} == {
        "temperature": [9.4], "humidity": [71.0], "wind_speed": [2.3], "precipitation": [0.2],
        "station_pressure": [957.1], "sea_level_pressure": [1018.4],
    }  # fmt: skip
    assert {batch.key.place for batch in batches.values()} == {"linares"}
    assert {batch.kind for batch in batches.values()} == {Kind.MEASURED}
    assert {batch.source for batch in batches.values()} == {"aemet"}


def test_rain_belongs_to_the_hour_before_its_stamp() -> None:
    batches = parsed(STATION, [row()])
    assert starts(batches["precipitation"]) == ["2025-12-01T10:00:00"]
    assert starts(batches["temperature"]) == ["2025-12-01T11:00:00"]


@pytest.mark.parametrize(
    "fint", ["2025-12-01T11:00:00", "2025-12-01T11:00:00+0000", "2025-12-01T12:00:00+01:00"]
)
def test_a_time_is_utc_with_offset_and_without(fint: str) -> None:
    assert starts(parsed(STATION, [row(fint=fint)])["humidity"]) == ["2025-12-01T11:00:00"]


@pytest.mark.parametrize("night", ["2025-10-26", "2026-03-29"])
def test_the_nights_of_clock_changes_have_their_utc_hours(night: str) -> None:
    rows = [row(fint=f"{night}T{hour:02d}:00:00") for hour in range(4)]
    batch = parsed(STATION, rows, datetime.fromisoformat(f"{night}T04:00+00:00"))["temperature"]
    assert starts(batch) == [f"{night}T{hour:02d}:00:00" for hour in range(4)]


@pytest.mark.parametrize("key", ["ta", "hr", "vv", "prec", "pres", "pres_nmar"])
def test_any_key_may_be_absent_or_null(key: str) -> None:
    with_it, without = row(), row(fint="2025-12-01T10:00:00", **{key: None})
    less = {name: value for name, value in without.items() if name != key}
    for second in (without, less):
        batches = parsed(STATION, [with_it, second])
        assert sorted(len(batch) for batch in batches.values()) == [1, 2, 2, 2, 2, 2]


def test_the_two_pressures_are_two_series_and_neither_stands_in_for_the_other() -> None:
    only_sea = {name: value for name, value in row().items() if name != "pres"}
    only_station = {name: value for name, value in row().items() if name != "pres_nmar"}
    assert "station_pressure" not in parsed(STATION, [only_sea])
    assert "sea_level_pressure" not in parsed(STATION, [only_station])


def test_rows_of_other_stations_are_left_out() -> None:
    batches = parsed(STATION, [row(), row(idema="3195", ta=-4.0)])
    assert batches["temperature"].value.tolist() == [9.4]
    with pytest.raises(SourceChanged, match="5279X"):
        parsed(STATION, [row(idema="3195")])


@pytest.mark.parametrize("rows", [[], [{"idema": "5279X", "fint": "2025-12-01T11:00:00"}]])
def test_nothing_sent_is_not_published(rows: list[Any]) -> None:
    with pytest.raises(NotPublished):
        parsed(STATION, rows)


@pytest.mark.parametrize(
    "change",
    [
        {"fint": None}, {"fint": "ayer"}, {"fint": "1999-12-31T23:00:00"}, {"fint": 7},
        {"fint": "2025-12-01T11:30:00"}, {"fint": "2025-12-01T11:00:00.5"}, {"ta": "9,4"},
        {"ta": True}, {"ta": 310.0}, {"ta": float("nan")}, {"vv": -1.0}, {"hr": [71]},
    ],
)  # fmt: skip
def test_a_row_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SourceChanged):
        parsed(STATION, [row(**change)])


def test_a_row_that_stands_twice_counts_once_and_may_not_contradict_itself() -> None:
    assert len(parsed(STATION, [row(), row()])["temperature"]) == 1
    with pytest.raises(SourceChanged, match="two different values"):
        parsed(STATION, [row(), row(ta=9.5)])


def test_the_recorded_day_of_2021_has_no_wind_and_is_read(shared: Path) -> None:
    body = (shared / "samples/aemet/station-3195-data.json").read_bytes()
    batches = parsed(AemetObservation(key=KEY, station="3195"), body)
    assert len(batches["temperature"]) == 23
    assert "wind_speed" not in batches
    assert starts(batches["temperature"])[0] == "2021-01-08T14:00:00"
    assert starts(batches["precipitation"])[0] == "2021-01-08T13:00:00"
    assert batches["station_pressure"].value[0] == 929.9
    assert batches["sea_level_pressure"].value[0] == 1009.9


@pytest.mark.parametrize(("station", "pressures"), [("3013", 1), ("3021Y", 0), ("C929I", 2)])
def test_the_recorded_latin_1_answer_of_2025_is_read(
    shared: Path, station: str, pressures: int
) -> None:
    body = (shared / "samples/aemet/observacion_3_stations_2025-12-01.json").read_bytes()
    batches = parsed(AemetObservation(key=KEY, station=station), body)
    assert sum(name.endswith("pressure") for name in batches) == pressures
    assert batches["wind_speed"].value[0] in (0.5, 4.9, 9.9)  # m/s, as sent


def test_a_utf_8_body_is_read_too() -> None:
    body = json.dumps([row()], ensure_ascii=False).encode("utf-8-sig")
    assert parsed(STATION, body)["temperature"].value.tolist() == [9.4]


def test_a_station_answers_for_yesterday_and_today() -> None:
    assert STATION.reach(date(2025, 12, 1)) == (date(2025, 11, 30), date(2025, 12, 1))
    assert STATION.max_days == 2


# --- the municipality by the hour


def hours(values: dict[Any, Any]) -> list[dict[str, Any]]:
    return [{"value": value, "periodo": label} for label, value in values.items()]


def forecast(*days: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
    head = {
        "nombre": "Linares",
        "id": "23055",
        "version": "1.0",
        "elaborado": "2025-12-01T08:47:45",
    }
    return [{**head, "prediccion": {"dia": list(days)}, **changes}]


def day_of(fecha: str, **arrays: Any) -> dict[str, Any]:
    return {"fecha": f"{fecha}T00:00:00", "orto": "08:10", **arrays}


def test_a_period_is_the_local_hour_of_its_day() -> None:
    summer, winter = (
        day_of(fecha, temperatura=hours({"00": "21", "07": "18"}))
        for fecha in ("2026-07-01", "2026-01-10")
    )
    batch = parsed(TOWN, forecast(winter, summer))["temperature"]
    assert starts(batch) == [
        "2026-01-09T23:00:00", "2026-01-10T06:00:00", "2026-06-30T22:00:00", "2026-07-01T05:00:00",
    ]  # fmt: skip
    assert batch.kind is Kind.FORECAST
    assert not batch.inferred.any()


@pytest.mark.parametrize("label", [0, "0", "00"])
def test_midnight_is_an_hour_whether_text_or_zero(label: Any) -> None:
    batch = parsed(TOWN, forecast(day_of("2026-01-10", temperatura=hours({label: "3"}))))
    assert starts(batch["temperature"]) == ["2026-01-09T23:00:00"]


def test_an_empty_text_is_no_value_and_a_trace_of_rain_is_none() -> None:
    day = day_of(
        "2026-01-10",
        temperatura=hours({"07": "", "08": "-0"}),
        precipitacion=hours({"07": "Ip", "08": "1.4", "09": "0", "10": ""}),
        humedadRelativa=hours({"07": "100"}),
    )
    batches = parsed(TOWN, forecast(day))
    assert batches["temperature"].value.tolist() == [0.0]
    assert str(batches["temperature"].value[0]) == "0.0"
    assert batches["precipitation"].value.tolist() == [0.0, 1.4, 0.0]
    assert batches["humidity"].value.tolist() == [100.0]


def test_a_trace_is_known_of_rain_only() -> None:
    with pytest.raises(SourceChanged):
        parsed(TOWN, forecast(day_of("2026-01-10", temperatura=hours({"07": "Ip"}))))


def test_wind_is_told_from_gusts_and_taken_in_metres_a_second() -> None:
    mixed = [
        {"direccion": ["NE"], "velocidad": ["28"], "periodo": "07"},
        {"value": "41", "periodo": "07"},
        {"value": "39", "periodo": "08"},
        {"direccion": ["C"], "velocidad": ["0"], "periodo": "08"},
        {"direccion": [], "velocidad": [], "periodo": "09"},
        {"direccion": [""], "velocidad": [""], "periodo": "10"},
    ]
    batch = parsed(TOWN, forecast(day_of("2026-01-10", vientoAndRachaMax=mixed)))["wind_speed"]
    assert batch.value.tolist() == [7.78, 0.0]
    assert starts(batch) == ["2026-01-10T06:00:00", "2026-01-10T07:00:00"]


def test_six_hour_spans_are_not_taken_for_hours() -> None:
    day = day_of(
        "2026-01-10",
        temperatura=hours({"07": "3"}),
        probPrecipitacion=hours({"0713": "100", "1319": ""}),
    )
    assert set(parsed(TOWN, forecast(day))) == {"temperature"}


def test_an_hour_named_once_on_the_25_hour_day_is_left_out() -> None:
    labels = {f"{hour:02d}": str(hour) for hour in range(24)}
    batch = parsed(TOWN, forecast(day_of("2025-10-26", temperatura=hours(labels))))["temperature"]
    assert len(batch) == 23
    assert batch.value.tolist() == [0, 1, *range(3, 24)]
    assert starts(batch)[1:3] == ["2025-10-25T23:00:00", "2025-10-26T02:00:00"]


def test_an_hour_named_twice_on_the_25_hour_day_is_taken_in_order() -> None:
    entries = hours({"01": "11"}) + hours({"02": "12"}) + hours({"02": "13"}) + hours({"03": "14"})
    batch = parsed(TOWN, forecast(day_of("2025-10-26", temperatura=entries)))["temperature"]
    assert batch.value.tolist() == [11, 12, 13, 14]
    assert starts(batch)[1:3] == ["2025-10-26T00:00:00", "2025-10-26T01:00:00"]


def test_an_hour_named_three_times_on_the_25_hour_day_is_left_out() -> None:
    entries = hours({"01": "11"}) + 3 * hours({"02": "12"})
    batch = parsed(TOWN, forecast(day_of("2025-10-26", temperatura=entries)))["temperature"]
    assert batch.value.tolist() == [11]


def test_the_hour_that_the_23_hour_day_does_not_have_is_left_out() -> None:
    labels = {f"{hour:02d}": str(hour) for hour in range(24)}
    batch = parsed(TOWN, forecast(day_of("2026-03-29", temperatura=hours(labels))))["temperature"]
    assert batch.value.tolist() == [0, 1, *range(3, 24)]
    assert starts(batch)[1:3] == ["2026-03-29T00:00:00", "2026-03-29T01:00:00"]


@pytest.mark.parametrize("change", [{"id": "28065"}, {"id": None}, {"prediccion": {}}])
def test_a_forecast_of_another_place_or_shape_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SourceChanged):
        parsed(TOWN, forecast(**change))


def test_a_place_may_be_a_number_as_in_the_daily_forecast() -> None:
    day = day_of("2026-01-10", temperatura=hours({"07": "3"}))
    assert parsed(TOWN, forecast(day, id=23055))
    four = AemetForecast(key=KEY, municipality="04013")
    assert parsed(four, forecast(day, id=4013))


@pytest.mark.parametrize(
    "day",
    [
        day_of("2026-01-10", temperatura=hours({"24": "3"})),
        day_of("2026-01-10", temperatura=hours({"0713": "3"})),
        day_of("2026-01-10", temperatura=hours({None: "3"})),
        day_of("2026-01-10", temperatura=hours({"07": "frío"})),
        day_of("2026-01-10", temperatura=hours({"07": "299"})),
        day_of("2026-01-10", temperatura={"maxima": 3}),
        day_of("2026-01-10", temperatura=[7]),
        day_of("2026-01-10", vientoAndRachaMax=[{"periodo": "07", "velocidad": ["1", "2"]}]),
        day_of("2026-01-10", vientoAndRachaMax=[{"periodo": "07"}]),
        day_of("2026-13-10"),
        day_of("1912-01-10"),
        {"temperatura": []},
    ],
)
def test_a_day_that_makes_no_sense_is_refused(day: dict[str, Any]) -> None:
    with pytest.raises(SourceChanged):
        parsed(TOWN, forecast(day))


def test_a_forecast_without_hours_is_not_published() -> None:
    with pytest.raises(NotPublished):
        parsed(TOWN, forecast(day_of("2026-01-10", temperatura=hours({"07": ""}))))


def test_two_forecasts_or_none_are_refused() -> None:
    for document in ([], forecast() + forecast()):
        with pytest.raises(SourceChanged, match="where one was asked"):
            parsed(TOWN, document)


def test_the_recorded_hourly_forecast_begins_at_its_issue_and_ends_early(shared: Path) -> None:
    body = (shared / "samples/aemet/town-28065-forecast-hourly-data.json").read_bytes()
    town = AemetForecast(key=KEY, municipality="28065")
    batches = parsed(town, body, datetime(2021, 1, 9, 11, tzinfo=UTC))
    assert {name: len(batch) for name, batch in batches.items()} == {
        "temperature": 48, "humidity": 48, "wind_speed": 48, "precipitation": 48,
    }  # fmt: skip
    temperature, wind = batches["temperature"], batches["wind_speed"]
    assert (starts(temperature)[0], starts(temperature)[-1]) == (
        "2021-01-09T06:00:00", "2021-01-11T05:00:00",
    )  # fmt: skip
    assert temperature.value[:3].tolist() == [-1.0, -1.0, -1.0]
    assert wind.value[0] == 7.78  # 28 km/h
    assert batches["precipitation"].value[0] == 1.4


def test_the_recorded_daily_forecast_is_refused_not_guessed(shared: Path) -> None:
    body = (shared / "samples/aemet/town-28065-forecast-daily-data.json").read_bytes()
    with pytest.raises(SourceChanged):
        parsed(AemetForecast(key=KEY, municipality="28065"), body)


def test_a_municipality_is_asked_by_its_code() -> None:
    request = TOWN.request(date(2026, 1, 10), date(2026, 1, 10))
    assert request.url.endswith("/opendata/api/prediccion/especifica/municipio/horaria/23055")
    assert TOWN.reach(date(2026, 1, 10)) == (date(2026, 1, 10), date(2026, 1, 12))


# --- the station by the day


def climate_day(**changes: Any) -> dict[str, Any]:
    return {
        "fecha": "2025-11-20", "indicativo": "5279X", "provincia": "JAÉN", "tmed": "9,9",
        "tmax": "15,2", "tmin": "4,6", "hrMedia": "71", "hrMax": "96", "hrMin": "44",
        "velmedia": "1,9", "racha": "7,5", "horaracha": "Varias", "dir": "99", "prec": "0,4",
        "sol": "6,1", "presMax": "965,3", "presMin": "961,0", "horaPresMax": "Varias", **changes,
    }  # fmt: skip


def test_a_climate_day_becomes_twelve_series_of_the_station() -> None:
    batches = parsed(CLIMATE, [climate_day()])
    assert {name: batch.value.tolist() for name, batch in batches.items()} == {
        "temp_mean": [9.9], "temp_max": [15.2], "temp_min": [4.6], "humidity_mean": [71.0],
        "humidity_max": [96.0], "humidity_min": [44.0], "wind_speed_mean": [1.9],
        "wind_gust_max": [7.5], "precipitation_day": [0.4], "sunshine": [6.1],
        "station_pressure_max": [965.3], "station_pressure_min": [961.0],
    }  # fmt: skip
    assert {batch.key.place for batch in batches.values()} == {"5279X"}
    assert {batch.kind for batch in batches.values()} == {Kind.MEASURED}


def test_what_the_climatology_tells_is_what_it_says_it_tells() -> None:
    assert set(parsed(CLIMATE, [climate_day()])) == {key.name for key in CLIMATE.series}
    assert SeriesKey("sunshine", "5279X") in CLIMATE.series


@pytest.mark.parametrize(
    ("fecha", "start", "hours"),
    [
        ("2025-11-20", "2025-11-19T23:00:00", 24),
        ("2025-10-26", "2025-10-25T22:00:00", 25),
        ("2025-03-30", "2025-03-29T23:00:00", 23),
        ("2024-12-31", "2024-12-30T23:00:00", 24),
    ],
)
def test_a_climate_day_is_the_madrid_day_of_its_date(fecha: str, start: str, hours: int) -> None:
    batch = parsed(CLIMATE, [climate_day(fecha=fecha)])["temp_mean"]
    assert starts(batch) == [start]
    assert batch.resolution_s.tolist() == [hours * 3600]


def test_a_climate_day_is_known_five_days_later() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    batch = parsed(CLIMATE, [climate_day()], at)["temp_mean"]
    assert [str(known) for known in batch.available_at] == ["2025-11-25T07:00:00"]
    assert batch.inferred.all()


@pytest.mark.parametrize(
    ("text", "values"), [("Ip", [0.0]), ("Acum", None), ("", None), ("0,0", [0.0]), (None, None)]
)
def test_words_in_rain_are_a_trace_or_no_value_of_the_day(
    text: str | None, values: list[float] | None
) -> None:
    batches = parsed(CLIMATE, [climate_day(prec=text)])
    told = batches["precipitation_day"].value.tolist() if "precipitation_day" in batches else None
    assert told == values


def test_varias_is_no_value() -> None:
    assert "wind_gust_max" not in parsed(CLIMATE, [climate_day(racha="Varias")])


@pytest.mark.parametrize(
    "change",
    [
        {"tmed": "Ip"}, {"tmed": "nueve"}, {"tmed": "9,9,9"}, {"tmed": "99,9"}, {"sol": "25,0"},
        {"fecha": "20/11/2025"}, {"fecha": None}, {"fecha": "9999-12-31"}, {"presMax": "1,0"},
    ],
)  # fmt: skip
def test_a_climate_day_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SourceChanged):
        parsed(CLIMATE, [climate_day(**change)])


def test_days_of_other_stations_only_are_refused() -> None:
    with pytest.raises(SourceChanged, match="indicativo"):
        parsed(CLIMATE, [climate_day(indicativo="5910")])


@pytest.mark.parametrize(
    ("station", "series", "mean"), [("5910", 9, 13.6), ("7247X", 6, 6.0), ("3194U", 4, 19.0)]
)
def test_the_recorded_climate_days_are_read(
    shared: Path, station: str, series: int, mean: float
) -> None:
    body = (shared / "samples/aemet/climatologicos_diarios_3_rows.json").read_bytes()
    batches = parsed(AemetClimatology(key=KEY, station=station), body)
    assert len(batches) == series
    assert batches["temp_mean"].value.tolist() == [mean]


def test_a_span_of_days_is_asked_in_utc_and_cut_at_150() -> None:
    request = CLIMATE.request(date(2025, 1, 1), date(2025, 5, 30))
    assert request.url.endswith(
        "/valores/climatologicos/diarios/datos/fechaini/2025-01-01T00:00:00UTC"
        "/fechafin/2025-05-30T23:59:59UTC/estacion/5279X"
    )
    assert CLIMATE.max_days == 150
    assert CLIMATE.reach(date(2025, 12, 1))[1] == date(2025, 11, 27)


# --- whatever comes

FEEDS: tuple[tuple[Aemet, Any], ...] = (
    (STATION, {"estado": 200, "datos": "https://opendata.aemet.es/opendata/sh/1"}),
    (STATION, [row(), row(fint="2025-12-01T12:00:00")]),
    (
        TOWN,
        forecast(
            day_of(
                "2025-10-26",
                temperatura=hours({"01": "3", "02": "4"}),
                precipitacion=hours({"01": "Ip"}),
                vientoAndRachaMax=[{"velocidad": ["3"], "periodo": "01"}],
            )
        ),
    ),
    (CLIMATE, [climate_day()]),
)
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just([]),
    st.just({}), st.just([None]), st.just("9999-12-31T23:59:59"), st.just("0001-01-01"),
    st.just(10**400), st.just("\ud800"),
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
    upstream, good = data.draw(st.sampled_from(FEEDS))
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
