"""Variants planned anew beside the plant as it is, and batches moved; nothing is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files

import pytest
from conduct.conftest import RULES

from chocolate_factory import pipeline
from chocolate_factory.conduct.what_if import Move, Variant, variant_of, what_if
from chocolate_factory.errors import ContractInvalid, PlanInvalid, RequestInvalid
from chocolate_factory.market.contract import parse_contract
from chocolate_factory.planning.carried_over import batches_of
from chocolate_factory.planning.equipment import Hours

TEN = datetime(2025, 11, 20, 9, tzinfo=UTC)  # on Thursday in Madrid
# 3.0TD, BOE, 2025: EUR per kW and year of P1 … P6; tax on electricity
A_KW_DAY_EUR = (
    sum((19.658495, 10.251651, 4.262536, 3.681551, 2.328167, 1.356394)) / 365 * 1.0511269632
)
FIXED = "kind: fixed\ntariff: 3.0TD\nprices_eur_kwh: {P1: 1, P2: 1, P3: 1, P4: 1, P5: 1, P6: 1}\n"


def compare(floor, *variants):
    return what_if(floor.store, floor.task, variants, now=floor.now, models=("naive",), rules=RULES)


def test_variants_are_compared_with_the_plant_as_it_is(floor):
    base, dear, more, fewer = compare(
        floor,
        Variant("a euro a kWh", contract=FIXED),
        Variant("twice the premium", orders_factor={"premium": 2.0}),
        Variant("no power", contracted_kw=(20.0,) * 6),
    )
    assert base.name == "as it is"
    assert base.difference_eur is None
    assert dear.plan.schedule.objective_eur > dear.plan.schedule.energy_kwh  # and the tax
    # The home tariff that it is compared with has no term for six powers.
    assert dear.power_term_eur == pytest.approx(
        3 * A_KW_DAY_EUR * floor.task.plant.contracted_kw[0]
    )
    assert (base.power_term_eur, dear.difference_eur) == (None, None)
    assert "for a euro a kWh pays for contracted power and what as it is would" in dear.notes[-1]
    assert more.difference_eur == pytest.approx(
        more.plan.schedule.objective_eur - base.plan.schedule.objective_eur
    )
    assert more.kg == base.kg + 50
    assert fewer.plan is None
    assert any("kW" in reason for reason in fewer.reasons)
    assert fewer.difference_eur is None
    assert floor.held.in_force is None


def test_the_power_term_of_the_days_planned_is_in_the_difference(floor):
    def contract(kw: int) -> str:
        powers = ", ".join(f"P{n}: {kw}" for n in range(1, 7))
        return f"{FIXED}contracted_kw: {{{powers}}}\n"

    floor.task = replace(floor.task, contract=parse_contract(contract(150), name="much"))
    base, less, tariff_of_home = compare(
        floor, Variant("less", contract=contract(120)), Variant("home", contract="pvpc")
    )
    expected = 150 * 3 * A_KW_DAY_EUR
    assert base.power_term_eur == pytest.approx(expected, rel=1e-9)
    assert less.power_term_eur == pytest.approx(expected * 120 / 150, rel=1e-9)
    assert less.difference_eur == pytest.approx(
        less.plan.schedule.objective_eur - base.plan.schedule.objective_eur - expected / 5
    )
    assert tariff_of_home.power_term_eur is None  # six powers, and 2.0TD has two
    assert tariff_of_home.difference_eur is None
    assert "for as it is pays for contracted power and what home would" in tariff_of_home.notes[-1]


@pytest.mark.parametrize("other", ["indexed-6.1td", FIXED])
def test_another_contract_without_powers_keeps_those_contracted(floor, other):
    powers = ", ".join(f"P{n}: 100" for n in range(1, 7))
    held = parse_contract(f"{FIXED}contracted_kw: {{{powers}}}\n", name="100 kW")
    task = variant_of(replace(floor.task, contract=held), Variant("other", contract=other))
    assert task.contract.contracted_kw == (100.0,) * 6
    assert set(floor.task.plant.contracted_kw) != {100.0}
    home = variant_of(replace(floor.task, contract=held), Variant("home", contract="pvpc"))
    assert home.contract.contracted_kw is None  # 2.0TD has two power periods


def test_more_machines_or_staff_never_cost_more(floor):
    base, *others = compare(
        floor,
        Variant("third conche", machines={"conching": 1}),
        Variant("at night too", staffed={day: (Hours(0, 360),) for day in range(5)}),
    )
    for other in others:
        assert other.difference_eur <= 1e-6
        assert other.kg == base.kg


def test_further_staff_costs_its_pay_and_says_so_where_that_is_not_known(floor):
    nights = Variant("at night too", staffed={day: (Hours(0, 360),) for day in range(7)})
    _, unpaid = compare(floor, nights)
    assert unpaid.staff_eur is None
    assert "pay for 24 h more of staff is not counted" in unpaid.notes[-1]

    floor.task = replace(floor.task, plant=replace(floor.task.plant, overtime_eur_h=25.0))
    base, paid, within = compare(
        floor, nights, Variant("as before", staffed={1: (Hours(480, 600),)})
    )
    assert paid.staff_h == 24.0  # Tuesday to Thursday, and Friday until the last order is due
    assert paid.staff_eur == 24 * 25.0
    assert paid.difference_eur == pytest.approx(
        paid.plan.schedule.objective_eur - base.plan.schedule.objective_eur + 600.0
    )
    assert (base.staff_eur, within.staff_eur) == (0.0, 0.0)  # somebody is there then anyway


def test_further_shifts_of_today_do_not_change_the_days_that_are_planned(floor):
    floor.now = datetime(2025, 11, 18, 4, 30, tzinfo=UTC)  # Tuesday, 05:30 in Madrid
    base, early = compare(floor, Variant("from four", staffed={1: (Hours(240, 360),)}))
    assert base.plan.first_day == early.plan.first_day == date(2025, 11, 18)
    assert base.plan.days == early.plan.days
    assert early.kg == base.kg


def test_panels_and_a_battery_are_planned_whose_sun_is_left_over_for_nothing(floor):
    sun = ", ".join(str(kw) for kw in [0] * 8 + [6, 18, 33, 45, 51, 51, 45, 33, 18, 6] + [0] * 6)
    text = files("chocolate_factory").joinpath("data/reference_plant.yaml").read_text("utf-8")
    text += f"\npv: {{kwp: 60, profile_kw: [{sun}]}}\n"
    own = f"{text}battery: {{kwh: 40, kw: 20, efficiency: 0.9}}\n"
    base, sunny = compare(floor, Variant("panels", plant=own))
    assert sunny.difference_eur < 0
    assert sunny.kg == base.kg
    flows = sunny.plan.schedule.site
    assert flows.fed_in_kw.max() == 0.0  # nobody pays for it
    assert (flows.discharge_kw > 0).any()


def test_a_plan_that_is_refused_is_the_answer_of_its_row_alone(floor, monkeypatch):
    planned = pipeline.plan_at

    def refused(task, ahead, **more):
        if task.plant.stages[2].machines > 2:
            raise PlanInvalid(("conche-3 does not exist",))
        return planned(task, ahead, **more)

    monkeypatch.setattr(pipeline, "plan_at", refused)
    base, third = compare(floor, Variant("third conche", machines={"conching": 1}))
    assert base.plan is not None
    assert third.plan is None
    assert "conche-3 does not exist" in third.reasons[0]


def test_a_moved_batch_is_compared_with_the_plan_in_force(planned):
    before = planned.held
    batch = batches_of(before.in_force.plan.schedule.blocks)[-1]
    base, moved = compare(planned, Variant("later", move=Move(batch[0].batch, TEN)))
    assert (base.name, moved.against) == ("the plan in force",) * 2
    assert moved.difference_eur >= -1e-6
    begins = {b[0].start for b in batches_of(moved.plan.schedule.blocks)}
    assert TEN in begins
    assert planned.held == before or planned.held.in_force.plan_id == before.in_force.plan_id
    assert planned.held.pins == ()


def test_the_power_term_of_a_move_is_of_the_days_that_its_plan_has_left(planned):
    powers = ", ".join(f"P{n}: 150" for n in range(1, 7))
    held = parse_contract(f"{FIXED}contracted_kw: {{{powers}}}\n", name="150 kW")
    planned.task = replace(planned.task, contract=held)
    planned.now = datetime(2025, 11, 19, 10, tzinfo=UTC)  # the second of three days
    batch = batches_of(planned.held.in_force.plan.schedule.blocks)[-1]
    rows = compare(planned, Variant("later", move=Move(batch[0].batch, TEN)))
    assert [row.plan.days for row in rows] == [2, 2]
    assert [row.power_term_eur for row in rows] == pytest.approx([150 * 2 * A_KW_DAY_EUR] * 2)


def test_a_move_to_where_nobody_is_there_says_why(planned):
    batch = batches_of(planned.held.in_force.plan.schedule.blocks)[-1][0].batch
    night = datetime(2025, 11, 20, 2, tzinfo=UTC)
    _, moved = compare(planned, Variant("at night", move=Move(batch, night)))
    assert moved.plan is None
    assert "cannot begin" in moved.reasons[0]


@pytest.mark.parametrize(
    ("variants", "reason"),
    [
        ((), "1 to 8 variants"),
        ((Variant("nothing"),), "nothing is otherwise"),
        ((Variant("as it is", contract="pvpc"),), "a name of its own"),
        ((Variant("x", machines={"oven": 1}),), "no stage 'oven'; there are: "),
        ((Variant("x", machines={"conching": -2}),), "none or too many"),
        ((Variant("x", orders_factor={"dark": 2.0}),), "no grade 'dark'"),
        ((Variant("x", contracted_kw=(100.0, 90.0, 100.0, 100.0, 100.0, 100.0)),), "none lower"),
        ((Variant("x", staffed={5: (Hours(600, 500),)}),), "within a day"),
        ((Variant("x", staffed={5: (Hours(1320, 1330),)}),), "on the 15 minutes"),
        ((Variant("x", staffed={5: (Hours(1310, 1320),)}),), "on the 15 minutes"),
        ((Variant("x", contract="pvpc", move=Move("a", TEN)),), "compared alone"),
        ((Variant("x", move=Move("a", TEN)),), "no plan is in force"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(floor, variants, reason):
    with pytest.raises(RequestInvalid, match=reason):
        compare(floor, *variants)


def test_a_wrong_file_is_refused_with_its_line(floor):
    with pytest.raises(ContractInvalid, match="line"):
        variant_of(floor.task, Variant("x", contract="kind: fixed\ntariff: 9.9\n"))


def test_orders_times_nothing_leave_that_grade_out(floor):
    task = variant_of(floor.task, Variant("x", orders_factor={"premium": 0.0}))
    demands = task.orders.in_window(date(2025, 11, 18), 3)
    assert {demand.grade for demand in demands} == {"standard"}


def test_a_whole_plant_file_takes_the_place_of_the_plant(floor):
    from importlib.resources import files  # noqa: PLC0415

    text = files("chocolate_factory").joinpath("data", "reference_plant.yaml").read_text("utf-8")
    task = variant_of(floor.task, Variant("x", plant=text.replace("count: 2", "count: 5")))
    assert {stage.name: stage.machines for stage in task.plant.stages}["conching"] == 5
    assert task.orders.plant == task.plant
