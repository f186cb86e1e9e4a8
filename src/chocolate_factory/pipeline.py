"""THE TABLE OF CONTENTS: ingest → forecast → plan → score, and one read (snapshot).

Each verb can be run alone, twice, and for a past day: a backfill is a loop over ``ingest``, a
backtest a loop over ``forecast``, a replay of last year a loop over ``plan``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from statistics import median
from typing import Literal

import numpy as np

from chocolate_factory.errors import MissingData, ModelNotFitted, RequestInvalid, StoreError
from chocolate_factory.forecasting import Score, backtest, issue_forecast, score_forecast
from chocolate_factory.insights.paid import PaidPrices, paid_prices, settled_prices
from chocolate_factory.market.calendar import (
    HOUR,
    delivery_day,
    local_midnight,
    periods,
    to_datetime,
)
from chocolate_factory.market.catalog import LINARES, spec
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.gaps import GapReport, find_gaps
from chocolate_factory.market.regulated import carried_forward
from chocolate_factory.market.series import (
    SIMULATED_PREFIX,
    Forecast,
    Kind,
    Observations,
    SeriesKey,
)
from chocolate_factory.planning.ambient import Weather
from chocolate_factory.planning.cost import realise
from chocolate_factory.planning.make import make_plan
from chocolate_factory.planning.orders import Orders
from chocolate_factory.planning.plan import Plan, PlanningPrices, plan_from_json, plan_to_json
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.problem import agreed_prices, planning_prices, planning_window
from chocolate_factory.sources.base import Source
from chocolate_factory.store.base import Appended, PlanRecord, Store

HISTORY = timedelta(days=1300)
"""How far back a model reads: three years of fitting window and the lags before it."""

HORIZON = timedelta(hours=336)
"""How far ahead the forecast that is kept and shown reaches."""

HEALTH_DAYS = 14
"""How many days back the data health of a page looks for gaps."""

WEATHER_BEFORE = timedelta(days=2)
"""How far before a plan the weather is read."""

MODELS = ("ridge", "similar-day", "naive")
"""Models in the order in which they are tried while nothing has been measured."""

COMPARED_DAYS = 28
"""Over how many past origins models are compared."""

OBSERVED = (Kind.PUBLISHED, Kind.MEASURED, Kind.ANALYSED)
"""Kinds that fill a gap: a forecast or an imputed value never does."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one question to one source brought; days are Madrid delivery days, inclusive."""

    source: str
    first: date
    last: date
    appended: Appended


