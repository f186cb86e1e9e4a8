"""What planning day by day from what was known then captures of the possible saving.

Imports price files into a store of its own, replays whole weeks as ``chocolate-factory replay``
does, and prints the totals by year. Interrupted, it goes on where it stopped. With a contract file
of other powers (``contracted_kw``) on the same prices it uses the forecasts kept in the folder.

    .venv/bin/python benchmarks/replay.py --prices pvpc.csv --contract pvpc \\
        --from 2024-01-01 --to 2025-12-28 --models ridge --work replay-work
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

from chocolate_factory.app.files import load_contract, load_orders, load_plant
from chocolate_factory.app.inbox import import_files
from chocolate_factory.conduct.replay import WEEK_DAYS, ReplayedWeek, ReplayRules, mondays
from chocolate_factory.conduct.replay_totals import totals
from chocolate_factory.fleet import ReplayJob, process_map, replay_job
from chocolate_factory.market.bill import days_of_year
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.store.sql import open_store

AS_OF = datetime(2100, 1, 1, tzinfo=UTC)


def main() -> None:
    """Import, replay, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prices", type=Path, nargs="+", required=True, help="price files (CSV)")
    parser.add_argument("--contract", default="pvpc", help="name or file")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True)
    parser.add_argument("--every", type=int, default=1, help="one week in so many")
    parser.add_argument("--models", default="ridge")
    parser.add_argument("--freeze-min", type=int, default=0)
    parser.add_argument("--propose-above", type=float, default=0.0)
    parser.add_argument("--time-limit", type=float, default=600.0, help="of one plan, seconds")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path("replay-work"), help="folder to keep")
    asked = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    asked.work.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{asked.work / 'prices.db'}"
    with closing(open_store(url)) as store:
        for one in import_files(store, asked.prices, now=AS_OF):
            print(f"{one.path.name}: {one.appended.new} new")
    plant = load_plant(None)
    task = PlanTask(
        plant=plant,
        contract=load_contract(asked.contract),
        orders=load_orders(None, plant),
        time_limit_s=asked.time_limit,
        seed=0,
    )
    rules = ReplayRules(timedelta(minutes=asked.freeze_min), asked.propose_above)
    jobs = [
        ReplayJob(
            url, "", task, monday, tuple(asked.models.split(",")), rules, AS_OF, asked.work / "kept"
        )
        for monday in mondays(asked.first, asked.last)[:: asked.every]
    ]
    weeks = []
    for week in process_map(asked.workers)(replay_job, jobs):
        weeks.append(week)
        print(week, flush=True)
    report(weeks)


def report(weeks: list[ReplayedWeek]) -> None:
    """Totals by year and over all."""
    by_year: dict[str, list[ReplayedWeek]] = defaultdict(list)
    for week in weeks:
        by_year[str(week.monday.year)].append(week)
    print("| weeks | replayed | habit | plan | perfect | saved | captured | dearer | early |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, own in [*sorted(by_year.items()), ("all", weeks)]:
        told = totals(own)
        if not told.weeks:
            continue
        share = "-" if told.captured_pct is None else f"{told.captured_pct:.1f} %"
        early = "-" if told.early_eur is None else f"{told.early_eur / told.weeks:.1f}"
        print(
            f"| {name} | {told.weeks} ({told.skipped} left out) "
            f"| {told.habit_eur / told.weeks:.1f} | {told.plan_eur / told.weeks:.1f} "
            f"| {told.perfect_eur / told.weeks:.1f} | {told.saved_pct:.1f} % | {share} "
            f"| {told.dearer} | {early} |"
        )
    for name, own in sorted(by_year.items()):
        told = totals(own)
        if told.weeks:
            lost_eur = (told.plan_eur - told.perfect_eur) / told.weeks
            yearly_eur = lost_eur * days_of_year(int(name)) / WEEK_DAYS
            print(f"{name}: not knowing the prices costs {yearly_eur:.0f} €/year")
    done = [week for week in weeks if week.skipped is None]
    if done:
        seconds = sorted(week.cpu_s for week in done)
        print(f"CPU a week: median {median(seconds):.1f} s, most {seconds[-1]:.1f} s; euros a week")
        print(f"plans not proven in time: {sum(week.unproven for week in done)}")


if __name__ == "__main__":
    main()
