"""Which store a URL means: SQLite, PostgreSQL or InfluxDB."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import make_url

from chocolate_factory.errors import StoreError
from chocolate_factory.store.base import Store
from chocolate_factory.store.influx import SCHEMES, is_prepared, open_influx
from chocolate_factory.store.influx.address import EXAMPLE, address_of
from chocolate_factory.store.migrations import newest_schema
from chocolate_factory.store.sql import EXAMPLES
from chocolate_factory.store.sql import open_store as open_sql
from chocolate_factory.store.sql import standing as standing_of_sql

_EXAMPLES = (*EXAMPLES, EXAMPLE)
_SCHEMES = (*(example.partition("://")[0] for example in EXAMPLES), *SCHEMES)


def open_store(url: str, *, token: str = "") -> Store:
    """Open the store at ``url``, creating or migrating it as needed.

    ``sqlite:///data/store.db``, ``postgresql://user:password@host/database`` or
    ``influxdb://host:8086/organisation/bucket``; ``token`` is InfluxDB's.

    Raises ``StoreError`` if the URL is not understood, the store cannot be reached or read, or is
    too new.
    """
    return open_influx(url, token=token) if _scheme(url) in SCHEMES else open_sql(url)


def standing(url: str, *, token: str = "") -> Literal["none", "older", "ready"]:
    """Whether there is a store at ``url``, and whether opening it would migrate it.

    Nothing is made or changed. InfluxDB has no schema, and so is never older.

    Raises ``StoreError`` if the URL is not understood, or the store cannot be reached or read.
    """
    if _scheme(url) not in SCHEMES:
        return standing_of_sql(url)
    return "ready" if is_prepared(url, token=token) else "none"


def _scheme(url: str) -> str:
    """What the URL begins with; ``StoreError`` if there is no such store."""
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in _SCHEMES:
        what = f"no store for {scheme}:// URLs" if separator else "not the URL of a store"
        raise StoreError(f"{what}; write one like {', '.join(_EXAMPLES)}")
    return scheme


@dataclass(frozen=True, slots=True)
class Described:
    """A store in words: where it is, without secrets, the size of its files [B] and its schema.

    ``size_bytes`` is None where a server keeps it, ``schema`` where there is none.
    """

    place: str
    size_bytes: int | None
    schema: str | None


def described(url: str) -> Described:
    """What is to be told of the store at ``url``, which has been opened."""
    scheme, _, rest = url.partition("://")
    if scheme in SCHEMES:
        return Described(str(address_of(url)), None, None)
    if scheme != "sqlite":
        shown = make_url(url).set(query={}).render_as_string(hide_password=True)
        return Described(shown, None, newest_schema())
    files = (Path(f"{rest[1:]}{ending}") for ending in ("", "-wal"))
    size_bytes = sum(file.stat().st_size for file in files if file.exists())
    return Described(url, size_bytes, newest_schema())
