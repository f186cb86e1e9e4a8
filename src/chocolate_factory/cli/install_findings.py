"""``doctor`` on how it is installed: libraries, and the containers composed in a folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from chocolate_factory.cli.access_findings import port_finding, readable_by_others
from chocolate_factory.cli.finding import Finding
from chocolate_factory.settings import Settings, variable

LOCK = files("chocolate_factory").joinpath("data", "requirements.lock")
"""The libraries with which all was tested."""
SHOWN = 5
"""So many libraries are named."""
COMPOSITIONS = (Path("compose.yaml"), Path("deploy/compose.yaml"))
PROJECT = "chocolate-factory"
CLOSED = {
    variable(name)
    for name, field in Settings.model_fields.items()
    if field.annotation is SecretStr or name == "notify_urls"
}
"""Variables that may hold a key or a password."""
_VARIABLE = re.compile(
    r"^[ \t]*([A-Za-z_]\w*)=(?:[ \t]*\"([^\"\n]*)\"|[ \t]*'([^'\n]*)'|(.*?))"
    r"(?:[ \t]+#.*)?[ \t]*$",
    re.MULTILINE,
)
"""A line of ``.env`` as Compose reads it: a comment may follow."""


def libraries() -> Finding:
    """Whether what is installed has the versions of the lock."""
    pinned: dict[str, set[str]] = {}  # of some libraries one for each Python
    for name, held in re.findall(
        r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;]+)", LOCK.read_text("utf-8"), re.MULTILINE
    ):
        pinned.setdefault(name, set()).add(held)
    found = {name: _installed(name) for name in pinned}
    there = {name: held for name, held in found.items() if held is not None}
    other = [
        f"{name} {held} ({' or '.join(sorted(pinned[name]))})"
        for name, held in there.items()
        if held not in pinned[name]
    ]
    if not other:
        return Finding("libraries", "ok", f"{len(there)}, each in the version of the lock")
    named = ", ".join(other[:SHOWN]) + (", …" if len(other) > SHOWN else "")
    detail = f"{len(other)} of {len(there)} are not in the version that was tested: {named}"
    return Finding("libraries", "warning", f"{detail}; `make setup` in a checkout installs those")


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def container_findings(folder: Path) -> Iterator[Finding]:
    """What the containers need of this machine, if ``folder`` is where they are composed.

    Nothing is said where nobody has begun to: without a file ``.env`` beside the composition.
    """
    for composition in (folder / name for name in COMPOSITIONS):
        chosen = composition.with_name(".env")
        if not (composition.is_file() and chosen.is_file()):
            continue
        try:
            told = YAML(typ="safe").load(composition)
            if not isinstance(told, dict) or told.get("name") != PROJECT:
                continue
            said = _variables(chosen.read_text(encoding="utf-8"))
            if any(said.get(name) for name in CLOSED):
                yield from readable_by_others(chosen)
            yield from _Composition(composition.parent, told, said).findings()
            return
        except (
            OSError,
            UnicodeDecodeError,
            YAMLError,
            LookupError,
            TypeError,
            ValueError,
        ) as fault:
            detail = f"{composition} is not built as the one that ships, and was not looked through"
            yield Finding("containers", "warning", f"{detail} ({type(fault).__name__}: {fault})")


def _variables(text: str) -> dict[str, str]:
    told = _VARIABLE.findall(text)
    return {name: double or single or plain.strip() for name, double, single, plain in told}


@dataclass(frozen=True, slots=True)
class _Composition:
    """What ``compose.yaml`` of a folder says, and the variables of its ``.env``."""

    folder: Path
    told: Mapping[str, Any]
    said: Mapping[str, str]

    def findings(self) -> Iterator[Finding]:
        profiles = [name for name in self._of("COMPOSE_PROFILES").split(",") if name]
        services = {
            name: service
            for name, service in self.told["services"].items()
            if set(profiles) & set(service["profiles"])
        }
        unknown = set(profiles) - {one for each in services.values() for one in each["profiles"]}
        if unknown or not services:
            there = sorted(
                {one for all_ in self.told["services"].values() for one in all_["profiles"]}
            )
            detail = (
                f"COMPOSE_PROFILES in {self.folder / '.env'} is {','.join(profiles)!r}: choose of"
            )
            yield Finding("containers", "warning", f"{detail} {', '.join(there)}")
        for port in {one for each in services.values() for one in each.get("ports", ())}:
            host, number, _ = self._filled(port).split(":")
            yield port_finding("containers' port", host, int(number))
        wrong = [detail for service in services.values() for detail in self._wrong(service)]
        wrong += self._engine()
        for detail in dict.fromkeys(wrong):
            yield Finding("containers", "warning", detail)
        if not wrong and services:
            yield Finding("containers", "ok", f"{', '.join(services)}: files, rights and Docker")

    def _wrong(self, service: Mapping[str, Any]) -> Iterator[str]:
        """What a service lacks."""
        user = int(self._filled(service["user"]).partition(":")[0])
        for mount in service.get("volumes", ()):
            path = self.folder / mount["source"]
            if not path.is_dir():
                yield f"{path} is missing: `mkdir -p {path}`"
            elif not mount.get("read_only") and path.stat().st_uid != user:
                yield f"{path} is not the containers': `sudo chown {user}:{user} {path}`"
        for name in service.get("secrets", ()):
            yield from self._secret(self.folder / self.told["secrets"][name]["file"], user)

    def _secret(self, path: Path, user: int) -> Iterator[str]:
        try:
            told = path.stat()
        except PermissionError:
            yield f"{path} cannot be looked at by this user: ask `doctor` as its owner"
            return
        except OSError:
            yield f"{path} is missing: see docs/operations.md, In containers"
            return
        if not told.st_size and not self._is_registered(path):
            yield f"{path} is empty: write the key into it"
        if told.st_uid != user and not told.st_mode & 0o004:
            yield f"the container cannot read {path}: `chmod 644 {path}`"
        folder = self.folder / "secrets"
        if folder.stat().st_mode & 0o077:
            yield f"others on this machine may look into {folder}: `chmod 700 {folder}`"

    def _is_registered(self, path: Path) -> bool:
        """Whether the key is Tailscale's, which is needed once."""
        if path.name != "tailscale_auth_key":
            return False
        try:
            return bool(os.listdir(self.folder / "tailscale"))
        except PermissionError:  # closed by the program that has been at work there
            return True
        except OSError:
            return False

    def _engine(self) -> Iterator[str]:
        """What Docker says of the composition; it is asked for nothing to run."""
        program = shutil.which("docker")
        if program is None:
            yield "there is no `docker` here: install Docker with Compose 2.24 or newer"
            return
        asked = (program, "compose", "config", "--quiet")
        try:
            told = subprocess.run(  # noqa: S603
                asked, cwd=self.folder, capture_output=True, text=True, timeout=30, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as fault:
            yield f"`docker compose config` did not answer: {fault}"
            return
        if told.returncode:
            said = " ".join(told.stderr.split())
            yield f"`docker compose config` says: {said} (Compose 2.24 or newer is needed)"

    def _of(self, name: str) -> str:
        """A variable; what the environment says wins, as for Compose."""
        return os.environ.get(name, self.said.get(name, ""))

    def _filled(self, text: str) -> str:
        """``text`` with its ``${NAME:-default}``."""
        return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda m: self._of(m[1]) or m[2], text)
