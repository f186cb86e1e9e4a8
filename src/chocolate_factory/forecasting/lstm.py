"""A small recurrent network, for comparison. An extra.

A long short-term memory (Hochreiter and Schmidhuber, Neural Computation 9, 1997) reads the last
weeks day by day: 24 prices, weekday and day off. What it remembers, with the calendar of a day to
come, gives the 24 prices of that day; all lead days share one network. Prices enter as asinh of
their distance from the level of the last two weeks, in units of their spread, without the regulated
step. Several networks that differ in their random start are averaged. One thread, and the same
numbers every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.extras import library_of
from chocolate_factory.forecasting.features import days_off, regulated_step, restore, squash
from chocolate_factory.forecasting.layout import WALL_HOURS, filled
from chocolate_factory.forecasting.model import Known, known_days
from chocolate_factory.market.calendar import weekday
from chocolate_factory.market.clock import Clock
from chocolate_factory.market.series import Floats

_LEVEL_DAYS = 14
_CALENDAR = 8
_LEAST_ROWS = 30
_LEAST_SPREAD = 1e-9
_LONGEST_LEAD = 16.0


@dataclass(frozen=True, slots=True)
class LstmModel:
    """Settings of the network, chosen on origins of 2023 and 2024.

    Parameters
    ----------
    window
        Newest days it learns from.
    memory_days
        Days it reads before each forecast.
    hidden
        Numbers it remembers.
    epochs, batch, rate
        How often it sees every origin, how many at once, and the step size (AdamW).
    decay, dropout
        What keeps it from learning by heart: weight decay, and the share of numbers left out.
    networks
        Networks averaged.
    """

    name: str = "lstm"
    needs_days: int = 120
    refit_days: int = 1
    window: int = 1092
    memory_days: int = 14
    hidden: int = 32
    epochs: int = 10
    batch: int = 64
    rate: float = 6e-3
    decay: float = 0.05
    dropout: float = 0.3
    networks: int = 2

    def fit(self, known: Known, leads: int) -> FittedLstm:
        """Train the networks; see ``Model.fit``.

        Raises ``ModelNotFitted`` where the extra is absent, below ``needs_days`` days, or if prices
        never move.
        """
        torch = library_of(self.name)
        known = known.newest(self.window)
        have = int(known_days(known.price).sum())
        if have < self.needs_days:
            raise ModelNotFitted(
                f"{self.name} on {known.key} needs {self.needs_days} days of history, there are "
                f"{have}: import or ingest more, or choose another model"
            )
        seen = _Seen.of(known, self.memory_days)
        rows = seen.usable()
        if rows.size < _LEAST_ROWS:
            raise ModelNotFitted(
                f"{self.name} on {known.key}: only {rows.size} days with whole weeks and moving "
                f"prices before them, {_LEAST_ROWS} are needed"
            )
        past, ahead, target = seen.past(rows), seen.ahead(rows, leads), seen.target(rows, leads)
        with _one_thread(torch):
            nets = tuple(
                self._train(torch, past, ahead, target, seed) for seed in range(self.networks)
            )
        return FittedLstm(self.memory_days, nets)

    def _train(self, torch: Any, past: Floats, ahead: Floats, target: Floats, seed: int) -> Any:
        torch.manual_seed(seed)
        net = _network(torch, past.shape[2], ahead.shape[2], self.hidden, self.dropout)
        step = torch.optim.AdamW(net.parameters(), lr=self.rate, weight_decay=self.decay)
        x, c, y = (torch.from_numpy(a.astype(np.float32)) for a in (past, ahead, target))
        known = torch.isfinite(y)
        y = torch.nan_to_num(y)
        batches = -(-len(x) // self.batch)
        pace = torch.optim.lr_scheduler.CosineAnnealingLR(step, self.epochs * batches)
        for _ in range(self.epochs):
            for some in torch.randperm(len(x)).split(self.batch):
                step.zero_grad()
                error = (_ask(torch, net, x[some], c[some]) - y[some]).abs() * known[some]
                loss = error.sum() / known[some].sum().clamp(min=1)
                loss.backward()
                step.step()
                pace.step()
        return net.eval()


@dataclass(frozen=True, slots=True, eq=False)
class FittedLstm:
    """Trained networks."""

    memory_days: int
    nets: tuple[Any, ...]

    def predict(self, known: Known, leads: int) -> Floats:
        """See ``Fitted.predict``. The regulated step of each target day is added back."""
        torch = library_of("lstm")
        recent = known.newest(2 * self.memory_days + _LEVEL_DAYS)
        seen = _Seen.of(recent, self.memory_days)
        row = np.array([len(recent) - 1])
        past, ahead = seen.past(row), seen.ahead(row, leads)
        if not np.isfinite(past).all():
            raise ModelNotFitted(
                "lstm: the last weeks before the origin have holes that no similar earlier day "
                "fills: import or ingest them"
            )
        x, c = (torch.from_numpy(a.astype(np.float32)) for a in (past, ahead))
        with _one_thread(torch), torch.no_grad():
            said = [_ask(torch, net, x, c).numpy().astype(np.float64)[0] for net in self.nets]
        price = restore(np.mean(said, axis=0), seen.level(row), seen.spread(row))
        forecast: Floats = price + regulated_step(
            known.key, recent.days[-1] + np.arange(1, leads + 1)
        )
        return forecast


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What the networks read: ``market`` as known, ``price`` with holes filled, both by day."""

    first_day: np.datetime64
    market: Floats
    price: Floats
    memory_days: int
    clock: Clock

    @classmethod
    def of(cls, known: Known, memory_days: int) -> _Seen:
        market = known.price - regulated_step(known.key, known.days)
        price = filled(market, known.first_day)
        return cls(known.first_day, market, price, memory_days, known.clock)

    def usable(self) -> NDArray[np.int64]:
        """Rows before the last whose memory is whole and whose prices moved."""
        whole: NDArray[np.bool_] = np.asarray(np.isfinite(self.price).all(axis=1))
        rows: NDArray[np.int64] = np.arange(self.memory_days - 1, len(self.price) - 1)
        rows = rows[whole[rows[:, None] - np.arange(self.memory_days)].all(axis=1)]
        return rows[self.spread(rows) > _LEAST_SPREAD] if rows.size else rows

    def target(self, rows: NDArray[np.int64], leads: int) -> Floats:
        """Prices after each row as the networks see them, NaN where unknown, (rows, leads, 24)."""
        target = np.full((rows.size, leads, WALL_HOURS), np.nan)
        level, spread = self.level(rows)[:, None], self.spread(rows)[:, None]
        for lead in range(1, leads + 1):
            there = rows + lead < len(self.market)
            price = self.market[rows[there] + lead]
            target[there, lead - 1] = squash(price, level[there], spread[there])
        return target

    def level(self, rows: NDArray[np.int64]) -> Floats:
        """Mean of the two weeks up to each row, shape (rows,)."""
        level: Floats = self._fortnight(rows).mean(axis=1)
        return level

    def spread(self, rows: NDArray[np.int64]) -> Floats:
        """Their mean absolute deviation from it, shape (rows,)."""
        fortnight = self._fortnight(rows)
        away = np.abs(fortnight - fortnight.mean(axis=1, keepdims=True))
        spread: Floats = np.maximum(away.mean(axis=1), _LEAST_SPREAD)
        return spread

    def past(self, rows: NDArray[np.int64]) -> Floats:
        """The days up to each row, shape (rows, memory_days, WALL_HOURS + calendar)."""
        days = rows[:, None] - np.arange(self.memory_days)[::-1]
        level, spread = self.level(rows)[:, None, None], self.spread(rows)[:, None, None]
        prices = squash(self.price[days], level, spread)
        return np.concatenate([prices, self._calendar(days)], axis=2)

    def ahead(self, rows: NDArray[np.int64], leads: int) -> Floats:
        """The calendar of the days after each row and how far they are, (rows, leads, columns)."""
        lead = np.arange(1, leads + 1)
        days = rows[:, None] + lead
        far = np.broadcast_to(lead[None, :, None] / _LONGEST_LEAD, (*days.shape, 1))
        return np.concatenate([self._calendar(days), far], axis=2)

    def _fortnight(self, rows: NDArray[np.int64]) -> Floats:
        days = rows[:, None] - np.arange(_LEVEL_DAYS)
        prices: Floats = self.price[days].reshape(rows.size, -1)
        return prices

    def _calendar(self, rows: NDArray[np.int64]) -> Floats:
        days = (self.first_day + rows).ravel()
        columns: Floats = np.column_stack([np.eye(7)[weekday(days)], days_off(days, self.clock)])
        return columns.reshape(*rows.shape, _CALENDAR)


def _network(torch: Any, inputs: int, ahead: int, hidden: int, dropout: float) -> Any:
    nn = torch.nn
    head = nn.Sequential(
        nn.Dropout(dropout),
        nn.Linear(hidden + ahead, 2 * hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(2 * hidden, WALL_HOURS),
    )
    return nn.ModuleDict({"memory": nn.LSTM(inputs, hidden, batch_first=True), "head": head})


def _ask(torch: Any, net: Any, past: Any, ahead: Any) -> Any:
    """Squashed prices, shape (rows, leads, WALL_HOURS): the newest day plus what the net adds."""
    _, (memory, _) = net["memory"](past)
    remembered = memory[-1][:, None, :].expand(-1, ahead.shape[1], -1)
    newest = past[:, -7:, :WALL_HOURS].mean(dim=1, keepdim=True)
    return newest + net["head"](torch.cat([remembered, ahead], dim=2))


@contextmanager
def _one_thread(torch: Any) -> Iterator[None]:
    """Small networks only wait for each other on several threads; the random state is restored."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=()):
            yield
    finally:
        torch.set_num_threads(threads)
