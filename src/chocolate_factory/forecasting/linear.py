"""Ridge-LEAR: one regularised linear model per lead day, all hours of the day at once.

After Lago, Marcjasz, De Schutter and Weron, Applied Energy 293 (2021): autoregressive inputs, an
asinh transform, several calibration windows averaged; with ridge in place of LASSO, so that the 24
hours share one design matrix and one solve. The regulated step is taken out before and put back
after. Prices enter relative to the level and spread of the two weeks before
(``features.Situation``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import Ridge
from threadpoolctl import ThreadpoolController

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.features import (
    MEMORY_DAYS,
    Situation,
    regulated_step,
    restore,
    situation,
    squash,
)
from chocolate_factory.forecasting.layout import filled
from chocolate_factory.forecasting.model import Known, known_days
from chocolate_factory.market.series import Floats

_THREADS = ThreadpoolController()
_LEAST_ROWS = 30
_FLOOR_OF_TYPICAL_SPREAD = 0.01


@dataclass(frozen=True, slots=True)
class RidgeLear:
    """Settings of ridge-LEAR, chosen on origins of 2023 and 2024.

    Parameters
    ----------
    windows
        Lengths of the training windows [days]; their forecasts are averaged.
    alpha
        Ridge penalty.
    """

    name: str = "ridge"
    needs_days: int = 120
    windows: tuple[int, ...] = (728, 1092)
    alpha: float = 100.0

    def fit(self, known: Known, leads: int) -> FittedRidge:
        """Learn one linear map per lead day and window; see ``Model.fit``.

        Raises ``ModelNotFitted`` below ``needs_days`` days, or if prices never move.
        """
        known = known.newest(max(self.windows) + MEMORY_DAYS)
        market = known.price - regulated_step(known.key, known.days)
        have = int(known_days(market).sum())
        if have < self.needs_days:
            raise ModelNotFitted(
                f"{self.name} on {known.key} needs {self.needs_days} days of history, there are "
                f"{have}: import or ingest more, or choose another model"
            )
        price = filled(market, known.first_day)
        floor = _FLOOR_OF_TYPICAL_SPREAD * float(np.nanstd(price))
        if floor <= np.finfo(np.float64).eps * float(np.nanmax(np.abs(price))):
            raise ModelNotFitted(
                f"{self.name} on {known.key}: the price is the same in every hour, there is "
                "nothing to learn"
            )
        rows = np.arange(MEMORY_DAYS, len(known) - 1)
        seen = situation(price, known.first_day, rows, floor=floor)
        with _THREADS.limit(limits=1, user_api="blas"):  # solves so small that threads only spin
            maps = tuple(self._fit_lead(seen, market, lead) for lead in range(1, leads + 1))
        return FittedRidge(maps, floor)

    def _fit_lead(self, seen: Situation, market: Floats, lead: int) -> tuple[Ridge, ...]:
        known = seen.last + lead < len(market)
        x, last = seen.about(lead)[known], seen.last[known]
        target = squash(market[last + lead], seen.level[known], seen.spread[known])
        whole = np.isfinite(x).all(axis=1) & np.isfinite(target).all(axis=1)
        used = [whole & (last >= len(market) - window) for window in self.windows]
        fewest = min(int(use.sum()) for use in used)
        if fewest < _LEAST_ROWS:
            raise ModelNotFitted(
                f"{self.name}: only {fewest} whole days to learn lead day {lead} from, "
                f"{_LEAST_ROWS} are needed: fill the gaps in the history, or choose another model"
            )
        return tuple(
            Ridge(alpha=self.alpha, solver="cholesky").fit(x[use], target[use]) for use in used
        )


@dataclass(frozen=True, slots=True)
class FittedRidge:
    """One linear map per lead day and training window."""

    maps: tuple[tuple[Ridge, ...], ...]
    floor: float

    def predict(self, known: Known, leads: int) -> Floats:
        """See ``Fitted.predict``. The regulated step of each target day is added back."""
        recent = known.newest(4 * MEMORY_DAYS)
        step = regulated_step(recent.key, recent.days[-1] + np.arange(1, leads + 1))
        price = filled(recent.price - regulated_step(recent.key, recent.days), recent.first_day)
        seen = situation(price, recent.first_day, np.array([len(recent) - 1]), floor=self.floor)
        days = [self._predict_lead(seen, lead) for lead in range(1, leads + 1)]
        return np.vstack(days) + step

    def _predict_lead(self, seen: Situation, lead: int) -> Floats:
        x = seen.about(lead)
        if not np.isfinite(x).all():
            raise ModelNotFitted(
                "ridge: the last weeks before the origin have holes that no similar earlier day "
                "fills: import or ingest them"
            )
        each = [restore(r.predict(x), seen.level, seen.spread) for r in self.maps[lead - 1]]
        mean: Floats = np.mean(each, axis=0)
        return mean
