"""Backtests of prices from any zone, with exogenous columns and the day-ahead price."""

from __future__ import annotations

import csv
import gzip
from datetime import date

import numpy as np
import pytest

from chocolate_factory.cli.backtest import _verdict
from chocolate_factory.cli.inputs import Asked, inputs_of
from chocolate_factory.cli.price_file import read_prices
from chocolate_factory.errors import FileRefused
from chocolate_factory.forecasting import Comparison
from chocolate_factory.market.clock import Clock

NAIVE, BERLIN = Clock.named("naive"), Clock.named("Europe/Berlin")
NEW_YORK = Clock.named("America/New_York")
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


def test_columns_may_join_on_a_day(cf, naive_file, tmp_path):
    wall, value = rows(NAIVE)
    columns = write(tmp_path / "x.csv", ("time_local", "wind"), local(wall), value % 7)
    day = str(wall[-1].astype("datetime64[D]") - 7)
    more = ("--timezone", "naive", "--exogenous", columns, "--exogenous-since")
    assert run(cf, naive_file, *more, day).json["since"] == {"wind": day}
    ended = run(cf, naive_file, *more, "yesterday")
    assert ended.status == 1
    assert "--exogenous-since" in ended.json["detail"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("time_local,load\n2025-01-20 00:00:00,1\n2025-01-20 01:00:00,x\n", "line 3, column load"),
        ("time_local,load\n2025-01-20 00:00:00,1\n2025-01-27 00:00:00,2\n", "10080 min apart"),
        (
            "time_local,load\n2025-01-20 00:00:00,1\n2025-01-20 01:00:00,1e300\n",
            "line 3, column load: 1e+300 at 2025-01-20T01:00:00 is not plausible",
        ),
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
    other = np.round(value + wall.astype("datetime64[D]").astype(int) % 5, 4)
    spot = write(tmp_path / "s.csv", ("time_local", "spot_es_eur_mwh"), local(wall), other)
    more = ("--timezone", "naive", "--spot", spot, "--information")
    before, known = (
        run(cf, naive_file, *more, told).json for told in ("before-spot", "spot-known")
    )
    assert before["inputs"] == []
    assert "s.csv is not looked at" in before["notes"][0]
    assert known["inputs"] == [{"name": "spot", "lead_h": 24}]
    assert known["information"] == "spot-known"


def test_a_spot_that_is_the_price_itself_is_refused(cf, naive_file, tmp_path):
    wall, value = rows(NAIVE)
    spot = write(tmp_path / "s.csv", ("time_local", "any_eur_kwh"), local(wall), value / 1000)
    ended = run(
        cf, naive_file, "--timezone", "naive", "--spot", spot, "--information", "spot-known"
    )
    assert ended.status == 1
    assert "holds the price itself" in ended.json["detail"]


def test_hourly_means_are_a_spot_in_the_quarter_hour_market_too(cf, tmp_path):
    wall, value = rows(NAIVE, np.datetime64("2025-10-01"), np.datetime64("2025-12-09"))
    stamps = [f"{at}Z" for at in wall]
    prices = write(tmp_path / "p.csv", ("time_utc", "retail_eur_mwh"), stamps, value)
    spot = write(tmp_path / "s.csv", ("time_utc", "spot_es_eur_mwh"), stamps, value[::-1])
    ended = run(
        cf, prices, "--spot", spot, "--information", "spot-known", first="2025-12-01",
        last="2025-12-02",
    )  # fmt: skip
    assert ended.status == 0, ended.out
    assert ended.json["inputs"] == [{"name": "spot", "lead_h": 24}]


def test_the_price_is_no_input_under_any_name_and_a_column_named_spot_is_one(
    cf, naive_file, tmp_path
):
    wall, value = rows(NAIVE)
    columns = write(
        tmp_path / "x.csv", ("time_local", "mean", "price_kwh", "spot"),
        local(wall), np.round(value, 2), value / 1000, value[::-1],
    )  # fmt: skip
    ended = run(cf, naive_file, "--timezone", "naive", "--exogenous", columns).json
    assert ended["inputs"] == [{"name": "spot (column)", "lead_h": 24}]
    assert [note.split(" is ")[0] for note in ended["notes"]] == [
        "x.csv: column mean", "x.csv: column price_kwh",
    ]  # fmt: skip


def test_the_tables_hold_pinball_and_each_lead_day_and_doubt_is_told(cf, naive_file):
    told = cf(
        "backtest", "--prices", naive_file, "--timezone", "naive", "--from", "2025-03-28", "--to",
        "2025-04-05", "--models", "naive,similar-day", "--horizon", "48", "--workers", "1",
    ).out  # fmt: skip
    lines = [line.split() for line in told.splitlines()]
    (header,) = (line for line in lines if line[:2] == ["model", "MAE"])
    assert "pinball" in header
    assert ["model", "1", "2"] in lines
    for measure in ("rMAE", "p10–p90", "p05–p95"):
        assert len([line for line in lines if line[:1] == [measure] and len(line) == 3]) == 2
    assert ["rMAE", "1.000", "1.000"] in lines


def test_models_that_may_be_as_good_are_not_said_to_differ():
    def said(p_value):
        return _verdict(Comparison("ridge", "naive", -0.1, -2.0, p_value, 90))

    assert said(0.04).startswith("Diebold–Mariano: ridge errs less than naive, p = 0.04 ")
    assert said(0.9).startswith(
        "Diebold–Mariano: no difference shown between ridge and naive, p = 0.9 "
    )


def test_a_column_that_follows_the_price_is_named_where_it_is_known_ahead(cf, naive_file, tmp_path):
    wall, value = rows(NAIVE)
    before = wall < np.datetime64("2025-03-28")
    noise = np.random.default_rng(4).normal(0, 20, value.size)
    columns = write(
        tmp_path / "x.csv", ("time_local", "with_tax", "upside_down", "only_at_first", "rough"),
        local(wall), 1.21 * value + 10, 5 - value, np.where(before, 3 * value, noise),
        value + noise,
    )  # fmt: skip
    more = ("--timezone", "naive", "--exogenous", columns)
    notes = run(cf, naive_file, *more).json["notes"]
    assert [note.split(" is ")[0] for note in notes] == [
        "with_tax: its correlation with the price", "upside_down: its correlation with the price",
    ]  # fmt: skip
    assert "is 1.000 from" in notes[0]
    assert "is -1.000 from" in notes[1]
    assert run(cf, naive_file, *more, "--exogenous-lead", "0").json["notes"] == []


def test_daily_columns_are_seen_a_day_late_and_those_of_some_hours_hold(tmp_path):
    wall, value = rows(NAIVE, last=FIRST + 9)
    at = np.arange(value.size)
    columns = write(
        tmp_path / "x.csv", ("time_local", "resolution_min", "gas", "wind", "load"), local(wall),
        np.full(at.size, 60), *(["" if n % every else n for n in at] for every in (24, 3, 1)),
    )  # fmt: skip
    prices = write(tmp_path / "p.csv", ("time_local", "price_eur_mwh"), local(wall), value)
    price = read_prices(prices, clock=NAIVE, any_market=True)
    notes, (gas, wind, load) = inputs_of(
        price, Asked(columns, 24, None, "before-spot", date(2025, 3, 1)), NAIVE
    )
    assert (gas.start[0], gas.value[:25].tolist()) == (wall[24], [0.0] * 24 + [24.0])
    assert gas.value[-1] == 216
    assert (wind.start == wall).all()
    assert wind.value.tolist() == (at // 3 * 3).tolist()
    assert load.value.tolist() == at.tolist()
    assert notes == [
        "gas: a value every 24 h, seen from the day after on",
        "wind: a value every 3 h, held so long",
    ]


def test_a_daily_value_is_not_seen_before_its_day_is_over(tmp_path):
    """The days of UTC end in the evening of New York: they are seen from the midnight after it."""
    days = np.arange("2025-03-05", "2025-03-15", dtype="datetime64[D]")
    columns = write(tmp_path / "x.csv", ("time_utc", "gas"), [f"{d}T00:00Z" for d in days], days)
    columns.write_text(columns.read_text().replace(",2025-03-", ",1"))
    wall, value = rows(NEW_YORK, last=FIRST + 9)
    prices = write(tmp_path / "p.csv", ("time_local", "price_usd_mwh"), local(wall), value)
    price = read_prices(prices, clock=NEW_YORK, any_market=True)
    _, (gas,) = inputs_of(
        price, Asked(columns, 24, None, "before-spot", date(2025, 3, 1)), NEW_YORK
    )
    first_seen = gas.start[np.searchsorted(gas.value, 108)]  # of the day before clocks change
    assert str(NEW_YORK.wall(first_seen[None])[0]) == "2025-03-09T00:00:00"


def test_prices_of_another_currency_by_the_half_hour_are_measured_as_hours(cf, tmp_path):
    wall, value = rows(NAIVE, last=np.datetime64("2025-04-06"))
    half = np.repeat(wall, 2) + np.tile(np.array([0, 1800], dtype="timedelta64[s]"), wall.size)
    by_half = np.repeat(value, 2) + np.tile([-3.0, 3.0], wall.size)
    made = [
        run(
            cf, write(tmp_path / name, ("time_local", "price_gbp_mwh"), local(start), price),
            "--timezone", "naive",
        ).json
        for name, start, price in (("h.csv", wall, value), ("half.csv", half[:-1], by_half[:-1]))
    ]  # fmt: skip
    assert {one["unit"] for one in made} == {"GBP/MWh"}
    assert made[1]["summary"][0]["mae"] == pytest.approx(made[0]["summary"][0]["mae"])
    assert made[1]["notes"] == [
        "periods of 30 min: the means of hours are used",
        "1 hours lack some of their periods and are left out",
    ]


@pytest.mark.parametrize("column", ["load_day_mwh", "load_max_mwh", "load_net_kwh"])
def test_three_letters_that_are_no_currency_are_no_unit_of_a_price(tmp_path, column):
    load = write(tmp_path / "x.csv", ("time_utc", column), ["2025-03-05T00:00Z"], [31000.0])
    with pytest.raises(FileRefused, match=f"the second column is '{column}'; it holds the price"):
        read_prices(load, any_market=True)


@pytest.mark.parametrize("stated", [True, False])
@pytest.mark.parametrize("zone", ["Europe/Madrid", "Europe/Lisbon", "Europe/Helsinki", "UTC"])
def test_a_market_that_goes_over_to_quarter_hours_is_read_in_any_zone(tmp_path, zone, stated):
    switch, quarter = np.datetime64("2025-09-30T22:00:00"), np.timedelta64(900, "s")
    hourly = np.arange("2025-09-28T22", switch, 3600, dtype="datetime64[s]")
    start = np.concatenate([hourly, np.arange(switch, switch + 192 * quarter, quarter)])
    minutes = np.where(start < switch, 60, 15)
    value = start.astype(np.int64) // 900 % 4
    prices = write(
        tmp_path / "p.csv", ("time_utc", "price_eur_mwh", *(["resolution_min"] * stated)),
        [f"{at}Z" for at in start], value, *([minutes] * stated),
    )  # fmt: skip
    read = read_prices(prices, clock=Clock.named(zone), any_market=True)
    lengths = dict(zip(read.series.start.tolist(), read.series.resolution_s.tolist(), strict=True))
    assert lengths[hourly[0].item()] == 3600
    assert lengths[start[-5].item()] == 900
    mixed = zone != "Europe/Madrid"
    assert lengths[switch.item()] == (3600 if mixed else 900)
    assert read.series.value[read.series.start == switch].item() == (1.5 if mixed else 0.0)
    assert len(read.notes) == mixed
    assert sum(lengths.values()) == 4 * 24 * 3600


def test_a_lead_beyond_the_longest_horizon_is_refused(cf, naive_file):
    ended = run(cf, naive_file, "--timezone", "naive", "--exogenous-lead", "10000000000")
    assert ended.status == 2
    assert "336" in ended.err


def test_what_is_missing_is_said_on_the_screen(cf, naive_file, tmp_path):
    wall, value = rows(NAIVE)
    half = wall < np.datetime64("2025-04-01")
    columns = write(
        tmp_path / "x.csv", ("time_local", "load"), local(wall[half]), value[::-1][half]
    )
    ended = cf(
        "backtest", "--prices", naive_file, "--from", "2025-03-28", "--to", "2025-04-05",
        "--models", "naive", "--horizon", "24", "--workers", "1", "--timezone", "naive",
        "--exogenous", columns,
    )  # fmt: skip
    assert "load: missing at 5 of 9 origins" in " ".join(ended.out.split())


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
