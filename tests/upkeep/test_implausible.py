"""One absurd value in a rolling window of weather costs that value, not the window."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chocolate_factory.errors import SourceChanged
from chocolate_factory.jobs import result_of
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import LINARES
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.sources.aemet import AemetObservation
from chocolate_factory.sources.base import Source
from chocolate_factory.sources.transport import LocalNetwork, Said, Transport
from chocolate_factory.store.sql import open_store
from chocolate_factory.upkeep import Collected, Feed, collect_from

HOUR = timedelta(hours=1)
MIDNIGHT, ABSURD_AT = datetime(2025, 12, 1, tzinfo=UTC), datetime(2025, 12, 1, 6, tzinfo=UTC)
TEMPERATURE, HUMIDITY = SeriesKey("temperature", LINARES), SeriesKey("humidity", LINARES)


def window(now: datetime) -> bytes:
    """AEMET's last twelve hours, of which 06:00 has a humidity of 101 %."""
    hours = [now.replace(minute=0) - back * HOUR for back in range(12)]
    rows = [
        {"idema": "5279X", "fint": f"{hour:%Y-%m-%dT%H:%M:%S}+0000", "ta": 10.0,
         "hr": 101.0 if hour == ABSURD_AT else 80.0}
        for hour in hours
    ]  # fmt: skip
    return json.dumps(rows).encode()


def test_one_absurd_cell_is_left_out_by_name_and_every_other_hour_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    envelope = b'{"descripcion": "exito", "estado": 200, "datos": "https://opendata.aemet.es/x"}'
    now, runs = MIDNIGHT, list[Collected]()

    def answer(method: str, url: str, headers: Mapping[str, str]) -> Said:
        return 200, [], envelope if "/api/" in url else window(now)

    def seconds() -> float:
        return now.timestamp()

    transport = Transport(network=LocalNetwork(answer), monotonic=seconds, sleep=lambda _: None)
    feed = Feed(Source(AemetObservation(key="k" * 20), transport), own=True)
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    with transport, caplog.at_level(logging.WARNING):
        for hour in range(20):
            now = MIDNIGHT + hour * HOUR + timedelta(minutes=10)
            runs.append(collect_from(feed, store, [delivery_day(now)], now=now))
    end = MIDNIGHT + 20 * HOUR
    temperature = store.read(TEMPERATURE, MIDNIGHT, end, as_of=end)
    humidity = store.read(HUMIDITY, MIDNIGHT, end, as_of=end)
    store.close()
    assert len(temperature) == 20
    assert len(humidity) == 19
    assert [run.left_out for run in runs] == [0] * 6 + [1] * 12 + [0] * 2
    assert not any(run.faults for run in runs)
    assert "humidity@linares 2025-12-01T06:00Z: 101 %" in caplog.messages[0]
    told = result_of(runs[6])
    assert told.counts["left_out"] == 1
    assert "1 implausible values left out" in told.detail


def test_an_answer_half_of_whose_cells_are_absurd_is_refused() -> None:
    rows = [
        {
            "idema": "5279X",
            "fint": f"2025-12-01T0{hour}:00:00+0000",
            "hr": 101.0 if hour < 2 else 80,
        }
        for hour in range(4)
    ]
    with pytest.raises(SourceChanged, match="not plausible"):
        AemetObservation(key="k" * 20).parse(json.dumps(rows).encode(), received_at=MIDNIGHT)
