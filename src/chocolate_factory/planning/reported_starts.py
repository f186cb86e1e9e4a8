"""What was reported started, put into the plan that said when it should.

Where nothing was reported, the plan's own times hold. A block that was reported starts when it
did; what follows it is put off where it must be: the stages after it until it is done, and the runs
after it on the same machine until that is free. Nothing is ever brought forward unasked, but a
machine does one thing at a time and a batch is in one place: what was on it ended when the next
run on it, or the next stage of the batch, is reported to have begun.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

import numpy as np

from chocolate_factory.errors import MissingData
from chocolate_factory.planning.cost import priced
from chocolate_factory.planning.plan import Block, Plan, PlanningPrices, Task


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


def placed(plan: Plan, reports: Iterable[Report]) -> Plan:
    """``plan`` with blocks that it carries exactly where ``reports`` say, and nothing put off."""
    told = {(report.batch, report.stage): report for report in reports}
    if not told:
        return plan

    def there(block: Block) -> Block:
        report = told.get((block.batch, block.stage))
        if report is None:
            return block
        return replace(
            block,
            start=report.start,
            end=report.end or report.start + (block.end - block.start),
            machine=report.machine or block.machine,
        )

    return replace(plan, carried=tuple(there(block) for block in plan.carried))


def begun_at(start: datetime, plan: Plan, slot: timedelta) -> datetime:
    """The slot, on the grid of ``plan``, in which a block reported at ``start`` began."""
    return start - (start - plan.start) % slot


def as_reported(plan: Plan, reports: Iterable[Report], *, slot: timedelta) -> Plan:
    """``plan`` with its blocks at the times at which they were reported; the last report counts.

    Blocks keep the energy and cost they were planned with (``at_own_prices``). All of
    them lie on the grid of ``slot``: one that was reported from the slot it began in to the end of
    a slot, the nearest to its own, so that a minute's delay puts nothing off and runs that follow
    each other never overlap.
    """
    told = {(report.batch, report.stage): report for report in reports}
    if not told:
        return plan
    every = _in_order_of_work((*plan.carried, *plan.schedule.blocks), told)
    moved: dict[tuple[str, str], Block] = {}
    on_machine: dict[str, tuple[str, str]] = {}
    of_batch: dict[str, tuple[str, str]] = {}
    for block in every:
        report = told.get((block.batch, block.stage))
        machine = block.machine if report is None else report.machine or block.machine
        before = [key for key in (on_machine.get(machine), of_batch.get(block.batch)) if key]
        if report is None:
            now = _put_off(block, [moved[key].end for key in before], plan, slot)
        else:
            now = _as_told(block, report, plan, slot)
            moved |= {key: _ended_by(now.start, moved[key]) for key in before}
        key = now.batch, now.stage
        moved[key], on_machine[machine], of_batch[now.batch] = now, key, key
    return replace(
        plan,
        carried=tuple(moved[block.batch, block.stage] for block in plan.carried),
        schedule=replace(
            plan.schedule,
            blocks=tuple(moved[block.batch, block.stage] for block in plan.schedule.blocks),
        ),
    )


def at_own_prices(before: Plan, went: Plan, earlier: Iterable[PlanningPrices]) -> Plan:
    """``went``, its blocks that begin at another time than in ``before`` priced where they are.

    At the prices of the plan, and at those of the plans before it, newest first, for what lies
    ahead of them (``earlier``, asked only where it is needed). Where none has a price what a block
    costs is not known. What the schedule was planned to cost stays what was planned.
    """
    planned = {(b.batch, b.stage): b.start for b in (*before.carried, *before.schedule.blocks)}
    known = [went.prices]
    more = iter(earlier)

    def there(block: Block) -> Block:
        if block.start == planned[block.batch, block.stage]:
            return block
        end = block.start + timedelta(minutes=sum(minutes for minutes, _ in block.phases))
        for prices in chain(known, _kept_in(known, more)):
            try:
                (now,) = priced((_task(block, end),), prices)
            except MissingData:
                continue
            return replace(block, cost_eur=now.cost_eur, price_kind=now.price_kind)
        return replace(block, cost_eur=None, price_kind="unknown")

    return replace(
        went,
        carried=tuple(there(block) for block in went.carried),
        schedule=replace(
            went.schedule, blocks=tuple(there(block) for block in went.schedule.blocks)
        ),
    )


def _task(block: Block, end: datetime) -> Task:
    return Task(
        block.batch, block.grade, block.stage, block.machine, block.start, end, block.phases
    )


def _kept_in(
    known: list[PlanningPrices], more: Iterator[PlanningPrices]
) -> Iterator[PlanningPrices]:
    """The newest of ``known`` with what older prices say of the time before, one step at a time."""
    for older in more:
        known.append(_ahead_of(known[-1], older))
        yield known[-1]


def _ahead_of(prices: PlanningPrices, older: PlanningPrices) -> PlanningPrices:
    """``prices``, and ``older`` ones for the periods that end by the first of them."""
    keep = older.ends <= prices.start[0] if prices.start.size else np.ones(older.start.size, bool)
    return PlanningPrices(
        np.concatenate([older.start[keep], prices.start]),
        np.concatenate([older.resolution_s[keep], prices.resolution_s]),
        np.concatenate([older.eur_kwh[keep], prices.eur_kwh]),
        np.concatenate([older.published[keep], prices.published]),
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
    start = begun_at(report.start, plan, slot)
    nearest = end + slot / 2 - (end + slot / 2 - plan.start) % slot
    return replace(
        block,
        start=start,
        end=max(nearest, start + slot),
        machine=report.machine or block.machine,
    )


def _ended_by(instant: datetime, block: Block) -> Block:
    """A block that was done when what follows it began, unless that began no later."""
    return replace(block, end=min(block.end, instant)) if block.start < instant else block


def _put_off(block: Block, wait: Iterable[datetime], plan: Plan, slot: timedelta) -> Block:
    """A block as planned, or from the first slot at which its machine and batch are free."""
    begin = max([block.start, *wait])
    begin += (plan.start - begin) % slot
    late = begin - block.start
    return block if not late else replace(block, start=begin, end=block.end + late)
