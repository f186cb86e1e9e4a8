"""A factory that runs: its scheduler, and the web over what is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock

import structlog
from anyio import to_thread
from fastapi import FastAPI

from chocolate_factory import (
    __version__,
    advising,
    alerting,
    conduct,
    jobs,
    oversight,
    pipeline,
    schedule,
    upkeep,
)
from chocolate_factory.app.factory import access_files
from chocolate_factory.app.feeds import waiting_feeds
from chocolate_factory.app.files import TEMPLATES
from chocolate_factory.app.inbox import Imported, import_files
from chocolate_factory.app.setup_files import SetupFiles
from chocolate_factory.conduct.contracting import ContractAsked, newest_advice
from chocolate_factory.conduct.month import MonthReport, month_report
from chocolate_factory.conduct.what_if import Outcome, Variant, what_if
from chocolate_factory.errors import Busy, FactoryError, RequestInvalid, StoreError
from chocolate_factory.insights.climatology import Limit
from chocolate_factory.jobs import Factory
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import DAY, PVPC, SITE_POWER
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.planning.account import SavingsAccount
from chocolate_factory.settings import (
    CONTRACT_FILE,
    NOTIFY_FILE,
    ORDERS_FILE,
    PLANT_FILE,
    PREFIX,
    Settings,
)
from chocolate_factory.sources.files import expand
from chocolate_factory.standing import standing
from chocolate_factory.store.base import Run
from chocolate_factory.web import analysis_views, savings_views
from chocolate_factory.web.alert_routes import AlertDesk
from chocolate_factory.web.analysis_routes import AnalysisDesk
from chocolate_factory.web.analysis_schemas import ClimatePanel
from chocolate_factory.web.api import create_app
from chocolate_factory.web.asked import (
    Actions,
    Advice,
    Alerts,
    ModelHealth,
    Reads,
    SetupState,
)
from chocolate_factory.web.backtest_routes import BacktestDesk
from chocolate_factory.web.backtest_views import JOB as BACKTEST
from chocolate_factory.web.contract_routes import ContractDesk
from chocolate_factory.web.contract_views import JOB as CONTRACT
from chocolate_factory.web.guard import Access
from chocolate_factory.web.plan_routes import BY, PlanDesk
from chocolate_factory.web.report_routes import ReportDesk
from chocolate_factory.web.savings_routes import SavingsDesk
from chocolate_factory.web.schemas import SetupName
from chocolate_factory.web.setup_routes import SetupDesk

log = structlog.get_logger()

Clock = Callable[[], datetime]

HYBRID_BACK, HYBRID_AHEAD = timedelta(hours=24), timedelta(hours=48)
PUBLISHED_LATE = timedelta(hours=1)
"""Day-ahead prices come up to an hour after the rule says: until then nothing is missing."""
LONGEST_BACK = timedelta(days=3660)
INGEST_NOW = ("spot", "pvpc", "weather", "weather-forecast", "generation")


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
        for feed in waiting_feeds(factory.settings, factory.feeds.all[0].source.transport)
        if all(told.feed != feed.name for told in asked)
    ]
    return (*asked, *waiting)


def _variable(feed: upkeep.Feed) -> str | None:
    return None if feed.key_setting is None else _named(feed.key_setting)


def build_web(
    factory: Factory,
    clock: Clock,
    *,
    catch_up: bool,
    remove_demo: Callable[[], Path] | None = None,
) -> FastAPI:
    """The web application over ``factory``; the scheduler runs while it serves.

    ``remove_demo``: ends the demo and has its data deleted; None if this is none.

    With ``catch_up`` the jobs that were missed, on an empty store all of them, run at once, files
    of the import folder are taken in, and interrupted work is taken up again.
    """
    running: list[schedule.Scheduler] = []

    def scheduler() -> schedule.Scheduler:
        if not running:
            raise StoreError("the scheduler is not running yet: try again in a moment")
        return running[0]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        running.append(
            schedule.start(jobs.jobs_of(factory), factory.store, catch_up=catch_up, clock=clock)
        )
        try:
            if catch_up:
                _take_up_again(factory, running[0])
            yield
        finally:
            await to_thread.run_sync(running.pop().stop)  # it may take some seconds

    analysis = analysis_desk(factory, clock)
    return create_app(
        reads=reads_of(factory, clock, scheduler, analysis, demo=remove_demo is not None),
        setup=_setup_desk(factory, remove_demo),
        actions=_actions(factory, clock, scheduler),
        advice=_advice(factory, clock),
        desk=plan_desk(factory, clock),
        backtests=_backtest_desk(factory, clock, scheduler),
        contracts=_contract_desk(factory, clock, scheduler),
        savings=_savings_desk(factory, clock, scheduler),
        access=_access(factory.settings, clock),
        analysis=analysis,
        reports=_report_desk(factory, clock),
        alerts=_alert_desk(factory, clock),
        version=__version__,
        lifespan=lifespan,
    )


def reads_of(
    factory: Factory,
    clock: Clock,
    scheduler: Callable[[], schedule.Scheduler],
    analysis: AnalysisDesk,
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
            stored = factory.store.coverage()
        except StoreError as fault:
            return (str(fault),)
        return () if stored else ("the store is empty: its history is being fetched",)

    def runs(limit: int) -> tuple[Run, ...]:
        under_way = scheduler().under_way()
        ids = {run.run_id for run in under_way}
        kept = (run for run in factory.store.runs(limit=limit) if run.run_id not in ids)
        return (*under_way, *kept)[:limit]

    @lru_cache(maxsize=8)
    def judged(key: SeriesKey, today: date, scored: object) -> oversight.Verdict:  # noqa: ARG001
        return oversight.verdict(factory.store, key, as_of=clock())

    @lru_cache(maxsize=8)
    def loaded(key: SeriesKey, state: object) -> oversight.Loaded:  # noqa: ARG001
        return replace(oversight.load_model(factory.models, key), trained=None)

    def models() -> tuple[ModelHealth, ...]:
        now = clock()
        runs = factory.store.runs(job="score", limit=1)
        scored = tuple((run.run_id, run.finished_at) for run in runs)
        told = []
        for key in jobs.FORECAST_SERIES:
            judgement = judged(key, delivery_day(now), scored)
            health = oversight.forecast_health(factory.store, key, as_of=now, judged=judgement)
            model = loaded(key, factory.models.state(key))
            weights = {} if health.forecast is None else oversight.weights_of(health.forecast)
            told.append(ModelHealth(health, model.kept, model.fault, weights, model.about))
        return tuple(told)

    def state() -> Hashable:
        minute = clock().replace(second=0, microsecond=0)
        at_work = tuple(run.run_id for run in scheduler().under_way())
        return factory.store.revision(), minute, at_work, setup()

    def setup() -> SetupName:
        return _setup_name(factory, demo=demo)

    return Reads(
        now=clock,
        snapshot=lambda: shown(factory, clock()),
        ready=ready,
        gaps=lambda: gaps_since(timedelta(days=pipeline.HEALTH_DAYS)),
        detect=lambda days_back: gaps_since(timedelta(days=days_back)),
        hybrid=hybrid,
        disagreements=disagreements,
        feeds=lambda: feeds_health(factory, clock()),
        scheduler=lambda: scheduler().status(),
        job=lambda name: next(iter(scheduler().status(name)), None),
        run=lambda run_id: scheduler().find(run_id),
        runs=runs,
        market=factory.task.market or PVPC,
        prices_ahead=lambda key, start: oversight.prices_ahead(
            factory.store, key, start=start, as_of=clock()
        ),
        models=models,
        deviation=lambda key, day: oversight.deviation(factory.store, key, day=day, as_of=clock()),
        advice=lambda: advising.read_current(factory.settings.models_folder, now=clock()),
        climate=_climate_panel(factory, analysis),
        saved=lambda: _saved(factory, clock()),
        month=_month_so_far(factory, clock),
        revision=factory.store.revision,
        state=state,
        setup=setup,
        contract=lambda: newest_advice(factory.store, as_of=clock()),
    )


def _saved(factory: Factory, now: datetime) -> dict[str, SavingsAccount]:
    """The accounts of the running week, month and year."""
    today = delivery_day(now)
    spans = {name: span for name, span in savings_views.periods(today).items() if span[1] == today}
    told = conduct.savings(factory.store, tuple(spans.values()), as_of=now)
    return dict(zip(spans, told, strict=True))


def _month_so_far(factory: Factory, clock: Clock) -> Callable[[], MonthReport | None]:
    """The running month's report, worked out anew when a day is over, a day is closed, or more of
    meter or prices is stored."""
    market = factory.task.market

    @lru_cache(maxsize=1)
    def worked_out(day: date, state: object) -> MonthReport | None:  # noqa: ARG001
        try:
            return month_report(factory.store, factory.task, day, now=clock())
        except RequestInvalid:
            return None  # its first day is not over

    def current() -> MonthReport | None:
        closed = factory.store.runs(job="savings-close", limit=1)
        held = tuple(
            (told.key, told.count, told.newest_available_at)
            for told in factory.store.coverage()
            if told.key in (SITE_POWER, market)
        )
        state = (held, tuple((run.run_id, run.finished_at) for run in closed))
        return worked_out(delivery_day(clock()), state)

    return current


def _climate_panel(factory: Factory, desk: AnalysisDesk) -> Callable[[], ClimatePanel]:
    """The panel, put together anew when the record grows, prices or weather reach further back, or
    a day is over: correlations over decades are not for every request."""
    own = {*upkeep.SIAR_KEYS, factory.task.market or PVPC, *factory.feeds.weather.keys}

    @lru_cache(maxsize=1)
    def worked_out(day: date, state: object) -> tuple[upkeep.Climate, upkeep.WeatherAndPrices]:  # noqa: ARG001
        return desk.climate(), desk.together()

    @lru_cache(maxsize=1)
    def panel(
        climate: upkeep.Climate, told: upkeep.WeatherAndPrices, today: upkeep.DayOfWeather
    ) -> ClimatePanel:
        return analysis_views.panel(climate, told, today, desk.limits, as_of=desk.now())

    def current() -> ClimatePanel:
        held = [told for told in factory.store.coverage() if told.key in own]
        state = tuple(
            (told.key, told.first, told.count if told.key in upkeep.SIAR_KEYS else 0)
            for told in held
        )
        return panel(*worked_out(delivery_day(desk.now()), state), desk.today())

    return current


def _advice(factory: Factory, clock: Clock) -> Advice:
    shelf = advising.Shelf(factory.settings.models_folder)
    task, limits = factory.task, jobs.ambient_limits(factory)
    fingerprint = advising.task_print(task)
    return Advice(
        score=lambda asked: advising.score_now(
            factory.store, task, shelf.status(fingerprint), asked, now=clock()
        ),
        production=lambda asked: advising.class_now(
            factory.store, task, shelf.status(fingerprint), asked, now=clock(), limits=limits
        ),
    )


def _actions(
    factory: Factory, clock: Clock, scheduler: Callable[[], schedule.Scheduler]
) -> Actions:
    def backfill(first: date, last: date, series: str | None) -> Run:
        jobs.chosen(factory, series)
        asked = {"from": str(first), "to": str(last)}
        if series is not None:
            asked["series"] = series
        return scheduler().start_now("backfill", asked, _backfill_work(factory, asked))

    def backfill_auto(max_gap_hours: float) -> Run:
        asked = {
            "from": str(delivery_day(clock()) - jobs.REPAIRED_WITHIN),
            "to": str(delivery_day(clock()) + DAY),
            "max_gap_hours": f"{max_gap_hours:g}",
        }
        return scheduler().start_now("backfill", asked, _backfill_work(factory, asked))

    def ingest_now() -> Run:
        named = jobs.jobs_of(factory)

        def work(now: datetime, tell: schedule.Progress) -> schedule.JobResult:
            return jobs.one_after_the_other({name: named[name] for name in INGEST_NOW}, now, tell)

        return scheduler().start_now("ingest-now", {}, work)

    return Actions(
        backfill=backfill,
        backfill_auto=backfill_auto,
        ingest_now=ingest_now,
        train=lambda: scheduler().run_now("train-prices"),
    )


def plan_desk(factory: Factory, clock: Clock) -> PlanDesk:
    """What may be asked and told of the plans of ``factory``."""
    store, slot = factory.store, factory.task.plant.slot
    rules = jobs.rules_of(factory.settings)

    def pin(batch: str, begin: datetime | None) -> conduct.Told:
        return conduct.pin(store, factory.task, batch, begin=begin, now=clock(), rules=rules, by=BY)

    computing = Lock()

    def compared(variants: Sequence[Variant]) -> tuple[Outcome, ...]:
        if not computing.acquire(blocking=False):
            raise Busy("another comparison is being computed: ask again in a moment")
        try:
            return what_if(
                store,
                factory.task,
                variants,
                now=clock(),
                models=pipeline.MODELS,
                rules=rules,
            )
        finally:
            computing.release()

    return PlanDesk(
        now=clock,
        standing=lambda: standing(store, as_of=clock(), slot=slot),
        accept=lambda plan_id: conduct.accept(store, plan_id, now=clock(), by=BY, slot=slot),
        started=lambda report: conduct.report_started(
            store, report, plant=factory.task.plant, now=clock(), by=BY
        ),
        pin=pin,
        undo=lambda event_id: conduct.undo(store, event_id, now=clock(), by=BY, slot=slot),
        what_if=compared,
    )


def _access(settings: Settings, clock: Clock) -> Access:
    book, audit = access_files(settings)
    return Access(
        now=clock,
        holder=lambda text: book.holder(text, now=clock()),
        done=audit.done,
        refused=audit.refused,
    )


def _backtest_desk(
    factory: Factory, clock: Clock, scheduler: Callable[[], schedule.Scheduler]
) -> BacktestDesk:
    def begin(asked: oversight.BacktestAsked) -> Run:
        return scheduler().start_now(
            BACKTEST,
            oversight.checked(asked).texts(),
            partial(jobs.validate_models, factory, asked),
            lane=schedule.Lane.MEASURE,
        )

    return BacktestDesk(
        now=clock,
        begin=begin,
        newest=lambda: oversight.newest_backtest(factory.store, as_of=clock()),
        runs=lambda: _runs_of(BACKTEST, factory, scheduler()),
    )


def _contract_desk(
    factory: Factory, clock: Clock, scheduler: Callable[[], schedule.Scheduler]
) -> ContractDesk:
    def begin(asked: ContractAsked) -> Run:
        return scheduler().start_now(
            CONTRACT,
            asked.texts(),
            partial(jobs.advise_contract, factory, asked),
            lane=schedule.Lane.MEASURE,
        )

    return ContractDesk(
        now=clock,
        begin=begin,
        newest=lambda: newest_advice(factory.store, as_of=clock()),
        runs=lambda: _runs_of(CONTRACT, factory, scheduler()),
    )


def _runs_of(job: str, factory: Factory, scheduler: schedule.Scheduler) -> tuple[Run, ...]:
    """The newest runs of work that is asked for, the one under way as it stands in front."""
    under_way = [run for run in scheduler.under_way() if run.job == job]
    kept = factory.store.runs(job=job, limit=2)
    ids = {run.run_id for run in under_way}
    return (*under_way, *(run for run in kept if run.run_id not in ids))


def _savings_desk(
    factory: Factory, clock: Clock, scheduler: Callable[[], schedule.Scheduler]
) -> SavingsDesk:
    def plan_now() -> Run:
        def work(now: datetime, tell: schedule.Progress) -> schedule.JobResult:
            tell(0, 1, "planning")
            return jobs.refresh_plan(factory, now)

        return scheduler().start_now("plan-now", {}, work)

    return SavingsDesk(
        savings=lambda periods: conduct.savings(factory.store, periods, as_of=clock()),
        plan_now=plan_now,
    )


def analysis_desk(factory: Factory, clock: Clock) -> AnalysisDesk:
    """What may be asked of the climate of ``factory``."""
    market, hourly = factory.task.market or PVPC, factory.feeds.weather.keys

    def stored(*keys: SeriesKey) -> tuple[object, ...]:
        """What decides an answer: it is worked out anew when more of these is stored."""
        wanted = {*upkeep.SIAR_KEYS, *keys}
        return tuple(
            (told.key, told.count, told.newest_available_at)
            for told in factory.store.coverage()
            if told.key in wanted
        )

    @lru_cache(maxsize=1)
    def climate(state: object) -> upkeep.Climate:  # noqa: ARG001
        return upkeep.climate(factory.store, as_of=clock())

    @lru_cache(maxsize=1)
    def together(state: object) -> upkeep.WeatherAndPrices:  # noqa: ARG001
        return upkeep.weather_and_prices(factory.store, market, hourly, as_of=clock())

    return AnalysisDesk(
        now=clock,
        climate=lambda: climate(stored()),
        together=lambda: together(stored(market, *hourly)),
        today=lambda: upkeep.day_of_weather(factory.store, hourly, as_of=clock()),
        limits=tuple(
            Limit(limit.stage, "temp_max", limit.most_c) for limit in jobs.ambient_limits(factory)
        ),
    )


def _report_desk(factory: Factory, clock: Clock) -> ReportDesk:
    store, slot = factory.store, factory.task.plant.slot
    declared = jobs.emission(factory.settings)
    return ReportDesk(
        now=clock,
        in_force=lambda: standing(store, as_of=clock(), slot=slot).in_force,
        month=lambda month: month_report(
            store, factory.task, month, now=clock(), emission=declared
        ),
    )


_STEPS = {
    "contract": (CONTRACT_FILE, "contract"),
    "power": (CONTRACT_FILE, "contract"),
    "plant": (PLANT_FILE, "plant"),
    "orders": (ORDERS_FILE, "orders"),
    "notifications": (NOTIFY_FILE, "notify_urls"),
}
"""Steps of the set-up: the file of each, and the setting that it is for."""


def _setup_desk(factory: Factory, remove_demo: Callable[[], Path] | None) -> SetupDesk:
    setup = SetupFiles(factory.settings)
    task = factory.task

    def state() -> SetupState:
        return SetupState(
            steps=_steps(factory.settings),
            folder=str(setup.folder),
            templates=tuple(TEMPLATES),
            products=setup.current_plant().grades,
            weekly=setup.weekly(),
            contracted_kw=tuple(task.contract.contracted_kw or task.plant.contracted_kw),
            demo=remove_demo is not None,
        )

    return SetupDesk(
        state=state,
        contract=setup.contract,
        power=setup.power,
        plant=setup.plant,
        orders=setup.orders,
        notifications=setup.notifications,
        remove_demo=remove_demo,
    )


def _steps(settings: Settings) -> dict[str, tuple[str | None, str | None]]:
    """For each step the file that was written, and the variable that is set for it."""
    told = {}
    for step, (file, name) in _STEPS.items():
        path = settings.config_folder / file
        value = getattr(settings, name)
        by_file = path.is_file() and (name == "notify_urls" or str(value) == str(path))
        variable = name in settings.model_fields_set and not by_file
        told[step] = (str(path) if path.is_file() else None, _named(name) if variable else None)
    return told


def _setup_name(factory: Factory, *, demo: bool) -> SetupName:
    if demo:
        return "demo"
    steps = _steps(factory.settings).values()
    return "done" if any(file or variable for file, variable in steps) else "none"


def _named(setting: str) -> str:
    return f"{PREFIX}{setting.upper()}"


def _alert_desk(factory: Factory, clock: Clock) -> AlertDesk:
    store = factory.store

    def told() -> Alerts:
        now = clock()
        looked = (run for run in store.runs(job="alerts", limit=5) if run.finished_at is not None)
        return Alerts(
            as_of=now,
            looked_at=next((run.finished_at for run in looked), None),
            simulated=pipeline.holds_simulated(store),
            every=alerting.held(store, as_of=now),
        )

    return AlertDesk(
        alerts=told,
        acknowledge=lambda alert_id, by: alerting.acknowledge(store, alert_id, now=clock(), by=by),
    )


def _backfill_work(factory: Factory, asked: Mapping[str, str]) -> schedule.Job:
    """The work of a backfill from what was asked, so that it can be taken up again."""
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


def _take_up_again(factory: Factory, scheduler: schedule.Scheduler) -> None:
    """Import the files of the user's folder, and resume what was asked for and interrupted."""
    _begin_import(factory, scheduler)
    try:
        for run in scheduler.interrupted():
            if run.job == "backfill":
                scheduler.resume(run, _backfill_work(factory, run.asked))
            if run.job == BACKTEST:
                wanted = oversight.BacktestAsked.of_texts(run.asked)
                scheduler.resume(
                    run,
                    partial(jobs.validate_models, factory, wanted),
                    lane=schedule.Lane.MEASURE,
                )
            if run.job == CONTRACT:
                advised = ContractAsked.of_texts(run.asked)
                scheduler.resume(
                    run,
                    partial(jobs.advise_contract, factory, advised),
                    lane=schedule.Lane.MEASURE,
                )
    except FactoryError as fault:
        log.error("interrupted work cannot be taken up again", detail=str(fault))


def _begin_import(factory: Factory, scheduler: schedule.Scheduler) -> None:
    """In the lane that waits for no service: files are there at once."""
    folder = factory.settings.import_dir
    if folder is None:
        return
    work = partial(import_folder, factory, folder)
    scheduler.start_now("import", {"folder": str(folder)}, work, lane=schedule.Lane.MEASURE)


def import_folder(
    factory: Factory, folder: Path, now: datetime, tell: schedule.Progress
) -> schedule.JobResult:
    """Import a folder's files; how far it is in files."""
    results: list[Imported] = []
    total = len(expand([folder]))
    for one in import_files(factory.store, [folder], now=now):
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
