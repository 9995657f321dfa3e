"""Connections to Redis that wait for nobody, and take no more than they asked for."""

import re
import time
from typing import Any

from redis import BlockingConnectionPool, InvalidResponse, Redis
from redis import TimeoutError as RedisTimeoutError
from redis.backoff import NoBackoff
from redis.connection import DefaultParser
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

MAX_REPLY_BYTES = 4 * 2**20
"""A page of ten lists of a hundred items is below one megabyte."""

MAX_REPLY_ELEMENTS = 10_000
"""Space for elements is taken when they are announced, before any of them has come."""

TIMEOUTS_A_REPLY = 3
"""A reply in pieces has to be whole after so many times what its first piece may take."""

_COUNT = re.compile(rb"[*%~>|]([0-9]+)\r\n")
_MAX_HEADER_BYTES = 24


class BoundedParser(DefaultParser):  # type: ignore[misc, valid-type]
    """Gives up a reply that is too large, announces too many elements, or comes too slowly.

    The library by itself waits as long for each piece as for the first, and keeps all of them.
    """

    def on_connect(self, connection: Any, **options: Any) -> None:  # noqa: ANN401 - the library's
        """Begin with a connection."""
        super().on_connect(connection, **options)
        self._reader: Any = _BoundedReader(self._reader, connection.socket_timeout)

    def read_response(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - the library's
        """Return the next reply; raises InvalidResponse or TimeoutError of the library for one that is given up."""
        if self._reader is not None:
            self._reader.begin()
        return super().read_response(*arguments, **options)


class _BoundedReader:
    """A reader of hiredis that counts what it is fed for one reply."""

    def __init__(self, reader: Any, timeout_seconds: float | None) -> None:  # noqa: ANN401 - hiredis has no types
        self._reader = reader
        self.gets, self.has_data = reader.gets, reader.has_data
        self._seconds = None if timeout_seconds is None else TIMEOUTS_A_REPLY * timeout_seconds
        self.begin()

    def begin(self) -> None:
        """Count from here."""
        self._until: float | None = None
        self._n_bytes = self._n_elements = 0
        self._tail = b""

    def feed(self, buffer: bytearray, start: int, length: int) -> None:
        """Take a piece of a reply."""
        if self._seconds is not None:
            now = time.monotonic()
            self._until = self._until or now + self._seconds
            if now > self._until:
                raise RedisTimeoutError("a reply of Redis took too long")
        self._n_bytes += length
        piece = self._tail + buffer[start : start + length]
        self._n_elements += sum(int(count[:20]) for count in _COUNT.findall(piece))
        if self._n_bytes > MAX_REPLY_BYTES or self._n_elements > MAX_REPLY_ELEMENTS:
            raise InvalidResponse("a reply of Redis is larger than any that was asked for")
        last = piece[-_MAX_HEADER_BYTES:]
        self._tail = bytes(last[last.rfind(b"\n") + 1 :])  # a header that goes on in the next piece
        self._reader.feed(buffer, start, length)


def connect(url: str, *, timeout_seconds: float, max_connections: int) -> Redis:
    """Return a pooled client that waits ``timeout_seconds`` for a connection and as long for an answer."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=max_connections,
        timeout=timeout_seconds,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        parser_class=BoundedParser,
        retry=Retry(NoBackoff(), 0),  # a retry takes longer than ranking anew
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    return Redis.from_pool(pool)
