"""The advice on contracted power: four ways to pay for a year, each for what it draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta

import numpy as np
import pytest

from chocolate_factory.errors import RequestInvalid, TimedOut
from chocolate_factory.market.calendar import QUARTER, local_instant, local_midnight, periods
from chocolate_factory.market.contract import PvpcContract
from chocolate_factory.market.power_curve import PowerCurve
from chocolate_factory.market.tariff import Tariff
from chocolate_factory.planning import contract_advice
from chocolate_factory.planning.baseline import habit
from chocolate_factory.planning.contract_advice import (
    ContractAdvice,
    Doing,
    advise_contract,
)
from chocolate_factory.planning.contract_curve import year_curve
from chocolate_factory.planning.contract_levels import levels_kw, top_of
from chocolate_factory.planning.contract_search import pattern_search
from chocolate_factory.planning.contract_weeks import Answer, Week
from chocolate_factory.planning.equipment import BaseLoad, Battery, Hours, Photovoltaics
from chocolate_factory.planning.orders import Orders

SUN = Photovoltaics(10.0, None, (1.0,) * 24)
STORE = Battery(kwh=20.0, kw=10.0, efficiency=0.9, start_kwh=0.0)


@pytest.mark.parametrize(
    ("more", "named"),
    [({"pv": SUN}, "pv"), ({"battery": STORE}, "battery"),
     ({"pv": SUN, "battery": STORE}, "pv and battery")],
)  # fmt: skip
def test_a_plant_with_its_own_energy_is_refused_by_name(plant, contract, wavy, more, named):
    with pytest.raises(RequestInvalid, match=f"does not reckon with {named} of"):
        advise_contract(
            replace(plant, **more),
            contract,
            Orders("none", plant, {}, {}, ()),
            wavy(date(2025, 1, 6), 8),
            year=2025,
            powers_now=(150.0,) * 6,
        )


def test_habit_and_plan_of_a_week_are_told_with_tanks_and_penalties(tiny):
    """Two batches, an oven for one of them at a time: the second waits in the tank and is late."""
    plant = tiny.plant(
        tiny.stage("mill", {"a": [(1, 4.0)]}, machines=2, tank=(2, 8, 3.0)),
        tiny.stage("bake", {"a": [(2, 20.0)]}),
    )
    demand = tiny.demand("a", 2, due=3, penalty_eur_h=1.0)
    week = Week(
        plant, tiny.contract, date(2025, 11, 19), tiny.at(0), tiny.at(12), (demand,),
        tiny.prices(np.full(12, 0.2)), True, (5,),
    )  # fmt: skip
    powers = (100.0,) * 6
    usual = week.habit(powers)
    problem = week._problem(powers)
    begun = habit(problem).starts
    mill, bake = (np.flatnonzero(begun["a", at] > 0) for at in (0, 1))
    waited = int(sum(b - 1 for b in bake.repeat(begun["a", 1][bake]))
                 - sum(mill.repeat(begun["a", 0][mill])))  # fmt: skip
    kwh = 2 * (4.0 * 0.25 + 20.0 * 0.5) + 3.0 * 0.25 * waited
    late_h = 1  # the second is done in slot 5, two slots late
    assert usual.cost_eur == pytest.approx(0.2 * kwh + 1.0 * late_h / 2)
    week.settle(powers, time_limit_s=30)
    assert week.lower_eur(powers) <= week.upper_eur(powers) <= usual.cost_eur + 1e-9
    assert usual.drawn_kw[5] >= 20.0


def test_base_load_of_every_season_counts_for_the_powers_worth_trying(plant):
    summer = BaseLoad("cooling", 17.0, (Hours(0, 1440),), months=frozenset({7}))
    levels = levels_kw(replace(plant, base_load=(summer,)), 150.0)
    assert levels.min() == 17.0


def test_powers_of_another_tariff_are_refused(plant, contract, wavy):
    with pytest.raises(RequestInvalid, match=r"3.0TD, which has 6 contracted powers, and 2 are"):
        advise_contract(
            plant, contract, Orders("none", plant, {}, {}, ()), wavy(date(2025, 1, 6), 8),
            year=2025, powers_now=(10.0, 10.0),
        )  # fmt: skip


MONDAYS = [date(2025, 1, 6) + timedelta(weeks=n) for n in range(5)]
"""Weeks of January and February: P1, P2 and P6; the first Monday is a holiday. The last week has
no prices."""


@dataclass
class Remembering:
    """A memory that lasts as long as the test; the power goes after so many answers."""

    kept: list[tuple[date, Answer]] = field(default_factory=list)
    ends_after: int = 10_000

    def known(self, week: Week) -> list[Answer]:
        return [answer for monday, answer in self.kept if monday == week.monday]

    def keep(self, week: Week, answer: Answer) -> None:
        self.kept.append((week.monday, answer))
        if len(self.kept) == self.ends_after:
            raise TimedOut("the power is gone")


Advising = Callable[..., ContractAdvice]


@pytest.fixture(scope="module")
def advising(tiny, wavy, contract) -> Iterator[Advising]:
    """Two loaves a week, an hour at 40 kW each in two ovens that nobody tends, and 5 kW of light.

    Habit bakes both on Monday at nine, in P1, if it may; they are due the next morning.
    """
    plant = replace(
        tiny.plant(tiny.stage("bake", {"a": [(4, 40.0)]}, machines=2), shifts=[(36, 72)]),
        base_load=(BaseLoad("light", 5.0, (Hours(0, 1440),)),),
    )
    orders = Orders("loaves", plant, {0: {"a": 20.0}}, {day: (time(8), 1) for day in range(7)}, ())
    prices = wavy(MONDAYS[0], 7 * (len(MONDAYS) - 1) + 2, swing=0.01)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contract_advice, "mondays_of", lambda _: MONDAYS)

        def advise(**more: object) -> ContractAdvice:
            asked = {"contract": contract, "powers_now": (100.0,) * 6, "most_boxes": 20} | more
            return advise_contract(
                plant=plant, orders=orders, prices=prices, year=2025, search_every=1, **asked
            )  # fmt: skip

        yield advise


@pytest.fixture(scope="module")
def memory() -> Remembering:
    return Remembering()


@pytest.fixture(scope="module")
def advised(advising: Advising, memory: Remembering) -> ContractAdvice:
    return advising(memory=memory)


def test_habit_and_plan_get_the_powers_that_are_best_for_each(advised):
    """With one oven's power at night only, both bake one loaf after the other in P6; the plan in
    the cheapest hours of the week."""
    assert advised.habit_now.powers_kw == advised.plan_now.powers_kw == (100.0,) * 6
    assert advised.habit_least.powers_kw == (5.0,) * 5 + (45.0,)
    assert advised.plan_chosen.powers_kw == (5.0,) * 5 + (45.0,)
    assert advised.plan_chosen.energy_eur < advised.habit_least.energy_eur


def test_the_saving_is_told_against_the_habit_at_its_own_least_contract(advised):
    ways = (advised.habit_now, advised.habit_least, advised.plan_now, advised.plan_chosen)
    for way in ways:
        assert way.total_eur == way.energy_eur + way.power_eur + way.excess_eur
        assert way.excess_eur == 0.0
    assert advised.saving_eur == advised.habit_least.total_eur - advised.plan_chosen.total_eur > 0
    assert advised.saving_now_eur == advised.habit_now.total_eur - advised.plan_chosen.total_eur
    assert advised.saving_now_eur > advised.saving_eur
    assert advised.plan_now.energy_eur <= advised.plan_chosen.energy_eur


def test_the_choice_is_proven_to_be_the_best_to_within_its_gap(advised):
    assert advised.bound_eur <= advised.bounded_total_eur
    assert advised.bounded_total_eur == pytest.approx(advised.plan_chosen.total_eur)
    assert 0 <= advised.gap_eur <= 10.0  # boxes are not split below that
    assert advised.plan_chosen.bound_eur <= advised.plan_chosen.total_eur


def test_powers_above_today_s_are_found_where_those_let_nothing_be_made(advising):
    """An oven and the light draw 45 kW. The habit would have both ovens at once, 85 kW."""
    low = advising(powers_now=(40.0,) * 6, most_boxes=0)
    assert (low.habit_now, low.plan_now) == (None, None)
    assert low.plan_chosen.powers_kw == low.habit_least.powers_kw == (5.0,) * 5 + (45.0,)
    assert low.saving_eur > 0
    assert any(note.startswith("More than today's 40 kW is advised") for note in low.notes)
    assert not any("reach" in note for note in low.notes)


def test_an_advice_that_takes_all_that_the_connection_carries_says_so(advising, contract):
    told = advising(
        contract=replace(contract, exceed_up_to_kw=45.0), powers_now=(40.0,) * 6, most_boxes=0
    )
    assert told.plan_chosen.powers_kw == (5.0,) * 5 + (45.0,)
    assert any("reach 45 kW, all that the connection carries" in note for note in told.notes)


@pytest.mark.parametrize(
    ("levels", "start"),
    [(np.arange(100.0, 161.0, 5.0), 150.0), (np.array([5.0, 25.0, 45.0]), 25.0)],
)
@pytest.mark.parametrize("rising", [False, True])
def test_a_search_goes_up_to_its_highest_level_however_far_that_is(levels, start, rising):
    top = float(levels[-1])

    def needs_all_of_p2(powers, _limit):
        """With less than the top in P2 most is made in the dear hours."""
        return sum(powers) + (0.0 if powers[1] == top else 1000.0), powers

    total, found = pattern_search(needs_all_of_p2, (start, start), levels=levels, rising=rising)
    assert found == (float(levels[0]), top)
    assert total == sum(found)


@pytest.mark.parametrize(
    ("today_kw", "carries_kw", "top_kw", "said"),
    [
        (8.0, None, 10.0, "the most of such a contract"),
        (12.0, None, 12.0, "the most of such a contract"),
        (25.0, None, 25.0, "the most that was looked at"),
        (8.0, 30.0, 30.0, "all that the connection carries"),
        (8.0, 90.0, 40.0, ""),
        (50.0, None, 50.0, ""),
    ],
)
def test_powers_are_looked_at_up_to_what_bounds_them(tiny, today_kw, carries_kw, top_kw, said):
    """Two ovens of 20 kW, of which the habit takes one, at PVPC: that ends at 10 kW."""
    plant = tiny.plant(tiny.stage("bake", {"a": [(2, 20.0)]}, machines=2))
    week = Week(
        plant, PvpcContract(), date(2025, 11, 19), tiny.at(0), tiny.at(12),
        (tiny.demand("a", 1, due=12),), tiny.prices(np.full(12, 0.2)), True, (0, 1),
    )  # fmt: skip
    top = top_of(plant, week.contract, [week], (today_kw, today_kw), carries_kw)
    assert top.kw == top_kw
    assert list(top.notes(top_kw - 1, top_kw - 1, top_kw)) == []
    for found, advised in ((top_kw, top_kw - 1), (top_kw - 1, top_kw)):
        told = top.notes(found, advised, top_kw)
        assert [note.count(said) for note in told] == [1] * bool(said)
    assert "is advised" not in "".join(top.notes(top_kw, top_kw - 2, top_kw - 1))


def test_a_week_without_prices_counts_for_nothing_and_is_told(advised):
    assert (advised.weeks, advised.priced, advised.bounded_weeks) == (5, 4, 4)
    assert (advised.first, advised.last) == (date(2025, 1, 6), date(2025, 2, 9))
    assert any(note.startswith("1 of 5 weeks lack prices") for note in advised.notes)
    assert any(note.endswith("2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12.") for note in advised.notes)


def test_what_was_worked_out_is_not_worked_out_again(advising, advised, memory):
    told: list[Doing] = []
    kept = len(memory.kept)
    assert advising(memory=memory, step=told.append) == advised
    assert len(memory.kept) == kept
    assert [one.stage for one in told if one.worked_out == told[-1].worked_out][-1] == "year"


def test_an_interrupted_advice_goes_on_where_it_was(advising, advised, memory):
    whole, cut = len(memory.kept), Remembering(ends_after=9)
    with pytest.raises(TimedOut):
        advising(memory=cut)
    again = Remembering(kept=list(cut.kept))
    assert advising(memory=again) == advised
    assert len(again.kept) == whole


def test_the_habit_is_told_once_for_all_powers_that_leave_it_as_it_is(tiny):
    plant = tiny.plant(tiny.stage("bake", {"a": [(2, 20.0)]}))
    asked = []
    week = Week(
        plant, tiny.contract, date(2025, 11, 19), tiny.at(0), tiny.at(12),
        (tiny.demand("a", 2, due=12),), tiny.prices(np.full(12, 0.2)), True, (5,),
        noted=asked.append,
    )  # fmt: skip
    first = week.habit((100.0,) * 6)
    assert first.drawn_kw[5] == 20.0
    assert week.habit((20.0,) * 6) is week.habit((60.0,) * 6) is first
    assert week.habit((19.0,) * 6) is None
    assert len(asked) == 2


def test_excess_of_a_year_is_the_bill_s_with_tax_and_weeks_stand_for_the_others():
    begin, end = local_midnight(MONDAYS[1]), local_midnight(MONDAYS[2])
    kw = np.full(periods(begin, end, QUARTER).size, 20.0)
    dear = (local_instant(MONDAYS[1], time(10)) - begin) // QUARTER
    kw[dear] = 100.0
    year = year_curve([PowerCurve(begin, kw)], Tariff.TD30, 2025)
    charge = 40.0 * 3.361213 * 1.0511269632  # one quarter-hour of P1, rate of 2025, tax
    assert year.excess_eur((60.0,) * 6) == pytest.approx(charge * 365 / 7)
    assert year.excess_eur((100.0,) * 6) == 0.0


def test_where_weeks_overlap_the_higher_counts():
    begin = local_midnight(MONDAYS[0])
    first, other = np.full(8, 30.0), np.full(8, 50.0)
    year = year_curve(
        [PowerCurve(begin, first), PowerCurve(begin + 4 * QUARTER, other)], Tariff.TD30, 2025
    )
    assert year.kw.tolist() == [30.0] * 4 + [50.0] * 8
