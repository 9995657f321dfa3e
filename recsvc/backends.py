"""What the settings name: caches, the store, where requests are counted."""

from contextlib import suppress
from dataclasses import dataclass
from random import Random

from limits.storage import RedisStorage

from recsvc.api.rate_limit import RateLimit
from recsvc.api.status import Check
from recsvc.cache.cache import Cache
from recsvc.cache.epochs import Epochs
from recsvc.cache.near import NearCache
from recsvc.cache.redis import RedisCache, connect
from recsvc.cache.subscription import Subscription
from recsvc.cache.tiered import TieredCache
from recsvc.errors import StoreError
from recsvc.settings import Settings
from recsvc.store.sql_store import DATABASE_FILE, open_store
from recsvc.store.store import Store

LISTENER_TIMEOUT_SECONDS = 0.5


@dataclass(frozen=True)
class Caches:
    """The cache that lists go through, and its parts."""

    cache: Cache
    near: NearCache
    redis: RedisCache | None
    subscription: Subscription | None

    def start(self) -> None:
        """Listen to what other machines drop."""
        if self.subscription:
            self.subscription.start()

    def close(self) -> None:
        """End all connections."""
        if self.subscription:
            self.subscription.stop()
        self.cache.close()

    def checks(self) -> list[Check]:
        """Return what says how Redis is."""
        redis, subscription = self.redis, self.subscription
        if redis is None or subscription is None:
            return []
        return [lambda: subscription.problem or redis.problem]


def make_caches(settings: Settings, epochs: Epochs) -> Caches:
    """Return the caches, with Redis where there is one."""
    # The other half is for ReadyAnswers.
    near = NearCache(settings.near_cache_bytes // 2, settings.cache_ttl_seconds, epochs)
    if settings.redis_url is None:
        return Caches(near, near, None, None)
    url, timeout = settings.redis_url.get_secret_value(), settings.redis_timeout_seconds
    redis = RedisCache(
        connect(url, timeout_seconds=timeout, max_connections=settings.server_threads + 1),
        epochs,
        ttl_seconds=settings.cache_ttl_seconds,
        pause_seconds=settings.redis_pause_seconds,
        rng=Random(),  # noqa: S311 - spreads expiry times, protects nothing
    )
    listener = connect(url, timeout_seconds=max(timeout, LISTENER_TIMEOUT_SECONDS), max_connections=1)
    subscription = Subscription(listener, epochs, redis.keep_up)
    return Caches(TieredCache(near, redis), near, redis, subscription)


def make_store(settings: Settings, timeout_seconds: float = 5.0, max_connections: int | None = None) -> Store:
    """Return the store with its tables made, where the database can be reached."""
    url = settings.database_url
    store = open_store(
        f"sqlite:///{settings.models_dir / DATABASE_FILE}" if url is None else url.get_secret_value(),
        timeout_seconds=timeout_seconds,
        max_connections=max_connections or settings.threads + 1,
    )
    # Lists are made without it; it is tried again at each request that needs it, and has logged why.
    with suppress(StoreError):
        store.prepare()
    return store


def make_rate_limit(settings: Settings) -> RateLimit | None:
    """Return what counts requests, in Redis where there is one; None where they are not limited."""
    if settings.limit is None:
        return None
    if settings.redis_url is None:
        return RateLimit(settings.limit)
    timeout = settings.redis_timeout_seconds
    shared = RedisStorage(
        settings.redis_url.get_secret_value(),
        key_prefix="recsvc:limit",
        wrap_exceptions=True,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
    )
    return RateLimit(settings.limit, shared)
