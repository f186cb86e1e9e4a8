"""Sites: one YAML file for each, with what it has of its own; the settings say the rest.

Every key is described in ``docs/site-file.md``. Without a folder of them there is one site, which
has no name and whose settings are the settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from chocolate_factory.app.files import load_contract, load_orders, load_plant, read_text
from chocolate_factory.errors import FactoryError, SettingsInvalid, SiteInvalid
from chocolate_factory.market.contract import NAMED_CONTRACTS
from chocolate_factory.market.documents import Problem, read_document
from chocolate_factory.planning.plant_file import Part
from chocolate_factory.settings import (
    AcceptPlans,
    AnHour,
    FreezeMin,
    GramsKwh,
    Language,
    Latitude,
    Least,
    Longitude,
    MostC,
    ProposeAboveEur,
    Settings,
    said_by_files,
)

NAME = r"^[a-z0-9][a-z0-9-]{0,39}$"
ENDINGS = (".yaml", ".yml")
_INIT = "chocolate-factory site init NAME --latitude … --longitude …"


class SiteFile(Part):
    """A site file as a user writes it; what it leaves out is as the settings say."""

    name: Annotated[
        str, Field(pattern=NAME, description="How addresses, commands and the store call it.")
    ]
    title: Annotated[
        str | None, Field(min_length=1, max_length=60, description="How pages call it.")
    ] = None
    zone: Annotated[
        Literal["peninsula"],
        Field(description="Where one price holds: sites of a zone share prices and forecasts."),
    ] = "peninsula"
    continues: Annotated[
        bool,
        Field(description="It is the plant that was here before there were sites."),
    ] = False
    latitude: Annotated[Latitude | None, Field(description="Degrees north.")] = None
    longitude: Annotated[Longitude | None, Field(description="Degrees east.")] = None
    plant: Annotated[str | None, Field(description="Plant file, from this file's folder.")] = None
    orders: Annotated[str | None, Field(description="Orders file, from this file's folder.")] = None
    contract: Annotated[
        str | None, Field(description="pvpc, indexed-3.0td, indexed-6.1td or a contract file.")
    ] = None
    notify_urls: Annotated[
        list[str] | None, Field(description="Where its plans and alerts are told (apprise).")
    ] = None
    notify_language: Language | None = None
    notify_from: Least | None = None
    notify_per_hour: AnHour | None = None
    freeze_min: FreezeMin | None = None
    propose_above_eur: ProposeAboveEur | None = None
    accept_plans: AcceptPlans | None = None
    tempering_max_c: MostC | None = None
    conching_max_c: MostC | None = None
    co2_g_kwh: GramsKwh | None = None
    co2_source: str | None = None


def site_schema() -> dict[str, Any]:
    """The JSON Schema of a site file, for editors and other programs."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "chocolate-factory site file",
        **{name: told for name, told in SiteFile.model_json_schema().items() if name != "title"},
    }


@dataclass(frozen=True, slots=True)
class Site:
    """One site and what holds for it.

    Parameters
    ----------
    name
        How addresses and commands call it; empty if nobody named it: then it is the only one.
    title
        How pages and messages call it; empty for the unnamed one, whose plant says its name.
    kept_as
        As whose the store keeps it: see ``Store.of_site``.
    settings
        The settings with what its file says over them. Its data folder is its own.
    common
        The settings: store, keys and ports are of all sites.
    file
        Where it is said; None for the unnamed one.
    """

    name: str
    title: str
    kept_as: str
    settings: Settings
    common: Settings
    file: Path | None


def read_sites(settings: Settings) -> tuple[Site, ...]:
    """Every site: the one that was here before, then the others in the order of their files' names.

    Where there is no folder, the unnamed one.

    Raises ``SettingsInvalid`` if the folder is not there or holds no site file, ``FileRefused`` if
    one is no text, ``SiteInvalid`` with file, line and reason of everything that is wrong in any.
    """
    if settings.sites_dir is None:
        return (Site("", "", "", settings, settings, None),)
    sites: list[Site] = []
    wrong: list[FactoryError] = []
    for path in _files(settings.sites_dir):
        try:
            sites += [read_site(path, settings, beside=sites)]
        except FactoryError as fault:
            wrong.append(fault)
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        told = f"{settings.sites_dir}, {len(wrong)} site files"
        raise SiteInvalid(told, tuple(_indented(fault) for fault in wrong))
    return tuple(sorted(sites, key=lambda site: bool(site.kept_as)))


