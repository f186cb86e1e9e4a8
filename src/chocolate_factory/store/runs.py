"""Runs of jobs in SQL: the one record that moves on, found newest first."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from chocolate_factory.errors import StoreError
from chocolate_factory.store.base import Outcome, Run
from chocolate_factory.store.names import epoch_ms, instant_ms
from chocolate_factory.store.schema import run

_NEWEST_FIRST = (run.c.started_ms.desc(), run.c.run_id.desc())
_MOVE_ON = (
    update(run)
    .where(run.c.run_id == bindparam("kept"))
    .values({column.name: bindparam(column.name) for column in run.c if column.name != "run_id"})
)
_ADD = insert(run)


def keep_run(connection: Connection, record: Run) -> None:
    """Keep ``record`` in the place of the one with its id, if there is one."""
    row = run_row(record)
    told = {name: value for name, value in row.items() if name != "run_id"}
    moved = connection.execute(_MOVE_ON, {**told, "kept": record.run_id})
    if not moved.rowcount:
        connection.execute(_ADD, row)


def find_run(connection: Connection, run_id: str) -> Run | None:
    """The run of that id."""
    row = connection.execute(select(run).where(run.c.run_id == run_id)).one_or_none()
    return None if row is None else run_of(row)


def newest_runs(
    connection: Connection, *, site: str, job: str | None, outcome: Outcome | None, limit: int
) -> tuple[Run, ...]:
    """Those of a site, newest first; of one start, the one whose id sorts last."""
    wanted = select(run).where(run.c.site == site).order_by(*_NEWEST_FIRST).limit(max(limit, 0))
    if job is not None:
        wanted = wanted.where(run.c.job == job)
    if outcome is not None:
        wanted = wanted.where(run.c.outcome == outcome.value)
    return tuple(run_of(row) for row in connection.execute(wanted))


def drop_finished(connection: Connection, *, before: datetime) -> int:
    """Delete what is finished and started before an instant."""
    old = delete(run).where(run.c.finished_ms.is_not(None), run.c.started_ms < epoch_ms(before))
    return connection.execute(old).rowcount


def run_row(record: Run) -> dict[str, object]:
    """A run by column; text is in JSON, which any database stores as it is."""
    content = {
        "detail": record.detail,
        "counts": dict(record.counts),
        "asked": dict(record.asked),
    }
    finished = record.finished_at
    return {
        "run_id": record.run_id,
        "job": record.job,
        "started_ms": epoch_ms(record.started_at),
        "finished_ms": None if finished is None else epoch_ms(finished),
        "outcome": record.outcome.value,
        "done": record.done,
        "total": record.total,
        "content": json.dumps(content, separators=(",", ":")),
        "site": record.site,
    }


def run_of(row: Row[Any]) -> Run:
    """Inverse of ``run_row``. Raises ``StoreError`` if the row is damaged."""
    try:
        content = json.loads(row.content)
        return Run(
            run_id=row.run_id,
            job=row.job,
            started_at=instant_ms(row.started_ms),
            finished_at=None if row.finished_ms is None else instant_ms(row.finished_ms),
            outcome=Outcome(row.outcome),
            detail=content["detail"],
            done=row.done,
            total=row.total,
            counts=content["counts"],
            asked=content["asked"],
            site=row.site,
        )
    except (ValueError, KeyError) as fault:
        raise StoreError(
            f"the stored run {row.run_id} is damaged and cannot be read. Keep the store as it is, "
            "and restore a backup or start anew"
        ) from fault