@dataclass(frozen=True, slots=True)
class Reading:
    """One stored value for display, with where it comes from."""

    key: SeriesKey
    unit: str
    value: float
    start: datetime
    source: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class SeriesHealth:
    """Whether a watched series is complete and fresh."""

    key: SeriesKey
    count: int
    first: datetime | None
    last: datetime | None
    age_s: float | None
    missing_recent: int
    state: Literal["ok", "late", "empty"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a page shows, read from the store at one instant."""

    as_of: datetime
    plant: str
    contract: Contract
    forecast: Forecast | None
    paid: PaidPrices | None
    plan: Plan | None
    weather: tuple[Reading, ...]
    health: tuple[SeriesHealth, ...]
    simulated: bool


def ingest(
    source: Source, store: Store, *, day: date, now: datetime, last: date | None = None
) -> Ingested:
    """Ask ``source`` for ``day`` (or ``day`` to ``last``, inclusive) and append the answer.

    Raises a ``SourceError`` if the source does not answer, ``SeriesInvalid`` if a value is absurd;
    then nothing is stored.
    """
    batches = source.fetch(day, last or day, now=now)
    return Ingested(source.upstream.name, day, last or day, take_in(store, batches, now=now))


def take_in(store: Store, batches: Sequence[Observations], *, now: datetime) -> Appended:
    """Append ``batches``, all or nothing; simulated and real data never share a store.

    Raises ``StoreError`` if they would.
    """
    for simulated in {batch.simulated for batch in batches}:
        require_unmixed(store, simulated=simulated)
    return store.append(batches, now=now)


def require_unmixed(store: Store, *, simulated: bool) -> None:
    """Raise ``StoreError`` if ``store`` holds data of the other sort than ``simulated`` says."""
    if any(name.startswith(SIMULATED_PREFIX) != simulated for name in _sources(store)):
        raise StoreError(
            "simulated and real data are never mixed: this folder holds "
            f"{'real' if simulated else 'simulated'} data; choose another with --dir"
        )


def holds_simulated(store: Store) -> bool:
    """Whether any value stored comes from the built-in simulation."""
    return any(name.startswith(SIMULATED_PREFIX) for name in _sources(store))


def forecast(
    store: Store,
    key: SeriesKey,
    *,
    origin: datetime,
    horizon: timedelta,
    models: Sequence[str] = MODELS,
) -> Forecast:
    """Prices of ``key`` over [origin, origin + horizon) as seen at ``origin``.

    By the first of ``models`` that the stored history is long enough for; the notes say if that is
    not the first one.

    Raises ``ModelNotFitted`` with what the last one needs if it is too short for all of them.
    """
    end = origin + horizon
    history = store.read(key, origin - HISTORY, end, as_of=origin)
    for model in models[:-1]:
        try:
            made = issue_forecast(history, origin=origin, end=end, model=model)
        except ModelNotFitted:
            continue
        return _in_place_of(models, made)
    return _in_place_of(models, issue_forecast(history, origin=origin, end=end, model=models[-1]))


def compare_models(store: Store, key: SeriesKey, *, as_of: datetime) -> Mapping[str, float]:
    """rMAE by model over the last four weeks of origins whose seven days are known at ``as_of``.

    Models that the history is too short for are left out. Raises ``ModelNotFitted`` if it is too
    short for all of them.
    """
    history = store.read(key, as_of - HISTORY, as_of, as_of=as_of)
    last = delivery_day(as_of) - timedelta(days=7)
    errors: dict[str, float] = {}
    reason: Exception | str = "prices repeat exactly"
    for model in MODELS:
        try:
            told = backtest(
                history,
                first=last - timedelta(days=COMPARED_DAYS - 1),
                last=last,
                horizon_h=168,
                models=(model,),
            )
        except (ModelNotFitted, RequestInvalid) as fault:
            reason = fault
            continue
        rmae = told.summary[0].rmae
        if rmae is not None:
            errors[model] = rmae
    if not errors:
        raise ModelNotFitted(f"{key}: no model can be compared: {reason}")
    return errors


@dataclass(frozen=True, slots=True)
class PlanTask:
    """What is to be planned: the plant, what it pays, what it must make, over how many days."""

    plant: Plant
    contract: Contract
    orders: Orders
    days: int = 7
    time_limit_s: float = 60.0

    @property
    def market(self) -> SeriesKey | None:
        """The price series that the contract passes on; None if prices are agreed."""
        return self.contract.market


def plan(store: Store, task: PlanTask, *, origin: datetime, models: Sequence[str] = MODELS) -> Plan:
    """Plan from the first day whose first shift is still ahead at ``origin``, at least cost.

    Raises ``Infeasible`` with named reasons, ``MissingData`` or ``ModelNotFitted``.
    """
    first_day = first_day_to_plan(task.plant, origin)
    demands = task.orders.in_window(first_day, task.days)
    start, end = planning_window(first_day, task.days, demands)
    weather = _weather(store, task.plant, start, end, as_of=origin)
    if task.contract.market is None:
        return plan_on(
            task,
            agreed_prices(task.contract, start, end),
            first_day=first_day,
            origin=origin,
            weather=weather,
            notes=carried_forward(end),
        )
    outlook = _outlook(store, task.contract.market, origin, end, models)
    return plan_on(
        task,
        planning_prices(outlook, task.contract),
        first_day=first_day,
        origin=origin,
        simulated=outlook.simulated,
        weather=weather,
        notes=(*outlook.notes, *carried_forward(end)),
    )


def plan_on(
    task: PlanTask,
    prices: PlanningPrices,
    *,
    first_day: date,
    origin: datetime | None = None,
    simulated: bool = False,
    weather: Weather | None = None,
    notes: tuple[str, ...] = (),
) -> Plan:
    """Plan on given prices per kWh from ``first_day``; the origin defaults to its midnight."""
    said = (
        *notes,
        *task.orders.notes(first_day, task.days),
        *task.contract.assumptions(),
    )
    return make_plan(
        task.plant,
        task.orders.in_window(first_day, task.days),
        prices,
        origin=origin or local_midnight(first_day),
        first_day=first_day,
        days=task.days,
        contract=task.contract,
        simulated=simulated,
        weather=weather,
        notes=tuple(dict.fromkeys(said)),
        time_limit_s=task.time_limit_s,
    )


def _weather(
    store: Store, plant: Plant, start: datetime, end: datetime, *, as_of: datetime
) -> Weather | None:
    """What was known of the weather at ``as_of``, if the plant looks at it; NaN where nothing was.

    It begins days before ``start``, so that walls that warm up slowly have done so.
    """
    if all(stage.ambient is None for stage in plant.stages) and plant.pv is None:
        return None
    hours = periods(start - WEATHER_BEFORE, end, HOUR)
    found = []
    for name in ("temperature", "humidity", "solar_radiation"):
        series = store.read(SeriesKey(name, LINARES), start - WEATHER_BEFORE, end, as_of=as_of)
        values = np.full(hours.size, np.nan)
        values[np.searchsorted(hours, series.start)] = series.value
        found.append(values)
    return Weather(hours, *found)


def realised(store: Store, plan: Plan, contract: Contract, *, as_of: datetime) -> Plan:
    """``plan`` with what it and its baseline cost at actual prices, once all are known."""
    try:
        outcome = realise(plan, _actual_prices(store, plan, contract, as_of))
    except MissingData:
        return plan
    return replace(plan, realised=outcome)


@dataclass(frozen=True, slots=True)
class Drift:
    """A day's error beside that of the days before: ``median_mae`` is of ``days`` of them."""

    mae: float
    median_mae: float
    days: int


def drift(store: Store, key: SeriesKey, *, day: date, days: int, as_of: datetime) -> Drift | None:
    """The MAE of ``day`` beside the median of the ``days`` before it; None without both."""
    today = score(store, key, day=day, as_of=as_of)
    before = [
        told.mae
        for n in range(1, days + 1)
        if (told := score(store, key, day=day - timedelta(days=n), as_of=as_of)) is not None
    ]
    if today is None or not before:
        return None
    return Drift(today.mae, median(before), len(before))


def score(store: Store, key: SeriesKey, *, day: date, as_of: datetime) -> Score | None:
    """How the last forecast made before the prices of ``day`` were due turned out; None if none.

    ``day`` is a Madrid delivery day; actual values are those known at ``as_of``.
    """
    made = store.forecast(key, as_of=spec(key).published_at(day))
    if made is None:
        return None
    begin, end = local_midnight(day), local_midnight(day + timedelta(days=1))
    return score_forecast(made, store.read(key, begin, end, as_of=as_of))


def gaps(
    store: Store,
    *keys: SeriesKey,
    first: date,
    last: date,
    as_of: datetime,
    due_by: datetime | None = None,
) -> GapReport:
    """Delivery periods of Madrid days ``first`` to ``last`` that are due and not stored.

    ``due_by`` an instant before ``as_of`` gives sources that much grace. Of several ``keys``, all
    of one name (stations that followed each other), any one will do.
    """
    begin, end = local_midnight(first), local_midnight(last + timedelta(days=1))
    present = np.unique(
        np.concatenate(
            [store.read(key, begin, end, as_of=as_of, kinds=OBSERVED).start for key in keys]
        )
    )
    named = ",".join(key.place for key in keys)
    return find_gaps(
        spec(keys[0]),
        present,
        series=f"{keys[0].name}@{named}",
        first=first,
        last=last,
        as_of=due_by or as_of,
    )


def keep_plan(store: Store, plan: Plan, *, made_at: datetime) -> None:
    """Store a plan with everything it stood on."""
    store.save_plan(
        PlanRecord(
            plan_id=f"{plan.start:%Y%m%d}-{made_at:%Y%m%dT%H%M%S%fZ}",
            origin=plan.origin,
            made_at=made_at,
            document=json.dumps(plan_to_json(plan)),
        )
    )


def snapshot(
    store: Store,
    *,
    as_of: datetime,
    task: PlanTask,
    watched: Sequence[SeriesKey],
    weather: Sequence[SeriesKey],
) -> Snapshot:
    """Everything a page shows as known at ``as_of``; reads only, computes no model and no plan."""
    contract = task.contract
    outlook = _shown_outlook(store, contract, as_of)
    shown = kept_plan(store, as_of=as_of)
    if shown is not None and shown.contract == contract.name:
        shown = realised(store, shown, contract, as_of=as_of)
    readings = tuple(r for key in weather if (r := _reading(store, key, as_of)) is not None)
    return Snapshot(
        as_of=as_of,
        plant=task.plant.name,
        contract=contract,
        forecast=outlook,
        paid=_shown_paid(outlook, contract, as_of),
        plan=shown,
        weather=readings,
        health=_health(store, watched, as_of),
        simulated=holds_simulated(store),
    )


def first_day_to_plan(plant: Plant, origin: datetime) -> date:
    """The Madrid day of ``origin`` if its first shift has not begun by then, else the next one."""
    today = delivery_day(origin)
    return today if origin <= plant.first_shift(today) else today + timedelta(days=1)


def kept_plan(store: Store, *, as_of: datetime) -> Plan | None:
    """The newest plan made by ``as_of``."""
    record = store.plan(as_of=as_of)
    return None if record is None else plan_from_json(json.loads(record.document))


def plan_in_force(store: Store, plant: Plant, *, now: datetime) -> Plan | None:
    """The kept plan, while it still covers the first day that a new one could plan.

    A plan ends with its last day, or with the last due time on the morning after it: either way
    the day on which it ends is not planned by it.
    """
    kept = kept_plan(store, as_of=now)
    if kept is None or first_day_to_plan(plant, now) >= delivery_day(kept.end):
        return None
    return kept


def _sources(store: Store) -> set[str]:
    return {name for held in store.coverage() for name in held.sources}


def _outlook(
    store: Store, key: SeriesKey, origin: datetime, end: datetime, models: Sequence[str]
) -> Forecast:
    kept = store.forecast(key, as_of=origin)
    if kept is not None and kept.origin == origin and kept.model in models:
        last = to_datetime(kept.start[-1]) + timedelta(seconds=int(kept.resolution_s[-1]))
        if last >= end:
            return kept
    return forecast(store, key, origin=origin, horizon=end - origin, models=models)


def _in_place_of(models: Sequence[str], made: Forecast) -> Forecast:
    if made.model == models[0] or made.model not in models:
        return made
    note = f"too little history for {models[0]}: {made.model} forecasts in its place"
    return replace(made, notes=(*made.notes, note))


def _actual_prices(store: Store, plan: Plan, contract: Contract, as_of: datetime) -> PlanningPrices:
    if contract.market is None:
        return agreed_prices(contract, plan.start, plan.end)
    actual = store.read(contract.market, plan.start, plan.end, as_of=as_of)
    return planning_prices(Forecast.all_published(actual), contract)


def _shown_outlook(store: Store, contract: Contract, as_of: datetime) -> Forecast | None:
    if contract.market is None:
        return None
    midnight = local_midnight(delivery_day(as_of))
    known = store.read(contract.market, midnight, as_of + HORIZON, as_of=as_of)
    kept = store.forecast(contract.market, as_of=as_of)
    if kept is None:
        return Forecast.all_published(known) if len(known) else None
    return kept.with_published(known)


def _shown_paid(outlook: Forecast | None, contract: Contract, as_of: datetime) -> PaidPrices | None:
    if contract.market is None:
        return settled_prices(contract, local_midnight(delivery_day(as_of)), as_of + HORIZON)
    return None if outlook is None else paid_prices(outlook, contract)


def _reading(store: Store, key: SeriesKey, as_of: datetime) -> Reading | None:
    recent = store.read(key, as_of - timedelta(hours=3), as_of, as_of=as_of)
    if len(recent) == 0:
        return None
    return Reading(
        key=key,
        unit=recent.unit,
        value=float(recent.value[-1]),
        start=to_datetime(recent.start[-1]),
        source=str(recent.source[-1]),
        kind=Kind(str(recent.kind[-1])),
    )


def _health(
    store: Store, watched: Sequence[SeriesKey], as_of: datetime
) -> tuple[SeriesHealth, ...]:
    stored = {coverage.key: coverage for coverage in store.coverage()}
    today = delivery_day(as_of)
    health = []
    for key in watched:
        coverage = stored.get(key)
        if coverage is None or coverage.count == 0:
            health.append(SeriesHealth(key, 0, None, None, None, 0, "empty"))
            continue
        report = gaps(
            store,
            key,
            first=today - timedelta(days=HEALTH_DAYS),
            last=today + timedelta(days=1),
            as_of=as_of,
        )
        missing = report.expected - report.present
        newest = coverage.newest_available_at
        health.append(
            SeriesHealth(
                key,
                coverage.count,
                coverage.first,
                coverage.last,
                None if newest is None else (as_of - newest).total_seconds(),
                missing,
                "late" if missing else "ok",
            )
        )
    return tuple(health)
