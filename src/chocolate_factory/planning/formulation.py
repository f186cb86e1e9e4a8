"""The problem as a mixed-integer linear programme on aggregated start counts.

One whole variable per grade, stage and slot: how many batches start that stage there. Batches of
a grade are alike and pass every stage first in, first out, so no batch needs an index: there is
no symmetry to break, and the size does not depend on how many batches there are.

Rows, for every grade g, stage j of ``d`` slots and slot t, with x the starts:

- waiting: ``w(t) = w(t−1) + x_j(t−d) − x_{j+1}(t)``, batches between two stages of its route;
- hold of h slots, first in, first out: ``w(t) ≤ Σ x_j`` over runs that ended in (t−h, t]; where
  none can have ended there is no w, so nothing ever waits longer. With a tank of H slots the sum
  goes over (t−h−H, t], and ``k(t) ≥ w(t) − Σ x_j`` over (t−h, t] are those in the tank: they draw
  its power, cost it and fit in it;
- machines, cleaning, change-over and maintenance: ``planning.capacity``;
- power, PV and battery: ``planning.site_power``; what excess power costs: ``planning.excess_rows``;
- due times: ``planning.dues``;
- as many first starts as batches in demand.

Everything is exact: every schedule of counts that keeps these rows can be put on machines, and
every schedule of the plant keeps them, but for one choice: batches of a grade keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from chocolate_factory.market.series import Floats
from chocolate_factory.planning.capacity import machines
from chocolate_factory.planning.dues import due_times
from chocolate_factory.planning.excess_rows import Slopes, excess_cost
from chocolate_factory.planning.milp import Ints, Milp, Model, Part
from chocolate_factory.planning.problem import Problem
from chocolate_factory.planning.site_power import power_limit


def formulate(
    problem: Problem,
    *,
    by_price: bool = True,
    earliest: bool = False,
    give_up: bool = False,
    slopes: Slopes | None = None,
    parts: Sequence[Part] = (),
) -> Milp:
    """The programme whose optimum is the cheapest schedule of ``problem``.

    ``by_price``: energy costs what it costs, else nothing. ``earliest``: prices are not looked at,
    and the stages of all batches begin as early as the others let them. ``give_up``: batches may be
    left out, and prices are not looked at so that the fewest are, those of low priority first.
    ``slopes``: of the tangents to the cost of excess power (``planning.excess_rows``); None: where
    to begin. ``parts`` add what else costs or limits.
    """
    by_price = by_price and not (earliest or give_up)
    model = Model(problem)
    price = problem.eur_kwh if by_price else np.zeros(problem.slots.size)
    _starts(model, price, by_time=earliest)
    for grade in problem.batches:
        _holds(model, grade, price)
    _tanks(model)
    machines(model)
    power_limit(model, price)
    if by_price:
        excess_cost(model, slopes)
    due_times(model, give_up=give_up, priced=not earliest)
    for part in parts:
        part(model)
    return model.assembled()


def _starts(model: Model, price: Floats, *, by_time: bool) -> None:
    problem = model.problem
    for grade in problem.batches:
        route = problem.plant.route(grade)
        for number, stage in enumerate(problem.plant.stages):
            where = problem.starts[grade][number]
            cost = np.zeros(problem.slots.size)
            kwh = stage.slot_kw(grade, problem.plant.slot_min) * problem.plant.slot_min / 60
            slots = np.flatnonzero(where)
            if kwh.size:
                cost[slots] = price[slots[:, None] + np.arange(kwh.size)] @ kwh
            if by_time and number in route:
                cost = np.arange(problem.slots.size, dtype=np.float64)
            model.starts[grade, number] = model.slot_columns(
                where, cost, float(stage.machines), integer=True
            )


def _holds(model: Model, grade: str, price: Floats) -> None:
    problem = model.problem
    plant, n, batches = problem.plant, problem.slots.size, float(problem.batches[grade])
    for number, after in pairwise(plant.route(grade)):
        stage = plant.stages[number]
        hold, longest = (
            stage.max_hold_min // plant.slot_min,
            stage.longest_wait_min // plant.slot_min,
        )
        length = problem.length(grade, number)
        ended = np.full(n, -1, dtype=np.int64)
        ended[length:] = model.starts[grade, number][: n - length]
        recent = np.zeros(n, dtype=bool)
        for back in range(min(longest, n)):
            recent[back:] |= ended[: n - back] >= 0
        waiting = model.slot_columns(recent, np.zeros(n), batches, integer=False)
        model.waiting[grade, number] = waiting
        balance = model.add_rows(n, 0.0, 0.0)
        model.add_entries(balance, waiting, 1.0)
        model.add_entries(balance[1:], waiting[:-1], -1.0)
        model.add_entries(balance, ended, -1.0)
        model.add_entries(balance, model.starts[grade, after], 1.0)
        _ended_within(model, waiting, ended, longest, None)
        if stage.tank is not None:
            tank_kwh = stage.tank.kw * plant.slot_min / 60
            room = problem.tank_free[number].astype(np.float64)
            column = model.slot_columns(recent, price * tank_kwh, room, integer=False)
            model.in_tank[grade, number] = column
            _ended_within(model, waiting, ended, hold, column)
            if stage.tank.kw:
                paid = np.flatnonzero((price < 0) & recent)
                _no_more_in_tank(model, paid, batches, (waiting, ended, column), hold)


def _ended_within(
    model: Model, waiting: Ints, ended: Ints, back: int, besides: Ints | None
) -> None:
    """``waiting − besides ≤`` runs that ended in the last ``back`` slots, this one included."""
    slots = np.flatnonzero(waiting >= 0)
    bound = model.add_rows(waiting.size, -np.inf, 0.0)
    model.add_entries(bound[slots], waiting[slots], 1.0)
    if besides is not None:
        model.add_entries(bound[slots], besides[slots], -1.0)
    for earlier in range(back):
        later = slots[slots >= earlier]
        model.add_entries(bound[later], ended[later - earlier], -1.0)


def _no_more_in_tank(
    model: Model, paid: Ints, batches: float, columns: tuple[Ints, Ints, Ints], hold: int
) -> None:
    """Where a price below zero pays for a full tank: only those are in it that wait so long.

    ``k = max(w − ended lately, 0)``, by a whole variable that is 1 where it is above zero.
    """
    waiting, ended, in_tank = columns
    some = model.add_columns(np.zeros(paid.size), 1.0, integer=True)
    none = model.add_rows(paid.size, -np.inf, 0.0)
    model.add_entries(none, in_tank[paid], 1.0)
    model.add_entries(none, some, -batches)
    exact = model.add_rows(paid.size, -np.inf, batches)
    model.add_entries(exact, in_tank[paid], 1.0)
    model.add_entries(exact, waiting[paid], -1.0)
    model.add_entries(exact, some, batches)
    for back in range(hold):
        inside = paid >= back
        model.add_entries(exact[inside], ended[paid[inside] - back], 1.0)


def _tanks(model: Model) -> None:
    """The batches of all grades in a tank fit in it."""
    problem = model.problem
    for number, stage in enumerate(problem.plant.stages):
        own = [column for (_, at), column in model.in_tank.items() if at == number]
        if stage.tank is None or len(own) < 2:  # one grade alone is bounded by its columns
            continue
        room = problem.tank_free[number].astype(np.float64)
        rows = model.add_rows(problem.slots.size, -np.inf, room)
        for column in own:
            model.add_entries(rows, column, 1.0)
