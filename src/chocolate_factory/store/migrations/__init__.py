"""The store's schema through time: Alembic scripts, run by ``upgrade`` when a store is opened.

Before an older store changes, a copy of it is kept: beside the file, or in a schema of its own.
"""

from __future__ import annotations

from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from chocolate_factory.errors import StoreError
from chocolate_factory.store.database import VERSION_TABLE, Database


def upgrade(database: Database) -> None:
    """Bring the schema of ``database`` to the newest version, in one transaction.

    Raises ``StoreError`` if the schema is newer than this program, or is another program's, or no
    copy can be kept of an older one; the store is then as it was.
    """
    config, scripts = _scripts()
    with database.reading() as connection:
        version = _version(connection)
        foreign = version is None and bool(inspect(connection).get_table_names())
    head = str(scripts.get_current_head())
    if version == head:
        return
    known = {script.revision for script in scripts.walk_revisions()}
    if foreign:
        raise StoreError(
            f"the store {database.place} is a database of another program: name another"
        )
    if version is not None and version not in known:
        raise StoreError(
            f"the store {database.place} has schema {version}, this program knows up to {head}: "
            "it was written by a newer version. Update chocolate-factory or choose another store"
        )
    with database.writing() as connection:
        version = _version(connection)  # as it is now that nobody else can change it
        if version == head:
            return
        if version is not None:
            database.keep_copy(connection, version, head)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def standing(database: Database) -> Literal["none", "older", "ready"]:
    """Whether a store is there, and whether opening it would migrate it; nothing is changed.

    What ``upgrade`` refuses counts as ready: opening it says why.
    """
    _, scripts = _scripts()
    with database.reading() as connection:
        version = _version(connection)
        if version is None and not inspect(connection).get_table_names():
            return "none"
    known = {script.revision for script in scripts.walk_revisions()}
    return "older" if version in known - {scripts.get_current_head()} else "ready"


def newest_schema() -> str:
    """The version every store has once this program has opened it."""
    return str(_scripts()[1].get_current_head())


def _scripts() -> tuple[Config, ScriptDirectory]:
    config = Config()
    config.set_main_option("script_location", "chocolate_factory:store/migrations")
    return config, ScriptDirectory.from_config(config)


def _version(connection: Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()
