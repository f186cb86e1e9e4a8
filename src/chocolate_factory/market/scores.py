"""How a forecast that was issued turned out on one delivery day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from chocolate_factory.market.calendar import HOUR, delivery_day
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.series import SeriesKey


@dataclass(frozen=True, slots=True)
class DayScore:
    """One stored forecast against the actual prices of one Madrid delivery day.

    Only periods count that the forecast did not take from publication and whose price is known.
    Errors in the unit of the series, shares between 0 and 1, instants UTC, kept to the second.

    Parameters
    ----------
    key, made_at, origin, model
        Which forecast: its series, when it was stored, whose knowledge it used, by which model.
    day
        Madrid delivery day.
    scored_at
        When it was compared: the actual prices are those known then.
    periods
        Delivery periods compared, at least 1.
    mae, bias
        Mean absolute error, and mean of forecast minus actual.
    naive_mae
        Mean absolute error of the naive from the same origin on the same periods; None where the
        stored history did not reach for one.
    coverage_80, coverage_90
        Share of actual prices within p10…p90 and p05…p95.
    """

    key: SeriesKey
    made_at: datetime
    origin: datetime
    model: str
    day: date
    scored_at: datetime
    periods: int
    mae: float
    bias: float
    naive_mae: float | None
    coverage_80: float
    coverage_90: float

    @property
    def lead_day(self) -> int:
        """How many Madrid days the delivery day lies after that of the origin; 0 is the same."""
        return (self.day - delivery_day(self.origin)).days

    @property
    def hours(self) -> float:
        """How long the periods compared last together [h]."""
        return self.periods * (spec(self.key).resolution(self.day) / HOUR)

    @property
    def rmae(self) -> float | None:
        """MAE relative to the naive; None without one, or where that was exact."""
        return self.mae / self.naive_mae if self.naive_mae else None
