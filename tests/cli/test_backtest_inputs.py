"""Backtests of prices from any zone, with exogenous columns and the day-ahead price."""

from __future__ import annotations

import csv
import gzip
from datetime import date

import numpy as np
import pytest

from chocolate_factory.market.clock import Clock

NAIVE, BERLIN = Clock.named("naive"), Clock.named("Europe/Berlin")
FIRST, LAST = np.datetime64("2025-01-20"), np.datetime64("2025-04-20")


def rows(clock, first=FIRST, last=LAST):
    """Local times by the hour as a file of that clock has them, and a price for each."""
    ends = clock.instants(np.array([first, last + 1]).astype("datetime64[s]"))
    start = np.arange(*ends, 3600, dtype="datetime64[s]")
    rng = np.random.default_rng(1)
    hour = clock.wall(start).astype("datetime64[h]").astype(int) % 24
    value = np.round(50 + 20 * np.sin(2 * np.pi * hour / 24) + rng.normal(0, 5, start.size), 4)
    return clock.wall(start), value


def write(path, header, *columns):
    lines = [",".join(header), *(",".join(map(str, row)) for row in zip(*columns, strict=True))]
    text = "\n".join(lines) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def local(wall):
    return [str(at).replace("T", " ") for at in wall]


def run(cf, prices, *more, first="2025-03-28", last="2025-04-05", models="naive"):
    return cf(
        "backtest", "--prices", prices, "--from", first, "--to", last, "--models", models,
        "--horizon", "24", "--workers", "1", "--json", *more,
    )  # fmt: skip


@pytest.fixture
def naive_file(tmp_path):
    wall, value = rows(NAIVE)
    return write(tmp_path / "n.csv.gz", ("time_local", "price_eur_mwh"), local(wall), value)


def test_naive_time_has_24_hours_on_the_day_the_clocks_change(cf, naive_file, tmp_path):
    ended = run(cf, naive_file, "--timezone", "naive", "--out", tmp_path / "out.csv")
    assert ended.status == 0, ended.out + ended.err
    assert (ended.json["timezone"], ended.json["summary"][0]["periods"]) == ("naive", 9 * 24)
    with (tmp_path / "out.csv").open() as stream:
        made = list(csv.DictReader(stream))
    assert made[0]["origin_local"] == made[0]["delivery_start_local"] == "2025-03-28T00:00:00"
    day = [row for row in made if row["delivery_start_local"].startswith("2025-03-30")]
    assert len(day) == 24


def test_a_zone_has_the_hours_of_its_days(cf, tmp_path):
    wall, value = rows(BERLIN)
    prices = write(tmp_path / "b.csv", ("time_local", "price_eur_mwh"), local(wall), value)
    ended = run(cf, prices, "--timezone", "Europe/Berlin")
    assert ended.status == 0, ended.out + ended.err
    assert ended.json["summary"][0]["periods"] == 9 * 24 - 1


def test_the_repeated_hour_comes_twice_the_earlier_first(cf, tmp_path):
    first = np.datetime64("2025-08-20")
    wall, value = rows(BERLIN, first, np.datetime64("2025-11-10"))
    prices = write(tmp_path / "b.csv", ("time_local", "price_eur_mwh"), local(wall), value)
    ended = run(
        cf, prices, "--timezone", "Europe/Berlin", "--out", tmp_path / "out.csv",
        first="2025-10-26", last="2025-10-26",
    )  # fmt: skip
    assert ended.status == 0, ended.out + ended.err
    assert ended.json["summary"][0]["periods"] == 25


def test_instants_may_be_given_with_the_days_of_a_zone(cf, tmp_path):
    wall, value = rows(NAIVE)
    stamps = [f"{at}Z" for at in wall]
    prices = write(tmp_path / "u.csv", ("time_utc", "price_eur_mwh"), stamps, value)
    ended = run(cf, prices, "--timezone", "America/New_York", "--out", tmp_path / "out.csv")
    assert ended.status == 0, ended.out + ended.err
    with (tmp_path / "out.csv").open() as stream:
        assert next(csv.DictReader(stream))["origin_utc"] == "2025-03-28T04:00:00Z"


def test_a_price_named_like_pvpc_is_plain_by_another_clock(cf, tmp_path):
    wall, value = rows(NAIVE)
    prices = write(tmp_path / "n.csv", ("time_local", "price_eur_kwh"), local(wall), value / 1000)
    ended = run(cf, prices, "--timezone", "naive")
    assert ended.json["series"] == "price_eur_kwh"


@pytest.mark.parametrize(
    ("line", "zone", "says"),
    [
        ("2025-03-30 02:00:00,1", "Europe/Berlin", "does not exist in Europe/Berlin"),
        ("2025-10-26 02:00:00,1", "Europe/Berlin", "here once: give both periods"),
        ("2025-10-26 02:00:00+01:00,1", "Europe/Berlin", "has an offset"),
        ("26.10.2025 02:00,1", "naive", "is not a time"),
        ("2025-10-26 02:30:00,1", "naive", "no delivery period"),
    ],
)
def test_a_time_that_cannot_be_is_named_by_line_and_column(cf, tmp_path, line, zone, says):
    prices = tmp_path / "p.csv"
    prices.write_text(
        "time_local,price_eur_mwh\n2025-10-20 02:00:00,1\n2025-10-20 03:00:00,1\n" + line + "\n"
    )
    ended = run(cf, prices, "--timezone", zone)
    assert ended.status == 1
    assert "line 4, column" in ended.json["detail"]
    assert says in ended.json["detail"]


