"""The stored climate, and the answers about it, against the real SIAR files read another way."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import pearsonr

from chocolate_factory import upkeep
from chocolate_factory.app.inbox import import_files
from chocolate_factory.insights.climatology import Limit
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.catalog import LINARES, SPOT, spec
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.store.base import Store
from chocolate_factory.store.sql import open_store
from chocolate_factory.web import analysis_views, notes

NOW = datetime(2026, 2, 10, 11, tzinfo=UTC)
TEMPERATURE, HUMIDITY = SeriesKey("temperature", LINARES), SeriesKey("humidity", LINARES)
CLASSIC = (
    "Temp Media (ºC)", "Temp Max (ºC)", "Temp Mínima (ºC)", "Humedad Media (%)",
    "Humedad Max (%)", "Humedad Min (%)", "Velviento (m/s)", "DirViento (º)",
    "VelVientoMax (m/s)", "Precipitación (mm)",
)  # fmt: skip
LIMITS = (Limit("conching", "temp_max", 28.0), Limit("tempering", "temp_max", 26.0))


@pytest.fixture(scope="session")
def rows(shared: Path) -> list[dict[str, str]]:
    """The rows of all 27 exports, read with the csv module."""
    return [
        row
        for path in sorted((shared / "data/siar").glob("*.csv"))
        for row in csv.DictReader(path.read_text("utf-16-le").splitlines(), delimiter=";")
    ]


@pytest.fixture(scope="session")
def siar(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that holds them, and the real spot prices."""
    path = tmp_path_factory.mktemp("siar") / "store.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        folders = [shared / "data/siar", shared / "data/prices/omie_spot_2023-04_2025-12.csv"]
        assert not [one for one in import_files(store, folders, now=NOW) if one.refused]
        yield store


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{tmp_path / 'store.db'}")) as store:
        yield store


def number(cell: str) -> float:
    return float(cell.replace(",", "."))


def column(rows: list[dict[str, str]], name: str) -> dict[date, float]:
    return {
        datetime.strptime(row["Fecha"], "%d/%m/%Y").date(): number(row[name])  # noqa: DTZ007
        for row in rows
        if row[name]
    }


def test_every_value_of_the_exports_is_counted(siar: Store, rows):
    told = analysis_views.siar_summary(
        upkeep.climate(siar, as_of=NOW), upkeep.day_of_weather(siar, (), as_of=NOW), as_of=NOW
    )
    assert told.classic_values == sum(bool(row[name]) for row in rows for name in CLASSIC)
    first_26 = [
        row for row in rows
        if datetime.strptime(row["Fecha"], "%d/%m/%Y") < datetime(2025, 10, 1)  # noqa: DTZ001, DTZ007
    ]  # fmt: skip
    assert sum(bool(row[name]) for row in first_26 for name in CLASSIC) == 88_935
    assert told.missing == ()
    assert (told.first, told.last, told.years) == (date(2000, 8, 24), date(2025, 10, 30), 26)
    hottest = column(rows, "Temp Max (ºC)")
    (summary,) = [one for one in told.variables if one.name == "temp_max"]
    assert summary.days == len(hottest)
    assert summary.mean == pytest.approx(np.mean(list(hottest.values())))
    assert summary.highest == max(hottest.values())
    assert hottest[summary.highest_on] == summary.highest
    assert {part.station for part in summary.stations} == {"J09", "J17"}


def test_months_are_the_means_of_the_files(siar: Store, rows):
    told = analysis_views.seasonal_patterns(upkeep.climate(siar, as_of=NOW), LIMITS, as_of=NOW)
    by_month = defaultdict(list)
    for day, value in column(rows, "Humedad Media (%)").items():
        by_month[day.month].append(value)
    (humidity,) = [one for one in told.variables if one.name == "humidity_mean"]
    assert [m.days for m in humidity.months] == [len(by_month[n]) for n in range(1, 13)]
    assert [m.mean for m in humidity.months] == pytest.approx(
        [np.mean(by_month[n]) for n in range(1, 13)]
    )
    hot = column(rows, "Temp Max (ºC)")
    assert (told.best_months_limit_c, told.best_months_stage) == (26.0, "tempering")
    assert [m.above for m in told.best_months] == [
        sum(value > 26 for day, value in hot.items() if day.month == n) for n in range(1, 13)
    ]
    assert {m.month for m in told.best_months if m.rank == 1} >= {1, 12}


def test_days_above_the_limits_of_the_plant_are_those_of_the_files(siar: Store, rows):
    told = analysis_views.critical_thresholds(upkeep.climate(siar, as_of=NOW), LIMITS, as_of=NOW)
    hot = column(rows, "Temp Max (ºC)")
    assert [one.stage for one in told.limits] == ["tempering", "conching"]
    for one in told.limits:
        above = sorted(day for day, value in hot.items() if value > one.limit)
        assert (one.days, one.above) == (len(hot), len(above))
        assert one.last_above == above[-1]
        assert {y.year: y.above for y in one.years} == {
            year: sum(day.year == year for day in above) for year in {day.year for day in hot}
        }
        run = longest = 0
        for at, day in enumerate(above):
            run = run + 1 if at and day - above[at - 1] == timedelta(days=1) else 1
            longest = max(longest, run)
        assert one.longest_days == longest
    assert told.missing == ("humidity: the plant gives no limit",)
    damp = list(column(rows, "Humedad Max (%)").values())
    (extreme,) = [one for one in told.extremes if one.name == "humidity_max"]
    assert extreme.p95 == pytest.approx(np.quantile(damp, 0.95))


