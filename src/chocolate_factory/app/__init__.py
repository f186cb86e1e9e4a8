"""COMPOSITION ROOT: the only place that constructs stores, sources, jobs and the web."""

from chocolate_factory.app.desks.reads import feeds_health, shown
from chocolate_factory.app.factory import (
    access_files,
    open_factory,
    open_sites,
    opened_site,
    opened_store,
    task_of,
)
from chocolate_factory.app.feeds import WITHOUT_KEY
from chocolate_factory.app.files import load_contract, load_orders, load_plant, read_text
from chocolate_factory.app.inbox import import_files
from chocolate_factory.app.serving import build_web
from chocolate_factory.jobs import Factory, Sites, alone

__all__ = [
    "WITHOUT_KEY",
    "Factory",
    "Sites",
    "access_files",
    "alone",
    "build_web",
    "feeds_health",
    "import_files",
    "load_contract",
    "load_orders",
    "load_plant",
    "open_factory",
    "open_sites",
    "opened_site",
    "opened_store",
    "read_text",
    "shown",
    "task_of",
]
