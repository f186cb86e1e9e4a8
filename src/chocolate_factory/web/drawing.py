"""Shapes of the page's charts: places in per cent of the width, paths, and the words on them.

Pure geometry and text; the templates turn it into SVG and the style sheet gives it colour, so no
mark-up is built here and nothing needs an inline style. Horizontal places are per cent of the
time axis; paths live in a box 1000 wide and ``PATH_HEIGHT`` high that the browser stretches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from math import floor, log10

from chocolate_factory.insights.heatmap import LEVELS
from chocolate_factory.market.calendar import (
    MADRID,
    days_between,
    delivery_day,
    local_midnight,
)
from chocolate_factory.web import schemas
from chocolate_factory.web.advice_schemas import CurrentAdvice
from chocolate_factory.web.advice_views import limit_text
from chocolate_factory.web.forecast_schemas import DeviationAnswer, DeviationHour
from chocolate_factory.web.wording import Words

CLOCK_EVERY_H = 6
"""Hours between the marks on the axis of one day."""

PATH_WIDTH = 1000
PATH_HEIGHT = 240
LEAST_WIDTH = 0.22
"""A bar is drawn at least this wide [per cent], so that a quarter-hour can be seen and touched."""

SHADES = 8
"""Colours of the heatmap, cheapest first."""

Edge = tuple[datetime, datetime, float]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where [per cent], and what it says."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A stretch of the time axis that can be pointed at; ``tip`` says what is there."""

    x: float
    width: float
    tip: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One block on a machine's lane; ``grade`` is the number of its colour.

    ``begin``: when the first stage of its batch begins; ``pinned``: it was told to begin then;
    ``carried``: it had begun before the plan and stays where it is.
    """

    x: float
    width: float
    label: str
    tip: str
    grade: int
    forecast: bool
    batch: str
    stage: str
    begin: datetime
    pinned: bool
    carried: bool


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A price over time as step paths, published and forecast apart, with its scale."""

    published: str
    forecast: str
    ticks: tuple[Tick, ...]
    zero: float | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The plan: a lane of bars per machine over one time axis, and the planning prices."""

    lanes: tuple[tuple[str, tuple[Bar, ...]], ...]
    days: tuple[Tick, ...]
    grades: tuple[str, ...]
    price: PriceLine


@dataclass(frozen=True, slots=True)
class Band:
    """The price outlook: two bands, the expected line and what can be pointed at."""

    outer: str
    inner: str
    line: PriceLine
    days: tuple[Tick, ...]
    spots: tuple[Spot, ...]
    now: float | None


@dataclass(frozen=True, slots=True)
class DayChart:
    """One day's forecast beside what came: bands, both lines and what can be pointed at.

    ``line.forecast`` is the expected price, ``line.published`` the actual one.
    """

    outer: str
    inner: str
    line: PriceLine
    clock: tuple[Tick, ...]
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Swatch:
    """One colour of the heatmap's scale: prices in [low, high] [EUR/kWh]."""

    shade: int
    low_eur_kwh: float
    high_eur_kwh: float


class TimeAxis:
    """[start, end) mapped to per cent of a width. Instants may be on any clock: between two on
    Madrid's, Python would count what the clock shows and not what passes."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start, self.end = start.astimezone(UTC), end.astimezone(UTC)
        self._length_s = (self.end - self.start).total_seconds()

    def at(self, instant: datetime) -> float:
        """Where an instant is [per cent]; it need not lie inside."""
        passed = instant.astimezone(UTC) - self.start
        return round(100 * passed.total_seconds() / self._length_s, 4)

    def midnights(self, words: Words) -> tuple[Tick, ...]:
        """The start of each Madrid day with room for its name: three quarters of it on the axis."""
        days = days_between(delivery_day(self.start), delivery_day(self.end))
        begins = [max(local_midnight(day), self.start) for day in days]
        room = timedelta(hours=18)
        named = {
            day: begin
            for day, begin in zip(days, begins, strict=True)
            if self.end - begin >= room and local_midnight(day + timedelta(days=1)) - begin >= room
        }
        labels = words.days(tuple(named))
        return tuple(
            Tick(self.at(begin), label) for begin, label in zip(named.values(), labels, strict=True)
        )

    def clock(self, words: Words) -> tuple[Tick, ...]:
        """Every sixth hour of the Madrid clock on an axis of one day."""
        hours = range(0, 24, CLOCK_EVERY_H)
        times = [datetime.combine(delivery_day(self.start), time(hour), MADRID) for hour in hours]
        return tuple(Tick(self.at(at), words.clock(at)) for at in times)


class ValueAxis:
    """Values mapped to heights from the top, on round numbers that include the extremes and zero.

    ``decimals``: with how many a tick is written at least.
    """

    def __init__(self, low: float, high: float, *, intervals: int = 4, decimals: int = 2) -> None:
        self._decimals = decimals
        low, high = min(low, 0.0), max(high, 0.0)
        if high - low < 1e-3:
            high = low + 1e-3
        self.step = _round_step((high - low) / intervals)
        self.low = floor(low / self.step + 1e-9) * self.step
        self.high = -floor(-high / self.step + 1e-9) * self.step

    def at(self, value: float) -> float:
        """Distance from the top as a fraction of the height."""
        return (self.high - value) / (self.high - self.low)

    def ticks(self, words: Words) -> tuple[Tick, ...]:
        """Round values, from the top."""
        count = round((self.high - self.low) / self.step)
        decimals = max(self._decimals, -floor(log10(self.step) + 1e-9))
        values = [self.high - n * self.step for n in range(count + 1)]
        return tuple(Tick(round(100 * self.at(v), 2), words.number(v, decimals)) for v in values)

    @property
    def zero(self) -> float | None:
        """Where zero lies [per cent from the top], if values go below it."""
        return round(100 * self.at(0.0), 2) if self.low < 0 else None


def shown_blocks(plan: schemas.PlanAnswer) -> tuple[schemas.Block, ...]:
    """By start: the plan's, and those carried over that had not ended when it was made."""
    return _by_start((*(block for block in plan.carried if block.end > plan.origin), *plan.blocks))


