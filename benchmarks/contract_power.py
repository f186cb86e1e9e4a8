"""Contracted powers chosen together with a year's plans, against the habit at its own least powers.

    .venv/bin/python benchmarks/contract_power.py --prices SPOT.csv --years 2024,2025

FILE is a CSV with ``time_utc`` and ``spot_es_eur_mwh``; plant and orders are the reference ones,
the contract is ``indexed-3.0td``. Every week is planned with its prices known. ``--every 4``
searches the powers over every fourth week; ``--boxes`` is the work spent on the bound.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from chocolate_factory.app.files import load_contract, load_orders, load_plant
from chocolate_factory.market.series import Forecast
from chocolate_factory.planning.contract_advice import (
    ContractAdvice,
    Doing,
    YearCost,
    advise_contract,
)
from chocolate_factory.planning.problem import planning_prices
from chocolate_factory.sources.given_prices import read_given


def main() -> None:
    """Advise for the years and print a table of each."""
    asked = _arguments()
    plant, contract = load_plant(None), load_contract("indexed-3.0td")
    orders = load_orders(None, plant)
    given = read_given(
        asked.prices, asked.prices.read_bytes(), received_at=datetime(2026, 1, 1, tzinfo=UTC),
        plain=False,
    )  # fmt: skip
    prices = planning_prices(Forecast.all_published(given.series), contract)
    for year in map(int, asked.years.split(",")):
        began = time.process_time()
        advice = advise_contract(
            plant,
            contract,
            orders,
            prices,
            year=year,
            powers_now=(150.0,) * 6,
            search_every=asked.every,
            most_boxes=asked.boxes,
            time_limit_s=asked.time_limit,
            step=_told,
        )
        _print(advice, time.process_time() - began)


def _told(doing: Doing) -> None:
    told = ""
    if doing.bound_eur is not None and doing.total_eur is not None:
        told = f": between {doing.bound_eur:.0f} and {doing.total_eur:.0f} €/year"
    print(f"{doing.stage} {doing.worked_out}{told}", file=sys.stderr, flush=True)


def _print(advice: ContractAdvice, cpu_s: float) -> None:
    print(f"\n{advice.year}: {advice.priced} of {advice.weeks} weeks priced; {cpu_s:.0f} CPU s")
    print("| | P1 … P6, kW | energy | power | excess | total | not below |")
    print("|---|---|---|---|---|---|---|")
    for name, cost in (
        ("habit, contract of today", advice.habit_now),
        ("habit, its own least contract", advice.habit_least),
        ("plan, contract of today", advice.plan_now),
        ("plan, chosen contract", advice.plan_chosen),
    ):
        print(_row(name, cost))
    if advice.saving_eur is not None:
        print(
            f"\nsaved against the habit at its own least contract: {advice.saving_eur:.0f} €/year"
        )
    if advice.gap_eur is not None and advice.bounded_total_eur is not None:
        print(
            f"over {advice.bounded_weeks} weeks the chosen contract costs "
            f"{advice.bounded_total_eur:.0f} €/year and none less than {advice.bound_eur:.0f}: "
            f"gap {advice.gap_eur:.0f} €/year, {advice.gap_eur / advice.bounded_total_eur:.2%}"
        )
    sys.stdout.flush()


def _row(name: str, cost: YearCost | None) -> str:
    if cost is None:
        return f"| {name} | not on time | | | | | |"
    powers = " ".join(f"{kw:g}" for kw in cost.powers_kw)
    bound = "" if cost.bound_eur is None else f"{cost.bound_eur:.0f}"
    return (
        f"| {name} | {powers} | {cost.energy_eur:.0f} | {cost.power_eur:.0f} "
        f"| {cost.excess_eur:.0f} | {cost.total_eur:.0f} | {bound} |"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prices", type=Path, required=True)
    parser.add_argument("--years", default="2025")
    parser.add_argument("--every", type=int, default=4)
    parser.add_argument("--boxes", type=int, default=0)
    parser.add_argument("--time-limit", type=float, default=20.0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
