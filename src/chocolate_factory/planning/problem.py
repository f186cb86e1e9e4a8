"""What is to be decided: batches, slots, prices and limits, validated and free of any solver.

Here market prices become what a kWh costs this plant, through its contract.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import Infeasible, SeriesInvalid
from chocolate_factory.market.calendar import (
    QUARTER,
    Instants,
    local_midnight,
    periods,
    to_datetime,
    to_datetime64,
)
from chocolate_factory.market.contract import Contract, price_eur_kwh
from chocolate_factory.market.series import Floats, Forecast
from chocolate_factory.planning.ambient import Weather, at_slots, indoor_conditions
from chocolate_factory.planning.carried_over import occupied
from chocolate_factory.planning.equipment import Battery
from chocolate_factory.planning.excess_power import ExcessTerms, SoFar, excess_terms
from chocolate_factory.planning.orders import DAY, Demand, in_words
from chocolate_factory.planning.plan import Block, PlanningPrices
from chocolate_factory.planning.plant import Plant, Staffed

KW_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class OwnEnergy:
    """PV power and base load in each slot [kW], shape (n,), the battery, and the pay for surplus.

    PV power is what it may give; it is not counted on to stay below contracted power.
    ``stored_kwh``: what the battery holds before the first slot; 0 without one.
    """

    pv_kw: Floats
    base_kw: Floats
    battery: Battery | None
    stored_kwh: float
    surplus_eur_kwh: float


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Batches × slots × prices.

    Parameters
    ----------
    plant, demands
        What can be made how, and what must be made by when.
    slots
        Slot starts, UTC, shape (n,), without a hole.
    eur_kwh
        Price of a kWh in each slot [EUR/kWh], shape (n,).
    process_kw
        Power left for the machines in each slot: contracted, or what may be drawn in excess of
        it, less base load and less what work begun under the plan before draws [kW], not below
        zero, shape (n,).
    free
        Machines of each stage that maintenance and such work leave free in each slot, shape
        (stages, n).
    staffed
        Whether operators are there in each slot, shape (n,).
    runnable
        Whether ambient limits let a stage run in each slot, shape (stages, n).
    tank_free
        Room that such work leaves in the tank after each stage, shape (stages, n).
    carried, carried_kw
        The blocks of such work, and what they draw in each slot [kW], shape (n,).
    own_energy
        What PV and battery can do; None if the plant has neither.
    excess
        What power above the contracted one costs; None if it may not be exceeded.
    starts
        By grade, one array per stage, shape (n,): whether the stage may begin in the slot, given
        staff, power, due times and that the stages before and after it can be done too.
    """

    plant: Plant
    demands: tuple[Demand, ...]
    slots: Instants
    eur_kwh: Floats
    process_kw: Floats
    free: NDArray[np.int64]
    staffed: NDArray[np.bool_]
    runnable: NDArray[np.bool_]
    tank_free: NDArray[np.int64]
    carried: tuple[Block, ...]
    carried_kw: Floats
    own_energy: OwnEnergy | None
    excess: ExcessTerms | None
    starts: Mapping[str, tuple[NDArray[np.bool_], ...]]

    @property
    def batches(self) -> dict[str, int]:
        """Batches to make by grade, only of grades that are in demand."""
        return batches_by_grade(self.demands)

    def slot_before(self, instant: datetime) -> int:
        """How many slots end by ``instant``: a run must end by this index to be on time."""
        return int(np.clip(self._minutes_in(instant) // self.plant.slot_min, 0, self.slots.size))

    def latest(self, demand: Demand) -> int:
        """Index by which the last run for ``demand`` must have ended: its due time, or the end."""
        return self.slot_before(demand.due) if demand.is_deadline else self.slots.size

    def length(self, grade: str, number: int) -> int:
        """Slots that one run of stage ``number`` takes."""
        return self.plant.stages[number].minutes(grade) // self.plant.slot_min

    def slot_from(self, instant: datetime | None) -> int:
        """Index of the first slot that begins at or after ``instant``; 0 for None."""
        if instant is None:
            return 0
        slot = -(-self._minutes_in(instant) // self.plant.slot_min)
        return int(np.clip(slot, 0, self.slots.size))

    def _minutes_in(self, instant: datetime) -> float:
        return (instant - to_datetime(self.slots[0])) / timedelta(minutes=1)


def batches_by_grade(demands: Sequence[Demand]) -> dict[str, int]:
    """Batches to make by grade, in the order in which grades first appear."""
    total: dict[str, int] = {}
    for demand in demands:
        total[demand.grade] = total.get(demand.grade, 0) + demand.batches
    return total


def planning_prices(outlook: Forecast, contract: Contract) -> PlanningPrices:
    """What a kWh costs in each delivery period of ``outlook`` under ``contract`` [EUR/kWh].

    Published prices are used as published, forecast ones at their mean; tolls and taxes are added
    once, here.

    Errors as of ``price_eur_kwh``.
    """
    return PlanningPrices(
        start=outlook.start,
        resolution_s=outlook.resolution_s,
        eur_kwh=price_eur_kwh(contract, outlook.start, outlook.mean, of=outlook.key),
        published=outlook.published,
    )


def agreed_prices(contract: Contract, start: datetime, end: datetime) -> PlanningPrices:
    """What a kWh costs in each quarter-hour of [start, end) under a contract that needs no market.

    Raises ``SeriesInvalid`` if the contract does depend on a market price.
    """
    starts = periods(start, end, QUARTER)
    return PlanningPrices(
        start=starts,
        resolution_s=np.full(starts.size, int(QUARTER.total_seconds()), dtype=np.int64),
        eur_kwh=price_eur_kwh(contract, starts),
        published=np.ones(starts.size, dtype=bool),
    )


def planning_window(
    first_day: date, days: int, demands: Sequence[Demand]
) -> tuple[datetime, datetime]:
    """[start, end) in UTC of ``days`` local days, prolonged to the last due time."""
    last_midnight = local_midnight(first_day + days * DAY)
    return local_midnight(first_day), max([last_midnight, *(demand.due for demand in demands)])


def build_problem(
    plant: Plant,
    demands: Sequence[Demand],
    prices: PlanningPrices,
    *,
    start: datetime,
    end: datetime,
    contract: Contract,
    carried: Sequence[Block] = (),
    weather: Weather | None = None,
    excess_so_far: SoFar | None = None,
    stored_kwh: float | None = None,
) -> Problem:
    """The problem of making ``demands`` within [start, end), instants on the plant's slot grid.

    ``carried``: blocks of work begun before, which hold their machines and power. ``weather``: the
    forecast that ambient limits and PV are read from; where it is not known, limits are not looked
    at and PV gives nothing (``ambient_notes`` says so). ``excess_so_far``: the excess power that
    each period's month has already, where the contract lets it be exceeded; None: none.
    ``stored_kwh``: what the battery holds at ``start``; None: what the plant file says.

    Raises ``MissingData`` if prices do not cover the window, ``SeriesInvalid`` if a price period is
    not a whole number of slots, ``Infeasible`` if the base load alone exceeds contracted power.
    """
    prices = prices.covering(start, end)
    slots = periods(start, end, plant.slot)
    held = occupied(carried, plant, slots)
    indoor = indoor_conditions(plant.indoor, weather, slots)
    base_kw = plant.base_kw(slots)
    problem = Problem(
        plant=plant,
        demands=tuple(demands),
        slots=slots,
        eur_kwh=prices.eur_kwh[_period_of_slot(prices, slots, plant)],
        process_kw=np.maximum(_process_kw(plant, slots, contract, base_kw) - held.drawn_kw, 0.0),
        free=np.maximum(machines_in_use(plant, slots) - held.machines, 0),
        staffed=plant.staffed(slots),
        runnable=np.array([indoor.allows(stage.ambient) for stage in plant.stages]),
        tank_free=np.maximum(_tank_room(plant) - held.tanks, 0),
        carried=tuple(carried),
        carried_kw=held.drawn_kw,
        own_energy=_own_energy(plant, slots, base_kw, weather, stored_kwh),
        excess=excess_terms(plant, contract, slots, base_kw + held.drawn_kw, excess_so_far or {}),
        starts={},
    )
    return with_starts(problem)


def with_starts(problem: Problem) -> Problem:
    """``problem`` with its ``starts`` worked out anew, after something else of it was changed."""
    starts = {grade: allowed_starts(problem, grade) for grade in problem.batches}
    return replace(problem, starts=starts)


def allowed_starts(problem: Problem, grade: str) -> tuple[NDArray[np.bool_], ...]:
    """Slots in which each stage of one batch of ``grade`` may begin, were it alone in the plant.

    One boolean array of shape (n,) per stage. Machines in use by other batches of the problem are
    not counted; those held by work begun before are not there.
    """
    plant = problem.plant
    own = [demand for demand in problem.demands if demand.grade == grade]
    first = min(problem.slot_from(demand.earliest) for demand in own)
    last = max(problem.latest(demand) for demand in own)
    staffed = problem.staffed
    most = most_kw(problem) + KW_TOLERANCE
    allowed = []
    for number, stage in enumerate(plant.stages):
        kw = stage.slot_kw(grade, plant.slot_min)
        may = np.zeros(problem.slots.size, dtype=bool)
        may[first : max(last - kw.size + 1, first)] = kw.size > 0
        may &= _held((problem.free[number] > 0) & problem.runnable[number], kw.size)
        if stage.staffed is Staffed.START:
            may &= staffed
        elif stage.staffed is Staffed.THROUGHOUT:
            may &= _held(staffed, kw.size)
        for offset, power in enumerate(kw):
            may &= _earlier(most >= power, offset)
        allowed.append(may)
    return _linked(allowed, problem, grade)


def most_kw(problem: Problem) -> Floats:
    """The most that the process can draw in each slot [kW], a battery at full power, shape (n,)."""
    own = problem.own_energy
    battery = None if own is None else own.battery
    return problem.process_kw if battery is None else problem.process_kw + battery.kw


def _linked(
    allowed: list[NDArray[np.bool_]], problem: Problem, grade: str
) -> tuple[NDArray[np.bool_], ...]:
    """Leave out starts after or before which the chain of stages cannot go on within its holds."""
    stages, slot_min = problem.plant.stages, problem.plant.slot_min
    pairs = list(pairwise(problem.plant.route(grade)))
    for here, after in pairs:
        reached = np.zeros_like(allowed[here])
        for wait in range(stages[here].longest_wait_min // slot_min + 1):
            reached |= _later(allowed[here], problem.length(grade, here) + wait)
        allowed[after] = allowed[after] & reached
    for here, after in reversed(pairs):
        continued = np.zeros_like(allowed[here])
        for wait in range(stages[here].longest_wait_min // slot_min + 1):
            continued |= _earlier(allowed[after], problem.length(grade, here) + wait)
        allowed[here] = allowed[here] & continued
    return tuple(allowed)


def machines_in_use(plant: Plant, slots: Instants) -> NDArray[np.int64]:
    """Machines of each stage that no maintenance takes in each slot, shape (stages, n)."""
    machines = np.array([[stage.machines] for stage in plant.stages], dtype=np.int64)
    there = np.repeat(machines, slots.size, axis=1)
    number = {stage.name: at for at, stage in enumerate(plant.stages)}
    for part in plant.maintenance:
        out = (slots >= to_datetime64(part.start)) & (slots < to_datetime64(part.end))
        there[number[part.stage], out] -= part.machines
    return np.maximum(there, 0)


def _tank_room(plant: Plant) -> NDArray[np.int64]:
    rooms = [0 if stage.tank is None else stage.tank.batches for stage in plant.stages]
    return np.array(rooms, dtype=np.int64)[:, None]


def _own_energy(
    plant: Plant,
    slots: Instants,
    base_kw: Floats,
    weather: Weather | None,
    stored_kwh: float | None,
) -> OwnEnergy | None:
    if plant.pv is None and plant.battery is None:
        return None
    radiation = np.full(slots.shape, np.nan)
    if weather is not None and weather.start.size:
        radiation = at_slots(weather.start, weather.radiation_w_m2, slots)
    pv_kw = np.zeros(slots.shape) if plant.pv is None else plant.pv.kw(slots, radiation)
    if stored_kwh is None:
        stored_kwh = 0.0 if plant.battery is None else plant.battery.start_kwh
    return OwnEnergy(pv_kw, base_kw, plant.battery, stored_kwh, plant.surplus_eur_kwh)


def _process_kw(plant: Plant, slots: Instants, contract: Contract, base_kw: Floats) -> Floats:
    contracted = plant.contracted_at(contract.tariff, slots, contract.contracted_kw)
    if contract.exceed_up_to_kw is not None:
        contracted = np.maximum(contracted, contract.exceed_up_to_kw)
    left = contracted - base_kw
    if (left < 0).any():
        worst = int(np.argmin(left))
        raise Infeasible(
            (
                f"the base load alone is {contracted[worst] - left[worst]:g} kW on "
                f"{in_words(to_datetime(slots[worst]))}, and {contracted[worst]:g} kW "
                f"{'are contracted' if contract.exceed_up_to_kw is None else 'may be drawn'} then",
            )
        )
    return left


def _period_of_slot(prices: PlanningPrices, slots: Instants, plant: Plant) -> NDArray[np.int64]:
    where = prices.period_of(slots)
    ends = slots + np.timedelta64(int(plant.slot.total_seconds()), "s")
    split = ends > prices.ends[where]
    if split.any():
        at = to_datetime(slots[int(np.argmax(split))])
        raise SeriesInvalid(
            f"the price changes inside the {plant.slot_min}-minute slot at {at.isoformat()}"
        )
    return where


def _held(there: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Whether ``there`` holds in ``length`` slots on end from each slot."""
    held = there.copy()
    for offset in range(1, length):
        held &= _earlier(there, offset)
    return held


def _earlier(flags: NDArray[np.bool_], slots: int) -> NDArray[np.bool_]:
    """``flags`` moved ``slots`` towards the beginning; False comes in at the end."""
    moved = np.zeros_like(flags)
    slots = min(slots, flags.size)
    moved[: flags.size - slots] = flags[slots:]
    return moved


def _later(flags: NDArray[np.bool_], slots: int) -> NDArray[np.bool_]:
    """``flags`` moved ``slots`` towards the end; False comes in at the beginning."""
    moved = np.zeros_like(flags)
    slots = min(slots, flags.size)
    moved[slots:] = flags[: flags.size - slots]
    return moved
