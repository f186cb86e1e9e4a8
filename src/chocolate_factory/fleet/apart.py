"""One piece of work in a process of its own, so that the threads of this one go on meanwhile.

The process stands behind: it is nicer than this one, and it ends with this one, however that ends.
Where whatever runs is ended at once, as by Ctrl+C in a terminal or by a service manager, its end is
no fault of its own: who waits for it is told to stop, within a beat.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from chocolate_factory.errors import FactoryError, ProcessDied
from chocolate_factory.fleet.tied import end_without

Item = TypeVar("Item")
Result = TypeVar("Result")
Tell = Callable[[int, int, str], None]
"""Told how much is done, of how much, and in words; what it raises ends the work."""

NICER = 10

BEAT_S = 0.5
"""How often who waits is given the turn [s]."""

END_WITHIN_S = 2.0
"""A process that is told to end gets so long, for those that it started itself to end [s]."""


def map_apart(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    beat: Callable[[], None] = lambda: None,
) -> Iterator[Result]:
    """Like the built-in ``map``, each call in a process of its own, one after the other.

    ``work``, items and results must be picklable. ``beat`` is called all the while; what it raises
    ends the process and comes out, also where that ended already. Raises what ``work`` raises, and
    ``ProcessDied`` if its process runs out of memory or ends without a word.
    """
    for item in items:
        yield work_apart(partial(_of, work, item), _untold, beat=beat)


def work_apart(
    work: Callable[[Tell], Result], tell: Tell, *, beat: Callable[[], None] = lambda: None
) -> Result:
    """What ``work`` comes to in a process of its own, given a ``tell`` that reaches this one's.

    The rest as for ``map_apart``.
    """
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_do, args=(theirs, os.getpid()), daemon=True)
    with _without_ctrl_c():
        process.start()
    theirs.close()
    try:
        # Not with what starts the process: that would wait for ever for one that dies at its start.
        ours.send(work)
        result: Result = _heard(ours, tell, beat)
    except (EOFError, ConnectionError):
        process.join()
        give_turn(beat)
        raise ProcessDied(
            f"the process that worked on this ended with status {process.exitcode}: killed, or out "
            "of memory; it can be started again"
        ) from None
    finally:
        ours.close()
        _end(process)
    return result


def give_turn(beat: Callable[[], None]) -> None:
    """Hear whether to stop, before anything is made of a process that ended without a word."""
    time.sleep(BEAT_S)
    beat()


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """A process that is started meanwhile does not hear Ctrl+C, not even while it loads."""
    resource_tracker.ensure_running()  # the first time it lets the signal through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _heard(ours: Connection, tell: Tell, beat: Callable[[], None]) -> Any:
    """Pass on how far the work is until it says what it came to."""
    while True:
        while not ours.poll(BEAT_S):
            beat()
        what, said = ours.recv()
        if what == "done":
            return said
        if what == "raised":
            raise said
        tell(*said)


def _end(process: BaseProcess) -> None:
    process.terminate()
    process.join(END_WITHIN_S)
    if process.is_alive():
        process.kill()
    process.join()


def _do(theirs: Connection, parent: int) -> None:
    end_without(parent)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that solvers it started end too
    os.nice(NICER)

    def tell(done: int, total: int, detail: str = "") -> None:
        theirs.send(("told", (done, total, detail)))

    try:
        said = "done", theirs.recv()(tell)
    except FactoryError as fault:
        said = "raised", fault
    except Exception as fault:  # noqa: BLE001 - raised again where it was asked for
        if _lacks_memory(fault):
            fault = ProcessDied("out of memory: free some, and it can be started again")
        else:
            fault.add_note(traceback.format_exc())
        said = "raised", fault
    theirs.send(said)


def _lacks_memory(fault: Exception) -> bool:
    """Whether there was none for an array, or for a library that is loaded where it is used."""
    if isinstance(fault, ImportError | OSError):
        return any(words in str(fault) for words in ("allocate memory", "map segment"))
    return isinstance(fault, MemoryError)


def _of(work: Callable[[Item], Result], item: Item, _tell: Tell) -> Result:
    return work(item)


def _untold(done: int, total: int, detail: str) -> None:
    """Nobody asks how far it is."""
