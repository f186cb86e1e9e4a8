"""The advice on contracted power reckons with what is late and with tanks, and refuses the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from chocolate_factory.errors import RequestInvalid
from chocolate_factory.planning.baseline import habit
from chocolate_factory.planning.contract_advice import advise_contract, levels_kw
from chocolate_factory.planning.contract_weeks import Week
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
    cost, drawn = week.habit(powers)
    problem = week._problem(powers)
    begun = habit(problem).starts
    mill, bake = (np.flatnonzero(begun["a", at] > 0) for at in (0, 1))
    waited = int(sum(b - 1 for b in bake.repeat(begun["a", 1][bake]))
                 - sum(mill.repeat(begun["a", 0][mill])))  # fmt: skip
    kwh = 2 * (4.0 * 0.25 + 20.0 * 0.5) + 3.0 * 0.25 * waited
    late_h = 1  # the second is done in slot 5, two slots late
    assert cost == pytest.approx(0.2 * kwh + 1.0 * late_h / 2)
    week.settle(powers, time_limit_s=30)
    assert week.lower_eur(powers) <= week.upper_eur(powers) <= cost + 1e-9
    assert drawn[5] >= 20.0


def test_base_load_of_every_season_counts_for_the_powers_worth_trying(plant):
    summer = BaseLoad("cooling", 17.0, (Hours(0, 1440),), months=frozenset({7}))
    levels = levels_kw(replace(plant, base_load=(summer,)), 150.0)
    assert levels.min() == 17.0
