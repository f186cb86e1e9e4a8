"""A library to be compared with, in an environment of its own, asked in a process of its own.

Environments are made once, under ``build/peers``, from whatever index pip is set up with, and used
again; delete them freely. A peer that cannot be installed is skipped, and why is said. One that is
installed and does not answer fails the benchmark: what asks it is ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ENVIRONMENTS = Path(__file__).parents[1] / "build" / "peers"
ANSWER = "RESULT "
"""What the line that holds a peer's answer begins with; libraries print what they like."""


INSTALL_S = 900.0
"""How long installing a peer may take."""
SAME_COST = 1e-4
"""How far apart two proven costs of the same week may be, relative: more than both gaps (1e-6)."""


class PeerMissing(Exception):
    """A peer cannot be installed or begun; the text says why, on one line."""


class PeerFailed(Exception):
    """A peer that is installed does not answer what it is asked: a defect of the benchmark."""


def installed(name: str, wanted: Sequence[str]) -> Path:
    """The Python of an environment that has the ``wanted`` requirements, made if there is none.

    Raises ``PeerMissing`` where they cannot be installed.
    """
    folder = ENVIRONMENTS / name
    python, mark = folder / "bin" / "python", folder / "installed.txt"
    if mark.is_file() and mark.read_text("utf-8").split() == list(wanted):
        return python
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    try:
        venv.create(folder, with_pip=False, clear=True)
        _run([*pip, "--no-compile", *wanted], within_s=INSTALL_S)
        mark.write_text("\n".join(wanted), "utf-8")
    except (OSError, subprocess.SubprocessError) as fault:
        raise PeerMissing(_why(fault)) from None
    return python


def asked(
    python: Path, script: str, question: Mapping[str, Any], *, within_s: float
) -> dict[str, Any]:
    """What the script answers: it reads the question as JSON and prints ``RESULT`` and JSON.

    Raises ``PeerMissing`` where its Python cannot be begun, ``PeerFailed`` where it ends with an
    error, without an answer or not within ``within_s`` seconds.
    """
    try:
        said = _run([str(python), "-c", script], json.dumps(question), within_s=within_s).stdout
    except OSError as fault:
        raise PeerMissing(_why(fault)) from None
    except subprocess.SubprocessError as fault:
        raise PeerFailed(_why(fault)) from None
    answers = [line for line in said.splitlines() if line.startswith(ANSWER)]
    if not answers:
        raise PeerFailed(f"no answer: {said[-200:]}")
    found: dict[str, Any] = json.loads(answers[-1].removeprefix(ANSWER))
    return found


def same_cost(one_eur: float, other_eur: float) -> bool:
    """Whether two proven costs are of one problem."""
    return abs(one_eur - other_eur) <= SAME_COST * abs(one_eur)


def _run(
    command: Sequence[str], told: str = "", *, within_s: float
) -> subprocess.CompletedProcess[str]:
    one_thread = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    return subprocess.run(
        command, input=told, check=True, capture_output=True, text=True, timeout=within_s,
        env={**os.environ, **one_thread},
    )  # fmt: skip


def _why(fault: OSError | subprocess.SubprocessError) -> str:
    if isinstance(fault, subprocess.TimeoutExpired):
        return f"not done within {fault.timeout:.0f} s"
    said = (getattr(fault, "stderr", None) or str(fault)).strip().splitlines()
    return said[-1] if said else "it ended without a word"
