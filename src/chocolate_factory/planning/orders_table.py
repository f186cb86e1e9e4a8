"""Orders from a table: a CSV text, or the first sheet of an XLSX workbook.

A row that cannot be taken is named with its row and column. A workbook may hold a sheet ``stock``
with the columns ``product``, ``kg`` and ``at``. A date in a workbook has no offset: it is a
wall-clock time in Europe/Madrid.
"""

from __future__ import annotations

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from pydantic import ValidationError

from chocolate_factory.errors import OrdersInvalid
from chocolate_factory.market.calendar import MADRID
from chocolate_factory.planning.orders_file import OrdersFile, contradictions, unknown_product

COLUMNS = ("product", "kg", "due", "earliest", "priority", "penalty_eur_h")
NEEDED = COLUMNS[:3]
STOCK_COLUMNS = ("product", "kg", "at")
_SPANISH = {
    "producto": "product", "entrega": "due", "desde": "earliest", "prioridad": "priority",
    "penalización_eur_h": "penalty_eur_h", "penalizacion_eur_h": "penalty_eur_h",
}  # fmt: skip

_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, OSError, RuntimeError,
    SyntaxError, TypeError, ValueError,
)  # fmt: skip
"""What bytes that are no workbook bring about in the modules that read them, beside an
error of openpyxl; XML is a syntax, and a packing or a lock that zipfile does not know a
``RuntimeError``."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows by column name with empty cells left out, and the number of each in its file."""

    rows: list[dict[str, Any]]
    numbers: list[int]
    word: str


def is_csv(text: str, *, name: str) -> bool:
    """Whether a file is meant as a table: by its name, or by columns named in its first line."""
    header = next((line for line in text.splitlines() if line.strip()), "").lower()
    columns = "product" in header and "kg" in header and ":" not in header
    return columns or name.lower().endswith(".csv")


def read_csv(text: str, *, name: str, batch_kg: Mapping[str, float]) -> OrdersFile:
    """The checked content of a CSV; with semicolons, numbers have a decimal comma.

    Raises ``OrdersInvalid`` with every problem, its line and column.
    """
    header = next((line for line in text.splitlines() if line.strip()), "")
    spanish = ";" in header  # the list separator of a Spanish spreadsheet, with decimal commas
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if spanish else ",", strict=True)
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    try:
        _check_columns(reader.fieldnames or (), COLUMNS, NEEDED, name=name, where="line 1")
        for row in reader:
            if None in row or None in row.values():
                raise OrdersInvalid(
                    name, (f"line {reader.line_num}: not as many fields as the first line",)
                )
            filled = {_column(column): field.strip() for column, field in row.items()}
            if spanish:
                for column in ("kg", "penalty_eur_h"):
                    filled[column] = filled.get(column, "").replace(",", ".")
            rows.append({column: field for column, field in filled.items() if field})
            lines.append(reader.line_num)
    except csv.Error as fault:
        raise OrdersInvalid(name, (f"line {reader.line_num}: {fault}",)) from None
    return _checked(_Table(rows, lines, "line"), None, name=name, batch_kg=batch_kg)