def test_two_prices_for_one_naive_hour_contradict(cf, tmp_path):
    prices = tmp_path / "p.csv"
    prices.write_text(
        "time_local,price_eur_mwh\n2025-10-26 01:00:00,1\n2025-10-26 02:00:00,1\n"
        "2025-10-26 02:00:00,2\n"
    )
    ended = run(cf, prices, "--timezone", "naive")
    assert "line 4" in ended.json["detail"]
    assert "2 at 2025-10-26T02:00:00 contradicts 1 on line 3" in ended.json["detail"]


@pytest.mark.parametrize(
    ("header", "zone", "says"),
    [
        ("time_local", None, "say which with --timezone"),
        ("time_utc", "naive", "the first column is time_local"),
        ("date", "naive", "the first column is time_local"),
        ("time_local", "Mars/Base", "no time zone 'Mars/Base'"),
    ],
)
def test_the_first_column_must_fit_the_zone(cf, tmp_path, header, zone, says):
    prices = tmp_path / "p.csv"
    prices.write_text(f"{header},price_eur_mwh\n2025-10-26 01:00:00,1\n2025-10-26 02:00:00,1\n")
    ended = run(cf, prices, *(["--timezone", zone] if zone else []))
    assert ended.status == 1
    assert says in ended.json["detail"]


def test_exogenous_columns_are_named_with_their_lead_and_the_price_is_not_one(
    cf, naive_file, tmp_path
):
    wall, value = rows(NAIVE)
    columns = write(
        tmp_path / "x.csv", ("time_local", "price_eur_mwh", "Load Forecast", "wind"),
        local(wall), value, value * 2, ["" if n % 9 == 0 else n for n in range(value.size)],
    )  # fmt: skip
    ended = run(
        cf, naive_file, "--timezone", "naive", "--exogenous", columns, "--exogenous-lead", "36"
    )
    assert ended.status == 0, ended.out + ended.err
    assert ended.json["inputs"] == [
        {"name": "Load Forecast", "lead_h": 36}, {"name": "wind", "lead_h": 36},
    ]  # fmt: skip
    assert "price_eur_mwh is the price itself" in ended.json["notes"][0]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("time_local,load\n2025-01-20 00:00:00,1\n2025-01-20 01:00:00,x\n", "line 3, column load"),
        ("time_local,load\n2025-01-20 00:00:00,1\n2025-01-21 00:00:00,2\n", "1440 min apart"),
        ("time_local,\n2025-01-20 00:00:00,1\n", "each with a name"),
        ("time_local,load\n2025-01-20 00:00:00,\n", "holds no number"),
        ("time_local,load,load\n2025-01-20 00:00:00,1,1\n", "stands twice"),
        ("time_utc,load\n2025-01-20T00:00:00Z,1\n", "the first column is time_local"),
        ("time_local,load\n2015-01-20 00:00:00,1\n2015-01-20 01:00:00,1\n", "no value between"),
    ],
)
def test_a_file_of_columns_that_cannot_be_used_is_named(cf, naive_file, tmp_path, body, says):
    columns = tmp_path / "x.csv"
    columns.write_text(body)
    ended = run(cf, naive_file, "--timezone", "naive", "--exogenous", columns)
    assert ended.status == 1
    assert says in ended.json["detail"]


def test_the_spot_is_an_input_whose_first_day_is_known_or_not(cf, naive_file, tmp_path):
    wall, value = rows(NAIVE)
    spot = write(tmp_path / "s.csv", ("time_local", "spot_es_eur_mwh"), local(wall), value)
    more = ("--timezone", "naive", "--spot", spot, "--information")
    before, known = (
        run(cf, naive_file, *more, told).json for told in ("before-spot", "spot-known")
    )
    assert before["inputs"] == [{"name": "spot", "lead_h": 0}]
    assert known["inputs"] == [{"name": "spot", "lead_h": 24}]
    assert known["information"] == "spot-known"


def test_a_spot_that_is_known_must_be_given(cf, naive_file):
    ended = run(cf, naive_file, "--timezone", "naive", "--information", "spot-known")
    assert "say with --spot" in ended.json["detail"]


def test_an_interrupted_backtest_goes_on_with_the_same_numbers(cf, naive_file, tmp_path):
    more = ("--timezone", "naive", "--resume", tmp_path / "kept")
    plain = run(cf, naive_file, "--timezone", "naive").json
    first = run(cf, naive_file, *more).json
    kept = sorted((tmp_path / "kept").iterdir())
    written = [path.stat().st_mtime_ns for path in kept]
    kept[0].unlink()
    again = run(cf, naive_file, *more).json
    assert plain["summary"] == first["summary"] == again["summary"]
    assert sorted((tmp_path / "kept").iterdir()) == kept
    assert [path.stat().st_mtime_ns for path in kept[1:]] == written[1:]


def test_a_short_backtest_says_that_it_has_no_interval(cf, naive_file):
    (summary,) = run(
        cf, naive_file, "--timezone", "naive", first=date(2025, 4, 1), last=date(2025, 4, 2)
    ).json["summary"]
    assert summary["interval_95"]["mae"] is None
