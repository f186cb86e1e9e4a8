"""What a plan leaves to the one that takes over: the batches begun, and the demands they make.

A batch is begun or not at the hand-over, the first slot of the new plan. Begun ones are finished
as the plan before said and hold their machines and power till then. Batches of one grade are
alike, so which order a batch is for is settled anew each time: in order of start, each batch goes
to the order due first that it is in time for. Batches of a grade start and end in one order, so
the batches an order can take are neighbours, and this serves as many of them as can be served and
leaves those due last. Hence every ordered batch is made once, however often plans follow each
other, and continuing the plan before stays possible.

Work that is reported to have begun late may be done after the deadline that it was planned for. It
is still for that order: no second batch is made of what is under way, and the plan says how late
it is.

What was finished when stock was counted is in the count, which serves the orders due after it by
the kilogram: such a batch stands for what stock serves and makes nothing else.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.market.calendar import Instants, local_midnight, to_datetime
from chocolate_factory.market.series import Floats
from chocolate_factory.planning.orders import DAY, TRACE_KG, Counted, Demand
from chocolate_factory.planning.pins import Pin, pinned_batch
from chocolate_factory.planning.plan import Block, Plan
from chocolate_factory.planning.plant import Plant

Batch = tuple[Block, ...]
"""The blocks of one batch, in order of start."""

_NOT_LATE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Carried:
    """What is settled when one plan takes over from another.

    ``blocks``: whole batches begun under the plans before that still matter, in order of start;
    ``left``: what the new plan has to make; ``demands``: what ``blocks`` and ``left`` make
    together; ``surplus``: batches among ``blocks`` that no order needs any more, as demands;
    ``late``: demands with a deadline that ``blocks`` miss, and when they are done.

    ``pinned``: batches that have not begun and stay where they are; they are among ``left``.
    """

    blocks: tuple[Block, ...]
    left: tuple[Demand, ...]
    demands: tuple[Demand, ...]
    surplus: tuple[Demand, ...]
    pinned: tuple[Batch, ...]
    late: tuple[tuple[Demand, datetime], ...] = ()


def carry_over(
    before: Plan | None,
    demands: Sequence[Demand],
    plant: Plant,
    *,
    first_day: date,
    days: int,
    start: datetime,
    since: datetime,
    pins: Sequence[Pin] = (),
    counted: Counted | None = None,
) -> Carried:
    """What ``before`` leaves to a plan of ``demands`` over ``days`` local days from ``start`` on.

    ``demands`` are those of the orders for these days; of other days those that ``before`` was
    made for hold. Demands due by ``since`` are over, and so are the batches made for them, unless
    they may be late and still are: not begun, or not done; or unless a batch for them is still
    under way. ``pins``: batches that begin at ``start`` or later and stay; those that are not firm
    only as long as an order needs them. ``counted``: the stock that ``demands`` are less by.
    """
    if before is None and not pins:
        return Carried((), tuple(demands), tuple(demands), (), ())
    told = () if before is None else before.demands
    ahead = (*demands, *_from_stock_alone(counted, first_day))
    later = [demand for demand in told if _after(demand, ahead, first_day, days)]
    known = [_less(demand, counted) for demand in told if _before(demand, first_day)]
    pool = sorted((*known, *ahead, *later), key=lambda demand: demand.due)
    begun = () if before is None else _begun(before, start)
    late = {} if before is None else _lateness(before, plant)
    needs = [_Need(demand, counted, late.get(_told_as(demand), _NOT_LATE)) for demand in pool]
    made_for, surplus = _sorted_out(begun, pins, needs, plant)
    surplus = [one for one in surplus if one.batch[-1].end > since]
    served = list(surplus)
    left, kept = [], []
    for need in made_for:
        demand, units = need.demand, need.units
        missing = 0 if demand in later else demand.batches - len(units)
        to_end = any(unit.batch[-1].end > since for unit in units)
        if demand.due <= since and demand.is_deadline:
            missing = 0
        if demand.due <= since and not (missing or to_end):
            continue
        to_make = missing + sum(unit.pinned for unit in units)
        served += (*units, *need.stocked)
        if to_make:
            left.append(_part(demand, to_make, plant))
        if whole := missing + len(units) + len(need.stocked):
            kept.append(need.ordered(_part(demand, whole, plant)))
    blocks = [block for unit in served if not unit.pinned for block in unit.batch]
    return Carried(
        blocks=tuple(sorted(blocks, key=lambda block: (block.start, block.end, block.batch))),
        left=(*left, *(_unordered(one.batch, plant) for one in surplus if one.pinned)),
        demands=tuple(kept),
        surplus=tuple(_unordered(one.batch, plant) for one in surplus),
        pinned=tuple(unit.batch for unit in served if unit.pinned),
        late=tuple(
            (need.demand, done) for need in made_for if (done := need.missed_by()) is not None
        ),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Occupied:
    """Machines and tank room taken by stage, shape (stages, n), and power [kW], shape (n,)."""

    machines: NDArray[np.int64]
    tanks: NDArray[np.int64]
    drawn_kw: Floats


def occupied(blocks: Iterable[Block], plant: Plant, slots: Instants) -> Occupied:
    """What ``blocks`` take in each slot; ``slots`` are UTC starts, shape (n,).

    A block counts in every slot that it touches, and its machine until it is cleaned and rested;
    what lies outside ``slots`` is left out, and so is the machine of a stage that the plant does
    not have.
    """
    begin, number = to_datetime(slots[0]), {stage.name: at for at, stage in enumerate(plant.stages)}
    tank = {stage.tank.name: at for at, stage in enumerate(plant.stages) if stage.tank is not None}
    machines = np.zeros((len(plant.stages), slots.size), dtype=np.int64)
    tanks, drawn_kw = np.zeros_like(machines), np.zeros(slots.size)

    def touched(start: datetime, end: datetime) -> slice:
        first, stop = (start - begin) // plant.slot, -((begin - end) // plant.slot)
        return slice(max(first, 0), max(stop, 0))

    for block in blocks:
        if block.stage in number:
            at = number[block.stage]
            rest = timedelta(minutes=plant.stages[at].rest_min)
            machines[at, touched(block.start, block.end + rest)] += 1
        elif block.stage in tank:
            tanks[tank[block.stage], touched(block.start, block.end)] += 1
        at_instant = block.start
        for minutes, kw in block.phases:
            until = at_instant + timedelta(minutes=minutes)
            drawn_kw[touched(at_instant, until)] += kw
            at_instant = until
    return Occupied(machines, tanks, drawn_kw)


def kwh_left(before: Plan | None, plant: Plant, start: datetime) -> float | None:
    """What ``before`` leaves in the battery at ``start``, as planned [kWh]; None if it has none."""
    battery, site = plant.battery, None if before is None else before.schedule.site
    if before is None or battery is None or site is None:
        return None
    if before.stored_kwh is None and not site.stored_kwh.any():
        return None
    first = battery.start_kwh if before.stored_kwh is None else before.stored_kwh
    instants_s = site.start.astype(np.int64)[0] + site.resolution_s * np.arange(site.start.size + 1)
    held = np.interp(start.timestamp(), instants_s, [first, *site.stored_kwh])
    return float(np.clip(held, 0.0, battery.kwh))


def batches_of(blocks: Iterable[Block]) -> tuple[Batch, ...]:
    """Blocks by batch; those of a batch in order of start."""
    batches: dict[str, list[Block]] = {}
    for block in sorted(blocks, key=lambda block: block.start):
        batches.setdefault(block.batch, []).append(block)
    return tuple(tuple(own) for own in batches.values())


@dataclass(frozen=True, slots=True)
class _Unit:
    """One batch that is settled: begun, or pinned."""

    batch: Batch
    pinned: bool
    firm: bool = True


@dataclass(frozen=True, slots=True)
class _Need:
    """A demand, the units it is made with, and those that stand for what stock serves of it.

    ``late``: how long after a deadline a batch under way may be done and still be for it.
    """

    demand: Demand
    counted: Counted | None
    late: timedelta
    units: list[_Unit] = field(default_factory=list)
    stocked: list[_Unit] = field(default_factory=list)

    def take(self, unit: _Unit, plant: Plant) -> bool:
        """Take a unit that it still needs; whether it did."""
        stock = None if self.counted is None else self.counted.of(self.demand)
        if stock is not None and self.counted is not None and _lies_in(unit, self.counted):
            room = stock.kg - len(self.stocked) * plant.kg(self.demand.grade) > TRACE_KG
            own, needs = self.stocked, room and self._fits(unit)
        else:
            own = self.units
            needs = len(own) < self.demand.batches and self._fits(unit)
        if needs:
            own.append(unit)
        return needs

    def missed_by(self) -> datetime | None:
        """When the last of its batches is done, if that is after a deadline."""
        done = max((unit.batch[-1].end for unit in self.units), default=self.demand.due)
        return done if self.demand.is_deadline and done > self.demand.due else None

    def _fits(self, unit: _Unit) -> bool:
        demand, batch = self.demand, unit.batch
        due = demand.due if unit.pinned else demand.due + self.late
        return (
            demand.grade == batch[0].grade
            and (demand.earliest is None or demand.earliest <= batch[0].start)
            and (not demand.is_deadline or batch[-1].end <= due)
        )

    def ordered(self, whole: Demand) -> Demand:
        """``whole``, the batches made and to be made for it, with no more kg than were ordered."""
        stock = None if self.counted is None else self.counted.of(self.demand)
        return whole if stock is None else replace(whole, kg=min(whole.kg, stock.ordered.kg))


def _sorted_out(
    begun: Iterable[Batch], pins: Sequence[Pin], pool: Sequence[_Need], plant: Plant
) -> tuple[Sequence[_Need], list[_Unit]]:
    """``pool`` with the settled batches that each is made with, and those that none needs."""
    units = [_Unit(batch, pinned=False) for batch in begun]
    units += [
        _Unit(pinned_batch(pin, plant, number=number), pinned=True, firm=pin.firm)
        for number, pin in enumerate(pins, start=1)
    ]
    in_order = sorted(units, key=lambda unit: (unit.batch[0].start, unit.batch[-1].end))
    left = [unit for unit in in_order if not any(need.take(unit, plant) for need in pool)]
    return pool, [unit for unit in left if unit.firm]


def _lies_in(unit: _Unit, counted: Counted) -> bool:
    """Whether a batch was finished when stock was counted."""
    return not unit.pinned and unit.batch[-1].end <= counted.at


def _from_stock_alone(counted: Counted | None, first_day: date) -> Iterator[Demand]:
    """Demands of the window of which stock leaves nothing to make."""
    for served in () if counted is None else counted.served.values():
        if not served.rest.batches and not _before(served.rest, first_day):
            yield served.rest


def _less(demand: Demand, counted: Counted | None) -> Demand:
    """A demand of the plan before, less what stock serves of it, unless it is less already."""
    served = None if counted is None else counted.of(demand)
    if served is None or served.rest.batches >= demand.batches:
        return demand
    return replace(demand, kg=served.rest.kg, batches=served.rest.batches)


def _begun(before: Plan, start: datetime) -> Iterator[Batch]:
    yield from batches_of(before.carried)
    for batch in batches_of(before.schedule.blocks):
        if batch[0].start < start:
            yield batch


def _before(demand: Demand, first_day: date) -> bool:
    """Whether a demand of the plan before belongs to days before the window.

    A dated order does only once it is over: until then the orders of today speak for it.
    """
    if demand.day is None:
        return demand.due <= local_midnight(first_day)
    return demand.day < first_day


def _after(demand: Demand, ahead: Sequence[Demand], first_day: date, days: int) -> bool:
    """Whether a demand of the plan before belongs to days after the window: batches begun early
    for it are kept for it, and the rest of it is not yet made.
    """
    if demand.day is not None:
        return demand.day >= first_day + days * DAY
    told = {(other.grade, other.due) for other in ahead if other.day is None}
    return (demand.grade, demand.due) not in told and demand.due > local_midnight(
        first_day + days * DAY
    )


def _lateness(before: Plan, plant: Plant) -> dict[tuple[str, datetime], timedelta]:
    """How late a plan is, as it went, with the orders it was made for, by ``_told_as``.

    For each grade the least time by which its deadlines must be put off for its batches, begun or
    not, to be all that was in demand; none where they are so in time.
    """
    units = [
        _Unit(batch, pinned=False)
        for batch in batches_of((*before.carried, *before.schedule.blocks))
    ]
    found: dict[tuple[str, datetime], timedelta] = {}
    for grade in {demand.grade for demand in before.demands}:
        own = sorted((d for d in before.demands if d.grade == grade), key=lambda d: d.due)
        made = [unit for unit in units if unit.batch[0].grade == grade]
        delays = sorted(
            {_NOT_LATE, *(max(u.batch[-1].end - d.due, _NOT_LATE) for u in made for d in own)}
        )

        def filled(
            late: timedelta, own: Sequence[Demand] = own, made: Sequence[_Unit] = made
        ) -> bool:
            needs = [_Need(demand, None, late) for demand in own]
            for unit in made:
                any(need.take(unit, plant) for need in needs)
            return all(len(need.units) == need.demand.batches for need in needs)

        at = bisect_left(delays, True, key=filled)
        late = delays[at] if at < len(delays) else _NOT_LATE
        found |= {_told_as(demand): late for demand in own}
    return found


def _told_as(demand: Demand) -> tuple[str, datetime]:
    """By what a demand is known again when its order was changed."""
    return demand.grade, demand.due


def _part(demand: Demand, batches: int, plant: Plant) -> Demand:
    """The last ``batches`` of a demand: those before are whole ones. Each is as dear if late."""
    kg = demand.kg - (demand.batches - batches) * plant.kg(demand.grade)
    penalty = demand.penalty_eur_h
    if penalty is not None and demand.batches:
        penalty *= batches / demand.batches
    return replace(demand, batches=batches, kg=kg, penalty_eur_h=penalty)


def _unordered(batch: Batch, plant: Plant) -> Demand:
    grade, begun = batch[0].grade, batch[0].start
    return Demand(
        name=f"{grade} for no order",
        grade=grade,
        kg=plant.kg(grade),
        batches=1,
        release=begun,
        earliest=begun,
        due=batch[-1].end,
    )
