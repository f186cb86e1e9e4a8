"""The ``serve`` command, and how a server is run."""

from __future__ import annotations

import resource
import socket
import sys
import threading
from contextlib import suppress
from typing import Annotated

import structlog
import typer
import uvicorn
from fastapi import FastAPI

from chocolate_factory import pipeline
from chocolate_factory.app.factory import open_sites
from chocolate_factory.app.serving import build_web
from chocolate_factory.cli.output import err
from chocolate_factory.cli.root import Dir, app, now
from chocolate_factory.errors import SettingsInvalid
from chocolate_factory.settings import load_settings, unknown_settings
from chocolate_factory.store.serving import served_alone
from chocolate_factory.web.connections import Connection
from chocolate_factory.web.live import Server

SIMULATED_HELD = (
    "the store holds SIMULATED DATA, as `demo` makes it: no plan and no euro here is of the real "
    "market, and no real data is taken in; for that name another folder with --dir or "
    "CHOCOLATE_FACTORY_DATA_DIR"
)
AS_ASKED_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
"""What means every address of this machine, and one of them."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port", show_default="8000")] = None,
    directory: Dir = None,
) -> None:
    """Serve the dashboard and keep data, forecasts and plan fresh by the schedule.

    Jobs that were missed run at the start. On an empty store the history is fetched by itself,
    newest weeks first: a first forecast and plan follow soon, and improve as older years arrive.
    """
    settings = load_settings(data_dir=directory, host=host, port=port)
    for unknown in unknown_settings():
        err.print(f"warning: {unknown}", highlight=False, soft_wrap=True)
    with (
        bound_socket(settings.host, settings.port) as listener,
        served_alone(settings.store, settings.data_dir) as taken,
        open_sites(settings) as sites,
    ):
        if pipeline.holds_simulated(sites.zone.store):
            err.print(f"warning: {SIMULATED_HELD}", highlight=False, soft_wrap=True)
        run_server(build_web(sites, now, catch_up=True), listener, until=taken)


def bound_socket(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises ``SettingsInvalid`` with what to do if the port is in use or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named asyncio turns off Nagle's algorithm on what is accepted: without it
    # every answer after the first on a kept connection waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as fault:
        listener.close()
        raise SettingsInvalid(
            f"cannot listen on {host}:{port}: {fault.strerror}; choose another with --port or "
            "CHOCOLATE_FACTORY_PORT"
        ) from None
    return listener


def run_server(
    web: FastAPI, listener: socket.socket, *, until: threading.Event | None = None
) -> None:
    """Serve ``web`` on ``listener`` until SIGTERM or Ctrl+C, or until ``until`` is set.

    Raises the number of files that this process may open to what the system allows it: each
    connection is one.
    """
    with suppress(OSError, ValueError):  # some systems name a limit that they do not grant
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    host, port = listener.getsockname()[:2]
    host = AS_ASKED_HERE.get(host, host)
    shown = f"[{host}]" if ":" in host else host
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    err.print(f"dashboard: http://{shown}:{port}/dashboard  (Ctrl+C ends it)", highlight=False)
    config = uvicorn.Config(
        web,
        http=Connection,
        log_level="warning",
        timeout_graceful_shutdown=4,  # and as much again for jobs: see schedule
        server_header=False,
        proxy_headers=False,  # an address is the other end's, whatever a header says
    )
    server = Server(config, web.state.streams, ending=web.state.ending)
    if until is not None:
        threading.Thread(target=_end_at, args=(until, server), daemon=True).start()
    server.run(sockets=[listener])


def _end_at(told: threading.Event, server: uvicorn.Server) -> None:
    told.wait()
    server.should_exit = True
