"""THE TABLE OF CONTENTS: ingest → forecast → plan → score, and one read (snapshot).

Each verb can be run alone, twice, and for a past day: a backfill is a loop over ``ingest``, a
backtest a loop over ``forecast``, a replay of last year a loop over ``plan``.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal

import numpy as np

from chocolate_factory.errors import MissingData, ModelNotFitted, RequestInvalid, StoreError
from chocolate_factory.forecasting import issue_forecast, score_days
from chocolate_factory.forecasting.scenarios import draw
from chocolate_factory.forecasting.training import Trained
from chocolate_factory.insights.paid import PaidPrices, paid_prices, settled_prices
from chocolate_factory.market.bill import Bill
from chocolate_factory.market.billing import make_bill
from chocolate_factory.market.calendar import (
    HOUR,
    delivery_day,
    local_midnight,
    periods,
    to_datetime,
)
from chocolate_factory.market.catalog import (
    CO2_ALLOWANCE,
    DAY,
    DAY_AHEAD,
    GAS,
    LINARES,
    PVPC,
    SITE_POWER,
    SPOT,
    began,
    spec,
)
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.foretold import Foretold
from chocolate_factory.market.gaps import GapReport, find_gaps
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.regulated import carried_forward
from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import (
    SIMULATED_PREFIX,
    Forecast,
    Kind,
    Observations,
    Series,
    SeriesKey,
)
from chocolate_factory.planning.ambient import Weather, looks_outside
from chocolate_factory.planning.cost import realise
from chocolate_factory.planning.excess_power import SoFar
from chocolate_factory.planning.excess_so_far import excess_before, month_before
from chocolate_factory.planning.make import make_plan
from chocolate_factory.planning.orders import Demand, Orders
from chocolate_factory.planning.pins import Pin
from chocolate_factory.planning.plan import Plan, PlanningPrices
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.problem import agreed_prices, planning_prices, planning_window
from chocolate_factory.planning.risk import Paths, guarded
from chocolate_factory.planning.site_ahead import SiteAhead, site_ahead, window
from chocolate_factory.sources.base import Source
from chocolate_factory.standing import NOTHING, Standing, standing
from chocolate_factory.store.base import Appended, IssuedForecast, Store

_LOG = logging.getLogger(__name__)

HISTORY = timedelta(days=1300)
"""How far back a model reads: three years of fitting window and the lags before it."""

HORIZON = timedelta(hours=336)
"""How far ahead the forecast that is kept and shown reaches."""

NAIVE_HISTORY = timedelta(days=45)
"""How far before its origin a forecast's naive reads: four weeks of shape and a fortnight's gap."""

LONGEST_PERIOD = timedelta(hours=1)
"""No price holds for longer."""

HEALTH_DAYS = 14
"""How many days back the data health of a page looks for gaps."""

WEATHER_BEFORE = timedelta(days=2)
"""How far before a plan the weather is read."""

WORTH_S = 10.0
"""How long each shadow price is sought after the schedule planned [s]."""

WAYS_OUT_S = 20.0
"""How long ways out of an impossible plan are sought for people who wait for it [s]."""

PATHS = 200
PATHS_SEED = 1
"""So many price paths are drawn, and with this seed, where nobody asks for others."""

MODELS = ("ridge", "similar-day", "naive")
"""Models in the order in which they are tried while none is trained."""

_BESIDE = (*DAY_AHEAD.values(), GAS, CO2_ALLOWANCE)
EXOGENOUS = {PVPC: (SPOT, *_BESIDE), SPOT: _BESIDE}
"""What the models may look at besides the prices of a series."""
_WEATHER = tuple(
    SeriesKey(name, LINARES) for name in ("temperature", "wind_speed", "solar_radiation")
)
FORETOLD = {PVPC: _WEATHER, SPOT: _WEATHER}
"""And what of the forecasts of other things, each as it was told day after day."""
FORETOLD_BY = "open-meteo"
"""Whose forecasts: of those collected the only ones of every hour and of a week, and with the sun.

