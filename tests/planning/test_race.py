"""Solver processes that race: one that dies is left behind, and what went wrong is told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chocolate_factory.errors import SolverFailed
from chocolate_factory.planning import solve as solving
from chocolate_factory.planning.formulation import formulate
from chocolate_factory.planning.highs import Programme, run
from chocolate_factory.planning.problem import Problem
from chocolate_factory.planning.race import race
from chocolate_factory.planning.solve import programme, solve, solve_raced
from chocolate_factory.planning.solver_process import programme_to_bytes

ONE_IS_KILLED = """
import io, os, signal, sys
import numpy as np
data = sys.stdin.buffer.read()
if int(np.load(io.BytesIO(data))["seed"]) == 0:
    os.kill(os.getpid(), signal.SIGKILL)
sys.stdin = io.TextIOWrapper(io.BytesIO(data))
from chocolate_factory.planning.solver_process import main
main()
"""
KILLED = "import os, signal, sys; sys.stdin.buffer.read(); os.kill(os.getpid(), signal.SIGKILL)"
BABBLES = "import sys; sys.stdin.buffer.read(); print('out of memory')"


@pytest.fixture(scope="module")
def problem(tiny: Any) -> Problem:
    plant = tiny.plant(tiny.stage("press", {"a": [(2, 4.0)]}))
    return tiny.problem(plant, [tiny.demand("a", 2, due=8)], [0.3, 0.1, 0.1, 0.2] * 2)


@pytest.fixture(scope="module")
def numbers(problem: Problem) -> Programme:
    return programme(formulate(problem), None)


def command(script: str) -> Sequence[str]:
    return (sys.executable, "-c", script)


def test_the_other_seed_answers_for_a_process_that_was_killed(numbers: Programme) -> None:
    outcome = race(numbers, seeds=(0, 1), time_limit_s=60.0, command=command(ONE_IS_KILLED))
    alone = run(numbers, time_limit_s=60.0, seed=1)
    assert (outcome.seed, outcome.proven) == (1, True)
    assert outcome.objective == pytest.approx(alone.objective)
    assert outcome.value is not None
    assert alone.value is not None
    np.testing.assert_allclose(outcome.value, alone.value)


def test_when_every_process_is_killed_the_error_says_so_and_what_to_do(
    numbers: Programme,
) -> None:
    with pytest.raises(SolverFailed, match=r"exit status -9, -9.*free memory or plan fewer days"):
        race(numbers, seeds=(0, 1), time_limit_s=60.0, command=command(KILLED))


def test_a_process_that_cannot_be_started_is_left_behind_and_none_is_left_running(
    numbers: Programme, problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def one_alone(*given: Any, **more: Any) -> Any:
        if started:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        started.append(start(*given, **more))
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", one_alone)
    outcome = race(numbers, seeds=(0, 1), time_limit_s=60.0)
    assert (outcome.seed, outcome.proven) == (0, True)
    assert started[0].poll() is not None

    with pytest.raises(SolverFailed, match=r"could be started \(.*unavailable.*free memory"):
        race(numbers, seeds=(0, 1), time_limit_s=60.0)

    known = solve(problem, earliest=True)
    assert known is not None
    monkeypatch.setattr(solving, "ALONE_S", 0.0)
    kept = solve_raced(problem, known=known.starts)
    assert kept is not None
    assert kept.starts["a", 0].sum() == 2
    assert kept.status == "optimal" or "could be started" in kept.trouble


def test_no_process_is_left_that_has_nobody_to_listen_to_it(
    numbers: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def kept(*given: Any, **more: Any) -> Any:
        started.append(start(*given, **more))
        return started[-1]

    class NoThread:
        def __init__(self, **_: object) -> None: ...

        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(subprocess, "Popen", kept)
    monkeypatch.setattr("chocolate_factory.planning.race.Thread", NoThread)
    with pytest.raises(SolverFailed, match="can't start new thread"):
        race(numbers, seeds=(0, 1), time_limit_s=60.0)
    assert [process.poll() for process in started] == [-9, -9]


def test_what_is_no_outcome_is_not_believed(numbers: Programme) -> None:
    with pytest.raises(SolverFailed, match="no solver process said what it found"):
        race(numbers, seeds=(0,), time_limit_s=60.0, command=command(BABBLES))


def test_what_was_found_before_the_race_is_kept_if_the_race_fails(
    problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = solve(problem, earliest=True)
    assert known is not None

    def failing(*_: object, **__: object) -> None:
        raise SolverFailed("no solver process said what it found")

    monkeypatch.setattr(solving, "ALONE_S", 0.0)
    monkeypatch.setattr(solving, "race", failing)
    found = solve_raced(problem, known=known.starts)
    assert found is not None
    assert found.starts["a", 0].sum() == 2
    assert found.status == "optimal" or "no solver process" in found.trouble


def test_what_is_soon_proven_is_not_raced(
    problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a race was started")

    monkeypatch.setattr(solving, "ALONE_S", 600.0)
    monkeypatch.setattr(solving, "race", never)
    raced, alone = solve_raced(problem), solve(problem)
    assert raced is not None
    assert alone is not None
    assert (raced.seed, raced.objective) == (0, pytest.approx(alone.objective))


def test_a_number_that_is_none_never_reaches_the_solver(numbers: Programme) -> None:
    spoiled = replace(numbers, cost=np.full(numbers.cost.size, np.nan))
    with pytest.raises(SolverFailed, match="not a finite number"):
        run(spoiled, time_limit_s=1.0, seed=0)


def hard() -> Programme:
    """Shares that hardly ever come out even: hours of work for their size."""
    rows, columns = 5, 40
    shares = np.random.default_rng(1).integers(0, 100, (rows, columns)).astype(float)
    even = np.floor(shares.sum(axis=1) / 2)
    off = np.hstack([np.eye(rows), -np.eye(rows)])
    values = np.hstack([shares, off])
    total = columns + 2 * rows
    return Programme(
        cost=np.concatenate([np.zeros(columns), np.ones(2 * rows)]),
        lower=np.zeros(total),
        upper=np.concatenate([np.ones(columns), np.full(2 * rows, 1e4)]),
        integer=np.arange(total) < columns,
        row_lower=even,
        row_upper=even,
        begin=np.arange(total + 1, dtype=np.int64) * rows,
        rows=np.tile(np.arange(rows, dtype=np.int64), total),
        values=values.T.ravel(),
        begin_with=None,
    )


def test_a_solver_whose_asker_is_gone_ends_long_before_its_time() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "chocolate_factory.planning.solver_process"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as solver:  # fmt: skip
        assert solver.stdin is not None
        assert solver.stdout is not None
        solver.stdin.write(programme_to_bytes(hard(), time_limit_s=600.0, seed=0))
        solver.stdin.close()
        with pytest.raises(subprocess.TimeoutExpired):
            solver.wait(timeout=5)
        solver.stdout.close()
        assert solver.wait(timeout=20) == 1
