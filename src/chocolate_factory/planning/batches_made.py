"""Which batches were made, from the plans that were in force one after the other.

A batch is made by the plan in force when it begins; the plans after that carry it, under the same
name, at the times that were reported by then. So each batch is found once, at the times that the
last plan which knows it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.plan import Block, Plan
from chocolate_factory.planning.reported_starts import Report


@dataclass(frozen=True, slots=True)
class Followed:
    """A plan that was in force, its blocks as they were planned, and as they were reported."""

    plan_id: str
    planned: Plan
    went: Plan
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """One batch that was begun.

    Parameters
    ----------
    uid
        ``plan id/batch`` of the plan that began it: unique for good.
    planned
        Its blocks as that plan had them, with the cost at its planning prices.
    went
        Its blocks at the times that were reported, else as planned.
    reported
        The stages that somebody reported.
    measured_kwh
        By stage, what was reported measured [kWh].
    """

    uid: str
    planned: tuple[Block, ...]
    went: tuple[Block, ...]
    reported: frozenset[str]
    measured_kwh: Mapping[str, float]

    @property
    def grade(self) -> str:
        """What was made."""
        return self.planned[0].grade

    @property
    def begin(self) -> datetime:
        """When it began."""
        return self.went[0].start

    @property
    def end(self) -> datetime:
        """When its last stage ended, or will as far as is known."""
        return self.went[-1].end


def made_batches(history: Sequence[Followed], *, until: datetime) -> tuple[Made, ...]:
    """Every batch begun by ``until`` under the plans of ``history``, oldest first, in order."""
    found: list[Made] = []
    for at, followed in enumerate(history):
        begin = [later.planned.start for later in history[at + 1 :]]
        stop = min([until, *begin])
        went = {batch[0].batch: batch for batch in batches_of(followed.went.schedule.blocks)}
        for planned in batches_of(followed.planned.schedule.blocks):
            name = planned[0].batch
            if went[name][0].start < stop:
                found.append(_made(history[at:], name, planned, went[name]))
    return tuple(sorted(found, key=lambda made: (made.begin, made.uid)))


def _made(
    history: Sequence[Followed], name: str, planned: tuple[Block, ...], went: tuple[Block, ...]
) -> Made:
    """One batch of the first plan of ``history``, followed through those after it."""
    reports = {report.stage: report for report in history[0].reports if report.batch == name}
    for later in history[1:]:
        carried = tuple(block for block in later.went.carried if block.batch == name)
        if {block.stage for block in carried} != {block.stage for block in planned}:
            break
        went = carried
        reports |= {report.stage: report for report in later.reports if report.batch == name}
    return Made(
        uid=f"{history[0].plan_id}/{name}",
        planned=planned,
        went=tuple(sorted(went, key=lambda block: block.start)),
        reported=frozenset(reports),
        measured_kwh={
            stage: report.energy_kwh
            for stage, report in reports.items()
            if report.energy_kwh is not None
        },
    )
