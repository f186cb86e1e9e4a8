"""What is different between two plans: blocks moved, added and left out, and what that is worth.

Batches of a grade are alike and are numbered anew in every plan, so batches are compared by grade
and starts, not by number: what both plans hold is unchanged, and what is left is paired in order
of time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chocolate_factory.planning.carried_over import Batch
from chocolate_factory.planning.plan import Block


@dataclass(frozen=True, slots=True)
class Moved:
    """A block that both plans hold, at another time."""

    before: Block
    after: Block


@dataclass(frozen=True, slots=True)
class Changes:
    """What the newer of two plans does otherwise.

    Parameters
    ----------
    moved, added, removed
        Blocks, in order of time. Those of batches that the older plan did not reach are added.
    before_eur, after_eur
        What both cost at the newer plan's prices, for the same batches [EUR]; ``before_eur`` None
        if the older plan cannot be kept.
    """

    moved: tuple[Moved, ...]
    added: tuple[Block, ...]
    removed: tuple[Block, ...]
    before_eur: float | None
    after_eur: float

    @property
    def saving_eur(self) -> float | None:
        """How much less the newer plan costs [EUR]; None if the older one cannot be kept."""
        return None if self.before_eur is None else self.before_eur - self.after_eur


def changes(
    before: Sequence[Block],
    after: Sequence[Block],
    *,
    since: datetime,
    before_eur: float | None,
    after_eur: float,
) -> Changes:
    """What is different from ``since`` on; costs as told (see ``Changes``)."""
    old, new = _by_batch(before, since), _by_batch(after, since)
    moved: list[Moved] = []
    added: list[Block] = []
    removed: list[Block] = []
    for grade in sorted({*old, *new}):
        gone, come = _unlike(old[grade], new[grade])
        for earlier, later in zip(gone, come, strict=False):
            moved += [
                Moved(one, other)
                for one, other in zip(earlier, later, strict=False)
                if one.start != other.start
            ]
        added += [block for batch in come[len(gone) :] for block in batch]
        removed += [block for batch in gone[len(come) :] for block in batch]
    return Changes(
        moved=tuple(sorted(moved, key=lambda one: (one.after.start, one.after.stage))),
        added=_in_order(added),
        removed=_in_order(removed),
        before_eur=before_eur,
        after_eur=after_eur,
    )


def begun_otherwise(
    before: Sequence[Block], after: Sequence[Block], *, since: datetime, until: datetime
) -> tuple[Batch, ...]:
    """Batches that begin in [since, until) in one of two plans and are not so in the other."""
    old, new = _by_batch(before, since), _by_batch(after, since)
    found = [
        batch
        for grade in {*old, *new}
        for batches in _unlike(old[grade], new[grade])
        for batch in batches
        if batch[0].start < until
    ]
    return tuple(sorted(found, key=lambda batch: (batch[0].start, batch[0].grade)))


def _by_batch(blocks: Iterable[Block], since: datetime) -> dict[str, list[tuple[Block, ...]]]:
    """Whole batches that begin at or after ``since``, by grade, in order of start."""
    batches: dict[str, list[Block]] = defaultdict(list)
    for block in sorted(blocks, key=lambda block: block.start):
        batches[block.batch].append(block)
    found: dict[str, list[tuple[Block, ...]]] = defaultdict(list)
    for batch in sorted(batches.values(), key=lambda own: own[0].start):
        if batch[0].start >= since:
            found[batch[0].grade].append(tuple(batch))
    return found


def _unlike(
    old: Sequence[tuple[Block, ...]], new: Sequence[tuple[Block, ...]]
) -> tuple[list[tuple[Block, ...]], list[tuple[Block, ...]]]:
    """Batches of ``old`` and of ``new`` without those that both hold."""
    both = Counter(map(_starts, old)) & Counter(map(_starts, new))
    return _without(old, both.copy()), _without(new, both)


def _without(
    batches: Sequence[tuple[Block, ...]], both: Counter[tuple[datetime, ...]]
) -> list[tuple[Block, ...]]:
    left = []
    for batch in batches:
        if both[_starts(batch)]:
            both[_starts(batch)] -= 1
        else:
            left.append(batch)
    return left


def _starts(batch: Sequence[Block]) -> tuple[datetime, ...]:
    return tuple(block.start for block in batch)


def _in_order(blocks: Iterable[Block]) -> tuple[Block, ...]:
    return tuple(sorted(blocks, key=lambda block: (block.start, block.stage, block.batch)))
