"""Rest, cleaning, change-over and maintenance: what blocks on machines must leave between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from chocolate_factory.market.calendar import local_text
from chocolate_factory.planning.equipment import Maintenance
from chocolate_factory.planning.plan import Block
from chocolate_factory.planning.plant import Plant, Stage


def rests(blocks: Sequence[Block], carried: Sequence[Block], plant: Plant) -> Iterator[str]:
    """Pairs of runs on a machine with too little time between them, in words.

    Only pairs with a new run that are not at once; where maintenance of the stage lies between two
    grades, the machine may have been changed over in it (``maintenance_kept`` counts how often).
    """
    for stage in plant.stages:
        for run, after in _pairs(stage, blocks, carried):
            gap = after.start - run.end
            if gap < timedelta(0):
                continue
            if gap < timedelta(minutes=stage.rest_min):
                yield (
                    f"{after.machine} rests {gap} between {run.batch} and {after.batch}, where "
                    f"{stage.rest_min} min are needed"
                )
            elif _needs_change(stage, run, after) and not _serviced(plant, stage, run, after):
                yield (
                    f"{after.machine} has {gap} to change from {run.batch} to {after.batch}, where "
                    f"{stage.change_min} min are needed"
                )


def maintenance_kept(
    blocks: Sequence[Block], carried: Sequence[Block], plant: Plant
) -> Iterator[str]:
    """Maintenance for which too few machines are idle and clean, in words."""
    for part in plant.maintenance:
        stage = next(stage for stage in plant.stages if stage.name == part.stage)
        own = [block for block in blocks if block.stage == stage.name]
        before = {b.machine for b in carried if b.stage == stage.name and _meets(b, part, stage)}
        busy = {block.machine for block in own if _meets(block, part, stage)}
        if not busy:
            continue
        idle = stage.machines - len(busy | before)
        needed = min(part.machines, stage.machines - len(before))
        changed = sum(
            _needs_change(stage, run, after) and _between(part, run, after, stage)
            for run, after in _pairs(stage, blocks, carried)
        )
        if idle < needed or changed > part.machines:
            yield (
                f"{needed} of {stage.machines} machines of {stage.name} are in maintenance from "
                f"{local_text(part.start)}, and {idle} are idle"
            )


def _pairs(
    stage: Stage, blocks: Sequence[Block], carried: Sequence[Block]
) -> Iterator[tuple[Block, Block]]:
    """Runs that follow each other on a machine, at least one of them new."""
    lines: dict[str, list[tuple[datetime, Block, bool]]] = defaultdict(list)
    for new, runs in ((True, blocks), (False, carried)):
        for block in runs:
            if block.stage == stage.name:
                lines[block.machine].append((block.start, block, new))
    for line in lines.values():
        line.sort(key=lambda row: row[0])
        for (_, run, new), (_, after, new_after) in pairwise(line):
            if new or new_after:
                yield run, after


def _needs_change(stage: Stage, run: Block, after: Block) -> bool:
    gap = after.start - run.end
    return run.grade != after.grade and gap < timedelta(minutes=stage.change_min)


def _serviced(plant: Plant, stage: Stage, run: Block, after: Block) -> bool:
    return any(
        part.stage == stage.name and _between(part, run, after, stage) for part in plant.maintenance
    )


def _between(part: Maintenance, run: Block, after: Block, stage: Stage) -> bool:
    cleaned = run.end + timedelta(minutes=stage.rest_min)
    return cleaned <= part.start and part.end <= after.start


def _meets(block: Block, part: Maintenance, stage: Stage) -> bool:
    """Whether a run, or the cleaning after it, lies in the maintenance."""
    cleaned = block.end + timedelta(minutes=stage.rest_min)
    return block.start < part.end and part.start < cleaned
