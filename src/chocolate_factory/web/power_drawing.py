"""Shapes of the power curve against the contracted power, and of the price's parts.

As in ``drawing``: places in per cent, words, no mark-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chocolate_factory.market.calendar import MADRID, QUARTER
from chocolate_factory.web import panel_schemas as schemas
from chocolate_factory.web.drawing import Spot, Tick, TimeAxis, ValueAxis, area, steps
from chocolate_factory.web.wording import Words

_QUARTERS_OF_AN_HOUR = 4


@dataclass(frozen=True, slots=True)
class PowerChart:
    """The plan's power as an area, limit and meter as lines, and hours that can be pointed at."""

    planned: str
    limit: str
    metered: str
    ticks: tuple[Tick, ...]
    days: tuple[Tick, ...]
    spots: tuple[Spot, ...]
    now: float | None


@dataclass(frozen=True, slots=True)
class PartBar:
    """One group of the price on its bar [per cent of the width]; the parts it is made of."""

    group: schemas.PartGroup
    x: float
    width: float
    eur_kwh: float
    parts: tuple[schemas.PricePart, ...]


def power(site: schemas.SitePower, as_of: datetime, words: Words) -> PowerChart:
    """The curve by quarter-hour."""
    axis = TimeAxis(site.start, site.end)
    known = [kw for kw in site.metered_kw if kw is not None]
    values = [*site.planned_kw, *site.limit_kw, *known]
    heights = ValueAxis(min(values), max(values), decimals=0)
    quarters = [
        (axis.start + at * QUARTER, axis.start + (at + 1) * QUARTER)
        for at in range(len(site.planned_kw))
    ]

    def rows(kw: Sequence[float | None]) -> list[tuple[datetime, datetime, float]]:
        return [(*when, v) for when, v in zip(quarters, kw, strict=True) if v is not None]

    return PowerChart(
        planned=area([(*row[:2], 0.0, row[2]) for row in rows(site.planned_kw)], axis, heights),
        limit=steps(_merged(rows(site.limit_kw)), axis, heights),
        metered=steps(rows(site.metered_kw), axis, heights),
        ticks=heights.ticks(words),
        days=axis.midnights(words),
        spots=_spots(site, axis, words),
        now=axis.at(as_of) if axis.start <= as_of < axis.end else None,
    )


def part_bars(told: schemas.PriceParts) -> tuple[PartBar, ...]:
    """The groups of the price one after the other on one bar; what is below zero has no width."""
    groups: tuple[schemas.PartGroup, ...] = ("energy", "regulated", "taxes")
    own = {group: tuple(p for p in told.parts if p.group == group) for group in groups}
    sums = {group: sum(part.eur_kwh for part in parts) for group, parts in own.items()}
    whole = sum(max(value, 0.0) for value in sums.values()) or 1.0
    bars, x = [], 0.0
    for group in groups:
        if not own[group]:
            continue
        width = round(100 * max(sums[group], 0.0) / whole, 2)
        bars.append(PartBar(group, round(x, 2), width, sums[group], own[group]))
        x += width
    return tuple(bars)


def _merged(
    rows: Sequence[tuple[datetime, datetime, float]],
) -> list[tuple[datetime, datetime, float]]:
    """Neighbours of the same value as one step."""
    merged: list[tuple[datetime, datetime, float]] = []
    for start, end, value in rows:
        if merged and merged[-1][1] == start and merged[-1][2] == value:
            merged[-1] = (merged[-1][0], end, value)
        else:
            merged.append((start, end, value))
    return merged


def _spots(site: schemas.SitePower, axis: TimeAxis, words: Words) -> tuple[Spot, ...]:
    """One for each hour: its highest quarter-hour beside what is contracted."""
    spots = []
    for first in range(0, len(site.planned_kw), _QUARTERS_OF_AN_HOUR):
        own = slice(first, first + _QUARTERS_OF_AN_HOUR)
        start = axis.start + first * QUARTER
        end = min(start + timedelta(hours=1), axis.end)
        read = [kw for kw in site.metered_kw[own] if kw is not None]
        parts = [
            words.span(start.astimezone(MADRID), end.astimezone(MADRID)),
            words.text("power.planned_most", kw=words.quantity(max(site.planned_kw[own]), "kW")),
        ]
        if read:
            parts.append(words.text("power.metered_most", kw=words.quantity(max(read), "kW")))
        parts.append(
            words.text(
                "power.limit_is",
                kw=words.quantity(min(site.limit_kw[own]), "kW", 0),
                period=f"P{site.period[first]}",
            )
        )
        x = axis.at(start)
        spots.append(Spot(x, round(axis.at(end) - x, 4), " · ".join(parts)))
    return tuple(spots)
