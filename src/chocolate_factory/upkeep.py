"""DATA THAT LOOKS AFTER ITSELF: what is due, whom to ask, what is missing, what disagrees.

Collecting is driven by what is missing: a feed is asked for the days on which a value of its own is
due and not stored, and for nothing else. So a run costs no request once a day is complete, a gap of
a night or of a month is repaired by the same code, and history is one large gap, filled newest
first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from chocolate_factory.errors import Gap
from chocolate_factory.market.series import Kind, SeriesKey


@dataclass(frozen=True, slots=True)
class SeriesGaps:
    """What is missing of one series in the Madrid days ``first`` to ``last``, inclusive.

    ``expected`` and ``present`` count delivery periods that were due; ``feeds`` names the feeds
    that could repair it, the one asked first in front.
    """

    key: SeriesKey
    first: date
    last: date
    expected: int
    present: int
    gaps: tuple[Gap, ...]
    feeds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GapSummary:
    """The gaps of every watched series as known at ``as_of``."""

    as_of: datetime
    series: tuple[SeriesGaps, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Sources that differ by more than the threshold about one delivery period.

    ``values`` by source in ``unit``; ``difference`` between the largest and the smallest.
    """

    key: SeriesKey
    unit: str
    start: datetime
    values: Mapping[str, float]
    difference: float


@dataclass(frozen=True, slots=True)
class HybridValue:
    """One value of the hybrid weather with its provenance.

    ``preferred`` is the source that is believed first in this hour; ``source`` the one that spoke.
    """

    key: SeriesKey
    unit: str
    start: datetime
    value: float
    kind: Kind
    source: str
    preferred: str
    available_at: datetime


@dataclass(frozen=True, slots=True)
class HybridWeather:
    """The hybrid weather of [start, end), UTC, as known at ``as_of``; hour by hour, by series."""

    as_of: datetime
    start: datetime
    end: datetime
    values: tuple[HybridValue, ...]


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """How one feed does, from what is stored.

    Parameters
    ----------
    feed, source
        The endpoint, and the name its values go by.
    series
        What it tells.
    key_setting
        The environment variable that holds its key; None if it needs none.
    key_present
        Whether that is set; True if none is needed.
    last_delivery
        Newest delivery period it told, start, UTC; None if it told nothing.
    age_s
        Since its last news became known [s]; None if it told nothing.
    next_publication
        When its next values are due, UTC; None for what is published all the time.
    """

    feed: str
    source: str
    series: tuple[SeriesKey, ...]
    key_setting: str | None
    key_present: bool
    last_delivery: datetime | None
    age_s: float | None
    next_publication: datetime | None
