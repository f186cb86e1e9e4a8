"""Many origins, and later many sites: the same verbs mapped over joblib's processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from joblib import Parallel, delayed

Item = TypeVar("Item")
Result = TypeVar("Result")


def process_map(
    workers: int,
) -> Callable[[Callable[[Item], Result], Iterable[Item]], Iterator[Result]]:
    """A ``map`` that spreads its calls over ``workers`` processes and keeps their order.

    ``work`` must be picklable. Results come as they are ready, in order, so that a caller can show
    progress.
    """

    def spread(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        parallel = Parallel(n_jobs=workers, return_as="generator")
        results: Iterator[Result] = parallel(delayed(work)(item) for item in items)
        return results

    return spread
