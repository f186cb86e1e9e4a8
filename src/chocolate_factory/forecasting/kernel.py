"""Kernel ridge: what ridge-LEAR sees, through a Gaussian kernel, one model per lead day.

Similar situations are to have similar tomorrows: a forecast is a weighted sum over past days, by
how alike their inputs are (Saunders, Gammerman and Vovk, ICML 1998; a Gaussian process's mean).
Where ridge-LEAR draws straight lines through three years, this bends, so that the two err apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from threadpoolctl import ThreadpoolController

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.features import Situation, restore, squash
from chocolate_factory.forecasting.learned import History, history, now
from chocolate_factory.forecasting.model import Known
from chocolate_factory.market.series import Floats

_THREADS = ThreadpoolController()
_LEAST_ROWS = 30

Singles = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class KernelRidge:
    """Settings of kernel ridge, chosen on origins of 2023 and 2024.

    Parameters
    ----------
    window
        Newest days it learns from.
    penalty
        On the diagonal of the kernel matrix, whose own diagonal is one.
    sharpness
        Of the kernel exp(−sharpness · d² / median d²).
    season_weight, dummy_weight
        Of season and calendar beside the prices.
    """

    name: str = "kernel"
    needs_days: int = 120
    refit_days: int = 14
    window: int = 1092
    penalty: float = 0.6
    sharpness: float = 0.2
    season_weight: float = 1.0
    dummy_weight: float = 1.5

    def fit(self, known: Known, leads: int) -> FittedKernel:
        """Solve one linear system per lead day; see ``Model.fit``.

        Raises ``ModelNotFitted`` below ``needs_days`` days, or if prices never move.
        """
        past = history(self.name, known, window=self.window, needs_days=self.needs_days)
        seen = past.situations()
        with _THREADS.limit(limits=1, user_api="blas"):
            leads_fitted = tuple(self._fit_lead(past, seen, lead) for lead in range(1, leads + 1))
        return FittedKernel(self, leads_fitted, past.floor)

    def _fit_lead(self, past: History, seen: Situation, lead: int) -> _OfLead:
        known = seen.last + lead < len(past.market)
        x = self.inputs(seen, lead)[known]
        target = squash(past.market[seen.last[known] + lead], seen.level[known], seen.spread[known])
        whole = np.isfinite(x).all(axis=1) & np.isfinite(target).all(axis=1)
        if int(whole.sum()) < _LEAST_ROWS:
            raise ModelNotFitted(
                f"{self.name}: only {int(whole.sum())} whole days to learn lead day {lead} from, "
                f"{_LEAST_ROWS} are needed: fill the gaps in the history, or choose another model"
            )
        x, target = x[whole], target[whole].astype(np.float32)
        square = np.square(x).sum(axis=1)
        distance = _distances(x, square, x)
        typical = float(np.median(distance[np.triu_indices_from(distance, 1)]))
        scale = self.sharpness / max(typical, float(np.finfo(np.float32).tiny))
        kernel = np.exp(-scale * distance)
        kernel[np.diag_indices_from(kernel)] += np.float32(self.penalty)
        usual = target.mean(axis=0)
        dual = cho_solve(
            cho_factor(kernel, overwrite_a=True, check_finite=False),
            target - usual,
            check_finite=False,
        )
        return _OfLead(x, square, dual, usual, scale)

    def inputs(self, seen: Situation, lead: int) -> Singles:
        """What it looks at, shape (rows, columns)."""
        about = seen.about(lead, season_weight=self.season_weight, dummy_weight=self.dummy_weight)
        return about.astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _OfLead:
    """Past inputs (n, columns), their squares (n,), and what each weighs (n, WALL_HOURS)."""

    x: Singles
    square: Singles
    dual: Singles
    usual: Singles
    scale: float

    def predict(self, x: Singles) -> Floats:
        """Squashed prices of one situation, shape (WALL_HOURS,)."""
        alike = np.exp(-self.scale * _distances(self.x, self.square, x))[:, 0]
        made: Floats = (self.usual + alike @ self.dual).astype(np.float64)
        return made


@dataclass(frozen=True, slots=True)
class FittedKernel:
    """One model per lead day."""

    model: KernelRidge
    leads: tuple[_OfLead, ...]
    floor: float

    def predict(self, known: Known, leads: int) -> Floats:
        """See ``Fitted.predict``. The regulated step of each target day is added back."""
        at = now(self.model.name, known, leads, floor=self.floor)
        days = [
            restore(
                self.leads[lead - 1].predict(self.model.inputs(at.seen, lead)),
                at.seen.level,
                at.seen.spread,
            )
            for lead in range(1, leads + 1)
        ]
        return np.vstack(days) + at.step


def _distances(x: Singles, square: Singles, other: Singles) -> Singles:
    """Squared distances of each row of ``x`` to each of ``other``, shape (n, others)."""
    distance = square[:, None] + np.square(other).sum(axis=1)[None, :] - 2 * (x @ other.T)
    positive: Singles = np.maximum(distance, np.float32(0.0))
    return positive
