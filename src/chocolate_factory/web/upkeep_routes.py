"""The paths about the data itself: what is missing, how the jobs do, and asking for repair.

Those that begin work are guarded by ``guard.Guard``, which stands before every route.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Body, Path, Query, Response

from chocolate_factory.errors import RequestInvalid, Unknown
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.store.base import Run
from chocolate_factory.web import schemas, upkeep_schemas, upkeep_views
from chocolate_factory.web.asked import Actions, Reads
from chocolate_factory.web.question import Day

MOST_DAYS = 3660
"""Ten years: the longest stretch that may be asked for at once."""

MOST_RUNS = 200
"""So many runs are listed at most."""

LONGEST_GAP_H = 24.0 * MOST_DAYS
"""No gap that can be found is longer [h]."""

_PROBLEM: dict[str, Any] = {"model": schemas.Problem}
_Replies = dict[int | str, dict[str, Any]]
_UNREADABLE: _Replies = {503: {**_PROBLEM, "description": "The store cannot be read"}}
_UNFIT: _Replies = {422: {**_PROBLEM, "description": "A parameter that does not fit"}}
_NO_SUCH_RUN: _Replies = {404: {**_PROBLEM, "description": "No run of that id is kept"}}
BEGUN: _Replies = {
    202: {
        "description": "Begun, or the same work that is under way already",
        "headers": {
            "Location": {
                "description": "Where its progress is told: `/jobs/{id}`",
                "schema": {"type": "string"},
            }
        },
    },
}

DaysBack = Annotated[
    int,
    Query(ge=1, le=MOST_DAYS, description="Days back from today, today included", examples=[30]),
]


def upkeep_routes(reads: Reads) -> APIRouter:
    """How the data stands, and the jobs that look after it."""
    router = APIRouter(tags=["data"])

    @router.get("/gaps/summary", summary="What is missing now", responses=_UNREADABLE)
    def gap_summary() -> upkeep_schemas.GapAnswer:
        """The gaps of the recent past in every watched series: severity, since when, and who
        could repair them."""
        return upkeep_views.gaps(reads.gaps())

    @router.get(
        "/gaps/detect", summary="Look for gaps further back", responses=_UNREADABLE | _UNFIT
    )
    def detect(days_back: DaysBack = 30) -> upkeep_schemas.GapAnswer:
        """The same over a stretch of days; reads what is stored and asks no source."""
        return upkeep_views.gaps(reads.detect(days_back))

    @router.get("/weather/hybrid", summary="The weather, hour by hour", responses=_UNREADABLE)
    def hybrid() -> upkeep_schemas.HybridAnswer:
        """AEMET's station by night, OpenWeatherMap by day, Open-Meteo where neither spoke; each
        value with who said it and how it is known."""
        return upkeep_views.hybrid(reads.hybrid())

    @router.get("/scheduler/status", summary="How each job stands", responses=_UNREADABLE)
    def scheduler() -> upkeep_schemas.SchedulerAnswer:
        """Next run, last result, counts and durations of every job of the schedule."""
        return upkeep_schemas.SchedulerAnswer(
            as_of=upkeep_views.local(reads.now()),
            jobs=tuple(upkeep_views.job(line) for line in reads.scheduler()),
        )

    @router.get("/jobs", summary="The newest runs", responses=_UNREADABLE | _UNFIT)
    def jobs(
        limit: Annotated[
            int, Query(ge=1, le=MOST_RUNS, description="How many at most", examples=[50])
        ] = 50,
    ) -> upkeep_schemas.JobRuns:
        """Runs of the schedule's jobs and of work that was asked for."""
        return upkeep_schemas.JobRuns(
            runs=tuple(upkeep_views.run(kept) for kept in reads.runs(limit))
        )

    @router.get(
        "/jobs/{job_id}",
        summary="How far one run is",
        responses=_UNREADABLE | _NO_SUCH_RUN | _UNFIT,
    )
    def job(
        job_id: Annotated[
            str,
            Path(description="Id that the run was begun with", examples=["backfill-1795611600000"]),
        ],
    ) -> upkeep_schemas.JobRun:
        """Progress while it runs, then how it ended. Runs are kept for some weeks."""
        kept = reads.run(job_id)
        if kept is None:
            raise Unknown("no run of this id is kept: GET /jobs lists the newest ones")
        return upkeep_views.run(kept)

    return router


