"""Snapshot, month and accounts → what the dashboard tells of contract, power and money."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from chocolate_factory.conduct.contracting import ContractReport
from chocolate_factory.conduct.month import MonthReport
from chocolate_factory.market.calendar import QUARTER, to_datetime
from chocolate_factory.pipeline import Snapshot
from chocolate_factory.planning.account import SavingsAccount
from chocolate_factory.planning.changes import Changes, changes
from chocolate_factory.planning.plan import Block
from chocolate_factory.planning.site_ahead import SiteAhead
from chocolate_factory.standing import Standing
from chocolate_factory.web import contract_views
from chocolate_factory.web import panel_schemas as schemas
from chocolate_factory.web.upkeep_views import local

GROUPS: Mapping[str, schemas.PartGroup] = {
    "tolls_and_charges": "regulated",
    "municipal_tax": "taxes",
    "electricity_tax": "taxes",
}
"""What belongs to which group; all else is energy."""


def power(
    snapshot: Snapshot, month: MonthReport | None, advised: ContractReport | None = None
) -> schemas.PowerPanel:
    """Contract and power. ``month``: the running one, as far as its days are over; ``advised``: the
    newest advice on contracted power."""
    paid = None if month is None else month.paid
    metered = paid is not None and paid.measured > 0
    return schemas.PowerPanel(
        contract=snapshot.contract.name,
        tariff=snapshot.contract.tariff.value,
        parts=parts_now(snapshot),
        site=None if snapshot.site is None else _site(snapshot.site),
        periods=_periods(snapshot.site, month),
        metered=metered,
        by_quarter=paid is None or paid.bill.by_quarter,
        advised=None if advised is None else contract_views.answer(advised),
    )


def money(accounts: Mapping[str, SavingsAccount], month: MonthReport | None) -> schemas.MoneyPanel:
    """What was saved over ``week``, ``month`` and ``year``, and this month's bill so far."""
    return schemas.MoneyPanel(
        week=_saved(accounts["week"]),
        month=_saved(accounts["month"]),
        year=_saved(accounts["year"]),
        paid=None if month is None else _paid(month),
    )


def parts_now(snapshot: Snapshot) -> schemas.PriceParts | None:
    """What the price of the delivery period under way is made of; None if it is not known."""
    row = None if snapshot.paid is None else snapshot.paid.at(snapshot.as_of)
    if row is None or not len(row):
        return None
    value = None
    if snapshot.contract.market is not None:
        if snapshot.forecast is None:
            return None
        at = int(np.searchsorted(snapshot.forecast.start, row.start[0], side="right")) - 1
        value = snapshot.forecast.mean[at : at + 1]
    told = {name: float(v[0]) for name, v in snapshot.contract.parts(row.start, value).items()}
    start = to_datetime(row.start[0])
    return schemas.PriceParts(
        start=local(start),
        end=local(start + timedelta(seconds=int(row.resolution_s[0]))),
        total_eur_kwh=sum(told.values()),
        parts=tuple(
            schemas.PricePart(name=name, group=GROUPS.get(name, "energy"), eur_kwh=eur_kwh)
            for name, eur_kwh in told.items()
        ),
    )


def _site(site: SiteAhead) -> schemas.SitePower:
    top = int(np.argmax(site.planned.kw))
    return schemas.SitePower(
        start=local(site.planned.begin),
        end=local(site.planned.end),
        planned_kw=tuple(np.round(site.planned.kw, 3).tolist()),
        metered_kw=tuple(None if np.isnan(kw) else float(kw) for kw in site.metered_kw),
        limit_kw=tuple(site.limit_kw.tolist()),
        period=tuple(site.period.tolist()),
        highest_kw=float(site.planned.kw[top]),
        highest_at=local(site.planned.begin + top * QUARTER),
        above=site.above,
    )


