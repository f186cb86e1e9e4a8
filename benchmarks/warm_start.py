"""Planning anew on Tuesday what Monday's plan began: from the habit, and from the plan in force.

    .venv/bin/python -m benchmarks.warm_start --prices pvpc.csv --from 2024-01-15 --weeks 20

FILE is a CSV with ``time_utc`` and ``price_eur_kwh``, taken as what a kWh costs; the plant is the
reference one without ambient limits. Each Monday is planned for seven days and on Tuesday anew for
six, at the prices of the file for the first day and those of the week before beyond. One seed; CPU
seconds of the whole planning. ``--every``: weeks from one Monday to the next.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.plan_weeks import read_prices
from chocolate_factory.app.files import load_contract, load_orders, load_plant
from chocolate_factory.market.calendar import local_midnight, to_datetime64
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.orders import DAY
from chocolate_factory.planning.plan import Plan, PlanningPrices

WEEK = np.timedelta64(7, "D")
HAND_OVER_BEFORE = timedelta(hours=1)


def main() -> None:
    """Print one row for each Monday, and the sums."""
    asked = _arguments()
    prices = read_prices(asked.prices)
    rows = [
        _monday(prices, asked.first + timedelta(weeks=asked.every * n)) for n in range(asked.weeks)
    ]
    usual, warm = np.array([row[:2] for row in rows]).T
    same = sum(row[2] for row in rows)
    print(f"from the habit: {usual.sum():.2f} CPU s, median {np.median(usual):.2f}")
    print(f"from the plan in force: {warm.sum():.2f} CPU s, median {np.median(warm):.2f}")
    print(f"ratio {warm.sum() / usual.sum():.2f}, worst week {(warm / usual).max():.2f}")
    print(f"the same plan in {same} of {len(rows)}, the same cost in all")


def _monday(prices: PlanningPrices, monday: date) -> tuple[float, float, bool]:
    """CPU seconds from the habit and from the plan in force, and whether both are one plan."""
    plant = load_plant(None)
    plant = replace(plant, stages=tuple(replace(stage, ambient=None) for stage in plant.stages))
    orders, tuesday = load_orders(None, plant), monday + DAY
    settled = {"contract": load_contract("indexed-3.0td"), "seed": 0, "time_limit_s": 600.0}
    first = make_plan(
        plant, orders.in_window(monday, 7), _known(prices, monday, tuesday),
        origin=local_midnight(monday) - timedelta(hours=3), first_day=monday, days=7, **settled,
    )  # fmt: skip
    hand_over = local_midnight(tuesday) - HAND_OVER_BEFORE

    def again(**more: Any) -> tuple[Plan, float]:
        began_s = time.process_time()
        made = make_plan(
            plant, orders.in_window(tuesday, 6, known=first.demands, known_from=first.start),
            _known(prices, monday, tuesday + DAY), origin=hand_over, hand_over=hand_over,
            first_day=tuesday, days=6, running=first, **settled, **more,
        )  # fmt: skip
        return made, time.process_time() - began_s

    usual, usual_s = again(begin_with={})
    warm, warm_s = again()
    assert abs(usual.schedule.objective_eur - warm.schedule.objective_eur) < 1e-3, monday
    same = [b.start for b in usual.schedule.blocks] == [b.start for b in warm.schedule.blocks]
    print(f"{monday} {usual_s:.2f} {warm_s:.2f} {'same' if same else 'another'}", flush=True)
    return usual_s, warm_s, same


def _known(prices: PlanningPrices, monday: date, beyond: date) -> PlanningPrices:
    """Prices from Monday on, from the midnight of ``beyond`` those of a week before."""
    begin, end = (to_datetime64(local_midnight(day)) for day in (monday, monday + 9 * DAY))
    own = (prices.start >= begin) & (prices.start < end)
    start, eur_kwh = prices.start[own], prices.eur_kwh[own].copy()
    late = start >= to_datetime64(local_midnight(beyond))
    eur_kwh[late] = prices.eur_kwh[np.searchsorted(prices.start, start[late] - WEEK)]
    return PlanningPrices(start, prices.resolution_s[own], eur_kwh, prices.published[own])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prices", type=Path, required=True)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    parser.add_argument("--weeks", type=int, default=20)
    parser.add_argument("--every", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
