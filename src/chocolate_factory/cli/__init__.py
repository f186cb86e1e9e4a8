"""The ``chocolate-factory`` command."""

from __future__ import annotations

import json
import sys

from chocolate_factory.cli import (  # noqa: F401  (each registers its command)
    backtest,
    backup,
    bill,
    demo,
    doctor,
    explain,
    forecast,
    gaps,
    import_files,
    ingest,
    meter,
    models,
    plan,
    plant,
    reparse,
    replay,
    serve,
    what_if,
)
from chocolate_factory.cli.root import app
from chocolate_factory.errors import FactoryError

__all__ = ["main"]


def main() -> None:
    """Run the command line; an expected error ends it with status 1 and one clear message."""
    try:
        app()
    except FactoryError as fault:
        if "--json" in sys.argv:
            print(json.dumps({"error": type(fault).__name__, "detail": str(fault)}))
        else:
            print(f"error: {fault}", file=sys.stderr)
        sys.exit(1)
