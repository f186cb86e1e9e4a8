"""Forecasts, plans, events, scores and runs as JSON lines and back, floats to the last bit."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chocolate_factory.market.scores import DayScore
from chocolate_factory.store.base import Event, IssuedForecast, Outcome, PlanRecord, Run
from chocolate_factory.store.packing import (
    forecast_document,
    forecast_of,
    score_document,
    score_of,
)

Line = IssuedForecast | PlanRecord | Event | DayScore | Run
KINDS = {
    IssuedForecast: "forecasts",
    PlanRecord: "plans",
    Event: "events",
    DayScore: "scores",
    Run: "runs",
}
"""In which member a piece goes."""


def write_line(piece: Line) -> bytes:
    """One line with its end."""
    match piece:
        case IssuedForecast():
            document = {
                "made_at": piece.made_at.isoformat(),
                "forecast": forecast_document(piece.forecast),
            }
        case PlanRecord():
            document = {
                "plan_id": piece.plan_id,
                "origin": piece.origin.isoformat(),
                "made_at": piece.made_at.isoformat(),
                "document": piece.document,
                "site": piece.site,
            }
        case Event():
            document = {
                "event_id": piece.event_id,
                "kind": piece.kind,
                "at": piece.at.isoformat(),
                "document": piece.document,
                "site": piece.site,
            }
        case DayScore():
            document = score_document(piece)
        case Run():
            document = _run_document(piece)
    return json.dumps(document, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def read_line(what: str, line: bytes) -> Line:
    """Inverse of ``write_line``.

    Raises ``ValueError``, ``KeyError``, ``TypeError`` or ``SeriesInvalid`` if the line means
    something else.
    """
    document = json.loads(line)
    match what:
        case "forecasts":
            return IssuedForecast(
                forecast_of(document["forecast"]), datetime.fromisoformat(document["made_at"])
            )
        case "plans":
            return PlanRecord(
                plan_id=document["plan_id"],
                origin=datetime.fromisoformat(document["origin"]),
                made_at=datetime.fromisoformat(document["made_at"]),
                document=document["document"],
                site=document.get("site", ""),
            )
        case "events":
            return Event(
                event_id=document["event_id"],
                kind=document["kind"],
                at=datetime.fromisoformat(document["at"]),
                document=document["document"],
                site=document.get("site", ""),
            )
        case "scores":
            return score_of(document)
        case _:
            return _run_of(document)


def _run_document(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "job": run.job,
        "started_at": run.started_at.isoformat(),
        "finished_at": None if run.finished_at is None else run.finished_at.isoformat(),
        "outcome": run.outcome.value,
        "detail": run.detail,
        "done": run.done,
        "total": run.total,
        "counts": dict(run.counts),
        "asked": dict(run.asked),
        "site": run.site,
    }


def _run_of(document: dict[str, Any]) -> Run:
    finished = document["finished_at"]
    return Run(
        run_id=document["run_id"],
        job=document["job"],
        started_at=datetime.fromisoformat(document["started_at"]),
        finished_at=None if finished is None else datetime.fromisoformat(finished),
        outcome=Outcome(document["outcome"]),
        detail=document["detail"],
        done=document["done"],
        total=document["total"],
        counts=document["counts"],
        asked=document["asked"],
        site=document.get("site", ""),
    )
