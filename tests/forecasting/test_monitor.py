"""When forecasts are said to be amiss, and what the rolling figures weigh."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chocolate_factory.forecasting.monitor import Amiss, State, Unjudged, judge, put_together
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.scores import DayScore

TODAY = date(2025, 10, 27)  # the day before has 25 hours
NOW = datetime(2025, 10, 27, 1, 30, tzinfo=UTC)


def score(back: int, *, lead: int = 1, **more) -> DayScore:
    """The day ``back`` days before today, forecast ``lead`` days ahead, as good as it should be."""
    day = TODAY - timedelta(days=back)
    made = local_midnight(day - timedelta(days=lead)) + timedelta(minutes=55)
    usual = {
        "model": "champion", "periods": 24, "mae": 0.02, "bias": 0.001, "naive_mae": 0.03,
        "coverage_80": 0.8, "coverage_90": 0.9,
    }  # fmt: skip
    return DayScore(key=PVPC, made_at=made, origin=made, day=day, scored_at=NOW, **(usual | more))


def five_weeks(**recent) -> list[DayScore]:
    """Thirty-five days up to yesterday; ``recent`` holds for the last seven."""
    return [score(back, **(recent if back <= 7 else {})) for back in range(35, 0, -1)]


def amiss(scores: list[DayScore]) -> list[Amiss]:
    return [finding.what for finding in judge(scores, today=TODAY).findings]


def test_forecasts_as_good_as_before_and_better_than_the_naive_are_well():
    told = judge(five_weeks(), today=TODAY)
    assert (told.state, told.findings) == (State.OK, ())
    assert told.week.rmae == pytest.approx(2 / 3)
    assert (told.recent_mae, told.median_mae) == pytest.approx((0.02, 0.02))


def test_the_window_is_the_last_twenty_eight_days_before_today():
    told = judge([*five_weeks(), score(0, mae=9.0), score(36, mae=9.0)], today=TODAY)
    assert (told.week.first, told.week.last) == (date(2025, 9, 29), date(2025, 10, 26))
    assert (told.week.days, told.week.periods) == (28, 28 * 24)
    assert told.week.mae == pytest.approx(0.02)


def test_a_day_of_quarter_hours_weighs_as_much_as_one_of_hours():
    """The spot is told by the quarter-hour from 2025-10-01 on."""
    before, after = (
        replace(score(back, periods=periods, mae=mae, naive_mae=2 * mae), key=SPOT)
        for back, periods, mae in ((27, 24, 10.0), (26, 96, 30.0))
    )
    assert (before.day, after.day) == (date(2025, 9, 30), date(2025, 10, 1))
    told = put_together([before, after])
    assert (told.mae, told.naive_mae, told.periods) == (20.0, 40.0, 120)


def test_too_few_days_say_nothing_either_way():
    told = judge([score(back, mae=9.0, naive_mae=0.1) for back in range(1, 7)], today=TODAY)
    assert (told.state, told.findings) == (State.UNKNOWN, ())
    assert told.unjudged is Unjudged.FEW_DAYS
    assert judge([], today=TODAY).week is None


def test_a_week_half_as_bad_again_as_the_median_before_it_is_drift():
    told = judge(five_weeks(mae=0.031, naive_mae=0.06), today=TODAY)
    (finding,) = told.findings
    assert told.state is State.DRIFT
    assert finding.what is Amiss.ABOVE_MEDIAN
    assert (finding.measured, finding.high) == pytest.approx((1.55, 1.5))
    assert amiss(five_weeks(mae=0.029, naive_mae=0.06)) == []


def test_one_day_of_odd_prices_is_no_drift():
    scores = five_weeks()
    scores[-1] = replace(scores[-1], mae=0.08, naive_mae=0.2)
    assert amiss(scores) == []


def test_a_single_day_of_the_last_seven_is_not_compared_with_those_before():
    scores = [score(back) for back in range(35, 7, -1)] + [score(1, mae=0.035, naive_mae=0.05)]
    told = judge(scores, today=TODAY)
    assert (told.state, told.unjudged, told.findings) == (State.UNKNOWN, Unjudged.FEW_RECENT, ())


def test_forecasts_that_nobody_scored_lately_are_not_well():
    told = judge([score(back) for back in range(35, 8, -1)], today=TODAY)
    assert (told.state, told.unjudged, told.recent_mae) == (
        State.UNKNOWN,
        Unjudged.FEW_RECENT,
        None,
    )


def test_forecasts_without_a_naive_to_compare_with_are_not_well():
    lone = [score(back, naive_mae=None if back > 6 else 0.03) for back in range(28, 0, -1)]
    told = judge(lone, today=TODAY)
    assert (told.state, told.unjudged, told.findings) == (State.UNKNOWN, Unjudged.NO_NAIVE, ())


def test_what_is_amiss_is_told_also_where_not_all_could_be_judged():
    told = judge([score(back, coverage_80=0.2) for back in range(35, 8, -1)], today=TODAY)
    assert (told.state, told.unjudged) == (State.DRIFT, Unjudged.FEW_RECENT)


def test_models_that_take_turns_are_judged_together():
    scores = [
        score(back, model="ridge" if back % 2 else "champion", mae=0.035)
        for back in range(8, 0, -1)
    ]
    (finding,) = judge(scores, today=TODAY).findings
    assert (finding.what, finding.model) == (Amiss.LOSES_TO_NAIVE, "")
    assert finding.measured == pytest.approx(0.035 / 0.03)


def test_a_model_that_does_not_beat_the_naive_is_named():
    scores = [
        score(back, model="champion" if back > 14 else "ridge", mae=0.02 if back > 14 else 0.0301)
        for back in range(28, 0, -1)
    ]
    (finding,) = [f for f in judge(scores, today=TODAY).findings if f.what is Amiss.LOSES_TO_NAIVE]
    assert finding.model == "ridge"
    assert finding.measured == pytest.approx(1.0033, abs=1e-4)


def test_the_naive_itself_does_not_lose_to_the_naive():
    scores = [score(back, model="naive", mae=0.03) for back in range(28, 0, -1)]
    assert amiss(scores) == []


@pytest.mark.parametrize(
    ("shares", "what"),
    [
        ({"coverage_80": 0.69}, Amiss.COVERAGE_80),
        ({"coverage_80": 0.91, "coverage_90": 0.95}, Amiss.COVERAGE_80),
        ({"coverage_90": 0.81}, Amiss.COVERAGE_90),
        ({"coverage_90": 0.98}, Amiss.COVERAGE_90),
    ],
)
def test_bands_that_hold_too_little_or_too_much_are_amiss(shares, what):
    assert amiss([score(back, **shares) for back in range(28, 0, -1)]) == [what]


def test_only_the_lead_days_that_plans_rest_on_decide():
    scores = [*five_weeks(), *(score(back, lead=lead, mae=9.0, coverage_80=0.0)
                               for back in range(28, 0, -1) for lead in (0, 8, 14))]  # fmt: skip
    told = judge(scores, today=TODAY)
    assert told.state is State.OK
    assert [lead for lead, _ in told.leads] == [0, 1, 8, 14]


def test_figures_weigh_by_delivery_period():
    told = put_together(
        [score(1, periods=25, mae=0.04, coverage_80=1.0), score(2, periods=75, mae=0.0,
                                                                coverage_80=0.6)]
    )  # fmt: skip
    assert told.mae == pytest.approx(0.01)
    assert told.coverage_80 == pytest.approx(0.7)


def test_rmae_is_of_the_scores_that_have_a_naive_beside_them():
    told = put_together([score(1, mae=0.04, naive_mae=0.05), score(2, mae=9.0, naive_mae=None)])
    assert told.rmae == pytest.approx(0.8)
    assert told.naive_mae == pytest.approx(0.05)
    assert put_together([score(1, naive_mae=None)]).rmae is None
    assert put_together([score(1, naive_mae=0.0)]).rmae is None
