"""The ``--site`` option: whose plant is meant, where there are several."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from chocolate_factory.app.site_files import Site, chosen, read_sites
from chocolate_factory.settings import load_settings

SiteName = Annotated[
    str | None,
    typer.Option(
        "--site", help="Whose plant, where there are several [default: the only one]",
        show_default=False,
    ),
]  # fmt: skip

OwnWeather = Annotated[
    str | None,
    typer.Option(
        "--site", help="For this site, with its own weather [default: what all sites share]",
        show_default=False,
    ),
]  # fmt: skip


def chosen_site(directory: Path | None, name: str | None, **given: Any) -> Site:
    """The site that is meant, with the settings ``given`` on the command line over its own.

    Those that are None say nothing. Raises ``SettingsInvalid`` if there is no such site or none is
    named and there are several, or what is wrong with settings or site files.
    """
    said = {setting: value for setting, value in given.items() if value is not None}
    common = load_settings(data_dir=directory)
    if common.sites_dir is None and name is None:
        common = load_settings(data_dir=directory, **said)
    site = chosen(read_sites(common), name)
    return replace(site, settings=site.settings.model_copy(update=said))
