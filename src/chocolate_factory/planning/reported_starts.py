"""What was reported started, put into the plan that said when it should.

Where nothing was reported, the plan's own times hold. A block that was reported starts when it
did; what follows it is put off where it must be: the stages after it until it is done, and the runs
after it on the same machine until that is free. Nothing is ever brought forward unasked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chocolate_factory.planning.plan import Block, Plan


@dataclass(frozen=True, slots=True)
class Report:
    """One block as it went: ``machine`` None as planned, ``end`` and ``energy_kwh`` None if nobody
    said.
    """

    batch: str
    stage: str
    start: datetime
    end: datetime | None = None
    machine: str | None = None
    energy_kwh: float | None = None


def as_reported(plan: Plan, reports: Iterable[Report], *, slot: timedelta) -> Plan:
    """``plan`` with its blocks at the times at which they were reported; the last report counts.

    Blocks keep the energy and cost they were planned with. All of them lie on the grid of ``slot``:
    one that was reported from the slot it began in to the end of the slot it ended in.
    """
    told = {(report.batch, report.stage): report for report in reports}
    if not told:
        return plan
    every = _in_order_of_work((*plan.carried, *plan.schedule.blocks), told)
    free_at: dict[str, datetime] = {}
    done_at: dict[str, datetime] = {}
    moved: dict[tuple[str, str], Block] = {}
    for block in every:
        report = told.get((block.batch, block.stage))
        if report is None:
            wait = [free_at.get(block.machine), done_at.get(block.batch)]
            now = _put_off(block, [instant for instant in wait if instant is not None], plan, slot)
        else:
            now = _as_told(block, report, plan, slot)
        free_at[now.machine] = max(now.end, free_at.get(now.machine, now.end))
        done_at[now.batch] = now.end
        moved[now.batch, now.stage] = now
    return replace(
        plan,
        carried=tuple(moved[block.batch, block.stage] for block in plan.carried),
        schedule=replace(
            plan.schedule,
            blocks=tuple(moved[block.batch, block.stage] for block in plan.schedule.blocks),
        ),
    )


def _in_order_of_work(
    blocks: Iterable[Block], told: Mapping[tuple[str, str], Report]
) -> list[Block]:
    """Blocks by the time at which they begin as far as is known, never a stage before the one
    that it follows.
    """
    begin: dict[str, datetime] = {}
    ordered: list[tuple[datetime, int, Block]] = []
    for block in sorted(blocks, key=lambda block: (block.start, block.end)):
        report = told.get((block.batch, block.stage))
        own = block.start if report is None else report.start
        begin[block.batch] = max(own, begin.get(block.batch, own))
        ordered.append((begin[block.batch], len(ordered), block))
    return [block for _, _, block in sorted(ordered, key=lambda one: one[:2])]


def _as_told(block: Block, report: Report, plan: Plan, slot: timedelta) -> Block:
    """A block as reported, from the beginning of the slot it began in to the end of its last."""
    end = report.end or report.start + (block.end - block.start)
    return replace(
        block,
        start=report.start - (report.start - plan.start) % slot,
        end=end + (plan.start - end) % slot,
        machine=report.machine or block.machine,
    )


def _put_off(block: Block, wait: Iterable[datetime], plan: Plan, slot: timedelta) -> Block:
    """A block as planned, or from the first slot at which its machine and batch are free."""
    begin = max([block.start, *wait])
    begin += (plan.start - begin) % slot
    late = begin - block.start
    return block if not late else replace(block, start=begin, end=block.end + late)
