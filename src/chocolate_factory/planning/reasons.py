"""Why every block stands where it does: its cost, its batch an hour earlier or later, what binds.

The whole batch is moved by an hour, every stage alike, among all the others as planned. Where that
is possible the change of cost is told; where it is not, what stands in the way. A batch that could
move and would be cheaper does not exist in a proven plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from chocolate_factory.market.calendar import HOUR, to_datetime
from chocolate_factory.planning.cost import cost_eur
from chocolate_factory.planning.floor import Chain, Floor
from chocolate_factory.planning.plan import Block, PlanningPrices, PriceKind
from chocolate_factory.planning.plant import Plant, Staffed
from chocolate_factory.planning.problem import KW_TOLERANCE, Problem

Limit = Literal["window", "due", "earliest", "staff", "ambient", "machine", "power", "tank"]
"""What may keep a batch from moving."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A batch moved by an hour: the block's own change of cost and that of its batch [EUR].

    ``possible``: whether nothing is in the way; else ``limits`` say what. Costs are None beyond
    the prices known.
    """

    possible: bool
    block_eur: float | None
    batch_eur: float | None
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a block of ``batch`` in ``stage`` runs when it does."""

    batch: str
    stage: str
    start: datetime
    cost_eur: float
    price_kind: PriceKind
    earlier: Moved
    later: Moved


def reasons(
    problem: Problem, blocks: Sequence[Block], prices: PlanningPrices
) -> tuple[Reason, ...]:
    """A reason for every block of a schedule of ``problem``, in the order of ``blocks``."""
    batches = _batches(blocks)
    found: dict[tuple[str, str], tuple[Moved, Moved]] = {}
    for batch, own in batches.items():
        floor = Floor(problem)
        for other, theirs in batches.items():
            if other != batch:
                floor.take(theirs[0].grade, _chain(problem, theirs))
        both = [_moved(problem, floor, own, prices, by) for by in (-HOUR, HOUR)]
        for at, block in enumerate(own):
            found[batch, block.stage] = (both[0][at], both[1][at])
    return tuple(
        Reason(
            block.batch,
            block.stage,
            block.start,
            block.cost_eur,
            block.price_kind,
            *found[block.batch, block.stage],
        )
        for block in blocks
    )


def _batches(blocks: Sequence[Block]) -> dict[str, list[Block]]:
    batches: dict[str, list[Block]] = {}
    for block in sorted(blocks, key=lambda block: block.start):
        batches.setdefault(block.batch, []).append(block)
    return batches


def _chain(problem: Problem, own: Sequence[Block], by: timedelta = timedelta(0)) -> Chain:
    number = {stage.name: at for at, stage in enumerate(problem.plant.stages)}
    begin, slot = to_datetime(problem.slots[0]), problem.plant.slot
    return tuple(
        (number[block.stage], (block.start + by - begin) // slot)
        for block in own
        if block.stage in number
    )


def _moved(
    problem: Problem, floor: Floor, own: Sequence[Block], prices: PlanningPrices, by: timedelta
) -> list[Moved]:
    begin, end = to_datetime(problem.slots[0]), to_datetime(problem.slots[-1]) + problem.plant.slot
    if own[0].start + by < begin or own[-1].end + by > end:
        return [Moved(False, None, None, ("window",))] * len(own)
    limits = tuple(dict.fromkeys(_in_the_way(problem, floor, own, by)))
    changes = [cost_eur([_shifted(block, by)], prices) - cost_eur([block], prices) for block in own]
    return [Moved(not limits, change, sum(changes), limits) for change in changes]


def _shifted(block: Block, by: timedelta) -> Block:
    return Block(
        block.batch, block.grade, block.stage, block.machine, block.start + by, block.end + by,
        block.energy_kwh, block.cost_eur, block.price_kind, block.phases,
    )  # fmt: skip


def _in_the_way(
    problem: Problem, floor: Floor, own: Sequence[Block], by: timedelta
) -> Iterator[Limit]:
    grade = own[0].grade
    demands = [demand for demand in problem.demands if demand.grade == grade]
    if any(_tight(own, demand.due, by) for demand in demands if demand.is_deadline):
        yield "due"
    if any(
        demand.earliest is not None and own[0].start >= demand.earliest > own[0].start + by
        for demand in demands
    ):
        yield "earliest"
    chain = _chain(problem, own, by)
    for number, slot in chain:
        yield from _of_run(problem, floor, (grade, number), slot)
    for (number, slot), (_, then) in zip(chain, chain[1:], strict=False):
        if not floor.may_wait(number, slot + problem.length(grade, number), then):
            yield "tank"


def _tight(own: Sequence[Block], due: datetime, by: timedelta) -> bool:
    """Whether the batch meets this due time and would not, moved."""
    return own[-1].end <= due < own[-1].end + by


def _of_run(problem: Problem, floor: Floor, key: tuple[str, int], slot: int) -> Iterator[Limit]:
    grade, number = key
    plant: Plant = problem.plant
    stage, kw = plant.stages[number], plant.stages[number].slot_kw(grade, plant.slot_min)
    run = slice(slot, slot + kw.size)
    if stage.staffed is not Staffed.NEVER:
        needed = slice(slot, slot + 1) if stage.staffed is Staffed.START else run
        if not problem.staffed[needed].all():
            yield "staff"
    if not problem.runnable[number][run].all():
        yield "ambient"
    if not floor.has_machine(grade, number, slot):
        yield "machine"
    if (floor.drawn_kw[run] + kw > problem.process_kw[run] + KW_TOLERANCE).any():
        yield "power"
