"""DATA THAT LOOKS AFTER ITSELF: what is due, whom to ask, what is missing, what disagrees.

Collecting is driven by what is missing: a feed is asked for the days on which a value is due and
not stored, and for nothing else. So a run costs no request once a day is complete, a gap of a night
or of a month is repaired by the same code, and history is one large gap, filled newest first.
"""

from chocolate_factory.upkeep.climate import (
    SIAR_KEYS,
    Climate,
    DayOfWeather,
    WeatherAndPrices,
    climate,
    day_of_weather,
    weather_and_prices,
)
from chocolate_factory.upkeep.collect import Collected, ask_again, collect, collect_from
from chocolate_factory.upkeep.history import History, fill_history
from chocolate_factory.upkeep.reparse import Reparsed, reparse
from chocolate_factory.upkeep.supply import Feed, Supply, days_due, spans
from chocolate_factory.upkeep.survey import (
    Disagreement,
    FeedHealth,
    GapSummary,
    SeriesGaps,
    disagreements,
    feed_health,
    gap_summary,
    next_publication,
)
from chocolate_factory.upkeep.weather import HybridValue, HybridWeather, hybrid_weather

__all__ = [
    "SIAR_KEYS",
    "Climate",
    "Collected",
    "DayOfWeather",
    "Disagreement",
    "Feed",
    "FeedHealth",
    "GapSummary",
    "History",
    "HybridValue",
    "HybridWeather",
    "Reparsed",
    "SeriesGaps",
    "Supply",
    "WeatherAndPrices",
    "ask_again",
    "climate",
    "collect",
    "collect_from",
    "day_of_weather",
    "days_due",
    "disagreements",
    "feed_health",
    "fill_history",
    "gap_summary",
    "hybrid_weather",
    "next_publication",
    "reparse",
    "spans",
    "weather_and_prices",
]
