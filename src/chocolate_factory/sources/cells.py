"""Values gathered one by one from an answer that lists rows, and made into checked batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.sources.base import observations


@dataclass(slots=True)
class Cells:
    """Pairs of delivery start and value by series, in the order in which they were met."""

    by_key: dict[SeriesKey, list[tuple[int, float]]] = field(default_factory=dict)

    def add(self, key: SeriesKey, start_s: int, value: float) -> None:
        """One value of ``key`` for the delivery period that begins at ``start_s`` [epoch s]."""
        self.by_key.setdefault(key, []).append((start_s, value))

    def batches(
        self, kind: Kind, *, source: str, received_at: datetime
    ) -> tuple[Observations, ...]:
        """A batch for each series that has values; empty if none has.

        Raises ``SourceChanged`` as ``base.observations`` does: two different values for one
        period, a value outside the catalogue's bounds, a start that is off the grid.
        """
        return tuple(
            observations(
                key,
                kind,
                np.array([start_s for start_s, _ in pairs], dtype=np.int64).astype("datetime64[s]"),
                np.array([value for _, value in pairs], dtype=np.float64),
                source=source,
                received_at=received_at,
            )
            for key, pairs in self.by_key.items()
        )
