"""Is this schedule possible? Re-derived from blocks, plant and demands, apart from the solver.

Shares no code with ``problem``, ``formulation``, ``solve``, ``recover`` or ``baseline``, and steps
through wall-clock time slot by slot, so that a mistake there is seen here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from chocolate_factory.errors import PlanInvalid
from chocolate_factory.market.calendar import MADRID, to_datetime64
from chocolate_factory.market.contract import Contract
from chocolate_factory.planning.orders import Demand
from chocolate_factory.planning.plan import Block
from chocolate_factory.planning.plant import Hours, Plant, Staffed

_KW_TOLERANCE = 1e-6


def require_feasible(
    blocks: Sequence[Block],
    plant: Plant,
    demands: Sequence[Demand],
    *,
    start: datetime,
    end: datetime,
    contract: Contract,
    carried: Sequence[Block] = (),
) -> None:
    """Raise ``PlanInvalid`` with every rule that ``blocks`` break; arguments as ``violations``."""
    found = violations(
        blocks, plant, demands, start=start, end=end, contract=contract, carried=carried
    )
    if found:
        raise PlanInvalid(found)


def violations(
    blocks: Sequence[Block],
    plant: Plant,
    demands: Sequence[Demand],
    *,
    start: datetime,
    end: datetime,
    contract: Contract,
    carried: Sequence[Block] = (),
) -> tuple[str, ...]:
    """Every rule of the plant, the contract and the demands that ``blocks`` break, in words.

    Blocks must lie in [start, end) on the plant's slot grid, follow the recipe in order within the
    holds, one batch per machine at a time, with staff where staff is needed, never above
    contracted power together with the base load, and make exactly the batches in demand on time.

    ``carried``: blocks of work begun before ``start``. They are what they are, whatever plant,
    contract and orders have become, but they hold their machines, draw their power where blocks
    draw some too, and their batches count for the demands.
    """
    return (
        *_recipe(blocks, plant),
        *_grid(blocks, plant, start, end),
        *_machines(blocks, carried, plant),
        *_staff(blocks, plant),
        *_power(blocks, carried, plant, contract),
        *_demands(blocks, carried, plant, demands),
        *_names(blocks, carried),
    )


def _recipe(blocks: Sequence[Block], plant: Plant) -> Iterator[str]:
    by_batch: dict[str, list[Block]] = defaultdict(list)
    for block in blocks:
        by_batch[block.batch].append(block)
    names = [stage.name for stage in plant.stages]
    for batch, parts in by_batch.items():
        parts.sort(key=lambda block: block.start)
        if [part.stage for part in parts] != names:
            yield f"{batch} passes {', '.join(part.stage for part in parts)}"
            continue
        if len({part.grade for part in parts}) != 1 or parts[0].grade not in plant.grades:
            yield f"{batch} is of no single grade of this plant"
            continue
        for part, stage in zip(parts, plant.stages, strict=True):
            recipe = tuple((phase.minutes, phase.kw) for phase in stage.phases[part.grade])
            minutes = sum(length for length, _ in recipe)
            kwh = sum(length * kw for length, kw in recipe) / 60
            if part.phases != recipe or part.end - part.start != timedelta(minutes=minutes):
                yield f"{batch} {stage.name} does not last or draw what the recipe says"
            if abs(part.energy_kwh - kwh) > 1e-6:
                yield f"{batch} {stage.name} takes {part.energy_kwh} kWh, the recipe {kwh}"
        for part, after, stage in zip(parts, parts[1:], plant.stages, strict=False):
            wait = after.start - part.end
            if not timedelta(0) <= wait <= timedelta(minutes=stage.max_hold_min):
                yield (
                    f"{batch} waits {wait} after {stage.name}, where at most "
                    f"{stage.max_hold_min} min are allowed"
                )


def _grid(blocks: Sequence[Block], plant: Plant, start: datetime, end: datetime) -> Iterator[str]:
    for block in blocks:
        if (block.start - start) % timedelta(minutes=plant.slot_min):
            yield f"{block.batch} {block.stage} does not begin on a slot"
        if block.start < start or block.end > end:
            yield f"{block.batch} {block.stage} lies outside the window"


def _machines(blocks: Sequence[Block], carried: Sequence[Block], plant: Plant) -> Iterator[str]:
    known = {
        stage.name: {f"{stage.machine}-{number}" for number in range(1, stage.machines + 1)}
        for stage in plant.stages
    }
    by_machine: dict[str, list[Block]] = defaultdict(list)
    for block in blocks:
        if block.machine not in known.get(block.stage, ()):
            yield f"{block.batch} {block.stage} is on {block.machine}, which does not do that"
    for block in (*blocks, *carried):
        by_machine[block.machine].append(block)
    for machine, runs in by_machine.items():
        runs.sort(key=lambda block: block.start)
        for run, after in pairwise(runs):
            if after.start < run.end:
                yield f"{machine} runs {run.batch} and {after.batch} at once"


def _staff(blocks: Sequence[Block], plant: Plant) -> Iterator[str]:
    stages = {stage.name: stage for stage in plant.stages}
    for block in blocks:
        stage = stages.get(block.stage)
        if stage is None or stage.staffed is Staffed.NEVER:
            continue
        slots = list(_slots(block.start, block.end, plant))
        needed = slots[:1] if stage.staffed is Staffed.START else slots
        alone = [slot for slot in needed if not _in_shift(slot, plant)]
        if alone:
            yield f"{block.batch} {block.stage} has nobody there at {alone[0].isoformat()}"


def _power(
    blocks: Sequence[Block], carried: Sequence[Block], plant: Plant, contract: Contract
) -> Iterator[str]:
    own, before = _drawn_kw(blocks, plant), _drawn_kw(carried, plant)
    drawn = {slot: kw + before[slot] for slot, kw in own.items() if kw > 0}
    slots = sorted(drawn)
    limits = plant.contracted_at(
        contract.tariff,
        np.array([to_datetime64(slot) for slot in slots], dtype="datetime64[s]"),
        contract.contracted_kw,
    )
    for slot, limit in zip(slots, limits, strict=True):
        minute = _minute(slot)
        base = sum(load.kw for load in plant.base_load if _inside(minute, load.hours))
        if drawn[slot] + base > limit + _KW_TOLERANCE:
            yield (
                f"{drawn[slot]:g} kW and {base:g} kW of base load at {slot.isoformat()}, "
                f"above {limit:g} kW"
            )


def _drawn_kw(blocks: Sequence[Block], plant: Plant) -> dict[datetime, float]:
    drawn: dict[datetime, float] = defaultdict(float)
    for block in blocks:
        at = block.start
        for minutes, kw in block.phases:
            phase_end = at + timedelta(minutes=minutes)
            for slot in _slots(at, phase_end, plant):
                drawn[slot] += kw
            at = phase_end
    return drawn


def _demands(
    blocks: Sequence[Block], carried: Sequence[Block], plant: Plant, demands: Sequence[Demand]
) -> Iterator[str]:
    begun: dict[str, datetime] = {}
    done: dict[str, datetime] = {}
    grade: dict[str, str] = {}
    for block in blocks:
        grade[block.batch] = block.grade
        if block.stage == plant.stages[0].name:
            begun[block.batch] = block.start
        if block.stage == plant.stages[-1].name:
            done[block.batch] = block.end
    for block in sorted(carried, key=lambda block: block.start):
        grade[block.batch] = block.grade
        begun.setdefault(block.batch, block.start)
        done[block.batch] = block.end
    units = [demand for demand in demands for _ in range(demand.batches)]
    made, wanted = Counter(grade.values()), Counter(unit.grade for unit in units)
    for name in sorted({*made, *wanted}):
        if made[name] != wanted[name]:
            yield f"{made[name]} batches of {name} are made, {wanted[name]} are in demand"
    fits = [
        [
            batch
            for batch in grade
            if grade[batch] == unit.grade
            and batch in begun
            and batch in done
            and (unit.earliest is None or begun[batch] >= unit.earliest)
            and done[batch] <= unit.due
        ]
        for unit in units
    ]
    unmet = Counter(units[at].name for at in _unmatched(fits))
    for name, count in unmet.items():
        yield f"{count} batches of {name} are not made in time"


def _names(blocks: Sequence[Block], carried: Sequence[Block]) -> Iterator[str]:
    for batch in sorted({block.batch for block in blocks} & {block.batch for block in carried}):
        yield f"{batch} names a batch begun before and a new one"


def _unmatched(fits: Sequence[Sequence[str]]) -> list[int]:
    """Units left over when every batch serves at most one unit (augmenting paths)."""
    serves: dict[str, int] = {}

    def place(unit: int, tried: set[str]) -> bool:
        for batch in fits[unit]:
            if batch in tried:
                continue
            tried.add(batch)
            if batch not in serves or place(serves[batch], tried):
                serves[batch] = unit
                return True
        return False

    return [unit for unit in range(len(fits)) if not place(unit, set())]


def _slots(start: datetime, end: datetime, plant: Plant) -> Iterator[datetime]:
    while start < end:
        yield start
        start += timedelta(minutes=plant.slot_min)


def _in_shift(slot: datetime, plant: Plant) -> bool:
    weekday = slot.astimezone(MADRID).weekday()
    return _inside(_minute(slot), plant.shifts.get(weekday, ()))


def _inside(minute: int, spans: Sequence[Hours]) -> bool:
    return any(span.start_min <= minute < span.end_min for span in spans)


def _minute(slot: datetime) -> int:
    wall = slot.astimezone(MADRID)
    return wall.hour * 60 + wall.minute
