"""Who should have spoken about the weather of an hour."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chocolate_factory.market.catalog import LINARES
from chocolate_factory.market.series import Kind, SeriesKey
from chocolate_factory.upkeep.weather import preferred


@pytest.mark.parametrize(
    ("name", "kind", "hour", "source"),
    [
        ("temperature", Kind.FORECAST, 3, "aemet"),
        ("temperature", Kind.FORECAST, 12, "openweathermap"),
        ("temperature", Kind.FORECAST, 13, "aemet"),
        ("station_pressure", Kind.FORECAST, 13, "open-meteo"),
        ("solar_radiation", Kind.FORECAST, 3, "open-meteo"),
        ("solar_radiation", Kind.MEASURED, 12, "open-meteo"),
        ("station_pressure", Kind.FORECAST, 3, "openweathermap"),
        ("sea_level_pressure", Kind.MEASURED, 3, "aemet"),
        ("precipitation", Kind.MEASURED, 12, "aemet"),
    ],
)
def test_the_preferred_source_is_one_that_tells_such_values(
    name: str, kind: Kind, hour: int, source: str
) -> None:
    assert (
        preferred(SeriesKey(name, LINARES), kind, datetime(2025, 11, 17, hour, tzinfo=UTC))
        == source
    )
