"""Environment → frozen Settings. Read by ``app`` and ``cli`` only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from chocolate_factory.errors import SettingsInvalid

PREFIX = "CHOCOLATE_FACTORY_"


class Settings(BaseSettings):
    """Every setting, with its default; each is read from ``CHOCOLATE_FACTORY_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    data_dir: Path = Field(Path("data"), description="Folder of the store.")
    store_url: str = Field("", description="Store; empty means SQLite in the data folder.")
    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the server listens on.")
    plant: Path | None = Field(None, description="Plant file; empty means the reference plant.")
    orders: Path | None = Field(None, description="Orders file; empty means its weekly orders.")
    contract: str = Field(
        "indexed-3.0td", description="pvpc, indexed-3.0td, indexed-6.1td or a contract file."
    )
    latitude: float = Field(38.09, ge=-90, le=90, description="Degrees north of the plant.")
    longitude: float = Field(-3.64, ge=-180, le=180, description="Degrees east of the plant.")
    ree_url: str = Field("https://apidatos.ree.es", description="REData, or a mirror of it.")
    open_meteo_url: str = Field("https://api.open-meteo.com", description="Weather forecasts.")
    open_meteo_archive_url: str = Field(
        "https://archive-api.open-meteo.com", description="Weather of the past."
    )
    notify_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Where a new plan is announced (apprise addresses, split by commas)."
    )

    @field_validator("notify_urls", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def store(self) -> str:
        """Address of the store."""
        return self.store_url or f"sqlite:///{self._embedded.resolve()}"

    @property
    def store_exists(self) -> bool:
        """Whether the embedded store has been created; a store given by address counts as there."""
        return bool(self.store_url) or self._embedded.exists()

    @property
    def _embedded(self) -> Path:
        return self.data_dir / "chocolate-factory.db"


def load_settings(**given: Any) -> Settings:
    """Settings from the environment; ``given`` values that are not None win.

    Raises ``SettingsInvalid`` naming the variable and what is wrong with it.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as fault:
        problems = "; ".join(
            f"{PREFIX}{'_'.join(str(step) for step in issue['loc']).upper()}: {issue['msg']}"
            for issue in fault.errors()
        )
        raise SettingsInvalid(problems) from None
