"""What the application itself takes for each site: alerts, advice, and the overview of all.

    .venv/bin/python -m benchmarks.fleet_overview --sites 20 60

Simulated sites with a plan, in one process over SQLite, no service asked and nothing sent: how long
each quarter's alerts and advice take of a site (advice by rules, for none has learned a model yet),
and how long the overview of all sites takes at the first look, at one more, and in the next quarter
of an hour, when every site is read anew. Beside each look the state of all sites, which is all that
a look compares as long as nothing was stored. CPU seconds of one thread.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from pydantic import SecretStr

from benchmarks.fleet_sites import fill_market, origin_for, write_sites
from chocolate_factory import jobs
from chocolate_factory.app.desks.fleet import fleet_desk
from chocolate_factory.app.factory import open_sites
from chocolate_factory.app.fleet import fleet_sites, make_forecast
from chocolate_factory.app.site_files import read_sites
from chocolate_factory.fleet import StoreAt, plan_fleet
from chocolate_factory.fleet.spreading import in_turn
from chocolate_factory.market.calendar import QUARTER
from chocolate_factory.schedule import Job
from chocolate_factory.settings import Settings
from chocolate_factory.store.opening import open_store

DAY = date(2025, 11, 28)
ORIGIN = origin_for(DAY)
HISTORY_DAYS = 400
PLANNED_DAYS = 2
LOOKS = 20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sites", type=int, nargs="+", default=[20, 60])
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(
        "| sites | alerts, ms a site | a quarter later | advice, ms a site | overview at first, "
        "ms a site | one more look, ms | its state alone, ms | next quarter, ms a site | load |\n"
        f"|{'---|' * 9}"
    )
    for count in asked.sites:
        with tempfile.TemporaryDirectory() as folder:
            print(row(Path(folder), count, asked.seed), flush=True)


def row(folder: Path, count: int, seed: int) -> str:
    """One fleet, planned and looked at."""
    write_sites(folder / "sites", count, seed=seed)
    url = f"sqlite:///{folder / 'store.db'}"
    settings = Settings(
        data_dir=folder / "data", sites_dir=folder / "sites", store_url=SecretStr(url)
    )
    _plan(settings, url, seed)
    clock = [ORIGIN + timedelta(minutes=20)]
    with ExitStack() as stack:
        sites = stack.enter_context(open_sites(settings))
        _, work = jobs.every_job(sites)
        first = _of_each("alerts", work, clock[0])
        again = _of_each("alerts", work, clock[0] + QUARTER)
        advice = _of_each("advise", work, clock[0])
        desk = fleet_desk(sites, lambda: clock[0])
        cold = _took_ms(desk.seen) / count
        kept = float(np.median([_took_ms(desk.seen) for _ in range(LOOKS)]))
        state = float(np.median([_took_ms(desk.state) for _ in range(LOOKS)]))
        clock[0] += QUARTER
        anew = _took_ms(desk.seen) / count
    return (
        f"| {count} | {first:.0f} | {again:.0f} | {advice:.0f} | {cold:.1f} | {kept:.1f} "
        f"| {state:.1f} | {anew:.1f} | {os.getloadavg()[0]:.1f} |"
    )


def _plan(settings: Settings, url: str, seed: int) -> None:
    store = open_store(url)
    fill_market(store, seed=seed, last=DAY, days=HISTORY_DAYS)
    sites = tuple(
        replace(one, task=replace(one.task, days=PLANNED_DAYS, ways_out_s=0.0))
        for one in fleet_sites(read_sites(settings))
    )
    told = plan_fleet(
        store, StoreAt(url), sites, in_turn, now=ORIGIN,
        make_forecast=partial(make_forecast, settings, store), tell=untold,
    )  # fmt: skip
    store.close()
    without = [one.site for one in told.sites if one.plan_id is None]
    if without:
        raise SystemExit(f"no plan at {', '.join(without)}: a defect")


def _of_each(name: str, work: Mapping[str, Job], now: datetime) -> float:
    """CPU milliseconds that a job takes of a site, on the average."""
    keys = [key for key in work if key.startswith(f"{name}@")]
    return sum(_took_ms(partial(work[key], now, untold)) for key in keys) / len(keys)


def _took_ms(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return 1000 * (time.process_time() - began)


def untold(done: int, total: int, detail: str = "") -> None:
    """Progress that nobody looks at."""


if __name__ == "__main__":
    main()
