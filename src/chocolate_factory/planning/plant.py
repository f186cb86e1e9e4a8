"""The plant: grades, stages, machines, shifts and the power it may draw.

Values read once from a plant file (``docs/plant-file.md``). Wall-clock hours are Europe/Madrid;
slots are given as UTC instants, so days of 23 and 25 hours need no care here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import PlantInvalid
from chocolate_factory.market.calendar import Instants, local_instant, local_wall, weekday
from chocolate_factory.market.documents import read_document
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import Tariff, power_period
from chocolate_factory.planning.plant_file import (
    EVERY_GRADE,
    WEEKDAYS,
    PlantFile,
    StagePart,
    contradictions,
)


class Staffed(StrEnum):
    """When a stage needs an operator."""

    THROUGHOUT = "throughout"
    START = "start"  # to load the machine; it then runs on by itself
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of constant power inside one run of a machine."""

    minutes: int
    kw: float


@dataclass(frozen=True, slots=True)
class Hours:
    """Wall-clock stretch [start_min, end_min), minutes after local midnight."""

    start_min: int
    end_min: int


@dataclass(frozen=True, slots=True)
class Stage:
    """One production step, done by any of ``machines`` identical machines, never interrupted.

    ``phases`` per grade. ``max_hold_min`` [min] is how long a batch may wait after this stage
    before the next one begins.
    """

    name: str
    machine: str
    machines: int
    staffed: Staffed
    phases: Mapping[str, tuple[Phase, ...]]
    max_hold_min: int

    def minutes(self, grade: str) -> int:
        """How long one batch of ``grade`` occupies a machine [min]."""
        return sum(phase.minutes for phase in self.phases[grade])

    def energy_kwh(self, grade: str) -> float:
        """Electricity for one batch of ``grade`` [kWh]."""
        return sum(phase.minutes / 60 * phase.kw for phase in self.phases[grade])

    def slot_kw(self, grade: str, slot_min: int) -> Floats:
        """Power in each slot of one run [kW], shape (slots of the run,)."""
        phases = self.phases[grade]
        return np.repeat(
            np.array([phase.kw for phase in phases]),
            [phase.minutes // slot_min for phase in phases],
        )


@dataclass(frozen=True, slots=True)
class BaseLoad:
    """Power drawn in these hours of every day whatever is produced [kW]."""

    name: str
    kw: float
    hours: tuple[Hours, ...]


@dataclass(frozen=True, slots=True)
class Plant:
    """A factory that makes batches of ``batch_kg`` through ``stages`` in order.

    ``shifts`` by weekday (Monday 0 … Sunday 6); ``contracted_kw`` for P1 … P6.
    """

    name: str
    slot_min: int
    batch_kg: float
    grades: tuple[str, ...]
    stages: tuple[Stage, ...]
    shifts: Mapping[int, tuple[Hours, ...]]
    contracted_kw: tuple[float, ...]
    base_load: tuple[BaseLoad, ...]

    @property
    def slot(self) -> timedelta:
        """Length of a planning slot."""
        return timedelta(minutes=self.slot_min)

    def batch_minutes(self, grade: str) -> int:
        """Time from first start to last end of one batch if it never waits [min]."""
        return sum(stage.minutes(grade) for stage in self.stages)

    def staffed(self, slots: Instants) -> NDArray[np.bool_]:
        """Whether operators are there during each slot; ``slots`` are UTC starts, shape (n,)."""
        wall = local_wall(slots)
        days, minutes = weekday(wall.astype("datetime64[D]")), _minute_of_day(wall)
        there = np.zeros(slots.shape, dtype=bool)
        for day, shifts in self.shifts.items():
            there |= (days == day) & _within(minutes, shifts)
        return there

    def base_kw(self, slots: Instants) -> Floats:
        """Base load in each slot [kW]; ``slots`` are UTC starts, shape (n,)."""
        minutes = _minute_of_day(local_wall(slots))
        total = np.zeros(slots.shape)
        for load in self.base_load:
            total += np.where(_within(minutes, load.hours), load.kw, 0.0)
        return total

    def contracted_at(
        self, tariff: Tariff, slots: Instants, contracted_kw: Sequence[float] | None = None
    ) -> Floats:
        """Contracted power in each slot [kW]; ``slots`` are UTC starts, shape (n,).

        ``contracted_kw``: those of a contract, P1 first, for the power periods of its ``tariff``.
        Without them the plant's own six hold, in six periods whatever the ``tariff``.
        """
        if contracted_kw is not None:
            return np.array(contracted_kw)[power_period(tariff, slots) - 1]
        own = Tariff.TD30 if tariff is Tariff.TD20 else tariff
        return np.array(self.contracted_kw)[power_period(own, slots) - 1]

    def first_shift(self, day: date) -> datetime:
        """Start (UTC) of the first shift on or after ``day``; its midnight if there are none."""
        for ahead in range(len(WEEKDAYS)):
            shifts = self.shifts.get((day.weekday() + ahead) % len(WEEKDAYS), ())
            if shifts:
                minute = min(hours.start_min for hours in shifts)
                return local_instant(day + timedelta(days=ahead), time(minute // 60, minute % 60))
        return local_instant(day, time())


def parse_plant(text: str, *, name: str) -> Plant:
    """The plant of a plant file; ``name`` is how errors call the file.

    Raises ``PlantInvalid`` with every problem as ``line N: field: reason``.
    """
    file = read_document(
        text, PlantFile, name=name, error=PlantInvalid, contradictions=contradictions
    )
    return Plant(
        name=file.name,
        slot_min=file.slot_min,
        batch_kg=file.batch_kg,
        grades=tuple(file.grades),
        stages=tuple(_stage(part, file.grades) for part in file.stages),
        shifts={
            WEEKDAYS.index(day): tuple(Hours(*span) for span in sorted(spans))
            for day, spans in file.shifts.items()
        },
        contracted_kw=tuple(file.contracted_kw.model_dump().values()),
        base_load=tuple(
            BaseLoad(part.name, part.kw, tuple(Hours(*span) for span in part.hours))
            for part in file.base_load
        ),
    )


def _stage(part: StagePart, grades: Sequence[str]) -> Stage:
    rows = {grade: part.phases.get(grade) or part.phases[EVERY_GRADE] for grade in grades}
    return Stage(
        name=part.name,
        machine=part.machine,
        machines=part.count,
        staffed=Staffed(part.staffed),
        phases={
            grade: tuple(Phase(minutes, kw) for minutes, kw in phases)
            for grade, phases in rows.items()
        },
        max_hold_min=part.max_hold_min,
    )


def _minute_of_day(wall: Instants) -> NDArray[np.int64]:
    minutes: NDArray[np.int64] = (
        (wall - wall.astype("datetime64[D]")).astype("timedelta64[m]").astype(np.int64)
    )
    return minutes


def _within(minutes: NDArray[np.int64], spans: Sequence[Hours]) -> NDArray[np.bool_]:
    inside = np.zeros(minutes.shape, dtype=bool)
    for span in spans:
        inside |= (minutes >= span.start_min) & (minutes < span.end_min)
    return inside
