"""REData's generation widget: daily energy by technology, ragged, with a total that is no part."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chocolate_factory.errors import (
    NotPublished,
    SourceChanged,
    SourceRejected,
    SourceUnavailable,
)
from chocolate_factory.market.calendar import MADRID, day_bounds, days_between, to_datetime64
from chocolate_factory.market.catalog import GENERATION
from chocolate_factory.market.series import Kind, Observations
from chocolate_factory.sources.ree_generation import ReeGeneration

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
FIRST, LAST = date(2025, 10, 24), date(2025, 10, 27)
RECORDED = "samples/ree_apidatos/estructura-generacion_ccaa7_month_2024-01_2024-02.json"
REFUSAL = {"errors": [{"status": "400", "title": "Error Interno", "detail": "Inténtelo de nuevo."}]}


def rows(*energies: float | None, first: date = FIRST) -> list[dict[str, Any]]:
    """A value at the local midnight of each day from ``first``; None leaves a day out."""
    days = days_between(first, date.fromordinal(first.toordinal() + len(energies) - 1))
    return [
        {
            "value": energy,
            "percentage": 0.1,
            "datetime": datetime(day.year, day.month, day.day, tzinfo=MADRID).isoformat(
                timespec="milliseconds"
            ),
        }
        for day, energy in zip(days, energies, strict=True)
        if energy is not None
    ]


def entry(series_id: str, title: str, values: Any) -> dict[str, Any]:
    return {"type": title, "id": series_id, "attributes": {"title": title, "values": values}}


def answer(*included: dict[str, Any]) -> bytes:
    return json.dumps({"data": {"id": "gen1"}, "included": included}).encode()


def parsed(body: bytes, at: datetime = NOW) -> dict[str, Observations]:
    batches = ReeGeneration().parse(body, received_at=at)
    return {batch.key.name.removeprefix("generation_"): batch for batch in batches}


def test_the_question_names_the_peninsula_with_all_three_words_and_asks_for_days() -> None:
    request = ReeGeneration().request(FIRST, LAST)
    assert request.url == "https://apidatos.ree.es/es/datos/generacion/estructura-generacion"
    assert dict(request.params) == {
        "start_date": "2025-10-24T00:00",
        "end_date": "2025-10-27T23:59",
        "time_trunc": "day",
        "geo_trunc": "electric_system",
        "geo_limit": "peninsular",
        "geo_ids": "8741",
    }


def test_a_day_of_25_hours_is_one_value_from_midnight_to_midnight() -> None:
    batch = parsed(answer(entry("10333", "Eólica", rows(1.0, 2.0, 3.0, 4.0))))["wind"]
    assert batch.key == GENERATION["wind"]
    assert batch.kind is Kind.MEASURED
    assert [to_datetime64(day_bounds(day)[0]) for day in days_between(FIRST, LAST)] == list(
        batch.start
    )
    assert batch.resolution_s.tolist() == [86400, 86400, 90000, 86400]


def test_a_technology_without_data_has_fewer_days_and_no_zeros() -> None:
    batches = parsed(
        answer(
            entry("10333", "Eólica", rows(1.0, 2.0, 3.0, 4.0)),
            entry("10331", "Carbón", rows(None, 5.0, None, 6.0)),
        )
    )
    assert len(batches["wind"]) == 4
    assert batches["coal"].value.tolist() == [5.0, 6.0]
    assert batches["coal"].start.tolist() == batches["wind"].start[[1, 3]].tolist()


def test_a_plant_that_takes_more_than_it_gives_has_negative_energy() -> None:
    batch = parsed(answer(entry("10331", "Carbón", rows(-595.423))))["coal"]
    assert batch.value.tolist() == [-595.423]


def test_the_total_is_a_series_of_its_own_and_in_no_other() -> None:
    batches = parsed(
        answer(
            entry("10333", "Eólica", rows(100.0)),
            entry("1446", "Turbinación bombeo", rows(20.0)),
            entry("10338", "Generación total", rows(120.0)),
        )
    )
    assert set(batches) == {"wind", "total"}
    assert batches["total"].value.tolist() == [120.0]
    assert batches["wind"].value.tolist() == [100.0]


@pytest.mark.parametrize("title", ["Eólica", "eolica", " EÓLICA ", "Eo\u0301lica"])
def test_an_unknown_id_is_known_by_its_title_accents_aside(title: str) -> None:
    assert parsed(answer(entry("1159", title, rows(7.0))))["wind"].value.tolist() == [7.0]


def test_a_known_id_is_known_whatever_its_title() -> None:
    assert set(parsed(answer(entry("10333", "Viento", rows(7.0))))) == {"wind"}


def test_a_known_id_with_the_title_of_another_technology_is_refused() -> None:
    with pytest.raises(SourceChanged, match="10333 was wind, now it is titled nuclear"):
        parsed(answer(entry("10333", "Nuclear", rows(7.0))))


def test_one_technology_under_two_ids_is_refused() -> None:
    with pytest.raises(SourceChanged, match="appears twice"):
        parsed(answer(entry("10333", "Eólica", rows(7.0)), entry("1159", "Eólica", rows(7.0))))


def test_technologies_of_which_none_is_known_are_a_changed_source() -> None:
    with pytest.raises(SourceChanged, match="none of the series"):
        parsed(answer(entry("1446", "Turbinación bombeo", rows(20.0))))


def test_the_day_that_is_not_over_is_left_out() -> None:
    evening = datetime(2025, 10, 26, 22, 59, tzinfo=UTC)
    batch = parsed(answer(entry("10333", "Eólica", rows(1.0, 2.0, 3.0))), evening)["wind"]
    assert batch.value.tolist() == [1.0, 2.0]
    after = datetime(2025, 10, 26, 23, 0, tzinfo=UTC)
    assert len(parsed(answer(entry("10333", "Eólica", rows(1.0, 2.0, 3.0))), after)["wind"]) == 3


@pytest.mark.parametrize(
    "body",
    [
        answer(),
        answer(entry("10333", "Eólica", [])),
        answer(entry("10333", "Eólica", [{"value": None, "datetime": "not read"}])),
        answer(entry("10333", "Eólica", rows(1.0, first=date(2026, 11, 20)))),
        json.dumps(REFUSAL).encode(),
    ],
    ids=["no series", "no values", "null", "today only", "error envelope"],
)
def test_nothing_of_a_day_that_is_over_is_not_published(body: bytes) -> None:
    with pytest.raises(NotPublished):
        parsed(body)


@pytest.mark.parametrize(
    "values",
    [
        [{"value": 1.0, "datetime": "2025-10-24T01:00:00.000+02:00"}],
        [{"value": 1.0, "datetime": "2025-10-24T00:00:00.000"}],
        [{"value": "1,0", "datetime": "2025-10-24T00:00:00.000+02:00"}],
        [{"value": 9e9, "datetime": "2025-10-24T00:00:00.000+02:00"}],
        [*rows(1.0), *rows(2.0)],
        {},
    ],
    ids=["not midnight", "no offset", "text", "absurd", "two values", "no list"],
)
def test_what_is_no_daily_energy_is_a_changed_source(values: Any) -> None:
    with pytest.raises(SourceChanged, match="nothing of this answer is stored"):
        parsed(answer(entry("10333", "Eólica", values)))


def test_a_web_page_is_unavailable_and_a_refusal_without_envelope_needs_a_person() -> None:
    page = b"<html><head><title>Request unsuccessful. Incapsula incident</title></head></html>"
    with pytest.raises(SourceUnavailable):
        parsed(page)
    assert isinstance(ReeGeneration().classify(404, page), SourceRejected)
    assert isinstance(ReeGeneration().classify(400, json.dumps(REFUSAL).encode()), NotPublished)


def test_it_is_asked_for_days_that_are_over() -> None:
    assert ReeGeneration().reach(date(2026, 11, 20))[1] == date(2026, 11, 19)


def test_the_recorded_series_of_a_community_are_known_by_their_ids(shared: Path) -> None:
    tree = json.loads((shared / RECORDED).read_bytes())
    tree["included"] = [each for each in tree["included"] if each["id"] != "10338"]
    batches = parsed(json.dumps(tree).encode())
    assert set(batches) == set(GENERATION) - {"coal", "total"}
    assert batches["hydro"].value.tolist() == [67854.941, 66264.144]
    assert batches["hydro"].start[1] == np.datetime64("2024-01-31T23:00:00")


def test_the_recorded_monthly_total_is_no_plausible_day(shared: Path) -> None:
    with pytest.raises(SourceChanged, match="not plausible"):
        parsed((shared / RECORDED).read_bytes())
