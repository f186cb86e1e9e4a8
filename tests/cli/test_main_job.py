"""The main job on the real files: import, forecast and plan as of an instant in the past."""

import csv
import json
import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from chocolate_factory.market.calendar import MADRID

AS_OF = "2025-11-17T21:00Z"
QUANTILES = ("p05", "p10", "p25", "p50", "p75", "p90", "p95")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("real")


@pytest.fixture
def imported(cf, folder, shared):
    """The folder with every real file in it; the first use imports them."""
    mark = folder / "first.json"
    if not mark.exists():
        ended = cf("import", *files(shared), "--dir", folder, "--json")
        mark.write_text(ended.out, encoding="utf-8")
        assert ended.status == 0, ended.out[-2000:]
    return folder


def files(shared):
    prices = shared / "data/prices"
    return [
        prices / "pvpc_hourly_2021-06_2025-12.csv",
        prices / "omie_spot_hourly_2022-01_2023-03.csv",
        prices / "omie_spot_2023-04_2025-12.csv",
        shared / "data/siar",
    ]


def actual_pvpc(shared):
    with (shared / "data/prices/pvpc_hourly_2021-06_2025-12.csv").open(encoding="utf-8") as stream:
        return {row["time_utc"]: float(row["price_eur_kwh"]) for row in csv.DictReader(stream)}


def test_importing_the_real_files_again_changes_nothing(cf, imported, shared):
    again = cf("import", *files(shared), "--dir", imported, "--json").json["total"]
    assert again["rows"] == 40_129 + 10_848 + 30_292 + 8_963
    assert (again["new"], again["revised"]) == (0, 0)
    assert again["unchanged"] == again["values"]


def test_the_missing_pvpc_days_are_found_exactly(cf, imported):
    found = cf(
        "gaps", "--series", "pvpc", "--from", "2021-06-01", "--to", "2025-12-31",
        "--dir", imported, "--json",
    ).json["gaps"]  # fmt: skip
    starts = [datetime.fromisoformat(gap["start"]) + timedelta(hours=2) for gap in found]
    assert [f"{start:%Y-%m-%d}" for start in starts] == ["2022-04-01", "2022-06-26", "2024-12-12"]
    assert {(gap["missing"], gap["severity"]) for gap in found} == {(24, "critical")}


def test_the_holes_of_the_siar_history_are_found_exactly(cf, imported):
    def missing(series, first, last):
        found = cf("gaps", "--series", series, "--from", first, "--to", last,
                   "--as-of", AS_OF, "--dir", imported, "--json").json["gaps"]  # fmt: skip
        days = set()
        for gap in found:
            start = datetime.fromisoformat(gap["start"]).astimezone(MADRID).date()
            days |= {start + timedelta(days=n) for n in range(gap["missing"])}
        return days

    told = json.loads((imported / "first.json").read_text(encoding="utf-8"))["files"]
    notes = [note for file in told for note in file["notes"] if "are empty" in note]
    empty = {day for note in notes for day in re.findall(r"\d{4}-\d{2}-\d{2}", note)}
    empty = {date.fromisoformat(day) for day in empty}
    assert len(empty) == 32
    between = missing("wind_speed_mean@J09,J17", "2018-01-01", "2018-06-13") - empty
    assert between == {date(2018, 1, 1) + timedelta(days=n) for n in range(163)}
    first = missing("wind_speed_mean@J09", "2000-08-24", "2017-12-31") - empty
    second = missing("wind_speed_mean@J17", "2018-06-13", "2025-10-30") - empty
    assert (len(first), len(second)) == (49, 24)
    assert {date(2011, 3, 17), date(2011, 4, 14)} <= first
    assert {date(2021, 11, 22), date(2025, 9, 17), date(2025, 9, 30)} <= second


def test_the_forecast_publishes_tomorrow_and_forecasts_the_rest(cf, imported, shared):
    made = cf("forecast", "--series", "pvpc", "--as-of", AS_OF, "--dir", imported, "--json").json
    hours = made["hours"]
    assert len(hours) == 168
    assert hours[0]["delivery_start"] == "2025-11-17T21:00:00Z"
    starts = [datetime.fromisoformat(hour["delivery_start"]) for hour in hours]
    assert all(b - a == timedelta(hours=1) for a, b in pairwise(starts))
    actual = actual_pvpc(shared)
    published = [hour for hour in hours if hour["kind"] == "published"]
    assert len(published) == 2 + 24
    assert starts[len(published)] == datetime(2025, 11, 18, 23, tzinfo=UTC)
    for hour in published:
        assert hour["mean"] == pytest.approx(actual[hour["delivery_start"]], abs=1e-6)
    for hour in hours:
        bands = [hour[name] for name in QUANTILES]
        assert bands == sorted(bands)
        assert (bands[0] < bands[-1]) == (hour["kind"] == "forecast")


@pytest.mark.parametrize("contract", ["pvpc", "indexed-3.0td"])
def test_the_week_is_planned_with_proof_and_compared_with_the_habit(cf, imported, contract):
    made = cf("plan", "--contract", contract, "--as-of", AS_OF, "--dir", imported, "--json").json
    assert made["status"] == "optimal"
    assert made["gap"] <= 1e-4
    assert sum(made["kg"].values()) == sum(made["baseline"]["kg"].values()) == 1150
    assert made["energy_kwh"] == pytest.approx(3175.75)
    assert made["baseline"]["energy_kwh"] == pytest.approx(3175.75)
    assert made["savings_eur"] == pytest.approx(
        made["baseline"]["objective_eur"] - made["objective_eur"]
    )
    assert made["savings_eur"] > 0
    cost = sum(block["cost_eur"] for block in made["blocks"])
    assert cost == pytest.approx(made["objective_eur"], abs=1e-4)
    assert made["realised"]["savings_eur"] == pytest.approx(
        made["realised"]["baseline_eur"] - made["realised"]["plan_eur"]
    )
    assert {block["price_kind"] for block in made["blocks"]} == {"published", "forecast"}
    steps = {price["resolution_s"] for price in made["prices"]}
    assert steps == ({3600} if contract == "pvpc" else {900})
    assert any("10 kW" in note for note in made["notes"]) == (contract == "pvpc")


def test_asking_about_the_past_keeps_nothing(cf, imported):
    cf("forecast", "--as-of", AS_OF, "--dir", imported, "--json")
    from_now = cf("doctor", "--offline", "--dir", imported, "--json")
    assert from_now.status == 0
