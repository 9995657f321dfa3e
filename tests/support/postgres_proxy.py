"""A way to PostgreSQL that goes silent, is cut, sends garbage or dawdles at a chosen message."""

import random
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Literal

from support.tcp_proxy import TcpProxy, end

Kind = Literal["silent", "closed", "cut", "garbage", "late", "answer lost", "answer silent"]
KINDS: tuple[Kind, ...] = ("silent", "closed", "cut", "garbage", "late", "answer lost", "answer silent")
"""What happens to a message of the client: in the first three it does not come to the server, in the last ones it does.

``cut`` sends half of the answer to the message and closes; ``late`` lets the message through half a second later.
"""

LATE_SECONDS = 0.5


class PostgresProxy(TcpProxy):
    """Passes bytes on between a port of loopback and another, and breaks the connection that ``hits`` says.

    Attributes:
        kind: how it is broken; None: not at all.
        hits: says of what a client has sent whether it happens now.
        n_faults: how often it happened.
    """

    def __init__(self, port: int, seed: int) -> None:
        self.kind: Kind | None = None
        self.hits: Callable[[bytes], bool] = lambda _sent: True
        self.n_faults = 0
        self._garbage = random.Random(seed)  # noqa: S311 - makes up bytes
        super().__init__(port)

    def break_at(self, kind: Kind, hits: Callable[[bytes], bool]) -> None:
        """Break each connection in this way, from now on, at the message that ``hits`` says."""
        self.hits = hits
        self.kind = kind

    def close(self) -> None:
        self.kind = None
        super().close()

    def connected(self, client: socket.socket, server: socket.socket) -> tuple[Callable[[], None], ...]:
        broken: list[Kind] = []
        return partial(self._back, server, client, broken), partial(self._forth, client, server, broken)

    def _forth(self, client: socket.socket, server: socket.socket, broken: list[Kind]) -> None:
        with suppress(OSError):
            while sent := client.recv(65536):
                if self.kind is not None and not broken and self.hits(sent):
                    self.n_faults += 1
                    if self.kind != "late":
                        broken.append(self.kind)
                    if self.kind == "late":
                        time.sleep(LATE_SECONDS)
                    elif self.kind == "closed":
                        break
                    elif self.kind == "garbage":
                        client.sendall(self._garbage.randbytes(200))
                        break
                if "silent" not in broken:
                    server.sendall(sent)
        end(client, server)

    def _back(self, server: socket.socket, client: socket.socket, broken: list[Kind]) -> None:
        with suppress(OSError):
            while answered := server.recv(65536):
                if "answer lost" in broken:
                    break
                if "answer silent" in broken:
                    continue
                if "cut" in broken:
                    client.sendall(answered[: len(answered) // 2])
                    break
                client.sendall(answered)
        end(client, server)
