"""The sidecar for remote access as it ships, started with stand-ins for Tailscale's programs."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
NAME = "plant.tail-net.ts.net"
ANY_CERTIFICATE = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
ANY_CERTIFICATE.check_hostname = False
ANY_CERTIFICATE.verify_mode = ssl.CERT_NONE
NEEDED = ("nginx", "openssl", "bash")

TAILSCALED = f"""#!{sys.executable}
import signal, socket, sys
path = next(word[9:] for word in sys.argv if word.startswith("--socket="))
with open(path + ".args", "w") as file:
    file.write(" ".join(sys.argv[1:]))
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
signal.sigwait([signal.SIGTERM])
"""
TAILSCALE = """#!/bin/bash
here=$(dirname "$0")
echo "$*" >>"$here/asked"
case $* in
*" up "*) [ ! -e "$here/refuse-up" ] ;;
*"status --json"*)
    printf '{\\n  "Self": {\\n    "DNSName": "%s.",\\n    "Online": true\\n' "$(<"$here/name")" ;;
*" cert "*)
    [ ! -e "$here/refuse-cert" ] || exit 1
    for word; do
        case $word in
        --cert-file=*) cp "$here/cert.pem" "${word#--cert-file=}" ;;
        --key-file=*) cp "$here/key.pem" "${word#--key-file=}" ;;
        esac
    done ;;
esac
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def certificate(folder: Path, *, days: int = 30) -> None:
    """A new certificate for ``NAME``; one of the past if ``days`` is negative."""
    key, cert, request = (folder / name for name in ("key.pem", "cert.pem", "request.pem"))
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subject = ["-subj", f"/CN={NAME}", "-keyout", str(key)]
    if days > 0:
        subprocess.run(
            ["openssl", "req", "-x509", *made, *subject, "-out", str(cert), "-days", str(days),
             "-addext", f"subjectAltName=DNS:{NAME}"],
            check=True, capture_output=True,
        )  # fmt: skip
        return
    (folder / "index").write_text("")
    (folder / "ca.cnf").write_text(
        f"[ca]\ndefault_ca=c\n[c]\ndatabase={folder}/index\nnew_certs_dir={folder}\n"
        "default_md=sha256\nrand_serial=yes\npolicy=p\n[p]\ncommonName=supplied\n"
    )
    for words in (
        ["req", "-new", *made, *subject, "-out", str(request)],
        ["ca", "-batch", "-selfsign", "-notext", "-config", str(folder / "ca.cnf"), "-keyfile",
         str(key), "-in", str(request), "-out", str(cert), "-startdate", "20200101000000Z",
         "-enddate", "20200201000000Z"],
    ):  # fmt: skip
        subprocess.run(["openssl", *words], check=True, capture_output=True)


@dataclass
class Upstream:
    """An application that answers everything with ``status``, and every byte that reached it."""

    port: int
    status: str = "200 OK"
    asked: list[bytes] = field(default_factory=list)

    def lines(self) -> list[str]:
        return [one.split(b"\r\n", 1)[0].decode("latin-1") for one in self.asked]


@dataclass
class Sidecar:
    """A running ``start.sh``: where it listens, and the folder of the stand-ins."""

    process: subprocess.Popen[bytes]
    port: int
    stand_ins: Path
    run: Path

    def asked(self) -> list[str]:
        return (self.stand_ins / "asked").read_text().splitlines()

    def listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def said(self) -> str:
        return (self.run / "said").read_text(errors="replace")

    def certificate(self) -> bytes:
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=5) as plain,
            ANY_CERTIFICATE.wrap_socket(plain, server_hostname=NAME) as secure,
        ):
            return secure.getpeercert(binary_form=True) or b""

    def raw(self, request: bytes, *, plain: bool = False) -> bytes:
        """All that comes back for these bytes."""
        received = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            link = connection
            if not plain:
                link = ANY_CERTIFICATE.wrap_socket(connection, server_hostname=NAME)
            with link:
                try:
                    link.sendall(request)
                    while chunk := link.recv(65536):
                        received += chunk
                except (ConnectionError, ssl.SSLError):
                    pass
        return received


@contextmanager
def answering(status: str = "200 OK") -> Iterator[Upstream]:
    """An ``Upstream`` on a free loopback port."""
    listener = socket.create_server(("127.0.0.1", 0))
    upstream = Upstream(listener.getsockname()[1], status)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                upstream.asked.append(connection.recv(65536))
                connection.sendall(
                    f"HTTP/1.1 {upstream.status}\r\n".encode()
                    + b"Content-Length: 7\r\nConnection: close\r\n"
                    b"Content-Type: text/plain\r\nSet-Cookie: a=b\r\nX-Request-ID: 1\r\n\r\nreached"
                )

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@contextmanager
def started(upstream_port: int, **more: str) -> Iterator[Sidecar]:
    """The sidecar before that port; it may have ended already, if something is amiss.

    ``more`` are files of the stand-ins by name, or variables by NAME.
    """
    with tempfile.TemporaryDirectory(prefix="cf-") as made:
        folder = Path(made)
        stand_ins, run, port = folder / "bin", folder / "run", free_port()
        stand_ins.mkdir()
        run.mkdir()
        for name, text in (("tailscaled", TAILSCALED), ("tailscale", TAILSCALE)):
            (stand_ins / name).write_text(text)
            (stand_ins / name).chmod(0o755)
        (stand_ins / "name").write_text(NAME)
        (folder / "key").write_text("tskey-auth-secret\n")
        certificate(stand_ins, days=-1 if "expired" in more else 30)
        variables = {name: text for name, text in more.items() if name.isupper()}
        for name, text in more.items():
            if name not in variables:
                (stand_ins / name.replace("_", "-")).write_text(text)
        environment = {
            "PATH": f"{stand_ins}:{os.environ['PATH']}:/usr/sbin",
            "REMOTE_RUN_DIR": str(run),
            "REMOTE_STATE_DIR": str(folder / "state"),
            "TS_AUTHKEY_FILE": str(folder / "key"),
            "REMOTE_LISTEN": f"127.0.0.1:{port}",
            "REMOTE_UPSTREAM": f"127.0.0.1:{upstream_port}",
            "REMOTE_LOOK_EVERY_S": "0.2",
            **variables,
        }
        with (run / "said").open("wb") as said:
            process = subprocess.Popen(
                ["bash", str(DEPLOY / "remote/start.sh")],
                env=environment, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip
            sidecar = Sidecar(process, port, stand_ins, run)
            try:
                until(
                    lambda: (
                        process.poll() is not None
                        or ("remote: https://" in sidecar.said() and sidecar.listens())
                    )
                )
                yield sidecar
            finally:
                process.terminate()
                process.wait(timeout=20)


def until(holds: Callable[[], bool], *, within_s: float = 20, every_s: float = 0.02) -> None:
    """Wait until it holds."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(every_s)


@pytest.fixture(scope="session")
def nginx() -> None:
    """Skips where the real programs are absent."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    missing = [name for name in NEEDED if shutil.which(name, path=path) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: apt-get install nginx openssl")


@pytest.fixture(scope="module")
def upstream(nginx: None) -> Iterator[Upstream]:
    with answering() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def sidecar(upstream: Upstream) -> Iterator[Sidecar]:
    with started(upstream.port) as sidecar:
        assert sidecar.process.poll() is None, sidecar.said()
        yield sidecar
