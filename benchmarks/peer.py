"""A library to be compared with, in an environment of its own, asked in a process of its own.

Environments are made once, under ``build/peers``, from whatever index pip is set up with, and used
again; delete them freely. A peer that cannot be installed or fails is skipped, and why is said.
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


class PeerMissing(Exception):
    """A peer cannot be had or does not answer; the text says why, on one line."""


def installed(name: str, wanted: Sequence[str]) -> Path:
    """The Python of an environment that has the ``wanted`` requirements, made if there is none.

    Raises ``PeerMissing`` where they cannot be installed.
    """
    folder = ENVIRONMENTS / name
    python, mark = folder / "bin" / "python", folder / "installed.txt"
    if mark.is_file() and mark.read_text("utf-8").split() == list(wanted):
        return python
    venv.create(folder, with_pip=False, clear=True)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-compile",
    ]
    _run([*pip, *wanted])
    mark.write_text("\n".join(wanted), "utf-8")
    return python


def asked(python: Path, script: str, question: Mapping[str, Any]) -> dict[str, Any]:
    """What the script answers: it reads the question as JSON and prints ``RESULT`` and JSON.

    Raises ``PeerMissing`` where it ends with an error or without an answer.
    """
    said = _run([str(python), "-c", script], json.dumps(question)).stdout
    answers = [line for line in said.splitlines() if line.startswith(ANSWER)]
    if not answers:
        raise PeerMissing(f"no answer: {said[-200:]}")
    found: dict[str, Any] = json.loads(answers[-1].removeprefix(ANSWER))
    return found


def _run(command: Sequence[str], told: str = "") -> subprocess.CompletedProcess[str]:
    one_thread = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    try:
        return subprocess.run(
            command, input=told, check=True, capture_output=True, text=True,
            env={**os.environ, **one_thread},
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as fault:
        said = (getattr(fault, "stderr", None) or str(fault)).strip().splitlines()
        raise PeerMissing(said[-1] if said else "it ended without a word") from None
