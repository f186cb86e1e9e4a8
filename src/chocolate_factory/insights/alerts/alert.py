"""What an alert is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Value = str | int | float
"""What a reason is told with. Instants are ISO texts in UTC, days ISO texts."""


class AlertKind(StrEnum):
    """What is the matter. The texts of each are keyed by it."""

    PRICE_SPIKE = "price_spike"
    PRICE_OPPORTUNITY = "price_opportunity"
    PRICE_NEGATIVE = "price_negative"
    HEAT = "heat"
    COLD = "cold"
    HUMIDITY = "humidity"
    GAP = "gap"
    DISAGREEMENT = "disagreement"
    RAW_DAMAGED = "raw_damaged"
    JOB_REJECTED = "job_rejected"
    JOB_OVERDUE = "job_overdue"
    FORECAST_STALE = "forecast_stale"
    MODEL_UNUSABLE = "model_unusable"
    MODEL_DRIFT = "model_drift"
    PLAN_INFEASIBLE = "plan_infeasible"
    FIRST_PLAN = "first_plan"
    BETTER_PLAN = "better_plan"
    EXCESS_POWER = "excess_power"


OF_PLANT = frozenset(
    {
        AlertKind.PRICE_SPIKE,
        AlertKind.PRICE_OPPORTUNITY,
        AlertKind.PRICE_NEGATIVE,
        AlertKind.HEAT,
        AlertKind.COLD,
        AlertKind.HUMIDITY,
        AlertKind.PLAN_INFEASIBLE,
        AlertKind.FIRST_PLAN,
        AlertKind.BETTER_PLAN,
        AlertKind.EXCESS_POWER,
    }
)
"""What concerns one plant; the rest is about data, forecasts and jobs."""


class Gravity(StrEnum):
    """How grave it is, the gravest first."""

    CRITICAL = "critical"  # act now
    WARNING = "warning"  # act today
    NOTICE = "notice"  # good to know

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return list(Gravity).index(self)


class Basis(StrEnum):
    """How the euros at stake were computed, or why there are none."""

    OVER_MEDIAN = "over_median"  # planned energy at those prices, above the median of the window
    BELOW_MEDIAN = "below_median"  # the same, below it
    PAID_TO_PLANT = "paid_to_plant"  # planned energy at prices below zero
    BELOW_HABIT = "below_habit"  # what a plan costs less than the habit, expected
    SAVES = "saves"  # what the plan in force costs more than the one proposed
    SAFER = "safer"  # the plan proposed costs no less on average, only where prices turn out dear
    EXCESS_CHARGE = "excess_charge"  # what the month's charge for power grows by
    WAY_OUT = "way_out"  # what the cheapest way out costs besides the plan
    NO_PLAN = "no_plan"
    NOTHING_PLANNED = "nothing_planned"
    CANNOT_BE_KEPT = "cannot_be_kept"
    PLAN_AVOIDS = "plan_avoids"
    PLAN_BROKEN = "plan_broken"
    NOT_IN_EUROS = "not_in_euros"
    NOBODY_SAID = "nobody_said"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing a person should know.

    Parameters
    ----------
    code
        The same for the same thing at every look: two alerts of one code are one.
    kind, gravity
        What it is and how grave.
    values
        What its reason is told with.
    eur
        What is at stake [EUR]; None if that is not known.
    basis
        How that was computed, or why it is not known.
    valid_until
        When it is over by itself, UTC; None: it holds until it recovers.
    """

    code: str
    kind: AlertKind
    gravity: Gravity
    values: Mapping[str, Value] = field(default_factory=dict)
    eur: float | None = None
    basis: Basis = Basis.NOT_IN_EUROS
    valid_until: datetime | None = None
