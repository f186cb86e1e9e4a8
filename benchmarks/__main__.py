"""Measure speed and quality beside a named reference, as ratios of one run.

    python -m benchmarks                      every benchmark that has a short form, shortly
    python -m benchmarks NAME [its options]   one of them, as long as you like
    python -m benchmarks NAME --help          what it measures, beside what, and its options

``make bench`` and ``make bench ARGS="NAME …"`` are the same. Without ``--prices FILE`` the short
forms take the simulated market's prices, so that anyone can run them; ``docs/performance.md`` and
``docs/method.md`` say on which prices their tables were measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path

from chocolate_factory.market.calendar import to_datetime, utc_iso
from chocolate_factory.reports.csv_file import write_csv
from chocolate_factory.simulation.market import SimulatedMarket

SIMULATED_DAYS = (date(2021, 6, 1), date(2025, 12, 31))
YEAR = ("--from", "2025-01-06", "--to", "2025-12-21")
MONDAY = ("--from", "2025-01-13")

ON_PRICES: dict[str, tuple[str, ...]] = {
    "peers_forecasting": (*YEAR, "--every", "56"),
    "forecast_t168": (*YEAR, "--every", "28", "--models", "naive,similar-day,ridge"),
    "forecast_targets": (*YEAR, "--every", "56"),
    "forecast_figures": (*YEAR, "--every", "28"),
    "peers_planning": MONDAY,
    "textbook_planning": (*MONDAY, "--days", "1", "2", "--limit", "60"),
    "plan_weeks": (*MONDAY, "--weeks", "10"),
    "warm_start": (*MONDAY, "--weeks", "2"),
}
"""Short forms of those that take ``--prices``."""

ALONE: dict[str, tuple[str, ...]] = {
    "store_read": (),
    "load_history": (),
    "cold_start": ("--turns", "1"),
    "dashboard_load": ("--turns", "2"),
    "predict_latency": ("--requests", "200"),
    "advice_latency": ("--requests", "200"),
    "move_latency": ("--moves", "5"),
    "first_start": ("--days", "60"),
    "first_view": ("--turns", "5"),
    "fleet": ("--sites", "20", "--grown", "20"),
    "fleet_overview": ("--sites", "5", "10"),
}
"""Short forms of those that need nothing."""

LONG = (
    "advice", "contract_power", "forecast_weather", "replay", "risk_dial", "soak",
)  # fmt: skip
"""Those that take an hour or data of yours: by name only."""


LIBRARIES = ("numpy", "scikit-learn", "lightgbm", "highspy", "sqlalchemy", "fastapi", "uvicorn")
"""Those that most of the time is spent in."""

CPUINFO = Path("/proc/cpuinfo")
"""Where Linux says what processor it has; elsewhere Python's own word is taken."""


def main() -> int:
    """Run what is asked for, each in a process of its own; the worst of their statuses."""
    names = (*ON_PRICES, *ALONE, *LONG)
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        name, *options = sys.argv[1:]
        if name not in names:
            raise SystemExit(f"no benchmark is named {name}; there are {', '.join(sorted(names))}")
        return run(name, *options)
    parser = argparse.ArgumentParser(
        description=f"{__doc__}\nNames: {', '.join(sorted(names))}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--prices", type=Path, help="CSV with time_utc and price_eur_kwh")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prices = asked.prices or simulated(Path(folder) / "simulated_pvpc.csv")
        ended = [run(name, "--prices", str(prices), *short) for name, short in ON_PRICES.items()]
        ended += [run(name, *short) for name, short in ALONE.items()]
    return max(ended)


def run(name: str, *options: str) -> int:
    """One benchmark; its table goes where ours would."""
    print(f"\n== {name} {' '.join(options)}\n{surroundings()}", flush=True)
    command = [sys.executable, "-m", f"benchmarks.{name}", *options]
    return subprocess.run(command, check=False).returncode


def surroundings() -> str:
    """On what machine and with which versions something is measured, on one line."""
    told: dict[str, str] = {}
    if CPUINFO.is_file():
        for line in CPUINFO.read_text("utf-8").splitlines():
            name, _, said = line.partition(":")
            told.setdefault(name.strip(), said.strip())
    processor = told.get("model name") or platform.processor() or platform.machine()
    if {"cpu family", "model"} <= told.keys():
        processor += f", family {told['cpu family']} model {told['model']}"
    used = [f"{name} {version(name)}" for name in LIBRARIES]
    machine = f"{os.cpu_count()} processors ({processor}), {platform.system()}"
    return f"{machine}; Python {platform.python_version()}, {', '.join(used)}"


def simulated(path: Path) -> Path:
    """A file of the simulated market's prices."""
    start, eur_kwh = SimulatedMarket(seed=1).pvpc(*SIMULATED_DAYS)
    rows = [
        (utc_iso(to_datetime(instant)), f"{price:.5f}")
        for instant, price in zip(start, eur_kwh, strict=True)
    ]
    write_csv(path, ("time_utc", "price_eur_kwh"), rows)
    return path


if __name__ == "__main__":
    sys.exit(main())
