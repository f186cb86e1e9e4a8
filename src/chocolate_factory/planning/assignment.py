"""Runs → machines where another grade needs a longer change-over than the same one.

Every run, every machine taken by maintenance and the last run begun before on each machine is a
node; one may follow another if the rest between them is long enough. A machine is a path, and the
fewest paths that hold every node are as many as there are nodes less those that follow another in
a largest matching. So the runs of a schedule are put on machines whenever that is possible at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from chocolate_factory.planning.plant import Stage

NEUTRAL = None
"""The grade of maintenance: any grade may follow it at once."""


@dataclass(frozen=True, slots=True)
class Use:
    """A machine is in use over [start, end) for ``grade``; ``machine`` if that is settled."""

    start: datetime
    end: datetime
    grade: str | None
    machine: str | None = None


def on_machines(uses: Sequence[Use], stage: Stage, names: Sequence[str]) -> list[str]:
    """The machine of each use; if counts were wrong the last one, for the checker to find.

    Uses with a settled machine are the first on it.
    """
    from scipy.sparse import csr_array  # noqa: PLC0415 - takes half a second
    from scipy.sparse.csgraph import maximum_bipartite_matching  # noqa: PLC0415 - takes half a second

    order = sorted(range(len(uses)), key=lambda at: (uses[at].start, uses[at].end))
    follows = np.array(
        [[_may_follow(uses[a], uses[b], stage) for b in order] for a in order], dtype=np.int8
    ).reshape(len(order), len(order))
    before = maximum_bipartite_matching(csr_array(follows), perm_type="row")
    free = [name for name in names if name not in {use.machine for use in uses}]
    found = [""] * len(uses)
    for position, at in enumerate(order):
        own = uses[at].machine
        if own is None and before[position] >= 0:
            own = found[order[before[position]]]
        if own is None:
            own = free.pop(0) if free else names[-1]
        found[at] = own
    return found


def _may_follow(use: Use, after: Use, stage: Stage) -> bool:
    if after.machine is not None or use is after:
        return False
    if use.grade is NEUTRAL:
        rest_min = 0
    elif after.grade is NEUTRAL or after.grade == use.grade:
        rest_min = stage.rest_min
    else:
        rest_min = stage.change_min
    return use.end + timedelta(minutes=rest_min) <= after.start
