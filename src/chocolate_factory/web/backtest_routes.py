"""The paths about how good the models are: begin a backtest, and read what the last one says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from fastapi.responses import HTMLResponse

from chocolate_factory.oversight import BacktestAsked, BacktestReport
from chocolate_factory.store.base import Run
from chocolate_factory.web import backtest_schemas, backtest_views, schemas
from chocolate_factory.web.pages import Pages
from chocolate_factory.web.routes import InLanguage, page
from chocolate_factory.web.upkeep_routes import BEGUN, begun
from chocolate_factory.web.upkeep_schemas import JobRun

_PROBLEM: dict[str, Any] = {"model": schemas.Problem}
_Replies = dict[int | str, dict[str, Any]]
_UNREADABLE: _Replies = {503: {**_PROBLEM, "description": "The store cannot be read"}}
_UNKNOWN_LANGUAGE: _Replies = {
    422: {**_PROBLEM, "description": "A parameter that is not understood"}
}
_BEGUN: _Replies = {
    **BEGUN,
    422: {**_PROBLEM, "description": "What is asked cannot be measured; `detail` says why"},
    503: {**_PROBLEM, "description": "The library of a model is not installed, or no store"},
}


@dataclass(frozen=True, slots=True)
class BacktestDesk:
    """What may be asked and told of backtests; filled in by the composition root.

    Parameters
    ----------
    now
        The present instant, UTC.
    begin
        Have a backtest run; the run begun, or the same one under way.
    newest
        The result kept last; None if there is none.
    runs
        Runs of backtests, newest first, the one under way as it stands.
    """

    now: Callable[[], datetime]
    begin: Callable[[BacktestAsked], Run]
    newest: Callable[[], BacktestReport | None]
    runs: Callable[[], tuple[Run, ...]]


def backtest_routes(desk: BacktestDesk, pages: Pages) -> APIRouter:
    """How good the models are, as a page and as JSON, and having it measured."""
    router = APIRouter(tags=["models"])

    def shown() -> backtest_schemas.BacktestPage:
        return backtest_views.page(desk.newest(), desk.runs(), now=desk.now())

    @router.get(
        "/models/backtest",
        summary="How good the models are",
        response_class=HTMLResponse,
        responses=_UNREADABLE | _UNKNOWN_LANGUAGE,
    )
    def backtest_page(language: InLanguage) -> HTMLResponse:
        """The newest backtest for people: errors with intervals, by lead day and hour, coverage,
        and which models differ."""
        return page(pages.backtest(shown(), language), language)

    @router.get("/models/backtest/complete", summary="The newest backtest", responses=_UNREADABLE)
    def complete() -> backtest_schemas.BacktestPage:
        """Everything on the page, and the backtest under way."""
        return shown()

    @router.post(
        "/models/validate",
        summary="Measure the models on past days",
        status_code=202,
        response_model=JobRun,
        responses=_BEGUN,
    )
    def validate(
        response: Response,
        body: Annotated[
            backtest_schemas.BacktestRequest | None,
            Body(description="What to measure; without it, PVPC over the last 90 days"),
        ] = None,
    ) -> JobRun:
        """Forecast from every past origin as it would have been then, and compare with what came.
        It may take minutes to hours; if the program ends meanwhile it goes on where it stopped.
        Asked again while that runs, it answers the run under way."""
        asked = backtest_views.asked(
            body or backtest_schemas.BacktestRequest.model_validate({}), now=desk.now()
        )
        return begun(desk.begin(asked), response)

    return router
