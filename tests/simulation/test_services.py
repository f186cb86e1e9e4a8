"""REData, ESIOS and OMIE of one simulated market, read by the clients of production.

They speak of one truth in formats of their own: what one says, the others say to the last digit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2
import numpy as np
import pytest

from chocolate_factory.errors import NotPublished, SourceRejected
from chocolate_factory.market.calendar import (
    HOUR,
    MADRID,
    day_bounds,
    delivery_periods,
    to_datetime64,
)
from chocolate_factory.market.catalog import DAY_AHEAD, DEMAND, GENERATION, PVPC, SPOT
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.simulation import esios, omie, redata
from chocolate_factory.simulation.answer import KEY, Answer
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.simulation.power_system import DEMAND_STEP, SimulatedPowerSystem
from chocolate_factory.sources.base import Source, Upstream
from chocolate_factory.sources.esios_live import FEEDS, EsiosArchive, EsiosIndicator
from chocolate_factory.sources.omie_live import Omie
from chocolate_factory.sources.ree import Ree
from chocolate_factory.sources.ree_demand import ReeDemand
from chocolate_factory.sources.ree_generation import ReeGeneration
from chocolate_factory.sources.transport import Transport

NOW = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
ROOT = "http://127.0.0.1"
AWKWARD = (
    date(2024, 10, 27),  # 25 hours
    date(2025, 3, 30),  # 23 hours, on ESIOS in quarter-hours
    date(2025, 9, 30),  # the last hourly day
    date(2025, 10, 1),  # the first quarter-hourly day
    date(2025, 10, 26),  # 100 quarter-hours
    date(2025, 12, 31),
    date(2026, 3, 29),  # 92 quarter-hours
)


class Services:
    """The three services of a seed at an instant that a test moves by hand."""

    def __init__(self, seed: int) -> None:
        self.market = SimulatedMarket(seed)
        self.system = SimulatedPowerSystem(self.market)
        self.now = NOW
        self.asked: list[httpx2.Request] = []
        self.transport = Transport(network=httpx2.MockTransport(self.wire))

    def wire(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        query, headers = dict(request.url.params), dict(request.headers)
        answer = self.respond(request.url.path, query, headers)
        return httpx2.Response(
            answer.status, content=answer.body, headers={"Content-Type": answer.content_type}
        )

    def respond(self, path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        if path.startswith(redata.PREFIXES):
            return redata.answer(path, query, self.market, self.system, now=self.now)
        if path in omie.PATHS:
            return omie.answer(path, query, self.market, now=self.now)
        return esios.answer(path, query, headers, self.market, self.system, now=self.now)

    def fetch(
        self, upstream: Upstream, first: date, last: date | None = None
    ) -> dict[SeriesKey, Observations]:
        batches = Source(upstream, self.transport).fetch(first, last or first, now=self.now)
        return {batch.key: batch for batch in batches}

    def json(self, path: str, headers: dict[str, str] | None = None, **query: str) -> Any:
        return json.loads(self.respond(path, query, headers or {}).body)


@pytest.fixture
def services() -> Iterator[Services]:
    each = Services(1)
    with each.transport:
        yield each


def indicator(number: int, *, token: str = KEY) -> EsiosIndicator:
    return EsiosIndicator(number=number, token=token, base_url=ROOT, name="simulation:esios")


REE = Ree(base_url=ROOT, name="simulation:ree")
GENERATION_OF_REE = ReeGeneration(base_url=ROOT, name="simulation:ree")
DEMAND_OF_REE = ReeDemand(base_url=ROOT, name="simulation:ree")
ARCHIVE = EsiosArchive(base_url=ROOT, name="simulation:esios")
OMIE = Omie(base_url=ROOT, name="simulation:omie")


@pytest.mark.parametrize("day", AWKWARD)
def test_pvpc_is_the_same_from_redata_the_archive_and_the_indicator(
    services: Services, day: date
) -> None:
    batches = [services.fetch(each, day)[PVPC] for each in (REE, ARCHIVE, indicator(1001))]
    for batch in batches:
        assert np.array_equal(batch.start, delivery_periods(day, HOUR))
        assert np.array_equal(batch.value, services.market.pvpc(day, day)[1])


@pytest.mark.parametrize("day", AWKWARD)
def test_spot_is_the_same_from_redata_esios_and_omie(services: Services, day: date) -> None:
    start, eur_mwh = services.market.spot(day, day)
    for batch in (services.fetch(each, day)[SPOT] for each in (REE, indicator(600), OMIE)):
        assert np.array_equal(batch.start, start)
        assert np.array_equal(batch.value, eur_mwh)


def test_a_year_with_negative_prices_and_zeros_agrees_day_for_day(services: Services) -> None:
    first, last = date(2026, 3, 1), date(2026, 5, 31)
    batches = [services.fetch(each, first, last)[SPOT] for each in (REE, indicator(600), OMIE)]
    assert (batches[0].value < 0).any()
    assert (batches[0].value == 0).any()
    for batch in batches[1:]:
        assert np.array_equal(batch.start, batches[0].start)
        assert np.array_equal(batch.value, batches[0].value)


def test_what_arrives_is_marked_as_simulated(services: Services) -> None:
    day = date(2026, 5, 5)
    for upstream in (REE, ARCHIVE, indicator(600), OMIE, GENERATION_OF_REE, DEMAND_OF_REE):
        assert all(batch.simulated for batch in services.fetch(upstream, day).values())


@pytest.mark.parametrize(
    ("upstream", "clock"),
    [
        (OMIE, (13, 0)),
        (indicator(600), (13, 0)),
        (ARCHIVE, (20, 15)),
        (indicator(1001), (20, 15)),
        (indicator(1777), (18, 0)),
    ],
)
def test_tomorrow_is_not_published_before_its_hour(
    services: Services, upstream: Upstream, clock: tuple[int, int]
) -> None:
    tomorrow = date(2026, 3, 29)
    due = datetime(2026, 3, 28, *clock, tzinfo=MADRID)
    services.now = due - timedelta(minutes=1)
    with pytest.raises(NotPublished):
        services.fetch(upstream, tomorrow)
    services.now = due
    (batch,) = services.fetch(upstream, tomorrow).values()
    assert set(batch.available_at) == {to_datetime64(due)}


def test_a_first_version_that_is_not_there_is_found_under_a_later_number(
    services: Services,
) -> None:
    days = [date(2023, 1, 1) + timedelta(days=n) for n in range(1200)]
    versions = [omie.version(day, services.market.seed) for day in days]
    assert set(versions) == {1, 2, 3}
    assert versions.count(1) > 1100
    for version in (2, 3):
        day = days[versions.index(version)]
        services.asked.clear()
        assert len(services.fetch(OMIE, day)[SPOT]) == len(services.market.spot(day, day)[0])
        assert len(services.asked) == version


def omie_lines(services: Services, day: date) -> list[str]:
    name = f"marginalpdbc_{day:%Y%m%d}.{omie.version(day, services.market.seed)}"
    query = {"parents": "marginalpdbc", "filename": name}
    return services.respond("/es/file-download", query, {}).body.decode("ascii").split("\r\n")


def test_an_omie_file_is_written_as_omie_writes_it(services: Services) -> None:
    lines = omie_lines(services, date(2025, 10, 1))
    assert (lines[0], lines[-2:], len(lines)) == ("MARGINALPDBC;", ["*", ""], 99)
    assert lines[1].startswith("2025;10;01;1;")
    prices = [price for line in lines[1:-2] for price in line.split(";")[4:6]]
    assert not any(price.endswith("0") and "." in price for price in prices)


def test_portugal_has_prices_of_its_own_the_same_on_omie_and_esios(services: Services) -> None:
    days = [date(2025, 10, 1) + timedelta(days=n) for n in range(6)]
    lines = [line for day in days for line in omie_lines(services, day)[1:-2]]
    portugal, spain = ([float(line.split(";")[column]) for line in lines] for column in (4, 5))
    assert 0 < np.mean(np.array(portugal) != spain) < 0.3
    rows = values_of(services, 600, "2025-10-01", "2025-10-06")
    assert [row["value"] for row in rows if row["geo_id"] == 1] == portugal
    assert [row["value"] for row in rows if row["geo_id"] == 3] == spain


@pytest.mark.parametrize("name", ["marginalpdbc_20251001.9", "marginalpdbc_20251399.1", "x", ""])
def test_an_omie_file_that_is_not_there_is_a_web_page_with_status_200(
    services: Services, name: str
) -> None:
    query = {"parents": "marginalpdbc", "filename": name}
    answer = services.respond("/es/file-download", query, {})
    assert answer.status == 200
    assert answer.body.startswith(b"<!DOCTYPE html>")


def test_the_archive_labels_the_long_day_up_to_24_25_and_writes_commas(services: Services) -> None:
    document = services.json(esios.ARCHIVE_PATH, locale="es", date="2025-10-26")
    rows = document["PVPC"]
    assert [row["Hora"] for row in rows] == [f"{n:02d}-{n + 1:02d}" for n in range(25)]
    assert {row["Dia"] for row in rows} == {"26/10/2025"}
    assert all("," in row["PCB"] and "." not in row["PCB"] for row in rows)


@pytest.mark.parametrize("day", ["2026-11-25", "2021-05-31", "1000-01-01"])
def test_a_day_without_prices_is_a_message_with_status_200(services: Services, day: str) -> None:
    assert services.json(esios.ARCHIVE_PATH, date=day) == {
        "message": "No values for specified archive"
    }


def values_of(services: Services, number: int, first: str, last: str) -> list[dict[str, Any]]:
    document = services.json(
        f"/indicators/{number}",
        {"X-Api-Key": KEY},
        start_date=f"{first}T00:00",
        end_date=f"{last}T23:59",
    )
    return list(document["indicator"]["values"])


def test_datetime_utc_is_wrong_in_the_second_two_o_clock_and_tz_time_is_right(
    services: Services,
) -> None:
    rows = values_of(services, 1001, "2025-10-26", "2025-10-26")[::5]
    assert [row["tz_time"][:13] for row in rows[2:5]] == [
        "2025-10-26T00", "2025-10-26T01", "2025-10-26T02",
    ]  # fmt: skip
    assert [row["datetime_utc"] for row in rows[2:5]] == [
        "2025-10-26T00:00:00Z", "2025-10-26T00:00:00Z", "2025-10-26T02:00:00Z",
    ]  # fmt: skip
    plain = values_of(services, 1001, "2025-10-25", "2025-10-25")
    assert all(row["datetime_utc"][:19] == row["tz_time"][:19] for row in plain)


def test_the_places_of_an_indicator_alternate_and_one_is_not_listed(services: Services) -> None:
    rows = values_of(services, 600, "2025-10-26", "2025-10-26")
    assert [row["geo_id"] for row in rows[:7]] == [1, 2, 3, 8826, 8827, 8828, 1]
    assert len(rows) == 600
    document = services.json(
        "/indicators/600",
        {"x-api-key": KEY},
        start_date="2025-10-26T00:00",
        end_date="2025-10-26T23:59",
    )
    assert 8828 not in {place["geo_id"] for place in document["indicator"]["geos"]}


@pytest.mark.parametrize(
    ("day", "count"),
    [("2024-12-31", 24), ("2025-01-01", 96), ("2025-03-30", 92), ("2025-10-01", 96)],
)
def test_spot_is_drawn_in_quarter_hours_from_2025_on(
    services: Services, day: str, count: int
) -> None:
    spain = [row for row in values_of(services, 600, day, day) if row["geo_id"] == 3]
    assert len(spain) == count


@pytest.mark.parametrize("number", FEEDS)
def test_an_indicator_without_the_key_is_refused(services: Services, number: int) -> None:
    with pytest.raises(SourceRejected, match="check the key") as caught:
        services.fetch(indicator(number, token="wrong"), date(2026, 5, 5))  # noqa: S106
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/indicators/541", {}, 404),
        ("/indicators/600", {}, 400),
        ("/indicators/600", {"start_date": "soon", "end_date": "later"}, 400),
        ("/indicators/600", {"start_date": "2020-01-01", "end_date": "2026-01-01"}, 400),
        ("/indicators/", {}, 404),
        ("/archives/70/download_json", {"date": "soon"}, 400),
    ],
)
def test_a_wrong_question_to_esios_is_refused(
    services: Services, path: str, query: dict[str, str], status: int
) -> None:
    assert services.respond(path, query, {"x-api-key": KEY}).status == status


@pytest.mark.parametrize("what", ["demand", "wind", "solar"])
def test_forecasts_for_a_day_arrive_as_they_were_frozen(services: Services, what: Any) -> None:
    number = {"demand": 1775, "wind": 1777, "solar": 1779}[what]
    first, last = date(2025, 10, 25), date(2025, 10, 27)
    batch = services.fetch(indicator(number), first, last)[DAY_AHEAD[what]]
    start, mw = services.system.day_ahead(what, first, last)
    assert np.array_equal(batch.start, start)
    assert np.array_equal(batch.value, mw)
    assert len(batch) == 73


def test_generation_arrives_by_day_and_technology_as_ragged_as_it_is(services: Services) -> None:
    first, last = date(2025, 10, 1), date(2025, 11, 30)
    batches = services.fetch(GENERATION_OF_REE, first, last)
    start, energy = services.system.generation(first, last)
    assert set(batches) == set(GENERATION.values())
    for technology, key in GENERATION.items():
        there = ~np.isnan(energy[technology])
        assert np.array_equal(batches[key].start, start[there])
        assert np.array_equal(batches[key].value, energy[technology][there])
    assert len(batches[GENERATION["coal"]]) < len(batches[GENERATION["total"]]) == 61


def test_generation_of_a_day_is_public_when_the_catalogue_says(services: Services) -> None:
    day = date(2026, 3, 29)
    services.now = day_bounds(date(2026, 3, 31))[0] - timedelta(seconds=1)
    with pytest.raises(NotPublished):
        services.fetch(GENERATION_OF_REE, day)
    services.now += timedelta(seconds=1)
    assert GENERATION["total"] in services.fetch(GENERATION_OF_REE, day)


@pytest.mark.parametrize(
    "change",
    [{"time_trunc": "hour"}, {"geo_limit": "canarias"}, {"geo_ids": ""}, {"end_date": "soon"}],
)
def test_generation_by_the_hour_and_of_other_systems_is_refused(
    services: Services, change: dict[str, str]
) -> None:
    request = GENERATION_OF_REE.request(date(2026, 5, 5), date(2026, 5, 5))
    query = dict(request.params) | change
    path = "/es/datos/generacion/estructura-generacion"
    assert services.respond(path, query, {}).status == 400


def test_demand_is_measured_until_now_and_foreseen_from_now_on(services: Services) -> None:
    day = date(2026, 11, 22)
    services.now = datetime(2026, 11, 22, 12, 2, tzinfo=MADRID)
    batches = Source(DEMAND_OF_REE, services.transport).fetch(day, day, now=services.now)
    measured, foreseen = batches
    assert (measured.kind, foreseen.kind) == (Kind.MEASURED, Kind.FORECAST)
    start, demand_mw = services.system.demand(day, day)
    assert np.array_equal(measured.value, demand_mw[: 12 * 12])
    assert measured.start[-1] == to_datetime64(services.now) - np.timedelta64(7 * 60, "s")
    assert foreseen.start[0] == to_datetime64(services.now) + np.timedelta64(3 * 60, "s")
    assert foreseen.start[-1] == start[-1]
    assert 0 < np.abs(foreseen.value - demand_mw[145:]).max() < 3000


def test_a_past_day_of_demand_is_whole(services: Services) -> None:
    batches = services.fetch(DEMAND_OF_REE, date(2025, 10, 25), date(2025, 10, 26))
    assert np.array_equal(
        batches[DEMAND].start,
        np.concatenate([delivery_periods(date(2025, 10, n), DEMAND_STEP) for n in (25, 26)]),
    )


def test_demand_speaks_as_redata_does(services: Services) -> None:
    path = "/es/datos/demanda/demanda-tiempo-real"
    query = dict(DEMAND_OF_REE.request(date(2026, 5, 5), date(2026, 5, 5)).params)
    document = services.json(path, **query)
    assert document["data"]["id"] == "dem15"
    assert [series["id"] for series in document["included"]] == ["1293", "545", "544"]
    rows = document["included"][0]["attributes"]["values"]
    assert rows[1]["datetime"] == "2026-05-05T00:05:00.000+02:00"
    assert (
        b"\\u00f3"
        in services.respond(
            "/es/datos/generacion/estructura-generacion",
            dict(GENERATION_OF_REE.request(date(2026, 5, 5), date(2026, 5, 5)).params),
            {},
        ).body
    )


@pytest.mark.parametrize("path", ["/es/datos/otro/widget", "/es/datos/"])
def test_an_unknown_widget_is_refused_with_the_usual_words(services: Services, path: str) -> None:
    answer = services.respond(path, {}, {})
    assert answer.status == 400
    assert b'"status":"400"' in answer.body
