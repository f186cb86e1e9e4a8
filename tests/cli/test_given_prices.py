"""Prices a user brings: planned as final ones, backtested in the unit of the file."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory.market.calendar import (
    HOUR,
    QUARTER,
    delivery_periods,
    local_days,
    local_hours,
    local_midnight,
    to_datetime,
    utc_iso,
)

MONDAY = date(2025, 3, 24)  # its week ends with the 23-hour day
FIRST, LAST = date(2025, 8, 1), date(2025, 11, 9)  # with a 25-hour day and the market's switch


def grid(first, last, step):
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return np.concatenate([delivery_periods(day, step) for day in days])


def by_rule(start):
    """Prices [EUR/kWh] with a daily shape, a step within the hour and a drift; some negative."""
    seconds = start.astype(np.int64)
    shape = 0.06 * np.sin(2 * np.pi * (local_hours(start) - 8) / 12)
    drift = 0.03 * np.cos(local_days(start).astype(np.int64) ** 2 / 7.0)
    return np.round(0.05 + shape + drift + 0.01 * (seconds % 3600) / 3600, 6)


def write(path, column, start, value, *, extra="", cells=""):
    stamps = [utc_iso(to_datetime(at)) for at in start]
    rows = [f"{at},{float(v)!r}{cells}" for at, v in zip(stamps, value, strict=True)]
    path.write_text("\n".join([f"time_utc,{column}{extra}", *rows, ""]), encoding="utf-8")
    return path


def plan(cf, prices, tmp_path, *more, start=MONDAY):
    return cf(
        "plan", "--prices", prices, "--price-is-final", "--start", start, "--dir", tmp_path,
        "--json", *more,
    )  # fmt: skip


def backtest(cf, prices, *more, first="2025-10-20", last="2025-11-02"):
    return cf(
        "backtest", "--prices", prices, "--from", first, "--to", last, "--models", "naive",
        "--workers", "1", "--json", *more,
    )  # fmt: skip


def mae_of(predictions, start, value):
    """The mean absolute error of a predictions file against the prices it was made from."""
    actual = dict(zip((utc_iso(to_datetime(at)) for at in start), value, strict=True))
    with predictions.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    errors = [abs(actual[row["delivery_start_utc"]] - float(row["mean"])) for row in rows]
    return sum(errors) / len(errors), rows


@pytest.mark.parametrize("column", ["price_eur_kwh", "spot_es_eur_mwh", "final_eur_kwh"])
def test_final_quarter_hour_prices_are_planned_before_the_quarter_hour_market(cf, tmp_path, column):
    start = grid(MONDAY, MONDAY + timedelta(days=8), QUARTER)
    value = by_rule(start) * (1000 if column.endswith("mwh") else 1)
    ended = plan(cf, write(tmp_path / "p.csv", column, start, value), tmp_path)
    assert ended.status == 0, ended.err + ended.out
    made = ended.json
    assert made["status"] == "optimal"
    assert sum(made["kg"].values()) == 1150
    assert {price["resolution_s"] for price in made["prices"]} == {900}
    given = {to_datetime(at): price for at, price in zip(start, by_rule(start), strict=True)}
    for price in made["prices"]:
        at = datetime.fromisoformat(price["start"]).astimezone(UTC)
        assert price["eur_kwh"] == pytest.approx(given[at], abs=1e-12)


def test_final_hourly_prices_are_planned_in_the_quarter_hour_market(cf, tmp_path):
    monday = date(2025, 11, 17)
    start = grid(monday, monday + timedelta(days=8), HOUR)
    prices = write(tmp_path / "p.csv", "spot_es_eur_mwh", start, 1000 * by_rule(start))
    made = plan(cf, prices, tmp_path, start=monday).json
    assert made["status"] == "optimal"
    assert {price["resolution_s"] for price in made["prices"]} == {3600}


def test_a_hole_in_final_prices_is_named(cf, tmp_path):
    start = grid(MONDAY, MONDAY + timedelta(days=8), QUARTER)
    hole = start == np.datetime64("2025-03-25T09:15:00")
    prices = write(tmp_path / "p.csv", "final_eur_kwh", start[~hole], by_rule(start[~hole]))
    ended = plan(cf, prices, tmp_path)
    assert ended.status == 1
    assert ended.json["error"] == "MissingData"
    assert "2025-03-25T09:15Z..2025-03-25T09:30Z (1)" in ended.json["detail"]


@pytest.mark.parametrize("absurd", ["nan", "-inf", "10.01", "-10.01", "0.1O", "", "2e400"])
def test_a_wrong_final_price_is_named_by_line_and_column(cf, tmp_path, absurd):
    prices = tmp_path / "p.csv"
    prices.write_text(
        "time_utc,final_eur_kwh\n2025-03-23T23:00:00Z,0.1\n2025-03-23T23:15:00Z,0.1\n"
        f"2025-03-23T23:30:00Z,{absurd}\n"
    )
    ended = plan(cf, prices, tmp_path)
    assert ended.status == 1
    assert ended.json["error"] == "FileRefused"
    assert "line 4, column final_eur_kwh" in ended.json["detail"]


def test_prices_that_are_not_final_must_be_those_of_the_contract(cf, tmp_path):
    start = grid(MONDAY, MONDAY, HOUR)
    prices = write(tmp_path / "p.csv", "value_eur_kwh", start, by_rule(start))
    ended = cf(
        "plan", "--prices", prices, "--contract", "pvpc", "--start", MONDAY, "--dir", tmp_path
    )
    assert ended.status == 1
    assert "holds value_eur_kwh, the contract pvpc needs pvpc" in " ".join(ended.err.split())


def test_prices_under_a_contract_keep_the_periods_of_its_market(cf, tmp_path):
    start = grid(MONDAY, MONDAY, QUARTER)
    prices = write(tmp_path / "p.csv", "price_eur_kwh", start, by_rule(start))
    ended = cf(
        "plan", "--prices", prices, "--contract", "pvpc", "--start", MONDAY, "--dir", tmp_path
    )
    assert ended.status == 1
    assert "line 3" in ended.err
    assert "60 min" in ended.err


def test_any_hourly_price_is_backtested_and_the_mae_is_that_of_the_predictions(cf, tmp_path):
    start, out = grid(FIRST, LAST, HOUR), tmp_path / "out.csv"
    value = 1000 * by_rule(start)
    prices = write(
        tmp_path / "p.csv", "value_eur_mwh", start, value, extra=",weather,", cells=',"a, b",x_y'
    )
    ended = backtest(cf, prices, "--out", out)
    assert ended.status == 0, ended.err + ended.out
    (summary,) = ended.json["summary"]
    assert (ended.json["series"], ended.json["unit"]) == ("value_eur_mwh", "EUR/MWh")
    mae, rows = mae_of(out, start, value)
    assert summary["mae"] == pytest.approx(mae, rel=1e-12)
    assert mae > 1
    assert (summary["origins"], summary["periods"], len(rows)) == (14, 14 * 168 + 7, 14 * 168 + 7)
    assert rows[0]["origin_utc"] == utc_iso(local_midnight(date(2025, 10, 20)))
    week = np.timedelta64(7 * 24, "h")
    at = np.datetime64(rows[0]["delivery_start_utc"][:-1])
    assert float(rows[0]["mean"]) == pytest.approx(value[start == at - week][0])


def test_the_mae_stays_in_the_unit_of_the_file(cf, tmp_path):
    start = grid(FIRST, LAST, HOUR)
    by_kwh = write(tmp_path / "kwh.csv", "price_eur_kwh", start, by_rule(start))
    by_mwh = write(tmp_path / "mwh.csv", "pvpc_eur_mwh", start, 1000 * by_rule(start))
    (pvpc,), (plain,) = (backtest(cf, path).json["summary"] for path in (by_kwh, by_mwh))
    assert pvpc["mae"] > 0
    assert plain["mae"] / pvpc["mae"] == pytest.approx(1000)
    assert plain["coverage_80"] == pvpc["coverage_80"]


def test_any_quarter_hour_price_is_backtested_by_the_quarter_hour(cf, tmp_path):
    start, out = grid(FIRST, LAST, QUARTER), tmp_path / "out.csv"
    prices = write(tmp_path / "p.csv", "price_eur_mwh", start, 1000 * by_rule(start))
    last = date(2025, 8, 1) + timedelta(days=60)  # all of it before the quarter-hour market
    ended = backtest(cf, prices, "--out", out, first=last - timedelta(days=2), last=last)
    assert ended.status == 0, ended.err + ended.out
    mae, rows = mae_of(out, start, 1000 * by_rule(start))
    assert len(rows) == 3 * 7 * 96
    assert ended.json["summary"][0]["mae"] == pytest.approx(mae)


def test_ridge_learns_a_price_that_is_no_market_price(cf, tmp_path):
    start = grid(date(2025, 3, 1), LAST, HOUR)
    prices = write(tmp_path / "p.csv", "value_eur_kwh", start, by_rule(start))
    ended = cf(
        "backtest", "--prices", prices, "--from", "2025-10-20", "--to", "2025-10-20", "--models",
        "ridge", "--horizon", "24", "--workers", "1", "--json",
    )  # fmt: skip
    assert ended.status == 0, ended.err + ended.out
    assert ended.json["summary"][0]["periods"] == 24


def test_a_wrong_row_of_a_history_is_named(cf, tmp_path):
    prices = tmp_path / "p.csv"
    prices.write_text(
        "time_utc,value_eur_mwh\n2025-08-01T00:00:00Z,5\n2025-08-01T01:00:00Z,5\n"
        "2025-08-01T02:00:00,5\n"
    )
    ended = backtest(cf, prices)
    assert ended.status == 1
    assert "line 4, column time_utc" in ended.json["detail"]
    assert "offset" in ended.json["detail"]
