"""What a batch is called for good: by the order it is for and which of its batches it is.

Batches are numbered anew in every plan, and those of a grade are alike. So the last one done is for
the order that is due last, and so on from there: what is done and gone, in front, changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.orders import Demand
from chocolate_factory.planning.plan import Plan

Lasting = tuple[str, str, int]
"""Grade, the day or due time of its order, and which of the batches for that, from 1."""


def lasting_names(plan: Plan) -> Mapping[str, Lasting]:
    """By its name in this plan, what a batch is called in every plan that makes or carries it.

    One that is for no order goes by when it begins.
    """
    batches = batches_of((*plan.carried, *plan.schedule.blocks))
    found: dict[str, Lasting] = {}
    for grade in {own[0].grade for own in batches}:
        alike = sorted(
            (own for own in batches if own[0].grade == grade),
            key=lambda own: (own[-1].end, own[0].start, own[0].batch),
        )
        orders = _of_each_batch([demand for demand in plan.demands if demand.grade == grade])
        spare = max(len(alike) - len(orders), 0)
        told = [utc_iso(own[0].start) for own in alike[:spare]]
        told += orders[-len(alike) :]
        begun: Counter[str] = Counter()
        if len(orders) > len(alike):
            begun.update(orders[: -len(alike)])
        for own, order in zip(alike, told, strict=True):
            begun[order] += 1
            found[own[0].batch] = grade, order, begun[order]
    return found


def _of_each_batch(demands: list[Demand]) -> list[str]:
    """The order of each batch that is demanded, the one due first in front."""
    in_turn = sorted(demands, key=lambda demand: (demand.due, demand.name))
    return [order for demand in in_turn for order in [_order(demand)] * demand.batches]


def _order(demand: Demand) -> str:
    return utc_iso(demand.due) if demand.day is None else demand.day.isoformat()
