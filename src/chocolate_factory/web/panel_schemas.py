"""What the dashboard tells of contract, power and money."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from chocolate_factory.web.answer import Answer
from chocolate_factory.web.contract_schemas import ContractAnswer

_START = "2026-11-25T14:00:00+01:00"
PartGroup = Literal["energy", "regulated", "taxes"]


class PricePart(Answer):
    """One part of what a kWh costs."""

    name: str = Field(examples=["day_ahead"])
    """Which part, as the contract's formula calls it."""
    group: PartGroup = Field(examples=["energy"])
    """`energy`: what the supplier buys and adds; `regulated`: tolls and charges, which regulation
    sets as one sum; `taxes`: electricity tax and municipal levy."""
    eur_kwh: float = Field(examples=[0.0612])
    """Its size [EUR/kWh]."""


class PriceParts(Answer):
    """What the price of the delivery period under way is made of; the parts add up to it."""

    start: datetime = Field(examples=[_START])
    """Delivery start."""
    end: datetime = Field(examples=["2026-11-25T14:15:00+01:00"])
    """Delivery end."""
    total_eur_kwh: float = Field(examples=[0.1484])
    """Sum of the parts [EUR/kWh]."""
    parts: tuple[PricePart, ...]
    """In the order of the formula."""


class PeriodPower(Answer):
    """One power period: what is contracted, and the highest that the plan draws in it."""

    period: int = Field(ge=1, le=6, examples=[1])
    """Number of the power period."""
    contracted_kw: float = Field(examples=[100.0])
    """Contracted power [kW]."""
    planned_kw: float | None = Field(examples=[78.2])
    """Highest planned quarter-hour [kW]; null if the plan has none in this period."""
    metered_kw: float | None = Field(examples=[81.0])
    """Highest quarter-hour of this month [kW], as far as its days are over; null without a meter's
    quarter-hours."""
    excess_quarters: int | None = Field(ge=0, examples=[0])
    """Quarter-hours above the contracted power this month; null without a bill, or if the meter
    told hours."""
    excess_eur: float | None = Field(examples=[0.0])
    """What they cost so far, before taxes [EUR]; null likewise."""


class SitePower(Answer):
    """The plan's power by quarter-hour, as the site's meter would read it."""

    start: datetime = Field(examples=[_START])
    """Start of the first quarter-hour."""
    end: datetime = Field(examples=["2026-12-02T00:00:00+01:00"])
    """End of the last one."""
    planned_kw: tuple[float, ...] = Field(examples=[[42.0, 61.5]])
    """Bought if it goes as planned: machines, base load, PV and battery [kW]."""
    metered_kw: tuple[float | None, ...] = Field(examples=[[41.2, None]])
    """What the meter read [kW]; null where it was not read."""
    limit_kw: tuple[float, ...] = Field(examples=[[120.0, 120.0]])
    """Contracted power [kW]."""
    period: tuple[int, ...] = Field(examples=[[6, 6]])
    """Power period."""
    highest_kw: float = Field(examples=[96.5])
    """Highest planned quarter-hour [kW]."""
    highest_at: datetime = Field(examples=[_START])
    """Its start."""
    above: int = Field(ge=0, examples=[0])
    """Planned quarter-hours above the contracted power."""


class PowerPanel(Answer):
    """Contract and power."""

    contract: str = Field(examples=["indexed-3.0td"])
    """Contract name."""
    tariff: str = Field(examples=["3.0TD"])
    """Access tariff."""
    parts: PriceParts | None
    """What the price of now is made of; null if it is not known."""
    site: SitePower | None
    """The plan's power; null without a plan under this plant and contract."""
    periods: tuple[PeriodPower, ...]
    """By power period; empty while neither the plan nor the month can be told."""
    metered: bool = Field(examples=[False])
    """Whether the month has any quarter-hour of a meter."""
    by_quarter: bool = Field(examples=[True])
    """False if the meter told hours: then nothing is known of excess."""
    advised: ContractAnswer | None
    """The newest advice on which powers to contract; null if there is none."""


