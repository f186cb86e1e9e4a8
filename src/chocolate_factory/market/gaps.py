"""Gaps: delivery periods that should exist, by a series' own rules, and do not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import numpy as np

from chocolate_factory.errors import Gap
from chocolate_factory.market.calendar import Instants, to_datetime, to_datetime64
from chocolate_factory.market.catalog import SeriesSpec

MINOR_UP_TO = timedelta(hours=2)
MODERATE_UP_TO = timedelta(hours=12)


class Severity(StrEnum):
    """Minor up to 2 h, moderate up to 12 h, critical above."""

    MINOR = "minor"
    MODERATE = "moderate"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class GapReport:
    """The gaps of one series in [first, last] (Madrid days, inclusive), as known at ``as_of``."""

    series: str
    expected: int
    present: int
    gaps: tuple[Gap, ...]


def find_gaps(
    spec: SeriesSpec, present: Instants, *, series: str, first: date, last: date, as_of: datetime
) -> GapReport:
    """Compare the delivery starts ``present`` with those due from ``first`` to ``last``.

    A period counts as due once its publication time by the rule has passed at ``as_of``; a later
    one is not a gap. Neighbouring missing periods form one gap [start, end), UTC.
    """
    expected, step_s = spec.grid(first, last)
    due = spec.inferred_available_at(expected) <= to_datetime64(as_of)
    expected, step_s = expected[due], step_s[due]
    missing = ~np.isin(expected, present)
    ends = expected + step_s.astype("timedelta64[s]")
    where = np.flatnonzero(missing)
    breaks = np.flatnonzero(np.diff(where) > 1) + 1
    gaps = tuple(
        Gap(to_datetime(expected[run[0]]), to_datetime(ends[run[-1]]), len(run))
        for run in np.split(where, breaks)
        if run.size
    )
    return GapReport(series, int(expected.size), int(expected.size - missing.sum()), gaps)


def severity(gap: Gap) -> Severity:
    """How much a gap matters, by its length."""
    length = gap.end - gap.start
    if length <= MINOR_UP_TO:
        return Severity.MINOR
    return Severity.MODERATE if length <= MODERATE_UP_TO else Severity.CRITICAL
