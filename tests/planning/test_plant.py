"""Plant files: what they mean, and what is refused with its line."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from chocolate_factory.errors import PlantInvalid
from chocolate_factory.market.calendar import QUARTER, delivery_periods
from chocolate_factory.market.tariff import Tariff
from chocolate_factory.planning.plant import Plant, Staffed, parse_plant
from chocolate_factory.web.notes import in_spanish


def test_the_reference_plant_takes_the_energy_its_source_gives(plant: Plant) -> None:
    kwh = {
        grade: sum(stage.energy_kwh(grade) for stage in plant.stages)
        for grade in ("standard", "premium")
    }
    assert kwh["standard"] == pytest.approx(130.25)
    assert kwh["premium"] == pytest.approx(160.25)
    assert 17 * kwh["standard"] + 6 * kwh["premium"] == 3175.75
    assert plant.batch_minutes("standard") == 390
    assert [stage.staffed for stage in plant.stages].count(Staffed.START) == 1


def test_phases_become_kilowatts_by_slot(plant: Plant) -> None:
    conching = plant.stages[2].slot_kw("standard", plant.slot_min)
    assert conching.tolist() == [48.0] * 6 + [6.0] * 14


@pytest.mark.parametrize(
    ("day", "staffed_slots"),
    [
        (date(2025, 11, 18), 64),
        (date(2025, 11, 22), 32),
        (date(2025, 3, 30), 0),
        (date(2025, 10, 27), 64),
    ],
)
def test_shifts_follow_the_wall_clock(plant: Plant, day: date, staffed_slots: int) -> None:
    slots = delivery_periods(day, QUARTER)
    there = plant.staffed(slots)
    assert there.sum() == staffed_slots
    if staffed_slots:
        first = slots[int(np.argmax(there))]
        assert first == np.datetime64(day) + np.timedelta64(5, "h")


def test_base_load_follows_the_wall_clock_on_the_day_of_25_hours(plant: Plant) -> None:
    slots = delivery_periods(date(2025, 10, 26), QUARTER)
    base = plant.base_kw(slots)
    assert base.size == 100
    assert base[:28].tolist() == [13.0] * 28  # seven hours of night
    assert base[28] == 18.0
    assert base[-1] == 13.0


def test_without_contract_powers_the_plants_own_six_hold_even_under_pvpc(plant: Plant) -> None:
    stepped = replace(plant, contracted_kw=(10.0, 20.0, 30.0, 40.0, 50.0, 60.0))
    slots = delivery_periods(date(2025, 11, 18), QUARTER)
    own = stepped.contracted_at(Tariff.TD20, slots)
    assert own[[0, 33, 40]].tolist() == [60.0, 30.0, 20.0]  # P6 at night, P3 at 8, P2 at 10
    assert stepped.contracted_at(Tariff.TD20, slots, (5.0, 9.0))[[0, 40]].tolist() == [9.0, 5.0]


def test_the_first_shift_on_or_after_a_day_may_be_days_later(plant: Plant) -> None:
    assert plant.first_shift(date(2025, 11, 23)) == datetime(2025, 11, 24, 5, tzinfo=UTC)
    assert plant.first_shift(date(2025, 7, 1)) == datetime(2025, 7, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("batch_kg: 50", "batch_kg: 50\ncolour: brown", "line 7: colour: unknown key"),
        ("[[15, 42]]", "[[-15, 42]]", "phases.all.0.0: Input should be greater than 0"),
        ("[[15, 42]]", "[[20, 42]]", "20 min is not a whole number of 15-minute slots"),
        ("[[15, 42]]", "[[15, .nan]]", "Input should be a finite number"),
        ("standard: [[90, 48], ", "standard: [[90, 48000], ", "48,000 kW, more than the highest"),
        ("standard: [[90, 48], ", "standard: [[90, 48000], ", "Is it in watts? Then write 48."),
        ("premium: [[90, 48], [510, 6]]", "dark: [[15, 1]]", "no phases for premium"),
        ("premium: [[90, 48], [510, 6]]", "dark: [[15, 1]]", "phases.dark: unknown grade"),
        ("count: 2", "count: 0", "count: Input should be greater than or equal to 1"),
        ("max_hold_min: 15", "max_hold_min: 20", "20 min is not a whole number"),
        ("max_hold_min: 15", "max_hold_min: -15", "max_hold_min: Input should be greater than or"),
        ("machine: roller", "machine: mixer", "'mixer' is already another stage's"),
        ("[standard, premium]", "[standard, premium, premium]", "'premium' stands twice"),
        ("slot_min: 15", "slot_min: 20", "20 min does not divide a quarter-hour"),
        ("sat: [06:00-14:00]", "sat: [14:00-06:00]", "ends before it begins; split a night"),
        ("sat: [06:00-14:00]", "sat: [6-14]", "write hours like 06:00-14:00, not '6-14'"),
        ("sat: [06:00-14:00]", "sat: [06:00-25:00]", "is not on the clock"),
        ("sat: [06:00-14:00]", "sat: [06:00-14:00, 12:00-16:00]", "overlaps an earlier shift"),
        ("sat: [06:00-14:00]", "sat: [06:10-14:00]", "begins or ends inside a 15-minute slot"),
        ("P6: 150}", "P6: 140}", "contracted power may not fall from P1 to P6, and P6"),
        ("P6: 150}", "P7: 150}", "contracted_kw.P6: Field required"),
        ("kw: 8, hours", "kw: 800, hours", "more than the highest contracted power (150 kW)"),
        ("staffed: start", "staffed: sometimes", "staffed: Input should be 'throughout', 'start'"),
        ("phases: {all: [[30, 10]]}", "phases: {all: []}", "no grade uses this stage"),
        ("max_hold_min: 15", "max_hold_min: 28800", "28,800 min are 20 days, more than the 14"),
        ("max_hold_min: 15", "max_hold_min: 15\n    cleaning_min: 1800", "Then write 30 min."),
        ("max_hold_min: 15", "max_hold_min: 15\n    min_idle_min: 3600", "min_idle_min: 3,600 min"),
        (
            "max_hold_min: 15",
            "max_hold_min: 15\n    tank: {name: vat, batches: 2, max_hold_min: 60, kw: 2000}",
            "kw: each batch in the vat draws 2,000 kW, more than the highest contracted power",
        ),
        (
            "max_hold_min: 15",
            "max_hold_min: 15\n    tank: {name: vat, batches: 2, max_hold_min: 28800, kw: 2}",
            "max_hold_min: 28,800 min",
        ),
        ("batch_kg: 50", "batch_kg: 50\npv: {kwp: 60000, performance: 0.8}", "Then write 60."),
        (
            "batch_kg: 50",
            "batch_kg: 50\nbattery: {kwh: 100000, kw: 50000, efficiency: 0.9}",
            "line 7: battery.kw: 50,000 kW, more than 20 times the highest contracted power",
        ),
        (
            "batch_kg: 50",
            "batch_kg: 50\nbattery: {kwh: 100000, kw: 50, efficiency: 0.9}",
            "battery.kwh: 100,000 kWh take 2,000 h to fill at 50 kW. Is it in watt-hours?",
        ),
    ],
)
def test_a_contradictory_plant_is_refused_with_the_reason(
    plant_text: str, old: str, new: str, problem: str
) -> None:
    assert old in plant_text
    with pytest.raises(PlantInvalid) as caught:
        parse_plant(plant_text.replace(old, new, 1), name="plant.yaml")
    assert problem in str(caught.value)
    assert [one for one in caught.value.problems if in_spanish(one) is None] == []


def test_every_problem_is_named_with_the_line_it_stands_on(plant_text: str) -> None:
    broken = plant_text.replace("[[15, 42]]", "[[20, 42]]").replace("[90, 48]", "[90, 480]")
    lines = broken.splitlines()
    with pytest.raises(PlantInvalid) as caught:
        parse_plant(broken, name="plant.yaml")
    assert len(caught.value.problems) == 3
    for problem, words in zip(
        caught.value.problems, ("[[20, 42]]", "standard: [[90", "premium: [[90"), strict=True
    ):
        number = int(problem.split(":")[0].removeprefix("line "))
        assert words in lines[number - 1]


def test_a_plant_where_nobody_ever_works_is_refused(plant_text: str) -> None:
    head, rest = plant_text.split("shifts:", 1)
    tail = rest[rest.index("# Never exceeded") :]
    with pytest.raises(PlantInvalid, match="nobody is ever there, and mixing, rolling"):
        parse_plant(f"{head}shifts: {{}}\n{tail}", name="plant.yaml")


def test_text_that_is_not_yaml_is_refused_with_its_line() -> None:
    with pytest.raises(PlantInvalid, match="line 2"):
        parse_plant("name: x\n  slot_min: : 15\n", name="plant.yaml")


def test_a_plant_is_written_alike_in_every_process(plant_text: str) -> None:
    text = plant_text + "\nholidays: {days: [2026-12-24, 2026-04-03, 2026-08-14, 2026-08-13]}\n"
    code = "import sys; from chocolate_factory.planning.plant import parse_plant; "
    code += "print(parse_plant(sys.stdin.read(), name='mine'))"
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            input=text,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
