"""The orders file as a user writes it: a weekly template, dated orders, stock on hand.

Every key and column is described in ``docs/plant-file.md``; CSV and XLSX are read by
``planning.orders_table``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from chocolate_factory.errors import OrdersInvalid
from chocolate_factory.market.documents import Problem, read_document
from chocolate_factory.planning.plant_file import Instant, Part, Weekday

MOST_BATCHES = 2000
"""An order of more is taken for a mistake."""

FAR_ABOVE = 20
"""A batch this many times the largest order of its product is taken for a mistake."""

USUAL_PRIORITY = 3

_DUE = re.compile(r"(\d\d):(\d\d) (same|next) day")


def _due(text: Any) -> tuple[time, int]:
    """``08:00 next day`` as wall-clock time and days after the day itself."""
    match = _DUE.fullmatch(text) if isinstance(text, str) else None
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f"write `08:00 next day` or `14:00 same day`, not {text!r}")
    return time(int(match[1]), int(match[2])), int(match[3] == "next")


DueRule = Annotated[
    tuple[time, int],
    BeforeValidator(_due),
    WithJsonSchema({"type": "string", "pattern": _DUE.pattern}),
]


class OrderPart(Part):
    """One dated order."""

    product: str
    kg: Annotated[float, Field(gt=0)]
    due: Instant
    earliest: Instant | None = None
    priority: Annotated[int, Field(ge=1, le=5)] = USUAL_PRIORITY
    penalty_eur_h: Annotated[float | None, Field(ge=0)] = None


class StockPart(Part):
    """What is on hand at an instant, for the orders due after it."""

    at: Instant
    kg: dict[str, Annotated[float, Field(ge=0)]]


class OrdersFile(Part):
    """The whole file: ``weekly`` with ``due``, or ``orders``, or both."""

    weekly: dict[Weekday, dict[str, Annotated[float, Field(ge=0)]]] = Field(default_factory=dict)
    due: dict[Literal["default"] | Weekday, DueRule] = Field(default_factory=dict)
    orders: list[OrderPart] = Field(default_factory=list)
    stock: StockPart | None = None


def read_orders(text: str, *, name: str, batch_kg: Mapping[str, float]) -> OrdersFile:
    """The checked content of a YAML or JSON orders file; ``batch_kg`` by grade of the plant.

    Raises ``OrdersInvalid`` with every problem, its line and field.
    """
    return read_document(
        text,
        OrdersFile,
        name=name,
        error=OrdersInvalid,
        contradictions=lambda file: contradictions(file, batch_kg),
    )


def contradictions(file: OrdersFile, batch_kg: Mapping[str, float]) -> Iterator[Problem]:
    """What in orders of the right shape cannot be meant, with its place."""
    makes = f"the plant makes {', '.join(batch_kg)}"
    if not file.weekly and not file.orders:
        yield (), "no orders: give `weekly` kilograms or dated `orders`"
    for day, quantities in file.weekly.items():
        for grade, kg in quantities.items():
            if grade not in batch_kg:
                yield ("weekly", day, grade), f"unknown product; {makes}"
            else:
                yield from _size(kg, batch_kg[grade], ("weekly", day, grade))
        if day not in file.due and "default" not in file.due:
            yield ("weekly", day), f"no due time: give `due` with `default` or `{day}`"
    for position, order in enumerate(file.orders):
        place = ("orders", position)
        if order.product not in batch_kg:
            yield (*place, "product"), unknown_product(order.product, batch_kg)
        else:
            yield from _size(order.kg, batch_kg[order.product], (*place, "kg"))
        if order.earliest is not None and order.earliest >= order.due:
            yield (*place, "earliest"), "is not before the due time"
    yield from _batches(file, batch_kg)
    for grade in () if file.stock is None else file.stock.kg:
        if grade not in batch_kg:
            yield ("stock", "kg", grade), f"unknown product; {makes}"


def unknown_product(product: str, batch_kg: Mapping[str, float]) -> str:
    """What to say of one that the plant does not make."""
    return f"unknown product {product!r}; the plant makes {', '.join(batch_kg)}"


def _batches(file: OrdersFile, batch_kg: Mapping[str, float]) -> Iterator[Problem]:
    """Whether a batch of the plant can be meant, by all that is ordered of its product."""
    ordered: dict[str, list[tuple[float, tuple[int | str, ...]]]] = {}
    for day, quantities in file.weekly.items():
        for grade, kg in quantities.items():
            ordered.setdefault(grade, []).append((kg, ("weekly", day, grade)))
    for position, order in enumerate(file.orders):
        ordered.setdefault(order.product, []).append((order.kg, ("orders", position, "kg")))
    for grade, own in ordered.items():
        kg, place = max(own, key=lambda one: one[0])
        each_kg = batch_kg.get(grade, 0.0)
        if each_kg > FAR_ABOVE * kg > 0:
            yield (
                place,
                f"{kg:g} kg is the most that is ordered of {grade}, and one batch of it makes "
                f"{each_kg:,.10g} kg. Is `batch_kg` of the plant file in grams? Then write "
                f"{each_kg / 1000:g} there.",
            )


def _size(kg: float, each_kg: float, place: tuple[int | str, ...]) -> Iterator[Problem]:
    batches = kg / each_kg
    if batches > MOST_BATCHES:
        yield (
            place,
            f"{kg:,.10g} kg are {batches:,.0f} batches of {each_kg:g} kg. "
            f"Is it in grams? Then write {kg / 1000:g}.",
        )
