"""The ``plant`` commands: check a plant file, begin one from a template, print its schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chocolate_factory.app.files import TEMPLATES, load_orders, load_plant, template
from chocolate_factory.cli.output import out, print_json, print_table
from chocolate_factory.cli.root import Json, app
from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.planning.plant import Plant
from chocolate_factory.planning.plant_file import plant_schema

commands = typer.Typer(
    no_args_is_help=True,
    help="Check a plant file, begin one from a template, or print the schema of plant files.",
)
app.add_typer(commands, name="plant")


@commands.command()
def check(
    file: Annotated[Path, typer.Argument(help="Plant file (YAML)")],
    orders: Annotated[
        Path | None, typer.Option(help="Check these orders against it too (YAML, JSON, CSV, XLSX)")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what is wrong with a plant file, line by line, or what it amounts to if nothing is.

    Ends with status 1 if the plant or the orders contradict themselves or each other.
    """
    plant = load_plant(file)
    if orders is not None:
        load_orders(orders, plant)
    rows = [_grade(plant, grade) for grade in plant.grades]
    if as_json:
        print_json({"plant": plant.name, "grades": rows})
        return
    print_table(
        f"{plant.name}: nothing contradicts itself",
        ("grade", "kg per batch", "stages", "min per batch", "kWh per batch", "kWh/kg"),
        [tuple(row.values()) for row in rows],
    )
    machines = [f"{stage.machines} × {stage.machine}" for stage in plant.stages]
    out.print(f"machines: {', '.join(machines)}", highlight=False)


@commands.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where plant.yaml and orders.yaml go")] = Path(),
    kind: Annotated[
        str, typer.Option("--template", help=f"What to begin with: {', '.join(TEMPLATES)}")
    ] = "chocolate",
    force: Annotated[bool, typer.Option("--force", help="Write over files that exist.")] = False,
) -> None:
    """Write a commented plant file and its weekly orders, to be made your own."""
    texts = template(kind)
    taken = [name for name in texts if (folder / name).exists()]
    if taken and not force:
        raise SettingsInvalid(
            f"{folder / taken[0]} exists already: choose another folder, or write over it with "
            "--force"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
        out.print(f"wrote {folder / name}", highlight=False, markup=False, soft_wrap=True)


@commands.command()
def schema() -> None:
    """Print the JSON Schema of plant files, for editors and other programs."""
    print_json(plant_schema())


def _grade(plant: Plant, grade: str) -> dict[str, object]:
    kwh = sum(stage.energy_kwh(grade) for stage in plant.stages)
    return {
        "grade": grade,
        "kg_per_batch": plant.kg(grade),
        "stages": len(plant.route(grade)),
        "min_per_batch": plant.batch_minutes(grade),
        "kwh_per_batch": round(kwh, 6),
        "kwh_per_kg": round(kwh / plant.kg(grade), 4),
    }
