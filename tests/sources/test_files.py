"""Recognition by content, and the promise that nothing but FileRefused comes out."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chocolate_factory.errors import FileRefused
from chocolate_factory.sources import files
from chocolate_factory.sources.files import FileReading, expand, read_file
from chocolate_factory.sources.given_prices import GivenSeries, read_given

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SIAR_HEADER = (
    "IdProvincia;IdEstacion;Fecha;Año;Dia;Temp Media (ºC);Temp Max (ºC);Hora Temp Max;"
    "Temp Mínima (ºC);Hora Temp Min;Humedad Media (%);Humedad Max (%);Hora Hum Max;"
    "Humedad Min (%);Hora Hum Mín;Velviento (m/s);DirViento (º);VelVientoMax (m/s);Hora VelMax;"
    "Dir viento Vel Max (º);Radiación (MJ/m2);Precipitación (mm);PePMon;EtPMon\r\n"
)
BEGINNINGS = (
    b"time_utc,price_eur_kwh\n",
    b"time_utc,resolution_min,spot_es_eur_mwh\n2025-10-01T00:00:00Z,",
    b"MARGINALPDBC;\r\n2025;10;01;1;",
    SIAR_HEADER.encode("utf-16-le"),
    SIAR_HEADER.encode() + b"23;9;01/01/2001;2001;1;",
    b'{"PVPC":[',
    b'{"indicator":{"id":600,"values":[',
    b"\x1f\x8b",
)
CELLS = st.sampled_from(
    [
        "2025-10-01T00:00:00Z", "2025-10-01T00:15:00+02:00", "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59Z", "nan", "-inf", "1e999", "9" * 5000, "0.1", "-3,5", "60", "15", "",
        '"', "now", "NaT", "\u2028", "\x00",
    ]
)  # fmt: skip


def read(data: bytes, name: str = "file") -> FileReading:
    return read_file(Path(name), data, received_at=NOW)


def refused(data: bytes, name: str = "file") -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read(data, name)
    return caught.value


def taken_or_refused(data: bytes) -> bool:
    try:
        reading = read(data)
    except FileRefused as fault:
        return bool(fault.reason)
    return not (reading.refused and reading.observations)


def given_or_refused(data: bytes, *, plain: bool) -> GivenSeries | FileRefused:
    try:
        return read_given(Path("file"), data, received_at=NOW, plain=plain)
    except FileRefused as fault:
        return fault


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_taken_or_refused_and_nothing_else(data: bytes) -> None:
    assert taken_or_refused(data)


@given(st.sampled_from(BEGINNINGS), st.binary(max_size=400))
def test_a_known_beginning_with_arbitrary_bytes_is_taken_or_refused(
    head: bytes, rest: bytes
) -> None:
    assert taken_or_refused(head + rest)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6), st.booleans())
def test_a_price_file_of_awkward_cells_is_taken_or_refused(
    rows: list[list[str]], with_resolution: bool
) -> None:
    header = "time_utc,spot_es_eur_mwh" + (",resolution_min" if with_resolution else "")
    text = "\n".join([header, *(",".join(row) for row in rows), ""])
    assert taken_or_refused(text.encode())


@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6),
    st.sampled_from(["", ",resolution_min", ",", ",value_eur_kwh,resolution_min"]),
    st.booleans(),
)
def test_given_prices_of_awkward_cells_are_taken_or_refused(
    rows: list[list[str]], further: str, plain: bool
) -> None:
    text = "\n".join([f"time_utc,price_eur_kwh{further}", *(",".join(row) for row in rows), ""])
    taken = given_or_refused(text.encode(), plain=plain)
    if not isinstance(taken, FileRefused):
        taken.about.check(taken.series.start, taken.series.resolution_s, taken.series.value)


@given(st.sampled_from(BEGINNINGS), st.binary(max_size=400))
def test_arbitrary_bytes_as_given_prices_are_taken_or_refused(head: bytes, rest: bytes) -> None:
    assert given_or_refused(head + rest, plain=True)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["value", "datetime", "tz_time", "geo_id"]),
            st.one_of(
                CELLS, st.integers(), st.floats(), st.none(), st.just(3), st.just([1]), st.just({})
            ),
        ),
        max_size=6,
    )
)
def test_an_indicator_of_awkward_entries_is_taken_or_refused(entries: list[object]) -> None:
    tree = {"indicator": {"id": 600, "values": entries}}
    assert taken_or_refused(json.dumps(tree).encode())


@given(st.lists(st.lists(CELLS, min_size=19, max_size=19), min_size=1, max_size=3))
def test_a_siar_file_of_awkward_cells_is_taken_or_refused(rows: list[list[str]]) -> None:
    text = SIAR_HEADER + "".join(
        f"23;9;0{day};{';'.join(row)}\r\n"
        for day, row in zip(("1/01/2001;2001;1", "2/01/2001;2001;2", "x;;"), rows, strict=False)
    )
    assert taken_or_refused(text.encode("utf-16-le", "surrogatepass"))


@pytest.mark.parametrize("data", [b"", b"\n\n", b"   "])
def test_an_empty_file_is_refused(data: bytes) -> None:
    assert "empty" in refused(data).reason


def test_a_web_page_in_place_of_a_file_is_refused_as_such() -> None:
    page = b"<!DOCTYPE html>\n<html><body>404</body></html>"
    assert "web page" in refused(page, "marginalpdbc_20240101.1").reason


def test_an_unknown_file_is_refused_naming_the_known_formats() -> None:
    fault = refused(b"date;price\n2024-01-01;5\n")
    assert "'date;price'" in fault.reason
    assert all(known in fault.reason for known in files.KNOWN_FORMATS)


@pytest.mark.parametrize(
    "data",
    [b"\x93\xfa\x1b[31m\x07\xff\xfe\x00", b"\x1b[2Jdate\n", "precio €;año\n".encode("cp1252")],
)
def test_of_bytes_that_are_no_text_nothing_is_shown(data: bytes) -> None:
    fault = refused(data)
    assert "begins with bytes that are no text" in fault.reason
    assert fault.reason.isprintable()
    assert "\ufffd" not in fault.reason


def test_the_name_of_a_file_does_not_decide_its_format() -> None:
    data = b"time_utc,price_eur_kwh\n2024-01-01T00:00:00Z,0.1\n"
    assert read(data, "marginalpdbc_20240101.1").format == "price CSV"


def test_the_wide_reports_of_omie_are_refused_as_unknown(shared: Path) -> None:
    for path in (shared / "samples/omie").glob("[IP]*"):
        with pytest.raises(FileRefused, match="known formats"):
            read_file(path, path.read_bytes(), received_at=NOW)


def test_a_damaged_gzip_file_is_refused() -> None:
    packed = gzip.compress(b"time_utc,price_eur_kwh\n" * 100)
    for damaged in (packed[:-9], packed[:20], packed[:-4] + b"\0\0\0\0"):
        assert "cannot be unpacked" in refused(damaged).reason


def test_a_file_that_unpacks_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_BYTES", 10_000)
    assert "split it" in refused(gzip.compress(b"time_utc" + b"0" * 100_000)).reason


def test_folders_are_expanded_in_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b/2.csv", "b/1.csv", "a.csv", ".hidden", ".git/x", "c/d/e.json"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    names = [str(path.relative_to(tmp_path)) for path in expand([tmp_path])]
    assert names == ["a.csv", "b/1.csv", "b/2.csv", "c/d/e.json"]


def test_files_come_as_given_and_each_once(tmp_path: Path) -> None:
    for name in ("2.csv", "1.csv"):
        (tmp_path / name).write_text("x")
    given_paths = [tmp_path / "2.csv", tmp_path, tmp_path / "absent.csv"]
    assert [path.name for path in expand(given_paths)] == ["2.csv", "1.csv", "absent.csv"]
