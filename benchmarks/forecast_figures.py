"""Figures of the forecasts as SVG: a fan, a reliability diagram, the error by day ahead.

    python -m benchmarks.forecast_figures --prices pvpc.csv --from 2025-01-01 --to 2025-12-24

One origin every ``--every`` days; the fan is that of the last origin, by the model that errs least.
With ``--models naive,ridge,champion`` they take as long as a year of the champion does. The files
go to the folder ``bench-results``, which is not part of the repository.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.forecast_t168 import read_series
from chocolate_factory.forecasting import Backtest, backtest
from chocolate_factory.market.series import QUANTILES

RESULTS = Path(__file__).parents[1] / "bench-results"
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 368, 62, 52, 150, 44
COLOURS = ("#0f6b61", "#a7673f", "#6b4a86", "#49648c", "#8a6d1f", "#a3261c", "#2a1b13")


class Figure:
    """An SVG of lines over two linear axes."""

    def __init__(self, title: str, x: tuple[float, float], y: tuple[float, float]) -> None:
        self.x, self.y = x, y
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="sans-serif" font-size="12">',
            '<rect width="100%" height="100%" fill="#fffdfb"/>',
            f'<text x="{LEFT}" y="22" font-size="15" font-weight="bold">{title}</text>',
        ]

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Place of a point on the sheet."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return (
            LEFT + across * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM),
        )

    def axes(
        self, x: Iterable[tuple[float, str]], y: Iterable[float], names: tuple[str, str]
    ) -> None:
        """Marks of both axes and what they are of."""
        for value in y:
            left, height = self.at(self.x[0], value)
            right, _ = self.at(self.x[1], value)
            self._line([(left, height), (right, height)], "#e4d9cf", 1)
            self._text(left - 6, height + 4, f"{value:g}", "end")
        for value, label in x:
            across, foot = self.at(value, self.y[0])
            self._text(across, foot + 16, label, "middle")
        self._text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, names[0], "middle")
        self._text(8, TOP - 12, names[1], "start")

    def curve(self, x: Sequence[float], y: Sequence[float], colour: str, *, dash: str = "") -> None:
        """A line through points."""
        self._line([self.at(*point) for point in zip(x, y, strict=True)], colour, 2, dash)

    def area(
        self, x: Sequence[float], low: Sequence[float], high: Sequence[float], colour: str
    ) -> None:
        """The space between two lines."""
        outline = [*zip(x, high, strict=True), *reversed(list(zip(x, low, strict=True)))]
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in (self.at(*p) for p in outline))
        self.parts.append(f'<polygon points="{points}" fill="{colour}"/>')

    def key(self, names: Sequence[tuple[str, str]]) -> None:
        """Which colour is what, at the right."""
        for row, (name, colour) in enumerate(names):
            across, height = WIDTH - RIGHT + 16, TOP + 10 + 20 * row
            self._line([(across, height), (across + 22, height)], colour, 4)
            self._text(across + 28, height + 4, name, "start")

    def write(self, path: Path) -> None:
        """Write the file."""
        path.write_text("\n".join([*self.parts, "</svg>", ""]), encoding="utf-8")
        print(f"wrote {path}")

    def _line(
        self, points: Sequence[tuple[float, float]], colour: str, width: float, dash: str = ""
    ) -> None:
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}" '
            f'stroke-dasharray="{dash}"/>'
        )

    def _text(self, x: float, y: float, text: str, anchor: str) -> None:
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>')


def fan(told: Backtest, path: Path) -> None:
    """The forecast of the model that errs least from the last origin, beside what came."""
    best = min(range(len(told.summary)), key=lambda n: told.summary[n].mae)
    made = told.predictions[best]
    last = made.origin == made.origin[-1]
    hours = ((made.start[last] - made.origin[-1]).astype(np.int64) / 3600).tolist()
    quantiles, actual = made.quantiles[last], told.actual[last]
    known = np.concatenate([quantiles.ravel(), actual[np.isfinite(actual)]])
    low, high = min(0.0, float(known.min())), float(known.max()) * 1.05
    sheet = Figure(
        f"{made.model}: {told.horizon_h} h from {made.origin[-1]}Z",
        (0, told.horizon_h),
        (low, high),
    )
    p = {level: quantiles[:, n].tolist() for n, level in enumerate(QUANTILES)}
    sheet.area(hours, p[0.05], p[0.95], "#f2e0cb")
    sheet.area(hours, p[0.10], p[0.90], "#e0b98f")
    days = range(0, told.horizon_h + 1, 24)
    sheet.axes([(day, str(day)) for day in days], _marks(low, high), ("hours ahead", told.unit))
    sheet.curve(hours, made.mean[last].tolist(), "#7a3f1d", dash="5 3")
    there = np.isfinite(actual)
    sheet.curve(np.array(hours)[there].tolist(), actual[there].tolist(), "#2a1b13")
    sheet.key(
        [("what came", "#2a1b13"), ("expected", "#7a3f1d"), ("p10–p90", "#e0b98f"),
         ("p05–p95", "#f2e0cb")]
    )  # fmt: skip
    sheet.write(path)


def reliability(told: Backtest, path: Path) -> None:
    """Share of prices below each quantile, against what it should be."""
    sheet = Figure("Reliability of the quantiles", (0, 1), (0, 1))
    marks = [n / 5 for n in range(6)]
    sheet.axes([(m, f"{m:g}") for m in marks], marks, ("level", "share of prices below"))
    sheet.curve([0, 1], [0, 1], "#c9b8aa", dash="4 4")
    for one, colour in zip(told.summary, COLOURS, strict=False):
        sheet.curve(QUANTILES, one.below, colour)
    sheet.key([(one.model, c) for one, c in zip(told.summary, COLOURS, strict=False)])
    sheet.write(path)


def error_by_lead(told: Backtest, path: Path) -> None:
    """Mean absolute error by day ahead."""
    leads = [day.lead for day in told.summary[0].by_lead]
    high = 1.1 * max(day.mae for one in told.summary for day in one.by_lead)
    sheet = Figure("Mean absolute error by day ahead", (0.5, leads[-1] + 0.5), (0, high))
    sheet.axes([(lead, str(lead)) for lead in leads], _marks(0, high), ("days ahead", told.unit))
    for one, colour in zip(told.summary, COLOURS, strict=False):
        sheet.curve(leads, [day.mae for day in one.by_lead], colour)
    sheet.key([(one.model, c) for one, c in zip(told.summary, COLOURS, strict=False)])
    sheet.write(path)


def _marks(low: float, high: float) -> list[float]:
    rough = (high - low) / 5
    power = 10.0 ** np.floor(np.log10(rough))
    step = float(next(m * power for m in (1, 2, 5, 10) if m * power >= rough))
    first = int(np.ceil(low / step))
    return [round(step * n, 10) for n in range(first, int(high / step) + 1)]


def main() -> None:
    """Run one backtest and draw it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prices", type=Path, nargs="+", required=True)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True)
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--models", default="naive,similar-day,ridge")
    asked = parser.parse_args()
    told = backtest(
        read_series(asked.prices),
        first=asked.first,
        last=asked.last,
        horizon_h=168,
        models=asked.models.split(","),
        every=asked.every,
    )
    RESULTS.mkdir(exist_ok=True)
    fan(told, RESULTS / "forecast_fan.svg")
    reliability(told, RESULTS / "reliability.svg")
    error_by_lead(told, RESULTS / "error_by_lead.svg")


if __name__ == "__main__":
    main()
