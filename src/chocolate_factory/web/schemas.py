"""What the JSON answers hold: every instant with its offset, every number with its unit.

Instants are written in Europe/Madrid with their offset; intervals are half-open. Prices are what
the plant pays [EUR/kWh], tolls and electricity tax in, VAT out.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from chocolate_factory.web.advice_schemas import CurrentAdvice
from chocolate_factory.web.alert_schemas import AlertsAnswer
from chocolate_factory.web.analysis_schemas import ClimatePanel
from chocolate_factory.web.answer import Answer
from chocolate_factory.web.forecast_schemas import DeviationAnswer, ModelsAnswer
from chocolate_factory.web.panel_schemas import MoneyPanel, PowerPanel, Proposal, ProposedBlock
from chocolate_factory.web.upkeep_schemas import (
    DisagreementState,
    FeedState,
    GapAnswer,
    JobRun,
)

LevelName = Literal["best", "good", "dear", "worst", "even"]
StateName = Literal["ok", "stale", "empty"]
SetupName = Literal["none", "demo", "done"]

_START = "2026-11-25T14:00:00+01:00"
_END = "2026-11-25T15:00:00+01:00"


class Period(Answer):
    """The price of a stretch of time, [start, end)."""

    start: datetime = Field(examples=[_START])
    """Delivery start, with offset."""
    end: datetime = Field(examples=[_END])
    """Delivery end (not included), with offset."""
    price_eur_kwh: float = Field(examples=[0.0842])
    """What the plant pays [EUR/kWh]; the expected value where it is a forecast."""
    low_eur_kwh: float = Field(examples=[0.0611])
    """10 % quantile [EUR/kWh]; equal to the price where published."""
    high_eur_kwh: float = Field(examples=[0.1093])
    """90 % quantile [EUR/kWh]; equal to the price where published."""
    published: bool = Field(examples=[False])
    """True if every delivery period in it has its published price."""


class Hour(Period):
    """The price of one clock hour."""

    period: int = Field(ge=1, le=6, examples=[6])
    """Tariff period P1–P6 (P1–P3 under 2.0TD)."""
    level: LevelName = Field(examples=["best"])
    """Quarter of the shown hours by price rank, cheapest first; `even` where all cost the same. A
    rank, not advice: it looks at no ambient limit."""
    negative: bool = Field(examples=[False])
    """True if the plant would be paid for taking energy."""
    quarters: tuple[Period, ...] = Field(examples=[[]])
    """Its delivery periods, in order of time; empty where prices are hourly."""


class Cell(Answer):
    """One wall-clock hour of one day."""

    hour: int = Field(ge=0, examples=[14])
    """Wall-clock hour in Madrid."""
    exists: bool = Field(examples=[True])
    """False for the hour the clock skips in March."""
    prices: tuple[Hour, ...]
    """One price; two in the hour the clock repeats in October; none where no price is known."""


class Day(Answer):
    """One row of the heatmap."""

    day: date = Field(examples=["2026-11-25"])
    """Madrid delivery day."""
    cells: tuple[Cell, ...]
    """One cell per entry of `hours`."""


class Heatmap(Answer):
    """The week by day and wall-clock hour."""

    as_of: datetime = Field(examples=["2026-11-25T14:20:00+01:00"])
    """Instant whose knowledge this shows."""
    contract: str = Field(examples=["indexed-3.0td"])
    """Contract that turns market prices into these."""
    tariff: str = Field(examples=["3.0TD"])
    """Access tariff that sets the periods."""
    simulated: bool = Field(examples=[False])
    """True if any value rests on the built-in simulation."""
    hours: tuple[int, ...] = Field(examples=[[0, 1, 2]])
    """Wall-clock hours of the columns."""
    days: tuple[Day, ...]
    """Rows, in order of date."""


class Now(Period):
    """The delivery period under way."""

    period: int = Field(ge=1, le=6, examples=[4])
    """Tariff period P1–P6 (P1–P3 under 2.0TD)."""


class Window(Period):
    """The cheapest contiguous stretch of a day; means over its delivery periods."""

    day_mean_eur_kwh: float = Field(examples=[0.1187])
    """Mean price of the known periods of that day [EUR/kWh]."""


class ForecastHour(Answer):
    """One hour of the price outlook with its quantiles."""

    start: datetime = Field(examples=[_START])
    """Start of the hour, with offset."""
    end: datetime = Field(examples=[_END])
    """End of the hour (not included), with offset."""
    mean_eur_kwh: float = Field(examples=[0.0842])
    """Expected price [EUR/kWh]."""
    p05_eur_kwh: float = Field(examples=[0.0527])
    """5 % quantile [EUR/kWh]."""
    p10_eur_kwh: float = Field(examples=[0.0611])
    """10 % quantile [EUR/kWh]."""
    p50_eur_kwh: float = Field(examples=[0.0838])
    """Median [EUR/kWh]."""
    p90_eur_kwh: float = Field(examples=[0.1093])
    """90 % quantile [EUR/kWh]."""
    p95_eur_kwh: float = Field(examples=[0.1175])
    """95 % quantile [EUR/kWh]."""
    published: bool = Field(examples=[False])
    """True if the whole hour is published."""
    period: int = Field(ge=1, le=6, examples=[6])
    """Tariff period P1–P6 (P1–P3 under 2.0TD)."""


class PriceOutlook(Answer):
    """What the plant is expected to pay, hour by hour, from the forecast's origin."""

    series: str | None = Field(examples=["spot@peninsula"])
    """Market series behind it; null for a contract that follows no market."""
    model: str | None = Field(examples=["ridge"])
    """Model that made the hours that are not published."""
    origin: datetime | None = Field(examples=["2026-11-25T13:05:00+01:00"])
    """Instant whose knowledge the forecast uses."""
    notes: tuple[str, ...] = Field(examples=[[]])
    """What a reader must know: a fallback taken, a missing input."""
    hours: tuple[ForecastHour, ...]
    """In order of time."""


