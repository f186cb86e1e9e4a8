"""What is asked and answered about plans that are not: the comparison of variants."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chocolate_factory.conduct.what_if import MOST_VARIANTS
from chocolate_factory.planning.plant_file import Span
from chocolate_factory.web.answer import Answer
from chocolate_factory.web.question import Asked, Instant, Number, Whole

_Name = Annotated[str, Field(min_length=1, max_length=80)]
_Text = Annotated[str, Field(min_length=1, max_length=40_000)]
DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class MoveAsked(Asked):
    """A batch of the plan in force that begins at another time."""

    batch: _Name = Field(examples=["standard-03"])
    """Batch of the plan in force."""
    begin: Instant = Field(examples=["2026-11-25T14:00:00+01:00"])
    """When its first stage is to begin, with offset."""


class VariantAsked(Asked):
    """What is otherwise; what is left out stays as it is. A move is compared alone."""

    name: _Name = Field(examples=["third conche"])
    """How the comparison calls it."""
    contract: _Text | None = Field(None, examples=["indexed-6.1td"])
    """`pvpc`, `indexed-3.0td`, `indexed-6.1td`, or the text of a contract file."""
    contracted_kw: (
        Annotated[tuple[Annotated[Number, Field(gt=0, le=1e5)], ...], Field(max_length=6)] | None
    ) = Field(None, examples=[[100, 100, 120, 120, 120, 150]])
    """Contracted power per power period [kW], P1 first, none lower than the one before."""
    staffed: dict[DayName, Annotated[tuple[Span, ...], Field(max_length=8)]] = Field(
        {}, examples=[{"sat": ["14:00-22:00"]}]
    )
    """Further staffed hours by weekday, Madrid time."""
    machines: dict[_Name, Annotated[Whole, Field(ge=-64, le=64)]] = Field(
        {}, max_length=20, examples=[{"conching": 1}]
    )
    """How many machines more (or fewer, negative), by stage."""
    orders_factor: dict[_Name, Annotated[Number, Field(ge=0, le=10)]] = Field(
        {}, max_length=50, examples=[{"premium": 1.5}]
    )
    """What is ordered, times so much, by grade."""
    plant: _Text | None = Field(None, examples=[None])
    """The text of a whole plant file."""
    orders: _Text | None = Field(None, examples=[None])
    """The text of a whole orders file."""
    move: MoveAsked | None = Field(None, examples=[None])
    """A batch moved, compared with the plan in force."""


class WhatIfAsked(Asked):
    """Variants to compare."""

    variants: Annotated[tuple[VariantAsked, ...], Field(min_length=1, max_length=MOST_VARIANTS)]
    """Each planned anew, or a batch moved."""


class OutcomeAnswer(Answer):
    """How one variant does: process energy, excess power and contracted power, electricity tax in,
    VAT out, and further staff."""

    name: str = Field(examples=["third conche"])
    """As asked; `as it is` and `the plan in force` are what is compared with."""
    feasible: bool = Field(examples=[True])
    """Whether there is a plan."""
    reasons: tuple[str, ...] = Field(examples=[[]])
    """Why there is none, in the language that `Content-Language` names."""
    against: str = Field(examples=["as it is"])
    """What it is compared with."""
    difference_eur: float | None = Field(examples=[-11.2])
    """Cost above that [EUR], the power term in, further staff where its pay is known; negative if
    it is cheaper; null where either has no plan, or only one of both a power term: a note says."""
    plan_eur: float | None = Field(examples=[389.7])
    """Cost of the plan, without the power term and further staff [EUR]."""
    power_term_eur: float | None = Field(examples=[151.2])
    """Contracted power over the days planned [EUR]; null without a plan, or where the tariff has no
    power term for the powers of the plant."""
    staff_h: float | None = Field(examples=[8.0])
    """How many hours further staff is there while it is planned; null without a plan."""
    staff_eur: float | None = Field(examples=[200.0])
    """What that is paid, at the plant file's `overtime_eur_h` [EUR]; null without a plan, or where
    the file does not say."""
    habit_eur: float | None = Field(examples=[431.0])
    """Cost of the habit under the same variant [EUR]."""
    energy_kwh: float | None = Field(examples=[3175.75])
    """Energy of the plan [kWh]."""
    kg: float | None = Field(examples=[1150.0])
    """What it makes [kg]."""
    eur_per_kg: float | None = Field(examples=[0.339])
    """Cost per kilogram made [EUR/kg]."""
    status: Literal["optimal", "feasible"] | None = Field(examples=["optimal"])
    """Whether it is proven the best."""
    gap: float | None = Field(examples=[0.0])
    """How far above the proven bound it may be, as a fraction."""
    notes: tuple[str, ...] = Field(examples=[[]])
    """What a reader must know."""


class WhatIfAnswer(Answer):
    """The comparison."""

    as_of: datetime = Field(examples=["2026-11-25T14:00:00+01:00"])
    """Instant whose knowledge it uses."""
    rows: tuple[OutcomeAnswer, ...]
    """What is compared with, then the variants in the order asked; moves after the others."""
