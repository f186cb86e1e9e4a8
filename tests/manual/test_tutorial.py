"""What the tutorial and the how-to pages tell people to type is typed, and does what they say."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
GOING_ON = ("how-to/plant.md", "how-to/contract.md", "how-to/keys.md", "how-to/fleet.md")
"""Pages whose commands go on where the tutorial ended."""
DATA = "export CHOCOLATE_FACTORY_DATA_DIR=data/demo-1\n"
END = "== end of block"
PATIENCE_S = 600
NUMBER = r"\d+(?:[.,:-]\d+)*"
COUNT = re.compile(r"\d{1,2}")

pytestmark = [
    pytest.mark.timeout(2 * PATIENCE_S),
    pytest.mark.skipif(
        not (Path(sys.prefix) / "bin" / "activate").is_file() or shutil.which("curl") is None,
        reason="needs bash, curl and a virtual environment to activate, as the tutorial's reader",
    ),
]


@dataclass(frozen=True)
class Step:
    """A block to type, and lines that are then on the screen, as ``plain`` reads them."""

    typed: str
    shown: tuple[str, ...]


def steps(page: str) -> list[Step]:
    """The ``sh`` blocks of a page, each with the ``text`` block that follows it, if one does."""
    text = (DOCS / page).read_text("utf-8")
    found: list[Step] = []
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if language == "sh":
            found.append(Step(block, ()))
        elif language == "text":
            found[-1] = Step(found[-1].typed, tuple(block.splitlines()))
    return found


def plain(text: str) -> str:
    """Without what differs from run to run: dates, times, amounts, and how wide a table is.

    Counts below a hundred have to hold, and that something is there as often as it should be.
    """
    text = re.sub(rf"({NUMBER}) of \1(?![\d.,:-]*\d)", "all of #", text)
    text = re.sub(NUMBER, lambda found: found[0] if COUNT.fullmatch(found[0]) else "#", text)
    return re.sub(r"\s+", " ", text).strip()


@dataclass(frozen=True)
class Reader:
    """Somebody at a terminal in a folder of their own."""

    folder: Path
    port: int

    @property
    def surroundings(self) -> dict[str, str]:
        kept = {name: v for name, v in os.environ.items() if not name.startswith("CHOCOLATE_")}
        return {**kept, "COLUMNS": "130", "BROWSER": "true", "NO_COLOR": "1"}

    def types(self, blocks: list[str]) -> list[str]:
        """What the screen shows after each block; fails with it if a command does."""
        script = "".join(f"{block}\necho '{END}'\n" for block in blocks)
        ended = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script.replace(":8000", f":{self.port}")],
            cwd=self.folder, env=self.surroundings, text=True, timeout=PATIENCE_S, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout
        return ended.stdout.split(f"{END}\n")[:-1]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A reader who has done the tutorial's first step: the demo is running."""
    first, *_ = steps("tutorial.md")
    assert first.typed == "chocolate-factory demo\n"
    folder = tmp_path_factory.mktemp("tutorial")
    (folder / ".venv").symlink_to(sys.prefix)
    with socket.create_server(("127.0.0.1", 0)) as free:
        one = Reader(folder, free.getsockname()[1])
    command = f"source .venv/bin/activate; exec {first.typed.strip()} --port {one.port}"
    with subprocess.Popen(
        ["bash", "-c", command], cwd=folder, env=one.surroundings, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as demo:  # fmt: skip
        assert demo.stdout is not None
        seen = []
        for line in demo.stdout:
            seen.append(line)
            if line.startswith("dashboard: "):
                break
        assert f"dashboard: http://127.0.0.1:{one.port}/dashboard" in seen[-1], "".join(seen)
        assert any("SIMULATED DATA" in line for line in seen)
        yield one
        demo.send_signal(signal.SIGINT)
        assert demo.wait(timeout=30) in (0, 130)


def followed(reader: Reader, first: str, said: list[Step]) -> None:
    """Type every block in one terminal, and hold each screen against what the page shows."""
    assert len(said) > 1
    _, *screens = reader.types([first, *(step.typed for step in said)])
    for step, screen in zip(said, screens, strict=True):
        for line in step.shown:
            assert plain(line) in plain(screen), f"{step.typed}\n{screen}"


def test_the_tutorial_can_be_followed_from_the_first_command_to_the_last(reader: Reader) -> None:
    followed(reader, "", steps("tutorial.md")[1:])
    assert (reader.folder / "shift.pdf").read_bytes().startswith(b"%PDF")
    assert (reader.folder / "month.pdf").read_bytes().startswith(b"%PDF")
    assert (reader.folder / "shift.ics").read_text("utf-8").startswith("BEGIN:VCALENDAR")
    assert '"simulated"' in (reader.folder / "dashboard.json").read_text("utf-8")


@pytest.mark.parametrize("page", GOING_ON)
def test_a_how_to_can_be_followed_where_the_tutorial_ended(reader: Reader, page: str) -> None:
    followed(reader, f"source .venv/bin/activate\n{DATA}", steps(page))


def test_every_block_that_is_to_be_typed_is_tried_here() -> None:
    tried = {"tutorial.md", *GOING_ON}
    elsewhere = [
        str(page.relative_to(DOCS)) for page in (DOCS / "how-to").glob("*.md")
        if "```sh\n" in page.read_text("utf-8")
    ]  # fmt: skip
    assert set(elsewhere) <= tried


def test_a_screen_with_gaps_is_not_the_one_that_is_shown() -> None:
    shown = "pvpc, 2023-11-30 to 2026-11-30: 26,304 of 26,304 delivery periods, 0 gaps"
    later = "pvpc,  2024-01-02 to 2027-01-02: 26,328 of 26,328  delivery periods, 0 gaps"
    assert plain(shown) == plain(later) == "pvpc, # to #: all of # delivery periods, 0 gaps"
    for wrong in (
        later.replace("0 gaps", "941 gaps"),
        later.replace("0 gaps", "10 gaps"),
        later.replace("26,328 of", "25,387 of"),
        later.replace("of 26,328", "of 26,328,000"),
    ):
        assert plain(shown) not in plain(wrong)
    assert plain("2 sites, 12.50 €") == "2 sites, # €" != plain("1 sites, 12.50 €")
