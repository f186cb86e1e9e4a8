"""What late batches cost, from when they are begun and done: independent of how they were planned.

Every ordered batch is made by one batch of its grade. Of all ways to say which batch is for which
order, keeping deadlines and earliest instants, the one with the least penalty counts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from chocolate_factory.planning.orders import Demand
from chocolate_factory.planning.plan import Block, Task

Span = tuple[str, datetime, datetime]
"""Grade of a batch, its first start and its last end."""

_FORBIDDEN_EUR = 1e9


def penalty_eur(
    tasks: Sequence[Task | Block], demands: Sequence[Demand], *, since: datetime
) -> float:
    """The least penalty for what of ``demands`` is late [EUR].

    ``tasks`` are those of every batch that counts for them. Hours before ``since`` are over and
    cost nothing more.
    """
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - takes half a second

    spans = _spans(tasks)
    total = 0.0
    for grade in dict.fromkeys(d.grade for d in demands if not d.is_deadline):
        units = [d for d in demands if d.grade == grade for _ in range(d.batches)]
        made = [span for span in spans if span[0] == grade]
        cost = np.array([[_late_eur(span, unit, since) for unit in units] for span in made])
        rows, columns = linear_sum_assignment(cost)
        total += float(sum(c for c in cost[rows, columns] if c < _FORBIDDEN_EUR))
    return total


def late_hours_of(end: datetime, due: datetime, *, since: datetime) -> int:
    """Hours begun after ``due`` and after ``since`` before ``end``."""
    return max(math.ceil((end - max(due, since)) / timedelta(hours=1) - 1e-9), 0)


def _late_eur(span: Span, demand: Demand, since: datetime) -> float:
    _, begun, done = span
    if demand.earliest is not None and begun < demand.earliest:
        return _FORBIDDEN_EUR
    if demand.penalty_eur_h is None:
        return 0.0 if done <= demand.due else _FORBIDDEN_EUR
    hours = late_hours_of(done, demand.due, since=since)
    return hours * demand.penalty_eur_h / demand.batches


def _spans(tasks: Sequence[Task | Block]) -> list[Span]:
    spans: dict[str, Span] = {}
    for task in tasks:
        known = spans.get(task.batch)
        start = task.start if known is None else min(task.start, known[1])
        end = task.end if known is None else max(task.end, known[2])
        spans[task.batch] = (task.grade, start, end)
    return list(spans.values())
