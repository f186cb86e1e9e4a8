"""Exogenous columns: what a model may look at besides the prices, and how far ahead of them.

A column is known for all the past and for the first ``lead_h`` hours of the horizon, counted on the
wall clock from the midnight after the last known delivery day: 24 is the whole next day, be it 23
hours or 25; an hour that is not there is not waited for. Where a price is bridged over unknown days
the columns end with it: less than was known, never more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import RequestInvalid
from chocolate_factory.forecasting.layout import WALL_HOURS, hourly_means
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.clock import Clock
from chocolate_factory.market.series import Floats

CARRIED_DAYS = 10
"""A daily value speaks for the days after it no longer than this."""
LEAST_HOURS = 20
"""Known hours below which a day is not known: similar earlier hours stand in for a few."""


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """An exogenous column as a caller has it.

    Parameters
    ----------
    name
        What it is called; models know some names, such as ``spot``, and take the others as they
        come.
    start, value
        Starts of the periods, UTC (as the prices: of naive time, naive), and values in whatever
        unit, shape (n,). Periods of an hour or finer; an hour is the mean of its periods.
    lead_h
        Hours of the horizon for which the values are known at the origin; zero is the past only.
    since
        First delivery day forecast with it; None is all. Who forecasts an earlier one does without:
        so a column may begin with what came, which teaches, before what was said ahead.
    """

    name: str
    start: Instants
    value: Floats
    lead_h: int
    since: date | None = None


@dataclass(frozen=True, slots=True, eq=False)
class KnownInput:
    """An exogenous column by delivery day and wall-clock hour, as far as it is known.

    Parameters
    ----------
    lead_h
        Hours of the horizon that are known.
    value
        Shape (days + lead_days, WALL_HOURS): the rows of the prices it stands beside, then the days
        of the horizon. NaN where unknown.
    since_row
        Least last known row of who has it.
    """

    lead_h: int
    value: Floats
    since_row: int = 0

    @property
    def lead_days(self) -> int:
        """Days of the horizon of which at least an hour is known."""
        return -(-self.lead_h // WALL_HOURS)

    @property
    def ahead(self) -> int:
        """Days of the horizon that models see: the others are known for too few hours."""
        return days_seen(self.lead_h)

    @property
    def told(self) -> NDArray[np.bool_]:
        """Of which rows enough hours are known, shape (days + lead_days,)."""
        return np.asarray(np.isfinite(self.value).sum(axis=1) >= LEAST_HOURS)

    def lacks(self, row: int, leads: int) -> bool:
        """Whether a day it should tell is not known when ``row`` is the last known day.

        These are the first ``leads`` days of the horizon as far as it reaches; the last known day
        itself where it reaches none.
        """
        reached = min(self.ahead, leads)
        told = self.until(row).told[row + min(1, reached) : row + 1 + reached]
        return not told.all()

    def known_hours(self, lead: int) -> int:
        """How many hours of the ``lead``-th day of the horizon, from 1, are known."""
        return int(np.clip(self.lead_h - WALL_HOURS * (lead - 1), 0, WALL_HOURS))

    def until(self, row: int) -> KnownInput:
        """What was known of it when ``row`` was the last known day."""
        value = self.value[: row + 1 + self.lead_days]
        partly = self.lead_h % WALL_HOURS
        if partly:
            value = value.copy()
            value[row + self.lead_days, partly:] = np.nan
        return replace(self, value=value)

    def shorter(self, lead_h: int) -> KnownInput:
        """The same with only so many hours of the horizon known; at most as many as are."""
        days = len(self.value) - self.lead_days
        return replace(self, lead_h=lead_h).until(days - 1)

    def skip(self, days: int) -> KnownInput:
        """The same without its first ``days`` rows."""
        return replace(self, value=self.value[days:], since_row=self.since_row - days)

    def nearer(self, days: int) -> KnownInput:
        """The same seen from ``days`` days later, with nothing known but what was known before.

        It has so many rows more, if its lead is shorter than that.
        """
        lead_h = max(0, self.lead_h - days * WALL_HOURS)
        lacking = days - self.lead_days
        if lacking <= 0:
            return KnownInput(lead_h, self.value, self.since_row + days)
        unknown = np.full((lacking, WALL_HOURS), np.nan)
        return KnownInput(lead_h, np.vstack([self.value, unknown]), self.since_row + days)


def days_seen(lead_h: int) -> int:
    """Days of the horizon of which so many hours, from its beginning, are enough."""
    return (lead_h + WALL_HOURS - LEAST_HOURS) // WALL_HOURS


def day_later(
    start: Instants, value: Floats, *, until: np.datetime64, clock: Clock
) -> tuple[Instants, Floats]:
    """A daily column by the hour and a day late: what was known of it when each day began.

    ``start`` holds the midnights (UTC) of the days the values are of, ascending, shape (n,);
    ``until`` is the last day wanted. Exchanges close at weekends: each day shows the newest value
    of the days before, none if that is older than ``CARRIED_DAYS``.
    """
    days = clock.days(start)
    if not days.size or until <= days[0]:
        return start[:0], value[:0]
    wanted = np.arange(days[0] + 1, until + 1)
    newest = np.searchsorted(days, wanted) - 1
    fresh = (wanted - days[newest]).astype(np.int64) <= CARRIED_DAYS
    hours = np.arange(WALL_HOURS).astype("timedelta64[h]")
    wall = (wanted[fresh, None].astype("datetime64[h]") + hours).ravel()
    return clock.instants(wall.astype("datetime64[s]")), np.repeat(value[newest[fresh]], WALL_HOURS)


def lay_out(
    inputs: Iterable[Input], first_day: np.datetime64, days: int, *, clock: Clock
) -> Mapping[str, KnownInput]:
    """Columns beside ``days`` rows of prices from ``first_day`` on, and their lead beyond these.

    Raises ``RequestInvalid`` if two columns have one name, if a lead is negative, or if a column
    has no value in all those days.
    """
    laid: dict[str, KnownInput] = {}
    for one in inputs:
        if one.name in laid:
            raise RequestInvalid(f"two input columns are named {one.name!r}: rename one of them")
        if one.lead_h < 0:
            raise RequestInvalid(f"{one.name}: {one.lead_h} h ahead; give 0 or more")
        ahead = -(-one.lead_h // WALL_HOURS)
        value = hourly_means(one.start, one.value, first_day, days + ahead, clock=clock)
        if not np.isfinite(value).any():
            raise RequestInvalid(
                f"{one.name}: no value between {first_day} and {first_day + days - 1}, where the "
                "prices are"
            )
        since = first_day if one.since is None else np.datetime64(one.since)
        row = int((since - first_day).astype(np.int64)) - 1
        laid[one.name] = KnownInput(one.lead_h, value, row).until(days - 1)
    return laid
