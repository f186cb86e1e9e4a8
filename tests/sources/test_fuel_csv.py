"""Daily prices of gas and allowances as a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from chocolate_factory.errors import FileRefused
from chocolate_factory.sources.files import FileReading, read_file

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def read(text: str) -> FileReading:
    return read_file(Path("fuel.csv"), text.encode(), received_at=NOW)


def test_each_fuel_is_a_series_of_whole_days_known_when_they_are_over() -> None:
    told = read("date,gas_eur_mwh,note,co2_eur_t\n2025-10-25,31.5,x,78.2\n2025-10-26,30.1,,\n")
    gas, allowance = told.observations
    assert (str(gas.key), str(allowance.key)) == ("gas@iberia", "co2_allowance@europe")
    assert gas.value.tolist() == [31.5, 30.1]
    assert [str(at) for at in gas.start] == ["2025-10-24T22:00:00", "2025-10-25T22:00:00"]
    assert gas.resolution_s.tolist() == [24 * 3600, 25 * 3600]
    assert [str(at) for at in gas.available_at] == ["2025-10-25T22:00:00", "2025-10-26T23:00:00"]
    assert allowance.value.tolist() == [78.2]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("26/10/2025,30", "write 2025-10-26"),
        ("1990-01-01,30", "before the market began"),
        ("2025-10-26,nan", "is not a price"),
        ("2025-10-26,thirty", "is not a number"),
        ("2025-10-26,5000", "not plausible"),
    ],
)
def test_a_wrong_row_is_named_with_its_line(row: str, says: str) -> None:
    told = read(f"date,gas_eur_mwh\n2025-10-25,31.5\n{row}\n")
    assert not told.observations
    assert [fault.line for fault in told.refused] == [3]
    assert says in str(told.refused[0])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("date,gas_eur_mwh,mibgas_d1_eur_per_mwh\n2025-10-25,1,1\n", "stands in two columns"),
        ("date,gas_eur_mwh\n2025-10-25\n", "cut off"),
        ("date,gas_eur_mwh\n", "no rows"),
    ],
)
def test_a_file_built_otherwise_is_refused(text: str, says: str) -> None:
    with pytest.raises(FileRefused, match=says):
        read(text)
