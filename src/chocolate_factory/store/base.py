"""What every store does: append what became known, read what was known at an instant.

A store is append-only and bitemporal: a row says what a source held true about a delivery period,
and since when that was known. Of what was observed, forecast or planned nothing is overwritten and
nothing is deleted; only the record of runs moves on and is trimmed. Every method raises
``StoreError``, with text for the user, when the disk, the file or the server does not do its part.
A store may be used from several threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import StoreError
from chocolate_factory.market.foretold import Foretold
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import (
    Floats,
    Forecast,
    Kind,
    Observations,
    Series,
    SeriesKey,
)
from chocolate_factory.store.outcome import Outcome as Outcome  # noqa: PLC0414 - part of a Run
from chocolate_factory.store.revision import Revision


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of the values given to ``append``: received = new + revised + unchanged."""

    received: int
    new: int
    revised: int
    unchanged: int

    def __add__(self, other: Appended) -> Appended:
        return Appended(
            self.received + other.received,
            self.new + other.new,
            self.revised + other.revised,
            self.unchanged + other.unchanged,
        )


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is held of one series, of every kind: ``count`` delivery periods, revisions not counted.

    ``first`` and ``last`` are delivery starts, ``newest_available_at`` the instant at which the
    latest news became known, all UTC; None when nothing is held. ``sources`` in alphabetical order.
    """

    key: SeriesKey
    count: int
    first: datetime | None
    last: datetime | None
    newest_available_at: datetime | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """One plan as it was made: ``document`` is its JSON text. Instants are kept to the second.

    ``plan_id`` is unique within ``site``, which the store sets: see ``Store.of_site``.
    """

    plan_id: str
    origin: datetime
    made_at: datetime
    document: str
    site: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was decided or happened: kept as it was told, never changed, never removed.

    Parameters
    ----------
    event_id
        Unique within its site.
    kind
        What sort of thing it is: ``plan-accepted``, ``batch-started``, ``day-closed``.
    at
        When it was noted, UTC, kept to the millisecond.
    document
        All there is to know of it, as JSON text.
    site
        Set by the store: see ``Store.of_site``.
    """

    event_id: str
    kind: str
    at: datetime
    document: str
    site: str = ""


