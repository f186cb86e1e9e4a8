"""``python -m chocolate_factory`` and the ``chocolate-factory`` command."""

from __future__ import annotations

import sys

INTERRUPTED = 130
"""Exit status after Ctrl+C: 128 and the number of the signal."""


def main() -> None:
    """Run the command line; Ctrl+C ends it with one line, at whatever moment."""
    try:
        from chocolate_factory.cli import main as run  # noqa: PLC0415 - loading takes a second

        run()
    except KeyboardInterrupt:
        pass
    except SystemExit as ended:
        if ended.code != INTERRUPTED:
            raise
    else:
        return
    sys.stderr.write("interrupted: what was stored before is kept\n")
    sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
