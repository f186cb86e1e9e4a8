"""A real store in a folder of the test, a clock that stands still, and a store that can refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from chocolate_factory.errors import StoreError
from chocolate_factory.schedule import At, JobRunner, Lane, Timing
from chocolate_factory.store.base import Run, Store
from chocolate_factory.store.sql import open_store

NOON = datetime(2026, 6, 15, 10, tzinfo=UTC)
"""Twelve o'clock in Madrid, an ordinary Monday."""


@dataclass
class HeldClock:
    """A clock and a stopwatch that move when the test says so."""

    now: datetime = NOON
    spent_s: float = 0.0

    def __call__(self) -> datetime:
        return self.now

    def elapsed_s(self) -> float:
        return self.spent_s

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)
        self.spent_s += timedelta(**span).total_seconds()


@dataclass
class RefusingStore:
    """A store whose disk is full while ``full``; ``saved`` are the runs it took."""

    store: Store
    full: bool = False
    saved: list[Run] = field(default_factory=list)

    def of_site(self, name: str) -> RefusingStore:
        return self if not name else RefusingStore(self.store.of_site(name), self.full, self.saved)

    def save_run(self, run: Run) -> None:
        if self.full:
            raise StoreError("the disk is full")
        self.saved.append(run)
        self.store.save_run(run)

    def runs(self, **wanted: object) -> tuple[Run, ...]:
        if self.full:
            raise StoreError("the disk is full")
        return self.store.runs(**wanted)

    def run(self, run_id: str) -> Run | None:
        return self.store.run(run_id)


def line_of_a_table(name: str, *at: tuple[str, str], **changed: object) -> Timing:
    """By default at noon, in the fetch lane, within a minute, without jitter."""
    times = tuple(At(*pair) for pair in at) or (At("12", "0"),)
    said = {"jitter_s": 0, "time_limit_s": 60.0, "lane": Lane.FETCH, "why": "why", **changed}
    return Timing(name, times, "when", **said)


@pytest.fixture
def timing() -> Callable[..., Timing]:
    """Makes one line of a table."""
    return line_of_a_table


@pytest.fixture(autouse=True)
def quiet() -> Iterator[list[dict[str, object]]]:
    """The log lines of the test."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RefusingStore]:
    held = open_store(f"sqlite:///{tmp_path}/store.db")
    yield RefusingStore(held)
    held.close()


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def runner_of(store, clock):
    """Makes the runner of some jobs by name, each with a time limit of a minute."""

    def make(**jobs):
        named = {name.replace("_", "-"): job for name, job in jobs.items()}
        table = tuple(line_of_a_table(name) for name in named)
        return JobRunner(store, named, table, clock, elapsed_s=clock.elapsed_s)

    return make