def test_the_correlation_of_price_and_wind_is_that_of_the_files(siar: Store, rows, shared: Path):
    told = analysis_views.weather_correlation(
        upkeep.weather_and_prices(siar, SPOT, (), as_of=NOW), as_of=NOW
    )
    sums: dict[date, list[float]] = defaultdict(lambda: [0.0, 0.0])
    with (shared / "data/prices/omie_spot_2023-04_2025-12.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            start = datetime.fromisoformat(row["time_utc"])
            day = next(
                d for d in (start.date() + timedelta(days=n) for n in (1, 0, -1))
                if local_midnight(d) <= start
            )  # fmt: skip
            hours = float(row["resolution_min"]) / 60
            sums[day][0] += hours
            sums[day][1] += hours * float(row["spot_es_eur_mwh"])
    price = {
        day: total / hours
        for day, (hours, total) in sums.items()
        if timedelta(hours=hours) == local_midnight(day + timedelta(days=1)) - local_midnight(day)
    }
    wind = column(rows, "Velviento (m/s)")
    both = sorted(price.keys() & wind.keys())
    (found,) = [one for one in told.correlations if one.weather == "wind_speed_mean"]
    assert (found.days, found.first, found.last) == (len(both), both[0], both[-1])
    wanted = pearsonr([price[d] for d in both], [wind[d] for d in both])
    assert found.pearson == pytest.approx(wanted.statistic)
    assert found.p_value >= wanted.pvalue
    assert not any("direction" in one.weather for one in told.correlations)


def hourly(key: SeriesKey, first: date, last: date, kind: Kind, **more) -> Observations:
    start, resolution_s = spec(key).grid(first, last)
    keep = slice(more.get("begin", 0), more.get("end", start.size))
    start, resolution_s = start[keep], resolution_s[keep]
    value = np.arange(start.size) % 24 + 0.5
    return Observations(
        key, "open-meteo", kind, start, resolution_s, value, np.full(start.size, start[0]),
        np.zeros(start.size, dtype=bool),
    )  # fmt: skip


def test_an_empty_store_has_no_figures_and_says_what_is_missing(empty: Store):
    told = upkeep.climate(empty, as_of=NOW)
    summary = analysis_views.siar_summary(
        told, upkeep.day_of_weather(empty, (TEMPERATURE,), as_of=NOW), as_of=NOW
    )
    assert (summary.days, summary.first, summary.variables) == (0, None, ())
    assert any(text.startswith("temp_max (J09, J17): no day is stored") for text in summary.missing)
    assert summary.today.missing == ("temperature (linares) on 2026-02-10: 24 of 24 hours",)
    together = upkeep.weather_and_prices(empty, SPOT, (TEMPERATURE,), as_of=NOW)
    assert analysis_views.weather_correlation(together, as_of=NOW).correlations == ()
    assert any(text.startswith("spot@peninsula: no day") for text in together.missing)
    assert all(map(notes.read, (*summary.missing, *summary.today.missing, *together.missing)))
    assert analysis_views.seasonal_patterns(told, LIMITS, as_of=NOW).best_months == ()
    assert analysis_views.critical_thresholds(told, LIMITS, as_of=NOW).limits == ()


def test_today_is_what_was_measured_and_what_is_foretold_of_the_rest(empty: Store):
    today = date(2026, 2, 10)
    empty.append([hourly(TEMPERATURE, today, today, Kind.ANALYSED, end=12)], now=NOW)
    empty.append([hourly(HUMIDITY, today, today, Kind.ANALYSED, end=12)], now=NOW)
    after = hourly(TEMPERATURE, today, today, Kind.FORECAST, begin=12)
    empty.append([after], now=NOW)
    told = upkeep.day_of_weather(empty, (TEMPERATURE, HUMIDITY), as_of=NOW)
    assert (told.hours, told.foretold_hours) == (24, 12)
    assert dict(told.values)["temp_max"] == 11.5
    assert told.missing == ("humidity@linares on 2026-02-10: 12 of 24 hours",)


def test_hourly_weather_counts_by_whole_days_and_a_forecast_never(empty: Store):
    first, last = date(2025, 3, 28), date(2025, 3, 31)
    empty.append([hourly(TEMPERATURE, first, last, Kind.ANALYSED, end=24 + 24 + 23 + 5)], now=NOW)
    empty.append([hourly(HUMIDITY, first, last, Kind.FORECAST)], now=NOW)
    told = upkeep.weather_and_prices(empty, SPOT, (TEMPERATURE, HUMIDITY), as_of=NOW)
    (weather,) = told.weather
    assert weather.day.astype(str).tolist() == ["2025-03-28", "2025-03-29", "2025-03-30"]
    assert "temperature@linares: days stored in part and left out: 1" in told.missing
    assert any(text.startswith("humidity@linares: no day") for text in told.missing)
    assert all(map(notes.read, told.missing))
