"""Observations, forecasts and plans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SMALL = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
VALUE: sa.Double[float] = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    """Create every table."""
    _create_names()
    _create_observation()
    _create_forecast()
    _create_plan()


def _create_names() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("periods", sa.Integer, nullable=False, server_default="0"),
        sa.Column("first_delivery", INSTANT),
        sa.Column("last_delivery", INSTANT),
        sa.Column("newest_available_at", INSTANT),
        sa.UniqueConstraint("name", "place", name="series_once"),
        sqlite_strict=True,
    )
    op.create_table(
        "source",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.UniqueConstraint("name", name="source_once"),
        sqlite_strict=True,
    )


def _create_observation() -> None:
    op.create_table(
        "series_source",
        sa.Column("series_id", sa.Integer, sa.ForeignKey("series.id"), nullable=False),
        sa.Column("source_id", sa.Integer, sa.ForeignKey("source.id"), nullable=False),
        sa.PrimaryKeyConstraint("series_id", "source_id"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "observation",
        sa.Column("series_id", sa.Integer, sa.ForeignKey("series.id"), nullable=False),
        sa.Column("delivery_start", INSTANT, nullable=False),
        sa.Column("source_id", sa.Integer, sa.ForeignKey("source.id"), nullable=False),
        sa.Column("kind", SMALL, nullable=False),
        sa.Column("available_at", INSTANT, nullable=False),
        sa.Column("resolution_s", sa.Integer, nullable=False),
        sa.Column("value", VALUE, nullable=False),
        sa.Column("inferred", SMALL, nullable=False),
        sa.Column("ingested_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("series_id", "delivery_start", "source_id", "kind", "available_at"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )


def _create_forecast() -> None:
    op.create_table(
        "forecast",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("series_id", sa.Integer, sa.ForeignKey("series.id"), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("origin", INSTANT, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("forecast_made", "forecast", ["series_id", "made_at"])


def _create_plan() -> None:
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("origin", INSTANT, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("plan_id", name="plan_once"),
        sqlite_strict=True,
    )
    op.create_index("plan_made", "plan", ["made_at"])