class Block(Answer):
    """One batch on one machine in one stage, [start, end)."""

    batch: str = Field(examples=["standard-03"])
    """Batch name."""
    grade: str = Field(examples=["standard"])
    """What is made."""
    stage: str = Field(examples=["conching"])
    """Stage of the recipe."""
    machine: str = Field(examples=["conching-1"])
    """Machine it runs on."""
    start: datetime = Field(examples=[_START])
    """When it starts."""
    end: datetime = Field(examples=["2026-11-25T19:00:00+01:00"])
    """When the machine is free again."""
    energy_kwh: float = Field(examples=[93.0])
    """Energy of the block [kWh]."""
    cost_eur: float | None = Field(examples=[7.83])
    """Its energy at the planning prices of when it runs, as reported if it was [EUR]; null if no
    plan has a price for that time."""
    price_kind: Literal["published", "forecast", "unknown"] = Field(examples=["forecast"])
    """Published only if every price it was costed at is; unknown where it has no cost."""
    phases: tuple[tuple[int, float], ...] = Field(examples=[[[90, 48.0], [210, 6.0]]])
    """What it draws, in order: minutes [min] and power [kW]."""


class SiteFlows(Answer):
    """What PV and battery do in each planning slot from `start` on."""

    start: datetime = Field(examples=[_START])
    """Start of the first slot."""
    resolution_s: int = Field(gt=0, examples=[900])
    """Length of a slot [s]."""
    charge_kw: tuple[float, ...] = Field(examples=[[0.0, 12.5]])
    """Power into the battery [kW]."""
    discharge_kw: tuple[float, ...] = Field(examples=[[10.0, 0.0]])
    """Power out of the battery [kW]."""
    pv_kw: tuple[float, ...] = Field(examples=[[0.0, 21.4]])
    """Power taken from the panels [kW]."""
    fed_in_kw: tuple[float, ...] = Field(examples=[[0.0, 0.0]])
    """Power fed into the grid [kW]."""
    stored_kwh: tuple[float, ...] = Field(examples=[[20.0, 22.9]])
    """What the battery holds at the end of the slot [kWh]."""
    surplus_eur_kwh: float = Field(examples=[0.05])
    """Paid for what is fed in [EUR/kWh]."""


