"""The champion: a blend of models, weighted by how they did at the origins just before.

At every origin the weights of a lead day are those that would have blended the models' own past
forecasts best, among origins whose outcome is known: non-negative, adding to one, and drawn towards
equal weights (stacking after Breiman, Machine Learning 24, 1996; the pull towards equal weights
because these are hard to beat on few origins: Smith and Wallis, Oxford Bulletin 71, 2009). A model
that errs more than the naive over these origins gets no weight; if all do, the naive forecasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.columns import SPOT
from chocolate_factory.forecasting.layout import WALL_HOURS, nan_mean
from chocolate_factory.forecasting.model import Fitted, Known, Model
from chocolate_factory.forecasting.results import Blended
from chocolate_factory.forecasting.rolling import Rolling
from chocolate_factory.market.series import Floats

WEIGHT_ORIGINS = 120
"""Newest origins that the weights are learned from."""
LEAST_WEIGHT_ORIGINS = 14
"""Below as many with a known outcome weights are equal."""

ONLY_WITH_COLUMNS = frozenset({"ridge-prices", "ridge-newest", "network"})
"""Models that add nothing where there are no exogenous columns."""

_PULL = 0.1
"""Of equal weights, relative to the models' mean squared error."""
_FLOOR = 0.25
"""Errors smaller than this share of the restlessness of prices count alike."""


@dataclass(frozen=True, slots=True)
class Champion:
    """A blend of ``parts``; ``naive`` is what it falls back to."""

    parts: tuple[Model, ...]
    naive: Model
    name: str = "champion"
    refit_days: int = 1

    @property
    def needs_days(self) -> int:
        """Those of the least demanding model: the others join when there is enough history."""
        return min(model.needs_days for model in (*self.parts, self.naive))

    @property
    def part_names(self) -> tuple[str, ...]:
        """The models it may blend."""
        return tuple(model.name for model in self.parts)

    def parts_for(self, known: Known) -> tuple[Model, ...]:
        """The models worth blending for what is known: without columns none of them twice."""
        if any(name != SPOT for name in known.inputs):
            return self.parts
        return tuple(model for model in self.parts if model.name not in ONLY_WITH_COLUMNS)

    def fit(self, known: Known, leads: int) -> Fitted:  # noqa: ARG002
        """Not on its own: the weights come from past origins (``blend``)."""
        raise ModelNotFitted(f"{self.name} is a blend of past forecasts: see champion.blend")


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """The blended forecasts, and the weight of each model.

    Parameters
    ----------
    rolling
        Forecasts of the blend from each origin.
    parts
        Names of the models.
    weight
        Shape (origins, leads, parts), adding to one.
    error
        Mean absolute error of each part over the origins that the newest weights come from,
        relative to that of the naive, shape (parts,); NaN where it could not be compared.
    there, lost
        At each origin, whether a part gave a forecast, and whether it erred more than the naive by
        then, shape (origins, parts).
    """

    rolling: Rolling
    parts: tuple[str, ...]
    weight: Floats
    error: Floats
    there: NDArray[np.bool_]
    lost: NDArray[np.bool_]

    def over(self, rows: Sequence[int]) -> Blended:
        """What it was made of at some of its origins."""
        at = np.searchsorted(self.rolling.rows, rows)
        weight, there = self.weight[at].mean(axis=1), self.there[at]
        return Blended(
            origins=len(at),
            naive=int((~weight.any(axis=1)).sum()),
            weights=dict(zip(self.parts, weight.mean(axis=0).tolist(), strict=True)),
            lost=_counted(self.parts, self.lost[at] & there),
            lacking=_counted(self.parts, ~there),
        )


def _counted(parts: Sequence[str], where: NDArray[np.bool_]) -> dict[str, int]:
    counts = zip(parts, where.sum(axis=0).tolist(), strict=True)
    return {part: count for part, count in counts if count}


def blend(name: str, parts: Mapping[str, Rolling], naive: Rolling) -> Blend:
    """Blend past forecasts of ``parts``, at each origin of ``naive`` by what was known there.

    A part without a forecast from an origin has no weight there. ``naive`` may be one of them.
    """
    names = tuple(parts)
    mean = np.stack([_aligned(part, naive) for part in parts.values()], axis=2)
    weigh = _Scales.of(mean, naive)
    origins, leads = mean.shape[:2]
    weight = np.zeros((origins, leads, len(names)))
    there: NDArray[np.bool_] = np.asarray(np.isfinite(mean).all(axis=(1, 3)))
    lost = np.zeros_like(there)
    blended = np.empty((origins, leads, WALL_HOURS))
    relative = np.full(len(names), np.nan)
    for origin in range(origins):
        weight[origin], relative = weigh.at(origin, there[origin])
        lost[origin] = ~_good(relative)
        used = weight[origin].any(axis=0)
        if used.any():
            blended[origin] = np.einsum(
                "lk,lkh->lh", weight[origin][:, used], mean[origin][:, used]
            )
        else:
            blended[origin] = naive.mean[origin]
    return Blend(naive.with_mean(name, blended), names, weight, relative, there, lost)


