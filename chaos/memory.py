"""The champion's training under a limit of memory: ``python -m chaos.memory --gigabytes 1``.

The job of production trains both price series on three years of prices, generation forecasts and
weather from the simulated services, in the process of its own that it always has. The limit is
``RLIMIT_DATA``: what a process really writes (heap and private mappings), as a container's limit
counts it. ``RLIMIT_AS`` would count what the linear algebra and every thread reserve and never
touch. Ends with status 1 if a training did not come to its end.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import threading
import time
from datetime import timedelta
from multiprocessing import active_children
from pathlib import Path

from benchmarks.soak_worker import quiet_logs
from chaos.works import DAY, NOW, TODAY, factory_in
from chocolate_factory import upkeep
from chocolate_factory.errors import FactoryError
from chocolate_factory.jobs import Factory, train_prices

LOOK_S = 0.1


def filled(factory: Factory, days: int) -> None:
    """Everything that every supply of the simulation tells of the last ``days``."""
    for supply in factory.feeds.supplies:
        first = TODAY - timedelta(days=days)
        upkeep.collect(supply, factory.store, first=first, last=TODAY + DAY, now=NOW)


def largest_bytes(over: threading.Event) -> int:
    """The most that a process started by this one held in memory until ``over``."""
    most = 0
    while not over.wait(LOOK_S):
        for child in active_children():
            most = max(most, _peak_bytes(child.pid or 0))
    return most


def _peak_bytes(pid: int) -> int:
    """Its peak so far; 0 if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    told = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return 1024 * int(told[0]) if told else 0


def main() -> int:
    """Train, and print one row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--days", type=int, default=1095, help="of history")
    asked = parser.parse_args()
    quiet_logs()
    most: list[int] = []
    over = threading.Event()
    with tempfile.TemporaryDirectory() as folder, factory_in(Path(folder)) as factory:
        filled(factory, asked.days)
        limit = round(asked.gigabytes * 1e9)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        watch = threading.Thread(target=lambda: most.append(largest_bytes(over)))
        watch.start()
        began = time.monotonic()
        try:
            told = train_prices(factory, NOW, lambda *_: None).detail
        except FactoryError as fault:
            told = f"failed: {fault}"
        over.set()
        watch.join()
    print(
        "| limit of memory | history | peak of a training | took | what came of it |\n"
        "|---|---|---|---|---|\n"
        f"| {asked.gigabytes:g} GB | {asked.days} days | {most[0] / 2**20:.0f} MiB "
        f"| {time.monotonic() - began:.0f} s | {told} |"
    )
    return int(told.startswith("failed") or told.count("of the naive's error") != 2)


if __name__ == "__main__":
    sys.exit(main())