class Saved(Answer):
    """What was saved over a stretch of days: process energy at actual prices, over closed days."""

    first: date = Field(examples=["2026-11-01"])
    """First Madrid day."""
    last: date = Field(examples=["2026-11-25"])
    """Last Madrid day."""
    days_closed: int = Field(ge=0, examples=[24])
    """Days whose account is closed; without one all sums are null."""
    days_left_out: int = Field(ge=0, examples=[0])
    """Days over that could not be accounted and are in no sum."""
    habit_eur: float | None = Field(examples=[1610.2])
    """What the habit would have cost [EUR]."""
    actual_eur: float | None = Field(examples=[1415.8])
    """What it cost [EUR]."""
    saving_eur: float | None = Field(examples=[198.1])
    """The habit less what it cost at the energy of the recipe, which the habit takes too [EUR]."""
    consumption_eur: float | None = Field(examples=[-3.7])
    """Not part of it: what less energy measured than the recipe says cost less (negative: more)
    [EUR]. Habit less cost is the saving and this together."""
    saving_pct: float | None = Field(examples=[12.1])
    """The same in per cent of the habit; null if that is nothing."""
    captured_pct: float | None = Field(examples=[93.1])
    """Share of the best possible, over whole weeks; null without one."""
    weeks: int = Field(ge=0, examples=[3])
    """Whole weeks it rests on."""
    months: int = Field(ge=0, examples=[0])
    """Whole months whose excess power is told."""
    habit_excess_eur: float | None = Field(examples=[None])
    """What excess power would have cost by habit in them [EUR]; null without one."""
    actual_excess_eur: float | None = Field(examples=[None])
    """What it cost [EUR]; null without one."""
    months_without: int = Field(ge=0, examples=[0])
    """Whole months of which it is not known, for a day was left out."""


class PaidMonth(Answer):
    """The bill of this month's days that are over, without VAT."""

    first: date = Field(examples=["2026-11-01"])
    """First day of the month."""
    last: date = Field(examples=["2026-11-24"])
    """Last day that is over."""
    kwh: float = Field(examples=[12840.0])
    """Energy from the grid [kWh]."""
    energy_eur: float = Field(examples=[1490.3])
    """Energy, before tax [EUR]."""
    power_eur: float = Field(examples=[301.7])
    """Power term, before tax [EUR]."""
    excess_eur: float | None = Field(examples=[0.0])
    """Excess power, before tax [EUR]; null if it is not known, as the meter told hours. Then it is
    in no sum."""
    tax_eur: float = Field(examples=[91.6])
    """Electricity tax [EUR]."""
    total_eur: float = Field(examples=[1883.6])
    """All of the above [EUR], without VAT; without excess power where that is null."""
    quarters: int = Field(ge=0, examples=[2304])
    """Quarter-hours billed."""
    measured: int = Field(ge=0, examples=[2304])
    """Of these, read from the meter; the others are those of plans and base load."""


class MoneyPanel(Answer):
    """What was paid and saved."""

    week: Saved
    """Monday to today."""
    month: Saved
    """This calendar month to today."""
    year: Saved
    """This calendar year to today."""
    paid: PaidMonth | None
    """This month's bill so far; null if it cannot be told."""


class Proposal(Answer):
    """A plan proposed in the place of the one in force, in short; `GET /plan` tells all of it."""

    plan_id: str = Field(examples=["20261125T2300Z-20261125T201000000000Z-5f0c6f"])
    """What to accept: `POST /plan/accept`."""
    proposed_at: datetime = Field(examples=[_START])
    """When it was proposed."""
    reason: str = Field(examples=["saves 12.40 €"])
    """Why, in English."""
    saving_eur: float | None = Field(examples=[12.4])
    """What it saves against the plan in force [EUR]; null if that cannot go on; 0 or less where it
    is proposed because that may well cost more than the habit."""
    moved: int = Field(ge=0, examples=[9])
    """Blocks that begin at another time."""
    added: int = Field(ge=0, examples=[0])
    """Blocks that the plan in force does not have."""
    removed: int = Field(ge=0, examples=[0])
    """Blocks that it drops."""


class ProposedBlock(Answer):
    """A block that a proposal begins at another time, adds or drops."""

    batch: str = Field(examples=["standard-03"])
    """Batch, as the plan in force calls it; one that it does not have, as the proposal does."""
    stage: str = Field(examples=["conching"])
    """Stage of the recipe."""
    machine: str = Field(examples=["conche-1"])
    """Where it is to be; if it is dropped, where it was."""
    before: datetime | None = Field(examples=[_START])
    """When it begins by the plan in force; null if that does not have it."""
    after: datetime | None = Field(examples=["2026-11-25T16:00:00+01:00"])
    """When it begins by the proposal; null if that drops it."""


class Rights(Answer):
    """What the caller may do here, as the guard would judge it."""

    compute: bool = Field(examples=[True])
    """Compare what could be otherwise; changes nothing."""
    plan: bool = Field(examples=[True])
    """Accept plans, report what was started, pin batches and undo that."""
    administer: bool = Field(examples=[True])
    """Everything else that changes something."""
