"""Who may change something, and who did."""

from __future__ import annotations

from chocolate_factory.settings import Settings
from chocolate_factory.store.audit import AuditLog
from chocolate_factory.store.tokens import TokenBook


def access_files(settings: Settings) -> tuple[TokenBook, AuditLog]:
    """The tokens in force, and the log of who changed what."""
    return TokenBook(settings.tokens_file), AuditLog(settings.log_folder)
