"""A4 pages as PDF: headings, key figures and tables. ``reports.drawing`` draws the charts.

The same content gives the same bytes: the date of creation is the content's, and nothing is
random. Text is set in Helvetica, which every reader has; a character that it lacks becomes "?".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from chocolate_factory.reports.content import Table, Tile

MARGIN_MM = 15.0
ROW_MM, LARGE_ROW_MM = 5.4, 7.0
Colour = tuple[int, int, int]
INK, MUTED, RULE, WASH = (27, 39, 51), (91, 104, 117), (200, 206, 212), (243, 245, 247)
WHITE: Colour = (255, 255, 255)
WARNING = (160, 62, 10)
_PLAIN = str.maketrans(
    {
        "\N{MINUS SIGN}": "\N{EN DASH}",
        "\N{SUBSCRIPT TWO}": "2",
        "\N{NARROW NO-BREAK SPACE}": "\N{NO-BREAK SPACE}",
    }
)


class Paper(FPDF):
    """A document being written from top to bottom."""

    def __init__(self, title: str, *, language: str, created: datetime, footer: str) -> None:
        super().__init__(format="A4")
        self.core_fonts_encoding = "windows-1252"
        self.set_margins(MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=18)
        self.set_title(plain(title))
        self.set_lang(language)
        self.set_creator("chocolate-factory")
        self.set_producer("chocolate-factory")
        self.set_creation_date(created)
        self._footer = footer

    def footer(self) -> None:
        """The line at the bottom of every page; called by the library."""
        self.set_y(-12)
        self._face(7.5, MUTED)
        self.cell(self.epw - 20, 4, plain(self._footer))
        self.cell(20, 4, f"{self.page_no()} / {{nb}}", align="R")

    def title_line(self, title: str, below: str) -> None:
        """What the document is, and of what."""
        self._face(17, INK, bold=True)
        self.cell(0, 8, plain(title), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._face(9, MUTED)
        self.multi_cell(0, 4.4, plain(below), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(2)

    def banner(self, text: str) -> None:
        """A warning that cannot be overlooked."""
        self._face(9, WARNING, bold=True)
        self.set_draw_color(*WARNING)
        self.multi_cell(
            0, 5.5, plain(text), border=1, padding=1, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self.ln(2)

    def heading(self, text: str, *, room_mm: float = 30.0) -> None:
        """A heading with at least so much room below it on the page."""
        if self.will_page_break(room_mm):
            self.add_page()
        self.ln(2)
        self._face(11, INK, bold=True)
        self.cell(0, 6, plain(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def section(self, text: str, table: Table) -> None:
        """A heading with its table, on a page of their own where they fit on one only."""
        height = (LARGE_ROW_MM if table.large else ROW_MM) * (len(table.rows) + 1) + 10
        self.heading(text, room_mm=height if height < self.eph else 30.0)
        self.rows(table)

    def paragraph(self, text: str, *, muted: bool = False) -> None:
        """Some sentences."""
        self._face(8.5, MUTED if muted else INK)
        self.multi_cell(0, 4.2, plain(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(0.8)

    def tiles(self, tiles: Sequence[Tile]) -> None:
        """Key figures side by side."""
        gap, height = 3.0, 20.0
        width = (self.epw - gap * (len(tiles) - 1)) / len(tiles)
        top = self.get_y()
        self.set_fill_color(*WASH)
        for place, tile in enumerate(tiles):
            left = self.l_margin + place * (width + gap)
            self.rect(left, top, width, height, style="F")
            for text, size, down, colour, bold in (
                (tile.label, 7.5, 2.0, MUTED, False),
                (tile.value, 14.0, 6.4, INK, True),
                (tile.note, 7.5, 14.2, MUTED, False),
            ):
                self._face(size, colour, bold=bold)
                self.set_xy(left + 2.5, top + down)
                self.cell(width - 5, size * 0.42, self._fitted(text, width - 5))
        self.set_xy(self.l_margin, top + height + 1.5)

    def rows(self, table: Table) -> None:
        """A table; its header stands on every page it reaches."""
        self._header(table)
        for number, row in enumerate(table.rows):
            if self.will_page_break(LARGE_ROW_MM if table.large else ROW_MM):
                self.add_page()
                self._header(table)
            self._row(table, row, strong=number in table.strong)
        self.set_draw_color(*RULE)
        self.line(self.l_margin, self.get_y(), self.l_margin + self.epw, self.get_y())
        self.ln(1.5)

    def data(self) -> bytes:
        """The whole document."""
        return bytes(self.output())

    def small(
        self,
        text: str,
        x: float,
        y: float,
        width: float,
        *,
        align: str = "L",
        colour: Colour = MUTED,
    ) -> None:
        """One small line of text anywhere, cut to its width."""
        self._face(6.8, colour)
        self.set_xy(x, y)
        self.cell(width, 3, self._fitted(text, width), align=align)

    def _header(self, table: Table) -> None:
        self._face(7.5, MUTED, bold=True)
        self._cells(table, table.header, ROW_MM)
        self.set_draw_color(*INK)
        self.line(self.l_margin, self.get_y(), self.l_margin + self.epw, self.get_y())

    def _row(self, table: Table, row: Sequence[str], *, strong: bool) -> None:
        self.set_draw_color(*(INK if strong else RULE))
        self.line(self.l_margin, self.get_y(), self.l_margin + self.epw, self.get_y())
        self._face(10.5 if table.large else 8.5, INK, bold=strong)
        self._cells(table, row, LARGE_ROW_MM if table.large else ROW_MM)

    def _cells(self, table: Table, cells: Sequence[str], height: float) -> None:
        for column, (cell, share) in enumerate(zip(cells, table.widths, strict=True)):
            width = share * self.epw
            align = "R" if column in table.right else "L"
            self.cell(width, height, self._fitted(cell, width - 2), align=align)
        self.ln(height)

    def _face(self, size: float, colour: Colour, *, bold: bool = False) -> None:
        self.set_font("Helvetica", "B" if bold else "", size)
        self.set_text_color(*colour)

    def _fitted(self, text: str, width: float) -> str:
        """As much of the text as there is room for."""
        shown = plain(text)
        if self.get_string_width(shown) <= width:
            return shown
        while shown and self.get_string_width(f"{shown}\N{HORIZONTAL ELLIPSIS}") > width:
            shown = shown[:-1]
        return f"{shown}\N{HORIZONTAL ELLIPSIS}"


def plain(text: str) -> str:
    """The text in characters that the fonts have."""
    return text.translate(_PLAIN).encode("cp1252", "replace").decode("cp1252")
