"""What the risk dial promises, held against what came: a plan a week from what was known then.

Imports price files into a store of its own. Every so many Mondays the week is planned once, when
the prices of that Monday are published, with the dial at 0 and where asked; then each plan is
costed at the prices that came.

    .venv/bin/python -m benchmarks.risk_dial --prices pvpc.csv --contract pvpc \\
        --from 2024-01-01 --to 2025-12-28 --every 4

Prints how often the cost stayed below what was told to be exceeded once in four and once in ten
times, and what safety cost and gained.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from chocolate_factory import pipeline
from chocolate_factory.app.files import load_contract, load_orders, load_plant
from chocolate_factory.app.inbox import import_files
from chocolate_factory.conduct.replay import WEEK_DAYS, mondays, origin_of
from chocolate_factory.errors import FactoryError
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.pipeline import Outlook, PlanTask
from chocolate_factory.planning.cost import cost_eur
from chocolate_factory.planning.lower_bound import never_exceeding
from chocolate_factory.planning.plan import Plan, PlanningPrices
from chocolate_factory.planning.problem import planning_prices
from chocolate_factory.planning.risk import Weighed, weigh
from chocolate_factory.store.base import Store
from chocolate_factory.store.sql import open_store

AS_OF = datetime(2100, 1, 1, tzinfo=UTC)


def main() -> None:
    """Plan, wait for what came, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prices", type=Path, nargs="+", required=True, help="price files (CSV)")
    parser.add_argument("--contract", default="pvpc")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True)
    parser.add_argument("--every", type=int, default=4, help="one week in so many")
    parser.add_argument("--dial", type=float, nargs="+", default=[0.5, 1.0])
    parser.add_argument("--models", default="ridge")
    asked = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    plant = load_plant(None)
    contract = never_exceeding(load_contract(asked.contract))
    task = PlanTask(
        plant=plant, contract=contract, orders=load_orders(None, plant), days=WEEK_DAYS,
        time_limit_s=60.0, seed=0,
    )  # fmt: skip
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_store(f"sqlite:///{folder}/prices.db")) as store,
    ):
        for one in import_files(store, asked.prices, now=AS_OF):
            print(f"{one.path.name}: {one.appended.new} new")
        told = []
        for monday in mondays(asked.first, asked.last)[:: asked.every]:
            try:
                told.append(of_week(store, task, monday, asked.models.split(","), asked.dial))
            except FactoryError as fault:
                print(f"{monday} left out: {str(fault).splitlines()[0]}")
    report(asked.dial, told)


def of_week(
    store: Store, task: PlanTask, monday: date, models: list[str], dial: list[float]
) -> list[tuple[Weighed, float]]:
    """The plan of each dial, 0 first, and what it cost at the prices that came [EUR]."""
    market = task.contract.market
    if market is None:
        raise SystemExit("prices that are agreed hold no risk: name a contract that passes them on")
    origin, end = origin_of(task, monday), pipeline.plan_end(task, monday)
    seen = pipeline.forecast(store, market, origin=origin, horizon=end - origin, models=models)
    ahead = Outlook(planning_prices(seen, task.contract), seen, ())
    paths = pipeline.paths_of(seen, task, ahead.prices)
    actual = pipeline.actual_prices(
        store, task.contract, local_midnight(monday), end, as_of=AS_OF
    ).covering(local_midnight(monday), end)

    def at(prices: PlanningPrices) -> Plan:
        leaning = replace(ahead, prices=prices)
        return pipeline.plan_on(task, leaning.prices, first_day=monday, origin=origin)

    weighed = [weigh(at, paths, risk=one) for one in (0.0, *dial)]
    return [(one, cost_eur(one.plan.schedule.blocks, actual)) for one in weighed]


def report(dial: list[float], told: list[list[tuple[Weighed, float]]]) -> None:
    """One row for each dial."""
    base = np.array([week[0][1] for week in told])
    print(
        "| dial | weeks | told mean | came | below told P75 | below told P90 | told price "
        "of safety | what it cost | told gain at P90 | gain in the dearest tenth of weeks |\n"
        "|---|---|---|---|---|---|---|---|---|---|"
    )
    for place, risk in enumerate((0.0, *dial)):
        made = [week[place][0] for week in told]
        came = np.array([week[place][1] for week in told])
        mean = np.array([one.plan_spread.mean_eur for one in made])
        below = [
            np.mean(came <= [getattr(one.plan_spread, name) for one in made])
            for name in ("p75_eur", "p90_eur")
        ]
        worst = np.argsort(base - [week[0][0].plan_spread.mean_eur for week in told])
        worst = worst[-max(len(told) // 10, 1) :]
        print(
            f"| {risk:g} | {len(told)} | {mean.mean():.1f} | {came.mean():.1f} "
            f"| {below[0]:.0%} | {below[1]:.0%} "
            f"| {np.mean([one.price_of_safety_eur for one in made]):.2f} "
            f"| {np.mean(came - base):.2f} | {np.mean([one.gained_eur for one in made]):.2f} "
            f"| {np.mean((base - came)[worst]):.2f} |"
        )


if __name__ == "__main__":
    main()
