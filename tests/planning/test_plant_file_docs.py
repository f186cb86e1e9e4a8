"""docs/plant-file.md says what the files are: every key, and examples that can be read."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from chocolate_factory.planning.orders import parse_orders
from chocolate_factory.planning.orders_file import OrderPart, OrdersFile
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.plant_file import BaseLoadPart, PlantFile, StagePart

PAGE = (Path(__file__).parents[2] / "docs" / "plant-file.md").read_text("utf-8")
EXAMPLES = re.findall(r"```(?:yaml|csv)\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize("part", [PlantFile, StagePart, BaseLoadPart, OrdersFile, OrderPart])
def test_every_key_is_described(part: type[PlantFile]) -> None:
    missing = [key for key in part.model_fields if f"`{key}`" not in PAGE]
    assert missing == []


def test_every_example_of_orders_can_be_read(plant: Plant) -> None:
    week = [
        parse_orders(text, name="example", plant=plant).in_window(date(2025, 11, 17), 7)
        for text in EXAMPLES
    ]
    assert [sum(demand.kg for demand in demands) for demands in week] == [300, 500, 500]
