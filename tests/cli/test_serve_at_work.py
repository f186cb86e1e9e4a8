"""A server whose training runs out of memory, and one that is told to end while it works."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from cli.test_serve_twice import DRAINED_WITHIN_S, fill, server

from chocolate_factory.app.files import template
from chocolate_factory.market.calendar import delivery_day
from chocolate_factory.schedule.adapter import system_clock
from chocolate_factory.settings import Settings
from chocolate_factory.store.base import Outcome
from chocolate_factory.store.opening import open_store

WAITS_S = 120.0
STARTED_BYTES = 120e6
"""What a process holds once its libraries are loaded."""
TOO_LITTLE_BYTES = 2**26

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and prlimit")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path, first=delivery_day(system_clock()) - timedelta(days=200))
    return tmp_path


def asked(address: str, path: str, *, method: str = "GET") -> Any:
    with urlopen(Request(address + path, method=method), timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def details(address: str) -> dict[str, str]:
    """How far the newest run of each job is, in words."""
    return {run["job"]: run["detail"] for run in reversed(asked(address, "/jobs")["runs"])}


def at_work(pid: int, what: str) -> Iterator[int]:
    """Processes that ``pid``, or one that it started, started and that are called with ``what``."""
    parent, called = {}, {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent[int(place.name)] = int(
                (place / "stat").read_text().rpartition(")")[2].split()[1]
            )
            called[int(place.name)] = (place / "cmdline").read_text()
        except OSError:
            continue
    for one, command in called.items():
        above = parent.get(one)
        while above is not None and above != pid:
            above = parent.get(above)
        if above == pid and what in command:
            yield one


def waited_for(what: Any) -> Any:
    """What ``what`` answers once it is something."""
    deadline = time.monotonic() + WAITS_S
    while not (told := what()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return told


def begun(
    process: subprocess.Popen[str], address: str, path: str, worker: str, *, after: str = ""
) -> tuple[str, int]:
    """The id of the work that is asked for, and a process that is at it.

    Work that ended before its process was seen is asked for again; so is where the answer is still
    the run that has just ended, ``after``.
    """
    deadline = time.monotonic() + WAITS_S
    while True:
        run_id = asked(address, path, method="POST")["id"]
        while (run := asked(address, f"/jobs/{run_id}"))["finished"] is None:
            if (pid := next(at_work(process.pid, worker), None)) is not None:
                return run_id, pid
            assert time.monotonic() < deadline, run
            time.sleep(0.1)
        assert run["state"] == "done" or run_id == after, run
        assert time.monotonic() < deadline, run


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def ends_in_time(
    process: subprocess.Popen[str], worker: int, tell: Callable[[int, int], None] = os.kill
) -> None:
    began = time.monotonic()
    tell(process.pid, signal.SIGTERM)
    process.wait(timeout=60)
    assert time.monotonic() - began < DRAINED_WITHIN_S
    waited_for(lambda: not Path(f"/proc/{worker}").exists())


def test_a_training_without_memory_is_a_failed_job_and_sigterm_ends_the_next(folder: Path) -> None:
    with server(folder) as (process, address):
        run_id, worker = begun(process, address, "/models/train", "spawn_main")
        waited_for(lambda: resident_bytes(worker) > STARTED_BYTES)
        resource.prlimit(worker, resource.RLIMIT_DATA, (TOO_LITTLE_BYTES, TOO_LITTLE_BYTES))
        run = waited_for(lambda: (told := asked(address, f"/jobs/{run_id}"))["finished"] and told)
        assert run["state"] == "failed"
        assert "out of memory" in run["detail"]
        asked(address, "/health")
        _, worker = begun(process, address, "/models/train", "spawn_main", after=run_id)
        ends_in_time(process, worker)


def test_sigterm_to_all_ends_a_server_that_learns_advice_and_nothing_is_begun_anew(
    tmp_path: Path,
) -> None:
    """As a service manager sends it: who learns dies, which is no failure of its job."""
    fill(tmp_path, first=delivery_day(system_clock()) - timedelta(days=400), due="train-advice")
    with server(tmp_path) as (process, address):
        learns = waited_for(lambda: next(at_work(process.pid, "spawn_main"), None))
        waited_for(lambda: "replaying" in details(address)["train-advice"])
        asked(address, "/models/train", method="POST")  # waits behind it
        ends_in_time(process, learns, os.killpg)
    with closing(open_store(Settings(data_dir=tmp_path).store)) as store:
        for job in ("train-advice", "train-prices"):
            assert store.runs(job=job)[0].outcome is Outcome.INTERRUPTED


def test_sigterm_ends_a_server_that_plans_and_its_solvers(folder: Path) -> None:
    config = folder / "config"  # a plant whose proof takes many seconds, so that seeds are raced
    config.mkdir()
    for name, text in template("cold-store").items():
        (config / name).write_text(text, encoding="utf-8")
    with server(folder) as (process, address):
        _, worker = begun(process, address, "/optimize/production/daily", "solver_process")
        ends_in_time(process, worker)
