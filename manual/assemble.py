"""Every page of the site in one folder: what is written by hand, and what is read from the code."""

from __future__ import annotations

import shutil
from pathlib import Path

from manual.command_line import command_page
from manual.file_schemas import files_page
from manual.http_api import document, http_page
from manual.setting_list import settings_page

ROOT = Path(__file__).parents[1]
BESIDE = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
"""Pages that stand beside ``docs``; there they call its pages ``docs/…``."""


def assemble(folder: Path) -> None:
    """Write the pages into ``folder``, which must not exist."""
    shutil.copytree(ROOT / "docs", folder)
    shutil.copytree(ROOT / "manual" / "assets", folder / "assets")
    for name in BESIDE:
        text = (ROOT / name).read_text("utf-8")
        (folder / name).write_text(text.replace("](docs/", "]("), "utf-8")
    reference = folder / "reference"
    reference.mkdir()
    made = {
        "http.md": http_page(document()),
        "commands.md": command_page(),
        "settings.md": settings_page(),
        "files.md": files_page(),
    }
    for name, text in made.items():
        (reference / name).write_text(text, "utf-8")
