"""What was acknowledged is there, what was not is not there by half: kill -9 and full disks."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from chocolate_factory.store.sql import open_store

WRITER = Path(__file__).with_name("writer.py")
ROWS = 4000


def words(output: str, verb: str) -> list[list[str]]:
    """The lines that begin with ``verb``, split at spaces, without it."""
    return [line.split()[1:] for line in output.splitlines() if line.startswith(f"{verb} ")]


def held(path: Path) -> Counter[str]:
    """Delivery periods by place, after opening the store as a user would."""
    store = open_store(f"sqlite:///{path}")
    try:
        return Counter({coverage.key.place: coverage.count for coverage in store.coverage()})
    finally:
        store.close()


def in_small_file_system(script: str, folder: Path) -> str:
    """Run a shell script in a namespace where it may mount; skips where that is not allowed."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        pytest.skip("needs Linux and unshare to mount a small file system")
    inside = ["unshare", "--map-root-user", "--mount", "sh", "-ec"]
    mount = f"mount -t tmpfs -o size=1m none '{folder}'"
    if subprocess.run([*inside, mount], capture_output=True, check=False).returncode:
        pytest.skip("not allowed to mount a small file system here")
    done = subprocess.run(
        [*inside, f"{mount}\n{script}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("seed", range(5))
def test_kill_9_during_append_leaves_whole_batches(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "store.db"
    command = [sys.executable, str(WRITER), f"sqlite:///{path}", str(ROWS), "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = writer.stdout.readline()
        time.sleep(random.Random(seed).uniform(0.0, 0.3))
        os.kill(writer.pid, signal.SIGKILL)
        said += writer.stdout.read()
    acknowledged = len(words(said, "stored"))
    batches = held(path)
    assert acknowledged >= 1
    assert set(batches.values()) == {ROWS}
    assert set(batches) == {f"batch-{number}" for number in range(len(batches))}
    assert len(batches) in (acknowledged, acknowledged + 1)
    with sqlite3.connect(path) as connection:
        counts = connection.execute("SELECT count(*) FROM observation GROUP BY series_id")
        assert counts.fetchall() == [(ROWS,)] * len(batches)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_a_limit_on_file_size_refuses_the_whole_batch_and_keeps_the_others(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    said = subprocess.run(
        [sys.executable, str(WRITER), f"sqlite:///{path}", str(ROWS), "50", "1000000"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    stored = {f"batch-{number}": ROWS for (number,) in words(said, "stored")}
    assert stored
    assert "cannot be read or written" in said
    assert str(path) in said
    assert {place: int(count) for place, count in words(said, "holds")} == stored
    assert held(path) == stored


def test_a_full_disk_refuses_the_whole_batch_and_keeps_the_others(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/disk/store.db"
    disk = tmp_path / "disk"
    disk.mkdir()
    writer = f"'{sys.executable}' '{WRITER}' '{url}'"
    said = in_small_file_system(
        f"{writer} {ROWS} 50; mount -o remount,size=20m '{disk}'; echo grown; {writer} {ROWS} 5",
        disk,
    )
    before, after = said.split("grown")
    stored = {f"batch-{number}": ROWS for (number,) in words(before, "stored")}
    assert stored
    assert "the disk is full" in before
    assert {place: int(count) for place, count in words(before, "holds")} == stored
    assert len(words(after, "stored")) == 5
    assert "refused" not in after


def test_a_disk_without_room_for_a_new_store_is_refused(tmp_path: Path) -> None:
    said = in_small_file_system(
        f"dd if=/dev/zero of='{tmp_path}/filler' bs=4096 status=none || true\n"
        f"'{sys.executable}' '{WRITER}' 'sqlite:///{tmp_path}/store.db' 10 1",
        tmp_path,
    )
    assert said.startswith("closed the store")
    assert "the disk is full" in said


def test_a_read_only_disk_is_refused_with_the_place_and_the_remedy(tmp_path: Path) -> None:
    said = in_small_file_system(
        f"mount -o remount,ro '{tmp_path}'\n"
        f"'{sys.executable}' '{WRITER}' 'sqlite:///{tmp_path}/store.db' 10 1",
        tmp_path,
    )
    assert said.startswith(f"closed the store {tmp_path}/store.db cannot be opened")


def test_a_store_on_a_disk_that_became_read_only_is_refused(tmp_path: Path) -> None:
    writer = f"'{sys.executable}' '{WRITER}' 'sqlite:///{tmp_path}/store.db'"
    said = in_small_file_system(
        f"{writer} 10 1\nmount -o remount,ro '{tmp_path}'\n{writer} 20 1", tmp_path
    )
    first, second = said.splitlines()
    assert first == "stored 0"
    assert "store.db cannot be" in second
    assert "directory" in second
