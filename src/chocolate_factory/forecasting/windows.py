"""Models of several training windows per lead day, averaged, with and without exogenous columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.forecasting.columns import Column, telling
from chocolate_factory.forecasting.features import Situation, restore
from chocolate_factory.forecasting.learned import by_lead, now
from chocolate_factory.forecasting.model import Known
from chocolate_factory.market.series import Floats

Inputs = NDArray[np.floating[Any]]
"""What a model looks at, shape (rows, columns), as precisely as it wants it."""


class Looking(Protocol):
    """What a model looks at."""

    @property
    def name(self) -> str:
        """The model."""

    def inputs(self, seen: Situation, lead: int) -> Inputs:
        """Prices, season and calendar, shape (rows, columns)."""

    def given(
        self, columns: tuple[Column, ...], seen: Situation, lead: int, *, usual_spread: float
    ) -> Inputs:
        """Exogenous columns, shape (rows, columns), NaN where one is missing."""


class OfWindow(Protocol):
    """What was learned from one window."""

    def predict(self, x: Inputs) -> Floats:
        """Squashed prices of one situation, shape (WALL_HOURS,) or (1, WALL_HOURS)."""


_Window = TypeVar("_Window", bound=OfWindow)


@dataclass(frozen=True, slots=True)
class FittedWindows(Generic[_Window]):
    """Of each lead day the windows' models: ``plain`` without columns, ``full`` with them.

    ``floor``, ``usual_spread`` and ``typical`` (of the columns) as learned from the history.
    """

    model: Looking
    plain: tuple[tuple[_Window, ...], ...]
    full: tuple[tuple[_Window, ...] | None, ...]
    floor: float
    usual_spread: float
    typical: Mapping[str, float]

    def predict(self, known: Known, leads: int) -> Floats:
        """See ``Fitted.predict``. The regulated step of each target day is added back."""
        at = now(self.model.name, known, leads, floor=self.floor)
        return by_lead(at, leads, self.typical, self._predict_lead)

    def _predict_lead(self, seen: Situation, columns: tuple[Column, ...], lead: int) -> Floats:
        x, chosen = self.model.inputs(seen, lead), self.plain[lead - 1]
        full, columns = self.full[lead - 1], telling(columns, lead)
        if columns and full is not None:
            given = self.model.given(columns, seen, lead, usual_spread=self.usual_spread)
            if np.isfinite(given).all():
                x, chosen = np.hstack([x, given]), full
        each = [restore(one.predict(x), seen.level, seen.spread) for one in chosen]
        mean: Floats = np.mean(each, axis=0)
        return mean
