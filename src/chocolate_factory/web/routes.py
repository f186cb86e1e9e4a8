"""The dashboard, what a supervisor asks, and the description of the interface.

Each answer reads stored values once and draws or lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    StreamingResponse,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from chocolate_factory.errors import RequestInvalid
from chocolate_factory.web import alert_views, callers, schemas, views
from chocolate_factory.web.asked import Alerts, Reads
from chocolate_factory.web.frame import PROBLEM_JSON
from chocolate_factory.web.kept import Kept, reply
from chocolate_factory.web.live import EVENT_NAMES, Live
from chocolate_factory.web.pages import Pages
from chocolate_factory.web.problems import NOT_READY, problem
from chocolate_factory.web.texts import LANGUAGES, Language
from chocolate_factory.web.wording import WORDS, preferred

HTML_PATHS = frozenset({"/dashboard", "/docs", "/models/backtest", "/overview", "/setup"})
"""Paths whose errors are told as a page to readers of HTML."""

_PROBLEM: dict[str, Any] = {"model": schemas.Problem}
_UNAVAILABLE: dict[int | str, dict[str, Any]] = {
    503: {**_PROBLEM, "description": "Needed data is not stored, or the store cannot be read"},
}
_UNKNOWN_LANGUAGE: dict[int | str, dict[str, Any]] = {
    422: {**_PROBLEM, "description": "A parameter that is not understood"},
}


async def language_of(
    request: Request,
    lang: Annotated[
        Language | None,
        Query(description="Language of the texts; without it, `Accept-Language` decides"),
    ] = None,
) -> Language:
    """The reader's language: ``?lang=``, else ``Accept-Language``, else English."""
    return preferred(lang, request.headers.get("accept-language", ""))


_LANG: dict[str, Any] = {
    "name": "lang",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "enum": list(LANGUAGES), "title": "Lang"},
    "description": "Language of the texts; without it, `Accept-Language` decides",
}


def _asked_language(request: Request) -> Language:
    """As ``language_of``, for a path where solving dependencies would take most of the time."""
    lang = request.query_params.get("lang")
    asked = next((one for one in LANGUAGES if one == lang), None)
    if lang is not None and asked is None:
        raise RequestInvalid(f"lang: {lang[:20]!r} was given; wanted: 'en' or 'es'")
    return preferred(asked, request.headers.get("accept-language", ""))


InLanguage = Annotated[Language, Depends(language_of)]


class AlertsTold(Protocol):
    """Where alerts are told."""

    @property
    def alerts(self) -> Callable[[], Alerts]:
        """All of the last two months."""


def dashboard_routes(
    reads: Reads,
    alerts: AlertsTold,
    pages: Pages,
    *,
    kept: Kept,
    live: Live,
    ahead: bool = False,
) -> APIRouter:
    """The dashboard as a page and as JSON, both kept until what they rest on changes.

    ``ahead``: the page is made before anybody asks.
    """
    router = APIRouter(tags=["dashboard"])

    def shown(language: Language) -> schemas.Dashboard:
        told = alert_views.alerts(
            alerts.alerts(), WORDS[language], ended_within=alert_views.SHOWN_ENDED
        )
        return views.dashboard(reads.snapshot(), reads.upkeep(), reads.review(), told)

    def drawn(language: Language, *, narrow: bool) -> bytes:
        return pages.dashboard(shown(language), language, only_dashboards=narrow).encode()

    if ahead:
        for language in LANGUAGES:
            kept.ahead(("page", language, False), partial(drawn, language, narrow=False))

    @router.get("/", include_in_schema=False)
    def home() -> RedirectResponse:
        return RedirectResponse("/dashboard")

    @router.get(
        "/dashboard",
        summary="The dashboard",
        response_class=HTMLResponse,
        responses=_UNAVAILABLE | _UNKNOWN_LANGUAGE,
    )
    async def dashboard(request: Request, language: InLanguage) -> Response:
        """One page for people: alerts, prices, cheap hours, plan, outlook, data health."""
        narrow = callers.only_dashboards(request.headers)
        answer = await kept.get(("page", language, narrow), partial(drawn, language, narrow=narrow))
        return reply(answer, request, "text/html; charset=utf-8", **{"Content-Language": language})

    @router.get(
        "/dashboard/complete",
        summary="Everything on the page",
        response_model=schemas.Dashboard,
        responses=_UNAVAILABLE | _UNKNOWN_LANGUAGE,
        openapi_extra={"parameters": [_LANG]},
    )
    async def complete(request: Request) -> Response:
        """All that the dashboard shows, in one object; alerts in the reader's language."""
        language = _asked_language(request)
        answer = await kept.get(
            ("complete", language), lambda: shown(language).model_dump_json().encode()
        )
        return reply(answer, request, "application/json")

    @router.get(
        "/dashboard/summary",
        summary="The page in short",
        response_model=schemas.DashboardSummary,
        responses=_UNAVAILABLE | _UNKNOWN_LANGUAGE,
    )
    async def summary(request: Request, language: InLanguage) -> Response:
        """Price and advice of now, cheapest hours, what runs and starts next, weather, alerts, and
        whether a plan is proposed."""
        answer = await kept.get(
            ("summary", language),
            lambda: views.summary(shown(language)).model_dump_json().encode(),
        )
        return reply(answer, request, "application/json")

    @router.get(
        "/dashboard/events",
        summary="An event whenever something is stored",
        response_class=StreamingResponse,
        responses={
            200: {
                "description": "Server-sent events `stored`; `data` is JSON whose `changed` says "
                f"what there is more of: {', '.join(EVENT_NAMES)}",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            503: {**_PROBLEM, "description": "Too many listen already, or the server stops: poll"},
        },
    )
    async def events(request: Request) -> Response:
        """For pages that stay open: what is shown is asked for again when there is news. Something
        is sent every quarter of a minute, and the stream ends when the server stops."""
        live.admit()
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        if request.state.head:
            return Response(media_type="text/event-stream", headers=headers)
        return StreamingResponse(live.stream(), media_type="text/event-stream", headers=headers)

    @router.get(
        "/dashboard/heatmap",
        summary="The week by day and hour",
        responses=_UNAVAILABLE,
    )
    def heatmap() -> schemas.Heatmap | None:
        """What a kWh costs in each hour of seven days; null while no price is known."""
        return views.heatmap(reads.snapshot())

    return router


def operation_routes(reads: Reads, figures: Callable[[], bytes], version: str) -> APIRouter:
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

    @router.get(
        "/metrics",
        summary="Figures for Prometheus",
        response_class=PlainTextResponse,
        responses=_UNAVAILABLE
        | {
            401: {**_PROBLEM, "description": "The token is not one in force"},
            403: {
                **_PROBLEM,
                "description": "Neither from the machine itself nor with a token, or through a "
                "proxy",
            },
        },
    )
    def metrics() -> Response:
        """How fresh data are, what is missing, how forecasts, jobs and answers do, in Prometheus'
        text format. From the machine itself, or with any token in force."""
        return Response(figures(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

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
