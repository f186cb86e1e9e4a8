"""The times of a file a user gives: instants, or what a clock showed.

Local times of a zone stand once for every hour of the year, with two exceptions. The hour that is
skipped when clocks are put forward is not there; the hour that is repeated when they are put back
comes twice, one after the other, and the first is the earlier. In naive local time every day has 24
hours and nothing is skipped or repeated.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import Instants
from chocolate_factory.market.clock import NAIVE, Clock
from chocolate_factory.sources.files import unpacked
from chocolate_factory.sources.price_csv import LOCAL_TIME, TIME, Columns, recognises
from chocolate_factory.sources.rows import beginning


def opened(path: Path, data: bytes, clock: Clock | None) -> tuple[bytes, str]:
    """The bytes of a file, unpacked, and the name of its first column.

    Without a clock times must be instants; with a naive one they cannot be.
    """
    data = unpacked(path, data)
    if not data.strip():
        raise FileRefused(path, "the file is empty")
    if clock is not None and recognises(data, LOCAL_TIME):
        return data, LOCAL_TIME
    if recognises(data) and not (clock is not None and clock.is_naive):
        return data, TIME
    if clock is None and recognises(data, LOCAL_TIME):
        reason = f"{LOCAL_TIME} says nothing without a zone: say which with --timezone, or {NAIVE}"
    else:
        first = TIME if clock is None else LOCAL_TIME
        reason = (
            f"begins with {beginning(data)}; the first column is {first}, the start of each period"
        )
    raise FileRefused(path, reason, line=1)


def at_instants(path: Path, columns: Columns, clock: Clock) -> Columns:
    """The same rows with times of ``clock`` as instants; those that cannot be are faults."""
    first, last, shown = clock.readings(columns.start)
    repeated = first != last
    turn, count = _turns(columns.start, repeated)
    start = np.where(turn > 0, last, first)
    once = repeated & (count == 1)
    faults = [
        FileRefused(path, reason(columns, int(at), clock), line=int(columns.line[at]),
                    column=LOCAL_TIME)
        for wrong, reason in ((~shown, _never), (once, _only_once))
        for at in np.flatnonzero(wrong)
    ]  # fmt: skip
    kept = shown & ~once
    stated_min = columns.stated_min
    return replace(
        columns,
        line=columns.line[kept],
        start=start[kept],
        value=columns.value[kept],
        stated_min=None if stated_min is None else stated_min[kept],
        faults=(*columns.faults, *faults),
    )


def _turns(wall: Instants, repeated: NDArray[np.bool_]) -> tuple[NDArray[np.int64], ...]:
    """Of each time the clock shows twice, how many rows above say the same and how many in all."""
    turn, count = np.zeros(wall.size, dtype=np.int64), np.ones(wall.size, dtype=np.int64)
    seen: dict[np.datetime64, int] = {}
    rows = np.flatnonzero(repeated)
    for at in rows:
        turn[at] = seen.get(wall[at], 0)
        seen[wall[at]] = int(turn[at]) + 1
    count[rows] = [seen[wall[at]] for at in rows]
    return turn, count


def _never(columns: Columns, at: int, clock: Clock) -> str:
    return (
        f"{columns.start[at]} does not exist in {clock.zone}: the clocks are put forward over it. "
        f"If every day of the file has 24 hours, say --timezone {NAIVE}"
    )


def _only_once(columns: Columns, at: int, clock: Clock) -> str:
    return (
        f"{columns.start[at]} comes twice in {clock.zone}, when the clocks are put back, and here "
        "once: give both periods, the earlier first. If every day of the file has 24 hours, say "
        f"--timezone {NAIVE}"
    )