class PlanWeather(Answer):
    """The weather that ambient limits and PV were read from, hour by hour; null where unknown."""

    start: tuple[datetime, ...] = Field(examples=[[_START]])
    """Starts of the hours."""
    temperature_c: tuple[float | None, ...] = Field(examples=[[31.2]])
    """Outdoor temperature [°C]."""
    humidity_pct: tuple[float | None, ...] = Field(examples=[[28.0]])
    """Outdoor relative humidity [%]."""
    radiation_w_m2: tuple[float | None, ...] = Field(examples=[[640.0]])
    """Sun on the horizontal [W/m²]."""


class ExcessCharge(Answer):
    """Power above the contracted one in a period of a month, as far as a schedule makes it."""

    period: int = Field(ge=1, le=6, examples=[6])
    """Power period, 1 to 6."""
    month: date = Field(examples=["2026-11-01"])
    """First day of the month."""
    so_far_kw: float = Field(ge=0, examples=[12.5])
    """What the meter had counted of the month before [kW]."""
    excess_kw: float = Field(ge=0, examples=[41.0])
    """What it counts with the schedule [kW]: root of the sum of squares, or the highest."""
    quarters: int = Field(ge=0, examples=[6])
    """Quarter-hours of the schedule that lie above."""
    eur: float = Field(examples=[3.6])
    """What this adds to the bill, electricity tax in [EUR]."""


class ExcessSoFar(Answer):
    """The excess power of a month before a plan began."""

    month: date = Field(examples=["2026-11-01"])
    """First day of the month."""
    period: int = Field(ge=1, le=6, examples=[6])
    """Power period, 1 to 6."""
    kw: float = Field(ge=0, examples=[12.5])
    """As the meter counts it [kW]."""


class BegunStage(Answer):
    """Where the batches of one grade began a stage in the plan that a search began with."""

    grade: str = Field(examples=["standard"])
    """Grade of the batches."""
    stage: str = Field(examples=["conching"])
    """Stage they begin."""
    slots: tuple[int, ...] = Field(examples=[[12, 36, 60]])
    """Planning steps from the plan's start, one for each batch."""


class Schedule(Answer):
    """Blocks with what they cost and how good that provably is."""

    status: Literal["optimal", "feasible"] = Field(examples=["optimal"])
    """Optimal: no cheaper plan exists at these prices, within the gap."""
    objective_eur: float = Field(examples=[312.4])
    """Cost at the planning prices [EUR]."""
    bound_eur: float | None = Field(examples=[312.4])
    """No plan can cost less [EUR]; null where nothing was proven."""
    gap: float | None = Field(examples=[0.0])
    """(cost − bound) / cost, as a fraction; null where nothing was proven."""
    energy_kwh: float = Field(examples=[3175.75])
    """Energy of all blocks [kWh]."""
    kg: dict[str, float] = Field(examples=[{"standard": 850.0, "premium": 300.0}])
    """Product made, by grade [kg]."""
    blocks: tuple[Block, ...]
    """In order of start."""
    penalty_eur: float = Field(examples=[0.0])
    """What late orders cost, part of `objective_eur` [EUR]."""
    site: SiteFlows | None
    """What PV and battery do; null if the plant has neither."""
    excess: tuple[ExcessCharge, ...]
    """What power above the contracted one costs, part of `objective_eur`; empty where there is none
    or the contract does not let it be exceeded."""


