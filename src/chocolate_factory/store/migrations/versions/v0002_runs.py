"""Runs of jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the record of runs, found newest first, of all jobs or of one."""
    op.create_table(
        "run",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("started_ms", NUMBER, nullable=False),
        sa.Column("finished_ms", NUMBER),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("done", NUMBER, nullable=False),
        sa.Column("total", NUMBER, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_index("run_started", "run", ["started_ms", "run_id"])
    op.create_index("run_job_started", "run", ["job", "started_ms", "run_id"])
