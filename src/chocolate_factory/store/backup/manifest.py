"""What a backup says of itself, and how the whole file is sealed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from chocolate_factory.market.series import Kind

FORMAT: Final = 4
"""Of the backups that are written; 1 had no events, 2 no sites, 3 no configuration."""
MANIFEST = "manifest.json"
MANIFEST_LIMIT = 2**26
"""A manifest larger than this [bytes] is not read."""
MEMBER_LIMIT = 2**33
"""A member larger than this [bytes] is not read."""
ROWS_LIMIT = 20_000_000
"""More rows than this of one series, source and kind are not read: each column is in memory."""
LINE_LIMIT = 2**26
"""A JSON line longer than this [bytes] is not read."""
CHUNK = 2**20

COLUMNS = {
    "start_s": "<i8",
    "resolution_s": "<i8",
    "value": "<f8",
    "available_at_s": "<i8",
    "inferred": "|b1",
    "ingested_at_s": "<i8",
}
"""The arrays of ``Vintages`` and how they are written."""

_SEAL = b"chocolate-factory backup sha256 "
SEAL_LENGTH = len(_SEAL) + 64

Count = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Member(_Part):
    """One file in the zip."""

    sha256: Sha256
    bytes: Annotated[int, Field(ge=0, le=MEMBER_LIMIT)]


class Columns(_Part):
    """The rows of one series, source and kind; ``sha256`` is of all columns, one after another."""

    folder: Annotated[str, Field(pattern=r"^observations/\d{5,}$")]
    name: str
    place: str
    source: str
    kind: Annotated[Kind, Field(strict=False)]
    rows: Annotated[int, Field(ge=1, le=ROWS_LIMIT)]
    sha256: Sha256

    def members(self) -> dict[str, str]:
        """The name of each column's file."""
        return {column: f"{self.folder}/{column}.npy" for column in COLUMNS}


class Lines(_Part):
    """A file of JSON lines."""

    member: Annotated[str, Field(pattern=r"^(forecasts|plans|events|scores|runs)/\d{5,}\.jsonl$")]
    lines: Annotated[int, Field(ge=1)]

    @property
    def what(self) -> str:
        """``forecasts``, ``plans``, ``events``, ``scores`` or ``runs``."""
        return self.member.partition("/")[0]


class UserFile(_Part):
    """A file of the user: ``member`` in the zip, ``name`` its path from the data folder.

    Neither hidden nor with steps upwards, and of a kind that only configures: a backup that someone
    gave must not bring tokens or a store.
    """

    member: Annotated[str, Field(pattern=r"^files/\d{5,}$")]
    name: Annotated[
        str,
        Field(
            pattern=r"^([^./\\:\x00-\x1f][^/\\:\x00-\x1f]{0,199}/){0,15}"
            r"[^./\\:\x00-\x1f][^/\\:\x00-\x1f]{0,199}\.(?i:yaml|yml|txt)$"
        ),
    ]


class Counts(_Part):
    """How much there is of everything."""

    rows: Count
    forecasts: Count
    plans: Count
    events: Count = 0
    scores: Count = 0
    runs: Count


class Manifest(_Part):
    """``manifest.json``."""

    format: Literal[1, 2, 3, 4]
    version: str
    created_at: Annotated[datetime, Field(strict=False)]
    counts: Counts
    pieces: tuple[Columns | Lines, ...] = Field(strict=False)
    files: tuple[UserFile, ...] = Field(strict=False)
    members: dict[str, Member]

    def expected_members(self) -> list[str]:
        """The names of all members but the manifest."""
        names = [user_file.member for user_file in self.files]
        for piece in self.pieces:
            names += piece.members().values() if isinstance(piece, Columns) else [piece.member]
        return names

    def counted(self) -> Counts:
        """``counts`` as the pieces have it."""
        lines = {"forecasts": 0, "plans": 0, "events": 0, "scores": 0, "runs": 0}
        rows = 0
        for piece in self.pieces:
            if isinstance(piece, Columns):
                rows += piece.rows
            else:
                lines[piece.what] += piece.lines
        return Counts(rows=rows, **lines)


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds: counts of series, of rows with all revisions, and of the rest.

    ``files`` are those of the configuration; ``left_out`` says which of them could not be put in
    when it was written, and why.

    ``created_at`` is UTC; ``version`` that of the program that wrote it.
    """

    path: Path
    created_at: datetime
    version: str
    series: int
    rows: int
    forecasts: int
    plans: int
    events: int
    scores: int
    runs: int
    files: int
    size_bytes: int
    left_out: tuple[str, ...] = ()


def report_of(path: Path, manifest: Manifest) -> BackupReport:
    """What a manifest says, in short."""
    columns = [piece for piece in manifest.pieces if isinstance(piece, Columns)]
    counts = manifest.counts
    return BackupReport(
        path=path,
        created_at=manifest.created_at.astimezone(UTC),
        version=manifest.version,
        series=len({(piece.name, piece.place) for piece in columns}),
        rows=counts.rows,
        forecasts=counts.forecasts,
        plans=counts.plans,
        events=counts.events,
        scores=counts.scores,
        runs=counts.runs,
        files=len(manifest.files),
        size_bytes=path.stat().st_size,
    )


def seal(file: IO[bytes]) -> bytes:
    """The comment that ends a whole file: the checksum of all that stands before it."""
    file.seek(0, 2)
    left = file.tell() - SEAL_LENGTH
    file.seek(0)
    digest = hashlib.sha256()
    while left > 0 and (chunk := file.read(min(CHUNK, left))):
        digest.update(chunk)
        left -= len(chunk)
    return _SEAL + digest.hexdigest().encode()


NO_SEAL = b" " * SEAL_LENGTH
"""Keeps the place of the seal until all else is written."""
