"""What the sites of a run are expected to pay together: the sums of their lines, to the cent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chocolate_factory.fleet.planning import SitePlan
from chocolate_factory.planning.together import together, waiting


@dataclass(frozen=True, slots=True)
class Expected:
    """What sites together are expected to pay by the plans in force, each over its own days [EUR].

    ``days``: of all of them together. ``saving_pct`` is of what habit would pay; None if that is
    nothing. ``proposals`` wait for a person and are in no sum; accepted, they would save
    ``proposals_save_eur`` more, those not counted whose plan in force cannot be kept
    (``proposals_unpriced``). Left out of the sums: ``on_earlier_plan`` sites, which go on by a
    plan of before, and ``without_plan``, which have none in force.
    """

    sites: int
    days: int
    plan_eur: float
    habit_eur: float
    saving_eur: float
    saving_pct: float | None
    proposals: int
    proposals_save_eur: float
    proposals_unpriced: int
    on_earlier_plan: int
    without_plan: int


def is_summed(one: SitePlan) -> bool:
    """Whether the plan in force at a site is of the run, and its euros are in the sums."""
    return one.plan_eur is not None


def is_on_earlier_plan(one: SitePlan) -> bool:
    """Whether a site goes on by a plan of before the run."""
    return one.plan_eur is None and one.runs_until is not None


def expected(sites: Iterable[SitePlan]) -> Expected:
    """The sums over the sites whose plan in force is of the run, and what is not in them."""
    told = tuple(sites)
    summed = [one for one in told if is_summed(one)]
    sums = together((one.plan_eur, one.habit_eur) for one in summed)
    proposed = waiting(one.proposal_saves_eur for one in told if one.proposal_id is not None)
    earlier = sum(is_on_earlier_plan(one) for one in told)
    return Expected(
        sites=len(summed),
        days=sum(one.days or 0 for one in summed),
        plan_eur=sums.plan_eur,
        habit_eur=sums.habit_eur,
        saving_eur=sums.saving_eur,
        saving_pct=sums.saving_pct,
        proposals=proposed.proposals,
        proposals_save_eur=proposed.save_eur,
        proposals_unpriced=proposed.unpriced,
        on_earlier_plan=earlier,
        without_plan=len(told) - len(summed) - earlier,
    )
