"""OMIE asked live: versions, misses in two shapes, files cut off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import httpx2
import numpy as np
import pytest

from chocolate_factory.errors import (
    NotPublished,
    SourceChanged,
    SourceRejected,
    SourceUnavailable,
)
from chocolate_factory.market.calendar import delivery_periods
from chocolate_factory.market.catalog import SPOT, spec
from chocolate_factory.market.series import Kind, Observations
from chocolate_factory.sources.base import Request, Source
from chocolate_factory.sources.files import read_file
from chocolate_factory.sources.omie_live import Omie
from chocolate_factory.sources.transport import Transport

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = date(2025, 10, 26)
PAGE = b"<!DOCTYPE html>\n<html><body>El fichero no existe</body></html>"


def file_of(day: date) -> str:
    """A day's file: Spain as its period and a quarter, Portugal ten above."""
    periods = range(1, len(spec(SPOT).delivery_starts(day)) + 1)
    rows = [f"{day:%Y;%m;%d};{n};{n + 10};{n}.25;" for n in periods]
    return "\r\n".join(["MARGINALPDBC;", *rows, "*", ""])


def parsed(body: bytes | str) -> Observations:
    told = body.encode() if isinstance(body, str) else body
    (batch,) = Omie().parse(told, received_at=NOW)
    return batch


def versions(request: Request | None) -> list[str]:
    """File names in the order in which they are asked for."""
    names = []
    while request is not None:
        names.append(dict(request.params)["filename"])
        request = request.otherwise
    return names


def fetched(answer: Callable[[str], httpx2.Response]) -> tuple[list[str], Observations]:
    """Which files were asked for, and what came of it."""
    asked: list[str] = []

    def wire(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.params["filename"])
        return answer(asked[-1])

    with Transport(network=httpx2.MockTransport(wire)) as transport:
        source = Source(Omie(base_url="http://127.0.0.1"), transport)
        (batch,) = source.fetch(DAY, DAY, now=NOW)
    return asked, batch


def test_a_day_is_asked_for_in_its_first_version_then_in_later_ones() -> None:
    request = Omie().request(DAY, DAY)
    assert request.url == "https://www.omie.es/es/file-download"
    assert dict(request.params)["parents"] == "marginalpdbc"
    assert versions(request) == [f"marginalpdbc_20251026.{n}" for n in (1, 2, 3)]
    with pytest.raises(ValueError, match="one day"):
        Omie().request(DAY, date(2025, 10, 27))


@pytest.mark.parametrize("miss", [httpx2.Response(200, content=PAGE), httpx2.Response(404)])
def test_a_day_that_exists_only_as_version_two_is_found(miss: httpx2.Response) -> None:
    asked, batch = fetched(
        lambda name: httpx2.Response(200, text=file_of(DAY)) if name.endswith(".2") else miss
    )
    assert asked == ["marginalpdbc_20251026.1", "marginalpdbc_20251026.2"]
    assert len(batch) == 100


def test_a_first_version_ends_the_search() -> None:
    asked, _ = fetched(lambda _: httpx2.Response(200, text=file_of(DAY)))
    assert asked == ["marginalpdbc_20251026.1"]


def test_a_day_without_any_version_is_not_published() -> None:
    with pytest.raises(NotPublished):
        fetched(lambda _: httpx2.Response(200, content=PAGE))


def test_a_miss_is_a_state_and_another_refusal_a_fault() -> None:
    assert isinstance(Omie().classify(404, PAGE), NotPublished)
    assert isinstance(Omie().classify(410, PAGE), SourceRejected)
    with pytest.raises(NotPublished):
        parsed(PAGE)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("20230528.2", 24),
        ("20241027.1", 25),
        ("20250330.1", 23),
        ("20250930.1", 24),
        ("20251001.1", 96),
        ("20251026.1", 100),
        ("20260329.1", 92),
    ],
)
def test_a_recorded_file_says_the_same_live_as_imported(
    shared: Path, name: str, count: int
) -> None:
    path = shared / f"samples/omie/marginalpdbc_{name}"
    batch = parsed(path.read_bytes())
    (imported,) = read_file(path, path.read_bytes(), received_at=NOW).observations
    assert len(batch) == count
    assert (batch.key, batch.source, batch.kind) == (SPOT, "omie", Kind.PUBLISHED)
    assert np.array_equal(batch.start, imported.start)
    assert np.array_equal(batch.value, imported.value)


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2025, 3, 30), 23),
        (date(2024, 10, 27), 25),
        (date(2025, 9, 30), 24),
        (date(2025, 10, 1), 96),
        (date(2025, 10, 26), 100),
        (date(2026, 3, 29), 92),
    ],
)
def test_spain_stands_second_and_periods_count_from_local_midnight(day: date, count: int) -> None:
    batch = parsed(file_of(day))
    assert batch.value.tolist() == [n + 0.25 for n in range(1, count + 1)]
    assert np.array_equal(batch.start, delivery_periods(day, spec(SPOT).resolution(day)))


def test_negative_prices_and_zeros_are_prices() -> None:
    text = file_of(DAY).replace(";1.25;", ";-4;").replace(";2.25;", ";0;")
    assert parsed(text).value[:3].tolist() == [-4.0, 0.0, 3.25]


@pytest.mark.parametrize(
    "body",
    [
        file_of(DAY).replace("*\r\n", ""),
        file_of(DAY)[:900],
        "MARGINALPDBC;\r\n",
        "MARGI",
        "",
    ],
    ids=["no closing star", "cut in a row", "first line only", "cut in the token", "empty"],
)
def test_a_file_cut_off_is_unavailable_for_now(body: str) -> None:
    with pytest.raises(SourceUnavailable, match="try again later"):
        parsed(body)


@pytest.mark.parametrize(
    "body",
    [
        file_of(DAY).replace(";7.25;", ";7,25;"),
        file_of(DAY).replace(";7.25;", ";x;"),
        file_of(DAY).replace(";7.25;", ";99999;"),
        file_of(DAY).replace("2025;10;26;7;", "2025;10;27;7;"),
        file_of(DAY).replace("2025;10;26;", "2025;10;25;"),
        file_of(DAY).replace("2025;10;26;", "2025;13;26;"),
        file_of(DAY).replace("2025;10;26;7;17;7.25;\r\n", ""),
        file_of(DAY).replace("2025;10;26;8;", "2025;10;26;7;"),
        file_of(date(2025, 9, 30)).replace("2025;09;30", "2025;10;01"),
        "MARGINALPDBC;\r\n*\r\n",
        "MARGINALPDBCPT;\r\n*\r\n",
        "some other text",
        b"MARGINALPDBC;\r\n\xff\xfe*\r\n",
    ],
    ids=[
        "decimal comma", "no number", "absurd", "two days", "100 periods of 96", "no day",
        "a period missing", "a period twice", "hours of a quarter-hour day", "no rows",
        "another file", "text", "bytes",
    ],
)  # fmt: skip
def test_rows_that_are_not_those_of_a_whole_day_are_a_changed_source(body: bytes | str) -> None:
    with pytest.raises(SourceChanged, match="nothing of this answer is stored"):
        parsed(body)
