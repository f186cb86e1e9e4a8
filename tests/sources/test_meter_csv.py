"""Meter readings as distributors write them, on common days and when the clocks change."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from chocolate_factory.errors import FileRefused
from chocolate_factory.market.calendar import MADRID, QUARTER, local_midnight
from chocolate_factory.sources.meter_csv import read_meter

CUPS = "ES0021000000000001AB"


def file(rows, header="CUPS;Fecha;Hora;Consumo_kWh;Metodo_obtencion"):
    return ("\r\n".join([header, *rows]) + "\r\n").encode()


def numbered(day, count, kwh="12,5"):
    return [f"{CUPS};{day:%d/%m/%Y};{n};{kwh};R" for n in range(1, count + 1)]


def read(data):
    return read_meter(Path("meter.csv"), data)


@pytest.mark.parametrize(
    ("day", "count", "quarters", "by_quarter"),
    [
        (date(2025, 3, 29), 24, 96, False),
        (date(2025, 3, 30), 23, 92, False),
        (date(2025, 10, 26), 25, 100, False),
        (date(2025, 3, 30), 92, 92, True),
        (date(2025, 10, 26), 100, 100, True),
    ],
)
def test_numbered_periods_fill_a_day_whatever_its_length(day, count, quarters, by_quarter):
    before = [] if by_quarter else numbered(day - timedelta(days=1), 24)
    curve = read(file([*before, *numbered(day, count)]))
    assert (curve.end, curve.kw.size) == (
        local_midnight(day + timedelta(days=1)), quarters + 4 * len(before),
    )  # fmt: skip
    assert curve.by_quarter is by_quarter
    assert np.allclose(curve.kw, 50.0 if by_quarter else 12.5)
    assert curve.kwh.sum() == pytest.approx(12.5 * (count + len(before)))


def test_clock_times_that_reach_24_00_are_ends_and_the_repeated_hour_comes_twice():
    labels = [f"{h:02d}:{m:02d}" for h in range(25) for m in (0, 15, 30, 45)][1:97]
    labels[12:12] = labels[8:12]  # 02:15 to 03:00 again
    rows = [f"{CUPS};2025/10/26;{label};{n};R" for n, label in enumerate(labels)]
    curve = read(file(rows, "CUPS;Fecha;Hora;AE_kWh;REAL/ESTIMADO"))
    assert curve.kw.tolist() == [4.0 * n for n in range(100)]


def test_clock_times_without_24_00_are_starts():
    rows = [f"{CUPS};01/06/2025;{h:02d}:00;{h};R" for h in range(24)]
    assert read(file(rows)).kw[4:8].tolist() == [1.0] * 4


def test_a_row_that_stands_twice_counts_once_and_moves_nothing():
    rows = [f"{CUPS};01/06/2025;{h:02d}:00;{h};R" for h in range(24)]
    assert read(file([*rows[:11], *rows[10:]])).kw.tolist() == read(file(rows)).kw.tolist()


def test_a_row_that_stands_twice_in_the_hour_that_is_repeated_counts_once():
    hours = [0, 1, 2, 2, 2, *range(3, 24)]
    rows = [f"{CUPS};26/10/2025;{h:02d}:00;7;R" for h in hours]
    assert read(file(rows)).kw.tolist() == [7.0] * 100


@pytest.mark.parametrize(
    ("day", "first", "second"),
    [("01/06/2025", "10:00", "10:00"), ("30/03/2025", "02:00", "03:00")],
    ids=["a doubled row", "the hour that is not there"],
)
def test_a_clock_time_with_two_values_is_refused_with_its_line(day, first, second):
    rows = [f"{CUPS};{day};{first};1;R", f"{CUPS};{day};{second};2;R"]
    with pytest.raises(FileRefused, match=r"line 3, column consumo_kwh: .* has another value"):
        read(file(rows))


def test_the_plain_form_is_told_by_its_header_and_its_step():
    text = "time_utc,kwh\n2025-06-01T22:00:00Z,10\n2025-06-01T22:15:00Z,20.5\n"
    curve = read(text.encode())
    assert curve.kw.tolist() == [40.0, 82.0]
    assert curve.begin == local_midnight(date(2025, 6, 2))


def test_periods_that_are_not_there_stay_unknown():
    rows = numbered(date(2025, 6, 1), 96)
    curve = read(file(rows[:10] + rows[12:]))
    assert np.flatnonzero(np.isnan(curve.kw)).tolist() == [10, 11]
    assert curve.end - curve.begin == 96 * QUARTER


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (file(numbered(date(2025, 3, 30), 24)), "23 periods and none numbered 24"),
        (file(numbered(date(2025, 3, 1), 1, "-1")), "not plausible"),
        (file(numbered(date(2025, 3, 1), 1, "abc")), "line 2"),
        (file([*numbered(date(2025, 3, 1), 1), *numbered(date(2025, 3, 1), 1, "9")]), "another"),
        (file([f"{CUPS};01/03/2025;1;1;R", "ES00;01/03/2025;2;1;R"]), "2 supplies"),
        (b"a,b\n1,2\n", "CUPS;Fecha;Hora;Consumo_kWh"),
        (b"time_utc,kwh\n2025-06-01T22:00:00Z,1\n2025-06-02T22:00:00Z,1\n", "apart"),
        (b"", "no readings"),
        (file([";;;;"]), "no readings"),
        (file([f"{CUPS};01/03/2025;00:75;1;R"]), "line 2, column hora: '00:75' is not a time"),
        (file([f"{CUPS};01/03/2025;25:00;1;R"]), "line 2, column hora: '25:00' is not a time"),
        (file([f"{CUPS};01/03/2025;{'9' * 5000};1;R"]), "is not the number of a period"),
        (file([f"{CUPS};01/03/2025;{'9' * 140_000};1;R"]), "cannot be read: field larger"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused_with_the_reason(data, reason):
    with pytest.raises(FileRefused, match=reason):
        read(data)


def test_a_mistyped_year_is_refused_and_not_made_a_curve_of_seven_thousand_years():
    with pytest.raises(FileRefused, match=r"9670-10-25 is not between .* is the date wrong"):
        read(file([f"{CUPS};26/10/9670;1;12,5;R", f"{CUPS};26/10/2025;2;13,1;R"]))


@pytest.mark.parametrize("count", [5, 23, 24, 25])
def test_numbers_of_one_day_that_may_be_hours_or_quarters_are_refused(count):
    """The first six hours of a day by the quarter are numbered up to 24, as its hours are."""
    with pytest.raises(FileRefused, match=f"up to {count}, may be those of hours or of quarter-"):
        read(file(numbered(date(2025, 10, 26), count)))


def quarters_and_hours(*starts):
    rows = [f"2025-11-18T{start}Z,{10 if start[3:] != '00' else 40}" for start in starts]
    return "\n".join(["time_utc,kwh", *rows]).encode()


HOURS = ("00:00", "01:00", "02:00")
QUARTERS = ("03:00", "03:15", "03:30", "03:45", "04:00")


@pytest.mark.parametrize(
    "starts", [(*HOURS, *QUARTERS), (*QUARTERS, "05:00", "06:00"), ("00:00", "01:00", "01:15")]
)
def test_hours_are_not_taken_for_quarters_of_four_times_the_power(starts):
    with pytest.raises(FileRefused, match="rows of an hour and of a quarter"):
        read(quarters_and_hours(*starts))
    rows = [f"{CUPS};18/11/2025;{start};40;R" for start in starts]
    with pytest.raises(FileRefused, match="rows of an hour and of a quarter"):
        read(file(rows))


def test_quarters_with_gaps_are_quarters():
    curve = read(quarters_and_hours("00:00", "00:15", "01:15", "01:30", "03:30", "06:15"))
    assert np.count_nonzero(np.isfinite(curve.kw)) == 6
    with pytest.raises(FileRefused, match="rows of an hour and of a quarter"):
        read(b"time_utc,kwh\n2025-11-18T00:00Z,1\n2025-11-18T01:00Z,1\n2025-11-18T02:30Z,1\n")


def by_clock(day, ends):
    return read(file([f"{CUPS};{day:%d/%m/%Y};{end};{n};R" for n, end in enumerate(ends)]))


@pytest.mark.parametrize("step", [60, 15])
@pytest.mark.parametrize("day", [date(2025, 3, 30), date(2025, 10, 26)])
def test_ends_by_the_new_clock_fill_the_days_on_which_it_changes(day, step):
    begin, end = local_midnight(day), local_midnight(day + timedelta(days=1))
    length = timedelta(minutes=step)
    count = (end - begin) // length
    shown = [(begin + n * length).astimezone(MADRID) for n in range(1, count)]
    curve = by_clock(day, [*(f"{wall:%H:%M}" for wall in shown), "24:00"])
    assert (curve.begin, curve.end) == (begin, end)
    each = np.repeat(np.arange(count), step // 15) * 60 / step
    assert curve.kw.tolist() == each.tolist()


def test_ends_by_the_old_clock_fill_them_too():
    hours = [n for n in range(1, 25) if n != 3]
    assert by_clock(date(2025, 3, 30), [f"{h:02d}:00" for h in hours]).kw.size == 92
