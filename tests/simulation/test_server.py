"""The simulated upstreams over real loopback HTTP, read by the code of production."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from chocolate_factory.errors import NotPublished, SourceRejected
from chocolate_factory.market.calendar import MADRID, day_bounds, periods, to_datetime64
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.simulation.server import SimulatedUpstreams
from chocolate_factory.sources.base import Request, Source
from chocolate_factory.sources.open_meteo import OpenMeteoArchive, OpenMeteoForecast
from chocolate_factory.sources.ree import Ree
from chocolate_factory.sources.transport import Transport

NOW = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


class Clock:
    """An instant that a test moves by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def upstreams(clock: Clock) -> Iterator[SimulatedUpstreams]:
    with SimulatedUpstreams(1, clock) as running:
        yield running


@pytest.fixture
def transport() -> Iterator[Transport]:
    with Transport() as opened:
        yield opened


@pytest.fixture
def prices(upstreams: SimulatedUpstreams, transport: Transport) -> Source:
    return Source(Ree(name="simulation:ree", base_url=upstreams.ree_url), transport)


@pytest.fixture
def forecasts(upstreams: SimulatedUpstreams, transport: Transport) -> Source:
    upstream = OpenMeteoForecast(name="simulation:open-meteo", base_url=upstreams.open_meteo_url)
    return Source(upstream, transport)


@pytest.fixture
def archive(upstreams: SimulatedUpstreams, transport: Transport) -> Source:
    upstream = OpenMeteoArchive(name="simulation:open-meteo", base_url=upstreams.open_meteo_url)
    return Source(upstream, transport)


def fetched(source: Source, first: date, last: date, now: datetime) -> dict[Any, Observations]:
    return {(b.key, b.kind): b for b in source.fetch(first, last, now=now)}


def asked(
    upstreams: SimulatedUpstreams, transport: Transport, path: str, **query: str
) -> dict[str, Any]:
    """A raw answer as JSON, whatever its status."""
    answer = upstreams.respond(path, query)
    wire = Request(f"{upstreams.ree_url}{path}", params=tuple(query.items()))
    if answer.status == 200:
        assert transport.get(wire, source="raw") == answer.body
    return dict(json.loads(answer.body))


WIDGET = "/es/datos/mercados/precios-mercados-tiempo-real"


def test_three_years_of_prices_arrive_as_the_market_made_them(
    prices: Source, upstreams: SimulatedUpstreams
) -> None:
    first, last = date(2023, 11, 23), date(2026, 11, 22)
    batches = fetched(prices, first, last, NOW)
    for key, truth in ((PVPC, upstreams.market.pvpc), (SPOT, upstreams.market.spot)):
        start, value = truth(first, last)
        batch = batches[key, Kind.PUBLISHED]
        assert np.array_equal(batch.start, start)
        assert np.array_equal(batch.value, value)


def test_what_arrives_is_marked_as_simulated(prices: Source, archive: Source) -> None:
    day = date(2026, 11, 1)
    batches = [*prices.fetch(day, day, now=NOW), *archive.fetch(day, day, now=NOW)]
    assert all(batch.simulated for batch in batches)


@pytest.mark.parametrize(
    ("day", "spot", "pvpc"),
    [
        (date(2025, 3, 30), 23, 23),
        (date(2024, 10, 27), 25, 25),
        (date(2025, 9, 30), 24, 24),
        (date(2025, 10, 1), 96, 24),
        (date(2025, 10, 26), 100, 25),
        (date(2026, 3, 29), 92, 23),
    ],
)
def test_days_of_every_length_survive_the_wire(
    prices: Source, day: date, spot: int, pvpc: int
) -> None:
    batches = fetched(prices, day, day, NOW)
    assert len(batches[SPOT, Kind.PUBLISHED]) == spot
    assert len(batches[PVPC, Kind.PUBLISHED]) == pvpc


def test_two_fetches_in_different_chunks_are_the_same_history(prices: Source) -> None:
    first, middle, last = date(2025, 9, 10), date(2025, 10, 17), date(2025, 11, 20)
    whole = fetched(prices, first, last, NOW)
    early = fetched(prices, first, middle, NOW)
    late = fetched(prices, middle + timedelta(days=1), last, NOW)
    for identity, batch in whole.items():
        parts = [early[identity], late[identity]]
        assert np.array_equal(batch.start, np.concatenate([part.start for part in parts]))
        assert np.array_equal(batch.value, np.concatenate([part.value for part in parts]))


