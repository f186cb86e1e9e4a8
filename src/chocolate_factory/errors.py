"""Every error this system raises on purpose.

::

    FactoryError
    ├── SourceError(source)
    │   ├── SourceUnavailable   the upstream is down, slow or limiting us: retried
    │   ├── SourceRejected      the upstream refuses us (key, plan): a person must act
    │   ├── NotPublished        not there yet: a state, not a fault
    │   └── SourceChanged       bytes that no longer mean what the parser knows
    ├── FileRefused(path, line, column)   a file a user gave cannot be taken as it is
    ├── MissingData(series, gaps)         delivery periods that are needed and not stored
    ├── SeriesInvalid                     values that cannot be a series
    ├── StoreError                        the store cannot be read or written (disk, rights)
    ├── PlantInvalid(problems)            the plant file contradicts itself
    ├── ContractInvalid(problems)         the contract file contradicts itself
    ├── OrdersInvalid(problems)           the orders cannot be read
    ├── SiteInvalid(problems)             a site file is wrong, or what it names cannot be read
    ├── Infeasible(reasons, ways_out)     no plan meets every order; says what collides
    ├── SolverFailed                      the solver ended without a plan and without a proof
    ├── PlanInvalid(violations)           a plan breaks a rule of the plant: a defect, never shown
    ├── ModelNotFitted                    too little history for this model
    │   └── ModelUnfit                    it can forecast, and should not: another one is to
    ├── NoForecast                        no stored forecast covers what was asked
    ├── ArtefactInvalid(name)             a stored model that is damaged or of another version
    ├── RequestInvalid                    asked for what cannot be: a model, a horizon
    │   ├── Unknown                       what is named does not exist, or not yet
    │   └── NotNow                        what holds now does not allow it
    ├── Busy                              one such computation at a time: ask again in a moment
    ├── ClusterUnavailable                the cluster that was asked for does not do its part
    ├── TimedOut                          a job took longer than it may: it runs again
    ├── ServerUnreachable                 a running factory gives no answer, or none of its own
    ├── ServerRefused(status, kind)       a running factory refuses, in its own words
    ├── JobFailed                         work that was followed did not end well
    └── SettingsInvalid                   the environment asks for something impossible

The core raises; it never logs and goes on, and never returns a stand-in number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


class FactoryError(Exception):
    """Root of every error raised on purpose; its text is fit for a user."""

    def __reduce__(self) -> tuple[Any, ...]:
        """As text and members, for another process: what ``__init__`` takes is something else."""
        return _as_it_was, (type(self), self.args, self.__dict__)


def one_line(text: str) -> str:
    """The lines of a text in one, parted by semicolons but after a colon."""
    return " ".join(re.sub(r"(?<![:;])[^\S\n]*\n", "; ", text.strip()).split())


def _as_it_was(
    kind: type[FactoryError], args: tuple[object, ...], members: dict[str, object]
) -> FactoryError:
    fault = kind.__new__(kind, *args)
    fault.__dict__.update(members)
    return fault


class SourceError(FactoryError):
    """An upstream did not give what was asked."""

    def __init__(self, source: str, detail: str) -> None:
        super().__init__(f"{source}: {detail}")
        self.source = source
        self.detail = detail


class SourceUnavailable(SourceError):
    """Down, slow or limiting us; worth another try later."""

    def __init__(self, source: str, detail: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(source, detail)
        self.retry_after_s = retry_after_s


class SourceRejected(SourceError):
    """The upstream refuses the request: a person must look at the key or the address."""


class NotPublished(SourceError):
    """The data does not exist yet; ask again after its publication time."""


class SourceChanged(SourceError):
    """The bytes do not have the documented shape: nothing of them is stored."""


class FileRefused(FactoryError):
    """A file given by a user cannot be taken. Lines and columns count from 1."""

    def __init__(
        self, path: Path | str, reason: str, *, line: int | None = None, column: str | None = None
    ) -> None:
        place = str(path)
        if line is not None:
            place += f", line {line}"
        if column is not None:
            place += f", column {column}"
        super().__init__(f"{place}: {reason}")
        self.path = str(path)
        self.reason = reason
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Gap:
    """Delivery periods [start, end) that should exist and do not. Instants in UTC."""

    start: datetime
    end: datetime
    missing: int


class MissingData(FactoryError):
    """Delivery periods of a series that are needed and not known."""

    def __init__(self, series: str, gaps: tuple[Gap, ...], *, hint: str = "") -> None:
        named = "; ".join(
            f"{gap.start:%Y-%m-%dT%H:%MZ}..{gap.end:%Y-%m-%dT%H:%MZ} ({gap.missing})"
            for gap in gaps[:5]
        )
        more = f" and {len(gaps) - 5} more" if len(gaps) > 5 else ""
        missing = f"missing delivery periods {named}{more}. " if gaps else ""
        super().__init__(f"{series}: {missing}{hint}".rstrip())
        self.series = series
        self.gaps = gaps


class SeriesInvalid(FactoryError):
    """Values that cannot be a series: unordered, duplicated, not finite, absurd, off the grid."""


class StoreError(FactoryError):
    """The store cannot be opened, read or written; the text says what to do."""


class DocumentInvalid(FactoryError):
    """A YAML file with problems, each as ``line N: field: what is wrong``."""

    def __init__(self, name: str, problems: tuple[str, ...]) -> None:
        super().__init__(f"{name}:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = problems


class PlantInvalid(DocumentInvalid):
    """The plant file contradicts itself or the schema."""


class ContractInvalid(DocumentInvalid):
    """The contract file contradicts itself or the schema."""


class OrdersInvalid(DocumentInvalid):
    """The orders cannot be read or name what the plant does not make."""


class SiteInvalid(DocumentInvalid):
    """A site file contradicts itself, another one or the schema, or names what cannot be read."""


@dataclass(frozen=True, slots=True)
class WayOut:
    """What would make an impossible plan possible, and what it costs then.

    ``kind``: overtime, later, power, tank, machine or fewer. ``plan_eur`` is what the cheapest plan
    with it costs [EUR], ``extra_eur`` what has to be paid besides (staff; the power term of a
    year, electricity tax in); None if nobody said. ``orders`` that are late or left out; ``hours``
    of overtime, or of the latest order; ``staffed``: from when to when staff has to be there
    besides, UTC; ``kw`` more in the period that needs most, ``contracted_kw`` then, P1 first;
    ``proven``: whether less of it is known not to do.
    """

    kind: str
    text: str
    plan_eur: float
    extra_eur: float | None
    orders: tuple[str, ...] = ()
    hours: float = 0.0
    staffed: tuple[tuple[datetime, datetime], ...] = ()
    kw: float = 0.0
    contracted_kw: tuple[float, ...] = ()
    proven: bool = True


class Infeasible(FactoryError):
    """No plan meets every order. ``reasons`` name orders, machines, hours or kW that collide.

    ``ways_out``, the cheapest first, would make it possible. ``untried``: ways that were not looked
    for, and why.
    """

    def __init__(
        self,
        reasons: tuple[str, ...],
        ways_out: tuple[WayOut, ...] = (),
        untried: tuple[str, ...] = (),
    ) -> None:
        text = "no feasible plan:\n" + "\n".join(f"  {reason}" for reason in reasons)
        if ways_out:
            text += "\nways out, the cheapest first:\n"
            text += "\n".join(f"  {way.text}" for way in ways_out)
        text += "".join(f"\n{way}" for way in untried)
        super().__init__(text)
        self.reasons = reasons
        self.ways_out = ways_out
        self.untried = untried


class SolverFailed(FactoryError):
    """The solver ended with neither a plan nor a proof that none exists."""


class PlanInvalid(FactoryError):
    """A plan breaks a rule of the plant or the orders; the independent checker says which."""

    def __init__(self, violations: tuple[str, ...]) -> None:
        more = f"\n  and {len(violations) - 20} more" if len(violations) > 20 else ""
        shown = "\n".join(f"  {violation}" for violation in violations[:20])
        super().__init__(f"the plan breaks its own rules and is not used:\n{shown}{more}")
        self.violations = violations


class ModelNotFitted(FactoryError):
    """Too little history to fit; the text says what is needed and what there is."""


class ModelUnfit(ModelNotFitted):
    """What was learned is not for what is asked, or errs more than the naive: another model is to.

    The text says why, without an end: who asks adds what is done instead.
    """


class NoForecast(FactoryError):
    """No stored forecast covers what was asked; the text says what makes one."""


class NoPlan(FactoryError):
    """No plan is in force."""


class ArtefactInvalid(FactoryError):
    """A stored model is not used: damaged, of another version or another series."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"the trained model {name} {reason}")
        self.name = name
        self.reason = reason


