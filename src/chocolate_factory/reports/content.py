"""What is put on paper: words and numbers already written as their reader writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Tone = Literal["dark", "middle", "light"]
"""How a row of bars is filled: told apart by lightness, in print without colour too."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One key figure with its label, and a line below it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a header.

    ``widths``: share of the page for each column, together 1. ``right``: columns of numbers.
    ``strong``: rows in bold with a line above, as sums are. ``large``: to be read at arm's length.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    right: frozenset[int] = frozenset()
    strong: frozenset[int] = frozenset()
    large: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """One row of bars: a value for each label; None draws nothing."""

    name: str
    values: Sequence[float | None]
    tone: Tone


@dataclass(frozen=True, slots=True)
class Chart:
    """Upright bars side by side over labels. ``written``: how a value on the axis is written.

    ``limits``: a step above each label that bars should keep to, named ``limit_name``.
    """

    labels: Sequence[str]
    bars: Sequence[Bars]
    unit: str
    written: Callable[[float], str]
    limits: Sequence[float | None] = ()
    limit_name: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One machine of a day: bars from and to an hour of the sheet, with a word in them."""

    name: str
    bars: Sequence[tuple[float, float, str, Tone]]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Machines over the hours of one day.

    ``hours`` how long the day is; ``ticks``: hour since midnight, and how it is written;
    ``shaded``: stretches [from, to) of cheap hours.
    """

    hours: float
    ticks: Sequence[tuple[float, str]]
    shaded: Sequence[tuple[float, float]]
    lanes: Sequence[Lane]
