"""Spot prices on the market's own grid, whatever grid a service draws them on.

REE serves the day-ahead price on a quarter-hour grid from 2025-01-01, nine months before the
quarter-hour market: four equal values are one hourly price. After 2025-10-01 hourly values would
be means, which are not prices of this market.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import (
    HOUR,
    QUARTER,
    Instants,
    local_days,
    to_datetime,
    utc_iso,
)
from chocolate_factory.market.catalog import SPOT, spec
from chocolate_factory.market.series import Floats
from chocolate_factory.sources.base import changed

_HOUR_S = int(HOUR.total_seconds())


@dataclass(frozen=True, slots=True, eq=False)
class WholeHours:
    """Which rows are prices of their own, shape (n,); and hours that are unlike: row, reason."""

    keep: NDArray[np.bool_]
    unlike: tuple[tuple[int, str], ...] = ()


def whole_hours(start: Instants, value: Floats) -> WholeHours:
    """Hourly prices repeated in quarter-hours, found among spot prices in any order.

    ``start`` UTC, instants of this market, shape (n,); ``value`` [EUR/MWh]. Of the days of hourly
    prices only the full hours are kept. An hour that is given in parts needs all four, with one
    value; any other is in ``unlike``.
    """
    hourly = spec(SPOT).resolutions_s(start) == _HOUR_S
    hour = start.astype("datetime64[h]")
    within = hourly & (start != hour)
    split = np.flatnonzero(np.isin(hour, hour[within]))
    if not split.size:
        return WholeHours(~within)
    hours, group = np.unique(hour[split], return_inverse=True)
    low, high = np.full(len(hours), np.inf), np.full(len(hours), -np.inf)
    np.minimum.at(low, group, value[split])
    np.maximum.at(high, group, value[split])
    distinct, first = np.unique(start[split], return_index=True)
    count = np.bincount(group[first], minlength=len(hours))
    off_grid = start[split].astype(np.int64) % int(QUARTER.total_seconds()) != 0
    off_grid = np.isin(np.arange(len(hours)), group[off_grid])
    good = (count == HOUR // QUARTER) & ~off_grid & np.isin(hours, distinct) & (low == high)
    return WholeHours(
        ~within,
        tuple(
            (
                int(split[np.argmax(group == at)]),
                f"{utc_iso(to_datetime(hours[at]))} has {count[at]} quarter-hours from "
                f"{low[at]:g} to {high[at]:g}; before 2025-10-01 prices are hourly, four equal "
                "ones or a single one",
            )
            for at in np.flatnonzero(~good).tolist()
        ),
    )


def on_market_grid(start: Instants, value: Floats, *, source: str) -> tuple[Instants, Floats]:
    """Spot prices of a live answer with each hourly price once.

    ``start`` UTC, shape (n,); ``value`` [EUR/MWh]. Raises ``SourceChanged`` for an hour of unequal
    or missing quarters before the quarter-hour market, and for a day of hourly prices in it.
    """
    hours = whole_hours(start, value)
    if hours.unlike:
        changed(source, f"{SPOT}: {hours.unlike[0][1]}")
    start, value = start[hours.keep], value[hours.keep]
    quarterly = spec(SPOT).resolutions_s(start) < _HOUR_S
    full_hour = start == start.astype("datetime64[h]")
    days, where, count = np.unique(local_days(start), return_inverse=True, return_counts=True)
    # an answer of quarter-hours may end with the first period of the next day
    alone = (count == 1) & (quarterly & ~full_hour).any()
    split = np.isin(days, local_days(start)[~full_hour])
    only_hours = quarterly & ~(split | alone)[where]
    if only_hours.any():
        day = local_days(start)[only_hours][0]
        changed(source, f"{SPOT}: {day} has hourly prices, its market is quarter-hourly")
    return start, value
