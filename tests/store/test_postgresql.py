"""The PostgreSQL store on a real server: faults in words a user can act on, restarts, rivals."""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from contracts.postgresql_site import PASSWORD, USER, PostgresqlSite

from chocolate_factory.errors import StoreError
from chocolate_factory.market.catalog import PVPC
from chocolate_factory.market.series import Kind, Observations, SeriesKey
from chocolate_factory.store import migrations, schema
from chocolate_factory.store.base import Outcome, Piece, PlanRecord, Run, Vintages
from chocolate_factory.store.sql import SqlStore, open_store

NOW = datetime(2025, 11, 1, tzinfo=UTC)
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
WRITER = Path(__file__).with_name("writer.py")
ROWS = 4000

Urls = Callable[[], str]


def prices(
    value: float, *, rows: int = 200, hour: int = 0, place: str = "peninsula"
) -> Observations:
    start = np.datetime64("2025-01-01", "s") + np.arange(rows) * np.timedelta64(1, "h")
    known = np.datetime64("2025-02-01", "s") + np.timedelta64(hour, "h")
    return Observations(
        SeriesKey("pvpc", place), "ree", Kind.PUBLISHED, start, np.full(rows, 3600),
        np.full(rows, value), np.full(rows, known), np.ones(rows, dtype=bool),
    )  # fmt: skip


@pytest.fixture
def url(postgresql_urls: Urls) -> str:
    return postgresql_urls()


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with closing(open_store(url)) as store:
        yield store


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def hang_up(site: PostgresqlSite, url: str) -> None:
    """Cut every connection to the database."""
    with site.administering() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [name_of(url)],
        )


def held(store: SqlStore) -> dict[str, int]:
    return {one.key.place: one.count for one in store.coverage()}


# ---- opening


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:hush@host:5432", "name the database at the end"),
        ("postgresql://u:hush@host:5432/", "name the database at the end"),
        ("postgresql://u:hush@host:hush/db", "is written like postgresql://user:password@host"),
        ("postgresql://u:hu@sh@host/db", "write @ in a password as %40"),
        ("postgresql+asyncpg://u:hush@host/db", "no store for postgresql+asyncpg:// URLs"),
        ("postgresql://u:hush@127.0.0.1:1/db?nonsense=hush", "refuses the connection"),
    ],
)
def test_an_address_that_cannot_be_is_refused_with_the_right_shape(url: str, said: str) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(url)
    assert said in str(refused.value)
    assert "hush" not in str(refused.value)
    assert "sh@host" not in str(refused.value)


def test_a_server_that_is_down_is_named(postgresql_server: PostgresqlSite) -> None:
    with pytest.raises(StoreError) as refused:
        open_store("postgresql://keeper:hush@127.0.0.1:1/plant")
    assert "the store postgresql://keeper@127.0.0.1:1/plant does not answer" in str(refused.value)
    assert "hush" not in str(refused.value)


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(StoreError, match=r"host nowhere\.invalid is not known"):
        open_store("postgresql://keeper:hush@nowhere.invalid/plant")


@pytest.mark.parametrize("credentials", [{"password": "hush"}, {"user": "nobody"}])
def test_a_refused_password_says_how_to_write_it(
    postgresql_server: PostgresqlSite, credentials: dict[str, str]
) -> None:
    with pytest.raises(StoreError, match=r"with this password.*%40") as refused:
        open_store(postgresql_server.url("postgres", **credentials))
    assert "hush" not in str(refused.value)


