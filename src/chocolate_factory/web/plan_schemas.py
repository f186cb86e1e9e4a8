"""What is answered and asked about the plan in force, its proposal, reports and pins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chocolate_factory.web.answer import Answer
from chocolate_factory.web.question import Asked, Instant, Number
from chocolate_factory.web.schemas import Block, PlanAnswer

_START = "2026-11-25T14:00:00+01:00"
_END = "2026-11-25T19:00:00+01:00"
_PLAN_ID = "20261125T2300Z-20261125T201000000000Z-5f0c6f"
_EVENT_ID = "block-started-20261125T130112123456Z-1b2c3d4e"


class InForce(Answer):
    """The plan that is carried out."""

    plan_id: str = Field(examples=[_PLAN_ID])
    """What it is called."""
    made_at: datetime = Field(examples=[_START])
    """When it was made."""
    accepted_at: datetime | None = Field(examples=[_START])
    """When it was put in force; null for a plan of before there was such a note."""
    accepted_by: str | None = Field(examples=["token:shift-tablet"])
    """Who put it in force, as the audit log names them: `local`, or `token:` and its name;
    `schedule` for the program, which only adds and moves nothing."""
    event_id: str | None = Field(examples=["plan-accepted-20261125T201000000000Z-5f0c6f2b"])
    """The note that says so, for `POST /plan/undo`."""
    plan: PlanAnswer
    """The plan; its blocks are at the times that were reported, where they were."""


class MovedBlock(Answer):
    """A block that the proposal begins at another time."""

    before: Block
    """As the plan in force has it."""
    after: Block
    """As proposed."""


class ProposalAnswer(Answer):
    """A plan proposed in the place of the one in force."""

    plan_id: str = Field(examples=[_PLAN_ID])
    """What to accept: `POST /plan/accept`."""
    proposed_at: datetime = Field(examples=[_START])
    """When it was proposed."""
    event_id: str = Field(examples=["plan-proposed-20261125T201000000000Z-5f0c6f2b"])
    """The note that says so; `POST /plan/undo` of it dismisses the proposal."""
    reason: str = Field(examples=["saves 12.40 €"])
    """Why it is proposed."""
    before_eur: float | None = Field(examples=[402.1])
    """What the plan in force costs at the same prices, for the same batches [EUR]; null if it
    cannot be kept."""
    after_eur: float = Field(examples=[389.7])
    """What the proposal costs [EUR]."""
    saving_eur: float | None = Field(examples=[12.4])
    """The difference [EUR]; 0 or less where it is proposed because the plan in force may well cost
    more than the habit."""
    moved: tuple[MovedBlock, ...]
    """Blocks at another time, in order of time."""
    added: tuple[Block, ...]
    """Blocks that the plan in force does not have."""
    removed: tuple[Block, ...]
    """Blocks that the proposal does not have."""
    plan: PlanAnswer
    """The proposed plan."""


class ReportAnswer(Answer):
    """A block that was reported."""

    event_id: str = Field(examples=[_EVENT_ID])
    """The note, for `POST /plan/undo`."""
    noted_at: datetime = Field(examples=[_START])
    """When it was reported."""
    by: str = Field(examples=["token:shift-tablet"])
    """Who reported it, as the audit log names them."""
    batch: str = Field(examples=["standard-03"])
    """Batch of the plan in force."""
    stage: str = Field(examples=["conching"])
    """Stage of the recipe."""
    machine: str | None = Field(examples=["conche-1"])
    """Machine; null as planned."""
    start: datetime = Field(examples=[_START])
    """When it began."""
    end: datetime | None = Field(examples=[_END])
    """When it ended; null if nobody said."""
    energy_kwh: float | None = Field(examples=[92.4])
    """What it took [kWh]; null if nobody said."""


class PinAnswer(Answer):
    """A batch that was told when to begin."""

    event_id: str = Field(examples=["batch-pinned-20261125T130112123456Z-1b2c3d4e"])
    """The note, for `POST /plan/undo`."""
    noted_at: datetime = Field(examples=[_START])
    """When it was pinned."""
    by: str = Field(examples=["token:shift-tablet"])
    """Who pinned it, as the audit log names them."""
    batch: str = Field(examples=["standard-03"])
    """What the batch was called then; in later plans see `pinned` there."""
    grade: str = Field(examples=["standard"])
    """What is made."""
    starts: tuple[datetime, ...] = Field(examples=[[_START]])
    """When each stage begins, in the order of the recipe."""


class StandingAnswer(Answer):
    """What holds now."""

    as_of: datetime = Field(examples=[_START])
    """Instant whose knowledge this shows."""
    in_force: InForce | None
    """The plan that is carried out; null if there is none."""
    proposal: ProposalAnswer | None
    """The plan proposed in its place, until it would begin; null if there is none. It can be
    accepted as long as that changes nothing that begins within half the freeze."""
    reports: tuple[ReportAnswer, ...]
    """What was told of the blocks of the plan in force, oldest first."""
    pins: tuple[PinAnswer, ...]
    """Batches that were told when to begin and have not begun, oldest first."""


class HourOff(Answer):
    """The batch an hour earlier or later, all else where it is."""

    difference_eur: float | None = Field(examples=[0.36])
    """What the whole plan would cost more [EUR]: electricity, late orders, excess power, PV and
    battery. Null beyond the plan, and where PV and battery leave no way or it is too soon for
    them."""
    limits: tuple[str, ...] = Field(examples=[["conching: 3 machines at once, there are 2"]])
    """What is in the way, in the language that `Content-Language` names: English where one of them
    has no known form; empty if it could be there."""


class WhyAnswer(Answer):
    """Why a batch is where it is."""

    as_of: datetime = Field(examples=[_START])
    """Instant whose knowledge this uses."""
    batch: str = Field(examples=["standard-03"])
    """Batch of the plan in force."""
    begin: datetime = Field(examples=[_START])
    """When its first stage begins."""
    due: datetime | None = Field(examples=[_END])
    """By when it has to be done; null if it is for no order."""
    cost_eur: float = Field(examples=[15.9])
    """What it costs where it is, at the prices the plan was made with [EUR]."""
    hour_earlier: HourOff
    """An hour earlier."""
    hour_later: HourOff
    """An hour later."""
    other_places: int | None = Field(examples=[41])
    """At how many instants it could begin instead; null if `unweighed`."""
    cheapest_begin: datetime | None = Field(examples=[_START])
    """The cheapest of them; its own if none is cheaper; null if `unweighed`."""
    cheapest_eur: float | None = Field(examples=[15.9])
    """What it would cost there, with what else of the plan would cost more [EUR]; null if
    `unweighed`."""
    published: bool = Field(examples=[False])
    """Whether every price under it is published."""
    stays_best: float | None = Field(examples=[0.84])
    """Share of the price paths on which no other place is cheaper; null if it begins too soon to be
    moved, or if `unweighed`."""
    unweighed: str | None = Field(examples=[None])
    """Why other places are not weighed, in English: with PV or a battery. Null if they are."""


class ToldAnswer(Answer):
    """What was noted, and what holds after it."""

    event_id: str = Field(examples=[_EVENT_ID])
    """The note that was kept; `POST /plan/undo` takes it back."""
    standing: StandingAnswer
    """What holds now that it is noted."""


_Name = Annotated[str, Field(min_length=1, max_length=120)]


class AcceptAsked(Asked):
    """Which plan to put in force."""

    plan_id: _Name = Field(examples=[_PLAN_ID])
    """The proposal's."""


