"""What replayed weeks come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chocolate_factory.conduct.replay import ReplayedWeek


@dataclass(frozen=True, slots=True)
class ReplayTotals:
    """Sums over the weeks that could be replayed [EUR], and what follows from them.

    ``captured_pct`` is the saving of the plan in per cent of that of perfect foresight; None if
    nothing could be saved. ``dearer``: weeks in which the plan cost more than the habit, by more
    than a cent. ``early_eur``: what perfect foresight saves by beginning batches before their
    order's own day; None if it was not found for every week.
    """

    weeks: int
    skipped: int
    habit_eur: float
    plan_eur: float
    perfect_eur: float
    saved_pct: float
    possible_pct: float
    captured_pct: float | None
    dearer: int
    early_eur: float | None


def totals(weeks: Iterable[ReplayedWeek]) -> ReplayTotals:
    """Sums over ``weeks``."""
    told = tuple(weeks)
    done = [
        (week.habit_eur, week.plan_eur, week.perfect_eur)
        for week in told
        if week.habit_eur is not None and week.plan_eur is not None and week.perfect_eur is not None
    ]
    habit, plan, perfect = (
        (round(sum(column), 2) for column in zip(*done, strict=True)) if done else (0, 0, 0)
    )
    early = [
        week.own_day_eur - week.perfect_eur
        for week in told
        if week.own_day_eur is not None and week.perfect_eur is not None
    ]
    return ReplayTotals(
        weeks=len(done),
        skipped=len(told) - len(done),
        habit_eur=habit,
        plan_eur=plan,
        perfect_eur=perfect,
        saved_pct=100 * (habit - plan) / habit if habit else 0.0,
        possible_pct=100 * (habit - perfect) / habit if habit else 0.0,
        captured_pct=100 * (habit - plan) / (habit - perfect) if habit > perfect else None,
        dearer=sum(plan > habit + 0.01 for habit, plan, _ in done),
        early_eur=sum(early) if done and len(early) == len(done) else None,
    )
