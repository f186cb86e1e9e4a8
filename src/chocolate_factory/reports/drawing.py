"""Charts on paper, drawn as vectors: bars by label, and machines over the hours of a day."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

from chocolate_factory.reports.content import Chart, Timeline, Tone
from chocolate_factory.reports.paper import INK, MUTED, RULE, WARNING, WHITE, Paper

TONES: dict[Tone, tuple[int, int, int]] = {
    "dark": (11, 88, 96), "middle": (98, 160, 158), "light": (205, 212, 218),
}  # fmt: skip
CHEAP = (222, 240, 226)
_AXIS_MM, _LEGEND_MM, _LABELS_MM = 14.0, 5.5, 4.5
_LANE_MM, _NAME_MM = 6.2, 22.0
_FILLED = 0.78


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a chart stands on the page [mm], and the values at its bottom and top."""

    left: float
    top: float
    width: float
    height: float
    low: float
    high: float

    def y(self, value: float) -> float:
        return self.top + self.height * (self.high - value) / (self.high - self.low)


def draw_chart(paper: Paper, chart: Chart, *, height_mm: float) -> None:
    """Bars over labels, from zero, with an axis in ``chart.unit``."""
    every = [value for bars in chart.bars for value in bars.values if value is not None]
    every += [limit for limit in chart.limits if limit is not None]
    ticks = nice_ticks(min([0.0, *every]), max([0.0, *every]))
    frame = _Frame(
        left=paper.l_margin + _AXIS_MM,
        top=paper.get_y() + _LEGEND_MM,
        width=paper.epw - _AXIS_MM,
        height=height_mm - _LEGEND_MM - _LABELS_MM,
        low=ticks[0],
        high=ticks[-1],
    )
    _legend(paper, chart)
    paper.set_draw_color(*RULE)
    for tick in ticks:
        paper.line(frame.left, frame.y(tick), frame.left + frame.width, frame.y(tick))
        paper.small(
            chart.written(tick), paper.l_margin, frame.y(tick) - 1.5, _AXIS_MM - 1.5, align="R"
        )
    _bars(paper, chart, frame)
    paper.set_draw_color(*MUTED)
    paper.line(frame.left, frame.y(0.0), frame.left + frame.width, frame.y(0.0))
    _limits(paper, chart, frame)
    paper.set_xy(paper.l_margin, frame.top + frame.height + _LABELS_MM + 1.5)


def draw_timeline(paper: Paper, day: Timeline) -> None:
    """Machines over the hours of a day; cheap hours are shaded."""
    left, top = paper.l_margin + _NAME_MM, paper.get_y() + 4
    width, height = paper.epw - _NAME_MM, _LANE_MM * len(day.lanes)

    def x_of(hour: float) -> float:
        return left + width * min(max(hour, 0.0), day.hours) / day.hours

    paper.set_fill_color(*CHEAP)
    for begin, end in day.shaded:
        paper.rect(x_of(begin), top, x_of(end) - x_of(begin), height, style="F")
    paper.set_draw_color(*RULE)
    for hour, text in day.ticks:
        paper.line(x_of(hour), top, x_of(hour), top + height)
        paper.small(text, x_of(hour) - 6, top - 3.6, 12, align="C")
    for place, lane in enumerate(day.lanes):
        y = top + place * _LANE_MM
        paper.set_draw_color(*RULE)
        paper.line(paper.l_margin, y, left + width, y)
        paper.small(lane.name, paper.l_margin, y + 1.6, _NAME_MM - 1)
        for begin, end, word, tone in lane.bars:
            _run(paper, x_of(begin), x_of(end), y=y + 0.8, word=word, tone=tone)
    paper.set_draw_color(*RULE)
    paper.line(paper.l_margin, top + height, left + width, top + height)
    paper.set_xy(paper.l_margin, top + height + 2)


def nice_ticks(low: float, high: float) -> list[float]:
    """Round values from at most ``low`` to at least ``high``, at most seven of them."""
    span = high - low or 1.0
    power = 10.0 ** floor(log10(span / 5))
    step = power * next(factor for factor in (1, 2, 5, 10) if span <= 5 * power * factor)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, max(last, first + 1) + 1)]


def _legend(paper: Paper, chart: Chart) -> None:
    y, x = paper.get_y(), paper.l_margin + _AXIS_MM
    paper.small(chart.unit, paper.l_margin, y, _AXIS_MM - 1.5, align="R")
    for bars in chart.bars:
        paper.set_fill_color(*TONES[bars.tone])
        paper.rect(x, y + 0.3, 3, 2.4, style="F")
        paper.small(bars.name, x + 4, y, 60)
        x += 9 + paper.get_string_width(bars.name)
    if chart.limit_name:
        paper.set_draw_color(*WARNING)
        paper.line(x, y + 1.5, x + 4, y + 1.5)
        paper.small(chart.limit_name, x + 5, y, 60)


def _bars(paper: Paper, chart: Chart, frame: _Frame) -> None:
    step = frame.width / max(len(chart.labels), 1)
    one = _FILLED * step / max(len(chart.bars), 1)
    for place, label in enumerate(chart.labels):
        x = frame.left + place * step + (1 - _FILLED) / 2 * step
        for number, bars in enumerate(chart.bars):
            value = bars.values[place]
            if value:
                top, bottom = frame.y(max(value, 0.0)), frame.y(min(value, 0.0))
                paper.set_fill_color(*TONES[bars.tone])
                paper.rect(x + number * one, top, one, bottom - top, style="F")
        paper.small(
            label, frame.left + place * step, frame.top + frame.height + 0.8, step, align="C"
        )


def _limits(paper: Paper, chart: Chart, frame: _Frame) -> None:
    step = frame.width / max(len(chart.labels), 1)
    paper.set_draw_color(*WARNING)
    for place, limit in enumerate(chart.limits):
        if limit is not None:
            x, y = frame.left + place * step, frame.y(limit)
            paper.line(x, y, x + step, y)


def _run(paper: Paper, begin: float, end: float, *, y: float, word: str, tone: Tone) -> None:
    """One bar of a timeline with as much of its word as fits."""
    height = _LANE_MM - 1.6
    paper.set_fill_color(*TONES[tone])
    paper.set_draw_color(*WHITE)
    paper.rect(begin, y, end - begin, height, style="FD")
    if end - begin > 5:
        light = tone == "dark"
        paper.small(word, begin + 0.4, y + 0.8, end - begin - 0.8, colour=WHITE if light else INK)
