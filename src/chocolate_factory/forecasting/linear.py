"""Ridge-LEAR: one regularised linear model per lead day, all hours of the day at once.

After Lago, Marcjasz, De Schutter and Weron, Applied Energy 293 (2021): autoregressive inputs, an
asinh transform, several calibration windows averaged; with ridge in place of LASSO, so that the 24
hours share one design matrix and one solve. The regulated step is taken out before and put back
after. Prices enter relative to the level and spread of the weeks before (``features.Situation``).
Exogenous columns join the inputs where they are given; where one is missing on the day of the
forecast, the model fitted without them answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.columns import Column, beside, columns_of, telling
from chocolate_factory.forecasting.features import Situation, squash
from chocolate_factory.forecasting.learned import history
from chocolate_factory.forecasting.model import Known
from chocolate_factory.forecasting.threads import one_thread
from chocolate_factory.forecasting.windows import FittedWindows, Inputs
from chocolate_factory.market.series import Floats

_LEAST_ROWS = 30
_LEAST_ROWS_WITH_INPUTS = 120

_LEAST_DEVIATION = 1e-6
_SWEEPS = 300
_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class LinearMap:
    """From inputs (rows, columns) to squashed prices (rows, WALL_HOURS).

    Weights (columns, WALL_HOURS) and what is added (WALL_HOURS,).
    """

    weight: Floats
    added: Floats

    def predict(self, x: Inputs) -> Floats:
        """See the class."""
        said: Floats = x @ self.weight + self.added
        return said


_Maps = tuple[LinearMap, ...]
"""One linear map per training window."""


@dataclass(frozen=True, slots=True)
class RidgeLear:
    """Settings of ridge-LEAR, chosen on origins of 2023 and 2024.

    Parameters
    ----------
    windows
        Lengths of the training windows [days]; their forecasts are averaged.
    alpha
        Ridge penalty.
    with_inputs
        Whether exogenous columns are looked at.
    column_weight
        Of these columns beside the prices, chosen on German prices of 2015.
    """

    name: str = "ridge"
    needs_days: int = 120
    refit_days: int = 1
    windows: tuple[int, ...] = (728, 1092)
    alpha: float = 50.0
    with_inputs: bool = True
    column_weight: float = 0.5

    def fit(self, known: Known, leads: int) -> FittedWindows[LinearMap]:
        """Learn one linear map per lead day and window; see ``Model.fit``.

        Raises ``ModelNotFitted`` below ``needs_days`` days, or if prices never move.
        """
        told_days = self._least_told(min(self.windows)) + leads
        past = history(
            self.name, known, window=max(self.windows), needs_days=self.needs_days,
            told_days=told_days,
        )  # fmt: skip
        known, market, seen = past.known, past.market, past.situations()
        columns = columns_of(known) if self.with_inputs else ()
        typical = {column.name: column.typical for column in columns}
        with one_thread():
            plain = tuple(self._plain(seen, market, lead) for lead in range(1, leads + 1))
            full = tuple(
                self._with_inputs(seen, market, columns, lead, past.usual_spread)
                for lead in range(1, leads + 1)
            )
        return FittedWindows(self, plain, full, past.floor, past.usual_spread, typical)

    def _plain(self, seen: Situation, market: Floats, lead: int) -> _Maps:
        used, x, target = self._rows(seen, market, self.inputs(seen, lead), lead)
        fewest = min(int(use.sum()) for use in used)
        if fewest < _LEAST_ROWS:
            raise ModelNotFitted(
                f"{self.name}: only {fewest} whole days to learn lead day {lead} from, "
                f"{_LEAST_ROWS} are needed: fill the gaps in the history, or choose another model"
            )
        return self._maps(used, x, target)

    def _with_inputs(
        self,
        seen: Situation,
        market: Floats,
        columns: tuple[Column, ...],
        lead: int,
        usual_spread: float,
    ) -> _Maps | None:
        columns = telling(columns, lead)
        if not columns:
            return None
        given = self.given(columns, seen, lead, usual_spread=usual_spread)
        about = np.hstack([self.inputs(seen, lead), given])
        used, x, target = self._rows(seen, market, about, lead)
        enough = [
            use
            for use, window in zip(used, self.windows, strict=True)
            if use.sum() >= self._least_told(window)
        ]
        return self._maps(enough, x, target) if enough else None

    @staticmethod
    def _least_told(window: int) -> int:
        return min(_LEAST_ROWS_WITH_INPUTS, window // 2)

    def inputs(self, seen: Situation, lead: int) -> Floats:
        """What it looks at, shape (rows, columns)."""
        return seen.about(lead)

    def given(
        self, columns: tuple[Column, ...], seen: Situation, lead: int, *, usual_spread: float
    ) -> Floats:
        """What it looks at besides, shape (rows, columns)."""
        weight = self.column_weight
        return beside(columns, seen, lead, usual_spread=usual_spread, weight=weight)

    def _rows(
        self, seen: Situation, market: Floats, about: Floats, lead: int
    ) -> tuple[list[NDArray[np.bool_]], Floats, Floats]:
        known = seen.last + lead < len(market)
        x, last = about[known], seen.last[known]
        target = squash(market[last + lead], seen.level[known], seen.spread[known])
        whole = np.isfinite(x).all(axis=1) & np.isfinite(target).all(axis=1)
        return [whole & (last >= len(market) - window) for window in self.windows], x, target

    def _maps(self, used: list[NDArray[np.bool_]], x: Floats, target: Floats) -> _Maps:
        from sklearn import config_context  # noqa: PLC0415 - loading takes a second
        from sklearn.linear_model import Ridge  # noqa: PLC0415 - loading takes a second

        with config_context(assume_finite=True, skip_parameter_validation=True):
            fitted = [
                Ridge(alpha=self.alpha, solver="cholesky").fit(x[use], target[use]) for use in used
            ]
        return tuple(LinearMap(one.coef_.T, one.intercept_) for one in fitted)


@dataclass(frozen=True, slots=True)
class LassoLear(RidgeLear):
    """LEAR with an absolute penalty on every hour's own map: of many columns it picks some.

    ``alpha`` is the penalty in units of the deviation of the hour's prices, inputs being measured
    in deviations of their own. Chosen on German prices of 2015 and Spanish ones of 2023 and 2024.
    """

    name: str = "lasso"
    refit_days: int = 7
    windows: tuple[int, ...] = (728, 1092)
    alpha: float = 0.01

    def _maps(self, used: list[NDArray[np.bool_]], x: Floats, target: Floats) -> _Maps:
        return tuple(_picked(x[use], target[use], alpha=self.alpha) for use in used)


def _picked(x: Floats, target: Floats, *, alpha: float) -> LinearMap:
    """LASSO of each hour by coordinate descent, all hours on one matrix of products."""
    from sklearn import config_context  # noqa: PLC0415 - loading takes a second
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415 - loading takes a second
    from sklearn.linear_model import lasso_path  # noqa: PLC0415 - loading takes a second

    middle, usual = x.mean(axis=0), target.mean(axis=0)
    deviation = np.maximum(x.std(axis=0), _LEAST_DEVIATION)
    about, away = (x - middle) / deviation, target - usual
    products = about.T @ about
    weight = np.empty((x.shape[1], target.shape[1]))
    about = np.asfortranarray(about)
    checked = config_context(assume_finite=True, skip_parameter_validation=True)
    with checked, catch_warnings():  # a sweep more or less is not seen in the forecast
        simplefilter("ignore", ConvergenceWarning)
        for hour in range(target.shape[1]):
            price = away[:, hour]
            penalty = alpha * max(float(price.std()), _LEAST_DEVIATION)
            _, found, _ = lasso_path(
                about, price, alphas=[penalty], precompute=products, Xy=about.T @ price,
                max_iter=_SWEEPS, tol=_TOLERANCE, check_input=False,
            )  # fmt: skip
            weight[:, hour] = found[:, 0]
    weight /= deviation[:, None]
    return LinearMap(weight, usual - middle @ weight)
