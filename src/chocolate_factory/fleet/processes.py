"""A map over processes of one machine, through joblib."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from chocolate_factory.errors import ProcessDied
from chocolate_factory.fleet.apart import give_turn, map_apart
from chocolate_factory.fleet.spreading import Lost, Spread, in_order, in_turn
from chocolate_factory.fleet.tied import tied

Item = TypeVar("Item")
Result = TypeVar("Result")

TRIES = 2
"""So often an item is worked on beside others; then it is suspected, and gets a process alone."""


def unheard() -> None:
    """Who waits has nothing to say."""


def process_map(
    workers: int, *, beat: Callable[[], None] = unheard
) -> Callable[[Callable[[Item], Result], Iterable[Item]], Iterator[Result]]:
    """A ``map`` that spreads its calls over ``workers`` processes and keeps their order.

    ``beat`` as for ``over_processes``.
    """
    return in_order(over_processes(workers, beat=beat))


def over_processes(workers: int, *, beat: Callable[[], None] = unheard) -> Spread:
    """``Spread`` over ``workers`` processes, which end with this one; 1 means this process.

    Items are handed out as they are needed, twice as many as there are processes, and never by way
    of files, so that memory does not grow with their number. When a process is lost joblib gives up
    all that were at work: they go last in a new set of processes, and alone if that happens again.
    ``beat`` is called before that; what it raises ends the work and comes out.
    """
    if workers == 1:
        return in_turn

    def spread(
        work: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result | Lost]]:
        from joblib.externals.loky.process_executor import BrokenProcessPool  # noqa: PLC0415 - takes a quarter of a second

        waiting = list(range(len(items)))
        losses: Counter[int] = Counter()
        while waiting:
            taken = _Round(work, items, waiting)
            try:
                yield from taken.results(workers)
                break
            except BrokenProcessPool:
                give_turn(beat)
                losses.update(taken.at_work)
                waiting = [n for n in waiting if n not in taken.begun]
                waiting += sorted(n for n in taken.at_work if losses[n] < TRIES)
        for number in sorted(n for n, lost in losses.items() if lost >= TRIES):
            yield number, _alone(work, items[number], beat)

    return spread


@dataclass(slots=True)
class _Round(Generic[Item, Result]):
    """One set of processes, until they are done or one is lost."""

    work: Callable[[Item], Result]
    items: Sequence[Item]
    waiting: Sequence[int]
    begun: set[int] = field(default_factory=set)
    at_work: set[int] = field(default_factory=set)

    def results(self, workers: int) -> Iterator[tuple[int, Result]]:
        from joblib import Parallel  # noqa: PLC0415 - takes a quarter of a second

        parallel = Parallel(
            n_jobs=workers, return_as="generator_unordered", max_nbytes=None, batch_size=1
        )
        for number, result in parallel(self._calls()):
            self.at_work.discard(number)
            yield number, result

    def _calls(self) -> Iterator[object]:
        from joblib import delayed  # noqa: PLC0415 - takes a quarter of a second

        for number in self.waiting:
            self.begun.add(number)
            self.at_work.add(number)
            yield delayed(_numbered)(os.getpid(), number, self.work, self.items[number])


def _numbered(
    parent: int, number: int, work: Callable[[Item], Result], item: Item
) -> tuple[int, Result]:
    return number, tied(parent, work, item)


def _alone(work: Callable[[Item], Result], item: Item, beat: Callable[[], None]) -> Result | Lost:
    try:
        (result,) = map_apart(work, (item,), beat=beat)
    except ProcessDied as fault:
        return Lost(str(fault))
    return result
