"""docs/plant-file.md says what the files are: every key, and examples that can be read."""

from __future__ import annotations

import inspect
import json
import re
from datetime import date
from pathlib import Path

import pytest

from chocolate_factory.planning import orders_file, plant_file
from chocolate_factory.planning.orders import parse_orders
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.plant_file import Part, plant_schema

PAGE = (Path(__file__).parents[2] / "docs" / "plant-file.md").read_text("utf-8")
PARTS = {
    name: part
    for module in (plant_file, orders_file)
    for name, part in inspect.getmembers(module, inspect.isclass)
    if issubclass(part, Part) and part is not Part
}
EXAMPLES = re.findall(r"```(?:yaml|csv)\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize("part", PARTS.values())
def test_every_key_is_described(part: type[Part]) -> None:
    keys = [field.alias or name for name, field in part.model_fields.items()]
    assert [key for key in keys if f"`{key}`" not in PAGE] == []


def test_the_published_schema_is_that_of_the_program() -> None:
    published = Path(__file__).parents[2] / "docs" / "plant-file.schema.json"
    assert json.loads(published.read_text("utf-8")) == plant_schema()


def test_every_example_of_orders_can_be_read(plant: Plant) -> None:
    week = [
        parse_orders(text, name="example", plant=plant).in_window(date(2025, 11, 17), 7)
        for text in EXAMPLES
    ]
    assert [sum(demand.kg for demand in demands) for demands in week] == [300, 500, 500]
