"""The advice for the hour under way, worked out by a job and read by pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from chocolate_factory.advising.asking import Asked, class_now, score_now, stored_price
from chocolate_factory.advising.reading import read_weather
from chocolate_factory.advising.shelf import AdviceStatus
from chocolate_factory.durable import USUAL, write_whole
from chocolate_factory.errors import MissingData, StoreError
from chocolate_factory.insights.advice.answer import AmbientLimit, ClassAdvice, ScoreAdvice
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.store.base import Store

_WEATHER_BACK = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class CurrentAdvice:
    """Advice for the delivery period [start, end), UTC, as known at ``made_at``."""

    made_at: datetime
    start: datetime
    end: datetime
    eur_kwh: float
    score: ScoreAdvice
    production: ClassAdvice
    model_made_at: datetime | None
    why_no_model: str
    simulated: bool


_AS_JSON = TypeAdapter(CurrentAdvice)


def advise_now(
    store: Store,
    task: PlanTask,
    status: AdviceStatus,
    *,
    now: datetime,
    limits: Sequence[AmbientLimit],
) -> CurrentAdvice:
    """Advice at the stored price and weather of ``now``, under the ``limits`` of the plant.

    Raises ``MissingData`` if the price now or those of the week before are not stored.
    """
    found = stored_price(store, task, now, as_of=now)
    if found is None:
        raise MissingData(str(task.contract.market), (), hint="The price of this hour is missing.")
    eur_kwh, start, end = found
    air = read_weather(store, now - _WEATHER_BACK, now, as_of=now)
    asked = Asked(
        instant=now,
        eur_kwh=eur_kwh,
        temperature_c=float(air.temperature_c[-1]) if air.temperature_c.size else float("nan"),
        humidity_pct=float(air.humidity_pct[-1]) if air.humidity_pct.size else float("nan"),
    )
    score = score_now(store, task, status, asked, now=now)
    production = class_now(store, task, status, asked, now=now, limits=limits)
    return CurrentAdvice(
        made_at=now,
        start=start,
        end=end,
        eur_kwh=eur_kwh,
        score=score.advice,
        production=production.advice,
        model_made_at=None if status.model is None else status.model.origin.made_at,
        why_no_model=status.why,
        simulated=score.known.simulated,
    )


def write_current(folder: Path, advice: CurrentAdvice) -> None:
    """Replace what pages read. Raises ``StoreError`` if the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / _NAME, _AS_JSON.dump_json(advice), rights=USUAL)
    except OSError as fault:
        raise StoreError(f"advice cannot be written to {folder}: {fault.strerror}") from fault


def read_current(folder: Path, *, now: datetime) -> CurrentAdvice | None:
    """The advice that holds at ``now``; None if none was made for this delivery period."""
    try:
        advice = _AS_JSON.validate_json((folder / _NAME).read_bytes())
    except (OSError, ValidationError):  # not there, or of another version: the next run writes it
        return None
    return advice if advice.start <= now < advice.end else None


_NAME = "advice-now.json"
