"""``doctor`` on who gets at what: the port, what changes something, files that hold keys."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from pathlib import Path

from chocolate_factory.cli.finding import Finding
from chocolate_factory.cli.serve import AS_ASKED_HERE, bound_socket
from chocolate_factory.errors import FactoryError
from chocolate_factory.market.calendar import utc_iso
from chocolate_factory.settings import NOTIFY_FILE, PREFIX, Settings
from chocolate_factory.store.tokens import TokenBook

CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))
"""One of these is there in a container of Docker or Podman."""
TOKEN_ENDS_WITHIN = timedelta(days=7)


def access_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """The address listened on, tokens, and files that hold secrets."""
    yield _listening(settings)
    yield from _tokens(settings, now)
    for path in (settings.config_folder / NOTIFY_FILE, settings.tokens_file):
        if path.exists():
            yield from readable_by_others(path)
    if settings.secrets_dir is not None:
        yield _secrets_folder(settings.secrets_dir)


def port_finding(what: str, host: str, port: int) -> Finding:
    """Whether a server could listen there, or one of ours answers there already."""
    try:
        bound_socket(host, port).close()
    except FactoryError as fault:
        if _serves(AS_ASKED_HERE.get(host, host), port):
            return Finding(what, "ok", f"the service answers on {host}:{port}")
        return Finding(what, "warning", str(fault))
    return Finding(what, "ok", f"{host}:{port} is free")


def _serves(host: str, port: int) -> bool:
    asked = HTTPConnection(host, port, timeout=4)
    try:
        asked.request("GET", "/health")
        return asked.getresponse().read(100) == b'{"status":"ok"}'
    except (OSError, HTTPException):
        return False
    finally:
        asked.close()


def readable_by_others(path: Path) -> Iterator[Finding]:
    """A warning if others on this machine may read a file that may hold passwords."""
    if _open_to_others(path):
        detail = f"others on this machine may read {path}: `chmod 600 {path}`"
        yield Finding("secrets", "warning", detail)


def _listening(settings: Settings) -> Finding:
    where = f"{settings.host}:{settings.port}"
    if _is_loopback(settings.host):
        return Finding("listening", "ok", f"on {where}, which only this machine reaches")
    if _in_container():
        detail = f"on {where} of a container: who reaches it says the port that is published"
        return Finding("listening", "ok", detail)
    detail = f"on {where}: whoever reaches it reads the plan, without login and without encryption"
    if settings.server_names or not settings.trust_loopback:
        return Finding("listening", "ok", detail)
    return Finding(
        "listening",
        "warning",
        f"{detail}. Leave {PREFIX}HOST at 127.0.0.1, or, if it is meant, name the server in "
        f"{PREFIX}SERVER_NAMES; with a proxy on this machine set {PREFIX}TRUST_LOOPBACK=false",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _in_container() -> bool:
    return any(mark.exists() for mark in CONTAINER_MARKS)


def _tokens(settings: Settings, now: datetime) -> Iterator[Finding]:
    try:
        tokens = TokenBook(settings.tokens_file).tokens(now=now)
    except FactoryError as fault:
        yield Finding("tokens", "fault", str(fault))
        return
    ending = [token for token in tokens if token.expires_at < now + TOKEN_ENDS_WITHIN]
    for token in ending:
        detail = f"{token.name} ends {utc_iso(token.expires_at)}: `token create` a new one"
        yield Finding("tokens", "warning", detail)
    if tokens:
        roles = Counter(token.role.value for token in tokens)
        said = ", ".join(f"{number} {role}" for role, number in sorted(roles.items()))
        if not ending:
            yield Finding("tokens", "ok", f"{said}, kept as hashes")
    elif settings.trust_loopback and not _in_container():
        detail = "none: only programs on this machine may change something"
        yield Finding("tokens", "ok", detail)
    else:
        whose = "from outside this container" if settings.trust_loopback else "over HTTP"
        detail = f"none in force, so that nobody can change anything {whose}: `token create NAME`"
        yield Finding("tokens", "warning", f"{detail} makes one (--role planner or admin)")


def _secrets_folder(folder: Path) -> Finding:
    """Whether others may read the keys: a folder closed to them closes what is in it."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    told = f"{folder}, {len(files)} files"
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        detail = f"{told}, mounted to be read only: its rights are seen to where it comes from"
        return Finding("secrets folder", "ok", detail)
    if not _open_to_others(folder):
        return Finding("secrets folder", "ok", f"{told}, closed to others")
    commands = [f"chmod 700 {folder}"]
    commands += [f"chmod 600 {path}" for path in files if _open_to_others(path)]
    detail = f"others on this machine may look into {folder}"
    if len(commands) > 1:
        detail += f" and read {len(commands) - 1} of {len(files)} files"
    return Finding("secrets folder", "warning", f"{detail}: `{' && '.join(commands)}`")


def _open_to_others(path: Path) -> bool:
    """Whether others may read or write it; the group too if it is ours, who could close it."""
    told = path.stat()
    others = 0o077 if told.st_uid == os.getuid() else 0o007
    return bool(stat.S_IMODE(told.st_mode) & others)