class Realised(Answer):
    """What the plan and its baseline cost at actual prices, once all are known."""

    plan_eur: float = Field(examples=[305.1])
    """Cost of the plan [EUR]."""
    baseline_eur: float = Field(examples=[371.9])
    """Cost of the baseline [EUR]."""
    savings_eur: float = Field(examples=[66.8])
    """Baseline minus plan [EUR]."""
    savings_pct: float = Field(examples=[17.96])
    """Savings in per cent of the baseline's cost."""


class PlanPrice(Answer):
    """One price the plan was made with."""

    start: datetime = Field(examples=[_START])
    """Delivery start."""
    resolution_s: int = Field(gt=0, examples=[900])
    """Length of the delivery period [s]."""
    eur_kwh: float = Field(examples=[0.0842])
    """Planning price [EUR/kWh]."""
    published: bool = Field(examples=[False])
    """True if it was published when the plan was made."""


class Demand(Answer):
    """Whole batches of one grade, to be finished by a due time."""

    name: str = Field(examples=["standard of Mon 30 Nov"])
    """How notes call it."""
    grade: str = Field(examples=["standard"])
    """What is made."""
    kg: float = Field(gt=0, examples=[850.0])
    """What was ordered [kg]."""
    batches: int = Field(gt=0, examples=[2])
    """Whole batches that make it."""
    release: datetime = Field(examples=["2026-11-30T06:00:00+01:00"])
    """When habit would begin it."""
    earliest: datetime | None = Field(examples=["2026-11-30T00:00:00+01:00"])
    """Instant before which it may not begin; null if it may begin at once."""
    due: datetime = Field(examples=["2026-12-01T06:00:00+01:00"])
    """Instant by which its last stage has ended."""
    day: date | None = Field(examples=["2026-11-30"])
    """Madrid day of the weekly orders that it belongs to; null for a dated order."""
    penalty_eur_h: float | None = Field(examples=[None])
    """What each hour begun after `due` costs while it is not done [EUR/h]; null: never late."""
    priority: int = Field(ge=1, le=5, examples=[3])
    """5 is what matters most if not all can be made."""


class Worth(Answer):
    """A shadow price: what so much more would save this plan."""

    name: str = Field(examples=["contracted power"])
    """Of what: contracted power, hours of the busiest kind of machine, staff hours."""
    amount: float = Field(gt=0, examples=[10.0])
    """How much more was tried, in `unit`."""
    unit: str = Field(examples=["kW"])
    """kW in every period, or hours."""
    eur: float = Field(ge=0, examples=[1.8])
    """What it saves [EUR]; divided by `amount`: EUR per unit."""
    proven: bool = Field(examples=[True])
    """Whether it is proven to be exactly that."""


class PlanAnswer(Schedule):
    """What to run when, beside its baseline and the prices both were made with.

    The same object as `chocolate-factory plan --json` prints.
    """

    origin: datetime = Field(examples=["2026-11-24T22:00:00+01:00"])
    """Instant whose knowledge it uses."""
    start: datetime = Field(examples=["2026-11-25T00:00:00+01:00"])
    """First instant planned."""
    end: datetime = Field(examples=["2026-12-02T00:00:00+01:00"])
    """End of the planned time (not included)."""
    plant: str = Field(examples=["reference-chocolate-v1"])
    """Plant it is for."""
    contract: str = Field(examples=["indexed-3.0td"])
    """Contract it was costed with."""
    baseline: Schedule
    """The same kilograms made first in, first out, without looking at prices."""
    savings_eur: float = Field(examples=[64.2])
    """Baseline minus plan at the planning prices [EUR]: expected, not yet earned."""
    savings_pct: float = Field(examples=[17.1])
    """Expected savings in per cent of the baseline's cost."""
    realised: Realised | None
    """The same at actual prices; null until all are known."""
    demands: tuple[Demand, ...]
    """What `carried` and `blocks` together make."""
    carried: tuple[Block, ...]
    """Batches begun under the plans before, finished as those said, with the energy and cost that
    those gave them; they are in no sum of this plan."""
    pinned: tuple[str, ...] = Field(examples=[["standard-03"]])
    """Batches that were told to begin when they do."""
    worth: tuple[Worth, ...]
    """What a little more would be worth; empty where it was not asked."""
    excess_so_far: tuple[ExcessSoFar, ...]
    """Excess power of the month before the plan began, where the contract prices it."""
    stored_kwh: float | None = Field(examples=[42.0])
    """What the battery holds when the plan begins, as the plan before leaves it; null without
    one."""
    risk: float = Field(ge=0, le=1, examples=[0.0])
    """The risk dial that it was made at: 0 is the least expected cost."""
    seed: int = Field(ge=0, examples=[0])
    """The solver's seed that found it: with it the same plan is made again."""
    begun_with: tuple[BegunStage, ...]
    """The plan in force or the pinned batches that the search began with, for the same purpose;
    empty if it began with the habit alone."""
    weather: PlanWeather | None
    """The weather it was made with; null if the plant does not look at it."""
    prices: tuple[PlanPrice, ...]
    """The price vector used, in order of time."""
    simulated: bool = Field(examples=[False])
    """True if it rests on simulated prices."""
    notes: tuple[str, ...] = Field(examples=[[]])
    """What a reader must know."""


