"""Sites of one oven each, which are planned in a moment, as files."""

from __future__ import annotations

from pathlib import Path

PLANT = """\
name: one oven
slot_min: 15
batch_kg: 100
grades: [bread]
stages:
  - name: baking
    machine: oven
    count: 1
    staffed: start
    phases: {all: [[60, 40]]}
    max_hold_min: 0
shifts: {mon: [06:00-22:00], tue: [06:00-22:00], wed: [06:00-22:00], thu: [06:00-22:00],
  fri: [06:00-22:00], sat: [06:00-22:00], sun: [06:00-22:00]}
contracted_kw: {P1: 60, P2: 60, P3: 60, P4: 60, P5: 60, P6: 60}
base_load: []
"""
ORDERS = """\
weekly: {mon: {bread: 300}, tue: {bread: 200}, wed: {bread: 300}, thu: {bread: 200},
  fri: {bread: 300}, sat: {bread: 200}, sun: {bread: 100}}
due: {default: 22:00 same day}
"""
CONTRACTS = ("pvpc", "indexed-3.0td", "indexed-6.1td")


def write_small_sites(folder: Path, count: int) -> None:
    """``count`` site files in ``folder``, each with another contract."""
    folder.mkdir(parents=True)
    (folder / "oven").mkdir()
    (folder / "oven/plant.yaml").write_text(PLANT)
    (folder / "oven/orders.yaml").write_text(ORDERS)
    for number in range(count):
        name = f"site-{number:05d}"
        (folder / f"{name}.yaml").write_text(
            f"name: {name}\nlatitude: 40\nlongitude: -3\nplant: oven/plant.yaml\n"
            f"orders: oven/orders.yaml\ncontract: {CONTRACTS[number % len(CONTRACTS)]}\n"
        )
