"""When each verb runs: one table, one APScheduler adapter.

The table says when; ``app`` says what each name does. A job never overlaps itself, missed runs
collapse into one, and an error of the tree is a line in the log, not the end of the scheduler.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from chocolate_factory.errors import FactoryError, NotPublished, SourceRejected
from chocolate_factory.market.calendar import MADRID

log = structlog.get_logger()

Job = Callable[[datetime], str]
"""What a name does at an instant; returns one line for the log."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When a job runs: minute and hour as in cron, Madrid wall clock, with jitter [s]."""

    name: str
    hour: str
    minute: str
    jitter_s: int
    why: str


TABLE = (
    Timing("ingest-prices", "*", "20,50", 120, "spot is due about 13:00, PVPC about 20:15"),
    Timing("ingest-weather", "*", "10", 300, "hourly weather and its forecast"),
    Timing("forecast", "0,13,20", "55", 60, "after each publication and at the start of the day"),
    Timing("plan", "1,21", "10", 60, "once the plan in force has run out"),
)


def start(
    jobs: Mapping[str, Job], table: tuple[Timing, ...] = TABLE, *, catch_up: bool = False
) -> BackgroundScheduler:
    """Start running ``jobs`` by the table; the caller shuts the scheduler down.

    With ``catch_up`` all of them run once now, one after the other, in the order of the table.

    Raises ``ValueError`` if the names of the jobs and of the table differ.
    """
    names = {timing.name for timing in table}
    if names != set(jobs):
        raise ValueError(f"jobs and table differ: {sorted(names ^ set(jobs))}")
    scheduler = BackgroundScheduler(timezone=MADRID)
    for timing in table:
        scheduler.add_job(
            run,
            CronTrigger(
                hour=timing.hour, minute=timing.minute, jitter=timing.jitter_s, timezone=MADRID
            ),
            args=(timing.name, jobs[timing.name]),
            id=timing.name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=3600,
        )
    if catch_up:
        scheduler.add_job(_run_all, args=([(timing.name, jobs[timing.name]) for timing in table],))
    scheduler.start()
    return scheduler


def _run_all(named: list[tuple[str, Job]]) -> None:
    for name, job in named:
        run(name, job)


def run(name: str, job: Job) -> None:
    """Run one job now and log how it ended, by the error's meaning."""
    try:
        outcome = job(datetime.now(UTC))
    except NotPublished as state:
        log.info("not published yet", job=name, detail=str(state))
    except SourceRejected as fault:
        log.error("a person must act", job=name, detail=str(fault))
    except FactoryError as fault:
        log.warning("failed, will run again", job=name, detail=str(fault))
    else:
        log.info("done", job=name, outcome=outcome)
