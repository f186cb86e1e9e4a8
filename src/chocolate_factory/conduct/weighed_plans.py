"""Plans weighed over price paths of what is ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chocolate_factory import pipeline
from chocolate_factory.errors import RequestInvalid
from chocolate_factory.pipeline import Outlook, PlanTask, TakeOver
from chocolate_factory.planning.plan import Plan, PlanningPrices
from chocolate_factory.planning.risk import Paths, Weighed, weigh


def plan_weighed(
    task: PlanTask,
    ahead: Outlook,
    *,
    origin: datetime,
    risk: float,
    take_over: TakeOver | None = None,
    paths: Paths | None = None,
) -> Weighed:
    """The plan of least expected cost, and the one for a ``risk`` from 0 to 1 (see planning.risk).

    Raises ``RequestInvalid`` for another ``risk``, and what ``pipeline.plan`` raises.
    """
    if not 0 <= risk <= 1:
        raise RequestInvalid(f"the risk dial goes from 0 to 1, not {risk:g}")
    over = paths or pipeline.paths_of(ahead.market, task, ahead.prices)

    def at(prices: PlanningPrices) -> Plan:
        leaning = replace(ahead, prices=prices)
        return pipeline.plan_at(task, leaning, origin=origin, take_over=take_over)

    return weigh(at, over, risk=risk)
