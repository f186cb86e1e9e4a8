"""The ``chocolate-factory`` command."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime
from typing import Any

from chocolate_factory.cli.root import app
from chocolate_factory.errors import FactoryError, Infeasible

__all__ = ["main"]


def main() -> None:
    """Run the command line; an expected error ends it with status 1 and one clear message."""
    try:
        app()
    except FactoryError as fault:
        if "--json" in sys.argv:
            print(json.dumps(_told(fault), ensure_ascii=False, default=datetime.isoformat))
        else:
            print(f"error: {fault}", file=sys.stderr)
        sys.exit(1)


def _told(fault: FactoryError) -> dict[str, Any]:
    """An error for machines."""
    told: dict[str, Any] = {"error": type(fault).__name__, "detail": str(fault)}
    if isinstance(fault, Infeasible):
        told |= {
            "reasons": list(fault.reasons),
            "ways_out": [asdict(way) for way in fault.ways_out],
            "untried": list(fault.untried),
        }
    return told
