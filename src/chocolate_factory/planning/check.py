"""Is this schedule possible? Re-derived from blocks, plant and demands, apart from the solver.

Shares no code with ``problem``, ``formulation`` and its parts, ``solve``, ``recover``,
``assignment`` or ``baseline``, and steps through wall-clock time slot by slot, so that a mistake
there is seen here. Indoor conditions come from ``ambient``, the one model of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations, pairwise

import numpy as np

from chocolate_factory.errors import PlanInvalid
from chocolate_factory.market.calendar import (
    MADRID,
    local_text,
    span_text,
    to_datetime64,
)
from chocolate_factory.market.contract import Contract
from chocolate_factory.planning.ambient import Weather, at_slots, indoor_conditions
from chocolate_factory.planning.check_machines import maintenance_kept, rests
from chocolate_factory.planning.equipment import BaseLoad, Battery, Hours
from chocolate_factory.planning.orders import Demand
from chocolate_factory.planning.plan import Block, SiteFlows
from chocolate_factory.planning.plant import Plant, Staffed

_KW_TOLERANCE = 1e-5


class Rule(StrEnum):
    """What a schedule is held to."""

    RECIPE = "recipe"
    WAITS = "waits"
    GRID = "grid"
    MACHINES = "machines"  # one batch on a machine at a time, and on one that does the stage
    RESTS = "rests"
    MAINTENANCE = "maintenance"
    TANKS = "tanks"
    STAFF = "staff"
    AMBIENT = "ambient"
    POWER = "power"  # what is drawn, with the battery and the base load
    OWN_ENERGY = "own-energy"
    ORDERS = "orders"
    NAMES = "names"


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a schedule breaks, and where, in words."""

    rule: Rule
    text: str


@dataclass(frozen=True, slots=True)
class Around:
    """What a schedule is judged in: the window [start, end), contract, work begun before, weather.

    ``carried``: blocks of work begun before ``start``. They are what they are, whatever plant,
    contract and orders have become and however late they were reported, but they hold their
    machines, draw their power where blocks draw some too, and their batches count for the demands.
    ``stored_kwh``: what the battery holds
    at ``start``; None: what the plant file says.
    """

    start: datetime
    end: datetime
    contract: Contract
    carried: Sequence[Block] = ()
    weather: Weather | None = None
    stored_kwh: float | None = None


def require_feasible(
    blocks: Sequence[Block],
    plant: Plant,
    demands: Sequence[Demand],
    *,
    start: datetime,
    end: datetime,
    contract: Contract,
    carried: Sequence[Block] = (),
    weather: Weather | None = None,
    site: SiteFlows | None = None,
    stored_kwh: float | None = None,
) -> None:
    """Raise ``PlanInvalid`` with every rule that ``blocks`` break; arguments as ``violations``."""
    found = violations(
        blocks, plant, demands, start=start, end=end, contract=contract, carried=carried,
        weather=weather, site=site, stored_kwh=stored_kwh,
    )  # fmt: skip
    if found:
        raise PlanInvalid(found)


def violations(
    blocks: Sequence[Block],
    plant: Plant,
    demands: Sequence[Demand],
    *,
    start: datetime,
    end: datetime,
    contract: Contract,
    carried: Sequence[Block] = (),
    weather: Weather | None = None,
    site: SiteFlows | None = None,
    stored_kwh: float | None = None,
) -> tuple[str, ...]:
    """Every rule that ``blocks`` break, in words; arguments as ``broken_rules``."""
    around = Around(start, end, contract, carried, weather, stored_kwh)
    return tuple(one.text for one in broken_rules(blocks, plant, demands, around, site=site))


