"""Sources: spans cut into chunks, answers merged, and what the shared readers refuse."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from chocolate_factory.errors import (
    NotPublished,
    SourceChanged,
    SourceError,
    SourceRejected,
    SourceUnavailable,
)
from chocolate_factory.market.calendar import day_bounds, periods
from chocolate_factory.market.catalog import PVPC, SPOT
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.sources.base import (
    Classify,
    Request,
    Source,
    number,
    observations,
    read_json,
)

NOW = datetime(2025, 4, 10, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Almanac:
    """An upstream whose answer to a span is a price for each hour, and an hour too many."""

    published_until: date
    name: str = "almanac"
    series: tuple[SeriesKey, ...] = (PVPC,)
    max_days: int = 7

    def request(self, first: date, last: date) -> Request:
        return Request("http://almanac.test", params=(("first", f"{first}"), ("last", f"{last}")))

    def parse(self, body: bytes, *, received_at: datetime) -> tuple[Observations, ...]:
        first, last = (date.fromisoformat(day) for day in body.decode().split())
        if first > self.published_until:
            raise NotPublished(self.name, "nothing yet")
        end = day_bounds(min(last, self.published_until))[1] + timedelta(hours=1)
        start = periods(day_bounds(first)[0], end, timedelta(hours=1))
        value = (start.astype(np.int64) // 3600 % 1000) / 1000
        return (
            observations(
                PVPC, Kind.PUBLISHED, start, value, source=self.name, received_at=received_at
            ),
        )

    def classify(self, status: int, body: bytes) -> SourceError:
        return SourceRejected(self.name, f"HTTP {status}: {body.decode()}")


@dataclass(frozen=True)
class Echo:
    """A wire that answers a request with its own parameters, and remembers them."""

    asked: list[str] = field(default_factory=list)

    def get(self, request: Request, *, source: str, classify: Classify | None = None) -> bytes:
        assert source == "almanac"
        assert classify is not None
        text = " ".join(value for _, value in request.params)
        self.asked.append(text)
        return text.encode()


def test_a_long_span_is_asked_in_chunks_of_the_upstreams_longest_span() -> None:
    wire = Echo()
    Source(Almanac(date(2030, 1, 1)), wire).fetch(date(2025, 3, 1), date(2025, 3, 16), now=NOW)
    assert wire.asked == ["2025-03-01 2025-03-07", "2025-03-08 2025-03-14", "2025-03-15 2025-03-16"]


def test_chunks_come_back_as_one_batch_cut_to_the_days_asked() -> None:
    (batch,) = Source(Almanac(date(2030, 1, 1)), Echo()).fetch(
        date(2025, 3, 20), date(2025, 4, 5), now=NOW
    )
    start, end = day_bounds(date(2025, 3, 20))[0], day_bounds(date(2025, 4, 5))[1]
    assert np.array_equal(batch.start, periods(start, end, timedelta(hours=1)))
    assert len(batch) == 17 * 24 - 1  # 30 March has 23 hours


def test_the_chunks_chosen_do_not_change_the_values() -> None:
    almanac = Almanac(date(2030, 1, 1))
    (weekly,) = Source(almanac, Echo()).fetch(date(2025, 3, 1), date(2025, 4, 9), now=NOW)
    (daily,) = Source(Almanac(date(2030, 1, 1), max_days=1), Echo()).fetch(
        date(2025, 3, 1), date(2025, 4, 9), now=NOW
    )
    assert np.array_equal(weekly.start, daily.start)
    assert np.array_equal(weekly.value, daily.value)
    assert np.array_equal(weekly.available_at, daily.available_at)


def test_what_is_published_of_a_span_is_returned_without_the_rest() -> None:
    (batch,) = Source(Almanac(date(2025, 4, 2)), Echo()).fetch(
        date(2025, 4, 1), date(2025, 4, 20), now=NOW
    )
    assert len(batch) == 2 * 24 + 1  # with the hour the almanac says too much


def test_a_span_of_which_nothing_is_published_is_not_published() -> None:
    source = Source(Almanac(date(2025, 4, 2)), Echo())
    with pytest.raises(NotPublished, match="2025-04-03 to 2025-04-20: nothing yet"):
        source.fetch(date(2025, 4, 3), date(2025, 4, 20), now=NOW)


def test_a_span_that_ends_before_it_begins_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="2025-04-03 is after"):
        Source(Almanac(NOW.date()), Echo()).fetch(date(2025, 4, 3), date(2025, 4, 2), now=NOW)


def test_rows_in_any_order_become_a_batch_in_order() -> None:
    start = np.array(["2025-04-01T02", "2025-04-01T00", "2025-04-01T01"], dtype="datetime64[s]")
    batch = observations(
        SPOT, Kind.PUBLISHED, start, np.array([2.0, 0.0, 1.0]), source="ree", received_at=NOW
    )
    assert batch.value.tolist() == [0.0, 1.0, 2.0]
    assert batch.resolution_s.tolist() == [3600] * 3


def test_a_row_repeated_word_for_word_counts_once() -> None:
    start = np.array(["2025-04-01T00", "2025-04-01T01", "2025-04-01T00"], dtype="datetime64[s]")
    batch = observations(
        SPOT, Kind.PUBLISHED, start, np.array([5.0, 1.0, 5.0]), source="ree", received_at=NOW
    )
    assert batch.value.tolist() == [5.0, 1.0]


def test_a_period_with_two_different_values_is_refused() -> None:
    start = np.array(["2025-04-01T00", "2025-04-01T01", "2025-04-01T00"], dtype="datetime64[s]")
    with pytest.raises(SourceChanged, match="two different values"):
        observations(
            SPOT, Kind.PUBLISHED, start, np.array([5.0, 1.0, 5.1]), source="ree", received_at=NOW
        )


def test_an_absurd_value_is_refused_with_its_place_and_bounds() -> None:
    start = np.array(["2025-04-01T00"], dtype="datetime64[s]")
    with pytest.raises(
        SourceChanged, match=r"9999.* EUR/MWh at 2025-04-01T00:00:00.*not plausible"
    ):
        observations(SPOT, Kind.PUBLISHED, start, np.array([9999.0]), source="ree", received_at=NOW)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"a": [1, 2', b"\xff\xfe{", b"[" * 100_000],
    ids=["empty", "brace", "cut", "mis-encoded", "nested"],
)
def test_a_body_that_is_not_whole_json_is_worth_another_try(body: bytes) -> None:
    with pytest.raises(SourceUnavailable, match="not complete JSON"):
        read_json(body, source="ree")


def test_a_web_page_is_never_parsed() -> None:
    with pytest.raises(SourceUnavailable, match="web page instead of data"):
        read_json(b"\n<!DOCTYPE html><html></html>", source="ree")


def test_json_that_is_not_an_object_is_a_changed_source() -> None:
    with pytest.raises(SourceChanged, match="not an object"):
        read_json(b"[1, 2]", source="ree")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999", "1" * 400, "true", '"3.2"', "[]"])
def test_only_a_finite_json_number_is_a_number(text: str) -> None:
    cell = read_json(f'{{"x": {text}}}'.encode(), source="ree")["x"]
    with pytest.raises(SourceChanged, match=r"row 7: .*(not a number|not finite)"):
        number(cell, source="ree", where="row 7")
