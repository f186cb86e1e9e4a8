"""Why a batch is where it is: what it costs there and an hour off, what is in the way, how sure.

A batch is moved as it is, all its stages by the same time, beside everything else where it is, and
only to where a plan made now could still put it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.contract import Contract
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.carried_over import Batch, batches_of
from chocolate_factory.planning.check import violations
from chocolate_factory.planning.cost import cost_eur
from chocolate_factory.planning.machines_alike import on_free_machines
from chocolate_factory.planning.orders import Demand, in_words
from chocolate_factory.planning.plan import Block, Plan
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.problem import KW_TOLERANCE, Problem, build_problem, most_kw
from chocolate_factory.planning.risk import Paths

HOUR = timedelta(hours=1)
AS_GOOD_EUR = 0.01
"""What is not cheaper by more than this [EUR] is no better place."""
MOST_LIMITS = 3


@dataclass(frozen=True, slots=True)
class Shift:
    """A batch so much later (earlier if negative): the difference in cost, and what is in the way.

    ``difference_eur`` by prices alone [EUR]; ``limits`` empty if it could be there.
    """

    by: timedelta
    difference_eur: float | None
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """One batch of a plan.

    Parameters
    ----------
    batch
        Its blocks.
    cost_eur
        What it costs where it is [EUR].
    due
        By when it has to be done, for the order it is made for; None if for none.
    earlier, later
        The same an hour earlier and later.
    places
        At how many instants it could begin instead, all else where it is.
    cheapest_begin, cheapest_eur
        The cheapest of these at the planning prices, and what it costs there [EUR]; its own place
        if there is none cheaper.
    published
        Whether every price under it is published.
    stays_best
        Share of the price paths on which no other place is cheaper; None without paths, or if it
        begins too soon to be moved.
    """

    batch: Batch
    cost_eur: float
    due: datetime | None
    earlier: Shift
    later: Shift
    places: int
    cheapest_begin: datetime
    cheapest_eur: float
    published: bool
    stays_best: float | None


def why(
    plan: Plan,
    name: str,
    plant: Plant,
    contract: Contract,
    *,
    since: datetime,
    paths: Paths | None = None,
) -> Why:
    """Why the batch ``name`` of ``plan`` is where it is. Raises ``KeyError`` if there is none.

    ``since``: what begins before it stays, and nothing else is put there.
    """
    batches = {batch[0].batch: batch for batch in batches_of(plan.schedule.blocks)}
    batch = batches[name]
    others = [block for block in plan.schedule.blocks if block.batch != name]
    demand = serves(plan).get(name)
    room = (plant, contract)
    slots, places = _places(plan, batch, (*others, *plan.carried), room, demand)
    frozen = batch[0].start < since
    places[: slots if frozen else max(-((plan.start - since) // plant.slot), 0)] = False
    costs = _costs(batch, plan.prices.eur_kwh[None, :], plan, plant, slots)[0]
    own = int((batch[0].start - plan.start) // plant.slot)
    allowed = np.flatnonzero(places)
    cheapest = int(allowed[np.argmin(costs[allowed])]) if allowed.size else own
    if costs[cheapest] >= costs[own] - AS_GOOD_EUR:
        cheapest = own
    sure = None
    if paths is not None and not frozen:
        over = _costs(batch, paths.eur_kwh, replace(plan, prices=paths.prices), plant, slots)
        best = over[:, np.union1d(allowed, [own])].min(axis=1)
        if np.isfinite(over[:, own]).all():
            sure = float((over[:, own] <= best + AS_GOOD_EUR).mean())
    return Why(
        batch=batch,
        cost_eur=cost_eur(batch, plan.prices),
        due=None if demand is None else demand.due,
        earlier=_shift(plan, batch, others, room, -HOUR, since=since),
        later=_shift(plan, batch, others, room, HOUR, since=since),
        places=int(places.sum()) - int(bool(places[own])),
        cheapest_begin=plan.start + cheapest * plant.slot,
        cheapest_eur=float(costs[cheapest]),
        published=all(block.price_kind == "published" for block in batch),
        stays_best=sure,
    )


def serves(plan: Plan) -> dict[str, Demand]:
    """Which demand each batch is made for: those that begin first go to the order due first."""
    left = sorted(
        (*batches_of(plan.carried), *batches_of(plan.schedule.blocks)), key=lambda b: b[0].start
    )
    told: dict[str, Demand] = {}
    for demand in sorted(plan.demands, key=lambda demand: demand.due):
        own = [b for b in left if b[0].grade == demand.grade and b[0].batch not in told]
        for batch in own[: demand.batches]:
            told[batch[0].batch] = demand
    return told


def _places(
    plan: Plan,
    batch: Batch,
    others: Sequence[Block],
    room: tuple[Plant, Contract],
    demand: Demand | None,
) -> tuple[int, NDArray[np.bool_]]:
    """How many slots there are, and in which the batch may begin as it is, shape (slots,)."""
    plant, contract = room
    alone = Demand(
        "this batch", batch[0].grade, plant.kg(batch[0].grade), 1, plan.start,
        None if demand is None else demand.earliest, plan.end if demand is None else demand.due,
    )  # fmt: skip
    problem = build_problem(
        plant, (alone,), plan.prices,
        start=plan.start, end=plan.end, contract=contract, carried=others, weather=plan.weather,
    )  # fmt: skip
    slots = problem.slots.size
    starts = problem.starts[batch[0].grade]
    number = {stage.name: at for at, stage in enumerate(plant.stages)}
    may = np.ones(slots, dtype=bool)
    for block in batch:
        own = starts[number[block.stage]] if block.stage in number else _room(problem, block)
        offset = (block.start - batch[0].start) // plant.slot
        there = np.zeros(slots, dtype=bool)
        there[: slots - offset] = own[offset:]
        may &= there
    return slots, may


def _room(problem: Problem, wait: Block) -> NDArray[np.bool_]:
    """Slots from which the tank of a wait has room and power for it, shape (slots,)."""
    plant = problem.plant
    tanks = {stage.tank.name: at for at, stage in enumerate(plant.stages) if stage.tank is not None}
    free = problem.tank_free[tanks[wait.stage]] > 0
    free = free & (most_kw(problem) + KW_TOLERANCE >= wait.phases[0][1])
    length = (wait.end - wait.start) // plant.slot
    room = np.zeros(free.size, dtype=bool)
    if length <= free.size:
        room[: free.size - length + 1] = np.lib.stride_tricks.sliding_window_view(free, length).all(
            axis=1
        )
    return room


def _costs(batch: Batch, eur_kwh: Floats, plan: Plan, plant: Plant, slots: int) -> Floats:
    """What the batch costs on each path if it begins in each slot, shape (paths, slots).

    Infinite where it would not be done within the plan, or a price is not known.
    """
    begin = np.datetime64(plan.start.replace(tzinfo=None), "s")
    step = np.timedelta64(int(plant.slot.total_seconds()), "s")
    instants = begin + np.arange(slots) * step
    of_slot = plan.prices.period_of(instants)
    known = (of_slot >= 0) & (instants < plan.prices.ends[of_slot])
    by_slot = eur_kwh[:, of_slot]
    length = (batch[-1].end - batch[0].start) // plant.slot
    profile = np.zeros(length)
    for block in batch:
        at = (block.start - batch[0].start) // plant.slot
        for minutes, kw in block.phases:
            stop = at + minutes // plant.slot_min
            profile[at:stop] += kw * plant.slot_min / 60
            at = stop
    costs = np.full(by_slot.shape, np.inf)
    if slots >= length:
        windows = np.lib.stride_tricks.sliding_window_view(by_slot, length, axis=1)
        priced = np.flatnonzero(np.lib.stride_tricks.sliding_window_view(known, length).all(axis=1))
        costs[:, priced] = windows[:, priced] @ profile
    return costs


def _shift(
    plan: Plan,
    batch: Batch,
    others: Sequence[Block],
    room: tuple[Plant, Contract],
    by: timedelta,
    *,
    since: datetime,
) -> Shift:
    plant, _ = room
    moved = tuple(replace(block, start=block.start + by, end=block.end + by) for block in batch)
    if moved[0].start < plan.start:
        return Shift(by, None, (f"this plan begins on {in_words(plan.start)}",))
    if moved[-1].end > plan.end:
        return Shift(by, None, (f"this plan ends on {in_words(plan.end)}",))
    difference = cost_eur(moved, plan.prices) - cost_eur(batch, plan.prices)
    blocks, carried = tuple(others), plan.carried
    for block in moved:
        found = on_free_machines(block, blocks, carried, plant, since=since)
        blocks, carried = found or ((block, *blocks), carried)
    known = set(_broken(plan, plan.schedule.blocks, plan.carried, room))
    broken = [one for one in _broken(plan, blocks, carried, room) if one not in known]
    machine = [reason for reason in broken if " at once" in reason]
    others_broken = [reason for reason in broken if " at once" not in reason]
    frozen = []
    if min(batch[0].start, moved[0].start) < since:
        frozen = [f"nothing before {in_words(since)} is moved any more"]
    return Shift(by, difference, tuple([*frozen, *others_broken, *machine][:MOST_LIMITS]))


def _broken(
    plan: Plan, blocks: Sequence[Block], carried: Sequence[Block], room: tuple[Plant, Contract]
) -> tuple[str, ...]:
    plant, contract = room
    return violations(
        blocks, plant, plan.demands,
        start=plan.start, end=plan.end, contract=contract, carried=carried, weather=plan.weather,
    )  # fmt: skip
