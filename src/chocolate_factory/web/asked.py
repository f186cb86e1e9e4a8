"""What the web asks of the rest of the program: values to show, and work to begin.

The composition root fills in the callables. Those of ``Reads`` only read what is stored; all are
called from worker threads, and may raise errors of the tree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from chocolate_factory.advising import Asked, ClassAnswer, CurrentAdvice, ScoreAnswer
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.store.base import Run
from chocolate_factory.upkeep import Disagreement, FeedHealth, GapSummary, HybridWeather

RUNS_SHOWN = 100
"""Newest runs a page looks at for work under way and for what failed."""


class JobLine(Protocol):
    """How one job of the schedule stands. Instants in UTC."""

    @property
    def name(self) -> str:
        """Name in the schedule's table."""

    @property
    def why(self) -> str:
        """What it is for, one line."""

    @property
    def when(self) -> str:
        """Its times for people, Madrid time."""

    @property
    def next_run(self) -> datetime:
        """Its next time."""

    @property
    def running(self) -> Run | None:
        """The run under way."""

    @property
    def last(self) -> Run | None:
        """The newest run that ended; None if none is kept."""

    @property
    def last_done(self) -> datetime | None:
        """When it last ended well; None if no such run is kept."""

    @property
    def runs_kept(self) -> int:
        """Newest runs that are counted."""

    @property
    def failures_kept(self) -> int:
        """Those of them that failed."""

    @property
    def mean_duration_s(self) -> float | None:
        """How long its runs take [s]; None if none ended."""

    @property
    def time_limit_s(self) -> float:
        """It has to end within [s]."""

    @property
    def overrun(self) -> bool:
        """Whether the run under way is past its limit."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """How the data looks after itself, each part read once for one page."""

    gaps: GapSummary
    hybrid: HybridWeather
    disagreements: tuple[Disagreement, ...]
    feeds: tuple[FeedHealth, ...]
    jobs: tuple[JobLine, ...]
    runs: tuple[Run, ...]
    advice: CurrentAdvice | None = None


@dataclass(frozen=True, slots=True)
class Reads:
    """What may be read, afresh at each call.

    Parameters
    ----------
    now
        The present instant, UTC.
    snapshot
        Everything a page shows of prices, plan and weather.
    ready
        What keeps the program from being of use; nothing if all is well.
    gaps
        Gaps of the recent past, in every watched series.
    detect
        The same over so many days back from today.
    hybrid
        The hybrid weather of the hours around now, those up to now included.
    disagreements
        Prices on which sources differ, newest first.
    feeds
        How each feed does.
    scheduler
        How each job stands, in the order of the schedule.
    run
        The run of an id; None if there is none.
    runs
        So many of the newest runs, newest first.
    advice
        The advice that was worked out for the hour under way; None if none was.
    """

    now: Callable[[], datetime]
    snapshot: Callable[[], Snapshot]
    ready: Callable[[], tuple[str, ...]]
    gaps: Callable[[], GapSummary]
    detect: Callable[[int], GapSummary]
    hybrid: Callable[[], HybridWeather]
    disagreements: Callable[[], tuple[Disagreement, ...]]
    feeds: Callable[[], tuple[FeedHealth, ...]]
    scheduler: Callable[[], tuple[JobLine, ...]]
    run: Callable[[str], Run | None]
    runs: Callable[[int], tuple[Run, ...]]
    advice: Callable[[], CurrentAdvice | None]

    def upkeep(self) -> Upkeep:
        """Each part of the upkeep, read once."""
        return Upkeep(
            gaps=self.gaps(),
            hybrid=self.hybrid(),
            disagreements=self.disagreements(),
            feeds=self.feeds(),
            jobs=self.scheduler(),
            runs=self.runs(RUNS_SHOWN),
            advice=self.advice(),
        )


@dataclass(frozen=True, slots=True)
class Advice:
    """What may be worked out for anybody on the local network: it changes nothing.

    Parameters
    ----------
    score
        How cheap a price is among those of the following 24 h.
    production
        What to do in the hour of an instant.
    """

    score: Callable[[Asked], ScoreAnswer]
    production: Callable[[Asked], ClassAnswer]


@dataclass(frozen=True, slots=True)
class Actions:
    """Work that may be begun. Each returns at once: the run begun, or the same one under way.

    Parameters
    ----------
    backfill
        Ask again for what is missing in the Madrid days ``first`` to ``last``, inclusive; of one
        series by its key as text (``spot@peninsula``), or of all if None.
    backfill_auto
        Ask again for every gap not longer than so many hours [h].
    ingest_now
        Ask every source for what is due, without waiting for the schedule.
    """

    backfill: Callable[[date, date, str | None], Run]
    backfill_auto: Callable[[float], Run]
    ingest_now: Callable[[], Run]
