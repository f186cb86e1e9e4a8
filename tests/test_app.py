"""Whom the composed application asks for which days."""

from datetime import date

from chocolate_factory.app import live_sources
from chocolate_factory.settings import load_settings
from chocolate_factory.sources.transport import Transport

TODAY = date(2025, 11, 17)


def asked(first, last):
    with Transport() as transport:
        spans = live_sources(load_settings(), transport).weather(first, last, TODAY)
    return [(type(span.source.upstream).__name__, span.first, span.last) for span in spans]


def test_old_weather_comes_from_the_archive_and_the_last_week_from_the_forecast():
    assert asked(date(2023, 1, 1), date(2025, 11, 18)) == [
        ("OpenMeteoArchive", date(2023, 1, 1), date(2025, 11, 9)),
        ("OpenMeteoForecast", date(2025, 11, 10), date(2025, 11, 18)),
    ]


def test_a_span_on_one_side_of_the_handover_asks_one_endpoint():
    assert asked(date(2025, 1, 1), date(2025, 1, 31)) == [
        ("OpenMeteoArchive", date(2025, 1, 1), date(2025, 1, 31))
    ]
    assert asked(date(2025, 11, 16), date(2025, 11, 18)) == [
        ("OpenMeteoForecast", date(2025, 11, 16), date(2025, 11, 18))
    ]
