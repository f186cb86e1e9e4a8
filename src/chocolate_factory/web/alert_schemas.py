"""What the JSON of alerts holds."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from chocolate_factory.web.answer import Answer

GravityName = Literal["critical", "warning", "notice"]
AlertKindName = Literal[
    "price_spike", "price_opportunity", "price_negative", "heat", "cold", "humidity", "gap",
    "disagreement", "raw_damaged", "job_rejected", "job_overdue", "forecast_stale",
    "model_unusable", "model_drift", "plan_infeasible", "first_plan", "better_plan", "excess_power",
]  # fmt: skip
StateName = Literal["holds", "recovered", "over"]

_ID = "20261125T131500Z-5f0c1a2b"
_AT = "2026-11-25T14:15:00+01:00"


class AlertState(Answer):
    """One alert and what became of it."""

    alert_id: str = Field(examples=[_ID])
    """Its id; the same from its first finding to its end."""
    code: str = Field(examples=["price-spike:2026-11-26"])
    """What it is about: at most one alert of a code holds at a time."""
    kind: AlertKindName = Field(examples=["price_spike"])
    """What is the matter."""
    gravity: GravityName = Field(examples=["warning"])
    """`critical`: act now; `warning`: act today; `notice`: good to know."""
    state: StateName = Field(examples=["holds"])
    """`recovered`: what it said is no longer so; `over`: its time has passed."""
    title: str = Field(examples=["Dear hours"])
    """What is the matter, in the reader's language."""
    reason: str = Field(examples=["Thu 26, 19:00–21:00: 2 h at up to 0.2134 €/kWh, dearer than …"])
    """Why, in a sentence in the reader's language."""
    values: dict[str, str | int | float] = Field(
        examples=[{"price_eur_kwh": 0.2134, "limit_eur_kwh": 0.189, "hours": 2}]
    )
    """What the reason is told with; units stand in the names, instants are UTC."""
    eur: float | None = Field(examples=[41.3])
    """What is at stake [EUR]; null if that is not known."""
    at_stake: str = Field(examples=["€41.30: what the plan pays there above the median price"])
    """The same in words: how it was computed, or why it is not known."""
    valid_until: datetime | None = Field(examples=["2026-11-26T21:00:00+01:00"])
    """When it is over by itself; null: it holds until it recovers."""
    first_seen: datetime = Field(examples=[_AT])
    """When it was found first."""
    acknowledged_by: str | None = Field(examples=["token:shift-tablet"])
    """Who said first that it was seen; null if nobody did, or if it has become graver since."""
    acknowledged_at: datetime | None = Field(examples=[_AT])
    """When that was said."""
    ended: datetime | None = Field(examples=[None])
    """When it ended; null while it holds."""
    told: datetime | None = Field(examples=[_AT])
    """When people were told last that it holds; null if they were not."""


class AlertsAnswer(Answer):
    """Alerts as of an instant."""

    as_of: datetime = Field(examples=["2026-11-25T14:20:00+01:00"])
    """Instant whose knowledge this is."""
    looked_at: datetime | None = Field(examples=[_AT])
    """When everything was last looked at; null if it never was."""
    simulated: bool = Field(examples=[False])
    """True if any value stored rests on the built-in simulation."""
    holding: tuple[AlertState, ...]
    """Those that hold, the gravest first, then by euros."""
    ended: tuple[AlertState, ...]
    """Those that ended lately, newest first."""
