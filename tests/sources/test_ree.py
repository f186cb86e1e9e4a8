"""REData's price widget: what its answers mean, and which of them are refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from chocolate_factory.errors import (
    NotPublished,
    SourceChanged,
    SourceError,
    SourceRejected,
    SourceUnavailable,
)
from chocolate_factory.market.calendar import MADRID, delivery_periods, to_datetime, to_datetime64
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.sources.base import Source, Upstream
from chocolate_factory.sources.ree import Ree
from chocolate_factory.sources.ree_demand import ReeDemand
from chocolate_factory.sources.ree_generation import ReeGeneration
from chocolate_factory.sources.transport import Limits, Transport

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
FIRST_QUARTERLY = date(2025, 10, 1)
EVENING_BEFORE = datetime(2025, 9, 30, 18, 30, tzinfo=UTC)
REFUSAL = {"errors": [{"status": "400", "title": "Error Interno", "detail": "Inténtelo de nuevo."}]}

Row = dict[str, Any]


def rows(day: date, step: timedelta, *, base: float = 50.0) -> list[Row]:
    """A day's values ``base, base + 0.01, …`` at Madrid times with their offset."""
    return [
        {
            "value": round(base + n / 100, 2),
            "percentage": 0.5,
            "datetime": to_datetime(start).astimezone(MADRID).isoformat(timespec="milliseconds"),
        }
        for n, start in enumerate(delivery_periods(day, step))
    ]


def entry(series_id: str, values: Any, *, title: str = "a title") -> dict[str, Any]:
    attributes = {"title": title, "color": "#ffcf09", "values": values}
    return {"type": title, "id": series_id, "groupId": None, "attributes": attributes}


def answer(*included: dict[str, Any]) -> bytes:
    return json.dumps({"data": {"id": "mer13"}, "included": included}).encode()


def parsed(body: bytes, at: datetime = EVENING_BEFORE) -> dict[SeriesKey, Observations]:
    return {batch.key: batch for batch in Ree().parse(body, received_at=at)}


def spot_of(values: Sequence[Row], at: datetime = EVENING_BEFORE) -> Observations:
    return parsed(answer(entry("600", list(values))), at)[SPOT]


def test_the_question_is_in_local_wall_time_and_ends_before_the_next_day() -> None:
    request = Ree().request(date(2025, 10, 26), date(2025, 10, 27))
    assert request.url == ("https://apidatos.ree.es/es/datos/mercados/precios-mercados-tiempo-real")
    assert dict(request.params) == {
        "start_date": "2025-10-26T00:00",
        "end_date": "2025-10-27T23:59",
        "time_trunc": "hour",
    }
    assert ("Accept", "application/json") in request.headers


def test_pvpc_becomes_euro_per_kilowatt_hour_and_spot_stays_per_megawatt_hour() -> None:
    batches = parsed(
        answer(
            entry("1001", rows(FIRST_QUARTERLY, HOUR, base=183.18)),
            entry("600", rows(FIRST_QUARTERLY, QUARTER, base=-4.0)),
        )
    )
    assert batches[PVPC].value[0] == 0.18318
    assert batches[SPOT].value[0] == -4.0
    assert {batch.kind for batch in batches.values()} == {Kind.PUBLISHED}
    assert {batch.source for batch in batches.values()} == {"ree"}


def test_pvpc_stays_hourly_on_the_first_quarter_hour_day_and_spot_does_not() -> None:
    batches = parsed(
        answer(
            entry("1001", rows(FIRST_QUARTERLY, HOUR)),
            entry("600", rows(FIRST_QUARTERLY, QUARTER)),
        )
    )
    assert (len(batches[PVPC]), len(batches[SPOT])) == (24, 96)
    assert set(batches[PVPC].resolution_s) == {3600}
    assert set(batches[SPOT].resolution_s) == {900}


