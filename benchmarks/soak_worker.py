"""One life of a factory in the soak: from an instant of simulated time until somebody kills it.

Production's table, jobs, clients and store, on a simulated network whose upstreams fail; only time
and the network are simulated. Nothing is remembered but what the store holds.
"""

from __future__ import annotations

import json
import logging
import os
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

import structlog

from chocolate_factory.app.factory import open_factory
from chocolate_factory.jobs import Factory, jobs_of
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.schedule import TABLE, At, Job, JobResult, Progress, Timing, walk
from chocolate_factory.settings import PREFIX, Settings
from chocolate_factory.simulation.corrections import Publishing
from chocolate_factory.simulation.faults import (
    FaultKind,
    FaultPlan,
    Service,
    either,
    outage,
    random_faults,
)
from chocolate_factory.simulation.network import SimulatedNetwork
from chocolate_factory.sources.transport import LocalNetwork, Transport
from chocolate_factory.store.base import Outcome

DAY = timedelta(days=1)
HISTORY_DAYS = 60
QUIET = timedelta(days=3)
"""No outage and no killing so long before the end: the last repair must be allowed to happen."""

WATCHED_EVERY = (At("13-15", "*/15"), At("20-22", "*/15"))
"""When the day-ahead watch runs here: production's every five minutes bring nothing more."""

LEFT_OUT = ("train-prices", "train-advice", "advise", "score", "savings-close", "alerts")
"""Jobs that bring no data and take most of the time, in the table or asked for by another job."""

RARELY = {"forecast": 28, "plan": 0, "backup": 28}
"""Jobs done on one day in so many; 0 never."""

_SILENT = frozenset({FaultKind.RESET, FaultKind.TIME_OUT, FaultKind.UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Course:
    """One soak: simulated time [start, end) on the simulated world of ``seed``."""

    folder: Path
    start: datetime
    end: datetime
    seed: int
    share: float

    @property
    def settings(self) -> Settings:
        """Settings of the factory, none of them from the environment."""
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            del os.environ[name]
        return Settings(data_dir=self.folder, history_days=HISTORY_DAYS)

    @property
    def publishing(self) -> Publishing:
        """One day in ten is late, one in five corrected."""
        return Publishing(seed=self.seed, late_share=0.1, revised_share=0.2)

    @property
    def outages(self) -> tuple[tuple[datetime, datetime, frozenset[Service], FaultKind], ...]:
        """Of the whole network for hours, of single services for hours and days."""
        dice = random.Random(f"outages {self.seed}")  # noqa: S311
        found = []
        last = self.end - QUIET
        for mean_days, hours, services in (
            (12, (0.5, 30.0), None),
            (4, (1.0, 12.0), 1),
            (20, (24.0, 80.0), 2),
        ):
            at = self.start + DAY * dice.expovariate(1 / mean_days)
            while at < last:
                until = min(last, at + timedelta(hours=dice.uniform(*hours)))
                hit = list(Service) if services is None else dice.sample(list(Service), services)
                found.append((at, until, frozenset(hit), dice.choice(sorted(_SILENT))))
                at = until + DAY * dice.expovariate(1 / mean_days)
        return tuple(found)

    @property
    def faults(self) -> FaultPlan:
        """The outages, and a share of random faults of every kind."""
        outages = [
            outage(start, end, services=services, kind=kind)
            for start, end, services, kind in self.outages
        ]
        return either(*outages, random_faults(self.seed, share=self.share))


class SimulatedTime:
    """What the clock of the wall and the monotonic one show: a job's instant and what it slept."""

    def __init__(self, start: datetime) -> None:
        self._shown_s = start.timestamp()

    def job_begins(self, at: datetime) -> None:
        """A job begins; time never goes back, as waits of one job may outlast the next's start."""
        self._shown_s = max(self._shown_s, at.timestamp())

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._shown_s += seconds

    def monotonic(self) -> float:
        """Seconds."""
        return self._shown_s

    def now(self) -> datetime:
        """The instant, UTC."""
        return datetime.fromtimestamp(self._shown_s, UTC)


def live(course: Course, *, begin: datetime, life: int, told: TextIO) -> None:
    """Run from ``begin`` to the end, telling after every run where the clock stands."""
    quiet_logs()
    time = SimulatedTime(begin)
    network = SimulatedNetwork(
        course.seed, time.now, faults=course.faults, publishing=course.publishing
    )
    transport = Transport(network=LocalNetwork(network), monotonic=time.monotonic, sleep=time.sleep)
    with open_factory(course.settings, simulated=network, transport=transport) as factory:
        table, jobs = table_and_jobs(factory, time)
        runs = walk(
            jobs, factory.store, table, start=begin, end=course.end, seed=course.seed + life
        )
        for run in runs:
            line = {
                "at": (run.finished_at or run.started_at).isoformat(),
                "job": run.job,
                "outcome": run.outcome.value,
                "detail": run.detail if run.detail.startswith("unexpected") else "",
                "asked": sum(network.asked.values()),
                "met": _by_kind(network),
            }
            told.write(json.dumps(line) + "\n")
            told.flush()


def _by_kind(network: SimulatedNetwork) -> dict[str, int]:
    met: Counter[str] = Counter()
    for (_, kind), count in network.met.items():
        met[kind.value] += count
    return dict(met)


def table_and_jobs(
    factory: Factory, time: SimulatedTime
) -> tuple[tuple[Timing, ...], Mapping[str, Job]]:
    """Production's table and jobs without those left out, and rarely those that are dear."""
    every = jobs_of(factory)
    table = tuple(
        replace(timing, at=WATCHED_EVERY) if timing.name == "day-ahead-watch" else timing
        for timing in TABLE
        if timing.name not in LEFT_OUT
    )
    return table, {timing.name: _on(time, timing.name, every[timing.name]) for timing in table}


def quiet_logs() -> None:
    """Thousands of failed runs are what is wanted here."""
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _on(time: SimulatedTime, name: str, job: Job) -> Job:
    def run(now: datetime, tell: Progress) -> JobResult:
        if not _is_done(name, now):
            return JobResult("left out of the soak on this day", outcome=Outcome.NOTHING_DUE)
        time.job_begins(now)
        result = job(now, tell)
        return replace(result, then=tuple(name for name in result.then if _is_done(name, now)))

    return run


def _is_done(name: str, now: datetime) -> bool:
    """Whether a job is done on the day of ``now``."""
    every_days = 0 if name in LEFT_OUT else RARELY.get(name, 1)
    return bool(every_days) and delivery_day(now).toordinal() % every_days == 0
