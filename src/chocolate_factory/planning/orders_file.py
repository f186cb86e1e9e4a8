"""The orders file as a user writes it: a weekly template or dated rows in YAML or JSON, or a CSV.

Every key and column is described in ``docs/plant-file.md``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from chocolate_factory.errors import OrdersInvalid
from chocolate_factory.market.documents import Problem, read_document
from chocolate_factory.planning.plant_file import Instant, Part, Weekday

COLUMNS = ("product", "kg", "due", "earliest")

_DUE = re.compile(r"(\d\d):(\d\d) (same|next) day")


def _due(text: Any) -> tuple[time, int]:
    """``08:00 next day`` as wall-clock time and days after the day itself."""
    match = _DUE.fullmatch(text) if isinstance(text, str) else None
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f"write `08:00 next day` or `14:00 same day`, not {text!r}")
    return time(int(match[1]), int(match[2])), int(match[3] == "next")


DueRule = Annotated[tuple[time, int], BeforeValidator(_due)]


class OrderPart(Part):
    """One dated order."""

    product: str
    kg: Annotated[float, Field(gt=0)]
    due: Instant
    earliest: Instant | None = None


class OrdersFile(Part):
    """The whole file: ``weekly`` with ``due``, or ``orders``, or both."""

    weekly: dict[Weekday, dict[str, Annotated[float, Field(ge=0)]]] = Field(default_factory=dict)
    due: dict[Literal["default"] | Weekday, DueRule] = Field(default_factory=dict)
    orders: list[OrderPart] = Field(default_factory=list)


def read_orders(text: str, *, name: str, grades: tuple[str, ...]) -> OrdersFile:
    """The checked content of an orders file.

    A file whose first line names the columns ``product`` and ``kg`` is a CSV, anything else YAML
    (of which JSON is a part). Raises ``OrdersInvalid`` with every problem, its line and field.
    """

    def contradictions(file: OrdersFile) -> Iterator[Problem]:
        return _contradictions(file, grades)

    header = next((line for line in text.splitlines() if line.strip()), "")
    if "product" in header and "kg" in header and ":" not in header:
        return _read_csv(text, name=name, contradictions=contradictions)
    return read_document(
        text, OrdersFile, name=name, error=OrdersInvalid, contradictions=contradictions
    )


def _contradictions(file: OrdersFile, grades: tuple[str, ...]) -> Iterator[Problem]:
    makes = f"the plant makes {', '.join(grades)}"
    if not file.weekly and not file.orders:
        yield (), "no orders: give `weekly` kilograms or dated `orders`"
    for day, quantities in file.weekly.items():
        for grade in quantities:
            if grade not in grades:
                yield ("weekly", day, grade), f"unknown product; {makes}"
        if day not in file.due and "default" not in file.due:
            yield ("weekly", day), f"no due time: give `due` with `default` or `{day}`"
    for position, order in enumerate(file.orders):
        place = ("orders", position)
        if order.product not in grades:
            yield (*place, "product"), f"unknown product {order.product!r}; {makes}"
        if order.earliest is not None and order.earliest >= order.due:
            yield (*place, "earliest"), "is not before the due time"


def _read_csv(
    text: str, *, name: str, contradictions: Callable[[OrdersFile], Iterator[Problem]]
) -> OrdersFile:
    header = next(line for line in text.splitlines() if line.strip())
    spanish = ";" in header  # the list separator of a Spanish spreadsheet, with decimal commas
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if spanish else ",", strict=True)
    rows: list[dict[str, str]] = []
    lines: list[int] = []
    try:
        _check_columns(reader.fieldnames or (), name)
        for row in reader:
            if None in row or None in row.values():
                raise OrdersInvalid(
                    name, (f"line {reader.line_num}: not as many fields as the first line",)
                )
            filled = {column.strip(): field.strip() for column, field in row.items()}
            if spanish:
                filled["kg"] = filled["kg"].replace(",", ".")
            rows.append({column: field for column, field in filled.items() if field})
            lines.append(reader.line_num)
    except csv.Error as fault:
        raise OrdersInvalid(name, (f"line {reader.line_num}: {fault}",)) from None

    def at(place: tuple[int | str, ...]) -> str:
        position = place[1] if len(place) > 1 else None
        line = lines[position] if isinstance(position, int) else 1
        return f"line {line}: {'.'.join(str(step) for step in place[2:]) or 'file'}"

    try:
        file = OrdersFile.model_validate({"orders": rows})
    except ValidationError as fault:
        problems = [
            f"{at(issue['loc'])}: {issue['msg'].removeprefix('Value error, ')}"
            for issue in fault.errors()
        ]
    else:
        problems = [f"{at(tuple(place))}: {reason}" for place, reason in contradictions(file)]
        if not problems:
            return file
    raise OrdersInvalid(name, tuple(problems))


def _check_columns(found: Sequence[str], name: str) -> None:
    columns = [column.strip() for column in found]
    unknown = [column for column in columns if column not in COLUMNS]
    missing = [column for column in COLUMNS[:3] if column not in columns]
    problems = [f"line 1: unknown column {column!r}" for column in unknown]
    problems += [f"line 1: no column {column!r}" for column in missing]
    if problems:
        raise OrdersInvalid(name, (*problems, f"columns are {', '.join(COLUMNS)}"))
