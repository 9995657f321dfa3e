"""Which server the sentinels name now: nobody is to stay with the one before."""

import time

from redis import Redis, RedisError
from redis.sentinel import SentinelConnectionPool

LOOK_SECONDS = 0.4
"""Between two questions to the sentinels: with the time of a new connection, less than the second that is promised."""

_PAUSE_SECONDS = 2.0


class Primary:
    """The server that a client is brought to, where sentinels name it; elsewhere it never moves.

    After a failover that the sentinels were asked for, the server of before goes on as if nothing had happened for up
    to ten seconds. Whoever stays there hears nothing of what is announced on the new one.
    """

    def __init__(self, redis: Redis) -> None:
        pool = redis.connection_pool
        self._pool = pool if isinstance(pool, SentinelConnectionPool) else None
        self._known: tuple[str, int] | None = None
        self._again_at = 0.0

    def has_moved(self) -> bool:
        """Return whether the sentinels name another server than before; idle connections to that are then closed."""
        if self._pool is None or time.monotonic() < self._again_at:
            return False
        try:
            named = self._pool.get_master_address()  # type: ignore[no-untyped-call]
        except RedisError:
            # While the sentinels are away, nobody moves anything.
            self._again_at = time.monotonic() + _PAUSE_SECONDS
            return False
        self._again_at = time.monotonic() + LOOK_SECONDS
        before, self._known = self._known, named
        return before is not None and named != before