class StartedAsked(Asked):
    """How a block went."""

    batch: _Name = Field(examples=["standard-03"])
    """Batch of the plan in force."""
    stage: _Name = Field(examples=["conching"])
    """Stage of the recipe."""
    start: Instant = Field(examples=[_START])
    """When it began, with offset."""
    machine: _Name | None = Field(None, examples=["conche-1"])
    """Machine; left out if as planned."""
    end: Instant | None = Field(None, examples=[_END])
    """When it ended, with offset; left out while it runs."""
    energy_kwh: Annotated[Number, Field(ge=0)] | None = Field(None, examples=[92.4])
    """What it took [kWh]; left out if not measured. Not 0 where the recipe draws power."""


class PinAsked(Asked):
    """Which batch is to begin when."""

    batch: _Name = Field(examples=["standard-03"])
    """Batch of the plan in force."""
    begin: Instant | None = Field(None, examples=[_START])
    """When its first stage is to begin, with offset; left out to keep it where it is."""


class UndoAsked(Asked):
    """What no longer holds: a note, or the pin of a batch. One of the two."""

    event_id: _Name | None = Field(None, examples=[_EVENT_ID])
    """The note to take back."""
    batch: _Name | None = Field(None, examples=[None])
    """Batch of the plan in force that is no longer to be pinned."""
