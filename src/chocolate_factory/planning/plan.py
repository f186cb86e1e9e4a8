"""What planning takes and gives: prices, blocks, schedules and the plan, and their JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import Gap, MissingData, SeriesInvalid
from chocolate_factory.market.calendar import (
    MADRID,
    Instants,
    delivery_day,
    to_datetime,
    to_datetime64,
)
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.ambient import Weather
from chocolate_factory.planning.orders import Demand

Status = Literal["optimal", "feasible"]
PriceKind = Literal["published", "forecast", "unknown"]
PhaseRow = tuple[int, float]
"""Minutes and kW."""

BegunWith = Mapping[tuple[str, str], tuple[int, ...]]
"""By grade and stage: in which slots of the plan batches begin, rising."""

FLOWS = ("charge_kw", "discharge_kw", "pv_kw", "fed_in_kw", "stored_kwh")
_WEATHER = ("temperature_c", "humidity_pct", "radiation_w_m2")


@dataclass(frozen=True, slots=True, eq=False)
class PlanningPrices:
    """What a kWh costs in each delivery period.

    A long history may have holes; what a plan stands on has none: see ``covering``.

    Parameters
    ----------
    start, resolution_s
        Delivery starts (UTC, increasing) and lengths [s], shape (n,).
    eur_kwh
        Price of a kWh [EUR/kWh], shape (n,); may be zero or negative.
    published
        True where it is settled, False where it is a forecast, shape (n,).
    """

    start: Instants
    resolution_s: NDArray[np.int64]
    eur_kwh: Floats
    published: NDArray[np.bool_]

    def __post_init__(self) -> None:
        shapes = {self.resolution_s.shape, self.eur_kwh.shape, self.published.shape}
        if self.start.ndim != 1 or shapes != {self.start.shape}:
            raise SeriesInvalid("planning prices: arrays of different lengths")
        if (self.start[1:] < self.ends[:-1]).any():
            raise SeriesInvalid("planning prices: periods overlap or are out of order")

    @property
    def ends(self) -> Instants:
        """Ends of the delivery periods, UTC, shape (n,)."""
        ends: Instants = self.start + self.resolution_s.astype("timedelta64[s]")
        return ends

    def covering(self, start: datetime, end: datetime) -> PlanningPrices:
        """The periods that make up [start, end), without a hole and every one a number.

        Raises ``MissingData`` naming the periods that are missing or not finite: a solver may
        never end on those.
        """
        first, last = to_datetime64(start), to_datetime64(end)
        keep = (self.ends > first) & (self.start < last) & np.isfinite(self.eur_kwh)
        begins = np.append(self.start[keep], last)
        ends = np.insert(self.ends[keep], 0, first)
        gaps = tuple(
            Gap(to_datetime(ends[at]), to_datetime(begins[at]), self._missing(ends[at], begins[at]))
            for at in np.flatnonzero(begins > ends)
        )
        if gaps:
            raise MissingData(
                "planning prices", gaps, hint="Every period to be planned needs a price."
            )
        return PlanningPrices(
            self.start[keep], self.resolution_s[keep], self.eur_kwh[keep], self.published[keep]
        )

    def period_of(self, instants: Instants) -> NDArray[np.int64]:
        """Index of the delivery period that contains each instant, shape of ``instants``."""
        return np.searchsorted(self.start, instants, side="right") - 1

    def _missing(self, start: np.datetime64, end: np.datetime64) -> int:
        """How many periods [start, end) holds, at the resolution of the periods around it."""
        if self.start.size == 0:
            return 0
        near = int(np.clip(np.searchsorted(self.start, start), 0, self.start.size - 1))
        return -int((start - end).astype(np.int64) // self.resolution_s[near])


@dataclass(frozen=True, slots=True)
class Task:
    """One batch on one machine from ``start``, not yet priced. ``phases``: minutes and kW."""

    batch: str
    grade: str
    stage: str
    machine: str
    start: datetime
    end: datetime
    phases: tuple[PhaseRow, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One batch on one machine over [start, end), with its electricity and what that costs.

    ``price_kind`` is published only if every price under it is. It is unknown, and ``cost_eur``
    None, where reports put a block at a time of which no plan has a price. ``phases`` (minutes and
    kW, in order) are what the block drew when it was planned, so that it can be costed again at
    other prices whatever became of the plant file.
    """

    batch: str
    grade: str
    stage: str
    machine: str
    start: datetime
    end: datetime
    energy_kwh: float
    cost_eur: float | None
    price_kind: PriceKind
    phases: tuple[PhaseRow, ...]


def sum_eur(blocks: Iterable[Block]) -> float | None:
    """What ``blocks`` cost [EUR]; None if that is not known of one of them."""
    every = tuple(blocks)
    return None if any(block.cost_eur is None for block in every) else priced_eur(every)


