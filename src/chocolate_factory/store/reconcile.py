"""The two decisions of a bitemporal store, on arrays: what is news, and which value is believed.

No storage here: every store fetches rows its own way and asks these functions. Instants are epoch
seconds (int64).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.catalog import NIGHT_HOURS_UTC, SeriesSpec
from chocolate_factory.market.foretold import TOLD_EVERY
from chocolate_factory.market.series import SIMULATED_PREFIX, Floats, Kind, Observations

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

KIND_ORDER = (Kind.MEASURED, Kind.PUBLISHED, Kind.ANALYSED, Kind.FORECAST, Kind.IMPUTED)
"""Which kind of one source is believed first."""

_TIER = {Kind.FORECAST: 1, Kind.IMPUTED: 2}  # what was observed comes first, whoever says it

DAY_S = int(TOLD_EVERY.total_seconds())
SAME_VALUE = 1e-9
"""Relative difference up to which two values are the same."""


@dataclass(frozen=True, slots=True, eq=False)
class News:
    """The rows of a batch worth storing, and how many of them contradict a stored value."""

    start_s: Ints
    resolution_s: Ints
    value: Floats
    available_at_s: Ints
    inferred: Bools
    revised: int

    def __len__(self) -> int:
        return int(self.start_s.size)


def epoch_s(instants: NDArray[np.datetime64]) -> Ints:
    """``datetime64`` of any unit as epoch seconds."""
    return instants.astype("datetime64[s]").astype(np.int64)


def news(
    batch: Observations, held_start_s: Ints, held_available_at_s: Ints, held: Floats, *, now_s: int
) -> News:
    """What ``batch`` says that the store does not hold yet; the rule is that of ``Store.append``.

    ``held_*`` are the stored rows of the batch's series, source and kind, shape (n,), ordered by
    delivery start and then by available_at; rows of other delivery periods do no harm.
    """
    start_s, available_at_s = epoch_s(batch.start), epoch_s(batch.available_at)
    after = np.searchsorted(held_start_s, start_s, side="right")
    known = after > np.searchsorted(held_start_s, start_s, side="left")
    newest = after[known] - 1
    value, before = batch.value[known], held[newest]
    tolerance = SAME_VALUE * np.maximum(np.abs(value), np.abs(before))
    revised = known.copy()
    revised[known] = np.abs(value - before) > tolerance
    late = batch.inferred.copy()
    late[known] |= available_at_s[known] <= held_available_at_s[newest]
    late &= revised
    floor = np.full(start_s.shape, now_s)
    floor[known] = np.maximum(now_s, held_available_at_s[newest] + 1)
    write = revised | ~known
    return News(
        start_s[write],
        batch.resolution_s[write],
        batch.value[write],
        np.where(late, floor, available_at_s)[write],
        (batch.inferred & ~late)[write],
        int(revised.sum()),
    )


def believed(start_s: Ints, available_at_s: Ints, rank: Ints) -> NDArray[np.intp]:
    """Index of the row believed for each delivery start: lowest rank, then newest available_at.

    Rows, shape (n,), are ordered by delivery start; the answer has one index per distinct start.
    """
    order = np.lexsort((-available_at_s, rank, start_s))
    first = np.ones(start_s.size, dtype=bool)
    first[1:] = np.diff(start_s[order]) != 0
    return order[first]


def newest_by_day(
    start_s: Ints, available_at_s: Ints, *, as_of_s: int
) -> tuple[NDArray[np.intp], Ints]:
    """Of each delivery start and each 24 h before ``as_of_s`` the row known last.

    Rows, shape (n,), are of one source and kind, known by ``as_of_s``, and ordered by delivery
    start and then by available_at. Returns indices, and for each the whole days before ``as_of_s``.
    """
    days = (as_of_s - available_at_s) // DAY_S
    last = np.ones(start_s.size, dtype=bool)
    last[:-1] = (np.diff(start_s) != 0) | (np.diff(days) != 0)
    index = np.flatnonzero(last)
    return index, days[index]


def ranks(
    entry: SeriesSpec, start_s: Ints, kind: Ints, source: Ints, names: Mapping[int, str]
) -> Ints:
    """How much each row is believed, 0 first, shape (n,); the rule is that of ``Store.read``.

    ``kind`` holds places in ``KIND_ORDER``, ``source`` keys of ``names``.
    """
    tier = np.array([_TIER.get(each, 0) for each in KIND_ORDER])[kind]
    trust = [_trust(names, entry.preferred(night=night)) for night in (False, True)]
    night = np.isin(start_s // 3600 % 24, NIGHT_HOURS_UTC).astype(np.int64)
    by_source = np.array(trust)[night, source]
    result: Ints = (tier * len(trust[0]) + by_source) * len(KIND_ORDER) + kind
    return result


def _trust(names: Mapping[int, str], preferred: Iterable[str]) -> list[int]:
    """Rank by source number: as ``preferred`` lists, then alphabetical, the real one first."""
    listed = {name: place for place, name in enumerate(preferred)}
    known = {number: name.removeprefix(SIMULATED_PREFIX) for number, name in names.items()}
    by_trust = sorted(
        known,
        key=lambda number: (listed.get(known[number], len(listed)), known[number], names[number]),
    )
    place = {number: rank for rank, number in enumerate(by_trust)}
    return [place.get(number, 0) for number in range(max(names, default=0) + 1)]
