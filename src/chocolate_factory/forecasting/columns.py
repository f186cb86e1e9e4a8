"""What the models read off exogenous columns, whatever these are of.

Each column is read relative to its own mean over the two weeks up to the day read, in units of its
typical spread: a forecast of load in MW and a gas price in EUR/MWh speak alike. A gigawatt moves
the price by so many euros in calm weeks and in wild ones, while models see prices in units of their
spread of late; so columns are put into these units too. Of a column that was foretold day after day
everything is read from what was said at the lead asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.forecasting.features import Situation
from chocolate_factory.forecasting.foretold import KnownColumn, KnownForetold
from chocolate_factory.forecasting.inputs import LEAST_HOURS
from chocolate_factory.forecasting.layout import filled, nan_mean
from chocolate_factory.forecasting.model import Known, known_days
from chocolate_factory.market.series import Floats

SPOT = "spot"
"""The column that is itself a price: it goes through ``bridge``, not in here."""

_LEARNED_DAYS = 3 * 364
"""Newest days that models learn from, at most."""
_PROFILES = (0, 1, 7)
_FORETOLD_BLOCK_H = 3
"""Hours that profiles of what was foretold take together: weather hardly says more by the hour."""
_REFERENCE_DAYS = 14
_LATE_DAYS = 14


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column as models see it.

    Parameters
    ----------
    name
        As the caller named it.
    typical
        Spread that it is measured in, in its own unit.
    ahead
        Days of the horizon for which it is known.
    relative
        Values minus the mean of the two weeks up to the day, over the typical spread; NaN where
        that cannot be said. Shape (1, days + ahead, WALL_HOURS); of what was foretold as in
        ``KnownForetold``, (ahead, days, WALL_HOURS).
    foretold
        Whether it was.
    """

    name: str
    typical: float
    ahead: int
    relative: Floats
    foretold: bool = False

    def profiles(self, last: NDArray[np.int64], lead: int) -> Floats:
        """Its newest day up to ``last + lead``, the day and the week before: (rows, columns)."""
        told, newest = self._newest(last, lead)
        if self.foretold:  # over the root, so that fewer columns weigh as much together
            blocks = told.reshape(len(told), -1, _FORETOLD_BLOCK_H)
            told = blocks.sum(axis=2) / np.sqrt(_FORETOLD_BLOCK_H)
        return np.hstack([told[newest - back] for back in _PROFILES])

    def hourly(self, last: NDArray[np.int64], lead: int) -> tuple[Floats, Floats]:
        """Its newest day up to ``last + lead`` and the change to it, each (rows, WALL_HOURS)."""
        told, newest = self._newest(last, lead)
        return told[newest], told[newest] - told[newest - 1]

    def _newest(self, last: NDArray[np.int64], lead: int) -> tuple[Floats, NDArray[np.int64]]:
        """Values (days, WALL_HOURS) that hold what is wanted, and its rows there, shape (rows,)."""
        reached = min(lead, self.ahead)
        if self.foretold:
            return self.relative[reached - 1], last
        return self.relative[0], last + reached


def telling(columns: tuple[Column, ...], lead: int) -> tuple[Column, ...]:
    """Those that say something of a day so far ahead: what was foretold ends with its last day."""
    return tuple(one for one in columns if not one.foretold or lead <= one.ahead)


def beside(
    columns: tuple[Column, ...], seen: Situation, lead: int, *, usual_spread: float, weight: float
) -> Floats:
    """Profiles of all columns in units of the prices' spread of late, shape (rows, columns).

    ``usual_spread`` is what they would have to be divided by in usual weeks; ``weight`` is how
    much they count beside the prices.
    """
    profiles = np.hstack([column.profiles(seen.last, lead) for column in columns])
    scaled: Floats = profiles * (weight * usual_spread / seen.spread)
    return scaled


