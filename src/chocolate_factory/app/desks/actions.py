"""Work that may be begun: repair, fetching, training."""

from __future__ import annotations

from datetime import date, datetime

from chocolate_factory import jobs, schedule
from chocolate_factory.app.work import Clock, Running, backfill_work
from chocolate_factory.jobs import Factory
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import DAY
from chocolate_factory.store.base import Run
from chocolate_factory.web.asked import Actions

INGEST_NOW = ("spot", "pvpc", "weather", "weather-forecast", "generation")


def actions_of(factory: Factory, clock: Clock, running: Running) -> Actions:
    """What may be begun for ``factory``."""
    site = factory.store.site

    def backfill(first: date, last: date, series: str | None) -> Run:
        jobs.chosen(factory, series)
        asked = {"from": str(first), "to": str(last)}
        if series is not None:
            asked["series"] = series
        return running().start_now("backfill", asked, backfill_work(factory, asked), site=site)

    def backfill_auto(max_gap_hours: float) -> Run:
        asked = {
            "from": str(delivery_day(clock()) - jobs.REPAIRED_WITHIN),
            "to": str(delivery_day(clock()) + DAY),
            "max_gap_hours": f"{max_gap_hours:g}",
        }
        return running().start_now("backfill", asked, backfill_work(factory, asked), site=site)

    def ingest_now() -> Run:
        named = jobs.jobs_of(factory)

        def work(now: datetime, tell: schedule.Progress) -> schedule.JobResult:
            return jobs.one_after_the_other({name: named[name] for name in INGEST_NOW}, now, tell)

        return running().start_now("ingest-now", {}, work, site=site)

    return Actions(
        backfill=backfill,
        backfill_auto=backfill_auto,
        ingest_now=ingest_now,
        train=lambda: running().run_now("train-prices"),
    )
