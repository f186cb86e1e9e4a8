"""What the web may read of a factory."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date, datetime, timedelta

from chocolate_factory import advising, oversight, pipeline, schedule, upkeep
from chocolate_factory.app.desks.climate import climate_panel
from chocolate_factory.app.desks.models import ModelsOf
from chocolate_factory.app.desks.money import month_so_far, saved
from chocolate_factory.app.desks.setup import setup_name
from chocolate_factory.app.feeds import waiting_feeds
from chocolate_factory.app.work import Clock, Running
from chocolate_factory.conduct.contracting import newest_advice
from chocolate_factory.errors import StoreError
from chocolate_factory.jobs import Factory
from chocolate_factory.market.calendar import delivery_day, local_midnight
from chocolate_factory.market.catalog import DAY, PVPC
from chocolate_factory.market.series import Series, SeriesKey
from chocolate_factory.settings import variable
from chocolate_factory.store.base import Run
from chocolate_factory.web.analysis_routes import AnalysisDesk
from chocolate_factory.web.asked import Reads
from chocolate_factory.web.schemas import SetupName

HYBRID_BACK, HYBRID_AHEAD = timedelta(hours=24), timedelta(hours=48)
PUBLISHED_LATE = timedelta(hours=1)
"""Day-ahead prices come up to an hour after the rule says: until then nothing is missing."""


def shown(factory: Factory, as_of: datetime) -> pipeline.Snapshot:
    """Everything a page shows of ``factory`` as known at ``as_of``."""
    return pipeline.snapshot(
        factory.store,
        as_of=as_of,
        task=factory.task,
        watched=factory.feeds.watched,
        weather=factory.feeds.weather.keys,
    )


def feeds_health(factory: Factory, as_of: datetime) -> tuple[upkeep.FeedHealth, ...]:
    """How every feed does; those that wait for a key come last."""
    asked = [
        upkeep.feed_health(feed, factory.store, as_of=as_of, key_variable=_variable(feed))
        for feed in factory.feeds.all
    ]
    waiting = [
        upkeep.FeedHealth(
            feed=feed.name,
            source="",
            series=(),
            key_setting=_variable(feed),
            key_present=False,
            last_delivery=None,
            age_s=None,
            next_publication=upkeep.next_publication(feed, as_of=as_of),
        )
        for feed in waiting_feeds(
            factory.settings,
            factory.feeds.all[0].source.transport,
            stations=factory.within is None,
        )
        if all(told.feed != feed.name for told in asked)
    ]
    return (*asked, *waiting)


def _variable(feed: upkeep.Feed) -> str | None:
    return None if feed.key_setting is None else variable(feed.key_setting)


def reads_of(
    factory: Factory,
    clock: Clock,
    running: Running,
    analysis: AnalysisDesk,
    models: ModelsOf,
    *,
    demo: bool,
) -> Reads:
    """What the web may read of ``factory``; ``demo``: whether it is one."""

    def gaps_since(back: timedelta) -> upkeep.GapSummary:
        now = clock()
        today = delivery_day(now)
        return upkeep.gap_summary(
            factory.feeds.supplies,
            factory.store,
            first=today - back,
            last=today + DAY,
            as_of=now,
            due_by=now - PUBLISHED_LATE,
        )

    def hybrid() -> upkeep.HybridWeather:
        now = clock()
        hour = now.replace(minute=0, second=0, microsecond=0)
        return upkeep.hybrid_weather(
            factory.store,
            factory.feeds.weather.keys,
            start=hour - HYBRID_BACK,
            end=hour + HYBRID_AHEAD,
            as_of=now,
        )

    def disagreements() -> tuple[upkeep.Disagreement, ...]:
        now = clock()
        today = delivery_day(now)
        first = today - timedelta(days=pipeline.HEALTH_DAYS)
        return upkeep.disagreements(factory.store, first=first, last=today + DAY, as_of=now)

    def ready() -> tuple[str, ...]:
        try:
            stored = factory.zone.store.coverage()
        except StoreError as fault:
            return (str(fault),)
        return () if stored else ("the store is empty: its history is being fetched",)

    stores = {one.site: one for one in (factory.store, factory.zone.store)}

    def published(key: SeriesKey, first: date, days: int) -> Series:
        begin, end = local_midnight(first), local_midnight(first + timedelta(days=days))
        return factory.store.read(key, begin, end, as_of=clock(), kinds=pipeline.OBSERVED)

    def under_way() -> tuple[Run, ...]:
        return tuple(run for run in running().under_way() if run.site in stores)

    def runs(limit: int) -> tuple[Run, ...]:
        begun = under_way()
        ids = {run.run_id for run in begun}
        kept = [run for store in stores.values() for run in store.runs(limit=limit)]
        if len(stores) > 1:
            kept.sort(key=lambda run: run.started_at, reverse=True)
        return (*begun, *(run for run in kept if run.run_id not in ids))[:limit]

    def lines() -> tuple[schedule.JobStatus, ...]:
        """Of two jobs of a name, the common one and the site's, the site's is told."""
        told = [line for line in running().status() if line.site in stores]
        own = {line.name for line in told if line.site == factory.store.site}
        return tuple(
            line for line in told if line.site == factory.store.site or line.name not in own
        )

    def state() -> Hashable:
        minute = clock().replace(second=0, microsecond=0)
        at_work = tuple(run.run_id for run in under_way())
        return factory.store.revision(), minute, at_work, setup()

    def setup() -> SetupName:
        return setup_name(factory, demo=demo)

    return Reads(
        now=clock,
        snapshot=lambda: shown(factory, clock()),
        ready=ready,
        gaps=lambda: gaps_since(timedelta(days=pipeline.HEALTH_DAYS)),
        detect=lambda days_back: gaps_since(timedelta(days=days_back)),
        hybrid=hybrid,
        disagreements=disagreements,
        feeds=lambda: feeds_health(factory, clock()),
        scheduler=lines,
        job=lambda name: next((line for line in lines() if line.name == name), None),
        run=lambda run_id: running().find(run_id),
        runs=runs,
        market=factory.task.market or PVPC,
        prices_ahead=lambda key, start: oversight.prices_ahead(
            factory.store, key, start=start, as_of=clock()
        ),
        published=published,
        models=models,
        deviation=lambda key, day: oversight.deviation(factory.store, key, day=day, as_of=clock()),
        advice=lambda: advising.read_current(factory.settings.models_folder, now=clock()),
        climate=climate_panel(factory, analysis),
        saved=lambda: saved(factory, clock()),
        month=month_so_far(factory, clock),
        revision=factory.store.revision,
        state=state,
        setup=setup,
        contract=lambda: newest_advice(factory.store, as_of=clock()),
    )