def test_an_address_without_password_is_told_to_have_one(
    postgresql_server: PostgresqlSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSFILE", "/dev/null")
    with pytest.raises(StoreError, match="wants a password"):
        open_store(f"postgresql://{USER}@127.0.0.1:{postgresql_server.port}/postgres")


def test_a_missing_database_comes_with_the_command_that_creates_it(
    postgresql_server: PostgresqlSite,
) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(postgresql_server.url("plant"))
    command = f'createdb --host=127.0.0.1 --port={postgresql_server.port} --username=keeper "plant"'
    assert command in str(refused.value)


def test_a_user_without_the_right_to_create_tables_is_told_who_can_help(
    postgresql_server: PostgresqlSite, url: str
) -> None:
    with postgresql_server.administering(name_of(url)) as connection:
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        connection.execute(f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
        try:
            with pytest.raises(StoreError, match=r"ALTER DATABASE .* OWNER TO \"guest\""):
                open_store(postgresql_server.url(name_of(url), user="guest"))
        finally:
            connection.execute("DROP ROLE guest")


def test_a_missing_driver_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'chocolate-factory\[postgresql\]'"):
        open_store("postgresql://keeper:hush@127.0.0.1/plant")


def test_the_password_is_in_no_log_and_no_representation(
    postgresql_server: PostgresqlSite, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with closing(open_store(url)) as store:
        hang_up(postgresql_server, url)
        store.append([prices(0.1)], now=NOW)
        shown = repr([store._database, store._database.engine, store._database.engine.url])
        with pytest.raises(StoreError) as refused:
            open_store(postgresql_server.url("nowhere"))
    for text in (caplog.text, shown, repr(refused.value)):
        assert PASSWORD not in text
        assert "s3cret" not in text


def test_the_database_of_another_program_is_refused_and_left_alone(
    postgresql_server: PostgresqlSite, url: str
) -> None:
    with postgresql_server.administering(name_of(url)) as connection:
        connection.execute("CREATE TABLE recipes (name text)")
        with pytest.raises(StoreError, match="database of another program"):
            open_store(url)
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        assert tables.fetchall() == [("recipes",)]


def test_a_store_of_a_newer_version_is_refused(
    postgresql_server: PostgresqlSite, url: str, store: SqlStore
) -> None:
    with postgresql_server.administering(name_of(url)) as connection:
        connection.execute("UPDATE schema_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"has schema 9999.*newer version"):
        open_store(url)


def test_tables_that_a_newer_version_changed_meanwhile_are_explained(
    postgresql_server: PostgresqlSite, url: str, store: SqlStore
) -> None:
    with postgresql_server.administering(name_of(url)) as connection:
        connection.execute("ALTER TABLE observation RENAME COLUMN value TO amount")
    with pytest.raises(StoreError, match=r"newer version changed them\. Update"):
        store.read(PVPC, BEGIN, NOW, as_of=NOW)


def test_the_migrated_schema_is_the_one_the_code_uses(store: SqlStore) -> None:
    with store._database.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": migrations.VERSION_TABLE}
        )
        assert compare_metadata(context, schema.metadata) == []


def test_several_may_open_a_new_store_at_once(url: str) -> None:
    def open_and_append(number: int) -> int:
        with closing(open_store(url)) as store:
            return store.append([prices(0.1, hour=number)], now=NOW).new

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(open_and_append, range(6))) == [0, 0, 0, 0, 0, 200]


def test_names_are_sorted_alike_whatever_the_language_of_the_database(
    postgresql_server: PostgresqlSite,
) -> None:
    with postgresql_server.administering() as connection:
        if connection.info.server_version < 150000:
            pytest.skip("databases with a language of their own need PostgreSQL 15")
        connection.execute(
            "CREATE DATABASE spanish TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'es'"
        )
    url = postgresql_server.url("spanish")
    try:
        with closing(open_store(url)) as store:
            for name in ("b", "A", "ñ", "a", "B"):
                told = prices(0.1, rows=1, place=name)
                store.append([told, replace(told, key=PVPC, source=name)], now=NOW)
            covered = store.coverage()
            dumped = [piece for piece in store.dump() if isinstance(piece, Vintages)]
    finally:
        postgresql_server.drop(url)
    assert [one.key.place for one in covered] == ["A", "B", "a", "b", "peninsula", "ñ"]
    assert covered[4].sources == ("A", "B", "a", "b", "ñ")
    assert [piece.key.place for piece in dumped] == ["A", "B", "a", "b", *["peninsula"] * 5, "ñ"]
    assert [piece.source for piece in dumped[4:9]] == ["A", "B", "a", "b", "ñ"]


# ---- side by side


def test_a_store_locked_for_too_long_says_so_and_can_still_be_read(url: str) -> None:
    with (
        closing(open_store(url, busy_timeout_s=0.05)) as store,
        closing(open_store(url)) as other,
        other._database.writing(),
    ):
        store_reads = store.read(PVPC, BEGIN, NOW, as_of=NOW)
        with pytest.raises(StoreError, match=r"another process and stayed locked for 0\.05 s"):
            store.append([prices(0.2)], now=NOW)
    assert len(store_reads) == 0


def test_readers_see_a_batch_whole_or_not_at_all_while_it_is_written(store: SqlStore) -> None:
    store.append([prices(0.0)], now=NOW)
    done = threading.Event()

    def watch() -> list[set[float]]:
        seen = []
        while not done.is_set():
            seen.append(set(store.read(PVPC, BEGIN, NOW, as_of=NOW).value.tolist()))
        return seen

    with ThreadPoolExecutor(3) as pool:
        watchers = [pool.submit(watch) for _ in range(3)]
        for number in range(1, 21):
            store.append([prices(number / 100, hour=number)], now=NOW)
        done.set()
        seen = [values for watcher in watchers for values in watcher.result()]
    assert all(len(values) == 1 for values in seen)
    assert len({tuple(values) for values in seen}) > 1


def test_writers_of_one_store_take_turns(url: str) -> None:
    def write(number: int) -> int:
        with closing(open_store(url)) as store:
            told = [prices(number / 100, hour=number)]
            return sum(store.append(told, now=NOW).new for _ in range(3))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(write, range(4))) == [0, 0, 0, 200]


def test_a_name_that_the_server_cannot_hold_is_refused(store: SqlStore) -> None:
    with pytest.raises(StoreError, match="NUL"):
        store.append([prices(0.1, place="nul\0")], now=NOW)
    assert store.coverage() == ()


# ---- lost connections


def test_a_restarted_server_is_found_again(
    postgresql_server: PostgresqlSite, store: SqlStore
) -> None:
    store.append([prices(0.1)], now=NOW)
    postgresql_server.control("restart", "-m", "fast")
    assert len(store.read(PVPC, BEGIN, NOW, as_of=NOW)) == 200
    assert store.append([prices(0.2, hour=1)], now=NOW).revised == 200


def test_a_stopped_server_is_explained_and_found_when_it_is_back(
    postgresql_server: PostgresqlSite, store: SqlStore
) -> None:
    postgresql_server.control("stop", "-m", "fast")
    try:
        with pytest.raises(StoreError, match="does not answer: no server listens there"):
            store.append([prices(0.1)], now=NOW)
    finally:
        postgresql_server.control("start")
    assert store.append([prices(0.1)], now=NOW).new == 200


def test_a_connection_lost_within_a_change_leaves_nothing_of_it(
    postgresql_server: PostgresqlSite, url: str, store: SqlStore
) -> None:
    run = Run("1", "plan", NOW, None, Outcome.RUNNING)

    def breaking_off() -> Iterator[Piece]:
        yield PlanRecord("week-44", NOW, NOW, "{}")
        hang_up(postgresql_server, url)
        yield run

    with pytest.raises(StoreError, match="stored whole or not at all; repeat it"):
        store.load(breaking_off())
    assert list(store.dump()) == []
    store.load([run])
    assert list(store.dump()) == [run]


@pytest.mark.parametrize("seed", range(3))
def test_a_server_killed_during_appends_leaves_whole_batches_and_takes_the_next(
    postgresql_server: PostgresqlSite, store: SqlStore, seed: int
) -> None:
    done = threading.Event()
    stored: list[str] = []
    refused: dict[str, str] = {}

    def append() -> None:
        while not done.is_set():
            place = f"batch-{len(stored) + len(refused)}"
            try:
                store.append([prices(0.1, rows=ROWS, place=place)], now=NOW)
                stored.append(place)
            except StoreError as fault:
                refused[place] = str(fault)
                time.sleep(0.01)

    with ThreadPoolExecutor(1) as pool:
        appending = pool.submit(append)
        while not stored:
            time.sleep(0.01)
        time.sleep(random.Random(seed).uniform(0.0, 0.2))
        postgresql_server.control("restart", "-m", "immediate")
        done.set()
        appending.result()
    assert all("s3cret" not in text for text in refused.values())
    there = held(store)
    assert set(there.values()) == {ROWS}
    assert set(stored) <= set(there)
    assert len(there) <= len(stored) + 1  # the one that was being acknowledged
    store.append([prices(0.1, rows=ROWS, place="afterwards")], now=NOW)
    assert held(store)["afterwards"] == ROWS
    for place in there:
        assert len(store.read(SeriesKey("pvpc", place), BEGIN, NOW, as_of=NOW)) == ROWS


def test_kill_9_of_the_writer_leaves_whole_batches(url: str) -> None:
    with subprocess.Popen(
        [sys.executable, str(WRITER), url, str(ROWS), "100000"], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        said = writer.stdout.readline()
        time.sleep(0.2)
        os.kill(writer.pid, signal.SIGKILL)
        said += writer.stdout.read()
    acknowledged = len([line for line in said.splitlines() if line.startswith("stored ")])
    with closing(open_store(url)) as store:
        there = held(store)
    assert acknowledged >= 1
    assert set(there.values()) == {ROWS}
    assert len(there) in {acknowledged, acknowledged + 1}


def test_commits_wait_for_the_disk_even_where_the_server_would_not(
    postgresql_server: PostgresqlSite, url: str
) -> None:
    with postgresql_server.administering() as connection:
        connection.execute(f"ALTER DATABASE {name_of(url)} SET synchronous_commit = 'off'")  # type: ignore[call-overload]
    with closing(open_store(url)) as store, store._database.writing() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"


def test_reading_does_not_depend_on_the_isolation_the_server_is_set_to(
    postgresql_server: PostgresqlSite, url: str
) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            f"ALTER DATABASE {name_of(url)} SET default_transaction_isolation = 'serializable'"  # type: ignore[call-overload]
        )
    with closing(open_store(url)) as store:
        with store._database.reading() as connection:
            assert connection.exec_driver_sql("SHOW transaction_isolation").scalar_one() == (
                "repeatable read"
            )
        with store._database.writing() as connection:
            assert connection.exec_driver_sql("SHOW transaction_isolation").scalar_one() == (
                "read committed"
            )
