"""The documents name only commands, settings and paths that exist, and all of them."""

import re
import tomllib
from pathlib import Path

import pytest

from chocolate_factory.cli.listed import LISTED
from chocolate_factory.cli.root import loaded
from chocolate_factory.schedule import TABLE
from chocolate_factory.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
COMMANDS = loaded().commands


def test_the_readme_is_short_and_starts_with_the_two_commands():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 150
    first_block = "\n".join(lines).split("```")[1]
    assert re.findall(r"^make \w+", first_block, re.MULTILINE) == ["make demo", "make test"]


def test_the_readme_lists_every_command_and_no_other():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE)) == set(COMMANDS)


def test_operations_lists_every_setting_and_no_other():
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    listed = set(re.findall(rf"^\| `{PREFIX}(\w+)` \|", text, re.MULTILINE))
    assert listed == {name.upper() for name in Settings.model_fields}


def test_the_layers_in_the_text_are_those_that_are_checked():
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [
        one for one in project["tool"]["importlinter"]["contracts"] if one["id"] == "layers"
    ]
    assert " → ".join(contract["layers"]) in text.splitlines()
    packages = {name for layer in contract["layers"] for name in layer.split(" | ")}
    assert set(re.findall(r"^\| `([a-z]+)` \|", text, re.MULTILINE)) == packages - {"__main__"}


def test_operations_lists_every_job_and_no_other():
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \| \w+ \| ", text, re.MULTILINE))
    assert listed == {timing.name: timing.when for timing in TABLE}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_settings_and_paths_in_the_text_exist(page):
    text = page.read_text(encoding="utf-8")
    for command in re.findall(r"(?:chocolate-factory|\bcf) ([a-z][\w-]*)", text):
        assert command in COMMANDS, command
    for setting in re.findall(rf"{PREFIX}([A-Z0-9_]+)", text):
        known = {name.upper() for name in Settings.model_fields} | {"SHARED"}
        assert setting in known, setting
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), link
    for path in re.findall(r"`((?:docs|benchmarks|tests|src)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
    for module in re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py)`", text):
        places = (ROOT / module, ROOT / "src/chocolate_factory" / module)
        assert any(place.exists() for place in places), module


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself_and_its_options(name):
    command = COMMANDS[name]
    assert command.help
    if name != "version":
        assert LISTED[name][1] == " ".join(command.help.split("\n\n")[0].split())
    for option in command.params:
        if option.name != "help":
            assert getattr(option, "help", None), f"{name}: {option.name}"
