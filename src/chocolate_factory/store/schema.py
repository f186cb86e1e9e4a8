"""The tables. Instants are epoch seconds (of runs: milliseconds), days are counted from 0001-01-01
(1), names are looked up once, values are 64-bit floats.

``series`` also counts what is held of it, in the transaction that adds the rows, so that saying
what is covered needs no scan. ``observation`` is clustered on its key (on SQLite: ``WITHOUT
ROWID``), so that reading a span of one series is one sequential scan. Changing anything here needs
a migration in ``migrations``; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    REAL,
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from chocolate_factory.market.series import Kind

KIND_CODES = {
    Kind.MEASURED: 1,
    Kind.PUBLISHED: 2,
    Kind.ANALYSED: 3,
    Kind.FORECAST: 4,
    Kind.IMPUTED: 5,
}
"""Numbers that stand for kinds in ``observation.kind``. Never reuse one."""

INSTANT = BigInteger().with_variant(Integer(), "sqlite")
SMALL = SmallInteger().with_variant(Integer(), "sqlite")
VALUE: Double[float] = Double().with_variant(REAL(), "sqlite")

metadata = MetaData()

series = Table(
    "series",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("periods", Integer, nullable=False, server_default="0"),
    Column("first_delivery", INSTANT),
    Column("last_delivery", INSTANT),
    Column("newest_available_at", INSTANT),
    UniqueConstraint("name", "place", name="series_once"),
    sqlite_strict=True,
)

source = Table(
    "source",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    UniqueConstraint("name", name="source_once"),
    sqlite_strict=True,
)

series_source = Table(
    "series_source",
    metadata,
    Column("series_id", Integer, ForeignKey("series.id"), primary_key=True, autoincrement=False),
    Column("source_id", Integer, ForeignKey("source.id"), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

observation = Table(
    "observation",
    metadata,
    Column("series_id", Integer, ForeignKey("series.id"), primary_key=True, autoincrement=False),
    Column("delivery_start", INSTANT, primary_key=True, autoincrement=False),
    Column("source_id", Integer, ForeignKey("source.id"), primary_key=True, autoincrement=False),
    Column("kind", SMALL, primary_key=True, autoincrement=False),
    Column("available_at", INSTANT, primary_key=True, autoincrement=False),
    Column("resolution_s", Integer, nullable=False),
    Column("value", VALUE, nullable=False),
    Column("inferred", SMALL, nullable=False),
    Column("ingested_at", INSTANT, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

forecast = Table(
    "forecast",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("series_id", Integer, ForeignKey("series.id"), nullable=False),
    Column("made_at", INSTANT, nullable=False),
    Column("origin", INSTANT, nullable=False),
    Column("model", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("forecast_made", "series_id", "made_at"),
    sqlite_strict=True,
)

plan = Table(
    "plan",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan_id", Text, nullable=False),
    Column("made_at", INSTANT, nullable=False),
    Column("origin", INSTANT, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("site", Text, nullable=False, server_default=""),
    UniqueConstraint("site", "plan_id", name="plan_once"),
    Index("plan_made", "site", "made_at"),
    Index("plan_stored", "site", "id"),
    sqlite_strict=True,
)

score = Table(
    "score",
    metadata,
    Column("series_id", Integer, ForeignKey("series.id"), primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("made_at", INSTANT, primary_key=True, autoincrement=False),
    Column("scored_at", INSTANT, primary_key=True, autoincrement=False),
    Column("origin", INSTANT, nullable=False),
    Column("model", Text, nullable=False),
    Column("periods", Integer, nullable=False),
    Column("mae", VALUE, nullable=False),
    Column("bias", VALUE, nullable=False),
    Column("naive_mae", VALUE),
    Column("coverage_80", VALUE, nullable=False),
    Column("coverage_90", VALUE, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

event = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at_ms", INSTANT, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("site", Text, nullable=False, server_default=""),
    UniqueConstraint("site", "event_id", name="event_once"),
    Index("event_noted", "site", "at_ms", "id"),
    Index("event_kind_noted", "site", "kind", "at_ms", "id"),
    Index("event_stored", "site", "id"),
    sqlite_strict=True,
)

run = Table(
    "run",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("job", Text, nullable=False),
    Column("started_ms", INSTANT, nullable=False),
    Column("finished_ms", INSTANT),
    Column("outcome", Text, nullable=False),
    Column("done", INSTANT, nullable=False),
    Column("total", INSTANT, nullable=False),
    Column("content", Text, nullable=False),
    Column("site", Text, nullable=False, server_default=""),
    Index("run_started", "site", "started_ms", "run_id"),
    Index("run_job_started", "site", "job", "started_ms", "run_id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
