"""Sites: one YAML file for each, with what it has of its own; the settings say the rest.

Every key is described in ``docs/site-file.md``. Without a folder of them there is one site, which
has no name and whose settings are the settings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from chocolate_factory.app.files import load_contract, load_orders, load_plant, read_text
from chocolate_factory.errors import FactoryError, SettingsInvalid, SiteInvalid
from chocolate_factory.market.catalog import PENINSULA
from chocolate_factory.market.contract import NAMED_CONTRACTS
from chocolate_factory.market.documents import Problem, read_document
from chocolate_factory.market.zones import is_within
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

LONGEST_NAME = 40
NAME = r"^[a-z0-9][a-z0-9-]{0,39}$"
ENDINGS = (".yaml", ".yml")
_INIT = "chocolate-factory site init NAME --latitude … --longitude …"


def site_name(text: str) -> str:
    """``text`` if it can be the name of a site. Raises ``ValueError`` with one that can."""
    if re.fullmatch(NAME, text):
        return text
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    near = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_NAME].strip("-")
    raise ValueError(
        f"{text!r:.60} was given; wanted: at most {LONGEST_NAME} small letters a to z, "
        f"digits and -, such as {near or 'north'}; how people call it is its title, title: "
        f"{text:.60}"
    )


class SiteFile(Part):
    """A site file as a user writes it; what it leaves out is as the settings say."""

    name: Annotated[
        str,
        AfterValidator(site_name),
        Field(
            description="How addresses, commands and the store call it.",
            json_schema_extra={"pattern": NAME},
        ),
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
    zone
        Where its price holds.
    file
        Where it is said; None for the unnamed one.
    """

    name: str
    title: str
    kept_as: str
    settings: Settings
    common: Settings
    zone: str
    file: Path | None


@dataclass(frozen=True, slots=True)
class Examined:
    """The sites whose files are right, what is wrong with the others, the names of sites at the
    same place, for each place with several, and of those that are not where their zone is."""

    sites: tuple[Site, ...]
    wrong: FactoryError | None
    same_place: tuple[tuple[str, ...], ...] = ()
    outside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Beside:
    """What a site file says that another one may say too."""

    name: str
    file: Path
    continues: bool
    place: tuple[float, float] | None


class _Loose(BaseModel):
    """What can be told of a site file that is wrong."""

    model_config = ConfigDict(extra="ignore")

    name: Any = None
    continues: Any = None
    latitude: Any = None
    longitude: Any = None


def read_sites(settings: Settings) -> tuple[Site, ...]:
    """Every site: the one that was here before, then the others in the order of their files' names.

    Where there is no folder, the unnamed one.

    Raises ``SettingsInvalid`` if the folder is not there or holds no site file, ``FileRefused`` if
    one is no text, ``SiteInvalid`` with file, line and reason of everything that is wrong in any.
    """
    found = examine_sites(settings)
    if found.wrong is not None:
        raise found.wrong
    return found.sites


def examine_sites(settings: Settings) -> Examined:
    """Everything that is to be said of the site files, though some are wrong.

    Raises ``SettingsInvalid`` if the folder is not there or holds no site file.
    """
    if settings.sites_dir is None:
        return Examined((Site("", "", "", settings, settings, PENINSULA, None),), None)
    sites: list[Site] = []
    wrong: list[FactoryError] = []
    beside: list[_Beside] = []
    for path in _files(settings.sites_dir):
        try:
            site = read_site(path, settings, beside=beside)
        except FactoryError as fault:
            wrong.append(fault)
            beside += _told_anyway(path)
            continue
        sites.append(site)
        where = (site.settings.latitude, site.settings.longitude)
        beside.append(_Beside(site.name, path, not site.kept_as, where))
    told_wrong = wrong[0] if len(wrong) == 1 else None
    if len(wrong) > 1:
        told = f"{settings.sites_dir}, {len(wrong)} site files"
        told_wrong = SiteInvalid(told, tuple(_indented(one) for one in wrong))
    placed: dict[tuple[float, float], list[str]] = {}
    for other in beside:
        if other.place is not None:
            placed.setdefault(other.place, []).append(other.name)
    return Examined(
        tuple(sorted(sites, key=lambda site: bool(site.kept_as))),
        told_wrong,
        tuple(tuple(names) for names in placed.values() if len(names) > 1),
        tuple(
            site.name
            for site in sites
            if not is_within(site.zone, site.settings.latitude, site.settings.longitude)
        ),
    )


def read_site(path: Path, settings: Settings, *, beside: Sequence[_Beside]) -> Site:
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
    return Site(told.name, told.title or told.name, kept_as, settings, common, told.zone, path)


def _told_anyway(path: Path) -> list[_Beside]:
    """What a file that is wrong says all the same; nothing if it cannot be read at all."""
    try:
        told = read_document(
            read_text(path, "site file"), _Loose, name=str(path), error=SiteInvalid
        )
    except FactoryError:
        return []
    where = (told.latitude, told.longitude)
    place = (float(where[0]), float(where[1])) if all(map(_is_number, where)) else None
    return [_Beside(str(told.name), path, told.continues is True, place)] if told.name else []


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _contradictions(
    path: Path, settings: Settings, beside: Sequence[_Beside], told: SiteFile
) -> Iterator[Problem]:
    for other in beside:
        if other.name == told.name:
            yield ("name",), f"{told.name!r} is also the name in {other.file}"
        if told.continues and other.continues:
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
