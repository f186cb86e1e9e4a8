"""The two benchmarks every model has to beat; both copy whole past days as they were."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import ModelNotFitted
from chocolate_factory.forecasting.layout import filled
from chocolate_factory.forecasting.model import Known, known_days
from chocolate_factory.market.calendar import weekday
from chocolate_factory.market.series import Floats

WEEK = 7
# Mondays, Saturdays and Sundays each resemble their own; Tuesday to Friday resemble each other.
_DAY_TYPE = np.array([0, 1, 1, 1, 1, 5, 6], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class SeasonalNaive:
    """Each hour as the same wall-clock hour of the same weekday, as recently as it is known.

    Up to lead day 7 that is one week earlier, then two: the yardstick of rMAE.
    """

    name: str = "naive"
    needs_days: int = WEEK
    refit_days: int = 1

    def fit(self, known: Known, leads: int) -> SeasonalNaive:  # noqa: ARG002
        """Nothing to learn; see ``Model.fit``."""
        _require_week(self.name, known)
        return self

    def predict(self, known: Known, leads: int) -> Floats:
        """See ``Fitted.predict``."""
        return _copy(known, np.arange(WEEK), leads)


@dataclass(frozen=True, slots=True)
class SimilarDay:
    """Each day as the newest known day of its type: Monday, Tuesday to Friday, Saturday, Sunday.

    For the first lead day that is the day before on Tuesday to Friday (after a known working day)
    and a week before on the others; further ahead, the newest known day of the type.
    """

    name: str = "similar-day"
    needs_days: int = WEEK
    refit_days: int = 1

    def fit(self, known: Known, leads: int) -> SimilarDay:  # noqa: ARG002
        """Nothing to learn; see ``Model.fit``."""
        _require_week(self.name, known)
        return self

    def predict(self, known: Known, leads: int) -> Floats:
        """See ``Fitted.predict``."""
        return _copy(known, _DAY_TYPE, leads)


def _copy(known: Known, types: NDArray[np.int64], leads: int) -> Floats:
    kinds = types[weekday(known.days[-WEEK:])]
    back = [1 + int(np.argmax(kinds[::-1] == kind)) for kind in types]
    targets = weekday(known.days[-1] + np.arange(1, leads + 1))
    return filled(known.price, known.first_day)[[-back[day] for day in targets]]


def _require_week(name: str, known: Known) -> None:
    have = int(known_days(known.price[-WEEK:]).sum())
    if len(known) < WEEK or not have:
        raise ModelNotFitted(
            f"{name} on {known.key} needs the {WEEK} days before the first it forecasts, "
            f"there are {have}: import or ingest more history"
        )
