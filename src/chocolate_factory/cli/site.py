"""The ``site`` commands: check site files, list the sites, begin one, print the schema."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from chocolate_factory.app.files import TEMPLATES, template
from chocolate_factory.app.site_files import (
    SiteFile,
    examine_sites,
    read_sites,
    site_name,
    site_schema,
)
from chocolate_factory.cli.output import err, out, print_json, print_table
from chocolate_factory.cli.root import Dir, Json, app
from chocolate_factory.errors import SettingsInvalid, SiteInvalid
from chocolate_factory.market.documents import read_document
from chocolate_factory.market.refusals import number_wanted
from chocolate_factory.settings import Settings, load_settings

commands = typer.Typer(
    no_args_is_help=True,
    help=(
        "Several plants in one program: a folder of site files, one for each.\n\n"
        "`site init jaen --latitude 37.77 --longitude -3.79` writes the first ones; "
        "CHOCOLATE_FACTORY_SITES_DIR says where they are. Without it there is one plant, and no "
        "command needs a site."
    ),
)
app.add_typer(commands, name="site")

Folder = Annotated[
    Path | None,
    typer.Argument(
        help="Folder of site files [default: CHOCOLATE_FACTORY_SITES_DIR]", show_default=False
    ),
]

_HEAD = """\
# One site: what this plant has of its own. docs/site-file.md describes every key; what is not said
# here is as the CHOCOLATE_FACTORY_ settings say. Read when the program starts.
name: {name}          # how addresses and commands call it: ?site={name}, --site {name}
# title: Fábrica de Jaén   # how pages call it
zone: peninsula       # sites of a zone share prices and forecasts

# Where it is: its weather is asked for by its place.
latitude: {latitude}
longitude: {longitude}

# Files beside this one, or elsewhere.
plant: {name}/plant.yaml
orders: {name}/orders.yaml
contract: indexed-3.0td   # or a contract file: docs/contract-file.md

# Its own people, as apprise names them; without it those of the settings are told.
# notify_urls:
#   - ntfy://topic-of-{name}
"""


@commands.command()
def check(folder: Folder = None, directory: Dir = None, as_json: Json = False) -> None:
    """Say what is wrong with the site files, line by line, or name the sites if nothing is.

    Plants, orders and contracts that they name are read too. Ends with status 1 if anything is
    wrong, after all of it is said. Sites at the same place, which share its weather, are named:
    one of them may stand where its file was copied from. So are those that are not where their
    zone is, whose prices they are planned with.
    """
    found = examine_sites(_settings(folder, directory))
    if as_json and found.wrong is None:
        sites = [site.name for site in found.sites]
        same_place = [list(group) for group in found.same_place]
        print_json({"sites": sites, "same_place": same_place, "outside": list(found.outside)})
        return
    if found.wrong is None:
        names = ", ".join(site.name for site in found.sites)
        out.print(f"{len(found.sites)} sites, nothing contradicts itself: {names}", highlight=False)
    for group in found.same_place:
        (out if found.wrong is None else err).print(
            f"at the same place, with the same weather: {', '.join(group)}; if that is not so, "
            "correct latitude and longitude",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    if found.outside:
        (out if found.wrong is None else err).print(
            "not where their zone is, whose prices they are planned with: "
            f"{', '.join(found.outside)}; if a sign is missing, correct latitude and longitude. "
            "Prices of the islands, Ceuta and Melilla are not collected",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    if found.wrong is not None:
        raise found.wrong


@commands.command("list")
def list_command(folder: Folder = None, directory: Dir = None, as_json: Json = False) -> None:
    """The sites, where each is and what it pays by."""
    rows = [
        {
            "site": site.name,
            "title": site.title,
            "latitude": site.settings.latitude,
            "longitude": site.settings.longitude,
            "plant": str(site.settings.plant or "reference plant"),
            "contract": site.settings.contract,
            "own_addresses": site.settings.notify_urls != site.common.notify_urls,
            "file": str(site.file),
        }
        for site in read_sites(_settings(folder, directory))
    ]
    if as_json:
        print_json({"sites": rows})
        return
    shown = ("site", "title", "latitude", "longitude", "plant", "contract")
    print_table("Sites", shown, [tuple(row[name] for name in shown) for row in rows])


def _degrees(most: int) -> Callable[[str], float]:
    """Reads degrees from -most to most."""

    def degrees(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise typer.BadParameter(f"{text!r} was given; wanted: {number_wanted(text)}") from None
        if not -most <= value <= most:
            raise typer.BadParameter(f"{text} was given; wanted: degrees from -{most} to {most}")
        return value

    return degrees


@commands.command()
def init(
    name: Annotated[str, typer.Argument(help="How addresses and commands are to call it")],
    latitude: Annotated[
        float,
        typer.Option(help="Where it is: degrees north", metavar="DEGREES", parser=_degrees(90)),
    ],
    longitude: Annotated[
        float,
        typer.Option(
            help="Degrees east; west of Greenwich below 0",
            metavar="DEGREES", parser=_degrees(180),
        ),
    ],
    folder: Annotated[
        Path | None,
        typer.Option(
            "--in", help="Folder of site files [default: CHOCOLATE_FACTORY_SITES_DIR, or sites]",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        str, typer.Option("--template", help=f"What to begin with: {', '.join(TEMPLATES)}")
    ] = "chocolate",
    directory: Dir = None,
) -> None:  # fmt: skip
    """Write a commented site file, with a plant and its orders beside it, to be made your own.

    Where it is has to be said, for its weather is asked for by its place. Nothing is written over.
    """
    settings = load_settings(data_dir=directory)
    into = folder or settings.sites_dir or Path("sites")
    try:
        site_name(name)
    except ValueError as fault:
        raise SiteInvalid("site init", (f"name: {fault}",)) from None
    head = _HEAD.format(name=name, latitude=latitude, longitude=longitude)
    read_document(head, SiteFile, name=name, error=SiteInvalid)
    texts = {f"{name}.yaml": head}
    texts |= {f"{name}/{part}": text for part, text in template(kind).items()}
    for part in texts:
        if (into / part).exists():
            raise SettingsInvalid(f"{into / part} exists already: choose another name or folder")
    for part, text in texts.items():
        (into / part).parent.mkdir(parents=True, exist_ok=True)
        (into / part).write_text(text, encoding="utf-8")
        out.print(f"wrote {into / part}", highlight=False, markup=False, soft_wrap=True)
    if settings.sites_dir is None:
        out.print(
            f"the program reads them once CHOCOLATE_FACTORY_SITES_DIR={into} is set",
            highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip


@commands.command()
def schema() -> None:
    """Print the JSON Schema of site files, for editors and other programs."""
    print_json(site_schema())


def _settings(folder: Path | None, directory: Path | None) -> Settings:
    settings = load_settings(data_dir=directory, sites_dir=folder)
    if settings.sites_dir is None:
        raise SettingsInvalid(
            "no folder of site files: name one, or set CHOCOLATE_FACTORY_SITES_DIR; "
            "`chocolate-factory site init` writes the first"
        )
    return settings
