"""A made-up week to draw: seeded prices on real calendars, a plan by hand, weather and health."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chocolate_factory.conduct.contracting import ContractAsked, ContractReport
from chocolate_factory.conduct.month import MonthReport
from chocolate_factory.errors import Gap, MissingData, NoForecast, RequestInvalid
from chocolate_factory.forecasting.monitor import judge
from chocolate_factory.insights.climatology import DailyValues, Limit
from chocolate_factory.insights.paid import paid_prices
from chocolate_factory.market.calendar import (
    MADRID,
    QUARTER,
    local_days,
    local_hours,
    local_midnight,
    periods,
    to_datetime64,
    weekday,
)
from chocolate_factory.market.catalog import LINARES, PVPC, SITE_POWER, SPOT
from chocolate_factory.market.contract import Contract, contract_named
from chocolate_factory.market.hours import clock_hours
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import QUANTILES, Forecast, Kind, Series, SeriesKey
from chocolate_factory.oversight import BacktestAsked, Deviation, ForecastHealth, KeptModel
from chocolate_factory.pipeline import Reading, SeriesHealth, Snapshot
from chocolate_factory.planning.account import SavingsAccount, savings_account
from chocolate_factory.planning.cost import savings_pct, scheduled
from chocolate_factory.planning.plan import Plan, PlanningPrices, Task
from chocolate_factory.planning.plant import Plant, parse_plant
from chocolate_factory.planning.problem import planning_prices
from chocolate_factory.planning.site_ahead import SiteAhead, site_ahead, window
from chocolate_factory.schedule import JobStatus
from chocolate_factory.standing import NOTHING
from chocolate_factory.store.base import IssuedForecast, Outcome, Run
from chocolate_factory.store.revision import Revision
from chocolate_factory.upkeep import (
    Climate,
    DayOfWeather,
    Disagreement,
    FeedHealth,
    GapSummary,
    HybridValue,
    HybridWeather,
    SeriesGaps,
    WeatherAndPrices,
)
from chocolate_factory.web import analysis_views, savings_views
from chocolate_factory.web.alert_routes import AlertDesk
from chocolate_factory.web.analysis_routes import AnalysisDesk
from chocolate_factory.web.analysis_schemas import ClimatePanel
from chocolate_factory.web.api import create_app
from chocolate_factory.web.asked import (
    Actions,
    Advice,
    Alerts,
    ContractSaid,
    ModelHealth,
    Reads,
    Review,
    SetupState,
    Upkeep,
)
from chocolate_factory.web.asked_site import SiteName
from chocolate_factory.web.backtest_routes import BacktestDesk
from chocolate_factory.web.callers import Access
from chocolate_factory.web.contract_routes import ContractDesk
from chocolate_factory.web.fleet_routes import FleetDesk
from chocolate_factory.web.plan_routes import PlanDesk
from chocolate_factory.web.report_routes import ReportDesk
from chocolate_factory.web.savings_routes import SavingsDesk
from chocolate_factory.web.setup_routes import SetupDesk

FAR = datetime(2100, 1, 1, tzinfo=UTC)
AS_OF = datetime(2026, 11, 25, 14, 20, tzinfo=MADRID)
STAGES = (  # stage, machine, minutes, phases
    ("mixing", "mixer", 15, ((15, 15.0),)),
    ("rolling", "roller", 15, ((15, 42.0),)),
    ("conching", "conche", 300, ((90, 48.0), (210, 6.0))),
    ("tempering", "temperer", 30, ((30, 36.0),)),
    ("moulding", "moulder", 30, ((30, 10.0),)),
)
SpotMaker = Callable[[np.ndarray], np.ndarray]


def outlook(as_of: datetime, *, days: int = 14, seed: int = 1) -> Forecast:
    """Spot prices [EUR/MWh] from the midnight before ``as_of``, published to the next day's end."""
    today = as_of.astimezone(MADRID).date()
    start = periods(local_midnight(today), local_midnight(today + timedelta(days=days)), QUARTER)
    rng = np.random.default_rng(seed)
    hour = local_hours(start)
    day = np.unique(local_days(start), return_inverse=True)[1]
    level = rng.normal(70, 16, days)[day] - 18 * (weekday(local_days(start)) >= 5)
    sun = rng.uniform(25, 105, days)[day] * np.exp(-(((hour - 13.5) / 3.0) ** 2))
    evening = 45 * np.exp(-(((hour - 20.5) / 2.0) ** 2))
    mean = level - sun + evening + rng.normal(0, 4, start.size)
    published = start < to_datetime64(local_midnight(today + timedelta(days=2)))
    ahead = np.maximum(0, day - 1)
    normal_quantiles = np.array([-1.645, -1.282, -0.674, 0.0, 0.674, 1.282, 1.645])
    spread = np.where(published, 0.0, 9 + 2.2 * np.sqrt(ahead))
    return Forecast(
        key=SPOT,
        unit="EUR/MWh",
        origin=as_of.astimezone(UTC) - timedelta(minutes=35),
        model="ridge",
        start=start,
        resolution_s=np.full(start.shape, 900, dtype=np.int64),
        published=published,
        mean=mean,
        quantiles=mean[:, None] + spread[:, None] * normal_quantiles[: len(QUANTILES)],
        simulated=True,
    )


