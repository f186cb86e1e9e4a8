"""A fleet of simulated sites planned after publication by Dask workers, results in PostgreSQL.

    .venv/bin/python -m benchmarks.fleet --sites 500 --workers 2

Prints, each measured in this one run: total time and time per site with one worker and with all of
them, on the same ``--compared`` sites that have the plan of the day before, in turns; the whole
fleet with a worker killed on the way and what the database then holds beside what it must; how
cost grows with sites, history and horizon, with fits. Needs Dask and PostgreSQL's programs.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import psycopg

from benchmarks.fleet_sites import fill_market, origin_for, write_sites
from benchmarks.private_servers import Dask, Postgresql, dask, missing_servers, postgresql
from chocolate_factory.app.fleet import fleet_sites, make_forecast, own_store
from chocolate_factory.app.site_files import read_sites
from chocolate_factory.fleet import (
    FleetPlan,
    FleetSite,
    State,
    StoreAt,
    over_cluster,
    plan_fleet,
)
from chocolate_factory.fleet.spreading import in_turn
from chocolate_factory.settings import Settings, load_settings
from chocolate_factory.store.base import Event, PlanRecord
from chocolate_factory.store.opening import open_store

DAY = date(2025, 11, 28)
HISTORY_DAYS = 1300
ORIGIN = origin_for(DAY)
IDLE_S = 5.0
"""How long a scheduler with nothing to do is watched: what it uses then is no cost of a site."""
MANY, WITHIN_S = 10_000, 1800.0
"""A larger fleet, and how soon after publication it wants its plans [s]."""
STORE = "CHOCOLATE_FACTORY_STORE_URL"


@dataclass(frozen=True)
class Measured:
    """One run: seconds on the wall, and processor seconds of the parts that every site needs."""

    told: FleetPlan
    wall_s: float
    scheduler_s: float
    client_s: float
    database_s: float

    @property
    def sites(self) -> int:
        return len(self.told.sites)

    @property
    def solving_s(self) -> float:
        return sum(one.cpu_s for one in self.told.sites)


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    missing = missing_servers()
    if missing:
        print(f"skipped: needs {missing}")
        return
    with tempfile.TemporaryDirectory() as folder, postgresql() as server:
        began = time.monotonic()
        write_sites(Path(folder) / "sites", asked.sites, seed=asked.seed)
        settings = load_settings(data_dir=Path(folder), sites_dir=Path(folder) / "sites")
        sites = fleet_sites(read_sites(settings))
        print(
            f"{len(sites)} sites written and read in {time.monotonic() - began:.1f} s", flush=True
        )
        _fill(server, "market", HISTORY_DAYS, asked.seed)
        bench = Bench(server, settings, asked.seed)
        bench.compare(sites[: asked.compared], asked.workers, asked.rounds)
        bench.whole(sites, asked.workers)
        bench.growth(sites, asked.grown, asked.workers)


@dataclass
class Bench:
    """The parts of the measurement, over one server."""

    server: Postgresql
    settings: Settings
    seed: int
    used: int = 0

    def run(
        self,
        sites: tuple[FleetSite, ...],
        cluster: Dask,
        url: str,
        *,
        kill_at: int = 0,
        now: datetime = ORIGIN,
    ) -> Measured:
        """Plan the sites over a running cluster whose workers use the store at ``url``."""
        scheduler = psutil.Process(cluster.scheduler.pid)
        idle = _used_s(scheduler)
        time.sleep(IDLE_S)
        before = _used_s(scheduler)
        idle_share = (before - idle) / IDLE_S
        database = self.server.processor_s()
        client_before, began = time.process_time(), time.monotonic()

        def tell(done: int, _total: int, _site: str) -> None:
            if done == kill_at:
                cluster.workers[0].kill()
                cluster.workers[0].wait()
                cluster.add_worker()

        os.environ[STORE] = url
        store = open_store(url)
        try:
            told = plan_fleet(
                store, own_store, sites, over_cluster(cluster.url), now=now,
                make_forecast=partial(make_forecast, self.settings, store), tell=tell,
            )  # fmt: skip
        finally:
            store.close()
        wall_s = time.monotonic() - began
        return Measured(
            told,
            wall_s,
            max(0.0, _used_s(scheduler) - before - idle_share * wall_s),
            time.process_time() - client_before,
            self.server.processor_s() - database,
        )

    def fresh(self, like: str = "market") -> str:
        """The address of a copy of a database with a market and no plan."""
        self.used += 1
        return self.server.create(f"run{self.used}", like=like)

    def compare(self, sites: tuple[FleetSite, ...], workers: int, rounds: int) -> None:
        """The same sites with one worker and with all, in turns, as on any day but the first."""
        before = self.fresh()
        with dask(workers, **{STORE: before, "OMP_NUM_THREADS": "1"}) as cluster:
            self.run(sites, cluster, before, now=origin_for(DAY - timedelta(days=1)))
        yesterday = f"run{self.used}"
        walls: dict[int, list[float]] = {1: [], workers: []}
        for _ in range(rounds):
            for count, told in walls.items():
                url = self.fresh(like=yesterday)
                with dask(count, **{STORE: url, "OMP_NUM_THREADS": "1"}) as cluster:
                    done = self.run(sites, cluster, url)
                told.append(done.wall_s)
                print(
                    f"{count} workers, {len(sites)} sites: {done.wall_s:.1f} s, "
                    f"{done.wall_s / len(sites):.3f} s a site; processor s a site: {_parts(done)}; "
                    f"load {os.getloadavg()[0]:.1f}",
                    flush=True,
                )
        ratios = [one / more for one, more in zip(walls[1], walls[workers], strict=True)]
        print(
            f"speed-up of {workers} workers against 1: {np.median(ratios):.2f} "
            f"({', '.join(f'{ratio:.2f}' for ratio in ratios)})",
            flush=True,
        )

    def whole(self, sites: tuple[FleetSite, ...], workers: int) -> None:
        """All sites with a worker killed a third of the way, checked against the database."""
        url = self.fresh()
        with dask(workers, **{STORE: url, "OMP_NUM_THREADS": "1"}) as cluster:
            done = self.run(sites, cluster, url, kill_at=len(sites) // 3)
            again = self.run(sites, cluster, url)
        habit = sum(one.habit_eur or 0.0 for one in done.told.sites)
        plan = sum(one.plan_eur or 0.0 for one in done.told.sites)
        print(
            f"{len(sites)} sites, {workers} workers, one killed after {len(sites) // 3}: "
            f"{done.wall_s:.1f} s, {done.wall_s / len(sites):.3f} s a site; "
            f"{dict(done.told.counts)}; habit {habit:.0f} €, plan {plan:.0f} €"
        )
        print(f"processor s a site: {_parts(done)}")
        print(f"the same run again: {again.wall_s:.1f} s, {dict(again.told.counts)}")
        _check(url, sites)
        _check_same(done.told, again.told)
        self.on_paper(done, url)

    def on_paper(self, done: Measured, url: str) -> None:
        """What ``MANY`` sites take by the figures of this run."""
        write_s = _transaction_s(url, self.fresh())
        each = len(done.told.sites)
        solving = done.solving_s / each
        print(
            f"one result stored at a time: {1000 * write_s:.1f} ms, {1 / write_s:.0f} a second\n"
            f"{MANY} sites: {MANY * solving / 3600:.1f} processor h of solving, "
            f"{MANY * solving / WITHIN_S:.1f} workers to be done in {WITHIN_S / 60:.0f} min"
        )
        for name, seconds in (
            ("one writer at a time", write_s),
            ("database's processor", done.database_s / each),
            ("scheduler", done.scheduler_s / each),
            ("command", done.client_s / each),
        ):
            print(
                f"  {name}: {MANY * seconds / WITHIN_S:.1%} busy then, saturated by "
                f"{solving / seconds:.0f} workers"
            )

    def growth(self, sites: tuple[FleetSite, ...], most: int, workers: int) -> None:
        """Cost by number of sites, by history and by horizon."""
        rows, begin, url = [], 0, self.fresh()
        with dask(workers, **{STORE: url, "OMP_NUM_THREADS": "1"}) as cluster:
            for part in (8, 4, 2, 1):  # other sites each time: none of them has a plan
                end = begin + max(1, most // part)
                done = self.run(sites[begin:end], cluster, url)
                begin = end
                rows.append((done.sites, done.wall_s, done.solving_s))
                print(
                    f"{done.sites} sites: {done.wall_s:.1f} s, solving {done.solving_s:.1f} s",
                    flush=True,
                )
        n, wall, solving = np.array(rows).T
        slope, fixed = np.polyfit(n, wall, 1)
        print(f"  wall = {fixed:.2f} s + {slope:.3f} s a site; solving {_power(n, solving)}")
        self._by_history(sites[:4])
        self._by_horizon(sites[: max(3, most // 8)])

    def _by_history(self, sites: tuple[FleetSite, ...]) -> None:
        rows = []
        for days in (200, 400, 800, 1300):
            _fill(self.server, f"market{days}", days, self.seed)
            store = open_store(self.server.url(f"market{days}"))
            began = time.process_time()
            for key in sorted({one.task.market for one in sites} - {None}):
                make_forecast(self.settings, store, key, ORIGIN)
            forecast_s = time.process_time() - began
            store.close()
            rows.append((days, forecast_s))
            print(f"history {days} days: forecasts {forecast_s:.2f} processor s", flush=True)
        days_, seconds = np.array(rows).T
        print(f"  forecasts {_power(days_, seconds)}; a plan does not look at history")

    def _by_horizon(self, sites: tuple[FleetSite, ...]) -> None:
        rows = []
        for days in (2, 4, 7, 10):
            longer = tuple(replace(s, task=replace(s.task, days=days)) for s in sites)
            url = self.fresh()
            store = open_store(url)
            told = plan_fleet(
                store, StoreAt(url), longer, in_turn, now=ORIGIN,
                make_forecast=partial(make_forecast, self.settings, store), tell=untold,
            )  # fmt: skip
            store.close()
            planned = [one.cpu_s for one in told.sites if one.state is State.DONE]
            rows.append((days, float(np.mean(planned))))
            print(f"horizon {days} days: {rows[-1][1]:.2f} processor s a site", flush=True)
        days_, seconds = np.array(rows).T
        print(f"  planning {_power(days_, seconds)}")


def untold(_done: int, _total: int, _what: str) -> None:
    """Progress that nobody looks at."""


def _used_s(process: psutil.Process) -> float:
    return float(sum(process.cpu_times()[:2]))


def _parts(done: Measured) -> str:
    each = len(done.told.sites)
    return (
        f"solving {done.solving_s / each:.3f}, scheduler {done.scheduler_s / each:.4f}, "
        f"client {done.client_s / each:.4f}, database {done.database_s / each:.4f}"
    )


def _transaction_s(full: str, empty: str, *, count: int = 100) -> float:
    """Seconds that storing one site's result takes, one after the other, to the disk."""
    store = open_store(full)
    pieces = list(store.dump())
    store.close()
    record = next(one for one in pieces if isinstance(one, PlanRecord))
    noted = [one for one in pieces if isinstance(one, Event) and one.site == record.site]
    store = open_store(empty)
    began = time.monotonic()
    for number in range(count):
        view = store.of_site(f"copy-{number}")
        view.save_once(noted[-1], plans=[record], events=noted[:-1])
    spent_s = time.monotonic() - began
    store.close()
    return spent_s / count


