"""A server that is started twice, one that is told to end, and one whose work dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import numpy as np
import psycopg
import pytest
from contracts.postgresql_site import PostgresqlSite
from deploy.conftest import until

from chocolate_factory.app.factory import open_factory
from chocolate_factory.client import Client, Connection
from chocolate_factory.conduct.contracting import last_whole_year
from chocolate_factory.errors import JobFailed, StoreError
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.market.catalog import PVPC, SPOT, spec
from chocolate_factory.market.series import Kind, Observations
from chocolate_factory.schedule import TABLE
from chocolate_factory.schedule.adapter import system_clock
from chocolate_factory.settings import Settings, load_settings
from chocolate_factory.simulation.market import SimulatedMarket
from chocolate_factory.store.base import Outcome, Run
from chocolate_factory.store.opening import open_store
from chocolate_factory.store.postgresql import _SERVING
from chocolate_factory.store.serving import served_alone
from chocolate_factory.web.contract_schemas import ContractRequest
from chocolate_factory.web.upkeep_schemas import JobRun

DRAINED_WITHIN_S = 10.0
QUIET = {
    f"CHOCOLATE_FACTORY_{name}_URL": "http://127.0.0.1:9"
    for name in ("REE", "ESIOS", "OMIE", "OPEN_METEO", "OPEN_METEO_ARCHIVE")
}
"""No service to ask."""
YEAR = last_whole_year(system_clock())


def serving(folder: Path) -> list[str | Path]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = [sys.executable, "-m", "chocolate_factory", "serve"]
    return [*started, "--port", str(port), "--dir", folder]


@contextmanager
def server(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server on a free port, with no service to ask, and its address."""
    with subprocess.Popen(
        serving(folder), env=os.environ | QUIET, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            assert process.stderr is not None
            line = next(line for line in process.stderr if "dashboard: " in line)
            Thread(target=process.stderr.read, daemon=True).start()
            address = line.split()[1].removesuffix("/dashboard")
            _wait_until_it_answers(f"{address}/health")
            yield process, address
        finally:
            process.kill()


def _wait_until_it_answers(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urlopen(url, timeout=5) as answer:  # noqa: S310
                assert answer.status == 200
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_a_second_server_on_the_store_is_refused_and_sigterm_ends_the_first(tmp_path: Path) -> None:
    with server(tmp_path) as (first, _):
        second = subprocess.run(
            serving(tmp_path), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert second.returncode == 1
        assert f"served already, by process {first.pid} of this machine" in second.stderr
        assert "--dir" in second.stderr
        assert "Traceback" not in second.stderr
        began = time.monotonic()
        first.send_signal(signal.SIGTERM)
        first.wait(timeout=60)
        assert time.monotonic() - began < DRAINED_WITHIN_S
    with served_alone(f"sqlite:///{tmp_path}/chocolate-factory.db", tmp_path):
        pass  # the lock went with the process


def fill(folder: Path, *, first: date, due: str = "") -> None:
    """Prices from that day up to now, and no job that missed its time but one that is ``due``."""
    now = system_clock()
    market = SimulatedMarket(1)
    with closing(open_store(Settings(data_dir=folder).store)) as store:
        for key, told in ((PVPC, market.pvpc), (SPOT, market.spot)):
            start, value = told(first, delivery_day(now))
            about = spec(key)
            prices = Observations(
                key, "simulation:ree", Kind.PUBLISHED, start, about.resolutions_s(start), value,
                about.inferred_available_at(start), np.ones(start.size, dtype=bool),
            )  # fmt: skip
            store.append([prices], now=now)
        for name in {timing.name for timing in TABLE} - {due}:
            store.save_run(Run(f"{name}-1", name, now, now, Outcome.DONE))


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stored")
    fill(folder, first=date(YEAR, 1, 1))
    return folder


def advising(address: str, server_pid: int) -> tuple[str, list[int]]:
    """Ask for an advice on contracted power, which takes minutes; its run, and its processes."""
    connection = Connection(address)
    with Client(connection=connection) as factory:
        run = connection.send("/optimize/contract", JobRun, body=ContractRequest(year=YEAR))
        deadline = time.monotonic() + 200
        while "worked out" not in factory.job(run.id).detail:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    children = Path(f"/proc/{server_pid}/task").glob("*/children")
    pids = [int(pid) for path in children for pid in path.read_text().split()]
    apart = [pid for pid in pids if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return run.id, apart


@pytest.mark.parametrize(
    ("how", "tell"),
    [(signal.SIGTERM, os.kill), (signal.SIGINT, os.killpg), (signal.SIGTERM, os.killpg)],
    ids=["SIGTERM", "Ctrl+C in a terminal", "SIGTERM to all processes"],
)
def test_work_in_a_process_of_its_own_does_not_hold_up_the_end(
    stored: Path, how: signal.Signals, tell: Callable[[int, int], None]
) -> None:
    with server(stored) as (running, address):
        run, workers = advising(address, running.pid)
        assert len(workers) == 1
        began = time.monotonic()
        tell(running.pid, how)
        running.wait(timeout=60)
        assert time.monotonic() - began < DRAINED_WITHIN_S
        assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
    with open_factory(load_settings(data_dir=stored)) as factory:
        assert {one.run_id: one.outcome for one in factory.store.runs(job="advise-contract")}[
            run
        ] is Outcome.INTERRUPTED


def test_a_process_that_dies_fails_its_job_and_nothing_else(stored: Path) -> None:
    with server(stored) as (running, address), Client(address) as factory:
        run, (worker,) = advising(address, running.pid)
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(JobFailed, match="killed, or out of memory"):
            factory.follow(factory.job(run), within=timedelta(minutes=1))
        assert factory.job(run).state == "failed"


def test_a_lock_left_by_a_killed_server_is_nobodys(tmp_path: Path) -> None:
    with server(tmp_path) as (first, _):
        first.kill()
        first.wait(timeout=60)
        with served_alone(f"sqlite:///{tmp_path}/chocolate-factory.db", tmp_path):
            pass


def test_a_lock_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("no folder")
    url = f"sqlite:///{place}/store.db"
    with pytest.raises(StoreError, match="cannot be written"), served_alone(url, place):
        pass


def test_a_postgresql_store_is_locked_whatever_the_folder(tmp_path: Path, postgresql_urls) -> None:
    url = postgresql_urls()
    refused = pytest.raises(StoreError, match="served already, by another one")
    with served_alone(url, tmp_path / "one"), refused, served_alone(url, tmp_path / "other"):
        pass
    with served_alone(url, tmp_path / "other"):
        pass


def holders(site: PostgresqlSite) -> list[int]:
    """The sessions that hold an advisory lock."""
    with site.administering() as connection:
        told = connection.execute(
            "SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
        )
        return [pid for (pid,) in told]


def test_after_a_restart_of_the_database_its_server_is_still_the_only_one(
    tmp_path: Path, postgresql_server: PostgresqlSite, postgresql_urls, monkeypatch
) -> None:
    monkeypatch.setattr("chocolate_factory.store.serving.LOOK_S", 0.05)
    url = postgresql_urls()
    with served_alone(url, tmp_path / "one") as taken:
        postgresql_server.control("restart", "-m", "fast")
        until(lambda: holders(postgresql_server))
        refused = pytest.raises(StoreError, match="served already, by another one")
        with refused, served_alone(url, tmp_path / "other"):
            pass
        assert not taken.is_set()
    with served_alone(url, tmp_path / "other"):
        pass


def test_a_server_whose_database_another_one_took_ends_and_says_so(
    tmp_path: Path, postgresql_server: PostgresqlSite, postgresql_urls
) -> None:
    url, said = postgresql_urls(), tmp_path / "said"
    at_url = {**QUIET, "CHOCOLATE_FACTORY_STORE_URL": url}
    with (
        said.open("w") as file,
        subprocess.Popen(serving(tmp_path), env=os.environ | at_url, stderr=file) as first,
        psycopg.connect(url, autocommit=True) as other,
    ):
        try:
            until(lambda: "dashboard: " in said.read_text(), within_s=60)
            until(lambda: len(holders(postgresql_server)) == 1)  # nobody writes just now
            (holder,) = holders(postgresql_server)
            taking = Thread(target=other.execute, args=(f"SELECT pg_advisory_lock({_SERVING})",))
            taking.start()  # it is the next to be given the lock
            with postgresql_server.administering() as connection:
                connection.execute("SELECT pg_terminate_backend(%s)", [holder])
            taking.join(timeout=60)
            assert first.wait(timeout=60) == 1
        finally:
            first.kill()
    told = said.read_text()
    assert "was lost, and meanwhile this store is served already, by another one" in told
    assert "Traceback" not in told
