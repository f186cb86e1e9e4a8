"""Scores of forecasts in SQL: every scoring is kept, the newest of each forecast and day counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from chocolate_factory.market.scores import DayScore
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.store.names import epoch, instant, series_id, series_row
from chocolate_factory.store.schema import score, series

_MEASURES = ("periods", "mae", "bias", "naive_mae", "coverage_80", "coverage_90")
_IDENTITY = ("series_id", "day", "made_at", "scored_at")


def insert_scores(
    connection: Connection, scores: Iterable[DayScore], *, replacing: bool = True
) -> None:
    """Add scores; with ``replacing`` each takes the place of one of the same identity."""
    numbers: dict[SeriesKey, int] = {}
    rows = []
    for told in scores:
        if told.key not in numbers:
            numbers[told.key] = series_row(connection, told.key).id
        rows.append(_row(told, numbers[told.key]))
    if not rows:
        return
    if replacing:
        same = [score.c[name] == bindparam(f"_{name}") for name in _IDENTITY]
        named = [{f"_{name}": row[name] for name in _IDENTITY} for row in rows]
        connection.execute(delete(score).where(*same), named)
    connection.execute(insert(score), rows)


def newest_scores(
    connection: Connection, key: SeriesKey, *, first: date, last: date, as_of: datetime
) -> tuple[DayScore, ...]:
    """The newest score by ``as_of`` of each forecast and day, by day, then by ``made_at``."""
    rows = connection.execute(
        select(score)
        .where(
            score.c.series_id == series_id(key),
            score.c.day.between(first.toordinal(), last.toordinal()),
            score.c.scored_at <= epoch(as_of),
        )
        .order_by(score.c.day, score.c.made_at, score.c.scored_at)
    )
    newest = {(row.day, row.made_at): row for row in rows}
    return tuple(_score(row, key) for row in newest.values())


def every_score(connection: Connection) -> Iterator[DayScore]:
    """All of them, one at a time."""
    rows = connection.execute(
        select(score, series.c.name, series.c.place)
        .join(series, series.c.id == score.c.series_id)
        .order_by(series.c.name, series.c.place, score.c.day, score.c.made_at, score.c.scored_at)
    )
    for row in rows:
        yield _score(row, SeriesKey(row.name, row.place))


def _row(told: DayScore, number: int) -> dict[str, Any]:
    return {
        "series_id": number,
        "day": told.day.toordinal(),
        "made_at": epoch(told.made_at),
        "scored_at": epoch(told.scored_at),
        "origin": epoch(told.origin),
        "model": told.model,
        **{name: getattr(told, name) for name in _MEASURES},
    }


def _score(row: Row[Any], key: SeriesKey) -> DayScore:
    return DayScore(
        key=key,
        made_at=instant(row.made_at),
        origin=instant(row.origin),
        model=row.model,
        day=date.fromordinal(row.day),
        scored_at=instant(row.scored_at),
        **{name: getattr(row, name) for name in _MEASURES},
    )
