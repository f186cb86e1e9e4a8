"""Prices + plant + demands → a checked plan beside its baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np

from chocolate_factory.errors import Infeasible
from chocolate_factory.market.calendar import (
    delivery_day,
    local_midnight,
    span_text,
    to_datetime,
)
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.ambient import Weather, ambient_notes
from chocolate_factory.planning.baseline import habit
from chocolate_factory.planning.carried_over import (
    Batch,
    Carried,
    batches_of,
    carry_over,
    kwh_left,
)
from chocolate_factory.planning.check import require_feasible
from chocolate_factory.planning.check_excess import require_charged
from chocolate_factory.planning.cost import savings_pct, scheduled
from chocolate_factory.planning.excess_power import SoFar
from chocolate_factory.planning.incumbent import begun_with
from chocolate_factory.planning.lateness import penalty_eur
from chocolate_factory.planning.milp import Ints, Key
from chocolate_factory.planning.orders import Counted, Demand, in_words
from chocolate_factory.planning.pins import Pin
from chocolate_factory.planning.plan import (
    BegunWith,
    Block,
    ExcessCharge,
    Plan,
    PlanningPrices,
    Schedule,
    SiteFlows,
)
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.problem import (
    OwnEnergy,
    Problem,
    batches_by_grade,
    build_problem,
    planning_window,
)
from chocolate_factory.planning.recover import recover
from chocolate_factory.planning.search import Searched, searched
from chocolate_factory.planning.site_curve import tasks_kw
from chocolate_factory.planning.solve import Solution, dispatch


def make_plan(
    plant: Plant,
    demands: Sequence[Demand],
    prices: PlanningPrices,
    *,
    origin: datetime,
    first_day: date,
    days: int,
    contract: Contract,
    running: Plan | None = None,
    hand_over: datetime | None = None,
    pins: Sequence[Pin] = (),
    counted: Counted | None = None,
    simulated: bool = False,
    notes: Sequence[str] = (),
    weather: Weather | None = None,
    time_limit_s: float = 60.0,
    seed: int | None = None,
    ways_out_s: float = 0.0,
    excess_so_far: SoFar | None = None,
    begin_with: BegunWith | None = None,
    stored_kwh: float | None = None,
    by_habit: bool = False,
) -> Plan:
    """The cheapest schedule that makes ``demands`` on time, proven or with its gap, and checked.

    Plans ``days`` local days from the midnight of ``first_day``, or from the first slot at or after
    ``origin`` if that is later, to the last due time. Base load counts against contracted power
    and is no part of the cost.

    ``seed`` None: seeds are raced if one alone is not soon done, and the plan says which one won.
    With that ``seed`` the same arguments give the same plan, unless time runs out.

    ``begin_with``: to make a plan again from what it stored, its ``begun_with``.

    ``running``: the plan that holds until this one begins. What it began by then is taken as done
    as planned and is carried over: its machines and power are taken till it is finished, and its
    batches are not made again (``carried``). What it was to make for days before ``first_day`` and
    has not begun is made by this plan. None: nothing is under way and nothing was made early.

    ``hand_over``: instant until which the plan before holds, ``origin`` if None: what that one
    begins by then stays, and nothing else begins. ``pins``: batches that begin where they say;
    the baseline makes them as the habit would. ``counted``: the stock that ``demands`` are less by;
    what ``running`` had finished by then is in it.

    ``excess_so_far``: the excess power that the months' periods have already, where the contract
    lets it be exceeded; None: none.

    ``stored_kwh``: what the battery holds when the plan begins; None: what ``running`` leaves in
    it, or what the plant file says where none does.

    ``ways_out_s``: for how long priced ways out are sought if there is no plan; 0: not at all.

    ``by_habit``: nothing is searched: what is not pinned begins as the habit has it around the
    pinned batches.

    Raises ``Infeasible`` with named reasons and these ways out, ``MissingData`` naming the periods
    without a price, ``SolverFailed`` if the time ends before any plan is found.
    """
    start, _ = planning_window(first_day, days, demands)
    start += max(-((start - (hand_over or origin)) // plant.slot), 0) * plant.slot
    before = carry_over(
        running,
        demands,
        plant,
        first_day=first_day,
        days=days,
        start=start,
        since=local_midnight(delivery_day(origin)),
        pins=pins,
        counted=counted,
    )
    _, end = planning_window(first_day, days, (*demands, *before.left))
    if start >= end:
        raise Infeasible((f"planning would end on {in_words(end)}, before its origin",))
    prices = prices.covering(start, end)
    left_kwh = kwh_left(running, plant, start)
    problem = build_problem(
        plant, before.left, prices,
        start=start, end=end, contract=contract, carried=before.blocks, weather=weather,
        excess_so_far=excess_so_far, stored_kwh=left_kwh if stored_kwh is None else stored_kwh,
    )  # fmt: skip
    found = _by_habit(problem, before.pinned) if by_habit else searched(
        problem, before.pinned, contract,
        weather=weather, time_limit_s=time_limit_s, seed=seed, ways_out_s=ways_out_s,
        running=running, begin_with=begin_with,
    )  # fmt: skip
    solution, usual = found.solution, found.usual
    made = _Maker(problem, before, prices, weather, excess_so_far or {})
    proof = None if by_habit else solution
    schedule, carried = made.checked(solution.starts, contract, proof=proof)
    baseline, _ = made.checked(usual.starts, contract)
    saved = baseline.objective_eur - schedule.objective_eur
    contracted = contract.contracted_kw or plant.contracted_kw
    return Plan(
        origin=origin,
        start=start,
        end=end,
        plant=plant.name,
        contract=contract.name,
        schedule=schedule,
        baseline=baseline,
        savings_eur=saved,
        savings_pct=savings_pct(saved, baseline.objective_eur),
        realised=None,
        prices=prices,
        simulated=simulated,
        notes=(
            *notes,
            *contract.warnings(contracted),
            *_taken_over(running, before, plant, start),
            *_battery_left(running, left_kwh, start),
            *_rounded(before.left, plant),
            *ambient_notes(plant, weather, problem.slots),
            *_late(schedule, baseline),
            *_exceeding(schedule, baseline),
            *_unproven(schedule, time_limit_s, solution.trouble),
            *usual.notes,
        ),
        demands=before.demands,
        pinned=_pinned(schedule, pins),
        carried=carried,
        weather=weather,
        seed=solution.seed,
        begun_with=begun_with(problem, found.begun_with),
        excess_so_far=dict(excess_so_far or {}),
        stored_kwh=made.stored_kwh,
    )


def _by_habit(problem: Problem, pinned: Sequence[Batch]) -> Searched:
    usual = habit(problem, pinned)
    if usual is None:
        raise Infeasible(("first in, first out cannot be on time beside the pinned batches",))
    return Searched(Solution("feasible", np.inf, -np.inf, usual.starts), usual, None)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Starts → a priced and checked schedule."""

    problem: Problem
    before: Carried
    prices: PlanningPrices
    weather: Weather | None
    so_far: SoFar

    @property
    def stored_kwh(self) -> float | None:
        """What the battery holds when the schedule begins [kWh]; None without one."""
        own = self.problem.own_energy
        return None if own is None or own.battery is None else own.stored_kwh

    def checked(
        self, starts: Mapping[Key, Ints], contract: Contract, *, proof: Solution | None = None
    ) -> tuple[Schedule, tuple[Block, ...]]:
        """The schedule and the carried blocks beside it; ``proof`` is the solution it came from."""
        problem, plant = self.problem, self.problem.plant
        start = to_datetime(problem.slots[0])
        found = recover(problem, starts, carried=self.before.blocks)
        site = None
        if problem.own_energy is not None:
            flow = (proof or dispatch(problem, starts)).flow
            site = site_flows(problem, problem.own_energy, flow)
        demands = (*self.before.demands, *self.before.surplus)
        excess: tuple[ExcessCharge, ...] = ()
        if problem.excess is not None:
            drawn = tasks_kw(found.tasks, plant, problem.slots)
            net = 0.0 if site is None else site.charge_kw - site.discharge_kw
            excess = problem.excess.charges(drawn + net)
        schedule = scheduled(
            found.tasks, self.prices, plant,
            status="feasible" if proof is None else proof.status,
            bound_eur=None if proof is None else proof.bound,
            penalty_eur=penalty_eur((*found.tasks, *found.carried), demands, since=start),
            site=site, excess=excess,
        )  # fmt: skip
        require_feasible(
            schedule.blocks, plant, demands, start=start,
            end=to_datetime(problem.slots[-1]) + plant.slot, contract=contract,
            carried=found.carried, weather=self.weather, site=site, stored_kwh=self.stored_kwh,
        )  # fmt: skip
        require_charged(
            schedule, plant, start=start, end=to_datetime(problem.slots[-1]) + plant.slot,
            contract=contract, carried=found.carried, so_far=self.so_far,
        )  # fmt: skip
        return schedule, found.carried


