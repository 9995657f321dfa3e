"""Requests that end: a timeout of ``requests`` is one of each wait, so that a byte now and then keeps it for ever."""

import socket
import threading
import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from recsvc.store.deadlines import Deadlines


class BoundedAdapter(HTTPAdapter):
    """Cuts the connection of a request whose answer has not begun ``seconds`` after it was sent.

    Each request has a connection of its own. Of an answer the status and the headers count; whoever asks with
    ``stream=True`` and closes it has read nothing else.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadlines = Deadlines(seconds, "webhook-deadlines")
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as the library has it
        """Make connections that are known while they are used."""
        super().init_poolmanager(*args, **kwargs)
        _watch(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:  # noqa: ANN401 - as the library has it
        """Make connections through a proxy that are known while they are used."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        _watch(manager)
        return manager

    def send(
        self,
        request: requests.PreparedRequest,
        *args: Any,  # noqa: ANN401 - as the library has it
        **kwargs: Any,  # noqa: ANN401 - as the library has it
    ) -> requests.Response:
        """Send a request; raises ``requests.ReadTimeout`` where the answer did not come in time."""
        line = _Line(time.monotonic() + self._seconds)
        _LINES.now = line
        request.headers["Connection"] = "close"
        try:
            with self._deadlines.during(line):
                response = super().send(request, *args, **kwargs)
        except requests.RequestException:
            if line.is_late():
                raise requests.ReadTimeout from None
            raise
        finally:
            _LINES.now = None
            line.close()
        if line.is_late():  # headers that were cut off look like whole ones
            response.close()
            raise requests.ReadTimeout
        return response

    def close(self) -> None:
        """Close the connections, and look at no deadline any more."""
        super().close()
        self._deadlines.close()


class _Line:
    """The connection of one request, once there is one, under whatever encryption."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._socket: socket.socket | None = None

    def is_late(self) -> bool:
        return time.monotonic() >= self._until

    def take(self, opened: socket.socket) -> None:
        """Know the connection from now on; raises TimeoutError where it was opened too late."""
        if self.is_late():
            opened.close()
            raise TimeoutError("connected too late")
        self.close()
        self._socket = opened.dup()  # encryption takes the other one away

    def fileno(self) -> int:
        """Return the socket to be cut; raises OSError where there is none."""
        if self._socket is None:
            raise OSError("not connected")
        return self._socket.fileno()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()


class _Lines(threading.local):
    """The request that each thread is about."""

    now: _Line | None = None


_LINES = _Lines()


def _taken(opened: socket.socket) -> socket.socket:
    if _LINES.now is not None:
        _LINES.now.take(opened)
    return opened


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _taken(super()._new_conn())


class _EncryptedConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _taken(super()._new_conn())


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _EncryptedConnection


def _watch(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _EncryptedPool}
