"""Files for people are read back as they were written, and are the same bytes every time."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from icalendar import Calendar
from openpyxl import load_workbook

from chocolate_factory.reports.calendar_file import Entry, calendar_file
from chocolate_factory.reports.content import Bars, Chart, Lane, Table, Tile, Timeline
from chocolate_factory.reports.drawing import draw_chart, draw_timeline, nice_ticks
from chocolate_factory.reports.paper import Paper, plain
from chocolate_factory.reports.workbook import Sheet, workbook

MADE = datetime(2025, 11, 30, 23, tzinfo=UTC)
START = datetime(2025, 11, 25, 14, 15)  # noqa: DTZ001  (a sheet's wall clock)


def sheets():
    rows = [("standard-01", START, 1.25), ("premium-01", START, -0.5)]
    return [Sheet("Lotes", ("lote", "inicio", "€"), rows, {1: "yyyy-mm-dd hh:mm", 2: "0.00"})]


def paper(*, rows: int = 3, value: float = 1.5) -> Paper:
    made = Paper("Informe", language="es", created=MADE, footer="pie")
    made.set_compression(False)
    made.add_page()
    made.title_line("Informe", "planta · contrato")
    made.tiles([Tile("Pagado", "312,40 €"), Tile("Ahorro", "−1,2 %")])
    made.section("Tabla", Table(("a", "b"), [("x", "y")] * rows, (0.5, 0.5), frozenset({1})))
    bars = [Bars("uno", [value, None, -value], "dark")]
    draw_chart(made, Chart(("1", "2", "3"), bars, "€", str, (1.0, None, 1.0), "máximo"),
               height_mm=40)  # fmt: skip
    draw_timeline(made, Timeline(25, [(0, "00:00"), (3, "02:00")], [(2, 4)],
                                 [Lane("conche-1", [(-1, 30, "lote", "dark")])]))  # fmt: skip
    return made


class Traced(Paper):
    """Paper that notes level lines with their ink, and boxes."""

    def __init__(self) -> None:
        super().__init__("", language="es", created=MADE, footer="")
        self.drawn: list[tuple[str, float, object]] = []
        self.add_page()

    def line(self, x1, y1, x2, y2):
        if y1 == y2:
            self.drawn.append(("line", y1, self.draw_color))
        super().line(x1, y1, x2, y2)

    def rect(self, x, y, w, h, **more):
        self.drawn.append(("rect", y, None))
        super().rect(x, y, w, h, **more)


def test_the_lines_between_machines_are_seen_and_bars_do_not_hide_the_axis():
    made = Traced()
    lanes = [Lane(f"conche-{n}", [(3, 8, "lote", "dark")]) for n in range(3)]
    draw_timeline(made, Timeline(24, [(0, "00:00")], [], lanes))
    rules = [ink for kind, _, ink in made.drawn if kind == "line"]
    assert len(rules) == 4
    assert len(set(map(repr, rules))) == 1

    made = Traced()
    draw_chart(made, Chart(("1",), [Bars("uno", [9.0], "light")], "€", str), height_mm=40)
    assert made.drawn[-1][0] == "line"
    assert made.drawn[-1][1] == max(y for _, y, _ in made.drawn)


def test_a_workbook_is_the_same_bytes_and_holds_typed_cells():
    made = workbook("Plan", sheets(), created=MADE)
    assert made == workbook("Plan", sheets(), created=MADE)
    book = load_workbook(io.BytesIO(made))
    assert book.sheetnames == ["Lotes"]
    assert [cell.value for cell in book["Lotes"][2]] == ["standard-01", START, 1.25]
    assert book["Lotes"]["C3"].number_format == "0.00"
    assert book.properties.modified == MADE.replace(tzinfo=None)


def test_another_date_of_making_is_another_workbook():
    later = MADE.replace(year=2026)
    assert workbook("Plan", sheets(), created=MADE) != workbook("Plan", sheets(), created=later)


def test_a_calendar_is_read_back_with_its_instants_and_ids():
    begin, end = datetime(2025, 3, 30, 0, 45, tzinfo=UTC), datetime(2025, 3, 30, 1, 15, tzinfo=UTC)
    entry = Entry("plan-1@x", begin, end, "lote; etapa, máquina", "conche-1", "12 €")
    made = calendar_file("Plan", [entry], changed_at=MADE)
    assert made == calendar_file("Plan", [entry], changed_at=MADE)
    (event,) = Calendar.from_ical(made).walk("VEVENT")
    assert event.decoded("dtstamp") == event.decoded("last-modified") == MADE
    later = calendar_file("Plan", [entry], changed_at=MADE + timedelta(seconds=1))
    (newer,) = Calendar.from_ical(later).walk("VEVENT")
    assert 0 < event["sequence"] < newer["sequence"] < 2**31
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (begin, end)
    assert (str(event["summary"]), str(event["uid"])) == ("lote; etapa, máquina", "plan-1@x")
    assert all(len(line) <= 75 for line in made.split(b"\r\n"))


def test_paper_is_the_same_bytes_and_dated_by_its_content():
    made = paper().data()
    assert made == paper().data()
    assert b"/CreationDate (D:20251130230000" in made
    assert made != paper(value=2.5).data()


def test_a_long_table_goes_on_under_its_header_on_the_next_page():
    made = paper(rows=120).data()
    pages = len(re.findall(rb"/Type /Page\b", made))
    assert pages >= 3
    assert made.count(b"(a)") >= 3


def test_what_fits_on_one_page_is_not_torn_apart():
    made = Paper("x", language="en", created=MADE, footer="")
    made.set_compression(False)
    made.add_page()
    for number in range(2):
        made.section(f"part {number}", Table(("a",), [("x",)] * 30, (1.0,)))
    pages = made.data().split(b"endstream")
    assert sum(b"(part 0)" in page for page in pages) == 1
    assert not any(b"(part 0)" in page and b"(part 1)" in page for page in pages)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("−1,2 €", "–1,2 €"), ("CO₂", "CO2"), ("mié 25, 14:15", "mié 25, 14:15"), ("日", "?")],
)
def test_characters_without_a_glyph_are_replaced_to_be_seen(text, shown):
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0, 4.4), (-3, 12), (0, 0), (-0.2, 0), (0, 1e6), (0, 0.03)]
)
def test_an_axis_has_round_ticks_around_every_value(low, high):
    ticks = nice_ticks(low, high)
    assert ticks[0] <= low <= high <= ticks[-1]
    assert 2 <= len(ticks) <= 8
    steps = {round(b - a, 9) for a, b in pairwise(ticks)}
    assert len(steps) == 1
