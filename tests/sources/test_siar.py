"""SIAR exports: UTF-16LE, decimal comma, days of 23 to 25 hours."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.sources.files import FileReading, read_file
from chocolate_factory.sources.siar import SIAR_CLASSIC_VARIABLES

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HEADER = (
    "IdProvincia;IdEstacion;Fecha;Año;Dia;Temp Media (ºC);Temp Max (ºC);Hora Temp Max;"
    "Temp Mínima (ºC);Hora Temp Min;Humedad Media (%);Humedad Max (%);Hora Hum Max;"
    "Humedad Min (%);Hora Hum Mín;Velviento (m/s);DirViento (º);VelVientoMax (m/s);Hora VelMax;"
    "Dir viento Vel Max (º);Radiación (MJ/m2);Precipitación (mm);PePMon;EtPMon"
)
VALUES = "11,5;18,2;15:10;-0,5;06:40;61,5;95;24:00;30,25;15:20;1,2;182;5,5;14:00;190;17,8;0;0;2,9"
DAY_1, DAY_2 = f"23;17;29/03/2025;2025;88;{VALUES}", f"23;17;30/03/2025;2025;89;{VALUES}"


def export(*rows: str, header: str = HEADER) -> str:
    return "\r\n".join([header, *rows, ""])


def read(text: str, encoding: str = "utf-16-le") -> FileReading:
    return read_file(Path("siar.csv"), text.encode(encoding), received_at=NOW)


def batch(reading: FileReading, name: str) -> Observations:
    (found,) = [batch for batch in reading.observations if batch.key.name == name]
    return found


def refused(text: str, encoding: str = "utf-16-le") -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read(text, encoding)
    return caught.value


def exports(shared: Path) -> list[FileReading]:
    files = sorted((shared / "data/siar").glob("*.csv"))
    return [read_file(path, path.read_bytes(), received_at=NOW) for path in files]


def test_the_27_real_exports_hold_8963_days(shared: Path) -> None:
    readings = exports(shared)
    assert len(readings) == 27
    assert sum(reading.rows for reading in readings) == 8_963
    assert not any(reading.refused for reading in readings)
    said = [int(note.split()[4]) for reading in readings for note in reading.notes]
    assert sum(said) == 32  # days whose row is empty


def test_the_ten_classic_variables_to_2025_09_16_are_88935_values(shared: Path) -> None:
    counts: Counter[str] = Counter()
    for reading in exports(shared)[:26]:
        for found in reading.observations:
            if found.key.name in SIAR_CLASSIC_VARIABLES:
                counts[found.key.place] += len(found)
    assert counts == {"J09": 62_842, "J17": 26_093}
    assert len(SIAR_CLASSIC_VARIABLES) == 10


def test_the_first_day_of_the_first_real_export(shared: Path) -> None:
    first = exports(shared)[0]
    temperature = batch(first, "temp_max")
    assert temperature.key == SeriesKey("temp_max", "J09")
    assert temperature.kind is Kind.MEASURED
    assert temperature.value[0] == 27.72
    assert temperature.start[0] == np.datetime64("2000-08-23T22:00:00")
    assert len(batch(first, "evapotranspiration")) == 129  # its last day is empty in the file


def test_an_empty_cell_is_a_missing_value_and_no_zero() -> None:
    reading = read(export(DAY_1, DAY_2.replace("11,5;", ";")))
    assert len(batch(reading, "temp_mean")) == 1
    assert len(batch(reading, "temp_max")) == 2


def test_all_fourteen_variables_are_read_with_their_decimal_comma() -> None:
    reading = read(export(DAY_1))
    values = {found.key.name: found.value[0] for found in reading.observations}
    assert values == {
        "temp_mean": 11.5, "temp_max": 18.2, "temp_min": -0.5, "humidity_mean": 61.5,
        "humidity_max": 95.0, "humidity_min": 30.25, "wind_speed_mean": 1.2,
        "wind_direction_mean": 182.0, "wind_speed_max": 5.5, "wind_direction_max": 190.0,
        "radiation": 17.8, "precipitation_day": 0.0, "precipitation_effective": 0.0,
        "evapotranspiration": 2.9,
    }  # fmt: skip


def test_a_day_is_as_long_as_the_local_day() -> None:
    days = ["29/03/2025;2025;88", "30/03/2025;2025;89", "26/10/2025;2025;299"]
    rain = batch(read(export(*(f"23;17;{day};{VALUES}" for day in days))), "precipitation_day")
    assert rain.resolution_s.tolist() == [24 * 3600, 23 * 3600, 25 * 3600]
    assert rain.start[1] == np.datetime64("2025-03-29T23:00:00")


def test_the_last_day_of_a_leap_year_is_its_366th() -> None:
    rain = batch(read(export(f"23;17;31/12/2024;2024;366;{VALUES}")), "precipitation_day")
    assert str(rain.start[0]) == "2024-12-30T23:00:00"


def test_every_column_has_its_own_empty_cells() -> None:
    reading = read(export(DAY_1.replace("11,5;", ";"), DAY_2.replace("18,2;", ";")))
    first, second = np.datetime64("2025-03-28T23:00:00"), np.datetime64("2025-03-29T23:00:00")
    assert batch(reading, "temp_mean").start.tolist() == [second.item()]
    assert batch(reading, "temp_max").start.tolist() == [first.item()]
    assert batch(reading, "temp_min").start.tolist() == [first.item(), second.item()]
    assert batch(reading, "temp_max").resolution_s.tolist() == [24 * 3600]
    assert batch(reading, "temp_mean").resolution_s.tolist() == [23 * 3600]


def test_a_day_is_known_the_next_morning() -> None:
    rain = batch(read(export(DAY_1)), "precipitation_day")
    assert rain.available_at[0] == np.datetime64("2025-03-30T06:00:00")
    assert rain.inferred.all()


def test_two_stations_in_one_file_are_two_places() -> None:
    reading = read(export(DAY_1, DAY_1.replace("23;17;", "23;9;")))
    assert {found.key.place for found in reading.observations} == {"J09", "J17"}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16", "utf-8", "utf-8-sig"])
def test_a_clear_re_save_says_the_same(encoding: str) -> None:
    assert batch(read(export(DAY_1), encoding), "temp_min").value.tolist() == [-0.5]


def test_a_windows_1252_re_save_is_refused_as_mis_encoded() -> None:
    fault = refused(export(DAY_1), "cp1252")
    assert fault.line == 1
    assert "another encoding" in fault.reason


def test_an_export_cut_off_at_any_character_of_its_last_line_is_refused() -> None:
    text = export(DAY_1, DAY_2)
    for length in range(len(export(DAY_1)) + 1, len(text)):
        with pytest.raises(FileRefused):
            read(text[:length])


def test_an_export_cut_off_within_a_character_is_refused() -> None:
    data = export(DAY_1).encode("utf-16-le")[:-1]
    with pytest.raises(FileRefused, match="truncated data"):
        read_file(Path("siar.csv"), data, received_at=NOW)


def test_a_decimal_point_is_refused_with_line_and_column() -> None:
    fault = refused(export(DAY_1, DAY_2.replace("18,2", "18.2")))
    assert (fault.line, fault.column) == (3, "Temp Max (ºC)")
    assert "decimal point" in fault.reason


def test_a_comma_between_columns_is_refused() -> None:
    assert refused(export(DAY_1).replace(";", ","), "utf-8").line == 1


def test_another_header_is_refused_naming_the_column() -> None:
    fault = refused(export(DAY_1, header=HEADER.replace("Temp Max", "T Max")))
    assert (fault.line, fault.column) == (1, "Temp Max (ºC)")


def test_a_header_alone_is_refused() -> None:
    assert "no days" in refused(export()).reason


@pytest.mark.parametrize(
    ("old", "new", "column", "word"),
    [
        ("11,5", "NaN", "Temp Media (ºC)", "not a number"),
        ("11,5", "215", "Temp Media (ºC)", "not plausible"),
        ("95", "101", "Humedad Max (%)", "not plausible"),
        ("06:40", "06:75", "Hora Temp Min", "not an hour"),
        ("29/03/2025", "2025-03-29", "Fecha", "not a day"),
        ("29/03/2025", "31/02/2025", "Fecha", "calendar"),
        ("29/03/2025", "29/02/2025", "Fecha", "calendar"),
        ("29/03/2025", "00/03/2025", "Fecha", "calendar"),
        ("29/03/2025", "29/13/2025", "Fecha", "calendar"),
        ("29/03/2025", "29-03-2025", "Fecha", "not a day"),
        ("29/03/2025", "29/03/1997", "Fecha", "before SIAR began"),
        ("2025;88", "2025;89", "Fecha", "not day 89"),
        ("2025;88", "2025;088", "Fecha", "not day 088"),
        ("2025;88", "2024;88", "Fecha", "not day 88 of 2024"),
        ("23;17", "14;17", "IdEstacion", "not known"),
    ],
)
def test_a_wrong_cell_refuses_the_file_and_is_named(
    old: str, new: str, column: str, word: str
) -> None:
    reading = read(export(DAY_1.replace(old, new, 1), DAY_2))
    (fault,) = reading.refused
    assert reading.observations == ()
    assert (fault.line, fault.column) == (2, column)
    assert word in fault.reason


def test_a_day_that_stands_twice_is_taken_once() -> None:
    reading = read(export(DAY_1, DAY_1))
    assert len(batch(reading, "radiation")) == 1
    assert reading.notes == ("1 rows say again what an earlier row said: taken once",)


def test_a_day_that_contradicts_itself_is_refused_by_variable() -> None:
    reading = read(export(DAY_1, DAY_1.replace("17,8", "19")))
    (fault,) = reading.refused
    assert (fault.line, fault.column) == (3, "Radiación (MJ/m2)")
    assert "line 2" in fault.reason
