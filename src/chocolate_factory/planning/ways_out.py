"""What would make an impossible plan possible: each way tried on its own, and priced.

Overtime, later orders, more power, a tank, a machine, fewer batches: each is the same problem with
one thing let go, as little of it as will do, and then planned at least cost. So every way stands
for a plan that exists, and its energy is what that plan costs. Ways that are no help are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from chocolate_factory.errors import MissingData, SolverFailed, WayOut
from chocolate_factory.market.calendar import local_wall, to_datetime
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import power_period, power_term_eur_kw_year
from chocolate_factory.planning.elastic import MORE_KW, OVERTIME, more_power, overtime
from chocolate_factory.planning.equipment import Tank, minute_of_day
from chocolate_factory.planning.milp import Ints
from chocolate_factory.planning.orders import Demand, in_words
from chocolate_factory.planning.plant import Stage
from chocolate_factory.planning.problem import Problem, with_starts
from chocolate_factory.planning.solve import Solution, solve

TIME_LIMIT_S = 20.0
"""How long each way is searched for."""

HEAVY_EUR = 1000.0
"""What an hour of staff, a kilowatt or an hour of delay counts while as few as possible are sought:
far above what energy can save by it.
"""

EDGE_MIN = 120
"""How long before the first and after the last shift of any day overtime may begin and end."""

ADDED_TANK = (2, 480)
"""Batches and minutes of the tank that is tried where there is none."""

_UNBOUND_KW = 1e6


def ways_out(problem: Problem, contract: Contract) -> tuple[WayOut, ...]:
    """The ways that make ``problem`` possible, the cheapest first; those without a price last."""
    found: list[WayOut] = []
    tries: list[Callable[[], Iterator[WayOut]]] = [
        lambda: _overtime(problem),
        lambda: _later(problem),
        lambda: _power(problem, contract),
        lambda: _tanks(problem),
        lambda: _machines(problem),
        lambda: _fewer(problem),
    ]
    for attempt in tries:
        try:
            found.extend(attempt())
        except SolverFailed:  # no answer in its time: this way is not known to be one
            continue
    return tuple(
        sorted(found, key=lambda way: (way.kind == "fewer", way.energy_eur + (way.extra_eur or 0)))
    )


def _overtime(problem: Problem) -> Iterator[WayOut]:
    plant = problem.plant
    spans = [span for spans in plant.shifts.values() for span in spans]
    if not spans:
        return
    minutes = minute_of_day(local_wall(problem.slots))
    begin = min(span.start_min for span in spans) - EDGE_MIN
    end = max(span.end_min for span in spans) + EDGE_MIN
    extra = ~problem.staffed & (minutes >= begin) & (minutes < end)
    wider = with_starts(replace(problem, staffed=problem.staffed | extra))
    eur_slot = HEAVY_EUR * plant.slot_min / 60
    found = solve(wider, parts=(overtime(extra, eur_slot),), time_limit_s=TIME_LIMIT_S)
    if found is None:
        return
    used = np.flatnonzero(found.extra[OVERTIME] > 0.5)
    hours = used.size * plant.slot_min / 60
    energy = found.objective - used.size * eur_slot
    pay = None if plant.overtime_eur_h is None else plant.overtime_eur_h * hours
    when = ", ".join(_stretches(problem, used))
    yield WayOut(
        "overtime",
        f"staff for {hours:g} h more ({when}): {_bill(energy, pay, 'pay')}",
        energy,
        pay,
        hours=hours,
        proven=found.status == "optimal",
    )


def _later(problem: Problem) -> Iterator[WayOut]:
    demands = tuple(
        replace(d, penalty_eur_h=HEAVY_EUR * d.batches * 2.0**d.priority) if d.is_deadline else d
        for d in problem.demands
    )
    found = solve(with_starts(replace(problem, demands=demands)), time_limit_s=TIME_LIMIT_S)
    if found is None:
        return
    energy, longest, named, texts = found.objective, 0.0, [], []
    for number, late in found.late.items():
        demand, own = problem.demands[number], demands[number]
        each_eur = (own.penalty_eur_h or 0.0) / demand.batches
        if not demand.is_deadline:
            continue
        energy -= float(late.sum()) * each_eur
        hours = int(np.count_nonzero(late))
        if hours:
            longest = max(longest, float(hours))
            named.append(demand.name)
            texts.append(
                f"{late[0]} of {demand.batches} batches of {demand.name} up to {hours} h later "
                f"(by {in_words(demand.due + timedelta(hours=hours))})"
            )
    yield WayOut(
        "later",
        f"{'; '.join(texts)}: {_bill(energy, 0.0, 'else')}",
        energy,
        0.0,
        orders=tuple(named),
        hours=longest,
        proven=found.status == "optimal",
    )


def _power(problem: Problem, contract: Contract) -> Iterator[WayOut]:
    if problem.own_energy is not None:
        return  # PV and battery have a limit of their own
    free = with_starts(replace(problem, process_kw=np.full(problem.slots.size, _UNBOUND_KW)))
    part = more_power(problem.process_kw, HEAVY_EUR)
    found = solve(free, parts=(part,), time_limit_s=TIME_LIMIT_S)
    if found is None:
        return
    kw = float(np.ceil(found.extra[MORE_KW][0] - 1e-6))
    energy = found.objective - float(found.extra[MORE_KW][0]) * HEAVY_EUR
    above = _drawn_kw(free, found) > problem.process_kw + 1e-4
    periods = sorted(set(power_period(contract.tariff, problem.slots[above]).tolist()))
    a_year: float | None = None
    with suppress(MissingData):  # the terms of that year are not known
        term = power_term_eur_kw_year(contract.tariff, to_datetime(problem.slots[0]).date())
        a_year = kw * sum(term[period - 1] for period in periods)
    names = ", ".join(f"P{period}" for period in periods)
    yield WayOut(
        "power",
        f"{kw:g} kW more contracted power in {names}: {_bill(energy, a_year, 'power term a year')}",
        energy,
        a_year,
        kw=kw,
        proven=found.status == "optimal",
    )


def _tanks(problem: Problem) -> Iterator[WayOut]:
    batches, minutes = ADDED_TANK
    for number, stage in enumerate(problem.plant.stages[:-1]):
        if stage.tank is not None:
            continue
        tank = Tank(f"{stage.name} tank", batches, minutes, 0.0)
        changed = _with_stage(problem, number, replace(stage, tank=tank))
        room = changed.tank_free.copy()
        room[number] = batches
        yield from _planned(
            replace(changed, tank_free=room),
            "tank",
            f"a tank for {batches} batches after {stage.name}, {minutes / 60:g} h at most",
        )


def _machines(problem: Problem) -> Iterator[WayOut]:
    for number, stage in enumerate(problem.plant.stages):
        changed = _with_stage(problem, number, replace(stage, machines=stage.machines + 1))
        free = changed.free.copy()
        free[number] += 1
        yield from _planned(replace(changed, free=free), "machine", f"one {stage.machine} more")


def _fewer(problem: Problem) -> Iterator[WayOut]:
    fewest = solve(problem, give_up=True, time_limit_s=TIME_LIMIT_S)
    if fewest is None:
        return
    left: list[Demand] = []
    texts, names = [], []
    for number, demand in enumerate(problem.demands):
        out = fewest.given_up.get(number, 0)
        if out:
            texts.append(f"{out} of {demand.batches} batches of {demand.name}")
            names.append(demand.name)
        if out < demand.batches:
            left.append(replace(demand, batches=demand.batches - out))
    rest = with_starts(replace(problem, demands=tuple(left)))
    found = solve(rest, time_limit_s=TIME_LIMIT_S)
    if found is not None:
        energy = found.objective
        yield WayOut(
            "fewer",
            f"without {', '.join(texts)}: {_bill(energy, None, 'what they are worth')}",
            energy,
            None,
            orders=tuple(names),
            proven=fewest.status == found.status == "optimal",
        )


def _planned(problem: Problem, kind: str, what: str) -> Iterator[WayOut]:
    changed = with_starts(problem)
    found = solve(changed, time_limit_s=TIME_LIMIT_S)
    if found is not None:
        yield WayOut(
            kind,
            f"{what}: {_bill(found.objective, None, 'what it costs')}",
            found.objective,
            None,
            proven=found.status == "optimal",
        )


def _with_stage(problem: Problem, number: int, stage: Stage) -> Problem:
    stages = list(problem.plant.stages)
    stages[number] = stage
    return replace(problem, plant=replace(problem.plant, stages=tuple(stages)))


def _drawn_kw(problem: Problem, found: Solution) -> Floats:
    drawn = np.zeros(problem.slots.size)
    for (grade, number), starts in found.starts.items():
        for offset, kw in enumerate(
            problem.plant.stages[number].slot_kw(grade, problem.plant.slot_min)
        ):
            begins = np.flatnonzero(starts)
            drawn[begins + offset] += kw * starts[begins]
    return drawn


def _stretches(problem: Problem, slots: Ints) -> Iterator[str]:
    """Runs of neighbouring slots as ``Sat 22 Nov 14:00–16:00``."""
    for run in np.split(slots, np.flatnonzero(np.diff(slots) > 1) + 1):
        if run.size:
            begin = to_datetime(problem.slots[int(run[0])])
            end = to_datetime(problem.slots[int(run[-1])]) + problem.plant.slot
            yield f"{in_words(begin)}–{_clock(end)}"


def _clock(instant: datetime) -> str:
    return in_words(instant).rsplit(" ", 1)[1]


def _bill(energy_eur: float, extra_eur: float | None, what: str) -> str:
    energy = f"energy {energy_eur:.2f} €"
    if extra_eur is None:
        return f"{energy}, {what} not counted"
    return energy if extra_eur == 0 else f"{energy}, {what} {extra_eur:.2f} €"
