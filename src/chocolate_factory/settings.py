"""Environment → frozen Settings. Read by ``app`` and ``cli`` only."""

from __future__ import annotations

import os
import re
from collections.abc import Set
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.market.contract import NAMED_CONTRACTS
from chocolate_factory.market.refusals import refusal

SHOWN_LENGTH = 15
"""Longest value that an error repeats [characters]."""

PREFIX = "CHOCOLATE_FACTORY_"


CONTRACT_FILE, PLANT_FILE, ORDERS_FILE = "contract.yaml", "plant.yaml", "orders.yaml"
NOTIFY_FILE = "notify.txt"
"""Files of the configuration folder; what the environment says wins over them."""


Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
MostC = Annotated[float, Field(ge=0, le=60)]
FreezeMin = Annotated[int, Field(ge=0, le=2880)]
ProposeAboveEur = Annotated[float, Field(ge=0)]
GramsKwh = Annotated[float, Field(ge=0, le=2000)]
AnHour = Annotated[int, Field(ge=1, le=60)]
AcceptPlans = Literal["asked", "automatic"]
Language = Literal["es", "en"]
Least = Literal["notice", "warning", "critical"]


class Settings(BaseSettings):
    """Every setting, with its default; each is read from ``CHOCOLATE_FACTORY_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    data_dir: Path = Field(Path("data"), description="Folder of the store.")
    store_url: SecretStr = Field(
        SecretStr(""),
        description="Store (sqlite:///, postgresql://, influxdb://); empty means SQLite in the "
        "data folder. It may hold a password.",
    )
    store_token: SecretStr = Field(SecretStr(""), description="Token of an InfluxDB store.")
    import_dir: Path | None = Field(
        None, description="Folder of files to import at every start, such as SIAR exports."
    )
    history_days: int = Field(
        1095, ge=60, le=4000, description="How far back history is fetched by itself [days]."
    )
    raw_days: int = Field(
        400, ge=1, description="How long answers are kept as they were received [days]."
    )
    models_dir: Path | None = Field(
        None, description="Folder of trained models; empty means models/ in the data folder."
    )
    log_dir: Path | None = Field(
        None, description="Folder of the audit log; empty means logs/ in the data folder."
    )
    secrets_dir: Path | None = Field(
        None, description="Folder of files that hold keys and tokens, each named as its variable."
    )
    backup_keep: int = Field(14, ge=1, description="How many nightly backups are kept.")
    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the server listens on.")
    server_names: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Names by which the server is asked, beside localhost (split by commas)."
    )
    trust_loopback: bool = Field(
        True,
        description="Whether programs on the machine itself may change things without a token.",
    )
    sites_dir: Path | None = Field(
        None, description="Folder of site files, one for each site; empty means one plant."
    )
    cluster_url: str = Field(
        "",
        description="Dask scheduler over whose workers a fleet is planned (tcp://host:8786), in a "
        "PostgreSQL store; empty means processes of this machine.",
    )
    plant: Path | None = Field(None, description="Plant file; empty means the reference plant.")
    orders: Path | None = Field(None, description="Orders file; empty means its weekly orders.")
    contract: str = Field(
        "indexed-3.0td", description="pvpc, indexed-3.0td, indexed-6.1td or a contract file."
    )
    freeze_min: FreezeMin = Field(
        120, description="What begins within so long from now stays planned [min]."
    )
    propose_above_eur: ProposeAboveEur = Field(
        5.0, description="Another plan is proposed only if it saves more than this [EUR]."
    )
    accept_plans: AcceptPlans = Field(
        "asked", description="Whether a proposed plan waits for a person or is accepted at once."
    )
    tempering_max_c: MostC = Field(
        26.0, description="Above this at the line, tempering is to stop [°C]."
    )
    conching_max_c: MostC = Field(
        28.0, description="Above this at the line, conching is to stop [°C]."
    )
    co2_g_kwh: GramsKwh | None = Field(
        None, description="What a kWh from the grid emits, for reports [g CO2]."
    )
    co2_source: str = Field("", description="Where that figure is from; one needs the other.")
    latitude: Latitude = Field(38.09, description="Degrees north of the plant.")
    longitude: Longitude = Field(-3.64, description="Degrees east of the plant.")
    ree_url: str = Field("https://apidatos.ree.es", description="REData, or a mirror of it.")
    open_meteo_url: str = Field("https://api.open-meteo.com", description="Weather forecasts.")
    open_meteo_archive_url: str = Field(
        "https://archive-api.open-meteo.com", description="Weather of the past."
    )
    esios_url: str = Field("https://api.esios.ree.es", description="ESIOS.")
    esios_token: SecretStr = Field(SecretStr(""), description="Personal token of ESIOS.")
    omie_url: str = Field("https://www.omie.es", description="OMIE's files.")
    aemet_url: str = Field("https://opendata.aemet.es", description="AEMET OpenData.")
    aemet_key: SecretStr = Field(SecretStr(""), description="Key of AEMET OpenData.")
    openweathermap_url: str = Field("https://api.openweathermap.org", description="OpenWeatherMap.")
    openweathermap_key: SecretStr = Field(SecretStr(""), description="Key of OpenWeatherMap.")
    siar_url: str = Field("https://servicio.mapama.gob.es", description="SIAR's interface.")
    siar_key: SecretStr = Field(SecretStr(""), description="Key of SIAR's interface.")
    notify_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Where plans and alerts are told (apprise addresses, split by commas)."
    )
    notify_language: Language = Field(
        "es", description="Language in which alerts are told: es or en."
    )
    notify_from: Least = Field(
        "notice", description="Alerts less grave than this are shown and not sent."
    )
    notify_per_hour: AnHour = Field(
        6,
        description="So many messages about alerts an hour to one address, from all sites, "
        "then one summary.",
    )

    @field_validator("notify_urls", "server_names", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator(
        "import_dir", "models_dir", "log_dir", "secrets_dir", "sites_dir", "plant", "orders",
        mode="before",
    )  # fmt: skip
    @classmethod
    def _unset(cls, value: object) -> object:
        """A path that is empty, as compose files leave it, is none: not the folder at hand."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("server_names")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(name.lower() for name in value)
        if not all(re.fullmatch(r"[0-9a-z._-]+", name) for name in names):
            raise ValueError("wanted: names of hosts such as plant-pc, without http:// and port")
        return names

    @field_validator(
        "ree_url", "open_meteo_url", "open_meteo_archive_url", "esios_url", "omie_url",
        "aemet_url", "openweathermap_url", "siar_url",
    )  # fmt: skip
    @classmethod
    def _web_address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("wanted: a web address such as https://apidatos.ree.es")
        return value

    @field_validator("cluster_url")
    @classmethod
    def _scheduler(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("tcp", "tls") and bool(parts.hostname) and bool(parts.port)
        except ValueError:
            usable = False
        if value and not usable:
            raise ValueError("wanted: the address of a Dask scheduler such as tcp://host:8786")
        return value

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        if (self.co2_g_kwh is None) != (not self.co2_source):
            raise ValueError(f"{variable('co2_g_kwh')} and {variable('co2_source')} go together")
        return self

    @model_validator(mode="after")
    def _reached_by_workers(self) -> Self:
        scheme = self.store_url.get_secret_value().partition("://")[0]
        if self.cluster_url and scheme != "postgresql":
            raise ValueError(
                f"{variable('cluster_url')}: the workers of a cluster need a store that all of "
                f"them reach and that keeps each result once: set {variable('store_url')} to "
                "PostgreSQL (postgresql://…), here and for every worker"
            )
        return self

    @property
    def store(self) -> str:
        """Address of the store; it may hold a password."""
        return self.store_url.get_secret_value() or f"sqlite:///{self._embedded.resolve()}"

    @property
    def store_exists(self) -> bool:
        """Whether the embedded store has been created; a store given by address counts as there."""
        return bool(self.store_url.get_secret_value()) or self._embedded.exists()

    @property
    def raw_archive(self) -> Path:
        """The file of answers as received."""
        return self.data_dir / "raw.db"

    @property
    def config_folder(self) -> Path:
        """Where the files lie that the page writes: contract, plant, orders, addresses."""
        return self.data_dir / "config"

    @property
    def backup_folder(self) -> Path:
        """Where nightly backups go."""
        return self.data_dir / "backups"

    @property
    def models_folder(self) -> Path:
        """Where trained models are kept."""
        return self.models_dir or self.data_dir / "models"

    @property
    def contract_folder(self) -> Path:
        """Where an advice on contracted power keeps its weeks until it is done."""
        return self.data_dir / "contract"

    @property
    def log_folder(self) -> Path:
        """Where the audit log is kept."""
        return self.log_dir or self.data_dir / "logs"

    @property
    def tokens_file(self) -> Path:
        """Where the hashes of the tokens are kept."""
        return self.data_dir / "tokens.db"

    @property
    def _embedded(self) -> Path:
        return self.data_dir / "chocolate-factory.db"


def load_settings(**given: Any) -> Settings:
    """Settings from the environment; ``given`` values that are not None win.

    What the environment does not say is looked for in the folder of secrets, if there is one.

    Raises ``SettingsInvalid`` naming the variable and what is wrong with it. An empty file for the
    store's address is wrong: a store of this machine would take the place of the one meant.
    """
    secrets = os.environ.get(f"{PREFIX}SECRETS_DIR") or None
    if secrets is not None and not Path(secrets).is_dir():
        raise SettingsInvalid(f"{PREFIX}SECRETS_DIR: there is no folder {secrets}")
    if secrets is not None:
        _require_usable(Path(secrets), given=given.keys())
    wanted = {name: value for name, value in given.items() if value is not None}
    try:
        told = Settings(**{**wanted, "_secrets_dir": secrets})
        said = {name for name in told.model_fields_set if getattr(told, name) is not None}
        return told.model_copy(update=said_by_files(told.config_folder, said))
    except ValidationError as fault:
        problems = []
        for issue in fault.errors():
            if not issue["loc"]:
                problems.append(issue["msg"].removeprefix("Value error, "))
                continue
            name = str(issue["loc"][0])
            secret = (
                Settings.model_fields[name].annotation is SecretStr
                or len(str(issue["input"])) > SHOWN_LENGTH  # a key may stand in the wrong variable
            )
            problems.append(f"{variable(name)}: {refusal(issue, secret=secret)}")
        raise SettingsInvalid("; ".join(problems)) from None


def _require_usable(secrets: Path, *, given: Set[str]) -> None:
    """Raise ``SettingsInvalid`` if a file of a setting cannot be read, or must not be empty."""
    for name in Settings.model_fields:
        file = secrets / variable(name).lower()
        try:
            empty = file.is_file() and not file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsInvalid(
                f"{variable(name)}: the file {file} cannot be read as text: let this user read it, "
                "or write it anew"
            ) from None
        said = name in given or any(one.upper() == variable(name) for one in os.environ)
        if name == "store_url" and empty and not said:
            raise SettingsInvalid(
                f"{variable(name)}: the file {file} is empty: write it, or delete it"
            )


def said_by_files(folder: Path, said: Set[str]) -> dict[str, Any]:
    """What nobody said yet, from a configuration folder if it has a file for it, by setting.

    Raises ``SettingsInvalid`` if a file is no text.
    """
    found: dict[str, Any] = {}
    for name, file in (("plant", PLANT_FILE), ("orders", ORDERS_FILE), ("contract", CONTRACT_FILE)):
        path = folder / file
        # Orders belong to their plant: those of the folder are not for a plant from elsewhere.
        if name in said or not path.is_file() or (name == "orders" and "plant" in said):
            continue
        found[name] = str(path) if name == "contract" else path
    addresses = folder / NOTIFY_FILE
    if "notify_urls" not in said and addresses.is_file():
        try:
            lines = addresses.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            raise SettingsInvalid(f"{addresses} cannot be read as text") from None
        kept = (line.strip() for line in lines)
        found["notify_urls"] = tuple(line for line in kept if line and not line.startswith("#"))
    return found


@dataclass(frozen=True, slots=True)
class Configuration:
    """The files that say which factory this is.

    ``files`` by their path from the data folder, with ``/``; ``elsewhere`` what the settings name
    and is not among them.
    """

    files: dict[str, Path]
    elsewhere: tuple[str, ...]


def configuration(settings: Settings) -> Configuration:
    """Every YAML file of the data folder that is not hidden, and the addresses of messages."""
    files: dict[str, Path] = {}
    for folder, within, names in os.walk(settings.data_dir):
        within[:] = sorted(name for name in within if not name.startswith("."))
        for path in (Path(folder, name) for name in sorted(names) if not name.startswith(".")):
            addresses = (path.parent.name, path.name) == (settings.config_folder.name, NOTIFY_FILE)
            if (addresses or path.suffix.lower() in (".yaml", ".yml")) and path.is_file():
                files[path.relative_to(settings.data_dir).as_posix()] = path
    named = [settings.plant, settings.orders, settings.sites_dir]
    if settings.contract not in NAMED_CONTRACTS:
        named.append(Path(settings.contract))
    kept = {path.resolve() for path in files.values()}
    kept |= {folder for path in kept for folder in path.parents}
    elsewhere = [str(path) for path in named if path is not None and path.resolve() not in kept]
    return Configuration(files, tuple(elsewhere))


@dataclass(frozen=True, slots=True)
class UnknownSetting:
    """A variable of the environment, or a file of secrets, named like a setting that is none."""

    variable: str
    nearest: str | None

    def __str__(self) -> str:
        meant = f"; did you mean {self.nearest}?" if self.nearest else ": it changes nothing"
        return f"{self.variable} is no setting{meant}"


def unknown_settings() -> tuple[UnknownSetting, ...]:
    """What begins with ``PREFIX`` in the environment or its folder of secrets, and sets nothing."""
    known = [variable(name) for name in Settings.model_fields]
    secrets = os.environ.get(variable("secrets_dir"), "")
    files = os.listdir(secrets) if os.path.isdir(secrets) else []
    return tuple(
        UnknownSetting(name, next(iter(get_close_matches(name.upper(), known, 1)), None))
        for name in sorted({*os.environ, *files})
        if name.upper().startswith(PREFIX) and name.upper() not in known
    )


def variable(name: str) -> str:
    """The variable of the environment that a setting is read from."""
    return f"{PREFIX}{name.upper()}"
