"""Events: what was decided and what happened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the record of events, found oldest first, of some kinds or of all."""
    op.create_table(
        "event",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at_ms", NUMBER, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("event_id", name="event_once"),
        sqlite_strict=True,
    )
    op.create_index("event_noted", "event", ["at_ms", "id"])
    op.create_index("event_kind_noted", "event", ["kind", "at_ms", "id"])
