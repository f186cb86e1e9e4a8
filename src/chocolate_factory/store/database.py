"""One SQL database: its engine, its transactions, and its faults in words a user can act on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from chocolate_factory.errors import SeriesInvalid, StoreError

WRITES = "chocolate_factory_writes"
"""Execution option of connections that are going to write."""
VERSION_TABLE = "schema_version"
"""The table that says which migration was the last."""

_NONSENSE = (SeriesInvalid, LookupError, OverflowError, UnicodeDecodeError)
"""What rows that are damaged bring about where they are understood."""

KeepCopy = Callable[[Connection, str, str], None]
"""Copies what a store holds before a migration, inside its transaction: connection, version held,
version to come."""


@dataclass(frozen=True, slots=True)
class Database:
    """An engine, where it stores, and ``explain``: a driver's exception as a text for the user.

    ``keep_copy`` keeps a whole copy, or raises; one that is whole and there already stays as it is.
    ``reads`` are the execution options of transactions that only read.
    """

    engine: Engine
    place: str
    explain: Callable[[BaseException], str]
    keep_copy: KeepCopy
    reads: Mapping[str, object] = field(default_factory=dict)
    _reader: Engine = field(init=False, repr=False)
    _writer: Engine = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_reader", self.engine.execution_options(**self.reads))
        object.__setattr__(self, "_writer", self.engine.execution_options(**{WRITES: True}))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one consistent state and waits for no writer."""
        with self.faults_explained(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is the only writer: committed and durable at its end, or undone."""
        with self.faults_explained(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def faults_explained(self) -> Iterator[None]:
        """Turn the driver's exceptions, and what comes of senseless rows, into ``StoreError``."""
        driver = self.engine.dialect.loaded_dbapi.Error
        try:
            yield
        except DBAPIError as fault:
            raise StoreError(self.explain(fault.orig or fault)) from fault
        except driver as fault:
            raise StoreError(self.explain(fault)) from fault
        except _NONSENSE as fault:
            raise StoreError(
                f"the store {self.place} holds what this program never writes ({fault}): it is "
                "damaged. Keep a copy of it, and restore a backup or start anew"
            ) from fault