def _by_start(blocks: Sequence[schemas.Block]) -> tuple[schemas.Block, ...]:
    return tuple(sorted(blocks, key=lambda block: block.start.astimezone(UTC)))


def timeline(plan: schemas.PlanAnswer, words: Words) -> Timeline:
    """The plan's blocks, and those it took over, on their machines, machines in the order of the
    process. The axis begins with the first block where that is before the plan."""
    blocks = shown_blocks(plan)
    axis = TimeAxis(
        min([plan.start, *(block.start for block in blocks)]),
        max([plan.end, *(block.end for block in blocks)]),
    )
    begins: dict[str, datetime] = {}
    stages: dict[str, int] = {}
    place: dict[str, int] = {}
    for block in _by_start((*plan.carried, *plan.blocks)):
        begins.setdefault(block.batch, block.start)
        stages[block.batch] = stages.get(block.batch, 0) + 1
        place[block.machine] = max(place.get(block.machine, 0), stages[block.batch])
    carried = {block.batch for block in plan.carried}
    grades = tuple(dict.fromkeys([*plan.kg, *(block.grade for block in blocks)]))
    machines = sorted({block.machine for block in blocks}, key=lambda name: (place[name], name))
    priced = [
        (
            price.start,
            price.start.astimezone(UTC) + timedelta(seconds=price.resolution_s),
            price.eur_kwh,
            price.published,
        )
        for price in plan.prices
        if axis.start <= price.start < axis.end
    ]
    paid = [row[2] for row in priced]
    prices = ValueAxis(min(paid, default=0.0), max(paid, default=0.0), intervals=3)
    return Timeline(
        lanes=tuple(
            (
                machine,
                tuple(
                    _bar(
                        b,
                        axis,
                        grades,
                        words,
                        begin=begins[b.batch],
                        pinned=b.batch in plan.pinned,
                        carried=b.batch in carried,
                    )
                    for b in blocks
                    if b.machine == machine
                ),
            )
            for machine in machines
        ),
        days=axis.midnights(words),
        grades=grades,
        price=_price_line(priced, axis, prices, words),
    )


def habit(plan: schemas.PlanAnswer, words: Words) -> Timeline:
    """What the same production would look like by habit, on the same axes."""
    usual = plan.baseline
    return timeline(plan.model_copy(update={"blocks": usual.blocks, "pinned": ()}), words)


def band(outlook: schemas.PriceOutlook, as_of: datetime, words: Words) -> Band:
    """Expected price with its 80 % and 90 % intervals over the whole outlook."""
    hours = outlook.hours
    axis = TimeAxis(hours[0].start, hours[-1].end)
    prices = ValueAxis(min(h.p05_eur_kwh for h in hours), max(h.p95_eur_kwh for h in hours))
    rows = [(h.start, h.end, h.mean_eur_kwh, h.published) for h in hours]
    ahead = [hour for hour in hours if not hour.published]
    return Band(
        outer=area([(h.start, h.end, h.p05_eur_kwh, h.p95_eur_kwh) for h in ahead], axis, prices),
        inner=area([(h.start, h.end, h.p10_eur_kwh, h.p90_eur_kwh) for h in ahead], axis, prices),
        line=_price_line(rows, axis, prices, words),
        days=axis.midnights(words),
        spots=tuple(
            Spot(axis.at(h.start), round(axis.at(h.end) - axis.at(h.start), 4), _hour_tip(h, words))
            for h in hours
        ),
        now=axis.at(as_of) if axis.start <= as_of < axis.end else None,
    )