def priced_eur(blocks: Iterable[Block]) -> float:
    """What blocks cost that all have a price [EUR]. Raises ``ValueError`` naming one without."""
    total = 0.0
    for block in blocks:
        if block.cost_eur is None:
            raise ValueError(f"{block.batch} {block.stage}: what it cost is not known")
        total += block.cost_eur
    return total


@dataclass(frozen=True, slots=True, eq=False)
class SiteFlows:
    """What PV and battery do in each slot of ``resolution_s`` from ``start`` (UTC) on, shape (n,).

    Power into and out of the battery, from the panels and into the grid [kW], what the battery
    holds at the end of the slot [kWh]; ``surplus_eur_kwh`` is the pay for what is fed in.
    """

    start: Instants
    resolution_s: int
    charge_kw: Floats
    discharge_kw: Floats
    pv_kw: Floats
    fed_in_kw: Floats
    stored_kwh: Floats
    surplus_eur_kwh: float

    @property
    def bought_more_kw(self) -> Floats:
        """Power bought beyond what machines and base load draw [kW], shape (n,)."""
        more: Floats = self.charge_kw - self.discharge_kw - self.pv_kw + self.fed_in_kw
        return more


@dataclass(frozen=True, slots=True)
class ExcessCharge:
    """Power above the contracted one in a power period of a month, as far as a schedule makes it.

    ``month`` its first day. ``so_far_kw``: what the meter had counted of that month before;
    ``excess_kw``: what it counts with the schedule (root of the sum of squares, or the highest);
    ``quarters`` of the schedule lie above. ``eur``: what this adds to the bill, tax in.
    """

    period: int
    month: date
    so_far_kw: float
    excess_kw: float
    quarters: int
    eur: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """Blocks in order of start, what they cost, and how well that is proven.

    ``objective_eur`` is the electricity of the blocks, less what PV and battery save of the
    bill for all the site draws (``site``; None without them), ``penalty_eur`` for what is late, and
    what power above the contracted one costs (``excess``; empty where it may not be exceeded).
    ``bound_eur``: no schedule costs less; ``gap``: how far above the bound this one is, relative
    to its own cost. Both None where nothing was proven (a baseline).
    """

    status: Status
    objective_eur: float
    bound_eur: float | None
    gap: float | None
    energy_kwh: float
    kg: Mapping[str, float]
    blocks: tuple[Block, ...]
    penalty_eur: float = 0.0
    site: SiteFlows | None = None
    excess: tuple[ExcessCharge, ...] = ()

    @property
    def excess_eur(self) -> float:
        """What power above the contracted one adds to the bill [EUR]."""
        return sum(charge.eur for charge in self.excess)


@dataclass(frozen=True, slots=True)
class Realised:
    """Plan and baseline at actual prices [EUR]; percentage of the baseline's cost."""

    plan_eur: float
    baseline_eur: float
    savings_eur: float
    savings_pct: float


@dataclass(frozen=True, slots=True)
class Worth:
    """A shadow price: so much more of ``name`` (``amount`` in ``unit``) would save ``eur`` [EUR].

    ``proven``: whether it is exactly that (to a ten-thousandth of the plan's cost).
    """

    name: str
    amount: float
    unit: str
    eur: float
    proven: bool

    @property
    def eur_unit(self) -> float:
        """What one ``unit`` is worth to the plan [EUR per unit]."""
        return self.eur / self.amount


