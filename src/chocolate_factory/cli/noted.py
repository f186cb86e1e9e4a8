"""What a command changes, noted in the audit log as what is asked over HTTP is."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager

from chocolate_factory.cli.output import err
from chocolate_factory.cli.root import now
from chocolate_factory.errors import StoreError
from chocolate_factory.settings import Settings
from chocolate_factory.store.audit import AuditLog, Entry
from chocolate_factory.store.tokens import Role


@contextmanager
def noted(settings: Settings, *what: object, site: str = "") -> Iterator[None]:
    """Note that ``what`` is begun, on disk before it is, and how it ended.

    ``site`` is that which is meant, where there are several. Raises ``StoreError`` if it cannot be
    noted: then nothing is begun.
    """
    log = AuditLog(settings.log_folder)
    said = " ".join(str(word) for word in (*what, *(("--site", site) if site else ())))

    def note(outcome: str) -> None:
        log.done(
            Entry(
                at=now(), who=who(), role=Role.ADMIN.value, address="", what=said, outcome=outcome
            )
        )

    def note_end(outcome: str) -> None:
        try:
            note(outcome)
        except StoreError as fault:  # what was done is done: it must not be told as failed
            err.print(f"{outcome}, and not noted: {fault}", highlight=False, soft_wrap=True)

    note("begun")
    try:
        yield
    except BaseException:
        note_end("failed")
        raise
    note_end("done")


def who() -> str:
    """Who types: ``command line:`` and their name on this machine, or number if it has none."""
    try:
        return f"command line:{getpass.getuser()}"
    except (KeyError, OSError):  # in a container, as a user that it does not know
        return f"command line:{os.getuid()}"
