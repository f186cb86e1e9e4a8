"""One piece of work in a process of its own, so that the threads of this one go on meanwhile.

The process stands behind: it is nicer than this one, and it ends with this one, however that ends.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from chocolate_factory.errors import ProcessDied

Item = TypeVar("Item")
Result = TypeVar("Result")

NICER = 10


BEAT_S = 0.5
"""How often who waits is given the turn [s]."""


def map_apart(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    beat: Callable[[], None] = lambda: None,
) -> Iterator[Result]:
    """Like the built-in ``map``, each call in a process of its own, one after the other.

    ``work``, items and results must be picklable. ``beat`` is called all the while; what it raises
    ends the process and comes out. Raises what ``work`` raises, and ``ProcessDied`` if its process
    runs out of memory or ends without a word.
    """
    for item in items:
        yield _apart(work, item, beat)


def _apart(work: Callable[[Item], Result], item: Item, beat: Callable[[], None]) -> Result:
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_do, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        # Not with what starts the process: that would wait for ever for one that dies at its start.
        ours.send((work, item))
        while not ours.poll(BEAT_S):
            beat()
        done, told = ours.recv()
    except (EOFError, ConnectionError):
        process.join()
        raise ProcessDied(
            f"the process that worked on this ended with status {process.exitcode}: killed, or out "
            "of memory; it can be started again"
        ) from None
    finally:
        ours.close()
        process.terminate()
        process.join()
    if not done:
        raise told
    result: Result = told
    return result


def _do(theirs: Connection) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(NICER)
    told: tuple[bool, Any]
    try:
        work, item = theirs.recv()
        told = True, work(item)
    except MemoryError:
        told = False, ProcessDied("out of memory: free some, and it can be started again")
    except Exception as fault:  # noqa: BLE001 - raised again where it was asked for
        told = False, fault
    theirs.send(told)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
