"""Work that somebody asks for, by what was asked, so that it can be taken up again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from chocolate_factory import jobs, oversight, schedule
from chocolate_factory.app.inbox import Imported, import_files
from chocolate_factory.conduct.contracting import ContractAsked
from chocolate_factory.errors import FactoryError
from chocolate_factory.jobs import Factory, Sites, Zone
from chocolate_factory.sources.files import expand
from chocolate_factory.store.base import Run
from chocolate_factory.web.backtest_views import JOB as BACKTEST
from chocolate_factory.web.contract_views import JOB as CONTRACT

log = structlog.get_logger()

Clock = Callable[[], datetime]
Running = Callable[[], schedule.Scheduler]
"""The scheduler at work; raises ``StoreError`` before there is one."""


def backfill_work(factory: Factory, asked: Mapping[str, str]) -> schedule.Job:
    """The work of a backfill."""
    hours = asked.get("max_gap_hours")

    def work(now: datetime, tell: schedule.Progress) -> schedule.JobResult:
        return jobs.repair(
            factory,
            first=date.fromisoformat(asked["from"]),
            last=date.fromisoformat(asked["to"]),
            now=now,
            tell=tell,
            series=asked.get("series"),
            longest=None if hours is None else timedelta(hours=float(hours)),
        )

    return work


def take_up_again(sites: Sites, scheduler: schedule.Scheduler) -> None:
    """Import the files of the user's folder, and resume what was asked for and interrupted."""
    _begin_import(sites.zone, scheduler)
    by_store = {one.store.site: one for one in sites.factories.values()}
    try:
        for run in scheduler.interrupted():
            _resume(run, by_store.get(run.site), sites.zone, scheduler)
    except FactoryError as fault:
        log.error("interrupted work cannot be taken up again", detail=str(fault))


def _resume(run: Run, whose: Factory | None, zone: Zone, scheduler: schedule.Scheduler) -> None:
    measure = schedule.Lane.MEASURE
    if run.job == BACKTEST:
        wanted = oversight.BacktestAsked.of_texts(run.asked)
        scheduler.resume(run, partial(jobs.validate_models, zone, wanted), lane=measure)
    if whose is None:
        return
    if run.job == "backfill":
        scheduler.resume(run, backfill_work(whose, run.asked))
    if run.job == CONTRACT:
        advised = ContractAsked.of_texts(run.asked)
        scheduler.resume(
            run, partial(jobs.apart, partial(jobs.advise_contract, advised), whose), lane=measure
        )


def _begin_import(zone: Zone, scheduler: schedule.Scheduler) -> None:
    """In the lane that waits for no service: files are there at once."""
    folder = zone.settings.import_dir
    if folder is None:
        return
    work = partial(import_folder, zone, folder)
    scheduler.start_now("import", {"folder": str(folder)}, work, lane=schedule.Lane.MEASURE)


def import_folder(
    zone: Zone, folder: Path, now: datetime, tell: schedule.Progress
) -> schedule.JobResult:
    """Import a folder's files; how far it is in files."""
    results: list[Imported] = []
    total = len(expand([folder]))
    for one in import_files(zone.store, [folder], now=now):
        results.append(one)
        tell(len(results), total, one.path.name)
    refused = [reason for one in results for reason in one.refused]
    counts = {
        "files": len(results),
        "new": sum(one.appended.new for one in results),
        "revised": sum(one.appended.revised for one in results),
        "unchanged": sum(one.appended.unchanged for one in results),
        "refused": len(refused),
    }
    detail = (
        f"{counts['files']} files: {counts['new']} values new, {counts['revised']} revised, "
        f"{counts['unchanged']} known already"
    )
    return schedule.JobResult("; ".join((detail, *refused[:3])), counts)
