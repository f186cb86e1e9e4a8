"""The dashboard, what a supervisor asks, and the description of the interface.

Each answer reads stored values once and draws or lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from chocolate_factory.web import schemas, views
from chocolate_factory.web.asked import Reads
from chocolate_factory.web.frame import PROBLEM_JSON
from chocolate_factory.web.pages import Pages
from chocolate_factory.web.problems import NOT_READY, problem
from chocolate_factory.web.texts import Language
from chocolate_factory.web.wording import preferred

HTML_PATHS = frozenset({"/dashboard", "/docs", "/models/backtest", "/setup"})
"""Paths whose errors are told as a page to readers of HTML."""

_PROBLEM: dict[str, Any] = {"model": schemas.Problem}
_UNAVAILABLE: dict[int | str, dict[str, Any]] = {
    503: {**_PROBLEM, "description": "Needed data is not stored, or the store cannot be read"},
}
_UNKNOWN_LANGUAGE: dict[int | str, dict[str, Any]] = {
    422: {**_PROBLEM, "description": "A parameter that is not understood"},
}


def language_of(
    request: Request,
    lang: Annotated[
        Language | None,
        Query(description="Language of the texts; without it, `Accept-Language` decides"),
    ] = None,
) -> Language:
    """The reader's language: ``?lang=``, else ``Accept-Language``, else English."""
    return preferred(lang, request.headers.get("accept-language", ""))


InLanguage = Annotated[Language, Depends(language_of)]


def dashboard_routes(reads: Reads, pages: Pages) -> APIRouter:
    """The dashboard as a page and as JSON."""
    router = APIRouter(tags=["dashboard"])

    @router.get("/", include_in_schema=False)
    def home() -> RedirectResponse:
        return RedirectResponse("/dashboard")

    @router.get(
        "/dashboard",
        summary="The dashboard",
        response_class=HTMLResponse,
        responses=_UNAVAILABLE | _UNKNOWN_LANGUAGE,
    )
    def dashboard(language: InLanguage) -> HTMLResponse:
        """One page for people: prices, cheap hours, plan, outlook, data health."""
        shown = views.dashboard(reads.snapshot(), reads.upkeep(), reads.review())
        return page(pages.dashboard(shown, language), language)

    @router.get("/dashboard/complete", summary="Everything on the page", responses=_UNAVAILABLE)
    def complete() -> schemas.Dashboard:
        """All that the dashboard shows, in one object."""
        return views.dashboard(reads.snapshot(), reads.upkeep(), reads.review())

    @router.get(
        "/dashboard/heatmap",
        summary="The week by day and hour",
        responses=_UNAVAILABLE,
    )
    def heatmap() -> schemas.Heatmap | None:
        """What a kWh costs in each hour of seven days; null while no price is known."""
        return views.heatmap(reads.snapshot())

    return router


def operation_routes(reads: Reads, version: str) -> APIRouter:
    """What a supervisor asks."""
    router = APIRouter(tags=["operation"])

    @router.get("/health", summary="Is the process alive")
    def health() -> schemas.Health:
        """Answers as long as the process does; says nothing about its data."""
        return schemas.Health(status="ok")

    @router.get(
        "/ready",
        summary="Is it of use",
        response_model=schemas.Ready,
        responses={503: {**_PROBLEM, "description": "Something is missing; `reasons` say what"}},
    )
    def ready(request: Request) -> Response | schemas.Ready:
        """Whether the store can be read and holds something to show."""
        reasons = reads.ready()
        if not reasons:
            return schemas.Ready(status="ready")
        told = problem(
            NOT_READY,
            "; ".join(reasons),
            path=request.url.path,
            request_id=request.state.request_id,
            reasons=list(reasons),
        )
        return Response(told.model_dump_json(), told.status, media_type=PROBLEM_JSON)

    @router.get("/version", summary="Which program answers")
    def program_version() -> schemas.Version:
        """Name and version of the program."""
        return schemas.Version(name="chocolate-factory", version=version)

    return router


def interface_routes(openapi: Callable[[], dict[str, Any]], pages: Pages) -> APIRouter:
    """The description of this interface, for people."""
    router = APIRouter()

    @router.get("/docs", include_in_schema=False)
    def docs(language: InLanguage) -> HTMLResponse:
        return page(pages.interface(openapi(), language), language)

    return router


def page(html: str, language: Language, *, status: int = 200) -> HTMLResponse:
    """An HTML answer that says which language it is in."""
    return HTMLResponse(
        html, status, headers={"Content-Language": language, "Vary": "Accept-Language"}
    )
