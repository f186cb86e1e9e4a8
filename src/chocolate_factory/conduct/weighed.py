"""Price paths of what is ahead, through the contract, and plans weighed over them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np

from chocolate_factory import pipeline
from chocolate_factory.errors import RequestInvalid
from chocolate_factory.forecasting.scenarios import Dependence, draw
from chocolate_factory.pipeline import Outlook, PlanTask, TakeOver
from chocolate_factory.planning.plan import Plan, PlanningPrices
from chocolate_factory.planning.risk import Paths, Weighed, weigh

PATHS = 200
SEED = 1


def paths_of(
    ahead: Outlook,
    task: PlanTask,
    *,
    count: int = PATHS,
    seed: int = SEED,
    dependence: Dependence | None = None,
) -> Paths:
    """What a kWh may cost, path by path; agreed prices have one path only."""
    market = ahead.market
    if market is None:
        return Paths(ahead.prices, ahead.prices.eur_kwh[None, :])
    drawn = draw(market, count=count, seed=seed, dependence=dependence)
    eur_kwh = np.stack([task.contract.price_eur_kwh(market.start, path) for path in drawn])
    return Paths(ahead.prices, eur_kwh)


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
    over = paths or paths_of(ahead, task)

    def at(prices: PlanningPrices) -> Plan:
        leaning = replace(ahead, prices=prices)
        return pipeline.plan_at(task, leaning, origin=origin, take_over=take_over)

    return weigh(at, over, risk=risk)
