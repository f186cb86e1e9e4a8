"""What the JSON answers say of the data itself: gaps, feeds, hybrid weather, jobs and their runs.

As in ``schemas``: every instant in Europe/Madrid with its offset, every number with its unit in
its name or its description, intervals half-open.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from chocolate_factory.web.answer import Answer
from chocolate_factory.web.question import Asked, Day

SeverityName = Literal["minor", "moderate", "critical"]
RunState = Literal[
    "running",
    "done",
    "nothing-due",
    "not-published",
    "failed",
    "rejected",
    "timed-out",
    "interrupted",
]

_START = "2026-11-25T14:00:00+01:00"
_RUN = "gap-repair-1795611600000"


class Gap(Answer):
    """Neighbouring delivery periods that are due and not stored, [start, end)."""

    start: datetime = Field(examples=[_START])
    """Start of the first missing delivery period."""
    end: datetime = Field(examples=["2026-11-25T18:00:00+01:00"])
    """End of the last one (not included)."""
    missing: int = Field(ge=1, examples=[4])
    """Missing delivery periods."""
    length_h: float = Field(gt=0, examples=[4.0])
    """From start to end [h]."""
    severity: SeverityName = Field(examples=["moderate"])
    """Minor up to 2 h, moderate up to 12 h, critical above."""


class Severities(Answer):
    """How many gaps there are of each severity."""

    minor: int = Field(ge=0, examples=[2])
    """Gaps of up to 2 h."""
    moderate: int = Field(ge=0, examples=[1])
    """Gaps of more than 2 h, up to 12 h."""
    critical: int = Field(ge=0, examples=[0])
    """Gaps of more than 12 h."""


class SeriesGaps(Answer):
    """What is missing of one series in the days looked at."""

    series: str = Field(examples=["temperature"])
    """Series name."""
    place: str = Field(examples=["linares"])
    """Where it is measured."""
    first: date = Field(examples=["2026-11-11"])
    """First Madrid day looked at."""
    last: date = Field(examples=["2026-11-26"])
    """Last Madrid day looked at (included)."""
    expected: int = Field(ge=0, examples=[350])
    """Delivery periods that were due."""
    present: int = Field(ge=0, examples=[346])
    """Those of them that are stored."""
    missing_h: float = Field(ge=0, examples=[4.0])
    """Hours without a value: the lengths of its gaps together [h]."""
    since: datetime | None = Field(examples=[_START])
    """Start of its oldest gap; null if it has none."""
    severity: SeverityName | None = Field(examples=["moderate"])
    """That of its worst gap; null if it has none."""
    totals: Severities
    """Its gaps by severity."""
    feeds: tuple[str, ...] = Field(examples=[["open-meteo-forecast", "open-meteo-archive"]])
    """Feeds that could repair it, the one asked first in front."""
    gaps: tuple[Gap, ...]
    """Its gaps, in order of time."""


class GapAnswer(Answer):
    """What is missing in the watched series."""

    as_of: datetime = Field(examples=["2026-11-25T20:00:00+01:00"])
    """Instant whose knowledge this shows."""
    complete: bool = Field(examples=[False])
    """True if nothing that is due is missing."""
    missing_h: float = Field(ge=0, examples=[4.0])
    """Hours without a value, of all series together [h]."""
    since: datetime | None = Field(examples=[_START])
    """Start of the oldest gap; null if there is none."""
    totals: Severities
    """Gaps by severity."""
    series: tuple[SeriesGaps, ...]
    """Every watched series, those without a gap included."""


class HybridReading(Answer):
    """One weather value of an hour, and who said it."""

    series: str = Field(examples=["temperature"])
    """What is measured."""
    place: str = Field(examples=["linares"])
    """Where."""
    value: float = Field(examples=[17.4])
    """Value in `unit`."""
    unit: str = Field(examples=["degC"])
    """Unit of `value`."""
    kind: str = Field(examples=["measured"])
    """How it is known: measured, analysed by a weather model, or forecast."""
    source: str = Field(examples=["aemet"])
    """Who said it."""
    preferred: str = Field(examples=["aemet"])
    """Who is believed first in this hour."""
    fallback: bool = Field(examples=[False])
    """True if the preferred source said nothing and another one speaks."""
    available_at: datetime = Field(examples=["2026-11-25T15:10:00+01:00"])
    """When the value became known."""


class HybridHour(Answer):
    """The weather of one delivery period."""

    start: datetime = Field(examples=[_START])
    """Its start."""
    readings: tuple[HybridReading, ...]
    """One per series of which something is known."""


class HybridAnswer(Answer):
    """Weather from the source that is believed in each hour.

    AEMET's station from 00:00 to 08:00 UTC, OpenWeatherMap from 08:00 to 24:00 UTC, Open-Meteo
    where neither spoke. Values nobody told are absent.
    """

    as_of: datetime = Field(examples=["2026-11-25T20:00:00+01:00"])
    """Instant whose knowledge this shows."""
    start: datetime = Field(examples=["2026-11-24T20:00:00+01:00"])
    """First instant looked at."""
    end: datetime = Field(examples=["2026-11-26T20:00:00+01:00"])
    """End of what was looked at (not included)."""
    hours: tuple[HybridHour, ...]
    """In order of time."""


class FeedState(Answer):
    """How one feed does, from what is stored."""

    feed: str = Field(examples=["aemet-observations"])
    """Endpoint that is asked."""
    source: str = Field(examples=["aemet"])
    """Name its values go by; empty while its key is missing."""
    series: tuple[str, ...] = Field(examples=[["temperature@linares", "humidity@linares"]])
    """What it tells; empty while its key is missing."""
    key_setting: str | None = Field(examples=["CHOCOLATE_FACTORY_AEMET_KEY"])
    """Environment variable that holds its key; null if it needs none."""
    key_present: bool = Field(examples=[True])
    """Whether that is set; true if none is needed."""
    last_delivery: datetime | None = Field(examples=[_START])
    """Newest delivery start it told; null if it told nothing lately."""
    age_s: float | None = Field(examples=[4200.0])
    """Since its last news became known [s]; null if it told nothing lately."""
    next_publication: datetime | None = Field(examples=["2026-11-26T13:00:00+01:00"])
    """When its next values are due; null for what is published all the time."""


class DisagreementState(Answer):
    """Sources that differ about one delivery period."""

    series: str = Field(examples=["spot"])
    """Series name."""
    place: str = Field(examples=["peninsula"])
    """Where."""
    unit: str = Field(examples=["EUR/MWh"])
    """Unit of `values` and `difference`."""
    start: datetime = Field(examples=[_START])
    """Delivery start."""
    values: dict[str, float] = Field(examples=[{"omie": 61.2, "ree": 61.9}])
    """What each source says, in `unit`."""
    difference: float = Field(gt=0, examples=[0.7])
    """Between the largest and the smallest of them, in `unit`."""


class JobRun(Answer):
    """One run of a job: how far it is and how it ended."""

    id: str = Field(examples=[_RUN])
    """Ask for it at `/jobs/{id}`."""
    job: str = Field(examples=["gap-repair"])
    """Name in the schedule, or of work that was asked for."""
    state: RunState = Field(examples=["running"])
    """`failed` is tried again, `rejected` needs a person, `interrupted`: the program ended."""
    detail: str = Field(examples=["ree-prices: days 2026-11-01 to 2026-11-14"])
    """One line for people, in English."""
    done: int = Field(ge=0, examples=[12])
    """Steps done, of `total`."""
    total: int = Field(ge=0, examples=[40])
    """Steps in all; 0 while unknown."""
    counts: dict[str, int] = Field(examples=[{"new": 288, "revised": 0, "requests": 3}])
    """What it counted, by name: values that were new or revised, requests sent."""
    asked: dict[str, str] = Field(examples=[{"from": "2026-11-01", "to": "2026-11-25"}])
    """What was asked for, by name."""
    started: datetime = Field(examples=["2026-11-25T15:40:00+01:00"])
    """When it began."""
    finished: datetime | None = Field(examples=["2026-11-25T15:40:12+01:00"])
    """When it ended; null while it runs."""


class JobRuns(Answer):
    """The newest runs."""

    runs: tuple[JobRun, ...]
    """Newest first."""


class JobState(Answer):
    """How one job of the schedule stands."""

    name: str = Field(examples=["gap-repair"])
    """Name in the schedule."""
    why: str = Field(examples=["finds gaps in every series and asks for them again"])
    """What it is for."""
    when: str = Field(examples=["03:40, 09:40, 15:40, 21:55"])
    """Its times, Madrid clock."""
    next_run: datetime = Field(examples=["2026-11-25T21:55:00+01:00"])
    """Its next time."""
    running: JobRun | None
    """The run under way; null if there is none."""
    overrun: bool = Field(examples=[False])
    """True if the run under way is past its time limit."""
    last: JobRun | None
    """The newest run that ended; null if none is kept."""
    last_done: datetime | None = Field(examples=["2026-11-25T15:40:12+01:00"])
    """When it last ended well; null if no such run is kept."""
    runs_kept: int = Field(ge=0, examples=[112])
    """Newest runs that are counted."""
    failures_kept: int = Field(ge=0, examples=[3])
    """Those of them that failed, timed out, were refused or interrupted."""
    mean_duration_s: float | None = Field(examples=[8.4])
    """How long its runs take on average [s]; null if none ended."""
    time_limit_s: float = Field(gt=0, examples=[3000.0])
    """It has to end within [s]."""


class SchedulerAnswer(Answer):
    """Every job of the schedule."""

    as_of: datetime = Field(examples=["2026-11-25T20:00:00+01:00"])
    """Instant it stands so."""
    jobs: tuple[JobState, ...]
    """In the order of the schedule."""


class BackfillRange(Asked):
    """Which days to ask for again, of which series."""

    first: Day = Field(alias="from", examples=["2026-11-01"])
    """First Madrid day."""
    last: Day = Field(alias="to", examples=["2026-11-25"])
    """Last Madrid day (included), at most ten years after the first."""
    series: str | None = Field(None, examples=["spot@peninsula"])
    """A series by name or by `name@place`; null or absent for all."""
