"""Tokens by which another machine may change something: kept as hashes, in one file of their own.

A token is 256 random bits, so that one SHA-256 is enough: there is nothing to guess from a list of
words. It is shown once, when it is made, and can be found out from nothing that is kept.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from chocolate_factory.errors import RequestInvalid, StoreError

PREFIX = "cf_"
"""What every token begins with, so that one that leaked is recognised."""

LOOKS_LIKE_ONE = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{20,}}")
"""What may be a token, wherever it stands."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS token (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT
"""


class Role(StrEnum):
    """What the holder of a token may do; each may all that the ones before it may."""

    VIEWER = "viewer"
    PLANNER = "planner"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what takes ``needed``."""
        ranks = tuple(Role)
        return ranks.index(self) >= ranks.index(needed)


@dataclass(frozen=True, slots=True)
class Token:
    """One token that is in force, without its secret; instants in UTC."""

    name: str
    role: Role
    created_at: datetime
    expires_at: datetime


class TokenBook:
    """The tokens in one file, which is made with the first one; may be used from many processes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def create(self, name: str, role: Role, *, now: datetime, valid: timedelta) -> str:
        """A new token, valid from ``now`` on for so long. Its text is returned and not kept.

        Raises ``RequestInvalid`` if the name is not one or is taken, ``StoreError`` if the file
        cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise RequestInvalid(
                f"{name!r} cannot be a token's name: use up to 40 of a-z, 0-9, '.', '_' and '-'"
            )
        text = PREFIX + secrets.token_urlsafe(32)
        row = (name, role.value, _hash(text), _seconds(now), _seconds(now + valid))
        try:
            with self._opened(create=True) as base:
                base.execute("DELETE FROM token WHERE expires <= ?", (_seconds(now),))
                base.execute("INSERT INTO token VALUES (?, ?, ?, ?, ?)", row)
        except StoreError as fault:
            if isinstance(fault.__cause__, sqlite3.IntegrityError):
                raise RequestInvalid(
                    f"there is a token {name!r} already: revoke it first, or choose another name"
                ) from None
            raise
        return text

    def tokens(self, *, now: datetime) -> tuple[Token, ...]:
        """Those in force at ``now``, by name; ``StoreError`` if the file cannot be read."""
        return tuple(self._found("expires > ? ORDER BY name", _seconds(now)))

    def holder(self, text: str, *, now: datetime) -> Token | None:
        """The token of which ``text`` is the secret, if it is in force at ``now``.

        Raises ``StoreError`` if the file cannot be read: nobody is let in on a guess.
        """
        if not LOOKS_LIKE_ONE.fullmatch(text):
            return None
        return next(self._found("hash = ? AND expires > ?", _hash(text), _seconds(now)), None)

    def revoke(self, name: str) -> None:
        """Have ``name`` count no more, from the next request on.

        Raises ``RequestInvalid`` if there is no such token, ``StoreError``.
        """
        gone = 0
        if self._path.exists():
            with self._opened(create=False) as base:
                gone = base.execute("DELETE FROM token WHERE name = ?", (name,)).rowcount
        if not gone:
            raise RequestInvalid(f"there is no token {name!r}: `token list` shows those there are")

    def _found(self, where: str, *values: object) -> Iterator[Token]:
        if not self._path.exists():
            return
        with self._opened(create=False) as base:
            rows = base.execute(
                f"SELECT name, role, created, expires, hash FROM token WHERE {where}",  # noqa: S608
                values,
            ).fetchall()
            if any(len(row[4]) != hashlib.sha256().digest_size for row in rows):
                raise ValueError("something else than hashes is kept there")
            found = [
                Token(row[0], Role(row[1]), _instant(row[2]), _instant(row[3])) for row in rows
            ]
        yield from found

    @contextmanager
    def _opened(self, *, create: bool) -> Iterator[sqlite3.Connection]:
        """A transaction: durable at its end, or undone."""
        try:
            if create:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._path.touch(mode=0o600)
            with closing(sqlite3.connect(self._path, timeout=10)) as base, base:
                base.execute("PRAGMA synchronous = EXTRA")
                if create:
                    base.execute(_SCHEMA)
                yield base
        except (sqlite3.Error, OSError, ValueError) as fault:
            raise StoreError(
                f"the tokens in {self._path} cannot be used: {fault}. Correct the rights of the "
                "file; if it is damaged, delete it and create the tokens again"
            ) from fault


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