@dataclass(frozen=True, slots=True)
class Plan:
    """The schedule proposed over [start, end) as seen at ``origin``, beside its baseline.

    Savings are expected ones, at the planning ``prices``; ``realised`` holds them at actual prices
    once those are known. ``notes`` are choices and warnings a reader must know.

    ``carried``: whole batches begun before ``start`` under the plans before, finished as those
    said, with the energy and cost that those gave them: every one that runs on the Madrid day of
    ``origin`` or later, or that an order still to come due is made with. They hold machines and
    power; they are in no energy, kilogram, cost, bound or saving of this plan. ``demands``: what
    ``carried`` and ``schedule`` together make; ``baseline`` makes the same beside the same
    ``carried`` work. Where another plan takes over before ``end``, only what was begun before that
    one's start is carried out, so costs and savings of overlapping plans must not be added up.
    ``pinned``: batches of ``schedule`` that were told to begin when they do.

    ``weather`` is what ambient limits and PV were read from, ``seed`` the solver's, and
    ``begun_with`` the plan in force or the pinned batches that the search began with, what they
    lack added as the habit would; empty if it began with the habit alone. ``stored_kwh``: what the
    battery holds at ``start`` [kWh]; None without one. ``excess_so_far`` by month and power period:
    excess power of the month before the plan began [kW], where the contract prices it. With these,
    prices, demands and ``carried`` the same plan is made again. ``risk``: the dial that it was
    made at, from 0, the least expected cost, to 1. ``worth``: shadow prices, where
    they were asked for.
    """

    origin: datetime
    start: datetime
    end: datetime
    plant: str
    contract: str
    schedule: Schedule
    baseline: Schedule
    savings_eur: float
    savings_pct: float
    realised: Realised | None
    prices: PlanningPrices
    simulated: bool
    notes: tuple[str, ...]
    demands: tuple[Demand, ...] = ()
    carried: tuple[Block, ...] = ()
    pinned: tuple[str, ...] = ()
    weather: Weather | None = None
    seed: int = 0
    worth: tuple[Worth, ...] = ()
    excess_so_far: Mapping[tuple[date, int], float] = field(default_factory=dict)
    begun_with: BegunWith = field(default_factory=dict)
    stored_kwh: float | None = None
    risk: float = 0.0

    @property
    def first_day(self) -> date:
        """The first Madrid day that is planned."""
        return delivery_day(self.start)

    @property
    def days(self) -> int:
        """How many Madrid days are planned: the day on which the plan ends is not one of them."""
        return (delivery_day(self.end) - self.first_day).days


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """A plan as plain JSON values; times are ISO 8601 with Madrid's offset."""
    return {
        "origin": _iso(plan.origin),
        "start": _iso(plan.start),
        "end": _iso(plan.end),
        "plant": plan.plant,
        "contract": plan.contract,
        "simulated": plan.simulated,
        **_schedule_to_json(plan.schedule),
        "baseline": _schedule_to_json(plan.baseline),
        "savings_eur": plan.savings_eur,
        "savings_pct": plan.savings_pct,
        "realised": None
        if plan.realised is None
        else {
            "plan_eur": plan.realised.plan_eur,
            "baseline_eur": plan.realised.baseline_eur,
            "savings_eur": plan.realised.savings_eur,
            "savings_pct": plan.realised.savings_pct,
        },
        "notes": list(plan.notes),
        "demands": [_demand_to_json(demand) for demand in plan.demands],
        "carried": [block_to_json(block) for block in plan.carried],
        "pinned": list(plan.pinned),
        "seed": plan.seed,
        "begun_with": [
            {"grade": grade, "stage": stage, "slots": list(slots)}
            for (grade, stage), slots in plan.begun_with.items()
        ],
        "worth": [asdict(one) for one in plan.worth],
        "excess_so_far": [
            {"month": month.isoformat(), "period": period, "kw": kw}
            for (month, period), kw in plan.excess_so_far.items()
        ],
        "stored_kwh": plan.stored_kwh,
        "risk": plan.risk,
        "weather": None if plan.weather is None else _weather_to_json(plan.weather),
        "prices": [
            {
                "start": _iso(to_datetime(start)),
                "resolution_s": int(resolution_s),
                "eur_kwh": float(eur_kwh),
                "published": bool(published),
            }
            for start, resolution_s, eur_kwh, published in zip(
                plan.prices.start,
                plan.prices.resolution_s,
                plan.prices.eur_kwh,
                plan.prices.published,
                strict=True,
            )
        ],
    }


def plan_from_json(document: Mapping[str, Any]) -> Plan:
    """The plan that ``plan_to_json`` wrote; the exact inverse.

    A document of an earlier version, without what later ones added, has none of it.
    """
    rows = document["prices"]
    realised = document["realised"]
    return Plan(
        origin=_instant(document["origin"]),
        start=_instant(document["start"]),
        end=_instant(document["end"]),
        plant=document["plant"],
        contract=document["contract"],
        schedule=_schedule_from_json(document),
        baseline=_schedule_from_json(document["baseline"]),
        savings_eur=document["savings_eur"],
        savings_pct=document["savings_pct"],
        realised=None if realised is None else Realised(**realised),
        prices=PlanningPrices(
            start=np.array([to_datetime64(_instant(row["start"])) for row in rows]),
            resolution_s=np.array([row["resolution_s"] for row in rows], dtype=np.int64),
            eur_kwh=np.array([row["eur_kwh"] for row in rows], dtype=np.float64),
            published=np.array([row["published"] for row in rows], dtype=bool),
        ),
        simulated=document["simulated"],
        notes=tuple(document["notes"]),
        demands=tuple(_demand_from_json(row) for row in document.get("demands", ())),
        carried=tuple(block_from_json(row) for row in document.get("carried", ())),
        pinned=tuple(document.get("pinned", ())),
        weather=_weather_from_json(document.get("weather")),
        seed=document.get("seed", 0),
        worth=tuple(Worth(**row) for row in document.get("worth", ())),
        excess_so_far={
            (date.fromisoformat(row["month"]), row["period"]): row["kw"]
            for row in document.get("excess_so_far", ())
        },
        begun_with={
            (row["grade"], row["stage"]): tuple(row["slots"])
            for row in document.get("begun_with", ())
        },
        stored_kwh=document.get("stored_kwh"),
        risk=document.get("risk", 0.0),
    )


