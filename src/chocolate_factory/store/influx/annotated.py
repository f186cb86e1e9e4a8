"""Annotated CSV, the form in which a Flux query is answered, read without loss.

An answer holds results (one per ``yield``), each made of tables. A block of rows with the same
columns begins with annotations (``#datatype``, ``#group``, ``#default``) and a header; an empty
line ends it, and an empty line also follows the last one. An empty cell means the column's
default, or that there is no value. A query that fails after its first bytes ends with a table
whose columns are ``error`` and ``reference``.
Source: https://docs.influxdata.com/influxdb/v2/reference/syntax/annotated-csv/
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


class NotAnnotatedCsv(ValueError):
    """Text that is no complete answer."""


class QueryFailed(ValueError):
    """The server gave up in the middle of the answer; the text is its reason."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one result with the same columns; cells as text, "" where there is no value."""

    result: str
    columns: Mapping[str, Sequence[str]]


def tables(body: str) -> list[Table]:
    """Every block of an answer that has rows.

    Raises
    ------
    QueryFailed
        If the answer ends with an error.
    NotAnnotatedCsv
        If it is cut off or something else.
    """
    if body and not body.endswith("\n"):
        raise NotAnnotatedCsv("it ends within a line")
    found: list[Table] = []
    block: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(body, newline=""), strict=True):
            if row:
                block.append(row)
            else:
                found += _table(block)
                block = []
    except csv.Error as fault:
        raise NotAnnotatedCsv(str(fault)) from fault
    if block and not _is_error(block):
        raise NotAnnotatedCsv("the last table has no end")
    return found + _table(block)


def complete_rows(
    found: Iterable[Table], *names: str, result: str = "_result"
) -> tuple[list[str], ...]:
    """The named columns of one result, side by side, of rows that have a value in each of them.

    A row without one is a point that is just being written: it is not there yet.
    """
    columns: tuple[list[str], ...] = tuple([] for _ in names)
    for table in found:
        if table.result != result or any(name not in table.columns for name in names):
            continue
        cells = [table.columns[name] for name in names]
        if any("" in column for column in cells):
            kept = [row for row in zip(*cells, strict=True) if "" not in row]
            cells = [list(column) for column in zip(*kept, strict=True)] or [[] for _ in names]
        for column, more in zip(columns, cells, strict=True):
            column.extend(more)
    return columns


def ints(cells: Iterable[str]) -> NDArray[np.int64]:
    """Cells of whole numbers, shape (n,)."""
    return np.array([int(cell) for cell in cells], dtype=np.int64)


def _table(block: list[list[str]]) -> list[Table]:
    annotations = {row[0]: row for row in block if row[0].startswith("#")}
    header, *rows = [row for row in block if not row[0].startswith("#")] or [[]]
    if not header:
        return []
    if _is_error(block):
        raise QueryFailed(rows[0][1] if rows and len(rows[0]) > 1 else "no reason given")
    defaults = annotations.get("#default", [""] * len(header))
    if "#datatype" not in annotations or header[1:3] != ["result", "table"]:
        raise NotAnnotatedCsv("a table begins without annotations")
    if any(len(row) != len(header) for row in (*annotations.values(), *rows)):
        raise NotAnnotatedCsv("a row is shorter or longer than the header")
    if not rows:
        return []
    columns = {
        name: [cell or default for cell in cells] if default else list(cells)
        for name, default, *cells in zip(header, defaults, *rows, strict=True)
    }
    return [Table(columns["result"][0], columns)]


def _is_error(block: list[list[str]]) -> bool:
    header = next((row for row in block if not row[0].startswith("#")), [])
    return header[1:3] == ["error", "reference"]