def damaged(event: Event) -> StoreError:
    """What is raised of an event whose document cannot be understood."""
    return StoreError(
        f"the stored event {event.event_id} is damaged and cannot be read: restore a backup"
    )


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job: when, how far, how it ended.

    Parameters
    ----------
    run_id
        Unique; sorts by start within a job.
    job
        Name in the schedule's table, or of work that was asked for (``backfill``, ``history``).
    started_at, finished_at
        UTC, kept to the millisecond; ``finished_at`` None while it runs.
    detail
        One line for people, in English, without secrets.
    done, total
        Steps; ``total`` 0 while unknown.
    counts
        What it moved: ``new``, ``revised``, ``requests``.
    asked
        What was asked for, as text by name, so that it can be taken up again.
    site
        Set by the store: see ``Store.of_site``.
    """

    run_id: str
    job: str
    started_at: datetime
    finished_at: datetime | None
    outcome: Outcome
    detail: str = ""
    done: int = 0
    total: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)
    site: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Vintages:
    """Every row held of one series, source and kind: what ``dump`` gives and ``load`` takes.

    Arrays have shape (n,), instants are epoch seconds, ordered by delivery start, then by
    ``available_at_s``.
    """

    key: SeriesKey
    source: str
    kind: Kind
    start_s: NDArray[np.int64]
    resolution_s: NDArray[np.int64]
    value: Floats
    available_at_s: NDArray[np.int64]
    inferred: NDArray[np.bool_]
    ingested_at_s: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class IssuedForecast:
    """A forecast and when it was stored."""

    forecast: Forecast
    made_at: datetime


Piece = Vintages | IssuedForecast | PlanRecord | Event | DayScore | Run
"""One part of what a store holds."""


class Store(Protocol):
    """The memory of the plants of one market, seen by one site.

    What is opened is the unnamed site's, the only one there is where nobody named any. What is of
    the market (prices, their forecasts and scores) is the same for every site.
    """

    @property
    def site(self) -> str:
        """The site that sees it; empty for the unnamed one."""

    def of_site(self, name: str) -> Store:
        """The same store as the site of that name sees it.

        Plans, events and runs are that site's alone. Weather and meter have a place of its own:
        where the program asks for those of the unnamed site, it is told this one's (see
        ``market.places.at_site``), under the key they have in truth. ``dump``, ``load``,
        ``drop_runs``, ``run``, ``sources`` and ``close`` are of the whole store.
        """

    def append(self, batches: Iterable[Observations], *, now: datetime) -> Appended:
        """Store what is new in ``batches``, all of it or nothing; durable when this returns.

        A value equal (within 1e-9, relative) to the newest one of the same series, source, kind
        and delivery period is unchanged and leaves no trace. A different one is a revision: a row
        beside the old one. A revision that is dated by rule (inferred: whoever knew it then would
        have told it first), or claims to have been known no later than the value it contradicts,
        counts as known from ``now``, or from one second after that value if this is later, and is
        no longer marked as inferred.

        Raises
        ------
        SeriesInvalid
            If a batch is not of a catalogued series or fails its check; nothing is stored.
        """

    def read(
        self,
        key: SeriesKey,
        start: datetime,
        end: datetime,
        *,
        as_of: datetime,
        kinds: tuple[Kind, ...] | None = None,
        source: str | None = None,
    ) -> Series:
        """The delivery periods starting in [start, end), as known at ``as_of``.

        Per period one value: observed (measured, published, analysed) before forecast before
        imputed; of these that of the most trusted source (the order in ``market.catalog``, which
        for weather depends on the hour, then alphabetical); of that the newest with
        ``available_at <= as_of``. ``kinds`` and ``source`` limit which kinds and which source
        count; None means all. Periods of which nothing was known are absent.
        """

    def foretold(
        self, key: SeriesKey, start: datetime, end: datetime, *, as_of: datetime, source: str
    ) -> Foretold:
        """What ``source`` forecast of the delivery periods starting in [start, end), by vintage.

        Of each period, and of each 24 hours before ``as_of`` in which its forecast changed, the
        value known last. What no other kind or source says counts here; observed values never do.
        """

    def coverage(self) -> tuple[Coverage, ...]:
        """What is held of every series of the market and of this site, ordered by key."""

    def sources(self) -> frozenset[str]:
        """Who said anything that is held; cheap, for it is asked before every append."""

    def save_forecast(self, forecast: Forecast, *, made_at: datetime) -> None:
        """Keep a forecast as one more version, made at ``made_at``."""

    def forecast(self, key: SeriesKey, *, as_of: datetime) -> Forecast | None:
        """The newest forecast of ``key`` with ``made_at <= as_of``; None if there is none."""

    def save_plan(self, record: PlanRecord) -> None:
        """Keep a plan. Saving the same record again changes nothing.

        Raises ``StoreError`` if another plan is kept under the same ``plan_id``.
        """

    def plan(self, *, as_of: datetime) -> PlanRecord | None:
        """The newest plan with ``made_at <= as_of``; None if there is none."""

    def plan_of(self, plan_id: str) -> PlanRecord | None:
        """The plan of that id; None if there is none."""

    def save_event(self, event: Event) -> None:
        """Keep an event. Saving the same one again changes nothing.

        Raises ``StoreError`` if another event is kept under the same ``event_id``.
        """

    def events(
        self, *kinds: str, since: datetime | None = None, as_of: datetime
    ) -> tuple[Event, ...]:
        """Events noted in [since, as_of], both included, oldest first; of these kinds, or all.

        Of one millisecond, in the order in which they were kept.
        """

    def save_once(
        self,
        mark: Event,
        *,
        plans: Iterable[PlanRecord] = (),
        events: Iterable[Event] = (),
        forecasts: Iterable[IssuedForecast] = (),
    ) -> bool:
        """Keep ``mark`` and all that comes with it, or nothing if an event of its id is kept.

        All or nothing also for a process that is killed; of several that keep one mark at the same
        moment one does. Returns whether it was kept now. ``StoreError`` where a server cannot.
        """

    def forecasts(
        self, key: SeriesKey, *, made_from: datetime, made_to: datetime
    ) -> tuple[IssuedForecast, ...]:
        """Every forecast of ``key`` made in [made_from, made_to), oldest first."""

    def save_scores(self, told: Iterable[DayScore]) -> None:
        """Keep what forecasts scored, all or nothing.

        An earlier scoring of the same forecast and day stays beside it; one of the same second is
        replaced.
        """

    def scores(
        self, key: SeriesKey, *, first: date, last: date, as_of: datetime
    ) -> tuple[DayScore, ...]:
        """Of each forecast of ``key`` the newest score with ``scored_at <= as_of`` on each of the
        Madrid days ``first`` to ``last``, inclusive; by day, then by ``made_at``."""

    def save_run(self, run: Run) -> None:
        """Keep ``run``; one with the same ``run_id`` is replaced: a run's state moves on."""

    def run(self, run_id: str) -> Run | None:
        """The run of that id; None if there is none."""

    def runs(
        self, *, job: str | None = None, outcome: Outcome | None = None, limit: int = 50
    ) -> tuple[Run, ...]:
        """The newest runs by ``started_at``, newest first; of one job or outcome, or of all."""

    def drop_runs(self, *, before: datetime) -> int:
        """Delete finished runs that started before an instant; how many. The only deletion."""

    def revision(self) -> Revision:
        """A mark of all that this site sees but runs: another one means that more was stored.

        Cheap.
        """

    def dump(self) -> Iterator[Piece]:
        """All that is held, as of one instant, while others write: for backups and moves."""

    def load(self, pieces: Iterable[Piece]) -> None:
        """Take in what ``dump`` gave, exactly; all or nothing.

        Raises ``StoreError`` if the store holds anything already, or the pieces contradict
        themselves.
        """

    def close(self) -> None:
        """Let go of files and connections."""
