"""Stands between a client and the service: keeps what they say to each other, and breaks it where a test wants that."""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Exchange:
    """A request and its answer; ``None`` for a body that is empty."""

    method: str
    target: str
    sent: Any
    status: int
    answered: Any


class RecordingProxy:
    """Passes requests on to the port of a service.

    Attributes:
        base: its address.
        exchanges: all of them, in the order in which they ended.
        faults: what happens to the next requests instead: ``swallow`` passes one on and gives no answer, ``503`` and
            ``429`` answer so at once.
    """

    def __init__(self, port: int, target: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.target = target
        self.exchanges: list[Exchange] = []
        self.faults: deque[str] = deque()


@contextmanager
def recording_proxy(target: int) -> Iterator[RecordingProxy]:
    """Yield a proxy before the service at the port ``target``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fault = proxy.faults.popleft() if proxy.faults else None
            if fault in ("503", "429"):
                self._answer(int(fault), {"Retry-After": "0"}, b"")
                return
            connection = HTTPConnection("127.0.0.1", proxy.target, timeout=10)
            headers = {name: value for name, value in self.headers.items() if name != "Connection"}
            connection.request(self.command, self.path, sent or None, headers)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            proxy.exchanges.append(Exchange(self.command, self.path, _json(sent), answer.status, _json(body)))
            if fault == "swallow":
                self.close_connection = True
                return
            kept = ("content-type", "retry-after")
            self._answer(answer.status, {n: v for n, v in answer.getheaders() if n.lower() in kept}, body)

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    for method in METHODS:
        setattr(Handler, f"do_{method}", Handler._pass_on)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy = RecordingProxy(server.server_address[1], target)
    thread = Thread(target=server.serve_forever, args=(0.05,), name="recording-proxy", daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _json(body: bytes) -> Any:
    return json.loads(body) if body else None
