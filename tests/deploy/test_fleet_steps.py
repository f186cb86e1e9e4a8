"""The steps that set the fleet's containers up, in their order, without root and without Docker."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from deploy.conftest import DEPLOY, ROOT

from chocolate_factory.settings import PREFIX

SUDO = """#!/bin/bash
# Another user's folder is one here that its owner has no right to write.
set -e
xargs -r chmod u+w <"$STAND_INS/foreign"
if [ "$1" = chown ]; then
    echo "$*" >>"$STAND_INS/asked"
    shift 2
    realpath "$@" >>"$STAND_INS/foreign"
else
    "$@"
fi
xargs -r chmod u-w <"$STAND_INS/foreign"
"""
DOCKER = """#!/bin/bash
echo "$*" >>"$STAND_INS/asked"
"""


def steps(page: str) -> list[str]:
    """The commands of the first block under "In containers"."""
    text = (ROOT / page).read_text(encoding="utf-8").split("## In containers", 1)[1]
    return text.split("```sh\n", 1)[1].split("```", 1)[0].splitlines()


@dataclass
class Tree:
    """A copy of what the steps begin with, in which they run as nobody in particular."""

    folder: Path
    stand_ins: Path

    def run(self, lines: list[str]) -> None:
        """Commands of a shell; raises at the first that fails."""
        as_user = []
        if os.geteuid() == 0:
            as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        path = f"{self.stand_ins}:{os.environ['PATH']}"
        ended = subprocess.run(
            [*as_user, "bash", "-ec", "\n".join(lines)],
            cwd=self.folder,
            env={"PATH": path, "STAND_INS": str(self.stand_ins)},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr

    def contained(self, *words: str) -> str:
        """What the program says in the container of the application."""
        for folder in (self.stand_ins / "foreign").read_text().split():
            Path(folder).chmod(0o755)
        settled = {
            "DATA_DIR": "data", "SITES_DIR": "data/sites-config", "SECRETS_DIR": "secrets/app",
            "CLUSTER_URL": "tcp://dask-scheduler:8786",
        }  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "chocolate_factory", *words],
            cwd=self.folder,
            env=os.environ | {f"{PREFIX}{name}": text for name, text in settled.items()},
            check=True, capture_output=True, text=True, timeout=60,
        ).stdout  # fmt: skip

    def asked(self) -> list[str]:
        return (self.stand_ins / "asked").read_text().splitlines()


@pytest.fixture
def tree() -> Iterator[Tree]:
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv to change user")
    made = Path(tempfile.mkdtemp(prefix="fleet-steps-"))  # pytest's own is closed to others
    try:
        tree = Tree(made / "deploy", made / "bin")
        tree.folder.mkdir()
        tree.stand_ins.mkdir()
        shutil.copy(DEPLOY / ".env.example", tree.folder)
        for name, text in (("sudo", SUDO), ("docker", DOCKER), ("foreign", ""), ("asked", "")):
            (tree.stand_ins / name).write_text(text)
            (tree.stand_ins / name).chmod(0o755)
        if os.geteuid() == 0:
            for path in (made, *made.rglob("*")):
                shutil.chown(path, "nobody", "nogroup")
        yield tree
    finally:
        shutil.rmtree(made)


def test_the_steps_of_the_fleet_work_in_their_order_and_leave_a_site_to_start_with(tree: Tree):
    common, own = steps("docs/operations.md"), steps("docs/fleet.md")
    assert common[-1].startswith("docker compose up")
    tree.run(common[:-1])
    tree.run(own)
    *before, run, up = tree.asked()
    assert {"chown 10001:10001 data models logs", "chown 999:999 postgresql"} <= set(before)
    assert up == "compose up --build --detach"
    tree.contained(*run.partition(" app-fleet ")[2].split())
    assert "jaen" in tree.contained("site", "check")
    assert "COMPOSE_PROFILES=fleet" in (tree.folder / ".env").read_text().splitlines()
    password = (tree.folder / "secrets/postgresql_password").read_text().strip()
    url = (tree.folder / "secrets/app/chocolate_factory_store_url").read_text()
    assert url == f"postgresql://factory:{password}@postgresql/factory\n"
