"""WHEN EACH VERB RUNS: one table, one runner, one APScheduler adapter."""

from chocolate_factory.schedule.adapter import BY_HAND, Scheduler, start
from chocolate_factory.schedule.job import Job, JobResult, Progress, Repeated
from chocolate_factory.schedule.runner import JobRunner
from chocolate_factory.schedule.status import RUNS_READ, JobStatus, last_ended, status
from chocolate_factory.schedule.table import TABLE, At, Lane, Timing, at_sites, key_of, next_fire
from chocolate_factory.schedule.walk import walk

__all__ = [
    "BY_HAND",
    "RUNS_READ",
    "TABLE",
    "At",
    "Job",
    "JobResult",
    "JobRunner",
    "JobStatus",
    "Lane",
    "Progress",
    "Repeated",
    "Scheduler",
    "Timing",
    "at_sites",
    "key_of",
    "last_ended",
    "next_fire",
    "start",
    "status",
    "walk",
]
