"""A map over the workers of a Dask cluster.

The scheduler is Dask's own. It gives the work of a worker that is lost to another one; only an item
that lost several is tried once more, with nothing beside it, before it is said to be lost. Through
``distributed`` and not through joblib's backend for it, which waits for ever for such an item.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from chocolate_factory.errors import ClusterUnavailable
from chocolate_factory.fleet.spreading import Lost, Spread

Item = TypeVar("Item")
Result = TypeVar("Result")

PATIENCE_S = 60.0
"""How long a scheduler may be without any worker before that is an error [s]."""

_CONNECT_S = 10
_LOOK_S = 2.0
_AHEAD = 2
"""Items handed out for each thread of a worker: one at work, one at hand."""


def over_cluster(url: str, *, patience_s: float = PATIENCE_S) -> Spread:
    """``Spread`` over the workers of the scheduler at ``url``, as many as there are at the time.

    Raises ``ClusterUnavailable`` if Dask is not installed, the scheduler does not answer or goes
    away, or there was no worker for ``patience_s``.
    """

    def spread(
        work: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result | Lost]]:
        if not items:
            return
        with _connected(url) as cluster:
            everything = _Given(cluster, url, patience_s, work, items)
            suspects = []
            for number, result in everything.results(range(len(items)), ahead=_AHEAD):
                if isinstance(result, Lost):
                    suspects.append(number)
                else:
                    yield number, result
            for number in suspects:
                yield from everything.results([number], ahead=1)

    return spread


def workers_at(url: str) -> int:
    """How many workers the scheduler at ``url`` has. Raises ``ClusterUnavailable``."""
    with _connected(url) as client:
        return len(client.scheduler_info(n_workers=-1)["workers"])


@dataclass(slots=True)
class _Given(Generic[Item, Result]):
    """Items given to a cluster."""

    client: Any
    url: str
    patience_s: float
    work: Callable[[Item], Result]
    items: Sequence[Item]
    running: dict[Any, int] = field(default_factory=dict)
    threads: int = 0
    counted_s: float = -_LOOK_S

    def results(self, numbers: Sequence[int], *, ahead: int) -> Iterator[tuple[int, Result | Lost]]:
        waiting = iter(numbers)
        while True:
            for number in waiting:
                future = self.client.submit(self.work, self.items[number], pure=False)
                self.running[future] = number
                if len(self.running) >= ahead * max(1, self._threads()):
                    break
            if not self.running:
                return
            for future in self._done():
                yield self.running.pop(future), self._told(future)

    def _threads(self) -> int:
        """How many there are; counted every ``_LOOK_S``, as the answer tells of every worker."""
        at_s = time.monotonic()
        if at_s - self.counted_s >= _LOOK_S:
            self.threads = sum(one["nthreads"] for one in self._workers().values())
            self.counted_s = at_s
        return self.threads

    def _workers(self) -> dict[str, Any]:
        if self.client.status != "running":
            raise self._gone()
        found: dict[str, Any] = self.client.scheduler_info(n_workers=-1)["workers"]
        return found

    def _done(self) -> list[Any]:
        """Those that are done, at least one; waits for it."""
        distributed = _library()
        seen_s = time.monotonic()
        while True:
            try:
                with self.client.as_current():
                    done, _ = distributed.wait(
                        list(self.running), timeout=_LOOK_S, return_when="FIRST_COMPLETED"
                    )
                return list(done)
            except TimeoutError:
                if self._workers():
                    seen_s = time.monotonic()
                elif time.monotonic() - seen_s > self.patience_s:
                    raise ClusterUnavailable(
                        f"the Dask scheduler at {self.url} has had no worker for "
                        f"{self.patience_s:g} s. Start one: dask worker {self.url} --nthreads 1; "
                        "what is done is kept, so the same command goes on from there"
                    ) from None

    def _told(self, future: Any) -> Result | Lost:
        if future.status == "cancelled":
            raise self._gone()
        try:
            result: Result = future.result()
        except _library().scheduler.KilledWorker:
            return Lost("the workers that were given this ended: killed, or out of memory")
        return result

    def _gone(self) -> ClusterUnavailable:
        return ClusterUnavailable(
            f"the Dask scheduler at {self.url} went away. What is done is kept: start it again and "
            "repeat the command"
        )


@contextmanager
def _connected(url: str) -> Iterator[Any]:
    distributed = _library()
    try:
        client = distributed.Client(
            url, timeout=_CONNECT_S, name="chocolate-factory", set_as_default=False
        )
    except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as fault:
        raise ClusterUnavailable(
            f"no Dask scheduler answers at {url}. Start one (dask scheduler), correct "
            "CHOCOLATE_FACTORY_CLUSTER_URL, or take it away to work in processes of this machine "
            f"({type(fault).__name__})"
        ) from None
    try:
        yield client
    finally:
        client.close()


def _library() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError:
        raise ClusterUnavailable(
            "a cluster needs Dask: pip install 'chocolate-factory[dask]'"
        ) from None
