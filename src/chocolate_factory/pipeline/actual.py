"""What a plan or a power curve costs at the prices that came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chocolate_factory.errors import MissingData
from chocolate_factory.market.bill import Bill
from chocolate_factory.market.billing import make_bill
from chocolate_factory.market.calendar import HOUR, days_between, delivery_day, local_text
from chocolate_factory.market.catalog import SECOND, spec
from chocolate_factory.market.contract import Contract
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.series import Forecast, SeriesKey
from chocolate_factory.planning.cost import realise
from chocolate_factory.planning.plan import Plan, PlanningPrices
from chocolate_factory.planning.problem import agreed_prices, planning_prices
from chocolate_factory.store.base import Store

LONGEST_PERIOD = timedelta(hours=1)
"""No price holds for longer."""


def actual_prices(
    store: Store, contract: Contract, start: datetime, end: datetime, *, as_of: datetime
) -> PlanningPrices:
    """What a kWh cost in [start, end) by the prices known at ``as_of``, as far as they are.

    From the period that contains ``start`` on, perhaps one before it.
    """
    if contract.market is None:
        return agreed_prices(contract, start, end)
    actual = store.read(contract.market, start - LONGEST_PERIOD, end, as_of=as_of)
    return planning_prices(Forecast.all_published(actual), contract)


def realised(store: Store, plan: Plan, contract: Contract, *, as_of: datetime) -> Plan:
    """``plan`` with what it and its baseline cost at actual prices, once all are known."""
    try:
        prices = actual_prices(store, contract, plan.start, plan.end, as_of=as_of)
        outcome = realise(plan, prices)
    except MissingData:
        return plan
    return replace(plan, realised=outcome)


def bill(
    store: Store,
    contract: Contract,
    curve: PowerCurve,
    *,
    start: datetime,
    end: datetime,
    contracted_kw: Sequence[float],
    as_of: datetime,
) -> Bill:
    """What drawing ``curve`` costs over [start, end) at the stored prices; as ``make_bill``.

    Of prices that are missing because they are not published yet the error says when they are.
    """
    key = contract.market
    prices = None if key is None else store.read(key, start - HOUR, end, as_of=as_of)
    try:
        return make_bill(contract, curve, prices, start=start, end=end, contracted_kw=contracted_kw)
    except MissingData as fault:
        if key is None or fault.series != str(key):
            raise
        raise _with_publication(fault, key, as_of) from None


def _with_publication(fault: MissingData, key: SeriesKey, as_of: datetime) -> MissingData:
    """``fault``, or where prices of ``key`` are not published yet, that and when they will be."""
    due = spec(key).published_at
    days = sorted(
        {
            day
            for gap in fault.gaps
            for day in days_between(delivery_day(gap.start), delivery_day(gap.end - SECOND))
        }
    )
    coming = [day for day in days if due(day) > as_of]
    if not coming:
        return fault
    first, last = coming[0], coming[-1]
    those = "They are" if coming == days else f"Import or ingest those before {first}; others are"
    told = f"{those} not published yet: those of {first} are due at {local_text(due(first))}"
    if last != first:
        told = f"{told}, the last ones at {local_text(due(last))}"
    return MissingData(fault.series, fault.gaps, hint=f"{told}.")