def _check(url: str, sites: tuple[FleetSite, ...]) -> None:
    """Print what the database holds, and end where that is not one plan for each site."""
    held = _held(url)
    print(
        f"the database: plans {held.plans[0]} of {held.plans[1]} sites, {dict(held.events)}, "
        f"forecasts {held.forecasts}, {held.kept_b / max(1, held.plans[0]) / 1024:.1f} KiB a plan"
    )
    refused = held.events.get("fleet-refused", (0, 0))
    print(
        f"came to nothing at first, lost ones with them: {refused[0]} times at {refused[1]} sites"
    )
    wrong = amiss(held, len(sites))
    if wrong:
        raise SystemExit(f"WRONG: of {len(sites)} sites {', '.join(wrong)}")
    print("nothing lost, nothing doubled")


@dataclass(frozen=True)
class Held:
    """What a database holds after a run: how many there are, and of how many sites."""

    plans: tuple[int, int]
    events: Mapping[str, tuple[int, int]]
    forecasts: int
    kept_b: int


def amiss(held: Held, sites: int) -> tuple[str, ...]:
    """What of plans, marks and acceptances is not there exactly once for each of the sites."""
    found = {"plan": held.plans} | {
        kind: held.events.get(kind, (0, 0)) for kind in ("fleet-plan", "plan-accepted")
    }
    return tuple(
        f"{count} times {kind} at {of} sites"
        for kind, (count, of) in found.items()
        if (count, of) != (sites, sites)
    )


