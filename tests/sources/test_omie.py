"""OMIE marginalpdbc: Portugal first, Spain second; periods count from local midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import delivery_periods
from chocolate_factory.market.catalog import SPOT, spec
from chocolate_factory.sources.files import FileReading, read_file

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def omie(day: date, *, prices: list[str] | None = None) -> str:
    """A file as OMIE writes it: Spain as given, Portugal ten higher."""
    count = len(spec(SPOT).delivery_starts(day))
    prices = prices or [f"{period}.25" for period in range(1, count + 1)]
    rows = [f"{day:%Y;%m;%d};{n};{n + 10};{price};" for n, price in enumerate(prices, 1)]
    return "\r\n".join(["MARGINALPDBC;", *rows, "*", ""])


def read(text: str, name: str = "day.1") -> FileReading:
    return read_file(Path(name), text.encode(), received_at=NOW)


def refused(text: str, name: str = "day.1") -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read(text, name)
    return caught.value


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("marginalpdbc_20230401.1", 24),
        ("marginalpdbc_20230528.2", 24),
        ("marginalpdbc_20231029.1", 25),
        ("marginalpdbc_20240331.1", 23),
        ("marginalpdbc_20241027.1", 25),
        ("marginalpdbc_20250330.1", 23),
        ("marginalpdbc_20250930.1", 24),
        ("marginalpdbc_20251001.1", 96),
        ("marginalpdbc_20251026.1", 100),
        ("marginalpdbc_20260329.1", 92),
        ("marginalpdbc_20260801.1", 96),
    ],
)
def test_recorded_files_fill_their_delivery_day(shared: Path, name: str, count: int) -> None:
    path = shared / "samples/omie" / name
    reading = read_file(path, path.read_bytes(), received_at=NOW)
    (batch,) = reading.observations
    day = datetime.strptime(name[13:21], "%Y%m%d").replace(tzinfo=UTC).date()
    assert (reading.format, reading.rows) == ("OMIE marginalpdbc", count)
    assert (batch.key, batch.source) == (SPOT, "omie")
    assert np.array_equal(batch.start, delivery_periods(day, spec(SPOT).resolution(day)))


def test_spain_is_the_second_price(shared: Path) -> None:
    path = shared / "samples/omie/marginalpdbc_20251001.1"
    (batch,) = read_file(path, path.read_bytes(), received_at=NOW).observations
    assert batch.value[39] == 60.0  # Portugal: 60.87
    assert batch.start[39] == np.datetime64("2025-10-01T07:45:00")


def test_recorded_files_agree_with_the_price_history(shared: Path) -> None:
    history = shared / "data/prices/omie_spot_2023-04_2025-12.csv"
    (known,) = read_file(history, history.read_bytes(), received_at=NOW).observations
    for name in ("20230401.1", "20241027.1", "20250330.1", "20251001.1", "20251026.1"):
        path = shared / f"samples/omie/marginalpdbc_{name}"
        (batch,) = read_file(path, path.read_bytes(), received_at=NOW).observations
        same = np.searchsorted(known.start, batch.start)
        assert np.array_equal(known.start[same], batch.start)
        assert np.array_equal(known.value[same], batch.value)


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2025, 3, 30), 23),
        (date(2024, 10, 27), 25),
        (date(2025, 10, 26), 100),
        (date(2026, 3, 29), 92),
    ],
)
def test_period_p_starts_p_minus_one_steps_after_local_midnight(day: date, count: int) -> None:
    (batch,) = read(omie(day)).observations
    assert len(batch) == count
    assert np.unique(np.diff(batch.start)).size == 1
    assert batch.value.tolist() == [period + 0.25 for period in range(1, count + 1)]


def test_negative_and_zero_prices_are_prices() -> None:
    prices = ["-4", "0", *["12.5"] * 22]
    (batch,) = read(omie(date(2024, 4, 1), prices=prices)).observations
    assert batch.value[:3].tolist() == [-4.0, 0.0, 12.5]


def test_a_second_version_counts_as_known_after_the_first() -> None:
    day = date(2024, 4, 1)
    (first,) = read(omie(day), "marginalpdbc_20240401.1").observations
    (second,) = read(omie(day), "marginalpdbc_20240401.2").observations
    assert first.available_at[0] == np.datetime64("2024-03-31T11:00:00")
    assert (second.available_at > first.available_at).all()
    assert first.inferred.all()
    assert not second.inferred.any()  # a store lets the time that the version says stand


def test_a_file_without_its_closing_star_is_refused() -> None:
    text = omie(date(2024, 4, 1))
    assert "cut off" in refused(text.replace("*\r\n", "")).reason
    assert "cut off" in refused(text[: len(text) // 2]).reason


def test_a_missing_period_is_refused_by_number() -> None:
    rows = omie(date(2024, 4, 1)).split("\r\n")
    fault = refused("\r\n".join(rows[:6] + rows[7:]))
    assert "2024-04-01 has 24 periods; 1 are missing, the first is 6" in fault.reason


def test_a_full_day_of_24_is_too_much_for_the_spring_day() -> None:
    text = omie(date(2024, 4, 1)).replace("2024;04;01", "2024;03;31")
    fault = refused(text)
    assert "has 23 periods; here is period 24" in fault.reason
    assert fault.line == 25


def test_hourly_prices_for_a_quarter_hour_day_are_refused() -> None:
    text = omie(date(2025, 9, 30)).replace("2025;09;30", "2025;10;01")
    assert "has 96 periods; 72 are missing" in refused(text).reason


def test_a_decimal_comma_is_refused_with_its_line() -> None:
    fault = refused(omie(date(2024, 4, 1)).replace(";3.25;", ";3,25;"))
    assert fault.line == 4
    assert "decimal comma" in fault.reason


def test_two_days_in_one_file_are_refused() -> None:
    text = omie(date(2024, 4, 1)).replace("2024;04;01;9;", "2024;04;02;9;")
    assert refused(text).line == 10


def test_a_file_named_after_another_day_is_refused() -> None:
    fault = refused(omie(date(2024, 4, 1)), "marginalpdbc_20240402.1")
    assert "the name says 20240402, the rows 20240401" in fault.reason


@pytest.mark.parametrize(
    ("price", "word"), [("NaN", "number"), ("", "number"), ("99999", "not plausible")]
)
def test_one_wrong_price_refuses_the_file_and_is_named(price: str, word: str) -> None:
    reading = read(omie(date(2024, 4, 1)).replace(";3.25;", f";{price};"))
    (fault,) = reading.refused
    assert reading.observations == ()
    assert (fault.line, fault.column) == (4, "price Spain")
    assert word in fault.reason


def test_a_period_that_stands_twice_is_taken_once_or_refused() -> None:
    rows = omie(date(2024, 4, 1)).split("\r\n")
    same = read("\r\n".join([*rows[:2], rows[1], *rows[2:]]))
    assert len(same.observations[0]) == 24
    other = read("\r\n".join([*rows[:2], rows[1].replace("1.25", "7"), *rows[2:]]))
    assert "contradicts 1.25 on line 2" in other.refused[0].reason


@pytest.mark.parametrize(
    "row", ["2024;04;01;1;5;", "2024;13;01;1;5;5;", "garbage", "", "1900;01;01;1;5;5;"]
)
def test_a_row_of_another_shape_is_refused(row: str) -> None:
    assert refused(f"MARGINALPDBC;\r\n{row}\r\n*\r\n").line in (1, 2)
