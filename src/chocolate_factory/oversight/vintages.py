"""EXOGENOUS COLUMNS AS THEY WERE: what was stored of them in time for each origin of a backtest.

An origin stands just before its next price is published: ``before-spot`` before the day-ahead price
of the first day (13:00 the day before), ``spot-known`` before its PVPC (20:15). A forecast of
demand that comes in between is known to the second only, and a value that was revised later counts
as it stood then. Forecasts for a week ahead, of weather, are told as they stood at each origin.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Literal

import numpy as np

from chocolate_factory import pipeline
from chocolate_factory.forecasting import ForetoldInput, Input, day_later
from chocolate_factory.market.calendar import delivery_day, local_days, to_datetime
from chocolate_factory.market.catalog import CO2_ALLOWANCE, DAY, GAS, PVPC, SPOT, spec
from chocolate_factory.market.clock import MADRID_CLOCK
from chocolate_factory.market.series import Kind, Series, SeriesKey
from chocolate_factory.store.base import Store

Information = Literal["before-spot", "spot-known"]

_DAY_H = 24
_NEXT_PRICE: dict[Information, SeriesKey] = {"before-spot": SPOT, "spot-known": PVPC}
_ORIGIN_UTC: dict[Information, time] = {"before-spot": time(11), "spot-known": time(18, 15)}
"""When those prices are due in summer, an hour before that in winter: 24 h from day to day."""
_KNOWN = (*pipeline.OBSERVED, Kind.FORECAST)


def inputs_in_time(
    store: Store,
    key: SeriesKey,
    *,
    since: datetime,
    until: datetime,
    as_of: datetime,
    information: Information,
) -> list[Input]:
    """Every exogenous column of ``key`` of which anything is stored, with its honest lead.

    The day-ahead price is known for the first day with ``spot-known``, and only its past before.
    Any other column is known for the first day if some of it was stored before the next price was
    due; of such a column values that came later are left out, as they would have been then. One of
    which nothing ever came in time gives its past only. Fuel prices are shown a day late,
    and those that came after the origin that would have seen them are left out.
    """
    found = []
    for name in pipeline.EXOGENOUS.get(key, ()):
        if name == SPOT:
            told = store.read(name, since, until, as_of=as_of, kinds=pipeline.OBSERVED)
            lead_h = _DAY_H if information == "spot-known" else 0
            columns = [Input(name.name, told.start, told.value, lead_h)]
        elif name in (GAS, CO2_ALLOWANCE):
            told = store.read(name, since, until, as_of=as_of, kinds=pipeline.OBSERVED)
            due = spec(_NEXT_PRICE[information]).published_at.instants(local_days(told.start) + 2)
            in_time = told.available_at <= due
            last = np.datetime64(delivery_day(until), "D")
            start, value = day_later(
                told.start[in_time], told.value[in_time], until=last, clock=MADRID_CLOCK
            )
            columns = [Input(name.name, start, value, 0)]
        else:
            told = store.read(name, since, until, as_of=as_of, kinds=_KNOWN)
            price = _NEXT_PRICE[information]
            columns = [
                _as_it_stood(store, told, price=price, lead_days=lead_days) for lead_days in (1, 0)
            ]
        found += [column for column in columns if column.start.size][:1]
    return found


def foretold_in_time(
    store: Store, key: SeriesKey, *, since: datetime, as_of: datetime, information: Information
) -> list[ForetoldInput]:
    """Forecasts of other things as they stood at the newest origin by ``as_of`` and those before.

    Origins are at ``_ORIGIN_UTC`` on the day before the first one that they forecast.
    """
    origin = datetime.combine(as_of.astimezone(UTC).date(), _ORIGIN_UTC[information], UTC)
    if origin > as_of:
        origin -= DAY
    last_day = np.datetime64(delivery_day(origin), "D")
    told = pipeline.foretold_of(store, key, origin=origin, since=since)
    return [ForetoldInput(one, last_day) for one in told]


def _as_it_stood(store: Store, told: Series, *, price: SeriesKey, lead_days: int) -> Input:
    """The values that were known before ``price`` was due for the day, or for the one after it.

    ``lead_days`` is 1 for the day itself, 0 for the one after it: then only the past is told. Days
    with a value that came later are read again as they stood; what was unknown is left out.
    """
    days = local_days(told.start)
    due = spec(price).published_at.instants(days + (1 - lead_days))
    again = np.unique(days[told.available_at > due])
    in_time = ~np.isin(days, again)
    start, value = [told.start[in_time]], [told.value[in_time]]
    for day in again:
        of_day = days == day
        ends = told.start[of_day] + told.resolution_s[of_day].astype("timedelta64[s]")
        stood = store.read(
            told.key, to_datetime(told.start[of_day][0]), to_datetime(ends[-1]),
            as_of=to_datetime(due[of_day][0]), kinds=_KNOWN,
        )  # fmt: skip
        start.append(stood.start)
        value.append(stood.value)
    at = np.concatenate(start)
    order = np.argsort(at, kind="stable")
    return Input(told.key.name, at[order], np.concatenate(value)[order], lead_days * _DAY_H)
