"""A store alone, for commands that need no factory around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chocolate_factory.app.site_files import Site
from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.settings import Settings
from chocolate_factory.store.base import Store
from chocolate_factory.store.opening import open_store


@contextmanager
def opened_store(settings: Settings, *, create: bool = False) -> Iterator[Store]:
    """The store of the settings, closed at the end.

    Raises ``SettingsInvalid`` if there is none yet and it may not be created: a mistyped folder
    should not become an empty store.
    """
    if not create and not settings.store_exists:
        raise SettingsInvalid(
            f"no store in {settings.data_dir}: `import` or `ingest` first, or say where it is with "
            "--dir or CHOCOLATE_FACTORY_DATA_DIR"
        )
    store = open_store(settings.store, token=settings.store_token.get_secret_value())
    try:
        yield store
    finally:
        store.close()


@contextmanager
def opened_site(site: Site, *, create: bool = False) -> Iterator[Store]:
    """The store as ``site`` sees it, closed at the end. Raises what ``opened_store`` does."""
    with opened_store(site.common, create=create) as store:
        yield store.of_site(site.kept_as)
