"""Connections to the service that are kept open, on which each request has one deadline for all its steps.

The time-outs of sockets, and of the HTTP libraries above them, begin anew with each byte that arrives: a service that
drips one byte a second is waited for without end. Here each read waits no longer than what is left of the request. A
name is looked up in a thread of its own, because no look-up can be given up.
"""

import io
import select
import socket
import ssl
from collections import deque
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from recsvc_client.deadline import Deadline

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_IDLE = 16
MAX_ANSWER_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Endpoint:
    """Where the service is.

    Attributes:
        host, port: where it listens.
        authority: host and port as the Host header has them.
        context: of TLS; None for plain HTTP.
    """

    host: str
    port: int
    authority: str
    context: ssl.SSLContext | None


@dataclass(frozen=True)
class Request:
    """What is sent; ``headers`` hold the key and are not shown."""

    method: str
    target: str
    body: bytes | None
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Message
    body: bytes


class Connections:
    """Sends requests to ``endpoint``; threads may share it, and a process that is forked calls ``forget``."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._lock = Lock()
        self._idle: deque[_Connection] = deque()

    def forget(self) -> None:
        """Begin anew in a process that was forked: what was open is the other process's to use."""
        for connection in self._idle:
            connection.end()
        self._lock, self._idle = Lock(), deque()

    def exchange(self, request: Request, deadline: Deadline) -> Answer:
        """Return the answer to ``request``; every request may be sent twice.

        Raises:
            OSError: there is none in time.
            HTTPException: it is no HTTP.
        """
        used = self._take_idle()
        if used is not None:
            try:
                return self._over(used, request, deadline)
            except ConnectionError:
                pass  # the service closed the connection while the request was on its way to it
        return self._over(_Connection(self._endpoint, deadline), request, deadline)

    def close(self) -> None:
        """Close what is open."""
        while (connection := self._take_idle()) is not None:
            connection.end()

    def _over(self, connection: "_Connection", request: Request, deadline: Deadline) -> Answer:
        try:
            answer = connection.exchange(request, deadline)
        except BaseException:
            connection.end()
            raise
        with self._lock:
            is_kept = connection.may_go_on and len(self._idle) < MAX_IDLE
            if is_kept:
                self._idle.append(connection)
        if not is_kept:
            connection.end()
        return answer

    def _take_idle(self) -> "_Connection | None":
        """Return the connection that was used last and is still open, or None."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            if connection.is_silent():
                return connection
            connection.end()


class _Connection(HTTPConnection):
    """One connection, open from the beginning.

    Attributes:
        may_go_on: whether another request may be sent on it.
    """

    def __init__(self, endpoint: Endpoint, deadline: Deadline) -> None:
        super().__init__(endpoint.host, endpoint.port)
        self._authority = endpoint.authority
        self._wire = _Wire(_connected(endpoint, deadline), deadline)
        self.sock = self._wire
        self.may_go_on = True

    def exchange(self, request: Request, deadline: Deadline) -> Answer:
        """Return the answer to ``request``."""
        self._wire.deadline = deadline
        headers = {"Host": self._authority, **request.headers}
        self.request(request.method, request.target, request.body, headers)
        with closing(self.getresponse()) as response:
            body = response.read(MAX_ANSWER_BYTES)
            if response.length or response.read(1):
                raise ConnectionError("the answer was cut off, or is too large")
            return Answer(response.status, response.headers, body)

    def is_silent(self) -> bool:
        """Return whether nothing arrived meanwhile: the end of a connection is something that arrives."""
        number = self._wire.inner.fileno()
        if not hasattr(select, "poll"):
            return not select.select([number], [], [], 0)[0]
        poll = select.poll()
        poll.register(number, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """Send nothing more; ``http.client`` calls this before it reads the last answer of a connection."""
        self.may_go_on = False

    def end(self) -> None:
        """Close the connection."""
        self._wire.inner.close()


class _Wire:
    """A socket as ``http.client`` uses one, all of whose steps are over at ``deadline``."""

    def __init__(self, inner: socket.socket, deadline: Deadline) -> None:
        self.inner = inner
        self.deadline = deadline

    def sendall(self, data: bytes) -> None:
        self.inner.settimeout(self.deadline.remaining())
        self.inner.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self))


class _Reader(io.RawIOBase):
    """Reads from a wire."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._wire.inner.settimeout(self._wire.deadline.remaining())
        return self._wire.inner.recv_into(buffer)


def _connected(endpoint: Endpoint, deadline: Deadline) -> socket.socket:
    """Return a socket that is connected to the first address that takes it; raises OSError."""
    addresses = _addresses(endpoint, deadline)
    trouble: OSError = ConnectionError("the name of the service has no address")
    for n_left, (family, kind, protocol, address) in zip(
        range(len(addresses), 0, -1), addresses, strict=True
    ):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(deadline.remaining() / n_left)
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if endpoint.context is None:
                return sock
            sock = endpoint.context.wrap_socket(
                sock, server_hostname=endpoint.host, do_handshake_on_connect=False
            )
            sock.settimeout(deadline.remaining())
            sock.do_handshake()
            return sock
        except OSError as error:
            trouble = error
            with suppress(OSError):
                sock.close()
    raise trouble


_Address = tuple[int, int, int, Any]


def _addresses(endpoint: Endpoint, deadline: Deadline) -> list[_Address]:
    """Return the addresses of the service; raises OSError."""
    with suppress(OSError):  # a name is none
        return _looked_up(endpoint, socket.AI_NUMERICHOST)
    found = SimpleQueue[list[_Address] | OSError]()

    def look_up() -> None:
        try:
            found.put(_looked_up(endpoint, 0))
        except OSError as error:
            found.put(error)

    try:
        Thread(target=look_up, name="client-of-recsvc-name", daemon=True).start()
    except RuntimeError:  # the interpreter is about to end and begins no thread any more
        look_up()
    try:
        addresses = found.get(timeout=deadline.remaining())
    except Empty:
        raise TimeoutError("the name of the service was not found in time") from None
    if isinstance(addresses, OSError):
        raise addresses
    return addresses


def _looked_up(endpoint: Endpoint, flags: int) -> list[_Address]:
    found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM, flags=flags)
    return [(family, kind, protocol, address) for family, kind, protocol, _, address in found]
