"""Every benchmark, one after the other: ``make bench``, or ``make bench ARGS="--prices FILE"``.

Without a price file the prices are those of the simulated market, so that anyone can run it; the
tables in ``docs/method.md`` and ``docs/performance.md`` say on which prices they were measured.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from chocolate_factory.market.calendar import to_datetime, utc_iso
from chocolate_factory.reports.csv_file import write_csv
from chocolate_factory.simulation.market import SimulatedMarket

SIMULATED_DAYS = (date(2021, 6, 1), date(2025, 12, 31))


def main() -> None:
    """Run each benchmark in a process of its own and pass its table on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prices", type=Path, help="CSV with time_utc and price_eur_kwh")
    parser.add_argument("--data", type=Path, help="folder with siar/ and prices/ to load")
    parser.add_argument("--spot", type=Path, nargs="+", help="CSV with time_utc, spot_es_eur_mwh")
    parser.add_argument("--german", type=Path, help="DE.csv.gz of Lago et al. (2021)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prices = asked.prices or _simulated(Path(folder) / "simulated_pvpc.csv")
        given = ["--prices", str(prices)]
        _run("store_read")
        _run("load_history", *(["--data", str(asked.data)] if asked.data else []))
        _run("plan_weeks", *given, "--from", "2024-01-01", "--weeks", "100")
        _run("advice", *given, "--learn", "2021-06-07", "--calibrate", "2024-07-01",
             "--evaluate", "2025-01-01", "--end", "2025-12-31")  # fmt: skip
        _run("advice_latency")
        _run("dashboard_load")
        _run("forecast_t168", *given, "--from", "2025-01-01", "--to", "2025-12-24")
        _run("forecast_targets", *given, "--from", "2025-01-01", "--to", "2025-12-24",
             *(["--spot", *map(str, asked.spot)] if asked.spot else []),
             *(["--german", str(asked.german)] if asked.german else []))  # fmt: skip
        _run("forecast_figures", *given, "--from", "2025-01-01", "--to", "2025-12-24")


def _run(name: str, *arguments: str) -> None:
    print(f"\n== {name} {' '.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], check=True)


def _simulated(path: Path) -> Path:
    start, eur_kwh = SimulatedMarket(seed=1).pvpc(*SIMULATED_DAYS)
    rows = [
        (utc_iso(to_datetime(instant)), f"{price:.5f}")
        for instant, price in zip(start, eur_kwh, strict=True)
    ]
    write_csv(path, ("time_utc", "price_eur_kwh"), rows)
    return path


if __name__ == "__main__":
    main()
