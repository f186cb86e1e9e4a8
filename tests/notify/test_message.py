import json
import socket
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from chocolate_factory.errors import SourceRejected
from chocolate_factory.notify.message import Message, understood

MESSAGE = Message("Plan", "366.00 €")


def delivered(*urls):
    """Whether the message went out to each address."""
    return [address.take(MESSAGE) for address in understood(urls)]


@contextmanager
def webhook(status):
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"json://127.0.0.1:{server.server_port}/s3cret", received
        finally:
            server.shutdown()
            thread.join()


def test_a_message_reaches_the_webhook_with_title_and_body():
    with webhook(200) as (url, received):
        assert delivered(url) == [True]
    assert [(hook["title"], hook["message"]) for hook in received] == [("Plan", "366.00 €")]


def test_an_address_that_fails_keeps_nothing_from_another():
    with webhook(500) as (bad, _), webhook(200) as (good, received):
        assert delivered(bad, good) == [False, True]
    assert len(received) == 1


def test_an_unknown_kind_of_address_is_refused():
    with pytest.raises(SourceRejected, match="address 1"):
        understood(["carrier-pigeon://s3cret"])


def test_an_address_keeps_its_mark_wherever_it_stands_and_whatever_its_password():
    mail, ntfy = "mailtos://ana:one@example.org", "ntfys://plant-7f3a"
    first, second = (address.mark for address in understood([mail, ntfy]))
    moved, renewed, other = (
        address.mark
        for address in understood([ntfy, "mailtos://ana:two@example.org", "ntfys://plant-8"])
    )

    assert (moved, renewed) == (second, first)
    assert len({first, second, other}) == 3


def test_two_addresses_that_look_alike_without_their_passwords_have_two_marks():
    marks = [one.mark for one in understood(["json://ana:a@localhost", "json://ana:b@localhost"])]
    assert len(set(marks)) == 2


@contextmanager
def broker():
    """As much of MQTT 3.1.1 as one publisher of quality 0 needs: what was published, by topic."""
    published = []
    listener = socket.create_server(("127.0.0.1", 0))

    def packet(stream):
        kind = stream.read(1)
        length, shift = 0, 0
        while kind:
            byte = stream.read(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return kind[0] >> 4, stream.read(length)
        return 0, b""

    def serve():
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as stream:
            while True:
                kind, body = packet(stream)
                if kind == 1:
                    connection.sendall(b"\x20\x02\x00\x00")  # accepted
                elif kind == 3:
                    size = int.from_bytes(body[:2])
                    published.append((body[2 : 2 + size].decode(), body[2 + size :].decode()))
                elif kind == 12:
                    connection.sendall(b"\xd0\x00")
                else:
                    return

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield (
            f"mqtt://127.0.0.1:{listener.getsockname()[1]}/plant/alerts?qos=0&version=v3.1.1",
            (published),
        )
        thread.join(timeout=5)
    finally:
        listener.close()


def test_a_message_is_published_over_mqtt():
    pytest.importorskip("paho.mqtt", reason="needs the extra mqtt")
    with broker() as (url, published):
        assert delivered(url) == [True]
    ((topic, text),) = published
    assert topic == "plant/alerts"
    assert "Plan" in text
    assert "366.00 €" in text
