"""The paths about several sites at once; there are none where there is one site."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from chocolate_factory.web import fleet_schemas, fleet_views, schemas
from chocolate_factory.web.asked_site import SiteName, asked_site
from chocolate_factory.web.kept import Kept, reply
from chocolate_factory.web.pages import Pages
from chocolate_factory.web.routes import InLanguage

_PROBLEM: dict[str, Any] = {"model": schemas.Problem}
_REPLIES: dict[int | str, dict[str, Any]] = {
    304: {"description": "The caller has it already, by `If-None-Match`"},
    422: {**_PROBLEM, "description": "A parameter that is not understood"},
    503: {**_PROBLEM, "description": "The store cannot be read"},
}

Ordered = Annotated[
    fleet_schemas.Order,
    Query(
        description="`site` by title, `saving` most first, `alerts` gravest first, `plan` what "
        "needs somebody first, `start` soonest first, `data` oldest first",
        examples=["alerts"],
    ),
]


@dataclass(frozen=True, slots=True)
class FleetDesk:
    """What may be asked of all sites; filled in by the composition root.

    Parameters
    ----------
    seen
        What is known of every site now.
    state
        What an answer rests on: it is the same while this is. None: it is made each time.
    """

    seen: Callable[[], fleet_views.FleetSeen]
    state: Callable[[], Hashable | None]


def fleet_routes(desk: FleetDesk, sites: Sequence[SiteName], pages: Pages, kept: Kept) -> APIRouter:
    """Which sites there are, and every one at a glance, as a page and as JSON."""
    router = APIRouter(tags=["sites"])

    def shown(order: fleet_schemas.Order) -> fleet_schemas.FleetAnswer:
        return fleet_views.fleet(desk.seen(), order)

    @router.get("/sites", summary="The sites there are")
    def listed() -> fleet_schemas.SitesAnswer:
        """What `?site=` may name. Paths that read about one plant are about the first where none is
        named; those that change one have to name it."""
        return fleet_schemas.SitesAnswer(
            sites=tuple(fleet_schemas.SiteListed(name=one.name, title=one.title) for one in sites)
        )

    @router.get(
        "/fleet",
        summary="Every site at a glance",
        response_model=fleet_schemas.FleetAnswer,
        responses=_REPLIES,
    )
    async def fleet(request: Request, order: Ordered = "site") -> Response:
        """How its plan stands, what begins next, what it saved this month, what a person should
        know, and how fresh its data is; and what all of them stand on."""
        answer = await kept.get(("fleet", order), lambda: shown(order).model_dump_json().encode())
        return reply(answer, request, "application/json")

    @router.get(
        "/overview",
        summary="Every site on a page",
        response_class=HTMLResponse,
        responses=_REPLIES,
    )
    async def overview(request: Request, language: InLanguage, order: Ordered = "site") -> Response:
        """The same for people; each site leads to its dashboard."""
        answer = await kept.get(
            ("overview", language, order, asked_site()),
            lambda: pages.overview(shown(order), language).encode(),
        )
        return reply(answer, request, "text/html; charset=utf-8", **{"Content-Language": language})

    return router
