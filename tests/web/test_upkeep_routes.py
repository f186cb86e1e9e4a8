"""What the paths about the data answer, and what they let begin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chocolate_factory.errors import StoreError
from chocolate_factory.pipeline import Snapshot

RANGE = "/gaps/backfill/range"
TODAY = date(2026, 11, 25)
MakeApp = Callable[..., FastAPI]


def detail(answer: Any, status: int = 422) -> str:
    """The text of a problem of that status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["detail"]


def test_the_gap_summary_says_how_grave_since_when_and_who_could_repair(
    on_this_machine: TestClient,
):
    told = on_this_machine.get("/gaps/summary").json()

    temperature = told["series"][2]
    assert told["complete"] is False
    assert told["totals"] == {"minor": 2, "moderate": 2, "critical": 1}
    assert told["since"] == "2026-11-21T00:00:00+01:00"
    assert told["missing_h"] == 1.25 + 37 + 6
    assert temperature["severity"] == "critical"
    assert temperature["missing_h"] == 37
    assert temperature["since"] == "2026-11-21T00:00:00+01:00"
    assert temperature["feeds"][0] == "aemet-observation"
    assert [(gap["length_h"], gap["severity"]) for gap in temperature["gaps"]] == [
        (30.0, "critical"), (6.0, "moderate"), (1.0, "minor"),
    ]  # fmt: skip


def test_a_whole_store_has_no_oldest_gap(client: TestClient):
    told = client.get("/gaps/summary").json()

    assert told["complete"] is True
    assert told["since"] is None
    assert told["missing_h"] == 0
    assert told["series"][0]["severity"] is None


def test_gaps_are_looked_for_as_far_back_as_asked(make_app: MakeApp, snapshot: Snapshot, well):
    app = make_app(lambda: snapshot)
    client = TestClient(app)

    assert client.get("/gaps/detect?days_back=3660").status_code == 200
    for days in ("0", "3661", "-1", "x"):
        assert "days_back" in detail(client.get(f"/gaps/detect?days_back={days}"))


def test_the_hybrid_weather_names_who_spoke_and_who_should_have(on_this_machine: TestClient):
    (hour,) = on_this_machine.get("/weather/hybrid").json()["hours"]

    reading = hour["readings"][0]
    assert hour["start"] == "2026-11-25T14:00:00+01:00"
    assert reading["series"] == "temperature"
    assert reading["source"] == "simulation:open-meteo"
    assert reading["preferred"] == "openweathermap"
    assert reading["fallback"] is True
    assert reading["unit"] == "degC"


def test_the_scheduler_tells_next_run_last_result_counts_and_durations(
    on_this_machine: TestClient,
):
    told = on_this_machine.get("/scheduler/status").json()

    repair, forecast = told["jobs"]
    assert told["as_of"] == "2026-11-25T14:20:00+01:00"
    assert repair["name"] == "gap-repair"
    assert repair["next_run"] == "2026-11-25T15:05:00+01:00"
    assert (repair["running"]["done"], repair["running"]["total"]) == (12, 40)
    assert repair["last"] is None
    assert forecast["last"]["state"] == "rejected"
    assert (forecast["runs_kept"], forecast["failures_kept"]) == (9, 2)
    assert forecast["mean_duration_s"] == 1.5


def test_a_run_tells_how_far_it_is_and_then_how_it_ended(on_this_machine: TestClient):
    runs = on_this_machine.get("/jobs").json()["runs"]

    under_way = on_this_machine.get(f"/jobs/{runs[0]['id']}").json()
    failed = on_this_machine.get(f"/jobs/{runs[2]['id']}").json()

    assert under_way == runs[0]
    assert under_way["state"] == "running"
    assert (under_way["done"], under_way["total"]) == (12, 40)
    assert under_way["started"] == "2026-11-25T14:17:00+01:00"
    assert under_way["finished"] is None
    assert failed["state"] == "failed"
    assert failed["detail"] == "the disk is full: free some space"
    assert failed["finished"] == "2026-11-25T03:21:00+01:00"


def test_so_many_of_the_newest_runs_are_listed(on_this_machine: TestClient):
    assert len(on_this_machine.get("/jobs?limit=2").json()["runs"]) == 2
    assert "limit" in detail(on_this_machine.get("/jobs?limit=201"))


def test_an_unknown_run_is_a_problem_that_says_where_they_are(client: TestClient):
    answer = client.get("/jobs/backfill-1")

    assert "/jobs" in detail(answer, 404)
    assert answer.json()["type"] == "/docs#unknown"


def test_begun_work_is_answered_with_where_its_progress_is_told(
    on_this_machine: TestClient, asked: Any
):
    answer = on_this_machine.post("/ingest-now")

    assert answer.status_code == 202
    assert answer.headers["location"] == f"/jobs/{answer.json()['id']}"
    assert answer.json()["state"] == "running"
    assert asked.calls == [("ingest-now",)]


def test_the_same_work_asked_for_again_is_the_same_run(on_this_machine: TestClient):
    first, second = (on_this_machine.post("/gaps/backfill?days_back=7") for _ in range(2))

    assert first.status_code == second.status_code == 202
    assert first.headers["location"] == second.headers["location"]


