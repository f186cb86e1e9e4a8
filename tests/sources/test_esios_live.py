"""ESIOS asked live: archive 70 without a key, indicators with one."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from chocolate_factory.errors import (
    NotPublished,
    SourceChanged,
    SourceRejected,
    SourceUnavailable,
)
from chocolate_factory.market.calendar import HOUR, MADRID, QUARTER, delivery_periods, to_datetime
from chocolate_factory.market.catalog import DAY_AHEAD, PVPC, SPOT
from chocolate_factory.market.series import Kind, Observations
from chocolate_factory.sources.base import Source
from chocolate_factory.sources.esios_live import FEEDS, EsiosArchive, EsiosIndicator
from chocolate_factory.sources.files import read_file
from chocolate_factory.sources.transport import Transport

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
AUTUMN, SPRING = date(2021, 10, 31), date(2022, 3, 27)
TOKEN = "a-personal-token"  # noqa: S105

Entry = dict[str, Any]


def day_file(day: str, prices: list[str]) -> bytes:
    rows = [
        {"Dia": day, "Hora": f"{n:02d}-{n + 1:02d}", "PCB": price, "CYM": "1,00"}
        for n, price in enumerate(prices)
    ]
    return json.dumps({"PVPC": rows}).encode()


def entries(day: date, step: timedelta, geos: tuple[int, ...], *, base: float = 50) -> list[Entry]:
    """Values of several places alternating row by row; the place's last digits are added."""
    return [
        {
            "value": base + n + geo % 100,
            "datetime": to_datetime(start).astimezone(MADRID).isoformat(timespec="milliseconds"),
            "datetime_utc": "2000-01-01T00:00:00Z",
            "tz_time": to_datetime(start).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "geo_id": geo,
        }
        for n, start in enumerate(delivery_periods(day, step))
        for geo in geos
    ]


def answer(number: int, values: Any, **more: Any) -> bytes:
    tree = {"id": number, "name": "a name", "geos": [], "values": values, **more}
    return json.dumps({"indicator": tree}).encode()


def indicator(number: int) -> EsiosIndicator:
    return EsiosIndicator(number=number, token=TOKEN)


def of(number: int, body: bytes) -> Observations:
    (batch,) = indicator(number).parse(body, received_at=NOW)
    return batch


def archived(body: bytes) -> Observations:
    (batch,) = EsiosArchive().parse(body, received_at=NOW)
    return batch


def test_the_archive_is_asked_by_day_and_without_a_key() -> None:
    request = EsiosArchive().request(AUTUMN, AUTUMN)
    assert request.url == "https://api.esios.ree.es/archives/70/download_json"
    assert dict(request.params) == {"locale": "es", "date": "2021-10-31"}
    assert [name for name, _ in request.headers] == ["Accept"]
    with pytest.raises(ValueError, match="one day"):
        EsiosArchive().request(AUTUMN, SPRING)


@pytest.mark.parametrize(
    ("name", "day", "count"),
    [
        ("2021_06_01", date(2021, 6, 1), 24),
        ("2021_10_31", AUTUMN, 25),
        ("2022_03_27", SPRING, 23),
    ],
)
def test_a_recorded_day_file_says_the_same_live_as_imported(
    shared: Path, name: str, day: date, count: int
) -> None:
    path = shared / f"samples/esios/PVPC_CURV_DD_{name}.json"
    batch = archived(path.read_bytes())
    (imported,) = read_file(path, path.read_bytes(), received_at=NOW).observations
    assert len(batch) == count
    assert np.array_equal(batch.start, delivery_periods(day, HOUR))
    assert np.array_equal(batch.start, imported.start)
    assert np.array_equal(batch.value, imported.value)
    assert (batch.source, batch.kind) == (imported.source, Kind.PUBLISHED)


def test_the_hours_of_the_long_day_follow_their_place_not_their_label() -> None:
    batch = archived(day_file("31/10/2021", [f"{n},50" for n in range(25)]))
    assert batch.start[0] == np.datetime64("2021-10-30T22:00:00")
    assert np.unique(np.diff(batch.start)).tolist() == [np.timedelta64(3600, "s")]
    assert batch.value[24] == 0.0245


