"""A work, killed with SIGKILL, cut off as by a loss of power or short of disk, again and again."""

from __future__ import annotations

import math
import os
import random
import resource
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chaos.works import Left, Told, Work
from chocolate_factory.errors import FactoryError

Do = Callable[[Told], None]
How = Literal["kill", "power", "full"]

_REFUSED = 3
"""Status of a process whose work ended with an error of the tree."""


@dataclass(frozen=True, slots=True)
class Toll:
    """What a work lost over all its deaths, and how long it took to stand again [s]."""

    work: str
    how: How
    deaths: int
    finished: int
    """Times the work was done before death came."""
    acknowledged: int
    left: Left
    recovery_s: float
    """The longest time from opening what was left to having looked at it."""


def suffer(work: Work, *, how: How, points: int, seed: int = 1, for_s: float = math.inf) -> Toll:
    """Let ``work`` die ``points`` times at random points of its time, or for ``for_s``.

    ``kill``: SIGKILL. ``power``: the process is stopped, its files are copied as they stand at that
    instant, and the copy is what is left. ``full``: from that instant on no file can grow; the work
    goes on and has to end with an error of the tree, or well.

    Raises ``AssertionError`` if after a death the work, done again, does not end as an undisturbed
    run ended, and whatever opening what was left raises.
    """
    dice = random.Random(f"{work.name} {how} {seed}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base, calm = folder / "base", folder / "calm"
        base.mkdir()
        _complete(_child(lambda _: work.prepare(base)))
        shutil.copytree(base, calm)
        began = time.monotonic()
        told = _complete(_child(lambda tell: work.do(calm, tell)))
        lasts_s = time.monotonic() - began
        whole = work.content(calm)
        shutil.copytree(base, folder / "before")
        before = work.content(folder / "before")
        if before - whole:
            raise AssertionError(f"{work.name}: undisturbed it loses what was there before")
        deaths = finished = acknowledged = lost = wrong = 0
        slowest_s = 0.0
        end = time.monotonic() + for_s
        for number in range(points):
            if time.monotonic() > end:
                break
            place = folder / str(number)
            shutil.copytree(base, place)
            said, ended = _die(work, place, how, dice.uniform(0.0, lasts_s))
            finished += ended
            deaths += 1
            acknowledged += len(said)
            began = time.monotonic()
            found = work.look(place, said, before=before, whole=whole)
            slowest_s = max(slowest_s, time.monotonic() - began)
            lost += found.lost
            wrong += found.wrong
            _complete(_child(lambda tell, place=place: work.do(place, tell)))
            if work.content(place) != whole:
                raise AssertionError(f"{work.name}: done again after death {number} it differs")
            shutil.rmtree(place)
    if not told and acknowledged:
        raise AssertionError(f"{work.name}: acknowledged what the undisturbed run did not")
    return Toll(work.name, how, deaths, finished, acknowledged, Left(lost, wrong), slowest_s)


def _die(work: Work, place: Path, how: How, after_s: float) -> tuple[list[str], bool]:
    """Start the work and end it; what it had acknowledged by then, and whether it was done."""
    with _child(lambda tell: work.do(place, tell)) as (pid, said):
        deadline = time.monotonic() + after_s
        done = False
        while time.monotonic() < deadline and not done:
            done = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
            time.sleep(0.001)
        if how == "power" and not done:
            os.kill(pid, signal.SIGSTOP)
            cut = place.with_name(f"{place.name}-cut")
            shutil.copytree(place, cut)
            told = _read(said)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            shutil.rmtree(place)
            cut.rename(place)
            return told, False
        if how == "full" and not done:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            _, status = os.waitpid(pid, 0)
            code = os.waitstatus_to_exitcode(status)
            if code not in (0, _REFUSED):
                raise AssertionError(f"{work.name}: on a full disk it ended with status {code}")
            return _read(said), code == 0
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return _read(said), done


@contextmanager
def _child(do: Do) -> Iterator[tuple[int, int]]:
    """Run a function in a process of its own; its number, and where it tells."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reading)

            def tell(what: str) -> None:
                os.write(writing, f"{what}\n".encode())

            do(tell)
            code = 0
        except FactoryError:
            code = _REFUSED
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    os.set_blocking(reading, False)
    try:
        yield pid, reading
    finally:
        os.close(reading)


def _complete(child: AbstractContextManager[tuple[int, int]]) -> list[str]:
    """Wait until a child is done; raises ``AssertionError`` if it failed."""
    with child as (pid, said):
        _, status = os.waitpid(pid, 0)
        if status:
            raise AssertionError(f"the work failed undisturbed, status {status}")
        return _read(said)


def _read(said: int) -> list[str]:
    """The lines told so far; a line cut off is not told."""
    told = b""
    while True:
        try:
            part = os.read(said, 65536)
        except BlockingIOError:
            break
        if not part:
            break
        told += part
    return told.decode().split("\n")[:-1]