def _schedule_to_json(schedule: Schedule) -> dict[str, Any]:
    return {
        "status": schedule.status,
        "objective_eur": schedule.objective_eur,
        "bound_eur": schedule.bound_eur,
        "gap": schedule.gap,
        "energy_kwh": schedule.energy_kwh,
        "kg": dict(schedule.kg),
        "blocks": [block_to_json(block) for block in schedule.blocks],
        "penalty_eur": schedule.penalty_eur,
        "site": None if schedule.site is None else _site_to_json(schedule.site),
        "excess": [{**asdict(one), "month": one.month.isoformat()} for one in schedule.excess],
    }


def _schedule_from_json(document: Mapping[str, Any]) -> Schedule:
    return Schedule(
        status=document["status"],
        objective_eur=document["objective_eur"],
        bound_eur=document["bound_eur"],
        gap=document["gap"],
        energy_kwh=document["energy_kwh"],
        kg=dict(document["kg"]),
        blocks=tuple(block_from_json(block) for block in document["blocks"]),
        penalty_eur=document.get("penalty_eur", 0.0),
        site=_site_from_json(document.get("site")),
        excess=tuple(
            ExcessCharge(**{**row, "month": date.fromisoformat(row["month"])})
            for row in document.get("excess", ())
        ),
    )


def _site_to_json(site: SiteFlows) -> dict[str, Any]:
    return {
        "start": _iso(to_datetime(site.start[0])),
        "resolution_s": site.resolution_s,
        **{name: getattr(site, name).tolist() for name in FLOWS},
        "surplus_eur_kwh": site.surplus_eur_kwh,
    }


def _site_from_json(document: Mapping[str, Any] | None) -> SiteFlows | None:
    if document is None:
        return None
    begin, step = to_datetime64(_instant(document["start"])), document["resolution_s"]
    slots = np.arange(len(document["pv_kw"])) * np.timedelta64(step, "s")
    return SiteFlows(
        start=begin + slots,
        resolution_s=step,
        **{name: np.array(document[name], dtype=np.float64) for name in FLOWS},
        surplus_eur_kwh=document["surplus_eur_kwh"],
    )


def _weather_to_json(weather: Weather) -> dict[str, Any]:
    return {
        "start": [_iso(to_datetime(start)) for start in weather.start],
        **{
            name: [None if np.isnan(value) else value for value in getattr(weather, name).tolist()]
            for name in _WEATHER
        },
    }


def _weather_from_json(document: Mapping[str, Any] | None) -> Weather | None:
    if document is None:
        return None
    start = [to_datetime64(_instant(text)) for text in document["start"]]
    return Weather(
        start=np.array(start, dtype="datetime64[s]"),
        **{name: np.array(document[name], dtype=np.float64) for name in _WEATHER},
    )


def block_to_json(block: Block) -> dict[str, Any]:
    """A block as plain JSON values."""
    return {
        "batch": block.batch,
        "grade": block.grade,
        "stage": block.stage,
        "machine": block.machine,
        "start": _iso(block.start),
        "end": _iso(block.end),
        "energy_kwh": block.energy_kwh,
        "cost_eur": block.cost_eur,
        "price_kind": block.price_kind,
        "phases": [list(phase) for phase in block.phases],
    }


def block_from_json(row: Mapping[str, Any]) -> Block:
    """Inverse of ``block_to_json``."""
    return Block(
        **{
            **row,
            "start": _instant(row["start"]),
            "end": _instant(row["end"]),
            "phases": tuple((int(minutes), kw) for minutes, kw in row["phases"]),
        }
    )


def _demand_to_json(demand: Demand) -> dict[str, Any]:
    return {
        "name": demand.name,
        "grade": demand.grade,
        "kg": demand.kg,
        "batches": demand.batches,
        "day": None if demand.day is None else demand.day.isoformat(),
        "release": _iso(demand.release),
        "earliest": None if demand.earliest is None else _iso(demand.earliest),
        "due": _iso(demand.due),
        "penalty_eur_h": demand.penalty_eur_h,
        "priority": demand.priority,
    }


def _demand_from_json(row: Mapping[str, Any]) -> Demand:
    return Demand(
        **{
            **row,
            "day": None if row["day"] is None else date.fromisoformat(row["day"]),
            "release": _instant(row["release"]),
            "earliest": None if row["earliest"] is None else _instant(row["earliest"]),
            "due": _instant(row["due"]),
        }
    )


def _iso(instant: datetime) -> str:
    return instant.astimezone(MADRID).isoformat()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
