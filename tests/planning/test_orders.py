"""Orders: the weekly template, dated rows, and what is refused with its line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chocolate_factory.errors import OrdersInvalid
from chocolate_factory.planning.orders import Orders, in_words, parse_orders
from chocolate_factory.planning.plant import Plant
from chocolate_factory.web.notes import in_spanish

TUESDAY = date(2025, 11, 18)


def test_a_week_of_the_reference_orders_is_1150_kg_in_23_batches(orders: Orders) -> None:
    demands = orders.in_window(date(2025, 11, 17), 7)
    assert sum(demand.kg for demand in demands) == 1150
    assert sum(demand.batches for demand in demands if demand.grade == "standard") == 17
    assert sum(demand.batches for demand in demands if demand.grade == "premium") == 6


def test_a_days_kilograms_are_due_next_morning_and_saturdays_at_two(orders: Orders) -> None:
    demands = orders.in_window(date(2025, 11, 21), 2)
    assert [(demand.name, demand.due) for demand in demands] == [
        ("standard of Fri 21 Nov", datetime(2025, 11, 22, 7, tzinfo=UTC)),
        ("premium of Fri 21 Nov", datetime(2025, 11, 22, 7, tzinfo=UTC)),
        ("standard of Sat 22 Nov", datetime(2025, 11, 22, 13, tzinfo=UTC)),
    ]
    assert demands[2].release == datetime(2025, 11, 22, 5, tzinfo=UTC)


def test_a_due_time_keeps_the_wall_clock_over_a_clock_change(orders: Orders) -> None:
    demands = orders.in_window(date(2025, 10, 25), 3)
    assert demands[0].due == datetime(2025, 10, 25, 12, tzinfo=UTC)  # Saturday 14:00 +02:00
    assert demands[1].due == datetime(2025, 10, 28, 7, tzinfo=UTC)  # Tuesday 08:00 +01:00


ROWS = """\
product,kg,due,earliest
standard,150,2025-11-20T14:00:00+01:00,
premium,80,2025-11-19T08:00:00Z,2025-11-18T12:00:00+01:00
standard,50,2025-12-09T08:00:00+01:00,
"""


def test_dated_rows_belong_to_the_last_day_that_leaves_time_for_a_batch(plant: Plant) -> None:
    orders = parse_orders(ROWS, name="orders.csv", plant=plant)
    premium, standard = orders.in_window(TUESDAY, 7)
    assert (premium.grade, premium.batches, premium.kg) == ("premium", 2, 80.0)
    assert premium.earliest == premium.release == datetime(2025, 11, 18, 11, tzinfo=UTC)
    assert premium.due == datetime(2025, 11, 19, 8, tzinfo=UTC)
    assert standard.release == datetime(2025, 11, 20, 5, tzinfo=UTC)
    assert orders.notes(TUESDAY, 7) == ("1 of 3 dated orders belong to later days",)
    assert orders.notes(TUESDAY, 30) == ()


def test_a_spanish_spreadsheet_has_semicolons_and_decimal_commas(plant: Plant) -> None:
    text = "product;kg;due\nstandard;120,5;2025-11-20T14:00:00+01:00\n"
    (demand,) = parse_orders(text, name="orders.csv", plant=plant).in_window(TUESDAY, 7)
    assert demand.kg == 120.5
    assert demand.batches == 3


def test_columns_may_be_spanish_and_in_any_case(plant: Plant) -> None:
    text = "Producto;Kg;Entrega;Desde\nstandard;50;2025-11-20T14:00:00+01:00;\n"
    (demand,) = parse_orders(text, name="pedidos.CSV", plant=plant).in_window(TUESDAY, 7)
    assert (demand.kg, demand.due) == (50.0, datetime(2025, 11, 20, 13, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Producto;Kg;Fecha\nstandard;50;20/11/2025\n", "line 1: unknown column 'fecha'"),
        ("Producto;Kg;Fecha\n", "product, kg, due have to be there"),
        ("", "line 1: no column 'product'"),
        ("product,producto,kg,due\n", "line 1: column 'product' stands twice"),
    ],
)
def test_a_file_called_csv_is_read_as_one_and_told_its_columns(
    plant: Plant, text: str, problem: str
) -> None:
    with pytest.raises(OrdersInvalid) as refused:
        parse_orders(text, name="orders.csv", plant=plant)
    assert problem in str(refused.value)
    assert [one for one in refused.value.problems if in_spanish(one) is None] == []


def test_an_unknown_product_is_named_beside_the_other_mistakes(plant: Plant) -> None:
    text = "product,kg,due\nmilk,200,2025-11-20T14:00:00Z\nstandard,x,2025-11-20T14:00:00Z\n"
    with pytest.raises(OrdersInvalid) as refused:
        parse_orders(text, name="orders.csv", plant=plant)
    said = str(refused.value)
    assert "line 2: product: unknown product 'milk'" in said
    assert "line 3: kg: " in said


@pytest.mark.parametrize(
    "text",
    [
        '{"orders": [{"product": "standard", "kg": 50, "due": "2025-11-20T14:00:00+01:00"}]}',
        "orders:\n  - {product: standard, kg: 50, due: 2025-11-20T14:00:00+01:00}\n",
    ],
)
def test_dated_orders_may_be_yaml_or_json(plant: Plant, text: str) -> None:
    (demand,) = parse_orders(text, name="orders", plant=plant).in_window(TUESDAY, 7)
    assert demand.due == datetime(2025, 11, 20, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("product,kg,due\nwhite,50,2025-11-20T14:00:00Z\n", "line 2: product: unknown product"),
        ("product,kg,due\nstandard,-50,2025-11-20T14:00:00Z\n", "line 2: kg: Input should be gr"),
        ("product,kg,due\nstandard,5O,2025-11-20T14:00:00Z\n", "line 2: kg: Input should be a val"),
        (
            "product,kg,due\nstandard,nan,2025-11-20T14:00:00Z\n",
            "line 2: kg: Input should be a fin",
        ),
        ("product,kg,due\n\nstandard,50,2025-11-20T14:00:00\n", "line 3: due: 2025-11-20T14:00:0"),
        ("product,kg,due\nstandard,50,20/11/2025\n", "line 2: due: write an instant like"),
        ("product,kg,due\nstandard,50\n", "line 2: not as many fields as the first line"),
        ("product,kg,due\nstandard,1,5,2025-11-20T14:00:00Z\n", "line 2: not as many fields"),
        ("product,kg\nstandard,50\n", "line 1: no column 'due'"),
        ("product,kg,due,colour\n", "line 1: unknown column 'colour'"),
        ("product,kg,due\n", "no orders: give `weekly` kilograms or dated `orders`"),
        (
            "product,kg,due,earliest\nstandard,50,2025-11-20T14:00:00Z,2025-11-20T14:00:00Z\n",
            "line 2: earliest: is not before the due time",
        ),
        ("weekly:\n  mon: {white: 50}\ndue: {default: 08:00 next day}\n", "line 2: weekly.mon.wh"),
        ("weekly:\n  mon: {standard: 50}\n", "line 2: weekly.mon: no due time"),
        ("weekly:\n  mon: {standard: -5}\n", "greater than or equal to 0"),
        ("weekly:\n  lun: {standard: 5}\n", "line 2: weekly.lun"),
        ("due: {default: 8 next day}\n", "write `08:00 next day` or `14:00 same day`"),
        ("due: {default: 08:00 next day}\n", "no orders"),
    ],
)
def test_orders_that_cannot_be_meant_are_refused_with_line_and_field(
    plant: Plant, text: str, problem: str
) -> None:
    with pytest.raises(OrdersInvalid) as caught:
        parse_orders(text, name="orders", plant=plant)
    assert problem in str(caught.value)
    assert [one for one in caught.value.problems if in_spanish(one) is None] == []


def test_a_batch_far_above_every_order_of_its_product_is_questioned(plant: Plant) -> None:
    grams = replace(plant, batch_kg=50000.0)
    weekly = "weekly:\n  mon: {standard: 100}\n  tue: {standard: 150}\n"
    weekly += "due: {default: 08:00 next day}\n"
    with pytest.raises(OrdersInvalid) as refused:
        parse_orders(weekly, name="orders.yaml", plant=grams)
    (problem,) = refused.value.problems
    assert problem.startswith("line 3: weekly.tue.standard: 150 kg is the most that is ordered")
    assert "makes 50,000 kg" in problem
    assert "in grams? Then write 50 there." in problem
    dated = "product,kg,due\nstandard,150,2025-11-20T14:00:00+01:00\n"
    with pytest.raises(OrdersInvalid, match=r"line 2: kg: 150 kg is the most"):
        parse_orders(dated, name="orders.csv", plant=grams)
    large = replace(plant, batch_kg=20 * 150.0)
    assert parse_orders(weekly, name="orders.yaml", plant=large).weekly[1] == {"standard": 150.0}


def test_an_order_due_before_planning_begins_is_refused_by_name(plant: Plant) -> None:
    orders = parse_orders(ROWS, name="orders.csv", plant=plant)
    with pytest.raises(
        OrdersInvalid, match=r"order 2 \(80 kg premium\): due Wed 19 Nov 09:00, before planning"
    ):
        orders.in_window(date(2025, 11, 20), 7)


def test_a_time_of_the_hour_that_comes_twice_says_which_it_is() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert in_words(first) == "Sun 25 Oct 02:30 +0200"
    assert in_words(first + timedelta(hours=1)) == "Sun 25 Oct 02:30 +0100"
    assert in_words(first + timedelta(hours=2)) == "Sun 25 Oct 03:30"
