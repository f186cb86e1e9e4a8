"""What plans cost beside habit in whole cents, one or several together: so lines add up to sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

CENTS = 2


@dataclass(frozen=True, slots=True)
class Compared:
    """What a plan costs, or several together, and what habit would, in whole cents [EUR]."""

    plan_eur: float
    habit_eur: float

    @property
    def saving_eur(self) -> float:
        """Habit less plan [EUR]."""
        return round(self.habit_eur - self.plan_eur, CENTS)

    @property
    def saving_pct(self) -> float | None:
        """The same in per cent of habit; None if that is nothing."""
        return 100 * self.saving_eur / self.habit_eur if self.habit_eur > 0 else None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Proposals that wait for a person: how many, and what they would save more [EUR].

    Those not counted in that whose plan in force cannot be kept (``unpriced``).
    """

    proposals: int
    save_eur: float
    unpriced: int


def compared(plan_eur: float, habit_eur: float) -> Compared:
    """One line."""
    return Compared(round(plan_eur, CENTS), round(habit_eur, CENTS))


def together(lines: Iterable[tuple[float | None, float | None]]) -> Compared:
    """The sum of lines of plan and habit [EUR]; one of which neither is told adds nothing."""
    told = tuple(lines)
    return compared(sum(plan or 0.0 for plan, _ in told), sum(habit or 0.0 for _, habit in told))


def waiting(savings: Iterable[float | None]) -> Waiting:
    """What each proposal saves more, None where that is not known [EUR]."""
    told = tuple(savings)
    more = round(sum(eur for eur in told if eur is not None), CENTS)
    return Waiting(len(told), more, told.count(None))
