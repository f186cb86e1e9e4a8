"""Run by Alembic: migrate the connection that ``upgrade`` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from chocolate_factory.store import schema
from chocolate_factory.store.database import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
