"""The plant file as a user writes it: the shape from which its JSON Schema is made.

Every key, unit and rule is described in ``docs/plant-file.md``; what contradicts what is in
``planning.contradictions``.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

EVERY_GRADE = "all"
"""Key under ``phases`` that stands for every grade without phases of its own."""

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

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


def _instant(value: Any) -> Any:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(
            f"write an instant like 2025-11-20T14:00:00+01:00, not {value!r}"
        ) from None
    if isinstance(instant, datetime) and instant.tzinfo is None:
        raise ValueError(f"{value} has no offset: write it with one, like +01:00, or with Z")
    return instant


Span = Annotated[
    tuple[int, int],
    BeforeValidator(_span),
    WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d-\d\d:\d\d$"}),
]
WeeklySpans = dict[Weekday, list[Span]]
Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]
PhaseRow = tuple[Annotated[int, Field(gt=0)], Annotated[float, Field(ge=0)]]
Label = Annotated[str, Field(pattern=_LABEL, max_length=40)]
Kw = Annotated[float, Field(ge=0)]
Minutes = Annotated[int, Field(ge=0)]
Weight = Annotated[float, Field(gt=0)]
Degrees = Annotated[float, Field(ge=-60, le=80)]
Share = Annotated[float, Field(ge=0, le=1)]
Percent = Annotated[float, Field(ge=0, le=100)]


class Part(BaseModel):
    """A part of a file: unknown keys are errors, and so are infinities."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TankPart(Part):
    """Where batches wait once the hold of the stage is used up."""

    name: Label
    batches: Annotated[int, Field(ge=0, le=1000, description="Room for so many; 0: no tank.")]
    max_hold_min: Minutes
    kw: Annotated[float, Field(ge=0, description="Drawn by each batch that waits [kW].")]


class AmbientPart(Part):
    """Indoor conditions in which the stage may run."""

    max_c: Degrees | None = None
    min_c: Degrees | None = None
    max_humidity_pct: Percent | None = None


class StagePart(Part):
    """One production step: which machines do it, for how long, at what power."""

    name: Label
    machine: Label
    count: Annotated[int, Field(ge=1, le=64, description="Identical machines.")]
    staffed: Literal["throughout", "start", "never"]
    phases: Annotated[
        dict[str, list[PhaseRow]],
        Field(description="[minutes, kW] by grade, or `all`; [] for a grade that skips it."),
    ]
    max_hold_min: Annotated[
        int, Field(ge=0, description="Longest wait before the next stage [min].")
    ] = 0
    cleaning_min: Annotated[int, Field(ge=0, description="After every run [min].")] = 0
    changeover_min: Annotated[
        int, Field(ge=0, description="In place of cleaning before another grade [min].")
    ] = 0
    min_idle_min: Annotated[int, Field(ge=0, description="Rest before the next run [min].")] = 0
    tank: TankPart | None = None
    ambient: AmbientPart | None = None


class BaseLoadPart(Part):
    """Power drawn whatever is produced."""

    name: Label
    kw: Kw
    hours: Annotated[list[Span], Field(min_length=1)]
    months: Annotated[list[Annotated[int, Field(ge=1, le=12)]] | None, Field(min_length=1)] = None
    weekdays: Annotated[list[Weekday] | None, Field(min_length=1)] = None


class ContractedPart(Part):
    """Contracted power of the six periods [kW]."""

    P1: Kw
    P2: Kw
    P3: Kw
    P4: Kw
    P5: Kw
    P6: Kw


class HolidaysPart(Part):
    """Days without shifts."""

    national: Annotated[bool, Field(description="The national holidays, Good Friday too.")] = False
    days: list[date] = Field(default_factory=list)


class MaintenancePart(Part):
    """Machines of a stage that are out of use over [from, to)."""

    stage: str
    machines: Annotated[int, Field(ge=1)] = 1
    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")


class IndoorPart(Part):
    """How the temperature of the hall follows the weather."""

    base_c: Annotated[float, Field(ge=-60, le=80, description="Where the hall stays by itself.")]
    outdoor_share: Annotated[float, Field(ge=0, le=1, description="Share of the weather inside.")]
    lag_h: Annotated[float, Field(ge=0, le=96, description="Time constant of the walls [h].")] = 0.0
    heat_c: Annotated[float, Field(ge=-30, le=30, description="Added by machines [°C].")] = 0.0


class PvPart(Part):
    """Solar panels: a yield per radiation forecast, or a given daily profile."""

    kwp: Annotated[float, Field(gt=0)]
    performance: Annotated[float | None, Field(gt=0, le=1)] = None
    profile_kw: Annotated[list[Kw] | None, Field(min_length=24, max_length=24)] = None


class BatteryPart(Part):
    """A battery: what it stores, how fast, and what comes back."""

    kwh: Annotated[float, Field(gt=0)]
    kw: Annotated[float, Field(gt=0)]
    efficiency: Annotated[float, Field(gt=0, le=1, description="What comes back of a kWh.")]
    start_kwh: Annotated[float, Field(ge=0)] = 0.0


class PlantFile(Part):
    """The whole file."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    slot_min: Annotated[int, Field(ge=1)]
    batch_kg: Weight | dict[str, Weight]
    grades: Annotated[list[Label], Field(min_length=1)]
    stages: Annotated[list[StagePart], Field(min_length=1)]
    shifts: WeeklySpans
    breaks: WeeklySpans = Field(default_factory=dict)
    holidays: HolidaysPart = HolidaysPart()
    maintenance: list[MaintenancePart] = Field(default_factory=list)
    indoor: IndoorPart | None = None
    contracted_kw: ContractedPart
    base_load: list[BaseLoadPart]
    pv: PvPart | None = None
    battery: BatteryPart | None = None
    surplus_eur_kwh: Annotated[float, Field(ge=0, le=10)] = 0.0
    overtime_eur_h: Annotated[float | None, Field(ge=0)] = None


def plant_schema() -> dict[str, Any]:
    """The JSON Schema of a plant file, for editors and other programs."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "chocolate-factory plant file",
        **{k: v for k, v in PlantFile.model_json_schema(by_alias=True).items() if k != "title"},
    }
