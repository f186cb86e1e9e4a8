"""One moment → a score or a class, who answers, and why.

The model answers only if it beat the rules on later data; otherwise the threshold rule does, and
while nothing has been learned the plain rule: where the price lies among those of the last seven
days. The answer says which, and what was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from chocolate_factory.insights.advice.measure import Answerer, Evaluation
from chocolate_factory.insights.advice.moment import COLUMN, FEATURES
from chocolate_factory.insights.advice.rules import plain_class, plain_score
from chocolate_factory.insights.advice.saved import AdviceModel
from chocolate_factory.insights.advice.targets import CLASSES
from chocolate_factory.market.series import Floats

Urgency = Literal["high", "medium", "low"]
Recommendation = Literal["run", "either", "wait"]
LimitKind = Literal["max_c", "min_c", "max_humidity_pct"]
AirSource = Literal["given", "inside", "outside"]
JudgedBy = Literal["given", "inside", "outside", "unknown"]

RUN_FROM, WAIT_BELOW = 65.0, 35.0
"""Scores [points] from which on running now is recommended, and below which waiting is."""

SOON_GONE, SOMEWHAT = 0.10, 0.35
"""Shares of cheaper hours to come that separate the urgencies."""

_TOPICS: Mapping[str, tuple[str, ...]] = {
    "price": (
        "price_eur_kwh", "cheaper_1d", "cheaper_7d", "cheaper_28d", "z_1d", "z_7d", "z_28d",
        "change_1d_eur_kwh", "change_7d_eur_kwh", "spread_1d_eur_kwh",
    ),
    "coming": (
        "published_h", "published_cheaper", "published_gap_eur_kwh", "expected_cheaper",
        "expected_gap_3h_eur_kwh",
    ),
    "period": ("tariff_period",),
    "calendar": (
        "hour_sin", "hour_cos", "weekday_sin", "weekday_cos", "season_sin", "season_cos",
        "valley_day",
    ),
    "shift": ("staffed",),
    "weather": ("temperature_c", "humidity_pct", "dew_point_c"),
}  # fmt: skip
"""What the features are about: every feature once."""


def topics_of(features: Iterable[str]) -> tuple[str, ...]:
    """What some features are about, each topic once."""
    asked = frozenset(features)
    return tuple(topic for topic, names in _TOPICS.items() if asked & frozenset(names))


@dataclass(frozen=True, slots=True)
class LineAir:
    """Air at the line, temperature [°C] and relative humidity [%]; None where not known.

    ``source``: ``given`` with the question; ``inside``: by the plant's model of its hall;
    ``outside``: the plant has no such model, so it is the outdoor air.
    """

    temperature_c: float | None
    humidity_pct: float | None
    source: AirSource

    def of(self, kind: LimitKind) -> float | None:
        """What a limit of this kind is about, in its unit."""
        return self.humidity_pct if kind == "max_humidity_pct" else self.temperature_c


@dataclass(frozen=True, slots=True)
class AmbientLimit:
    """What the air at the line may be, at most or (``min_c``) at least, for a stage to run.

    ``bound`` in the unit that ``kind`` names.
    """

    stage: str
    kind: LimitKind
    bound: float

    def broken_by(self, line: LineAir) -> bool:
        """Whether the stage may not run; no where what the limit is about is not known."""
        air = line.of(self.kind)
        if air is None:
            return False
        return air < self.bound if self.kind == "min_c" else air > self.bound


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for or against: ``code`` says what, ``values`` the figures in it.

    ``effect``: by how much it moved the model's answer, in points of the score or of the class's
    probability in per cent; None where a rule answers.
    """

    code: str
    values: Mapping[str, float]
    effect: float | None = None


@dataclass(frozen=True, slots=True)
class ScoreAdvice:
    """``score`` 0 (everything to come is cheaper) to 100 (everything to come is dearer).

    ``confidence``: probability that the price is on the side of the middle that the score says,
    among those of the following 24 h; None while nothing was learned.
    """

    score: float
    confidence: float | None
    recommendation: Recommendation
    answered_by: Answerer
    evaluation: Evaluation | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ClassAdvice:
    """One of ``CLASSES``; ``probabilities`` in their order, None while nothing was learned.

    ``limits`` that the air at the ``line`` breaks make it Halt whatever model or rule said, which
    ``without`` is.
    """

    level: str
    without: str
    probabilities: tuple[float, ...] | None
    urgency: Urgency
    answered_by: Answerer
    evaluation: Evaluation | None
    limits: tuple[AmbientLimit, ...]
    line: LineAir
    reasons: tuple[Reason, ...]

    @property
    def broken(self) -> tuple[AmbientLimit, ...]:
        """The limits that made it Halt."""
        return broken_limits(self.limits, self.line)

    @property
    def judged_by(self) -> JudgedBy | None:
        """What air the limits were judged by, ``unknown`` if for one of them it is not known; None
        without limits."""
        if not self.limits:
            return None
        known = all(self.line.of(limit.kind) is not None for limit in self.limits)
        return self.line.source if known else "unknown"


