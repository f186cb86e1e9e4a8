"""Servers of a benchmark's own, on loopback: PostgreSQL, and a Dask scheduler with workers."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

USER = "fleet"
ENDS_WITHIN_S = 10.0


@dataclass(frozen=True)
class Postgresql:
    """A running server; its databases are reached from this machine without a password."""

    port: int
    folder: Path

    def processor_s(self) -> float:
        """Processor seconds that all its processes have used, ended ones too [s]."""
        first = psutil.Process(int((self.folder / "data/postmaster.pid").read_text().split()[0]))
        ended = first.cpu_times()
        alive = sum(sum(one.cpu_times()[:2]) for one in (first, *first.children()))
        return alive + ended.children_user + ended.children_system

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, *, like: str = "template0") -> str:
        """Create a database, as a copy of another one if that is named; its address."""
        self.run(f'CREATE DATABASE "{database}" TEMPLATE "{like}"')
        return self.url(database)

    def run(self, statement: str) -> None:
        """A statement outside of any transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


def missing_servers() -> str | None:
    """What has to be installed for these servers; None if all is there."""
    if find_spec("distributed") is None:
        return "Dask: pip install distributed"
    return None if _binaries() else "PostgreSQL's own programs: apt-get install postgresql"


@contextmanager
def postgresql() -> Iterator[Postgresql]:
    """A server in a temporary folder that commits to the disk; deleted at the end."""
    binaries = _binaries()
    assert binaries is not None, missing_servers()
    folder, port = Path(tempfile.mkdtemp(prefix="fleet-postgresql-")), free_port()
    as_user = []
    if os.geteuid() == 0:  # it refuses to run as root
        as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        shutil.chown(folder, "nobody", "nogroup")

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [*as_user, str(binaries / program), "-D", str(folder / "data"), *arguments],
            cwd=folder, env={"HOME": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip

    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{folder}'"
    try:
        run("initdb", "-U", USER, "-A", "trust", "--encoding=UTF8", "--locale=C.UTF-8")
        run("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", options)
        try:
            yield Postgresql(port, folder)
        finally:
            run("pg_ctl", "stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Dask:
    """A running scheduler and its workers, each a process with one thread."""

    url: str
    scheduler: subprocess.Popen[bytes]
    folder: Path
    environment: dict[str, str]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add_worker(self) -> subprocess.Popen[bytes]:
        """One worker more, without a nanny: when it is killed it stays away."""
        self.workers.append(
            subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_worker", self.url, "--nthreads", "1",
                 "--no-nanny", "--no-dashboard", "--local-directory", str(self.folder)],
                env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
        )  # fmt: skip
        return self.workers[-1]


@contextmanager
def dask(workers: int, **environment: str) -> Iterator[Dask]:
    """A scheduler with so many workers, once all have joined; ``environment`` is the workers'."""
    from distributed import Client  # noqa: PLC0415  (an extra)

    port = free_port()
    url = f"tcp://127.0.0.1:{port}"
    surroundings = {**os.environ, **environment}
    with tempfile.TemporaryDirectory(prefix="fleet-dask-") as folder:
        scheduler = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1",
             "--port", str(port), "--no-dashboard"],
            env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        cluster = Dask(url, scheduler, Path(folder), surroundings)
        try:
            for _ in range(workers):
                cluster.add_worker()
            wait_for(port)
            with Client(url, timeout=60, set_as_default=False) as client:
                client.wait_for_workers(workers, timeout=300)
            yield cluster
        finally:
            for process in (*cluster.workers, scheduler):
                process.terminate()
            for process in (*cluster.workers, scheduler):
                _ended(process)


def _ended(process: subprocess.Popen[bytes]) -> None:
    """A worker may wait for ever for a scheduler that is gone already."""
    try:
        process.wait(timeout=ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _binaries() -> Path | None:
    """The folder of PostgreSQL's programs; Debian keeps them off the search path."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    return sorted(found)[-1].parent if found else None


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(port: int, *, within_s: float = 120.0) -> None:
    """Wait until something listens there."""
    end = time.monotonic() + within_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > end:
                raise SystemExit(f"nothing listens on port {port}") from None
            time.sleep(0.1)
        else:
            return
