"""Plant files from the command line: checked, begun from a template, described by a schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chocolate_factory.app.files import TEMPLATES

SMALL = """\
name: one press
slot_min: 15
batch_kg: 10
grades: [a]
stages:
  - name: pressing
    machine: press
    count: 1
    staffed: never
    phases: {all: [[60, 8]]}
    max_hold_min: 0
shifts: {mon: [06:00-14:00]}
contracted_kw: {P1: 20, P2: 20, P3: 20, P4: 20, P5: 20, P6: 20}
base_load: []
"""


@pytest.mark.parametrize("kind", TEMPLATES)
def test_every_template_is_written_with_comments_and_passes_the_check(
    cf: Any, tmp_path: Path, kind: str
) -> None:
    assert cf("plant", "init", tmp_path, "--template", kind).status == 0
    plant, orders = tmp_path / "plant.yaml", tmp_path / "orders.yaml"
    assert plant.read_text("utf-8").startswith("# ")
    ended = cf("plant", "check", plant, "--orders", orders, "--json")
    assert ended.status == 0
    assert all(grade["kwh_per_kg"] > 0 for grade in ended.json["grades"])


def test_a_file_that_is_there_is_not_written_over_unasked(cf: Any, tmp_path: Path) -> None:
    (tmp_path / "plant.yaml").write_text("mine")
    ended = cf("plant", "init", tmp_path)
    assert ended.status == 1
    assert "--force" in ended.err
    assert (tmp_path / "plant.yaml").read_text() == "mine"
    assert not (tmp_path / "orders.yaml").exists()


def test_watts_for_kilowatts_are_questioned_on_their_line(cf: Any, tmp_path: Path) -> None:
    file = tmp_path / "plant.yaml"
    file.write_text(SMALL.replace("[[60, 8]]", "[[60, 8000]]"))
    ended = cf("plant", "check", file)
    assert ended.status == 1
    assert "line 10: " in ended.err
    assert "Is it in watts? Then write 8." in ended.err


def test_the_schema_printed_is_the_one_published(cf: Any) -> None:
    published = Path(__file__).parents[2] / "docs" / "plant-file.schema.json"
    assert cf("plant", "schema").json == json.loads(published.read_text("utf-8"))


def test_a_plan_that_cannot_be_says_what_would_let_it(cf: Any, tmp_path: Path) -> None:
    plant, orders, prices = (tmp_path / name for name in ("plant.yaml", "orders.csv", "prices.csv"))
    plant.write_text(SMALL)
    orders.write_text("product,kg,due\na,30,2025-11-17T02:00:00+01:00\n")
    hours = [f"2025-11-{16 + (23 + n) // 24}T{(23 + n) % 24:02d}:00:00Z" for n in range(24)]
    prices.write_text("time_utc,price_eur_kwh\n" + "".join(f"{at},0.1\n" for at in hours))
    ended = cf(
        "plan", "--plant", plant, "--orders", orders, "--prices", prices, "--price-is-final",
        "--start", "2025-11-17", "--days", 1, "--json", "--dir", tmp_path,
    )  # fmt: skip
    assert ended.status == 1
    assert ended.json["error"] == "Infeasible"
    assert "need 3 h of pressing" in ended.json["reasons"][0]
    first, *_ = ended.json["ways_out"]
    assert (first["kind"], first["hours"], first["extra_eur"]) == ("later", 1.0, 0.0)
    assert first["plan_eur"] == pytest.approx(3 * 8 * 0.1)
    assert {way["kind"] for way in ended.json["ways_out"]} == {"later", "machine", "fewer"}