def can_be_told(row: Floats) -> bool:
    """Whether enough of the last seven days is known for any answer; ``row`` of ``FEATURES``."""
    return bool(np.isfinite(row[COLUMN["cheaper_7d"]]))


def advise_score(row: Floats, model: AdviceModel | None) -> ScoreAdvice:
    """How cheap the price is among those of the following 24 h; ``row`` of ``FEATURES``."""
    table = row[None, :]
    if model is None:
        score = 100 * float(plain_score(table)[0])
        return ScoreAdvice(score, None, _recommended(score), "rule", None, _reasons(row, None))
    learned, told = model.learned, model.learned.score_evaluation
    if told.answered_by == "rule":
        score = 100 * float(learned.rule.scores(table)[0])
        side, moved = float(learned.rule.cheap_sides(table)[0]), None
    else:
        score = 100 * float(learned.score.scores(table)[0])
        side = float(learned.score.cheap_sides(table)[0])
        moved = 100 * learned.score.forest.contributions(row)[:, 0]
    return ScoreAdvice(
        score=score,
        confidence=side if score > 50 else 1.0 - side,
        recommendation=_recommended(score),
        answered_by=told.answered_by,
        evaluation=told,
        reasons=_reasons(row, moved),
    )


def advise_class(
    row: Floats,
    model: AdviceModel | None,
    *,
    limits: Sequence[AmbientLimit],
    line: LineAir,
) -> ClassAdvice:
    """What to do in the hour of ``row``; ``limits`` that the air at the ``line`` breaks override
    it."""
    table = row[None, :]
    probabilities, moved = None, None
    told = None if model is None else model.learned.class_evaluation
    if model is None or model.learned.classes is None or told is None:
        chosen = int(plain_class(table)[0])
    elif told.answered_by == "rule":
        probabilities = model.learned.rule.probabilities(table)[0]
        chosen = int(probabilities.argmax())
    else:
        probabilities = model.learned.classes.probabilities(table)[0]
        chosen = int(probabilities.argmax())
        moved = 100 * model.learned.classes.forest.contributions(row)[:, chosen]
    broken = broken_limits(limits, line)
    level = CLASSES[0] if broken else CLASSES[chosen]
    return ClassAdvice(
        level=level,
        without=CLASSES[chosen],
        probabilities=None if probabilities is None else tuple(float(p) for p in probabilities),
        urgency="high" if broken else _urgency(row, running=chosen >= CLASSES.index("Moderate")),
        answered_by="rule" if broken or told is None else told.answered_by,
        evaluation=told,
        limits=tuple(limits),
        line=line,
        reasons=_reasons(row, moved),
    )


def broken_limits(limits: Sequence[AmbientLimit], line: LineAir) -> tuple[AmbientLimit, ...]:
    """The limits that the air at the line breaks."""
    return tuple(one for one in limits if one.broken_by(line))


def _recommended(score: float) -> Recommendation:
    return "run" if score >= RUN_FROM else "wait" if score < WAIT_BELOW else "either"


def _urgency(row: Floats, *, running: bool) -> Urgency:
    """How much waiting changes: few cheaper hours to come press to run, many press to hold back."""
    cheaper = row[COLUMN["expected_cheaper"]]
    if not np.isfinite(cheaper):
        cheaper = row[COLUMN["cheaper_7d"]]
    share = float(cheaper if running else 1.0 - cheaper)
    return "high" if share < SOON_GONE else "medium" if share < SOMEWHAT else "low"


def _reasons(row: Floats, moved: Floats | None) -> tuple[Reason, ...]:
    """What is told of the moment, topic by topic; what moved the answer most comes first."""
    told = [
        Reason(topic, values, effect=None if moved is None else _sum_of(topic, moved))
        for topic in _TOPICS
        if (values := _values(topic, row))
    ]
    return tuple(sorted(told, key=lambda reason: -abs(reason.effect or 0.0)))


def _sum_of(topic: str, moved: Floats) -> float:
    return float(sum(moved[COLUMN[name]] for name in _TOPICS[topic]))


_SHOWN: Mapping[str, tuple[str, ...]] = {
    "price": ("cheaper_1d", "cheaper_7d"),
    "coming": ("published_h", "expected_cheaper"),
    "period": ("tariff_period",),
    "calendar": ("valley_day",),
    "shift": ("staffed",),
    "weather": ("temperature_c",),
}


def _values(topic: str, row: Floats) -> dict[str, float]:
    values = {name: float(row[COLUMN[name]]) for name in _SHOWN[topic]}
    return values if all(np.isfinite(value) for value in values.values()) else {}


def untold(row: Floats) -> tuple[str, ...]:
    """Names of the features that cannot be told of a moment."""
    return tuple(name for name in FEATURES if not np.isfinite(row[COLUMN[name]]))
