"""The paths about the climate of the place and how prices went with the weather."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter

from chocolate_factory.insights.climatology import Limit
from chocolate_factory.upkeep import Climate, DayOfWeather, WeatherAndPrices
from chocolate_factory.web import analysis_schemas, analysis_views, schemas
from chocolate_factory.web.routes import InLanguage
from chocolate_factory.web.wording import WORDS

_REFUSED: dict[int | str, dict[str, Any]] = {
    503: {"model": schemas.Problem, "description": "The store cannot be read"},
    422: {"model": schemas.Problem, "description": "A language that there is not"},
}


@dataclass(frozen=True, slots=True)
class AnalysisDesk:
    """What may be asked of the climate; filled in by the composition root.

    Parameters
    ----------
    now
        The present instant, UTC.
    climate
        SIAR's record.
    together
        The days of the market's price beside those of the weather.
    today
        The weather of today.
    limits
        The ambient limits of the plant.
    """

    now: Callable[[], datetime]
    climate: Callable[[], Climate]
    together: Callable[[], WeatherAndPrices]
    today: Callable[[], DayOfWeather]
    limits: tuple[Limit, ...]


def analysis_routes(desk: AnalysisDesk) -> APIRouter:
    """Four views on decades of stored weather. What is missing is named, never made up."""
    router = APIRouter(prefix="/analysis", tags=["analysis"], responses=_REFUSED)

    @router.get("/siar-summary", summary="What the SIAR record holds, and today against it")
    def siar_summary(language: InLanguage) -> analysis_schemas.SiarSummary:
        """Every daily variable of the stations J09 and J17: counts, years covered, mean, quantiles
        and extremes with their days; and today beside the same time of year."""
        return analysis_views.siar_summary(
            desk.climate(), desk.today(), as_of=desk.now(), words=WORDS[language]
        )

    @router.get("/weather-correlation", summary="How the price of a day went with its weather")
    def weather_correlation(language: InLanguage) -> analysis_schemas.WeatherCorrelations:
        """Daily mean price with each daily weather variable: n, Pearson, Spearman, what is left
        without the season, and a p-value that allows for neighbouring days being alike."""
        return analysis_views.weather_correlation(
            desk.together(), as_of=desk.now(), words=WORDS[language]
        )

    @router.get("/seasonal-patterns", summary="The year by month, and the best months")
    def seasonal_patterns(language: InLanguage) -> analysis_schemas.SeasonalPatterns:
        """Each variable by calendar month with the days and years it rests on; months ranked by how
        seldom their days pass the lowest temperature limit of the plant."""
        return analysis_views.seasonal_patterns(
            desk.climate(), desk.limits, as_of=desk.now(), words=WORDS[language]
        )

    @router.get("/critical-thresholds", summary="How often heat and humidity were critical")
    def critical_thresholds(language: InLanguage) -> analysis_schemas.CriticalThresholds:
        """The ambient limits of the plant against the record, by month and year, and what is high
        for the place itself. A limit that the plant does not give is named as missing."""
        return analysis_views.critical_thresholds(
            desk.climate(), desk.limits, as_of=desk.now(), words=WORDS[language]
        )

    return router