@pytest.mark.parametrize(
    "body",
    [
        b'{"message":"No values for specified archive"}',
        b'{"PVPC": []}',
        day_file("08/10/2026", ["0,00"] * 24),
        b'{"errors": [{"status": "404", "title": "not found"}]}',
    ],
    ids=["message", "no hours", "only zeros", "404 inside"],
)
def test_a_day_that_is_not_there_yet_is_not_published(body: bytes) -> None:
    with pytest.raises(NotPublished):
        archived(body)


def test_single_hours_of_zero_and_below_are_prices() -> None:
    batch = archived(day_file("08/10/2026", ["0,00", "-4,10", *["12,34"] * 22]))
    assert batch.value[:3].tolist() == [0.0, -0.0041, 0.01234]


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Service Unavailable</html>",
        day_file("08/10/2026", ["1,00"] * 24)[:-30],
        b"",
        b'{"status": 500, "error": "Internal Server Error"}',
        b'{"errors": [{"status": "503"}]}',
    ],
    ids=["web page", "cut off", "empty", "error 500", "error 503"],
)
def test_a_service_out_of_order_is_unavailable(body: bytes) -> None:
    with pytest.raises(SourceUnavailable):
        archived(body)


@pytest.mark.parametrize(
    "body",
    [
        day_file("31/10/2021", ["1,00"] * 24),
        day_file("01/06/2022", ["1.00"] * 24),
        day_file("01/06/2022", ["n/a"] * 24),
        day_file("01/06/2022", ["999999,00"] * 24),
        day_file("2022-06-01", ["1,00"] * 24),
        b'{"PVPC": {}}',
        b'{"PVPC": [1]}',
        b'{"prices": []}',
        b'{"message": "Something else"}',
        b"[]",
        json.dumps({"PVPC": [{"Dia": "31/05/2021", "Hora": "00-01", "GEN": "1,0"}] * 24}).encode(),
    ],
    ids=[
        "24 of 25 hours", "decimal point", "no number", "absurd", "iso day", "no list",
        "no rows", "other object", "other message", "no object", "tariffs before 2021-06",
    ],
)  # fmt: skip
def test_a_day_file_of_another_shape_is_a_changed_source(body: bytes) -> None:
    with pytest.raises(SourceChanged):
        archived(body)


def test_a_day_file_that_is_not_there_may_be_http_404() -> None:
    assert isinstance(EsiosArchive().classify(404, b"<html>404</html>"), NotPublished)
    assert isinstance(EsiosArchive().classify(400, b"<html>400</html>"), SourceRejected)
    told = EsiosArchive().classify(400, b'{"message": "Invalid date"}')
    assert "Invalid date" in told.detail


def test_an_indicator_is_asked_by_local_day_and_place_with_the_key_in_a_header() -> None:
    request = indicator(600).request(AUTUMN, date(2021, 11, 30))
    assert request.url == "https://api.esios.ree.es/indicators/600"
    assert dict(request.params) == {
        "start_date": "2021-10-31T00:00",
        "end_date": "2021-11-30T23:59",
        "geo_ids[]": "3",
    }
    assert ("x-api-key", TOKEN) in request.headers
    assert ("Accept", "application/json; application/vnd.esios-api-v2+json") in request.headers


def test_the_key_shows_nowhere_but_in_the_header() -> None:
    upstream = indicator(1001)
    request = upstream.request(AUTUMN, AUTUMN)
    assert TOKEN not in repr(upstream)
    assert TOKEN not in request.url + repr(request.params)


