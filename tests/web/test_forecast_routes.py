"""What the paths about forecasts answer, from stored values only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from web.conftest import AS_OF, Asked, models_amiss

from chocolate_factory.pipeline import Snapshot

MakeApp = Callable[..., FastAPI]
WEEKLY, HOURLY = "/predict/prices/weekly", "/predict/prices/hourly"
DEVIATION = "/insights/ree-deviation"


@pytest.fixture
def amiss(make_app: MakeApp, snapshot: Snapshot) -> Iterator[TestClient]:
    """A plant whose spot forecasts are amiss and whose PVPC ones were never scored."""
    with TestClient(make_app(lambda: snapshot, models=models_amiss)) as client:
        yield client


def test_published_prices_are_told_with_their_source_and_since_when(client: TestClient):
    told = client.get("/ree/prices?date=2026-11-25&days=3").json()

    assert (told["series"], told["place"], told["simulated"]) == ("spot", "peninsula", True)
    assert len(told["prices"]) == 2 * 96  # the third day is not published
    first = told["prices"][0]
    assert first["start"] == "2026-11-25T00:00:00+01:00"
    assert first["end"] == "2026-11-25T00:15:00+01:00"
    assert first["source"] == "simulation:omie"
    assert first["available_at"] == "2026-11-24T12:00:00+01:00"
    assert [one["start"] for one in told["prices"]] == sorted(
        one["start"] for one in told["prices"]
    )
    assert client.get("/ree/prices").json()["prices"] == told["prices"]


@pytest.mark.parametrize("day", ["1997-12-31", "0001-01-01", "2026-11-27", "9999-12-31"])
def test_prices_of_a_day_that_no_market_told_are_unknown(client: TestClient, day: str):
    for path in ("/ree/prices", DEVIATION):
        assert day in problem(client.get(f"{path}?date={day}"), "unknown", 404)


def problem(answer: Any, name: str, status: int) -> str:
    """The text of a problem of that type."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["type"] == f"/docs#{name}"
    return told["detail"]


def test_the_week_is_seven_madrid_days_by_hour_from_today(client: TestClient):
    told = client.get(WEEKLY).json()

    assert [day["day"] for day in told["days"]] == [f"2026-11-{day}" for day in range(25, 31)] + [
        "2026-12-01"
    ]
    assert [len(day["hours"]) for day in told["days"]] == [24] * 7
    assert [day["published"] for day in told["days"]] == [True, True, *[False] * 5]
    assert told["days"][0]["hours"][0]["start"] == "2026-11-25T00:00:00+01:00"
    assert told["published_to"] == "2026-11-27T00:00:00+01:00"


def test_a_day_is_summed_up_by_its_hours(client: TestClient):
    day = client.get(WEEKLY).json()["days"][3]

    prices = [hour["mean_eur_kwh"] for hour in day["hours"]]
    assert (day["low_eur_kwh"], day["high_eur_kwh"]) == (min(prices), max(prices))
    assert day["mean_eur_kwh"] == pytest.approx(sum(prices) / 24, abs=1e-6)


def test_hours_are_told_in_quarter_hours_from_the_one_under_way(client: TestClient):
    told = client.get(f"{HOURLY}?hours=3").json()

    assert told["start"] == "2026-11-25T14:15:00+01:00"
    assert told["end"] == "2026-11-25T17:15:00+01:00"
    assert len(told["periods"]) == 12
    assert told["periods"][0]["end"] == told["periods"][1]["start"]
    assert told["complete"] is True


def test_two_weeks_are_told_as_far_as_the_forecast_goes(client: TestClient):
    told = client.get(f"{HOURLY}?hours=336").json()

    assert told["complete"] is False
    assert told["end"] == "2026-12-09T00:00:00+01:00"
    assert len(told["periods"]) == (336 - 14) * 4 - 1


@pytest.mark.parametrize("hours", ["0", "337", "-1", "x", "1.5"])
def test_hours_out_of_reach_are_refused_with_the_reason(client: TestClient, hours: str):
    assert "hours" in problem(client.get(f"{HOURLY}?hours={hours}"), "invalid-request", 422)


def test_prices_are_per_kwh_and_quantiles_stand_in_order(client: TestClient, snapshot: Snapshot):
    period = client.get(f"{HOURLY}?hours=336").json()["periods"][-1]

    assert snapshot.forecast is not None
    assert period["mean_eur_kwh"] == round(snapshot.forecast.mean[-1] / 1000, 6)
    quantiles = [
        period[f"p{level}_eur_kwh"] for level in ("05", "10", "25", "50", "75", "90", "95")
    ]
    assert quantiles == sorted(quantiles)
    assert quantiles[0] < quantiles[-1]


def test_an_outlook_says_whose_it_is_and_how_old(client: TestClient):
    told = client.get(WEEKLY).json()

    assert (told["series"], told["model"], told["simulated"]) == ("spot", "ridge", True)
    assert told["age_s"] == 35 * 60
    assert told["stale"] is False
    assert told["origin"] == "2026-11-25T13:45:00+01:00"


@pytest.mark.parametrize("path", [WEEKLY, HOURLY])
def test_without_a_forecast_no_number_is_made_up_and_the_way_to_one_is_said(
    client: TestClient, path: str
):
    assert "chocolate-factory forecast" in problem(
        client.get(f"{path}?series=pvpc"), "no-forecast", 503
    )


@pytest.mark.parametrize("path", [WEEKLY, HOURLY, DEVIATION])
def test_another_series_is_refused_with_those_there_are(client: TestClient, path: str):
    detail = problem(client.get(f"{path}?series=cocoa"), "invalid-request", 422)
    assert "'pvpc' or 'spot'" in detail


