"""An S3 of loopback, moto's server in a process of its own, and a way to it on which a test can break things."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from urllib.error import URLError
from urllib.request import Request, urlopen

import obstore
import pytest
from obstore.store import S3Store

from support.processes import free_port
from support.tcp_proxy import TcpProxy, end, passed_on

REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
BUCKET = "models"


class S3Server:
    """One bucket; ``new_url`` is a place in it that nothing else uses."""

    def __init__(self) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(command, **quiet)  # type: ignore[call-overload]
        self._numbers = count(1)
        deadline = time.monotonic() + 60
        while True:
            try:
                urlopen(Request(f"http://127.0.0.1:{self.port}/{BUCKET}", method="PUT"), timeout=5).close()
                return
            except (URLError, OSError):
                assert time.monotonic() < deadline
                time.sleep(0.1)

    def new_url(self) -> str:
        return f"s3://{BUCKET}/shop-{next(self._numbers)}"

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    def objects(self, url: str) -> list[str]:
        """Return the names below ``url``."""
        return sorted(found["path"] for batch in obstore.list(self._store(url)) for found in batch)

    def read(self, url: str, name: str) -> bytes:
        return bytes(obstore.get(self._store(url), name).bytes())

    def write(self, url: str, name: str, content: bytes) -> None:
        obstore.put(self._store(url), name, content)

    def remove(self, url: str, name: str) -> None:
        obstore.delete(self._store(url), name)

    def _store(self, url: str) -> S3Store:
        config = {f"aws_{name}": value for name, value in _KEYS.items()}
        config["aws_endpoint"] = f"http://127.0.0.1:{self.port}"
        return S3Store.from_url(url, config=config, client_options={"allow_http": True})


_KEYS = {"access_key_id": "tests", "secret_access_key": "tests", "region": "us-east-1"}


def variables(port: int) -> dict[str, str]:
    """Return the environment in which programs find the S3 behind ``port``."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_REGION": "us-east-1",
    }


def set_variables(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    for name, value in variables(port).items():
        monkeypatch.setenv(name, value)
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


class StorageProxy(TcpProxy):
    """A way to it that breaks as a test says.

    Attributes:
        is_away: whether connections are cut at once.
        refuses: whether the answer is 503.
        late_seconds: how late each piece of a request arrives.
        cut_after: bytes of an answer after which a connection is cut; None: never.
    """

    def __init__(self, port: int) -> None:
        self.is_away = self.refuses = False
        self.late_seconds = 0.0
        self.cut_after: int | None = None
        super().__init__(port)

    def connected(self, client: socket.socket, server: socket.socket) -> tuple[Callable[[], None], ...]:
        return partial(self._ask, client, server), partial(self._answer, server, client)

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := client.recv(65536):
                if self.is_away:
                    break
                if self.refuses:
                    client.sendall(REFUSAL)
                    break
                time.sleep(self.late_seconds)
                server.sendall(piece)
        end(client, server)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        if self.cut_after is None:
            passed_on(server, client)
            return
        with suppress(OSError):
            left = self.cut_after
            while left > 0 and (piece := server.recv(min(65536, left))):
                client.sendall(piece)
                left -= len(piece)
        end(client, server)

    def mend(self) -> None:
        self.is_away = self.refuses = False
        self.late_seconds, self.cut_after = 0.0, None
        self.end_connections()