def deviation(told: DeviationAnswer, words: Words) -> DayChart:
    """What was foretold of a day with its 80 % and 90 % intervals, and what came."""
    hours = told.hours
    axis = TimeAxis(hours[0].start, hours[-1].end)
    actual = [h.actual_eur_kwh for h in hours if h.actual_eur_kwh is not None]
    prices = ValueAxis(
        min([*actual, *(h.p05_eur_kwh for h in hours)]),
        max([*actual, *(h.p95_eur_kwh for h in hours)]),
    )
    foretold = [(h.start, h.end, h.forecast_eur_kwh, False) for h in hours]
    came = [(h.start, h.end, h.actual_eur_kwh, True) for h in hours if h.actual_eur_kwh is not None]
    return DayChart(
        outer=area([(h.start, h.end, h.p05_eur_kwh, h.p95_eur_kwh) for h in hours], axis, prices),
        inner=area([(h.start, h.end, h.p10_eur_kwh, h.p90_eur_kwh) for h in hours], axis, prices),
        line=_price_line([*foretold, *came], axis, prices, words),
        clock=axis.clock(words),
        spots=tuple(
            Spot(
                axis.at(h.start),
                round(axis.at(h.end) - axis.at(h.start), 4),
                _deviation_tip(h, words),
            )
            for h in hours
        ),
    )


def by_day(blocks: Sequence[schemas.Block]) -> tuple[tuple[date, tuple[schemas.Block, ...]], ...]:
    """Blocks under the Madrid day they start on, both in order of time: the shift lead's sheet."""
    return tuple(
        (day, tuple(starts)) for day, starts in groupby(blocks, key=lambda b: b.start.date())
    )


def swatches(heatmap: schemas.Heatmap) -> tuple[Swatch, ...]:
    """The colour scale: equal steps of price from the cheapest to the dearest hour shown."""
    prices = [p.price_eur_kwh for day in heatmap.days for cell in day.cells for p in cell.prices]
    if not prices:
        return ()
    low, step = min(prices), (max(prices) - min(prices)) / SHADES
    return tuple(Swatch(n, low + n * step, low + (n + 1) * step) for n in range(SHADES))


def shade(eur_kwh: float, scale: Sequence[Swatch]) -> int:
    """The number of the colour of a price."""
    return next((s.shade for s in scale if eur_kwh < s.high_eur_kwh), scale[-1].shade)


def levels(heatmap: schemas.Heatmap) -> tuple[str, ...]:
    """The levels that the legend explains."""
    shown = {price.level for day in heatmap.days for cell in day.cells for price in cell.prices}
    return ("even",) if shown == {"even"} else LEVELS


def price_tip(hour: schemas.Hour, words: Words, advice: CurrentAdvice | None = None) -> str:
    """What a cell of the heatmap says when pointed at; ``advice`` is for the hour under way and
    looks at more than its price."""
    parts = [
        words.span(hour.start, hour.end),
        words.price(hour.price_eur_kwh),
        words.text("word.published" if hour.published else "word.forecast"),
    ]
    if not hour.published:
        low, high = words.price(hour.low_eur_kwh), words.price(hour.high_eur_kwh)
        parts.append(words.text("word.interval", low=low, high=high))
    parts.append(words.text("word.period", period=f"P{hour.period}"))
    below_zero = sum(part.price_eur_kwh < 0 for part in hour.quarters)
    if hour.negative:
        parts.append(words.text("word.negative"))
    elif below_zero:
        parts.append(words.text("heat.some_negative", count=str(below_zero)))
    parts.append(words.text("heat.by_price", level=words.text(f"level.{hour.level}")))
    if advice is not None and hour.start <= advice.start < hour.end:
        said = words.text(f"advice.{advice.level.lower()}")
        limits = [limit_text(words, broken) for broken in advice.overrides]
        parts.append(words.text("heat.advised", level=": ".join([said, *limits])))
    return " · ".join(parts)


def quarter_lines(part: schemas.Period, words: Words) -> tuple[str, ...]:
    """What the quarter-hours of a cell say, line by line: time, price, how it is known."""
    told = [f"{words.clock(part.start)}–{words.clock(part.end)}", words.price(part.price_eur_kwh)]
    if part.published:
        told.append(words.text("word.published"))
    else:
        low, high = words.number(part.low_eur_kwh, 4), words.number(part.high_eur_kwh, 4)
        told.append(words.text("heat.quarter_forecast", low=low, high=high))
    if part.price_eur_kwh < 0:
        told.append(words.text("word.negative"))
    return tuple(told)


