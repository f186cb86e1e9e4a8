"""What is answered about savings, the coming cheap windows, and the plan in short."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from chocolate_factory.web.answer import Answer
from chocolate_factory.web.schemas import Block, Window, Worth

_START = "2026-11-25T14:00:00+01:00"


class SavingsPeriod(Answer):
    """The account of a stretch of days: sums over those that are closed, at actual prices.

    Without a closed day sums of energy and euros are null.

    Process energy, electricity tax in, VAT and power term out.
    """

    first: date = Field(examples=["2026-11-01"])
    """First Madrid day."""
    last: date = Field(examples=["2026-11-25"])
    """Last Madrid day (included)."""
    days_closed: int = Field(ge=0, examples=[24])
    """Days whose account is closed."""
    days_revised: int = Field(ge=0, examples=[0])
    """Of these, closed again because a price was revised."""
    days_left_out: int = Field(ge=0, examples=[0])
    """Days over that could not be accounted and are in no sum; ``notes`` say why."""
    batches: int = Field(ge=0, examples=[84])
    """Batches made for these days' orders."""
    missing: int = Field(ge=0, examples=[0])
    """Batches ordered for them and never begun."""
    kg: float = Field(examples=[4200.0])
    """Product made [kg]."""
    energy_kwh: float | None = Field(examples=[11590.0])
    """Energy: measured where it was, else by the recipe [kWh]."""
    baseline_eur: float | None = Field(examples=[1610.2])
    """What the habit would have cost [EUR]."""
    planned_eur: float | None = Field(examples=[1402.5])
    """What the plans expected when they were made, at their own prices [EUR]."""
    as_planned_eur: float | None = Field(examples=[1411.0])
    """The plans at actual prices [EUR]."""
    actual_eur: float | None = Field(examples=[1415.8])
    """As it went: reported times and measured energy, else as planned [EUR]."""
    by_recipe_eur: float | None = Field(examples=[1412.1])
    """The times it went with the energy of the recipe, like the baseline [EUR]."""
    saving_eur: float | None = Field(examples=[198.1])
    """Baseline less that: shifting and early together [EUR]."""
    saving_pct: float | None = Field(examples=[12.1])
    """The same in per cent of the baseline; null if that is nothing."""
    shifting_eur: float | None = Field(examples=[150.1])
    """Of the saving: other hours, for batches begun on their own day or later [EUR]."""
    early_eur: float | None = Field(examples=[48.0])
    """Of the saving: batches begun before their order's own day [EUR]."""
    consumption_eur: float | None = Field(examples=[-3.7])
    """Not part of the saving: what less energy measured than the recipe says cost less (negative:
    more) [EUR]. Baseline less actual is the saving and this together."""
    level_eur: float | None = Field(examples=[-75.3])
    """Not part of the saving: what the same hours cost four weeks before, less the baseline [EUR];
    negative if prices rose. Null if those prices are not known."""
    level_days: int = Field(ge=0, examples=[24])
    """Days that the price level is told for."""
    eur_per_tonne: float | None = Field(examples=[337.1])
    """Actual cost per tonne made [EUR/t]."""
    blocks: int = Field(ge=0, examples=[420])
    """Blocks of these batches."""
    reported: int = Field(ge=0, examples=[96])
    """Of these, reported started; the others count as planned."""
    measured: int = Field(ge=0, examples=[40])
    """Of these, with measured energy."""
    late_blocks: int = Field(ge=0, examples=[7])
    """Of these, begun more than one planning step later than planned."""
    weeks: int = Field(ge=0, examples=[3])
    """Whole weeks compared with the best possible."""
    possible_eur: float | None = Field(examples=[171.0])
    """What these weeks could have saved at best, with every price known beforehand [EUR]."""
    captured_pct: float | None = Field(examples=[93.1])
    """Their saving in per cent of that; null without a whole week, or if nothing could be saved."""
    months: int = Field(ge=0, examples=[1])
    """Whole months whose excess power is told: it is charged by the month, so days have none."""
    habit_excess_eur: float | None = Field(examples=[31.2])
    """What power above the contracted one would have cost by habit in these months [EUR]; null
    without one."""
    planned_excess_eur: float | None = Field(examples=[0.0])
    """The same at the times of the plans [EUR]."""
    actual_excess_eur: float | None = Field(examples=[4.6])
    """As it went: the excess of their bills, electricity tax in [EUR]."""
    months_without: int = Field(ge=0, examples=[0])
    """Whole months of which it is not known, for a day was left out; ``notes`` name them."""
    notes: tuple[str, ...] = Field(examples=[[]])
    """What a reader must know."""


