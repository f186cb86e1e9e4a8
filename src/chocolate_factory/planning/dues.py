"""Due times in cumulative counts: deadlines, and due times that may be missed for a penalty.

For every due time u and earliest instant e, runs of the last stage that end by u less runs of the
first stage that start before e ≥ batches with both limits inside [e, u] (Hall's condition, exact
because starts and ends of a grade keep the same order).

A demand that may be late counts with its ``batches − late(k)`` at the end of the k-th hour after
its due time: ``late(k)`` whole, never rising, none left when planning ends. Each hour begun costs
the penalty in proportion to the batches still missing when it begins. A row with an earliest
instant and no deadline is let go where all its batches are late.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chocolate_factory.planning.milp import Ints, Model
from chocolate_factory.planning.orders import Demand
from chocolate_factory.planning.problem import Problem


def due_times(model: Model, *, give_up: bool, priced: bool) -> None:
    """As many batches as are in demand, each in time, late for its penalty, or given up.

    ``give_up``: batches may be left out, at a price that rises fourfold with each step of
    priority. ``priced``: lateness costs its penalty.
    """
    problem = model.problem
    if give_up:
        for number, demand in enumerate(problem.demands):
            weight = np.full(1, 4.0**demand.priority)
            column = model.add_columns(weight, float(demand.batches), integer=True)
            model.given_up[number] = int(column[0])
    for number, demand in enumerate(problem.demands):
        if not demand.is_deadline:
            model.late[number] = _late(model, demand, priced=priced and not give_up)
    for grade, batches in problem.batches.items():
        first_starts = model.starts[grade, problem.plant.route(grade)[0]]
        lowest = 0.0 if give_up else float(batches)
        total = model.add_rows(1, lowest, float(batches))
        model.add_entries(np.repeat(total, first_starts.size), first_starts, 1.0)
        own = [at for at, demand in enumerate(problem.demands) if demand.grade == grade]
        _rows(model, grade, own)


def late_hours(problem: Problem, demand: Demand) -> Ints:
    """Slots at which the hours after the due time begin, from the due time itself on, shape (k,).

    The last stage must have ended by such a slot for a batch not to pay for the hour.
    """
    hour = 60 // problem.plant.slot_min
    return np.arange(problem.slot_before(demand.due), problem.slots.size, hour)


def _late(model: Model, demand: Demand, *, priced: bool) -> Ints:
    hours = late_hours(model.problem, demand)
    each_eur = (demand.penalty_eur_h or 0.0) / demand.batches if priced else 0.0
    columns = model.add_columns(np.full(hours.size, each_eur), float(demand.batches), integer=True)
    falling = model.add_rows(max(hours.size - 1, 0), 0.0, np.inf)
    model.add_entries(falling, columns[:-1], 1.0)
    model.add_entries(falling, columns[1:], -1.0)
    return columns


def _rows(model: Model, grade: str, own: Sequence[int]) -> None:
    problem = model.problem
    route = problem.plant.route(grade)
    length = problem.length(grade, route[-1])
    demands = {at: problem.demands[at] for at in own}
    begins = {at: problem.slot_from(demand.earliest) for at, demand in demands.items()}
    ends: set[int] = set()
    for demand in demands.values():
        ends.update(
            [problem.slot_before(demand.due)]
            if demand.is_deadline
            else [*late_hours(problem, demand).tolist(), problem.slots.size]
        )
    first, last = model.starts[grade, route[0]], model.starts[grade, route[-1]]
    for begin in sorted(set(begins.values())):
        for end in sorted(ends):
            inside = [at for at in own if begins[at] >= begin and _due(problem, at) <= end]
            if not inside:
                continue
            need = sum(demands[at].batches for at in inside)
            row = model.add_rows(1, float(need), np.inf)
            ending = last[: max(end - length + 1, 0)]
            model.add_entries(np.repeat(row, ending.size), ending, 1.0)
            model.add_entries(np.repeat(row, begin), first[:begin], -1.0)
            for at in inside:
                _besides(model, row, at, end)
            if begin and end < problem.slots.size and all(at in model.late for at in inside):
                _none_in_time(model, row, grade, inside, end)


def _none_in_time(model: Model, row: Ints, grade: str, inside: Sequence[int], end: int) -> None:
    """Let go of ``row`` where every batch of ``inside`` is late.

    Batches begun too early may then outnumber those done, and the row would count below zero.
    """
    problem = model.problem
    need = float(sum(problem.demands[at].batches for at in inside))
    released = model.add_columns(np.zeros(1), 1.0, integer=True)
    model.add_entries(row, released, float(problem.batches[grade]) + need)
    all_late = model.add_rows(1, 0.0, np.inf)
    model.add_entries(all_late, released, -need)
    for at in inside:
        _besides(model, all_late, at, end)


def _due(problem: Problem, at: int) -> int:
    return problem.slot_before(problem.demands[at].due)


def _besides(model: Model, row: Ints, at: int, end: int) -> None:
    """What of demand ``at`` need not be made by ``end``: batches given up, or still late."""
    if at in model.given_up:
        model.add_entries(row, np.array([model.given_up[at]]), 1.0)
    if at in model.late and end < model.problem.slots.size:
        hour = (end - _due(model.problem, at)) * model.problem.plant.slot_min // 60
        model.add_entries(row, model.late[at][hour : hour + 1], 1.0)
