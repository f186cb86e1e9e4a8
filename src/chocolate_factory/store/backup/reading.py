"""A backup that someone gave: trusted for nothing that was not checked."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from chocolate_factory.errors import FileRefused, SeriesInvalid
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.store.backup.lines import read_line
from chocolate_factory.store.backup.manifest import (
    CHUNK,
    COLUMNS,
    FORMAT,
    LINE_LIMIT,
    MANIFEST,
    MANIFEST_LIMIT,
    SEAL_LENGTH,
    BackupReport,
    Columns,
    Lines,
    Manifest,
    report_of,
    seal,
)
from chocolate_factory.store.base import Piece, Vintages

_ENCRYPTED = 1
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    TokenError,
    TypeError,
    ValueError,
    SeriesInvalid,
)
"""What bytes that are no backup bring about in the modules that read them."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup whose every checksum and count was found right."""

    path: Path
    manifest: Manifest

    @property
    def report(self) -> BackupReport:
        """What it holds."""
        return report_of(self.path, self.manifest)

    def pieces(self) -> Iterator[Piece]:
        """What ``Store.load`` takes, checked once more on the way.

        Raises ``FileRefused`` if the file has changed since it was checked.
        """
        with _opened(self.path) as (_, archive):
            members = _Members(self.path, archive, self.manifest)
            for part in self.manifest.pieces:
                if isinstance(part, Columns):
                    yield members.vintages(part)
                else:
                    for line in members.lines(part):
                        yield read_line(part.what, line)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Path from the data folder and content of the files of the configuration."""
        with _opened(self.path) as (_, archive):
            members = _Members(self.path, archive, self.manifest)
            for user_file in self.manifest.files:
                yield user_file.name, b"".join(members.chunks(user_file.member))


def read_backup(path: Path) -> Backup:
    """The backup at ``path``, with every checksum and count verified.

    Raises ``FileRefused`` that says what is damaged.
    """
    with _opened(path) as (file, archive):
        file.seek(-SEAL_LENGTH, os.SEEK_END)
        if file.read() != seal(file):
            raise FileRefused(path, "damaged: its checksum is not that of its content")
        manifest = _manifest(path, archive)
        members = _Members(path, archive, manifest)
        for part in manifest.pieces:
            if isinstance(part, Columns):
                members.check_columns(part)
            elif sum(1 for _ in members.lines(part)) != part.lines:
                raise members.damaged(part.member, "has another number of lines than it should")
        for user_file in manifest.files:
            for _ in members.chunks(user_file.member):
                pass
    return Backup(path, manifest)


class _Members:
    """Members of a zip, read as the manifest describes them."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._path = path
        self._archive = archive
        self._members = manifest.members

    def damaged(self, member: str, how: str) -> FileRefused:
        """That a member is not what it should be."""
        return FileRefused(self._path, f"damaged: {member} {how}")

    def vintages(self, part: Columns) -> Vintages:
        """The columns of one series, source and kind."""
        return Vintages(
            key=SeriesKey(part.name, part.place),
            source=part.source,
            kind=part.kind,
            start_s=self._column(part, "start_s"),
            resolution_s=self._column(part, "resolution_s"),
            value=self._column(part, "value"),
            available_at_s=self._column(part, "available_at_s"),
            inferred=self._column(part, "inferred"),
            ingested_at_s=self._column(part, "ingested_at_s"),
        )

    def check_columns(self, part: Columns) -> None:
        """Compare with what the manifest says, one column in memory at a time."""
        content = hashlib.sha256()
        for column in COLUMNS:
            content.update(self._column(part, column).data)
        if content.hexdigest() != part.sha256:
            raise self.damaged(part.folder, "is not what its checksum says")

    def lines(self, part: Lines) -> Iterator[bytes]:
        """The lines of a member, without their ends."""
        rest = b""
        for chunk in self.chunks(part.member):
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
            if len(rest) > LINE_LIMIT:
                raise self.damaged(part.member, "has a line without end")
        if rest:
            raise self.damaged(part.member, "ends within a line")

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a member; at their end the checksum is compared."""
        told, digest = self._members[name], hashlib.sha256()
        with self._archive.open(name) as member:
            while chunk := member.read(CHUNK):
                digest.update(chunk)
                yield chunk
        if digest.hexdigest() != told.sha256:
            raise self.damaged(name, "is not what its checksum says")

    def _column(self, part: Columns, column: str) -> NDArray[Any]:
        name, dtype = part.members()[column], np.dtype(COLUMNS[column])
        if self._members[name].bytes > part.rows * dtype.itemsize + CHUNK:
            raise self.damaged(name, "is larger than its rows")
        stream = _Joined(self.chunks(name))
        version = np.lib.format.read_magic(stream)
        shape, _, stored = np.lib.format.read_array_header_1_0(stream)
        if version != (1, 0) or shape != (part.rows,) or stored != dtype:
            raise self.damaged(name, "has another shape or type than it should")
        array = np.frombuffer(stream.read(), dtype)
        return array.astype(dtype.newbyteorder("="))


class _Joined:
    """Chunks as a file that can be read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._content = memoryview(b"".join(chunks))

    def read(self, size: int = -1) -> bytes:
        """The next ``size`` bytes, or all that are left."""
        size = len(self._content) if size < 0 else size
        head, self._content = self._content[:size], self._content[size:]
        return bytes(head)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], zipfile.ZipFile]]:
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            yield file, archive
    except OSError as fault:
        raise FileRefused(path, f"cannot be read: {fault.strerror or fault}") from fault
    except zipfile.BadZipFile as fault:
        raise FileRefused(
            path, f"not a backup, or cut short or damaged ({fault})".lower()
        ) from fault
    except _BROKEN as fault:
        raise FileRefused(path, f"damaged: {fault}") from fault


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    infos = archive.infolist()
    sizes = {info.filename: info.file_size for info in infos}
    if sizes.get(MANIFEST, MANIFEST_LIMIT + 1) > MANIFEST_LIMIT:
        raise FileRefused(path, f"not a backup: it has no {MANIFEST}, or too large a one")
    document = json.loads(archive.read(MANIFEST))
    written = document.get("format") if isinstance(document, dict) else None
    if isinstance(written, int) and written > FORMAT:
        raise FileRefused(
            path, f"a backup of format {written}, and this program knows up to {FORMAT}: update it"
        )
    try:
        manifest = Manifest.model_validate(document)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise FileRefused(path, f"damaged: {MANIFEST}: {where}: {first['msg']}") from None
    _check_whole(path, infos, manifest)
    return manifest


def _check_whole(path: Path, infos: list[zipfile.ZipInfo], manifest: Manifest) -> None:
    """That there is what the manifest says, no more and no less."""
    there = Counter(info.filename for info in infos)
    expected = Counter([MANIFEST, *manifest.expected_members()])
    if there != expected or set(expected) != {MANIFEST, *manifest.members}:
        odd = sorted((there - expected) + (expected - there)) or sorted(manifest.members)
        raise FileRefused(path, f"damaged: {odd[0]} is missing, or should not be there")
    if manifest.counts != manifest.counted():
        raise FileRefused(path, f"damaged: {MANIFEST} counts otherwise than it lists")
    for info in infos:
        member = manifest.members.get(info.filename)
        readable = info.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
        if not readable or info.flag_bits & _ENCRYPTED:
            raise FileRefused(path, f"damaged: {info.filename} cannot be unpacked")
        if member is not None and member.bytes != info.file_size:
            raise FileRefused(path, f"damaged: {info.filename} has another size than it should")
