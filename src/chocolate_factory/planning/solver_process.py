"""A solver in its own process: a programme on standard input, its outcome on standard output.

Run as ``python -m chocolate_factory.planning.solver_process``. It is started by
``planning.race`` and can be killed at any time: it owns nothing but its pipes. It ends by itself
when nobody is left who listens.
"""

from __future__ import annotations

import io
import os
import select
import sys
import threading
from dataclasses import fields

import numpy as np

from chocolate_factory.planning.highs import Outcome, Programme, run

_NOTHING = np.zeros(0)


def programme_to_bytes(programme: Programme, *, time_limit_s: float, seed: int) -> bytes:
    """What a solver process reads."""
    arrays = {field.name: getattr(programme, field.name) for field in fields(Programme)}
    if programme.begin_with is None:
        arrays["begin_with"] = _NOTHING
    return _packed(**arrays, time_limit_s=np.float64(time_limit_s), seed=np.int64(seed))


def outcome_to_bytes(outcome: Outcome) -> bytes:
    """What a solver process writes."""
    return _packed(
        proven=np.bool_(outcome.proven),
        impossible=np.bool_(outcome.impossible),
        status=np.array(outcome.status),
        value=_NOTHING if outcome.value is None else outcome.value,
        found=np.bool_(outcome.value is not None),
        objective=np.float64(outcome.objective),
        bound=np.float64(outcome.bound),
        seed=np.int64(outcome.seed),
    )


def outcome_from_bytes(data: bytes) -> Outcome | None:
    """The outcome a solver process wrote; None if it wrote none or not all of it."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as told:
            return Outcome(
                proven=bool(told["proven"]),
                impossible=bool(told["impossible"]),
                status=str(told["status"]),
                value=told["value"] if told["found"] else None,
                objective=float(told["objective"]),
                bound=float(told["bound"]),
                seed=int(told["seed"]),
            )
    except (OSError, ValueError, KeyError, EOFError):
        return None


def main() -> None:
    """Solve what standard input holds."""
    answer = os.dup(sys.stdout.fileno())
    threading.Thread(target=_end_unheard, args=(answer,), daemon=True).start()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what the solver itself prints
    with np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False) as asked:
        given = {field.name: asked[field.name] for field in fields(Programme)}
        time_limit_s, seed = float(asked["time_limit_s"]), int(asked["seed"])
    if given["begin_with"].size == 0:
        given["begin_with"] = None
    outcome = run(Programme(**given), time_limit_s=time_limit_s, seed=seed)
    with os.fdopen(answer, "wb") as out:
        out.write(outcome_to_bytes(outcome))


def _end_unheard(answer: int) -> None:
    listening = select.poll()
    listening.register(answer, select.POLLERR)  # the other end of a pipe is closed
    listening.poll()
    os._exit(1)


def _packed(**arrays: np.ndarray | np.generic) -> bytes:
    packed = io.BytesIO()
    np.savez(packed, **arrays)  # type: ignore[arg-type]
    return packed.getvalue()


if __name__ == "__main__":
    main()
