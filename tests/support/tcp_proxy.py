"""A way to a server of loopback, on which a test can break things."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class TcpProxy:
    """Accepts connections on a port of loopback and connects each to ``port``; subclasses pass bytes on.

    Attributes:
        port: where it listens.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets = [self._listener]
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def connected(self, client: socket.socket, server: socket.socket) -> tuple[Callable[[], None], ...]:
        """Return what has to run for a new connection, each in a thread of its own."""
        raise NotImplementedError

    def close(self) -> None:
        end(*self._sockets)
        for one in list(self._sockets):
            one.close()
        for thread in list(self._threads):
            thread.join(timeout=5)

    def end_connections(self) -> None:
        """Cut all that are open, as when a network comes back."""
        end(*self._sockets[1:])

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                for one in (client, server):  # small packets wait for nothing
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets += [client, server]
                for work in self.connected(client, server):
                    self._start(work)


def end(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


def passed_on(source: socket.socket, target: socket.socket, late: Callable[[], Any] = lambda: None) -> None:
    """Pass bytes on until one side ends; ``late`` is called before each piece is."""
    with suppress(OSError):
        while piece := source.recv(65536):
            late()
            target.sendall(piece)
    end(source, target)
