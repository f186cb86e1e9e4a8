"""What the advice learns to foretell. Neither target is a formula of what is known at the instant.

The score's target is how the price turned out to rank among those of the 24 elapsed hours after
its delivery period. The class's target is what the perfect-foresight plan of that week ran in that
hour, as a share of what it ran in its busiest one: so the classes mean the same in every plant.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.insights.advice.trace import AHEAD, PriceTrace, grid, share_below
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.series import Floats

CLASSES = ("Halt", "Reduced", "Moderate", "Optimal")
"""Of what the week's busiest hour draws, the hour draws: nothing; less than a third; less than two
thirds; more."""

_LIMITS = (1e-6, 1 / 3, 2 / 3)
UNTOLD = -1
"""Stands for the class of an hour that no plan tells of."""

_CHUNK = 2000


def dearer_ahead(
    trace: PriceTrace, instants: Instants, period_end: Instants, eur_kwh: Floats
) -> Floats:
    """Share of the 24 hours after each delivery period that turned out dearer, equal ones half.

    0 to 1, shape (n,); NaN where a price of those hours is not in ``trace``.
    """
    share = np.full(eur_kwh.shape, np.nan)
    if not len(trace) or not eur_kwh.size:
        return share
    laid = grid(trace, instants)
    first = laid.step(period_end)
    for begin in range(0, eur_kwh.size, _CHUNK):
        rows = slice(begin, begin + _CHUNK)
        ahead = laid.window(first[rows], laid.steps(AHEAD))
        share[rows] = 1.0 - share_below(ahead, eur_kwh[rows], least=1.0)
    return share


def classes_of(instants: Instants, weeks: Sequence[tuple[Instants, Floats]]) -> NDArray[np.int64]:
    """Index into ``CLASSES`` of the clock hour of each instant, ``UNTOLD`` without a plan.

    ``weeks``: hour starts (UTC) and mean process power [kW] of each week's plan.
    """
    found = np.full(instants.shape, UNTOLD, dtype=np.int64)
    if not weeks:
        return found
    start = np.concatenate([hours for hours, _ in weeks])
    share = np.concatenate([kw / max(float(kw.max()), 1e-9) for _, kw in weeks])
    order = np.argsort(start)
    start, share = start[order], share[order]
    hour = instants.astype("datetime64[h]").astype("datetime64[s]")
    place = np.clip(np.searchsorted(start, hour), 0, start.size - 1)
    told = start[place] == hour
    found[told] = np.digitize(share[place[told]], _LIMITS)
    return found
