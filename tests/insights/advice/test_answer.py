"""One moment → advice: who answers, limits that override, and reasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chocolate_factory.insights.advice.answer import (
    AmbientLimit,
    LineAir,
    advise_class,
    advise_score,
    can_be_told,
    untold,
)
from chocolate_factory.insights.advice.moment import COLUMN, FEATURES

LIMITS = (AmbientLimit("tempering", "max_c", 26.0), AmbientLimit("conching", "max_c", 28.0))
UNKNOWN = LineAir(None, None, "outside")


def line(temperature_c=20.0, humidity_pct=50.0):
    return LineAir(temperature_c, humidity_pct, "given")


@pytest.fixture
def row(examples):
    return examples.scored.table[-100].copy()


def by_rule(model):
    learned = model.learned
    told = {
        "score_evaluation": replace(learned.score_evaluation, answered_by="rule"),
        "class_evaluation": replace(learned.class_evaluation, answered_by="rule"),
    }
    return replace(model, learned=replace(learned, **told))


def test_a_model_that_proved_itself_answers_with_its_probability(row, model):
    told = advise_score(row, model)

    assert told.answered_by == "model"
    assert told.score == pytest.approx(100 * model.learned.score.scores(row[None])[0])
    assert 0 <= told.confidence <= 1
    assert told.evaluation == model.learned.score_evaluation


def test_a_model_that_did_not_leaves_the_answer_to_the_rule(row, model):
    beaten = by_rule(model)
    score = advise_score(row, beaten)
    chosen = advise_class(row, beaten, limits=(), line=UNKNOWN)

    assert score.answered_by == chosen.answered_by == "rule"
    assert score.score == pytest.approx(100 * model.learned.rule.scores(row[None])[0])
    assert chosen.probabilities == pytest.approx(model.learned.rule.probabilities(row[None])[0])
    assert all(reason.effect is None for reason in (*score.reasons, *chosen.reasons))


@pytest.mark.parametrize(
    ("cheaper", "level", "score"),
    [(0.1, "Optimal", 90), (0.3, "Moderate", 70), (0.6, "Reduced", 40), (0.9, "Halt", 10)],
)
def test_while_nothing_is_learned_the_last_week_decides_and_no_probability_is_made_up(
    row, cheaper, level, score
):
    row[COLUMN["cheaper_7d"]] = cheaper
    chosen = advise_class(row, None, limits=(), line=UNKNOWN)
    told = advise_score(row, None)

    assert chosen.level == level
    assert told.score == pytest.approx(score)
    assert chosen.answered_by == told.answered_by == "rule"
    assert chosen.probabilities is told.confidence is None
    assert chosen.evaluation is told.evaluation is None


def test_probabilities_add_up_to_one(row, model):
    told = advise_class(row, model, limits=(), line=UNKNOWN)

    assert sum(told.probabilities) == pytest.approx(1.0)


def test_a_broken_limit_is_a_rule_and_named_as_one(row, model):
    free = advise_class(row, model, limits=LIMITS, line=line(26.0))
    hot = advise_class(row, model, limits=LIMITS, line=line(27.0))
    hotter = advise_class(row, model, limits=LIMITS, line=line(28.5))

    assert free.broken == ()
    assert (hot.level, hot.answered_by, hot.urgency) == ("Halt", "rule", "high")
    assert hot.broken == (LIMITS[0],)
    assert hot.without == free.level
    assert hot.probabilities == free.probabilities
    assert hotter.broken == LIMITS


@pytest.mark.parametrize(
    ("kind", "bound", "within", "without"),
    [
        ("max_c", 26.0, line(26.0), line(26.1)),
        ("min_c", 15.0, line(15.0), line(14.9)),
        ("max_humidity_pct", 95.0, line(humidity_pct=95.0), line(humidity_pct=97.0)),
    ],
)
def test_every_kind_of_limit_halts(row, kind, bound, within, without):
    row[COLUMN["cheaper_7d"]] = 0.1
    limit = AmbientLimit("proofing", kind, bound)
    levels = [advise_class(row, None, limits=(limit,), line=air).level for air in (within, without)]

    assert levels == ["Optimal", "Halt"]


def test_air_that_nobody_knows_breaks_no_limit_and_that_is_said(row, model):
    damp = (*LIMITS, AmbientLimit("proofing", "max_humidity_pct", 95.0))
    by_heat = advise_class(row, model, limits=damp, line=LineAir(29.0, None, "inside"))
    unknown = advise_class(row, model, limits=LIMITS, line=UNKNOWN)

    assert (unknown.broken, unknown.judged_by) == ((), "unknown")
    assert (by_heat.broken, by_heat.judged_by) == (LIMITS, "unknown")
    assert advise_class(row, model, limits=LIMITS, line=line()).judged_by == "given"
    assert advise_class(row, model, limits=(), line=line()).judged_by is None


def test_reasons_name_each_topic_once_the_weightiest_first_and_add_up(row, model):
    told = advise_score(row, model)
    effects = [abs(reason.effect) for reason in told.reasons]
    forest = model.learned.score.forest
    base = 100 * forest.value[forest.roots].mean()

    assert effects == sorted(effects, reverse=True)
    assert len({reason.code for reason in told.reasons}) == len(told.reasons) == 6
    assert base + sum(reason.effect for reason in told.reasons) == pytest.approx(
        told.score, abs=1e-3
    )


def test_without_weather_there_is_no_reason_about_it(row, model):
    for name in ("temperature_c", "humidity_pct", "dew_point_c"):
        row[COLUMN[name]] = np.nan

    assert "weather" not in {reason.code for reason in advise_score(row, model).reasons}
    assert set(untold(row)) >= {"temperature_c", "humidity_pct", "dew_point_c"}


def test_few_cheaper_hours_to_come_press_to_run(row):
    row[COLUMN["cheaper_7d"]] = 0.1
    said = []
    for cheaper in (0.05, 0.2, 0.6):
        row[COLUMN["expected_cheaper"]] = cheaper
        said.append(advise_class(row, None, limits=(), line=UNKNOWN).urgency)

    assert said == ["high", "medium", "low"]


def test_without_the_last_week_nothing_can_be_told(row):
    assert can_be_told(row)
    assert not can_be_told(np.full(len(FEATURES), np.nan))
