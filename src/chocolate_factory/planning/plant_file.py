"""The plant file as a user writes it: its schema, and what in it contradicts what.

Every key, unit and rule is described in ``docs/plant-file.md``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from chocolate_factory.market.documents import Problem
from chocolate_factory.market.tariff import falling_power

EVERY_GRADE = "all"
"""Key under ``phases`` that stands for every grade without phases of its own."""

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

QUARTER_MIN = 15
DAY_MIN = 24 * 60

_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_LABEL = r"^[A-Za-z0-9][A-Za-z0-9 _.-]*$"


def _span(text: Any) -> tuple[int, int]:
    """``06:00-14:00`` as minutes after local midnight, [from, to)."""
    match = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"write hours like 06:00-14:00, not {text!r}")
    from_hour, from_min, to_hour, to_min = (int(part) for part in match.groups())
    start, end = 60 * from_hour + from_min, 60 * to_hour + to_min
    if max(from_min, to_min) >= 60 or end > DAY_MIN:
        raise ValueError(f"{text} is not on the clock (00:00 to 24:00)")
    if end <= start:
        raise ValueError(f"{text} ends before it begins; split a night at midnight (24:00)")
    return start, end


Span = Annotated[tuple[int, int], BeforeValidator(_span)]
PhaseRow = tuple[Annotated[int, Field(gt=0)], Annotated[float, Field(ge=0)]]
Label = Annotated[str, Field(pattern=_LABEL, max_length=40)]
Kw = Annotated[float, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class StagePart(_Part):
    """One production step: which machines do it, for how long, at what power."""

    name: Label
    machine: Label
    count: Annotated[int, Field(ge=1, le=64)]
    staffed: Literal["throughout", "start", "never"]
    phases: dict[str, Annotated[list[PhaseRow], Field(min_length=1)]]
    max_hold_min: Annotated[int, Field(ge=0)] = 0


class BaseLoadPart(_Part):
    """Power drawn whatever is produced."""

    name: Label
    kw: Kw
    hours: Annotated[list[Span], Field(min_length=1)]


class ContractedPart(_Part):
    """Contracted power of the six periods [kW]."""

    P1: Kw
    P2: Kw
    P3: Kw
    P4: Kw
    P5: Kw
    P6: Kw


class PlantFile(_Part):
    """The whole file."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    slot_min: Annotated[int, Field(ge=1)]
    batch_kg: Annotated[float, Field(gt=0)]
    grades: Annotated[list[Label], Field(min_length=1)]
    stages: Annotated[list[StagePart], Field(min_length=1)]
    shifts: dict[Weekday, list[Span]]
    contracted_kw: ContractedPart
    base_load: list[BaseLoadPart]


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
    for position, stage in enumerate(plant.stages):
        yield from _stage(plant, stage, ("stages", position))
    if plant.stages[-1].max_hold_min:
        yield (
            ("stages", len(plant.stages) - 1, "max_hold_min"),
            ("nothing follows the last stage: leave it out"),
        )
    yield from _shifts(plant)
    yield from _power(plant)


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


def _stage(plant: PlantFile, stage: StagePart, place: tuple[int | str, ...]) -> Iterator[Problem]:
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
            yield from _power_of_phase(plant, stage, kw, here)
    if EVERY_GRADE not in stage.phases:
        for grade in plant.grades:
            if grade not in stage.phases:
                yield (*place, "phases"), f"no phases for {grade}"
    yield from _multiple(plant, stage.max_hold_min, (*place, "max_hold_min"), "the wait allowed")


def _multiple(
    plant: PlantFile, minutes: int, place: tuple[int | str, ...], what: str
) -> Iterator[Problem]:
    if minutes % plant.slot_min:
        yield (
            place,
            (
                f"{minutes} min is not a whole number of {plant.slot_min}-minute slots: write "
                f"{what} in whole slots, with the mean kW over it"
            ),
        )


def _power_of_phase(
    plant: PlantFile, stage: StagePart, kw: float, place: tuple[int | str, ...]
) -> Iterator[Problem]:
    highest = max(plant.contracted_kw.model_dump().values())
    if kw <= highest:
        return
    question = f" Is it in watts? Then write {kw / 1000:g}." if 0 < kw / 1000 <= highest else ""
    yield (
        place,
        (
            f"one {stage.machine} draws {kw:,.10g} kW, more than the highest contracted power "
            f"({highest:g} kW).{question}"
        ),
    )


def _shifts(plant: PlantFile) -> Iterator[Problem]:
    for day, spans in plant.shifts.items():
        for position, (start, end) in enumerate(spans):
            place = ("shifts", day, position)
            if start % plant.slot_min or end % plant.slot_min:
                yield place, f"begins or ends inside a {plant.slot_min}-minute slot"
            if any(start < b and a < end for a, b in spans[:position]):
                yield place, "overlaps an earlier shift of the day"
    needs_staff = [stage.name for stage in plant.stages if stage.staffed != "never"]
    if needs_staff and not any(plant.shifts.values()):
        yield ("shifts",), f"nobody is ever there, and {', '.join(needs_staff)} need somebody"


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
        (sum(load.kw for load in plant.base_load if _on(load, minute)), minute)
        for minute in range(0, DAY_MIN, QUARTER_MIN)
    )
    if peak[0] > max(contracted):
        yield (
            ("base_load",),
            (
                f"{peak[0]:g} kW at {peak[1] // 60:02d}:{peak[1] % 60:02d}, more than the highest "
                f"contracted power ({max(contracted):g} kW)"
            ),
        )


def _on(load: BaseLoadPart, minute: int) -> bool:
    return any(start <= minute < end for start, end in load.hours)
