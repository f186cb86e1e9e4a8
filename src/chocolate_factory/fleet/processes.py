"""A ``map`` over processes of one machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from joblib import Parallel, delayed

from chocolate_factory.fleet.tied import tied

Item = TypeVar("Item")
Result = TypeVar("Result")


def process_map(
    workers: int,
) -> Callable[[Callable[[Item], Result], Iterable[Item]], Iterator[Result]]:
    """A ``map`` that spreads its calls over ``workers`` processes and keeps their order.

    ``work`` must be picklable. Results come as they are ready, in order, so that a caller can show
    progress. Items are handed out as they are needed, twice as many as there are processes, and
    never by way of files, so that memory does not grow with their number. The processes end with
    this one.
    """

    def spread(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        parallel = Parallel(n_jobs=workers, return_as="generator", max_nbytes=None)
        results: Iterator[Result] = parallel(
            delayed(tied)(os.getpid(), work, item) for item in items
        )
        return results

    return spread
