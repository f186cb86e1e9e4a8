"""What of the simulated market is public at an instant, the same for every service that tells it.

REData, ESIOS and OMIE therefore agree to the last digit: prices have two decimals in EUR/MWh.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from chocolate_factory.errors import MissingData
from chocolate_factory.market.calendar import (
    MADRID,
    Instants,
    days_between,
    delivery_day,
    local_offset_s,
    local_wall,
    to_datetime64,
)
from chocolate_factory.market.catalog import PVPC, SeriesSpec, spec
from chocolate_factory.market.series import Floats, SeriesKey
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.simulation.noise import white

YEARS = range(2014, 2100)
"""Years that the simulated services answer for."""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """Published values in the order of time: starts (UTC), values, and since when the last is."""

    start: Instants
    value: Floats
    updated_at: datetime

    def between(self, start: datetime, end: datetime) -> Told | None:
        """The rows from ``start`` to ``end``, both included; None if there are none."""
        asked = (self.start >= to_datetime64(start)) & (self.start <= to_datetime64(end))
        if not asked.any():
            return None
        return Told(self.start[asked], self.value[asked], self.updated_at)


def public_days(rule: SeriesSpec, start: datetime, end: datetime, *, now: datetime) -> list[date]:
    """Madrid days from ``start`` to ``end`` whose values ``rule`` has made public at ``now``."""
    days = days_between(delivery_day(start), delivery_day(end))
    return [day for day in days if rule.published_at(day) <= now]


def prices(
    key: SeriesKey, market: SimulatedMarket, start: datetime, end: datetime, *, now: datetime
) -> Told | None:
    """PVPC or spot [EUR/MWh] from ``start`` to ``end``, both included; None if none is public."""
    days = public_days(spec(key), start, end, now=now)
    if not days:
        return None
    starts, eur_mwh = _pvpc_eur_mwh(market, days) if key == PVPC else market.spot(days[0], days[-1])
    return Told(starts, eur_mwh, spec(key).published_at(days[-1])).between(start, end)


def portugal_eur_mwh(market: SimulatedMarket, start: Instants, spain_eur_mwh: Floats) -> Floats:
    """Portugal's price: Spain's, but for the hours in which the line between them is full."""
    hour = start.astype("datetime64[h]").astype(np.int64)
    apart = np.array([white(market.seed, "portugal", int(each), 1)[0] for each in np.unique(hour)])
    apart = apart[np.unique(hour, return_inverse=True)[1]]
    return np.where(np.abs(apart) > 1.8, np.round(spain_eur_mwh + 2.5 * apart, 2), spain_eur_mwh)


def local_text(instant: datetime) -> str:
    """``2026-07-26T00:00:00.000+02:00``."""
    return instant.astimezone(MADRID).isoformat(timespec="milliseconds")


def local_texts(start: Instants) -> Iterable[str]:
    """``local_text`` of every instant."""
    walls = np.datetime_as_string(local_wall(start), unit="ms")
    offsets_h = local_offset_s(start) // 3600
    return [f"{wall}+{hours:02d}:00" for wall, hours in zip(walls, offsets_h, strict=True)]


def _pvpc_eur_mwh(market: SimulatedMarket, days: list[date]) -> tuple[Instants, Floats]:
    """PVPC of the days whose toll is known; a year without toll tables has no PVPC."""
    starts = [np.zeros(0, dtype="datetime64[s]")]
    found = [np.zeros(0)]
    for year in range(days[0].year, days[-1].year + 1):
        first, last = max(days[0], date(year, 1, 1)), min(days[-1], date(year, 12, 31))
        try:
            start, eur_kwh = market.pvpc(first, last)
        except MissingData:
            continue
        starts.append(start)
        found.append(np.round(eur_kwh * 1000, 2))
    return np.concatenate(starts), np.concatenate(found)
