"""Why a batch is where it is: what it costs there and an hour off, what is in the way, how sure.

A batch is moved as it is, all its stages by the same time, beside everything else where it is, and
only to where a plan made now could still put it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from chocolate_factory.market.contract import Contract
from chocolate_factory.planning.carried_over import Batch, batches_of
from chocolate_factory.planning.cost import cost_eur
from chocolate_factory.planning.elsewhere import Elsewhere
from chocolate_factory.planning.orders import Demand, in_words
from chocolate_factory.planning.plan import Plan
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.risk import Paths

HOUR = timedelta(hours=1)
AS_GOOD_EUR = 0.01
"""What is not cheaper by more than this [EUR] is no better place."""
MOST_LIMITS = 3
HANGS_ON_SITE = (
    "what a batch costs elsewhere hangs on what PV and battery would do then: only an hour off is "
    "worked out"
)


@dataclass(frozen=True, slots=True)
class Shift:
    """A batch so much later (earlier if negative): the difference in cost, and what is in the way.

    ``difference_eur`` of the whole plan [EUR]; None beyond the plan, and where PV and battery leave
    no way or would have to change what they do already. ``limits`` empty if it could be there.
    """

    by: timedelta
    difference_eur: float | None
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """One batch of a plan.

    Parameters
    ----------
    batch
        Its blocks.
    cost_eur
        What it costs where it is [EUR].
    due
        By when it has to be done, for the order it is made for; None if for none.
    earlier, later
        The same an hour earlier and later.
    places
        At how many instants it could begin instead, all else where it is.
    cheapest_begin, cheapest_eur
        The cheapest of these at the planning prices, and what it costs there, with what else of the
        plan would cost more than it does [EUR]; its own place if there is none cheaper.
    published
        Whether every price under it is published.
    stays_best
        Share of the price paths on which no other place is cheaper; None without paths, or if it
        begins too soon to be moved.
    unweighed
        Why other places are not weighed, in words: then ``places``, ``cheapest_begin``,
        ``cheapest_eur`` and ``stays_best`` are None. None where they are.
    """

    batch: Batch
    cost_eur: float
    due: datetime | None
    earlier: Shift
    later: Shift
    places: int | None
    cheapest_begin: datetime | None
    cheapest_eur: float | None
    published: bool
    stays_best: float | None
    unweighed: str | None = None


def why(
    plan: Plan,
    name: str,
    plant: Plant,
    contract: Contract,
    *,
    since: datetime,
    paths: Paths | None = None,
) -> Why:
    """Why the batch ``name`` of ``plan`` is where it is. Raises ``KeyError`` if there is none.

    ``since``: what begins before it stays, and nothing else is put there.
    """
    batches = {batch[0].batch: batch for batch in batches_of(plan.schedule.blocks)}
    batch = batches[name]
    there = Elsewhere(plan, batch, plant, contract, since)
    frozen = batch[0].start < since
    demand = serves(plan).get(name)
    own_eur = cost_eur(batch, plan.prices)
    told = Why(
        batch=batch,
        cost_eur=own_eur,
        due=None if demand is None else demand.due,
        earlier=_shift(there, -HOUR),
        later=_shift(there, HOUR),
        places=0 if frozen else None,
        cheapest_begin=batch[0].start if frozen else None,
        cheapest_eur=own_eur if frozen else None,
        published=all(block.price_kind == "published" for block in batch),
        stays_best=None,
        unweighed=None if frozen or plan.schedule.site is None else HANGS_ON_SITE,
    )
    return told if frozen or told.unweighed is not None else _weighed(told, there, paths)


def _weighed(told: Why, there: Elsewhere, paths: Paths | None) -> Why:
    """``told`` with every other place there is."""
    plan, own = there.plan, there.own
    may = there.places()
    open_to_it = np.union1d(np.flatnonzero(may), [own])
    costs = there.costs_eur(plan.prices, plan.prices.eur_kwh[None, :], open_to_it)[0]
    cheapest = int(open_to_it[np.argmin(costs[open_to_it])])
    if costs[cheapest] >= costs[own] - AS_GOOD_EUR:
        cheapest = own
    sure = None
    if paths is not None:
        over = there.costs_eur(paths.prices, paths.eur_kwh, open_to_it)
        if np.isfinite(over[:, own]).all():
            best = over[:, open_to_it].min(axis=1)
            sure = float((over[:, own] <= best + AS_GOOD_EUR).mean())
    return replace(
        told,
        places=int(may.sum()) - int(bool(may[own])),
        cheapest_begin=plan.start + cheapest * there.plant.slot,
        cheapest_eur=float(costs[cheapest]),
        stays_best=sure,
    )


def serves(plan: Plan) -> dict[str, Demand]:
    """Which demand each batch is made for: those that begin first go to the order due first."""
    left = sorted(
        (*batches_of(plan.carried), *batches_of(plan.schedule.blocks)), key=lambda b: b[0].start
    )
    told: dict[str, Demand] = {}
    for demand in sorted(plan.demands, key=lambda demand: demand.due):
        own = [b for b in left if b[0].grade == demand.grade and b[0].batch not in told]
        for batch in own[: demand.batches]:
            told[batch[0].batch] = demand
    return told


def _shift(there: Elsewhere, by: timedelta) -> Shift:
    plan, since, moved = there.plan, there.since, there.moved(by)
    if moved[0].start < plan.start:
        return Shift(by, None, (f"this plan begins on {in_words(plan.start)}",))
    if moved[-1].end > plan.end:
        return Shift(by, None, (f"this plan ends on {in_words(plan.end)}",))
    frozen = []
    if min(there.batch[0].start, moved[0].start) < since:
        frozen = [f"nothing before {in_words(since)} is moved any more"]
    limits = (*frozen, *there.limits(by))[:MOST_LIMITS]
    return Shift(by, there.difference_eur(by), limits)
