"""Scores of forecasts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
VALUE: sa.Double[float] = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    """Create the scores, clustered so that those of a stretch of days are one scan."""
    op.create_table(
        "score",
        sa.Column("series_id", sa.Integer, sa.ForeignKey("series.id"), nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("scored_at", INSTANT, nullable=False),
        sa.Column("origin", INSTANT, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("periods", sa.Integer, nullable=False),
        sa.Column("mae", VALUE, nullable=False),
        sa.Column("bias", VALUE, nullable=False),
        sa.Column("naive_mae", VALUE),
        sa.Column("coverage_80", VALUE, nullable=False),
        sa.Column("coverage_90", VALUE, nullable=False),
        sa.PrimaryKeyConstraint("series_id", "day", "made_at", "scored_at"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
