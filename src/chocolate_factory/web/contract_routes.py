"""The paths about which powers to contract: have it worked out, and read the newest advice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from chocolate_factory.conduct.contracting import ContractAsked, ContractReport
from chocolate_factory.store.base import Run
from chocolate_factory.web import contract_schemas, contract_views, schemas
from chocolate_factory.web.upkeep_routes import BEGUN, begun
from chocolate_factory.web.upkeep_schemas import JobRun

_PROBLEM: dict[str, Any] = {"model": schemas.Problem}
_Replies = dict[int | str, dict[str, Any]]
_UNREADABLE: _Replies = {503: {**_PROBLEM, "description": "The store cannot be read"}}
_BEGUN: _Replies = {
    **BEGUN,
    422: {**_PROBLEM, "description": "What is asked cannot be advised; `detail` says why"},
    **_UNREADABLE,
}


@dataclass(frozen=True, slots=True)
class ContractDesk:
    """What may be asked and told of contracted power; filled in by the composition root.

    Parameters
    ----------
    now
        The present instant, UTC.
    begin
        Have an advice worked out; the run begun, or the same one under way.
    newest
        The result kept last; None if there is none.
    runs
        Runs of advices, newest first, the one under way as it stands.
    """

    now: Callable[[], datetime]
    begin: Callable[[ContractAsked], Run]
    newest: Callable[[], ContractReport | None]
    runs: Callable[[], tuple[Run, ...]]


def contract_routes(desk: ContractDesk) -> APIRouter:
    """Which powers to contract, as JSON, and having it worked out."""
    router = APIRouter(prefix="/optimize")

    @router.get(
        "/contract",
        summary="Which powers to contract: the newest advice",
        tags=["plan"],
        responses=_UNREADABLE,
    )
    def newest() -> contract_schemas.ContractPage:
        """A year by habit and by plan, under today's powers and under the best for each, with what
        it stands on; and the advice under way."""
        return contract_views.page(desk.newest(), desk.runs(), now=desk.now())

    @router.post(
        "/contract",
        summary="Work out which powers to contract",
        tags=["administration"],
        status_code=202,
        response_model=JobRun,
        responses=_BEGUN,
    )
    def begin(
        response: Response,
        body: Annotated[
            contract_schemas.ContractRequest | None,
            Body(description="What to advise on; without it, the last year that is over"),
        ] = None,
    ) -> JobRun:
        """Plan every week of a past year with its prices known and choose the contracted powers
        with the plans. It may take hours; if the program ends meanwhile it goes on where it
        stopped. Asked again while that runs, it answers the run under way."""
        wanted = contract_views.asked(
            body or contract_schemas.ContractRequest.model_validate({}), now=desk.now()
        )
        return begun(desk.begin(wanted), response)

    return router
