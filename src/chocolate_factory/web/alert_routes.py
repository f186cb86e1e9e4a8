"""The paths of alerts: what holds, what held, and that somebody has seen one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from chocolate_factory.alerting import Held
from chocolate_factory.web import alert_schemas, alert_views, schemas
from chocolate_factory.web.asked import Alerts
from chocolate_factory.web.routes import InLanguage
from chocolate_factory.web.wording import WORDS

MOST_DAYS = 60
_PROBLEM: dict[str, Any] = {"model": schemas.Problem}
_UNREADABLE: dict[int | str, dict[str, Any]] = {
    503: {**_PROBLEM, "description": "The store cannot be read"}
}
_UNFIT: dict[int | str, dict[str, Any]] = {
    422: {**_PROBLEM, "description": "A parameter that does not fit; `detail` says why"}
}


@dataclass(frozen=True, slots=True)
class AlertDesk:
    """What may be asked and told of alerts; filled in by the composition root.

    ``alerts``: all of the last two months. ``acknowledge``: note that an alert of that id was seen
    by somebody; the alert after it.
    """

    alerts: Callable[[], Alerts]
    acknowledge: Callable[[str, str], Held]


def alert_routes(desk: AlertDesk) -> APIRouter:
    """What a person should know now."""
    router = APIRouter(tags=["alerts"])

    @router.get(
        "/dashboard/alerts",
        summary="The alerts on the page",
        responses=_UNREADABLE | _UNFIT,
    )
    def on_the_page(language: InLanguage) -> alert_schemas.AlertsAnswer:
        """Those that hold and those that ended within a day, in the reader's language."""
        return alert_views.alerts(
            desk.alerts(), WORDS[language], ended_within=alert_views.SHOWN_ENDED
        )

    @router.get("/insights/alerts", summary="Alerts", responses=_UNREADABLE | _UNFIT)
    def every(
        language: InLanguage,
        days_back: Annotated[
            int,
            Query(ge=0, le=MOST_DAYS, description="Those that ended within so many days too"),
        ] = 7,
    ) -> alert_schemas.AlertsAnswer:
        """Those that hold and those that ended lately, in the reader's language."""
        return alert_views.alerts(
            desk.alerts(), WORDS[language], ended_within=timedelta(days=days_back)
        )

    @router.post(
        "/insights/alerts/{alert_id}/acknowledge",
        summary="Say that an alert was seen",
        responses=_UNREADABLE
        | _UNFIT
        | {404: {**_PROBLEM, "description": "No alert of that id holds"}},
    )
    def acknowledge(
        request: Request,
        language: InLanguage,
        alert_id: Annotated[
            str,
            Path(
                pattern=r"^[A-Za-z0-9-]{1,64}$",
                description="Its id, as the lists tell it",
                examples=["20261125T131500Z-5f0c1a2b"],
            ),
        ],
    ) -> alert_schemas.AlertState:
        """It stays in the lists while it holds, marked with who said so first and when. Said again,
        by whomever, it changes nothing."""
        return alert_views.state(desk.acknowledge(alert_id, request.state.who), WORDS[language])

    return router
