"""From a store into one file, while others write to the store."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO

import numpy as np
from pydantic import ValidationError

from chocolate_factory import __version__
from chocolate_factory.durable import sync_folder
from chocolate_factory.errors import FileRefused, StoreError
from chocolate_factory.market.series import SeriesKey
from chocolate_factory.store.backup.lines import KINDS, write_line
from chocolate_factory.store.backup.manifest import (
    COLUMNS,
    FORMAT,
    MANIFEST,
    NO_SEAL,
    SEAL_LENGTH,
    BackupReport,
    Columns,
    Counts,
    Lines,
    Manifest,
    Member,
    UserFile,
    report_of,
    seal,
)
from chocolate_factory.store.backup.reading import read_backup
from chocolate_factory.store.base import Piece, Store, Vintages

PARTIAL = ".partial"
"""Ending of the name under which a backup is written until it is whole."""
Tell = Callable[[int, int], None]
"""Called with how many of how many steps are done."""
_COMPRESSION_LEVEL = 1  # half the time of the default for a tenth more bytes


def write_backup(
    store: Store,
    path: Path,
    *,
    now: datetime,
    extra_files: Mapping[str, Path] | None = None,
    tell: Tell = lambda _done, _total: None,
) -> BackupReport:
    """Write everything ``store`` holds at one instant to ``path``, read it back, and report it.

    The file appears under its name when it is whole, checked and on the disk, or not at all, and
    only its owner can read it. ``extra_files`` (plant, orders) are put in under the given names,
    paths from the data folder; one that cannot be is ``left_out`` of the report and keeps nothing
    else back. ``tell`` counts series.

    Raises ``StoreError`` if the store cannot be read, ``path`` is there already, or it cannot be
    written.
    """
    if path.exists():
        raise StoreError(f"{path} is there already, and a backup overwrites nothing: name another")
    partial = path.with_name(f".{path.name}{PARTIAL}")
    with _faults_explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _faults_explained(path), partial.open("w+b") as file:
            partial.chmod(0o600)  # addresses of messages may hold passwords
            left_out = _write(file, store, now, extra_files or {}, tell)
            file.flush()
            os.fsync(file.fileno())
        manifest = _read_back(partial, path)
        with _faults_explained(path):
            partial.replace(path)
            sync_folder(path.parent)
            return replace(report_of(path, manifest), left_out=left_out)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _write(
    file: IO[bytes], store: Store, now: datetime, extra_files: Mapping[str, Path], tell: Tell
) -> tuple[str, ...]:
    """Everything, sealed; the answer says of which extra files it could not be."""
    with zipfile.ZipFile(
        file, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION_LEVEL
    ) as archive:
        archive.comment = NO_SEAL
        writer = _Writer(archive, now)
        files, left_out = [], []
        for name, path in extra_files.items():
            try:
                files.append(writer.add_file(name, path))
            except FileRefused as fault:
                left_out.append(str(fault))
        writer.add_all(store.dump(), len(store.coverage()), tell)
        writer.finish(tuple(files))
    sealed = seal(file)
    file.seek(-SEAL_LENGTH, os.SEEK_END)
    file.write(sealed)
    return tuple(left_out)


class _Writer:
    """Members written so far, and what the manifest will say of them."""

    def __init__(self, archive: zipfile.ZipFile, now: datetime) -> None:
        self._archive = archive
        self._now = now
        self._members: dict[str, Member] = {}
        self._pieces: list[Columns | Lines] = []

    def add_file(self, name: str, path: Path) -> UserFile:
        """A file of the user; ``FileRefused`` if it cannot be read, or its name not be kept."""
        try:
            user_file = UserFile(member=f"files/{len(self._members):05}", name=name)
        except ValidationError:
            raise FileRefused(
                path, "cannot be put into the backup under its name: call it otherwise"
            ) from None
        try:
            content = path.read_bytes()
        except OSError as fault:
            raise FileRefused(path, f"cannot be put into the backup: {fault.strerror}") from None
        with self._member(user_file.member) as write:
            write(content)
        return user_file

    def add_all(self, pieces: Iterable[Piece], series: int, tell: Tell) -> None:
        """Observations as columns, neighbouring lines of one kind in one member."""
        seen: set[SeriesKey] = set()
        what, lines = "", 0
        with ExitStack() as member:
            for piece in pieces:
                if isinstance(piece, Vintages):
                    member.close()
                    what = ""
                    seen.add(piece.key)
                    tell(len(seen), max(series, len(seen)))
                    self._pieces.append(self._columns(piece))
                    continue
                if KINDS[type(piece)] != what:
                    member.close()
                    what, lines = KINDS[type(piece)], 0
                    name = f"{what}/{len(self._pieces):05}.jsonl"
                    write = member.enter_context(self._member(name))
                    self._pieces.append(Lines(member=name, lines=1))
                lines += 1
                self._pieces[-1] = Lines(member=name, lines=lines)
                write(write_line(piece))

    def finish(self, files: tuple[UserFile, ...]) -> None:
        """Add the manifest."""
        manifest = Manifest(
            format=FORMAT,
            version=__version__,
            created_at=self._now,
            counts=Counts(rows=0, forecasts=0, plans=0, events=0, runs=0),
            pieces=tuple(self._pieces),
            files=files,
            members=self._members,
        )
        counted = manifest.model_copy(update={"counts": manifest.counted()})
        self._archive.writestr(self._info(MANIFEST), counted.model_dump_json(indent=1))

    def _columns(self, told: Vintages) -> Columns:
        folder, content = f"observations/{len(self._pieces):05}", hashlib.sha256()
        for column, dtype in COLUMNS.items():
            array = np.ascontiguousarray(getattr(told, column), dtype=dtype)
            content.update(array.data)
            with self._member(f"{folder}/{column}.npy") as write:
                np.lib.format.write_array(_Stream(write), array, (1, 0), allow_pickle=False)
        return Columns(
            folder=folder,
            name=told.key.name,
            place=told.key.place,
            source=told.source,
            kind=told.kind,
            rows=told.start_s.size,
            sha256=content.hexdigest(),
        )

    @contextmanager
    def _member(self, name: str) -> Iterator[Callable[[bytes], object]]:
        """Write a member and note its checksum."""
        digest, size = hashlib.sha256(), 0
        with self._archive.open(self._info(name), "w", force_zip64=True) as member:

            def write(data: bytes) -> int:
                nonlocal size
                digest.update(data)
                size += len(data)
                return member.write(data)

            yield write
        self._members[name] = Member(sha256=digest.hexdigest(), bytes=size)

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._now.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        return info


class _Stream:
    """As much of a file as numpy needs to write to."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.write = write


def _read_back(partial: Path, path: Path) -> Manifest:
    try:
        return read_backup(partial).manifest
    except FileRefused as fault:
        raise StoreError(
            f"the backup {path} did not come back from the disk as it was written "
            f"({fault.reason}): check the disk, and write it to another one"
        ) from fault


@contextmanager
def _faults_explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise StoreError(
            f"the backup {path} cannot be written: {fault.strerror}. Make room, correct the "
            "rights, or name another place"
        ) from fault
