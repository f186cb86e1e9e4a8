"""What the server listens on."""

from __future__ import annotations

import socket

from chocolate_factory.cli.serve import bound_socket


def test_answers_on_a_kept_connection_do_not_wait_for_acknowledgements():
    with bound_socket("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP  # by which asyncio knows to set TCP_NODELAY
