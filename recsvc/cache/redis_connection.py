"""Connections to Redis that wait for nobody, and take no more than they asked for."""

import re
import time
from functools import partial
from typing import Any

from redis import BlockingConnectionPool, InvalidResponse, Redis, ResponseError
from redis import ConnectionError as RedisConnectionError
from redis import TimeoutError as RedisTimeoutError
from redis.backoff import NoBackoff
from redis.connection import (
    Connection,
    DefaultParser,
    SSLConnection,
    UnixDomainSocketConnection,
)
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from recsvc.cache.redis_trouble import UnsuitableRedisError
from recsvc.settings.redis_address import RedisAddress

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
    """Return a pooled client that waits ``timeout_seconds`` for a connection and as long for an answer.

    Raises ValueError where ``url`` is no address.
    """
    address = RedisAddress.parse(url)
    options = _how(timeout_seconds) | (address.tls or {})
    options |= {"db": address.db, "username": address.username, "password": address.password}
    bounds: dict[str, Any] = {"max_connections": max_connections, "timeout": timeout_seconds}
    if address.master_name is not None:
        return Redis.from_pool(_pool_of_sentinels(address, timeout_seconds, options | bounds))
    kind: type[Any]
    if address.path is not None:
        kind, options["path"] = UnixDomainSocketConnection, address.path
    else:
        [(options["host"], options["port"])] = address.hosts
        kind = Connection if address.tls is None else SSLConnection
    pool = BlockingConnectionPool(  # type: ignore[no-untyped-call]
        connection_class=kind, redis_connect_func=_greet, **options, **bounds
    )
    return Redis.from_pool(pool)


def _how(timeout_seconds: float) -> dict[str, Any]:
    """Return how every server is spoken to, sentinels too."""
    return {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        "retry": Retry(NoBackoff(), 0),  # a retry takes longer than ranking anew
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        "protocol": 2,  # the third begins with a command that some services and proxies refuse
        "parser_class": BoundedParser,
    }


class _SentinelPool(SentinelConnectionPool, BlockingConnectionPool):
    """A bounded pool whose new connections go to the server that the sentinels name then."""


def _pool_of_sentinels(
    address: RedisAddress, timeout_seconds: float, options: dict[str, Any]
) -> BlockingConnectionPool:
    # The client of a sentinel hands its options on to connections, and knows no class of parsers.
    how = {name: value for name, value in _how(timeout_seconds).items() if name != "parser_class"}
    whose = {"username": address.sentinel_username, "password": address.sentinel_password}
    encrypted = {} if address.tls is None else {"ssl": True, **address.tls}
    sentinels = Sentinel(  # type: ignore[no-untyped-call]
        address.hosts, sentinel_kwargs={**how, **whose, **encrypted}
    )
    for one in sentinels.sentinels:
        one.connection_pool.connection_kwargs["parser_class"] = BoundedParser
    return _SentinelPool(  # type: ignore[no-untyped-call]
        address.master_name,
        sentinels,
        ssl=address.tls is not None,
        redis_connect_func=_greet_primary,
        **options,
    )


def _greet(connection: Any, *, must_be_primary: bool = False) -> None:  # noqa: ANN401 - the library's, of five classes
    """Begin with a connection as the library does; raises UnsuitableRedisError where lists cannot be kept there."""
    connection.on_connect()
    try:
        connection.send_command("HELLO")
        said = connection.read_response()
    except ResponseError:
        return  # a proxy, or a service that keeps to itself what it is
    told = dict(zip(said[::2], said[1::2], strict=False)) if isinstance(said, list) else {}
    mode, role = told.get(b"mode"), told.get(b"role")
    where = getattr(connection, "host", None) or "Redis"
    if mode == b"cluster":
        raise UnsuitableRedisError(
            f"{where} is a node of a Redis Cluster, which is not supported: name a server without cluster mode "
            "(cluster-enabled no), or sentinels as redis+sentinel://host,host/mymaster"
        )
    if mode == b"sentinel":
        raise UnsuitableRedisError(
            f"{where} is a sentinel and keeps no lists: name it as redis+sentinel://{where}/mymaster"
        )
    if must_be_primary and role == b"replica":
        raise RedisConnectionError(f"the sentinels name {where}, which is a replica still")


_greet_primary = partial(_greet, must_be_primary=True)
