"""Orders as a workbook, and stock on hand that serves them."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from openpyxl import Workbook

from chocolate_factory.errors import OrdersInvalid
from chocolate_factory.planning.orders import Orders, Stock, parse_orders_workbook
from chocolate_factory.planning.plant import Plant

MONDAY = date(2025, 11, 17)
DUE = datetime.fromisoformat("2025-11-20T14:00")
EARLIEST = datetime.fromisoformat("2025-11-19T06:00")
HEADER = ["product", "kg", "due", "earliest", "priority", "penalty_eur_h"]


def workbook(orders, stock=None, title="orders") -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in orders:
        sheet.append(row)
    if stock is not None:
        own = book.create_sheet("Stock")
        for row in stock:
            own.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def read(data: bytes, plant: Plant) -> Orders:
    return parse_orders_workbook(data, name="orders.xlsx", plant=plant)


def test_dates_of_a_workbook_are_wall_clock_times_in_madrid(plant: Plant) -> None:
    orders = read(
        workbook(
            [
                HEADER,
                ["standard", 400, DUE, None, 5, None],
                [None] * 6,
                [
                    "premium",
                    100.0,
                    "2025-11-21T08:00:00Z",
                    EARLIEST,
                    None,
                    2.5,
                ],
            ]
        ),
        plant,
    )
    first, second = orders.dated
    assert (first.product, first.kg, first.priority) == ("standard", 400.0, 5)
    assert first.due == datetime(2025, 11, 20, 13, tzinfo=UTC)
    assert second.due == datetime(2025, 11, 21, 8, tzinfo=UTC)
    assert second.earliest == datetime(2025, 11, 19, 5, tzinfo=UTC)
    assert second.penalty_eur_h == 2.5


def test_a_sheet_of_stock_is_read_beside_the_orders(plant: Plant) -> None:
    counted = datetime.fromisoformat("2025-11-17T06:00")
    orders = read(
        workbook(
            [HEADER[:3], ["standard", 400, DUE]],
            [["product", "kg", "at"], ["standard", 130, counted], ["premium", 20, counted]],
        ),
        plant,
    )
    assert orders.stock == Stock(
        datetime(2025, 11, 17, 5, tzinfo=UTC), {"standard": 130.0, "premium": 20.0}
    )
    (demand,) = orders.in_window(MONDAY, 7)
    assert (demand.kg, demand.batches) == (270.0, 6)  # of 50 kg


@pytest.mark.parametrize(
    ("rows", "stock", "said"),
    [
        ([HEADER[:2], ["standard", 10]], None, "no column 'due'"),
        ([[*HEADER[:3], "colour"], ["standard", 10, "x", "red"]], None, "unknown column 'colour'"),
        (
            [HEADER[:3], ["standard", "many", DUE]],
            None,
            "row 2: kg",
        ),
        (
            [HEADER[:3], [], ["nougat", 50, DUE]],
            None,
            "row 3",
        ),
        ([HEADER[:3], ["standard", 50, "tomorrow"]], None, "row 2: due"),
        (
            [HEADER[:3], ["standard", 50, DUE]],
            [
                ["product", "kg", "at"],
                ["standard", 1, datetime.fromisoformat("2025-11-17T00:00")],
                ["premium", 1, datetime.fromisoformat("2025-11-18T00:00")],
            ],
            "counted at one instant",
        ),
    ],
)
def test_a_workbook_that_cannot_be_meant_is_refused_with_its_row(
    plant: Plant, rows, stock, said: str
) -> None:
    with pytest.raises(OrdersInvalid, match=said):
        read(workbook(rows, stock), plant)


def test_what_is_no_workbook_is_refused(plant: Plant) -> None:
    with pytest.raises(OrdersInvalid, match=r"save it as \.xlsx"):
        read(b"product,kg,due", plant)


def test_stock_serves_what_is_due_first_and_says_so(orders: Orders) -> None:
    counted = datetime(2025, 11, 17, 5, tzinfo=UTC)
    whole = orders.in_window(MONDAY, 7)
    held = replace(orders, stock=Stock(counted, {"standard": 170.0}))
    less = held.in_window(MONDAY, 7)
    first = [demand for demand in whole if demand.grade == "standard"][:2]
    gone, cut = first  # 150 kg of Monday, and 20 kg of Tuesday
    assert gone.name not in {demand.name for demand in less}
    assert {d.name: d.kg for d in less}[cut.name] == cut.kg - (170.0 - gone.kg)
    assert sum(d.kg for d in whole) - sum(d.kg for d in less) == 170.0
    assert any("taken from stock" in note for note in held.notes(MONDAY, 7))


def test_stock_counted_later_does_not_serve_what_was_due_before(orders: Orders) -> None:
    later = datetime(2025, 11, 19, 12, tzinfo=UTC)
    held = replace(orders, stock=Stock(later, {"standard": 100.0}))
    before = {d.name: d.kg for d in orders.in_window(MONDAY, 7) if d.due <= later}
    after = {d.name: d.kg for d in held.in_window(MONDAY, 7) if d.due <= later}
    assert before
    assert before == after
