"""A disk that cannot be written: refused before anything is done, in words that help."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PRICES = "time_utc,price_eur_kwh\n2025-11-01T00:00Z,0.10\n2025-11-01T01:00Z,0.11\n"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "chocolate_factory", *arguments],
        cwd=folder.parent, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def run_read_only(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command while ``folder`` is read-only: root needs a mount for that."""
    if os.geteuid() != 0:
        folder.chmod(0o555)
        try:
            return run(folder, *arguments)
        finally:
            folder.chmod(0o755)
    unshare = shutil.which("unshare")
    mounted = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" "$0" && "$@"'
    if (
        unshare is None
        or subprocess.run(
            [unshare, "-m", "sh", "-c", mounted, str(folder), "true"],
            capture_output=True,
            check=False,
        ).returncode
    ):
        pytest.skip("root cannot mount a folder read-only here")
    return subprocess.run(
        [unshare, "-m", "sh", "-c", mounted, str(folder), sys.executable, "-W", "ignore", "-m",
         "chocolate_factory", *arguments],
        cwd=folder.parent, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_is_imported_to_a_read_only_folder_and_all_of_it_afterwards(tmp_path: Path) -> None:
    folder, prices = tmp_path / "data", tmp_path / "prices.csv"
    folder.mkdir()
    prices.write_text(PRICES)

    refused = run_read_only(folder, "import", str(prices), "--dir", str(folder))

    assert refused.returncode == 1
    assert str(folder) in refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr
    assert not list(folder.iterdir())
    done = run(folder, "import", str(prices), "--dir", str(folder))
    assert (done.returncode, "2 new" in done.stdout) == (0, True), done.stderr


def test_a_store_that_became_read_only_is_refused_and_keeps_what_it_holds(tmp_path: Path) -> None:
    folder, prices, more = tmp_path / "data", tmp_path / "prices.csv", tmp_path / "more.csv"
    folder.mkdir()
    prices.write_text(PRICES)
    more.write_text(PRICES.replace("2025-11-01", "2025-11-02"))
    assert run(folder, "import", str(prices), "--dir", str(folder)).returncode == 0
    held = contents(folder)

    refused = run_read_only(folder, "import", str(more), "--dir", str(folder))

    assert refused.returncode == 1
    assert "Traceback" not in refused.stdout + refused.stderr
    assert contents(folder) == held
