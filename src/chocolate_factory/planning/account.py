"""What closed days come to over a week, a month or a year: one value for pages and reports."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from chocolate_factory.planning.closing import DayAccount, LeftOut
from chocolate_factory.planning.month_excess import MonthExcess, not_compared


@dataclass(frozen=True, slots=True)
class WeekPossible:
    """The best that one week's batches could have cost, with every price known beforehand.

    All three costs are of the recipe's energy [EUR]: ``by_recipe_eur`` is that of the times it
    went. ``days`` closed days of the week from ``monday`` on; ``possible_eur`` None if no such plan
    is possible with the work that was under way; ``proven``: it is the best for certain.
    """

    monday: date
    revision: int
    days: tuple[date, ...]
    baseline_eur: float
    by_recipe_eur: float
    possible_eur: float | None
    proven: bool


@dataclass(frozen=True, slots=True)
class SavingsAccount:
    """The account of the days ``first`` to ``last``, inclusive: sums over those that are closed.

    All costs are process energy at actual prices [EUR]; see ``DayAccount`` for what each means.
    ``days_left_out`` days could not be accounted and are in no sum; the notes say why.
    ``level_eur`` sums over ``level_days`` days only. ``captured_pct``: the saving in per cent of
    the possible one, over ``weeks`` whole weeks of the period; None without one, or where nothing
    could be saved. Excess power is charged by the month, so it is not in the costs of days: the
    three ``_excess_eur`` are what it cost by habit, as planned and as it went, over ``months``
    whole months of the period; None without one. ``months_without`` have none because a day of them
    was left out; the notes name them.
    """

    first: date
    last: date
    days_closed: int
    days_revised: int
    days_left_out: int
    batches: int
    missing: int
    kg: float
    energy_kwh: float
    baseline_eur: float
    planned_eur: float
    as_planned_eur: float
    actual_eur: float
    by_recipe_eur: float
    saving_eur: float
    saving_pct: float | None
    shifting_eur: float
    early_eur: float
    consumption_eur: float
    level_eur: float | None
    level_days: int
    eur_per_tonne: float | None
    blocks: int
    reported: int
    measured: int
    late_blocks: int
    weeks: int
    possible_eur: float | None
    captured_pct: float | None
    months: int
    habit_excess_eur: float | None
    planned_excess_eur: float | None
    actual_excess_eur: float | None
    months_without: int
    notes: tuple[str, ...]

    def told(self) -> dict[str, object]:
        """Its fields by name; sums of energy and euros over no day at all are None, not nothing."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        return told if self.days_closed else {**told, **dict.fromkeys(_SUMS)}


_SUMS = (
    "energy_kwh", "baseline_eur", "planned_eur", "as_planned_eur", "actual_eur", "by_recipe_eur",
    "saving_eur", "shifting_eur", "early_eur", "consumption_eur",
)  # fmt: skip


def savings_account(
    first: date,
    last: date,
    days: Sequence[DayAccount],
    weeks: Sequence[WeekPossible],
    months: Sequence[MonthExcess] = (),
    *,
    left_out: Sequence[LeftOut] = (),
) -> SavingsAccount:
    """Sums over the ``days`` within the period, and over ``weeks`` and ``months`` wholly within."""
    own = [day for day in days if first <= day.day <= last]
    without = [one for one in left_out if first <= one.day <= last]
    whole = [
        week
        for week in weeks
        if week.possible_eur is not None and first <= min(week.days) and max(week.days) <= last
    ]
    charged = [month for month in months if _within(month.month, first, last)]
    not_told = _months_without(without, charged, first, last)
    baseline = sum(day.baseline_eur for day in own)
    actual = sum(day.actual_eur for day in own)
    by_recipe = sum(day.by_recipe_eur for day in own)
    kg = sum(day.kg for day in own)
    levels = [day.level_eur for day in own if day.level_eur is not None and day.batches]
    saved = sum(week.baseline_eur - week.by_recipe_eur for week in whole)
    possible = sum(week.baseline_eur - (week.possible_eur or 0.0) for week in whole)
    return SavingsAccount(
        first=first,
        last=last,
        days_closed=len(own),
        days_revised=sum(day.revision > 0 for day in own),
        days_left_out=len(without),
        batches=sum(day.batches for day in own),
        missing=sum(day.missing for day in own),
        kg=kg,
        energy_kwh=sum(day.energy_kwh for day in own),
        baseline_eur=baseline,
        planned_eur=sum(day.planned_eur for day in own),
        as_planned_eur=sum(day.as_planned_eur for day in own),
        actual_eur=actual,
        by_recipe_eur=by_recipe,
        saving_eur=baseline - by_recipe,
        saving_pct=100 * (baseline - by_recipe) / abs(baseline) if baseline else None,
        shifting_eur=sum(day.shifting_eur for day in own),
        early_eur=sum(day.early_eur for day in own),
        consumption_eur=sum(day.consumption_eur for day in own),
        level_eur=sum(levels) if levels else None,
        level_days=len(levels),
        eur_per_tonne=1000 * actual / kg if kg else None,
        blocks=sum(day.blocks for day in own),
        reported=sum(day.reported for day in own),
        measured=sum(day.measured for day in own),
        late_blocks=sum(day.late_blocks for day in own),
        weeks=len(whole),
        possible_eur=possible if whole else None,
        captured_pct=100 * saved / possible if whole and possible > 0 else None,
        months=len(charged),
        habit_excess_eur=sum(month.habit_eur for month in charged) if charged else None,
        planned_excess_eur=sum(month.planned_eur for month in charged) if charged else None,
        actual_excess_eur=sum(month.actual_eur for month in charged) if charged else None,
        months_without=len(not_told),
        notes=tuple(
            dict.fromkeys(
                (
                    *(one.note for one in without),
                    *not_told,
                    *(note for day in own for note in day.notes),
                )
            )
        ),
    )


def _within(month: date, first: date, last: date) -> bool:
    """Whether the calendar month that begins on ``month`` lies in ``first`` to ``last``."""
    return first <= month and last >= month.replace(day=monthrange(month.year, month.month)[1])


def _months_without(
    left_out: Sequence[LeftOut], charged: Sequence[MonthExcess], first: date, last: date
) -> tuple[str, ...]:
    """What to say of each whole month that is not closed because a day of it is left out."""
    closed = {month.month for month in charged}
    by_month: dict[date, list[date]] = {}
    for one in left_out:
        by_month.setdefault(one.day.replace(day=1), []).append(one.day)
    return tuple(
        not_compared(month, days)
        for month, days in by_month.items()
        if _within(month, first, last) and month not in closed
    )
