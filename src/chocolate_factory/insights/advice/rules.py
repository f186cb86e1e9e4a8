"""The rules beside which a model has to prove itself, and which answer where it cannot.

The threshold rule cuts prices at quantiles learned on the training part: ten equal bands of the
price's rank within the last seven days, in and out of the shifts. For each band it knows what
happened there. Two more are only measured: the majority, and the rule that a thoughtful person
would use without any learning (for the score the rank among the prices published so far and last
week's; for the class what the best plans mostly did at that hour of the week).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.insights.advice.moment import COLUMN
from chocolate_factory.insights.advice.targets import CLASSES
from chocolate_factory.market.series import Floats

BANDS = 10
_RANK = COLUMN["cheaper_7d"]
_STAFFED = COLUMN["staffed"]
PLAIN_LIMITS = (0.25, 0.5, 0.75)
"""Where the rule cuts the last week's prices while it has learned nothing: into quarters."""


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdRule:
    """What happened in each band of the price, by whether operators are there.

    Parameters
    ----------
    edges
        Thresholds on the price's rank within the last seven days, shape (BANDS − 1,).
    score
        Mean target of the score, shape (2, BANDS): out of the shifts, in them.
    cheap_side
        Share in which the price was in the cheaper half of what followed, shape (2, BANDS).
    classes
        Share of each class, shape (2, BANDS, len(CLASSES)); all zero if none was learned.
    """

    edges: Floats
    score: Floats
    cheap_side: Floats
    classes: Floats

    def band(self, table: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Whether in a shift (0, 1), and the price band, of each row."""
        return _places(table, self.edges)

    def scores(self, table: Floats) -> Floats:
        """Foretold target of the score, shape (n,)."""
        scores: Floats = self.score[self.band(table)]
        return scores

    def cheap_sides(self, table: Floats) -> Floats:
        """Probability of the cheaper half, shape (n,)."""
        sides: Floats = self.cheap_side[self.band(table)]
        return sides

    def probabilities(self, table: Floats) -> Floats:
        """Probability of each class, shape (n, len(CLASSES))."""
        shares: Floats = self.classes[self.band(table)]
        return shares


def learn_thresholds(
    table: Floats, dearer: Floats, classes: NDArray[np.int64] | None
) -> ThresholdRule:
    """The rule of these rows: ``dearer`` the score's target, ``classes`` the class's or None."""
    edges = np.quantile(table[:, _RANK], np.arange(1, BANDS) / BANDS)
    places = _places(table, edges)
    happened = np.zeros((len(table), len(CLASSES)))
    if classes is not None:
        happened[np.arange(len(table)), classes] = 1.0
    return ThresholdRule(
        edges=edges,
        score=_means(places, dearer[:, None])[..., 0],
        cheap_side=_means(places, (dearer > 0.5)[:, None].astype(np.float64))[..., 0],
        classes=_means(places, happened),
    )


def plain_score(table: Floats) -> Floats:
    """The score of the rule that has learned nothing: share of the last week that was dearer."""
    score: Floats = 1.0 - table[:, _RANK]
    return score


def plain_class(table: Floats) -> NDArray[np.int64]:
    """The class of the rule that has learned nothing: the quarter of the last week's prices."""
    return len(CLASSES) - 1 - np.digitize(table[:, _RANK], PLAIN_LIMITS)


def _places(table: Floats, edges: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    there = (table[:, _STAFFED] >= 0.5).astype(np.int64)
    return there, np.searchsorted(edges, table[:, _RANK])


def _means(places: tuple[NDArray[np.int64], NDArray[np.int64]], values: Floats) -> Floats:
    """Mean of the rows of ``values`` in each place; of an empty place, that of all rows."""
    shape = (2, BANDS, values.shape[1])
    total, count = np.zeros(shape), np.zeros(shape)
    np.add.at(total, places, values)
    np.add.at(count, places, 1.0)
    overall = np.broadcast_to(values.mean(axis=0), shape)
    return np.where(count > 0, total / np.maximum(count, 1.0), overall)