def read_site(path: Path, settings: Settings, *, beside: list[Site]) -> Site:
    """The site of one file, which must not contradict those ``beside`` it.

    Raises ``FileRefused`` if the file is no text, ``SiteInvalid`` with line and reason.
    """
    told = read_document(
        read_text(path, "site file"),
        SiteFile,
        name=str(path),
        error=SiteInvalid,
        contradictions=partial(_contradictions, path, settings, beside),
    )
    return _site(told, path, settings)


def chosen(sites: tuple[Site, ...], name: str | None) -> Site:
    """The site of that name, or the only one there is.

    Raises ``SettingsInvalid`` naming the sites there are.
    """
    known = ", ".join(site.name for site in sites)
    if name is None:
        if len(sites) == 1:
            return sites[0]
        raise SettingsInvalid(f"there are several sites: say which one with --site: {known}")
    for site in sites:
        if site.name == name:
            return site
    if not known:
        raise SettingsInvalid(
            f"--site {name}: there are no site files; CHOCOLATE_FACTORY_SITES_DIR says where"
        )
    raise SettingsInvalid(f"--site {name}: there is no such site; there are {known}")


def _files(folder: Path) -> list[Path]:
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    except OSError as fault:
        raise SettingsInvalid(
            f"CHOCOLATE_FACTORY_SITES_DIR: {folder} cannot be read: {fault.strerror}; `{_INIT}` "
            "writes a first site file there"
        ) from None
    if not found:
        raise SettingsInvalid(
            f"CHOCOLATE_FACTORY_SITES_DIR: {folder} holds no site file: put yours there or write "
            f"one with `{_INIT}`, and start again; or unset it for one plant"
        )
    return found


def _site(told: SiteFile, path: Path, common: Settings) -> Site:
    said = {
        name: value
        for name, value in told.model_dump(exclude_none=True).items()
        if name in Settings.model_fields
    }
    for name in ("plant", "orders"):
        if name in said:
            said[name] = path.parent / said[name]
    if "contract" in said and said["contract"] not in NAMED_CONTRACTS:
        said["contract"] = str(path.parent / said["contract"])
    if "notify_urls" in said:
        said["notify_urls"] = tuple(said["notify_urls"])
    own: dict[str, Any] = {}
    if not told.continues:
        own["data_dir"] = common.data_dir / "sites" / told.name
        own["store_url"] = SecretStr(common.store)
        if common.models_dir is not None:
            own["models_dir"] = common.models_dir / "sites" / told.name
        said |= said_by_files(own["data_dir"] / "config", said.keys())
    settings = common.model_copy(update={**own, **said})
    kept_as = "" if told.continues else told.name
    return Site(told.name, told.title or told.name, kept_as, settings, common, path)


def _contradictions(
    path: Path, settings: Settings, beside: list[Site], told: SiteFile
) -> Iterator[Problem]:
    for other in beside:
        if other.name == told.name:
            yield ("name",), f"{told.name!r} is also the name in {other.file}"
        if told.continues and not other.kept_as:
            yield ("continues",), f"{other.file} says so too: only one site was here before"
    placed = (told.latitude is not None, told.longitude is not None)
    if told.continues and any(placed):
        where = "latitude" if placed[0] else "longitude"
        yield (
            (where,),
            "leave it out: a site that continues is where the settings say "
            f"(CHOCOLATE_FACTORY_{where.upper()}), its weather is stored already",
        )
    elif not told.continues and not all(placed):
        missing = "longitude" if placed[0] else "latitude"
        yield ("name",), f"{missing} is missing: its weather is asked for by its place"
    if told.plant is not None and told.orders is None:
        yield ("plant",), "orders is missing: a plant of its own has orders of its own"
        return
    if (told.co2_g_kwh is None) != (not told.co2_source):
        key = "co2_source" if told.co2_source else "co2_g_kwh"
        yield (key,), "co2_g_kwh and co2_source go together"
    yield from _unreadable(_site(told, path, settings).settings, told.model_fields_set)


def _unreadable(settings: Settings, said: set[str]) -> Iterator[Problem]:
    """What is wrong with the files that are named, at the line that names each."""
    try:
        plant = load_plant(settings.plant)
    except FactoryError as fault:
        yield ("plant",), _indented(fault)
    else:
        try:
            load_orders(settings.orders, plant)
        except FactoryError as fault:
            yield ("orders" if "orders" in said else "plant",), _indented(fault)
    try:
        load_contract(settings.contract)
    except FactoryError as fault:
        yield ("contract",), _indented(fault)


def _indented(fault: FactoryError) -> str:
    return str(fault).replace("\n", "\n  ")
