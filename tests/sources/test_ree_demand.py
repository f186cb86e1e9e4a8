"""REData's demand widget: measured and foreseen, every 5 minutes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chocolate_factory.errors import NotPublished, SourceChanged, SourceUnavailable
from chocolate_factory.market.calendar import MADRID, delivery_periods, to_datetime, to_datetime64
from chocolate_factory.market.catalog import DEMAND
from chocolate_factory.market.series import Kind, Observations
from chocolate_factory.sources.ree_demand import ReeDemand

STEP = timedelta(minutes=5)
DAY = date(2025, 10, 26)
NOON = datetime(2025, 10, 26, 11, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 20, tzinfo=UTC)
RECORDED = "samples/ree_apidatos/demanda-tiempo-real_2022-09-12_first4.json"

Row = dict[str, Any]


def rows(base_mw: int, *, until: datetime | None = None, day: date = DAY) -> list[Row]:
    starts = delivery_periods(day, STEP)
    if until is not None:
        starts = starts[starts < to_datetime64(until)]
    return [
        {
            "value": base_mw + n,
            "percentage": 0.3,
            "datetime": to_datetime(start).astimezone(MADRID).isoformat(timespec="milliseconds"),
        }
        for n, start in enumerate(starts)
    ]


def answer(**values: Any) -> bytes:
    """``real=``, ``programmed=``, ``foreseen=`` as the widget orders them."""
    ids = {"real": "1293", "programmed": "545", "foreseen": "544"}
    included = [
        {"type": name, "id": ids[name], "attributes": {"title": name, "values": given}}
        for name, given in values.items()
    ]
    return json.dumps({"data": {"id": "dem15"}, "included": included}).encode()


def parsed(body: bytes, at: datetime = LATER) -> dict[Kind, Observations]:
    return {batch.kind: batch for batch in ReeDemand().parse(body, received_at=at)}


def test_the_question_is_for_hours_which_is_all_the_widget_takes() -> None:
    request = ReeDemand().request(DAY, DAY)
    assert request.url == "https://apidatos.ree.es/es/datos/demanda/demanda-tiempo-real"
    assert dict(request.params) == {
        "start_date": "2025-10-26T00:00",
        "end_date": "2025-10-26T23:59",
        "time_trunc": "hour",
    }


@pytest.mark.parametrize(
    ("day", "count"),
    [(date(2025, 3, 30), 276), (date(2025, 3, 29), 288), (date(2025, 10, 26), 300)],
)
def test_a_day_of_any_length_has_its_five_minutes(day: date, count: int) -> None:
    batch = parsed(answer(real=rows(24000, day=day)))[Kind.MEASURED]
    assert len(batch) == count
    assert np.array_equal(batch.start, delivery_periods(day, STEP))
    assert set(batch.resolution_s) == {300}
    assert batch.value[1] == 24001.0


def test_what_is_foreseen_is_a_forecast_of_what_has_not_begun_beside_the_measured() -> None:
    body = answer(real=rows(24000, until=NOON), programmed=rows(1), foreseen=rows(25000))
    batches = parsed(body, NOON)
    assert set(batches) == {Kind.MEASURED, Kind.FORECAST}
    assert {batch.key for batch in batches.values()} == {DEMAND}
    assert batches[Kind.MEASURED].start[-1] == to_datetime64(NOON - STEP)
    assert batches[Kind.FORECAST].start[0] == to_datetime64(NOON)
    assert set(batches[Kind.FORECAST].available_at) == {to_datetime64(NOON)}


def test_a_forecast_of_the_past_is_none() -> None:
    assert set(parsed(answer(real=rows(24000), foreseen=rows(25000)))) == {Kind.MEASURED}


def test_what_was_programmed_is_left_alone() -> None:
    with pytest.raises(NotPublished):
        parsed(answer(programmed=rows(24000)))


def test_old_measurements_count_as_known_when_they_were_due() -> None:
    batch = parsed(answer(real=rows(24000)))[Kind.MEASURED]
    assert batch.inferred.all()
    assert (batch.available_at > batch.start).all()


@pytest.mark.parametrize(
    "values",
    [
        [{"value": 24000, "datetime": "2025-10-26T00:03:00.000+02:00"}],
        [{"value": "24000", "datetime": "2025-10-26T00:00:00.000+02:00"}],
        [{"value": -1, "datetime": "2025-10-26T00:00:00.000+02:00"}],
        None,
    ],
    ids=["off the grid", "text", "negative", "no list"],
)
def test_what_is_no_demand_is_a_changed_source(values: Any) -> None:
    with pytest.raises(SourceChanged):
        parsed(answer(real=values))


def test_other_series_only_are_a_changed_source_and_a_page_is_unavailable() -> None:
    body = answer(real=rows(1)).replace(b'"1293"', b'"1001"')
    with pytest.raises(SourceChanged, match="none of the series 1293, 544, 545"):
        parsed(body)
    with pytest.raises(SourceUnavailable):
        parsed(b"<html>Whoops, looks like something went wrong.</html>")


def test_the_recorded_answer_is_read(shared: Path) -> None:
    body = (shared / RECORDED).read_bytes()
    at = datetime(2022, 9, 12, 8, 29, tzinfo=UTC)
    batches = parsed(body, at)
    assert set(batches) == {Kind.MEASURED}
    assert batches[Kind.MEASURED].value.tolist() == [24858.0, 24770.0, 24521.0, 24608.0]
    assert batches[Kind.MEASURED].start[0] == np.datetime64("2022-09-11T22:00:00")
    just_before = parsed(body, datetime(2022, 9, 11, 22, 5, tzinfo=UTC))
    assert just_before[Kind.FORECAST].value.tolist() == [24647.0, 24542.0, 24429.0]
