"""What every generated page is written with: tables, anchors, text that stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

Row = Sequence[str]


def table(header: Row, rows: Iterable[Row]) -> str:
    """A Markdown table; an empty text if there is no row."""
    lines = [f"| {' | '.join(cell(text) for text in row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(header)} |", "|" + "---|" * len(header), *lines, ""])


def cell(text: str) -> str:
    """The text on one line, in which a bar ends no cell."""
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip() or "–"


def code(text: str) -> str:
    """The text as code; nothing if there is none."""
    return f"`{text}`" if text else ""


def page(title: str, about: str, *parts: str) -> str:
    """A page with its title, what it is, and its parts in order."""
    return "\n\n".join([f"# {title}", about, *(part.strip() for part in parts if part)]) + "\n"
