"""An end to waiting for a database server that is connected and says nothing.

``statement_timeout`` is kept by the server, which may be the one that hangs; TCP finds out that a network is gone, but
not that the process at its end has stopped. So this side gives up too: it cuts the connection, and whoever waits on it
is told at once.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from threading import Lock
from typing import Protocol

from recsvc.repeating import Repeating

LOOK_SECONDS = 0.1


class HasSocket(Protocol):
    """A connection, such as one of psycopg."""

    def fileno(self) -> int:
        """Return its socket; raises where it is closed."""


class Deadlines:
    """Cuts connections that one use holds for more than ``seconds``; begins to look with the first one.

    Webhooks are held to them as well; ``name`` is that of the thread that looks.
    """

    def __init__(self, seconds: float, name: str = "store-deadlines") -> None:
        self._seconds = seconds
        self._name = name
        self._lock = Lock()
        self._uses: dict[object, tuple[float, HasSocket]] = {}
        self._watching: Repeating | None = None
        self._context = copy_context()

    @contextmanager
    def during(self, connection: HasSocket) -> Iterator[None]:
        """Cut ``connection`` unless the block ends in time."""
        use = object()
        with self._lock:
            self._uses[use] = (time.monotonic() + self._seconds, connection)
            if self._watching is None:
                self._watching = self._context.run(Repeating, self._name, LOOK_SECONDS, self._look)
                self._watching.start()
        try:
            yield
        finally:
            with self._lock:
                self._uses.pop(use, None)

    def close(self) -> None:
        """Stop looking."""
        with self._lock:
            watching, self._watching = self._watching, None
        if watching is not None:
            watching.stop()

    def _look(self) -> None:
        now = time.monotonic()
        # Whoever is in a block still holds its connection: the socket is not another one's by now.
        with self._lock:
            late = [use for use, (until, _) in self._uses.items() if until < now]
            for use in late:
                _cut(self._uses.pop(use)[1])


def _cut(connection: HasSocket) -> None:
    # The connection may have ended by itself.
    with suppress(Exception), socket.socket(fileno=os.dup(connection.fileno())) as its:
        its.shutdown(socket.SHUT_RDWR)