def learnable(
    columns: Mapping[str, KnownColumn], days: int, *, least_days: int
) -> dict[str, KnownColumn]:
    """Those from which a model can learn that needs all of them on every one of ``days`` days.

    One of which nothing was told of late is left out. So are the least known ones, as long as they
    would cost the others more than half of the days of the best known one, or leave fewer than
    ``least_days``. The spot is no such column and stays.
    """
    told = {
        name: column.told[:days]
        for name, column in columns.items()
        if name != SPOT and column.told[:days][-_LATE_DAYS:].any()
    }
    kept, shared = {SPOT}, np.ones(days, dtype=bool)
    fewest = max([least_days, *(-(-int(one.sum()) // 2) for one in told.values())])
    for name in sorted(told, key=lambda name: -int(told[name].sum())):
        if (shared & told[name]).sum() >= fewest:
            shared &= told[name]
            kept.add(name)
    return {name: column for name, column in columns.items() if name in kept}


def scarce(columns: Mapping[str, KnownColumn], price: Floats) -> dict[str, tuple[int, int]]:
    """Of columns known on fewer than half of the days to learn from: on how many, of how many.

    ``price`` has shape (days, WALL_HOURS), to the last known day. The spot is no such column.
    """
    days = slice(max(0, len(price) - _LEARNED_DAYS), len(price))
    of_price = int(known_days(price[days]).sum())
    told = {name: int(one.told[days].sum()) for name, one in columns.items() if name != SPOT}
    return {name: (count, of_price) for name, count in told.items() if 2 * count < of_price}


def missing(columns: Mapping[str, KnownColumn], last: int, leads: int) -> dict[str, int | None]:
    """Of columns that do not say what they should at row ``last``: to which row they do.

    None is none. The spot is no such column: without it another bridge is taken.
    """
    found: dict[str, int | None] = {}
    for name, column in columns.items():
        if name != SPOT and column.lacks(last, leads):
            told = np.flatnonzero(column.told[: last + 1])
            found[name] = int(told[-1]) if told.size else None
    return found


def late(row: int | None, last: int) -> bool:
    """Whether a column told to ``row`` is left out of what models learn: see ``learnable``."""
    return row is None or last - row >= _LATE_DAYS


def columns_of(known: Known, typical: Mapping[str, float] | None = None) -> tuple[Column, ...]:
    """The columns of ``known`` but the spot price.

    ``typical`` has the spread of each column in its own unit, where it is not to be measured anew;
    columns that are not in it are left out.
    """
    found = []
    for name, column in sorted(known.inputs.items()):
        if name == SPOT or (typical is not None and name not in typical):
            continue
        if isinstance(column, KnownForetold) and not column.lead_h:
            continue
        spread = typical_spread(column) if typical is None else typical[name]
        found.append(_column(name, column, known.first_day, spread, days=len(known)))
    return tuple(found)


def typical_spread(column: KnownColumn) -> float:
    """Standard deviation of all known values; one if they never move. Unit of the column."""
    values = column.value[np.isfinite(column.value)]
    spread = float(values.std()) if values.size else 0.0
    return spread if spread > 0 else 1.0


def _column(
    name: str, column: KnownColumn, first_day: np.datetime64, spread: float, *, days: int
) -> Column:
    ahead = column.ahead
    if isinstance(column, KnownForetold):
        first_days = first_day + np.arange(1, ahead + 1)
        relative = _relative(column.value[:, :days], first_days, spread)
        return Column(name, spread, ahead, relative, foretold=True)
    relative = _relative(column.value[None, : days + ahead], first_day + np.arange(1), spread)
    return Column(name, spread, ahead, relative)


def _relative(given: Floats, first_days: NDArray[np.datetime64], spread: float) -> Floats:
    """Of matrices (n, days, WALL_HOURS) that begin on ``first_days``: see ``Column``."""
    value = np.stack([filled(each, day) for each, day in zip(given, first_days, strict=True)])
    value[np.isfinite(given).sum(axis=2) < LEAST_HOURS] = np.nan
    before = np.full((len(value), _REFERENCE_DAYS - 1), np.nan)
    padded = np.concatenate([before, value.mean(axis=2)], axis=1)
    fortnights = np.lib.stride_tricks.sliding_window_view(padded, _REFERENCE_DAYS, axis=1)
    reference = nan_mean(fortnights, axis=2)
    reference[np.isfinite(fortnights).sum(axis=2) < _REFERENCE_DAYS // 2] = np.nan
    relative: Floats = (value - reference[:, :, None]) / spread
    return relative