@pytest.mark.parametrize(
    ("query", "days"), [("", 30), ("?days_back=1", 1), ("?days_back=3660", 3660)]
)
def test_a_backfill_of_days_back_ends_today(
    on_this_machine: TestClient, asked: Any, query: str, days: int
):
    assert on_this_machine.post(f"/gaps/backfill{query}").status_code == 202

    assert asked.calls == [("backfill", TODAY - timedelta(days=days - 1), TODAY, None)]


@pytest.mark.parametrize("days", ["0", "3661", "1.5"])
def test_days_back_outside_ten_years_begin_nothing(
    on_this_machine: TestClient, asked: Any, days: str
):
    assert "days_back" in detail(on_this_machine.post(f"/gaps/backfill?days_back={days}"))
    assert asked.calls == []


@pytest.mark.parametrize(("query", "hours"), [("", 6.0), ("?max_gap_hours=0.5", 0.5)])
def test_short_gaps_can_be_repaired_alone(
    on_this_machine: TestClient, asked: Any, query: str, hours: float
):
    assert on_this_machine.post(f"/gaps/backfill/auto{query}").status_code == 202
    assert asked.calls == [("backfill", hours)]


@pytest.mark.parametrize("hours", ["0", "-1", "nan", "inf", "1e9"])
def test_an_impossible_gap_length_begins_nothing(
    on_this_machine: TestClient, asked: Any, hours: str
):
    answer = on_this_machine.post(f"/gaps/backfill/auto?max_gap_hours={hours}")

    assert "max_gap_hours" in detail(answer)
    assert asked.calls == []


def test_a_range_may_stand_in_the_body_or_in_the_query(on_this_machine: TestClient, asked: Any):
    body = {"from": "2026-11-01", "to": "2026-11-25", "series": "spot"}

    assert on_this_machine.post(RANGE, json=body).status_code == 202
    assert on_this_machine.post(RANGE, params=body).status_code == 202
    assert (
        asked.calls == [("backfill", date(2026, 11, 1), date(2026, 11, 25), "spot@peninsula")] * 2
    )


def test_a_range_of_one_day_and_of_ten_years_are_taken(on_this_machine: TestClient, asked: Any):
    for first in ("2026-11-25", "2016-11-18"):
        assert on_this_machine.post(f"{RANGE}?from={first}&to=2026-11-25").status_code == 202
    assert [call[3] for call in asked.calls] == [None, None]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "from and to"),
        ("?from=2026-11-01", "from and to"),
        ("?from=2026-11-02&to=2026-11-01", "from 2026-11-02 is after to 2026-11-01"),
        ("?from=2016-11-17&to=2026-11-25", "more than ten years"),
        ("?from=2026-02-30&to=2026-11-25", "query.from"),
        ("?from=2026-11-01&to=2026-11-25&series=gas", "spot@peninsula, temperature@linares"),
    ],
)
def test_a_range_that_does_not_fit_says_why_and_begins_nothing(
    on_this_machine: TestClient, asked: Any, query: str, said: str
):
    assert said in detail(on_this_machine.post(f"{RANGE}{query}"))
    assert asked.calls == []


def test_a_range_in_body_and_query_at_once_is_refused(on_this_machine: TestClient):
    body = {"from": "2026-11-01", "to": "2026-11-25"}
    assert "not in both" in detail(on_this_machine.post(f"{RANGE}?series=spot", json=body))


def test_a_body_with_an_unknown_member_is_refused(on_this_machine: TestClient, asked: Any):
    body = {"from": "2026-11-01", "to": "2026-11-25", "serie": "spot"}

    assert "serie" in detail(on_this_machine.post(RANGE, json=body))
    assert asked.calls == []


def test_a_store_that_cannot_be_read_is_told_as_such(make_app: MakeApp, snapshot: Snapshot):
    def broken():
        raise StoreError("the disk is full: free some space")

    client = TestClient(make_app(lambda: snapshot, broken))
    for path in ("/gaps/summary", "/gaps/detect", "/weather/hybrid", "/scheduler/status", "/jobs",
                 "/jobs/x"):  # fmt: skip
        assert detail(client.get(path), 503) == "the disk is full: free some space"


def test_the_description_names_every_answer_of_work_that_is_begun(client: TestClient):
    document = client.get("/openapi.json").json()

    for path in ("/gaps/backfill", "/gaps/backfill/auto", RANGE, "/ingest-now"):
        replies = document["paths"][path]["post"]["responses"]
        assert set(replies) == {
            "202", "401", "403", "408", "413", "415", "422", "429", "503",
        }  # fmt: skip
        assert "Location" in replies["202"]["headers"]
        assert list(replies["403"]["content"]) == ["application/problem+json"]


def test_the_reference_names_the_record_that_may_be_sent(client: TestClient):
    assert 'JSON body: <a href="#BackfillRange">' in client.get("/docs").text


def test_the_page_reads_each_part_once(make_app: MakeApp, snapshot: Snapshot, well):
    count = []

    def counted():
        count.append(1)
        return well

    TestClient(make_app(lambda: snapshot, counted)).get("/dashboard")

    assert len(count) == 7  # gaps, hybrid, disagreements, feeds, scheduler, runs, advice
