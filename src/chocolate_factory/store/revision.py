"""Whether anything was stored since one last looked, told without reading it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from threading import Lock


@dataclass(frozen=True, slots=True)
class Revision:
    """A mark for each sort of thing that is stored: another one means that there is more of it.

    What this process stores changes it at once; what another process stores changes it as far as
    the store can tell that without a scan. Runs of jobs are not in it: they move all the time.
    """

    observations: str
    forecasts: str
    plans: str
    events: str
    scores: str

    def changed_from(self, before: Revision) -> tuple[str, ...]:
        """The sorts of which there is more than before."""
        names = (field.name for field in fields(self))
        return tuple(name for name in names if getattr(self, name) != getattr(before, name))


class Changes:
    """How often this process stored something of each sort, by whose it is.

    May be used from several threads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[tuple[str, str | None]] = Counter()

    def count(self, *names: str, site: str | None = None) -> None:
        """Something of these sorts was stored: of one site, or for all of them to see."""
        with self._lock:
            self._counts.update((name, site) for name in names)

    def revision(self, site: str, **marks: object) -> Revision:
        """These counts as a site sees them, with the ``marks`` that the store itself gives."""
        with self._lock:
            counts = {name: self._counts[name, None] + self._counts[name, site] for name in EVERY}
        return Revision(**{name: f"{counts[name]}.{marks.get(name, '')}" for name in EVERY})


EVERY = tuple(field.name for field in fields(Revision))
"""Every sort."""
