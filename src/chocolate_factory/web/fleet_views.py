"""What is known of every site → one answer, ordered as asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chocolate_factory.alerting import Held
from chocolate_factory.insights.alerts import AlertKind, Gravity
from chocolate_factory.planning.account import SavingsAccount
from chocolate_factory.planning.plan import Plan
from chocolate_factory.planning.together import compared, together, waiting
from chocolate_factory.standing import Standing
from chocolate_factory.web import fleet_schemas as schemas
from chocolate_factory.web.asked_site import SiteName
from chocolate_factory.web.upkeep_views import local


@dataclass(frozen=True, slots=True)
class SiteSeen:
    """What is known of one site. ``weather_at``, ``meter_until`` in UTC; None without any.

    ``month``: its account of the running month. ``failing``: jobs of its own that failed last.
    ``looked_at``: when it was last looked for alerts. ``refused``: why the newest try to plan came
    to nothing, if it did. ``other_orders``: whether the orders ask for something else than the plan
    in force was made for.
    """

    site: SiteName
    standing: Standing
    alerts: tuple[Held, ...]
    month: SavingsAccount
    weather_at: datetime | None
    meter_until: datetime | None
    failing: int
    looked_at: datetime | None
    refused: str | None = None
    other_orders: bool = False


@dataclass(frozen=True, slots=True)
class SiteUnread:
    """A site of which what is stored is damaged."""

    site: SiteName


@dataclass(frozen=True, slots=True)
class FleetSeen:
    """What is known of all sites, and of what they share. Instants in UTC."""

    as_of: datetime
    simulated: bool
    prices_until: datetime | None
    forecast_at: datetime | None
    alerts: tuple[Held, ...]
    looked_at: datetime | None
    sites: tuple[SiteSeen | SiteUnread, ...]


def fleet(seen: FleetSeen, order: schemas.Order) -> schemas.FleetAnswer:
    """Every site at a glance."""
    rows = [_row(one, seen.as_of) for one in seen.sites]
    saved = [eur for row in rows if (eur := _saved_eur(row)) is not None]
    rows.sort(key=_ORDERS[order])
    return schemas.FleetAnswer(
        as_of=local(seen.as_of),
        simulated=seen.simulated,
        prices_until=_local(seen.prices_until),
        forecast_at=_local(seen.forecast_at),
        alerts=_counts(seen.alerts, seen.looked_at),
        looked_at=_local(seen.looked_at),
        saving_eur=round(sum(saved), 2) if saved else None,
        expected=_expected(rows),
        order=order,
        sites=tuple(rows),
    )


def _expected(rows: Iterable[schemas.SiteRow]) -> schemas.Expected:
    """The sums of the lines, to the cent."""
    plans = [row.plan for row in rows]
    sums = together((plan.plan_eur, plan.habit_eur) for plan in plans)
    proposed = waiting(plan.proposal_eur for plan in plans if plan.state == "proposed")
    left = [plan.state for plan in plans if plan.plan_eur is None]
    idle = sum(plan.until is None or plan.state == "ended" for plan in plans)
    unreadable = left.count("unreadable")
    return schemas.Expected(
        sites=len(plans) - len(left),
        plan_eur=sums.plan_eur,
        habit_eur=sums.habit_eur,
        saving_eur=sums.saving_eur,
        saving_pct=sums.saving_pct,
        proposals=proposed.proposals,
        proposals_save_eur=proposed.save_eur,
        proposals_unpriced=proposed.unpriced,
        on_earlier_plan=len(left) - idle,
        without_plan=idle - unreadable,
        unreadable=unreadable,
    )


def _row(seen: SiteSeen | SiteUnread, as_of: datetime) -> schemas.SiteRow:
    if isinstance(seen, SiteUnread):
        plan = schemas.SitePlan(state="unreadable", refused=None, other_orders=False, **_NOTHING)
        return schemas.SiteRow(
            name=seen.site.name, title=seen.site.title, plan=plan,
            next_start=None, month=None, alerts=None, looked_at=None, data=None,
        )  # fmt: skip
    return schemas.SiteRow(
        name=seen.site.name,
        title=seen.site.title,
        plan=_plan(seen, as_of),
        next_start=_next(seen.standing, as_of),
        month=schemas.SiteSaved(
            days_closed=seen.month.days_closed,
            saving_eur=round(seen.month.saving_eur, 2) if seen.month.days_closed else None,
            saving_pct=seen.month.saving_pct,
        ),
        alerts=_counts(seen.alerts, seen.looked_at),
        looked_at=_local(seen.looked_at),
        data=schemas.SiteData(
            weather_at=_local(seen.weather_at),
            meter_until=_local(seen.meter_until),
            failing=seen.failing,
        ),
    )


def _plan(seen: SiteSeen, as_of: datetime) -> schemas.SitePlan:
    held = seen.standing
    kept = None if held.in_force is None else held.in_force.plan
    state: schemas.PlanState = "in_force" if held.proposal is None else "proposed"
    if any(_is_impossible(one) for one in seen.alerts):
        state = "impossible"
    elif kept is None:
        state = "none"
    elif kept.end <= as_of:
        state = "ended"
    told = dict(_NOTHING)
    if kept is not None:
        told["until"] = local(kept.end)
        if state in {"in_force", "proposed"} and seen.refused is None:
            told |= _expected_of(kept)
    if state == "proposed":
        told["proposal_eur"] = _saved_more(held)
    return schemas.SitePlan(
        state=state, refused=seen.refused, other_orders=seen.other_orders, **told
    )


def _expected_of(kept: Plan) -> dict[str, float | None]:
    line = compared(kept.schedule.objective_eur, kept.baseline.objective_eur)
    return {
        "plan_eur": line.plan_eur,
        "habit_eur": line.habit_eur,
        "expected_eur": line.saving_eur,
        "expected_pct": line.saving_pct,
    }


def _saved_more(held: Standing) -> float | None:
    """What the proposed plan costs less than the one in force, if that can be kept."""
    if held.proposal is None or held.proposed is None or held.proposed.note.before_eur is None:
        return None
    return round(held.proposed.note.before_eur - held.proposal.plan.schedule.objective_eur, 2)


def _is_impossible(one: Held) -> bool:
    return one.ended is None and one.alert.kind is AlertKind.PLAN_INFEASIBLE


def _next(held: Standing, as_of: datetime) -> schemas.SiteStart | None:
    if held.in_force is None:
        return None
    plan = held.in_force.plan
    to_come = [one for one in (*plan.carried, *plan.schedule.blocks) if one.start > as_of]
    first = min(to_come, key=lambda one: (one.start, one.batch), default=None)
    if first is None:
        return None
    return schemas.SiteStart(
        start=local(first.start), batch=first.batch, grade=first.grade, stage=first.stage
    )


def _counts(every: Iterable[Held], looked_at: datetime | None) -> schemas.AlertCounts | None:
    """Those that are open; None where none is known and nobody has looked."""
    every = tuple(every)
    if looked_at is None and not every:
        return None
    open_now = [one for one in every if one.ended is None and one.seen is None]
    return schemas.AlertCounts(
        **{
            gravity.value: sum(one.alert.gravity is gravity for one in open_now)
            for gravity in Gravity
        }
    )


def _saved_eur(row: schemas.SiteRow) -> float | None:
    return None if row.month is None else row.month.saving_eur


def _local(instant: datetime | None) -> datetime | None:
    return None if instant is None else local(instant)


_NOTHING: dict[str, Any] = dict.fromkeys(
    ("until", "plan_eur", "habit_eur", "expected_eur", "expected_pct", "proposal_eur")
)

_URGENT: tuple[schemas.PlanState, ...] = (
    "unreadable", "impossible", "none", "ended", "proposed", "in_force",
)  # fmt: skip

_ORDERS: dict[schemas.Order, Callable[[schemas.SiteRow], Any]] = {
    "site": lambda row: row.title.casefold(),
    "saving": lambda row: (row.month is None, -(_saved_eur(row) or 0.0)),
    "alerts": lambda row: (
        row.data is not None,
        (-row.alerts.critical, -row.alerts.warning, -row.alerts.notice)
        if row.alerts
        else (0, 0, 0),
    ),
    "plan": lambda row: (
        _URGENT.index(row.plan.state),
        row.plan.refused is None,
        not row.plan.other_orders,
    ),
    "start": lambda row: (
        row.next_start is None,
        row.next_start and row.next_start.start.astimezone(UTC),
    ),
    "data": lambda row: (
        row.data is not None and row.data.weather_at is not None,
        row.data and row.data.weather_at and row.data.weather_at.astimezone(UTC),
    ),
}
"""What comes first: most saved, most alerts, the plan that needs somebody, the next start, the
oldest data; what cannot be read first, among savings last. Sites that are alike stay in the order
of their files."""
