"""What it would cost otherwise: another contract, plant or order mix, or a batch moved.

Nothing is stored. All variants but a move are planned over the same days from the same prices as
the plant as it is, without looking at work under way, so that their costs compare. A move is
compared with the plan in force.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

import numpy as np

from chocolate_factory import pipeline
from chocolate_factory.conduct.plan_notes import moved_to, over_of, planned_batch, with_pin
from chocolate_factory.conduct.replan import Rules, going_on
from chocolate_factory.errors import (
    FactoryError,
    Infeasible,
    MissingData,
    NotNow,
    PlanInvalid,
    RequestInvalid,
    SolverFailed,
)
from chocolate_factory.market.calendar import delivery_day, periods
from chocolate_factory.market.contract import (
    Contract,
    FixedContract,
    PvpcContract,
    contract_named,
    parse_contract,
)
from chocolate_factory.market.indexed import IndexedContract
from chocolate_factory.market.power_term import power_term_eur_kw
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.pipeline import Outlook, PlanTask
from chocolate_factory.planning.ambient import looks_outside
from chocolate_factory.planning.equipment import Hours
from chocolate_factory.planning.orders import DAY, Orders, parse_orders
from chocolate_factory.planning.plan import Plan
from chocolate_factory.planning.plant import Plant, parse_plant
from chocolate_factory.planning.plant_file import DAY_MIN
from chocolate_factory.standing import standing
from chocolate_factory.store.base import Store

MOST_VARIANTS = 8
TIME_LIMIT_S = 20.0
"""One plan is searched for so long at most [s]; what is not proven by then says its gap."""
AS_IT_IS = "as it is"
IN_FORCE = "the plan in force"
MOST_MACHINES = 100
ORDERS_FACTOR = (0.0, 10.0)


@dataclass(frozen=True, slots=True)
class Move:
    """A batch of the plan in force that begins at another time."""

    batch: str
    begin: datetime


@dataclass(frozen=True, slots=True)
class Variant:
    """What is otherwise. What is left out stays as it is.

    Parameters
    ----------
    name
        How the comparison calls it.
    contract
        The name of a contract, or the text of a contract file. If it says no contracted power, that
        of the contract as it is goes on where the tariffs have as many power periods.
    contracted_kw
        Contracted power per power period [kW], P1 first.
    staffed
        Further staffed hours by weekday (Monday 0).
    machines
        How many machines more or fewer, by stage.
    orders_factor
        What is ordered, times so much, by grade.
    plant, orders
        The text of a whole plant or orders file.
    move
        A batch moved; then nothing else may be otherwise.
    """

    name: str
    contract: str | None = None
    contracted_kw: tuple[float, ...] | None = None
    staffed: Mapping[int, tuple[Hours, ...]] = field(default_factory=dict)
    machines: Mapping[str, int] = field(default_factory=dict)
    orders_factor: Mapping[str, float] = field(default_factory=dict)
    plant: str | None = None
    orders: str | None = None
    move: Move | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of the comparison: process energy, excess power and the power term.

    ``plan`` None if there is none, for ``reasons``. ``power_term_eur``: contracted power over the
    days planned, electricity tax in; None without a plan, or where the tariff has none for the
    powers that hold. ``staff_h``: how many hours further staff is there while it is planned;
    ``staff_eur``: what that is paid, None where the plant file does not say. ``difference_eur``:
    cost above that of ``against``, the power term in, further staff where its pay is known; None
    where either has no plan, or only one of both a power term (``one_term``).
    """

    name: str
    plan: Plan | None
    reasons: tuple[str, ...]
    against: str
    power_term_eur: float | None = None
    staff_h: float = 0.0
    staff_eur: float | None = 0.0
    difference_eur: float | None = None
    one_term: bool = False

    @property
    def kg(self) -> float:
        """What the plan makes in all [kg]; 0 without a plan."""
        return 0.0 if self.plan is None else sum(self.plan.schedule.kg.values())

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know."""
        said = [] if self.plan is None else [*self.plan.notes]
        if self.staff_eur is None:
            said.append(
                f"{self.name}: the pay for {self.staff_h:g} h more of staff is not counted, the "
                "plant file has no overtime_eur_h"
            )
        if self.one_term:
            one, other = self.name, self.against
            with_term, without = (other, one) if self.power_term_eur is None else (one, other)
            said.append(
                f"{self.name}: no difference is told, for {with_term} pays for contracted power "
                f"and what {without} would pay is not known: its tariff has no power term for the "
                "powers that hold"
            )
        return tuple(said)


def what_if(
    store: Store,
    task: PlanTask,
    variants: Sequence[Variant],
    *,
    now: datetime,
    models: Sequence[str] = pipeline.MODELS,
    rules: Rules,
) -> tuple[Outcome, ...]:
    """How the plant as it is and each of ``variants`` would do over the coming days.

    Raises ``RequestInvalid`` if there are none or too many, or one is not understood;
    ``DocumentInvalid`` if the text of a file is wrong.
    """
    _check(variants)
    bounded = replace(task, time_limit_s=min(task.time_limit_s, TIME_LIMIT_S), ways_out_s=0.0)
    same_days = replace(bounded, first_day=pipeline.first_day_to_plan(task.plant, now))
    varied = [(variant, variant_of(same_days, variant)) for variant in variants if not variant.move]
    outlooks: dict[SeriesKey | None, Outlook] = {}

    def ahead(own: PlanTask) -> Outlook:
        return _outlook(store, own, now, models, outlooks)

    rows = []
    if varied:
        base = _planned(same_days, AS_IT_IS, now, ahead)
        rows.append(base)
        for variant, own in varied:
            made = _with_staff(
                _planned(own, variant.name, now, ahead), same_days, variant, own.plant
            )
            rows.append(_compared(made, base))
    moves = [variant for variant in variants if variant.move]
    if moves:
        rows += _moved(store, bounded, moves, now=now, models=models, rules=rules)
    return tuple(rows)


def variant_of(task: PlanTask, variant: Variant) -> PlanTask:
    """``task`` as ``variant`` has it. Raises ``RequestInvalid`` naming what does not fit."""
    plant = task.plant
    if variant.plant is not None:
        plant = parse_plant(variant.plant, name=f"plant of {variant.name}")
    plant = _more_machines(_more_staff(plant, variant), variant)
    contract = _contract(task.contract, variant)
    if variant.contracted_kw is not None:
        plant, contract = _contracted(plant, contract, variant.contracted_kw)
    orders = replace(task.orders, plant=plant)
    if variant.orders is not None:
        orders = parse_orders(variant.orders, name=f"orders of {variant.name}", plant=plant)
    orders = _mixed(orders, variant)
    return replace(task, plant=plant, contract=contract, orders=orders)


def _check(variants: Sequence[Variant]) -> None:
    if not 1 <= len(variants) <= MOST_VARIANTS:
        raise RequestInvalid(f"ask for 1 to {MOST_VARIANTS} variants at once, not {len(variants)}")
    names = [variant.name for variant in variants]
    if len(set(names)) < len(names) or AS_IT_IS in names or IN_FORCE in names:
        raise RequestInvalid(
            f"every variant needs a name of its own, other than {AS_IT_IS!r} and {IN_FORCE!r}"
        )
    for variant in variants:
        bare = Variant(variant.name, move=variant.move)
        if (variant == bare) != (variant.move is not None):
            raise RequestInvalid(
                f"{variant.name}: " + ("a move is compared alone" if variant.move else
                                       "nothing is otherwise in it")
            )  # fmt: skip


def _planned(
    task: PlanTask, name: str, now: datetime, ahead: Callable[[PlanTask], Outlook]
) -> Outcome:
    try:
        made = pipeline.plan_at(task, ahead(task), origin=now)
        return _made(made, task, name, AS_IT_IS)
    except Infeasible as fault:
        return Outcome(name, None, fault.reasons, AS_IT_IS)
    except (SolverFailed, PlanInvalid) as fault:
        return Outcome(name, None, (str(fault),), AS_IT_IS)


def _made(plan: Plan, task: PlanTask, name: str, against: str) -> Outcome:
    tariff, powers = task.plant.contracted(task.contract.tariff, task.contract.contracted_kw)
    if tariff is not task.contract.tariff:
        return Outcome(name, plan, (), against)
    first = delivery_day(plan.start)
    days = [first + n * DAY for n in range(task.days)]
    try:
        term = power_term_eur_kw(tariff, days, taxed=True)
    except MissingData:
        return Outcome(name, plan, (), against)
    return Outcome(name, plan, (), against, float(term @ np.array(powers)))


def _with_staff(made: Outcome, task: PlanTask, variant: Variant, plant: Plant) -> Outcome:
    """``made`` with the hours that ``plant`` is staffed only for ``variant``, and their pay."""
    if made.plan is None or not variant.staffed:
        return made
    usual = variant_of(task, replace(variant, staffed={})).plant
    slots = periods(made.plan.start, made.plan.end, plant.slot)
    more = np.count_nonzero(plant.staffed(slots) & ~usual.staffed(slots))
    hours = more * plant.slot_min / 60
    if not hours:
        return made
    pay = plant.overtime_eur_h
    return replace(made, staff_h=hours, staff_eur=None if pay is None else hours * pay)


def _outlook(
    store: Store,
    task: PlanTask,
    now: datetime,
    models: Sequence[str],
    outlooks: dict[SeriesKey | None, Outlook],
) -> Outlook:
    """Prices under the contract of ``task``; each market is looked ahead at once only."""
    known = outlooks.get(task.contract.market)
    if (
        known is not None
        and known.market is not None
        and (known.weather is not None or not looks_outside(task.plant))
        and task.contract.exceed_up_to_kw is None
    ):
        try:
            told = pipeline.priced(known.market, task, origin=now)
            return replace(told, weather=known.weather)
        except FactoryError:
            pass  # it does not reach far enough for these orders
    told = pipeline.outlook(store, task, origin=now, models=models, stored=True)
    outlooks[task.contract.market] = told
    return told


def _moved(
    store: Store,
    task: PlanTask,
    moves: Sequence[Variant],
    *,
    now: datetime,
    models: Sequence[str],
    rules: Rules,
) -> list[Outcome]:
    held = standing(store, as_of=now, slot=task.plant.slot)
    if held.in_force is None:
        raise NotNow("no plan is in force, so none of its batches can be moved: plan first")
    over = over_of(held, now, rules)
    ahead = pipeline.outlook(store, task, origin=now, models=models, take_over=over, stored=True)
    kept = going_on(pipeline.same_end(task, over), ahead, now=now, over=over)
    base = (
        Outcome(IN_FORCE, None, kept.reasons, IN_FORCE)
        if isinstance(kept, Infeasible)
        else _made(kept, replace(task, days=kept.days), IN_FORCE, IN_FORCE)
    )
    rows = [base]
    for variant in moves:
        if variant.move is None:
            continue
        own = planned_batch(over, variant.move.batch)
        try:
            wanted = moved_to(task, over.running, own, begin=variant.move.begin, over=over)
            pinned = with_pin(task, ahead, own, wanted, now=now, over=over)
            made = _made(pinned, replace(task, days=pinned.days), variant.name, IN_FORCE)
        except Infeasible as fault:
            made = Outcome(variant.name, None, fault.reasons, IN_FORCE)
        rows.append(_compared(made, base))
    return rows


def _compared(made: Outcome, base: Outcome) -> Outcome:
    if made.plan is None or base.plan is None:
        return made
    if (made.power_term_eur is None) != (base.power_term_eur is None):
        return replace(made, one_term=True)
    more = made.plan.schedule.objective_eur - base.plan.schedule.objective_eur
    more += (made.staff_eur or 0.0) + (made.power_term_eur or 0.0) - (base.power_term_eur or 0.0)
    return replace(made, difference_eur=more)


def _more_staff(plant: Plant, variant: Variant) -> Plant:
    if not variant.staffed:
        return plant
    shifts = {day: tuple(hours) for day, hours in plant.shifts.items()}
    for day, further in variant.staffed.items():
        for hours in further:
            if not 0 <= hours.start_min < hours.end_min <= DAY_MIN:
                raise RequestInvalid(f"{variant.name}: staffed hours must lie within a day")
            if hours.start_min % plant.slot_min or hours.end_min % plant.slot_min:
                raise RequestInvalid(
                    f"{variant.name}: staffed hours must begin and end on the "
                    f"{plant.slot_min} minutes that the plant is planned in"
                )
        spans = sorted((*shifts.get(day, ()), *further), key=lambda hours: hours.start_min)
        shifts[day] = tuple(spans)
    return replace(plant, shifts=shifts)


def _more_machines(plant: Plant, variant: Variant) -> Plant:
    known = {stage.name for stage in plant.stages}
    unknown = sorted(variant.machines.keys() - known)
    if unknown:
        raise RequestInvalid(
            f"{variant.name}: no stage {unknown[0]!r}; there are: {', '.join(sorted(known))}"
        )
    stages = tuple(
        replace(stage, machines=stage.machines + variant.machines.get(stage.name, 0))
        for stage in plant.stages
    )
    for stage in stages:
        if not 1 <= stage.machines <= MOST_MACHINES:
            raise RequestInvalid(
                f"{variant.name}: {stage.machines} machines for {stage.name} are none or too many"
            )
    return replace(plant, stages=stages)


def _contract(contract: Contract, variant: Variant) -> Contract:
    """The contract of ``variant``; one that says no powers takes those there are, if they fit."""
    if variant.contract is None:
        return contract
    if "\n" in variant.contract or ":" in variant.contract:
        other = parse_contract(variant.contract, name=f"contract of {variant.name}")
    else:
        other = contract_named(variant.contract)
    powers = contract.contracted_kw
    if (
        other.contracted_kw is None
        and powers is not None
        and len(powers) == other.tariff.power_periods
        and isinstance(other, PvpcContract | FixedContract | IndexedContract)
    ):
        return replace(other, contracted_kw=powers)
    return other


def _contracted(
    plant: Plant, contract: Contract, contracted_kw: tuple[float, ...]
) -> tuple[Plant, Contract]:
    """Both with these powers, where they stand."""
    rising = all(one <= other for one, other in pairwise(contracted_kw))
    periods = len(contract.contracted_kw or plant.contracted_kw)
    if len(contracted_kw) != periods or not rising or not min(contracted_kw) > 0:
        raise RequestInvalid(
            f"contracted power takes {periods} values above 0 kW, none lower than the one before"
        )
    if contract.contracted_kw is not None and isinstance(
        contract, PvpcContract | FixedContract | IndexedContract
    ):
        return plant, replace(contract, contracted_kw=contracted_kw)
    return replace(plant, contracted_kw=contracted_kw), contract


def _mixed(orders: Orders, variant: Variant) -> Orders:
    if not variant.orders_factor:
        return orders
    unknown = sorted(variant.orders_factor.keys() - set(orders.plant.grades))
    if unknown:
        raise RequestInvalid(
            f"{variant.name}: no grade {unknown[0]!r}; there are: {', '.join(orders.plant.grades)}"
        )
    low, high = ORDERS_FACTOR
    if any(not low <= factor <= high for factor in variant.orders_factor.values()):
        raise RequestInvalid(f"{variant.name}: orders times {low:g} to {high:g}, not more or less")

    def times(grade: str, kg: float) -> float:
        return kg * variant.orders_factor.get(grade, 1.0)

    return replace(
        orders,
        weekly={
            day: {grade: times(grade, kg) for grade, kg in quantities.items()}
            for day, quantities in orders.weekly.items()
        },
        dated=tuple(
            replace(order, kg=times(order.product, order.kg))
            for order in orders.dated
            if times(order.product, order.kg) > 0
        ),
    )
