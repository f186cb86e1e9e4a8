"""What the JSON answers say of which powers to contract: four ways to pay for a year.

Euros in a year, electricity tax in, VAT out. As in ``schemas``: instants in Europe/Madrid.
"""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from chocolate_factory.web.answer import Answer
from chocolate_factory.web.question import Asked, Number, Whole
from chocolate_factory.web.upkeep_schemas import JobRun


class ContractRequest(Asked):
    """What is to be advised."""

    year: Whole | None = Field(default=None, ge=2022, le=2100, examples=[2025])
    """A calendar year that is over; without it, the last one."""
    every: Whole = Field(default=4, ge=1, le=13, examples=[4])
    """The powers are searched over one week in so many; then all weeks are planned."""
    boxes: Whole = Field(default=100, ge=0, le=5000, examples=[100])
    """Work spent on proving how much less any other contract could cost; 0 for none."""
    time_limit_s: Number = Field(default=20.0, ge=1, le=600, examples=[20.0])
    """Solver time for one week's plan [s]."""


class YearCost(Answer):
    """What a year costs one way."""

    powers_kw: tuple[float, ...] = Field(examples=[[78.0, 82.0, 82.0, 102.0, 102.0, 102.0]])
    """Contracted power, P1 first [kW]."""
    energy_eur: float = Field(examples=[40706.1])
    """Energy of process and base load [EUR/year]."""
    power_eur: float = Field(examples=[3652.5])
    """Power term [EUR/year]."""
    excess_eur: float = Field(examples=[0.0])
    """Power above the contracted one, by the bill's rule [EUR/year]."""
    total_eur: float = Field(examples=[44358.6])
    """The three together [EUR/year]."""
    bound_eur: float | None = Field(examples=[44321.0])
    """No way to run the plant that keeps within these powers costs less [EUR/year]; null for the
    habit."""


class ContractAnswer(Answer):
    """An advice on contracted power, and what it stands on."""

    made: datetime = Field(examples=["2026-11-25T15:40:00+01:00"])
    """When it was begun."""
    seconds: float = Field(ge=0, examples=[1840.2])
    """How long it took, the last time if it was interrupted [s]."""
    year: int = Field(examples=[2025])
    """The calendar year whose weeks were planned."""
    contract: str = Field(examples=["indexed-3.0td"])
    """Today's contract; its prices hold for all four ways."""
    plant: str = Field(examples=["reference chocolate plant"])
    """Name of the plant."""
    orders: str = Field(examples=["reference_orders.yaml"])
    """Name of the orders; every week makes what belongs to it."""
    market: str | None = Field(examples=["spot@peninsula"])
    """Series of the prices; null for a fixed contract."""
    simulated: bool = Field(examples=[False])
    """Whether the store's prices are simulated."""
    first: date = Field(examples=["2025-01-06"])
    """First Madrid day of the weeks looked at."""
    last: date = Field(examples=["2026-01-04"])
    """Last one (included)."""
    weeks: int = Field(ge=1, examples=[52])
    """Weeks that begin in the year."""
    weeks_priced: int = Field(ge=1, examples=[51])
    """Of these, with all their prices: they stand for the year."""
    habit_now: YearCost | None
    """By habit under today's powers; null if it is not on time."""
    habit_least: YearCost | None
    """By habit under the powers that are best for it: the honest baseline."""
    plan_now: YearCost | None
    """Planned under today's powers; null if some week cannot be."""
    plan_chosen: YearCost
    """Planned under the powers that were chosen with the plans."""
    saving_eur: float | None = Field(examples=[2310.4])
    """Plan and powers chosen against the habit at its own least contract [EUR/year]."""
    saving_now_eur: float | None = Field(examples=[5075.5])
    """The same against the habit at today's contract [EUR/year]; part of it needs no plan."""
    gap_eur: float | None = Field(ge=0, examples=[41.0])
    """How much less any other contract that is kept within could cost at most [EUR/year]; null if
    no proof was asked for."""
    gap_pct: float | None = Field(ge=0, examples=[0.09])
    """The same in per cent of what the chosen one costs."""
    weeks_bounded: int = Field(ge=0, examples=[13])
    """Weeks that this was proven over."""
    notes: tuple[str, ...] = Field(examples=[["Powers can be changed once a year."]])
    """What a reader must know."""


class ContractPage(Answer):
    """The newest advice, and the one under way."""

    as_of: datetime = Field(examples=["2026-11-25T15:45:00+01:00"])
    """When this was read."""
    running: JobRun | None
    """The advice under way; null if none is."""
    failed: JobRun | None
    """The last one, if it did not end well; null otherwise."""
    report: ContractAnswer | None
    """The newest result; null if there is none yet."""