class RequestInvalid(FactoryError, ValueError):
    """Asked for what does not exist; the text names what does: the models, the longest horizon."""


class Unknown(RequestInvalid):
    """What is named does not exist, or not yet; the text says what does."""


class NotNow(RequestInvalid):
    """Fit at another time: what holds now does not allow it; the text says what does."""


class Busy(FactoryError):
    """What was asked for is computed one at a time, and another one is under way."""


class ProcessDied(FactoryError):
    """A process that worked for this one ended without an answer: killed, or out of memory."""


class ClusterUnavailable(FactoryError):
    """The cluster cannot be reached, has no worker, or its workers are of another version."""


class TimedOut(FactoryError):
    """A job took longer than its limit; what it stored is kept, and it goes on at its next run."""


class ServerUnreachable(FactoryError):
    """A running factory that was asked gave no answer, or one that is not its own."""


class ServerRefused(FactoryError):
    """A running factory refused what it was asked; the text is its own.

    ``kind`` is the name of the problem at its ``/docs``, empty if it named none.
    """

    def __init__(self, *, status: int, kind: str, title: str, detail: str, request_id: str) -> None:
        super().__init__(f"{title}: {detail}")
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.request_id = request_id


class JobFailed(FactoryError):
    """Work that was followed did not end well; the text says how it ended."""


class SettingsInvalid(FactoryError):
    """A setting is impossible; the text names the variable and what it may be."""