def test_spot_of_tomorrow_appears_at_one_and_pvpc_at_a_quarter_past_eight(
    prices: Source, clock: Clock
) -> None:
    today, tomorrow = date(2026, 3, 28), date(2026, 3, 29)

    def published_at(hour: int, minute: int) -> set[SeriesKey]:
        clock.now = datetime(today.year, today.month, today.day, hour, minute, tzinfo=MADRID)
        try:
            return {batch.key for batch in prices.fetch(tomorrow, tomorrow, now=clock.now)}
        except NotPublished:
            return set()

    assert published_at(12, 59) == set()
    assert published_at(13, 0) == {SPOT}
    assert published_at(20, 14) == {SPOT}
    assert published_at(20, 15) == {PVPC, SPOT}


def test_nothing_is_published_of_a_day_further_off(prices: Source, clock: Clock) -> None:
    with pytest.raises(NotPublished, match="not published yet"):
        prices.fetch(date(2026, 11, 25), date(2026, 12, 5), now=clock.now)


def test_a_span_into_the_future_holds_what_is_published(prices: Source, clock: Clock) -> None:
    clock.now = datetime(2026, 11, 22, 15, 0, tzinfo=MADRID)
    batches = fetched(prices, date(2026, 11, 20), date(2026, 11, 30), clock.now)
    end = day_bounds(date(2026, 11, 22))[1]
    assert batches[PVPC, Kind.PUBLISHED].start.max() == to_datetime64(end - timedelta(hours=1))
    spot_end = day_bounds(date(2026, 11, 23))[1]
    last_quarter = to_datetime64(spot_end - timedelta(minutes=15))
    assert batches[SPOT, Kind.PUBLISHED].start.max() == last_quarter


def test_the_widget_speaks_as_redata_does(
    upstreams: SimulatedUpstreams, transport: Transport
) -> None:
    document = asked(
        upstreams, transport, WIDGET,
        start_date="2026-07-26T00:00", end_date="2026-07-26T23:59", time_trunc="hour",
    )  # fmt: skip
    assert document["data"]["id"] == "mer13"
    assert document["data"]["attributes"]["last-update"] == "2026-07-25T20:15:00.000+02:00"
    assert [series["id"] for series in document["included"]] == ["1001", "600"]
    pvpc, spot = (series["attributes"]["values"] for series in document["included"])
    assert pvpc[0]["datetime"] == spot[0]["datetime"] == "2026-07-26T00:00:00.000+02:00"
    assert spot[-1]["datetime"] == "2026-07-26T23:45:00.000+02:00"
    assert pvpc[0]["percentage"] + spot[0]["percentage"] == pytest.approx(1)


def test_asking_up_to_the_next_midnight_gives_an_hour_of_the_next_day(
    upstreams: SimulatedUpstreams, transport: Transport
) -> None:
    document = asked(
        upstreams, transport, WIDGET,
        start_date="2024-05-01T00:00", end_date="2024-05-02T00:00", time_trunc="hour",
    )  # fmt: skip
    assert [len(series["attributes"]["values"]) for series in document["included"]] == [25, 25]


@pytest.mark.parametrize(
    "query",
    [
        {"start_date": "2026-01-01T00:00", "end_date": "2026-03-31T23:59", "time_trunc": "hour"},
        {"start_date": "2027-02-01T00:00", "end_date": "2027-02-01T23:59", "time_trunc": "hour"},
        {"start_date": "2026-01-02T00:00", "end_date": "2026-01-01T23:59", "time_trunc": "hour"},
        {"start_date": "2026-01-01T00:00", "end_date": "2026-01-01T23:59", "time_trunc": "day"},
        {"start_date": "0001-01-01T00:00", "end_date": "0001-01-01T23:59", "time_trunc": "hour"},
        {"start_date": "yesterday", "end_date": "2026-01-01T23:59", "time_trunc": "hour"},
        {},
    ],
    ids=["three months", "not yet", "backwards", "daily", "antiquity", "no date", "nothing"],
)
def test_whatever_the_widget_refuses_it_refuses_with_the_same_words(
    upstreams: SimulatedUpstreams, query: dict[str, str]
) -> None:
    answer = upstreams.respond(WIDGET, query)
    assert answer.status == 400
    assert b'"status":"400"' in answer.body
    assert b"est\\u00e1n disponibles" in answer.body


