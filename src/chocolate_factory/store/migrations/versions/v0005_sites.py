"""Sites: whose each plan, event and run is. What was stored before is the unnamed site's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the site, within which ids are unique and by which all is found."""
    _tell_apart(
        "plan",
        {"plan_made": ["made_at"], "plan_stored": ["id"]},
        before=("plan_made",),
    )
    _tell_apart(
        "event",
        {
            "event_noted": ["at_ms", "id"],
            "event_kind_noted": ["kind", "at_ms", "id"],
            "event_stored": ["id"],
        },
        before=("event_noted", "event_kind_noted"),
    )
    op.drop_index("run_started", "run")
    op.drop_index("run_job_started", "run")
    op.add_column("run", _site())
    op.create_index("run_started", "run", ["site", "started_ms", "run_id"])
    op.create_index("run_job_started", "run", ["site", "job", "started_ms", "run_id"])


def _tell_apart(table: str, found_by: dict[str, list[str]], *, before: tuple[str, ...]) -> None:
    """Where SQLite cannot change a constraint, the table is written anew."""
    for name in before:
        op.drop_index(name, table)
    with op.batch_alter_table(table, table_kwargs={"sqlite_strict": True}) as changing:
        changing.add_column(_site())
        changing.drop_constraint(f"{table}_once", type_="unique")
        changing.create_unique_constraint(f"{table}_once", ["site", f"{table}_id"])
    for name, columns in found_by.items():
        op.create_index(name, table, ["site", *columns])


def _site() -> sa.Column[str]:
    return sa.Column("site", sa.Text, nullable=False, server_default="")
