"""PostgreSQL as the store of several sites or hosts.

One writer at a time: a change first takes a lock of the whole database, so that what it compares
with cannot change before it commits. Readers see the state of one instant (REPEATABLE READ) and
wait for nobody. The password is in no address, text or log of this program.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from types import ModuleType
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from chocolate_factory.errors import StoreError
from chocolate_factory.store.database import WRITES, Database

SHAPE = "postgresql://user:password@host:5432/database"
"""What the address of such a store looks like."""

_LOCK = 0x63_68_6F_63_6F
"""The advisory lock that a writer holds."""
_SERVING = 0x73_65_72_76_65
"""The one that a server holds."""
_CONNECTING = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "client_encoding": "utf8",
    "application_name": "chocolate-factory",
}
"""How libpq connects, and finds out that a silent server is gone [s]; the URL may say otherwise."""

_BEGIN_CHANGE = (
    "SELECT set_config('lock_timeout', %(wait_ms)s, true), set_config('synchronous_commit', "
    "replace(current_setting('synchronous_commit'), 'off', 'on'), true)"
)
_SERVE_ALONE = "SELECT pg_try_advisory_lock(%(lock)s)"
_TAKE_TURN = "SELECT pg_advisory_xact_lock(%(lock)s)"

_AGAIN = "A change under way is stored whole or not at all; repeat it"
_LOST = f"broke off the connection, or was restarted. {_AGAIN}"
_NEWER = (
    "has other tables than this program knows: a newer version changed them. Update "
    "chocolate-factory"
)
_ADVICE = {  # https://www.postgresql.org/docs/current/errcodes-appendix.html
    "53100": "cannot grow: its disk is full. Nothing of this change was stored; make room on the "
    "server and repeat it",
    "53200": "is out of memory. Nothing of this change was stored; try again later",
    "53300": "has no connection left. Close others, or raise max_connections on the server",
    "55P03": "is being written by another process and stayed locked for {wait_s:g} s. Nothing of "
    "this change was stored; stop the other process or try again later",
    "57014": "cancelled the statement. Nothing of this change was stored; repeat it",
    "57P01": _LOST,
    "57P02": _LOST,
    "57P03": "is starting or stopping. Try again in a moment",
    "25006": "can only be read: it is a copy. Give the address of the primary server",
    "42501": 'does not let this user do that. As its administrator: ALTER DATABASE "{database}" '
    'OWNER TO "{user}"',
    "42P01": _NEWER,
    "42703": _NEWER,
    "XX001": "is damaged. Keep it as it is, and restore a backup into another database",
    "XX002": "is damaged. Keep it as it is, and restore a backup into another database",
}
_REFUSALS = (  # a connection that fails tells no code, only text
    (r"no password supplied", "wants a password: write it in the address, {shape}"),
    (
        r"password authentication failed|role .* does not exist",
        "refuses user {user} with this password. Correct the address, {shape}; characters such as "
        "@ : / in the password are written as %40 %3A %2F",
    ),
    (
        r"database .* does not exist",
        "has no database {database}. Create it: createdb --host={host} --port={port} "
        '--username={user} "{database}"',
    ),
    (
        r"no pg_hba\.conf entry",
        "does not let user {user} in from this machine: see its pg_hba.conf",
    ),
    (r"permission denied for database", "does not let user {user} into database {database}"),
    (r"too many clients|remaining connection slots", _ADVICE["53300"]),
    (r"starting up|shutting down|recovery mode", _ADVICE["57P03"]),
    (
        r"Connection refused|No such file or directory",
        "does not answer: no server listens there. Start it, or correct host and port",
    ),
    (r"resolve|Name or service", "does not answer: host {host} is not known. Correct the address"),
    (r"timeout|timed out", "does not answer in time: check the host, the port and the network"),
)


@dataclass(frozen=True, slots=True)
class _Address:
    """Where to connect; ``secrets`` never leave here."""

    host: str
    port: str
    user: str
    database: str
    params: Mapping[str, Any]
    secrets: tuple[str, ...]

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        return f"postgresql://{user}{self.host}:{self.port}/{self.database}"

    def __repr__(self) -> str:
        return str(self)

    def advice(self, text: str, *, wait_s: float) -> str:
        """``text`` with the words of this address."""
        return text.format(
            host=self.host, port=self.port, user=self.user, database=self.database, shape=SHAPE,
            wait_s=wait_s,
        )  # fmt: skip

    def without_secrets(self, text: str) -> str:
        """``text`` in one line, even if a driver put the password in it."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return " ".join(text.split())


