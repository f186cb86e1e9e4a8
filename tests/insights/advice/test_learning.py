"""Forest, calibration, measures, and how they are put together in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.insights.advice import forest
from chocolate_factory.insights.advice.calibration import fit_sigmoids
from chocolate_factory.insights.advice.forest import grow_classes, grow_scores
from chocolate_factory.insights.advice.measure import (
    MODEL,
    THRESHOLD_RULE,
    block_difference,
    calibration_error,
    evaluate_scores,
    reliability,
)
from chocolate_factory.insights.advice.moment import COLUMN, FEATURES
from chocolate_factory.insights.advice.rules import BANDS, learn_thresholds
from chocolate_factory.insights.advice.targets import CLASSES
from chocolate_factory.insights.advice.training import LEFT_OUT, Cuts, cuts_of, learn
from chocolate_factory.market.calendar import (
    delivery_day,
    local_midnight,
    to_datetime,
    to_datetime64,
)

RANDOM = np.random.default_rng(1)
TABLE = RANDOM.normal(size=(600, 5))
TABLE[RANDOM.random(TABLE.shape) < 0.1] = np.nan
WAVE = np.nan_to_num(TABLE[:, 0]) + np.nan_to_num(TABLE[:, 1]) ** 2


def grown_by_sklearn(kind):
    return kind(
        forest.TREES, min_samples_leaf=forest.LEAST_IN_LEAF,
        max_features=forest.SHARE_OF_FEATURES, n_jobs=1, random_state=3,
    )  # fmt: skip


def test_the_arrays_answer_as_the_library_does_missing_values_included():
    kinds = np.digitize(WAVE, (0.0, 1.0))
    scores = grown_by_sklearn(RandomForestRegressor).fit(TABLE, WAVE).predict(TABLE)
    shares = grown_by_sklearn(RandomForestClassifier).fit(TABLE, kinds).predict_proba(TABLE)

    assert grow_scores(TABLE, WAVE, seed=3).predict(TABLE)[:, 0] == pytest.approx(scores, abs=1e-6)
    grown = grow_classes(TABLE, kinds, classes=4, seed=3).predict(TABLE)
    assert grown[:, :3] == pytest.approx(shares, abs=1e-6)
    assert (grown[:, 3] == 0).all()


def test_contributions_add_up_to_the_answer():
    grown = grow_scores(TABLE, WAVE, seed=3)
    base = grown.value[grown.roots].mean()

    for row in TABLE[:5]:
        told = grown.contributions(row)
        assert base + told.sum() == pytest.approx(grown.predict(row[None])[0, 0], abs=1e-5)


def test_a_column_that_is_hardly_ever_told_is_not_used():
    bare = TABLE.copy()
    bare[:, 2] = np.nan

    assert 2 not in grow_scores(bare, WAVE, seed=3).columns


def test_calibrated_probabilities_add_up_to_one_and_come_true_more_often():
    truth = RANDOM.dirichlet((1, 1, 1), 4000)
    happened = np.eye(3)[[RANDOM.choice(3, p=row) for row in truth]]
    said = truth**3 / (truth**3).sum(axis=1, keepdims=True)  # too sure of itself
    fitted = fit_sigmoids(said[:2000], happened[:2000]).together(said[2000:])

    def off(probability):
        return calibration_error(reliability(probability.ravel(), happened[2000:].ravel() > 0.5))

    assert fitted.sum(axis=1) == pytest.approx(1.0)
    assert off(fitted) < off(said[2000:]) / 2


def test_an_output_that_never_happened_keeps_its_share():
    said = np.column_stack([np.full(50, 0.2), np.full(50, 0.8)])
    kept = fit_sigmoids(said, np.column_stack([np.zeros(50), np.ones(50)]))

    assert kept.each(said) == pytest.approx(said)


def test_blocks_are_drawn_whole_so_that_like_hours_do_not_count_as_many():
    week = np.repeat(np.arange(20), 168)
    shift = np.repeat(RANDOM.normal(0, 1, 20), 168)  # every hour of a week errs alike
    mean, low, high = block_difference(shift, np.zeros(shift.size), week)
    _, narrow_low, narrow_high = block_difference(
        shift, np.zeros(shift.size), np.arange(shift.size)
    )

    assert mean == pytest.approx(shift.mean())
    assert low < mean < high
    assert high - low > 5 * (narrow_high - narrow_low)


def test_a_model_no_better_than_the_rule_leaves_the_answer_to_it(examples):
    later = examples.scored.rows(np.arange(len(examples.scored.instants)) < 2000)
    target = later.dearer
    noise = np.clip(target + RANDOM.normal(0, 0.1, target.size), 0, 1)
    also = np.clip(target + RANDOM.normal(0, 0.1, target.size), 0, 1)
    when = to_datetime(later.instants[0])

    def answered(model, rule):
        said = {MODEL: model, THRESHOLD_RULE: rule, "mean": np.full(target.size, 0.5)}
        told = evaluate_scores(later.instants, target, said, noise, trained_to=when)
        return told.answered_by

    assert answered(noise, also) == "rule"
    assert answered(target, also) == "model"
    assert answered(also, target) == "rule"


def test_the_rule_knows_what_happened_in_each_band_of_the_price(examples):
    learned = learn_thresholds(
        examples.classed.table, examples.classed.dearer, examples.classed.classes
    )
    cheap = examples.classed.table[[0]].copy()
    cheap[0, [COLUMN["cheaper_7d"], COLUMN["staffed"]]] = (0.0, 1.0)
    dear = cheap.copy()
    dear[0, COLUMN["cheaper_7d"]] = 1.0

    assert learned.edges.shape == (BANDS - 1,)
    assert (np.diff(learned.edges) >= 0).all()
    assert learned.scores(cheap)[0] > learned.scores(dear)[0]
    assert learned.probabilities(cheap).sum() == pytest.approx(1.0)


def test_no_class_before_a_cut_in_mid_week_is_learned_from_for_its_plan_saw_what_came_after(
    examples, monkeypatch
):
    monkeypatch.setattr(forest, "TREES", 4)
    begun = to_datetime(examples.instants[0])  # a Monday in Madrid, of a winter
    cuts = Cuts(
        begun, *(begun + timedelta(days=days) for days in (28 * 7 + 3, 34 * 7 + 2)),
        begun + timedelta(weeks=40),
    )  # fmt: skip
    at = examples.instants
    sees = np.zeros(at.shape, dtype=bool)
    for monday, cut in ((28, cuts.calibrate), (34, cuts.evaluate)):
        week = to_datetime64(local_midnight(delivery_day(begun + timedelta(weeks=monday, hours=2))))
        sees |= (at >= week) & (at < to_datetime64(cut))
    other = replace(examples, classes=np.where(sees, 0, examples.classes))
    assert (other.classes != examples.classes).sum() > 24

    plain, changed = (learn(one, cuts, step=lambda _: None) for one in (examples, other))
    assert plain.class_evaluation.measured == changed.class_evaluation.measured
    assert plain.score_evaluation.measured == changed.score_evaluation.measured
    table = examples.classed.table[-500:]
    assert (plain.classes.probabilities(table) == changed.classes.probabilities(table)).all()


def test_parts_follow_each_other_in_time_with_a_day_between_learning_and_measuring(model, examples):
    learned, cuts = model.learned, cuts_of(examples)
    for told in (learned.score_evaluation, learned.class_evaluation):
        assert told.trained_to < cuts.calibrate - LEFT_OUT + timedelta(hours=1)
        assert cuts.evaluate <= told.first < told.last < cuts.end
    assert cuts.learn < cuts.calibrate < cuts.evaluate < cuts.end
    assert learned.learned_to == cuts.evaluate
    assert learned.calibrated_to == cuts.end


def test_what_came_after_learning_and_calibrating_does_not_change_how_it_answers(
    examples, monkeypatch
):
    monkeypatch.setattr(forest, "TREES", 4)
    cuts = cuts_of(examples)
    last = examples.instants >= np.datetime64(cuts.evaluate.replace(tzinfo=None))
    other = replace(examples, dearer=np.where(last, 1.0 - examples.dearer, examples.dearer))
    a, b = (learn(each, cuts, step=lambda _: None) for each in (examples, other))

    assert (a.score.forest.threshold == b.score.forest.threshold).all()
    assert a.score.side.slope != b.score.side.slope  # what is kept is calibrated on that part
    assert a.score_evaluation != b.score_evaluation


def test_a_market_with_a_pattern_is_learned_and_measured_beside_every_rule(model):
    learned = model.learned
    assert learned.score_evaluation.answered_by == "model"
    assert {one.who for one in learned.score_evaluation.measured} == {
        MODEL, THRESHOLD_RULE, "published prices, last week's beyond", "mean",
    }  # fmt: skip
    assert {one.who for one in learned.class_evaluation.measured} == {
        MODEL, THRESHOLD_RULE, "hour of the week", "majority",
    }  # fmt: skip
    probabilities = learned.classes.probabilities(np.zeros((3, len(FEATURES))))
    assert probabilities.shape == (3, len(CLASSES))
    assert probabilities.sum(axis=1) == pytest.approx(1.0)


def test_too_short_a_history_is_refused_with_what_is_needed(examples):
    short = examples.rows(np.arange(len(examples.instants)) < 20 * 168)

    with pytest.raises(ModelNotFitted, match="19 weeks of prices can be learned from and 30"):
        cuts_of(replace(short, dearer=np.ones(len(short.instants))))


def test_prices_that_never_differ_teach_nothing(examples):
    flat = replace(examples, dearer=np.full(len(examples.instants), 0.5))

    with pytest.raises(ModelNotFitted, match="every hour costs the same"):
        learn(flat, cuts_of(flat), step=lambda _: None)


def test_without_plans_the_score_is_learned_and_the_class_named_as_missing(examples, monkeypatch):
    monkeypatch.setattr(forest, "TREES", 2)
    bare = replace(examples, classes=np.full(examples.classes.shape, -1))
    learned = learn(bare, cuts_of(bare), step=lambda _: None)

    assert learned.classes is None
    assert learned.class_evaluation is None
    assert "prices or plans of those days are missing" in learned.notes[0]