def test_a_refused_key_needs_a_person_and_is_not_told() -> None:
    def denied(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(401, text=f"HTTP Token: Access denied ({TOKEN}).")

    upstream = EsiosIndicator(number=600, token=TOKEN, base_url="http://127.0.0.1")
    with (
        Transport(network=httpx2.MockTransport(denied)) as transport,
        pytest.raises(SourceRejected, match="check the key") as caught,
    ):
        Source(upstream, transport).fetch(AUTUMN, AUTUMN, now=NOW)
    assert TOKEN not in str(caught.value)


def test_each_indicator_has_its_feed_and_its_series() -> None:
    assert {number: indicator(number).series for number in FEEDS} == {
        1001: (PVPC,),
        600: (SPOT,),
        1775: (DAY_AHEAD["demand"],),
        1777: (DAY_AHEAD["wind"],),
        1779: (DAY_AHEAD["solar"],),
    }
    assert len({indicator(number).feed for number in FEEDS}) == 5


@pytest.mark.parametrize("number", [541, 10211, 460])
def test_indicators_that_are_overwritten_are_not_to_be_had(number: int) -> None:
    with pytest.raises(ValueError, match="is not one of"):
        indicator(number)


@pytest.mark.parametrize(
    ("name", "day", "count"),
    [
        ("2021_06_01", date(2021, 6, 1), 24),
        ("2021_10_31", AUTUMN, 25),
        ("2024_03_09", date(2024, 3, 9), 24),
    ],
)
def test_a_recorded_1001_gives_the_peninsula_its_hours_in_eur_per_kwh(
    shared: Path, name: str, day: date, count: int
) -> None:
    path = shared / f"samples/esios/PRICES_ESIOS_1001_{name}.json"
    batch = of(1001, path.read_bytes())
    (imported,) = read_file(path, path.read_bytes(), received_at=NOW).observations
    assert len(batch) == count
    assert np.array_equal(batch.start, delivery_periods(day, HOUR))
    assert np.array_equal(batch.value, imported.value)


@pytest.mark.parametrize("day", ["2021_06_01", "2021_10_31"])
def test_the_recorded_indicator_and_the_recorded_day_file_agree(shared: Path, day: str) -> None:
    folder = shared / "samples/esios"
    batch = of(1001, (folder / f"PRICES_ESIOS_1001_{day}.json").read_bytes())
    other = archived((folder / f"PVPC_CURV_DD_{day}.json").read_bytes())
    assert np.array_equal(batch.start, other.start)
    assert np.array_equal(batch.value, other.value)


@pytest.mark.parametrize("number", [1739, 10211])
def test_recorded_answers_of_other_indicators_are_refused(shared: Path, number: int) -> None:
    body = (shared / f"samples/esios/PRICES_ESIOS_{number}_2021_10_31.json").read_bytes()
    with pytest.raises(SourceChanged, match="is not of indicator 600"):
        of(600, body)


def test_datetime_utc_is_never_read() -> None:
    values = entries(AUTUMN, HOUR, (8741,))
    assert {row["datetime_utc"] for row in values} == {"2000-01-01T00:00:00Z"}
    assert len(of(1001, answer(1001, values))) == 25


def test_spot_is_that_of_spain_among_countries_that_alternate() -> None:
    day = date(2025, 10, 26)
    batch = of(600, answer(600, entries(day, QUARTER, (1, 2, 3, 8826, 8827, 8828))))
    assert np.array_equal(batch.start, delivery_periods(day, QUARTER))
    assert batch.value[:2].tolist() == [53.0, 54.0]


def test_places_that_geos_leaves_out_are_read_all_the_same() -> None:
    listed = [{"geo_id": 1, "geo_name": "Portugal"}]
    values = entries(date(2025, 10, 26), QUARTER, (1, 3))
    assert len(of(600, answer(600, values, geos=listed))) == 100


def test_values_of_other_places_only_are_a_changed_source() -> None:
    with pytest.raises(SourceChanged, match="no value for geo 3; geos there: 1, 2"):
        of(600, answer(600, entries(AUTUMN, HOUR, (1, 2))))


@pytest.mark.parametrize("day", [date(2025, 3, 30), date(2025, 9, 30)])
def test_four_equal_quarters_before_the_quarter_hour_market_are_one_hourly_price(day: date) -> None:
    values = entries(day, QUARTER, (1, 3))
    for row in values:
        row["value"] = float(row["tz_time"][11:13])
    batch = of(600, answer(600, values))
    assert np.array_equal(batch.start, delivery_periods(day, HOUR))
    assert set(batch.resolution_s) == {3600}


def test_the_last_hourly_and_the_first_quarter_hourly_day_come_in_one_answer() -> None:
    before, after = date(2025, 9, 30), date(2025, 10, 1)
    values = entries(before, QUARTER, (3,), base=0)
    for n, row in enumerate(values):
        row["value"] = n // 4
    batch = of(600, answer(600, values + entries(after, QUARTER, (3,))))
    assert batch.resolution_s.tolist() == [3600] * 24 + [900] * 96


def test_unequal_quarters_before_it_and_hours_after_it_are_a_changed_source() -> None:
    with pytest.raises(SourceChanged, match="prices are hourly"):
        of(600, answer(600, entries(date(2025, 9, 30), QUARTER, (3,))))
    with pytest.raises(SourceChanged, match="2025-10-01 has hourly prices"):
        of(600, answer(600, entries(date(2025, 10, 1), HOUR, (3,))))


def test_a_first_quarter_hour_of_the_next_day_is_one_of_quarter_hours() -> None:
    values = entries(date(2025, 10, 1), QUARTER, (3,))
    values.append(entries(date(2025, 10, 2), QUARTER, (3,))[0])
    assert len(of(600, answer(600, values))) == 97


@pytest.mark.parametrize("number", [1775, 1777, 1779])
def test_forecasts_for_a_day_stay_in_megawatts_and_are_published(number: int) -> None:
    batch = of(number, answer(number, entries(date(2025, 10, 26), HOUR, (8741,), base=10_000)))
    assert batch.kind is Kind.PUBLISHED
    assert len(batch) == 25
    assert batch.value[0] == 10_041.0


def test_a_forecast_became_known_on_the_day_before() -> None:
    batch = of(1777, answer(1777, entries(date(2025, 10, 26), HOUR, (8741,))))
    assert {str(at) for at in batch.available_at} == {"2025-10-25T16:00:00"}
    assert batch.inferred.all()


def test_no_values_and_nulls_only_are_not_published() -> None:
    nothing = answer(1001, [], values_updated_at=None)
    nulls = answer(1001, [{**row, "value": None} for row in entries(AUTUMN, HOUR, (8741,))])
    for body in (nothing, nulls):
        with pytest.raises(NotPublished):
            of(1001, body)


def test_a_null_is_a_value_that_is_not_there() -> None:
    values = entries(AUTUMN, HOUR, (8741,))
    values[3]["value"] = None
    assert len(of(1001, answer(1001, values))) == 24


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", "50,1"),
        ("value", True),
        ("value", 1e9),
        ("value", float("nan")),
        ("datetime", "2021-10-31T00:00:00"),
        ("datetime", "0001-01-01T00:00:00+01:00"),
        ("datetime", "9999-12-31T23:00:00+00:00"),
        ("datetime", None),
        ("tz_time", "2021-10-31T05:00:00.000Z"),
    ],
)
def test_a_value_of_another_shape_is_a_changed_source(field: str, value: Any) -> None:
    values = entries(AUTUMN, HOUR, (8741,))
    del values[0]["tz_time"]
    values[0 if field == "datetime" else 1][field] = value
    with pytest.raises(SourceChanged):
        of(1001, answer(1001, values))


@pytest.mark.parametrize(
    "body",
    [b'{"indicator": []}', b'{"indicator": {"id": 1001}}', answer(1001, {}), answer(1001, [3])],
)
def test_an_indicator_of_another_shape_is_a_changed_source(body: bytes) -> None:
    with pytest.raises(SourceChanged):
        of(1001, body)


def test_a_refused_question_says_what_the_service_said() -> None:
    assert "Invalid" in indicator(600).classify(400, b'{"message": "Invalid date"}').detail
    assert isinstance(indicator(600).classify(404, b"<html>"), SourceRejected)
