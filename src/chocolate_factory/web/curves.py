"""Shapes of charts of a measure over lead days or hours: one line for each model.

As in ``drawing``: places in per cent, paths in a box of ``PATH_WIDTH`` by ``PATH_HEIGHT`` that the
browser stretches; the style sheet gives the colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

from chocolate_factory.web.drawing import PATH_HEIGHT, PATH_WIDTH, Tick, ValueAxis
from chocolate_factory.web.wording import Words


@dataclass(frozen=True, slots=True)
class Dot:
    """A value that can be pointed at, at ``x`` and ``y`` [per cent]."""

    x: float
    y: float
    tip: str


@dataclass(frozen=True, slots=True)
class Curve:
    """The values of one model; ``path`` breaks where one is missing."""

    name: str
    path: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Curves:
    """Lines over places that are named below, with the scale at the left."""

    curves: tuple[Curve, ...]
    places: tuple[Tick, ...]
    ticks: tuple[Tick, ...]
    unit: str


def curves(
    values: Sequence[tuple[str, Sequence[float | None]]],
    names: Sequence[str],
    *,
    unit: str,
    shown: Sequence[str],
    words: Words,
) -> Curves:
    """Lines of values [``unit``], one after the other; ``names`` of the places, ``shown`` below.

    The scale begins at zero, so that lines can be compared.
    """
    known = [value for _, row in values for value in row if value is not None]
    axis = ValueAxis(min(known, default=0.0), max(known, default=0.0))
    decimals = max(0, -floor(log10(axis.step) + 1e-9))
    at = [round(100 * (n + 0.5) / len(names), 3) for n in range(len(names))]

    def curve(name: str, row: Sequence[float | None]) -> Curve:
        dots, parts, pen = [], [], "M"
        for x, place, value in zip(at, names, row, strict=True):
            if value is None:
                pen = "M"
                continue
            y = axis.at(value)
            parts.append(f"{pen}{x * PATH_WIDTH / 100:.1f} {y * PATH_HEIGHT:.1f}")
            pen = "L"
            said = words.quantity(value, unit, decimals + 2)
            dots.append(Dot(x, round(100 * y, 2), f"{name} · {place} · {said}"))
        return Curve(name, "".join(parts), tuple(dots))

    rows = round((axis.high - axis.low) / axis.step)
    marks = [axis.high - n * axis.step for n in range(rows + 1)]
    return Curves(
        tuple(curve(name, row) for name, row in values),
        tuple(Tick(x, label) for x, label in zip(at, shown, strict=True)),
        tuple(Tick(round(100 * axis.at(m), 2), words.number(m, decimals)) for m in marks),
        unit,
    )