@pytest.mark.parametrize(
    ("day", "step", "count"),
    [
        (date(2025, 3, 30), HOUR, 23),
        (date(2024, 10, 27), HOUR, 25),
        (date(2025, 9, 30), HOUR, 24),
        (date(2025, 10, 26), QUARTER, 100),
        (date(2026, 3, 29), QUARTER, 92),
    ],
)
def test_days_of_every_length_keep_each_of_their_periods(
    day: date, step: timedelta, count: int
) -> None:
    batch = spot_of(rows(day, step))
    assert len(batch) == count
    assert np.array_equal(batch.start, delivery_periods(day, step))


def test_the_second_two_o_clock_of_the_long_day_is_told_by_its_offset() -> None:
    values = [
        {"value": 10.0, "datetime": "2024-10-27T02:00:00.000+02:00"},
        {"value": 20.0, "datetime": "2024-10-27T02:00:00.000+01:00"},
    ]
    batch = spot_of(values)
    assert [str(start) for start in batch.start] == ["2024-10-27T00:00:00", "2024-10-27T01:00:00"]
    assert batch.value.tolist() == [10.0, 20.0]


def test_the_place_in_the_list_means_nothing() -> None:
    values = rows(FIRST_QUARTERLY, QUARTER)
    assert np.array_equal(spot_of(values[::-1]).value, spot_of(values).value)


def test_the_order_of_the_series_and_their_titles_mean_nothing() -> None:
    pvpc, spot = rows(FIRST_QUARTERLY, HOUR, base=180), rows(FIRST_QUARTERLY, QUARTER)
    old = parsed(
        answer(
            entry("1001", pvpc, title="PVPC (€/MWh)"),
            entry("600", spot, title="Precio mercado spot (€/MWh)"),
        )
    )
    new = parsed(answer(entry("600", spot, title="PVPC"), entry("1001", pvpc, title="Spot")))
    for key in (PVPC, SPOT):
        assert np.array_equal(old[key].value, new[key].value)


def test_series_of_other_ids_are_left_alone() -> None:
    foreign = entry("1293", [{"value": 27000, "datetime": "not read"}])
    assert list(parsed(answer(foreign, entry("600", rows(FIRST_QUARTERLY, QUARTER))))) == [SPOT]


def test_an_id_sent_as_a_number_is_the_same_id() -> None:
    body = answer({**entry("600", rows(FIRST_QUARTERLY, QUARTER)), "id": 600})
    assert list(parsed(body)) == [SPOT]


def test_spot_without_pvpc_is_what_an_afternoon_looks_like() -> None:
    assert list(parsed(answer(entry("600", rows(FIRST_QUARTERLY, QUARTER))))) == [SPOT]


def test_a_series_that_is_there_but_empty_is_passed_over() -> None:
    body = answer(entry("1001", rows(FIRST_QUARTERLY, HOUR)), entry("600", []))
    assert list(parsed(body)) == [PVPC]


@pytest.mark.parametrize(
    "body",
    [answer(), answer(entry("1001", []), entry("600", [])), json.dumps(REFUSAL).encode()],
    ids=["no series", "empty series", "error envelope"],
)
def test_nothing_yet_is_not_published(body: bytes) -> None:
    with pytest.raises(NotPublished):
        parsed(body)


def test_a_null_is_a_value_that_is_not_there_not_a_zero() -> None:
    values = rows(FIRST_QUARTERLY, QUARTER)
    values[5]["value"] = None
    batch = spot_of(values)
    assert len(batch) == 95
    assert to_datetime64(datetime(2025, 9, 30, 23, 15, tzinfo=UTC)) not in batch.start


def test_a_row_given_twice_counts_once() -> None:
    values = rows(FIRST_QUARTERLY, QUARTER)
    assert len(spot_of([*values, values[7]])) == 96


def test_a_period_with_two_prices_is_refused() -> None:
    values = rows(FIRST_QUARTERLY, QUARTER)
    with pytest.raises(SourceChanged, match="two different values"):
        spot_of([*values, {**values[7], "value": 99.0}])