def test_the_status_says_what_can_be_asked_for_and_how_good_it_is(client: TestClient):
    pvpc, spot = client.get("/predict/prices/status").json()["series"]

    assert (pvpc["state"], spot["state"]) == ("unknown", "ok")
    assert (spot["available"], spot["model"]) == (True, "champion")
    assert spot["rmae"] == pytest.approx(12 / 18)
    assert (spot["coverage_80"], spot["coverage_90"]) == pytest.approx((0.79, 0.9))
    assert spot["reasons"] == []
    assert pvpc["reasons"] == ["pvpc: fewer than 7 of the last 28 days are scored"]


def test_a_model_tells_its_weights_its_scores_beside_the_naive_and_its_file(client: TestClient):
    spot = client.get("/models/status-direct").json()["series"][1]

    assert spot["weights"] == {"ridge": 0.55, "boosted": 0.35, "similar-day": 0.1}
    assert spot["week"]["days"] == 28
    assert spot["week"]["naive_mae"] == pytest.approx(18.0)
    assert spot["models"][0]["beats_naive"] is True
    assert [lead["lead_day"] for lead in spot["leads"]] == [1]
    assert spot["artefact"]["usable"] is True
    assert spot["artefact"]["trained"] == "2026-11-25T04:20:00+01:00"


def test_forecasts_that_are_amiss_say_what_and_by_how_much(amiss: TestClient):
    pvpc, spot = amiss.get("/models/status-direct").json()["series"]

    assert (pvpc["state"], pvpc["unjudged"], pvpc["week"]) == ("unknown", "few-days", None)
    assert spot["state"] == "drift"
    assert [finding["what"] for finding in spot["findings"]] == [
        "above-median", "loses-to-naive", "coverage-80", "coverage-90",
    ]  # fmt: skip
    assert spot["findings"][0]["measured"] == pytest.approx(40 / 12)
    assert spot["models"][0]["beats_naive"] is False
    assert "does not beat the naive" in spot["findings"][1]["text"]


def test_what_is_amiss_is_said_in_the_language_asked_for(amiss: TestClient):
    spot = amiss.get("/models/status-direct?lang=es").json()["series"][1]
    header = {"accept-language": "es"}
    short = amiss.get("/predict/prices/status", headers=header).json()["series"][1]

    assert "El intervalo del 80 % contuvo" in spot["findings"][2]["text"]
    assert short["reasons"][:4] == [finding["text"] for finding in spot["findings"]]
    assert spot["notes"] == []


def test_why_nothing_can_be_said_is_in_the_language_asked_for(client: TestClient):
    pvpc = client.get("/predict/prices/status?lang=es").json()["series"][0]

    assert pvpc["reasons"] == ["Hay menos de 7 días evaluados de los últimos 28."]


def test_a_trained_model_that_is_not_used_says_why(amiss: TestClient):
    artefact = amiss.get("/models/status-direct").json()["series"][1]["artefact"]
    reasons = amiss.get("/predict/prices/status").json()["series"][1]["reasons"]

    assert artefact["usable"] is False
    assert artefact["fault"] == "its checksum is another: ridge forecasts"
    assert artefact["fault"] in reasons


def test_yesterday_is_told_hour_by_hour_with_its_bias(client: TestClient):
    told = client.get(DEVIATION).json()

    assert told["day"] == "2026-11-24"
    assert len(told["hours"]) == 24
    assert told["hours"][0]["deviation_eur_kwh"] == pytest.approx(-0.005, abs=2e-6)
    assert told["bias_eur_kwh"] == pytest.approx(-0.0015)
    assert (told["model"], told["inputs"]) == ("ridge", {"history": "3 years"})
    assert told["vintages"][0]["lead_day"] == 1
    assert told["vintages"][0]["rmae"] == pytest.approx(12 / 18)


def test_an_hour_whose_price_is_not_known_has_none(client: TestClient):
    hour = client.get(DEVIATION).json()["hours"][-1]

    assert hour["actual_eur_kwh"] is None
    assert hour["deviation_eur_kwh"] is None
    assert hour["inside_80"] is None
    assert hour["forecast_eur_kwh"] is not None


def test_a_day_without_a_stored_forecast_is_a_problem_and_a_day_to_come_a_mistake(
    client: TestClient,
):
    assert "later day" in problem(client.get(f"{DEVIATION}?date=2026-10-01"), "unknown", 404)
    assert "future" in problem(client.get(f"{DEVIATION}?date=2026-11-27"), "unknown", 404)
    assert "date" in problem(client.get(f"{DEVIATION}?date=yesterday"), "invalid-request", 422)


@pytest.mark.parametrize("path", ["/models/train", "/predict/prices/train"])
def test_training_is_begun_and_told_at_its_run(
    on_this_machine: TestClient, asked: Asked, path: str
):
    answer = on_this_machine.post(path)

    assert answer.status_code == 202
    assert asked.calls == [("train-prices",)]
    assert answer.headers["location"] == f"/jobs/{answer.json()['id']}"
    assert answer.json()["state"] == "running"


def test_training_is_refused_to_others(client: TestClient):
    assert client.post("/models/train").status_code == 403


@pytest.mark.parametrize(
    "path", [WEEKLY, HOURLY, "/predict/prices/status", "/models/status-direct", DEVIATION]
)
def test_every_instant_of_an_answer_has_its_offset(client: TestClient, path: str):
    def instants(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for each in value.values():
                yield from instants(each)
        elif isinstance(value, list):
            for each in value:
                yield from instants(each)
        elif isinstance(value, str) and value[4:5] == "-" and "T" in value and ":" in value:
            yield value

    found = list(instants(client.get(path).json()))
    assert found
    assert all(datetime.fromisoformat(text).utcoffset() is not None for text in found)
    assert AS_OF.isoformat() in found
