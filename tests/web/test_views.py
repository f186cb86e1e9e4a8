"""Stored values and what the page says of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory.market.calendar import MADRID
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.planning.plan import plan_to_json
from chocolate_factory.web import views
from chocolate_factory.web.asked import Upkeep

Make = Callable[[datetime], Snapshot]


def test_the_price_now_is_that_of_the_quarter_under_way(well: Upkeep, snapshot: Snapshot, review):
    now = views.dashboard(snapshot, well, review).now

    assert now is not None
    assert snapshot.paid is not None
    assert now.start == datetime(2026, 11, 25, 14, 15, tzinfo=MADRID)
    row = int(np.flatnonzero(snapshot.paid.start == np.datetime64("2026-11-25T13:15:00"))[0])
    assert now.price_eur_kwh == snapshot.paid.eur_kwh[row]
    assert now.published
    assert now.period == 3


def test_every_instant_is_written_with_madrid_s_offset(well: Upkeep, make_snapshot: Make, review):
    shown = views.dashboard(make_snapshot(datetime(2026, 3, 28, 12, tzinfo=UTC)), well, review)

    assert shown.heatmap is not None
    written = [
        hour.model_dump(mode="json")["start"] for hour in shown.heatmap.days[1].cells[1].prices
    ]
    after = [
        hour.model_dump(mode="json")["start"] for hour in shown.heatmap.days[1].cells[3].prices
    ]
    assert written == ["2026-03-29T01:00:00+01:00"]
    assert after == ["2026-03-29T03:00:00+02:00"]


def test_the_repeated_hour_is_told_apart_by_its_offset(well: Upkeep, make_snapshot: Make, review):
    shown = views.dashboard(make_snapshot(datetime(2025, 10, 24, 12, tzinfo=UTC)), well, review)

    assert shown.heatmap is not None
    twice = shown.heatmap.days[2].cells[2].prices
    assert [p.model_dump(mode="json")["start"] for p in twice] == [
        "2025-10-26T02:00:00+02:00",
        "2025-10-26T02:00:00+01:00",
    ]


def test_the_heatmap_starts_on_the_madrid_day_of_the_instant(make_snapshot: Make):
    just_after_midnight = datetime(2026, 6, 30, 22, 5, tzinfo=UTC)

    week = views.heatmap(make_snapshot(just_after_midnight))

    assert week is not None
    assert week.days[0].day.isoformat() == "2026-07-01"


def test_the_plan_is_the_object_the_command_prints(well: Upkeep, snapshot: Snapshot, review):
    shown = views.dashboard(snapshot, well, review).plan

    assert shown is not None
    assert snapshot.plan is not None
    printed = plan_to_json(snapshot.plan)
    assert shown.model_dump(mode="json") == printed


def test_an_outlook_over_a_day_old_is_stale(snapshot: Snapshot):
    later = replace(snapshot, as_of=snapshot.as_of + timedelta(hours=26))

    assert views.state(snapshot) == "ok"
    assert views.state(later) == "stale"


def test_a_moment_without_a_price_is_stale(well: Upkeep, snapshot: Snapshot, review):
    assert snapshot.paid is not None
    ahead = snapshot.paid.between(
        snapshot.as_of + timedelta(hours=1), snapshot.as_of + timedelta(days=3)
    )

    shown = views.dashboard(replace(snapshot, paid=ahead), well, review)

    assert shown.state == "stale"
    assert shown.now is None


def test_what_is_to_be_known_of_the_prices_paid_is_said_once(snapshot, well, review):
    known, more = snapshot.forecast.notes, "Tolls are of last year."
    paid = replace(snapshot.paid, notes=(*known, more))
    shown = views.dashboard(replace(snapshot, paid=paid), well, review)
    assert shown.outlook.notes == (*known, more)


def test_no_price_at_all_is_empty(well: Upkeep, nothing_stored: Snapshot, review):
    shown = views.dashboard(nothing_stored, well, review)

    assert shown.state == "empty"
    assert shown.now is shown.heatmap is shown.outlook is shown.plan is None
    assert [series.state for series in shown.health] == ["empty"] * 4


def test_prices_with_no_row_are_empty_too(snapshot: Snapshot):
    assert snapshot.paid is not None
    nothing = snapshot.paid.between(snapshot.as_of, snapshot.as_of)

    assert views.state(replace(snapshot, paid=nothing)) == "empty"


def test_prices_without_a_forecast_behind_them_are_shown(well: Upkeep, snapshot: Snapshot, review):
    shown = views.dashboard(replace(snapshot, forecast=None), well, review)

    assert shown.state == "ok"
    assert shown.outlook is not None
    assert shown.outlook.origin is None


def test_quantiles_do_not_cross_and_meet_where_published(well: Upkeep, snapshot: Snapshot, review):
    outlook = views.dashboard(snapshot, well, review).outlook

    assert outlook is not None
    for hour in outlook.hours:
        ordered = [hour.p05_eur_kwh, hour.p10_eur_kwh, hour.p50_eur_kwh, hour.p90_eur_kwh,
                   hour.p95_eur_kwh]  # fmt: skip
        assert ordered == sorted(ordered)
        if hour.published:
            assert ordered[0] == pytest.approx(ordered[-1])


def test_the_age_of_a_reading_counts_from_the_hour_it_stands_for(
    well: Upkeep, snapshot: Snapshot, review
):
    reading = views.dashboard(snapshot, well, review).weather[0]

    assert reading.age_s == 20 * 60
    assert reading.source == "simulation:open-meteo"


def test_the_simulation_is_named_in_every_answer_that_rests_on_it(
    well: Upkeep, snapshot: Snapshot, review
):
    shown = views.dashboard(snapshot, well, review)

    assert shown.heatmap is not None
    assert shown.simulated
    assert shown.heatmap.simulated


def test_the_next_three_starts_and_what_runs_are_those_of_the_plan(
    well: Upkeep, snapshot: Snapshot, review
):
    at = datetime(2026, 11, 26, 10, 0, tzinfo=MADRID)

    starts = views.dashboard(replace(snapshot, as_of=at.astimezone(UTC)), well, review).starts

    assert starts is not None
    assert [(b.batch, b.stage) for b in starts.running] == [("standard-01", "conching")]
    assert [(f"{b.start:%H:%M}", b.batch, b.stage, b.machine) for b in starts.next] == [
        ("10:00", "standard-02", "rolling", "roller-1"),
        ("10:15", "standard-02", "conching", "conche-2"),
        ("14:15", "standard-03", "mixing", "mixer-1"),
    ]


def test_nothing_runs_and_nothing_starts_after_the_last_block(
    well: Upkeep, snapshot: Snapshot, review
):
    assert snapshot.plan is not None
    starts = views.dashboard(replace(snapshot, as_of=snapshot.plan.end), well, review).starts

    assert starts is not None
    assert starts.running == starts.next == ()


def test_what_the_plans_before_began_runs_on_beside_the_plan(
    well: Upkeep, snapshot: Snapshot, review
):
    assert snapshot.plan is not None
    begun, *rest = snapshot.plan.schedule.blocks
    plan = replace(
        snapshot.plan,
        carried=(begun,),
        schedule=replace(snapshot.plan.schedule, blocks=tuple(rest)),
    )
    at = begun.start + timedelta(minutes=1)

    starts = views.dashboard(replace(snapshot, plan=plan, as_of=at), well, review).starts

    assert starts is not None
    assert begun.batch in {block.batch for block in starts.running}


def test_without_a_plan_nothing_is_said_to_start(well: Upkeep, nothing_stored: Snapshot, review):
    assert views.dashboard(nothing_stored, well, review).starts is None


def test_what_an_empty_series_misses_is_not_known(well: Upkeep, snapshot: Snapshot, review):
    health = {series.series: series for series in views.dashboard(snapshot, well, review).health}

    assert health["spot"].missing_recent == 0
    assert health["temperature"].missing_recent == 3
    assert health["humidity"].missing_recent is None
