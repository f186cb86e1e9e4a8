"""The paths about what plans save, when energy is cheap, and the plan in short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.planning.account import SavingsAccount
from chocolate_factory.store.base import Run
from chocolate_factory.web import (
    savings_schemas,
    savings_views,
    schemas,
    upkeep_schemas,
)
from chocolate_factory.web.asked import Reads
from chocolate_factory.web.routes import InLanguage
from chocolate_factory.web.upkeep_routes import BEGUN, begun
from chocolate_factory.web.upkeep_views import local
from chocolate_factory.web.wording import WORDS

MOST_DAYS = 14
_PROBLEM: dict[str, Any] = {"model": schemas.Problem}
_UNREADABLE: dict[int | str, dict[str, Any]] = {
    503: {**_PROBLEM, "description": "The store cannot be read"}
}
_UNFIT: dict[int | str, dict[str, Any]] = {
    422: {**_PROBLEM, "description": "A parameter that does not fit"}
}


@dataclass(frozen=True, slots=True)
class SavingsDesk:
    """What may be asked of savings, and the one thing that may be begun.

    ``savings``: the accounts of stretches of days, first and last day each, read once.
    ``plan_now``: plan without waiting for the schedule; the run begun, or the one under way.
    """

    savings: Callable[[tuple[tuple[date, date], ...]], tuple[SavingsAccount, ...]]
    plan_now: Callable[[], Run]


def savings_routes(reads: Reads, desk: SavingsDesk) -> APIRouter:
    """Savings, cheap windows, the plan in short, and planning now."""
    router = APIRouter()

    @router.get(
        "/insights/savings-tracking",
        summary="What was saved this week, month and year",
        tags=["plan"],
        responses=_UNREADABLE | _UNFIT,
    )
    def tracking(language: InLanguage) -> savings_schemas.SavingsAnswer:
        """Sums over the days that are closed: habit, plan and what it came to at actual prices,
        what the saving is made of, and the share of the possible."""
        now = reads.now()
        wanted = savings_views.periods(delivery_day(now))
        told = desk.savings(tuple(wanted.values()))
        accounts = dict(zip(wanted, map(savings_views.period, told), strict=True))
        return savings_schemas.SavingsAnswer(
            as_of=local(now), method=WORDS[language].text("savings.method"), **accounts
        )

    @router.get(
        "/insights/optimal-windows",
        summary="The cheapest stretch of each coming day",
        tags=["plan"],
        responses=_UNREADABLE | _UNFIT,
    )
    def windows(
        days: Annotated[
            int, Query(ge=1, le=MOST_DAYS, description="Days, today included", examples=[7])
        ] = 7,
        hours: Annotated[
            int, Query(ge=1, le=23, description="Length of a stretch [h]", examples=[3])
        ] = 3,
    ) -> savings_schemas.WindowsAnswer:
        """By published prices and the stored forecast, through the contract; with what the plan in
        force takes in each. Days beyond the forecast have none."""
        return savings_views.windows(reads.snapshot(), hours=hours, days=days)

    @router.get(
        "/optimize/production/summary",
        summary="The plan in force in short",
        tags=["plan"],
        responses=_UNREADABLE,
    )
    def summary() -> savings_schemas.PlanSummary:
        """What runs, what is next, what it costs and saves, and whether a plan is proposed."""
        return savings_views.summary(reads.snapshot())

    @router.post(
        "/optimize/production/daily",
        summary="Plan now",
        tags=["administration"],
        status_code=202,
        responses=BEGUN | _UNREADABLE,
    )
    def daily(response: Response) -> upkeep_schemas.JobRun:
        """Plan from what is known now, as the schedule does after prices are published: the plan in
        force goes on, and a better one is proposed. Asked again while that runs, it answers the run
        under way."""
        return begun(desk.plan_now(), response)

    return router
