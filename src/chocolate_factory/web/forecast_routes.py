"""The paths about price forecasts and their models: stored values only, no model runs in a request.

Training is asked for and goes on in its job; it is guarded by ``guard.Guard``.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from chocolate_factory.errors import NoForecast, Unknown
from chocolate_factory.market.ahead import LONGEST_H
from chocolate_factory.market.calendar import delivery_day, local_midnight
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.web import forecast_schemas, forecast_views, schemas, upkeep_schemas
from chocolate_factory.web.asked import Actions, Reads
from chocolate_factory.web.question import Day
from chocolate_factory.web.routes import InLanguage
from chocolate_factory.web.upkeep_routes import BEGUN, begun
from chocolate_factory.web.wording import WORDS

MOST_DAYS = 31
"""So many days of published prices are told at once."""

FIRST_DAY = date(1998, 1, 1)
"""The Spanish market began that day: nothing was published or foretold before."""

KEYS: dict[str, SeriesKey] = {"pvpc": PVPC, "spot": SPOT}

_PROBLEM: dict[str, Any] = {"model": schemas.Problem}
_UNREADABLE: dict[int | str, dict[str, Any]] = {
    503: {**_PROBLEM, "description": "The store cannot be read"}
}
_IN_LANGUAGE: dict[int | str, dict[str, Any]] = {
    422: {**_PROBLEM, "description": "A language that there is not"},
    **_UNREADABLE,
}
_NO_FORECAST: dict[int | str, dict[str, Any]] = {
    503: {
        **_PROBLEM,
        "description": "No stored forecast covers it: the detail says what makes one. Or the store "
        "cannot be read",
    },
    422: {**_PROBLEM, "description": "A parameter that does not fit"},
}

_NOT_FORETOLD: dict[int | str, dict[str, Any]] = {
    404: {**_PROBLEM, "description": "No forecast of that day was stored before it came"},
    422: {**_PROBLEM, "description": "A parameter that does not fit"},
    503: {**_PROBLEM, "description": "The store cannot be read"},
}

Series = Annotated[
    forecast_schemas.SeriesName | None,
    Query(
        description="Market series; without it the one that the plant's contract passes on, or "
        "the PVPC",
        examples=["spot"],
    ),
]


def forecast_routes(reads: Reads) -> APIRouter:
    """Prices ahead, how good the forecasts are, and how yesterday's turned out."""
    router = APIRouter(tags=["forecast"])

    @router.get(
        "/ree/prices",
        summary="Published prices",
        responses=_UNREADABLE
        | {
            404: {**_PROBLEM, "description": "Not published yet, or before any of these markets"},
            422: {**_PROBLEM, "description": "A parameter that does not fit"},
        },
    )
    def prices(
        first: Annotated[
            Day | None,
            Query(
                alias="date",
                description="First Madrid delivery day; without it, today",
                examples=["2026-11-24"],
            ),
        ] = None,
        days: Annotated[
            int, Query(ge=1, le=MOST_DAYS, description="How many days", examples=[2])
        ] = 2,
        series: Series = None,
    ) -> forecast_schemas.PublishedPrices:
        """What the market published, in the periods of the series, each with who told it and since
        when it is known. What is not known is left out."""
        today = delivery_day(reads.now())
        asked = first or today
        _check_day(asked, today)
        return forecast_views.published(reads.published(_key(series, reads), asked, days))

    @router.get(
        "/predict/prices/weekly",
        summary="Seven days of prices by hour",
        response_model=forecast_schemas.WeekAhead,
        responses=_NO_FORECAST,
    )
    def weekly(series: Series = None) -> Response:
        """Today and the six days after it: published where published, then as the newest stored
        forecast has it, with quantiles."""
        now = reads.now()
        known = reads.prices_ahead(_key(series, reads), local_midnight(delivery_day(now)))
        return _json(forecast_views.week_ahead_json(known, as_of=now))

    @router.get(
        "/predict/prices/hourly",
        summary="The coming hours of prices",
        response_model=forecast_schemas.HoursAhead,
        responses=_NO_FORECAST,
    )
    def hourly(
        hours: Annotated[
            int,
            Query(ge=1, le=LONGEST_H, description="How many hours ahead [h]", examples=[48]),
        ] = 24,
        series: Series = None,
    ) -> Response:
        """From the delivery period under way, in the periods of the series: quarter-hours of the
        spot price, hours of the PVPC."""
        now = reads.now()
        known = reads.prices_ahead(_key(series, reads), now)
        return _json(forecast_views.hours_ahead_json(known, hours=hours, as_of=now))

    @router.get(
        "/predict/prices/status",
        summary="Whether there are forecasts, how fresh and how good",
        responses=_IN_LANGUAGE,
    )
    def status(language: InLanguage) -> forecast_schemas.PredictStatus:
        """Age, reach, live coverage and error beside the naive's, series by series. Answered on an
        empty store too: `available` is false then."""
        return forecast_views.predict_status(
            reads.models(),
            reads.job(forecast_views.FORECAST_JOB),
            WORDS[language],
            as_of=reads.now(),
        )

    @router.get(
        "/models/status-direct", summary="The models and how they do", responses=_IN_LANGUAGE
    )
    def models(language: InLanguage) -> forecast_schemas.ModelsAnswer:
        """Per series the model in use, its weights, inputs and trained file, what its forecasts
        scored over four weeks beside the naive, whether their bands hold, what is amiss, and when
        it is trained next."""
        return forecast_views.models(
            reads.models(),
            reads.job(forecast_views.TRAINING_JOB),
            WORDS[language],
            as_of=reads.now(),
        )

    @router.get(
        "/insights/ree-deviation",
        summary="A day's forecast beside what came",
        response_model=forecast_schemas.DeviationAnswer,
        responses=_NOT_FORETOLD,
    )
    def deviation(
        day: Annotated[
            Day | None,
            Query(
                alias="date",
                description="Madrid delivery day; without it, yesterday",
                examples=["2026-11-24"],
            ),
        ] = None,
        series: Series = None,
    ) -> Response:
        """By clock hour: the newest forecast stored before the prices of the day were due, the
        actual prices, and their difference; and what every other stored forecast of the day
        scored."""
        now = reads.now()
        asked = day or delivery_day(now) - timedelta(days=1)
        _check_day(asked, delivery_day(now))
        try:
            found = reads.deviation(_key(series, reads), asked)
        except NoForecast as fault:
            raise Unknown(str(fault)) from fault
        return _json(forecast_views.deviation(found, as_of=now).model_dump_json())

    return router


