"""What the models read off exogenous columns, whatever these are of.

Each column is read relative to its own mean over the two weeks up to the day read, in units of its
typical spread: a forecast of load in MW and a gas price in EUR/MWh speak alike. A gigawatt moves
the price by so many euros in calm weeks and in wild ones, while models see prices in units of their
spread of late; so columns are put into these units too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.forecasting.features import Situation
from chocolate_factory.forecasting.inputs import KnownInput
from chocolate_factory.forecasting.layout import WALL_HOURS, filled, nan_mean
from chocolate_factory.forecasting.model import Known
from chocolate_factory.market.series import Floats

SPOT = "spot"
"""The column that is itself a price: it goes through ``bridge``, not in here."""

_PROFILES = (0, 1, 7)
_REFERENCE_DAYS = 14
_LEAST_HOURS = 20


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
        Whole days of the horizon for which it is known.
    relative
        Values minus the mean of the two weeks up to the day, over the typical spread, shape
        (days + ahead, WALL_HOURS); NaN where that cannot be said.
    """

    name: str
    typical: float
    ahead: int
    relative: Floats

    def profiles(self, last: NDArray[np.int64], lead: int) -> Floats:
        """Its newest day up to ``last + lead``, the day and the week before: (rows, columns)."""
        newest = last + min(lead, self.ahead)
        return np.hstack([self.relative[newest - back] for back in _PROFILES])

    def hourly(self, last: NDArray[np.int64], lead: int) -> tuple[Floats, Floats]:
        """Its newest day up to ``last + lead`` and the change to it, each (rows, WALL_HOURS)."""
        newest = last + min(lead, self.ahead)
        return self.relative[newest], self.relative[newest] - self.relative[newest - 1]


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


def columns_of(known: Known, typical: Mapping[str, float] | None = None) -> tuple[Column, ...]:
    """The columns of ``known`` but the spot price.

    ``typical`` has the spread of each column in its own unit, where it is not to be measured anew;
    columns that are not in it are left out.
    """
    found = []
    for name, column in sorted(known.inputs.items()):
        if name == SPOT or (typical is not None and name not in typical):
            continue
        spread = typical_spread(column) if typical is None else typical[name]
        found.append(_column(name, column, known.first_day, spread, days=len(known)))
    return tuple(found)


def typical_spread(column: KnownInput) -> float:
    """Standard deviation of all known values; one if they never move. Unit of the column."""
    values = column.value[np.isfinite(column.value)]
    spread = float(values.std()) if values.size else 0.0
    return spread if spread > 0 else 1.0


def _column(
    name: str, column: KnownInput, first_day: np.datetime64, spread: float, *, days: int
) -> Column:
    ahead = column.lead_h // WALL_HOURS
    given = column.value[: days + ahead]
    value = filled(given, first_day).copy()
    value[np.isfinite(given).sum(axis=1) < _LEAST_HOURS] = np.nan
    padded = np.vstack([np.full((_REFERENCE_DAYS - 1, WALL_HOURS), np.nan), value]).mean(axis=1)
    fortnights = np.lib.stride_tricks.sliding_window_view(padded, _REFERENCE_DAYS)
    reference = nan_mean(fortnights, axis=1)
    reference[np.isfinite(fortnights).sum(axis=1) < _REFERENCE_DAYS // 2] = np.nan
    return Column(name, spread, ahead, (value - reference[:, None]) / spread)
