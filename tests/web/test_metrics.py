"""Figures for Prometheus: what they say, to whom, and that the example dashboard asks for them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from chocolate_factory.pipeline import Snapshot
from chocolate_factory.store.base import Outcome, Run
from chocolate_factory.store.tokens import Role, Token
from chocolate_factory.web.callers import Access

AS_OF = datetime(2026, 11, 25, 13, 20, tzinfo=UTC)
HERE = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)}
GRAFANA = Path(__file__).parents[2] / "deploy/grafana.json"
MakeApp = Callable[..., FastAPI]


def figures(client: TestClient) -> dict[str, dict[tuple[str, ...], float]]:
    """Every sample by name and label values, in the labels' order."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[
                tuple(sample.labels[name] for name in sorted(sample.labels))
            ] = sample.value
    return found


@pytest.fixture
def told(make_app: MakeApp, snapshot: Snapshot, trouble: Any) -> dict[str, Any]:
    client = TestClient(make_app(lambda: snapshot, lambda: trouble), **HERE)
    assert client.get("/version").status_code == 200
    assert client.get("/jobs/no-such-run").status_code == 404
    assert client.get("/made/up/path").status_code == 404
    return figures(client)


def test_freshness_gaps_and_errors_are_those_of_the_page(told: dict[str, Any]):
    assert told["chocolate_factory_series_age_seconds"]["peninsula", "spot"] == 4_900
    assert ("linares", "humidity") not in told["chocolate_factory_series_age_seconds"]
    assert told["chocolate_factory_gap_periods"]["peninsula", "spot"] == 5
    assert told["chocolate_factory_longest_gap_seconds"]["linares", "temperature"] == 30 * 3600
    assert told["chocolate_factory_forecast_mae"]["spot", "EUR/MWh"] == pytest.approx(12.0)
    assert told["chocolate_factory_forecast_coverage_ratio"]["80", "spot"] == pytest.approx(0.79)
    assert told["chocolate_factory_forecast_findings"] == {("pvpc",): 0, ("spot",): 0}


def test_every_job_tells_how_its_newest_run_ended(told: dict[str, Any]):
    outcomes = told["chocolate_factory_job_last_outcome"]

    assert outcomes["weather-forecast", "rejected"] == 1
    assert sum(outcomes["weather-forecast", one.value] for one in Outcome if one != "running") == 1
    assert told["chocolate_factory_job_last_duration_seconds"]["weather-forecast",] == 60
    assert told["chocolate_factory_job_failures_kept"]["weather-forecast",] == 2


def test_how_long_planning_took_is_told(
    make_app: MakeApp, snapshot: Snapshot, well: Any, make_job_line: Any
):
    idle = Run("plan-2", "plan", AS_OF - timedelta(hours=1), AS_OF, Outcome.NOTHING_DUE)
    upkeep = replace(well, jobs=(make_job_line("plan", last=idle, solve_ms=8250),))
    client = TestClient(make_app(lambda: snapshot, lambda: upkeep), **HERE)

    assert figures(client)["chocolate_factory_plan_duration_seconds"] == {("plan",): 8.25}


def test_requests_are_counted_by_route_and_made_up_paths_are_one(told: dict[str, Any]):
    counts = told["chocolate_factory_request_duration_seconds_count"]

    assert counts["GET", "/version", "200"] == 1
    assert counts["GET", "/jobs/{job_id}", "404"] == 1
    assert counts["GET", "other", "404"] == 1
    assert not [labels for labels in counts if "made" in labels[1]]


def test_made_up_methods_are_one(make_app: MakeApp, snapshot: Snapshot):
    client = TestClient(make_app(lambda: snapshot), **HERE)
    for number in range(3):
        assert client.request(f"MADE{number}", "/version").status_code == 405
    counts = figures(client)["chocolate_factory_request_duration_seconds_count"]

    assert counts["other", "/version", "405"] == 3
    assert not [labels for labels in counts if "MADE" in labels[0]]


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("192.0.2.7", {}, 403),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 403),
        ("127.0.0.1", {"host": "rebound.example"}, 421),
        ("192.0.2.7", {"authorization": "Bearer known"}, 200),
        ("192.0.2.7", {"authorization": "Bearer unknown"}, 401),
        ("127.0.0.1", {"authorization": "Bearer unknown"}, 401),
        ("192.0.2.7", {"authorization": "Bearer known", "via": "1.1 proxy"}, 403),
    ],
)
def test_only_the_machine_itself_and_tokens_are_told(
    make_app: MakeApp, snapshot: Snapshot, client: str, headers: dict[str, str], status: int
):
    viewer = Token("prometheus", Role.VIEWER, AS_OF, AS_OF + timedelta(days=1))
    access = Access(
        lambda: AS_OF, lambda text: viewer if text == "known" else None,
        lambda _: None, lambda _: None,
    )  # fmt: skip
    app = make_app(lambda: snapshot, access=access)
    asks = TestClient(app, base_url="http://127.0.0.1:8000", client=(client, 50_000))

    for method in ("GET", "HEAD"):
        assert asks.request(method, "/metrics", headers=headers).status_code == status


def test_the_example_dashboard_is_json_and_asks_for_figures_there_are(
    make_app: MakeApp, snapshot: Snapshot
):
    client = TestClient(make_app(lambda: snapshot), **HERE)
    assert client.get("/version").status_code == 200
    text = client.get("/metrics").text
    there = set(re.findall(r"^# TYPE (\w+) gauge$", text, re.MULTILINE))
    there |= set(re.findall(r"^(\w+_(?:bucket|count))\{", text, re.MULTILINE))
    board = json.loads(GRAFANA.read_text("utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    named = [set(re.findall(r"chocolate_factory_\w+", expr)) for expr in asked]

    assert all(named)
    assert set().union(*named) - there == set()
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
