"""Plan real weeks of the reference plant with perfect foresight: how long, how proven, what saved.

    .venv/bin/python benchmarks/plan_weeks.py --prices FILE --from 2024-01-01 --weeks 20
    .venv/bin/python benchmarks/plan_weeks.py --prices FILE --from 2024-01-01 --weeks 5 --scale 8

FILE is a CSV with ``time_utc`` and ``price_eur_kwh`` (or ``spot_es_eur_mwh`` and
``resolution_min``); the prices are taken as what a kWh costs. Weeks with missing prices are
counted and left out. One seed in this process, so that its CPU seconds are all there are: the
programs race two seeds in processes of their own once the first has been at it for two seconds.
``--scale`` multiplies machines and contracted power, ``--orders`` what is ordered.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import numpy as np

from chocolate_factory.errors import MissingData
from chocolate_factory.market.calendar import local_midnight
from chocolate_factory.market.contract import contract_named
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.orders import parse_orders
from chocolate_factory.planning.plan import Plan, PlanningPrices
from chocolate_factory.planning.plant import parse_plant


def main() -> None:
    """Plan the weeks and print a table."""
    asked = _arguments()
    prices = read_prices(asked.prices)
    plans: list[Plan] = []
    cpu_s: list[float] = []
    left_out = 0
    for number in range(asked.weeks):
        began = time.process_time()
        try:
            plans.append(plan_week(prices, asked.first + timedelta(weeks=number), asked))
        except MissingData:
            left_out += 1
            continue
        cpu_s.append(time.process_time() - began)
    if not plans:
        print("no week has all its prices")
        return
    best = np.array([plan.schedule.objective_eur for plan in plans])
    habit = np.array([plan.baseline.objective_eur for plan in plans])
    saved = habit - best
    status = Counter(plan.schedule.status for plan in plans)
    spread = np.percentile(cpu_s, [50, 90, 99, 100])
    rows = {
        "batches": str(sum(demand.batches for demand in plans[0].demands)),
        "weeks planned": f"{len(plans)} (left out for missing prices: {left_out})",
        "status": ", ".join(f"{name} {count}" for name, count in status.items()),
        "largest gap": f"{max(plan.schedule.gap or 0.0 for plan in plans):.2e}",
        "CPU s p50 / p90 / p99 / max": " / ".join(f"{value:.2f}" for value in spread),
        "habit, €/week": f"{habit.mean():.1f}",
        "optimum, €/week": f"{best.mean():.1f}",
        "saving": f"{100 * saved.sum() / habit.sum():.1f} %",
        "smallest weekly saving, €": f"{saved.min():.2f}",
    }
    for name, value in rows.items():
        print(f"{name:30s} {value}")
    print(f"{'peak memory, MB':30s} {getrusage(RUSAGE_SELF).ru_maxrss / 1024:.0f}")
    bent = sum(note.startswith("baseline") for plan in plans for note in plan.notes)
    print(f"{'baselines with a note':30s} {bent}")


def plan_week(prices: PlanningPrices, monday: date, asked: argparse.Namespace) -> Plan:
    """The reference plant's days from ``monday`` at ``prices``; its ambient limits left out."""
    data = files("chocolate_factory").joinpath("data")
    plant = parse_plant(data.joinpath("reference_plant.yaml").read_text("utf-8"), name="plant")
    stages = tuple(
        replace(stage, machines=stage.machines * asked.scale, ambient=None)
        for stage in plant.stages
    )
    contracted = tuple(kw * asked.scale for kw in plant.contracted_kw)
    plant = replace(plant, stages=stages, contracted_kw=contracted)
    orders = parse_orders(
        data.joinpath("reference_orders.yaml").read_text("utf-8"), name="orders", plant=plant
    )
    weekly = {
        day: {grade: kg * asked.orders for grade, kg in own.items()}
        for day, own in orders.weekly.items()
    }
    orders = replace(orders, weekly=weekly)
    return make_plan(
        plant,
        orders.in_window(monday, asked.days),
        prices,
        origin=local_midnight(monday),
        first_day=monday,
        days=asked.days,
        contract=contract_named("indexed-3.0td"),
        seed=asked.seed,
        time_limit_s=asked.time_limit,
    )


def read_prices(path: Path) -> PlanningPrices:
    """The file's prices as they stand [EUR/kWh]."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    per_mwh = "spot_es_eur_mwh" in rows[0]
    values = [float(row["spot_es_eur_mwh" if per_mwh else "price_eur_kwh"]) for row in rows]
    return PlanningPrices(
        start=np.array([row["time_utc"].rstrip("Z") for row in rows], dtype="datetime64[s]"),
        resolution_s=np.array(
            [int(row.get("resolution_min", 60)) * 60 for row in rows], dtype=np.int64
        ),
        eur_kwh=np.array(values) / (1000 if per_mwh else 1),
        published=np.ones(len(rows), dtype=bool),
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prices", type=Path, required=True)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    parser.add_argument("--weeks", type=int, default=20)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--orders", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--time-limit", type=float, default=600.0, help="wall seconds")
    return parser.parse_args()


if __name__ == "__main__":
    main()
