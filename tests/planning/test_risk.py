"""The risk dial weighs dear paths, and batches say why they are where they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from chocolate_factory.errors import Infeasible
from chocolate_factory.planning.cost import cost_eur, repriced, site_eur
from chocolate_factory.planning.equipment import Battery, Photovoltaics
from chocolate_factory.planning.make_plan import make_plan
from chocolate_factory.planning.pins import Pin
from chocolate_factory.planning.risk import Paths, guarded, load_kwh, price_of_safety, spread, weigh
from chocolate_factory.planning.why_there import why

DAY = date(2025, 11, 19)


@pytest.fixture
def line(tiny):
    return tiny.plant(
        tiny.stage("mill", {"a": [(2, 10.0)]}, hold=1), tiny.stage("bake", {"a": [(2, 20.0)]})
    )


@pytest.fixture
def plan_at(tiny, line):
    def make(prices, batches=2, due=32, **more):
        return make_plan(
            line, (tiny.demand("a", batches, due=due),), prices, origin=tiny.at(0),
            first_day=DAY, days=1, contract=tiny.contract, **more,
        )  # fmt: skip

    return make


def by_habit(plan):
    return replace(plan, schedule=plan.baseline)


@pytest.fixture
def risky_valley(tiny):
    """Hours that are cheap on average and on four paths in ten very dear."""
    mean = np.full(96, 0.30)
    mean[20:28] = 0.20
    eur_kwh = np.repeat(mean[None, :], 10, axis=0)
    eur_kwh[:6, 20:28] = 0.0
    eur_kwh[6:, 20:28] = 0.5
    return Paths(tiny.prices(mean), eur_kwh)


@pytest.fixture
def two_valleys(tiny):
    """A valley that is cheaper on average and now and then very dear, and a safe one."""
    mean = np.full(96, 0.30)
    mean[2:10], mean[20:28] = 0.10, 0.12
    prices = tiny.prices(mean)
    eur_kwh = np.repeat(mean[None, :], 10, axis=0)
    eur_kwh[:, 2:10] = 0.05
    eur_kwh[0, 2:10] = 0.55
    return Paths(prices, eur_kwh)


def test_the_dial_goes_from_cheap_on_average_to_safe(plan_at, two_valleys):
    cheap = weigh(plan_at, two_valleys, risk=0.0)
    safe = weigh(plan_at, two_valleys, risk=1.0)
    assert cheap.plan is cheap.expected
    assert price_of_safety(cheap).endswith("is better than that of least expected cost")
    assert safe.plan_spread.p90_eur <= safe.expected_spread.p90_eur
    assert safe.price_of_safety_eur == pytest.approx(
        safe.plan_spread.mean_eur - safe.expected_spread.mean_eur
    )
    assert safe.price_of_safety_eur >= -1e-9
    assert safe.plan.schedule.kg == cheap.plan.schedule.kg


def test_a_safer_plan_is_told_at_the_planning_prices_and_nothing_is_proven_of_it(
    plan_at, two_valleys
):
    eur_kwh = two_valleys.eur_kwh.copy()
    eur_kwh[:3, 2:10] = 0.55  # three paths in ten are dear
    eur_kwh[3:, 2:10] = -0.05
    safe = weigh(plan_at, Paths(two_valleys.prices, eur_kwh), risk=1.0)
    assert safe.plan is not safe.expected
    assert safe.gained_eur > 0
    assert safe.plan.schedule.objective_eur == pytest.approx(
        cost_eur(safe.plan.schedule.blocks, two_valleys.prices)
    )
    assert safe.plan.schedule.bound_eur is None
    assert safe.plan.savings_eur <= safe.expected.savings_eur + 1e-9


def test_a_plan_that_one_path_in_four_makes_dearer_than_the_habit_gives_way_to_it(
    plan_at, risky_valley
):
    cheap = plan_at(risky_valley.prices)

    kept = guarded(cheap, by_habit(cheap), risky_valley)

    own, habit = (spread(risky_valley.costs_eur(one)) for one in (cheap.schedule, cheap.baseline))
    assert own.mean_eur < habit.mean_eur
    assert own.p75_eur > habit.p75_eur
    assert kept.schedule == cheap.baseline
    assert kept.savings_eur == 0.0
    assert f"above {own.p75_eur:.2f} €" in kept.notes[-1]


def test_a_plan_that_is_cheaper_than_the_habit_at_most_prices_stays(plan_at, two_valleys):
    cheap = plan_at(two_valleys.prices)
    assert guarded(cheap, by_habit(cheap), two_valleys) is cheap


@pytest.mark.parametrize(
    ("times", "more_eur", "stays"),
    [(1.0, 0.004, True), (1.0, 0.006, False), (1e5, 0.5, True), (1e5, 1.5, False)],
)
def test_what_no_figure_shows_and_the_solver_holds_for_equal_is_not_dearer(
    plan_at, tiny, times, more_eur, stays
):
    """On four paths in ten the valley is dearer than all other hours, by hardly anything."""
    mean = np.full(96, 0.30 * times)
    mean[20:28] = 0.20 * times
    cheap = plan_at(tiny.prices(mean))
    kwh = load_kwh(cheap.schedule.blocks, cheap.prices)[20:28].sum()
    assert kwh == pytest.approx(cheap.schedule.energy_kwh)
    eur_kwh = np.repeat(mean[None, :], 10, axis=0)
    eur_kwh[6:, 20:28] = 0.30 * times + more_eur / kwh
    eur_kwh[:6, 20:28] = 0.10 * times
    paths = Paths(cheap.prices, eur_kwh)

    assert (guarded(cheap, by_habit(cheap), paths) is cheap) is stays


def test_a_plan_around_a_pin_gives_way_to_the_habit_around_it(plan_at, risky_valley, tiny):
    pins = (Pin("a", (tiny.at(22), tiny.at(24))),)
    cheap = plan_at(risky_valley.prices, pins=pins)
    usual = plan_at(risky_valley.prices, pins=pins, by_habit=True)

    kept = guarded(cheap, usual, risky_valley)

    mill = {block.batch: block.start for block in kept.schedule.blocks if block.stage == "mill"}
    assert sorted(mill.values()) == [tiny.at(0), tiny.at(22)]
    assert [mill[name] for name in kept.pinned] == [tiny.at(22)]
    assert kept.savings_eur == pytest.approx(15 * 0.10)  # the pinned batch in the valley


def test_where_habit_cannot_be_laid_around_what_stays_there_is_none_to_go_back_to(
    plan_at, risky_valley, tiny
):
    cheap = plan_at(risky_valley.prices)
    assert guarded(cheap, None, risky_valley) is cheap
    with pytest.raises(Infeasible, match="cannot be on time beside the pinned batches"):
        plan_at(
            risky_valley.prices, due=6, pins=(Pin("a", (tiny.at(1), tiny.at(3))),), by_habit=True
        )


def test_the_load_times_the_price_is_the_cost(plan_at, tiny):
    prices = tiny.prices(np.linspace(-0.1, 0.3, 96))
    plan = plan_at(prices)
    load = load_kwh(plan.schedule.blocks, prices)
    assert load.sum() == pytest.approx(plan.schedule.energy_kwh)
    assert load @ prices.eur_kwh == pytest.approx(plan.schedule.objective_eur)


def test_a_spread_is_in_order():
    told = spread(np.arange(101.0))
    assert (told.mean_eur, told.p75_eur, told.p90_eur) == (50.0, 75.0, 90.0)


def test_a_batch_says_what_an_hour_off_costs_and_what_is_in_the_way(plan_at, line, tiny):
    mean = np.full(96, 0.30)
    mean[10:14] = 0.05
    plan = plan_at(tiny.prices(mean), batches=1)
    told = why(plan, "a-01", line, tiny.contract, since=plan.start)
    assert told.cost_eur == pytest.approx(plan.schedule.objective_eur)
    assert told.earlier.difference_eur > 0
    assert told.earlier.limits == told.later.limits == ()
    assert told.cheapest_begin == told.batch[0].start
    assert told.due == tiny.at(32)
    assert told.places == 28
    assert told.published
    assert told.stays_best is None


def test_due_time_and_beginning_are_named_as_limits(plan_at, line, tiny):
    plan = plan_at(tiny.prices(np.linspace(0.3, 0.1, 96)), batches=1, due=32)
    told = why(plan, "a-01", line, tiny.contract, since=plan.start)
    assert told.later.difference_eur < 0
    assert "not made in time" in told.later.limits[0]
    early = plan_at(tiny.prices(np.linspace(0.1, 0.3, 96)), batches=1)
    assert (
        "begins on" in why(early, "a-01", line, tiny.contract, since=early.start).earlier.limits[0]
    )


def test_a_machine_in_use_is_in_the_way(plan_at, line, tiny):
    mean = np.full(96, 0.30)
    mean[4:8], mean[8:12] = 0.05, 0.04
    plan = plan_at(tiny.prices(mean), batches=3, due=16)
    shifts = [
        limit
        for name in ("a-01", "a-02", "a-03")
        for shift in (
            why(plan, name, line, tiny.contract, since=plan.start).earlier,
            why(plan, name, line, tiny.contract, since=plan.start).later,
        )
        for limit in shift.limits
    ]
    assert shifts
    assert all("at once" in limit for limit in shifts)


def test_the_share_of_paths_on_which_a_place_stays_best(plan_at, line, tiny):
    mean = np.full(96, 0.30)
    mean[10:14], mean[20:24] = 0.05, 0.06
    prices = tiny.prices(mean)
    eur_kwh = np.repeat(mean[None, :], 4, axis=0)
    eur_kwh[0, 20:24] = -0.2  # on one path in four the other valley is cheaper
    told = why(plan_at(prices, batches=1), "a-01", line, tiny.contract, since=tiny.at(0),
               paths=Paths(prices, eur_kwh))  # fmt: skip
    assert told.stays_best == pytest.approx(0.75)


@pytest.fixture
def seen_later(plan_at, line, tiny):
    """A batch planned for slot 60, asked about while paths are known from slot 40 on."""
    mean = np.full(96, 0.30)
    mean[60:64] = 0.05
    plan = plan_at(tiny.prices(mean), batches=1, due=90)

    def seen(*, since, last=0.30, before=0.30):
        eur_kwh = mean.copy()
        eur_kwh[-1], eur_kwh[:40] = last, before
        prices = tiny.prices(eur_kwh)
        ahead = prices.covering(tiny.at(40), tiny.at(96))
        return why(
            replace(plan, prices=prices), "a-01", line, tiny.contract, since=tiny.at(since),
            paths=Paths(ahead, np.repeat(ahead.eur_kwh[None, :], 4, axis=0)),
        )  # fmt: skip

    return seen


def test_no_place_is_in_the_past_and_none_is_costed_with_the_price_of_another_hour(
    seen_later, tiny
):
    told = seen_later(since=48, before=0.01)
    assert told.places == 86 - 48  # the last one that is done by slot 90, and without its own
    assert told.cheapest_begin == told.batch[0].start == tiny.at(60)
    assert told.stays_best == 1.0
    assert seen_later(since=48, last=-5.0).stays_best == 1.0  # nothing fits under the last price
    assert seen_later(since=0, last=-5.0).stays_best == 1.0  # nor is it that of the first hours


def test_an_hour_off_in_the_freeze_says_so_and_a_batch_in_it_has_no_other_place(seen_later):
    earlier = seen_later(since=58).earlier
    assert "nothing before Wed 19 Nov 14:30 is moved any more" in earlier.limits
    frozen = seen_later(since=61)
    assert (frozen.places, frozen.stays_best) == (0, None)
    assert "is moved any more" in frozen.later.limits[0]


def test_what_a_schedule_costs_on_a_path_is_what_it_costs_at_those_prices(tiny, line):
    plant = replace(
        line, battery=Battery(kwh=20.0, kw=8.0, efficiency=0.9, start_kwh=5.0),
        pv=Photovoltaics(6.0, None, tuple(6.0 if 1 <= h < 20 else 0.0 for h in range(24))),
        surplus_eur_kwh=0.04,
    )  # fmt: skip
    eur_kwh = np.random.default_rng(5).uniform(-0.05, 0.4, (4, 96))
    prices = [tiny.prices(path) for path in eur_kwh]
    late = tiny.demand("a", 3, due=3, penalty_eur_h=0.2)
    made = make_plan(
        plant, (late,), prices[0], origin=tiny.at(0), first_day=DAY, days=1,
        contract=tiny.contract, seed=0,
    )  # fmt: skip
    assert made.schedule.penalty_eur > 0
    assert np.abs(made.schedule.site.bought_more_kw).max() > 0
    over = Paths(prices[0], eur_kwh)
    expected = [repriced(made.schedule, one).objective_eur for one in prices]
    assert over.costs_eur(made.schedule) == pytest.approx(expected)
    assert over.costs_eur(made.schedule)[0] == pytest.approx(made.schedule.objective_eur)


def test_late_orders_and_a_battery_stay_in_what_a_safer_plan_is_told_to_cost(tiny, line):
    plant = replace(line, battery=Battery(kwh=20.0, kw=8.0, efficiency=0.9, start_kwh=5.0))
    late = tiny.demand("a", 2, due=3, penalty_eur_h=0.2)

    def plan_at(prices):
        return make_plan(
            plant, (late,), prices, origin=tiny.at(0), first_day=DAY, days=1,
            contract=tiny.contract, seed=0,
        )  # fmt: skip

    mean = np.full(96, 0.30)
    mean[2:10], mean[20:28] = 0.05, 0.12
    eur_kwh = np.repeat(mean[None, :], 10, axis=0)
    eur_kwh[:3, 2:10] = 1.5
    safe = weigh(plan_at, Paths(tiny.prices(mean), eur_kwh), risk=1.0)
    assert safe.plan is not safe.expected
    told = safe.plan.schedule
    besides = site_eur(told.site, safe.plan.prices) + told.penalty_eur
    assert told.objective_eur == pytest.approx(cost_eur(told.blocks, safe.plan.prices) + besides)
    assert told.penalty_eur > 0
