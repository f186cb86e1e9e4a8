"""What sources say, into the store: all of an answer or nothing, never simulated beside real."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chocolate_factory.errors import StoreError
from chocolate_factory.market.series import SIMULATED_PREFIX, Observations
from chocolate_factory.sources.base import Source
from chocolate_factory.store.base import Appended, Store

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one question to one source brought; days are Madrid delivery days, inclusive.

    ``left_out`` names the implausible values of the answer that were not stored.
    """

    source: str
    first: date
    last: date
    appended: Appended
    left_out: tuple[str, ...] = ()


def ingest(
    source: Source, store: Store, *, day: date, now: datetime, last: date | None = None
) -> Ingested:
    """Ask ``source`` for ``day`` (or ``day`` to ``last``, inclusive) and append the answer.

    Implausible values of weather are left out, with a warning in the log. Raises a ``SourceError``
    if the source does not answer, ``SeriesInvalid`` if another value is absurd; then nothing is
    stored.
    """
    batches = source.fetch(day, last or day, now=now)
    told = take_in(store, batches, now=now)
    left_out = tuple(named for batch in batches for named in batch.left_out)
    for named in left_out:
        _LOG.warning("%s: not plausible, left out: %s", source.upstream.feed, named)
    return Ingested(source.upstream.name, day, last or day, told, left_out)


def take_in(store: Store, batches: Sequence[Observations], *, now: datetime) -> Appended:
    """Append ``batches``, all or nothing; simulated and real data never share a store.

    Raises ``StoreError`` if they would.
    """
    for simulated in {batch.simulated for batch in batches}:
        require_unmixed(store, simulated=simulated)
    return store.append(batches, now=now)


def require_unmixed(store: Store, *, simulated: bool) -> None:
    """Raise ``StoreError`` if ``store`` holds data of the other sort than ``simulated`` says."""
    if any(name.startswith(SIMULATED_PREFIX) != simulated for name in store.sources()):
        raise StoreError(
            "simulated and real data are never mixed: this folder holds "
            f"{'real' if simulated else 'simulated'} data; choose another with --dir"
        )


def holds_simulated(store: Store) -> bool:
    """Whether any value stored comes from the built-in simulation."""
    return any(name.startswith(SIMULATED_PREFIX) for name in store.sources())
