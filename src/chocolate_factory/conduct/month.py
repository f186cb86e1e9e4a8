"""One month for finance: what was paid, saved and exceeded, and how well all of it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import numpy as np

from chocolate_factory import pipeline
from chocolate_factory.conduct.ledger import (
    closed_days,
    closed_months,
    closed_weeks,
    left_out_days,
)
from chocolate_factory.conduct.site_month import SiteMonth, excess_of, site_month
from chocolate_factory.conduct.terms import kept_terms
from chocolate_factory.errors import ContractInvalid, MissingData, RequestInvalid, Unknown
from chocolate_factory.forecasting.monitor import Figures, put_together
from chocolate_factory.market.bill import Bill
from chocolate_factory.market.calendar import (
    delivery_day,
    local_days,
    to_datetime,
)
from chocolate_factory.market.catalog import DAY, SITE_POWER
from chocolate_factory.market.excess_events import ExcessEvent, excess_events
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.series import Series, SeriesKey
from chocolate_factory.market.tariff import Tariff, power_period
from chocolate_factory.pipeline import PlanTask
from chocolate_factory.planning.account import SavingsAccount, WeekPossible, savings_account
from chocolate_factory.planning.closing import DayAccount
from chocolate_factory.planning.month_excess import MonthExcess
from chocolate_factory.planning.plan import Block
from chocolate_factory.store.base import Store

LEADS = ((1, 1), (2, 7), (8, 14))
"""Days ahead that forecasts are told for, first and last."""


@dataclass(frozen=True, slots=True)
class Emission:
    """What a kWh from the grid emits, as the user declares it, and where that figure is from."""

    g_kwh: float
    source: str


@dataclass(frozen=True, slots=True)
class Event:
    """Excess power, and the machines that ran meanwhile."""

    excess: ExcessEvent
    machines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest quarter-hour of a Madrid day: mean power [kW], its start, what is contracted."""

    day: date
    kw: float
    at: datetime
    contracted_kw: float


@dataclass(frozen=True, slots=True)
class Paid:
    """The bill of the site's curve. ``measured`` of ``quarters`` quarter-hours are the meter's, the
    others those of the plans as they went, of the base load, and of PV and battery as planned.
    ``highest_metered_kw``: the highest quarter-hour that the meter read, by power period; empty
    where it told hours.
    """

    bill: Bill
    quarters: int
    measured: int
    events: tuple[Event, ...]
    peaks: tuple[Peak, ...]
    highest_metered_kw: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Complete:
    """How much of something there is: ``present`` of ``expected``."""

    what: str
    present: int
    expected: int


@dataclass(frozen=True, slots=True)
class MonthReport:
    """A month from ``first`` to ``last`` (Madrid days, inclusive); not ``whole`` while it runs.

    ``paid`` is None for the reason ``unpaid``; ``excess``, which is what excess power cost by each
    way of working, for the reason ``no_excess``. ``weeks``: whole weeks within, with the best that
    was possible. ``forecasts``: by days ahead, None where nothing was scored. ``emission`` None if
    the user declared none.
    """

    first: date
    last: date
    whole: bool
    plant: str
    contract: str
    paid: Paid | None
    unpaid: str
    excess: MonthExcess | None
    no_excess: str
    account: SavingsAccount
    days: tuple[DayAccount, ...]
    weeks: tuple[WeekPossible, ...]
    market: SeriesKey | None
    forecasts: tuple[tuple[tuple[int, int], Figures | None], ...]
    emission: Emission | None
    complete: tuple[Complete, ...]
    simulated: bool

    @property
    def co2_kg(self) -> float | None:
        """Location-based emission of the energy taken from the grid [kg]; None if not known."""
        if self.emission is None or self.paid is None:
            return None
        return self.paid.bill.kwh * self.emission.g_kwh / 1000


def month_report(
    store: Store,
    task: PlanTask,
    month: date,
    *,
    now: datetime,
    emission: Emission | None = None,
) -> MonthReport:
    """The report of the calendar month of ``month``, as far as its days are over at ``now``.

    Billed under the contract and for the plant that were in force when its last day ended, or of
    today while it runs.

    Raises ``Unknown`` if none is.
    """
    first = month.replace(day=1)
    after = (first + 31 * DAY).replace(day=1)
    last = min(after, delivery_day(now)) - DAY
    if last < first:
        raise Unknown(f"no day of {first:%Y-%m} is over yet: ask for an earlier month")
    terms = kept_terms(store, task, as_of=now)
    whole = last == after - DAY
    decisive = last if whole else delivery_day(now)
    task = terms.on(last) if whole else task
    every, weeks = closed_days(store, as_of=now), closed_weeks(store, as_of=now)
    days = tuple(day for day in every if first <= day.day <= last)
    site = site_month(store, task, first, last, now=now)
    months = closed_months(store, as_of=now)
    left = left_out_days(store, every, as_of=now)
    excess, no_excess = excess_of(site, task, every, left)
    said = (
        _closed_otherwise(first, excess, months),
        terms.note(first),
        terms.changed(first, decisive),
    )
    paid, unpaid = _paid(store, task, site, now, tuple(filter(None, said)))
    account = savings_account(first, last, days, weeks, months, left_out=left)
    return MonthReport(
        first=first,
        last=last,
        whole=whole,
        plant=task.plant.name,
        contract=task.contract.name,
        paid=paid,
        unpaid=unpaid,
        excess=excess,
        no_excess=no_excess,
        account=account,
        days=days,
        weeks=tuple(
            week
            for week in weeks
            if week.possible_eur is not None and first <= min(week.days) and max(week.days) <= last
        ),
        market=task.market,
        forecasts=_forecasts(store, task.market, first, last, now),
        emission=emission,
        complete=_complete(store, task.market, account, now),
        simulated=pipeline.holds_simulated(store),
    )