def site_flows(problem: Problem, own: OwnEnergy, flow: Mapping[str, Floats]) -> SiteFlows:
    """What a solution says that PV and battery do."""
    none = np.zeros(problem.slots.size)
    return SiteFlows(
        start=problem.slots,
        resolution_s=int(problem.plant.slot.total_seconds()),
        charge_kw=flow.get("charge_kw", none),
        discharge_kw=flow.get("discharge_kw", none),
        pv_kw=flow.get("pv_kw", none),
        fed_in_kw=flow.get("fed_in_kw", none),
        stored_kwh=flow.get("stored_kwh", none),
        surplus_eur_kwh=own.surplus_eur_kwh,
    )


def _pinned(schedule: Schedule, pins: Sequence[Pin]) -> tuple[str, ...]:
    """The batches of ``schedule`` that begin where firm pins say."""
    wanted = Counter((pin.grade, pin.begin) for pin in pins if pin.firm)
    found = []
    for batch in batches_of(schedule.blocks):
        if wanted[batch[0].grade, batch[0].start]:
            wanted[batch[0].grade, batch[0].start] -= 1
            found.append(batch[0].batch)
    return tuple(sorted(found))


def _taken_over(
    running: Plan | None, before: Carried, plant: Plant, start: datetime
) -> Iterator[str]:
    if running is not None and before.blocks:
        yield (
            f"work that the plan of {in_words(running.origin)} started before {in_words(start)} "
            "is taken as done as planned"
        )
    for grade, batches in batches_by_grade(before.surplus).items():
        plural = "batch" if batches == 1 else "batches"
        yield (
            f"{batches} {plural} of {grade} started before {in_words(start)} "
            f"{'is' if batches == 1 else 'are'} for no order any more"
        )
    yield from _held_too_long(before.blocks, plant)
    for demand, done in before.late:
        yield (
            f"{demand.name}: due on {in_words(demand.due)}, and what is under way for it is done "
            f"on {in_words(done)}"
        )