class SavingsAnswer(Answer):
    """What was saved, by stretch of time up to now."""

    as_of: datetime = Field(examples=[_START])
    """Instant whose knowledge this shows."""
    method: str = Field(examples=["Saving: what the habit would have cost less what it cost."])
    """What is compared with what, in one sentence."""
    week: SavingsPeriod
    """Monday to today."""
    last_week: SavingsPeriod
    """The week before."""
    month: SavingsPeriod
    """This calendar month to today."""
    last_month: SavingsPeriod
    """The month before."""
    year: SavingsPeriod
    """This calendar year to today."""


class WindowsAnswer(Answer):
    """The cheapest stretch of each coming day."""

    as_of: datetime = Field(examples=[_START])
    """Instant whose knowledge this shows."""
    hours: int = Field(ge=1, examples=[3])
    """Length of a stretch [h]."""
    days: int = Field(ge=1, examples=[7])
    """Days looked at, today included."""
    windows: tuple[PlannedWindow, ...]
    """One for each day with room for one, in order of time."""


class PlannedWindow(Window):
    """A cheap stretch, and what the plan in force has in it."""

    rank: int = Field(ge=1, examples=[1])
    """1 for the cheapest of those listed."""
    planned_kwh: float = Field(examples=[124.5])
    """Process energy that the plan in force takes in it [kWh]; 0 beyond its end."""


class PlanSummary(Answer):
    """The plan in force in short."""

    as_of: datetime = Field(examples=[_START])
    """Instant whose knowledge this shows."""
    plan_id: str | None = Field(examples=["20261125T2300Z-20261125T201000000000Z-5f0c6f"])
    """The plan in force; null if there is none, and then all else is null or empty."""
    end: datetime | None = Field(examples=["2026-12-02T00:00:00+01:00"])
    """Until when it plans."""
    status: str | None = Field(examples=["optimal"])
    """Whether it was proven the best when it was made."""
    batches: int = Field(ge=0, examples=[23])
    """Batches that the plan makes: those of `kg`, `cost_eur` and the savings."""
    batches_carried: int = Field(ge=0, examples=[3])
    """Batches begun before it, which it finishes: in none of those, for plans before count them."""
    batches_done: int = Field(ge=0, examples=[4])
    """Of both, finished by now."""
    kg: dict[str, float] = Field(examples=[{"standard": 850.0}])
    """What its own batches make, by grade [kg]."""
    cost_eur: float | None = Field(examples=[389.7])
    """What its own batches were planned to cost [EUR]."""
    risk: float | None = Field(ge=0, le=1, examples=[0.0])
    """The risk dial that it was made at, and the plans after it will be: 0 is the least expected
    cost, 1 the least cost of the dearest one case in ten."""
    savings_eur: float | None = Field(examples=[41.3])
    """Expected saving against the habit [EUR]."""
    savings_pct: float | None = Field(examples=[9.6])
    """The same in per cent of the habit's cost."""
    today_kwh: float = Field(examples=[512.0])
    """Process energy of the blocks that begin today, carried ones too [kWh]."""
    today_eur: float | None = Field(examples=[47.9])
    """What those cost at the planning prices [EUR]; null if that is not known of one."""
    running: tuple[Block, ...]
    """Blocks under way, carried ones too."""
    next: tuple[Block, ...]
    """The next five blocks, carried ones too."""
    worth: tuple[Worth, ...]
    """What a little more power, machine time or staff would be worth to this plan."""
    proposal_id: str | None = Field(examples=[None])
    """A plan that waits to be accepted; null if there is none."""
    proposal_saving_eur: float | None = Field(examples=[None])
    """What it saves against the plan in force [EUR]; null without one, or if that cannot go on."""


WindowsAnswer.model_rebuild()
