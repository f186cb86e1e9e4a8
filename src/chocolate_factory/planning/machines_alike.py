"""Machines of a kind are alike: on which of them a batch would be at another time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations

from chocolate_factory.planning.check_machines import maintenance_kept, rests
from chocolate_factory.planning.plan import Block
from chocolate_factory.planning.plant import Plant, Stage
from chocolate_factory.planning.recover import machine_name, with_change_over

Beside = tuple[tuple[Block, ...], tuple[Block, ...]]
"""The blocks of a plan and those that it carries."""


def on_free_machines(
    moved: Block,
    blocks: Sequence[Block],
    carried: Sequence[Block],
    plant: Plant,
    *,
    since: datetime,
) -> Beside | None:
    """``moved`` and the rest on machines where it breaks nothing that is not broken without it.

    It stays on its own if it can, else goes to another; if none is free, those that begin at
    ``since`` or later change machines among themselves. None if there is no way. ``blocks`` and
    ``carried``: all else, what is carried last; ``moved`` comes first of the blocks.
    """
    stage = next((stage for stage in plant.stages if stage.name == moved.stage), None)
    if stage is None:
        return (moved, *blocks), tuple(carried)
    broken = set(_broken(stage, plant, blocks, carried))
    for beside in _ways(stage, plant, moved, (blocks, carried), since):
        if broken.issuperset(_broken(stage, plant, *beside)):
            return beside
    return None


def _ways(
    stage: Stage,
    plant: Plant,
    moved: Block,
    rest: tuple[Sequence[Block], Sequence[Block]],
    since: datetime,
) -> Iterator[Beside]:
    blocks, carried = rest
    names = [machine_name(stage, position) for position in range(stage.machines)]
    for name in (moved.machine, *(name for name in names if name != moved.machine)):
        yield (replace(moved, machine=name), *blocks), tuple(carried)
    own = [block for block in (*blocks, *carried) if block.stage == stage.name]
    outages = [part for part in plant.maintenance if part.stage == stage.name]
    (name,), placed = with_change_over(stage, [moved], own, outages, since)
    now = {(block.batch, block.stage): block for block in placed}
    yield (
        (
            replace(moved, machine=name),
            *(now.get((block.batch, block.stage), block) for block in blocks),
        ),
        tuple(now.get((block.batch, block.stage), block) for block in carried),
    )


def _broken(
    stage: Stage, plant: Plant, blocks: Sequence[Block], carried: Sequence[Block]
) -> Iterator[str]:
    own = [block for block in blocks if block.stage == stage.name]
    before = [block for block in carried if block.stage == stage.name]
    lines: dict[str, list[Block]] = defaultdict(list)
    for block in (*own, *before):
        lines[block.machine].append(block)
    for line in lines.values():
        line.sort(key=lambda block: block.start)
        yield from (f"{a.batch} and {b.batch}" for a, b in combinations(line, 2) if b.start < a.end)
    yield from rests(own, before, plant)
    yield from maintenance_kept(own, before, plant)
