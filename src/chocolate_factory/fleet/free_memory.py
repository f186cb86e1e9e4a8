"""How much memory can be had: of the machine, or of the container this runs in."""

from __future__ import annotations

import math
from pathlib import Path

MEMORY = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")


def free_gb() -> float:
    """What can be had at this moment [GB]; without bound where the system does not tell."""
    try:
        lines = MEMORY.read_text(encoding="ascii").splitlines()
    except OSError:
        return math.inf  # told by Linux only
    free_kib = next(int(one.split()[1]) for one in lines if one.startswith("MemAvailable"))
    return min(free_kib * 1024 / 1e9, _left_in_container_gb())


def _left_in_container_gb() -> float:
    """What the limit of a container leaves; without bound where there is no such limit.

    Files that were read and not lately again count as used there, and make room for whoever asks.
    """
    try:
        most, used = (int((CGROUP / name).read_text()) for name in ("memory.max", "memory.current"))
        told = dict(line.split() for line in (CGROUP / "memory.stat").read_text().splitlines())
        return (most - used + int(told["inactive_file"])) / 1e9
    except (OSError, ValueError, KeyError):  # "max" where nothing is limited
        return math.inf
