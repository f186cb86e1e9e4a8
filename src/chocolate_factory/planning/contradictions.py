"""What in a plant file of the right shape cannot be meant, with its place and a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from chocolate_factory.market.documents import Problem
from chocolate_factory.market.tariff import falling_power
from chocolate_factory.planning.plant_file import (
    DAY_MIN,
    EVERY_GRADE,
    WEEKDAYS,
    BaseLoadPart,
    BatteryPart,
    PlantFile,
    StagePart,
    WeeklySpans,
)

Place = tuple[int | str, ...]

QUARTER_MIN = 15
LONGEST_RUN_MIN = 14 * DAY_MIN
FAR_ABOVE = 20
"""Contracted power this many times what the whole plant can draw is taken for a mistake, and so are
panels and a battery this many times the contracted power."""
LONGEST_FILL_H = 100
"""A battery that takes longer to fill is taken for a mistake."""


def contradictions(plant: PlantFile) -> Iterator[Problem]:
    """What in a file of the right shape cannot be meant, with its place."""
    if QUARTER_MIN % plant.slot_min:
        yield (
            ("slot_min",),
            (
                f"{plant.slot_min} min does not divide a quarter-hour, the unit of price and "
                "power: write 15, 5, 3 or 1"
            ),
        )
    yield from _repeated(plant)
    yield from _weights(plant)
    for position, stage in enumerate(plant.stages):
        yield from _stage(plant, stage, ("stages", position))
        yield from _between_runs(plant, stage, ("stages", position))
        yield from _ambient(plant, stage, ("stages", position))
    yield from _last_stage(plant)
    yield from _presence(plant)
    yield from _maintenance(plant)
    yield from _power(plant)
    yield from _own_energy(plant)


def _repeated(plant: PlantFile) -> Iterator[Problem]:
    for grade, count in Counter(plant.grades).items():
        if count > 1 or grade == EVERY_GRADE:
            yield ("grades",), f"{grade!r} {'stands twice' if count > 1 else 'is a reserved word'}"
    for field in ("name", "machine"):
        seen: set[str] = set()
        for position, stage in enumerate(plant.stages):
            label = getattr(stage, field)
            if label in seen:
                yield ("stages", position, field), f"{label!r} is already another stage's"
            seen.add(label)
    names = {stage.name for stage in plant.stages}
    for position, stage in enumerate(plant.stages):
        if stage.tank is not None:
            if stage.tank.name in names:
                yield (
                    ("stages", position, "tank", "name"),
                    (f"{stage.tank.name!r} is already a stage's or another tank's"),
                )
            names.add(stage.tank.name)


def _weights(plant: PlantFile) -> Iterator[Problem]:
    if not isinstance(plant.batch_kg, dict):
        return
    for grade in plant.batch_kg:
        if grade not in plant.grades:
            yield ("batch_kg", grade), f"unknown grade; the plant makes {', '.join(plant.grades)}"
    for grade in plant.grades:
        if grade not in plant.batch_kg:
            yield ("batch_kg",), f"no weight for {grade}"


def _stage(plant: PlantFile, stage: StagePart, place: Place) -> Iterator[Problem]:
    for grade, phases in stage.phases.items():
        if grade not in (*plant.grades, EVERY_GRADE):
            yield (
                (*place, "phases", grade),
                (
                    f"unknown grade; the plant makes {', '.join(plant.grades)} "
                    f"(or write {EVERY_GRADE!r} for every grade)"
                ),
            )
        for number, (minutes, kw) in enumerate(phases):
            here = (*place, "phases", grade, number)
            yield from _multiple(plant, minutes, here, "the time the machine is occupied")
            yield from _power_drawn(plant, f"one {stage.machine}", kw, here)
        total = sum(minutes for minutes, _ in phases)
        yield from _too_long(total, LONGEST_RUN_MIN, (*place, "phases", grade))
    if EVERY_GRADE not in stage.phases:
        for grade in plant.grades:
            if grade not in stage.phases:
                yield (
                    (*place, "phases"),
                    f"no phases for {grade}; write `{grade}: []` if it skips this stage",
                )
    rows = [stage.phases.get(grade, stage.phases.get(EVERY_GRADE)) for grade in plant.grades]
    if not any(rows) and None not in rows:
        yield (*place, "phases"), "no grade uses this stage: leave it out"
    yield from _multiple(plant, stage.max_hold_min, (*place, "max_hold_min"), "the wait allowed")


def _between_runs(plant: PlantFile, stage: StagePart, place: Place) -> Iterator[Problem]:
    for field in ("cleaning_min", "changeover_min", "min_idle_min"):
        yield from _multiple(plant, getattr(stage, field), (*place, field), "it")
        yield from _too_long(getattr(stage, field), DAY_MIN, (*place, field))
    if 0 < stage.changeover_min < stage.cleaning_min:
        yield (
            (*place, "changeover_min"),
            f"is shorter than cleaning_min ({stage.cleaning_min} min), in whose place it stands",
        )
    yield from _too_long(stage.max_hold_min, LONGEST_RUN_MIN, (*place, "max_hold_min"))
    if stage.tank is not None:
        here = (*place, "tank", "max_hold_min")
        yield from _multiple(plant, stage.tank.max_hold_min, here, "the wait allowed")
        yield from _too_long(stage.tank.max_hold_min, LONGEST_RUN_MIN, here)
        waiting = f"each batch in the {stage.tank.name}"
        yield from _power_drawn(plant, waiting, stage.tank.kw, (*place, "tank", "kw"))
        if stage.tank.batches and not stage.tank.max_hold_min:
            yield (*place, "tank", "max_hold_min"), "nothing may wait in this tank: leave it out"


def _ambient(plant: PlantFile, stage: StagePart, place: Place) -> Iterator[Problem]:
    limits = stage.ambient
    if limits is None:
        return
    if plant.indoor is None:
        yield (*place, "ambient"), "needs `indoor`: how the hall follows the weather"
    if limits.max_c is None and limits.min_c is None and limits.max_humidity_pct is None:
        yield (*place, "ambient"), "limits nothing: leave it out"
    if limits.max_c is not None and limits.min_c is not None and limits.min_c >= limits.max_c:
        yield (*place, "ambient", "min_c"), "is not below max_c: the stage could never run"


def _multiple(plant: PlantFile, minutes: int, place: Place, what: str) -> Iterator[Problem]:
    if minutes % plant.slot_min:
        yield (
            place,
            (
                f"{minutes} min is not a whole number of {plant.slot_min}-minute slots: write "
                f"{what} in whole slots"
                + (", with the mean kW over it" if what.startswith("the time") else "")
            ),
        )


def _too_long(minutes: int, most: int, place: Place) -> Iterator[Problem]:
    if minutes > most:
        yield (
            place,
            f"{minutes:,} min are {minutes / DAY_MIN:.3g} days, more than the {most // DAY_MIN:g} "
            f"that can be meant. Is it in seconds? Then write {minutes / 60:g} min.",
        )


def _power_drawn(plant: PlantFile, what: str, kw: float, place: Place) -> Iterator[Problem]:
    highest = _highest_kw(plant)
    if kw > highest:
        yield (
            place,
            (
                f"{what} draws {kw:,.10g} kW, more than the highest contracted power "
                f"({highest:g} kW).{_in_watts(kw, highest)}"
            ),
        )


def _highest_kw(plant: PlantFile) -> float:
    return float(max(plant.contracted_kw.model_dump().values()))


def _in_watts(kw: float, highest: float) -> str:
    return f" Is it in watts? Then write {kw / 1000:g}." if 0 < kw / 1000 <= highest else ""


def _last_stage(plant: PlantFile) -> Iterator[Problem]:
    place = ("stages", len(plant.stages) - 1)
    if plant.stages[-1].max_hold_min:
        yield (*place, "max_hold_min"), "nothing follows the last stage: leave it out"
    if plant.stages[-1].tank is not None:
        yield (*place, "tank"), "nothing follows the last stage: leave it out"
    for grade in plant.grades:
        rows = [
            stage.phases.get(grade, stage.phases.get(EVERY_GRADE, [])) for stage in plant.stages
        ]
        if not any(rows):
            yield ("grades",), f"{grade} passes no stage"


def _presence(plant: PlantFile) -> Iterator[Problem]:
    yield from _spans(plant, plant.shifts, "shifts", "shift")
    yield from _spans(plant, plant.breaks, "breaks", "break")
    for day, spans in plant.breaks.items():
        for position, (start, end) in enumerate(spans):
            if not any(a < end and start < b for a, b in plant.shifts.get(day, [])):
                yield ("breaks", day, position), "lies in no shift"
    needs_staff = [stage.name for stage in plant.stages if stage.staffed != "never"]
    if needs_staff and not any(plant.shifts.values()):
        yield ("shifts",), f"nobody is ever there, and {', '.join(needs_staff)} need somebody"
    for holiday, count in Counter(plant.holidays.days).items():
        if count > 1:
            yield ("holidays", "days"), f"{holiday} stands twice"


def _spans(plant: PlantFile, weekly: WeeklySpans, field: str, what: str) -> Iterator[Problem]:
    for day, spans in weekly.items():
        for position, (start, end) in enumerate(spans):
            place = (field, day, position)
            if start % plant.slot_min or end % plant.slot_min:
                yield place, f"begins or ends inside a {plant.slot_min}-minute slot"
            if any(start < b and a < end for a, b in spans[:position]):
                yield place, f"overlaps an earlier {what} of the day"


def _maintenance(plant: PlantFile) -> Iterator[Problem]:
    counts: Mapping[str, int] = {stage.name: stage.count for stage in plant.stages}
    for position, part in enumerate(plant.maintenance):
        place = ("maintenance", position)
        if part.stage not in counts:
            yield (*place, "stage"), f"unknown stage; there are {', '.join(counts)}"
        elif part.machines > counts[part.stage]:
            yield (*place, "machines"), f"{part.stage} has only {counts[part.stage]}"
        if part.end <= part.start:
            yield (*place, "to"), "is not after `from`"
        for field, instant in (("from", part.start), ("to", part.end)):
            if _off_grid(instant, plant.slot_min):
                yield (*place, field), f"lies inside a {plant.slot_min}-minute slot"
        for number, other in enumerate(plant.maintenance[:position], start=1):
            if other.stage == part.stage and other.start < part.end and part.start < other.end:
                yield (
                    place,
                    f"overlaps maintenance {number} of {part.stage}: write one after the other, "
                    "with the machines out of use in each",
                )


def _off_grid(instant: datetime, slot_min: int) -> bool:
    midnight = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    return bool((instant - midnight) % timedelta(minutes=slot_min))


def _power(plant: PlantFile) -> Iterator[Problem]:
    contracted = list(plant.contracted_kw.model_dump().values())
    falls = falling_power(contracted)
    if falls is not None:
        yield ("contracted_kw",), falls
    for number, load in enumerate(plant.base_load):
        for position, (start, end) in enumerate(load.hours):
            if start % plant.slot_min or end % plant.slot_min:
                yield (
                    ("base_load", number, "hours", position),
                    (f"begins or ends inside a {plant.slot_min}-minute slot"),
                )
    peak = max(
        (sum(load.kw for load in plant.base_load if _on(load, month, day, minute)), minute)
        for month in range(1, 13)
        for day in WEEKDAYS
        for minute in range(0, DAY_MIN, QUARTER_MIN)
    )
    if peak[0] > max(contracted):
        yield (
            ("base_load",),
            (
                f"{peak[0]:g} kW at {peak[1] // 60:02d}:{peak[1] % 60:02d}, more than the highest "
                f"contracted power ({max(contracted):g} kW).{_in_watts(peak[0], max(contracted))}"
            ),
        )
    most = peak[0] + sum(
        stage.count * max((kw for rows in stage.phases.values() for _, kw in rows), default=0.0)
        for stage in plant.stages
    )
    if most and min(contracted) > FAR_ABOVE * most:
        yield (
            ("contracted_kw",),
            f"{min(contracted):,.10g} kW are contracted, and everything at once draws {most:g} kW. "
            f"Is it in watts? Then write {min(contracted) / 1000:g}.",
        )


def _on(load: BaseLoadPart, month: int, day: str, minute: int) -> bool:
    return (
        (load.months is None or month in load.months)
        and (load.weekdays is None or day in load.weekdays)
        and any(start <= minute < end for start, end in load.hours)
    )


def _own_energy(plant: PlantFile) -> Iterator[Problem]:
    if plant.pv is not None:
        given = [field for field in ("performance", "profile_kw") if getattr(plant.pv, field)]
        if len(given) != 1:
            yield ("pv",), "give either `performance` (with a radiation forecast) or `profile_kw`"
        if plant.pv.profile_kw is not None and max(plant.pv.profile_kw) > plant.pv.kwp:
            yield ("pv", "profile_kw"), f"goes above {plant.pv.kwp:g} kWp"
        yield from _far_above(plant, plant.pv.kwp, "kWp", ("pv", "kwp"))
    if plant.battery is not None:
        yield from _battery(plant, plant.battery)
    if plant.surplus_eur_kwh and plant.pv is None and plant.battery is None:
        yield ("surplus_eur_kwh",), "there is no `pv` or `battery` to feed anything in"


def _battery(plant: PlantFile, battery: BatteryPart) -> Iterator[Problem]:
    yield from _far_above(plant, battery.kw, "kW", ("battery", "kw"))
    kw = min(battery.kw, _highest_kw(plant))
    if battery.kwh > LONGEST_FILL_H * kw > 0:
        yield (
            ("battery", "kwh"),
            f"{battery.kwh:,.10g} kWh take {battery.kwh / kw:,.0f} h to fill at {kw:g} kW. "
            f"Is it in watt-hours? Then write {battery.kwh / 1000:g}.",
        )
    if battery.start_kwh > battery.kwh:
        yield ("battery", "start_kwh"), f"is more than it holds ({battery.kwh:g} kWh)"


def _far_above(plant: PlantFile, kw: float, unit: str, place: Place) -> Iterator[Problem]:
    highest = _highest_kw(plant)
    if kw > FAR_ABOVE * highest > 0:
        yield (
            place,
            f"{kw:,.10g} {unit}, more than {FAR_ABOVE} times the highest contracted power "
            f"({highest:g} kW). Is it in watts? Then write {kw / 1000:g}.",
        )