def _hour_tip(hour: schemas.ForecastHour, words: Words) -> str:
    parts = [
        words.span(hour.start, hour.end),
        words.price(hour.mean_eur_kwh),
        words.text("word.published" if hour.published else "word.forecast"),
    ]
    if not hour.published:
        low, high = words.price(hour.p10_eur_kwh), words.price(hour.p90_eur_kwh)
        parts.append(words.text("word.interval", low=low, high=high))
        low, high = words.price(hour.p05_eur_kwh), words.price(hour.p95_eur_kwh)
        parts.append(words.text("word.interval_wide", low=low, high=high))
    return " · ".join([*parts, words.text("word.period", period=f"P{hour.period}")])


def _deviation_tip(hour: DeviationHour, words: Words) -> str:
    low, high = words.price(hour.p10_eur_kwh), words.price(hour.p90_eur_kwh)
    parts = [
        words.span(hour.start, hour.end),
        words.text("models.foretold_was", price=words.price(hour.forecast_eur_kwh)),
        words.text("word.interval", low=low, high=high),
    ]
    if hour.actual_eur_kwh is None:
        return " · ".join([*parts, words.text("models.actual_unknown")])
    came = words.text("models.actual_was", price=words.price(hour.actual_eur_kwh))
    return " · ".join([*parts, came])


def _bar(
    block: schemas.Block,
    axis: TimeAxis,
    grades: Sequence[str],
    words: Words,
    *,
    begin: datetime,
    pinned: bool,
    carried: bool,
) -> Bar:
    forecast = block.price_kind == "forecast"
    cost = () if block.cost_eur is None else (words.money(block.cost_eur),)
    tip = (
        f"{block.batch} ({block.grade})",
        f"{block.stage}, {block.machine}",
        words.span(block.start, block.end),
        words.quantity(block.energy_kwh, "kWh", 2),
        *cost,
        words.text(f"gantt.priced_{block.price_kind}"),
        *((words.text("move.is_pinned"),) if pinned else ()),
        *((words.text("gantt.carried"),) if carried else ()),
    )
    return Bar(
        x=axis.at(block.start),
        width=max(round(axis.at(block.end) - axis.at(block.start), 4), LEAST_WIDTH),
        label=_short(block),
        tip=" · ".join(tip),
        grade=grades.index(block.grade),
        forecast=forecast,
        batch=block.batch,
        stage=block.stage,
        begin=begin,
        pinned=pinned,
        carried=carried,
    )


def _short(block: schemas.Block) -> str:
    """``S01`` for batch ``standard-01`` of grade ``standard``; any other name as it is."""
    number = block.batch.removeprefix(block.grade).lstrip("-")
    return block.grade[:1].upper() + number if number != block.batch else block.batch


def _price_line(
    rows: Sequence[tuple[datetime, datetime, float, bool]],
    axis: TimeAxis,
    prices: ValueAxis,
    words: Words,
) -> PriceLine:
    def path(published: bool) -> str:
        return steps([row[:3] for row in rows if row[3] is published], axis, prices)

    return PriceLine(path(True), path(False), prices.ticks(words), prices.zero)


def steps(rows: Sequence[Edge], axis: TimeAxis, prices: ValueAxis) -> str:
    """A step path; it breaks where one row does not begin at the end of the one before."""
    parts = []
    end: datetime | None = None
    for begins, ends, value in rows:
        y = f"{PATH_HEIGHT * prices.at(value):.1f}"
        goes_on = begins.astimezone(UTC) == end
        parts.append(f"V{y}" if goes_on else f"M{axis.at(begins) * 10:.1f} {y}")
        parts.append(f"H{axis.at(ends) * 10:.1f}")
        end = ends.astimezone(UTC)
    return "".join(parts)


def area(
    bounds: Sequence[tuple[datetime, datetime, float, float]], axis: TimeAxis, prices: ValueAxis
) -> str:
    """Closed step outlines of rows (start, end, low, high), one per contiguous run."""
    runs: list[list[tuple[datetime, datetime, float, float]]] = []
    for before, row in pairwise([None, *bounds]):
        if row is None:
            continue
        if before is None or before[1].astimezone(UTC) != row[0].astimezone(UTC):
            runs.append([])
        runs[-1].append(row)
    paths = []
    for run in runs:
        upper = steps([(start, end, high) for start, end, _, high in run], axis, prices)
        back = "".join(
            f"V{PATH_HEIGHT * prices.at(low):.1f}H{axis.at(start) * 10:.1f}"
            for start, _, low, _ in reversed(run)
        )
        paths.append(f"{upper}{back}Z")
    return "".join(paths)


def _round_step(rough: float) -> float:
    """The next of 1, 2, 5 × 10ⁿ at or above ``rough``."""
    power = 10.0 ** floor(log10(rough))
    return float(next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9)))
