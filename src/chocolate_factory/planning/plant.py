"""The plant: grades, stages, machines, shifts and the power it may draw.

Values read once from a plant file (``docs/plant-file.md``). Wall-clock hours are Europe/Madrid;
slots are given as UTC instants, so days of 23 and 25 hours need no care here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from chocolate_factory.errors import PlantInvalid
from chocolate_factory.market.calendar import Instants, local_instant
from chocolate_factory.market.documents import read_document
from chocolate_factory.market.series import Floats
from chocolate_factory.market.tariff import Tariff, power_period
from chocolate_factory.planning.contradictions import contradictions
from chocolate_factory.planning.equipment import (
    AmbientLimits,
    BaseLoad,
    Battery,
    Holidays,
    Hours,
    IndoorModel,
    Maintenance,
    Photovoltaics,
    Tank,
    present,
)
from chocolate_factory.planning.plant_file import (
    EVERY_GRADE,
    WEEKDAYS,
    BaseLoadPart,
    PlantFile,
    StagePart,
    WeeklySpans,
)

MOST_DAYS_OFF = 31
"""How far ahead a first shift is looked for."""


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
class Stage:
    """One production step, done by any of ``machines`` identical machines, never interrupted.

    ``phases`` per grade; none for a grade that skips the stage. ``max_hold_min`` [min] is how long
    a batch may wait after this stage before its next one begins, and ``tank`` where it may wait
    longer. Between two runs of a machine lie at least ``cleaning_min``, or ``changeover_min`` if
    the next run is of another grade, and then ``min_idle_min``.
    """

    name: str
    machine: str
    machines: int
    staffed: Staffed
    phases: Mapping[str, tuple[Phase, ...]]
    max_hold_min: int
    cleaning_min: int = 0
    changeover_min: int = 0
    min_idle_min: int = 0
    tank: Tank | None = None
    ambient: AmbientLimits | None = None

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
            np.array([phase.kw for phase in phases], dtype=np.float64),
            [phase.minutes // slot_min for phase in phases],
        )

    @property
    def rest_min(self) -> int:
        """Least time between two runs of one grade on a machine [min]."""
        return self.cleaning_min + self.min_idle_min

    @property
    def change_min(self) -> int:
        """Least time between two runs of different grades on a machine [min]."""
        return max(self.changeover_min, self.cleaning_min) + self.min_idle_min

    @property
    def longest_wait_min(self) -> int:
        """How long a batch may wait after this stage at all [min]."""
        return self.max_hold_min + (0 if self.tank is None else self.tank.max_hold_min)


@dataclass(frozen=True, slots=True)
class Plant:
    """A factory that makes batches of ``batch_kg`` (one weight, or by grade) through ``stages``.

    ``shifts`` and ``breaks`` by weekday (Monday 0 … Sunday 6); ``contracted_kw`` for P1 … P6;
    ``surplus_eur_kwh`` is paid for what PV and battery feed into the grid; ``overtime_eur_h`` is
    what an hour outside the shifts costs, if it is known.
    """

    name: str
    slot_min: int
    batch_kg: float | Mapping[str, float]
    grades: tuple[str, ...]
    stages: tuple[Stage, ...]
    shifts: Mapping[int, tuple[Hours, ...]]
    contracted_kw: tuple[float, ...]
    base_load: tuple[BaseLoad, ...]
    breaks: Mapping[int, tuple[Hours, ...]] = field(default_factory=dict)
    holidays: Holidays = Holidays()  # noqa: RUF009  (frozen)
    maintenance: tuple[Maintenance, ...] = ()
    indoor: IndoorModel | None = None
    pv: Photovoltaics | None = None
    battery: Battery | None = None
    surplus_eur_kwh: float = 0.0
    overtime_eur_h: float | None = None

    @property
    def slot(self) -> timedelta:
        """Length of a planning slot."""
        return timedelta(minutes=self.slot_min)

    def kg(self, grade: str) -> float:
        """What one batch of ``grade`` weighs [kg]."""
        return self.batch_kg[grade] if isinstance(self.batch_kg, Mapping) else self.batch_kg

    def route(self, grade: str) -> tuple[int, ...]:
        """Numbers of the stages that a batch of ``grade`` passes, in order."""
        return tuple(at for at, stage in enumerate(self.stages) if stage.phases[grade])

    def batch_minutes(self, grade: str) -> int:
        """Time from first start to last end of one batch if it never waits [min]."""
        return sum(stage.minutes(grade) for stage in self.stages)

    def staffed(self, slots: Instants) -> NDArray[np.bool_]:
        """Whether operators are there during each slot; ``slots`` are UTC starts, shape (n,)."""
        return present(slots, tuple(self.shifts.items()), tuple(self.breaks.items()), self.holidays)

    def base_kw(self, slots: Instants) -> Floats:
        """Base load in each slot [kW]; ``slots`` are UTC starts, shape (n,)."""
        total = np.zeros(slots.shape)
        for load in self.base_load:
            total += load.drawn_kw(slots)
        return total

    def contracted_at(
        self, tariff: Tariff, slots: Instants, contracted_kw: Sequence[float] | None = None
    ) -> Floats:
        """Contracted power in each slot [kW]; ``slots`` are UTC starts, shape (n,).

        ``contracted_kw``: those of a contract; see ``contracted``.
        """
        own, powers = self.contracted(tariff, contracted_kw)
        return np.array(powers)[power_period(own, slots) - 1]

    def contracted(
        self, tariff: Tariff, contracted_kw: Sequence[float] | None = None
    ) -> tuple[Tariff, tuple[float, ...]]:
        """Contracted powers that hold [kW], P1 first, and whose power periods they are for.

        ``contracted_kw``: those of a contract of ``tariff``. Without them the plant's own six hold,
        in six periods whatever the ``tariff``.
        """
        if contracted_kw is not None:
            return tariff, tuple(contracted_kw)
        return Tariff.TD30 if tariff is Tariff.TD20 else tariff, self.contracted_kw

    def first_shift(self, day: date) -> datetime:
        """Start (UTC) of the first shift on or after ``day``; its midnight if there are none."""
        for ahead in range(MOST_DAYS_OFF):
            there = day + timedelta(days=ahead)
            shifts = self.shifts.get(there.weekday(), ())
            if shifts and not self.holidays.on(there):
                minute = min(hours.start_min for hours in shifts)
                return local_instant(there, time(minute // 60, minute % 60))
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
        shifts=_weekly(file.shifts),
        contracted_kw=tuple(file.contracted_kw.model_dump().values()),
        base_load=tuple(_base_load(part) for part in file.base_load),
        breaks=_weekly(file.breaks),
        holidays=Holidays(file.holidays.national, tuple(sorted(file.holidays.days))),
        maintenance=tuple(
            Maintenance(
                part.stage, part.machines, part.start.astimezone(UTC), part.end.astimezone(UTC)
            )
            for part in sorted(file.maintenance, key=lambda part: part.start)
        ),
        indoor=None if file.indoor is None else IndoorModel(**file.indoor.model_dump()),
        pv=None
        if file.pv is None
        else Photovoltaics(
            file.pv.kwp,
            file.pv.performance,
            None if file.pv.profile_kw is None else tuple(file.pv.profile_kw),
        ),
        battery=None if file.battery is None else Battery(**file.battery.model_dump()),
        surplus_eur_kwh=file.surplus_eur_kwh,
        overtime_eur_h=file.overtime_eur_h,
    )


def _stage(part: StagePart, grades: Sequence[str]) -> Stage:
    rows = {grade: part.phases.get(grade, part.phases.get(EVERY_GRADE, [])) for grade in grades}
    tank, ambient = part.tank, part.ambient
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
        cleaning_min=part.cleaning_min,
        changeover_min=part.changeover_min,
        min_idle_min=part.min_idle_min,
        tank=None if tank is None or tank.batches == 0 else Tank(**tank.model_dump()),
        ambient=None if ambient is None else AmbientLimits(**ambient.model_dump()),
    )


def _weekly(spans: WeeklySpans) -> dict[int, tuple[Hours, ...]]:
    return {
        WEEKDAYS.index(day): tuple(Hours(*span) for span in sorted(own))
        for day, own in spans.items()
    }


def _base_load(part: BaseLoadPart) -> BaseLoad:
    return BaseLoad(
        part.name,
        part.kw,
        tuple(Hours(*span) for span in part.hours),
        None if part.months is None else frozenset(part.months),
        None if part.weekdays is None else frozenset(WEEKDAYS.index(day) for day in part.weekdays),
    )
