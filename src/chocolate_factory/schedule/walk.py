"""SIMULATED TIME: the same table and the same runner without waiting, for soak tests."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chocolate_factory.schedule.catch_up import to_catch_up
from chocolate_factory.schedule.job import Job
from chocolate_factory.schedule.runner import JobRunner
from chocolate_factory.schedule.table import Timing, next_fire
from chocolate_factory.store.base import Run, Store


@dataclass(slots=True)
class _SimulatedClock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


def walk(
    jobs: Mapping[str, Job],
    store: Store,
    table: tuple[Timing, ...],
    *,
    start: datetime,
    end: datetime,
    seed: int,
) -> Iterator[Run]:
    """Run the jobs at each of their times in [start, end); give each run when it has ended.

    First, as in production, what a dead process left running is marked as interrupted and what was
    missed before ``start`` is caught up with; it is run at ``start``. Then the jobs run one after
    the other by their times, each with a jitter that ``seed`` decides; what a job asks to run next
    runs at the same instant. A run takes no simulated time, so none times out. What a job raises
    that is no ``Exception`` comes out, and leaves its run as a killed process would.

    Raises ``StoreError`` if the store cannot be read at the start.
    """
    clock = _SimulatedClock(start)
    runner = JobRunner(store, jobs, table, clock, elapsed_s=lambda: 0.0)
    runner.mark_interrupted()
    missed = to_catch_up(table, runner.record, now=start)
    for timing in missed:
        yield from _run(runner, timing.key)
    rng = random.Random(seed)  # noqa: S311 - jitter, not a secret
    coming: list[tuple[datetime, int]] = []

    def plan_next(place: int, after: datetime) -> None:
        at = fire_time(table[place], after=after, rng=rng)
        if at < end:
            heapq.heappush(coming, (at, place))

    for place, timing in enumerate(table):
        plan_next(place, start if timing in missed else start - timedelta(microseconds=1))
    while coming:
        clock.now, place = heapq.heappop(coming)
        plan_next(place, clock.now)
        yield from _run(runner, table[place].key)


def fire_time(timing: Timing, *, after: datetime, rng: random.Random) -> datetime:
    """When a job starts next, its jitter included. UTC."""
    jitter = timedelta(seconds=rng.uniform(0, timing.jitter_s))
    return next_fire(timing, after=after) + jitter


def _run(runner: JobRunner, key: str) -> Iterator[Run]:
    keys = [key]
    while keys:
        ended = runner.run(keys.pop(0))
        yield ended.run
        keys += [key for key in ended.then if key not in keys]
