"""KEEPING: backups, what is let go of with age, and sources that fell silent."""

from __future__ import annotations

from datetime import datetime, timedelta

from chocolate_factory import upkeep
from chocolate_factory.errors import FactoryError, NotPublished, SourceRejected
from chocolate_factory.jobs.factory import Zone
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import DAY
from chocolate_factory.schedule import JobResult, Progress
from chocolate_factory.settings import configuration
from chocolate_factory.store.backup import prune_backups, write_backup
from chocolate_factory.store.base import Outcome

RUNS_KEPT = timedelta(days=90)

TRUSTED_AFTER_NEWS = timedelta(days=14)
"""A clock is not believed about ages so long after the newest value."""

SILENT_AFTER = timedelta(hours=24)
"""A feed that answered nothing for so long is probed."""


def backup(zone: Zone, now: datetime, tell: Progress) -> JobResult:
    """Everything stored and the configuration in one verified file; the newest are kept."""
    tell(0, 1, "backing up")
    if not zone.store.coverage():
        return JobResult("nothing is stored yet", outcome=Outcome.NOTHING_DUE)
    folder = zone.settings.backup_folder
    path = folder / f"chocolate-factory-{now:%Y%m%dT%H%M%SZ}.zip"
    told = configuration(zone.settings)
    report = write_backup(zone.store, path, now=now, extra_files=told.files)
    prune_backups(folder, newest=path.name, keep=zone.settings.backup_keep)
    detail = f"{path.name}: {report.rows:,} rows, {report.files} files of the configuration"
    if report.left_out:
        detail += f"; not in it: {'; '.join(report.left_out)}"
    if told.elsewhere:
        detail += f"; outside the data folder and not in it: {', '.join(told.elsewhere)}"
    return JobResult(detail, {"rows": report.rows, "files": report.files})


def retention(zone: Zone, now: datetime, tell: Progress) -> JobResult:
    """Let go of raw answers and records of runs that are past their age. Values are kept.

    Nothing goes while nothing new comes: by a clock that runs ahead all would be past its age.
    """
    told = [held.last for held in zone.store.coverage() if held.last is not None]
    if not told or now - max(told) > TRUSTED_AFTER_NEWS:
        return JobResult(
            f"no value of the last {TRUSTED_AFTER_NEWS.days} days is stored: nothing is let go of",
            outcome=Outcome.NOTHING_DUE,
        )
    tell(0, 2, "trimming")
    answers = zone.raw.prune(before=now - timedelta(days=zone.settings.raw_days))
    tell(1, 2, "trimming")
    runs = zone.store.drop_runs(before=now - RUNS_KEPT)
    return JobResult(
        f"{answers} answers and {runs} records of runs let go", {"answers": answers, "runs": runs}
    )


def probe(zone: Zone, now: datetime, tell: Progress) -> JobResult:
    """Ask every feed that has said nothing for a day whether it still answers."""
    heard = zone.raw.last_answered()
    silent = [
        feed
        for feed in zone.feeds.all
        if feed.name not in heard or now - heard[feed.name] > SILENT_AFTER
    ]
    lost, rejected = [], False
    for number, feed in enumerate(silent):
        tell(number, len(silent), feed.name)
        try:
            reachable(feed, now)
        except NotPublished:
            continue
        except FactoryError as fault:
            lost.append(f"{feed.name}: {fault}")
            rejected = rejected or isinstance(fault, SourceRejected)
    counts = {"asked": len(silent), "lost": len(lost)}
    if not silent:
        return JobResult("every source answered today", counts, Outcome.NOTHING_DUE)
    detail = "; ".join(lost) or f"{len(silent)} asked, all answer"
    return JobResult(detail, counts, Outcome.REJECTED if rejected else Outcome.DONE)


def reachable(feed: upkeep.Feed, now: datetime) -> int:
    """How many values a feed tells about a day it should know; the ``SourceError`` if none."""
    upstream = feed.source.upstream
    first, last = upstream.reach(delivery_day(now))
    day = max(first, min(last, delivery_day(now)) - 2 * DAY)
    return sum(len(batch) for batch in feed.source.fetch(day, day, now=now))