def test_another_path_is_a_web_page_that_is_not_parsed(
    upstreams: SimulatedUpstreams, transport: Transport
) -> None:
    with pytest.raises(SourceRejected, match="HTTP 404"):
        transport.get(Request(f"{upstreams.ree_url}/es/datos"), source="raw")


def test_the_archive_holds_the_weather_that_was(
    archive: Source, upstreams: SimulatedUpstreams
) -> None:
    first, last = date(2025, 3, 29), date(2025, 10, 27)
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    hour, truth = upstreams.weather.happened(start, end)
    batches = fetched(archive, first, last, NOW)
    assert {key.name for key, _ in batches} == set(truth)
    for (key, kind), batch in batches.items():
        assert kind is Kind.ANALYSED
        assert np.array_equal(batch.start, hour)
        assert np.array_equal(batch.value, truth[key.name])


def test_the_archive_is_silent_about_the_last_five_days(archive: Source, clock: Clock) -> None:
    batches = fetched(archive, date(2026, 11, 10), date(2026, 11, 22), clock.now)
    newest = max(batch.start.max() for batch in batches.values())
    assert newest == to_datetime64(clock.now - timedelta(days=5, hours=1))


def test_the_archive_of_the_last_days_is_not_published(archive: Source, clock: Clock) -> None:
    with pytest.raises(NotPublished):
        archive.fetch(date(2026, 11, 20), date(2026, 11, 22), now=clock.now)


def test_the_forecast_joins_the_recent_past_to_the_coming_week(
    forecasts: Source, upstreams: SimulatedUpstreams, clock: Clock
) -> None:
    first, last = date(2026, 11, 16), date(2026, 11, 30)
    batches = fetched(forecasts, first, last, clock.now)
    temperature = SeriesKey("temperature", "linares")
    past, ahead = (batches[temperature, kind] for kind in (Kind.ANALYSED, Kind.FORECAST))
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    joined = np.concatenate([past.start, ahead.start])
    assert np.array_equal(joined, periods(start, end, timedelta(hours=1)))
    _, was = upstreams.weather.happened(start, clock.now)
    assert np.array_equal(past.value, was["temperature"])
    assert ahead.start[0] == to_datetime64(clock.now)


def test_a_forecast_is_not_the_truth(
    forecasts: Source, upstreams: SimulatedUpstreams, clock: Clock
) -> None:
    batches = fetched(forecasts, date(2026, 11, 26), date(2026, 11, 28), clock.now)
    seen = batches[SeriesKey("temperature", "linares"), Kind.FORECAST]
    start, end = day_bounds(date(2026, 11, 26))[0], day_bounds(date(2026, 11, 28))[1]
    _, truth = upstreams.weather.happened(start, end)
    assert 0 < np.abs(seen.value - truth["temperature"]).mean() < 8


def test_a_forecast_beyond_its_reach_is_refused_with_the_reason(
    forecasts: Source, clock: Clock
) -> None:
    with pytest.raises(SourceRejected, match="'start_date' is out of allowed range from"):
        forecasts.fetch(date(2026, 12, 20), date(2026, 12, 22), now=clock.now)


def test_another_place_is_refused_rather_than_given_the_weather_of_linares(
    upstreams: SimulatedUpstreams, transport: Transport, clock: Clock
) -> None:
    upstream = OpenMeteoForecast(base_url=upstreams.open_meteo_url, latitude=43.3, longitude=-2.0)
    with pytest.raises(SourceRejected, match="only the weather of Linares"):
        Source(upstream, transport).fetch(NOW.date(), NOW.date(), now=clock.now)


ORDINARY = {
    "latitude": "38.09",
    "longitude": "-3.64",
    "hourly": "wind_speed_10m",
    "start_date": "2026-11-20",
    "end_date": "2026-11-20",
}


