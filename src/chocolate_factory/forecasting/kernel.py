"""Kernel ridge: what ridge-LEAR sees, through a Gaussian kernel, a model per lead day and window.

Similar situations are to have similar tomorrows: a forecast is a weighted sum over past days, by
how alike their inputs are (Saunders, Gammerman and Vovk, ICML 1998; a Gaussian process's mean).
Where ridge-LEAR draws straight lines through three years, this bends, so that the two err apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.columns import Column, beside, columns_of, telling
from chocolate_factory.forecasting.features import Situation, squash
from chocolate_factory.forecasting.learned import History, history
from chocolate_factory.forecasting.model import Known
from chocolate_factory.forecasting.threads import one_thread
from chocolate_factory.forecasting.windows import FittedWindows, Inputs
from chocolate_factory.market.series import Floats

_LEAST_ROWS = 30
_LEAST_ROWS_WITH_INPUTS = 364

Singles = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class KernelRidge:
    """Settings of kernel ridge, chosen on origins of 2023 and 2024.

    Parameters
    ----------
    windows
        How many of the newest days it learns from; the forecasts of all are averaged.
    penalty
        On the diagonal of the kernel matrix, whose own diagonal is one.
    sharpness
        Of the kernel exp(−sharpness · d² / median d²).
    season_weight, dummy_weight
        Of season and calendar beside the prices.
    with_inputs
        Whether exogenous columns are looked at.
    column_weight, penalty_with_columns
        Of these columns beside the prices, and the penalty where there are some; chosen on German
        prices of 2015.
    """

    name: str = "kernel"
    needs_days: int = 120
    refit_days: int = 7
    windows: tuple[int, ...] = (364, 728, 1092)
    penalty: float = 0.6
    sharpness: float = 0.4
    season_weight: float = 1.0
    dummy_weight: float = 1.5
    with_inputs: bool = True
    column_weight: float = 0.3
    penalty_with_columns: float = 0.2

    def fit(self, known: Known, leads: int) -> FittedWindows[_OfLead]:
        """Solve one linear system per lead day; see ``Model.fit``.

        Raises ``ModelNotFitted`` below ``needs_days`` days, or if prices never move.
        """
        told_days = self._least_told(min(self.windows)) + leads
        past = history(
            self.name, known, window=max(self.windows), needs_days=self.needs_days,
            told_days=told_days,
        )  # fmt: skip
        seen = past.situations()
        columns = columns_of(past.known) if self.with_inputs else ()
        with one_thread():
            plain = tuple(self._plain(past, seen, lead) for lead in range(1, leads + 1))
            full = tuple(
                self._with_inputs(past, seen, columns, lead) for lead in range(1, leads + 1)
            )
        typical = {column.name: column.typical for column in columns}
        return FittedWindows(self, plain, full, past.floor, past.usual_spread, typical)

    def _plain(self, past: History, seen: Situation, lead: int) -> _OfWindows:
        x, target, last = self._rows(past, seen, self.inputs(seen, lead), lead)
        since = [last >= len(past.market) - window for window in self.windows]
        fewest = min(int(used.sum()) for used in since)
        if fewest < _LEAST_ROWS:
            raise ModelNotFitted(
                f"{self.name}: only {fewest} whole days to learn lead day {lead} from, "
                f"{_LEAST_ROWS} are needed: fill the gaps in the history, or choose another model"
            )
        return tuple(self._solved(x[used], target[used], penalty=self.penalty) for used in since)

    def _with_inputs(
        self, past: History, seen: Situation, columns: tuple[Column, ...], lead: int
    ) -> _OfWindows | None:
        columns = telling(columns, lead)
        if not columns:
            return None
        given = self.given(columns, seen, lead, usual_spread=past.usual_spread)
        about = np.hstack([self.inputs(seen, lead), given])
        x, target, last = self._rows(past, seen, about, lead)
        since = [last >= len(past.market) - window for window in self.windows]
        enough = [
            used
            for used, window in zip(since, self.windows, strict=True)
            if used.sum() >= self._least_told(window)
        ]
        penalty = self.penalty_with_columns
        return tuple(self._solved(x[u], target[u], penalty=penalty) for u in enough) or None

    def _rows(
        self, past: History, seen: Situation, about: Singles, lead: int
    ) -> tuple[Singles, Singles, NDArray[np.int64]]:
        known = seen.last + lead < len(past.market)
        last = seen.last[known]
        market = past.market[last + lead]
        target = squash(market, seen.level[known], seen.spread[known]).astype(np.float32)
        whole = np.isfinite(about[known]).all(axis=1) & np.isfinite(target).all(axis=1)
        return about[known][whole], target[whole], last[whole]

    def _solved(self, x: Singles, target: Singles, *, penalty: float) -> _OfLead:
        from scipy.linalg import cho_factor, cho_solve  # noqa: PLC0415 - takes half a second

        square = np.square(x).sum(axis=1)
        distance = _distances(x, square, x)
        typical = float(np.median(distance[np.tri(len(x), k=-1, dtype=bool)]))
        scale = self.sharpness / max(typical, float(np.finfo(np.float32).tiny))
        kernel = np.exp(-scale * distance)
        kernel[np.diag_indices_from(kernel)] += np.float32(penalty)
        usual = target.mean(axis=0)
        dual = cho_solve(
            cho_factor(kernel, overwrite_a=True, check_finite=False),
            target - usual,
            check_finite=False,
        )
        return _OfLead(x, square, dual, usual, scale)

    @staticmethod
    def _least_told(window: int) -> int:
        return min(_LEAST_ROWS_WITH_INPUTS, -(-4 * window // 5))

    def inputs(self, seen: Situation, lead: int) -> Singles:
        """What it looks at, shape (rows, columns)."""
        about = seen.about(lead, season_weight=self.season_weight, dummy_weight=self.dummy_weight)
        return about.astype(np.float32)

    def given(
        self, columns: tuple[Column, ...], seen: Situation, lead: int, *, usual_spread: float
    ) -> Singles:
        """What it looks at besides, shape (rows, columns)."""
        weight = self.column_weight
        about = beside(columns, seen, lead, usual_spread=usual_spread, weight=weight)
        return about.astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _OfLead:
    """Past inputs (n, columns), their squares (n,), and what each weighs (n, WALL_HOURS)."""

    x: Singles
    square: Singles
    dual: Singles
    usual: Singles
    scale: float

    def predict(self, x: Inputs) -> Floats:
        """Squashed prices of one situation, shape (WALL_HOURS,)."""
        alike = np.exp(-self.scale * _distances(self.x, self.square, x))[:, 0]
        made: Floats = (self.usual + alike @ self.dual).astype(np.float64)
        return made


_OfWindows = tuple[_OfLead, ...]
"""One for each training window."""


def _distances(x: Singles, square: Singles, other: Singles) -> Singles:
    """Squared distances of each row of ``x`` to each of ``other``, shape (n, others)."""
    distance = square[:, None] + np.square(other).sum(axis=1)[None, :] - 2 * (x @ other.T)
    positive: Singles = np.maximum(distance, np.float32(0.0))
    return positive
