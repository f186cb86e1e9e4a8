"""THE ADVICE for this hour: learned once a week, worked out every quarter of an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from chocolate_factory import advising
from chocolate_factory.errors import MissingData, ModelNotFitted
from chocolate_factory.insights.advice.answer import AmbientLimit, LimitKind
from chocolate_factory.jobs.apart import Place, here
from chocolate_factory.jobs.factory import Factory, Workshop, history_begun
from chocolate_factory.planning.equipment import AmbientLimits
from chocolate_factory.schedule import JobResult, Progress
from chocolate_factory.store.base import Outcome

ADVICE_LEARNED_EVERY = timedelta(days=7)
"""The advice is learned anew so often, and at once for another plant, orders or contract."""


def train_advice(
    factory: Factory, now: datetime, tell: Progress, *, place: Place = here
) -> JobResult:
    """Learn the advice models anew, at ``place``, if the one in use is a week old or for another
    task."""
    kept = (
        advising.Shelf(factory.settings.models_folder)
        .status(advising.task_print(factory.task))
        .model
    )
    if kept is not None and now - kept.origin.made_at < ADVICE_LEARNED_EVERY:
        return JobResult(
            f"the advice model in use was made {kept.origin.made_at:%Y-%m-%d}",
            outcome=Outcome.NOTHING_DUE,
        )
    return place(_learned, factory, now, tell)


def _learned(factory: Workshop, now: datetime, tell: Progress) -> JobResult:
    try:
        model = advising.train(factory.store, factory.task, now=now, tell=tell)
    except ModelNotFitted as too_little:
        return JobResult(f"waits for history: {too_little}", outcome=Outcome.NOTHING_DUE)
    advising.Shelf(factory.settings.models_folder).keep(model)
    learned = model.learned
    told = {"score": learned.score_evaluation, "class": learned.class_evaluation}
    lines = [
        f"{name}: {by.answered_by} answers, measured on {by.weeks} weeks"
        for name, by in told.items()
        if by is not None
    ]
    counts = {"weeks": model.origin.weeks, "left_out": model.origin.weeks_left_out} | {
        f"{name}:model": int(by.answered_by == "model") for name, by in told.items() if by
    }
    return JobResult("; ".join((*lines, *learned.notes)), counts, then=("advise",))


def ambient_limits(factory: Factory) -> tuple[AmbientLimit, ...]:
    """What the air at the line may be for each stage to run: the plant's own limits, and of heat
    those of the settings where it gives none."""
    by_settings = {
        "tempering": factory.settings.tempering_max_c,
        "conching": factory.settings.conching_max_c,
    }
    found = []
    for stage in factory.task.plant.stages:
        own = stage.ambient or AmbientLimits()
        bounds: dict[LimitKind, float | None] = {
            "max_c": by_settings.get(stage.name) if own.max_c is None else own.max_c,
            "min_c": own.min_c,
            "max_humidity_pct": own.max_humidity_pct,
        }
        found += [
            AmbientLimit(stage.name, kind, bound)
            for kind, bound in bounds.items()
            if bound is not None
        ]
    return tuple(found)


def advise(factory: Factory, now: datetime, tell: Progress) -> JobResult:
    """Work out the advice for the hour under way."""
    tell(0, 1, "advising")
    folder = factory.settings.models_folder
    status = advising.Shelf(folder).status(advising.task_print(factory.task))
    try:
        advice = advising.advise_now(
            factory.store, factory.task, status, now=now, limits=ambient_limits(factory)
        )
    except MissingData as too_little:
        if history_begun(factory.zone, now):
            raise
        return JobResult(f"waits for history: {too_little}", outcome=Outcome.NOTHING_DUE)
    advising.write_current(folder, advice)
    return JobResult(
        f"{advice.production.level}, score {advice.score.score:.0f} of 100, by the "
        f"{advice.score.answered_by}"
    )
