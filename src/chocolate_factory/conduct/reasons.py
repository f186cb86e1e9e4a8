"""Why batches of the plan in force are where they are, by what is known now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chocolate_factory import pipeline
from chocolate_factory.conduct.plan_notes import over_of
from chocolate_factory.conduct.replan import Rules
from chocolate_factory.errors import Unknown
from chocolate_factory.pipeline import PATHS, PATHS_SEED, PlanTask
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.plan import Plan
from chocolate_factory.planning.why_there import Why, why
from chocolate_factory.standing import standing
from chocolate_factory.store.base import Store


def reasons(
    store: Store,
    task: PlanTask,
    batches: Sequence[str] = (),
    *,
    now: datetime,
    rules: Rules,
    count: int = PATHS,
    seed: int = PATHS_SEED,
) -> tuple[Plan, tuple[Why, ...]]:
    """The plan in force and why each of ``batches`` to come is where it is; all without a name.

    Other places are those that a plan made now could still give it, after the freeze of ``rules``.
    ``count`` price paths are drawn with ``seed`` from the forecast's quantiles.

    Raises ``NotNow`` if no plan is in force, ``Unknown`` naming the batches to come.
    """
    held = standing(store, as_of=now, slot=task.plant.slot)
    over = over_of(held, now, rules)
    plan = over.running
    to_come = [own[0].batch for own in batches_of(plan.schedule.blocks) if own[0].start >= now]
    unknown = sorted(set(batches) - set(to_come))
    if unknown:
        raise Unknown(
            f"the plan in force has no batch {unknown[0]!r} to come; it has: {', '.join(to_come)}"
        )
    ahead = pipeline.outlook(
        store, pipeline.same_end(task, over),
        origin=now, models=pipeline.MODELS, take_over=over, stored=True,
    )  # fmt: skip
    drawn = pipeline.paths_of(ahead.market, task, ahead.prices, count=count, seed=seed)
    told = (
        why(plan, name, task.plant, task.contract, since=over.hand_over, paths=drawn)
        for name in batches or to_come
    )
    return plan, tuple(told)