def test_wind_is_in_kilometres_per_hour_and_times_are_texts_unless_asked(
    upstreams: SimulatedUpstreams, transport: Transport
) -> None:
    plain = asked(upstreams, transport, "/v1/forecast", **ORDINARY)
    metric = asked(
        upstreams, transport, "/v1/forecast",
        **ORDINARY, wind_speed_unit="ms", timeformat="unixtime",
    )  # fmt: skip
    assert plain["hourly_units"] == {"time": "iso8601", "wind_speed_10m": "km/h"}
    assert metric["hourly_units"] == {"time": "unixtime", "wind_speed_10m": "m/s"}
    assert plain["hourly"]["time"][0] == "2026-11-20T00:00"
    assert metric["hourly"]["time"][0] == 1795132800
    ratio = np.array(plain["hourly"]["wind_speed_10m"]) / metric["hourly"]["wind_speed_10m"]
    assert ratio == pytest.approx(np.full(24, 3.6), rel=0.02)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"latitude": "999"}, "Latitude must be in range of -90 to 90°"),
        ({"latitude": "north"}, "'latitude' must be a number"),
        ({"hourly": "temperature"}, "'temperature'"),
        ({"hourly": ""}, "weather variable"),
        ({"start_date": "20 Nov"}, "must be a date"),
        ({"start_date": "2026-11-21"}, "larger or equals"),
        ({"start_date": "2026-01-01"}, "out of allowed range"),
        ({"wind_speed_unit": "warp"}, "'wind_speed_unit' must be one of"),
        ({"timezone": "Europe/Madrid"}, "'timezone' must be one of"),
        ({"timeformat": "julian"}, "'timeformat' must be one of"),
    ],
)
def test_a_wrong_question_is_refused_with_its_reason(
    upstreams: SimulatedUpstreams, change: dict[str, str], reason: str
) -> None:
    answer = upstreams.respond("/v1/forecast", {**ORDINARY, **change})
    assert answer.status == 400
    document = json.loads(answer.body)
    assert document["error"] is True
    assert reason in document["reason"]


def test_another_seed_answers_differently(transport: Transport, clock: Clock) -> None:
    day = date(2026, 5, 5)
    with SimulatedUpstreams(1, clock) as one, SimulatedUpstreams(2, clock) as two:
        answers = [
            Source(Ree(base_url=each.ree_url), transport).fetch(day, day, now=NOW)
            for each in (one, two)
        ]
    for mine, yours in zip(*answers, strict=True):
        assert (mine.value != yours.value).mean() > 0.5


def test_it_listens_on_loopback_only(upstreams: SimulatedUpstreams) -> None:
    assert upstreams.ree_url.startswith("http://127.0.0.1:")
    port = int(upstreams.ree_url.rsplit(":", 1)[1])
    with socket.socket() as outsider, pytest.raises(OSError, match=r"refused|unreachable|denied"):
        outsider.connect((socket.gethostbyname("127.0.0.2"), port))


def test_it_leaves_no_thread_and_no_open_port_behind(clock: Clock) -> None:
    before = threading.active_count()
    with SimulatedUpstreams(1, clock) as running:
        port = int(running.ree_url.rsplit(":", 1)[1])
        with Transport() as transport:
            source = Source(Ree(base_url=running.ree_url), transport)
            source.fetch(date(2026, 5, 5), date(2026, 5, 5), now=NOW)
    assert threading.active_count() == before
    with socket.socket() as late, pytest.raises(ConnectionRefusedError):
        late.connect(("127.0.0.1", port))


def test_its_address_is_asked_for_in_vain_before_it_runs(clock: Clock) -> None:
    with pytest.raises(RuntimeError, match="not running"):
        _ = SimulatedUpstreams(1, clock).ree_url


def test_requests_side_by_side_are_all_answered(
    upstreams: SimulatedUpstreams, transport: Transport
) -> None:
    source = Source(Ree(base_url=upstreams.ree_url), transport)
    days = [date(2026, 5, day) for day in range(1, 9)]
    values: dict[date, float] = {}

    def fetch(day: date) -> None:
        values[day] = float(source.fetch(day, day, now=NOW)[0].value.sum())

    threads = [threading.Thread(target=fetch, args=(day,)) for day in days]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    truth = {day: float(upstreams.market.pvpc(day, day)[1].sum()) for day in days}
    assert values == pytest.approx(truth)
