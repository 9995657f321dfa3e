"""A cache in Redis (6.2 or newer) or Valkey, shared by all workers and replicas."""

from random import Random

import structlog
from redis import BlockingConnectionPool, Redis, RedisError, ResponseError
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from recsvc.cache.breaker import Breaker
from recsvc.cache.cache import Hit

TTL_JITTER = 0.1
"""A key lives ``ttl_seconds`` give or take this share, so that lists made together do not expire together."""

_log = structlog.get_logger(__name__)


def connect(url: str, *, timeout_seconds: float, max_connections: int) -> Redis:
    """Return a pooled client that waits ``timeout_seconds`` for a connection and as long for an answer."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=max_connections,
        timeout=timeout_seconds,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 0),  # a retry costs the shopper more than ranking anew
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    return Redis.from_pool(pool)


class RedisCache:
    """Fails open: while Redis refuses, hangs or restarts, it is a cache that knows nothing.

    After a failure Redis is left alone for ``pause_seconds``; it is logged once when it goes and once when
    it is back.
    """

    def __init__(self, redis: Redis, *, ttl_seconds: float, pause_seconds: float, rng: Random) -> None:
        self._redis = redis
        self._ttl_seconds = ttl_seconds
        self._rng = rng
        self._refuses_writes = False
        self.breaker = Breaker(pause_seconds)

    def get(self, key: str) -> Hit | None:
        """Return what was last put under ``key``, or None, also when Redis does not answer."""
        if not self.breaker.allows():
            return None
        try:
            value = self._redis.get(key)
        except RedisError as error:
            self._failed(error)
            return None
        self._succeeded()
        return Hit(value, "redis") if isinstance(value, bytes) else None

    def put(self, key: str, value: bytes) -> None:
        """Remember ``value`` for about ``ttl_seconds``, if Redis takes it."""
        if not self.breaker.allows():
            return
        jitter = self._rng.uniform(1 - TTL_JITTER, 1 + TTL_JITTER)
        try:
            self._redis.set(key, value, px=max(1, round(1000 * self._ttl_seconds * jitter)))
        except ResponseError as error:
            self._refused(error)
        except RedisError as error:
            self._failed(error)
        else:
            self._refuses_writes = False
            self._succeeded()

    def close(self) -> None:
        """Close all connections."""
        self._redis.close()
        self._redis.connection_pool.disconnect()

    def _failed(self, error: RedisError) -> None:
        if self.breaker.failed():
            _log.warning("redis_lost", error=type(error).__name__, detail=str(error))

    def _refused(self, error: ResponseError) -> None:
        """Go on reading: a Redis that is full or read-only still answers."""
        if not self._refuses_writes:
            _log.warning("redis_refuses_writes", detail=str(error))
        self._refuses_writes = True

    def _succeeded(self) -> None:
        if self.breaker.succeeded():
            _log.info("redis_back")
