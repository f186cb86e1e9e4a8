"""How the simulated market publishes: on time or hours late, right at once or corrected later.

All of it is a pure function of (seed, series, day). A day that is revised is first said with other
prices, by every service alike, and with the right ones from its correction on: what stands in the
end is ``SimulatedMarket``'s.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from chocolate_factory.market.calendar import Instants, delivery_day, local_days
from chocolate_factory.market.catalog import DAY, PVPC, SPOT, spec
from chocolate_factory.market.series import Floats, SeriesKey
from chocolate_factory.simulation.market import SimulatedMarket

_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Publishing:
    """Which days' prices come late, and which are corrected.

    Parameters
    ----------
    late_share, latest
        Share of the days that are late, and how late they may be.
    revised_share, corrected_after
        Share of the days first said with other prices, and how long after publication the right
        ones are out at the latest.
    """

    seed: int = 0
    late_share: float = 0.0
    latest: timedelta = timedelta(hours=10)
    revised_share: float = 0.0
    corrected_after: timedelta = timedelta(hours=30)

    def published_at(self, key: SeriesKey, day: date) -> datetime:
        """When the prices of a Madrid delivery day appear, UTC."""
        dice = self._dice("late", key, day)
        late = dice.random() < self.late_share
        delay = self.latest * dice.uniform(0.05, 1.0) if late else timedelta(0)
        return spec(key).published_at(day) + delay

    def corrected_at(self, key: SeriesKey, day: date) -> datetime | None:
        """When the right prices of a day replace those first said, UTC; None if never wrong."""
        dice = self._dice("revised", key, day)
        if dice.random() >= self.revised_share:
            return None
        return self.published_at(key, day) + self.corrected_after * dice.uniform(0.05, 1.0)

    def too_high_eur_mwh(self, key: SeriesKey, day: date) -> float:
        """By how much the prices first said are above the right ones, on days that are revised."""
        return round(self._dice("amount", key, day).uniform(0.5, 9.0), 2)

    def seen(self, now: datetime) -> datetime:
        """The instant up to which the market's publications have come out at ``now``.

        A late day holds up what follows it: the retail price is made of the spot price.
        """
        today = delivery_day(now)
        for key in (SPOT, PVPC):
            for day in (today - DAY, today, today + DAY):
                due = spec(key).published_at(day)
                if due <= now < self.published_at(key, day):
                    return self.seen(due - _MOMENT)
        return now

    def _dice(self, what: str, key: SeriesKey, day: date) -> random.Random:
        return random.Random(f"{self.seed} {what} {key} {day}")  # noqa: S311


PUNCTUAL = Publishing()


class MarketAsSaid(SimulatedMarket):
    """The market as it is told at ``now``: days that are still to be corrected have other prices.

    It shares what ``market`` has computed.
    """

    def __init__(self, market: SimulatedMarket, publishing: Publishing, now: datetime) -> None:
        super().__init__(market.seed)
        self._years = market._years
        self._publishing = publishing
        self._now = now

    def spot(self, first: date, last: date) -> tuple[Instants, Floats]:
        """As ``SimulatedMarket.spot``."""
        start, eur_mwh = super().spot(first, last)
        return start, np.round(eur_mwh + self._too_high_eur_mwh(SPOT, start), 2)

    def pvpc(self, first: date, last: date) -> tuple[Instants, Floats]:
        """As ``SimulatedMarket.pvpc``."""
        start, eur_kwh = super().pvpc(first, last)
        return start, np.round(eur_kwh + self._too_high_eur_mwh(PVPC, start) / 1000, 8)

    def _too_high_eur_mwh(self, key: SeriesKey, start: Instants) -> Floats:
        above = np.zeros(start.shape)
        says, days = self._publishing, local_days(start)
        unsettled = self._now - says.latest - says.corrected_after - 2 * DAY
        for day in np.unique(days[days >= np.datetime64(delivery_day(unsettled))]).astype(object):
            corrected_at = says.corrected_at(key, day)
            if corrected_at is not None and self._now < corrected_at:
                above[days == np.datetime64(day)] = says.too_high_eur_mwh(key, day)
        return above
