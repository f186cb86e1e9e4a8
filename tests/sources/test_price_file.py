"""Price CSV: what is taken, what is refused and where."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import HOUR, QUARTER, delivery_periods
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.market.clock import MADRID_CLOCK
from chocolate_factory.market.series import Observations
from chocolate_factory.sources.files import FileReading, read_file
from chocolate_factory.sources.given_prices import GivenSeries, read_given

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PATH = Path("prices.csv")


def read(text: str | bytes) -> FileReading:
    data = text.encode() if isinstance(text, str) else text
    return read_file(PATH, data, received_at=NOW)


def only(reading: FileReading) -> Observations:
    (batch,) = reading.observations
    return batch


def pvpc(*rows: str) -> str:
    return "\n".join(["time_utc,price_eur_kwh", *rows, ""])


def spot(*rows: str) -> str:
    return "\n".join(["time_utc,resolution_min,spot_es_eur_mwh", *rows, ""])


def day_file(day: date, step: object, minutes: int) -> str:
    starts = delivery_periods(day, step)
    return spot(*(f"{start}Z,{minutes},{at}.5" for at, start in enumerate(starts)))


def refused(text: str | bytes) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read(text)
    return caught.value


def given(text: str | bytes, *, plain: bool = True) -> GivenSeries:
    data = text.encode() if isinstance(text, str) else text
    return read_given(PATH, data, received_at=NOW, plain=plain)


def not_given(text: str | bytes, *, plain: bool = True) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        given(text, plain=plain)
    return caught.value


def value(*rows: str) -> str:
    return "\n".join(["time_utc,value_eur_mwh", *rows, ""])


def test_the_pvpc_history_has_every_row_and_the_first_hour_of_its_tariff(shared: Path) -> None:
    path = shared / "data/prices/pvpc_hourly_2021-06_2025-12.csv"
    reading = read_file(path, path.read_bytes(), received_at=NOW)
    batch = only(reading)
    assert (reading.format, reading.rows, len(batch)) == ("price CSV", 40_129, 40_129)
    assert batch.key == PVPC
    assert batch.source == "price-file"
    assert batch.value[0] == 0.11633
    assert batch.start[0] == np.datetime64("2021-05-31T22:00:00")


@pytest.mark.parametrize(
    ("name", "rows"),
    [("omie_spot_hourly_2022-01_2023-03.csv", 10_848), ("omie_spot_2023-04_2025-12.csv", 30_292)],
)
def test_the_spot_histories_have_every_row(shared: Path, name: str, rows: int) -> None:
    path = shared / "data/prices" / name
    reading = read_file(path, path.read_bytes(), received_at=NOW)
    assert reading.rows == len(only(reading)) == rows
    assert only(reading).key == SPOT


def test_the_real_spot_file_turns_to_quarter_hours_on_2025_10_01(shared: Path) -> None:
    path = shared / "data/prices/omie_spot_2023-04_2025-12.csv"
    batch = only(read_file(path, path.read_bytes(), received_at=NOW))
    switch = batch.start >= np.datetime64("2025-09-30T22:00:00")
    assert set(batch.resolution_s[switch]) == {900}
    assert set(batch.resolution_s[~switch]) == {3600}
    assert batch.value.min() < 0


def test_prices_of_portugal_are_left_out_and_said_so() -> None:
    text = "time_utc,spot_es_eur_mwh,spot_pt_eur_mwh\n2024-01-01T00:00:00Z,5,7\n"
    reading = read(text)
    assert only(reading).value.tolist() == [5.0]
    assert reading.notes == ("spot_pt_eur_mwh: prices of Portugal are left out",)


def test_a_price_counts_as_known_from_its_publication_by_the_rule() -> None:
    batch = only(read(pvpc("2024-01-10T12:00:00Z,0.1")))
    assert batch.available_at[0] == np.datetime64("2024-01-09T19:15:00")
    assert batch.inferred.all()


def test_a_price_received_before_its_publication_time_was_known_when_it_came() -> None:
    early = datetime(2024, 1, 9, 18, tzinfo=UTC)
    text = pvpc("2024-01-10T12:00:00Z,0.1").encode()
    batch = only(read_file(PATH, text, received_at=early))
    assert batch.available_at[0] == np.datetime64("2024-01-09T18:00:00")
    assert not batch.inferred.any()


@pytest.mark.parametrize("stamp", ["2031-01-01T00:00:00Z", "2026-06-02T00:00:00Z"])
def test_a_price_nobody_can_know_yet_is_refused_with_its_line_and_when_it_is_due(
    stamp: str,
) -> None:
    reading = read(pvpc("2026-05-31T22:00:00Z,0.1", f"{stamp},0.1"))
    (fault,) = reading.refused
    assert (fault.line, reading.observations) == (3, ())
    assert f"at {stamp} cannot be known yet" in fault.reason
    assert "is due" in fault.reason


def test_assumed_prices_of_the_future_are_taken_where_nothing_is_stored() -> None:
    text = pvpc("2031-01-01T00:00:00Z,0.1", "2031-01-01T01:00:00Z,0.2")
    assert given(text, plain=False).series.value.tolist() == [0.1, 0.2]


@pytest.mark.parametrize(
    ("stamp", "start"),
    [
        ("2024-07-01T00:00:00+02:00", "2024-06-30T22:00:00"),
        ("2024-07-01 00:00:00+00:00", "2024-07-01T00:00:00"),
        ("2024-07-01T00:00Z", "2024-07-01T00:00:00"),
    ],
)
def test_a_time_may_be_written_with_any_offset(stamp: str, start: str) -> None:
    assert only(read(pvpc(f"{stamp},0.1"))).start[0] == np.datetime64(start)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    text = "\ufeff" + pvpc("2024-01-01T00:00:00Z,0.1").replace("\n", "\r\n")
    assert only(read(text)).value.tolist() == [0.1]


def test_quotes_and_blank_lines_change_nothing_but_the_line_numbers() -> None:
    good = pvpc('"2024-01-01T00:00:00Z","0.1"', "", "2024-01-01T01:00:00Z,-0.02")
    assert only(read(good)).value.tolist() == [0.1, -0.02]
    assert read(good).rows == 2
    (fault,) = read(pvpc('"2024-01-01T00:00:00Z","0.1"', "", "2024-01-01T01:00:00Z,x")).refused
    assert fault.line == 4


def test_rows_may_stand_in_any_order() -> None:
    batch = only(read(pvpc("2024-01-01T01:00:00Z,0.2", "2024-01-01T00:00:00Z,0.1")))
    assert batch.value.tolist() == [0.1, 0.2]


def test_a_packed_file_is_unpacked() -> None:
    packed = gzip.compress(pvpc("2024-01-01T00:00:00Z,0.1").encode())
    assert only(read(packed)).value.tolist() == [0.1]


@pytest.mark.parametrize(
    ("day", "step", "minutes", "count"),
    [
        (date(2025, 3, 30), HOUR, 60, 23),
        (date(2024, 10, 27), HOUR, 60, 25),
        (date(2025, 10, 1), QUARTER, 15, 96),
        (date(2025, 10, 26), QUARTER, 15, 100),
        (date(2026, 3, 29), QUARTER, 15, 92),
    ],
)
def test_awkward_days_come_whole(day: date, step: object, minutes: int, count: int) -> None:
    batch = only(read(day_file(day, step, minutes)))
    assert len(batch) == count
    assert set(batch.resolution_s) == {minutes * 60}


def test_without_a_resolution_column_the_market_of_the_day_says_it() -> None:
    text = "time_utc,spot_es_eur_mwh\n2025-09-30T21:00:00Z,1\n" + "".join(
        f"2025-09-30T22:{minute:02d}:00Z,2\n" for minute in (0, 15, 30, 45)
    )
    assert only(read(text)).resolution_s.tolist() == [3600, 900, 900, 900, 900]


@pytest.mark.parametrize(
    ("stamp", "minutes"), [("2025-09-30T21:00:00Z", 15), ("2025-09-30T22:00:00Z", 60)]
)
def test_a_wrong_resolution_for_the_day_is_refused_by_line(stamp: str, minutes: int) -> None:
    (fault,) = read(spot(f"{stamp},{minutes},5")).refused
    assert (fault.line, fault.column) == (2, "resolution_min")
    assert f"{75 - minutes} min on" in fault.reason


def test_hourly_means_without_resolution_are_not_taken_for_quarter_hours() -> None:
    rows = [f"2025-10-02T{hour:02d}:00:00Z,5" for hour in range(3)]
    (fault,) = read("\n".join(["time_utc,spot_es_eur_mwh", *rows, ""])).refused
    assert fault.line == 2
    assert "hourly means" in fault.reason


def test_a_quarter_hour_file_may_end_with_the_first_quarter_of_a_day() -> None:
    rows = [f"2025-10-02T21:{minute:02d}:00Z,5" for minute in (0, 15, 30, 45)]
    text = "\n".join(["time_utc,spot_es_eur_mwh", *rows, "2025-10-02T22:00:00Z,5", ""])
    assert len(only(read(text))) == 5


def test_a_time_off_the_grid_is_refused() -> None:
    (fault,) = read(pvpc("2024-01-01T00:30:00Z,0.1")).refused
    assert fault.line == 2
    assert "60 min" in fault.reason


@pytest.mark.parametrize(
    ("stamp", "word"),
    [
        ("2024-01-01T00:00:00", "no offset"),
        ("2024-01-01", "no offset"),
        ("01/01/2024 00:00", "not a time"),
        ("2024-02-30T00:00:00Z", "not a time"),
        ("now", "not a time"),
        ("", "not a time"),
        ("1970-01-01T00:00:00Z", "not between"),
        ("9999-12-31T23:00:00Z", "not between"),
        ("2024-01-01T00:00:00.5Z", "full second"),
    ],
)
def test_a_time_that_is_no_instant_of_this_market_is_refused(stamp: str, word: str) -> None:
    reading = read(pvpc("2024-01-01T01:00:00Z,0.1", f"{stamp},0.1"))
    (fault,) = reading.refused
    assert reading.observations == ()
    assert fault.line == 3
    assert word in fault.reason


@pytest.mark.parametrize(
    ("price", "word"),
    [
        ("NaN", "finite"),
        ("inf", "finite"),
        ("116.33", "not plausible"),
        ("-0.6", "not plausible"),
        ("", "missing"),
        ("0_1", "not a number"),
        ("١", "not a number"),
        ("0.1 €", "not a number"),
    ],
)
def test_a_price_that_cannot_be_true_is_refused_with_line_and_column(price: str, word: str) -> None:
    reading = read(pvpc("2024-01-01T00:00:00Z,0.1", f"2024-01-01T01:00:00Z,{price}"))
    (fault,) = reading.refused
    assert reading.observations == ()
    assert (fault.line, fault.column) == (3, "price_eur_kwh")
    assert word in fault.reason


def test_a_row_that_says_the_same_again_is_taken_once_and_counted() -> None:
    reading = read(pvpc("2024-01-01T00:00:00Z,0.1", "2024-01-01T00:00:00Z,0.1"))
    assert only(reading).value.tolist() == [0.1]
    assert reading.rows == 2
    assert reading.notes == ("1 rows say again what an earlier row said: taken once",)


def test_rows_that_contradict_each_other_are_refused_naming_both_lines() -> None:
    reading = read(pvpc("2024-01-01T00:00:00Z,0.1", "2024-01-01T00:00:00Z,0.2"))
    (fault,) = reading.refused
    assert fault.line == 3
    assert "0.2 at 2024-01-01T00:00:00Z contradicts 0.1 on line 2" in fault.reason
    assert reading.notes == ()


def test_every_wrong_row_is_named_up_to_twenty_and_the_rest_counted() -> None:
    rows = [f"2024-01-{1 + n // 24:02d}T{n % 24:02d}:00:00Z,{99 + n}" for n in range(50)]
    reading = read(pvpc(*rows))
    assert [fault.line for fault in reading.refused] == list(range(2, 22))
    assert reading.notes == ("30 more wrong rows are not named",)


@pytest.mark.parametrize(
    "rows",
    [
        "2024-01-01T00:00:00Z;0,11633\r\n2024-01-01T01:00:00Z;-0,1\r\n",
        "2024-01-01T00:00:00Z;0.11633\n2024-01-01T01:00:00Z;-0.1\n",
        '"2024-01-01T00:00:00Z";"0,11633"\n2024-01-01T01:00:00Z;-0,1\n',
    ],
)
def test_semicolons_between_cells_mean_decimal_commas_or_points_throughout(rows: str) -> None:
    assert only(read("\ufefftime_utc;price_eur_kwh\n" + rows)).value.tolist() == [0.11633, -0.1]


def test_given_prices_by_a_clock_may_have_semicolons_and_decimal_commas() -> None:
    text = "time_local;price_eur_kwh\n2024-01-01 00:00;0,1\n2024-01-01 01:00;0,2\n"
    read = read_given(PATH, text.encode(), received_at=NOW, plain=True, clock=MADRID_CLOCK)
    assert read.series.value.tolist() == [0.1, 0.2]


@pytest.mark.parametrize("odd", ["1.234", "1.234,5", "0.1"])
def test_decimal_commas_beside_points_are_refused_with_the_line(odd: str) -> None:
    fault = refused(
        f"time_utc;price_eur_kwh\n2024-01-01T00:00:00Z;0,1\n2024-01-01T01:00:00Z;{odd}\n"
    )
    assert fault.line == 3
    assert f"{odd!r} has a point" in fault.reason


def test_a_file_with_tabs_between_cells_is_refused_saying_what_was_seen() -> None:
    fault = refused("time_utc\tprice_eur_kwh\n2024-01-01T00:00:00Z\t0,1\n")
    assert fault.line == 1
    assert "'\\t'" in fault.reason


def test_what_pvpc_is_made_of_is_left_alone_and_said_so() -> None:
    header = "time_utc,pvpc_2td_total_eur_per_mwh,tolls_and_charges_eur_per_mwh"
    reading = read(f"{header}\n2024-01-01T00:00:00Z,116.33,\n")
    assert (reading.format, reading.rows) == ("PVPC components", 1)
    assert (reading.observations, reading.refused) == ((), ())
    assert "not read" in reading.notes[0]


def test_a_decimal_comma_is_refused_with_its_line() -> None:
    fault = refused(pvpc("2024-01-01T00:00:00Z,0.1", "2024-01-01T01:00:00Z,0,11633"))
    assert fault.line == 3
    assert "3 cells where the header has 2" in fault.reason
    assert "comma" in fault.reason


def test_a_quoted_decimal_comma_is_refused_with_line_and_column() -> None:
    fault = refused(pvpc('2024-01-01T00:00:00Z,"0,11633"'))
    assert (fault.line, fault.column) == (2, "price_eur_kwh")
    assert "decimal comma" in fault.reason


def test_the_real_file_cut_off_anywhere_in_its_last_line_is_refused(shared: Path) -> None:
    data = (shared / "data/prices/pvpc_hourly_2021-06_2025-12.csv").read_bytes()
    whole = data.splitlines(keepends=True)
    for length in range(1, len(whole[5])):
        cut = b"".join(whole[:5]) + whole[5][:length]
        assert refused(cut).line == 6


def test_a_utf_16_price_file_is_refused_as_mis_encoded() -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        assert "UTF-16" in refused(pvpc("2024-01-01T00:00:00Z,0.1").encode(encoding)).reason


def test_a_latin_1_byte_is_refused_with_its_line() -> None:
    fault = refused(pvpc("2024-01-01T00:00:00Z,0.1", "ma\u00f1ana,0.1").encode("latin-1"))
    assert fault.line == 3
    assert "not UTF-8" in fault.reason


@pytest.mark.parametrize(
    "header",
    [
        "time_utc",
        "time_utc,price",
        "time_utc,price_eur_mwh",
        "time_utc,price_eur_kwh,spot_es_eur_mwh",
        "time_utc,price_eur_kwh,price_eur_kwh",
        "time_utc,price_eur_kwh,",
    ],
)
def test_an_unknown_header_is_refused_in_line_one(header: str) -> None:
    assert refused(f"{header}\n2024-01-01T00:00:00Z,0.1\n").line == 1


def test_a_header_without_rows_is_refused() -> None:
    assert "no rows" in refused("time_utc,price_eur_kwh\n").reason


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        ("value_eur_mwh", "EUR/MWh"),
        ("pvpc_eur_mwh", "EUR/MWh"),
        ("_eur_kwh", "EUR/kWh"),
        ("price_eur_kwh", "EUR/kWh"),
    ],
)
def test_a_plain_price_has_the_unit_its_name_ends_in(column: str, unit: str) -> None:
    text = f"time_utc,{column}\n2024-01-01T00:00:00Z,-0.25\n2024-01-01T01:00:00Z,7\n"
    series = given(text).series
    assert (series.key.name, series.unit) == (column, unit)
    assert series.value.tolist() == [-0.25, 7.0]
    assert series.resolution_s.tolist() == [3600, 3600]


@pytest.mark.parametrize(
    ("text", "key"),
    [(pvpc("2024-01-01T00:00:00Z,0.1"), PVPC), (spot("2024-01-01T00:00:00Z,60,5"), SPOT)],
)
def test_the_names_of_the_market_stay_those_of_the_market(text: str, key: object) -> None:
    assert given(text, plain=False).series.key == key
    assert given(text, plain=False).about is spec(key)
    assert given(text).series.key != key


def test_columns_after_the_price_are_not_read() -> None:
    text = (
        "time_utc,resolution_min,a_eur_mwh,b_eur_mwh,,\n"
        '2024-01-01T00:00:00Z,15,1,x,"p, q",\n2024-01-01T00:15:00Z,15,2,,ñ,\n'
    )
    series = given(text).series
    assert series.value.tolist() == [1.0, 2.0]
    assert series.resolution_s.tolist() == [900, 900]


def test_without_a_resolution_column_each_day_has_the_commonest_distance_of_its_rows() -> None:
    hourly = [f"{at}Z,1" for at in delivery_periods(date(2024, 1, 1), HOUR)]
    quarters = [f"{at}Z,2" for at in delivery_periods(date(2024, 1, 2), QUARTER)]
    del quarters[3:6], hourly[5]
    read_back = given(value(*hourly, *quarters))
    assert set(read_back.series.resolution_s[: len(hourly)]) == {3600}
    assert set(read_back.series.resolution_s[len(hourly) :]) == {900}
    assert read_back.about.resolution(date(2023, 1, 1)) == HOUR
    assert read_back.about.resolution(date(2025, 1, 1)) == QUARTER


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (value("2024-01-01T00:00:00Z,1"), "no two neighbouring periods"),
        (value("2024-01-01T00:00:00Z,1", "2024-01-02T00:00:00Z,1"), "1440 min apart"),
        (
            "time_utc,a_eur_mwh,resolution_min\n2024-01-01T00:00:00Z,1,30\n",
            "most periods last 30 min",
        ),
    ],
)
def test_periods_of_another_or_unknown_length_are_refused(text: str, words: str) -> None:
    fault = not_given(text)
    assert words in fault.reason
    assert "15 min" in fault.reason


@pytest.mark.parametrize(
    ("row", "column", "word"),
    [
        ("2024-01-01T02:30:00Z,1", "value_eur_mwh", "60 min"),
        ("2024-01-01T02:00:00Z,10001", "value_eur_mwh", "not plausible"),
        ("2024-01-01T02:00:00Z,nan", "value_eur_mwh", "finite"),
        ("2024-01-01T01:00:00Z,2", "value_eur_mwh", "contradicts 1 on line 3"),
        ("2024-01-01T02:00:00,1", "time_utc", "no offset"),
        ("1970-01-01T02:00:00Z,1", "value_eur_mwh", "not between"),
        ('2024-01-01T02:00:00Z,"1,5"', "value_eur_mwh", "decimal comma"),
        ("2024-01-01T02:00:00Z,1,5", "value_eur_mwh", "not a comma"),
        ("2024-01-01T02:00:00Z", "value_eur_mwh", "cut off"),
    ],
)
def test_a_wrong_row_of_given_prices_is_named(row: str, column: str, word: str) -> None:
    fault = not_given(value("2024-01-01T00:00:00Z,1", "2024-01-01T01:00:00Z,1", row))
    assert (fault.line, fault.column) == (4, column)
    assert word in fault.reason


def test_a_stated_length_unlike_the_others_of_its_day_is_named() -> None:
    rows = ("2024-01-01T00:00:00Z,1,60", "2024-01-01T01:00:00Z,1,60", "2024-01-01T02:00:00Z,1,15")
    fault = not_given("\n".join(["time_utc,a_eur_mwh,resolution_min", *rows, ""]))
    assert (fault.line, fault.column) == (4, "resolution_min")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("<!DOCTYPE html>\n", "begins with"),
        ("price_eur_kwh,time_utc\n1,2024-01-01T00:00:00Z\n", "begins with 'price_eur_kwh"),
        ("time_utc_start,price_eur_kwh\n2024-01-01T00:00:00Z,1\n", "begins with"),
        ("time_utc\n2024-01-01T00:00:00Z\n", "is missing"),
        ("time_utc,zone,value_eur_mwh\n2024-01-01T00:00:00Z,ES,1\n", "is 'zone'"),
        ("time_utc,value\n2024-01-01T00:00:00Z,1\n", "is 'value'"),
        ("time_utc,a_eur_mwh,a_eur_mwh\n2024-01-01T00:00:00Z,1,2\n", "stands twice"),
        ("time_utc|value_eur_mwh\n2024-01-01T00:00:00Z|1\n", "separated by '|'"),
        (value(), "no rows"),
        (value("2024-01-01T00:00:00Z,1").rstrip(), "no line end"),
        (value("2024-01-01T00:00:00Z,1").encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_that_is_not_built_as_given_prices_is_refused(text: str | bytes, word: str) -> None:
    assert word in not_given(text).reason


def test_packed_given_prices_are_unpacked() -> None:
    rows = ("2024-01-01T00:00:00Z,1", "2024-01-01T01:00:00Z,2")
    assert len(given(gzip.compress(value(*rows).encode())).series) == 2