def broken_rules(
    blocks: Sequence[Block],
    plant: Plant,
    demands: Sequence[Demand],
    around: Around,
    *,
    site: SiteFlows | None = None,
) -> tuple[Broken, ...]:
    """Every rule of the plant, the contract and the demands that ``blocks`` break.

    Blocks must lie within ``around`` on the plant's slot grid, follow the recipe in order within
    the holds and in the tanks there are, one batch per machine at a time with the cleaning and
    change-over between, not in maintenance, with staff where staff is needed, within ambient
    limits where the weather is known, never above contracted power together with the base load
    and the battery, and make exactly the batches in demand, on time unless they may be late.
    """
    tanks = {stage.tank.name for stage in plant.stages if stage.tank is not None}
    runs = [block for block in blocks if block.stage not in tanks]
    waits = [block for block in blocks if block.stage in tanks]
    carried = around.carried
    told: tuple[tuple[Rule, Iterator[str]], ...] = (
        (Rule.RECIPE, _recipe(runs, plant)),
        (Rule.WAITS, _waits(runs, waits, plant)),
        (Rule.GRID, _grid(blocks, plant, around.start, around.end)),
        (Rule.MACHINES, _machines(runs, carried, plant)),
        (Rule.RESTS, rests(runs, carried, plant)),
        (Rule.MAINTENANCE, maintenance_kept(runs, carried, plant)),
        (Rule.TANKS, _tanks(waits, carried, plant)),
        (Rule.STAFF, _staff(runs, plant)),
        (Rule.AMBIENT, _ambient(runs, plant, around.weather)),
        (Rule.POWER, _power(blocks, plant, around, site)),
        (Rule.OWN_ENERGY, _own_energy(blocks, plant, around, site)),
        (Rule.ORDERS, missed(runs, carried, demands)),
        (Rule.NAMES, _names(runs, carried)),
    )
    return tuple(Broken(rule, text) for rule, texts in told for text in texts)


def _recipe(blocks: Sequence[Block], plant: Plant) -> Iterator[str]:
    by_batch: dict[str, list[Block]] = defaultdict(list)
    for block in blocks:
        by_batch[block.batch].append(block)
    for batch, parts in by_batch.items():
        parts.sort(key=lambda block: block.start)
        if len({part.grade for part in parts}) != 1 or parts[0].grade not in plant.grades:
            yield f"{batch} is of no single grade of this plant"
            continue
        stages = [stage for stage in plant.stages if stage.phases[parts[0].grade]]
        if [part.stage for part in parts] != [stage.name for stage in stages]:
            yield f"{batch} passes {', '.join(part.stage for part in parts)}"
            continue
        for part, stage in zip(parts, stages, strict=True):
            recipe = tuple((phase.minutes, phase.kw) for phase in stage.phases[part.grade])
            minutes = sum(length for length, _ in recipe)
            kwh = sum(length * kw for length, kw in recipe) / 60
            if part.phases != recipe or part.end - part.start != timedelta(minutes=minutes):
                yield f"{batch} {stage.name} does not last or draw what the recipe says"
            if abs(part.energy_kwh - kwh) > 1e-6:
                yield f"{batch} {stage.name} takes {part.energy_kwh} kWh, the recipe {kwh}"


