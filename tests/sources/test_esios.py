"""ESIOS JSON: the archive-70 day file and indicators 1001 and 600."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import (
    HOUR,
    MADRID,
    day_bounds,
    delivery_periods,
    to_datetime,
)
from chocolate_factory.market.catalog import DAY_AHEAD, PVPC, SPOT
from chocolate_factory.sources.files import FileReading, read_file

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PATH = Path("esios.json")


def read(tree: Any) -> FileReading:
    return read_file(PATH, json.dumps(tree, indent=1).encode(), received_at=NOW)


def refused(tree: Any) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read(tree)
    return caught.value


def recorded(shared: Path, name: str) -> FileReading:
    path = shared / "samples/esios" / name
    return read_file(path, path.read_bytes(), received_at=NOW)


def entry(instant: datetime, value: Any, geo: int) -> dict[str, Any]:
    return {
        "value": value,
        "datetime": instant.astimezone(MADRID).isoformat(timespec="milliseconds"),
        "datetime_utc": "2000-01-01T00:00:00Z",
        "tz_time": instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "geo_id": geo,
    }


def spot_day(day: date, minutes: int, *, step: float = 0.0) -> dict[str, Any]:
    """Indicator 600 with Portugal before Spain; the price is the hour of the day plus ``step``."""
    start, end = day_bounds(day)
    values = []
    for n in range(int((end - start) / timedelta(minutes=minutes))):
        at = start + n * timedelta(minutes=minutes)
        values.append(entry(at, 999.0, 1))
        values.append(entry(at, n * minutes // 60 + step * (n * minutes % 60), 3))
    return {"indicator": {"id": 600, "name": "spot", "values": values}}


def archive(day: str, hours: int, price: str = "171,48") -> dict[str, Any]:
    return {
        "PVPC": [{"Dia": day, "Hora": f"{n:02d}-{n + 1:02d}", "PCB": price} for n in range(hours)]
    }


@pytest.mark.parametrize(
    ("name", "day", "first"),
    [
        ("2021_06_01", date(2021, 6, 1), 0.11633),
        ("2021_10_30", date(2021, 10, 30), 0.13104),
        ("2021_10_31", date(2021, 10, 31), 0.17148),
        ("2022_03_27", date(2022, 3, 27), 0.17148),
    ],
)
def test_recorded_archive_files_fill_their_day_in_eur_per_kwh(
    shared: Path, name: str, day: date, first: float
) -> None:
    reading = recorded(shared, f"PVPC_CURV_DD_{name}.json")
    (batch,) = reading.observations
    assert reading.format == "ESIOS archive 70"
    assert (batch.key, batch.source) == (PVPC, "esios")
    assert np.array_equal(batch.start, delivery_periods(day, HOUR))
    assert batch.value[0] == first


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2021_06_01", date(2021, 6, 1)),
        ("2021_10_30", date(2021, 10, 30)),
        ("2021_10_31", date(2021, 10, 31)),
        ("2024_03_09", date(2024, 3, 9)),
    ],
)
def test_recorded_indicator_1001_gives_each_hour_of_the_peninsula(
    shared: Path, name: str, day: date
) -> None:
    (batch,) = recorded(shared, f"PRICES_ESIOS_1001_{name}.json").observations
    assert (batch.key, batch.source) == (PVPC, "esios")
    assert np.array_equal(batch.start, delivery_periods(day, HOUR))


def test_the_recorded_25_hour_day_has_25_hours_though_datetime_utc_has_24(shared: Path) -> None:
    (batch,) = recorded(shared, "PRICES_ESIOS_1001_2021_10_31.json").observations
    assert np.unique(batch.start).size == 25
    tree = json.loads((shared / "samples/esios/PRICES_ESIOS_1001_2021_10_31.json").read_text())
    trap = {v["datetime_utc"] for v in tree["indicator"]["values"] if v["geo_id"] == 8741}
    assert len(trap) == 24


def test_archive_indicator_and_history_agree(shared: Path) -> None:
    path = shared / "data/prices/pvpc_hourly_2021-06_2025-12.csv"
    (known,) = read_file(path, path.read_bytes(), received_at=NOW).observations
    for name in (
        "PVPC_CURV_DD_2021_06_01.json", "PVPC_CURV_DD_2021_10_31.json",
        "PRICES_ESIOS_1001_2021_10_31.json", "PRICES_ESIOS_1001_2024_03_09.json",
    ):  # fmt: skip
        (batch,) = recorded(shared, name).observations
        same = np.searchsorted(known.start, batch.start)
        assert np.array_equal(known.start[same], batch.start)
        assert np.allclose(known.value[same], batch.value, atol=1e-9)


@pytest.mark.parametrize(
    "name",
    [
        "ESIOS_10209_2017_09_04_morocco_interchange.json",
        "PRICES_ESIOS_10211_2024_03_09.json",
        "PRICES_ESIOS_1739_2024_03_09.json",
        "PRICES_ESIOS_1900_2024_03_09.json",
        "PRICES_ESIOS_2108_2024_03_09.json",
    ],
)
def test_other_indicators_are_refused_by_name(shared: Path, name: str) -> None:
    with pytest.raises(FileRefused, match="is not a series this system stores") as caught:
        recorded(shared, name)
    assert caught.value.reason.split()[1] in name


def test_a_file_of_a_forecast_for_a_day_is_taken_in_megawatts() -> None:
    tree = {
        "indicator": {
            "id": 1777,
            "name": "wind",
            "values": [
                entry(to_datetime(at), 9000.5, 8741)
                for at in delivery_periods(date(2025, 10, 26), HOUR)
            ],
        }
    }
    (batch,) = read(tree).observations
    assert batch.key == DAY_AHEAD["wind"]
    assert batch.value.tolist() == [9000.5] * 25


def test_spot_is_the_one_of_spain() -> None:
    reading = read(spot_day(date(2024, 10, 27), 60))
    (batch,) = reading.observations
    assert batch.key == SPOT
    assert batch.value.tolist() == list(range(25))
    assert reading.notes == ("25 values of other places than geo 3 left out",)


def test_four_equal_quarter_hours_before_the_switch_are_one_hourly_price() -> None:
    reading = read(spot_day(date(2025, 3, 30), 15))
    (batch,) = reading.observations
    assert batch.value.tolist() == list(range(23))
    assert set(batch.resolution_s) == {3600}
    assert "92 equal quarter-hours taken as 23 hourly prices" in reading.notes


def test_four_unequal_quarter_hours_before_the_switch_are_refused() -> None:
    reading = read(spot_day(date(2025, 9, 30), 15, step=0.1))
    assert reading.observations == ()
    assert len(reading.refused) == 20
    assert "from 0 to 4.5" in reading.refused[0].reason


def test_an_hour_with_a_missing_quarter_is_refused() -> None:
    tree = spot_day(date(2025, 9, 30), 15)
    del tree["indicator"]["values"][3]
    (fault,) = read(tree).refused
    assert "2025-09-29T22:00:00Z has 3 quarter-hours" in fault.reason


def test_quarter_hours_after_the_switch_stay_quarter_hours() -> None:
    (batch,) = read(spot_day(date(2025, 10, 26), 15, step=0.1)).observations
    assert len(batch) == 100
    assert set(batch.resolution_s) == {900}
    assert batch.value[:5].tolist() == [0.0, 1.5, 3.0, 4.5, 1.0]


def test_hourly_means_after_the_switch_are_refused() -> None:
    (fault,) = read(spot_day(date(2025, 10, 2), 60)).refused
    assert "hourly means" in fault.reason


def test_a_time_without_offset_is_refused() -> None:
    tree = spot_day(date(2024, 1, 1), 60)
    tree["indicator"]["values"][1]["datetime"] = "2024-01-01T00:00:00"
    (fault,) = read(tree).refused
    assert fault.column == "datetime"


def test_two_time_fields_that_differ_are_refused() -> None:
    tree = spot_day(date(2024, 1, 1), 60)
    tree["indicator"]["values"][1]["tz_time"] = "2024-01-01T05:00:00.000Z"
    (fault,) = read(tree).refused
    assert "differ" in fault.reason


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (None, "not a number"),
        ("5", "not a number"),
        (True, "not a number"),
        (float("nan"), "finite"),
        (10**400, "long"),
        (99999, "not plausible"),
    ],
)
def test_a_wrong_value_refuses_the_file_with_its_line(value: Any, word: str) -> None:
    tree = spot_day(date(2024, 1, 1), 60)
    tree["indicator"]["values"][1]["value"] = value
    reading = read(tree)
    (fault,) = reading.refused
    lines = json.dumps(tree, indent=1).splitlines()
    assert reading.observations == ()
    assert [n for n, line in enumerate(lines, 1) if '"value"' in line][1] == fault.line
    assert word in fault.reason


def test_a_repeated_value_is_taken_once_and_a_contradiction_refused() -> None:
    tree = spot_day(date(2024, 1, 1), 60)
    tree["indicator"]["values"].append(dict(tree["indicator"]["values"][1]))
    assert len(read(tree).observations[0]) == 24
    tree["indicator"]["values"][-1]["value"] = 77.0
    assert "contradicts 0" in read(tree).refused[0].reason


def test_an_indicator_without_the_place_is_refused_naming_those_it_has() -> None:
    tree = spot_day(date(2024, 1, 1), 60)
    tree["indicator"]["values"] = tree["indicator"]["values"][::2]
    assert "no value for geo 3; geos there: 1" in refused(tree).reason


def test_hours_of_an_archive_file_run_from_local_midnight() -> None:
    (batch,) = read(archive("31/10/2021", 25)).observations
    assert batch.start[0] == np.datetime64("2021-10-30T22:00:00")
    assert np.unique(np.diff(batch.start)).tolist() == [np.timedelta64(3600, "s")]


def test_an_archive_file_with_too_few_hours_for_its_day_is_refused() -> None:
    assert "has 25 hours, the list 24" in refused(archive("31/10/2021", 24)).reason


def test_the_tariffs_before_2021_06_are_refused_clearly() -> None:
    row = {"Dia": "31/05/2021", "Hora": "00-01", "GEN": "120,0", "NOC": "70,1", "VHC": "70,2"}
    fault = refused({"PVPC": [row] * 24})
    assert "2.0TD" in fault.reason
    assert "GEN" in fault.reason


def test_a_decimal_point_in_an_archive_file_is_refused() -> None:
    fault = refused(archive("01/06/2021", 24, price="116.33"))
    assert (fault.line, fault.column) == (6, "PCB")


@pytest.mark.parametrize("price", ["NaN", "", "9999999,9", None])
def test_a_wrong_price_in_an_archive_file_is_named(price: Any) -> None:
    tree = archive("01/06/2021", 24)
    tree["PVPC"][2]["PCB"] = price
    reading = read(tree)
    (fault,) = reading.refused
    assert reading.observations == ()
    assert (fault.line, fault.column) == (16, "PCB")


@pytest.mark.parametrize(
    ("field", "value"), [("Dia", "02/06/2021"), ("Dia", None), ("Hora", "00-01"), ("Hora", "x")]
)
def test_entries_that_do_not_follow_each_other_are_refused(field: str, value: Any) -> None:
    tree = archive("01/06/2021", 24)
    tree["PVPC"][2][field] = value
    assert refused(tree).line is not None


@pytest.mark.parametrize("day", ["31/02/2022", "2022-03-01", "01/01/9999", "01/01/0001"])
def test_a_day_that_is_none_is_refused(day: str) -> None:
    assert "is not a day" in refused(archive(day, 24)).reason


def test_json_cut_off_anywhere_is_refused_with_line_and_column() -> None:
    text = json.dumps(archive("01/06/2021", 24), indent=1)
    for length in range(2, len(text), 97):
        with pytest.raises(FileRefused) as caught:
            read_file(PATH, text[:length].encode(), received_at=NOW)
        assert caught.value.line is not None
        assert caught.value.column is not None


@pytest.mark.parametrize(
    "tree",
    [
        {},
        [],
        {"PVPC": {}},
        {"PVPC": []},
        {"PVPC": [1]},
        {"PVPC": [{"Dia": "01/06/2021", "Hora": "00-01"}]},
        {"indicator": {}},
        {"indicator": {"id": [600]}},
        {"indicator": {"id": 600, "values": {}}},
        {"indicator": {"id": 600, "values": [3]}},
        {"indicator": {"id": 600, "values": []}},
        {"message": "No values for specified archive"},
    ],
)
def test_json_of_another_shape_is_refused(tree: Any) -> None:
    assert refused(tree).reason


def test_json_nested_beyond_reason_is_refused() -> None:
    with pytest.raises(FileRefused, match="deep"):
        read_file(PATH, b"[" * 200_000, received_at=NOW)
