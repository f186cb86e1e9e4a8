"""Two seeds of one solver raced in two processes: the first proof ends the race.

Few weeks are hard, and which are depends on the seed; a second one is cheap insurance. A process
that cannot be started, is killed, crashes or overruns its time is left behind, and the other goes
on. The same
programme and seed give the same solution, so the seed that won is kept with the plan.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from threading import Thread

from chocolate_factory.errors import SolverFailed
from chocolate_factory.planning.highs import Outcome, Programme
from chocolate_factory.planning.solver_process import outcome_from_bytes, programme_to_bytes

GRACE_S = 10.0
"""How much longer than its time a solver process may take to say what it found."""

_LOOK_S = 0.02


def race(
    programme: Programme,
    *,
    seeds: Sequence[int],
    time_limit_s: float,
    command: Sequence[str] = (),
) -> Outcome:
    """The first proof of any of ``seeds``, or the best that was found when time is up.

    ``command``: what to start in place of this interpreter's solver process.

    Raises ``SolverFailed`` if no process says anything: none could be started, or all were killed,
    crashed or overran.
    """
    runners: list[_Runner] = []
    fault: Exception | None = None
    end = time.monotonic() + time_limit_s + GRACE_S
    try:
        for seed in seeds:
            try:
                runners.append(_Runner(programme, seed, time_limit_s, command))
            except (OSError, RuntimeError) as error:  # no memory, process or thread is left
                fault = error
        if not runners:
            raise SolverFailed(
                f"no solver process could be started ({fault}): free memory or plan fewer days"
            )
        while time.monotonic() < end:
            told = [runner.outcome for runner in runners if runner.outcome is not None]
            proof = next((one for one in told if one.proven or one.impossible), None)
            if proof is not None:
                return proof
            if all(runner.is_over for runner in runners):
                break
            time.sleep(_LOOK_S)
    finally:
        for runner in runners:
            runner.stop()
    told = [runner.outcome for runner in runners if runner.outcome is not None]
    if not told:
        ends = ", ".join(str(runner.exit_status) for runner in runners)
        raise SolverFailed(
            f"no solver process said what it found (exit status {ends}): killed, out of memory, or "
            "still at work when its time was over; free memory or plan fewer days"
        )
    best = min(told, key=lambda outcome: outcome.objective)
    return replace(best, bound=min(max(one.bound for one in told), best.objective))


class _Runner:
    """One solver process, fed and listened to by a thread so that no pipe ever blocks the race."""

    def __init__(
        self, programme: Programme, seed: int, time_limit_s: float, command: Sequence[str]
    ) -> None:
        self.outcome: Outcome | None = None
        data = programme_to_bytes(programme, time_limit_s=time_limit_s, seed=seed)
        self._process = subprocess.Popen(  # noqa: S603  (this interpreter, no user input)
            [*(command or (sys.executable, "-m", "chocolate_factory.planning.solver_process"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        self._thread = Thread(target=self._talk, args=(data,), daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            self._process.kill()
            self._process.communicate()
            raise

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    @property
    def exit_status(self) -> int | None:
        return self._process.returncode

    def stop(self) -> None:
        """End the process, if it is still there, and wait for it."""
        if self._process.poll() is None:
            self._process.kill()
        self._thread.join()
        self._process.wait()

    def _talk(self, data: bytes) -> None:
        try:
            said, _ = self._process.communicate(data)
        except (BrokenPipeError, OSError, ValueError):
            return
        self.outcome = outcome_from_bytes(said)
