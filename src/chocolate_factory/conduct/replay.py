"""A past period planned again as it could have been, each day from what was known then.

Every week stands by itself, Monday 00:00 to the last due time: nothing is made or under way before
it, and all ways of working make the same batches, so their costs compare. The week is planned when
the prices of its Monday are published and planned anew at every publication after that; what was
begun by then is carried over. At the end all is costed at actual prices:

- *habit*: first in, first out, blind to prices;
- *plan*: what the plans, one after the other, began;
- *perfect foresight*: the best that was possible, with every price known on the first day;
- *own day*: the same, but no batch begins before the first shift of its order's own day. What it
  costs more than perfect foresight is what early production is worth.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from chocolate_factory import pipeline
from chocolate_factory.errors import FactoryError, Infeasible
from chocolate_factory.forecasting.training import Trained
from chocolate_factory.market.calendar import days_between, delivery_day, local_midnight
from chocolate_factory.market.catalog import DAY, spec
from chocolate_factory.market.series import Forecast
from chocolate_factory.pipeline import PlanTask, TakeOver
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.cost import cost_eur
from chocolate_factory.planning.lateness import penalty_eur
from chocolate_factory.planning.lower_bound import never_exceeding
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.plan import Block, Plan, PlanningPrices
from chocolate_factory.planning.problem import agreed_prices, planning_prices
from chocolate_factory.planning.risk import Paths, dearer, guarded
from chocolate_factory.store.base import Store

WEEK_DAYS = 7
PUBLISHED_AFTER = timedelta(minutes=30)
"""So long after the time at which prices are due they are taken to be known and planned with."""

LEAST_EUR = 1e-6
"""What is less than this [EUR] is rounding and no saving."""

Told = Callable[[datetime, datetime], Forecast]
"""The outlook on the contract's prices as seen at an origin, to an end."""


@dataclass(frozen=True, slots=True)
class ReplayRules:
    """How plans follow each other: see ``replan.Rules``; every proposal is accepted.

    ``early``: whether what early production is worth is found too, at the cost of one more plan.
    """

    freeze: timedelta = timedelta()
    propose_above_eur: float = 0.0
    early: bool = True


@dataclass(frozen=True, slots=True)
class ReplayedWeek:
    """One week by each way of working, at actual prices [EUR].

    ``own_day_eur`` None if no plan meets the orders without beginning any before its own day, or
    nobody asked. ``skipped``: why the week could not be replayed; the figures are then None.
    """

    monday: date
    habit_eur: float | None = None
    plan_eur: float | None = None
    perfect_eur: float | None = None
    own_day_eur: float | None = None
    energy_kwh: float | None = None
    replans: int = 0
    unproven: int = 0
    cpu_s: float = 0.0
    skipped: str | None = None


def mondays(first: date, last: date) -> tuple[date, ...]:
    """The Mondays of the whole weeks within ``first`` to ``last``, inclusive."""
    begin = first + ((7 - first.weekday()) % 7) * DAY
    end = last - (WEEK_DAYS - 1) * DAY
    return tuple(days_between(begin, end)[::WEEK_DAYS]) if begin <= end else ()


def replay_week(
    store: Store,
    task: PlanTask,
    monday: date,
    *,
    told: Told,
    as_of: datetime,
    rules: ReplayRules,
) -> ReplayedWeek:
    """The week from ``monday`` replayed; ``told`` gives the outlook as seen at each origin.

    Costs are process energy: contracted power is a hard limit here whatever the contract says, PV
    and battery do nothing, and what an order's lateness costs counts only where plans compare. A
    week that cannot be replayed says why: its prices are not all known at ``as_of``, the history
    before it is too short for the model, or its orders cannot be met.
    """
    began_s = time.process_time()
    plant = replace(task.plant, pv=None, battery=None)
    task = replace(task, plant=plant, contract=never_exceeding(task.contract))
    try:
        actual = _actual(store, task, monday, as_of)
        first, _ = _plan(task, monday, monday, told, None)
        begun, replans = _carried_out(task, monday, first, told, rules)
        perfect = pipeline.plan_on(
            replace(task, days=WEEK_DAYS), actual, first_day=monday, origin=first.origin
        )
        own_day = _own_day(task, monday, actual) if rules.early else None
        return ReplayedWeek(
            monday=monday,
            habit_eur=_cents(cost_eur(first.baseline.blocks, actual)),
            plan_eur=_cents(cost_eur(begun, actual)),
            perfect_eur=_cents(cost_eur(perfect.schedule.blocks, actual)),
            own_day_eur=None
            if own_day is None
            else _cents(cost_eur(own_day.schedule.blocks, actual)),
            energy_kwh=sum(block.energy_kwh for block in begun),
            replans=len(replans),
            unproven=sum(made.schedule.status != "optimal" for made in (first, *replans, perfect)),
            cpu_s=time.process_time() - began_s,
        )
    except FactoryError as fault:
        return ReplayedWeek(
            monday, cpu_s=time.process_time() - began_s, skipped=str(fault).splitlines()[0]
        )


