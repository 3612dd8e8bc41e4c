from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest
from pydantic import ValidationError

from kc.library.callbacks.remote_monitor import RemoteMonitor
from tests.library.callbacks.drive import drive

LOGS = [{"loss": 0.5, "val_loss": 0.25}, {"loss": 0.125, "val_loss": 1.0}]


@pytest.fixture
def server():
    """A server on this machine, and what it was sent; it answers with ``status``."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.server.sent.append((self.path, dict(self.headers), body))
            self.send_response(self.server.status)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        running.sent, running.status = [], 200
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def root(server) -> str:
    return f"http://127.0.0.1:{server.server_port}/base/"


def test_each_epoch_is_sent_in_a_form(server):
    assert not drive(RemoteMonitor(root(server), headers={"X-Run": "seven"}), LOGS).notices
    path, headers, body = server.sent[1]
    assert path == "/base/publish/epoch/end/"
    assert headers["X-Run"] == "seven"
    assert json.loads(parse_qs(body)["data"][0]) == {"epoch": 2, **LOGS[1]}
    assert len(server.sent) == 2


def test_each_epoch_is_sent_as_json(server):
    drive(RemoteMonitor(root(server), path="/epoch", send_as_json=True), LOGS)
    path, headers, body = server.sent[0]
    assert (path, headers["Content-Type"]) == ("/base/epoch", "application/json")
    assert json.loads(body) == {"epoch": 1, **LOGS[0]}


def test_a_server_that_refuses_is_a_notice(server):
    server.status = 500
    (notice,) = drive(RemoteMonitor(root(server)), LOGS).notices
    assert notice.code.id == "KC553"
    assert notice.message.endswith("it answered 500")


def test_a_server_that_is_not_there_is_one_notice_and_the_run_goes_on():
    found = drive(RemoteMonitor("http://127.0.0.1:9", timeout_seconds=1), LOGS)
    (notice,) = found.notices
    assert "could not send epoch 1 to http://127.0.0.1:9" in notice.message
    assert found.epoch == 2


def test_a_redirect_is_not_followed(server):
    server.status = 302
    drive(RemoteMonitor(root(server)), LOGS[:1])
    assert len(server.sent) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"root": "file:///etc/passwd"},
        {"root": "ftp://host"},
        {"root": "http://"},
        {"root": "http://host:port"},
        {"root": "http://a\r\nb"},
        {"path": "no/slash"},
        {"path": "/a b"},
        {"headers": {"A": "b\r\nC: d"}},
        {"headers": {"A B": "c"}},
    ],
    ids=str,
)
def test_what_is_no_request_is_refused(fields):
    with pytest.raises(ValidationError):
        RemoteMonitor(**fields)