def repair_routes(reads: Reads, actions: Actions) -> APIRouter:
    """Work that can be asked for, from the machine itself only.

    Asking for what is under way already begins nothing: the answer is the run under way.
    """
    router = APIRouter(tags=["administration"])
    begins: dict[str, Any] = {
        "status_code": 202,
        "response_model": upkeep_schemas.JobRun,
        "responses": BEGUN | _UNFIT | _UNREADABLE,
    }

    @router.post("/gaps/backfill", summary="Repair the gaps of the last days", **begins)
    def backfill(response: Response, days_back: DaysBack = 30) -> upkeep_schemas.JobRun:
        """Ask the sources again for everything that is missing, up to today. Asked again while
        that runs, it answers the run under way."""
        today = delivery_day(reads.now())
        first = today - timedelta(days=days_back - 1)
        return begun(actions.backfill(first, today, None), response)

    @router.post("/gaps/backfill/auto", summary="Repair the short gaps", **begins)
    def backfill_auto(
        response: Response,
        max_gap_hours: Annotated[
            float,
            Query(
                gt=0,
                le=LONGEST_GAP_H,
                allow_inf_nan=False,
                description="Longer gaps are left alone [h]",
                examples=[6.0],
            ),
        ] = 6.0,
    ) -> upkeep_schemas.JobRun:
        """Ask the sources again for every gap that is not longer than this. Asked again while that
        runs, it answers the run under way."""
        return begun(actions.backfill_auto(max_gap_hours), response)

    @router.post("/gaps/backfill/range", summary="Repair a stretch of days", **begins)
    def backfill_range(
        response: Response,
        body: Annotated[
            upkeep_schemas.BackfillRange | None,
            Body(description="The stretch of days; it may stand in the query instead"),
        ] = None,
        from_: Annotated[
            Day | None,
            Query(alias="from", description="First Madrid day", examples=["2026-11-01"]),
        ] = None,
        to: Annotated[
            Day | None,
            Query(description="Last Madrid day (included)", examples=["2026-11-25"]),
        ] = None,
        series: Annotated[
            str | None,
            Query(
                description="A series by name or by `name@place`; without it, all",
                examples=["spot@peninsula"],
            ),
        ] = None,
    ) -> upkeep_schemas.JobRun:
        """Ask the sources again for what is missing in these days, at most ten years; of one
        series, or of all. Asked again while that runs, it answers the run under way."""
        asked = body or _in_query(from_, to, series)
        if body is not None and (from_, to, series) != (None, None, None):
            raise RequestInvalid("give the days in the body or in the query, not in both")
        _check_days(asked.first, asked.last)
        key = None if asked.series is None else _series_key(asked.series, reads)
        return begun(actions.backfill(asked.first, asked.last, key), response)

    @router.post("/ingest-now", summary="Fetch what is due", **begins)
    def ingest_now(response: Response) -> upkeep_schemas.JobRun:
        """Ask every source for what is due and missing, without waiting for the schedule. Asked
        again while that runs, it answers the run under way."""
        return begun(actions.ingest_now(), response)

    return router


def begun(run: Run, response: Response) -> upkeep_schemas.JobRun:
    """The answer to work that was begun: its run, and where its progress is told."""
    response.headers["Location"] = f"/jobs/{quote(run.run_id, safe='')}"
    return upkeep_views.run(run)


def _in_query(
    first: date | None, last: date | None, series: str | None
) -> upkeep_schemas.BackfillRange:
    if first is None or last is None:
        raise RequestInvalid(
            "say which days: from and to, as in ?from=2026-11-01&to=2026-11-25 or as a JSON body"
        )
    return upkeep_schemas.BackfillRange.model_validate(
        {"from": first, "to": last, "series": series}
    )


def _check_days(first: date, last: date) -> None:
    if first > last:
        raise RequestInvalid(f"from {first} is after to {last}: exchange them")
    if (last - first).days >= MOST_DAYS:
        raise RequestInvalid(
            f"{first} to {last} is more than ten years ({MOST_DAYS} days): ask for it in parts"
        )


def _series_key(asked: str, reads: Reads) -> str:
    """The key, as text, of the one series that ``asked`` names among those some feed tells."""
    known = sorted({key for health in reads.feeds() for key in health.series})
    named = [str(key) for key in known if asked in (key.name, str(key))]
    if len(named) != 1:
        fault = "no feed tells a series" if not named else "several places have a series"
        choice = ", ".join(named or [str(key) for key in known])
        raise RequestInvalid(f"{fault} {asked!r}; choose one of: {choice}")
    return named[0]
