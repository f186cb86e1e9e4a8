"""CLIMATOLOGY: what decades of daily weather say of a place, and how prices went with the weather.

Pure functions of stored days. A figure that too few days carry is None, and what is missing is
named.
"""

from chocolate_factory.insights.climatology.correlation import (
    Correlation,
    correlations,
    daily_means,
)
from chocolate_factory.insights.climatology.record import (
    DailyValues,
    Record,
    YearCount,
    joined,
)
from chocolate_factory.insights.climatology.seasons import (
    Month,
    RankedMonth,
    Season,
    months_ranked,
    season,
)
from chocolate_factory.insights.climatology.summary import Summary, summarise
from chocolate_factory.insights.climatology.thresholds import (
    Crossings,
    Extremes,
    Limit,
    crossings,
    extremes,
)
from chocolate_factory.insights.climatology.today import Compared, compared

__all__ = [
    "Compared",
    "Correlation",
    "Crossings",
    "DailyValues",
    "Extremes",
    "Limit",
    "Month",
    "RankedMonth",
    "Record",
    "Season",
    "Summary",
    "YearCount",
    "compared",
    "correlations",
    "crossings",
    "daily_means",
    "extremes",
    "joined",
    "months_ranked",
    "season",
    "summarise",
]
