"""A whole store in one verified file, and out of it into an empty store of any kind.

The file is an ordinary zip. ``manifest.json`` says what is in it; observations are columns in
``.npy`` files, all else is JSON lines; files of the configuration lie beside. The manifest has the
checksum of every member, and the zip's comment that of the whole file.
"""

from chocolate_factory.store.backup.manifest import BackupReport
from chocolate_factory.store.backup.placing import Placed, put_back
from chocolate_factory.store.backup.pruning import prune_backups
from chocolate_factory.store.backup.reading import Backup, read_backup
from chocolate_factory.store.backup.restoring import load_backup, must_be_empty, restore
from chocolate_factory.store.backup.writing import write_backup

__all__ = [
    "Backup",
    "BackupReport",
    "Placed",
    "load_backup",
    "must_be_empty",
    "prune_backups",
    "put_back",
    "read_backup",
    "restore",
    "write_backup",
]
