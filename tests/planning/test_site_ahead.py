"""What the site draws under a plan, against what is contracted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from web.conftest import AS_OF, outlook, plan, reference_plant

from chocolate_factory.market.calendar import MADRID, QUARTER, local_midnight, periods
from chocolate_factory.market.catalog import SITE_POWER
from chocolate_factory.market.contract import PvpcContract, contract_named
from chocolate_factory.market.series import Series
from chocolate_factory.planning.plan import SiteFlows
from chocolate_factory.planning.site_ahead import site_ahead, window

MADE = plan(outlook(AS_OF))
PLANT = reference_plant()
INDEXED = contract_named("indexed-3.0td")


def metered(start: np.ndarray, kw: float) -> Series:
    count = start.size
    return Series(
        SITE_POWER, "kW", AS_OF, start, np.full(count, 900, dtype=np.int64), np.full(count, kw),
        start, np.full(count, "meter-quarters"), np.full(count, "measured"),
    )  # fmt: skip


def seen(made=MADE, contract=INDEXED, *, read: int = 0):
    begin, end = window(made, now=AS_OF)
    told = metered(periods(begin, end, QUARTER)[:read], 31.0)
    return site_ahead(made, PLANT, contract, told, begin=begin, end=end)


def test_energy_of_the_curve_is_that_of_the_blocks_and_the_base_load():
    site = seen()
    base = PLANT.base_kw(periods(site.planned.begin, site.planned.end, timedelta(minutes=1))) / 60

    assert site.planned.kwh.sum() == pytest.approx(MADE.schedule.energy_kwh + base.sum())


def test_every_quarter_hour_has_the_contracted_power_of_its_period():
    powers = (100.0, 105.0, 110.0, 115.0, 120.0, 150.0)
    site = seen(contract=replace(INDEXED, contracted_kw=powers))

    assert site.contracted_kw == powers
    assert {float(kw) for kw in site.limit_kw} == {powers[n - 1] for n in set(site.period)}
    above = [kw > limit for kw, limit in zip(site.planned.kw, site.limit_kw, strict=True)]
    assert site.above == sum(above) > 0


def test_a_small_tariff_without_own_powers_is_held_to_the_plant_s_six():
    site = seen(contract=PvpcContract())

    assert site.contracted_kw == PLANT.contracted_kw
    assert set(site.period) > {1, 2}


def test_what_the_meter_read_stands_at_its_quarter_and_the_rest_is_unknown():
    site = seen(read=5)

    assert site.metered_kw[:5].tolist() == [31.0] * 5
    assert np.isnan(site.metered_kw[5:]).all()


@pytest.mark.parametrize("minutes", [5, 15, 30])
def test_pv_and_battery_change_what_is_bought(minutes: int):
    slots = periods(MADE.start, MADE.start + timedelta(hours=2), timedelta(minutes=minutes))
    none = np.zeros(slots.size)
    flows = SiteFlows(
        start=slots, resolution_s=60 * minutes, charge_kw=none + 4.0, discharge_kw=none,
        pv_kw=none + 10.0, fed_in_kw=none, stored_kwh=none, surplus_eur_kwh=0.0,
    )  # fmt: skip
    plain, own = seen(), seen(replace(MADE, schedule=replace(MADE.schedule, site=flows)))

    changed = own.planned.kw - plain.planned.kw
    assert changed[:8] == pytest.approx(-6.0)
    assert changed[8:] == pytest.approx(0.0)


def test_the_window_begins_today_and_is_none_once_the_plan_is_over():
    later = MADE.start + timedelta(days=2, hours=7)
    begin, end = window(MADE, now=later)

    assert begin == local_midnight(later.astimezone(MADRID).date())
    assert end >= MADE.end
    assert window(MADE, now=MADE.end + timedelta(days=3)) is None


@pytest.mark.parametrize(("day", "quarters"), [(date(2026, 10, 25), 100), (date(2026, 3, 29), 92)])
def test_days_on_which_the_clock_changes_have_their_own_length(day: date, quarters: int):
    begin, end = local_midnight(day), local_midnight(day + timedelta(days=1))
    nothing = metered(np.empty(0, "datetime64[s]"), 0.0)
    site = site_ahead(MADE, PLANT, INDEXED, nothing, begin=begin, end=end)

    assert site.planned.kw.size == site.period.size == quarters
    assert datetime.fromtimestamp(site.planned.end.timestamp(), MADRID).hour == 0
