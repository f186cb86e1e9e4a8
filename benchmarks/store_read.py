"""Five years of hourly prices read from the store, against bare sqlite3 reading the same rows.

Makes a temporary store with 5 % of the values revised, times both reads in turn in this process,
and prints the medians as a row of a markdown table. Run: ``python benchmarks/store_read.py``.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from chocolate_factory.market.catalog import PVPC, spec
from chocolate_factory.market.series import Kind, Observations
from chocolate_factory.store.sql import SqlStore, open_store

FIRST, LAST = date(2021, 1, 1), date(2025, 12, 31)
BEGIN, NOW = datetime(2020, 12, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
REVISED_EVERY = 20

BARE = """
SELECT delivery_start, available_at, value, source_id, kind, resolution_s FROM observation
WHERE series_id = 1 AND delivery_start >= 0 AND available_at <= 9999999999 ORDER BY delivery_start
"""


def fill(store: SqlStore) -> tuple[int, int]:
    """Append five years and the revisions; answers how many of each."""
    entry = spec(PVPC)
    start, resolution_s = entry.grid(FIRST, LAST)
    value = np.random.default_rng(1).uniform(-0.01, 0.4, start.size)
    history = Observations(
        PVPC, "ree", Kind.PUBLISHED, start, resolution_s, value,
        entry.inferred_available_at(start), np.ones(start.size, dtype=bool),
    )  # fmt: skip
    revised = slice(None, None, REVISED_EVERY)
    later = start[revised] + np.timedelta64(3, "D")
    revision = Observations(
        PVPC, "ree", Kind.PUBLISHED, start[revised], resolution_s[revised],
        value[revised] + 0.01, later, np.zeros(later.size, dtype=bool),
    )  # fmt: skip
    done = store.append([history, revision], now=NOW)
    return done.new, done.revised


def elapsed_ms(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repetitions", type=int, default=15)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        store = open_store(f"sqlite:///{path}")
        bare = sqlite3.connect(path)
        counts: list[tuple[int, int]] = []
        append_ms = elapsed_ms(lambda: counts.append(fill(store)))
        new, revised = counts[0]
        assert len(store.read(PVPC, BEGIN, NOW, as_of=NOW)) == new
        assert len(bare.execute(BARE).fetchall()) == new + revised
        pairs = [
            (
                elapsed_ms(lambda: store.read(PVPC, BEGIN, NOW, as_of=NOW)),
                elapsed_ms(lambda: np.array(bare.execute(BARE).fetchall())),
            )
            for _ in range(asked.repetitions)
        ]
        bare.close()
        store.close()
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    print("| what | rows | append [ms] | read [ms] | bare sqlite3 [ms] | ratio |")
    print("|---|---|---|---|---|---|")
    print(
        f"| 5 years hourly, 5 % revised | {new + revised} | {append_ms:.0f} | {ours:.1f} "
        f"| {theirs:.1f} | {ours / theirs:.2f} |"
    )


if __name__ == "__main__":
    main()
