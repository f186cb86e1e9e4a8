"""Rows of the past → a trained advice model with its figures on later rows.

Time is cut in three: learn, calibrate, evaluate, in this order, with a day left out before each
cut because the score's target looks a day ahead, and for the class the days before it of the week
that it cuts, because a class is what the best plan of the whole week did, knowing all its prices.
What is then kept is the same recipe moved on by
one part: it learns from all that was learned and calibrated on, and is calibrated on the part that
was evaluated on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.insights.advice.calibration import Sigmoids, fit_sigmoids
from chocolate_factory.insights.advice.forest import Forest, grow_classes, grow_scores
from chocolate_factory.insights.advice.measure import (
    MODEL,
    THRESHOLD_RULE,
    Evaluation,
    evaluate_classes,
    evaluate_scores,
)
from chocolate_factory.insights.advice.moment import COLUMN, FEATURES
from chocolate_factory.insights.advice.rules import ThresholdRule, learn_thresholds
from chocolate_factory.insights.advice.targets import CLASSES, UNTOLD
from chocolate_factory.market.calendar import (
    Instants,
    delivery_day,
    local_days,
    local_hours,
    local_midnight,
    to_datetime,
    to_datetime64,
    weekday,
)
from chocolate_factory.market.catalog import DAY
from chocolate_factory.market.series import Floats

LEAST_WEEKS = 30
"""Weeks of prices needed to learn, calibrate and evaluate."""

PART = 1 / 6
"""Share of the rows' time that is calibrated on; as much again is evaluated on."""

LEFT_OUT = timedelta(hours=25)
SEED = 0

Step = Callable[[str], None]
"""Called before each part of the work with what it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Past moments in order of time: features, and what turned out.

    ``instants`` UTC, shape (n,); ``table`` (n, len(FEATURES)); ``dearer`` the score's target, NaN
    where unknown; ``classes`` numbers of ``CLASSES``, ``UNTOLD`` where unknown.
    """

    instants: Instants
    table: Floats
    dearer: Floats
    classes: NDArray[np.int64]

    def rows(self, keep: NDArray[np.bool_]) -> Examples:
        """The rows where ``keep`` is true."""
        return Examples(
            self.instants[keep], self.table[keep], self.dearer[keep], self.classes[keep]
        )

    def between(self, start: datetime, end: datetime) -> Examples:
        """The rows of [start, end)."""
        at = self.instants
        return self.rows((at >= to_datetime64(start)) & (at < to_datetime64(end)))

    @property
    def scored(self) -> Examples:
        """Rows from which a score can be learned."""
        return self.rows(
            np.isfinite(self.dearer) & np.isfinite(self.table[:, COLUMN["cheaper_7d"]])
        )

    @property
    def classed(self) -> Examples:
        """Rows from which a class can be learned as well."""
        return self.scored.rows(self.scored.classes != UNTOLD)


@dataclass(frozen=True, slots=True)
class Cuts:
    """When each part of the time begins, UTC, and when the last one ends."""

    learn: datetime
    calibrate: datetime
    evaluate: datetime
    end: datetime


@dataclass(frozen=True, slots=True, eq=False)
class ScoreModel:
    """Foretells the score; ``side`` turns it into the probability of the cheaper half."""

    forest: Forest
    side: Sigmoids

    def scores(self, table: Floats) -> Floats:
        """Foretold share of the following day that will be dearer, shape (n,)."""
        return self.forest.predict(table)[:, 0]

    def cheap_sides(self, table: Floats) -> Floats:
        """Probability that more than half of it will be dearer, shape (n,)."""
        return self.side.each(self.forest.predict(table))[:, 0]