class Starts(Answer):
    """What the plan has running at `as_of`, and what it starts next."""

    running: tuple[Block, ...]
    """Blocks under way, begun before `as_of`, in order of start."""
    next: tuple[Block, ...]
    """The next three blocks to start, at `as_of` or later, in order of start."""


class Weather(Answer):
    """The newest stored value of one weather series."""

    series: str = Field(examples=["temperature"])
    """What is measured."""
    place: str = Field(examples=["linares"])
    """Where."""
    value: float = Field(examples=[17.4])
    """Value in `unit`."""
    unit: str = Field(examples=["degC"])
    """Unit of `value`."""
    start: datetime = Field(examples=[_START])
    """Start of the hour it stands for."""
    age_s: float = Field(examples=[4200.0])
    """Seconds from that start to `as_of` [s]."""
    source: str = Field(examples=["open-meteo"])
    """Who said it."""
    kind: str = Field(examples=["analysed"])
    """How it is known."""
    instead_of: str | None = Field(examples=["openweathermap"])
    """Source that is believed first in this hour and said nothing; null if it is the one that
    spoke, or no hybrid value is known for it."""


class SeriesState(Answer):
    """Whether a watched series is complete and fresh."""

    series: str = Field(examples=["spot"])
    """Series name."""
    place: str = Field(examples=["peninsula"])
    """Where it is measured."""
    count: int = Field(ge=0, examples=[31240])
    """Stored delivery periods."""
    first: datetime | None = Field(examples=["2023-11-25T00:00:00+01:00"])
    """First stored delivery start."""
    last: datetime | None = Field(examples=["2026-11-26T23:45:00+01:00"])
    """Last stored delivery start."""
    age_s: float | None = Field(examples=[5400.0])
    """Seconds since the newest value became known [s]."""
    missing_recent: int | None = Field(ge=0, examples=[0])
    """Delivery periods of the last two weeks that are due and missing; null if none was ever
    stored."""
    state: Literal["ok", "late", "empty"] = Field(examples=["ok"])
    """Whether it can be relied on."""


