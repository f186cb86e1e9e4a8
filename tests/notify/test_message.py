import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from chocolate_factory.errors import SourceRejected, SourceUnavailable
from chocolate_factory.notify.message import Message, deliver

MESSAGE = Message("Plan", "366.00 €")


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
        deliver(MESSAGE, [url])
    assert [(hook["title"], hook["message"]) for hook in received] == [("Plan", "366.00 €")]


def test_an_address_that_fails_is_named_by_its_place_without_its_secret():
    with webhook(500) as (url, _), pytest.raises(SourceUnavailable) as caught:
        deliver(MESSAGE, [url])
    assert "address 1" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_an_unknown_kind_of_address_is_refused():
    with pytest.raises(SourceRejected, match="address 1"):
        deliver(MESSAGE, ["carrier-pigeon://s3cret"])
