# ruff: noqa: T201 - a program that prints
"""Run as a program: append batch after batch to a store, saying after each that it is stored.

``writer.py URL ROWS BATCHES [LIMIT_BYTES]``. Batch n goes to its own place ``batch-n``. With
LIMIT_BYTES no file may grow larger. A ``StoreError`` is printed, and what the store then holds.
"""

from __future__ import annotations

import resource
import sys
from datetime import UTC, datetime

import numpy as np

from chocolate_factory.errors import StoreError
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.store.sql import open_store

NOW = datetime(2025, 11, 1, tzinfo=UTC)


def batch(number: int, rows: int) -> Observations:
    start = np.datetime64("2020-01-01", "s") + np.arange(rows) * np.timedelta64(1, "h")
    return Observations(
        SeriesKey("pvpc", f"batch-{number}"),
        "price-file",
        Kind.PUBLISHED,
        start,
        np.full(rows, 3600),
        np.linspace(-0.1, 0.4, rows),
        start - np.timedelta64(4, "h"),
        np.ones(rows, dtype=bool),
    )


def main(url: str, rows: int, batches: int, limit_bytes: int | None = None) -> None:
    if limit_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
    try:
        store = open_store(url)
        try:
            for number in range(batches):
                store.append([batch(number, rows)], now=NOW)
                print("stored", number, flush=True)
        except StoreError as fault:
            print("refused", fault)
            for held in store.coverage():
                read = store.read(held.key, NOW.replace(year=2000), NOW, as_of=NOW)
                print("holds", held.key.place, len(read))
        store.close()
    except StoreError as fault:
        print("closed", fault)


if __name__ == "__main__":
    url, *numbers = sys.argv[1:]
    main(url, *map(int, numbers))
