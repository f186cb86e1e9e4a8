"""When the next values of a feed are due."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chocolate_factory.app.feeds import feeds_at, live_addresses, waiting_feeds
from chocolate_factory.settings import Settings
from chocolate_factory.sources.transport import Transport
from chocolate_factory.upkeep import next_publication

AT = datetime(2025, 10, 25, 22, 30, tzinfo=UTC)  # 00:30 of the day of 25 hours


@pytest.mark.parametrize(
    ("feed", "due"),
    [
        ("ree-prices", datetime(2025, 10, 26, 12, 0, tzinfo=UTC)),  # spot, 13:00 in winter time
        ("ree-demand", datetime(2025, 10, 25, 22, 35, tzinfo=UTC)),
        ("open-meteo-forecast", datetime(2025, 10, 25, 23, 0, tzinfo=UTC)),
        ("open-meteo-archive", datetime(2025, 10, 25, 23, 0, tzinfo=UTC)),
    ],
)
def test_every_feed_has_a_next_publication_by_its_rule(feed: str, due: datetime) -> None:
    settings = Settings(aemet_key="", esios_token="", openweathermap_key="", siar_key="")
    with Transport() as network:
        every = feeds_at(live_addresses(settings), network, None).all
        (one,) = [each for each in every if each.name == feed]
        assert next_publication(one, as_of=AT) == due


def test_feeds_without_their_key_have_one_too() -> None:
    settings = Settings(aemet_key="", esios_token="", openweathermap_key="", siar_key="")
    with Transport() as network:
        due = {
            one.name: next_publication(one, as_of=AT) for one in waiting_feeds(settings, network)
        }
    assert due["siar-api"] == datetime(2025, 10, 26, 7, 0, tzinfo=UTC)
    assert due["esios-pvpc"] == datetime(2025, 10, 26, 19, 15, tzinfo=UTC)
    assert None not in due.values()
