"""Walk-forward benchmark of the forecasting models; prints a Markdown table.

One origin a day at local midnight, before any price of that day is known (T168):

    python benchmarks/forecast_t168.py --prices FILE... --from 2025-01-01 --to 2025-12-25

Several files of one series are put one after the other. Settings are chosen on origins of 2023 and
2024; 2025 is for reporting.
"""

from __future__ import annotations

import argparse
import time
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from chocolate_factory.forecasting import MODELS, Backtest, backtest
from chocolate_factory.market.catalog import spec
from chocolate_factory.market.series import Series
from chocolate_factory.sources.files import read_file


def read_series(paths: list[Path]) -> Series:
    """The files' observations as one series, oldest first."""
    batches = []
    for path in paths:
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        reading = read_file(path, path.read_bytes(), received_at=at)
        if reading.refused:
            raise reading.refused[0]
        batches.append(reading.observations[0])
    parts = sorted(
        (Series.from_batch(b, unit=spec(b.key).unit, as_of=at) for b in batches),
        key=lambda part: part.start[0],
    )
    names = ("start", "resolution_s", "value", "available_at", "source", "kind")
    return Series(
        parts[0].key,
        parts[0].unit,
        at,
        *(np.concatenate([getattr(part, name) for part in parts]) for name in names),
    )


def print_markdown(result: Backtest, seconds: float) -> None:
    """The summary as a table."""
    print(
        f"{result.key}, origins {result.first} to {result.last}, {result.horizon_h} h, "
        f"{seconds:.0f} s\n"
    )
    print(f"| model | MAE {result.unit} | RMSE | rMAE | p10–p90 | p05–p95 | CRPS | periods |")
    print("|---|---|---|---|---|---|---|---|")
    for one in result.summary:
        print(
            f"| {one.model} | {one.mae:.5g} | {one.rmse:.5g} | {one.rmae:.3f} "
            f"| {one.coverage_80:.3f} | {one.coverage_90:.3f} | {one.crps:.5g} | {one.periods} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prices", type=Path, nargs="+", required=True)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True)
    parser.add_argument("--horizon", type=int, default=168)
    quick = [name for name in MODELS if name not in {"prophet", "lstm"}]  # those take hours
    parser.add_argument("--models", default=",".join(quick))
    parser.add_argument("--every", type=int, default=1)
    asked = parser.parse_args()
    began = time.perf_counter()
    result = backtest(
        read_series(asked.prices),
        first=asked.first,
        last=asked.last,
        horizon_h=asked.horizon,
        models=asked.models.split(","),
        every=asked.every,
    )
    print_markdown(result, time.perf_counter() - began)


if __name__ == "__main__":
    main()