def test_a_quarter_hour_day_answered_in_hours_is_refused() -> None:
    with pytest.raises(SourceChanged, match="2025-10-01 has hourly prices"):
        spot_of([*rows(date(2025, 9, 30), HOUR), *rows(FIRST_QUARTERLY, HOUR)])


def test_an_hourly_day_answered_in_unequal_quarters_is_refused() -> None:
    with pytest.raises(SourceChanged, match=r"T22:00:00Z has 4 quarter-hours from 50 to 50\.03"):
        spot_of(rows(date(2025, 9, 30), QUARTER))


def test_an_hourly_day_answered_in_equal_quarters_is_its_hours() -> None:
    """The indicator is on a quarter-hour grid from 2025-01-01, the market from 2025-10-01."""
    values = rows(date(2025, 9, 30), QUARTER)
    for n, row in enumerate(values):
        row["value"] = float(n // 4)
    batch = spot_of([*values, *rows(FIRST_QUARTERLY, QUARTER)])
    assert len(batch) == 24 + 96
    assert batch.value[:24].tolist() == [float(n) for n in range(24)]
    assert np.array_equal(batch.start[:24], delivery_periods(date(2025, 9, 30), HOUR))


def test_pvpc_off_the_hour_is_refused() -> None:
    with pytest.raises(SourceChanged, match="not the start of a delivery period"):
        parsed(answer(entry("1001", rows(FIRST_QUARTERLY, QUARTER))))


@pytest.mark.parametrize(
    "value", ["50,5", "50.5", True, float("nan"), float("inf"), [50.5], 99999.0]
)
def test_a_price_that_is_no_plausible_number_is_refused(value: Any) -> None:
    values = rows(FIRST_QUARTERLY, QUARTER)
    values[3]["value"] = value
    with pytest.raises(SourceChanged):
        spot_of(values)


@pytest.mark.parametrize(
    "stamp",
    ["2025-10-01T00:00:00.000", "01/10/2025 00:00", None, 1759269600, "0001-01-01T00:00:00+02:00"],
)
def test_a_time_that_is_no_instant_is_refused(stamp: Any) -> None:
    values = rows(FIRST_QUARTERLY, QUARTER)
    values[3]["datetime"] = stamp
    with pytest.raises(SourceChanged):
        spot_of(values)


@pytest.mark.parametrize(
    "body",
    [
        answer(entry("1293", [])),
        answer(entry("600", None)),
        answer({"id": "600"}),
        answer(entry("600", [])) .replace(b"included", b"series"),
        answer(entry("600", []), entry("600", [])),
        answer(entry("600", [{"price": 1.0}])),
        answer(entry("600", ["1.0"])),
        b"[]",
    ],
    ids=[
        "neither id", "no values", "no attributes", "no included", "series twice", "no value key",
        "rows no objects", "no object",
    ],
)  # fmt: skip
def test_another_shape_is_a_changed_source(body: bytes) -> None:
    with pytest.raises(SourceChanged, match="nothing of this answer is stored"):
        parsed(body)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><head><title>Request unsuccessful. Incapsula incident</title></head></html>",
        answer(entry("600", rows(FIRST_QUARTERLY, QUARTER)))[:-200],
        b"",
    ],
    ids=["web page", "cut off", "empty"],
)
def test_a_body_that_is_no_answer_is_unavailable(body: bytes) -> None:
    with pytest.raises(SourceUnavailable):
        parsed(body)


def test_prices_became_known_when_they_were_received() -> None:
    batch = spot_of(rows(FIRST_QUARTERLY, QUARTER))
    assert set(batch.available_at) == {to_datetime64(EVENING_BEFORE)}
    assert not batch.inferred.any()


