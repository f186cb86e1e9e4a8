"""Variants asked → values, and outcomes → what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from chocolate_factory.conduct.what_if import Move, Outcome, Variant
from chocolate_factory.planning.equipment import Hours
from chocolate_factory.planning.plant_file import WEEKDAYS
from chocolate_factory.web import what_if_schemas as schemas
from chocolate_factory.web.texts import Language
from chocolate_factory.web.upkeep_views import local
from chocolate_factory.web.wording import Words


def variant(asked: schemas.VariantAsked) -> Variant:
    """A variant as it is computed."""
    return Variant(
        name=asked.name,
        contract=asked.contract,
        contracted_kw=asked.contracted_kw,
        staffed={
            WEEKDAYS.index(day): tuple(Hours(*span) for span in spans)
            for day, spans in asked.staffed.items()
        },
        machines=asked.machines,
        orders_factor=asked.orders_factor,
        plant=asked.plant,
        orders=asked.orders,
        move=None if asked.move is None else Move(asked.move.batch, asked.move.begin),
    )


def answer(
    rows: Sequence[Outcome], words: Words, *, as_of: datetime
) -> tuple[schemas.WhatIfAnswer, Language]:
    """The comparison, and the language of its reasons."""
    said, spoken = words.notes(reason for row in rows for reason in row.reasons)
    left = iter(said)
    told = tuple(outcome(row, tuple(islice(left, len(row.reasons)))) for row in rows)
    return schemas.WhatIfAnswer(as_of=local(as_of), rows=told), spoken


def outcome(row: Outcome, reasons: tuple[str, ...]) -> schemas.OutcomeAnswer:
    """One row; ``reasons`` in the reader's words."""
    plan = row.plan
    told = None if plan is None else plan.schedule
    return schemas.OutcomeAnswer(
        name=row.name,
        feasible=plan is not None,
        reasons=reasons,
        against=row.against,
        difference_eur=row.difference_eur,
        plan_eur=None if told is None else told.objective_eur,
        power_term_eur=row.power_term_eur,
        staff_h=None if plan is None else row.staff_h,
        staff_eur=None if plan is None else row.staff_eur,
        habit_eur=None if plan is None else plan.baseline.objective_eur,
        energy_kwh=None if told is None else told.energy_kwh,
        kg=None if plan is None else row.kg,
        eur_per_kg=None if told is None or not row.kg else told.objective_eur / row.kg,
        status=None if told is None else told.status,
        gap=None if told is None else told.gap,
        notes=row.notes,
    )
