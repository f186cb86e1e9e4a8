"""An older store is brought up to date when it is opened, and a copy of it is kept first."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psycopg
import pytest
from alembic import command
from alembic.config import Config
from contracts.postgresql_site import PostgresqlSite
from psycopg import sql
from sqlalchemy import insert

from chocolate_factory.errors import StoreError
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.series import Kind, Observations
from chocolate_factory.store import migrations, postgresql, sqlite
from chocolate_factory.store.base import Event, Outcome, PlanRecord, Run
from chocolate_factory.store.database import Database
from chocolate_factory.store.schema import plan
from chocolate_factory.store.sql import SqlStore, open_store, standing
from chocolate_factory.store.versions import plan_row

NOW = datetime(2025, 11, 1, tzinfo=UTC)
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
WEEK_44 = PlanRecord("week-44", NOW, NOW, "{}")
ANOTHER_PLAN = (
    "INSERT INTO plan (plan_id, made_at, origin, content) "
    "SELECT plan_id || '-2', made_at, origin, content FROM plan"
)
TABLES = {"series", "source", "series_source", "observation", "forecast", "plan", "schema_version"}


def prices(value: float, *, rows: int = 500) -> Observations:
    start = np.datetime64("2025-01-01", "s") + np.arange(rows) * np.timedelta64(1, "h")
    known = np.datetime64("2025-02-01", "s")
    return Observations(
        PVPC, "ree", Kind.PUBLISHED, start, np.full(rows, 3600), np.full(rows, value),
        np.full(rows, known), np.ones(rows, dtype=bool),
    )  # fmt: skip


@contextmanager
def used(database: Database) -> Iterator[Database]:
    yield database
    database.engine.dispose()


def make_first(database: Database) -> None:
    """A store as the first version made it, with prices and a plan, closed."""
    config = Config()
    config.set_main_option("script_location", "chocolate_factory:store/migrations")
    with used(database):
        with database.writing() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            made = {name: value for name, value in plan_row(WEEK_44).items() if name != "site"}
            connection.execute(insert(plan).values(made))
        SqlStore(database).append([prices(0.1)], now=NOW)


def check(store: SqlStore) -> None:
    """What ``make_first`` stored is there, and runs and events can be kept."""
    assert store.read(PVPC, BEGIN, NOW, as_of=NOW).value.tolist() == [0.1] * 500
    assert store.plan(as_of=NOW) == WEEK_44
    assert store.of_site("jaen").plan(as_of=NOW) is None
    store.of_site("jaen").save_plan(WEEK_44)
    store.save_run(Run("1", "spot", NOW, NOW, Outcome.DONE))
    assert [run.run_id for run in store.runs()] == ["1"]
    accepted = Event("1", "plan-accepted", NOW, "{}")
    for seen in (store, store.of_site("jaen")):
        seen.save_event(accepted)
    assert store.events(as_of=NOW) == (accepted,)


def power_goes_off(config: Config, revision: str) -> None:
    """In the place of Alembic's ``upgrade``."""
    raise StoreError("the power went off")


