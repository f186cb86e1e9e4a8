"""Advice that is worked out for who asks."""

from __future__ import annotations

from chocolate_factory import advising, jobs
from chocolate_factory.app.work import Clock
from chocolate_factory.jobs import Factory
from chocolate_factory.web.asked import Advice


def advice_of(factory: Factory, clock: Clock) -> Advice:
    """What may be worked out for anybody."""
    shelf = advising.Shelf(factory.settings.models_folder)
    task, limits = factory.task, jobs.ambient_limits(factory)
    fingerprint = advising.task_print(task)
    return Advice(
        score=lambda asked: advising.score_now(
            factory.store, task, shelf.status(fingerprint), asked, now=clock()
        ),
        production=lambda asked: advising.class_now(
            factory.store, task, shelf.status(fingerprint), asked, now=clock(), limits=limits
        ),
    )
