"""Kept answers read again by today's parsers.

Of each delivery period only the newest answer counts: what was revised stays revised. Forecasts are
left out: an old one read otherwise today would be a forecast that nobody had then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from chocolate_factory import pipeline
from chocolate_factory.errors import NotPublished, SeriesInvalid, SourceError
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.sources.base import Told
from chocolate_factory.store.base import Store
from chocolate_factory.store.raw import RawAnswer
from chocolate_factory.upkeep.supply import Feed


@dataclass(frozen=True, slots=True)
class Reparsed:
    """What reading again came to.

    Of ``answers``, ``empty`` held no values (not published, or the way to them), ``unreadable``
    were faults of the upstream, ``of_unknown_feeds`` belong to no feed that is set up.
    """

    answers: int
    new: int
    revised: int
    empty: int
    unreadable: int
    of_unknown_feeds: int


def reparse(
    answers: Iterable[RawAnswer], feeds: Mapping[str, Feed], store: Store, *, now: datetime
) -> Reparsed:
    """Parse every answer as received then, oldest first, and append what the newest ones say.

    Raises ``StoreError`` as appending does; then nothing of it is stored.
    """
    counts = dict.fromkeys(("answers", "empty", "unreadable", "unknown"), 0)
    told: dict[tuple[SeriesKey, str, Kind], list[Observations]] = {}
    for answer in answers:
        counts["answers"] += 1
        feed = feeds.get(answer.feed)
        if feed is None:
            counts["unknown"] += 1
            continue
        try:
            parsed: Told = feed.source.upstream.parse(answer.body, received_at=answer.received_at)
        except NotPublished:
            parsed = ()
        except (SourceError, SeriesInvalid):
            counts["unreadable"] += 1
            continue
        batches = parsed if isinstance(parsed, tuple) else ()
        counts["empty"] += not batches
        for batch in batches:
            if batch.kind is not Kind.FORECAST:
                told.setdefault((batch.key, batch.source, batch.kind), []).append(batch)
    taken = pipeline.take_in(store, [_newest(batches) for batches in told.values()], now=now)
    return Reparsed(
        counts["answers"], taken.new, taken.revised,
        counts["empty"], counts["unreadable"], counts["unknown"],
    )  # fmt: skip


def _newest(batches: list[Observations]) -> Observations:
    """One batch that holds for each delivery period what the last batch said of it."""
    one = batches[0]
    start = np.concatenate([batch.start for batch in batches])
    _, from_the_end = np.unique(start[::-1], return_index=True)
    last = start.size - 1 - from_the_end

    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(batch, name) for batch in batches])[last]

    return Observations(
        one.key, one.source, one.kind, start[last], column("resolution_s"), column("value"),
        column("available_at"), column("inferred"),
    )  # fmt: skip
