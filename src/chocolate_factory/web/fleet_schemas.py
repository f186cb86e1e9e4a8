"""What is answered about several sites at once."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from chocolate_factory.web.answer import Answer

_AT = "2026-11-25T14:20:00+01:00"
PlanState = Literal["in_force", "proposed", "impossible", "ended", "none", "unreadable"]
Order = Literal["site", "saving", "alerts", "plan", "start", "data"]


class SiteListed(Answer):
    """One site."""

    name: str = Field(examples=["jaen"])
    """What `?site=` names it by."""
    title: str = Field(examples=["Fábrica de Jaén"])
    """How people call it."""


class SitesAnswer(Answer):
    """The sites there are; reading paths are about the first one where none is named."""

    sites: tuple[SiteListed, ...]
    """In the order of their files."""


class AlertCounts(Answer):
    """Alerts that hold and that nobody has acknowledged."""

    critical: int = Field(ge=0, examples=[0])
    """To be acted on now."""
    warning: int = Field(ge=0, examples=[1])
    """To be acted on today."""
    notice: int = Field(ge=0, examples=[2])
    """Good to know."""


class SitePlan(Answer):
    """How the plan of a site stands."""

    state: PlanState = Field(examples=["in_force"])
    """`proposed`: one is in force and a better one waits; `impossible`: no plan meets the orders;
    `ended`: the last one has run out; `none`: there never was one; `unreadable`: what is stored of
    the site is damaged, and nothing else is told of it."""
    until: datetime | None = Field(examples=["2026-12-02T00:00:00+01:00"])
    """End of the plan in force."""
    plan_eur: float | None = Field(examples=[203.4])
    """What the plan in force is expected to cost over its days, at planning prices [EUR]; this and
    the next three are null where none is in force, or where the site goes on with an earlier one
    because planning came to nothing."""
    habit_eur: float | None = Field(examples=[287.6])
    """What habit would over the same days [EUR]."""
    expected_eur: float | None = Field(examples=[84.2])
    """What the plan in force is expected to save below the habit [EUR]."""
    expected_pct: float | None = Field(examples=[29.3])
    """The same in per cent of the habit; null if that is nothing."""
    proposal_eur: float | None = Field(examples=[None])
    """What the proposed plan costs less than the one in force [EUR]; null without one, or if the
    one in force cannot be kept."""
    refused: str | None = Field(examples=[None])
    """Why the newest try to plan came to nothing, in English; null if it did not."""
    other_orders: bool = Field(examples=[False])
    """Whether the orders of today ask for something else than the plan in force was made for."""


class SiteStart(Answer):
    """What begins next."""

    start: datetime = Field(examples=["2026-11-25T22:00:00+01:00"])
    """When."""
    batch: str = Field(examples=["standard-07"])
    """Which batch."""
    grade: str = Field(examples=["standard"])
    """Of which grade."""
    stage: str = Field(examples=["mixing"])
    """In which stage."""


class SiteSaved(Answer):
    """What the site saved this month, over the days that are closed."""

    days_closed: int = Field(ge=0, examples=[24])
    """Days that are closed."""
    saving_eur: float | None = Field(examples=[194.4])
    """Below the habit, at actual prices [EUR]; null while no day is closed."""
    saving_pct: float | None = Field(examples=[12.1])
    """The same in per cent of the habit; null if that is nothing."""


class SiteData(Answer):
    """How fresh what only this site has is."""

    weather_at: datetime | None = Field(examples=["2026-11-25T14:08:00+01:00"])
    """When its newest weather became known; null without any."""
    meter_until: datetime | None = Field(examples=["2026-11-25T00:00:00+01:00"])
    """Until when its meter was read; null if it never was."""
    failing: int = Field(ge=0, examples=[0])
    """Jobs of its own whose newest run failed."""


class SiteRow(Answer):
    """One site at a glance."""

    name: str = Field(examples=["jaen"])
    """What `?site=` names it by."""
    title: str = Field(examples=["Fábrica de Jaén"])
    """How people call it."""
    plan: SitePlan
    """How its plan stands."""
    next_start: SiteStart | None
    """What begins next; null if the plan in force has nothing more."""
    month: SiteSaved | None
    """What it saved this month; null if that cannot be read."""
    alerts: AlertCounts | None
    """What a person should know of it: its own alerts; null if they cannot be read, or nobody has
    looked yet."""
    looked_at: datetime | None = Field(examples=[_AT])
    """When it was last looked whether there are any; null if it never was."""
    data: SiteData | None
    """How fresh its own data is; null if that cannot be read."""


class Expected(Answer):
    """What the sites are expected to save by the plans in force, each over its own days."""

    sites: int = Field(ge=0, examples=[3])
    """How many are in the sums."""
    plan_eur: float = Field(examples=[610.2])
    """What those plans are expected to cost, at planning prices [EUR]."""
    habit_eur: float = Field(examples=[702.9])
    """What habit would [EUR]."""
    saving_eur: float = Field(examples=[92.7])
    """The difference: the sum of `expected_eur` [EUR]."""
    saving_pct: float | None = Field(examples=[13.2])
    """The same in per cent of the habit; null if that is nothing."""
    proposals: int = Field(ge=0, examples=[1])
    """Better plans that wait for a person; they are in no sum."""
    proposals_save_eur: float = Field(examples=[8.4])
    """What those would save more: the sum of `proposal_eur` [EUR]."""
    proposals_unpriced: int = Field(ge=0, examples=[0])
    """Those of them of which that cannot be said."""
    on_earlier_plan: int = Field(ge=0, examples=[1])
    """Sites left out: planning came to nothing, and they go on with an earlier plan."""
    without_plan: int = Field(ge=0, examples=[0])
    """Sites left out: no plan is in force, or it has run out."""
    unreadable: int = Field(ge=0, examples=[0])
    """Sites left out: what is stored of them is damaged."""


class FleetAnswer(Answer):
    """Every site at a glance, and what all of them stand on."""

    as_of: datetime = Field(examples=[_AT])
    """Instant whose knowledge this shows."""
    simulated: bool = Field(examples=[False])
    """True if any value rests on the built-in simulation."""
    prices_until: datetime | None = Field(examples=["2026-11-27T00:00:00+01:00"])
    """Until when market prices are published, of the series that reaches least far; null if none
    are stored."""
    forecast_at: datetime | None = Field(examples=["2026-11-25T13:55:00+01:00"])
    """Origin of the older of the newest price forecasts; null if one is missing."""
    alerts: AlertCounts | None
    """Alerts that concern all sites: prices, forecasts, models, common jobs; null if nobody has
    looked yet."""
    looked_at: datetime | None = Field(examples=[_AT])
    """When it was last looked whether there are any of those; null if it never was."""
    saving_eur: float | None = Field(examples=[511.0])
    """What the sites that can be read saved this month [EUR]; null while none has a closed day."""
    expected: Expected
    """What the plans in force are expected to save."""
    order: Order = Field(examples=["site"])
    """What the sites are ordered by."""
    sites: tuple[SiteRow, ...]
    """One line each."""
