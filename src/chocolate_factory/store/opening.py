"""Which store a URL means: SQLite, PostgreSQL or InfluxDB."""

from __future__ import annotations

from chocolate_factory.store.base import Store
from chocolate_factory.store.influx import SCHEMES, open_influx
from chocolate_factory.store.sql import open_store as open_sql


def open_store(url: str, *, token: str = "") -> Store:
    """Open the store at ``url``, creating or migrating it as needed.

    ``sqlite:///data/store.db``, ``postgresql://user:password@host/database`` or
    ``influxdb://host:8086/organisation/bucket``; ``token`` is InfluxDB's.

    Raises ``StoreError`` if the URL is not understood, the store cannot be reached or read, or is
    too new.
    """
    if url.partition("://")[0] in SCHEMES:
        return open_influx(url, token=token)
    return open_sql(url)