One source alone, because each errs in its own way and the hours of a day are compared.
"""

OBSERVED = (Kind.PUBLISHED, Kind.MEASURED, Kind.ANALYSED)
"""Kinds that fill a gap: a forecast or an imputed value never does."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one question to one source brought; days are Madrid delivery days, inclusive.

    ``left_out`` names the implausible values of the answer that were not stored.
    """

    source: str
    first: date
    last: date
    appended: Appended
    left_out: tuple[str, ...] = ()


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
    """Everything a page shows, read from the store at one instant; ``plan`` is that in force.

    ``site``: what the site draws under it; None where that cannot be told.
    """

    as_of: datetime
    plant: str
    contract: Contract
    forecast: Forecast | None
    paid: PaidPrices | None
    plan: Plan | None
    weather: tuple[Reading, ...]
    health: tuple[SeriesHealth, ...]
    simulated: bool
    standing: Standing = NOTHING
    site: SiteAhead | None = None


def ingest(
    source: Source, store: Store, *, day: date, now: datetime, last: date | None = None
) -> Ingested:
    """Ask ``source`` for ``day`` (or ``day`` to ``last``, inclusive) and append the answer.

    Implausible values of weather are left out, with a warning in the log. Raises a ``SourceError``
    if the source does not answer, ``SeriesInvalid`` if another value is absurd; then nothing is
    stored.
    """
    batches = source.fetch(day, last or day, now=now)
    told = take_in(store, batches, now=now)
    left_out = tuple(named for batch in batches for named in batch.left_out)
    for named in left_out:
        _LOG.warning("%s: not plausible, left out: %s", source.upstream.feed, named)
    return Ingested(source.upstream.name, day, last or day, told, left_out)


def take_in(store: Store, batches: Sequence[Observations], *, now: datetime) -> Appended:
    """Append ``batches``, all or nothing; simulated and real data never share a store.

    Raises ``StoreError`` if they would.
    """
    for simulated in {batch.simulated for batch in batches}:
        require_unmixed(store, simulated=simulated)
    return store.append(batches, now=now)


def require_unmixed(store: Store, *, simulated: bool) -> None:
    """Raise ``StoreError`` if ``store`` holds data of the other sort than ``simulated`` says."""
    if any(name.startswith(SIMULATED_PREFIX) != simulated for name in store.sources()):
        raise StoreError(
            "simulated and real data are never mixed: this folder holds "
            f"{'real' if simulated else 'simulated'} data; choose another with --dir"
        )


def holds_simulated(store: Store) -> bool:
    """Whether any value stored comes from the built-in simulation."""
    return any(name.startswith(SIMULATED_PREFIX) for name in store.sources())


def forecast(
    store: Store,
    key: SeriesKey,
    *,
    origin: datetime,
    horizon: timedelta,
    models: Sequence[str] = MODELS,
    trained: Trained | None = None,
) -> Forecast:
    """Prices of ``key`` over [origin, origin + horizon) as seen at ``origin``.

    By the first of ``models`` that the stored history is long enough for; the notes say if that is
    not the first one. ``trained`` spares the slow part of a champion.

    Raises ``ModelNotFitted`` with what the last one needs if it is too short for all of them.
    """
    end = origin + horizon
    history = store.read(key, origin - HISTORY, end, as_of=origin)
    inputs = inputs_of(store, key, origin=origin)
    foretold = foretold_of(store, key, origin=origin)
    for place, model in enumerate(models):
        try:
            made = issue_forecast(
                history, origin=origin, end=end, model=model, inputs=inputs, foretold=foretold,
                trained=trained,
            )  # fmt: skip
        except ModelNotFitted:
            if model == models[-1]:
                raise
            continue
        if place == 0:
            return made
        note = f"too little history for {models[0]}: {made.model} forecasts in its place"
        return replace(made, notes=(*made.notes, note))
    raise RequestInvalid("name a model to forecast with")


def inputs_of(store: Store, key: SeriesKey, *, origin: datetime) -> tuple[Series, ...]:
    """The exogenous series of which anything is stored, as far as they were known at ``origin``."""
    told = (
        store.read(name, origin - HISTORY, origin + 3 * DAY, as_of=origin)
        for name in EXOGENOUS.get(key, ())
    )
    return tuple(series for series in told if len(series))


def foretold_of(
    store: Store, key: SeriesKey, *, origin: datetime, since: datetime | None = None
) -> tuple[Foretold, ...]:
    """The forecasts of other things that are stored, as told by ``origin`` and on each day before.

    For delivery periods from ``since``, by default ``HISTORY`` before ``origin``.
    """
    source = f"{SIMULATED_PREFIX if holds_simulated(store) else ''}{FORETOLD_BY}"
    begin, end = since or origin - HISTORY, origin + HORIZON
    told = (
        store.foretold(name, begin, end, as_of=origin, source=source)
        for name in FORETOLD.get(key, ())
    )
    return tuple(one for one in told if len(one))


@dataclass(frozen=True, slots=True)
class PlanTask:
    """What is to be planned: the plant, what it pays, what it must make, over how many days.

    ``ways_out_s``: for how long ways out are sought where there is no plan [s]; ``worth_s``: for
    how long each shadow price of a plan put in force or proposed; 0: not at all. ``seed``: the
    solver's; None: seeds are raced if one alone is not soon done.
    """

    plant: Plant
    contract: Contract
    orders: Orders
    days: int = 7
    time_limit_s: float = 60.0
    ways_out_s: float = 0.0
    worth_s: float = 0.0
    seed: int | None = None

    @property
    def market(self) -> SeriesKey | None:
        """The price series that the contract passes on; None if prices are agreed."""
        return self.contract.market


@dataclass(frozen=True, slots=True)
class TakeOver:
    """What a new plan takes over: the plan in force until ``hand_over``, and batches that stay."""

    running: Plan
    hand_over: datetime
    pins: tuple[Pin, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """What a kWh costs over the time to be planned, and the weather if the plant looks at it.

    ``market`` None for agreed prices. ``excess_so_far``: that of the month, if it is priced.
    """

    prices: PlanningPrices
    market: Forecast | None
    notes: tuple[str, ...]
    weather: Weather | None = None
    excess_so_far: SoFar = field(default_factory=dict)

    @property
    def simulated(self) -> bool:
        """Whether any price rests on the built-in simulation."""
        return self.market is not None and self.market.simulated


def plan(
    store: Store,
    task: PlanTask,
    *,
    origin: datetime,
    models: Sequence[str] = MODELS,
    take_over: TakeOver | None = None,
) -> Plan:
    """Plan at least cost what was known at ``origin`` to be ordered.

    From the first day whose first shift is still ahead; with ``take_over`` from its hand-over on,
    what was begun by then carried over, to the same end.

    Raises ``Infeasible`` with named reasons, ``MissingData`` or ``ModelNotFitted``.
    """
    ahead = outlook(store, task, origin=origin, models=models, take_over=take_over)
    return plan_guarded(task, ahead, origin=origin, take_over=take_over)


def outlook(
    store: Store,
    task: PlanTask,
    *,
    origin: datetime,
    models: Sequence[str] = MODELS,
    take_over: TakeOver | None = None,
    stored: bool = False,
) -> Outlook:
    """The prices and the weather that ``plan`` of the same arguments stands on.

    ``stored``: the newest stored forecast is good enough if it reaches far enough, with what was
    published since.
    """
    first_day, days = planned_days(task, origin, take_over)
    start, end = planning_window(first_day, days, _demands(task, first_day, days, take_over))
    if task.contract.market is None:
        prices = agreed_prices(task.contract, start, end)
        ahead = Outlook(prices, None, carried_forward(end))
        return _seen(store, task, ahead, (start, end), origin=origin, take_over=take_over)
    kept = known_ahead(store, task.contract.market, origin) if stored else None
    if kept is None or end_of(kept) < end or to_datetime(kept.start[0]) > origin:
        kept = _outlook(store, task.contract.market, origin, end, models)
    ahead = priced(kept, task, origin=origin, take_over=take_over)
    return _seen(store, task, ahead, (start, end), origin=origin, take_over=take_over)


def priced(
    market: Forecast, task: PlanTask, *, origin: datetime, take_over: TakeOver | None = None
) -> Outlook:
    """An outlook on the market through the contract of ``task``.

    Raises ``MissingData`` if it does not cover what is to be planned.
    """
    first_day, days = planned_days(task, origin, take_over)
    start, end = planning_window(first_day, days, _demands(task, first_day, days, take_over))
    prices = planning_prices(market, task.contract)
    prices.covering(max(start, origin), end)
    return Outlook(prices, market, (*market.notes, *carried_forward(end)))


def same_end(task: PlanTask, over: TakeOver) -> PlanTask:
    """``task`` over so many days that a plan which takes over ends with the one before."""
    first = first_day_to_plan(task.plant, over.hand_over)
    running = over.running
    return replace(task, days=(running.first_day + timedelta(days=running.days) - first).days)


def plan_at(
    task: PlanTask, ahead: Outlook, *, origin: datetime, take_over: TakeOver | None = None
) -> Plan:
    """``plan`` at prices that are told already."""
    first_day, days = planned_days(task, origin, take_over)
    return plan_on(
        replace(task, days=days),
        ahead.prices,
        first_day=first_day,
        origin=origin,
        simulated=ahead.simulated,
        weather=ahead.weather,
        notes=ahead.notes,
        take_over=take_over,
        excess_so_far=ahead.excess_so_far,
    )


def plan_guarded(
    task: PlanTask, ahead: Outlook, *, origin: datetime, take_over: TakeOver | None = None
) -> Plan:
    """``plan_at``, or the habit in its place where the plan may well cost more than that."""
    made = plan_at(task, ahead, origin=origin, take_over=take_over)
    return guarded(made, paths_of(ahead.market, task, ahead.prices))


def paths_of(
    market: Forecast | None,
    task: PlanTask,
    prices: PlanningPrices,
    *,
    count: int = PATHS,
    seed: int = PATHS_SEED,
) -> Paths:
    """What a kWh may cost, path by path, through the contract; agreed prices have one path only."""
    if market is None:
        return Paths(prices, prices.eur_kwh[None, :])
    drawn = draw(market, count=count, seed=seed)
    eur_kwh = np.stack([task.contract.price_eur_kwh(market.start, path) for path in drawn])
    return Paths(prices, eur_kwh)


def planned_days(
    task: PlanTask, origin: datetime, take_over: TakeOver | None = None
) -> tuple[date, int]:
    """The first Madrid day to plan and how many: to the same end with and without a hand-over."""
    if take_over is None:
        return first_day_to_plan(task.plant, origin), task.days
    first_day = delivery_day(take_over.hand_over)
    begun = first_day_to_plan(task.plant, take_over.hand_over) - first_day
    return first_day, task.days + begun.days


def plan_on(
    task: PlanTask,
    prices: PlanningPrices,
    *,
    first_day: date,
    origin: datetime | None = None,
    simulated: bool = False,
    weather: Weather | None = None,
    notes: tuple[str, ...] = (),
    take_over: TakeOver | None = None,
    excess_so_far: SoFar | None = None,
) -> Plan:
    """Plan on given prices per kWh from ``first_day``; the origin defaults to its midnight."""
    said = (
        *notes,
        *task.orders.notes(first_day, task.days),
        *task.contract.assumptions(),
    )
    return make_plan(
        task.plant,
        _demands(task, first_day, task.days, take_over),
        prices,
        origin=origin or local_midnight(first_day),
        first_day=first_day,
        days=task.days,
        contract=task.contract,
        running=None if take_over is None else take_over.running,
        hand_over=None if take_over is None else take_over.hand_over,
        pins=() if take_over is None else take_over.pins,
        simulated=simulated,
        weather=weather,
        notes=tuple(dict.fromkeys(said)),
        time_limit_s=task.time_limit_s,
        ways_out_s=task.ways_out_s,
        seed=task.seed,
        excess_so_far=excess_so_far,
    )


def plan_end(task: PlanTask, first_day: date) -> datetime:
    """The end of what is planned from ``first_day``: its last midnight, or the last due time."""
    demands = task.orders.in_window(first_day, task.days, known_from=local_midnight(first_day))
    return planning_window(first_day, task.days, demands)[1]


def actual_prices(
    store: Store, contract: Contract, start: datetime, end: datetime, *, as_of: datetime
) -> PlanningPrices:
    """What a kWh cost in [start, end) by the prices known at ``as_of``, as far as they are.

    From the period that contains ``start`` on, perhaps one before it.
    """
    if contract.market is None:
        return agreed_prices(contract, start, end)
    actual = store.read(contract.market, start - LONGEST_PERIOD, end, as_of=as_of)
    return planning_prices(Forecast.all_published(actual), contract)


def _seen(
    store: Store,
    task: PlanTask,
    ahead: Outlook,
    window: tuple[datetime, datetime],
    *,
    origin: datetime,
    take_over: TakeOver | None,
) -> Outlook:
    """``ahead`` with the weather of the ``window`` and the month's excess power before it."""
    ahead = replace(ahead, weather=_weather(store, task.plant, *window, as_of=origin))
    if task.contract.exceed_up_to_kw is None:
        return ahead
    begin = max(window[0], origin if take_over is None else take_over.hand_over)
    measured = store.read(SITE_POWER, month_before(begin), origin, as_of=origin)
    running = None if take_over is None else take_over.running
    so_far, said = excess_before(begin, task.plant, task.contract, measured, running)
    return replace(ahead, excess_so_far=so_far, notes=(*ahead.notes, *said))


