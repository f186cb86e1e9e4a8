"""Where things are drawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chocolate_factory.market.calendar import MADRID, day_bounds, periods, to_datetime
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.web import drawing, panel_schemas, power_drawing, schemas, views
from chocolate_factory.web.advice_schemas import CurrentAdvice, Override
from chocolate_factory.web.asked import Upkeep
from chocolate_factory.web.drawing import TimeAxis, ValueAxis
from chocolate_factory.web.wording import WORDS

EN = WORDS["en"]


@pytest.fixture(scope="module")
def shown(snapshot: Snapshot, well: Upkeep, review) -> schemas.Dashboard:
    return views.dashboard(snapshot, well, review)


@pytest.fixture(scope="module")
def plan(shown: schemas.Dashboard) -> schemas.PlanAnswer:
    assert shown.plan is not None
    return shown.plan


@pytest.fixture(scope="module")
def timeline(plan: schemas.PlanAnswer) -> drawing.Timeline:
    return drawing.timeline(plan, EN)


def test_every_block_is_drawn_once_on_its_machine(
    timeline: drawing.Timeline, plan: schemas.PlanAnswer
):
    drawn = {machine: len(bars) for machine, bars in timeline.lanes}

    assert sum(drawn.values()) == len(plan.blocks)
    assert drawn["conche-2"] == sum(b.machine == "conche-2" for b in plan.blocks)


def test_machines_stand_in_the_order_of_the_process(timeline: drawing.Timeline):
    assert [machine for machine, _ in timeline.lanes] == [
        "mixer-1", "roller-1", "conche-1", "conche-2", "temperer-1", "moulder-1",
    ]  # fmt: skip


def test_a_block_lies_where_its_time_is(timeline: drawing.Timeline, plan: schemas.PlanAnswer):
    first = next(b for b in plan.blocks if b.machine == "conche-1")
    bar = dict(timeline.lanes)["conche-1"][0]
    week_s = (plan.end - plan.start).total_seconds()

    assert bar.x == pytest.approx(
        100 * (first.start - plan.start).total_seconds() / week_s, abs=1e-3
    )
    assert bar.width == pytest.approx(100 * 5 * 3600 / week_s, abs=1e-3)
    assert bar.label == "S01"


def test_a_block_says_what_it_is_when_it_runs_and_what_it_costs(
    timeline: drawing.Timeline, plan: schemas.PlanAnswer
):
    block = next(b for b in plan.blocks if b.machine == "conche-1")
    tip = dict(timeline.lanes)["conche-1"][0].tip

    assert tip == (
        "standard-01 (standard) · conching, conche-1 · Thu 26, 09:30–14:30 · 93.00\u00a0kWh · "
        f"{EN.money(block.cost_eur)} · at published prices"
    )


def test_the_time_axis_grows_for_a_block_that_ends_after_the_week(plan: schemas.PlanAnswer):
    late = plan.blocks[-1].model_copy(update={"end": plan.end + timedelta(hours=5)})
    longer = plan.model_copy(update={"blocks": (*plan.blocks[:-1], late)})

    bars = [bar for _, lane in drawing.timeline(longer, EN).lanes for bar in lane]

    assert max(bar.x + bar.width for bar in bars) == pytest.approx(100, abs=1e-3)


@pytest.fixture(scope="module")
def taking_over(carrying: Snapshot, well: Upkeep, review) -> schemas.PlanAnswer:
    plan = views.dashboard(carrying, well, review).plan
    assert plan is not None
    return plan


def test_what_a_plan_took_over_unfinished_is_drawn_from_its_start_and_marked(
    taking_over: schemas.PlanAnswer,
):
    drawn = drawing.timeline(taking_over, EN)
    bars = [bar for _, lane in drawn.lanes for bar in lane]
    begun = [(bar.batch, bar.stage) for bar in bars if bar.carried]
    conching = dict(drawn.lanes)["conche-1"][0]

    assert begun == [
        ("standard-02", "rolling"), ("standard-01", "conching"), ("standard-02", "conching"),
        ("standard-01", "tempering"), ("standard-02", "tempering"),
        ("standard-01", "moulding"), ("standard-02", "moulding"),
    ]  # fmt: skip
    assert len(bars) == len(begun) + len(taking_over.blocks)
    assert (conching.x, conching.begin.hour) == (0.0, 9)  # its batch began before the axis
    assert all(bar.tip.endswith("batch already begun") is bar.carried for bar in bars)
    assert min(bar.x for bar in bars if not bar.carried) > conching.x + conching.width - 1


def test_machines_keep_their_order_whatever_runs_when_a_plan_takes_over(
    taking_over: schemas.PlanAnswer,
):
    assert [machine for machine, _ in drawing.timeline(taking_over, EN).lanes] == [
        "mixer-1", "roller-1", "conche-1", "conche-2", "temperer-1", "moulder-1",
    ]  # fmt: skip


def test_a_plan_without_blocks_still_draws_its_prices(plan: schemas.PlanAnswer):
    idle = drawing.timeline(plan.model_copy(update={"blocks": ()}), EN)

    assert idle.lanes == ()
    assert idle.price.published.startswith("M0.0 ")


def test_the_sheet_groups_blocks_by_the_day_they_start(plan: schemas.PlanAnswer):
    sheet = drawing.by_day(plan.blocks)

    assert [day.isoformat() for day, _ in sheet][:2] == ["2026-11-26", "2026-11-27"]
    assert sum(len(blocks) for _, blocks in sheet) == len(plan.blocks)
    assert all(block.start.date() == day for day, blocks in sheet for block in blocks)


def test_published_and_forecast_prices_are_two_lines(shown: schemas.Dashboard):
    assert shown.outlook is not None
    band = drawing.band(shown.outlook, shown.as_of, EN)

    assert band.line.published.count("M") == 1
    assert band.line.forecast.count("M") == 1
    assert band.outer.count("Z") == 1
    assert len(band.spots) == len(shown.outlook.hours)
    assert band.now is not None


def test_a_hole_in_the_prices_breaks_the_line(shown: schemas.Dashboard):
    assert shown.outlook is not None
    hours = shown.outlook.hours
    holed = shown.outlook.model_copy(update={"hours": hours[:60] + hours[63:]})

    band = drawing.band(holed, shown.as_of, EN)

    assert band.line.forecast.count("M") == 2
    assert band.inner.count("Z") == 2


def test_days_of_23_and_25_hours_have_their_true_width():
    spring = TimeAxis(
        datetime(2025, 3, 30, tzinfo=MADRID).astimezone(UTC),
        datetime(2025, 4, 1, tzinfo=MADRID).astimezone(UTC),
    )

    ticks = spring.midnights(EN)

    assert [tick.label for tick in ticks] == ["Sun 30 Mar", "Mon 31"]
    assert ticks[1].at == pytest.approx(100 * 23 / 47, abs=1e-3)


def test_a_day_with_hardly_any_room_is_not_named():
    axis = TimeAxis(
        datetime(2025, 11, 18, 21, tzinfo=MADRID), datetime(2025, 11, 20, tzinfo=MADRID)
    )

    assert [tick.label for tick in axis.midnights(EN)] == ["Wed 19 Nov"]


@given(low=st.floats(-0.5, 0.5), rise=st.floats(0, 4))
def test_the_price_axis_holds_all_prices_and_zero_on_round_steps(low: float, rise: float):
    axis = ValueAxis(low, low + rise)

    assert axis.low <= min(low, 0) + 1e-9
    assert axis.high >= max(low + rise, 0) - 1e-9
    assert 0 <= axis.at(low) <= 1 + 1e-6
    assert 2 <= len(axis.ticks(EN)) <= 8


def test_zero_is_marked_only_where_prices_go_below_it():
    assert ValueAxis(0.02, 0.3).zero is None
    assert ValueAxis(-0.1, 0.3).zero == 75


def test_the_cheapest_hour_has_the_first_colour_and_the_dearest_the_last(shown: schemas.Dashboard):
    assert shown.heatmap is not None
    prices = [p.price_eur_kwh for d in shown.heatmap.days for c in d.cells for p in c.prices]
    scale = drawing.swatches(shown.heatmap)

    assert len(scale) == drawing.SHADES
    assert drawing.shade(min(prices), scale) == 0
    assert drawing.shade(max(prices), scale) == drawing.SHADES - 1


def test_a_week_at_one_price_has_one_colour(shown: schemas.Dashboard):
    assert shown.heatmap is not None
    hour = next(p for c in shown.heatmap.days[0].cells for p in c.prices)
    cell = schemas.Cell(hour=0, exists=True, prices=(hour, hour))
    day = shown.heatmap.days[0].model_copy(update={"cells": (cell,)})
    flat = shown.heatmap.model_copy(update={"days": (day,)})

    scale = drawing.swatches(flat)

    assert drawing.shade(hour.price_eur_kwh, scale) == drawing.SHADES - 1


def test_the_legend_explains_the_levels_that_there_are(shown: schemas.Dashboard):
    assert shown.heatmap is not None
    assert drawing.levels(shown.heatmap) == ("best", "good", "dear", "worst")
    hour = next(p for c in shown.heatmap.days[0].cells for p in c.prices)
    even = hour.model_copy(update={"level": "even"})
    cell = schemas.Cell(hour=0, exists=True, prices=(even, even))
    day = shown.heatmap.days[0].model_copy(update={"cells": (cell,)})

    flat = shown.heatmap.model_copy(update={"days": (day,)})
    assert drawing.levels(flat) == ("even",)
    assert drawing.price_tip(even, WORDS["es"]).endswith("todas las mostradas cuestan lo mismo")


def test_the_level_of_a_cell_is_by_price_alone_and_advice_that_looks_at_more_stands_beside_it(
    shown: schemas.Dashboard,
):
    assert shown.heatmap is not None
    hours = [p for row in shown.heatmap.days for c in row.cells for p in c.prices]
    now = next(hour for hour in hours if hour.start <= shown.as_of < hour.end)
    limit = Override(
        rule="ambient-limit", stage="tempering", limit="max_c", bound=26.0, line=27.5,
        instead_of="Optimal",
    )  # fmt: skip
    advice = CurrentAdvice(
        made=shown.as_of, start=shown.as_of, end=now.end, level="Halt", probability=None,
        answered_by="rule", accuracy=None, rule_accuracy=None, urgency="low", overrides=(limit,),
        limits_by="inside", score=80.0, score_by="rule", score_mae_points=None, why_no_model="",
    )  # fmt: skip

    said = drawing.price_tip(now, WORDS["en"], advice)
    assert f"by price alone: {WORDS['en'].text(f'level.{now.level}')}" in said
    assert "advice for this hour: No production: Limit of the plant: tempering may not run" in said
    later = next(hour for hour in hours if hour.start >= now.end)
    assert "advice" not in drawing.price_tip(later, WORDS["en"], advice)
    assert "solo por el precio: " in drawing.price_tip(later, WORDS["es"], advice)


def test_a_map_without_prices_has_no_scale(
    shown: schemas.Dashboard, make_snapshot: Callable[[datetime], Snapshot]
):
    assert shown.heatmap is not None
    assert drawing.swatches(shown.heatmap.model_copy(update={"days": ()})) == ()


def test_yesterday_is_drawn_with_both_lines_and_what_is_not_known_is_left_out(shown):
    chart = drawing.deviation(shown.yesterday, WORDS["en"])

    assert len(chart.spots) == 24
    assert [tick.label for tick in chart.clock] == ["00:00", "06:00", "12:00", "18:00"]
    assert chart.line.forecast.count("H") == 24
    assert chart.line.published.count("H") == 22
    assert "actual price not known" in chart.spots[-1].tip
    assert "actual 0.0" in chart.spots[0].tip


AUTUMN, SPRING = date(2026, 10, 25), date(2027, 3, 28)
HOUR = timedelta(hours=1)


def on_the_clock(instant: datetime) -> datetime:
    """An instant as views tell it."""
    return instant.astimezone(MADRID)


def hours_of(day: date) -> list[tuple[datetime, datetime]]:
    starts = [to_datetime(start) for start in periods(*day_bounds(day), HOUR)]
    return [(on_the_clock(start), on_the_clock(start + HOUR)) for start in starts]


@pytest.mark.parametrize(("day", "hours"), [(AUTUMN, 25), (SPRING, 23)])
def test_every_hour_of_power_is_as_wide_when_the_clock_changes(day: date, hours: int):
    start, end = map(on_the_clock, day_bounds(day))
    quarters = 4 * hours
    site = panel_schemas.SitePower(
        start=start, end=end, planned_kw=(40.0,) * quarters, metered_kw=(None,) * quarters,
        limit_kw=(120.0,) * quarters, period=(6,) * quarters, highest_kw=40.0, highest_at=start,
        above=0,
    )  # fmt: skip

    drawn = power_drawing.power(site, start, EN)

    assert [spot.width for spot in drawn.spots] == pytest.approx([100 / hours] * hours, abs=1e-3)
    assert [spot.tip.split(" · ")[0] for spot in drawn.spots] == [
        EN.span(*hour) for hour in hours_of(day)
    ]
    assert drawn.limit.endswith("H1000.0")
    assert drawn.planned.count("M") == 1
    assert max(float(to) for to in drawn.planned.split("V")[0].split("H")[1:]) <= 1000


@pytest.mark.parametrize(("day", "hours"), [(AUTUMN, 25), (SPRING, 23)])
def test_every_hour_of_the_outlook_is_as_wide_when_the_clock_changes(
    shown: schemas.Dashboard, day: date, hours: int
):
    assert shown.outlook is not None
    any_hour = shown.outlook.hours[-1]
    told = tuple(
        any_hour.model_copy(update={"start": start, "end": end}) for start, end in hours_of(day)
    )

    band = drawing.band(shown.outlook.model_copy(update={"hours": told}), told[0].start, EN)

    assert [spot.width for spot in band.spots] == pytest.approx([100 / hours] * hours, abs=1e-3)
    assert band.line.forecast.count("M") == 1


def test_an_hour_that_is_missing_is_seen_when_the_clock_goes_back(shown: schemas.Dashboard):
    assert shown.outlook is not None
    any_hour = shown.outlook.hours[-1]
    told = [any_hour.model_copy(update={"start": a, "end": b}) for a, b in hours_of(AUTUMN)]
    holed = (*told[:3], *told[4:])  # without the second hour from 02:00

    band = drawing.band(shown.outlook.model_copy(update={"hours": holed}), told[0].start, EN)

    assert band.line.forecast.count("M") == 2
    assert band.inner.count("Z") == 2


@pytest.mark.parametrize(("day", "hours", "last_before"), [(AUTUMN, 25, 2), (SPRING, 23, 1)])
def test_a_block_and_a_price_over_the_change_of_the_clock_have_their_true_length(
    plan: schemas.PlanAnswer, day: date, hours: int, last_before: int
):
    start, end = map(on_the_clock, day_bounds(day))
    began = start + last_before * HOUR  # on the clock, as on UTC's before the change
    block = plan.blocks[0].model_copy(
        update={"start": began, "end": on_the_clock(began.astimezone(UTC) + 2 * HOUR)}
    )
    price = plan.prices[0].model_copy(update={"start": began, "resolution_s": 3600})
    of_day = plan.model_copy(
        update={"start": start, "end": end, "blocks": (block,), "prices": (price,)}
    )

    drawn = drawing.timeline(of_day, EN)

    bar = drawn.lanes[0][1][0]
    assert (bar.x, bar.width) == pytest.approx(
        (100 * last_before / hours, 100 * 2 / hours), abs=1e-3
    )
    line = drawn.price.published + drawn.price.forecast
    assert float(line.split("H")[1]) == pytest.approx(1000 * (last_before + 1) / hours, abs=0.1)
