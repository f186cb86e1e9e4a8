"""Why there is no plan: which orders, machines, hours or kilowatts collide, in words and numbers.

``obstacles`` finds plain contradictions before anything is solved; ``shortfall`` asks the solver
for the fewest batches that must be late and names their orders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import to_datetime
from chocolate_factory.planning.milp import Ints, Key
from chocolate_factory.planning.orders import Demand, in_words
from chocolate_factory.planning.plant import Staffed
from chocolate_factory.planning.problem import Problem, allowed_starts, batches_by_grade, most_kw
from chocolate_factory.planning.solve import solve


def obstacles(problem: Problem) -> tuple[str, ...]:
    """Reasons, each sufficient, why no schedule can meet every demand; empty if none is plain."""
    found = (*_too_little_power(problem), *_too_empty(problem))
    found = found or tuple(_too_soon(problem))
    return found or tuple(_too_much_work(problem))


def shortfall(
    problem: Problem, *, time_limit_s: float = 60.0, at_least: Mapping[Key, Ints] | None = None
) -> tuple[str, ...]:
    """The orders of an infeasible ``problem`` that cannot be met, and by how many batches.

    ``at_least`` as in ``solve``.

    Raises ``SolverFailed`` if the time ends before any answer is found.
    """
    best = solve(problem, give_up=True, time_limit_s=time_limit_s, at_least=at_least)
    late = {} if best is None else {at: count for at, count in best.given_up.items() if count}
    reasons = [
        f"{count} of {_batches(problem.demands[at])} cannot be finished by "
        f"{in_words(problem.demands[at].due)}: machines, staff and power together leave no room"
        for at, count in late.items()
    ]
    if best is not None and best.status == "optimal" and len(reasons) > 1:
        reasons.append(
            f"{sum(late.values())} batches is the fewest that must be late; which orders they "
            "belong to may be chosen otherwise"
        )
    return tuple(reasons)


def _too_little_power(problem: Problem) -> Iterator[str]:
    most = float(most_kw(problem).max())
    for stage in problem.plant.stages:
        for grade in problem.batches:
            peak = max((phase.kw for phase in stage.phases[grade]), default=0.0)
            if peak > most + 1e-6:
                yield (
                    f"{stage.name} of {grade} draws {peak:g} kW, and contracted power less the "
                    f"base load never leaves more than {most:g} kW"
                )


def _too_empty(problem: Problem) -> Iterator[str]:
    own = problem.own_energy
    if own is None or own.battery is None:
        return
    kw = np.minimum(problem.process_kw, own.battery.kw)
    charged_kwh = float(kw.sum() * np.sqrt(own.battery.efficiency)) * problem.plant.slot_min / 60
    if own.stored_kwh + charged_kwh < own.battery.start_kwh - 1e-6:
        yield (
            f"the battery holds {own.stored_kwh:g} kWh when the plan begins and cannot be charged "
            f"to the {own.battery.start_kwh:g} kWh that it has to hold when it ends"
        )


def _too_soon(problem: Problem) -> Iterator[str]:
    for demand in filter(lambda demand: demand.is_deadline, problem.demands):
        soonest = _soonest_end(problem, demand)
        need = timedelta(minutes=problem.plant.batch_minutes(demand.grade))
        if soonest is None:
            yield (
                f"{_batches(demand)}: not one batch ({_hours(need)} of work) can be made before "
                f"planning ends on {in_words(_end(problem))} with the staff and power there are"
            )
        elif soonest > demand.due:
            begin = to_datetime(problem.slots[problem.slot_from(demand.earliest)])
            yield (
                f"{_batches(demand)} due {in_words(demand.due)}: one batch takes {_hours(need)} "
                f"and, begun on or after {in_words(begin)} with staff there, is not finished "
                f"before {in_words(soonest)}"
            )


def _too_much_work(problem: Problem) -> Iterator[str]:
    """Machine hours needed up to each due time, against the most that can be given till then."""
    plant = problem.plant
    for number, stage in enumerate(plant.stages):
        deadlines = [demand for demand in problem.demands if demand.is_deadline]
        for due in sorted({demand.due for demand in deadlines}):
            own = tuple(demand for demand in deadlines if demand.due <= due)
            need_min = sum(demand.batches * stage.minutes(demand.grade) for demand in own)
            usable = _usable(problem, own, number)
            usable_min = int(problem.free[number][usable].sum()) * plant.slot_min
            if need_min <= usable_min:
                continue
            staff = {
                Staffed.THROUGHOUT: " while staff is there",
                Staffed.START: " with staff to start it",
                Staffed.NEVER: "",
            }[stage.staffed]
            besides = (
                ", besides work begun before"
                if (problem.free[number][usable] < stage.machines).any()
                else ""
            )
            machines = f"{stage.machines} {stage.machine}{'s' if stage.machines > 1 else ''}"
            yield (
                f"by {in_words(due)} the orders ({', '.join(demand.name for demand in own)}) need "
                f"{need_min / 60:g} h of {stage.name}; {machines} can give at most "
                f"{usable_min / 60:g} h until then{staff}{besides}"
            )
            break


def _soonest_end(problem: Problem, demand: Demand) -> datetime | None:
    """When one batch alone in the plant would be done, whatever its due time; None if never."""
    alone = replace(problem, demands=(replace(demand, due=_end(problem)),))
    route = problem.plant.route(demand.grade)
    last_starts = np.flatnonzero(allowed_starts(alone, demand.grade)[route[-1]])
    if last_starts.size == 0:
        return None
    last = problem.plant.stages[route[-1]]
    begin = to_datetime(problem.slots[int(last_starts[0])])
    return begin + timedelta(minutes=last.minutes(demand.grade))


def _usable(problem: Problem, own: Sequence[Demand], number: int) -> NDArray[np.bool_]:
    """Slots in which stage ``number`` can be at work for any of the demands ``own``."""
    part = replace(problem, demands=tuple(own))
    usable = np.zeros(problem.slots.size, dtype=bool)
    stage = problem.plant.stages[number]
    for grade in batches_by_grade(own):
        starts = np.flatnonzero(allowed_starts(part, grade)[number])
        for offset in range(stage.minutes(grade) // problem.plant.slot_min):
            usable[starts + offset] = True
    return usable


def _end(problem: Problem) -> datetime:
    return to_datetime(problem.slots[-1]) + problem.plant.slot


def _batches(demand: Demand) -> str:
    plural = "batch" if demand.batches == 1 else "batches"
    return f"{demand.batches} {plural} of {demand.name}"


def _hours(length: timedelta) -> str:
    minutes = int(length / timedelta(minutes=1))
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes % 60 else f"{minutes // 60} h"
