"""What a map over other places promises, wherever they are: this process, others, a cluster.

``work`` and its items must be picklable. Results come as they are ready, each with the number of
its item. A process that is lost takes nothing with it: what it worked on is given to another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from chocolate_factory.errors import ProcessDied

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Lost:
    """In the place of a result: every process that was given this item ended without a word."""

    why: str


class Spread(Protocol):
    """A ``map`` in any order that says which item a result is of."""

    def __call__(
        self, work: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result | Lost]]:
        """``(number of the item, what came of it)``, as they are ready; each item once.

        Raises what ``work`` raises; then the others are given up.
        """


def in_turn(
    work: Callable[[Item], Result], items: Sequence[Item]
) -> Iterator[tuple[int, Result | Lost]]:
    """``Spread`` in this process, one after the other."""
    for number, item in enumerate(items):
        yield number, work(item)


def in_order(
    spread: Spread,
) -> Callable[[Callable[[Item], Result], Iterable[Item]], Iterator[Result]]:
    """A ``map`` over ``spread`` that keeps the order, for those who need every result.

    It raises ``ProcessDied`` for an item that was lost.
    """

    def ordered(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        ready: dict[int, Result] = {}
        wanted = 0
        for number, result in spread(work, tuple(items)):
            if isinstance(result, Lost):
                raise ProcessDied(result.why)
            ready[number] = result
            while wanted in ready:
                yield ready.pop(wanted)
                wanted += 1

    return ordered