def connect(url: str, *, busy_timeout_s: float) -> Database:
    """The database that ``url`` names; it must exist, its tables are created when missing.

    Raises ``StoreError`` if ``url`` is not of ``SHAPE``, or psycopg is not installed. The server
    is first asked when the database is used.
    """
    psycopg = _driver()
    address = _address(url)

    def connection() -> Any:
        try:
            return psycopg.connect(**address.params)
        except (psycopg.Error, ValueError) as fault:
            refusal = _refusal(address, str(fault), busy_timeout_s)
        # Outside of the handler: the driver's own error carries the password along as context.
        raise StoreError(refusal)

    engine = create_engine(
        "postgresql+psycopg://",
        creator=connection,
        isolation_level="READ COMMITTED",
        use_native_hstore=False,  # spares a question at every connection
        pool_pre_ping=True,
        max_overflow=-1,  # as many connections as threads ask for: none waits for another's
    )
    wait_ms = str(max(1, round(busy_timeout_s * 1000)))

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES, False):
            connection.exec_driver_sql(_BEGIN_CHANGE, {"wait_ms": wait_ms})
            connection.exec_driver_sql(_TAKE_TURN, {"lock": _LOCK})

    event.listen(engine, "begin", begin)

    def explain(fault: BaseException) -> str:
        code = getattr(fault, "sqlstate", None) or ""
        if not code and isinstance(fault, psycopg.OperationalError):
            code = "57P01"
        said = address.without_secrets(str(fault))
        text = _ADVICE.get(code, f"refuses: {said}".replace("{", "{{").replace("}", "}}"))
        return f"the store {address} {address.advice(text, wait_s=busy_timeout_s)}"

    return Database(
        engine,
        str(address),
        explain,
        _keep_copy,
        {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    )


class Hold:
    """The database that ``url`` names, held for one server while a connection to it lasts.

    For one thread at a time.
    """

    def __init__(self, url: str) -> None:
        self._database = connect(url, busy_timeout_s=1.0)
        self._engine = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None

    def held(self) -> bool:
        """Whether this server holds it; if nobody does, as after a restart, it takes it.

        Raises ``StoreError`` if the database does not answer.
        """
        with self._database.faults_explained():
            if self._connection is not None:
                try:
                    return self._asked(self._connection)
                except SQLAlchemyError:
                    self._connection.close()
            self._connection = self._engine.connect()
            return self._asked(self._connection)

    def close(self) -> None:
        """Let go of it."""
        if self._connection is not None:
            self._connection.close()
        self._database.engine.dispose()

    @staticmethod
    def _asked(connection: Connection) -> bool:
        # Who holds it is given it once more: one question takes it and tells whether it is held.
        return bool(connection.exec_driver_sql(_SERVE_ALONE, {"lock": _SERVING}).scalar())


def _driver() -> ModuleType:
    try:
        return importlib.import_module("psycopg")
    except ImportError:
        raise StoreError(
            "a PostgreSQL store needs the driver psycopg: pip install "
            "'chocolate-factory[postgresql]'"
        ) from None


def _address(url: str) -> _Address:
    """The parts of ``url``. No text here repeats it: a wrong one may show its password anywhere."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise _unclear("") from None
    if url.partition("?")[0].count("@") > 1 or parsed.drivername != "postgresql":
        raise _unclear("; write @ in a password as %40")
    if not parsed.database:
        raise _unclear("; name the database at the end")
    params = _params(parsed)
    secrets = {str(parsed.password or ""), str(params.get("password", ""))}
    return _Address(
        host=str(params.get("host", "localhost")),
        port=str(params.get("port", 5432)),
        user=str(params.get("user", "")),
        database=parsed.database,
        params=params,
        secrets=tuple(secret for secret in sorted(secrets, key=len, reverse=True) if secret),
    )


def _params(parsed: URL) -> dict[str, Any]:
    given = {
        "host": parsed.host,
        "port": parsed.port,
        "user": parsed.username,
        "password": parsed.password,
        "dbname": parsed.database,
    }
    said = {name: value for name, value in given.items() if value is not None}
    asked = {
        name: value if isinstance(value, str) else ",".join(value)
        for name, value in parsed.query.items()
    }
    return {**_CONNECTING, "host": "localhost", **said, **asked}


def _unclear(hint: str) -> StoreError:
    return StoreError(f"the address of a PostgreSQL store is written like {SHAPE}{hint}")


def _refusal(address: _Address, said: str, wait_s: float) -> str:
    for pattern, text in _REFUSALS:
        if re.search(pattern, said):
            return f"the store {address} {address.advice(text, wait_s=wait_s)}"
    return f"the store {address} refuses the connection: {address.without_secrets(said)}"


def _keep_copy(connection: Connection, _: str, coming: str) -> None:
    """Copy every table into the schema ``before_<coming>``, in the caller's transaction.

    One that an earlier migration left is renamed: the database may have gone back to it since.
    """
    tables, quoted = inspect(connection), connection.dialect.identifier_preparer.quote
    copy = f"before_{coming}"
    if tables.has_schema(copy):
        taken = set(tables.get_schema_names())
        earlier = next(name for n in count(1) if (name := f"{copy}_{n}") not in taken)
        connection.exec_driver_sql(f"ALTER SCHEMA {quoted(copy)} RENAME TO {quoted(earlier)}")
    connection.exec_driver_sql(f"CREATE SCHEMA {quoted(copy)}")
    for name in sorted(tables.get_table_names()):
        connection.exec_driver_sql(
            f"CREATE TABLE {quoted(copy)}.{quoted(name)} AS TABLE {quoted(name)}"
        )
