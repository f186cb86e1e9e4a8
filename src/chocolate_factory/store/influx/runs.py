"""Runs of jobs on InfluxDB: the one record that moves on, in a bucket of its own.

A point's millisecond is ``started_at``; its nanoseconds tell runs of one millisecond apart. It is
the only bucket of which anything is deleted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

from chocolate_factory.store.base import Outcome, Run
from chocolate_factory.store.influx import flux
from chocolate_factory.store.influx.connection import Connection
from chocolate_factory.store.influx.documents import Document, Shelf, damaged, of_site
from chocolate_factory.store.influx.lines import encoded
from chocolate_factory.store.names import epoch_ms, instant_ms
from chocolate_factory.store.packing import pack_text, unpack_text

MILLISECOND_NS = 1_000_000


def shelf_of_runs(connection: Connection) -> Shelf:
    """Where the runs are."""
    return Shelf(connection, connection.address.runs, "run", {})


def save_run(connection: Connection, record: Run) -> None:
    """Keep ``record`` in the place of the one with its id. The caller holds the lock."""
    shelf, name = shelf_of_runs(connection), encoded(record.run_id)
    started_ns = epoch_ms(record.started_at) * MILLISECOND_NS
    ended_ns = started_ns + MILLISECOND_NS
    here = shelf.times(started_ns, ended_ns, run_id=name)
    if here:  # the usual case: a run that is known moves on
        put_run(shelf, record, here[0])
        return
    before = shelf.times(flux.BEGIN_NS, flux.END_NS, run_id=name)
    put_run(shelf, record, shelf.free_ns(started_ns, ended_ns))
    for ns in before:  # the start was corrected: the record moves
        connection.delete(shelf.bucket, ns, ns)


def put_run(shelf: Shelf, record: Run, ns: int) -> None:
    """Store a run at a time that is free or its own."""
    finished = record.finished_at
    content = {
        "run_id": record.run_id,
        "job": record.job,
        "started_ms": epoch_ms(record.started_at),
        "finished_ms": None if finished is None else epoch_ms(finished),
        "outcome": record.outcome.value,
        "detail": record.detail,
        "done": record.done,
        "total": record.total,
        "counts": dict(record.counts),
        "asked": dict(record.asked),
    }
    if record.site:
        content["site"] = record.site
    fields: dict[str, object] = {
        "run_id": encoded(record.run_id),
        "job": encoded(of_site(record.job, record.site)),
        "outcome": encoded(of_site(record.outcome.value, record.site)),
        "started_ms": epoch_ms(record.started_at),
        "finished": finished is not None,
    }
    if record.site:
        fields["site"] = encoded(record.site)
    shelf.put(ns, fields, pack_text(json.dumps(content, separators=(",", ":"))))


def find_run(connection: Connection, run_id: str) -> Run | None:
    """The run of that id."""
    shelf = shelf_of_runs(connection)
    times = shelf.times(flux.BEGIN_NS, flux.END_NS, run_id=encoded(run_id))
    found = [run for ns in times for run in map(_run, shelf.between(ns, ns + 1))]
    return found[-1] if found else None


def newest_runs(
    connection: Connection, *, site: str, job: str | None, outcome: Outcome | None, limit: int
) -> tuple[Run, ...]:
    """Those of a site, newest first; of one start, the one whose id sorts last.

    Which they are is asked of one field, filtered by the server; documents are read of those only.
    """
    if limit <= 0:
        return ()
    shelf = shelf_of_runs(connection)
    where = {} if job is None else {"job": encoded(of_site(job, site))}
    if outcome is not None:
        where["outcome"] = encoded(of_site(outcome.value, site))
    if site and not where:
        where["site"] = encoded(site)
    of_others = frozenset() if where else shelf.with_field("site")
    times = _newest_times(shelf, where, limit, of_others)
    found = sorted(
        map(_run, shelf.at(times)), key=lambda run: (run.started_at, run.run_id), reverse=True
    )
    return tuple(found[:limit])


def every_run(connection: Connection) -> list[Run]:
    """All of every site, oldest first; of one start, by id."""
    shelf = shelf_of_runs(connection)
    found = map(_run, shelf.between(flux.BEGIN_NS, flux.END_NS))
    return sorted(found, key=lambda run: (run.started_at, run.run_id))


def _newest_times(
    shelf: Shelf, where: Mapping[str, str], limit: int, of_others: frozenset[int]
) -> list[int]:
    """Times, in order, of the ``limit`` newest runs, and of all of the same start as the last.

    Those ``of_others`` do not count.
    """
    if len(where) < 2 and not of_others:
        times = shelf.newest_times(2 * limit, **where)
        if len(times) < 2 * limit or _since(times, limit) != times:
            return _since(times, limit)
    each = [set(shelf.times(flux.BEGIN_NS, flux.END_NS, **{name: where[name]})) for name in where]
    found = set.intersection(*each) if each else set(shelf.times(flux.BEGIN_NS, flux.END_NS))
    return _since(sorted(found - of_others), limit)


def _since(times: list[int], limit: int) -> list[int]:
    """Those at or after the start, to the millisecond, of the ``limit``-th newest."""
    if len(times) <= limit:
        return times
    start_ns = times[-limit] // MILLISECOND_NS * MILLISECOND_NS
    return [ns for ns in times if ns >= start_ns]


def drop_finished(connection: Connection, *, before: datetime) -> int:
    """Delete what is finished and started before an instant. The caller holds the lock."""
    shelf = shelf_of_runs(connection)
    stop_ns = epoch_ms(before) * MILLISECOND_NS
    old = shelf.between(flux.BEGIN_NS, stop_ns, "finished")
    kept = [document.ns for document in old if document.fields["finished"] != "true"]
    if len(kept) == len(old):
        return 0
    edges = [flux.BEGIN_NS, *kept, min(stop_ns, flux.END_NS)]
    for left_ns, right_ns in pairwise(edges):
        if any(left_ns < document.ns < right_ns for document in old):
            connection.delete(shelf.bucket, left_ns + 1, right_ns - 1)
    return len(old) - len(kept)


def _run(document: Document) -> Run:
    try:
        content = json.loads(unpack_text(document.content))
        finished_ms = content["finished_ms"]
        return Run(
            run_id=content["run_id"],
            job=content["job"],
            started_at=instant_ms(content["started_ms"]),
            finished_at=None if finished_ms is None else instant_ms(finished_ms),
            outcome=Outcome(content["outcome"]),
            detail=content["detail"],
            done=content["done"],
            total=content["total"],
            counts=content["counts"],
            asked=content["asked"],
            site=content.get("site", ""),
        )
    except (ValueError, KeyError) as fault:
        raise damaged(f"run of {flux.time_text(document.ns)}") from fault
