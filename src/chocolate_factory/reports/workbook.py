"""Tables as an XLSX workbook; the same content gives the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl import Workbook

Cell = str | float | int | datetime | None
"""Instants are naive: a sheet knows no time zone. They are shown in the plant's wall-clock time."""

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_CORE = "docProps/core.xml"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a header and rows of typed cells.

    ``formats``: number format by column, from 0, in the notation of spreadsheets.
    """

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    formats: dict[int, str] = field(default_factory=dict)


def workbook(title: str, sheets: Sequence[Sheet], *, created: datetime) -> bytes:
    """The sheets as one file, dated ``created`` (aware) whenever it is written."""
    from openpyxl import Workbook  # noqa: PLC0415 - takes a quarter of a second

    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        _fill(book, sheet)
    book.properties.title = title
    book.properties.creator = "chocolate-factory"
    book.properties.created = created.replace(tzinfo=None)
    written = io.BytesIO()
    book.save(written)
    return _settled(written.getvalue(), created)


def _fill(book: Workbook, sheet: Sheet) -> None:
    from openpyxl.styles import Font  # noqa: PLC0415 - takes a quarter of a second
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - takes a quarter of a second

    page = book.create_sheet(sheet.name)
    page.append(list(sheet.header))
    for cell in page[1]:
        cell.font = Font(bold=True)
    for row in sheet.rows:
        page.append(list(row))
    for column, pattern in sheet.formats.items():
        for (cell,) in page.iter_rows(min_row=2, min_col=column + 1, max_col=column + 1):
            cell.number_format = pattern
    page.freeze_panes = "A2"
    page.auto_filter.ref = page.dimensions
    for column, name in enumerate(sheet.header):
        longest = max([len(name) + 3, *(_width(row[column]) for row in sheet.rows)])
        page.column_dimensions[get_column_letter(column + 1)].width = min(longest + 2, 60)


def _width(cell: Cell) -> int:
    return len("yyyy-mm-dd hh:mm") if isinstance(cell, datetime) else len(str(cell or ""))


def _settled(data: bytes, created: datetime) -> bytes:
    """The same file without the moment of writing: in the archive's entries and its properties."""
    settled = io.BytesIO()
    stamp = f"{created:%Y-%m-%dT%H:%M:%SZ}".encode()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(settled, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            body = old.read(name)
            if name == _CORE:
                body = _MODIFIED.sub(rb"\g<1>" + stamp, body)
            entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, body)
    return settled.getvalue()