def _held(url: str) -> Held:
    with psycopg.connect(url) as connection:
        plans = connection.execute(
            "SELECT count(*), count(DISTINCT site), sum(octet_length(content)) FROM plan"
        ).fetchone()
        events = connection.execute(
            "SELECT kind, count(*), count(DISTINCT site) FROM event GROUP BY kind"
        ).fetchall()
        forecasts = connection.execute("SELECT count(*) FROM forecast").fetchone()
    assert plans is not None
    assert forecasts is not None
    return Held(
        (plans[0], plans[1]), {kind: (count, of) for kind, count, of in events},
        forecasts[0], int(plans[2] or 0),
    )  # fmt: skip


def _check_same(first: FleetPlan, again: FleetPlan) -> None:
    for one, other in zip(first.sites, again.sites, strict=True):
        if one.plan_id != other.plan_id:
            raise SystemExit(f"{one.site}: another plan the second time: a defect")


def _fill(server: Postgresql, name: str, days: int, seed: int) -> None:
    store = open_store(server.create(name))
    fill_market(store, seed=seed, last=DAY, days=days)
    store.close()


def _power(x: np.ndarray, y: np.ndarray) -> str:
    """The power law through the points, and how far the worst one is from it."""
    exponent, level = np.polyfit(np.log(x), np.log(y), 1)
    off = np.max(np.abs(np.exp(level + exponent * np.log(x)) / y - 1))
    return f"grows with the power {exponent:.2f} (worst point {off:.0%} off)"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sites", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--compared", type=int, help="sites of the comparison [all]")
    parser.add_argument(
        "--grown", type=int, default=64, help="most sites of the growth of cost, of 8/15 at most"
    )
    parser.add_argument("--rounds", type=int, default=1, help="comparisons one after the other")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    asked.compared = asked.compared or asked.sites
    asked.grown = min(asked.grown, asked.sites * 8 // 15)
    return asked


if __name__ == "__main__":
    main()
