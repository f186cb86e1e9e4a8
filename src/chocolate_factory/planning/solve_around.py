"""Solving around batches that stay where they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, pairwise

import numpy as np

from chocolate_factory.errors import Infeasible
from chocolate_factory.market.calendar import to_datetime
from chocolate_factory.market.contract import Contract
from chocolate_factory.planning.ambient import Weather
from chocolate_factory.planning.carried_over import Batch, occupied
from chocolate_factory.planning.check import violations
from chocolate_factory.planning.milp import Ints, Key
from chocolate_factory.planning.orders import Demand, in_words
from chocolate_factory.planning.pins import Pin
from chocolate_factory.planning.plan import Block, PlanningPrices
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.problem import KW_TOLERANCE, Problem, build_problem, most_kw
from chocolate_factory.planning.solve import solve


def chain_from(
    plant: Plant,
    grade: str,
    prices: PlanningPrices,
    *,
    begin: datetime,
    start: datetime,
    end: datetime,
    contract: Contract,
    beside: Sequence[Block] = (),
    weather: Weather | None = None,
    stored_kwh: float | None = None,
) -> Pin:
    """When the stages of one batch begin, at least cost, if its first one begins at ``begin``.

    Within [start, end) and beside the blocks that are to stay, ``beside``; ``stored_kwh`` as for
    ``build_problem``. Raises ``Infeasible``
    if the batch cannot begin then.
    """
    alone = Demand(f"a batch of {grade}", grade, plant.kg(grade), 1, begin, begin, end)
    problem = build_problem(
        plant, (alone,), prices, start=start, end=end, contract=contract, carried=beside,
        weather=weather, stored_kwh=stored_kwh,
    )  # fmt: skip
    route = plant.route(grade)
    first = np.zeros(problem.slots.size, dtype=np.int64)
    if start <= begin < end and not (begin - start) % plant.slot:
        first[problem.slot_from(begin)] = 1
    found = solve(problem, at_least={(grade, route[0]): first}) if first.any() else None
    if found is None:
        raise Infeasible(
            (
                f"a batch of {grade} cannot begin on {in_words(begin)}: there is no staff, machine "
                "or power for one of its stages then, it would not be done in time, or work under "
                "way is in its place",
            )
        )
    slots = [int(np.flatnonzero(found.starts[grade, at])[0]) for at in route]
    return Pin(grade, tuple(to_datetime(problem.slots[slot]) for slot in slots))


def misplaced(
    problem: Problem, pinned: Sequence[Batch], contract: Contract, weather: Weather | None
) -> Iterator[str]:
    """What the pinned batches break: their own recipe and staff, or together machines and power."""
    plant, start = problem.plant, to_datetime(problem.slots[0])
    end = to_datetime(problem.slots[-1]) + plant.slot
    for batch in pinned:
        alone = Demand("pinned", batch[0].grade, 1.0, 1, batch[0].start, None, batch[-1].end)
        for reason in violations(
            (*batch, *_in_tanks(batch, plant)), plant, (alone,),
            start=start, end=end, contract=contract, weather=weather,
        ):  # fmt: skip
            yield f"a pinned batch of {batch[0].grade}, {in_words(batch[0].start)}: {reason}"
    held = occupied(chain.from_iterable(pinned), plant, problem.slots)
    for number, stage in enumerate(plant.stages):
        over = held.machines[number] > problem.free[number]
        if over.any():
            when = in_words(to_datetime(problem.slots[int(np.argmax(over))]))
            yield f"{when}: pins and work begun before need more than all {stage.machine}s"
    above = held.drawn_kw > most_kw(problem) + KW_TOLERANCE
    if above.any():
        at = int(np.argmax(above))
        yield (
            f"{in_words(to_datetime(problem.slots[at]))}: pinned batches draw "
            f"{held.drawn_kw[at]:g} kW, and {most_kw(problem)[at]:g} kW are left"
        )


def _in_tanks(batch: Batch, plant: Plant) -> Iterator[Block]:
    """The waits of a batch that are longer than the hold, in the tank."""
    stages = {stage.name: stage for stage in plant.stages}
    for block, after in pairwise(batch):
        stage = stages[block.stage]
        begin = block.end + timedelta(minutes=stage.max_hold_min)
        if stage.tank is not None and begin < after.start:
            minutes = (after.start - begin) // timedelta(minutes=1)
            yield replace(
                block,
                stage=stage.tank.name,
                machine=f"{stage.tank.name}-1",
                start=begin,
                end=after.start,
                energy_kwh=minutes / 60 * stage.tank.kw,
                phases=((minutes, stage.tank.kw),),
            )


def starts_of(problem: Problem, pinned: Sequence[Batch]) -> dict[Key, Ints]:
    """Start counts of the pinned batches, shape (slots,) each; what begins later is left out."""
    number = {stage.name: at for at, stage in enumerate(problem.plant.stages)}
    counts: dict[Key, Ints] = {}
    for batch in pinned:
        for block in batch:
            key = (block.grade, number[block.stage])
            own = counts.setdefault(key, np.zeros(problem.slots.size, dtype=np.int64))
            slot = problem.slot_from(block.start)
            if slot < problem.slots.size:
                own[slot] += 1
    return counts