def read_workbook(data: bytes, *, name: str, batch_kg: Mapping[str, float]) -> OrdersFile:
    """The checked content of an XLSX workbook.

    Raises ``OrdersInvalid`` with every problem, its row and column.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 - takes a quarter of a second
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415 - takes a quarter of a second

    try:
        with closing(load_workbook(io.BytesIO(data), read_only=True, data_only=True)) as book:
            sheets = {sheet.title.strip().lower(): sheet for sheet in book.worksheets}
            stock = sheets.pop("stock", None)
            orders = sheets.get("orders", next(iter(sheets.values()), None))
            if orders is None:
                raise OrdersInvalid(name, ("no sheet of orders",))
            rows = orders.iter_rows(values_only=True)
            table = _sheet(rows, COLUMNS, NEEDED, name=name)
            held = None
            if stock is not None:
                rows = stock.iter_rows(values_only=True)
                held = _sheet(rows, STOCK_COLUMNS, STOCK_COLUMNS, name=name)
    except (*_BROKEN, InvalidFileException):
        raise OrdersInvalid(name, ("not an XLSX workbook, or damaged: save it as .xlsx",)) from None
    return _checked(table, held, name=name, batch_kg=batch_kg)


def _sheet(
    lines: Iterable[tuple[Any, ...]], columns: Sequence[str], needed: Sequence[str], *, name: str
) -> _Table:
    filled = [
        (number, line)
        for number, line in enumerate(lines, start=1)
        if any(cell is not None and cell != "" for cell in line)
    ]
    if not filled:
        raise OrdersInvalid(name, ("an empty sheet",))
    first, header = filled[0]
    names = ["" if cell is None else _column(str(cell)) for cell in header]
    _check_columns([n for n in names if n], columns, needed, name=name, where=f"row {first}")
    rows = [
        {
            column: _cell(cell)
            for column, cell in zip(names, line, strict=False)
            if column and cell is not None and cell != ""
        }
        for _, line in filled[1:]
    ]
    return _Table(rows, [number for number, _ in filled[1:]], "row")


def _cell(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=MADRID) if cell.tzinfo is None else cell
    if isinstance(cell, date):
        return datetime.combine(cell, time(), MADRID)
    return cell.strip() if isinstance(cell, str) else cell


def _checked(
    table: _Table, stock: _Table | None, *, name: str, batch_kg: Mapping[str, float]
) -> OrdersFile:
    def at(place: Sequence[int | str]) -> str:
        if len(place) > 1 and place[0] == "orders" and isinstance(place[1], int):
            column = ".".join(str(step) for step in place[2:]) or "row"
            return f"{table.word} {table.numbers[place[1]]}: {column}"
        return ".".join(str(step) for step in place) or f"{table.word} 1: file"

    document: dict[str, Any] = {"orders": table.rows}
    if stock is not None and stock.rows:
        document["stock"] = _stock(stock, name)
    try:
        file = OrdersFile.model_validate(document)
    except ValidationError as fault:
        problems = [
            f"{at(issue['loc'])}: {issue['msg'].removeprefix('Value error, ')}"
            for issue in fault.errors()
        ]
        problems += [
            f"{at(('orders', row, 'product'))}: {unknown_product(product, batch_kg)}"
            for row, product in enumerate(one.get("product") for one in table.rows)
            if isinstance(product, str) and product not in batch_kg
        ]
    else:
        problems = [
            f"{at(tuple(place))}: {reason}" for place, reason in contradictions(file, batch_kg)
        ]
        if not problems:
            return file
    raise OrdersInvalid(name, tuple(problems))


def _stock(table: _Table, name: str) -> dict[str, Any]:
    instants = {str(row.get("at")) for row in table.rows}
    if len(instants) > 1:
        raise OrdersInvalid(name, ("stock: more than one `at`: stock is counted at one instant",))
    return {
        "at": table.rows[0].get("at"),
        "kg": {str(row.get("product")): row.get("kg") for row in table.rows},
    }


def _check_columns(
    found: Sequence[str], columns: Sequence[str], needed: Sequence[str], *, name: str, where: str
) -> None:
    names = [_column(column) for column in found]
    unknown = [column for column in names if column not in columns]
    missing = [column for column in needed if column not in names]
    problems = [f"{where}: unknown column {column!r}" for column in unknown]
    problems += [f"{where}: no column {column!r}" for column in missing]
    problems += [
        f"{where}: column {column!r} stands twice" for column in columns if names.count(column) > 1
    ]
    if problems:
        needs = f"; {', '.join(needed)} have to be there" if needed != columns else ""
        raise OrdersInvalid(name, (*problems, f"columns are {', '.join(columns)}{needs}"))


def _column(name: str) -> str:
    """A column by its own name, whatever case or of both languages it is written in."""
    said = name.strip().lower()
    return _SPANISH.get(said, said)
