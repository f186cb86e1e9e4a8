"""A private PostgreSQL server for the tests: real binaries, a temporary folder, loopback only."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from chocolate_factory.store.base import Store
from chocolate_factory.store.sql import open_store

USER = "keeper"
PASSWORD = "s3cret/@:pass"  # noqa: S105 - must be written differently in a URL


@dataclass(frozen=True)
class PostgresqlSite:
    """One running cluster."""

    folder: Path
    binaries: Path
    port: int

    def fresh_url(self) -> str:
        """The URL of a new, empty database."""
        name = f"store_{uuid.uuid4().hex[:12]}"
        with self.administering() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
            )
        return self.url(name)

    def url(self, database: str, *, user: str = USER, password: str = PASSWORD) -> str:
        """The URL of a database."""
        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def administering(self, database: str = "postgres") -> psycopg.Connection:
        """A connection of its own, outside of transactions."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname=database,
            autocommit=True,
        )  # fmt: skip

    def drop(self, url: str) -> None:
        """Delete a database, whoever is still connected."""
        name = url.rpartition("/")[2]
        with self.administering() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def control(self, verb: str, *more: str) -> None:
        """Let ``pg_ctl`` start, stop or restart the server, and wait for it."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off"
        options += f" -c unix_socket_directories='{self.folder}' -c max_connections=60"
        started = ["-o", options] if verb in {"start", "restart"} else []
        self.run(
            "pg_ctl", verb, "-w", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"),
            *started, *more,
        )  # fmt: skip

    def run(self, program: str, *arguments: str) -> None:
        """A program of PostgreSQL, as a user it accepts: it refuses to run as root."""
        as_user = []
        if os.geteuid() == 0:
            as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        subprocess.run(
            [*as_user, str(self.binaries / program), *arguments],
            cwd=self.folder,
            env={"HOME": str(self.folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=60,
        )


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlSite]:
    """The one server of a test run; skips where PostgreSQL is not installed."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("needs PostgreSQL's own programs (Debian package postgresql)")
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("PostgreSQL does not run as root, and there is no setpriv to change user")
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    site = PostgresqlSite(folder, binaries, _free_port())
    (folder / "password").write_text(PASSWORD)
    if os.geteuid() == 0:
        for path in (folder, folder / "password"):
            shutil.chown(path, "nobody", "nogroup")
    try:
        site.run(
            "initdb", "-D", str(folder / "data"), "-U", USER, "-A", "scram-sha-256", "--no-sync",
            f"--pwfile={folder / 'password'}", "--encoding=UTF8", "--locale=C.UTF-8",
        )  # fmt: skip
        site.control("start")
        try:
            yield site
        finally:
            site.control("stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def postgresql_urls(postgresql_server: PostgresqlSite) -> Iterator[Callable[[], str]]:
    """Gives the URL of a new, empty database at every call."""
    urls: list[str] = []

    def fresh() -> str:
        urls.append(postgresql_server.fresh_url())
        return urls[-1]

    yield fresh
    for url in urls:
        postgresql_server.drop(url)


def postgresql(request: pytest.FixtureRequest, name: str) -> Callable[[], Store]:
    """An empty store for the contract suite, in a database of its own."""
    url = request.getfixturevalue("postgresql_urls")()
    return lambda: open_store(url)


def _binaries() -> Path | None:
    """The folder of PostgreSQL's programs; Debian keeps them off the search path."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
