"""What every store does: append what became known, read what was known at an instant.

A store is append-only and bitemporal: a row says what a source held true about a delivery period,
and since when that was known. Nothing is overwritten and nothing is deleted. Every method raises
``StoreError``, with text for the user, when the disk, the file or the server does not do its part.
A store may be used from several threads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chocolate_factory.market.series import Forecast, Kind, Observations, Series, SeriesKey


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
    """One plan as it was made: ``document`` is its JSON text. Instants are kept to the second."""

    plan_id: str
    origin: datetime
    made_at: datetime
    document: str


class Store(Protocol):
    """The memory of one plant."""

    def append(self, batches: Iterable[Observations], *, now: datetime) -> Appended:
        """Store what is new in ``batches``, all of it or nothing; durable when this returns.

        A value equal (within 1e-9, relative) to the newest one of the same series, source, kind
        and delivery period is unchanged and leaves no trace. A different one is a revision: a row
        beside the old one. A revision that claims to have been known no later than the value it
        contradicts (history, dated by rule) counts as known from ``now``, or from one second after
        that value if this is later, and is no longer marked as inferred.

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
    ) -> Series:
        """The delivery periods starting in [start, end), as known at ``as_of``.

        Per period one value: of the best kind (measured, published, analysed, forecast, imputed),
        of that the most trusted source (the order in ``market.catalog``, then alphabetical), of
        that the newest with ``available_at <= as_of``. ``kinds`` limits which kinds count; None
        means all. Periods of which nothing was known are absent.
        """

    def coverage(self) -> tuple[Coverage, ...]:
        """What is held of every series, ordered by key."""

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

    def close(self) -> None:
        """Let go of files and connections."""