def _cents(eur: float) -> float:
    """In whole cents, so that sums are those of the lines."""
    return round(eur, 2)


def origin_of(task: PlanTask, day: date) -> datetime:
    """When the prices of ``day`` are known: what is planned then stands on them."""
    if task.contract.market is None:
        return local_midnight(day)
    return spec(task.contract.market).published_at(day) + PUBLISHED_AFTER


def stored_outlook(
    store: Store, task: PlanTask, models: Sequence[str], trained: Trained | None = None
) -> Told:
    """The outlook by ``models`` from what ``store`` knew at each origin.

    ``trained`` spares the slow part of a champion; it must know nothing later than the origins.
    """

    def told(origin: datetime, end: datetime) -> Forecast:
        market = task.contract.market
        if market is None:
            raise ValueError("prices that are agreed need no outlook")
        return pipeline.forecast(
            store, market, origin=origin, horizon=end - origin, models=models, trained=trained
        )

    return told


def _carried_out(
    task: PlanTask, monday: date, running: Plan, told: Told, rules: ReplayRules
) -> tuple[tuple[Block, ...], list[Plan]]:
    """The blocks begun by the plans one after the other, and the plans that were adopted."""
    begun: list[Block] = []
    made: list[Plan] = []
    for day in days_between(monday + DAY, monday + (WEEK_DAYS - 1) * DAY):
        if task.contract.market is None:
            break  # nothing becomes known
        hand_over = origin_of(task, day) + rules.freeze
        ahead = [b for b in batches_of(running.schedule.blocks) if b[0].start >= hand_over]
        if not ahead:
            break
        best, paths = _plan(task, monday, day, told, TakeOver(running, hand_over))
        kept = tuple(block for batch in ahead for block in batch)
        late_eur = penalty_eur((*kept, *best.carried), best.demands, since=best.start)
        saving_eur = cost_eur(kept, best.prices) + late_eur - best.schedule.objective_eur
        going_on = replace(best.schedule, blocks=kept, penalty_eur=late_eur)
        usual = replace(best, schedule=best.baseline)
        risky = dearer(going_on, usual, paths) is not None
        if saving_eur <= rules.propose_above_eur + LEAST_EUR and not risky:
            continue
        done = [b for b in batches_of(running.schedule.blocks) if b[0].start < best.start]
        begun += [block for batch in done for block in batch]
        made.append(best)
        running = best
    return (*begun, *running.schedule.blocks), made


def _plan(
    task: PlanTask, monday: date, day: date, told: Told, over: TakeOver | None
) -> tuple[Plan, Paths]:
    """The plan made when the prices of ``day`` became known, to the end of the week, and what they
    may be."""
    origin = origin_of(task, day)
    first_day = monday if over is None else delivery_day(over.hand_over)
    end_day = monday + WEEK_DAYS * DAY
    span = replace(task, days=(end_day - first_day).days)
    end = pipeline.plan_end(span, first_day)
    if task.contract.market is None:
        market, prices = None, agreed_prices(task.contract, local_midnight(first_day), end)
    else:
        market = told(origin, end)
        prices = planning_prices(market, task.contract)
    made = pipeline.plan_on(span, prices, first_day=first_day, origin=origin, take_over=over)
    paths = pipeline.paths_of(market, task, prices)
    return guarded(made, replace(made, schedule=made.baseline), paths), paths


def _actual(store: Store, task: PlanTask, monday: date, as_of: datetime) -> PlanningPrices:
    begin, end = local_midnight(monday), pipeline.plan_end(replace(task, days=WEEK_DAYS), monday)
    return pipeline.actual_prices(store, task.contract, begin, end, as_of=as_of).covering(
        begin, end
    )


def _own_day(task: PlanTask, monday: date, actual: PlanningPrices) -> Plan | None:
    demands = tuple(
        replace(demand, earliest=max(demand.earliest or demand.release, demand.release))
        for demand in task.orders.in_window(monday, WEEK_DAYS)
    )
    try:
        return make_plan(
            task.plant,
            demands,
            actual,
            origin=local_midnight(monday),
            first_day=monday,
            days=WEEK_DAYS,
            contract=task.contract,
            time_limit_s=task.time_limit_s,
            seed=task.seed,
        )
    except Infeasible:
        return None
