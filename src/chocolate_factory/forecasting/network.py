"""Small neural networks on what kernel ridge sees, where there are exogenous columns.

After Lago, Marcjasz, De Schutter and Weron, Applied Energy 293 (2021), who find linear and neural
forecasts to err apart: hidden layers of rectified units, some of them silent at random while they
learn (Srivastava and others, JMLR 15, 2014), absolute error, Adam with decoupled decay (Kingma and
Ba, 2015; Loshchilov and Hutter, 2019). All hours of the day at once, and one network for all lead
days: each past day is drawn with a few of them. Several networks that differ in their random start
are averaged. One thread, and the same numbers every time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.forecasting.columns import Column, beside, columns_of
from chocolate_factory.forecasting.features import Situation, restore, squash
from chocolate_factory.forecasting.layout import WALL_HOURS
from chocolate_factory.forecasting.learned import History, by_lead, history, now
from chocolate_factory.forecasting.model import Known
from chocolate_factory.forecasting.threads import one_thread
from chocolate_factory.market.series import Floats

_LEAST_ROWS_WITH_INPUTS = 364
_SMOOTH = 0.1
"""Errors smaller than this count by their square."""
_MEAN_DECAY, _SQUARE_DECAY, _TINY = 0.9, 0.995, 1e-8

Singles = NDArray[np.float32]
Layers = tuple[Singles, ...]
"""Weights and biases of one network in turn, from the inputs to the hours of a day."""


@dataclass(frozen=True, slots=True)
class Networks:
    """Settings of the networks, chosen on German prices of 2015.

    Parameters
    ----------
    window
        Newest days they learn from.
    hidden
        Units of the hidden layers.
    silent
        Share of these that is left out at random in each step.
    networks, epochs, batch, rate, decay
        How many are averaged, how often each sees every row, how many rows at once, the first step
        size, which falls to zero along a cosine, and how fast weights decay.
    draws
        How often each day is drawn for learning, with different lead days; at most once with each.
    longest_lead
        Lead days beyond it are told as that far ahead; calendar and prices are those of the day.
    season_weight, dummy_weight, column_weight
        Of season, calendar and lead day, and exogenous columns beside the prices.
    """

    name: str = "network"
    needs_days: int = 392
    refit_days: int = 7
    window: int = 1092
    hidden: tuple[int, ...] = (128, 64)
    silent: float = 0.2
    networks: int = 4
    epochs: int = 60
    batch: int = 64
    rate: float = 2e-3
    decay: float = 0.1
    draws: float = 1.0
    longest_lead: int = 7
    season_weight: float = 1.0
    dummy_weight: float = 1.5
    column_weight: float = 0.5

    def fit(self, known: Known, leads: int) -> FittedNetworks:
        """Train the networks; see ``Model.fit``.

        Without exogenous columns, or with columns of too few days, there is no network and nothing
        is said. Raises ``ModelNotFitted`` below ``needs_days`` days, or if prices never move.
        """
        past = history(
            self.name, known, window=self.window, needs_days=self.needs_days,
            told_days=_LEAST_ROWS_WITH_INPUTS + leads,
        )  # fmt: skip
        columns = columns_of(past.known)
        nets: tuple[Layers, ...] = ()
        if columns:
            x, target = self._rows(past, columns, min(leads, self.longest_lead))
            if len(x) >= _LEAST_ROWS_WITH_INPUTS:
                with one_thread():
                    nets = tuple(self._train(x, target, seed) for seed in range(self.networks))
        typical = {column.name: column.typical for column in columns}
        return FittedNetworks(self, nets, past.floor, past.usual_spread, typical)

    def inputs(
        self, columns: tuple[Column, ...], seen: Situation, lead: int, *, usual_spread: float
    ) -> Singles:
        """What they look at, shape (rows, columns)."""
        far = np.zeros((seen.last.size, self.longest_lead))
        far[:, min(lead, self.longest_lead) - 1] = self.dummy_weight
        about = seen.about(lead, season_weight=self.season_weight, dummy_weight=self.dummy_weight)
        given = beside(columns, seen, lead, usual_spread=usual_spread, weight=self.column_weight)
        return np.hstack([about, given, far]).astype(np.float32)

    def _rows(
        self, past: History, columns: tuple[Column, ...], furthest: int
    ) -> tuple[Singles, Singles]:
        """Inputs and squashed prices of every day drawn, whole ones only."""
        seen, drawn = past.situations(), np.random.default_rng(0)
        x, y = [], []
        for lead in range(1, furthest + 1):
            about = self.inputs(columns, seen, lead, usual_spread=past.usual_spread)
            there = seen.last + lead < len(past.market)
            there &= drawn.random(seen.last.size) < self.draws / furthest
            market = past.market[seen.last[there] + lead]
            target = squash(market, seen.level[there], seen.spread[there]).astype(np.float32)
            whole = np.isfinite(about[there]).all(axis=1) & np.isfinite(target).all(axis=1)
            x.append(about[there][whole])
            y.append(target[whole])
        return np.concatenate(x), np.concatenate(y)

    def _train(self, x: Singles, target: Singles, seed: int) -> Layers:
        random = np.random.default_rng(seed)
        descent = _Descent(_begun((x.shape[1], *self.hidden), target, random), self.decay)
        steps = self.epochs * -(-len(x) // self.batch)
        for _ in range(self.epochs):
            order = random.permutation(len(x))
            for begin in range(0, len(x), self.batch):
                some = order[begin : begin + self.batch]
                rate = self.rate * 0.5 * (1.0 + np.cos(np.pi * descent.steps / steps))
                layers = descent.layers
                descent.step(_gradients(layers, x[some], target[some], self.silent, random), rate)
        return tuple(descent.layers)


class _Descent:
    """Adam with decoupled decay of the weights: ``layers`` are views of one vector.

    So a step is a few passes over one vector, in place, and not as many over every layer.
    """

    def __init__(self, layers: list[Singles], decay: float) -> None:
        self.steps = 0
        self._decay = decay
        self._order = sorted(range(len(layers)), key=lambda place: -layers[place].ndim)
        self._all = self._one(layers)
        self._weights = self._all[: sum(one.size for one in layers if one.ndim > 1)]
        self._mean, self._square, self._move = (np.zeros_like(self._all) for _ in range(3))
        ends = np.cumsum([layers[place].size for place in self._order])
        views = dict(zip(self._order, np.split(self._all, ends[:-1]), strict=True))
        self.layers = [views[place].reshape(one.shape) for place, one in enumerate(layers)]

    def _one(self, each: list[Singles]) -> Singles:
        return np.concatenate([each[place].ravel() for place in self._order])

    def step(self, gradients: list[Singles], rate: float) -> None:
        """Go ``rate`` down along the gradients of the layers."""
        self.steps += 1
        gradient, mean, square, move = self._one(gradients), self._mean, self._square, self._move
        mean *= _MEAN_DECAY
        mean += np.multiply(gradient, 1.0 - _MEAN_DECAY, out=move)
        square *= _SQUARE_DECAY
        square += np.multiply(np.square(gradient, out=move), 1.0 - _SQUARE_DECAY, out=move)
        np.sqrt(square, out=move)
        move /= np.sqrt(1.0 - _SQUARE_DECAY**self.steps)
        move += _TINY
        np.divide(mean, move, out=move)
        move *= rate / (1.0 - _MEAN_DECAY**self.steps)
        self._all -= move
        self._weights *= 1.0 - rate * self._decay


@dataclass(frozen=True, slots=True, eq=False)
class FittedNetworks:
    """Trained networks and the units their inputs are measured in."""

    model: Networks
    nets: tuple[Layers, ...]
    floor: float
    usual_spread: float
    typical: Mapping[str, float]

    def predict(self, known: Known, leads: int) -> Floats:
        """See ``Fitted.predict``. NaN without networks, or where a column is missing now.

        The regulated step of each target day is added back.
        """
        at = now(self.model.name, known, leads, floor=self.floor)
        return by_lead(at, leads, self.typical, self._predict_lead)

    def _predict_lead(self, seen: Situation, columns: tuple[Column, ...], lead: int) -> Floats:
        if not columns or not self.nets:
            return np.full((1, WALL_HOURS), np.nan)
        x = self.model.inputs(columns, seen, lead, usual_spread=self.usual_spread)
        each = np.stack([_said(net, x)[-1] for net in self.nets])
        said: Floats = each.mean(axis=0, dtype=np.float64)
        return restore(said, seen.level, seen.spread)


def _begun(sizes: tuple[int, ...], target: Singles, random: np.random.Generator) -> list[Singles]:
    """Layers before learning (Glorot and Bengio, 2010); they say the median day."""
    layers: list[Singles] = []
    for ins, outs in zip(sizes, (*sizes[1:], target.shape[1]), strict=True):
        spread = np.sqrt(2.0 / (ins + outs))
        layers += [
            (random.normal(size=(ins, outs)) * spread).astype(np.float32),
            np.zeros(outs, dtype=np.float32),
        ]
    layers[-1] = np.median(target, axis=0)
    return layers


def _said(layers: Layers | list[Singles], x: Singles) -> list[Singles]:
    """What every layer says, the inputs first."""
    told = [x]
    for weight, bias in zip(layers[::2], layers[1::2], strict=True):
        told.append((told[-1] if len(told) == 1 else np.maximum(told[-1], 0)) @ weight + bias)
    return told


def _gradients(
    layers: list[Singles], x: Singles, target: Singles, silent: float, random: np.random.Generator
) -> list[Singles]:
    """Of the mean smooth absolute error, with a random share of the hidden units left out."""
    told, heard = [x], []
    last = len(layers) // 2 - 1
    for place in range(last + 1):
        made = told[-1] @ layers[2 * place] + layers[2 * place + 1]
        if place < last:
            awake = random.random(made.shape, dtype=np.float32) >= silent
            heard.append(((made > 0) & awake) / np.float32(1.0 - silent))
            made = made * heard[-1]
        told.append(made)
    back = np.tanh((told[-1] - target) / np.float32(_SMOOTH)) / np.float32(len(x))
    found: list[Singles] = []
    for place in range(last, -1, -1):
        found = [told[place].T @ back, back.sum(axis=0), *found]
        if place:
            back = (back @ layers[2 * place].T) * heard[place - 1]
    return found
