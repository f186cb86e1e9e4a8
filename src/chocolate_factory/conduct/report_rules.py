"""What cannot have been: a machine with two batches at once, a stage without the one ahead of it.

A run may be done sooner than the recipe says, so one that nobody reported the end of holds its
machine, and its batch, for half of its time only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chocolate_factory.errors import RequestInvalid
from chocolate_factory.planning.orders import in_words
from chocolate_factory.planning.plan import Block
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.reported_starts import Report

Key = tuple[str, str]
"""Batch and stage."""


def require_possible(
    report: Report, blocks: Sequence[Block], told: Iterable[Report], plant: Plant
) -> None:
    """Raise ``RequestInvalid`` with what to do if ``report`` is at odds with what was reported.

    ``blocks`` are those of the plan as it went, ``told`` what was reported of them. A block that
    nobody reported is where the plan has it for the stages of its own batch, and holds no machine:
    what follows it is put off, or it is.
    """
    runs = {stage.name for stage in plant.stages}
    known = {(one.batch, one.stage): one for one in told}
    by_key = {(block.batch, block.stage): block for block in blocks if block.stage in runs}
    own = by_key.get((report.batch, report.stage))
    if own is None:
        return  # a wait in a tank, or a stage that the plant no longer has
    _require_free(replace(own, machine=report.machine or own.machine), report, by_key, known)
    order = [stage.name for stage in plant.stages]
    for key, block in by_key.items():
        if key[0] != report.batch or key == (own.batch, own.stage):
            continue
        begun = known.get(key)
        if order.index(key[1]) < order.index(own.stage):
            start = block.start if begun is None else begun.start
            if report.start < _done(block, start, begun):
                _no_stage_ahead(own, block, begun)
        elif begun is not None and begun.start < _done(own, report.start, report):
            raise RequestInvalid(
                f"{key[1]} of {own.batch} was reported to begin on {in_words(begun.start)}, and "
                f"{own.stage} comes before it: take that report back first, or look at the time"
            )


def _require_free(
    own: Block, report: Report, by_key: Mapping[Key, Block], known: Mapping[Key, Report]
) -> None:
    for key, other in known.items():
        block = by_key.get(key)
        if block is None or key == (own.batch, own.stage) or block.machine != own.machine:
            continue
        first, second = (other, report) if other.start <= report.start else (report, other)
        run = block if first is other else own
        if second.start < _done(run, first.start, first):
            raise RequestInvalid(
                f"{own.machine} cannot have begun {own.batch}: it has {block.batch} from "
                f"{in_words(other.start)}, as was reported. Say which machine it is, report when "
                "that one ended, or take that report back"
            )


def _no_stage_ahead(own: Block, ahead: Block, begun: Report | None) -> None:
    if begun is None:
        raise RequestInvalid(
            f"{own.stage} of {own.batch} cannot have begun before {ahead.stage} was done, which "
            f"nobody reported and the plan has on {in_words(ahead.start)}: report that first, or "
            "look at the time"
        )
    raise RequestInvalid(
        f"{own.stage} of {own.batch} cannot have begun by then: {ahead.stage} was reported to "
        f"begin on {in_words(begun.start)}. Look at the time, report when that ended, or take that "
        "report back"
    )


def _done(block: Block, start: datetime, report: Report | None) -> datetime:
    """The first instant at which a block begun at ``start`` may have been done."""
    if report is not None and report.end is not None:
        return report.end
    recipe = timedelta(minutes=sum(minutes for minutes, _ in block.phases))
    return start + recipe / 2