# ---- SQLite


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The file of a store of the first version."""
    make_first(sqlite.connect(f"sqlite:///{tmp_path}/store.db", busy_timeout_s=30.0))
    return tmp_path / "store.db"


def opened(path: Path) -> SqlStore:
    return open_store(f"sqlite:///{path}")


def in_file(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(statement).fetchall()


def copy_of(path: Path) -> Path:
    return path.with_name("store.db.before-0005")


def test_looking_whether_a_file_is_older_changes_nothing(first: Path, tmp_path: Path) -> None:
    as_it_was = first.read_bytes()
    assert standing(f"sqlite:///{first}") == "older"
    assert standing(f"sqlite:///{tmp_path}/none/store.db") == "none"
    assert [path.name for path in tmp_path.iterdir()] == [first.name]
    assert first.read_bytes() == as_it_was


def test_an_older_file_is_migrated_with_all_it_holds(first: Path) -> None:
    with closing(opened(first)) as store:
        check(store)
    assert in_file(first, "SELECT version_num FROM schema_version") == [("0005",)]
    assert standing(f"sqlite:///{first}") == "ready"


def test_the_file_as_it_was_is_kept_beside_it_alone_and_sound(first: Path) -> None:
    opened(first).close()
    assert {each.name for each in first.parent.iterdir()} == {"store.db", "store.db.before-0005"}
    copy = copy_of(first)
    assert in_file(copy, "PRAGMA integrity_check") == [("ok",)]
    assert in_file(copy, "SELECT version_num FROM schema_version") == [("0001",)]
    assert in_file(copy, "SELECT count(*), min(value) FROM observation") == [(500, 0.1)]
    names = {name for (name,) in in_file(copy, "SELECT name FROM sqlite_schema WHERE rootpage > 0")}
    assert names >= TABLES
    assert "run" not in names


def test_the_copy_is_a_store_that_opens(first: Path, tmp_path: Path) -> None:
    opened(first).close()
    again = tmp_path / "again.db"
    shutil.copy(copy_of(first), again)
    with closing(opened(again)) as store:
        check(store)


def test_what_is_only_in_the_write_ahead_log_is_in_the_copy(first: Path) -> None:
    with closing(sqlite3.connect(first)) as holding:  # keeps the log from being folded in
        holding.execute("SELECT count(*) FROM plan").fetchall()
        database = sqlite.connect(f"sqlite:///{first}", busy_timeout_s=30.0)
        with used(database):
            SqlStore(database).append([prices(0.2, rows=501)], now=NOW)
        assert first.with_name("store.db-wal").stat().st_size > 0
        opened(first).close()
    assert in_file(copy_of(first), "SELECT count(*) FROM observation") == [(1001,)]


def test_a_new_store_and_one_up_to_date_leave_no_copy(tmp_path: Path) -> None:
    for _ in range(2):
        opened(tmp_path / "store.db").close()
    assert [each.name for each in tmp_path.iterdir()] == ["store.db"]


def interrupted(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """A migration that stops after the copy, before anything of it is committed."""

    with monkeypatch.context() as patch:
        patch.setattr(migrations.command, "upgrade", power_goes_off)
        with pytest.raises(StoreError, match="power"):
            opened(path)


def test_a_whole_copy_of_an_interrupted_migration_is_not_written_again(
    first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(monkeypatch, first)
    assert in_file(first, "SELECT version_num FROM schema_version") == [("0001",)]
    before = copy_of(first).stat()
    with closing(opened(first)) as store:
        check(store)
    after = copy_of(first).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("left", ["empty", "cut short", "something else"])
def test_an_incomplete_copy_is_replaced(first: Path, left: str) -> None:
    whole = first.read_bytes()
    content = {"empty": b"", "cut short": whole[: len(whole) // 2], "something else": b"notes" * 99}
    copy_of(first).write_bytes(content[left])
    opened(first).close()
    assert in_file(copy_of(first), "SELECT count(*) FROM observation") == [(500,)]


def test_what_a_copy_that_was_cut_off_left_is_cleared_away(first: Path) -> None:
    part = first.with_name("store.db.before-0005.part")
    part.write_bytes(first.read_bytes()[:5000])
    opened(first).close()
    assert not part.exists()
    assert in_file(copy_of(first), "PRAGMA integrity_check") == [("ok",)]


def test_a_store_that_went_back_and_lived_on_is_copied_anew_and_the_old_copy_stays(
    first: Path,
) -> None:
    older = first.read_bytes()
    opened(first).close()
    first.write_bytes(older)
    with closing(sqlite3.connect(first)) as living, living:
        living.execute(ANOTHER_PLAN)
    opened(first).close()

    assert in_file(copy_of(first), "SELECT count(*) FROM plan") == [(2,)]
    (earlier,) = first.parent.glob("store.db.before-0005-*")
    assert in_file(earlier, "SELECT count(*) FROM plan") == [(1,)]
    assert in_file(first, "SELECT version_num FROM schema_version") == [("0005",)]


def test_a_migration_that_is_begun_again_keeps_the_copy_it_has(
    first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(migrations.command, "upgrade", power_goes_off)
        with pytest.raises(StoreError, match="power"):
            opened(first)
    made = copy_of(first).stat().st_ino
    opened(first).close()
    assert copy_of(first).stat().st_ino == made
    assert not list(first.parent.glob("store.db.before-0005-*"))


def test_a_store_of_which_no_copy_can_be_kept_stays_as_it_was(first: Path) -> None:
    copy_of(first).mkdir()
    (copy_of(first) / "mine.txt").write_text("kept")
    with pytest.raises(StoreError, match=r"no copy of it can be kept as .*before-0005: "):
        opened(first)
    assert {each.name for each in first.parent.iterdir()} == {"store.db", "store.db.before-0005"}
    assert in_file(first, "SELECT version_num FROM schema_version") == [("0001",)]


def test_several_that_open_an_older_file_at_once_migrate_it_once(first: Path) -> None:
    def look(_: int) -> int:
        with closing(opened(first)) as store:
            return len(store.read(PVPC, BEGIN, NOW, as_of=NOW))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(look, range(4))) == [500] * 4
    assert in_file(copy_of(first), "SELECT version_num FROM schema_version") == [("0001",)]


# ---- PostgreSQL


@pytest.fixture
def url(postgresql_urls: Callable[[], str]) -> str:
    """The URL of a database with a store of the first version."""
    made = postgresql_urls()
    make_first(postgresql.connect(made, busy_timeout_s=30.0))
    return made


@pytest.fixture
def asking(url: str, postgresql_server: PostgresqlSite) -> Iterator[psycopg.Connection]:
    """A connection past the store."""
    with postgresql_server.administering(url.rpartition("/")[2]) as connection:
        yield connection


def kept(asking: psycopg.Connection) -> dict[str, int]:
    """Rows by table of the copy."""
    names = asking.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'before_0005'")
    counted = {}
    for (name,) in names.fetchall():
        rows = sql.SQL("SELECT count(*) FROM before_0005.{}").format(sql.Identifier(name))
        counted[name] = asking.execute(rows).fetchall()[0][0]
    return counted


def test_an_older_database_is_migrated_with_all_it_holds(
    url: str, asking: psycopg.Connection, postgresql_urls: Callable[[], str]
) -> None:
    assert [standing(postgresql_urls()), standing(url), standing(url)] == ["none", "older", "older"]
    assert kept(asking) == {}
    with closing(open_store(url)) as store:
        check(store)
    assert standing(url) == "ready"


def test_the_tables_as_they_were_are_kept_in_a_schema(url: str, asking: psycopg.Connection) -> None:
    open_store(url).close()
    counted = kept(asking)
    assert set(counted) == TABLES
    assert (counted["observation"], counted["plan"]) == (500, 1)
    held = asking.execute("SELECT version_num FROM before_0005.schema_version").fetchall()
    assert held == [("0001",)]


def test_an_interrupted_migration_leaves_neither_copy_nor_change(
    url: str, asking: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(migrations.command, "upgrade", power_goes_off)
        with pytest.raises(StoreError, match="power"):
            open_store(url)
    assert kept(asking) == {}
    with closing(open_store(url)) as store:
        check(store)


def test_a_copy_of_an_earlier_migration_stays_and_another_is_made(
    url: str, asking: psycopg.Connection
) -> None:
    asking.execute("CREATE SCHEMA before_0005")
    asking.execute("CREATE TABLE before_0005.plan AS TABLE plan WITH NO DATA")
    open_store(url).close()
    counted = kept(asking)
    assert set(counted) == TABLES
    assert (counted["observation"], counted["plan"]) == (500, 1)
    assert asking.execute("SELECT count(*) FROM before_0005_1.plan").fetchall() == [(0,)]


def test_several_that_open_an_older_database_at_once_migrate_it_once(url: str) -> None:
    def look(_: int) -> int:
        with closing(open_store(url)) as store:
            return len(store.read(PVPC, BEGIN, NOW, as_of=NOW))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(look, range(4))) == [500] * 4
