"""Work killed at random points, a few times; the long run is ``make chaos``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chaos.works import works

ROOT = Path(__file__).parents[2]
POINTS = 1
NAMES = [work.name for work in works()]
TOO_LONG = {"training"}
"""Left to the long run, as docs/reliability.md says."""
DEATHS = 6


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=280, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("work", [name for name in NAMES if name not in TOO_LONG])
def test_nothing_acknowledged_is_lost_and_nothing_is_half_there(work: str) -> None:
    done = run("-m", "chaos", "--points", str(POINTS), "--work", work)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith(f"| {work}")]
    assert [row[1] for row in rows] == ["SIGKILL", "power loss", "disk full"]
    assert all((row[2], row[6], row[7]) == (str(POINTS), "0", "0") for row in rows)


@pytest.fixture(scope="module")
def careless() -> list[list[Any]]:
    """Name, acknowledged, lost, wrong, how often it was done and how often at work: each way."""
    done = run(str(Path(__file__).with_name("careless.py")), str(DEATHS))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_work_that_promises_too_early_is_found_out(careless: list[list[Any]]) -> None:
    hasty = [told for name, *told in careless if name == "hasty"]
    assert len(hasty) == 2
    for acknowledged, lost, wrong, finished, _ in hasty:
        assert acknowledged > 0
        assert lost > 0
        assert wrong > 0
        assert finished < DEATHS


def test_a_work_that_loses_what_was_there_and_says_nothing_is_found_out(
    careless: list[list[Any]],
) -> None:
    forgetful = [told for name, *told in careless if name == "forgetful"]
    assert len(forgetful) == 2
    for _, lost, *_ in forgetful:
        assert lost > 0


def test_a_work_that_is_half_there_for_a_moment_only_is_found_out(
    careless: list[list[Any]],
) -> None:
    brief = [told for name, *told in careless if name == "brief"]
    assert [(wrong, writing) for _, _, wrong, _, writing in brief] == [(1, 1), (1, 1)]