def training_routes(actions: Actions) -> APIRouter:
    """Training, from the machine itself only. Asked for while it runs it is the same run."""
    router = APIRouter(tags=["administration"])
    begins: dict[str, Any] = {
        "status_code": 202,
        "response_model": upkeep_schemas.JobRun,
        "responses": BEGUN | _UNREADABLE,
    }

    @router.post("/models/train", summary="Train the price models", **begins)
    def train(response: Response) -> upkeep_schemas.JobRun:
        """Train every price model on all that is stored, keep it, and forecast anew."""
        return begun(actions.train(), response)

    @router.post("/predict/prices/train", summary="Train the price models", **begins)
    def train_prices(response: Response) -> upkeep_schemas.JobRun:
        """The same as `/models/train`."""
        return begun(actions.train(), response)

    return router


def _key(series: str | None, reads: Reads) -> SeriesKey:
    return reads.market if series is None else KEYS[series]


def _check_day(asked: date, today: date) -> None:
    if asked < FIRST_DAY:
        raise Unknown(f"date {asked} is before the market began: ask for {FIRST_DAY} or later")
    if asked > today + timedelta(days=1):
        raise Unknown(
            f"date {asked} is in the future: ask for {today + timedelta(days=1)} or earlier"
        )


def _json(text: str) -> Response:
    """An answer that was checked when it was made, and is not again on its way out."""
    return Response(text, media_type="application/json")