def _weather(
    store: Store, plant: Plant, start: datetime, end: datetime, *, as_of: datetime
) -> Weather | None:
    """What was known of the weather at ``as_of``, if the plant looks at it; NaN where nothing was.

    It begins days before ``start``, so that walls that warm up slowly have done so.
    """
    if not looks_outside(plant):
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
        prices = actual_prices(store, contract, plan.start, plan.end, as_of=as_of)
        outcome = realise(plan, prices)
    except MissingData:
        return plan
    return replace(plan, realised=outcome)


def bill(
    store: Store,
    contract: Contract,
    curve: PowerCurve,
    *,
    start: datetime,
    end: datetime,
    contracted_kw: Sequence[float],
    as_of: datetime,
) -> Bill:
    """What drawing ``curve`` costs over [start, end) at the stored prices; as ``make_bill``."""
    key = contract.market
    prices = None if key is None else store.read(key, start - HOUR, end, as_of=as_of)
    return make_bill(contract, curve, prices, start=start, end=end, contracted_kw=contracted_kw)


def score(store: Store, key: SeriesKey, *, day: date, as_of: datetime) -> DayScore | None:
    """How the last forecast made before the prices of ``day`` were due turned out; None if none.

    ``day`` is a Madrid delivery day; actual values are those known at ``as_of``.
    """
    issued = issued_before(store, key, spec(key).published_at(day))
    return None if issued is None else score_on(store, issued, day, scored_at=as_of)


