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
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chaos.works import Left, Told, Work
from chocolate_factory.errors import FactoryError

Do = Callable[[Told], None]
How = Literal["kill", "power", "full"]

SOON_S = 0.02
"""How long after a change of its files a work dies, at most [s]."""

NO_CONTENT = "-shm"
"""Ending of what SQLite holds of other files, and no program reads after a death."""

_REFUSED = 3
"""Status of a process whose work ended with an error of the tree."""


@dataclass(frozen=True, slots=True)
class Point:
    """When death comes: ``after_s`` after its start, or after so many ``changes`` of its files."""

    after_s: float
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Death:
    """What was acknowledged, whether the work was done, how often it had changed its files."""

    told: list[str]
    done: bool
    changes: int


@dataclass(frozen=True, slots=True)
class Toll:
    """What a work lost over all its deaths, and how long it took to stand again [s]."""

    work: str
    how: How
    deaths: int
    finished: int
    """Times the work was done before death came."""
    writing: int
    """Deaths after its first change of a file and before its last, of as many as undisturbed."""
    acknowledged: int
    left: Left
    recovery_s: float
    """The longest time from opening what was left to having looked at it."""


def suffer(work: Work, *, how: How, points: int, seed: int = 1, for_s: float = math.inf) -> Toll:
    """Let ``work`` die ``points`` times at random points, or for ``for_s``.

    Every other point is just after it changed a file, so that work which computes for long and
    writes in a moment dies in that moment too; the others are anywhere in its time.

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
        with _child(lambda tell: work.do(calm, tell)) as (pid, said):
            files = Changes(calm)
            _wait(pid, files, Point(math.inf))
            _ended_well(pid)
            told = _read(said)
        lasts_s = time.monotonic() - began
        whole = work.content(calm)
        shutil.copytree(base, folder / "before")
        before = work.content(folder / "before")
        if before - whole:
            raise AssertionError(f"{work.name}: undisturbed it loses what was there before")
        deaths = finished = writing = acknowledged = lost = wrong = 0
        slowest_s = 0.0
        end = time.monotonic() + for_s
        for number in range(points):
            if time.monotonic() > end:
                break
            place = folder / str(number)
            shutil.copytree(base, place)
            if number % 2 == 0 and files.count:
                point = Point(dice.uniform(0.0, SOON_S), dice.randint(1, files.count))
            else:
                point = Point(dice.uniform(0.0, lasts_s))
            death = _die(work, place, how, point)
            finished += death.done
            writing += not death.done and 0 < death.changes < files.count
            deaths += 1
            acknowledged += len(death.told)
            began = time.monotonic()
            found = work.look(place, death.told, before=before, whole=whole)
            slowest_s = max(slowest_s, time.monotonic() - began)
            lost += found.lost
            wrong += found.wrong
            _complete(_child(lambda tell, place=place: work.do(place, tell)))
            if work.content(place) != whole:
                raise AssertionError(f"{work.name}: done again after death {number} it differs")
            shutil.rmtree(place)
    if not told and acknowledged:
        raise AssertionError(f"{work.name}: acknowledged what the undisturbed run did not")
    left = Left(lost, wrong)
    return Toll(work.name, how, deaths, finished, writing, acknowledged, left, slowest_s)


class Changes:
    """How often the files of a folder were seen to change: what is written, named or gone."""

    def __init__(self, folder: Path) -> None:
        self.count = 0
        self._folder = folder
        self._seen = self._now()

    def look(self) -> None:
        """Count one more if anything is not as it was at the last look."""
        now = self._now()
        self.count += now != self._seen
        self._seen = now

    def _now(self) -> frozenset[tuple[str, int, int]]:
        found = set()
        for folder, _, names in os.walk(self._folder):
            for name in names:
                path = os.path.join(folder, name)
                with suppress(FileNotFoundError):  # gone since it was listed
                    told = os.stat(path)
                    if told.st_size and not name.endswith(NO_CONTENT):
                        found.add((path, told.st_size, told.st_mtime_ns))
        return frozenset(found)


def _wait(pid: int, files: Changes, point: Point) -> bool:
    """Wait until ``point``; whether the work was done before."""
    end = time.monotonic() + point.after_s if not point.changes else math.inf
    done = False
    while time.monotonic() < end and not done:
        done = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        files.look()
        if end == math.inf and 0 < point.changes <= files.count:
            end = time.monotonic() + point.after_s
        time.sleep(0.001)
    return done


def _die(work: Work, place: Path, how: How, point: Point) -> Death:
    """Start the work and end it."""
    with _child(lambda tell: work.do(place, tell)) as (pid, said):
        files = Changes(place)
        done = _wait(pid, files, point)
        if how == "power" and not done:
            os.kill(pid, signal.SIGSTOP)
            cut = place.with_name(f"{place.name}-cut")
            shutil.copytree(place, cut)
            told = _read(said)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            shutil.rmtree(place)
            cut.rename(place)
            return Death(told, False, files.count)
        if how == "full" and not done:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            _, status = os.waitpid(pid, 0)
            code = os.waitstatus_to_exitcode(status)
            if code not in (0, _REFUSED):
                raise AssertionError(f"{work.name}: on a full disk it ended with status {code}")
            return Death(_read(said), code == 0, files.count)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return Death(_read(said), done, files.count)


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
        _ended_well(pid)
        return _read(said)


def _ended_well(pid: int) -> None:
    _, status = os.waitpid(pid, 0)
    if status:
        raise AssertionError(f"the work failed undisturbed, status {status}")


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
