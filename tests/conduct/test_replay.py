"""A past week planned again day by day, beside habit and perfect foresight."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from conduct.conftest import HOLLOW

from chocolate_factory.conduct.replay import (
    ReplayedWeek,
    ReplayRules,
    mondays,
    replay_week,
    stored_outlook,
)
from chocolate_factory.conduct.replay_totals import totals
from chocolate_factory.fleet import ReplayJob, replay_job, replaying
from chocolate_factory.market.calendar import (
    HOUR,
    delivery_day,
    local_days,
    local_hours,
    local_midnight,
    periods,
)
from chocolate_factory.market.catalog import GAS, PVPC, spec
from chocolate_factory.market.series import Forecast, Kind, Observations

MONDAY = date(2025, 11, 10)
LATER = datetime(2025, 11, 20, tzinfo=UTC)
RULES = ReplayRules(early=False)


@pytest.fixture
def replayed(floor):
    def week(monday=MONDAY, rules=RULES, **changes):
        task = replace(floor.task, time_limit_s=250.0, **changes)
        told = stored_outlook(floor.store, task, ("naive",))
        return replay_week(floor.store, task, monday, told=told, as_of=LATER, rules=rules)

    return week


def test_a_week_forecast_without_error_captures_all_that_is_possible(replayed):
    week = replayed()  # prices repeat from week to week
    assert week.skipped is None
    assert week.plan_eur == pytest.approx(week.perfect_eur, abs=1e-4)
    assert week.perfect_eur < week.habit_eur
    assert week.unproven == 0


def test_a_plan_is_never_cheaper_than_perfect_foresight_and_makes_the_same_batches(floor, replayed):
    floor.now = datetime(2025, 11, 11, tzinfo=UTC)
    floor.learn(date(2025, 11, 12), date(2025, 11, 13), cheap=16)  # nobody saw that coming
    week = replayed(rules=ReplayRules())
    assert week.replans >= 1
    assert week.perfect_eur - 1e-6 <= week.plan_eur
    assert week.perfect_eur - 1e-6 <= week.own_day_eur
    plant = floor.task.plant
    kwh = sum(
        demand.batches * sum(stage.energy_kwh(demand.grade) for stage in plant.stages)
        for demand in floor.task.orders.in_window(MONDAY, 7)
    )
    assert week.energy_kwh == pytest.approx(kwh)


def test_a_threshold_keeps_the_first_plan(floor, replayed):
    floor.now = datetime(2025, 11, 11, tzinfo=UTC)
    floor.learn(date(2025, 11, 12), date(2025, 11, 13), cheap=3)  # habit is still the dearer
    assert replayed().replans >= 1
    assert replayed(rules=ReplayRules(propose_above_eur=1e6, early=False)).replans == 0


def test_a_plan_that_turns_out_risky_gives_way_to_the_habit_whatever_the_threshold(floor):
    unsure = datetime(2025, 11, 11, tzinfo=UTC)

    def told(origin: datetime, end: datetime) -> Forecast:
        start = periods(local_midnight(delivery_day(origin)), end, HOUR)
        hollow = (local_days(start) == np.datetime64("2025-11-13")) & np.isin(
            local_hours(start), HOLLOW
        )
        mean = np.where(hollow, 0.10, 0.15)
        spread = (0.08 if origin > unsure else 0.0) * np.array([-1, -1, -1, -1, 3, 3, 3])
        return Forecast(
            PVPC, "EUR/kWh", origin, "by hand", start, np.full(start.size, 3600),
            np.zeros(start.size, dtype=bool), mean, mean[:, None] + hollow[:, None] * spread,
        )  # fmt: skip

    week = replay_week(
        floor.store, floor.task, MONDAY, told=told, as_of=LATER,
        rules=ReplayRules(propose_above_eur=1e6, early=False),
    )  # fmt: skip
    assert week.replans == 1


def test_a_week_whose_prices_are_not_all_known_says_so(replayed):
    week = replayed(date(2025, 11, 17))
    assert week.plan_eur is None
    assert "missing delivery periods" in week.skipped


def test_only_whole_weeks_are_replayed():
    assert mondays(date(2025, 11, 4), date(2025, 11, 23)) == (MONDAY, date(2025, 11, 17))
    assert mondays(MONDAY, MONDAY + timedelta(days=5)) == ()


def test_totals_are_of_the_weeks_that_could_be_replayed():
    weeks = [
        ReplayedWeek(MONDAY, 100.0, 90.0, 80.0, 85.0),
        ReplayedWeek(MONDAY, 100.0, 101.0, 95.0, 99.0),
        ReplayedWeek(MONDAY, skipped="no prices"),
    ]
    total = totals(weeks)
    assert (total.weeks, total.skipped, total.dearer) == (2, 1, 1)
    assert total.captured_pct == pytest.approx(100 * 9 / 25)
    assert total.early_eur == pytest.approx(9.0)
    assert totals([]).captured_pct is None


def gas(now: datetime) -> Observations:
    """A price beside those of the contract, as known in the replayed week."""
    start, resolution_s = spec(GAS).grid(date(2025, 10, 1), date(2025, 11, 8))
    return Observations(
        GAS, "price-file", Kind.PUBLISHED, start, resolution_s, np.full(start.size, 30.0),
        spec(GAS).inferred_available_at(start), np.ones(start.size, dtype=bool),
    )  # fmt: skip


def test_a_week_is_kept_and_not_computed_again_unless_what_it_follows_from_is_another(
    floor, tmp_path, monkeypatch
):
    url = f"sqlite:///{tmp_path / 'store.db'}"
    job = ReplayJob(url, "", floor.task, MONDAY, ("naive",), RULES, LATER, tmp_path / "kept")
    first = replay_job(job)
    before = {path.name: path.stat().st_mtime_ns for path in job.folder.iterdir()}
    assert replay_job(job) == first
    assert {path.name: path.stat().st_mtime_ns for path in job.folder.iterdir()} == before
    trained = {path.name for path in job.folder.iterdir()}
    floor.store.append([gas(floor.now)], now=floor.now)  # a column is told of the past
    assert replay_job(job).monday == MONDAY
    anew = {path.name for path in job.folder.iterdir()} - trained
    assert {name.partition("-")[0] for name in anew} == {"week", "forecast"}
    monkeypatch.setattr(replaying, "program", lambda: "another")
    replay_job(job)
    other = replay_job(replace(job, rules=ReplayRules(timedelta(hours=2), 0.0, False)))
    weeks = list(job.folder.glob("week-*"))
    assert len(weeks) == 4
    assert other.monday == MONDAY