def tasks(first: date, hour: int) -> list[Task]:
    """Five days with three standard batches and a premium one, each begun from ``hour`` on."""
    made = []
    count = {"standard": 0, "premium": 0}
    for day in range(5):
        for place, grade in enumerate(("standard", "standard", "standard", "premium")):
            count[grade] += 1
            at = local_midnight(first + timedelta(days=day)) + timedelta(
                hours=hour + 5.25 * (place // 2), minutes=45 * (place % 2)
            )
            for stage, machine, minutes, phases in STAGES:
                conching = stage == "conching"
                whole = minutes + 300 if conching and grade == "premium" else minutes
                drawn = ((90, 48.0), (510, 6.0)) if whole == 600 else phases
                end = at + timedelta(minutes=whole)
                name = f"{machine}-{place % 2 + 1 if conching else 1}"
                batch = f"{grade}-{count[grade]:02d}"
                made.append(Task(batch, grade, stage, name, at, end, drawn))
                at = end
    return made


def plan(forecast: Forecast, contract_name: str = "indexed-3.0td") -> Plan:
    """A week begun at nine beside the same week begun at six."""
    plant = reference_plant()
    prices: PlanningPrices = planning_prices(forecast, contract_named(contract_name))
    first = (forecast.origin + timedelta(days=1)).date()
    cheap = scheduled(tasks(first, 9), prices, plant, status="optimal")
    cheap = replace(cheap, bound_eur=cheap.objective_eur, gap=0.0)
    usual = scheduled(tasks(first, 6), prices, plant, status="feasible")
    saved = usual.objective_eur - cheap.objective_eur
    return Plan(
        origin=forecast.origin,
        start=local_midnight(first),
        end=local_midnight(first + timedelta(days=7)),
        plant=plant.name,
        contract=contract_name,
        schedule=cheap,
        baseline=usual,
        savings_eur=saved,
        savings_pct=savings_pct(saved, usual.objective_eur),
        realised=None,
        prices=prices,
        simulated=forecast.simulated,
        notes=("Base load counts against contracted power and is no part of the cost.",),
    )


def snapshot_at(as_of: datetime = AS_OF) -> Snapshot:
    """A whole page's worth of values as of ``as_of``."""
    forecast = outlook(as_of)
    contract = contract_named("indexed-3.0td")
    newest = as_of.astimezone(UTC).replace(minute=0)
    weather = (("temperature", "degC", 17.4), ("humidity", "%", 46.0), ("wind_speed", "m/s", 2.6),
               ("solar_radiation", "W/m2", 412.0))  # fmt: skip
    return Snapshot(
        as_of=as_of.astimezone(UTC),
        plant="reference-chocolate-v1",
        contract=contract,
        forecast=forecast,
        paid=paid_prices(forecast, contract),
        plan=plan(forecast),
        weather=tuple(
            Reading(
                SeriesKey(name, LINARES),
                unit,
                value,
                newest,
                "simulation:open-meteo",
                Kind.ANALYSED,
            )
            for name, unit, value in weather
        ),
        health=(
            _health(PVPC, 26280, as_of, 64_000, 0),
            _health(SPOT, 61344, as_of, 4_900, 0),
            _health(SeriesKey("temperature", LINARES), 26270, as_of, 4_100, 3),
            SeriesHealth(SeriesKey("humidity", LINARES), 0, None, None, None, 0, "empty"),
        ),
        simulated=True,
        site=site_of(plan(forecast), contract, as_of),
    )


def taken_over(whole: Snapshot) -> Snapshot:
    """The same, planned anew on the first day at ten: what had begun by noon is carried over."""
    before = whole.plan
    assert before is not None
    origin = before.start + timedelta(hours=10)
    start = origin + timedelta(hours=2)
    begun = {block.batch for block in before.schedule.blocks if block.start < start}
    blocks = before.schedule.blocks
    ahead = replace(
        before,
        origin=origin,
        start=start,
        schedule=replace(before.schedule, blocks=tuple(b for b in blocks if b.batch not in begun)),
        carried=tuple(b for b in blocks if b.batch in begun),
    )
    return replace(whole, as_of=origin, plan=ahead)


def site_of(made: Plan, contract: Contract, as_of: datetime) -> SiteAhead:
    """What the reference plant draws under that plan, and a meter that was read up to ``as_of``."""
    looked_at = window(made, now=as_of)
    assert looked_at is not None
    begin, end = looked_at
    start = periods(begin, end, QUARTER)
    read = start < to_datetime64(as_of.astimezone(UTC))
    metered = Series(
        SITE_POWER, "kW", as_of.astimezone(UTC), start[read],
        np.full(int(read.sum()), 900, dtype=np.int64), np.full(int(read.sum()), 31.0), start[read],
        np.full(int(read.sum()), "meter-quarters"), np.full(int(read.sum()), "measured"),
    )  # fmt: skip
    return site_ahead(made, reference_plant(), contract, metered, begin=begin, end=end)


def reference_plant() -> Plant:
    """The plant that comes with the program."""
    folder = files("chocolate_factory").joinpath("data")
    return parse_plant(folder.joinpath("reference_plant.yaml").read_text("utf-8"), name="plant")


def empty_snapshot() -> Snapshot:
    """What a store without a single value gives."""
    whole = snapshot_at()
    none = tuple(
        SeriesHealth(series.key, 0, None, None, None, 0, "empty") for series in whole.health
    )
    return replace(
        whole,
        forecast=None,
        paid=None,
        plan=None,
        site=None,
        weather=(),
        health=none,
        simulated=False,
    )


def without_forecast() -> Snapshot:
    """A first start some minutes on: published prices, and nothing that foresees more."""
    whole = snapshot_at()
    forecast = whole.forecast
    assert forecast is not None
    known = forecast.published
    told = replace(
        forecast,
        model="published",
        start=forecast.start[known],
        resolution_s=forecast.resolution_s[known],
        published=forecast.published[known],
        mean=forecast.mean[known],
        quantiles=forecast.quantiles[known],
    )
    return replace(
        whole, forecast=told, paid=paid_prices(told, whole.contract), plan=None, site=None
    )


def run(
    job: str, started: datetime, outcome: Outcome = Outcome.DONE, *, minutes: float = 1, **more
) -> Run:
    """A run of ``job``, begun at ``started`` and as long as that, unless it still runs."""
    finished = None if outcome is Outcome.RUNNING else started + timedelta(minutes=minutes)
    return Run(f"{job}-{started:%Y%m%dT%H%M%S}", job, started, finished, outcome, **more)


def job_line(name: str, **more) -> JobStatus:
    """A job of the schedule that has not run."""
    values = {
        "why": "prices that are due and missing", "when": "every hour at :05",
        "next_run": AS_OF.astimezone(UTC) + timedelta(minutes=45), "running": None, "last": None,
        "last_done": None, "runs_kept": 0, "failures_kept": 0, "mean_duration_s": None,
        "time_limit_s": 600.0,
    }  # fmt: skip
    return JobStatus(name=name, **(values | more))


def gap(start: datetime, hours: float, resolution_s: int = 3600) -> Gap:
    """A gap of so many hours from ``start``."""
    at = start.astimezone(UTC)
    return Gap(at, at + timedelta(hours=hours), round(hours * 3600 / resolution_s))


def series_gaps(key: SeriesKey, *gaps: Gap, feeds: tuple[str, ...] = ("ree-prices",)) -> SeriesGaps:
    """The gaps of one series in the two weeks before ``AS_OF``."""
    missing = sum(one.missing for one in gaps)
    first, last = AS_OF.date() - timedelta(days=14), AS_OF.date() + timedelta(days=1)
    return SeriesGaps(key, first, last, 384, 384 - missing, gaps, feeds)


def feed_health(feed: str, source: str, key: SeriesKey, **more) -> FeedHealth:
    """A feed that needs no key and told something an hour ago."""
    values = {
        "series": (key,), "key_setting": None, "key_present": True,
        "last_delivery": AS_OF.astimezone(UTC).replace(minute=0), "age_s": 3600.0,
        "next_publication": None,
    }  # fmt: skip
    return FeedHealth(feed=feed, source=source, **(values | more))


def hybrid_value(name: str, unit: str, value: float, start: datetime, **more) -> HybridValue:
    """A measured value of AEMET's station, which is preferred."""
    values = {
        "kind": Kind.MEASURED, "source": "aemet", "preferred": "aemet",
        "available_at": start + timedelta(minutes=70),
    }  # fmt: skip
    return HybridValue(SeriesKey(name, LINARES), unit, start, value, **(values | more))


def all_well() -> Upkeep:
    """Nothing missing, nothing under way, nothing that differs."""
    as_of = AS_OF.astimezone(UTC)
    day = timedelta(days=1)
    return Upkeep(
        gaps=GapSummary(as_of, (series_gaps(PVPC), series_gaps(SPOT))),
        hybrid=HybridWeather(as_of, as_of - day, as_of + day, ()),
        disagreements=(),
        feeds=(feed_health("ree-prices", "ree", SPOT),),
        jobs=(job_line("pvpc"), job_line("spot")),
        runs=(),
    )


def in_trouble() -> Upkeep:
    """Gaps of every severity, a repair under way, a missing key, jobs that failed, prices that
    differ."""
    as_of = AS_OF.astimezone(UTC)
    temperature, humidity = SeriesKey("temperature", LINARES), SeriesKey("humidity", LINARES)
    midnight = local_midnight(AS_OF.date())
    refused = run(
        "weather-forecast", as_of - timedelta(hours=2), Outcome.REJECTED,
        detail="openweathermap: the key is not accepted: look at OPENWEATHERMAP_KEY",
    )  # fmt: skip
    repairing = run(
        "gap-repair", as_of - timedelta(minutes=3), Outcome.RUNNING, done=12, total=40,
        detail="open-meteo-archive 2026-11-14 to 2026-11-18",
    )  # fmt: skip
    prices = tuple(
        Disagreement(
            SPOT, "EUR/MWh", (midnight + n * QUARTER).astimezone(UTC),
            {"omie": 61.2 + n, "ree": 61.9 + n}, 0.7,
        )
        for n in range(7, -1, -1)
    )  # fmt: skip
    weather_feeds = ("aemet-observation", "openweathermap-current", "open-meteo-forecast")
    return replace(
        all_well(),
        gaps=GapSummary(
            as_of,
            (
                series_gaps(PVPC),
                series_gaps(SPOT, gap(midnight, 1.25, 900), feeds=("omie", "ree-prices")),
                series_gaps(
                    temperature,
                    gap(midnight - timedelta(days=4), 30),
                    gap(midnight, 6),
                    gap(midnight + timedelta(hours=10), 1),
                    feeds=weather_feeds,
                ),
                series_gaps(humidity, gap(midnight, 6), feeds=weather_feeds),
            ),
        ),
        hybrid=HybridWeather(
            as_of, as_of - timedelta(days=1), as_of + timedelta(days=1),
            tuple(
                hybrid_value(
                    name, unit, 0.0, as_of.replace(minute=0),
                    kind=Kind.ANALYSED, source="simulation:open-meteo", preferred="openweathermap",
                )
                for name, unit in (("temperature", "degC"), ("humidity", "%"))
            ),
        ),
        disagreements=prices,
        feeds=(
            feed_health(
                "ree-prices", "ree", SPOT, age_s=4900.0,
                last_delivery=(midnight + timedelta(days=2) - QUARTER).astimezone(UTC),
                next_publication=(midnight + timedelta(hours=20, minutes=15)).astimezone(UTC),
            ),
            feed_health("open-meteo-forecast", "open-meteo", temperature),
            feed_health(
                "openweathermap-current", "openweathermap", temperature, age_s=93_600.0,
                key_setting="CHOCOLATE_FACTORY_OPENWEATHERMAP_KEY",
            ),
            FeedHealth("aemet-observation", "", (), "CHOCOLATE_FACTORY_AEMET_KEY", False, None,
                       None, None),
        ),
        jobs=(
            job_line("gap-repair", running=repairing, time_limit_s=3000.0),
            job_line("weather-forecast", last=refused, runs_kept=9, failures_kept=2,
                     mean_duration_s=1.5),
        ),
        runs=(
            repairing,
            refused,
            run("backup", as_of - timedelta(hours=11), Outcome.FAILED,
                detail="the disk is full: free some space"),
            run("score", as_of - timedelta(hours=12)),
        ),
    )  # fmt: skip


def first_start() -> Upkeep:
    """Some seconds after the first start: history is being fetched, newest first."""
    as_of = AS_OF.astimezone(UTC)
    history = run(
        "history", as_of - timedelta(minutes=2), Outcome.RUNNING, done=168, total=5475,
        detail="ree-prices 2026-09-02 to 2026-09-15",
    )  # fmt: skip
    weather = run(
        "weather", as_of - timedelta(seconds=5), Outcome.RUNNING, detail="waits for its turn"
    )
    everything = gap(local_midnight(AS_OF.date() - timedelta(days=14)), 350)
    nothing = {"last_delivery": None, "age_s": None}
    return replace(
        all_well(),
        gaps=GapSummary(as_of, (series_gaps(PVPC, everything), series_gaps(SPOT, everything))),
        feeds=(
            feed_health("ree-prices", "ree", SPOT, **nothing),
            FeedHealth("aemet-observation", "", (), "CHOCOLATE_FACTORY_AEMET_KEY", False, None,
                       None, None),
        ),
        jobs=(job_line("history", running=history), job_line("weather", running=weather)),
        runs=(weather, history),
    )  # fmt: skip


def ahead_of(snapshot: Snapshot, key: SeriesKey, start: datetime) -> Forecast:
    """The periods of the snapshot's forecast that end after ``start``; of the PVPC there is none"""
    forecast = snapshot.forecast
    if forecast is None or key != forecast.key:
        raise NoForecast(f"no stored forecast of {key}: chocolate-factory forecast makes one")
    return forecast.between(start.replace(minute=start.minute // 15 * 15), FAR)


def day_scores(key: SeriesKey, days: int, **more) -> list[DayScore]:
    """What one forecast a day, made at noon the day before, scored on the days up to yesterday."""
    values = {
        "model": "champion", "periods": 96, "mae": 12.0, "bias": -1.5, "naive_mae": 18.0,
        "coverage_80": 0.79, "coverage_90": 0.9,
    }  # fmt: skip
    scores = []
    for back in range(days, 0, -1):
        day = AS_OF.date() - timedelta(days=back)
        made = local_midnight(day) - timedelta(hours=12)
        scores.append(
            DayScore(
                key=key, made_at=made, origin=made, day=day, scored_at=AS_OF.astimezone(UTC),
                **(values | more),
            )
        )  # fmt: skip
    return scores


def model_health(key: SeriesKey, scores: list[DayScore], **more) -> ModelHealth:
    """A series with a forecast of an hour ago and those scores."""
    made = replace(outlook(AS_OF), key=key, model="champion")
    health = ForecastHealth(
        key=key, unit="EUR/MWh", as_of=AS_OF.astimezone(UTC), forecast=made,
        end=local_midnight(AS_OF.date() + timedelta(days=14)),
        published_to=local_midnight(AS_OF.date() + timedelta(days=2)), stale=False,
        verdict=judge(scores, today=AS_OF.date()),
    )  # fmt: skip
    return ModelHealth(health, **more)


def models_well() -> tuple[ModelHealth, ...]:
    """Spot with five weeks of scores and a trained model, PVPC with too few days to judge."""
    kept = KeptModel(
        Path("models/spot@peninsula-20261125T032000Z-5f0c.model"), SPOT,
        datetime(2026, 11, 25, 3, 20, tzinfo=UTC), "5f0c" * 16, 812_345,
    )  # fmt: skip
    weights = {"ridge": 0.55, "boosted": 0.35, "similar-day": 0.1}
    return (
        model_health(PVPC, day_scores(PVPC, 3)),
        model_health(SPOT, day_scores(SPOT, 35), kept=kept, weights=weights),
    )


def models_amiss() -> tuple[ModelHealth, ...]:
    """Forecasts that err more than they did, lose to the naive, and whose bands are too narrow."""
    bad = [
        *day_scores(SPOT, 35)[:28],
        *day_scores(SPOT, 7, mae=40.0, naive_mae=12.0, coverage_80=0.2, coverage_90=0.4),
    ]
    kept = replace(models_well()[1], weights={}).kept
    return (
        model_health(PVPC, []),
        model_health(SPOT, bad, kept=kept, fault="its checksum is another: ridge forecasts"),
    )


def deviation_of(key: SeriesKey, day: date) -> Deviation:
    """A day of prices that came 5 EUR/MWh dearer than foretold by day, and are not known at night.

    Nothing was foretold before November.
    """
    if day < date(2026, 11, 1):
        raise NoForecast(f"no forecast of {key} for {day}: choose a later day")
    made = replace(outlook(local_midnight(day) - timedelta(hours=30)), key=key)
    made = replace(made, published=np.zeros(len(made), dtype=bool), inputs={"history": "3 years"})
    shown = made.between(local_midnight(day), local_midnight(day + timedelta(days=1)))
    hours = clock_hours(shown.start, shown.resolution_s)
    mean = hours.mean(shown.mean)
    return Deviation(
        key=key, unit=shown.unit, day=day, issued=IssuedForecast(made, made.origin),
        start=shown.start[hours.first], forecast=mean, quantiles=hours.mean(shown.quantiles),
        actual=np.where(np.arange(mean.size) < 22, mean + 5.0, np.nan),
        score=day_scores(key, 1)[0], vintages=tuple(day_scores(key, 1)),
    )  # fmt: skip


def reads_of(
    snapshot: Callable[[], Snapshot],
    upkeep: Callable[[], Upkeep] = all_well,
    *,
    ready: tuple[str, ...] = (),
    models: Callable[[], tuple[ModelHealth, ...]] = models_well,
    climate: AnalysisDesk | None = None,
    month: MonthReport | None = None,
    contract: ContractReport | None = None,
    revision: Callable[[], Revision] | None = None,
    state: Callable[[], Hashable | None] = lambda: None,
) -> Reads:
    """What the web may read, over values made by hand."""
    return Reads(
        now=lambda: AS_OF.astimezone(UTC),
        snapshot=snapshot,
        ready=lambda: ready,
        gaps=lambda: upkeep().gaps,
        detect=lambda days_back: upkeep().gaps,
        hybrid=lambda: upkeep().hybrid,
        disagreements=lambda: upkeep().disagreements,
        feeds=lambda: upkeep().feeds,
        scheduler=lambda: upkeep().jobs,
        job=lambda name: next((job for job in upkeep().jobs if job.name == name), None),
        run=lambda run_id: next((r for r in upkeep().runs if r.run_id == run_id), None),
        runs=lambda limit: upkeep().runs[:limit],
        market=SPOT,
        prices_ahead=lambda key, start: ahead_of(snapshot(), key, start),
        published=lambda key, first, days: published_of(snapshot(), key, first, days),
        models=models,
        deviation=deviation_of,
        advice=lambda: upkeep().advice,
        climate=lambda: panel_of(climate or no_climate(lambda: AS_OF.astimezone(UTC))),
        saved=nothing_saved,
        month=lambda: month,
        contract=lambda: contract,
        revision=revision or (lambda: Revision(*"00000")),
        state=state,
    )


def published_of(snapshot: Snapshot, key: SeriesKey, first: date, days: int) -> Series:
    """What is published of the outlook on those days, all known since noon the day before."""
    assert snapshot.forecast is not None
    told = snapshot.forecast.between(
        local_midnight(first), local_midnight(first + timedelta(days=days))
    )
    known = told.published
    count = int(known.sum())
    noon = to_datetime64(local_midnight(first) - timedelta(hours=12))
    return Series(
        key, told.unit, snapshot.as_of, told.start[known], told.resolution_s[known],
        told.mean[known], np.full(count, noon), np.full(count, "simulation:omie"),
        np.full(count, Kind.PUBLISHED.value),
    )  # fmt: skip


def no_advice(_: object) -> NoReturn:
    """What a store without prices says to a question."""
    raise MissingData("spot@peninsula", (), hint="Nothing is stored.")


class Asked:
    """Actions that begin nothing and note what was asked for; the same work is one run."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []

    def begun(self, job: str, *what: object) -> Run:
        """The run that stands for ``job``."""
        self.calls.append((job, *what))
        return run(job, AS_OF.astimezone(UTC), Outcome.RUNNING, detail="waits for its turn")

    @property
    def actions(self) -> Actions:
        """These as the application takes them."""
        return Actions(
            backfill=lambda first, last, series: self.begun("backfill", first, last, series),
            backfill_auto=lambda hours: self.begun("backfill", hours),
            ingest_now=lambda: self.begun("ingest-now"),
            train=lambda: self.begun("train-prices"),
        )


def no_plan(now: Callable[[], datetime]) -> PlanDesk:
    """Where there is no plan and nothing can be told of one."""

    def refuse(*_: object) -> NoReturn:
        raise RequestInvalid("no plan is in force: plan first")

    return PlanDesk(
        now=now,
        standing=lambda: NOTHING,
        accept=refuse,
        started=refuse,
        pin=refuse,
        undo=refuse,
        unpin=refuse,
        what_if=refuse,
        why=refuse,
    )


def no_backtest(now: Callable[[], datetime]) -> BacktestDesk:
    """Where nothing has been measured and nothing can be begun."""

    def refuse(_: BacktestAsked) -> NoReturn:
        raise RequestInvalid("no price is stored")

    return BacktestDesk(now=now, begin=refuse, newest=lambda: None, runs=lambda: ())


def no_contract(now: Callable[[], datetime]) -> ContractDesk:
    """Where no advice on contracted power is kept and none can be begun."""

    def refuse(_: ContractAsked) -> NoReturn:
        raise RequestInvalid("no price is stored")

    return ContractDesk(now=now, begin=refuse, newest=lambda: None, runs=lambda: ())


NAMES = frozenset({"testserver", "plant.example"})
"""By which tests ask; the first is what a ``TestClient`` says by itself."""


def no_tokens(now: Callable[[], datetime]) -> Access:
    """Where no token is in force and notes go nowhere."""
    return Access(
        now=now, holder=lambda _: None, done=lambda _: None, refused=lambda _: None, names=NAMES
    )


NO_HEAT = (
    "temp_max (J09, J17): no day is stored; import SIAR's files, or set CHOCOLATE_FACTORY_SIAR_KEY"
)
NO_PRICE = f"{SPOT}: no day is stored whole; ingest or import its prices"
NO_HOUR = "temperature@linares on 2026-11-25: 24 of 24 hours"


def no_climate(now: Callable[[], datetime]) -> AnalysisDesk:
    """Nothing is stored of the weather of the past, and the plant gives no limit."""
    return AnalysisDesk(
        now=now,
        climate=lambda: Climate({}, (NO_HEAT,), False),
        together=lambda: WeatherAndPrices(SPOT, None, (), (NO_PRICE,), False),
        today=lambda: DayOfWeather(AS_OF.date(), 24, 0, (), (NO_HOUR,)),
        limits=(),
    )


def panel_of(desk: AnalysisDesk) -> ClimatePanel:
    """What the dashboard shows of that climate."""
    return analysis_views.panel(
        desk.climate(), desk.together(), desk.today(), desk.limits, as_of=desk.now()
    )


def some_climate(now: Callable[[], datetime]) -> AnalysisDesk:
    """Ten made-up years of warm summers, prices that fall with the wind, and a limit at 26 degC."""
    day = np.arange(np.datetime64("2016-01-01"), np.datetime64("2026-01-01"))
    rng = np.random.default_rng(4)
    of_year = (day - day.astype("datetime64[Y]")).astype(int)
    warm = 25 - 12 * np.cos(2 * np.pi * (of_year - 15) / 365.25)
    wind = rng.gamma(3, 0.8, day.size)

    def days(name: str, unit: str, value: np.ndarray) -> DailyValues:
        return DailyValues(name, unit, day, value, np.full(day.size, "J17"))

    record = {
        one.name: one
        for one in (
            days("temp_max", "degC", warm + rng.normal(0, 3, day.size)),
            days("temp_min", "degC", warm - 12 + rng.normal(0, 3, day.size)),
            days("humidity_mean", "%", np.clip(80 - warm + rng.normal(0, 8, day.size), 5, 100)),
            days("wind_speed_mean", "m/s", wind),
            days("precipitation_day", "mm", rng.gamma(0.1, 20, day.size)),
        )
    }
    price = days("spot", "EUR/MWh", 70 - 8 * wind + rng.normal(0, 12, day.size))
    today = (("temp_max", 18.2), ("temp_min", 6.1), ("humidity_mean", 64.0))
    return AnalysisDesk(
        now=now,
        climate=lambda: Climate(record, (), False),
        together=lambda: WeatherAndPrices(SPOT, price, tuple(record.values()), (), False),
        today=lambda: DayOfWeather(AS_OF.date(), 24, 9, today, ()),
        limits=(Limit("tempering", "temp_max", 26.0), Limit("conching", "temp_max", 34.0)),
    )


def no_setup() -> SetupDesk:
    """Where nothing is configured and nothing can be written."""

    def refuse(*_: object) -> NoReturn:
        raise RequestInvalid("nothing can be written here")

    steps = ("contract", "power", "plant", "orders", "notifications")
    state = SetupState(
        steps=dict.fromkeys(steps, (None, None)),
        folder="data/config",
        templates=("chocolate", "bakery", "cold-store"),
        products=("standard", "premium"),
        weekly={"mon": {"standard": 150.0, "premium": 50.0}},
        contract=ContractSaid("indexed", "3.0TD"),
        contracted_kw=(150.0,) * 6,
        demo=False,
    )
    return SetupDesk(lambda: state, refuse, refuse, refuse, refuse, refuse)


def nothing_saved() -> dict[str, SavingsAccount]:
    """No day of this week, month and year is closed."""
    return {
        name: savings_account(*span, (), ())
        for name, span in savings_views.periods(AS_OF.date()).items()
    }


def no_reports(now: Callable[[], datetime]) -> ReportDesk:
    """There is no plan in force, and no month of which a day is over."""

    def refuse(_: date) -> NoReturn:
        raise RequestInvalid("no day of it is over yet")

    return ReportDesk(now=now, in_force=lambda: None, month=refuse)


def no_alerts(now: Callable[[], datetime]) -> AlertDesk:
    """Everything was looked at a minute ago and nothing is the matter."""

    def refuse(*_: object) -> NoReturn:
        raise RequestInvalid("no such alert")

    return AlertDesk(
        alerts=lambda: Alerts(now(), now() - timedelta(minutes=1), simulated=True, every=()),
        acknowledge=refuse,
    )


def app_over(
    snapshot: Callable[[], Snapshot],
    upkeep: Callable[[], Upkeep] = all_well,
    *,
    ready: tuple[str, ...] = (),
    asked: Asked | None = None,
    desk: PlanDesk | None = None,
    savings: SavingsDesk | None = None,
    advice: Advice | None = None,
    backtests: BacktestDesk | None = None,
    contracts: ContractDesk | None = None,
    access: Access | None = None,
    analysis: AnalysisDesk | None = None,
    reports: ReportDesk | None = None,
    month: MonthReport | None = None,
    contract: ContractReport | None = None,
    setup: SetupDesk | None = None,
    alerts: AlertDesk | None = None,
    version: str = "9.8.7",
    models: Callable[[], tuple[ModelHealth, ...]] = models_well,
    revision: Callable[[], Revision] | None = None,
    state: Callable[[], Hashable | None] = lambda: None,
    sites: tuple[SiteName, ...] = (),
    fleet: FleetDesk | None = None,
    ahead: bool = False,
) -> FastAPI:
    """The application over values made by hand; it keeps no answer unless ``state`` is given."""
    reads = reads_of(
        snapshot, upkeep, ready=ready, models=models, climate=analysis, month=month,
        contract=contract, revision=revision, state=state,
    )  # fmt: skip
    return create_app(
        reads=reads,
        actions=(asked or Asked()).actions,
        desk=desk or no_plan(reads.now),
        savings=savings
        or SavingsDesk(
            savings=lambda periods: tuple(savings_account(*one, (), ()) for one in periods),
            plan_now=lambda: (asked or Asked()).begun("plan-now"),
        ),
        advice=advice or Advice(score=no_advice, production=no_advice),
        backtests=backtests or no_backtest(reads.now),
        contracts=contracts or no_contract(reads.now),
        access=access or no_tokens(reads.now),
        analysis=analysis or no_climate(reads.now),
        reports=reports or no_reports(reads.now),
        setup=setup or no_setup(),
        alerts=alerts or no_alerts(reads.now),
        version=version,
        sites=sites,
        fleet=fleet,
        ahead=ahead,
    )


@pytest.fixture(scope="session")
def make_app() -> Callable[..., FastAPI]:
    """Builds the application over values made by hand."""
    return app_over


@pytest.fixture
def asked() -> Asked:
    """What the application was asked to begin."""
    return Asked()


@pytest.fixture
def on_this_machine(asked: Asked, snapshot: Snapshot) -> Iterator[TestClient]:
    """A program on the machine itself, before a plant that has trouble."""
    app = app_over(lambda: snapshot, in_trouble, asked=asked)
    local = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50_000)}
    with TestClient(app, **local) as client:
        yield client


@pytest.fixture(scope="session")
def review() -> Review:
    """Forecasts that do well, and yesterday's."""
    return Review(
        models_well(),
        deviation_of(SPOT, AS_OF.date() - timedelta(days=1)),
        panel_of(some_climate(lambda: AS_OF.astimezone(UTC))),
        nothing_saved(),
        None,
    )


@pytest.fixture(scope="session")
def well() -> Upkeep:
    """Nothing to complain about."""
    return all_well()


@pytest.fixture(scope="session")
def trouble() -> Upkeep:
    """Something of everything that can be amiss."""
    return in_trouble()


@pytest.fixture(scope="session")
def starting() -> Upkeep:
    """The first minutes of a plant's life."""
    return first_start()


@pytest.fixture(scope="session")
def prices_only() -> Snapshot:
    """Published prices and no forecast yet."""
    return without_forecast()


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    """The week of 2026-11-25, seen that day at 14:20."""
    return snapshot_at()


@pytest.fixture(scope="session")
def carrying(snapshot: Snapshot) -> Snapshot:
    """A plan that took over work under way, seen when it was made."""
    return taken_over(snapshot)


@pytest.fixture(scope="session")
def make_snapshot() -> Callable[[datetime], Snapshot]:
    """The same kind of week, seen at another instant."""
    return snapshot_at


@pytest.fixture(scope="session")
def nothing_stored() -> Snapshot:
    """The snapshot of an empty store."""
    return empty_snapshot()


@pytest.fixture
def client(snapshot: Snapshot) -> Iterator[TestClient]:
    """The application over ``snapshot``, asked as a browser would."""
    with TestClient(app_over(lambda: snapshot), follow_redirects=False) as client:
        yield client


def _health(
    key: SeriesKey, count: int, as_of: datetime, age_s: float, missing: int
) -> SeriesHealth:
    last = local_midnight(as_of.date() + timedelta(days=2)) - QUARTER
    return SeriesHealth(
        key, count, last - timedelta(days=1095), last, age_s, missing,
        "late" if missing else "ok",
    )  # fmt: skip


@pytest.fixture(scope="session")
def make_job_line() -> Callable[..., JobStatus]:
    """A job of the schedule, as a test wants it."""
    return job_line
