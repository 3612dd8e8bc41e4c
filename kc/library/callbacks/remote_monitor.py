"""Send each epoch to a server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import SplitResult, urlencode, urlsplit

from pydantic import Field

from kc.core import codes
from kc.core.diagnostic import Diagnostic, Label
from kc.core.events import Control, EpochEnd, Event
from kc.library.addresses import WebAddress
from kc.library.callback import Callback, StatelessWatcher
from kc.library.fields import PositiveFloat


class RemoteMonitor(Callback, kind="remote_monitor"):
    """POSTs the logs of each epoch to a server.

    They are a JSON map of ``epoch``, from 1, and the logs by name. A server that cannot be reached
    is a notice and does not end the run. Redirects are not followed, and what the server answers is
    not read.

    Source: ``keras/src/callbacks/remote_monitor.py``.

    Example:
        callbacks: [{remote_monitor: {root: "http://localhost:9000", send_as_json: true}}]
    """

    root: WebAddress = "http://localhost:9000"
    """Address of the server."""
    path: Annotated[str, Field(pattern=r"^/[!-~]*$", max_length=500)] = "/publish/epoch/end/"
    """What follows in the address."""
    field: Annotated[str, Field(max_length=100)] = "data"
    """Field of the form that holds the map."""
    headers: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")],
        Annotated[str, Field(pattern=r"^[ -~]*$")],
    ] = {}  # noqa: RUF012  # pydantic copies it
    """Further lines in the head of the request."""
    send_as_json: bool = False
    """Whether the map is sent as it is, not in a form."""
    timeout_seconds: PositiveFloat = 5.0
    """How long to wait for the server."""

    def request(self, logs: Mapping[str, float]) -> tuple[str, Mapping[str, str]]:
        """Body and head that tell of an epoch."""
        text = json.dumps(logs)
        kind = "json" if self.send_as_json else "x-www-form-urlencoded"
        body = text if self.send_as_json else urlencode({self.field: text})
        return body, {"Content-Type": f"application/{kind}", **self.headers}

    def watch(self) -> RemoteMonitorWatcher:
        return RemoteMonitorWatcher(self)


class RemoteMonitorWatcher(StatelessWatcher):
    def __init__(self, config: RemoteMonitor) -> None:
        self.config = config
        self.lost = False

    def on(self, event: Event, control: Control) -> None:
        if not isinstance(event, EpochEnd):
            return
        reason = self._send({"epoch": event.epoch, **event.logs})
        if reason is not None and not self.lost:
            self._tell(event.epoch, reason, control)
        self.lost = reason is not None

    def _send(self, logs: Mapping[str, float]) -> str | None:
        """Why an epoch could not be sent, if it could not."""
        from http.client import HTTPException

        config = self.config
        body, headers = config.request(logs)
        try:
            status = post(urlsplit(config.root), config.path, body, headers, config.timeout_seconds)
        except (OSError, HTTPException) as error:
            return str(getattr(error, "strerror", None) or error or type(error).__name__).lower()
        return None if status < 400 else f"it answered {status}"

    def _tell(self, epoch: int, reason: str, control: Control) -> None:
        """Say it once, until the server is reached again."""
        message = f"remote_monitor could not send epoch {epoch} to {self.config.root}: {reason}"
        labels = (Label(self.config.span),) if self.config.span else ()
        help = "training goes on, and each epoch tries again"
        control.notify(Diagnostic(codes.NOT_REPORTED, message, labels, help))


def post(
    root: SplitResult, path: str, body: str, headers: Mapping[str, str], timeout: float
) -> int:
    """Send one request; the status of the answer.

    Raises:
        OSError: when the server cannot be reached.
        HTTPException: when it does not speak HTTP.
    """
    from http.client import HTTPConnection, HTTPSConnection

    connect = HTTPSConnection if root.scheme == "https" else HTTPConnection
    connection = connect(str(root.hostname), root.port, timeout=timeout)
    try:
        connection.request("POST", root.path.rstrip("/") + path, body, dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()
