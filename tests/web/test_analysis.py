"""What is answered about the climate."""

from __future__ import annotations

import numpy as np
import pytest
from fastapi.testclient import TestClient

from chocolate_factory.insights.climatology import DailyValues, Limit
from chocolate_factory.market.catalog import SPOT
from chocolate_factory.upkeep import Climate, DayOfWeather, WeatherAndPrices
from chocolate_factory.web.analysis_routes import AnalysisDesk

PATHS = ("siar-summary", "weather-correlation", "seasonal-patterns", "critical-thresholds")


@pytest.fixture
def desk(make_app, snapshot):
    day = np.datetime64("2020-01-01") + np.arange(6 * 365)
    heat = 22 - 14 * np.cos(2 * np.pi * np.arange(day.size) / 365.25)
    station = np.full(day.size, "J17")
    hot = DailyValues("temp_max", "degC", day, heat, station)
    wind = DailyValues("wind_direction_mean", "deg", day, heat, station)
    price = DailyValues("spot", "EUR/MWh", day, 90 - heat, np.full(day.size, "peninsula"))
    now = snapshot.as_of
    told = AnalysisDesk(
        now=lambda: now,
        climate=lambda: Climate({"temp_max": hot, "wind_direction_mean": wind}, (), False),
        together=lambda: WeatherAndPrices(SPOT, price, (hot, wind), (), False),
        today=lambda: DayOfWeather(
            now.date(), 24, 10, (("temp_max", 40.0), ("humidity_max", 90.0)), ()
        ),
        limits=(Limit("tempering", "temp_max", 26.0),),
    )
    with TestClient(make_app(lambda: snapshot, analysis=told)) as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
def test_without_data_an_answer_has_no_figure_and_names_what_is_missing(client, path):
    answer = client.get(f"/analysis/{path}")
    assert answer.status_code == 200
    told = answer.json()
    assert told["missing"]
    lists = ("variables", "correlations", "best_months", "limits", "extremes")
    assert not any(told.get(name) for name in lists)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("given", ["client", "desk"])
def test_every_sentence_of_an_answer_is_told_in_spanish_too(given, path, request):
    asked = request.getfixturevalue(given)
    english, spanish = (
        sentences(asked.get(f"/analysis/{path}", headers={"Accept-Language": language}).json())
        for language in ("en", "es")
    )
    assert len(english) == len(spanish)
    assert set(english).isdisjoint(spanish)


def sentences(told: dict) -> list[str]:
    """What an answer says in words."""
    reasons = [one["reason"] for one in told.get("correlations", ()) if one["reason"]]
    today = told.get("today", {}).get("missing", ())
    return [*told["missing"], *today, *told.get("notes", ()), *reasons]


def test_today_stands_against_the_same_time_of_year(desk):
    told = desk.get("/analysis/siar-summary").json()["today"]
    (heat,) = told["values"]
    assert (heat["name"], heat["days"], heat["percentile"]) == ("temp_max", 6 * 15, 100.0)
    assert told["foretold_hours"] == 10


def test_a_price_that_goes_against_the_heat_is_told_with_n_and_p(desk):
    told = desk.get("/analysis/weather-correlation").json()
    (heat,) = told["correlations"]
    assert (heat["weather"], heat["days"]) == ("temp_max", 2190)
    assert heat["pearson"] == pytest.approx(-1.0)


def test_best_months_keep_below_the_limit_of_the_plant(desk):
    told = desk.get("/analysis/seasonal-patterns").json()
    ranks = {one["month"]: one["rank"] for one in told["best_months"]}
    assert ranks[1] == ranks[12] == 1
    assert ranks[7] == ranks[8] > ranks[4] > 1
    assert [one["name"] for one in told["variables"]] == ["temp_max"]


def test_a_limit_of_humidity_is_counted_and_ranks_no_month(make_app, snapshot):
    day = np.arange("2019-01-01", "2020-01-01", dtype="datetime64[D]")
    station = np.full(day.size, "J17")
    hot = DailyValues("temp_max", "degC", day, np.full(day.size, 30.0), station)
    damp = DailyValues("humidity_max", "%", day, np.full(day.size, 60.0), station)
    told = AnalysisDesk(
        now=lambda: snapshot.as_of,
        climate=lambda: Climate({"temp_max": hot, "humidity_max": damp}, (), False),
        together=lambda: WeatherAndPrices(SPOT, None, (), (), False),
        today=lambda: DayOfWeather(snapshot.as_of.date(), 0, 0, (), ()),
        limits=(Limit("tempering", "humidity_max", 25.0), Limit("tempering", "temp_max", 26.0)),
    )
    with TestClient(make_app(lambda: snapshot, analysis=told)) as client:
        year = client.get("/analysis/seasonal-patterns").json()
        thresholds = client.get("/analysis/critical-thresholds").json()

    assert year["best_months_limit_c"] == 26.0
    assert [(one["variable"], one["unit"], one["limit"]) for one in thresholds["limits"]] == [
        ("temp_max", "degC", 26.0), ("humidity_max", "%", 25.0),
    ]  # fmt: skip
    assert thresholds["missing"] == []


def test_a_limit_that_the_plant_does_not_give_is_named(desk):
    told = desk.get("/analysis/critical-thresholds").json()
    assert told["missing"] == ["humidity: the plant gives no limit"]
    assert [one["limit"] for one in told["limits"]] == [26.0]
    assert sum(one["above"] for one in told["limits"][0]["months"]) == told["limits"][0]["above"]