def test_old_prices_count_as_known_from_their_publication_time() -> None:
    received = datetime(2026, 1, 1, tzinfo=UTC)
    batches = parsed(
        answer(
            entry("1001", rows(FIRST_QUARTERLY, HOUR)),
            entry("600", rows(FIRST_QUARTERLY, QUARTER)),
        ),
        received,
    )
    assert {str(at) for at in batches[SPOT].available_at} == {"2025-09-30T11:00:00"}
    assert {str(at) for at in batches[PVPC].available_at} == {"2025-09-30T18:15:00"}
    assert batches[SPOT].inferred.all()


def test_the_name_it_is_given_is_the_source_of_its_values() -> None:
    simulated = Ree(name="simulation:ree", base_url="http://127.0.0.1:1")
    (batch,) = simulated.parse(
        answer(entry("600", rows(FIRST_QUARTERLY, QUARTER))), received_at=EVENING_BEFORE
    )
    assert batch.simulated


def test_a_refused_request_with_the_envelope_is_not_published() -> None:
    error = Ree().classify(400, json.dumps(REFUSAL).encode())
    assert isinstance(error, NotPublished)
    assert "Inténtelo de nuevo" in error.detail


@pytest.mark.parametrize(
    "body", [b"<html>404</html>", b"", b'{"message": "gone"}', b'{"errors": []}']
)
def test_a_refused_request_without_the_envelope_needs_a_person(body: bytes) -> None:
    assert isinstance(Ree().classify(404, body), SourceRejected)


INCAPSULA = b"<html><head><title>Request unsuccessful. Incapsula incident</title></head></html>"
SYMFONY = b"<!DOCTYPE html><html><body>Whoops, looks like something went wrong.</body></html>"
GATEWAY = json.dumps({"errors": [{"status": "502", "title": "Error Interno"}]}).encode()


@pytest.mark.parametrize("upstream", [Ree(), ReeGeneration(), ReeDemand()])
@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, json.dumps(REFUSAL).encode(), NotPublished),
        (403, INCAPSULA, SourceRejected),
        (200, INCAPSULA, SourceUnavailable),
        (500, SYMFONY, SourceUnavailable),
        (502, GATEWAY, SourceUnavailable),
        (200, GATEWAY, SourceUnavailable),
    ],
    ids=["400", "403 Incapsula", "200 Incapsula", "500 page", "502", "502 behind 200"],
)
def test_what_redata_answers_instead_of_values_is_told_apart(
    upstream: Upstream, status: int, body: bytes, error: type[SourceError]
) -> None:
    def wire(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, content=body)

    once = Limits(attempts=1, spacing_s=0.0)
    with (
        Transport(once, network=httpx2.MockTransport(wire)) as transport,
        pytest.raises(error),
    ):
        Source(upstream, transport).fetch(FIRST_QUARTERLY, FIRST_QUARTERLY, now=EVENING_BEFORE)


def test_the_recorded_excerpt_of_the_widget_is_read(shared: Path) -> None:
    body = (
        shared / "samples/ree_apidatos/precios-mercados-tiempo-real_2026-07-26_ABRIDGED.json"
    ).read_bytes()
    batches = parsed(body, datetime(2026, 7, 25, 19, tzinfo=UTC))
    assert list(batches) == [PVPC]
    assert batches[PVPC].value.tolist() == [0.18318]
    assert [str(start) for start in batches[PVPC].start] == ["2026-07-25T22:00:00"]


def test_the_recorded_refusals_are_understood(shared: Path) -> None:
    folder = shared / "samples/ree_apidatos"
    refused = Ree().classify(400, (folder / "error_400.json").read_bytes())
    gateway = Ree().classify(400, (folder / "error_502.json").read_bytes())
    assert isinstance(refused, NotPublished)
    assert isinstance(gateway, SourceUnavailable)


def test_the_recorded_answer_of_another_widget_is_refused(shared: Path) -> None:
    body = (shared / "samples/ree_apidatos/demanda-tiempo-real_2022-09-12_first4.json").read_bytes()
    with pytest.raises(SourceChanged, match="none of the series"):
        parsed(body)
