"""Real receivers on this machine: a webhook that can be slow, broken or down, and a mail server."""

import email
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


class Hook:
    """A webhook; `answers` is the status it gives, `hangs_s` how long it keeps one waiting."""

    def __init__(self, port: int = 0) -> None:
        self.got: list[dict[str, Any]] = []
        self.asked = 0
        self.status, self.hangs_s = 200, 0.0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.asked += 1
                if hook.hangs_s:
                    hook.released.wait(hook.hangs_s)
                if hook.status == 200:
                    hook.got.append(json.loads(body))
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.released = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"json://user:S3CR3T@127.0.0.1:{self.port}/T0K3N"

    @property
    def titles(self) -> list[str]:
        return [message["title"] for message in self.got]

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def hook(port: int = 0) -> Iterator[Hook]:
    made = Hook(port)
    try:
        yield made
    finally:
        made.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mail_server() -> Iterator[tuple[str, list[Message]]]:
    """A mail server; yields the address of a box on it and what arrived there."""
    got: list[Message] = []

    class Box:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
            got.append(email.message_from_bytes(envelope.content))
            return "250 OK"

    server = Controller(Box(), hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        yield f"mailto://127.0.0.1:{server.port}?from=liniya@example.org&to=shift@example.org", got
    finally:
        server.stop()


def until(what: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it never was so"
        time.sleep(0.02)