@dataclass(frozen=True, slots=True, eq=False)
class ClassModel:
    """Foretells the class."""

    forest: Forest
    calibrated: Sigmoids

    def probabilities(self, table: Floats) -> Floats:
        """Calibrated probability of each class, shape (n, len(CLASSES)), rows add up to 1."""
        return self.calibrated.together(self.forest.predict(table))


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Models and rule of one part of time, and how this recipe did on later time.

    Without ``classes`` no class could be learned; ``notes`` say why.
    """

    learned_from: datetime
    learned_to: datetime
    calibrated_to: datetime
    features: tuple[str, ...]
    missing: tuple[str, ...]
    rule: ThresholdRule
    score: ScoreModel
    score_evaluation: Evaluation
    classes: ClassModel | None
    class_evaluation: Evaluation | None
    notes: tuple[str, ...]


def cuts_of(examples: Examples) -> Cuts:
    """The last sixth of the time is evaluated on, the sixth before it calibrated on.

    Raises ``ModelNotFitted`` if the examples span less than ``LEAST_WEEKS``.
    """
    at = examples.scored.instants
    weeks = (at.max() - at.min()) / np.timedelta64(7, "D") if at.size else 0.0
    if weeks < LEAST_WEEKS:
        raise ModelNotFitted(
            f"advice: {weeks:.0f} weeks of prices can be learned from and {LEAST_WEEKS} are needed "
            "to learn, calibrate and evaluate; until then the rule answers"
        )
    first, end = to_datetime(at.min()), to_datetime(at.max()) + timedelta(hours=1)
    part = timedelta(days=int((end - first).days * PART))
    return Cuts(first, end - 2 * part, end - part, end)


def learn(examples: Examples, cuts: Cuts, *, step: Step) -> Learned:
    """Evaluate the recipe by ``cuts`` and fit what is kept.

    Raises ``ModelNotFitted`` if prices do not differ, or a part holds too few rows.
    """
    scored, classed = examples.scored, _apart(examples.classed, cuts)
    if np.ptp(scored.dearer) == 0:
        raise ModelNotFitted("advice: every hour costs the same, so there is nothing to learn")
    step("score")
    trained_on = _part(scored, cuts.learn, cuts.calibrate, "learn")
    score_evaluation = _score_figures(scored, cuts, trained_on)
    notes = []
    class_evaluation = None
    try:
        step("class")
        class_evaluation = _class_figures(classed, cuts)
    except ModelNotFitted as reason:
        notes.append(str(reason))
    step("what is kept")
    kept = _part(scored, cuts.learn, cuts.evaluate, "learn")
    kept_classes = _part(classed, cuts.learn, cuts.evaluate, "learn") if class_evaluation else None
    rule = (
        learn_thresholds(kept.table, kept.dearer, None)
        if kept_classes is None
        else learn_thresholds(kept_classes.table, kept_classes.dearer, kept_classes.classes)
    )
    score = _score_model(kept, _part(scored, cuts.evaluate, cuts.end, "calibrate"))
    used = tuple(FEATURES[column] for column in score.forest.columns)
    return Learned(
        learned_from=cuts.learn,
        learned_to=cuts.evaluate,
        calibrated_to=cuts.end,
        features=used,
        missing=tuple(name for name in FEATURES if name not in used),
        rule=rule,
        score=score,
        score_evaluation=score_evaluation,
        classes=None
        if kept_classes is None
        else _class_model(kept_classes, _part(classed, cuts.evaluate, cuts.end, "calibrate")),
        class_evaluation=class_evaluation,
        notes=tuple(notes),
    )


def _apart(classed: Examples, cuts: Cuts) -> Examples:
    """Without the rows before a cut whose class comes of a plan that saw prices from after it."""
    at = classed.instants
    sees = np.zeros(at.shape, dtype=bool)
    for cut in (cuts.calibrate, cuts.evaluate):
        day = delivery_day(cut)
        monday = local_midnight(day - day.weekday() * DAY)
        sees |= (at >= to_datetime64(monday)) & (at < to_datetime64(cut))
    return classed.rows(~sees)


def _score_figures(scored: Examples, cuts: Cuts, trained_on: Examples) -> Evaluation:
    model = _score_model(trained_on, _part(scored, cuts.calibrate, cuts.evaluate, "calibrate"))
    rule = learn_thresholds(trained_on.table, trained_on.dearer, None)
    later = _part(scored, cuts.evaluate, cuts.end, "evaluate")
    published = 1.0 - later.table[:, COLUMN["expected_cheaper"]]
    said: Mapping[str, Floats] = {
        MODEL: model.scores(later.table),
        THRESHOLD_RULE: rule.scores(later.table),
        "published prices, last week's beyond": np.where(np.isfinite(published), published, 0.5),
        "mean": np.full(later.dearer.shape, trained_on.dearer.mean()),
    }
    return evaluate_scores(
        later.instants, later.dearer, said, model.cheap_sides(later.table),
        trained_to=to_datetime(trained_on.instants.max()),
    )  # fmt: skip


def _class_figures(classed: Examples, cuts: Cuts) -> Evaluation:
    trained_on = _part(classed, cuts.learn, cuts.calibrate, "learn")
    if np.unique(trained_on.classes).size < 2:
        raise ModelNotFitted("advice: the best plans do the same in every hour: no class to learn")
    model = _class_model(trained_on, _part(classed, cuts.calibrate, cuts.evaluate, "calibrate"))
    rule = learn_thresholds(trained_on.table, trained_on.dearer, trained_on.classes)
    later = _part(classed, cuts.evaluate, cuts.end, "evaluate")
    shares = np.bincount(trained_on.classes, minlength=len(CLASSES)) / trained_on.classes.size
    said: Mapping[str, Floats] = {
        MODEL: model.probabilities(later.table),
        THRESHOLD_RULE: rule.probabilities(later.table),
        "hour of the week": _hour_of_week_shares(trained_on)[_hour_of_week(later.instants)],
        "majority": np.tile(shares, (later.classes.size, 1)),
    }
    return evaluate_classes(
        later.instants, later.classes, said, trained_to=to_datetime(trained_on.instants.max())
    )


def _score_model(learned_on: Examples, calibrated_on: Examples) -> ScoreModel:
    forest = grow_scores(learned_on.table, learned_on.dearer, seed=SEED)
    said = forest.predict(calibrated_on.table)
    happened = (calibrated_on.dearer > 0.5).astype(np.float64)[:, None]
    return ScoreModel(forest, fit_sigmoids(said, happened))


def _class_model(learned_on: Examples, calibrated_on: Examples) -> ClassModel:
    forest = grow_classes(learned_on.table, learned_on.classes, classes=len(CLASSES), seed=SEED)
    happened = np.zeros((calibrated_on.classes.size, len(CLASSES)))
    happened[np.arange(calibrated_on.classes.size), calibrated_on.classes] = 1.0
    return ClassModel(forest, fit_sigmoids(forest.predict(calibrated_on.table), happened))


def _part(examples: Examples, start: datetime, end: datetime, what: str) -> Examples:
    part = examples.between(start, end - LEFT_OUT)
    needed = 24 * 7 * 3
    if len(part.instants) < needed:
        raise ModelNotFitted(
            f"advice: {len(part.instants)} hours to {what} on between {start:%Y-%m-%d} and "
            f"{end:%Y-%m-%d}, and {needed} are needed: prices or plans of those days are missing"
        )
    return part


def _hour_of_week(instants: Instants) -> NDArray[np.int64]:
    return weekday(local_days(instants)) * 24 + local_hours(instants)  # clock hours, not elapsed


def _hour_of_week_shares(examples: Examples) -> Floats:
    """Share of each class by hour on the week's clock, shape (168, len(CLASSES))."""
    count = np.full((7 * 24, len(CLASSES)), 1e-9)
    np.add.at(count, (_hour_of_week(examples.instants), examples.classes), 1.0)
    shares: Floats = count / count.sum(axis=1, keepdims=True)
    return shares