def _waits(runs: Sequence[Block], waits: Sequence[Block], plant: Plant) -> Iterator[str]:
    """Between two stages: no longer than the hold, or the rest of it in the tank."""
    stages = {stage.name: stage for stage in plant.stages}
    in_tank = {(block.batch, block.stage): block for block in waits}
    by_batch: dict[str, list[Block]] = defaultdict(list)
    for block in sorted(runs, key=lambda block: block.start):
        by_batch[block.batch].append(block)
    due = set()
    for batch, parts in by_batch.items():
        for part, after in pairwise(parts):
            stage = stages.get(part.stage)
            if stage is None:
                continue
            wait, hold = after.start - part.end, timedelta(minutes=stage.max_hold_min)
            longest = hold
            if stage.tank is not None:
                longest += timedelta(minutes=stage.tank.max_hold_min)
            if wait < timedelta(0):
                yield f"{batch} goes on {span_text(-wait)} before {stage.name} is done"
            elif wait > longest:
                yield (
                    f"{batch} waits {span_text(wait)} after {stage.name}, where at most "
                    f"{span_text(longest)} are allowed"
                )
            elif stage.tank is not None and wait > hold:
                key = (batch, stage.tank.name)
                due.add(key)
                found = in_tank.get(key)
                recipe = (((wait - hold) // timedelta(minutes=1), stage.tank.kw),)
                if (
                    found is None
                    or (found.start, found.end) != (part.end + hold, after.start)
                    or found.phases != recipe
                ):
                    yield f"{batch} is not in the {stage.tank.name} while it waits longer than held"
    for batch, tank in sorted(in_tank.keys() - due):
        yield f"{batch} is in the {tank} for no reason"


def _tanks(waits: Sequence[Block], carried: Sequence[Block], plant: Plant) -> Iterator[str]:
    for stage in plant.stages:
        tank = stage.tank
        if tank is None:
            continue
        own = [block for block in waits if block.stage == tank.name]
        before = [block for block in carried if block.stage == tank.name]
        for block in own:
            held = sum(b.start <= block.start < b.end for b in (*own, *before))
            if held > tank.batches:
                yield f"{held} batches in the {tank.name} at {local_text(block.start)}"


def _grid(blocks: Sequence[Block], plant: Plant, start: datetime, end: datetime) -> Iterator[str]:
    for block in blocks:
        if (block.start - start) % timedelta(minutes=plant.slot_min):
            yield f"{block.batch} {block.stage} does not begin on a slot"
        if block.start < start or block.end > end:
            yield f"{block.batch} {block.stage} lies outside the window"


def _machines(blocks: Sequence[Block], carried: Sequence[Block], plant: Plant) -> Iterator[str]:
    known = {
        stage.name: {f"{stage.machine}-{number}" for number in range(1, stage.machines + 1)}
        for stage in plant.stages
    }
    by_machine: dict[str, list[tuple[Block, bool]]] = defaultdict(list)
    for block in blocks:
        if block.machine not in known.get(block.stage, ()):
            yield f"{block.batch} {block.stage} is on {block.machine}, which does not do that"
    for new, runs in ((True, blocks), (False, carried)):
        for block in runs:
            by_machine[block.machine].append((block, new))
    for machine, rows in by_machine.items():
        rows.sort(key=lambda row: row[0].start)
        for (run, new), (after, new_after) in combinations(rows, 2):
            if (new or new_after) and after.start < run.end:
                yield f"{machine} runs {run.batch} and {after.batch} at once"


def _staff(blocks: Sequence[Block], plant: Plant) -> Iterator[str]:
    stages = {stage.name: stage for stage in plant.stages}
    for block in blocks:
        stage = stages.get(block.stage)
        if stage is None or stage.staffed is Staffed.NEVER:
            continue
        slots = list(_slots(block.start, block.end, plant))
        needed = slots[:1] if stage.staffed is Staffed.START else slots
        alone = [slot for slot in needed if not _in_shift(slot, plant)]
        if alone:
            yield f"{block.batch} {block.stage} has nobody there at {local_text(alone[0])}"


def _ambient(blocks: Sequence[Block], plant: Plant, weather: Weather | None) -> Iterator[str]:
    stages = {stage.name: stage for stage in plant.stages}
    for block in blocks:
        stage = stages.get(block.stage)
        if stage is None or stage.ambient is None or weather is None:
            continue
        slots = list(_slots(block.start, block.end, plant))
        inside = indoor_conditions(
            plant.indoor, weather, np.array([to_datetime64(slot) for slot in slots])
        )
        for slot, celsius, humidity in zip(
            slots, inside.temperature_c, inside.humidity_pct, strict=True
        ):
            limits = stage.ambient
            if (
                (limits.max_c is not None and celsius > limits.max_c)
                or (limits.min_c is not None and celsius < limits.min_c)
                or (limits.max_humidity_pct is not None and humidity > limits.max_humidity_pct)
            ):
                yield (
                    f"{block.batch} {block.stage} runs at {celsius:.1f} °C and {humidity:.0f} % "
                    f"at {local_text(slot)}"
                )
                break


def _power(
    blocks: Sequence[Block], plant: Plant, around: Around, site: SiteFlows | None
) -> Iterator[str]:
    own, before = _drawn_kw(blocks, plant), _drawn_kw(around.carried, plant)
    battery = _battery_kw(site)
    drawn = {
        slot: kw + before[slot] + battery[slot]
        for slot, kw in own.items()
        if kw > 0 or battery[slot] > _KW_TOLERANCE
    }
    slots = sorted(drawn)
    limits = plant.contracted_at(
        around.contract.tariff,
        np.array([to_datetime64(slot) for slot in slots], dtype="datetime64[s]"),
        around.contract.contracted_kw,
    )
    most = around.contract.exceed_up_to_kw
    for slot, contracted in zip(slots, limits, strict=True):
        limit = contracted if most is None else max(most, contracted)
        base = _base_kw(slot, plant)
        if drawn[slot] + base > limit + _KW_TOLERANCE:
            yield (
                f"{drawn[slot]:g} kW and {base:g} kW of base load at {local_text(slot)}, "
                f"above {limit:g} kW"
            )


def _battery_kw(site: SiteFlows | None) -> dict[datetime, float]:
    """What the battery draws, less what it gives, by slot."""
    net: dict[datetime, float] = defaultdict(float)
    if site is not None:
        for slot, kw in zip(_site_slots(site), site.charge_kw - site.discharge_kw, strict=True):
            net[slot] = float(kw)
    return net


def _site_slots(site: SiteFlows) -> list[datetime]:
    first = datetime.fromisoformat(f"{site.start[0]}+00:00")
    return [first + timedelta(seconds=site.resolution_s * at) for at in range(site.start.size)]


def _own_energy(
    blocks: Sequence[Block], plant: Plant, around: Around, site: SiteFlows | None
) -> Iterator[str]:
    if site is None:
        return
    if plant.pv is None and plant.battery is None:
        yield "PV or a battery is at work that the plant does not have"
        return
    slots = _site_slots(site)
    instants = np.array([to_datetime64(slot) for slot in slots])
    sun = np.full(len(slots), np.nan)
    if around.weather is not None and around.weather.start.size:
        sun = at_slots(around.weather.start, around.weather.radiation_w_m2, instants)
    pv_kw = np.zeros(len(slots)) if plant.pv is None else plant.pv.kw(instants, sun)
    drawn, before = _drawn_kw(blocks, plant), _drawn_kw(around.carried, plant)
    for at, slot in enumerate(slots):
        flows = (site.charge_kw[at], site.discharge_kw[at], site.pv_kw[at], site.fed_in_kw[at])
        if min(flows) < -_KW_TOLERANCE or site.pv_kw[at] > pv_kw[at] + _KW_TOLERANCE:
            yield f"PV or battery flow the wrong way, or more than the sun, at {local_text(slot)}"
        bought = drawn[slot] + before[slot] + _base_kw(slot, plant) + site.bought_more_kw[at]
        if bought < -_KW_TOLERANCE:
            yield f"{-bought:g} kW leave the site unseen at {local_text(slot)}"
        if plant.battery is None and max(flows[:2]) > _KW_TOLERANCE:
            yield f"a battery is at work that the plant does not have at {local_text(slot)}"
    if plant.battery is not None:
        yield from _battery(site, plant.battery, around)


def _battery(site: SiteFlows, battery: Battery, around: Around) -> Iterator[str]:
    stored = battery.start_kwh if around.stored_kwh is None else around.stored_kwh
    hours, way = site.resolution_s / 3600, battery.efficiency**0.5
    for at, slot in enumerate(_site_slots(site)):
        charge, discharge, told = site.charge_kw[at], site.discharge_kw[at], site.stored_kwh[at]
        stored += hours * (charge * way - discharge / way)
        if max(charge, discharge) > battery.kw + _KW_TOLERANCE:
            yield f"the battery charges or discharges too fast at {local_text(slot)}"
        if min(charge, discharge) > 1e-3:
            yield f"the battery charges and discharges at once at {local_text(slot)}"
        if not -1e-4 <= stored <= battery.kwh + 1e-4:
            yield f"the battery holds {stored:g} kWh after {local_text(slot)}"
        if abs(told - stored) > 1e-3:
            yield f"the battery holds {stored:g} kWh after {local_text(slot)}, not {told:g}"
    if stored < battery.start_kwh - 1e-4:
        yield (
            f"the battery ends with {stored:g} kWh, below the {battery.start_kwh:g} it has to hold"
        )


def _drawn_kw(blocks: Sequence[Block], plant: Plant) -> dict[datetime, float]:
    drawn: dict[datetime, float] = defaultdict(float)
    for block in blocks:
        at = block.start
        for minutes, kw in block.phases:
            phase_end = at + timedelta(minutes=minutes)
            for slot in _slots(at, phase_end, plant):
                drawn[slot] += kw
            at = phase_end
    return drawn


def missed(
    blocks: Sequence[Block], carried: Sequence[Block], demands: Sequence[Demand]
) -> Iterator[str]:
    """What of ``demands`` the runs ``blocks`` and ``carried`` do not make, or not in time."""
    begun: dict[str, datetime] = {}
    done: dict[str, datetime] = {}
    grade: dict[str, str] = {}
    for block in blocks:
        grade[block.batch] = block.grade
        begun[block.batch] = min(block.start, begun.get(block.batch, block.start))
        done[block.batch] = max(block.end, done.get(block.batch, block.end))
    under_way = {block.batch for block in carried}
    for block in sorted(carried, key=lambda block: block.start):
        grade[block.batch] = block.grade
        begun.setdefault(block.batch, block.start)
        done[block.batch] = block.end
    units = [demand for demand in demands for _ in range(demand.batches)]
    made, wanted = Counter(grade.values()), Counter(unit.grade for unit in units)
    for name in sorted({*made, *wanted}):
        if made[name] != wanted[name]:
            yield f"{made[name]} batches of {name} are made, {wanted[name]} are in demand"
    fits = [
        [
            batch
            for batch in grade
            if grade[batch] == unit.grade
            and batch in begun
            and batch in done
            and (unit.earliest is None or begun[batch] >= unit.earliest)
            and (unit.penalty_eur_h is not None or done[batch] <= unit.due or batch in under_way)
        ]
        for unit in units
    ]
    unmet = Counter(units[at].name for at in _unmatched(fits))
    for name, count in unmet.items():
        yield f"{count} batches of {name} are not made in time"


def _names(blocks: Sequence[Block], carried: Sequence[Block]) -> Iterator[str]:
    for batch in sorted({block.batch for block in blocks} & {block.batch for block in carried}):
        yield f"{batch} names a batch begun before and a new one"


def _unmatched(fits: Sequence[Sequence[str]]) -> list[int]:
    """Units left over when every batch serves at most one unit (augmenting paths)."""
    serves: dict[str, int] = {}

    def place(unit: int, tried: set[str]) -> bool:
        for batch in fits[unit]:
            if batch in tried:
                continue
            tried.add(batch)
            if batch not in serves or place(serves[batch], tried):
                serves[batch] = unit
                return True
        return False

    return [unit for unit in range(len(fits)) if not place(unit, set())]


def _slots(start: datetime, end: datetime, plant: Plant) -> Iterator[datetime]:
    while start < end:
        yield start
        start += timedelta(minutes=plant.slot_min)


def _in_shift(slot: datetime, plant: Plant) -> bool:
    wall = slot.astimezone(MADRID)
    weekday, minute = wall.weekday(), _minute(slot)
    return (
        _inside(minute, plant.shifts.get(weekday, ()))
        and not _inside(minute, plant.breaks.get(weekday, ()))
        and not plant.holidays.on(wall.date())
    )


def _base_kw(slot: datetime, plant: Plant) -> float:
    return sum(load.kw for load in plant.base_load if _is_on(load, slot))


def _is_on(load: BaseLoad, slot: datetime) -> bool:
    wall = slot.astimezone(MADRID)
    return (
        _inside(_minute(slot), load.hours)
        and (load.months is None or wall.month in load.months)
        and (load.weekdays is None or wall.weekday() in load.weekdays)
    )


def _inside(minute: int, spans: Sequence[Hours]) -> bool:
    return any(span.start_min <= minute < span.end_min for span in spans)


def _minute(slot: datetime) -> int:
    wall = slot.astimezone(MADRID)
    return wall.hour * 60 + wall.minute
