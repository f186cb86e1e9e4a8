"""Probabilities that come true as often as they say: Platt's sigmoid, one against the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chocolate_factory.market.series import Floats

_EDGE = 1e-3
"""No forest of some hundred trees knows anything more surely than this."""

_FREE = 1e6
"""Inverse strength of the penalty: none to speak of for two numbers and thousands of rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Sigmoids:
    """Per output, 1 / (1 + exp(−(slope · log-odds + offset))); both of shape (outputs,)."""

    slope: Floats
    offset: Floats

    def each(self, share: Floats) -> Floats:
        """Probability of each output by itself, shape of ``share``: (n, outputs)."""
        probability: Floats = 1 / (1 + np.exp(-(self.slope * _log_odds(share) + self.offset)))
        return probability

    def together(self, share: Floats) -> Floats:
        """The same as probabilities of outputs of which one comes true: rows add up to 1."""
        each = self.each(share)
        together: Floats = each / each.sum(axis=1, keepdims=True)
        return together


def fit_sigmoids(share: Floats, happened: Floats) -> Sigmoids:
    """Fitted to what ``happened`` (0 or 1) where ``share`` was said; both (n, outputs).

    An output that always or never happened keeps its shares.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - loading takes a second

    slope, offset = np.ones(share.shape[1]), np.zeros(share.shape[1])
    for output in range(share.shape[1]):
        came = happened[:, output] > 0.5
        if came.all() or not came.any():
            continue
        fitted = LogisticRegression(C=_FREE).fit(_log_odds(share[:, [output]]), came)
        slope[output], offset[output] = fitted.coef_[0, 0], fitted.intercept_[0]
    return Sigmoids(slope, offset)


def _log_odds(share: Floats) -> Floats:
    inside = np.clip(share, _EDGE, 1 - _EDGE)
    odds: Floats = np.log(inside / (1 - inside))
    return odds
