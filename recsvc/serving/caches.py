"""The caches that finished lists go through, as the settings want them."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from recsvc.cache.cache import Cache, Versions
from recsvc.cache.epochs import Epochs
from recsvc.cache.near import NearCache
from recsvc.cache.redis import RedisCache
from recsvc.cache.redis_connection import connect
from recsvc.cache.redis_names import LateNames, RedisNames
from recsvc.cache.subscription import Subscription
from recsvc.cache.tiered import TieredCache
from recsvc.errors import StoreError
from recsvc.metrics import Metrics
from recsvc.serving.traced_parts import traced_near, traced_shared
from recsvc.settings.settings import Settings
from recsvc.store.store import Position, Store
from recsvc.tracing.tracing import OFF, Tracing

LISTENER_TIMEOUT_SECONDS = 0.5

Check = Callable[[], str | None]
"""Returns what is wrong with a part that the service can do without, or None."""


@dataclass(frozen=True)
class Caches:
    """The cache that lists go through, and its parts."""

    cache: Cache
    near: NearCache[Any]
    redis: RedisCache | None = None
    subscription: Subscription | None = None

    def start(self) -> None:
        """Listen to invalidations on other machines."""
        if self.subscription:
            self.subscription.start()

    def close(self) -> None:
        """End all connections."""
        if self.subscription:
            self.subscription.stop()
        self.cache.close()

    def checks(self) -> list[Check]:
        """Return what tells how Redis is."""
        redis, subscription = self.redis, self.subscription
        if redis is None or subscription is None:
            return []
        return [lambda: subscription.problem or redis.health.problem]

    def show(self, metrics: Metrics) -> None:
        """Show how full the near cache is, and how Redis is."""
        near, redis, subscription = self.near, self.redis, self.subscription
        for name, told, read, combine in (
            ("near_cache_bytes", "Memory of near caches.", lambda: near.size_bytes, "sum"),
            ("near_cache_entries", "Lists and responses in near caches.", lambda: len(near), "sum"),
            (
                "redis_breaker_open",
                "1 while Redis is left alone after a failure.",
                lambda: redis is not None and redis.health.breaker.is_open,
                "max",
            ),
            (
                "redis_refuses_writes",
                "1 while Redis takes no lists.",
                lambda: redis is not None and redis.health.refuses_writes,
                "max",
            ),
            (
                "redis_subscription_lost",
                "1 while near caches are passed over because an invalidation might not be heard of.",
                lambda: subscription is not None and subscription.problem is not None,
                "max",
            ),
        ):
            metrics.watch(f"recsvc_{name}", told, read, combine=combine)


def make_caches(  # noqa: PLR0913, PLR0917 - what caches need to know of the rest
    settings: Settings,
    names: LateNames,
    epochs: Epochs,
    versions: Versions,
    metrics: Metrics,
    tracing: Tracing = OFF,
) -> Caches:
    """Return the caches, with Redis where there is one.

    Args:
        settings: where Redis is, and how much memory there is.
        names: what the shop's keys are called there.
        epochs: which lists are still valid.
        versions: returns the model versions whose lists are invalidated.
        metrics: counts what Redis refuses.
        tracing: of what lists are looked for in.
    """
    near: NearCache[Any] = NearCache(settings.near_cache_bytes, settings.cache_ttl_seconds, epochs)
    if settings.redis_url is None:
        return Caches(traced_near(tracing, near), near)
    url, timeout = settings.redis_url.get_secret_value(), settings.redis_timeout_seconds
    redis = RedisCache(
        connect(url, timeout_seconds=timeout, max_connections=settings.server_threads + 1),
        names,
        epochs,
        versions,
        ttl_seconds=settings.cache_ttl_seconds,
        pause_seconds=settings.redis_pause_seconds,
        rng=Random(),  # noqa: S311 - spreads expiry times, protects nothing
        on_refusal=lambda concern: metrics.redis_errors.labels(concern).inc(),
    )
    listener = connect(url, timeout_seconds=max(timeout, LISTENER_TIMEOUT_SECONDS), max_connections=1)
    subscription = Subscription(listener, names, epochs, redis.keep_up)
    cache = TieredCache(traced_near(tracing, near), traced_shared(tracing, redis))
    return Caches(cache, near, redis, subscription)


class NamesOfShop:
    """The names of the shop's keys in Redis: those of the settings, else of the shop that the store belongs to.

    Args:
        namespace: of the settings, or None.
        store: is asked until it answers, at once and by ``follow``.
    """

    def __init__(self, namespace: str | None, store: Store) -> None:
        self._names = None if namespace is None else RedisNames(namespace)
        if self._names is None:
            with suppress(StoreError):  # logged where it happened
                self._ask(store)

    def __call__(self) -> RedisNames | None:
        """Return the names, or None until the store has answered."""
        return self._names

    def follow(self, store: Store, position: Position) -> bool:  # noqa: ARG002 - a shop is one for good
        """Ask the store, unless it has answered; raises StoreError."""
        if self._names is None:
            self._ask(store)
        return True

    def _ask(self, store: Store) -> None:
        self._names = RedisNames(store.shop_id())
