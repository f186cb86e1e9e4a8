"""Where a fleet's results are kept, as every process that works for it opens it.

A process opens its store once and keeps it. What opens it travels with the work: on one machine the
address; to a cluster a function that asks the worker's own settings, so that no password passes
through the scheduler.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from chocolate_factory.errors import ClusterUnavailable, StoreError
from chocolate_factory.fleet.naming import require_same
from chocolate_factory.fleet.results import Begun, begun_at
from chocolate_factory.store.base import Store
from chocolate_factory.store.opening import open_store

Opens = Callable[[], Store]
"""Opens the store; picklable and hashable."""

_OPENED: dict[Opens, Store] = {}
_SAME: set[tuple[Opens, Begun]] = set()
_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class StoreAt:
    """Opens the store at an address. ``token`` is InfluxDB's."""

    url: str = field(repr=False)
    token: str = field(default="", repr=False)

    def __call__(self) -> Store:
        return open_store(self.url, token=self.token)


@dataclass(frozen=True, slots=True)
class Errand:
    """What every piece of a fleet's work carries: what opens the store, the run, the program."""

    opens: Opens
    begun: Begun
    program: str

    def store(self) -> Store:
        """The run's store.

        Raises ``ClusterUnavailable`` if this process would open another one, or is of another
        version of the program than the one that began the run.
        """
        require_same(self.program)
        with _LOCK:
            store = _OPENED.get(self.opens)
            if store is None:
                store = _OPENED[self.opens] = self.opens()
            if (self.opens, self.begun) not in _SAME:
                if self.begun not in begun_at(store, self.begun.origin):
                    raise ClusterUnavailable(
                        "the store of a worker is not the one of this run: give both the same "
                        "CHOCOLATE_FACTORY_STORE_URL and start the workers again"
                    )
                _SAME.add((self.opens, self.begun))
        return store

    def answers(self) -> bool:
        """Whether the run's store can be asked."""
        try:
            return self.begun in begun_at(self.store(), self.begun.origin)
        except StoreError:
            return False

    def let_go(self) -> None:
        """Close what this process has opened for this run and those with the same store."""
        with _LOCK:
            store = _OPENED.pop(self.opens, None)
            if store is not None:
                store.close()
