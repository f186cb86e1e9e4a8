"""Advice for an instant: worked out on the spot from what is stored, changing nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body

from chocolate_factory.advising import Asked
from chocolate_factory.errors import MissingData, Unknown
from chocolate_factory.web import advice_schemas, advice_views, schemas
from chocolate_factory.web.asked import Advice, Reads
from chocolate_factory.web.routes import InLanguage

_PROBLEM: dict[str, Any] = {"model": schemas.Problem}
_REPLIES: dict[int | str, dict[str, Any]] = {
    404: {**_PROBLEM, "description": "Too few prices are stored of that instant; says which"},
    422: {**_PROBLEM, "description": "A value that is missing or not plausible"},
    503: {**_PROBLEM, "description": "Too few prices are stored of now; says which"},
}


def advice_routes(advice: Advice, reads: Reads) -> APIRouter:
    """The two questions."""
    router = APIRouter(tags=["advice"])

    @router.post(
        "/predict/energy-optimization", summary="How good the price is", responses=_REPLIES
    )
    def energy(
        question: Annotated[
            advice_schemas.AdviceQuestion, Body(description="An instant, its price and its air")
        ],
        language: InLanguage,
    ) -> advice_schemas.EnergyAdvice:
        """A score from 0 to 100: where the price will turn out to rank among those of the 24 hours
        after its delivery period. Changes nothing."""
        with _not_stored(question):
            told = advice.score(_asked(question, reads.now(), None))
        return advice_views.energy(told, language)

    @router.post(
        "/predict/production-recommendation", summary="What to do in the hour", responses=_REPLIES
    )
    def production(
        question: Annotated[
            advice_schemas.ProductionQuestion,
            Body(description="An instant, its price, its air and, if known, that at the line"),
        ],
        language: InLanguage,
    ) -> advice_schemas.ProductionAdvice:
        """One of four levels: what the best plan of such a week, made knowing every price, would
        run in that hour. Limits of the plant override it, and are then named. Changes nothing."""
        asked = _asked(question, reads.now(), question.line_temperature_c)
        with _not_stored(question):
            told = advice.production(asked)
        return advice_views.production(told, language)

    return router


@contextmanager
def _not_stored(question: advice_schemas.AdviceQuestion) -> Iterator[None]:
    """Of an instant that was chosen, what is not stored is unknown; of now, it is missing."""
    try:
        yield
    except MissingData as fault:
        if question.instant is None:
            raise
        raise Unknown(str(fault)) from fault


def _asked(question: advice_schemas.AdviceQuestion, now: datetime, line_c: float | None) -> Asked:
    return Asked(
        instant=(question.instant or now).astimezone(UTC),
        eur_kwh=question.price_eur_kwh,
        temperature_c=question.temperature_c,
        humidity_pct=question.humidity_pct,
        line_c=line_c,
    )
