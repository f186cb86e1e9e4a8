"""``python -m chocolate_factory`` and the ``chocolate-factory`` command."""

from __future__ import annotations

from chocolate_factory.cli import main

if __name__ == "__main__":
    main()