def _periods(site: SiteAhead | None, month: MonthReport | None) -> tuple[schemas.PeriodPower, ...]:
    paid = None if month is None else month.paid
    powers = site.contracted_kw if site is not None else paid.bill.contracted_kw if paid else ()
    known = paid is not None and paid.bill.knows_excess
    found = []
    for number, contracted in enumerate(powers, start=1):
        planned = () if site is None else site.planned.kw[site.period == number]
        metered = {} if paid is None else paid.highest_metered_kw
        lines = () if paid is None else tuple(o for o in paid.bill.excess if o.period == number)
        found.append(
            schemas.PeriodPower(
                period=number,
                contracted_kw=contracted,
                planned_kw=float(max(planned)) if len(planned) else None,
                metered_kw=metered.get(number),
                excess_quarters=sum(line.quarters for line in lines) if known else None,
                excess_eur=sum(line.eur for line in lines) if known else None,
            )
        )
    return tuple(found)


def _saved(account: SavingsAccount) -> schemas.Saved:
    return schemas.Saved(
        first=account.first,
        last=account.last,
        days_closed=account.days_closed,
        days_left_out=account.days_left_out,
        habit_eur=account.baseline_eur if account.days_closed else None,
        actual_eur=account.actual_eur if account.days_closed else None,
        saving_eur=account.saving_eur if account.days_closed else None,
        consumption_eur=account.consumption_eur if account.days_closed else None,
        saving_pct=account.saving_pct,
        captured_pct=account.captured_pct,
        weeks=account.weeks,
        months=account.months,
        habit_excess_eur=account.habit_excess_eur,
        actual_excess_eur=account.actual_excess_eur,
        months_without=account.months_without,
    )


def _paid(month: MonthReport) -> schemas.PaidMonth | None:
    paid = month.paid
    if paid is None:
        return None
    return schemas.PaidMonth(
        first=month.first,
        last=month.last,
        kwh=paid.bill.kwh,
        energy_eur=paid.bill.energy_eur,
        power_eur=paid.bill.power_eur,
        excess_eur=paid.bill.excess_eur,
        tax_eur=paid.bill.electricity_tax_eur,
        total_eur=paid.bill.total_eur,
        quarters=paid.quarters,
        measured=paid.measured,
    )


def proposal(snapshot: Snapshot) -> schemas.Proposal | None:
    """The plan that waits to be accepted; None without one."""
    held, told = snapshot.standing, _otherwise(snapshot.standing)
    if told is None or held.proposal is None or held.proposed is None:
        return None
    return schemas.Proposal(
        plan_id=held.proposal.plan_id,
        proposed_at=local(held.proposed.at),
        reason=held.proposed.note.reason,
        saving_eur=told.saving_eur,
        moved=len(told.moved),
        added=len(told.added),
        removed=len(told.removed),
    )


def proposed(snapshot: Snapshot) -> tuple[schemas.ProposedBlock, ...]:
    """What the plan that waits does otherwise than the one in force, in order of time."""
    told = _otherwise(snapshot.standing)
    if told is None:
        return ()
    pairs: list[tuple[Block | None, Block | None]] = [
        *((one.before, one.after) for one in told.moved),
        *((None, block) for block in told.added),
        *((block, None) for block in told.removed),
    ]
    pairs.sort(key=lambda pair: min(block.start for block in pair if block is not None))
    return tuple(_proposed(before, after) for before, after in pairs)


def _otherwise(held: Standing) -> Changes | None:
    if held.in_force is None or held.proposal is None or held.proposed is None:
        return None
    return changes(
        held.in_force.plan.schedule.blocks,
        held.proposal.plan.schedule.blocks,
        since=held.proposal.plan.start,
        before_eur=held.proposed.note.before_eur,
        after_eur=held.proposal.plan.schedule.objective_eur,
    )


def _proposed(before: Block | None, after: Block | None) -> schemas.ProposedBlock:
    called, there = before or after, after or before
    assert called is not None  # noqa: S101 - one of the two is there
    assert there is not None  # noqa: S101
    return schemas.ProposedBlock(
        batch=called.batch,
        stage=called.stage,
        machine=there.machine,
        before=None if before is None else local(before.start),
        after=None if after is None else local(after.start),
    )