def issued_before(store: Store, key: SeriesKey, instant: datetime) -> IssuedForecast | None:
    """The newest forecast of ``key`` made before an instant, and at most two weeks before it."""
    for back in (timedelta(days=1), HORIZON):
        if issued := store.forecasts(key, made_from=instant - back, made_to=instant):
            return issued[-1]
    return None


def score_on(
    store: Store, issued: IssuedForecast, day: date, *, scored_at: datetime
) -> DayScore | None:
    """How a stored forecast turned out on one Madrid day; None if no price of it is known."""
    scores = score_issued(store, issued, scored_at=scored_at, days=frozenset({day}))
    return scores[0] if scores else None


def score_issued(
    store: Store,
    issued: IssuedForecast,
    *,
    scored_at: datetime,
    days: frozenset[date] | None = None,
) -> tuple[DayScore, ...]:
    """Score a stored forecast day by day with the actual values known at ``scored_at``."""
    made = issued.forecast
    if not len(made):
        return ()
    begin = to_datetime(made.start[0])
    actual = store.read(made.key, begin, end_of(made), as_of=scored_at)
    history = store.read(made.key, made.origin - NAIVE_HISTORY, end_of(made), as_of=made.origin)
    return score_days(
        made,
        actual,
        history=history,
        made_at=issued.made_at,
        scored_at=scored_at,
        days=days,
    )


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
    of one name (stations that followed each other), any one will do. Nothing is expected of days
    before the series began.
    """
    starts = [began(key) for key in keys]
    first = max(first, min((day for day in starts if day is not None), default=first))
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
    outlook = None if contract.market is None else known_ahead(store, contract.market, as_of)
    held = standing(store, as_of=as_of, slot=task.plant.slot)
    shown = None if held.in_force is None else held.in_force.plan
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
        standing=held,
        site=None if shown is None else _site(store, task, shown, as_of),
    )


def _site(store: Store, task: PlanTask, shown: Plan, as_of: datetime) -> SiteAhead | None:
    """The site under the plan; None for a plan that is over, or of another plant or contract."""
    looked_at = window(shown, now=as_of)
    same = (shown.plant, shown.contract) == (task.plant.name, task.contract.name)
    if looked_at is None or not same:
        return None
    begin, end = looked_at
    metered = store.read(SITE_POWER, begin, end, as_of=as_of)
    return site_ahead(shown, task.plant, task.contract, metered, begin=begin, end=end)


def known_ahead(store: Store, key: SeriesKey, as_of: datetime) -> Forecast | None:
    """Prices of ``key`` from the Madrid midnight before ``as_of``: published, then as forecast.

    The newest stored forecast with what was published since; published prices alone where none is
    stored, None without either. Runs no model.
    """
    midnight = local_midnight(delivery_day(as_of))
    known = store.read(key, midnight, as_of + HORIZON, as_of=as_of)
    kept = store.forecast(key, as_of=as_of)
    if kept is None:
        return Forecast.all_published(known) if len(known) else None
    return kept.with_published(known)


def first_day_to_plan(plant: Plant, origin: datetime) -> date:
    """The Madrid day of ``origin`` if its first shift has not begun by then, else the next one."""
    today = delivery_day(origin)
    return today if origin <= plant.first_shift(today) else today + timedelta(days=1)


def covers(kept: Plan, plant: Plant, *, now: datetime) -> bool:
    """Whether a plan still covers the first day that a new one could plan at ``now``.

    A plan ends with its last day, or with the last due time on the morning after it: either way
    the day on which it ends is not planned by it.
    """
    return first_day_to_plan(plant, now) < delivery_day(kept.end)


def _demands(
    task: PlanTask, first_day: date, days: int, take_over: TakeOver | None
) -> tuple[Demand, ...]:
    if take_over is None:
        return task.orders.in_window(first_day, days)
    running = take_over.running
    return task.orders.in_window(first_day, days, known=running.demands, known_from=running.start)


def _outlook(
    store: Store, key: SeriesKey, origin: datetime, end: datetime, models: Sequence[str]
) -> Forecast:
    kept = store.forecast(key, as_of=origin)
    if kept is not None and kept.origin == origin and kept.model in models and end_of(kept) >= end:
        return kept
    return forecast(store, key, origin=origin, horizon=end - origin, models=models)


def end_of(made: Forecast) -> datetime:
    """Where a forecast ends (not included), UTC; it must have a period."""
    return to_datetime(made.start[-1]) + timedelta(seconds=int(made.resolution_s[-1]))


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
