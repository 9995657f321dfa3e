"""Caches with settings that suit tests."""

from random import Random

from recsvc.cache.redis import RedisCache, connect


def redis_cache(url: str, *, ttl_seconds: float = 60, pause_seconds: float = 0.2) -> RedisCache:
    client = connect(url, timeout_seconds=0.1, max_connections=4)
    rng = Random(1)  # noqa: S311 - spreads expiry times
    return RedisCache(client, ttl_seconds=ttl_seconds, pause_seconds=pause_seconds, rng=rng)
