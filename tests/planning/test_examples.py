"""The plants that come with the program can be planned within every rule; maintenance."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from chocolate_factory.app.files import TEMPLATES, template
from chocolate_factory.errors import PlantInvalid
from chocolate_factory.planning.orders import parse_orders
from chocolate_factory.planning.plan import plan_from_json, plan_to_json
from chocolate_factory.planning.plant import parse_plant

TUESDAY = date(2025, 11, 18)


@pytest.mark.parametrize("kind", sorted(TEMPLATES.keys() - {"chocolate"}))
def test_a_day_of_an_example_is_planned_and_costs_no_more_than_the_habit(
    kind: str, wavy: Any, planned: Any
) -> None:
    texts = template(kind)
    plant = parse_plant(texts["plant.yaml"], name="plant.yaml")
    orders = parse_orders(texts["orders.yaml"], name="orders.yaml", plant=plant)
    made = planned(plant, orders.in_window(TUESDAY, 1), wavy(TUESDAY, 3), TUESDAY, 1)
    assert made.savings_eur >= -1e-3
    assert made.schedule.kg == made.baseline.kg
    assert plan_to_json(plan_from_json(plan_to_json(made))) == plan_to_json(made)


def test_maintenance_that_overlaps_is_named_with_its_line(plant_text: str) -> None:
    parts = (
        "\nmaintenance:\n"
        "  - {stage: conching, from: 2026-11-23T06:00:00+01:00, to: 2026-11-23T12:00:00+01:00}\n"
        "  - {stage: conching, from: 2026-11-23T10:00:00+01:00, to: 2026-11-23T14:00:00+01:00}\n"
    )
    text = plant_text + parts
    with pytest.raises(PlantInvalid) as caught:
        parse_plant(text, name="plant.yaml")
    (problem,) = caught.value.problems
    assert "overlaps maintenance 1 of conching" in problem
    line = int(problem.split(":")[0].removeprefix("line "))
    assert "T10:00:00" in text.splitlines()[line - 1]
