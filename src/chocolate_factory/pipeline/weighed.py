"""Plans weighed over price paths of what is ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chocolate_factory.errors import RequestInvalid
from chocolate_factory.pipeline.ahead import Outlook, paths_of
from chocolate_factory.pipeline.planned import habit_beside, plan_at
from chocolate_factory.pipeline.tasks import PlanTask, TakeOver
from chocolate_factory.planning.plan import Plan, PlanningPrices
from chocolate_factory.planning.risk import Paths, Weighed, guarded, price_of_safety, weigh


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
    over, task = paths or paths_of(ahead.market, task, ahead.prices), replace(task, risk=risk)

    def at(prices: PlanningPrices) -> Plan:
        leaning = replace(ahead, prices=prices)
        return plan_at(task, leaning, origin=origin, take_over=take_over)

    return weigh(at, over, risk=risk)


def safest_at(
    task: PlanTask, ahead: Outlook, *, origin: datetime, take_over: TakeOver | None = None
) -> Plan:
    """The plan that the dial of ``task`` asks for, no riskier than habit; a note has its cost."""
    paths = paths_of(ahead.market, task, ahead.prices)
    weighed = plan_weighed(
        task, ahead, origin=origin, risk=task.risk or 0.0, take_over=take_over, paths=paths
    )
    made = replace(weighed.plan, notes=(*weighed.plan.notes, price_of_safety(weighed)))
    usual = habit_beside(made, task, ahead, origin=origin, take_over=take_over)
    return guarded(made, usual, paths)