@dataclass(frozen=True, slots=True, eq=False)
class _Scales:
    """Past errors, summed up so that weights of any origin follow quickly.

    ``product`` (origins, leads, parts, parts): mean products of the parts' errors over the hours of
    a day, days with large errors of all weighed down; ``size`` (origins, leads, parts + 1): mean
    absolute errors, the naive's last. NaN where the outcome is not known or a forecast is lacking.
    """

    rows: NDArray[np.int64]
    product: Floats
    size: Floats

    @classmethod
    def of(cls, mean: Floats, naive: Rolling) -> _Scales:
        """Of the parts' forecasts (origins, leads, parts, WALL_HOURS) at the naive's origins."""
        error = naive.hourly_actual[:, :, None, :] - mean
        error /= naive.scale[:, None, None, None]
        yardstick = (naive.hourly_actual - naive.mean) / naive.scale[:, None, None]
        both = np.asarray(np.isfinite(yardstick))
        hours = np.maximum(both.sum(axis=2), 1)
        unknown = ~np.asarray(both.any(axis=2))
        error = np.where(both[:, :, None, :], error, 0.0)
        absolute = np.abs(error)
        usual = nan_mean(absolute, axis=2)[:, :, None, :]
        damped = error / np.sqrt(np.maximum(usual, _FLOOR))
        product = np.einsum("olkh,oljh->olkj", damped, damped) / hours[:, :, None, None]
        size = (
            np.concatenate(
                [absolute, np.abs(np.where(both, yardstick, 0.0))[:, :, None, :]], axis=2
            ).sum(axis=3)
            / hours[:, :, None]
        )
        product[unknown], size[unknown] = np.nan, np.nan
        return cls(naive.rows, product, size)

    def at(self, origin: int, there: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Weights (leads, parts) and errors relative to the naive (parts,) as of an origin."""
        leads, parts = self.product.shape[1:3]
        pool = np.arange(max(0, origin - WEIGHT_ORIGINS - leads), origin)
        target = self.rows[pool][:, None] + np.arange(1, leads + 1)
        size = np.where((target <= self.rows[origin])[:, :, None], self.size[pool], np.nan)
        relative = _relative(size)
        good = there & _good(relative)
        weight = np.zeros((leads, parts))
        if not good.any():
            return weight, relative
        for lead in range(leads):
            known = np.isfinite(size[:, lead][:, :-1][:, good]).all(axis=1)
            used = pool[known][-WEIGHT_ORIGINS:]
            if used.size < LEAST_WEIGHT_ORIGINS:
                weight[lead, good] = 1.0 / good.sum()
            else:
                product = self.product[used, lead].mean(axis=0)
                weight[lead, good] = stacked(product[np.ix_(good, good)], pull=_PULL)
        return weight, relative


def erred(one: Rolling, naive: Rolling) -> float:
    """Error of a model's newest forecasts over that of the naive, as a champion compares its parts.

    NaN where there are too few to compare.
    """
    weigh = _Scales.of(_aligned(one, naive)[:, :, None, :], naive)
    _, relative = weigh.at(len(naive.rows) - 1, np.array([True]))
    return float(relative[0])


def stacked(product: Floats, *, pull: float) -> Floats:
    """Non-negative weights adding to one that minimise w'Pw + pull·mean(diag P)·\\|w − equal\\|².

    ``product`` holds the mean products of the errors of each pair of models.
    """
    from scipy.optimize import nnls  # noqa: PLC0415 - takes half a second

    parts = len(product)
    ridge = pull * float(np.trace(product)) / parts + np.finfo(np.float64).tiny
    root = np.linalg.cholesky(product + ridge * np.eye(parts)).T
    wanted = np.linalg.solve(root.T, np.full(parts, ridge / parts))
    heavy = 1e3 * float(np.abs(root).max())
    found, _ = nnls(np.vstack([root, np.full(parts, heavy)]), np.append(wanted, heavy))
    weight: Floats = found / found.sum()
    return weight


def _good(relative: Floats) -> NDArray[np.bool_]:
    """Which parts may have weight: those that could not be compared may."""
    with np.errstate(invalid="ignore"):
        good: NDArray[np.bool_] = ~(relative >= 1.0)
    return good


def _relative(size: Floats) -> Floats:
    """Mean absolute error of each part over that of the naive on the same days, NaN if none."""
    parts = size.shape[2] - 1
    result = np.full(parts, np.nan)
    for part in range(parts):
        both = np.isfinite(size[:, :, part]) & np.isfinite(size[:, :, -1])
        if int(both.any(axis=1).sum()) >= LEAST_WEIGHT_ORIGINS:
            own, naive = (float(size[:, :, column][both].sum()) for column in (part, -1))
            if naive > 0.0:
                result[part] = own / naive
            elif own > 0.0:
                result[part] = np.inf
    return result


def _aligned(part: Rolling, naive: Rolling) -> Floats:
    """Forecasts of a part at the naive's origins, NaN where it has none."""
    mean: Floats = np.full(naive.mean.shape, np.nan)
    here = np.flatnonzero(np.isin(naive.rows, part.rows))
    there = np.searchsorted(part.rows, naive.rows[here])
    mean[here] = part.mean[there]
    return mean


def told(parts: Sequence[str], weight: Floats) -> str:
    """The weights of one origin as text: the mean over the lead days, largest first."""
    of_part = weight.mean(axis=0)
    order = np.argsort(-of_part, kind="stable")
    return ", ".join(f"{parts[k]} {of_part[k]:.2f}" for k in order if of_part[k] > 0)
