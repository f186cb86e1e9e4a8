"""The SQLite store: faults in words a user can act on, threads, and what is in the file."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from chocolate_factory.errors import FactoryError, StoreError
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.series import QUANTILES, Forecast, Kind, Observations
from chocolate_factory.store import schema
from chocolate_factory.store.base import PlanRecord
from chocolate_factory.store.database import VERSION_TABLE
from chocolate_factory.store.sql import SqlStore, open_store, require_sound

NOW = datetime(2025, 11, 1, tzinfo=UTC)
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)


def prices(value: float, *, rows: int = 200, hour: int = 0) -> Observations:
    start = np.datetime64("2025-01-01", "s") + np.arange(rows) * np.timedelta64(1, "h")
    known = np.datetime64("2025-02-01", "s") + np.timedelta64(hour, "h")
    return Observations(
        PVPC, "ree", Kind.PUBLISHED, start, np.full(rows, 3600), np.full(rows, value),
        np.full(rows, known), np.ones(rows, dtype=bool),
    )  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    with closing(open_store(f"sqlite:///{path}")) as store:
        yield store


def filled(path: Path, *, rows: int = 200) -> None:
    """A store with some prices, closed, all of it in the one file."""
    with closing(open_store(f"sqlite:///{path}")) as store:
        store.append([prices(0.1, rows=rows)], now=NOW)


def in_file(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


# ---- opening


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://root:secret@host/db", "no store for mysql:// URLs; supported: sqlite:///"),
        ("influxdb://host", "no store for influxdb:// URLs; supported: sqlite:///"),
        ("data/store.db", "not the URL of a store; write one like sqlite:///"),
        ("", "not the URL of a store"),
        ("sqlite://", "needs a file: sqlite:///"),
        ("sqlite:///:memory:", "needs a file: sqlite:///"),
        ("sqlite+aiosqlite:///x.db", "no store for sqlite+aiosqlite:// URLs"),
    ],
)
def test_a_url_that_names_no_store_is_refused_with_what_is_supported(url: str, said: str) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(url)
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)


def test_missing_directories_are_created(tmp_path: Path) -> None:
    path = tmp_path / "año 2025" / "data%20?" / "store.db"
    filled(path)
    assert path.is_file()


def test_a_directory_below_a_file_cannot_be_created(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(StoreError, match=r"file/data/store\.db cannot be created: Not a directory"):
        open_store(f"sqlite:///{tmp_path}/file/data/store.db")


def test_a_directory_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened: it must be a file"):
        open_store(f"sqlite:///{tmp_path}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_the_right_to_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="may write"):
            open_store(f"sqlite:///{tmp_path}/store.db")
    finally:
        tmp_path.chmod(0o700)


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    text = "time_utc,price_eur_kwh\n" * 100
    path.write_text(text)
    with pytest.raises(StoreError, match="is not a chocolate-factory store"):
        open_store(f"sqlite:///{path}")
    assert path.read_text() == text


def test_the_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    in_file(path, "CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StoreError, match="database of another program"):
        open_store(f"sqlite:///{path}")
    assert in_file(path, "SELECT name FROM sqlite_master") == [("recipes",)]


def test_a_store_of_a_newer_version_is_refused(path: Path) -> None:
    filled(path)
    in_file(path, "UPDATE schema_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"schema 9999, this program knows up to 0005.*newer"):
        open_store(f"sqlite:///{path}")


def test_several_may_open_a_new_store_at_once(path: Path) -> None:
    def open_and_append(number: int) -> int:
        with closing(open_store(f"sqlite:///{path}")) as store:
            return store.append([prices(0.1, hour=number)], now=NOW).new

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(open_and_append, range(6))) == [0, 0, 0, 0, 0, 200]


def test_the_migrated_schema_is_the_one_the_code_uses(store: SqlStore, path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()
    tables = in_file(path, "SELECT name, wr, strict FROM pragma_table_list WHERE schema = 'main'")
    kept = {name: (wr, strict) for name, wr, strict in tables}
    assert kept["observation"] == (1, 1)
    assert all(kept[name][1] == 1 for name in schema.metadata.tables)


def test_commits_wait_for_the_disk(store: SqlStore, path: Path) -> None:
    assert in_file(path, "PRAGMA journal_mode") == [("wal",)]
    with store._database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


# ---- damage


def test_damaged_pages_are_reported_as_damage(path: Path) -> None:
    filled(path, rows=5000)
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    content[half:] = os.urandom(len(content) - half)
    require_sound(f"sqlite:///{path}")
    path.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged"):
        require_sound(f"sqlite:///{path}")
    with (
        closing(open_store(f"sqlite:///{path}")) as store,
        pytest.raises(StoreError, match="is damaged"),
    ):
        store.read(PVPC, BEGIN, NOW, as_of=NOW)


def test_a_file_cut_short_is_reported_as_damage(path: Path) -> None:
    filled(path, rows=5000)
    path.write_bytes(path.read_bytes()[: 8 * 4096])

    def open_and_read() -> None:
        with closing(open_store(f"sqlite:///{path}")) as store:
            store.read(PVPC, BEGIN, NOW, as_of=NOW)

    with pytest.raises(StoreError, match="is damaged"):
        open_and_read()


def test_bytes_that_turned_anywhere_are_read_or_refused_with_what_to_do(path: Path) -> None:
    """Each copy is opened, read whole, written and read again."""
    filled(path, rows=2000)
    content, dice = path.read_bytes(), random.Random(7)
    refused = []
    for number in range(60):
        data = bytearray(content)
        for _ in range(dice.choice((1, 8, 200))):
            data[dice.randrange(len(data))] = dice.randrange(256)
        if number % 3 == 0:
            del data[dice.randrange(len(data)) :]
        copy = path.with_name(f"{number}.db")
        copy.write_bytes(data)
        try:
            with closing(open_store(f"sqlite:///{copy}")) as store:
                store.read(PVPC, BEGIN, NOW, as_of=NOW)
                store.append([prices(0.3, hour=1)], now=NOW)
                for _ in store.dump():
                    pass
        except FactoryError as fault:
            refused.append((copy.name, str(fault)))
    assert len(refused) > 20
    assert [name for name, told in refused if name not in told] == []


@pytest.mark.parametrize("how", ["replaced", "deleted"])
def test_a_store_that_is_taken_away_while_open_takes_nothing_more(path: Path, how: str) -> None:
    with closing(open_store(f"sqlite:///{path}")) as store:
        store.append([prices(0.1)], now=NOW)
        if how == "replaced":
            other = path.with_name("other.db")
            filled(other, rows=50)
            other.replace(path)
        else:
            path.unlink()
        with pytest.raises(StoreError, match=r"replaced while .*start the program again"):
            store.append([prices(0.2, hour=1)], now=NOW)
        with pytest.raises(StoreError, match="replaced while"):
            store.read(PVPC, BEGIN, NOW, as_of=NOW)
    for beside in ("-wal", "-shm"):  # of the file that is gone
        Path(f"{path}{beside}").unlink(missing_ok=True)
    with closing(open_store(f"sqlite:///{path}")) as store:
        held = sum(one.count for one in store.coverage())
        assert held == (50 if how == "replaced" else 0)


def test_a_damaged_forecast_and_a_damaged_plan_are_reported(store: SqlStore, path: Path) -> None:
    none = np.empty(0)
    made = Forecast(
        PVPC, "EUR/kWh", NOW, "ridge", none.astype("datetime64[s]"), none.astype(int),
        none.astype(bool), none, np.empty((0, len(QUANTILES))),
    )  # fmt: skip
    store.save_forecast(made, made_at=NOW)
    store.save_plan(PlanRecord("week-44", NOW, NOW, "{}"))
    in_file(path, "UPDATE forecast SET content = x'0102'")
    in_file(path, "UPDATE plan SET content = x'0102'")
    with pytest.raises(StoreError, match="stored forecast of pvpc@peninsula is damaged"):
        store.forecast(PVPC, as_of=NOW)
    with pytest.raises(StoreError, match="stored plan week-44 is damaged"):
        store.plan(as_of=NOW)


# ---- side by side


def test_a_store_locked_for_too_long_says_so_and_can_still_be_read(path: Path) -> None:
    filled(path)
    with (
        closing(open_store(f"sqlite:///{path}", busy_timeout_s=0.05)) as store,
        closing(sqlite3.connect(path)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"another process and stayed locked for 0\.05 s"):
            store.append([prices(0.2, hour=1)], now=NOW)
        assert store.read(PVPC, BEGIN, NOW, as_of=NOW).value[0] == 0.1
        other.rollback()
        assert store.append([prices(0.2, hour=1)], now=NOW).revised == 200


def test_readers_see_a_batch_whole_or_not_at_all_while_it_is_written(store: SqlStore) -> None:
    store.append([prices(0.0)], now=NOW)
    done = threading.Event()

    def watch() -> list[set[float]]:
        seen = []
        while not done.is_set():
            seen.append(set(store.read(PVPC, BEGIN, NOW, as_of=NOW).value.tolist()))
        return seen

    with ThreadPoolExecutor(4) as pool:
        watchers = [pool.submit(watch) for _ in range(4)]
        for number in range(1, 31):
            store.append([prices(number / 100, hour=number)], now=NOW)
        done.set()
        seen = [values for watcher in watchers for values in watcher.result()]
    assert all(len(values) == 1 for values in seen)
    assert len({tuple(values) for values in seen}) > 1


def test_first_openings_at_one_moment_all_succeed_time_after_time(tmp_path: Path) -> None:
    def opened(name: str) -> bool:
        with closing(open_store(f"sqlite:///{tmp_path / name}")) as store:
            return store.coverage() == ()

    with ThreadPoolExecutor(6) as pool:
        for number in range(30):
            assert all(pool.map(opened, [f"{number}.db"] * 6))


def test_writers_of_one_store_take_turns(path: Path) -> None:
    def write(number: int) -> int:
        with closing(open_store(f"sqlite:///{path}")) as store:
            told = [replace(prices(number / 100), source=f"file-{number}")]
            return sum(store.append(told, now=NOW).new for _ in range(3))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(write, range(4))) == [200] * 4
    assert in_file(path, "SELECT count(*) FROM observation") == [(800,)]


# ---- what is in the file


def test_a_contradiction_is_kept_as_observed_now_and_nothing_is_overwritten(
    store: SqlStore, path: Path
) -> None:
    store.append([prices(0.1, rows=1)], now=NOW)
    store.append([prices(0.2, rows=1)], now=NOW + timedelta(hours=1))
    known, now = int(datetime(2025, 2, 1, tzinfo=UTC).timestamp()), int(NOW.timestamp())
    rows = in_file(path, "SELECT value, available_at, inferred, ingested_at FROM observation")
    assert rows == [(0.1, known, 1, now), (0.2, now + 3600, 0, now + 3600)]
