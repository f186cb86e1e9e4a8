"""A first start on an empty store: how soon there are prices, a forecast, a plan, the history.

Starts ``serve`` as a process of its own, with nothing stored, against the simulated services on
loopback, and asks it over HTTP like a browser: that is the work. Loopback is asked without pauses,
so the pauses that politeness to the real services costs are counted apart, on simulated time:
between two requests to a host, as production has them. Both together, and the time that the real
services take to answer, is what a user waits.

    python -m benchmarks.first_start [--days 1095] [--keys] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks.soak_worker import SimulatedTime
from chocolate_factory import jobs
from chocolate_factory.app.factory import open_factory
from chocolate_factory.cli.root import now
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.settings import PREFIX, Settings
from chocolate_factory.simulation.network import SimulatedNetwork
from chocolate_factory.simulation.server import SimulatedUpstreams
from chocolate_factory.simulation.upstreams import KEY
from chocolate_factory.sources.transport import LocalNetwork, Transport
from chocolate_factory.upkeep import Supply

KEYS = ("ESIOS_TOKEN", "AEMET_KEY", "OPENWEATHERMAP_KEY", "SIAR_KEY")
POLL_S = 0.5
GIVE_UP_S = 3600.0


@dataclass
class FirstStart:
    """Seconds since the start until something was there, and what was seen on the way."""

    page_s: float | None = None
    prices_s: float | None = None
    forecast_s: float | None = None
    plan_s: float | None = None
    history_s: float | None = None
    forecast_pauses_s: float | None = None
    history_pauses_s: float | None = None
    progress_on_page: bool = False
    details: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    prices: int = 0


def main() -> None:
    """Measure once and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=1095, help="history wanted [days]")
    parser.add_argument("--keys", action="store_true", help="with a key of every service")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        SimulatedUpstreams(seed=1, clock=now) as upstreams,
    ):
        told = measured(Path(folder), environment(upstreams, asked.days, keys=asked.keys))
        told.forecast_pauses_s, told.history_pauses_s = pauses(asked.days, keys=asked.keys)
    if asked.json:
        print(json.dumps(asdict(told)))
        return
    print(
        "| first page [s] | prices [s] | forecast [s] | plan [s] | whole history [s] "
        "| pauses before the forecast [s] | pauses in all [s] | hours of PVPC |"
    )
    print("|" + "---|" * 8)
    times = (
        told.page_s, told.prices_s, told.forecast_s, told.plan_s, told.history_s,
        told.forecast_pauses_s, told.history_pauses_s,
    )  # fmt: skip
    print("|", " | ".join("–" if t is None else f"{t:.0f}" for t in times), f"| {told.prices:,} |")


def pauses(days: int, *, keys: bool) -> tuple[float | None, float]:
    """Seconds of waiting for our turn until there is a forecast, and until the history is whole."""
    begin = now()
    time = SimulatedTime(begin)
    network = SimulatedNetwork(1, time.now)
    transport = Transport(network=LocalNetwork(network), monotonic=time.monotonic, sleep=time.sleep)
    forecast_s: float | None = None

    def waited_s() -> float:
        return (time.now() - begin).total_seconds()

    with (
        tempfile.TemporaryDirectory() as folder,
        open_factory(
            Settings(data_dir=Path(folder), history_days=days),
            simulated=network,
            transport=transport,
        ) as factory,
    ):

        def tell(_done: int, _total: int, _detail: str = "") -> None:
            nonlocal forecast_s
            if forecast_s is None and factory.store.forecast(PVPC, as_of=time.now()):
                forecast_s = waited_s()

        feeds = factory.feeds if keys else without_keys(factory.feeds)
        jobs.history(replace(factory, feeds=feeds), begin, tell)
        return forecast_s, waited_s()


def without_keys(feeds: jobs.Feeds) -> jobs.Feeds:
    """The feeds that need no key."""

    def free(supply: Supply) -> Supply:
        return replace(supply, feeds=tuple(f for f in supply.feeds if f.key_setting is None))

    return replace(
        feeds,
        pvpc=free(feeds.pvpc),
        spot=free(feeds.spot),
        weather=free(feeds.weather),
        others=tuple(left for supply in feeds.others if (left := free(supply)).feeds),
    )


def environment(upstreams: SimulatedUpstreams, days: int, *, keys: bool) -> dict[str, str]:
    """Settings that lead to the simulated services."""
    settings = {
        "REE_URL": upstreams.ree_url,
        "ESIOS_URL": upstreams.esios_url,
        "OMIE_URL": upstreams.omie_url,
        "AEMET_URL": upstreams.aemet_url,
        "OPENWEATHERMAP_URL": upstreams.open_weather_url,
        "OPEN_METEO_URL": upstreams.open_meteo_url,
        "OPEN_METEO_ARCHIVE_URL": upstreams.open_meteo_url,
        "SIAR_URL": upstreams.siar_url,
        "HISTORY_DAYS": str(days),
        **dict.fromkeys(KEYS, KEY if keys else ""),
    }
    outside = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return outside | {f"{PREFIX}{name}": value for name, value in settings.items()}


def measured(folder: Path, settings: dict[str, str]) -> FirstStart:
    """Start, watch until the history is whole and a plan is there, and stop."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "chocolate_factory", "serve", "--port", str(port)]
    log = folder / "console.txt"
    begin = time.monotonic()
    with (
        log.open("wb") as said,
        subprocess.Popen(
            [*command, "--dir", str(folder / "data")], env=settings, stdout=said, stderr=said
        ) as server,
    ):
        try:
            told = _watched(f"http://127.0.0.1:{port}", server, begin)
        finally:
            server.terminate()
            server.wait(timeout=60)
    told.console = log.read_text(encoding="utf-8").splitlines()
    return told


def _watched(root: str, server: subprocess.Popen[bytes], begin: float) -> FirstStart:
    told = FirstStart()
    while server.poll() is None and time.monotonic() - begin < GIVE_UP_S:
        time.sleep(POLL_S)
        try:
            page = _get(f"{root}/dashboard")
            jobs = {
                one["name"]: one for one in json.loads(_get(f"{root}/scheduler/status"))["jobs"]
            }
            summary = json.loads(_get(f"{root}/dashboard/complete"))
        except OSError:  # not yet, or too busy to answer in time
            continue
        _note(told, page, jobs, summary, time.monotonic() - begin)
        if told.history_s is not None and told.plan_s is not None:
            break
    return told


def _note(
    told: FirstStart, page: str, jobs: dict[str, Any], summary: dict[str, Any], at_s: float
) -> None:
    """What is there now for the first time."""
    told.page_s = told.page_s or at_s
    running = jobs["history"]["running"]
    if running is not None and running["total"]:
        told.details.append(running["detail"])
        told.progress_on_page |= "<progress" in page
    held = {one["series"]: one["count"] for one in summary["health"]}
    told.prices = held.get("pvpc", 0)
    told.prices_s = told.prices_s or (at_s if told.prices else None)
    told.forecast_s = told.forecast_s or (at_s if summary["outlook"] else None)
    told.plan_s = told.plan_s or (at_s if summary["plan"] else None)
    last = jobs["history"]["last"]
    if last is not None and last["state"] in {"done", "nothing-due"}:
        told.history_s = told.history_s or at_s


def _get(url: str) -> str:
    with urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
        return str(answer.read().decode())


if __name__ == "__main__":
    main()
