"""How well advice turned out on later data, beside the rules, with intervals of the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import Instants, local_days, to_datetime, weekday
from chocolate_factory.market.series import Floats

Answerer = Literal["model", "rule"]

MODEL = "model"
THRESHOLD_RULE = "threshold rule"
RESAMPLES = 2000
INTERVAL_PCT = (2.5, 97.5)
PROPER = ("squared_error", "brier")
"""Measures that nothing but the truth makes smallest."""

_BINS = 10
_LEAST_PROBABILITY = 1e-3


@dataclass(frozen=True, slots=True)
class Measured:
    """What one of the compared scored: ``values`` by measure, units in the names."""

    who: str
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean loss of the model minus that of another, with its 95 % interval over weeks."""

    measure: str
    than: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Rows whose probability lay close together: what was said, and how often it came true."""

    said: float
    happened: float
    rows: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures on rows of [first, last], UTC, all later than what was learned and calibrated on.

    ``answered_by`` is the model only if it beat the threshold rule, every interval of those
    differences below zero, and no other rule has a smaller squared error or Brier score.
    """

    trained_to: datetime
    first: datetime
    last: datetime
    rows: int
    weeks: int
    answered_by: Answerer
    measured: tuple[Measured, ...]
    differences: tuple[Difference, ...]
    reliability: tuple[ReliabilityBin, ...]

    def of(self, who: str) -> Mapping[str, float]:
        """Figures of one of the compared."""
        return next(one.values for one in self.measured if one.who == who)


def evaluate_scores(
    instants: Instants,
    target: Floats,
    said: Mapping[str, Floats],
    cheap_side: Floats,
    *,
    trained_to: datetime,
) -> Evaluation:
    """Scores of each of ``said`` (0 to 1, ``MODEL`` among them) against the ``target``.

    ``cheap_side``: the model's probability that the price was in the cheaper half. Measures: R²,
    mean absolute error in points of a hundred, share on the right side of the middle.
    """
    variance = float(target.var())
    measured = tuple(
        Measured(
            who,
            {
                "r2": 1.0 - float(((score - target) ** 2).mean()) / variance,
                "mae_points": 100 * float(np.abs(score - target).mean()),
                "right_side": float(((score > 0.5) == (target > 0.5)).mean()),
            },
        )
        for who, score in said.items()
    )
    losses = {
        who: {
            "mae_points": 100 * np.abs(score - target),
            "squared_error": (score - target) ** 2,
        }
        for who, score in said.items()
    }
    return _evaluation(
        instants, measured, losses, reliability(cheap_side, target > 0.5), trained_to
    )


def evaluate_classes(
    instants: Instants,
    target: NDArray[np.int64],
    said: Mapping[str, Floats],
    *,
    trained_to: datetime,
) -> Evaluation:
    """Class probabilities of each of ``said``, shape (n, classes), against the class numbers.

    Measures: accuracy of the likeliest class, Brier score (sum over classes, 0 to 2), log loss.
    """
    rows = np.arange(target.size)
    measured, losses = [], {}
    for who, probability in said.items():
        happened = np.zeros(probability.shape)
        happened[rows, target] = 1.0
        brier = ((probability - happened) ** 2).sum(axis=1)
        wrong = (probability.argmax(axis=1) != target).astype(np.float64)
        right = np.maximum(probability[rows, target], _LEAST_PROBABILITY)
        values = {
            "accuracy": 1.0 - float(wrong.mean()),
            "brier": float(brier.mean()),
            "log_loss": -float(np.log(right).mean()),
        }
        measured.append(Measured(who, values))
        losses[who] = {"error_rate": wrong, "brier": brier}
    model = said[MODEL]
    every = np.zeros(model.shape, dtype=bool)
    every[rows, target] = True
    return _evaluation(
        instants, tuple(measured), losses, reliability(model.ravel(), every.ravel()), trained_to
    )


def reliability(said: Floats, happened: NDArray[np.bool_]) -> tuple[ReliabilityBin, ...]:
    """Probabilities in ten equal steps from 0 to 1: how often each came true; empty ones absent."""
    step = np.minimum((said * _BINS).astype(np.int64), _BINS - 1)
    return tuple(
        ReliabilityBin(
            float(said[inside].mean()), float(happened[inside].mean()), int(inside.sum())
        )
        for number in range(_BINS)
        if (inside := step == number).any()
    )


def calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Mean distance between what was said and how often it came true, weighted by rows."""
    rows = sum(one.rows for one in bins)
    return sum(one.rows * abs(one.said - one.happened) for one in bins) / rows


def block_difference(
    losses: Floats, others: Floats, block: NDArray[np.int64], *, seed: int = 0
) -> tuple[float, float, float]:
    """Mean of ``losses − others`` and its 95 % interval, whole blocks drawn with replacement."""
    _, place = np.unique(block, return_inverse=True)
    total = np.bincount(place, weights=losses - others)
    count = np.bincount(place)
    drawn = np.random.default_rng(seed).integers(0, total.size, (RESAMPLES, total.size))
    means = total[drawn].sum(axis=1) / count[drawn].sum(axis=1)
    low, high = np.percentile(means, INTERVAL_PCT)
    return float((losses - others).mean()), float(low), float(high)


def _beaten(difference: Difference) -> bool:
    if difference.than == THRESHOLD_RULE:
        return difference.high < 0
    return difference.measure not in PROPER or difference.mean < 0


def _evaluation(
    instants: Instants,
    measured: tuple[Measured, ...],
    losses: Mapping[str, Mapping[str, Floats]],
    bins: tuple[ReliabilityBin, ...],
    trained_to: datetime,
) -> Evaluation:
    days = local_days(instants)
    week = (days.astype(np.int64) - weekday(days)) // 7
    differences = tuple(
        Difference(measure, who, *block_difference(loss, of_other[measure], week))
        for who, of_other in losses.items()
        if who != MODEL
        for measure, loss in losses[MODEL].items()
    )
    return Evaluation(
        trained_to=trained_to,
        first=to_datetime(instants.min()),
        last=to_datetime(instants.max()),
        rows=int(instants.size),
        weeks=int(np.unique(week).size),
        answered_by="model" if all(_beaten(one) for one in differences) else "rule",
        measured=measured,
        differences=differences,
        reliability=bins,
    )