class DashboardSummary(Answer):
    """The dashboard in short: what a display on the wall or a watch needs."""

    as_of: datetime = Field(examples=["2026-11-25T14:20:00+01:00"])
    """Instant whose knowledge this shows."""
    state: StateName = Field(examples=["ok"])
    """`empty`: no price is known; `stale`: no price for now, or the outlook is over a day old."""
    simulated: bool = Field(examples=[False])
    """True if any value rests on the built-in simulation."""
    plant: str = Field(examples=["reference-chocolate-v1"])
    """Plant name."""
    contract: str = Field(examples=["indexed-3.0td"])
    """Contract name."""
    tariff: str = Field(examples=["3.0TD"])
    """Access tariff."""
    alerts: AlertsAnswer | None
    """What a person should know now, in the reader's language; null where nobody looks."""
    advice: CurrentAdvice | None
    """Advice for the hour under way; null if none was worked out for it."""
    now: Now | None
    """The delivery period under way; null if its price is not known."""
    best_hours: tuple[Window, ...]
    """The cheapest three hours of today and the next days, in order of time."""
    starts: Starts | None
    """What runs now and starts next by that plan; null if none was made."""
    weather: tuple[Weather, ...]
    """Newest weather values."""
    proposal: Proposal | None
    """A plan that waits to be accepted in the place of the one in force; null without one."""


class Dashboard(DashboardSummary):
    """Everything the dashboard shows."""

    proposed: tuple[ProposedBlock, ...]
    """What `proposal` does otherwise than the plan in force, in order of time; empty without
    one."""
    heatmap: Heatmap | None
    """Seven days by wall-clock hour; null while no price is known."""
    outlook: PriceOutlook | None
    """Hourly prices with quantiles; null while no price is known."""
    plan: PlanAnswer | None
    """The newest plan; null if none was made."""
    health: tuple[SeriesState, ...]
    """State of the watched series."""
    prices_from: datetime | None = Field(examples=["2023-11-25T00:00:00+01:00"])
    """First stored delivery start of the contract's market prices; null if it follows no market
    or none is stored."""
    work: tuple[JobRun, ...]
    """Runs under way, the one begun first in front."""
    failures: tuple[JobRun, ...]
    """The newest run of each job that failed and has not run well since, newest first."""
    gaps: GapAnswer
    """What is missing of the recent past, series by series."""
    feeds: tuple[FeedState, ...]
    """How each feed does."""
    models: ModelsAnswer
    """How the forecasts do, and the models that make them."""
    yesterday: DeviationAnswer | None
    """Yesterday's forecast of the contract's market prices beside what came; null if none was
    stored before they were due."""
    disagreements: tuple[DisagreementState, ...]
    """Prices on which sources differ by more than rounding, newest first."""
    climate: ClimatePanel
    """The climate of the place, and today against it."""
    power: PowerPanel
    """What the price of now is made of, and the plan's power against what is contracted."""
    money: MoneyPanel
    """What this month cost so far, and what was saved this week, month and year."""
    setup: SetupName = Field(examples=["done"])
    """`none`: nothing is configured; `demo`: this is the demo; `done`: something is."""


class Health(Answer):
    """The process answers."""

    status: Literal["ok"] = Field(examples=["ok"])
    """Always `ok` when this is answered at all."""


class Ready(Answer):
    """Everything needed to be of use is there."""

    status: Literal["ready"] = Field(examples=["ready"])
    """Always `ready`; what is missing is told as a problem with status 503."""


class Version(Answer):
    """Which program answers."""

    name: str = Field(examples=["chocolate-factory"])
    """Program name."""
    version: str = Field(examples=["0.1.0"])
    """Program version."""


class Problem(BaseModel):
    """An error as RFC 9457 `application/problem+json`; some types carry further members."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    type: str = Field(examples=["/docs#missing-data"])
    """Where this kind of problem is explained."""
    title: str = Field(examples=["Data needed for this is not stored"])
    """The kind of problem, in words."""
    status: int = Field(ge=400, le=599, examples=[503])
    """HTTP status."""
    detail: str = Field(examples=["spot@peninsula: missing delivery periods …"])
    """What happened this time and what to do, in English; with `?lang=es` in Spanish, where it has
    a known form. `Content-Language` says which."""
    instance: str = Field(examples=["/dashboard/complete"])
    """Path that was asked."""
    request_id: str = Field(examples=["5f0c6f2b5b0e4d8c9a0d7d7b3f8f1a11"])
    """Same as the `X-Request-ID` header; quote it when asking for help."""
