"""Days of the reference plant by a textbook model and by ours, in the same solver and one run.

    .venv/bin/python -m benchmarks.textbook_planning --prices pvpc.csv --from 2025-01-13 --days 1 2

The textbook model has one binary for every batch, stage and quarter-hour in which that stage of
that batch may begin; rows say that each begins once, waits no longer than it may, and that no slot
has more runs than machines or draws more than is contracted. Both are given to the same HiGHS with
the same gap (1e-6), one thread and no solution to begin with, and have to find the same cost where
both are proven. CPU seconds, formulation and proof together; ``--limit`` ends a search, and what is
then told is the gap that was left.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.peer import same_cost
from benchmarks.plan_weeks import read_prices
from chocolate_factory.market.contract import contract_named
from chocolate_factory.planning.highs import Outcome, Programme, run
from chocolate_factory.planning.orders import Demand, parse_orders
from chocolate_factory.planning.plan import PlanningPrices
from chocolate_factory.planning.plant import Plant, Staffed, parse_plant
from chocolate_factory.planning.problem import Problem, build_problem, planning_window
from chocolate_factory.planning.solve import solve

Answer = TypeVar("Answer")


def main() -> None:
    """Solve both and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prices", type=Path, required=True)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    parser.add_argument(
        "--days", type=int, nargs="+", default=[1, 2], help="how many, each by itself"
    )
    parser.add_argument(
        "--limit", type=float, default=120.0, help="seconds of the clock on the wall"
    )
    asked = parser.parse_args()
    prices = read_prices(asked.prices)
    print(
        "| days | batches | binaries | textbook, CPU s | gap left | ours, CPU s | ratio | cost, € |"
    )
    print("|" + "---|" * 8)
    for days in asked.days:
        print(row(prices, asked.first, days, asked.limit), flush=True)


def row(prices: PlanningPrices, first: date, days: int, limit_s: float) -> str:
    """One row: the same days by both."""
    plant, demands, problem = problem_of(prices, first, days)
    ours_s, found = clocked(lambda: solve(problem, time_limit_s=limit_s))
    if found is None or found.status != "optimal":
        raise SystemExit("ours found no optimum within the limit")

    def theirs() -> tuple[Programme, Outcome]:
        made = textbook(plant, demands, problem)
        return made, run(made, time_limit_s=limit_s, seed=0)

    textbook_s, (made, outcome) = clocked(theirs)
    if outcome.proven and not same_cost(found.objective, outcome.objective):
        raise SystemExit(f"{outcome.objective} and {found.objective}: a defect")
    gap = (
        "none" if outcome.proven
        else "no plan" if outcome.value is None
        else f"{outcome.objective / outcome.bound - 1:.2%}"
    )  # fmt: skip
    batches = sum(demand.batches for demand in demands)
    more = "" if outcome.proven else "> "
    return (
        f"| {days} | {batches} | {int(made.upper.sum()):,} | {textbook_s:.1f} | {gap} "
        f"| {ours_s:.2f} | {more}{textbook_s / ours_s:.0f} | {found.objective:.2f} € |"
    )


def problem_of(
    prices: PlanningPrices, first: date, days: int
) -> tuple[Plant, tuple[Demand, ...], Problem]:
    """The reference plant's own orders of the days, at the prices as they stand."""
    data = files("chocolate_factory").joinpath("data")
    plant = parse_plant(data.joinpath("reference_plant.yaml").read_text("utf-8"), name="plant")
    plant = replace(plant, stages=tuple(replace(one, ambient=None) for one in plant.stages))
    text = data.joinpath("reference_orders.yaml").read_text("utf-8")
    demands = tuple(parse_orders(text, name="orders", plant=plant).in_window(first, days))
    start, end = planning_window(first, days, demands)
    contract = contract_named("indexed-3.0td")
    return plant, demands, build_problem(
        plant, demands, prices, start=start, end=end, contract=contract
    )  # fmt: skip


def textbook(plant: Plant, demands: Sequence[Demand], problem: Problem) -> Programme:
    """One binary per batch, stage and start slot, from plant and prices alone.

    For plants without cleaning, change-over and tanks, with one contracted power.
    """
    n, slot = problem.slots.size, plant.slot_min
    tended = {Staffed.NEVER: 0, Staffed.START: 1}
    units = [demand for demand in demands for _ in range(demand.batches)]
    there = plant.staffed(problem.slots)
    index = np.arange(len(units) * len(plant.stages) * n).reshape(len(units), -1, n)
    cost, upper = np.zeros(index.size), np.zeros(index.size)
    rows: list[tuple[dict[int, float], float, float]] = []
    drawn: list[dict[int, float]] = [{} for _ in range(n)]
    busy: list[list[dict[int, float]]] = [[{} for _ in range(n)] for _ in plant.stages]
    for b, unit in enumerate(units):
        due = problem.slot_before(unit.due)
        for s, stage in enumerate(plant.stages):
            kw = stage.slot_kw(unit.grade, slot)
            needed = tended.get(stage.staffed, kw.size)
            last = due if stage is plant.stages[-1] else n
            for t in range(last - kw.size + 1):
                if not there[t : t + needed].all():
                    continue
                x = int(index[b, s, t])
                upper[x] = 1
                cost[x] = float(kw @ problem.eur_kwh[t : t + kw.size]) * slot / 60
                for k, power in enumerate(kw):
                    busy[s][t + k][x] = 1.0
                    drawn[t + k][x] = float(power)
            rows.append(({int(x): 1.0 for x in index[b, s]}, 1, 1))
            if s:
                before = plant.stages[s - 1]
                length = before.minutes(unit.grade) / slot
                wait = {int(index[b, s, t]): float(t) for t in range(n)}
                wait |= {int(index[b, s - 1, t]): -float(t) for t in range(n)}
                rows.append((wait, length, length + before.max_hold_min / slot))
    left_kw = np.array(plant.contracted_kw[0]) - plant.base_kw(problem.slots)
    rows += [(drawn[t], -np.inf, float(left_kw[t])) for t in range(n)]
    rows += [
        (busy[s][t], -np.inf, float(stage.machines))
        for s, stage in enumerate(plant.stages) for t in range(n)
    ]  # fmt: skip
    return _by_columns(cost, upper, rows)


def _by_columns(
    cost: np.ndarray, upper: np.ndarray, rows: Sequence[tuple[dict[int, float], float, float]]
) -> Programme:
    entries = [(x, at, value) for at, (row, _, _) in enumerate(rows) for x, value in row.items()]
    column, row, value = (np.array(each) for each in zip(*entries, strict=True))
    order = np.lexsort((row, column))
    return Programme(
        cost=cost, lower=np.zeros(cost.size), upper=upper, integer=np.ones(cost.size, dtype=bool),
        row_lower=np.array([low for _, low, _ in rows]),
        row_upper=np.array([high for _, _, high in rows]),
        begin=np.searchsorted(column[order], np.arange(cost.size + 1)),
        rows=row[order], values=value[order], begin_with=None,
    )  # fmt: skip


def clocked(call: Callable[[], Answer]) -> tuple[float, Answer]:
    """CPU seconds of a call, and what it answers."""
    began = time.process_time()
    answer = call()
    return time.process_time() - began, answer


if __name__ == "__main__":
    sys.exit(main())