def _held_too_long(carried: Sequence[Block], plant: Plant) -> Iterator[str]:
    """Work begun that waits longer between two stages than it keeps, as it was reported."""
    stages = {stage.name: stage for stage in plant.stages}
    for batch in batches_of(block for block in carried if block.stage in stages):
        for block, after in pairwise(batch):
            most = timedelta(minutes=stages[block.stage].longest_wait_min)
            wait = after.start - block.end
            if wait > most:
                yield (
                    f"{block.batch}, which is under way, waits {span_text(wait)} "
                    f"after {block.stage}, and {span_text(most)} are allowed: look at it"
                )


def _battery_left(running: Plan | None, left_kwh: float | None, start: datetime) -> Iterator[str]:
    if running is not None and left_kwh is not None:
        yield (
            f"the battery is taken to hold {left_kwh:.1f} kWh on {in_words(start)}, as the plan of "
            f"{in_words(running.origin)} leaves it"
        )


def _late(schedule: Schedule, baseline: Schedule) -> Iterator[str]:
    if schedule.penalty_eur or baseline.penalty_eur:
        yield (
            f"late orders cost {schedule.penalty_eur:.2f} € in this plan and "
            f"{baseline.penalty_eur:.2f} € in the baseline"
        )


def _exceeding(schedule: Schedule, baseline: Schedule) -> Iterator[str]:
    if schedule.excess or baseline.excess:
        yield (
            f"power above the contracted one costs {schedule.excess_eur:.2f} € in this plan and "
            f"{baseline.excess_eur:.2f} € in the baseline"
        )


def _unproven(schedule: Schedule, time_limit_s: float, trouble: str) -> Iterator[str]:
    if schedule.status == "feasible" and schedule.gap is not None:
        yield (
            f"the search stopped after {time_limit_s:g} s: the best possible plan may be up to "
            f"{schedule.gap:.2%} cheaper than this one"
        )
    if trouble:
        yield trouble


def _rounded(demands: Sequence[Demand], plant: Plant) -> Iterator[str]:
    for demand in demands:
        made = demand.batches * plant.kg(demand.grade)
        if abs(made - demand.kg) > 1e-6:
            yield (
                f"{demand.name}: {demand.kg:g} kg are made as {demand.batches} whole batches of "
                f"{plant.kg(demand.grade):g} kg, {made:g} kg"
            )
