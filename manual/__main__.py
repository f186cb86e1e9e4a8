"""Build the documentation site: ``make docs``, or ``python -m manual [FOLDER]``.

The site can be read from the file system and asks nothing of any network; the search is in it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from manual.assemble import ROOT, assemble

SITE = ROOT / "build" / "manual"


def main() -> None:
    """Assemble the pages and have them built; ends with status 1 on any broken link."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=SITE, help=f"[default: {SITE}]")
    folder = parser.parse_args().folder.resolve()
    if build(folder).returncode:
        sys.exit("the site has faults, listed above")
    print(f"open {folder / 'site' / 'index.html'}")


def build(folder: Path) -> subprocess.CompletedProcess[bytes]:
    """The site in ``folder/site``, its pages in ``folder/pages``; what was there is replaced.

    The generator's end: its status is not 0 if a link or an anchor leads nowhere.
    """
    shutil.rmtree(folder, ignore_errors=True)
    assemble(folder / "pages")
    config = (ROOT / "manual" / "zensical.toml").read_text("utf-8")
    (folder / "zensical.toml").write_text(config, "utf-8")
    generator = [sys.executable, "-m", "zensical", "build", "--strict"]
    return subprocess.run(generator, cwd=folder, check=False)


if __name__ == "__main__":
    main()
