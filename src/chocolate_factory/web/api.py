"""The web application: routes, error table and frame put together.

It is given what it may read and what it may begin, and constructs neither stores nor models.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from http import HTTPStatus
from pathlib import Path

from anyio import to_thread
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Match
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from chocolate_factory.errors import FactoryError
from chocolate_factory.web import problems
from chocolate_factory.web.advice_routes import advice_routes
from chocolate_factory.web.alert_routes import AlertDesk, alert_routes
from chocolate_factory.web.analysis_routes import AnalysisDesk, analysis_routes
from chocolate_factory.web.asked import Actions, Advice, Reads
from chocolate_factory.web.asked_site import AtSite, OfEach, OnlyKnown, SiteName, at_asked_site
from chocolate_factory.web.backtest_routes import BacktestDesk, backtest_routes
from chocolate_factory.web.callers import Access
from chocolate_factory.web.contract_routes import ContractDesk, contract_routes
from chocolate_factory.web.described import describe, has_to_name_site
from chocolate_factory.web.fleet_routes import FleetDesk, fleet_routes
from chocolate_factory.web.forecast_routes import forecast_routes, training_routes
from chocolate_factory.web.frame import PROBLEM_JSON, Frame
from chocolate_factory.web.guard import Guard
from chocolate_factory.web.kept import Keeper
from chocolate_factory.web.live import Live
from chocolate_factory.web.metrics import Figures, Timed
from chocolate_factory.web.pages import Pages
from chocolate_factory.web.plan_routes import (
    PlanDesk,
    computation_routes,
    plan_routes,
    rights_routes,
)
from chocolate_factory.web.problems import AnswerProblem
from chocolate_factory.web.report_routes import ReportDesk, report_routes
from chocolate_factory.web.routes import (
    HTML_PATHS,
    dashboard_routes,
    interface_routes,
    operation_routes,
    page,
)
from chocolate_factory.web.savings_routes import SavingsDesk, savings_routes
from chocolate_factory.web.schemas import Problem
from chocolate_factory.web.setup_routes import SetupDesk, setup_routes
from chocolate_factory.web.tagged import Tagged
from chocolate_factory.web.upkeep_routes import repair_routes, upkeep_routes
from chocolate_factory.web.wording import preferred

_ABOUT = (
    "When to run the batches of a factory in the Spanish electricity market. Every instant has "
    "its offset (Europe/Madrid), every number its unit in its name. Prices are what a kWh costs "
    "under the plant's contract, tolls and electricity tax in, VAT out. Errors are RFC 9457 "
    "problems. Whatever is not GET is administrative, but for pure computations: it is "
    "answered only to programs on the machine itself, or with a bearer token whose role allows it, "
    "never through a proxy or from another site's page. Bodies are JSON. Work that takes long is "
    "answered with 202 and told at /jobs/{id}."
)
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
_STATIC = Path(__file__).parent / "static"


def create_app(
    *,
    reads: Reads,
    actions: Actions,
    desk: PlanDesk,
    savings: SavingsDesk,
    advice: Advice,
    backtests: BacktestDesk,
    contracts: ContractDesk,
    access: Access,
    analysis: AnalysisDesk,
    reports: ReportDesk,
    setup: SetupDesk,
    alerts: AlertDesk,
    version: str,
    lifespan: Lifespan | None = None,
    sites: tuple[SiteName, ...] = (),
    fleet: FleetDesk | None = None,
    ahead: bool = False,
    ending: Callable[[], None] = lambda: None,
) -> FastAPI:
    """The application.

    ``reads``, ``actions`` and the desks are called from worker threads. The guard stands before
    every route, so that no path that changes something can be added without it.

    ``sites``: those that ``?site=`` may name, if there are several; the desks are then those of
    the one a request is about, and ``fleet`` tells of all of them. ``ahead``: of a single one the
    page is made as soon as the server runs. ``ending``: what to do as soon as it is told to stop.
    """
    pages = Pages(version, sites)
    keeper = Keeper()
    figures = Figures(reads, alerts)
    app = FastAPI(
        title="chocolate-factory",
        description=_ABOUT,
        version=version,
        docs_url=None,
        redoc_url=None,
        lifespan=partial(_attended, keeper, lifespan),
    )
    describe(app, sites)
    kept = OfEach(lambda: keeper.keeping(reads.state))
    of_all = keeper.keeping(fleet.state) if fleet is not None else None
    live = OfEach(lambda: Live(reads.revision, ready=kept().renew))
    app.state.streams, app.state.ending = live, ending
    told = dashboard_routes(
        reads,
        alerts,
        pages,
        kept=at_asked_site(kept),
        live=at_asked_site(live),
        ahead=ahead and not sites,
    )
    app.include_router(told)
    if fleet is not None and of_all is not None:
        app.include_router(fleet_routes(fleet, sites, pages, of_all))
    app.include_router(alert_routes(alerts))
    app.include_router(forecast_routes(reads))
    app.include_router(upkeep_routes(reads))
    app.include_router(advice_routes(advice, reads))
    app.include_router(repair_routes(reads, actions))
    app.include_router(training_routes(actions))
    app.include_router(plan_routes(desk))
    app.include_router(rights_routes(access))
    app.include_router(computation_routes(desk))
    app.include_router(backtest_routes(backtests, pages))
    app.include_router(contract_routes(contracts))
    app.include_router(savings_routes(reads, savings))
    app.include_router(analysis_routes(analysis))
    app.include_router(report_routes(reports))
    app.include_router(setup_routes(setup, pages))
    app.include_router(operation_routes(reads, figures.text, version))
    app.include_router(interface_routes(app.openapi, pages))
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")

    async def shown() -> None:
        """Have kept answers show what was just stored at the site that is asked about."""
        if keeper.attends:
            await to_thread.run_sync(kept().renew)
            if of_all is not None:
                await to_thread.run_sync(of_all.renew)

    app.add_middleware(Tagged)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=4)
    answer = _answering(pages)
    if sites:
        app.add_middleware(OnlyKnown, sites=sites, answer=answer)
    app.add_middleware(Guard, access=access, changed=keeper.look_again, stored=shown)
    if sites:
        app.add_middleware(AtSite, sites=sites, has_to_name=has_to_name_site)
    app.add_middleware(Timed, figures=figures)
    app.add_middleware(Frame)
    _tell_errors(app, answer)
    return app


@asynccontextmanager
async def _attended(keeper: Keeper, lifespan: Lifespan | None, app: FastAPI) -> AsyncIterator[None]:
    async with lifespan(app) if lifespan is not None else nullcontext():
        keeper.start()
        try:
            yield
        finally:
            await to_thread.run_sync(keeper.stop)


def _methods_of(app: FastAPI, scope: Scope) -> list[str]:
    """What may be used at a path, of every route there; HEAD is answered wherever GET is."""
    allowed = [
        method
        for method in ("GET", "POST")
        if any(
            route.matches({**scope, "method": method})[0] is Match.FULL
            for route in app.router.routes
        )
    ]
    return [*allowed, "HEAD"] if "GET" in allowed else allowed


def _answering(pages: Pages) -> AnswerProblem:
    """How an error is answered: by a page where a page was asked for, else by a problem."""

    def answer(request: Request, told: Problem, headers: dict[str, str]) -> Response:
        accepts_html = "text/html" in request.headers.get("accept", "")
        asked = request.query_params.get("lang")
        if request.url.path in HTML_PATHS and accepts_html:
            language = preferred(
                "es" if asked == "es" else "en" if asked == "en" else None,
                request.headers.get("accept-language", ""),
            )
            return page(pages.error(told, language), language, status=told.status)
        said, spoken = problems.in_language(told, "es" if asked == "es" else "en")
        return Response(
            said.model_dump_json(),
            told.status,
            headers={**headers, "Content-Language": spoken},
            media_type=PROBLEM_JSON,
        )

    return answer


def _tell_errors(app: FastAPI, answer: AnswerProblem) -> None:
    """Answer every error by the table."""

    def where(request: Request) -> dict[str, str]:
        return {"path": request.url.path, "request_id": request.state.request_id}

    @app.exception_handler(FactoryError)
    def factory_error(request: Request, error: FactoryError) -> Response:
        return answer(request, problems.of_factory_error(error, **where(request)), {})

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> Response:
        told = problems.of_http_error(error, **where(request))
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(_methods_of(app, request.scope))
        return answer(request, told, headers)

    @app.exception_handler(RequestValidationError)
    def invalid_request(request: Request, error: RequestValidationError) -> Response:
        return answer(request, problems.of_invalid_request(error, **where(request)), {})