def _paid(
    store: Store, task: PlanTask, site: SiteMonth | None, now: datetime, said: tuple[str, ...]
) -> tuple[Paid | None, str]:
    """The bill of the days, which notes what is ``said`` of its contract, or why there is none."""
    if site is None:
        return None, "no meter was read and no plan was in force"
    begin, end, curve, told = site.actual.begin, site.actual.end, site.actual, site.told
    powers = task.contract.contracted_kw or task.plant.contracted_kw
    try:
        bill = pipeline.bill(
            store, task.contract, curve, start=begin, end=end, contracted_kw=powers, as_of=now
        )
    except (ContractInvalid, MissingData, RequestInvalid) as fault:
        return None, str(fault)
    bill = replace(bill, notes=(*bill.notes, *said, *_own_energy_notes(site)))
    events = excess_events(bill.tariff, powers, curve, bill.excess) if bill.excess else ()
    return (
        Paid(
            bill=bill,
            quarters=curve.kw.size,
            measured=len(told),
            events=tuple(Event(one, _running(site.blocks, one.start, one.end)) for one in events),
            peaks=_peaks(task, curve),
            highest_metered_kw=_highest(bill.tariff, told) if curve.by_quarter else {},
        ),
        "",
    )


def _closed_otherwise(
    first: date, excess: MonthExcess | None, months: Sequence[MonthExcess]
) -> str:
    """What to say where the month was closed with other charges than are known now; else ""."""
    for old in months:
        if old.month == first and (excess is None or not excess.costs_as(old)):
            return (
                f"the month was closed with excess power of {old.habit_eur:.2f} € by habit and "
                f"{old.actual_eur:.2f} € as it went: its account keeps those"
            )
    return ""


def _own_energy_notes(site: SiteMonth) -> tuple[str, ...]:
    """What to say of PV and battery where no meter told what was bought."""
    said = []
    if site.own_planned:
        said.append(
            f"PV and battery are as planned in {site.own_planned} quarter-hours that no meter told."
        )
    if site.own_unknown:
        said.append(
            f"PV and battery are left out of {site.own_unknown} quarter-hours that no meter told "
            "and of which no plan says what they do: those are machines and base load."
        )
    return tuple(said)


def _highest(tariff: Tariff, told: Series) -> dict[int, float]:
    period = power_period(tariff, told.start)
    return {int(own): float(told.value[period == own].max()) for own in np.unique(period)}


def _running(blocks: Sequence[Block], start: datetime, end: datetime) -> tuple[str, ...]:
    return tuple(sorted({b.machine for b in blocks if b.start < end and b.end > start}))


def _peaks(task: PlanTask, curve: PowerCurve) -> tuple[Peak, ...]:
    contracted = task.plant.contracted_at(
        task.contract.tariff, curve.start, task.contract.contracted_kw
    )
    days = local_days(curve.start)
    found = []
    for day in np.unique(days):
        own = np.flatnonzero(days == day)
        top = int(own[np.argmax(curve.kw[own])])
        found.append(
            Peak(
                day.astype(object),
                float(curve.kw[top]),
                to_datetime(curve.start[top]),
                float(contracted[top]),
            )
        )
    return tuple(found)


def _forecasts(
    store: Store, market: SeriesKey | None, first: date, last: date, now: datetime
) -> tuple[tuple[tuple[int, int], Figures | None], ...]:
    """How the forecasts of these days turned out, by days ahead."""
    if market is None:
        return ()
    scores = store.scores(market, first=first, last=last, as_of=now)
    return tuple(
        (lead, put_together([one for one in scores if lead[0] <= one.lead_day <= lead[1]]))
        for lead in LEADS
    )


def _complete(
    store: Store, market: SeriesKey | None, account: SavingsAccount, now: datetime
) -> tuple[Complete, ...]:
    first, last = account.first, account.last
    told = (
        [("meter", SITE_POWER)] if market is None else [("prices", market), ("meter", SITE_POWER)]
    )
    found = []
    for what, key in told:
        gaps = pipeline.gaps(store, key, first=first, last=last, as_of=now)
        found.append(Complete(what, gaps.present, gaps.expected))
    return (
        *found,
        Complete("days", account.days_closed, (last - first).days + 1),
        Complete("reported", account.reported, account.blocks),
        Complete("measured", account.measured, account.blocks),
    )
