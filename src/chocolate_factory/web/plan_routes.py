"""The paths about the plan in force: what is proposed, accepted, started, pinned and undone.

Those that note something are guarded by ``guard.Guard``, which stands before every route.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from chocolate_factory.conduct import Told
from chocolate_factory.conduct.what_if import Outcome, Variant
from chocolate_factory.errors import RequestInvalid
from chocolate_factory.planning.reported_starts import Report
from chocolate_factory.planning.why_there import Why
from chocolate_factory.standing import Standing
from chocolate_factory.store.tokens import Role
from chocolate_factory.web import (
    callers,
    panel_schemas,
    plan_schemas,
    plan_views,
    schemas,
    what_if_schemas,
    what_if_views,
)
from chocolate_factory.web.callers import Access
from chocolate_factory.web.routes import InLanguage
from chocolate_factory.web.wording import WORDS

_PROBLEM: dict[str, Any] = {"model": schemas.Problem}
_UNREADABLE: dict[int | str, dict[str, Any]] = {
    503: {**_PROBLEM, "description": "The store cannot be read, or a price is missing"}
}
_REPLIES: dict[int | str, dict[str, Any]] = {
    **_UNREADABLE,
    404: {**_PROBLEM, "description": "The plan in force has no such thing; says what it has"},
    409: {**_PROBLEM, "description": "Not as things stand, or too late; `detail` says why"},
    422: {**_PROBLEM, "description": "What is told cannot be; `detail` says why"},
}
_INFEASIBLE: dict[int | str, dict[str, Any]] = {
    409: {
        **_PROBLEM,
        "description": "Not as things stand, or it cannot begin then; `reasons` say what is in the "
        "way",
    }
}


@dataclass(frozen=True, slots=True)
class PlanDesk:
    """What may be asked and told of plans; filled in by the composition root.

    What is told is told by somebody, who is named last.

    Parameters
    ----------
    now
        The present instant, UTC.
    standing
        What holds now.
    accept
        Put the plan of that id in force.
    started
        Note how a block went.
    pin
        Have a batch begin at an instant (None: where it is).
    undo
        Take a note back.
    unpin
        Take the pin of a batch back.
    what_if
        Compare variants; nothing is stored.
    why
        Why a batch of the plan in force is where it is.
    """

    now: Callable[[], datetime]
    standing: Callable[[], Standing]
    accept: Callable[[str, str], Told]
    started: Callable[[Report, str], Told]
    pin: Callable[[str, datetime | None, str], Told]
    undo: Callable[[str, str], Told]
    unpin: Callable[[str, str], Told]
    what_if: Callable[[Sequence[Variant]], tuple[Outcome, ...]]
    why: Callable[[str], Why]


def rights_routes(access: Access) -> APIRouter:
    """What the caller may do, so that a page offers nothing that would be refused."""
    router = APIRouter(tags=["operation"])

    @router.get("/access", summary="What the caller may do", responses=_UNREADABLE)
    def rights(request: Request) -> panel_schemas.Rights:
        """Judged as the guard judges what changes something: by where the request comes from and
        the token it brings. A right told here is checked again when it is used."""
        compute, role = callers.rights(request.scope, access)
        return panel_schemas.Rights(
            compute=compute,
            plan=role is not None and role.covers(Role.PLANNER),
            administer=role is not None and role.covers(Role.ADMIN),
        )

    return router


def plan_routes(desk: PlanDesk) -> APIRouter:
    """What holds of plans, and what people tell of them."""
    router = APIRouter(tags=["plan"])

    def answered(told: Told) -> plan_schemas.ToldAnswer:
        return plan_schemas.ToldAnswer(
            event_id=told.event_id,
            standing=plan_views.standing(told.standing, as_of=desk.now()),
        )

    @router.get("/plan", summary="The plan in force and what is proposed", responses=_UNREADABLE)
    def plan() -> plan_schemas.StandingAnswer:
        """The plan that is carried out, as it went so far; the one proposed in its place with
        every difference and what it is worth; what was reported and what is pinned."""
        return plan_views.standing(desk.standing(), as_of=desk.now())

    @router.get("/plan/why", summary="Why a batch is where it is", responses=_REPLIES)
    def why(
        language: InLanguage,
        response: Response,
        batch: Annotated[
            str,
            Query(
                min_length=1, max_length=120, examples=["standard-03"],
                description="A batch of the plan in force that has not begun.",
            ),
        ],
    ) -> plan_schemas.WhyAnswer:  # fmt: skip
        """What it costs there and an hour earlier and later, what is in the way, whether its prices
        are published, and on how many price paths no other place is cheaper, all else staying where
        it is. Other places are those still open: after the freeze from now."""
        told, spoken = plan_views.why(desk.why(batch), WORDS[language], as_of=desk.now())
        response.headers["Content-Language"] = spoken
        return told

    @router.post("/plan/accept", summary="Put the proposed plan in force", responses=_REPLIES)
    def accept(request: Request, body: plan_schemas.AcceptAsked) -> plan_schemas.ToldAnswer:
        """Work begun stays as it is. Accepting the same plan again changes nothing. It can be
        undone until the plan begins. Neither is possible once it would change what begins within
        half the freeze from now: then plan anew."""
        return answered(desk.accept(body.plan_id, request.state.who))

    @router.post("/plan/started", summary="Report that a block has begun", responses=_REPLIES)
    def started(request: Request, body: plan_schemas.StartedAsked) -> plan_schemas.ToldAnswer:
        """When it began and, if known, when it ended and what it took. What follows it is put off
        where it must be. Without a report the plan's own times count. Refused where it cannot
        have been: another batch was reported on that machine and was not done, or the stage ahead
        of it was not."""
        return answered(
            desk.started(
                Report(
                    batch=body.batch,
                    stage=body.stage,
                    start=body.start,
                    end=body.end,
                    machine=body.machine,
                    energy_kwh=body.energy_kwh,
                ),
                request.state.who,
            )
        )

    @router.post(
        "/plan/pin", summary="Have a batch begin at a time", responses=_REPLIES | _INFEASIBLE
    )
    def pin(request: Request, body: plan_schemas.PinAsked) -> plan_schemas.ToldAnswer:
        """The batch begins then in this and every later plan, until it is undone. The others stay
        where they are if they can, else they are planned anew; the plan with it is in force."""
        return answered(desk.pin(body.batch, body.begin, request.state.who))

    @router.post("/plan/undo", summary="Take back what was told", responses=_REPLIES)
    def undo(request: Request, body: plan_schemas.UndoAsked) -> plan_schemas.ToldAnswer:
        """An acceptance until its plan begins, a proposal, a report while its batch is in the plan
        in force, a pin until its batch begins. Nothing is deleted: that it was taken back is noted
        too."""
        if body.event_id is not None and body.batch is None:
            return answered(desk.undo(body.event_id, request.state.who))
        if body.batch is not None and body.event_id is None:
            return answered(desk.unpin(body.batch, request.state.who))
        raise RequestInvalid("say what to take back: either `event_id` or `batch`")

    return router


def computation_routes(desk: PlanDesk) -> APIRouter:
    """What is computed and stored nowhere: open to the local network."""
    router = APIRouter(tags=["computation"])

    @router.post(
        "/optimize/production/what-if",
        summary="What it would cost otherwise",
        responses={
            **_UNREADABLE,
            404: {**_PROBLEM, "description": "The plan in force has no such batch to move"},
            409: {**_PROBLEM, "description": "There is no plan of which a batch could be moved"},
            422: {**_PROBLEM, "description": "A variant that does not fit; `detail` says why"},
        },
    )
    def what_if(
        body: what_if_schemas.WhatIfAsked, language: InLanguage, response: Response
    ) -> what_if_schemas.WhatIfAnswer:
        """Another contract, contracted power, shift, machine count, order mix or whole plant, each
        planned anew over the coming days from the same prices; or a batch of the plan in force at
        another time. One comparison at a time; a plan that is not proven in time says its gap."""
        rows = desk.what_if([what_if_views.variant(asked) for asked in body.variants])
        told, spoken = what_if_views.answer(rows, WORDS[language], as_of=desk.now())
        response.headers["Content-Language"] = spoken
        return told

    return router
